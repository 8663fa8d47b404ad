// cpio (GNU cpio 2.13): archives of the files that its standard input names.
import type { Bytes, FileType, Stat } from '../machine/machine.ts';
import { LARGEST } from './archive/codec.ts';
import { type CpioEntry, type CpioFormat, readCpio, TRAILER, writeCpio } from './archive/cpio.ts';
import { Copier } from './cp.ts';
import { reason, tryTo } from './failure.ts';
import { fnmatch } from './fnmatch.ts';
import { modeString, TYPE_BITS } from './mode.ts';
import { gnu, type Invocation } from './program.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';
import { join } from './tree.ts';

export const names = ['cpio'];

export const main = gnu({
  short: '0aAbBcC:dD:E:fF:H:iI:kLlmM:noO:prR:sStuvVW:',
  long: {
    null: '0',
    'reset-access-time': 'a',
    append: 'A',
    'directory=': 'D',
    'pattern-file=': 'E',
    nonmatching: 'f',
    'file=': 'F',
    'format=': 'H',
    extract: 'i',
    dereference: 'L',
    link: 'l',
    'make-directories': 'd',
    'preserve-modification-time': 'm',
    'numeric-uid-gid': 'n',
    create: 'o',
    'pass-through': 'p',
    'owner=': 'R',
    'no-preserve-owner': 'npo',
    list: 't',
    unconditional: 'u',
    verbose: 'v',
    dot: 'V',
    quiet: 'quiet',
    'to-stdout': 'stdout',
    'no-absolute-filenames': 'relative',
    'absolute-filenames': 'absolute',
    sparse: 'sparse',
    'block-size=': 'block',
    'io-size=': 'C',
  },
  failure: 64,
  hint: "Try '% --help' or '% --usage' for more information.\n",
  usage: '[OPTION...] [destination-directory]',
  release: 'GNU cpio 2.13',
  gaps: ['A', 'r'],
  async run(run) {
    const mode = run.has('o') ? 'o' : run.has('p') ? 'p' : run.has('i') || run.has('t') ? 'i' : undefined;
    if (!mode) {
      await run.process.err(
        `${run.name}: You must specify one of -oipt options.\nTry '${run.name} --help' or '${run.name} --usage' for more information.\n`,
      );
      return 2;
    }
    if (mode === 'i') return extract(run);
    const names = (await run.process.readAll(0, LARGEST))
      .split(run.has('0') ? '\0' : '\n')
      .filter((name) => name !== '');
    return mode === 'o' ? create(run, names) : pass(run, names);
  },
});

async function blocks(run: Invocation, bytes: number): Promise<void> {
  await run.flush();
  const count = Math.ceil(bytes / 512);
  if (!run.has('quiet')) await run.process.err(`${count} block${count === 1 ? '' : 's'}\n`);
}

function formatOf(run: Invocation): CpioFormat {
  const name = run.value('H') ?? (run.has('c') ? 'newc' : 'bin');
  if (name === 'bin' || name === 'odc' || name === 'newc') return name;
  if (name === 'crc') return 'newc';
  return run.fail(
    `invalid archive format '${name}'; valid formats are:\ncrc newc odc bin ustar tar (all-caps also recognized)`,
    2,
  );
}

async function create(run: Invocation, list: readonly Bytes[]): Promise<number> {
  const { process } = run;
  const { files } = process;
  const format = formatOf(run);
  let data = '';
  for (const given of list) {
    const turn = process.step(10);
    if (turn) await turn;
    const path = run.value('D') === undefined || given.startsWith('/') ? given : join(run.value('D')!, given);
    let stat: Stat;
    let content = '';
    try {
      stat = files.stat(path, run.has('L'));
      if (stat.type === 'file') content = process.readFile(path);
      else if (stat.type === 'symlink') content = files.readlink(path);
    } catch (error) {
      await run.warn(
        `${given}: Cannot ${reason(error) === 'No such file or directory' ? 'stat' : 'open'}: ${reason(error)}`,
        2,
      );
      continue;
    }
    if (run.has('v')) await process.err(`${given}\n`);
    const name = given.replace(/^(\.\/)+(?=.)/, '');
    data += writeCpio(
      {
        name,
        inode: stat.inode,
        mode: TYPE_BITS[stat.type] | (stat.mode & 0o7777),
        uid: stat.uid,
        gid: stat.gid,
        links: stat.links,
        mtime: Math.floor(stat.mtime / 1000),
        content,
      },
      format,
    );
    if (data.length > LARGEST) return run.fail('write error: No space left on device', 2);
  }
  data += writeCpio({ name: TRAILER, inode: 0, mode: 0, uid: 0, gid: 0, links: 1, mtime: 0, content: '' }, format);
  data += '\0'.repeat((512 - (data.length % 512)) % 512);
  const file = run.value('O') ?? run.value('F');
  const descriptor = file === undefined ? 1 : process.open(file, { write: true, create: true, truncate: true }, 0o666);
  await process.write(descriptor, data);
  if (descriptor !== 1) process.close(descriptor);
  await blocks(run, data.length);
  return run.status;
}

const typeOf = (mode: number): FileType =>
  (Object.keys(TYPE_BITS) as FileType[]).find((type) => TYPE_BITS[type] === (mode & 0o170000)) ?? 'file';

async function extract(run: Invocation): Promise<number> {
  const { process } = run;
  const file = run.value('I') ?? run.value('F');
  let data: Bytes;
  try {
    data = file === undefined ? await process.readAll(0, LARGEST) : process.readFile(file);
  } catch (error) {
    return run.fail(`${file}: Cannot open: ${reason(error)}`, 2);
  }
  const entries = readCpio(data);
  for (;;) {
    const { done, value } = entries.next();
    if (done) {
      if (value === 'torn') return run.fail('premature end of archive', 2);
      break;
    }
    const turn = process.step(10);
    if (turn) await turn;
    const entry: CpioEntry = value;
    const wanted =
      run.operands.length === 0 || run.operands.some((pattern) => fnmatch(pattern, entry.name)) !== run.has('f');
    if (!wanted) continue;
    if (run.has('t')) run.put(run.has('v') ? `${long(run, entry)}\n` : `${entry.name}\n`);
    else await unpack(run, entry);
    await run.drain();
  }
  await blocks(run, data.length);
  return run.status;
}

function long(run: Invocation, entry: CpioEntry): Bytes {
  const { accounts, clock } = run.process.machine;
  const type = typeOf(entry.mode);
  const at = entry.mtime * 1000;
  const recent = at > clock.now() - 15_778_476_000 && at <= clock.now();
  const time = strftime(recent ? '%b %e %H:%M' : '%b %e  %Y', breakDown(at, zoneOf(run.process)));
  const owner = (id: number, name: Bytes | undefined) => (run.has('n') ? String(id) : (name ?? String(id))).padEnd(8);
  return (
    `${modeString(type, entry.mode & 0o7777)} ${String(entry.links).padStart(3)} ${owner(entry.uid, accounts.byId(entry.uid)?.name)} ` +
    `${owner(entry.gid, accounts.groupById(entry.gid)?.name)} ${String(entry.content.length).padStart(8)} ${time} ${entry.name}${type === 'symlink' ? ` -> ${entry.content}` : ''}`
  );
}

async function unpack(run: Invocation, entry: CpioEntry): Promise<void> {
  const { process } = run;
  const { files, credentials } = process;
  const type = typeOf(entry.mode);
  if (run.has('stdout')) {
    if (type === 'file') run.put(entry.content);
    return;
  }
  const name = run.has('relative') ? entry.name.replace(/^\/+/, '') : entry.name;
  const path = run.value('D') === undefined || name.startsWith('/') ? name : join(run.value('D')!, name);
  const old = tryTo(() => files.stat(path, false));
  if (old && type !== 'directory' && !run.has('u') && old.mtime >= entry.mtime * 1000) {
    await run.warn(`${name} not created: newer or same age version exists`, 0);
    if (run.has('v')) await process.err(`${name}\n`);
    return;
  }
  try {
    if (run.has('d')) makeParents(run, path);
    if (old && type !== 'directory') files.unlink(path);
    if (type === 'directory') {
      if (!old) files.mkdir(path, entry.mode & 0o7777);
    } else if (type === 'symlink') files.symlink(entry.content, path);
    else if (type === 'file') {
      const descriptor = process.open(path, { write: true, create: true, truncate: true }, 0o600);
      await process.write(descriptor, entry.content);
      process.close(descriptor);
    } else files.mknod(path, entry.mode & 0o7777, type);
    if (credentials.euid === 0 && !run.has('npo')) files.chown(path, entry.uid, entry.gid, false);
    if (type !== 'symlink') files.chmod(path, entry.mode & 0o7777);
    if (run.has('m') && type !== 'symlink') files.utimes(path, entry.mtime * 1000, entry.mtime * 1000);
    if (run.has('v')) await process.err(`${name}\n`);
  } catch (error) {
    await run.warn(`${name}: Cannot open: ${reason(error)}`, 2);
  }
}

function makeParents(run: Invocation, path: Bytes): void {
  const { files } = run.process;
  const parts = path.split('/');
  for (let i = 1; i < parts.length; i++) {
    const parent = parts.slice(0, i).join('/');
    if (parent !== '' && !tryTo(() => files.stat(parent))) files.mkdir(parent, 0o777);
  }
}

/** -p: the files are copied into a directory. */
async function pass(run: Invocation, list: readonly Bytes[]): Promise<number> {
  const { files } = run.process;
  const [target] = run.operands;
  if (target === undefined) return run.fail('Too few arguments', 2);
  let bytes = 0;
  const copier = new Copier(run, true);
  for (const name of list) {
    const to = join(target, name.replace(/^\/+|^(\.\/)+/, ''));
    let stat: Stat;
    try {
      stat = files.stat(name, run.has('L'));
      if (run.has('d')) makeParents(run, to);
      if (stat.type === 'directory') {
        if (!tryTo(() => files.stat(to))) files.mkdir(to, stat.mode & 0o7777);
      } else await copier.copy(name, to, 0, true);
    } catch (error) {
      await run.warn(`${name}: Cannot stat: ${reason(error)}`, 2);
      continue;
    }
    if (stat.type === 'file') bytes += stat.size;
    if (run.has('v')) await run.process.err(`${to}\n`);
  }
  await blocks(run, bytes);
  return run.status;
}
