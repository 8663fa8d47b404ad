// systemd-analyze (systemd 252): how long the start of the machine took.
import type { Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { blame, startup } from './systemd/boot.ts';
import { span } from './systemd/time.ts';

export const names = ['systemd-analyze'];

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  for (const word of args)
    if (/^(-h|--help|--version)$/.test(word)) {
      await process.out(recordedRun(process, 'systemd-analyze', word === '-h' ? '--help' : word)?.stdout ?? '');
      return 0;
    }
  const [verb = 'time'] = args.filter((word) => !word.startsWith('-'));
  const { kernel, user } = startup(process);
  switch (verb) {
    case 'time':
      await process.out(
        `Startup finished in ${span(kernel)} (kernel) + ${span(user)} (userspace) = ${span(Math.round(kernel) + Math.round(user))} \ngraphical.target reached after ${span(user * 0.98)} in userspace.\n`,
      );
      return 0;
    case 'blame': {
      const rows = blame(process).map(([name, time]) => [span(time), name] as const);
      const width = Math.max(...rows.map(([time]) => time.length));
      await process.out(rows.map(([time, name]) => `${time.padStart(width)} ${name}\n`).join(''));
      return 0;
    }
    case 'critical-chain': {
      const rows = blame(process).slice(0, 5);
      let text =
        'The time when unit became active or started is printed after the "@" character.\nThe time the unit took to start is printed after the "+" character.\n\n';
      text += `graphical.target @${span(user * 0.98)}\n\xe2\x94\x94\xe2\x94\x80multi-user.target @${span(user * 0.98)}\n`;
      let at = user * 0.9;
      for (const [depth, [name, time]] of rows.entries()) {
        at = Math.max(10, at - time);
        text += `${'  '.repeat(depth + 1)}\xe2\x94\x94\xe2\x94\x80${name} @${span(at)} +${span(time)}\n`;
      }
      await process.out(text);
      return 0;
    }
    case 'verify':
    case 'security':
    case 'dump':
    case 'dot':
    case 'plot':
    case 'syscall-filter':
    case 'unit-paths':
    case 'calendar':
    case 'timespan':
    case 'timestamp':
    case 'condition':
    case 'cat-config':
    case 'log-level':
    case 'log-target':
      process.witness.gap('systemd-analyze', verb);
      return 0;
  }
  await process.err(`Unknown command verb ${verb}.\n`);
  return 1;
}
