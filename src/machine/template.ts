// Files of the image that tell about the machine itself: their `{{…}}` filled in for one deployment.
import { SHORT_MONTHS } from './calendar.ts';
import type { Origin } from './identity.ts';
import type { Facts, LogLine } from './persona.ts';

const HOUR = 3_600_000;
/** A log has at most so many lines. */
const LOG_LINES = 1500;

const two = (n: number) => String(n).padStart(2, '0');
const clockTime = (date: Date) => [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');

/** `Nov  4 09:05:01`, as rsyslog's traditional format has it (UTC). */
export function syslogTime(ms: number): string {
  const date = new Date(ms);
  return `${SHORT_MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${clockTime(date)}`;
}

/** `2026-11-04 09:05:01`, as dpkg writes it (UTC). */
export function dpkgTime(ms: number): string {
  const date = new Date(ms);
  return `${date.toISOString().slice(0, 10)} ${clockTime(date)}`;
}

/**
 * What a `{{…}}` stands for: the name of a fact (`hostname`, `address` …), `base64 LABEL LENGTH`, `crypt LABEL LENGTH` (crypt(5)'s digits),
 * `hex LABEL LENGTH`, `pid COMM` (of a daemon), `dpkg SECONDS` (after the
 * installation), or `log NAME` (persona.json, `logs`). Unknown ones stay as they are.
 */
export function expander(
  facts: Facts,
  origin: Origin,
  now: number,
  pidOf: (comm: string) => number | undefined,
): (text: string) => string {
  const { identity, fate } = origin;
  const values: Record<string, string> = {
    hostname: identity.hostname,
    domain: facts.domain,
    address: identity.address,
    gateway: identity.gateway,
    mac: identity.mac,
    machineId: identity.machineId,
    kernelRelease: identity.kernelRelease,
    kernelVersion: identity.kernelVersion,
    interface: facts.interface,
    disk: facts.disk,
    rootUuid: fate.uuid('root'),
    efiUuid: fate
      .hex('efi', 8)
      .toUpperCase()
      .replace(/^(.{4})/, '$1-'),
    instanceId: `i-0${fate.hex('instance', 16)}`,
  };
  const one = (all: string, words: string): string => {
    const [name, ...rest] = words.split(' ');
    if (name === 'base64') return base64(origin, rest[0]!, Number(rest[1]));
    if (name === 'crypt') return base64(origin, rest[0]!, Number(rest[1])).replaceAll('+', '.');
    if (name === 'hex') return fate.hex(rest[0]!, Number(rest[1]));
    if (name === 'dpkg') return dpkgTime(identity.installed + Number(rest[0]) * 1000);
    if (name === 'pid') return String(pidOf(rest[0]!) ?? 1);
    if (name === 'log') return logText(logEntries(facts.logs[rest[0]!] ?? [], origin, 0, now), identity.hostname);
    return values[name!] ?? all;
  };
  return (text) => text.replace(/\{\{([\w.-]+(?: [\w.-]+)*)\}\}/g, one);
}

/** Base 64 digits that belong to a label, broken at 70 as ssh-keygen does when there are more. */
function base64({ fate }: Origin, label: string, length: number): string {
  let digits = '';
  for (let i = 0; digits.length < length; i++) digits += fate.bytes(`${label} ${i}`).toString('base64').slice(0, 42);
  digits = digits.slice(0, length);
  return length > 600 || label.startsWith('private') ? digits.replace(/(.{70})(?=.)/g, '$1\n') : digits;
}

/** A line of a log: when it was written (milliseconds) and what it says after the host's name. */
export type LogEntry = [at: number, text: string];

/** The newest pid of a machine at a moment: so many processes have come and gone since its start. */
export const pidAt = ({ bootTime, pidMax }: Pick<Origin, 'bootTime' | 'pidMax'>, at: number): number =>
  1200 + (Math.max(0, Math.floor((at - bootTime) / 3000)) % (pidMax - 1500));

/** When the logs were rotated last: on Sunday at midnight, or at the start of the machine. */
export const rotated = ({ bootTime }: Pick<Origin, 'bootTime'>, now: number): number =>
  Math.max(now - ((now / (24 * HOUR) + 4) % 7) * 24 * HOUR, bootTime);

/** The lines a log gathers by itself after `from`, up to `now`; the same at every look. */
export function logEntries(lines: readonly LogLine[], origin: Origin, from: number, now: number): LogEntry[] {
  const { fate } = origin;
  const start = rotated(origin, now);
  const written: LogEntry[] = [];
  for (const [i, line] of lines.entries()) {
    // Those of cron stand at their minute, the others come as they come.
    const step = line.every * 1000;
    const first = line.minute === undefined ? start : Math.floor(start / HOUR) * HOUR + line.minute * 60_000 + 1000;
    const skipped = Math.max(0, Math.floor((from - first) / step) - 1);
    for (let n = 0, at = first + skipped * step; at < now && n < LOG_LINES; n++, at += step) {
      const label = `log ${i} ${Math.floor(at / 1000)}`;
      const when = line.minute === undefined ? at + fate.number(label) * step : at;
      if (when < start || when <= from || when > now) continue;
      const pid = pidAt(origin, when);
      const byte = (part: string, low: number, high: number) => fate.between(`${label} ${part}`, low, high);
      const filled = fate.pick(label, line.texts).replace(/\{(pid|port|ip|user)\}/g, (_, what: string) => {
        if (what === 'pid') return String(pid);
        if (what === 'port') return String(byte('port', 32_768, 60_999));
        if (what === 'user') return fate.pick(`${label} user`, line.users ?? ['root']);
        return [byte('a', 11, 222), byte('b', 0, 255), byte('c', 0, 255), byte('d', 1, 254)].join('.');
      });
      for (const [n, text] of filled.split('\n').entries()) written.push([when + n * 300, text]);
    }
  }
  return written.sort(([a], [b]) => a - b).slice(-LOG_LINES);
}

/** The lines as rsyslog's traditional format has them. */
export const logText = (entries: readonly LogEntry[], hostname: string): string =>
  entries.map(([at, text]) => `${syslogTime(at)} ${hostname} ${text}\n`).join('');
