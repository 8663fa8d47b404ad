// join (GNU coreutils): lines of two sorted files with a common field.
import type { Bytes } from '../machine/machine.ts';
import { gnu, type Invocation } from './program.ts';
import { quote } from './quote.ts';
import { SortedPair } from './sorted-pair.ts';

export const names = ['join'];

/** Lines of one key held at most. */
const MOST_EQUAL = 10_000;

type Fields = Bytes[];

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
    const { process } = run;
    const end = run.has('z') ? '\0' : '\n';
    const tab = separatorOf(run);
    const field = (key: string) => {
      const text = run.value(key) ?? run.value('j') ?? '1';
      if (!/^0*[1-9]\d*$/.test(text)) return run.fail(`invalid field number: ${quote(process, text)}`);
      return Number(text) - 1;
    };
    const keys = [field('1'), field('2')] as const;
    for (const key of ['a', 'v'])
      for (const value of run.values(key))
        if (value !== '1' && value !== '2') return run.fail(`invalid field number: ${quote(process, value)}`);
    const shown = new Set(run.values('a').concat(run.values('v')));
    const pairs = !run.has('v');
    const split = (line: Bytes): Fields => {
      if (tab === '') return [line];
      if (tab !== undefined) return line.split(tab);
      const fields = line
        .replace(end === '\0' ? /^[ \t\n]+/ : /^[ \t]+/, '')
        .split(end === '\0' ? /[ \t\n]+/ : /[ \t]+/);
      if (fields.length > 1 && fields.at(-1) === '') fields.pop();
      return fields;
    };
    const fold = (text: Bytes) => (run.has('i') ? text.toLowerCase() : text);
    const keyOf = (fields: Fields | undefined, which: 0 | 1) => fields?.[keys[which]] ?? '';
    const order = (x: Bytes, y: Bytes) => (fold(x) < fold(y) ? -1 : fold(x) > fold(y) ? 1 : 0);
    let checked: 0 | 1 = 0;
    const pair = new SortedPair(
      run,
      end,
      (x, y) => order(keyOf(split(x), checked), keyOf(split(y), checked)),
      ({ file, number, line }) => `${file}:${number}: is not sorted: ${line}`,
    );
    const read = async (which: 0 | 1): Promise<Fields | undefined> => {
      checked = which;
      const line = await pair.next(which);
      return line === undefined ? undefined : split(line);
    };
    let [a, b] = [await read(0), await read(1)];
    const output = outputOf(run, keys, a, b);
    const show = (x: Fields | undefined, y: Fields | undefined) => {
      const empty = run.value('e') ?? '';
      const key = x ? keyOf(x, 0) : keyOf(y, 1);
      const fields = output
        ? output.map((place) => (place === '0' ? key : (place[0] === 0 ? x : y)?.[place[1]]) || empty)
        : [key, ...(x ?? []).filter((_, i) => i !== keys[0]), ...(y ?? []).filter((_, i) => i !== keys[1])].map(
            (text) => text || empty,
          );
      run.put(fields.join(tab ?? ' ') + end);
    };
    if (run.has('header') && (a || b)) {
      show(a, b);
      [a, b] = [await read(0), await read(1)];
    }
    while (a && b) {
      const difference = order(keyOf(a, 0), keyOf(b, 1));
      if (difference < 0) {
        if (shown.has('1')) show(a, undefined);
        pair.unpaired = true;
        a = await read(0);
      } else if (difference > 0) {
        if (shown.has('2')) show(undefined, b);
        pair.unpaired = true;
        b = await read(1);
      } else {
        // All lines of the second file with this key meet each of the first's.
        const key = keyOf(a, 0);
        const same: Fields[] = [];
        for (; b && order(keyOf(b, 1), key) === 0 && same.length < MOST_EQUAL; b = await read(1)) same.push(b);
        for (; a && order(keyOf(a, 0), key) === 0; a = await read(0)) {
          if (pairs) for (const other of same) show(a, other);
          await run.drain();
        }
      }
      await run.drain();
    }
    // The rest has no counterpart; it is read on for its order.
    for (const which of [0, 1] as const) {
      const rest = which === 0 ? a : b;
      if (!rest) continue;
      const print = shown.has(String(which + 1));
      for (let fields: Fields | undefined = rest; fields; fields = await read(which)) {
        if (print) show(which === 0 ? fields : undefined, which === 0 ? undefined : fields);
        await run.drain();
        if ((pair.said[which] || run.has('nocheck')) && !print) break;
      }
    }
    await pair.end();
    return undefined;
  },
});

function separatorOf(run: Invocation): string | undefined {
  const text = run.value('t');
  if (text === undefined) return undefined;
  if (text === '\\0') return '\0';
  if (text.length > 1) return run.fail(`multi-character tab ${quote(run.process, text)}`);
  return text;
}

/** -o's list: the key, or file and field from zero; `auto` takes as many fields as the first lines have. */
function outputOf(
  run: Invocation,
  keys: readonly [number, number],
  a: Fields | undefined,
  b: Fields | undefined,
): ('0' | [file: 0 | 1, field: number])[] | undefined {
  const format = run.value('o');
  if (format === undefined) return undefined;
  if (format === 'auto') {
    const others = (fields: Fields | undefined, which: 0 | 1) =>
      (fields ?? []).flatMap((_, i): [0 | 1, number][] => (i === keys[which] ? [] : [[which, i]]));
    return ['0', ...others(a, 0), ...others(b, 1)];
  }
  return format.split(/[ ,\t]+/).map((place) => {
    if (place === '0') return '0';
    const match = /^([12])(?:\.(.*))?$/.exec(place);
    if (!match) return run.fail(`invalid file number in field spec: ${quote(run.process, place)}`);
    if (match[2] === undefined) return run.fail(`invalid field specifier: ${quote(run.process, place)}`);
    if (!/^0*[1-9]\d*$/.test(match[2])) return run.fail(`invalid field number: ${quote(run.process, match[2])}`);
    return [(Number(match[1]) - 1) as 0 | 1, Number(match[2]) - 1];
  });
}
