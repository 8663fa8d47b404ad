// comm (GNU coreutils): compares two sorted files line by line.
import { reason } from './failure.ts';
import { openInput } from './input.ts';
import { gnu } from './program.ts';
import { quote, quoteIfNeeded } from './quote.ts';

export const names = ['comm'];

export const main = gnu({
  short: '123z',
  long: {
    'check-order': 'check',
    'nocheck-order': 'nocheck',
    'output-delimiter=': 'delimiter',
    total: 'total',
    'zero-terminated': 'z',
  },
  usage: '[OPTION]... FILE1 FILE2',
  async run(run) {
    const { operands, process } = run;
    if (operands.length === 0) return run.wrongUse('missing operand');
    if (operands.length === 1) return run.wrongUse(`missing operand after ${quote(process, operands[0]!)}`);
    if (operands.length > 2) return run.wrongUse(`extra operand ${quote(process, operands[2]!)}`);
    const end = run.has('z') ? '\0' : '\n';
    const [left, right] = operands.map((name) => {
      try {
        const input = openInput(process, name);
        input.delimiter = end;
        return input;
      } catch (error) {
        return run.fail(`${quoteIfNeeded(name)}: ${reason(error)}`);
      }
    });
    const tab = run.value('delimiter') ?? '\t';
    const hidden = ['1', '2', '3'].map((k) => run.has(k));
    const front = ['', hidden[0] ? '' : tab, (hidden[0] ? '' : tab) + (hidden[1] ? '' : tab)];
    const totals = [0, 0, 0];
    let unsorted = false;
    const read = async (which: 0 | 1) => {
      const input = which === 0 ? left! : right!;
      return input.nextReady() ?? (await input.next());
    };
    let [a, b] = [await read(0), await read(1)];
    const show = async (column: 0 | 1 | 2, line: string) => {
      totals[column]!++;
      if (!hidden[column]) run.put(front[column] + line + end);
      await run.drain();
    };
    const advance = async (which: 0 | 1, old: string) => {
      const next = await read(which);
      if (next !== undefined && next < old && !run.has('nocheck') && !unsorted) {
        await run.warn(`file ${which + 1} is not in sorted order`, 1);
        unsorted = true;
      }
      return next;
    };
    while (a !== undefined || b !== undefined) {
      if (b === undefined || (a !== undefined && a < b)) {
        await show(0, a!);
        a = await advance(0, a!);
      } else if (a === undefined || b < a) {
        await show(1, b);
        b = await advance(1, b);
      } else {
        await show(2, a);
        [a, b] = [await advance(0, a), await advance(1, b)];
      }
    }
    if (run.has('total')) run.put(`${totals[0]}${tab}${totals[1]}${tab}${totals[2]}${tab}total${end}`);
    if (unsorted) await run.warn('input is not in sorted order');
    return undefined;
  },
});
