// pidof and killall5 (sysvinit): process ids by program name.
import type { Process, Signal } from '../machine/machine.ts';
import { errnoOf } from './failure.ts';
import { processes } from './proc.ts';
import { calledAs } from './program.ts';
import { signalName } from './run-command.ts';

export const names = ['pidof', 'killall5'];

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const wanted = args.filter((a, i) => !a.startsWith('-') && args[i - 1] !== '-o');
  const omitted = args.flatMap((a, i) => (args[i - 1] === '-o' ? a.split(',').map(Number) : []));
  const single = args.includes('-s');
  const found: number[] = [];
  for (const name of wanted) {
    const base = name.slice(name.lastIndexOf('/') + 1);
    for (const p of processes(process).reverse()) {
      const first = (p.argv[0] ?? '').replace(/^-/, '').replace(/:$/, '');
      if (p.pid === process.pid || omitted.includes(p.pid)) continue;
      if (first === name || first.slice(first.lastIndexOf('/') + 1) === base || p.comm === base) found.push(p.pid);
    }
  }
  if (calledAs(process) === 'killall5') return killAll(process, args);
  if (found.length === 0) return 1;
  if (!args.includes('-q')) await process.out(`${(single ? found.slice(0, 1) : found).join(' ')}\n`);
  return 0;
}

/** Every process but those of its own session gets the signal. */
function killAll(process: Process, args: readonly string[]): number {
  const signal = signalName(args.find((arg) => /^-\w/.test(arg))?.slice(1) ?? 'TERM');
  if (signal === undefined) return 1;
  for (const { pid, sid } of processes(process)) {
    if (sid === process.sid || pid <= 2) continue;
    try {
      process.kill(pid, signal as Signal);
    } catch (error) {
      errnoOf(error);
    }
  }
  return 0;
}
