// kill (procps): sends signals.
import type { Process, Signal } from '../machine/machine.ts';
import { reason } from './failure.ts';
import { SIGNALS, signalName } from './run-command.ts';

export const names = ['kill'];

const USAGE =
  '\nUsage:\n kill [options] <pid> [...]\n\nOptions:\n <pid> [...]            send signal to every <pid> listed\n -<signal>, -s, --signal <signal>\n                        specify the <signal> to be sent\n -q, --queue <value>    integer value to be sent with the signal\n -l, --list=[<signal>]  list all signal names, or convert one to a name\n -L, --table            list all signal names in a nice table\n\n -h, --help     display this help and exit\n -V, --version  output version information and exit\n\nFor more details see kill(1).\n';

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const name = process.argv[0]!;
  let signal: string | undefined = 'TERM';
  const first = args[0] ?? '';
  if (first === '-l' || first === '--list' || first === '-L' || first === '--table' || first.startsWith('--list=')) {
    const which = first.startsWith('--list=') ? first.slice(7) : args[1];
    if (which !== undefined) {
      const found = signalName(which);
      if (found === undefined) {
        await process.err(`${name}: unknown signal name ${which}\n`);
        return 1;
      }
      await process.out(`${/^\d+$/.test(which) ? found : SIGNALS.indexOf(found)}\n`);
      return 0;
    }
    if (first === '-L' || first === '--table') {
      const cells = SIGNALS.slice(1).map((s, i) => `${String(i + 1).padStart(2)} ${s.padEnd(8)}`);
      for (let i = 0; i < cells.length; i += 7)
        await process.out(
          `${cells
            .slice(i, i + 7)
            .join(' ')
            .trimEnd()}\n`,
        );
    } else {
      const list = SIGNALS.slice(1);
      for (let i = 0; i < list.length; i += 16) await process.out(`${list.slice(i, i + 16).join(' ')}\n`);
    }
    return 0;
  }
  if (first === '-V' || first === '--version') {
    await process.out('kill from procps-ng 4.0.2\n');
    return 0;
  }
  if (first === '-s' || first === '--signal' || first === '-n') {
    args.shift();
    signal = signalName(args.shift() ?? '');
  } else if (first.startsWith('--signal=')) signal = signalName(args.shift()!.slice(9));
  else if (/^-[A-Za-z0-9]/.test(first) && (args.length > 1 || !/^-\d+$/.test(first)))
    signal = signalName(args.shift()!.slice(1));
  if (args[0] === '--') args.shift();
  if (signal === undefined || args.length === 0) {
    await process.err(
      signal === undefined ? `${name}: invalid argument ${first.replace(/^-/, '')[0] ?? ''}\n${USAGE}` : USAGE,
    );
    return 1;
  }
  let status = 0;
  for (const arg of args) {
    if (!/^-?\d+$/.test(arg)) {
      await process.err(`${name}: failed to parse argument: '${arg}'\n`);
      status = 1;
      continue;
    }
    try {
      process.kill(Number(arg), signal === 'EXIT' ? 0 : (signal as Signal));
    } catch (error) {
      await process.err(`${name}: (${arg}): ${reason(error)}\n`);
      status = 1;
    }
  }
  return status;
}
