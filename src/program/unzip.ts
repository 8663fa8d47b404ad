// unzip, zipinfo and funzip (Info-ZIP UnZip 6.00): lists and unpacks zip archives.
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { decompress, formatOf, LARGEST } from './archive/codec.ts';
import { type Archive, checksum, type Entry, readZip, unpack } from './archive/zip.ts';
import { Failure, reason, tryTo } from './failure.ts';
import { fnmatch } from './fnmatch.ts';
import { modeString } from './mode.ts';
import { calledAs } from './program.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';
import { join } from './tree.ts';

export const names = ['unzip', 'zipinfo', 'funzip'];

interface Run {
  process: Process;
  letters: Set<string>;
  quiet: number;
  file: Bytes;
  patterns: Bytes[];
  excluded: Bytes[];
  directory: Bytes;
}

export async function main(process: Process): Promise<number> {
  const called = calledAs(process);
  if (called === 'funzip') return funzip(process);
  const args = process.argv.slice(1);
  const run: Run = { process, letters: new Set(), quiet: 0, file: '', patterns: [], excluded: [], directory: '' };
  const operands: Bytes[] = [];
  let excluding = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (/^-./.test(arg) && !(excluding && arg !== '-d')) {
      for (let k = 1; k < arg.length; k++) {
        const letter = arg[k]!;
        if (letter === 'd' && called === 'unzip' && !run.letters.has('Z')) {
          const value = arg.slice(k + 1) || args[++i];
          if (value === undefined) {
            await process.err('error:  must specify directory to which to extract with -d option\n');
            return 10;
          }
          run.directory = value;
          break;
        }
        if (letter === 'P') {
          i += arg.length > k + 1 ? 0 : 1;
          break;
        }
        if (letter === 'x') excluding = true;
        if (letter === 'q') run.quiet++;
        run.letters.add(letter);
      }
    } else if (excluding) run.excluded.push(arg);
    else operands.push(arg);
  }
  if (called === 'zipinfo') run.letters.add('Z');
  const [file, ...patterns] = operands;
  if (file === undefined) {
    const help = recordedRun(
      process,
      called,
      run.letters.has('v') ? '-v' : run.letters.has('h') || args.length === 0 ? '' : '-@',
    );
    const text = (help?.stdout ?? '') || (help?.stderr ?? '');
    if (args.length === 0 || run.letters.has('h') || run.letters.has('v')) {
      await process.out(text);
      return 0;
    }
    await process.err(text);
    return 10;
  }
  run.file = file;
  run.patterns = patterns;
  const archive = await open(run);
  return typeof archive === 'number' ? archive : work(run, archive);
}

async function open(run: Run): Promise<Archive | number> {
  const { process } = run;
  let data: Bytes | undefined;
  for (const name of [run.file, `${run.file}.zip`, `${run.file}.ZIP`]) {
    const stat = tryTo(() => process.files.stat(name));
    if (stat?.type !== 'file') continue;
    try {
      data = process.readFile(name);
    } catch (error) {
      await process.err(`error:  cannot open zipfile [ ${name} ]\n        ${reason(error)}\n`);
      return 9;
    }
    run.file = name;
    break;
  }
  const info = run.letters.has('Z');
  if (data === undefined) {
    const text = `${calledAs(process)}:  cannot find or open ${run.file}, ${run.file}.zip or ${run.file}.ZIP.\n`;
    await (info ? process.out(text) : process.err(text));
    return 9;
  }
  const archive = readZip(data);
  if (archive) return archive;
  if (run.quiet < 2 && !run.letters.has('p')) await process.out(`Archive:  ${run.file}\n`);
  await process.err(
    '  End-of-central-directory signature not found.  Either this file is not\n  a zipfile, or it constitutes one disk of a multi-part archive.  In the\n' +
      '  latter case the central directory and zipfile comment will be found on\n  the last disk(s) of this archive.\n' +
      `${calledAs(process)}:  cannot find zipfile directory in one of ${run.file} or\n        ${run.file}.zip, and cannot find ${run.file}.ZIP, period.\n`,
  );
  return 9;
}

async function work(run: Run, archive: Archive): Promise<number> {
  const { process, letters } = run;
  const seen = new Set<Bytes>();
  const hits = (pattern: Bytes, name: Bytes) =>
    letters.has('C') ? fnmatch(pattern.toLowerCase(), name.toLowerCase()) : fnmatch(pattern, name);
  const entries = archive.entries.filter(({ name }) => {
    const wanted = run.patterns.filter((pattern) => hits(pattern, name));
    for (const pattern of wanted) seen.add(pattern);
    return (run.patterns.length === 0 || wanted.length > 0) && !run.excluded.some((pattern) => hits(pattern, name));
  });
  let status = 0;
  if (letters.has('Z')) status = await zipinfo(run, archive, entries);
  else {
    const banner =
      run.quiet < 2 &&
      !letters.has('p') &&
      !(run.quiet > 0 && !letters.has('l') && !letters.has('v') && !letters.has('t'));
    let head = banner && !(letters.has('t') && run.quiet) ? `Archive:  ${run.file}\n` : '';
    if (archive.comment && !letters.has('p') && run.quiet === 0) head += `${archive.comment.replace(/\n$/, '')}\n`;
    await process.out(head);
    if (letters.has('z')) return 0;
    if (letters.has('l') || letters.has('v')) await process.out(listing(run, entries));
    else if (letters.has('t')) status = await test(run, entries);
    else status = await new Extraction(run).all(entries);
  }
  for (const pattern of run.patterns)
    if (!seen.has(pattern)) {
      await process.err(`caution: filename not matched:  ${pattern}\n`);
      status = 11;
    }
  return status;
}

const time = (process: Process, format: string, at: number) => strftime(format, breakDown(at, zoneOf(process)));
const METHODS: Record<number, [long: string, short: string]> = { 0: ['Stored', 'stor'], 8: ['Defl:N', 'defN'] };

/** Info-ZIP's percentage: halves are rounded up. */
function saved(size: number, packed: number): number {
  if (size === 0) return 0;
  return Math.round(((size - packed) * 100) / size);
}

function listing(run: Run, entries: readonly Entry[]): Bytes {
  const { process, letters, quiet } = run;
  const verbose = letters.has('v');
  let text = '';
  let [size, packed] = [0, 0];
  if (quiet < 2)
    text += verbose
      ? ' Length   Method    Size  Cmpr    Date    Time   CRC-32   Name\n--------  ------  ------- ---- ---------- ----- --------  ----\n'
      : '  Length      Date    Time    Name\n---------  ---------- -----   ----\n';
  for (const entry of entries) {
    size += entry.size;
    packed += entry.packedSize;
    const when = time(process, '%Y-%m-%d %H:%M', entry.mtime);
    text += verbose
      ? `${String(entry.size).padStart(8)}  ${METHODS[entry.method]?.[0] ?? 'Unk'} ${String(entry.packedSize).padStart(8)} ${String(saved(entry.size, entry.packedSize)).padStart(3)}% ${when} ${entry.crc.toString(16).padStart(8, '0')}  ${entry.name}\n`
      : `${String(entry.size).padStart(9)}  ${when}   ${entry.name}\n`;
  }
  const files = `${entries.length} file${entries.length === 1 ? '' : 's'}`;
  if (quiet < 2)
    text += verbose
      ? `--------          -------  ---                            -------\n${String(size).padStart(8)}         ${String(packed).padStart(8)} ${String(saved(size, packed)).padStart(3)}%                            ${files}\n`
      : `---------                     -------\n${String(size).padStart(9)}                     ${files}\n`;
  return text;
}

async function zipinfo(run: Run, archive: Archive, entries: readonly Entry[]): Promise<number> {
  const { process, letters } = run;
  if (letters.has('1') || letters.has('2')) {
    await process.out(entries.map((entry) => `${entry.name}\n`).join(''));
    return 0;
  }
  const only = letters.has('h') || letters.has('t');
  const partial = run.patterns.length > 0;
  const size = process.files.stat(run.file).size;
  let text = '';
  if (letters.has('h') || (!partial && !only))
    text += `Archive:  ${run.file}\nZip file size: ${size} bytes, number of entries: ${archive.entries.length}\n`;
  if (letters.has('z') || (!partial && !only && archive.comment)) text += archive.comment ? `${archive.comment}\n` : '';
  let [plain, packed] = [0, 0];
  for (const entry of entries) {
    plain += entry.size;
    packed += entry.packedSize;
    if (only && !letters.has('l') && !letters.has('m') && !letters.has('s')) continue;
    const type = (entry.mode & 0o170000) === 0o120000 ? 'symlink' : entry.name.endsWith('/') ? 'directory' : 'file';
    const middle = letters.has('l')
      ? ` ${String(entry.packedSize).padStart(8)}`
      : letters.has('m')
        ? ` ${String(saved(entry.size, entry.packedSize)).padStart(2)}%`
        : '';
    text += `${modeString(type, entry.mode & 0o7777)}  3.0 unx ${String(entry.size).padStart(8)} ${entry.encrypted ? (entry.text ? 'T' : 'B') : entry.text ? 't' : 'b'}x${middle} ${METHODS[entry.method]?.[1] ?? 'unkn'} ${time(process, '%y-%b-%d %H:%M', entry.mtime)} ${entry.name}\n`;
  }
  if (letters.has('t') || (!partial && !only)) {
    const ratio = plain === 0 ? '0.0' : ((100 * (plain - packed)) / plain).toFixed(1);
    text += `${entries.length} file${entries.length === 1 ? '' : 's'}, ${plain} bytes uncompressed, ${packed} bytes compressed:  ${ratio}%\n`;
  }
  await process.out(text);
  return 0;
}

async function test(run: Run, entries: readonly Entry[]): Promise<number> {
  const { process, quiet, file } = run;
  let bad = 0;
  for (const entry of entries) {
    const content = await unpack(process, entry);
    const right = content !== undefined && checksum(content) === entry.crc;
    if (!right) bad++;
    if (quiet === 0) await process.out(`    testing: ${entry.name.padEnd(22)}  ${right ? ' OK' : ` bad CRC`}\n`);
  }
  if (quiet < 2)
    await process.out(
      bad === 0
        ? `No errors detected in compressed data of ${file}.\n`
        : `At least one error was detected in ${file}.\n`,
    );
  return bad === 0 ? 0 : 2;
}

class Extraction {
  readonly #run: Run;
  readonly #links: [path: Bytes, target: Bytes, shown: Bytes][] = [];
  #answer: 'A' | 'N' | undefined;
  #input = '';

  constructor(run: Run) {
    this.#run = run;
  }

  async all(entries: readonly Entry[]): Promise<number> {
    const { process, letters, directory, quiet } = this.#run;
    if (directory && !letters.has('p') && !letters.has('c')) {
      const type = tryTo(() => process.files.stat(directory))?.type;
      try {
        if (type !== 'directory') process.files.mkdir(directory, 0o777);
      } catch (error) {
        await process.err(`checkdir:  cannot create extraction directory: ${directory}\n           ${reason(error)}\n`);
        return 2;
      }
    }
    let status = 0;
    for (const entry of entries) {
      const one = await this.#one(entry);
      status = Math.max(status, one);
      if (one > 50) return one;
    }
    if (this.#links.length > 0) {
      if (quiet === 0) await process.out('finishing deferred symbolic links:\n');
      for (const [path, target, shown] of this.#links) {
        tryTo(() => process.files.symlink(target, path));
        if (quiet === 0) await process.out(`  ${shown.padEnd(22)} -> ${target}\n`);
      }
    }
    return status;
  }

  async #one(entry: Entry): Promise<number> {
    const { process, letters, directory, quiet } = this.#run;
    const { files } = process;
    const piped = letters.has('p') || letters.has('c');
    // What would lead out of the directory stays in it, as unzip has it.
    let name = entry.name
      .replace(/^\/+/, '')
      .split('/')
      .filter((part) => part !== '..')
      .join('/');
    if (letters.has('j')) name = name.replace(/^.*\/(?=.)/, '');
    if (letters.has('L')) name = name.toLowerCase();
    let path = directory ? join(directory, name) : name;
    if (entry.name.endsWith('/')) {
      if (piped || letters.has('j') || letters.has('f')) return 0;
      const bare = path.replace(/\/+$/, '');
      if (tryTo(() => files.stat(bare))?.type === 'directory') return 0;
      if (!this.#parents(bare)) return 2;
      if (!this.#make(bare, entry.mode & 0o7777 || 0o755)) return 2;
      if (quiet === 0) await process.out(`   creating: ${path}\n`);
      return 0;
    }
    const content = await unpack(process, entry);
    const method = entry.method === 0 ? ' extracting' : '  inflating';
    if (content === undefined) {
      await process.err(
        entry.encrypted
          ? `   skipping: ${entry.name.padEnd(22)}  unable to get password\n`
          : `   skipping: ${entry.name.padEnd(22)}  unsupported compression method ${entry.method}\n`,
      );
      return entry.encrypted ? 82 : 81;
    }
    if (piped) {
      if (letters.has('c') && quiet === 0) await process.out(`${method}: ${entry.name.padEnd(22)}  \n`);
      await process.out(content + (letters.has('c') && quiet === 0 ? '\n' : ''));
      return 0;
    }
    const old = tryTo(() => files.stat(path, false));
    if (letters.has('f') && !old) return 0;
    if (old && (letters.has('f') || letters.has('u')) && old.mtime >= entry.mtime) return 0;
    if (old && !letters.has('o')) {
      const decided = letters.has('n') ? 'N' : await this.#ask(path);
      if (decided === 'N' || decided === 'n') return this.#ended ? 1 : 0;
      if (decided.length > 1) path = decided.slice(1);
    }
    if (!this.#parents(path)) {
      await process.err(`error:  cannot create ${path}\n`);
      return 50;
    }
    if ((entry.mode & 0o170000) === 0o120000) {
      this.#links.push([path, content, path]);
      if (quiet === 0) await process.out(`    linking: ${path.padEnd(22)}  -> ${content} \n`);
      return 0;
    }
    try {
      if (old && old.type !== 'directory' && path === (directory ? join(directory, name) : name)) files.unlink(path);
      const descriptor = process.open(path, { write: true, create: true, truncate: true }, 0o666);
      for (let at = 0; at < content.length; at += 65536) await process.write(descriptor, content.slice(at, at + 65536));
      process.close(descriptor);
      if (entry.mode & 0o777) files.chmod(path, entry.mode & 0o777);
      files.utimes(path, entry.mtime, entry.mtime);
    } catch (error) {
      await process.err(`error:  cannot create ${path}\n        ${reason(error)}\n`);
      return 50;
    }
    if (quiet === 0) await process.out(`${method}: ${path.padEnd(22)}  \n`);
    if (checksum(content) === entry.crc) return 0;
    await process.err(
      `${path}:  bad CRC ${checksum(content).toString(16).padStart(8, '0')}  (should be ${entry.crc.toString(16).padStart(8, '0')})\n`,
    );
    return 2;
  }

  #make(directory: Bytes, mode: number): boolean {
    try {
      this.#run.process.files.mkdir(directory, mode);
      return true;
    } catch (error) {
      reason(error);
      return false;
    }
  }

  #parents(path: Bytes): boolean {
    const { files } = this.#run.process;
    const parts = path.split('/');
    for (let i = 1; i < parts.length; i++) {
      const parent = parts.slice(0, i).join('/');
      if (parent === '' || tryTo(() => files.stat(parent))?.type === 'directory') continue;
      if (!this.#make(parent, 0o777)) return false;
    }
    return true;
  }

  #ended = false;

  /** What to do with a file that is there: `y`, `n`, `A`, `N`, or `r` and a new name. */
  async #ask(path: Bytes): Promise<Bytes> {
    if (this.#answer) return this.#answer === 'A' ? 'y' : 'N';
    const { process } = this.#run;
    for (let round = 0; round < 100; round++) {
      await process.err(`replace ${path}? [y]es, [n]o, [A]ll, [N]one, [r]ename: `);
      const line = await this.#line();
      if (line === undefined) {
        await process.err(' NULL\n(EOF or read error, treating as "[N]one" ...)\n');
        this.#answer = 'N';
        this.#ended = true;
        return 'N';
      }
      const letter = line[0] ?? '';
      if (letter === 'A' || letter === 'N') {
        this.#answer = letter;
        return letter === 'A' ? 'y' : 'N';
      }
      if (letter === 'y' || letter === 'n') return letter;
      if (letter === 'r') {
        await process.err('new name: ');
        return `r${(await this.#line()) ?? path}`;
      }
      await process.err(`error:  invalid response [${line === '' ? '{ENTER}' : letter}]\n`);
    }
    return 'N';
  }

  async #line(): Promise<Bytes | undefined> {
    const { process } = this.#run;
    while (!this.#input.includes('\n')) {
      const chunk = await process.read(0, 4096);
      if (chunk === '') {
        const last = this.#input;
        this.#input = '';
        return last === '' ? undefined : last;
      }
      this.#input += chunk;
      if (this.#input.length > 65_536) return undefined;
    }
    const end = this.#input.indexOf('\n');
    const line = this.#input.slice(0, end);
    this.#input = this.#input.slice(end + 1);
    return line;
  }
}

/** The first entry of a zip archive or a gzip file, to standard output. */
async function funzip(process: Process): Promise<number> {
  const file = process.argv.slice(1).find((arg) => !arg.startsWith('-'));
  let data: Bytes;
  try {
    data = file === undefined ? await process.readAll(0, LARGEST) : process.readFile(file);
  } catch (error) {
    reason(error);
    await process.err(`funzip error: cannot open input file: ${file}\n`);
    return 1;
  }
  if (formatOf(data) === 'gzip') {
    try {
      await process.out(await decompress(process, 'gzip', data));
      return 0;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      await process.err('funzip error: invalid compressed data--format violated\n');
      return 1;
    }
  }
  const archive = readZip(data);
  const first = archive?.entries[0];
  if (!first) {
    await process.err('funzip error: input not a zip or gzip file\n');
    return 3;
  }
  await process.out((await unpack(process, first)) ?? '');
  if (archive.entries.length > 1) await process.err('funzip warning: zipfile has more than one entry--rest ignored\n');
  return 0;
}
