// find -printf's directives and the line of -ls.
import type { Bytes } from '../../machine/machine.ts';
import { baseName } from '../basename.ts';
import { dirName } from '../dirname.ts';
import { tryTo } from '../failure.ts';
import { modeString } from '../mode.ts';
import type { Invocation } from '../program.ts';
import { breakDown, strftime, zoneOf } from '../strftime.ts';
import type { Visit } from './test.ts';

const LETTER: Record<string, string> = {
  file: 'f',
  directory: 'd',
  symlink: 'l',
  fifo: 'p',
  socket: 's',
  character: 'c',
  block: 'b',
};
const ESCAPES: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '0': '\0',
  '\\': '\\',
};

/** Compiles a -printf format. */
export function formatOf(format: Bytes): (visit: Visit, run: Invocation) => Bytes {
  return (visit, run) => {
    let stopped = false;
    return format.replace(
      /\\([0-7]{1,3}|c[\s\S]*|[\s\S])|%([-+ #0]*)(\d*)(?:\.(\d+))?([ACT].|[a-zA-Z%])/g,
      (whole, escape, flags = '', width = '', precision, letter) => {
        if (stopped) return '';
        if (escape !== undefined) {
          if (escape.startsWith('c')) {
            stopped = true;
            return '';
          }
          if (/^[0-7]+$/.test(escape)) return String.fromCharCode(Number.parseInt(escape, 8) & 255);
          return ESCAPES[escape] ?? whole;
        }
        const text = directive(letter, visit, run);
        if (text === undefined) return whole;
        const cut = precision === undefined ? text : text.slice(0, Number(precision));
        const room = Math.min(Number(width || 0), 4096);
        return flags.includes('-') ? cut.padEnd(room) : cut.padStart(room, flags.includes('0') ? '0' : ' ');
      },
    );
  };
}

function directive(letter: string, { path, start, depth, stat }: Visit, run: Invocation): Bytes | undefined {
  const { accounts } = run.process.machine;
  const time = { A: 'atime', C: 'ctime', T: 'mtime' } as const;
  if (letter.length === 2) {
    const at = stat[time[letter[0] as 'A']];
    const nano = `${String(Math.floor((at % 1000) * 1e6)).padStart(9, '0')}0`;
    const t = breakDown(at, zoneOf(run.process));
    const kind = letter[1]!;
    if (kind === '@') return `${Math.floor(at / 1000)}.${nano}`;
    if (kind === '+') return `${strftime('%Y-%m-%d+%H:%M:%S', t)}.${nano}`;
    if (kind === 'S' || kind === 'T' || kind === 'X') return `${strftime(`%${kind}`, t)}.${nano}`;
    return strftime(`%${kind}`, t);
  }
  switch (letter) {
    case '%':
      return '%';
    case 'p':
      return path;
    case 'f':
      return path === start && /^\/+$/.test(path) ? '/' : baseName(path);
    case 'h':
      return path.includes('/') ? dirName(path) : '.';
    case 'P':
      return path === start ? '' : path.slice(start.endsWith('/') ? start.length : start.length + 1);
    case 'H':
      return start;
    case 'd':
      return String(depth);
    case 's':
      return String(stat.size);
    case 'k':
      return String(Math.ceil(stat.blocks / 2));
    case 'b':
      return String(stat.blocks);
    case 'm':
      return (stat.mode & 0o7777).toString(8);
    case 'M':
      return modeString(stat.type, stat.mode);
    case 'u':
      return accounts.byId(stat.uid)?.name ?? String(stat.uid);
    case 'U':
      return String(stat.uid);
    case 'g':
      return accounts.groupById(stat.gid)?.name ?? String(stat.gid);
    case 'G':
      return String(stat.gid);
    case 'i':
      return String(stat.inode);
    case 'n':
      return String(stat.links);
    case 'D':
      return String(stat.device);
    case 'y':
      return LETTER[stat.type]!;
    case 'Y':
      return stat.type === 'symlink'
        ? (LETTER[tryTo(() => run.process.files.stat(path))?.type ?? ''] ?? 'N')
        : LETTER[stat.type]!;
    case 'l':
      return stat.type === 'symlink' ? (tryTo(() => run.process.files.readlink(path)) ?? '') : '';
    case 't':
    case 'a':
    case 'c': {
      const at = stat[letter === 't' ? 'mtime' : letter === 'a' ? 'atime' : 'ctime'];
      return strftime(
        `%a %b %e %H:%M:%S.${String(Math.floor((at % 1000) * 1e6)).padStart(9, '0')}0 %Y`,
        breakDown(at, zoneOf(run.process)),
      );
    }
    case 'F':
      return 'ext4';
    case 'S':
      return stat.size ? ((stat.blocks * 512) / stat.size).toFixed(6) : '1.000000';
    default:
      return undefined;
  }
}

/** The line of -ls. */
export function listing({ path, stat }: Visit, run: Invocation): Bytes {
  const { accounts, clock } = run.process.machine;
  const t = breakDown(stat.mtime, zoneOf(run.process));
  const now = clock.now();
  const recent = stat.mtime <= now && stat.mtime > now - 15_778_476_000;
  const target = stat.type === 'symlink' ? ` -> ${tryTo(() => run.process.files.readlink(path)) ?? ''}` : '';
  const size = stat.rdev
    ? `${String(stat.rdev[0]).padStart(3)}, ${String(stat.rdev[1]).padStart(3)}`
    : String(stat.size).padStart(8);
  return `${String(stat.inode).padStart(9)} ${String(Math.ceil(stat.blocks / 2)).padStart(6)} ${modeString(stat.type, stat.mode)} ${String(stat.links).padStart(3)} ${(accounts.byId(stat.uid)?.name ?? String(stat.uid)).padEnd(8)} ${(accounts.groupById(stat.gid)?.name ?? String(stat.gid)).padEnd(8)} ${size} ${strftime(recent ? '%b %e %H:%M' : '%b %e  %Y', t)} ${path}${target}`;
}
