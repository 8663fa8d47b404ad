// taskset (util-linux): CPU affinity of a program.
import { prefixCommand } from './prefix-command.ts';

export const names = ['taskset'];

export const main = prefixCommand(
  'acpVh',
  { 'all-tasks': 'a', pid: 'p', 'cpu-list': 'c' },
  (options) => (options.some(([k]) => k === 'p') ? Number.MAX_SAFE_INTEGER : 1),
  async (process, operands, options) => {
    const count = process.machine.identity.cpuCount;
    const pid = operands.at(-1);
    if (!options.some(([k]) => k === 'p') || pid === undefined) {
      await process.err("taskset: bad usage\nTry 'taskset --help' for more information.\n");
      return 1;
    }
    const list = options.some(([k]) => k === 'c');
    const now = list ? (count > 1 ? `0-${count - 1}` : '0') : (2 ** count - 1).toString(16);
    await process.out(`pid ${pid}'s current affinity ${list ? 'list' : 'mask'}: ${now}\n`);
    if (operands.length > 1)
      await process.out(`pid ${pid}'s new affinity ${list ? 'list' : 'mask'}: ${operands[0]!.replace(/^0x/, '')}\n`);
    return 0;
  },
);
