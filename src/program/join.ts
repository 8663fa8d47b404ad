// join (GNU coreutils): lines of two sorted files with a common field.
import type { Bytes } from '../machine/machine.ts';
import { reason } from './failure.ts';
import { type Input, openInput } from './input.ts';
import { gnu } from './program.ts';
import { quote, quoteIfNeeded } from './quote.ts';

export const names = ['join'];

export const main = gnu({
  short: '1:2:a:e:ij:o:t:v:z',
  long: {
    'ignore-case': 'i',
    'check-order': 'check',
    'nocheck-order': 'nocheck',
    header: 'header',
    'zero-terminated': 'z',
  },
  usage: '[OPTION]... FILE1 FILE2',
  async run(run) {
    const { operands, process } = run;
    if (operands.length === 0) return run.wrongUse('missing operand');
    if (operands.length === 1) return run.wrongUse(`missing operand after ${quote(process, operands[0]!)}`);
    if (operands.length > 2) return run.wrongUse(`extra operand ${quote(process, operands[2]!)}`);
    const tab = run.value('t');
    const keys = [Number(run.value('1') ?? run.value('j') ?? 1) - 1, Number(run.value('2') ?? run.value('j') ?? 1) - 1];
    const unpaired = new Set(run.values('a').concat(run.values('v')));
    const pairs = !run.has('v');
    const split = (line: Bytes) =>
      tab === undefined ? line.replace(/^[ \t]+/, '').split(/[ \t]+/) : tab === '' ? [line] : line.split(tab);
    const joiner = tab ?? ' ';
    const empty = run.value('e') ?? '';
    const fold = (text: Bytes) => (run.has('i') ? text.toLowerCase() : text);
    const format = run.value('o');
    const show = (key: Bytes, a: Bytes[] | undefined, b: Bytes[] | undefined) => {
      let fields: Bytes[];
      if (format !== undefined && format !== 'auto') {
        fields = format.split(/[ ,]+/).map((spec) => {
          if (spec === '0') return key;
          const [file, field] = spec.split('.').map(Number);
          return (file === 1 ? a : b)?.[field! - 1] ?? empty;
        });
      } else fields = [key, ...(a ?? []).filter((_, i) => i !== keys[0]), ...(b ?? []).filter((_, i) => i !== keys[1])];
      run.put(`${fields.join(joiner)}\n`);
    };
    const [left, right] = operands.map((name) => {
      try {
        return openInput(process, name);
      } catch (error) {
        return run.fail(`${quoteIfNeeded(name)}: ${reason(error)}`);
      }
    }) as [Input, Input];
    const read = async (input: Input) => {
      const line = input.nextReady() ?? (await input.next());
      return line === undefined ? undefined : split(line);
    };
    let [a, b] = [await read(left), await read(right)];
    if (run.has('header') && a && b) {
      show(a[keys[0]!] ?? '', a, b);
      [a, b] = [await read(left), await read(right)];
    }
    while (a || b) {
      const x = a?.[keys[0]!] ?? '';
      const y = b?.[keys[1]!] ?? '';
      if (!b || (a && fold(x) < fold(y))) {
        if (unpaired.has('1')) show(x, a, undefined);
        a = await read(left);
      } else if (!a || fold(y) < fold(x)) {
        if (unpaired.has('2')) show(y, undefined, b);
        b = await read(right);
      } else {
        // All lines of the second file with this key meet each of the first's.
        const same: Bytes[][] = [];
        for (; b && fold(b[keys[1]!] ?? '') === fold(x) && same.length < 10_000; b = await read(right)) same.push(b);
        for (; a && fold(a[keys[0]!] ?? '') === fold(x); a = await read(left)) {
          if (pairs) for (const other of same) show(a[keys[0]!] ?? '', a, other);
          await run.drain();
        }
      }
      await run.drain();
    }
    return undefined;
  },
});
