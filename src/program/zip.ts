// zip (Info-ZIP Zip 3.0): makes and changes zip archives.
import type { Bytes, Process, Stat } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { LARGEST } from './archive/codec.ts';
import { type Archive, type Entry, pack, readZip, writeZip } from './archive/zip.ts';
import { baseName } from './basename.ts';
import { reason, tryTo } from './failure.ts';
import { fnmatch } from './fnmatch.ts';
import { DEEPEST, join } from './tree.ts';

export const names = ['zip'];

const LONG: Record<string, string> = {
  recurse: 'r',
  'recurse-paths': 'r',
  'junk-paths': 'j',
  quiet: 'q',
  verbose: 'v',
  move: 'm',
  delete: 'd',
  update: 'u',
  freshen: 'f',
  symlinks: 'y',
  test: 'T',
  encrypt: 'e',
  exclude: 'x',
  include: 'i',
  'no-dir-entries': 'D',
  'names-stdin': '@',
  'archive-comment': 'z',
  'latest-time': 'o',
  'adjust-sfx': 'A',
  help: 'h',
  license: 'L',
  version: 'v',
  password: 'P',
  'show-files': 'sf',
};
/** Options of two letters. */
const DOUBLE = ['sf', 'FS', 'FF', 'MM', 'ds', 'dv', 'UN', 'ic', 'la', 'lf', 'nw', 'ws', 'tt', 'ZS', 'll', 'h2', 'df'];

export const main = (process: Process): Promise<number> => new Zip(process).run();

class Wrong extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

class Zip {
  readonly #process: Process;
  readonly #letters = new Set<string>();
  #level = 6;
  readonly #operands: Bytes[] = [];
  readonly #excluded: Bytes[] = [];
  readonly #included: Bytes[] = [];
  #file = '';
  #inode: Stat | undefined;
  readonly #seen = new Set<Bytes>();
  readonly #taken: Bytes[] = [];
  #out = '';

  constructor(process: Process) {
    this.#process = process;
  }

  async run(): Promise<number> {
    const { process } = this;
    try {
      const done = await this.#start();
      await this.#flush();
      return done;
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      await this.#flush();
      await process.out(`\n${error.message}\n`);
      return error.status;
    }
  }

  get process(): Process {
    return this.#process;
  }

  async #flush(): Promise<void> {
    const text = this.#out;
    this.#out = '';
    if (text) await (this.#file === '-' ? this.#process.err(text) : this.#process.out(text));
  }

  #say(text: Bytes): void {
    if (!this.#letters.has('q')) this.#out += text;
  }

  #parse(): void {
    const args = this.#process.argv.slice(1);
    const wrong = (text: string) => new Wrong(16, `zip error: Invalid command arguments (${text})`);
    for (let i = 0; i < args.length; i++) {
      const arg = args[i]!;
      const list = (into: Bytes[]) => {
        while (i + 1 < args.length && !args[i + 1]!.startsWith('-') && args[i + 1] !== '@') into.push(args[++i]!);
      };
      if (arg === '-' || arg === '--' || !arg.startsWith('-')) {
        if (arg !== '--') this.#operands.push(arg);
        continue;
      }
      if (arg.startsWith('--')) {
        const letter = LONG[arg.slice(2)];
        if (!letter) throw wrong(`long option '${arg.slice(2)}' not supported`);
        this.#letters.add(letter);
        if (letter === 'x') list(this.#excluded);
        if (letter === 'i') list(this.#included);
        if (letter === 'P') i++;
        continue;
      }
      for (let k = 1; k < arg.length; k++) {
        const double = arg.slice(k, k + 2);
        if (DOUBLE.includes(double)) {
          this.#letters.add(double);
          k++;
          continue;
        }
        const letter = arg[k]!;
        if (/\d/.test(letter)) this.#level = Number(letter);
        else if ('rjqvmdufyTexiD@zoAhLPXkloFgSwEcC'.includes(letter)) this.#letters.add(letter);
        else if ('btOnR'.includes(letter)) {
          if (k + 1 >= arg.length) i++;
          this.#letters.add(letter);
          break;
        } else throw wrong(`short option '${letter}' not supported`);
        if (letter === 'x' || letter === 'i') {
          const into = letter === 'x' ? this.#excluded : this.#included;
          if (k + 1 < arg.length) into.push(arg.slice(k + 1));
          list(into);
          break;
        }
        if (letter === 'P') {
          if (k + 1 >= arg.length) i++;
          break;
        }
      }
    }
  }

  async #start(): Promise<number> {
    const { process } = this;
    this.#parse();
    const letters = this.#letters;
    const recorded = letters.has('h') ? '-h' : letters.has('L') ? '-L' : process.argv.length === 1 ? '' : undefined;
    if (recorded !== undefined || (letters.has('v') && this.#operands.length === 0)) {
      const text = recordedRun(process, 'zip', recorded ?? '--version') ?? recordedRun(process, 'zip', '--help');
      await process.out(text?.stdout ?? '');
      return text?.status ?? 0;
    }
    if (letters.has('e')) {
      if (!process.terminal) throw new Wrong(16, 'zip error: Invalid command arguments (stderr is not a tty)');
      process.witness.gap('zip', '-e');
    }
    if (letters.has('P')) process.witness.gap('zip', '-P');
    const name = this.#operands.shift();
    if (name === undefined) throw new Wrong(16, 'zip error: Invalid command arguments (nothing to select from)');
    this.#file = name === '-' || /\.[^/]*$/.test(baseName(name)) ? name : `${name}.zip`;
    const old = name === '-' ? undefined : tryTo(() => process.readFile(this.#file));
    this.#inode = name === '-' ? undefined : tryTo(() => process.files.stat(this.#file));
    const archive: Archive | undefined = old === undefined || old === '' ? { entries: [], comment: '' } : readZip(old);
    if (!archive) throw new Wrong(3, `zip error: Zip file structure invalid (${this.#file})`);
    if (letters.has('sf')) {
      const total = archive.entries.reduce((sum, entry) => sum + entry.size, 0);
      this.#out += `Archive contains:\n${archive.entries.map((entry) => `  ${entry.name}\n`).join('')}Total ${archive.entries.length} entries (${total} bytes)\n`;
      return 0;
    }
    if (letters.has('d')) return this.#delete(archive);
    if (letters.has('@')) this.#operands.push(...(await process.readAll(0, LARGEST)).split('\n').filter(Boolean));
    if (this.#operands.length === 0 && letters.has('T')) {
      this.#say(`test of ${this.#file} OK\n`);
      return 0;
    }
    if (this.#operands.length === 0 && letters.has('z')) return this.#comment(archive);
    if (this.#operands.length === 0 && letters.has('A')) {
      this.#say('Zip entry offsets do not need adjusting\n');
      return 0;
    }
    if (this.#operands.length === 0 && letters.has('f'))
      for (const entry of archive.entries) this.#operands.push(entry.name);
    else if (this.#operands.length === 0)
      throw new Wrong(16, 'zip error: Invalid command arguments (nothing to select from)');
    return this.#add(archive);
  }

  #chosen(name: Bytes): boolean {
    if (this.#included.length > 0 && !this.#included.some((pattern) => fnmatch(pattern, name))) return false;
    return !this.#excluded.some((pattern) => fnmatch(pattern, name));
  }

  async #add(archive: Archive): Promise<number> {
    const { process } = this;
    const letters = this.#letters;
    const found: [path: Bytes, stat: Stat][] = [];
    for (const operand of this.#operands) {
      if (operand === '-') {
        found.push(['-', { ...process.files.stat('/'), type: 'fifo' }]);
        continue;
      }
      if (!(await this.#walk(operand, found, 0))) {
        await this.#flush();
        await process.out(`\tzip warning: name not matched: ${operand}\n`);
      }
    }
    let done = 0;
    let [plain, packed] = [0, 0];
    for (const [path, stat] of found) {
      const turn = process.step(20);
      if (turn) await turn;
      const directory = stat.type === 'directory';
      if (directory && (letters.has('j') || letters.has('D'))) continue;
      let name = path.replace(/^\/+/, '').replace(/^(\.\/)+/, '');
      if (letters.has('j')) name = baseName(name);
      if (directory) name += name.endsWith('/') ? '' : '/';
      if (name === '' || name === './' || !this.#chosen(name)) continue;
      const at = archive.entries.findIndex((entry) => entry.name === name);
      const before = archive.entries[at];
      if (letters.has('f') && !before) continue;
      if (
        (letters.has('u') || letters.has('f')) &&
        before &&
        Math.floor(stat.mtime / 1000) <= Math.floor(before.mtime / 1000)
      )
        continue;
      let content = '';
      try {
        if (path === '-') content = await process.readAll(0, LARGEST);
        else if (stat.type === 'symlink') content = process.files.readlink(path);
        else if (!directory) content = process.readFile(path);
      } catch (error) {
        await this.#flush();
        await process.out(`\tzip warning: could not open for reading: ${path}\n\tzip warning: ${reason(error)}\n`);
        continue;
      }
      const bits =
        { file: 0o100000, directory: 0o040000, symlink: 0o120000, fifo: 0o010000 }[stat.type as 'file'] ?? 0o100000;
      const mtime = path === '-' ? process.machine.clock.now() : stat.mtime;
      const entry = await pack(process, { name, mtime, mode: bits | (stat.mode & 0o7777) }, content, this.#level);
      if (before) archive.entries[at] = entry;
      else archive.entries.push(entry);
      this.#taken.push(path);
      done++;
      plain += entry.size;
      packed += entry.packedSize;
      this.#tell(before ? 'updating' : '  adding', entry);
      await this.#flush();
    }
    if (letters.has('v') && done > 0)
      this.#say(`total bytes=${plain}, compressed=${packed} -> ${percentage(plain, packed)}% savings\n`);
    if (done === 0) {
      if (found.length === 0 && !letters.has('u') && !letters.has('f'))
        throw new Wrong(12, `zip error: Nothing to do! (${this.#file})`);
      return 12;
    }
    if (letters.has('z')) return this.#comment(archive);
    await this.#write(archive);
    if (letters.has('T')) this.#say(`test of ${this.#file} OK\n`);
    if (letters.has('m'))
      for (const path of this.#taken.reverse())
        tryTo(() =>
          process.files.stat(path, false).type === 'directory' ? process.files.rmdir(path) : process.files.unlink(path),
        );
    return 0;
  }

  #tell(verb: string, entry: Entry): void {
    const how = entry.method === 0 ? 'stored 0%' : `deflated ${percentage(entry.size, entry.packedSize)}%`;
    const sizes = this.#letters.has('v') ? `\t(in=${entry.size}) (out=${entry.packedSize})` : '';
    this.#say(`${verb}: ${entry.name}${sizes} (${how})\n`);
  }

  /** Adds what a name stands for; false if it is nothing. */
  async #walk(path: Bytes, found: [Bytes, Stat][], depth: number): Promise<boolean> {
    const { files } = this.process;
    const stat = tryTo(() => files.stat(path, !this.#letters.has('y')));
    if (!stat) return false;
    if (this.#inode && stat.inode === this.#inode.inode && stat.device === this.#inode.device) return true;
    if (!this.#seen.has(path)) found.push([path.replace(/\/+$/, '') || path, stat]);
    this.#seen.add(path);
    if (stat.type !== 'directory' || !this.#letters.has('r') || depth > DEEPEST) return true;
    const turn = this.process.step(5);
    if (turn) await turn;
    for (const { name } of tryTo(() => files.readdir(path)) ?? [])
      if (name !== '.' && name !== '..') await this.#walk(join(path, name), found, depth + 1);
    return true;
  }

  async #delete(archive: Archive): Promise<number> {
    const patterns = this.#operands;
    if (patterns.length === 0) throw new Wrong(16, 'zip error: Invalid command arguments (nothing to select from)');
    const gone = archive.entries.filter(({ name }) => patterns.some((pattern) => fnmatch(pattern, name)));
    for (const pattern of patterns)
      if (!archive.entries.some(({ name }) => fnmatch(pattern, name))) {
        await this.#flush();
        await this.process.out(`\tzip warning: name not matched: ${pattern}\n`);
      }
    if (gone.length === 0) throw new Wrong(12, `zip error: Nothing to do! (${this.#file})`);
    for (const { name } of gone) this.#say(`deleting: ${name}\n`);
    archive.entries = archive.entries.filter((entry) => !gone.includes(entry));
    if (archive.entries.length === 0) this.#out += '\tzip warning: zip file empty\n';
    await this.#write(archive);
    return 0;
  }

  async #comment(archive: Archive): Promise<number> {
    await this.#flush();
    await this.process.out('enter new zip file comment (end with .):\n');
    const lines = (await this.process.readAll(0, 65_535)).split('\n');
    const end = lines.indexOf('.');
    archive.comment = lines
      .slice(0, end < 0 ? undefined : end)
      .join('\n')
      .replace(/\n+$/, '');
    await this.#write(archive);
    return 0;
  }

  async #write(archive: Archive): Promise<void> {
    const { process } = this;
    const data = writeZip(archive);
    if (this.#file === '-') {
      await process.out(data);
      return;
    }
    try {
      const descriptor = process.open(this.#file, { write: true, create: true, truncate: true }, 0o666);
      for (let at = 0; at < data.length; at += 65536) await process.write(descriptor, data.slice(at, at + 65536));
      process.close(descriptor);
    } catch (error) {
      throw new Wrong(15, `zip I/O error: ${reason(error)}\nzip error: Could not create output file (${this.#file})`);
    }
  }
}

/** Info-ZIP's rounding of what is saved. */
function percentage(plain: number, packed: number): number {
  return plain === 0 ? 0 : Math.round((100 * (plain - packed)) / plain);
}
