// gzip, gunzip, zcat (gzip 1.12), bzip2 and xz with their kin: compress and decompress files.
import type { Bytes, Process } from '../machine/machine.ts';
import { compress, decompress, type Format, formatOf, LARGEST } from './archive/codec.ts';
import { confirm } from './confirm.ts';
import { Failure, reason, tryTo } from './failure.ts';
import { calledAs, gnu, type Invocation } from './program.ts';

export const names = [
  'gzip',
  'gunzip',
  'zcat',
  'uncompress',
  'bzip2',
  'bunzip2',
  'bzcat',
  'xz',
  'unxz',
  'xzcat',
  'lzma',
  'unlzma',
  'lzcat',
];

const SUFFIX: Record<Format, string> = { gzip: '.gz', bzip2: '.bz2', xz: '.xz' };
const TARGETS: Record<string, string> = {
  '.tgz': '.tar',
  '.taz': '.tar',
  '.tbz': '.tar',
  '.tbz2': '.tar',
  '.txz': '.tar',
  '.lzma': '',
  '.z': '',
  '.Z': '',
  '-gz': '',
};

export const main = gnu({
  short: 'acdfhklLnNqrS:tvVz123456789eT:0M:sF:C:Q',
  long: {
    ascii: 'a',
    stdout: 'c',
    'to-stdout': 'c',
    decompress: 'd',
    uncompress: 'd',
    force: 'f',
    keep: 'k',
    list: 'l',
    license: 'L',
    'no-name': 'n',
    name: 'N',
    quiet: 'q',
    recursive: 'r',
    'suffix=': 'S',
    synchronous: 'synchronous',
    test: 't',
    verbose: 'v',
    fast: '1',
    best: '9',
    rsyncable: 'rsyncable',
    compress: 'z',
    extreme: 'e',
    'threads=': 'T',
    'format=': 'F',
    'check=': 'C',
    small: 's',
    'memlimit=': 'M',
  },
  usage: '[OPTION]... [FILE]...',
  release: 'gzip 1.12',
  hint: "Try `% --help' for more information.\n",
  gaps: ['r'],
  async run(run) {
    const called = calledAs(run.process);
    if (run.has('z') && /^(g|z|bz|bun|bzc)/.test(called) && !/bz/.test(called))
      return run.wrongUse("invalid option -- 'z'");
    const format: Format = /bz/.test(called) ? 'bzip2' : /xz|lz/.test(called) ? 'xz' : 'gzip';
    const decode = !run.has('z') && (run.has('d') || run.has('t') || run.has('l') || /^un|^gun|^bun|cat$/.test(called));
    const toOutput = run.has('c') || /cat$/.test(called);
    if (run.has('V')) {
      run.put(format === 'gzip' ? 'gzip 1.12\n' : format === 'xz' ? 'xz (XZ Utils) 5.4.1\nliblzma 5.4.1\n' : '');
      if (format === 'bzip2')
        await run.process.err('bzip2, a block-sorting file compressor.  Version 1.0.8, 13-Jul-2019.\n');
      return 0;
    }
    const work = new Work(run, format, decode);
    for (const name of run.operands.length ? run.operands : ['-']) {
      if (name === '-') await work.standard();
      else await work.file(name, toOutput);
    }
    return undefined;
  },
});

/** RFC 1952 §2.3: the file's name and time in the header. */
function named(packed: Bytes, name: Bytes, mtime: number): Bytes {
  const seconds = Math.floor(mtime / 1000);
  const time = [0, 8, 16, 24].map((shift) => String.fromCharCode((seconds >>> shift) & 255)).join('');
  return `${packed.slice(0, 3)}\x08${time}${packed.slice(8, 10)}${name}\0${packed.slice(10)}`;
}

class Work {
  readonly #run: Invocation;
  readonly #format: Format;
  readonly #decode: boolean;
  readonly #program: string;

  constructor(run: Invocation, format: Format, decode: boolean) {
    this.#run = run;
    this.#format = format;
    this.#decode = decode;
    this.#program = format === 'gzip' ? 'gzip' : run.name;
  }

  async #warn(text: string, status = 1): Promise<void> {
    await this.#run.flush();
    this.#run.status = Math.max(this.#run.status, status);
    await this.#run.process.err(`${this.#program}: ${text}\n`);
  }

  get #level(): number {
    const level = this.#run.options.findLast(([k]) => /^[1-9]$/.test(k))?.[0];
    return level ? Number(level) : 6;
  }

  async #convert(content: Bytes, shown: string): Promise<Bytes | undefined> {
    const run = this.#run;
    const { process } = run;
    if (!this.#decode) {
      const packed = await compress(process, this.#format, content, this.#level);
      if (packed === undefined) {
        process.witness.gap('bzip2', 'compress');
        await this.#warn("couldn't allocate enough memory");
      }
      return packed;
    }
    const found = formatOf(content);
    try {
      if (found === undefined && this.#format === 'gzip' && /cat$/.test(calledAs(process)) && this.#run.has('f'))
        return content;
      if (found !== this.#format) {
        if (this.#format === 'gzip') {
          run.status = 1;
          await process.err(`\ngzip: ${shown}: ${content === '' ? 'unexpected end of file' : 'not in gzip format'}\n`);
        } else if (this.#format === 'xz') await this.#warn(`${shown}: File format not recognized`);
        else await this.#warn(`${shown === '(stdin)' ? '(stdin)' : shown} is not a bzip2 file.`, 2);
        return undefined;
      }
      return await decompress(process, this.#format, content);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      await this.#run.flush();
      this.#run.status = 1;
      await process.err(
        this.#format === 'gzip'
          ? `\n${this.#program}: ${shown}: ${error.message}\n`
          : `${this.#program}: ${shown}: ${error.message}\n`,
      );
      return undefined;
    }
  }

  async standard(): Promise<void> {
    const { process } = this.#run;
    if (!this.#decode && process.descriptors.get(1)?.terminal && !this.#run.has('f')) {
      this.#run.status = 1;
      await process.err(
        this.#format === 'gzip'
          ? `gzip: compressed data not written to a terminal. Use -f to force compression.\nFor help, type: gzip -h\n`
          : `${this.#program}: Compressed data cannot be written to a terminal\n`,
      );
      return;
    }
    const content = await process.readAll(0, LARGEST);
    const result = await this.#convert(content, this.#format === 'gzip' ? 'stdin' : '(stdin)');
    if (result !== undefined && !this.#run.has('t')) await process.out(result);
  }

  async file(given: Bytes, toOutput: boolean): Promise<void> {
    const run = this.#run;
    const { process } = run;
    let name = given;
    const suffix = run.value('S') ?? SUFFIX[this.#format];
    if (this.#decode && !tryTo(() => process.files.stat(name)) && tryTo(() => process.files.stat(name + suffix)))
      name += suffix;
    let content: Bytes;
    let stat: ReturnType<typeof process.files.stat>;
    try {
      stat = process.files.stat(name);
      if (stat.type === 'directory')
        return await this.#warn(
          this.#format === 'gzip'
            ? `${name} is a directory -- ignored`
            : this.#format === 'xz'
              ? `${name}: Is a directory, skipping`
              : `Input file ${name} is a directory.`,
          this.#format === 'gzip' ? 2 : 1,
        );
      content = await read(process, name);
    } catch (error) {
      const words = reason(error);
      return this.#warn(this.#format === 'bzip2' ? `Can't open input file ${name}: ${words}.` : `${name}: ${words}`);
    }
    const target = this.#target(name, suffix);
    if (run.has('l')) return this.#list(name, content);
    if (!toOutput && !run.has('t')) {
      if (target === undefined) {
        if (this.#decode)
          return this.#warn(
            this.#format === 'gzip'
              ? `${name}: unknown suffix -- ignored`
              : this.#format === 'xz'
                ? `${name}: Filename has an unknown suffix, skipping`
                : `Can't guess original name for ${name} -- using ${name}.out`,
            this.#format === 'gzip' ? 2 : 1,
          );
        return this.#warn(
          this.#format === 'gzip'
            ? `${name} already has ${suffix} suffix -- unchanged`
            : this.#format === 'xz'
              ? `${name}: File already has \`${suffix}' suffix, skipping`
              : `Input file ${name} already has ${suffix} suffix.`,
          this.#format === 'gzip' ? 0 : 1,
        );
      }
    }
    let result = await this.#convert(content, name);
    if (result !== undefined && !this.#decode && this.#format === 'gzip' && !run.has('n'))
      result = named(result, name.slice(name.lastIndexOf('/') + 1), stat.mtime);
    if (result === undefined || run.has('t')) return;
    if (toOutput) {
      await process.out(result);
      return;
    }
    if (tryTo(() => process.files.stat(target!)) && !run.has('f')) {
      if (this.#format === 'xz') return this.#warn(`${target}: File exists`);
      if (this.#format === 'bzip2') return this.#warn(`Output file ${target} already exists.`);
      if (!process.terminal || !(await confirm(run, `${target} already exists; do you wish to overwrite (y or n)? `)))
        return this.#warn(`${target} already exists;\tnot overwritten`, 2);
    }
    try {
      const descriptor = process.open(target!, { write: true, create: true, truncate: true }, 0o600);
      for (let at = 0; at < result.length; at += 65536) await process.write(descriptor, result.slice(at, at + 65536));
      process.close(descriptor);
      tryTo(() => process.files.chown(target!, stat.uid, stat.gid));
      process.files.chmod(target!, stat.mode);
      process.files.utimes(target!, stat.atime, stat.mtime);
      if (!run.has('k')) process.files.unlink(name);
    } catch (error) {
      return this.#warn(`${target}: ${reason(error)}`);
    }
    if (run.has('v')) {
      const [plain, packed] = this.#decode ? [result.length, content.length] : [content.length, result.length];
      const saved = plain === 0 ? 0 : 100 * (1 - packed / plain);
      await process.err(
        `${name}:\t${saved.toFixed(1).padStart(5)}% -- ${run.has('k') ? 'created' : 'replaced with'} ${target}\n`,
      );
    }
  }

  /** The name of the result; undefined: it cannot be told. */
  #target(name: Bytes, suffix: string): Bytes | undefined {
    if (!this.#decode) return name.endsWith(suffix) ? undefined : name + suffix;
    if (name.endsWith(suffix)) return name.slice(0, -suffix.length);
    for (const [ending, replacement] of Object.entries(TARGETS))
      if (name.endsWith(ending)) return name.slice(0, -ending.length) + replacement;
    return this.#format === 'bzip2' ? `${name}.out` : undefined;
  }

  #listed = false;

  async #list(name: Bytes, content: Bytes): Promise<void> {
    if (this.#format !== 'gzip' || formatOf(content) !== 'gzip') {
      this.#run.status = 1;
      await this.#run.process.err(`\ngzip: ${name}: not in gzip format\n`);
      return;
    }
    if (!this.#listed) this.#run.put('         compressed        uncompressed  ratio uncompressed_name\n');
    this.#listed = true;
    const packed = content.length;
    const plain = Buffer.from(content.slice(-4), 'latin1').readUInt32LE();
    const ratio = plain === 0 ? 0 : 100 - (100 * (packed - 18)) / plain;
    this.#run.put(
      `${String(packed).padStart(19)} ${String(plain).padStart(19)} ${ratio.toFixed(1).padStart(5)}% ${name.replace(/\.gz$/, '')}\n`,
    );
  }
}

async function read(process: Process, path: Bytes): Promise<Bytes> {
  const descriptor = process.open(path, { read: true });
  try {
    return await process.readAll(descriptor, LARGEST);
  } finally {
    process.close(descriptor);
  }
}
