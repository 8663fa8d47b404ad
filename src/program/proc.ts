// What /proc says: memory, load, uptime and processes, read as procps reads them, so that all programs agree.
import type { Process, ProcessInfo } from '../machine/machine.ts';
import { tryTo } from './failure.ts';

/** /proc/meminfo in KiB by name. */
export function memory(process: Process): Map<string, number> {
  const text = tryTo(() => process.readFile('/proc/meminfo')) ?? '';
  return new Map([...text.matchAll(/^([\w()]+):\s+(\d+)/gm)].map(([, name, kib]) => [name!, Number(kib)]));
}

/** The three load averages. */
export function load(process: Process): [string, string, string] {
  const [a = '0.00', b = '0.00', c = '0.00'] = (tryTo(() => process.readFile('/proc/loadavg')) ?? '').split(' ');
  return [a, b, c];
}

/** Seconds since boot. */
export function uptime(process: Process): number {
  return (process.machine.clock.now() - process.machine.clock.bootTime) / 1000;
}

/** `up  3:04`, `up 12 days,  1:02`, `up 5 min`, as uptime, w and top say it. */
export function upText(seconds: number): string {
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  const front = days ? `${days} day${days > 1 ? 's' : ''}, ` : '';
  return `up ${front}${hours ? `${String(hours).padStart(2)}:${String(minutes).padStart(2, '0')}` : `${minutes} min`}`;
}

/** All processes in order of pid. */
export function processes(process: Process): ProcessInfo[] {
  return [...process.machine.processes.values()].sort((a, b) => a.pid - b.pid);
}

/** The command line as ps shows it: `[comm]` for kernel threads. */
export function commandLine(info: ProcessInfo): string {
  if (info.argv.length === 0) return `[${info.comm}]`;
  if (info.state.startsWith('Z')) return `[${info.comm}] <defunct>`;
  return info.argv
    .join(' ')
    .replace(/[\x00-\x1f]/g, '?')
    .trimEnd();
}

/** A terminal's name as ps shows it: `pts/0`, `?`. */
export function ttyName(info: ProcessInfo): string {
  return info.tty === '' || info.tty === '?' ? '?' : info.tty.replace(/^\/dev\//, '');
}
