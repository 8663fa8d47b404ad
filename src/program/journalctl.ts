// journalctl (systemd 252): the journal, which is what the kernel said at the start and what the logs have gathered since.
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { kernelMessages } from './dmesg.ts';
import { getopt, WrongUse } from './getopt.ts';
import { breakDown, parseDate, strftime, zoneOf } from './strftime.ts';
import { bootLines } from './systemd/boot.ts';
import { fullName } from './systemd/units.ts';

export const names = ['journalctl'];

interface Entry {
  /** Milliseconds since the epoch. */
  at: number;
  /** `sshd`, `kernel` */
  tag: string;
  pid?: string;
  text: string;
}

const LONG: Record<string, string> = {
  'unit=': 'u',
  'user-unit=': 'U',
  'lines=?': 'n',
  follow: 'f',
  reverse: 'r',
  'boot=?': 'b',
  dmesg: 'k',
  'since=': 'S',
  'until=': 'U2',
  'priority=': 'p',
  'grep=': 'g',
  'output=': 'o',
  'identifier=': 't',
  'facility=': 'facility',
  'no-pager': 'no-pager',
  'no-hostname': 'no-hostname',
  'no-tail': 'no-tail',
  quiet: 'q',
  all: 'a',
  full: 'l',
  'pager-end': 'e',
  catalog: 'x',
  merge: 'm',
  utc: 'utc',
  system: 'system',
  user: 'user',
  'case-sensitive=?': 'case',
  'list-boots': 'list-boots',
  'disk-usage': 'disk-usage',
  'vacuum-size=': 'vacuum',
  'vacuum-time=': 'vacuum',
  'vacuum-files=': 'vacuum',
  rotate: 'rotate',
  flush: 'flush',
  sync: 'sync',
  header: 'header',
  verify: 'verify',
  'fields=': 'F',
  fields: 'N',
  'field=': 'F',
  'directory=': 'D',
  'file=': 'file',
  help: 'h',
  version: 'version',
};

export async function main(process: Process): Promise<number> {
  let parsed: ReturnType<typeof getopt>;
  try {
    // What may follow -n and -b may also be a word of its own.
    const words = process.argv.slice(1);
    for (let i = 0; i < words.length - 1; i++)
      if (
        (/^(-[a-z]*n|--lines)$/.test(words[i]!) && /^(\+?\d+|all)$/.test(words[i + 1]!)) ||
        (/^(-[a-z]*b|--boot)$/.test(words[i]!) && /^([+-]?\d+|[0-9a-f]{32})$/.test(words[i + 1]!))
      )
        words.splice(i, 2, words[i]! + (words[i]!.startsWith('--') ? '=' : '') + words[i + 1]!);
    parsed = getopt(words, 'hefro:an::qlxmb::ku:p:g:t:S:U:F:ND:M:i:c:', LONG);
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`journalctl: ${error.message}\n`);
    return 1;
  }
  const has = (key: string) => parsed.options.some(([k]) => k === key);
  const value = (key: string) => parsed.options.findLast(([k]) => k === key)?.[1];
  if (has('h') || has('version')) {
    await process.out(recordedRun(process, 'journalctl', has('h') ? '--help' : '--version')?.stdout ?? '');
    return 0;
  }
  const { machine, credentials } = process;
  const { clock } = machine;
  const now = clock.now();
  const zone = has('utc') ? 'UTC' : zoneOf(process);
  const groups = credentials.groups.map((gid) => machine.accounts.groupById(gid)?.name);
  const allowed = credentials.euid === 0 || groups.some((name) => /^(adm|systemd-journal)$/.test(name ?? ''));
  const size = 8 + Math.floor((now - clock.bootTime) / 86_400_000 / 3) * 8;
  if (has('disk-usage')) {
    await process.out(`Archived and active journals take up ${size}.0M in the file system.\n`);
    return 0;
  }
  if (has('vacuum') || has('rotate') || has('flush') || has('sync')) {
    if (credentials.euid !== 0) {
      if (has('vacuum')) return 0;
      await process.err('Failed to rotate journal: Interactive authentication required.\n');
      return 1;
    }
    if (has('vacuum'))
      await process.err(
        `Vacuuming done, freed 0B of archived journals from /run/log/journal.\nVacuuming done, freed 0B of archived journals from /var/log/journal/${machine.identity.machineId}.\nVacuuming done, freed 0B of archived journals from /var/log/journal.\n`,
      );
    return 0;
  }
  if (!allowed && !has('q')) {
    await process.err(
      "Hint: You are currently not seeing messages from other users and the system.\n      Users in groups 'adm', 'systemd-journal' can see all messages.\n      Pass -q to turn off this notice.\nNo journal files were opened due to insufficient permissions.\n",
    );
    return 1;
  }
  if (!allowed) return 1;
  const all = entries(process);
  const stamp = (at: number, format: string) => strftime(format, breakDown(at, zone));
  if (has('list-boots')) {
    const boot = process.readFile('/proc/sys/kernel/random/boot_id').trim().replaceAll('-', '');
    const long = '%a %Y-%m-%d %H:%M:%S %Z';
    const last = all.at(-1)?.at ?? now;
    const first = stamp(clock.bootTime, long);
    await process.out(
      `IDX BOOT ID                          FIRST ENTRY${' '.repeat(first.length - 11)} LAST ENTRY${' '.repeat(first.length - 10)}\n  0 ${boot} ${first} ${stamp(last, long)}\n`,
    );
    return 0;
  }
  for (const [key, back] of parsed.options)
    if (key === 'b' && back !== undefined && !/^[+-]?0$|^$/.test(back)) {
      await process.err(`Data from the specified boot (${back}) is not available: No such boot ID in journal\n`);
      return 1;
    }
  let chosen = all;
  const units = parsed.options.filter(([k]) => k === 'u').map(([, v]) => fullName(v ?? ''));
  if (units.length > 0) chosen = chosen.filter((entry) => units.some((unit) => belongs(entry, unit)));
  const tags = parsed.options.filter(([k]) => k === 't').map(([, v]) => v);
  if (tags.length > 0) chosen = chosen.filter(({ tag }) => tags.includes(tag));
  if (has('k')) chosen = chosen.filter(({ tag }) => tag === 'kernel');
  for (const word of parsed.operands) {
    const [, field, wanted] = /^(_?[A-Z_]+)=(.*)$/.exec(word) ?? [];
    if (field === '_COMM' || field === 'SYSLOG_IDENTIFIER') chosen = chosen.filter(({ tag }) => tag === wanted);
    else if (field === '_PID') chosen = chosen.filter(({ pid }) => pid === wanted);
    else if (field === '_SYSTEMD_UNIT') chosen = chosen.filter((entry) => belongs(entry, wanted!));
    else if (field === undefined && word.startsWith('/')) chosen = chosen.filter(({ tag }) => word.endsWith(`/${tag}`));
    else if (field === undefined) {
      await process.err(`Failed to add match '${word}': Invalid argument\n`);
      return 1;
    }
  }
  for (const key of ['S', 'U', 'U2'] as const) {
    const text = value(key);
    if (text === undefined) continue;
    const at = parseDate(
      text.replace(/^-(\d)/, '$1').replace(/^(\d+\s*\w+)$/, /^\d{4}-/.test(text) ? '$1' : '$1 ago'),
      now,
      zone,
    );
    if (at === undefined) {
      await process.err(`Failed to parse timestamp: ${text}\n`);
      return 1;
    }
    chosen = chosen.filter((entry) => (key === 'S' ? entry.at >= at : entry.at <= at));
  }
  const priority = value('p');
  if (priority !== undefined && /^([0-3]|emerg|alert|crit|err)$/.test(priority))
    chosen = chosen.filter(({ text }) => /^error:|failed|fatal/i.test(text));
  const pattern = value('g');
  if (pattern !== undefined) {
    const words = pattern
      .toLowerCase()
      .replace(/[.*+?^$()[\]{}\\]/g, '')
      .split('|');
    chosen = chosen.filter(({ text }) => words.some((word) => text.toLowerCase().includes(word)));
  }
  const many = has('n')
    ? value('n') === 'all'
      ? Number.POSITIVE_INFINITY
      : Number(value('n')?.replace('+', '') || 10)
    : has('f')
      ? 10
      : has('e')
        ? 1000
        : Number.POSITIVE_INFINITY;
  if (many < chosen.length) chosen = chosen.slice(-many || chosen.length);
  if (many === 0) chosen = [];
  if (has('r')) chosen = [...chosen].reverse();
  const output = value('o') ?? 'short';
  const show = (entry: Entry) => line(process, entry, output, stamp, has('no-hostname'));
  if (chosen.length === 0 && !has('q') && !has('f')) await process.out('-- No entries --\n');
  let text = '';
  for (const entry of chosen) {
    text += show(entry);
    if (text.length > 32_768) {
      await process.out(text);
      text = '';
    }
    const turn = process.step(5);
    if (turn) await turn;
  }
  await process.out(text);
  if (!has('f')) return 0;
  for (let last = now; ; ) {
    await process.sleep(1000);
    const fresh = entries(process).filter(({ at }) => at > last);
    last = clock.now();
    for (const entry of fresh) await process.out(show(entry));
  }
}

/** Everything, in order of time. */
function entries(process: Process): Entry[] {
  const { clock, log } = process.machine;
  const kernel = kernelMessages(process).map(
    ([seconds, text]): Entry => ({ at: clock.bootTime + seconds * 1000, tag: 'kernel', text }),
  );
  const later = [...bootLines(process), ...log.entries()].map(([at, text]): Entry => {
    const [, tag = '', pid, rest] = /^([^[:]+)(?:\[(\d+)\])?: (.*)$/s.exec(text) ?? [];
    return { at, tag, ...(pid === undefined ? {} : { pid }), text: rest ?? text };
  });
  return [...kernel, ...later].sort((a, b) => a.at - b.at);
}

/** Does a unit's own log have this line? */
function belongs({ tag, text }: Entry, unit: Bytes): boolean {
  const name = unit.replace(/\.service$/, '');
  const program: Record<string, string> = { ssh: 'sshd', sshd: 'sshd', cron: 'CRON', chrony: 'chronyd' };
  return (
    tag === name ||
    tag === program[name] ||
    (tag === 'systemd' && text.includes(unit)) ||
    (name === 'cron' && tag === 'cron')
  );
}

function line(
  process: Process,
  { at, tag, pid, text }: Entry,
  output: Bytes,
  stamp: (at: number, format: string) => string,
  bare: boolean,
): Bytes {
  const host = bare ? '' : ` ${process.machine.identity.hostname}`;
  const from = `${tag}${pid === undefined ? '' : `[${pid}]`}`;
  const micro = String(Math.floor((at % 1000) * 1000)).padStart(6, '0');
  switch (output) {
    case 'cat':
      return `${text}\n`;
    case 'short-iso':
      return `${stamp(at, '%Y-%m-%dT%H:%M:%S%z')}${host} ${from}: ${text}\n`;
    case 'short-precise':
      return `${stamp(at, '%b %d %H:%M:%S')}.${micro}${host} ${from}: ${text}\n`;
    case 'short-full':
      return `${stamp(at, '%a %Y-%m-%d %H:%M:%S %Z')}${host} ${from}: ${text}\n`;
    case 'short-unix':
      return `${Math.floor(at / 1000)}.${micro}${host} ${from}: ${text}\n`;
    case 'short-monotonic':
      return `[${((at - process.machine.clock.bootTime) / 1000).toFixed(6).padStart(12)}]${host} ${from}: ${text}\n`;
    case 'json':
      return `${JSON.stringify({
        __REALTIME_TIMESTAMP: String(Math.floor(at * 1000)),
        _HOSTNAME: process.machine.identity.hostname,
        SYSLOG_IDENTIFIER: tag,
        ...(pid === undefined ? {} : { _PID: pid }),
        MESSAGE: text,
      })}\n`;
    default:
      return `${stamp(at, '%b %d %H:%M:%S')}${host} ${from}: ${text}\n`;
  }
}
