// comm (GNU coreutils): compares two sorted files line by line.
import { gnu } from './program.ts';
import { SortedPair } from './sorted-pair.ts';

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
    const end = run.has('z') ? '\0' : '\n';
    const pair = new SortedPair(
      run,
      end,
      (a, b) => (a < b ? -1 : a > b ? 1 : 0),
      ({ which }) => `file ${which + 1} is not in sorted order`,
    );
    const tab = run.value('delimiter') ?? '\t';
    const hidden = ['1', '2', '3'].map((k) => run.has(k));
    const front = ['', hidden[0] ? '' : tab, (hidden[0] ? '' : tab) + (hidden[1] ? '' : tab)];
    const totals = [0, 0, 0];
    let [a, b] = [await pair.next(0), await pair.next(1)];
    while (a !== undefined || b !== undefined) {
      const column = b === undefined || (a !== undefined && a < b) ? 0 : a === undefined || b < a ? 1 : 2;
      totals[column]!++;
      if (column < 2) pair.unpaired = true;
      if (!hidden[column]) run.put(front[column]! + (column === 1 ? b! : a!) + end);
      await run.drain();
      if (column !== 1) a = await pair.next(0);
      if (column !== 0) b = await pair.next(1);
    }
    if (run.has('total')) run.put(`${totals[0]}${tab}${totals[1]}${tab}${totals[2]}${tab}total${end}`);
    await pair.end();
    return undefined;
  },
});
