// stat (GNU coreutils): what the system knows of a file or a file system.
import type { Bytes, Stat } from '../machine/machine.ts';
import { readEscape } from './escape.ts';
import { reason, tryTo } from './failure.ts';
import { modeString, TYPE_BITS, typeName } from './mode.ts';
import { gnu, type Invocation } from './program.ts';
import { quoteAlways } from './quote.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';

export const names = ['stat'];

export const main = gnu({
  short: 'c:fLt',
  long: { dereference: 'L', 'file-system': 'f', 'format=': 'c', 'printf=': 'printf', terse: 't', 'cached=': 'cached' },
  usage: '[OPTION]... FILE...',
  async run(run) {
    if (run.operands.length === 0) return run.wrongUse('missing operand');
    const { files } = run.process;
    const format = run.options.findLast(([k]) => k === 'c' || k === 'printf');
    for (const path of run.operands) {
      if (run.has('f')) {
        await fileSystem(run, path, format?.[0] === 'c' ? format[1] : undefined);
        continue;
      }
      try {
        const stat = path === '-' ? run.process.descriptors.get(0)!.stat() : files.stat(path, run.has('L'));
        if (format) {
          const text = fill(run, format[1]!, path, stat, format[0] === 'printf');
          run.put(format[0] === 'printf' ? text : `${text}\n`);
        } else if (run.has('t'))
          run.put(`${fill(run, '%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %W %o', path, stat, false)}\n`);
        else run.put(full(run, path, stat));
      } catch (error) {
        await run.warn(`cannot statx ${quoteAlways(path)}: ${reason(error)}`);
      }
    }
    return undefined;
  },
});

function full(run: Invocation, path: Bytes, stat: Stat): Bytes {
  const lines = [
    '  File: %N',
    `  Size: ${String(stat.size).padEnd(10)}\tBlocks: ${String(stat.blocks).padEnd(10)} IO Block: 4096   ${typeName(stat.type, stat.size)}`,
    `Device: ${major(stat.device)},${minor(stat.device)}\tInode: ${String(stat.inode).padEnd(10)} Links: ${stat.rdev ? String(stat.links).padEnd(5) : stat.links}${stat.rdev ? ` Device type: ${stat.rdev[0]},${stat.rdev[1]}` : ''}`,
    'Access: (%04a/%10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)',
    'Access: %x',
    'Modify: %y',
    'Change: %z',
    ' Birth: %w',
  ];
  return `${lines.map((line) => fill(run, line, path, stat, false)).join('\n')}\n`;
}

const major = (device: number) => device >> 8;
const minor = (device: number) => device & 255;

/** The directives of --format; --printf reads escapes as well. */
function fill(run: Invocation, format: Bytes, path: Bytes, stat: Stat, escapes: boolean): Bytes {
  let text = '';
  for (let i = 0; i < format.length; ) {
    const c = format[i]!;
    if (c === '\\' && escapes) {
      const escape = readEscape(format, i, true);
      if (!escape) return text;
      text += escape.bytes;
      i += escape.length;
      continue;
    }
    const match = c === '%' ? /^%([-+ #0']*)(\d*)(?:\.(\d+))?([HL]?[a-zA-Z%])/.exec(format.slice(i, i + 32)) : null;
    if (!match) {
      text += c;
      i++;
      continue;
    }
    const [whole, flags, width, precision, letter] = match;
    let value = directive(run, letter!, path, stat);
    if (letter === 'a' && flags!.includes('#') && value !== '0') value = `0${value}`;
    if (precision !== undefined && /^[XYZW]$/.test(letter!)) value += `.${'0'.repeat(Number(precision))}`;
    const room = Math.min(Number(width || 0), 4096);
    text += flags!.includes('-') ? value.padEnd(room) : value.padStart(room, flags!.includes('0') ? '0' : ' ');
    i += whole.length;
  }
  return text;
}

function directive(run: Invocation, letter: string, path: Bytes, stat: Stat): Bytes {
  const { accounts } = run.process.machine;
  const time = (at: number) => {
    const nano = String(Math.round((at % 1000) * 1e6)).padStart(9, '0');
    const t = breakDown(at, zoneOf(run.process));
    return `${strftime('%Y-%m-%d %H:%M:%S', t)}.${nano} ${strftime('%z', t)}`;
  };
  const birth = Math.min(stat.mtime, stat.ctime, stat.atime);
  const seconds = (at: number) => String(Math.floor(at / 1000));
  switch (letter) {
    case '%':
      return '%';
    case 'a':
      return (stat.mode & 0o7777).toString(8);
    case 'A':
      return modeString(stat.type, stat.mode);
    case 'b':
      return String(stat.blocks);
    case 'B':
      return '512';
    case 'd':
      return String(stat.device);
    case 'D':
      return stat.device.toString(16);
    case 'Hd':
      return String(major(stat.device));
    case 'Ld':
      return String(minor(stat.device));
    case 'f':
      return (TYPE_BITS[stat.type] | (stat.mode & 0o7777)).toString(16);
    case 'F':
      return typeName(stat.type, stat.size);
    case 'g':
      return String(stat.gid);
    case 'G':
      return accounts.groupById(stat.gid)?.name ?? 'UNKNOWN';
    case 'u':
      return String(stat.uid);
    case 'U':
      return accounts.byId(stat.uid)?.name ?? 'UNKNOWN';
    case 'h':
      return String(stat.links);
    case 'i':
      return String(stat.inode);
    case 'm':
      return mountOf(run, path);
    case 'n':
      return path;
    case 'N': {
      const target = stat.type === 'symlink' ? tryTo(() => run.process.files.readlink(path)) : undefined;
      const quoted = (name: Bytes) => (/['"\\\x00-\x1f]/.test(name) ? quoteAlways(name) : `'${name}'`);
      const shown = run.has('c') || run.has('printf') ? quoted : (name: Bytes) => name;
      return target === undefined ? shown(path) : `${shown(path)} -> ${shown(target)}`;
    }
    case 'o':
      return '4096';
    case 's':
      return String(stat.size);
    case 't':
      return (stat.rdev?.[0] ?? 0).toString(16);
    case 'T':
      return (stat.rdev?.[1] ?? 0).toString(16);
    case 'r':
      return String(stat.rdev ? stat.rdev[0] * 256 + stat.rdev[1] : 0);
    case 'R':
      return (stat.rdev ? stat.rdev[0] * 256 + stat.rdev[1] : 0).toString(16);
    case 'w':
      return time(birth);
    case 'W':
      return seconds(birth);
    case 'x':
      return time(stat.atime);
    case 'X':
      return seconds(stat.atime);
    case 'y':
      return time(stat.mtime);
    case 'Y':
      return seconds(stat.mtime);
    case 'z':
      return time(stat.ctime);
    case 'Z':
      return seconds(stat.ctime);
    case 'C':
      return '?';
    default:
      return '?';
  }
}

function mountOf(run: Invocation, path: Bytes): Bytes {
  const real = tryTo(() => run.process.files.realpath(path)) ?? '/';
  const found = run.process.files
    .mounts()
    .filter((m) => real === m.target || `${real}/`.startsWith(m.target === '/' ? '/' : `${m.target}/`));
  return found.sort((a, b) => b.target.length - a.target.length)[0]?.target ?? '/';
}

async function fileSystem(run: Invocation, path: Bytes, format: Bytes | undefined): Promise<void> {
  try {
    run.process.files.stat(path);
  } catch (error) {
    return run.warn(`cannot read file system information for ${quoteAlways(path)}: ${reason(error)}`);
  }
  const mount = run.process.files.mounts().find((m) => m.target === mountOf(run, path));
  if (!mount) return;
  const kinds: Record<string, string> = {
    ext4: 'ext2/ext3',
    tmpfs: 'tmpfs',
    proc: 'proc',
    sysfs: 'sysfs',
    devtmpfs: 'tmpfs',
    squashfs: 'squashfs',
    overlay: 'overlayfs',
  };
  const type = kinds[mount.type] ?? mount.type;
  const blocks = (bytes: number) => String(Math.floor(bytes / 4096));
  const known: Record<string, string> = {
    n: path,
    T: type,
    b: blocks(mount.size),
    f: blocks(mount.size - mount.used),
    a: blocks(mount.available),
    s: '4096',
    S: '4096',
    l: '255',
    c: String(mount.inodes),
    d: String(mount.inodes - mount.inodesUsed),
    t: 'ef53',
    i: '0',
  };
  if (format !== undefined) {
    run.put(`${format.replace(/%([a-zA-Z])/g, (_, c) => known[c] ?? '?')}\n`);
    return;
  }
  run.put(
    `  File: "${path}"\n    ID: ${run.process.machine.identity.machineId.slice(0, 16)} Namelen: 255     Type: ${type}\nBlock size: 4096       Fundamental block size: 4096\nBlocks: Total: ${known.b!.padEnd(10)} Free: ${known.f!.padEnd(10)} Available: ${known.a}\nInodes: Total: ${known.c!.padEnd(10)} Free: ${known.d}\n`,
  );
}
