// ionice (util-linux): I/O class of a program.
import { prefixCommand } from './prefix-command.ts';

export const names = ['ionice'];

export const main = prefixCommand(
  'c:n:p:P:u:tVh',
  { 'class=': 'c', 'classdata=': 'n', 'pid=': 'p', ignore: 't' },
  () => 0,
  async (process, _operands, options) => {
    if (!options.some(([k]) => k === 'c' || k === 'n')) await process.out('none: prio 4\n');
    return 0;
  },
);
