// gzip, gunzip, zcat (gzip 1.12), bzip2 and xz with their kin: compress and decompress files.
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { compress, decompress, type Format, formatOf, LARGEST } from './archive/codec.ts';
import { confirm } from './confirm.ts';
import { Failure, reason, tryTo } from './failure.ts';
import { calledAs, gnu, type Invocation } from './program.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';
import { DEEPEST, join, namesIn } from './tree.ts';

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
  async run(run) {
    const called = calledAs(run.process);
    if (run.has('z') && /^(g|z|bz|bun|bzc)/.test(called) && !/bz/.test(called))
      return run.wrongUse("invalid option -- 'z'");
    const asked = run.value('F');
    if (/lz/.test(called) || asked === 'lzma') run.process.witness.gap(called, 'lzma');
    const format: Format = /b(un)?z/.test(called) ? 'bzip2' : /xz|lz/.test(called) ? 'xz' : 'gzip';
    const decode = !run.has('z') && (run.has('d') || run.has('t') || run.has('l') || /^un|^gun|^bun|cat$/.test(called));
    const toOutput = run.has('c') || /cat$/.test(called);
    if (run.has('h')) {
      run.put(recordedRun(run.process, called, '--help')?.stdout ?? '');
      return 0;
    }
    if (run.has('V')) {
      run.put(format === 'gzip' ? 'gzip 1.12\n' : format === 'xz' ? 'xz (XZ Utils) 5.4.1\nliblzma 5.4.1\n' : '');
      if (format === 'bzip2')
        await run.process.err('bzip2, a block-sorting file compressor.  Version 1.0.8, 13-Jul-2019.\n');
      return 0;
    }
    const work = new Work(run, format, decode);
    for (const name of run.operands.length ? run.operands : ['-']) {
      if (name === '-') await work.standard();
      else if (run.has('r') && tryTo(() => run.process.files.stat(name))?.type === 'directory') await work.tree(name);
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

/** Whether bytes that are no gzip member follow the last one: its length is not the stored one, or the rest does not begin as one. */
function trailingGarbage(content: Bytes, plain: Bytes): boolean {
  const tail = Buffer.from(content.slice(-4), 'latin1');
  return (
    plain !== '' &&
    tail.length === 4 &&
    !content.includes('\x1f\x8b', 2) &&
    tail.readUInt32LE() !== plain.length % 2 ** 32
  );
}

const bzip2Torn = (program: string, shown: string): string =>
  `\n${program}: Compressed file ends unexpectedly;\n\tperhaps it is corrupted?  *Possible* reason follows.\n` +
  `${program}: Inappropriate ioctl for device\n\tInput file = ${shown}, output file = (stdout)\n\n` +
  'It is possible that the compressed file(s) have become corrupted.\nYou can use the -tvv option to test integrity of such files.\n\n' +
  "You can use the `bzip2recover' program to attempt to recover\ndata from undamaged sections of corrupted files.\n\n";

/** bzip2 -v after a file. */
function bzip2Saved(name: Bytes, from: number, to: number, decoded: boolean): string {
  const front = `  ${name}: ${' '.repeat(Math.max(0, 7 - name.length))} `;
  if (decoded) return `${front}done\n`;
  if (from === 0) return `${front} no data compressed.\n`.replace('  no', ' no');
  const ratio = from / to;
  return `${front}${ratio.toFixed(3).padStart(6)}:1, ${(8 / ratio).toFixed(3).padStart(6)} bits/byte, ${(100 * (1 - 1 / ratio)).toFixed(2).padStart(5)}% saved, ${from} in, ${to} out.\n`;
}

/** xz -v after a file, without a terminal. */
function progress(name: Bytes, from: number, to: number, decoded: boolean): string {
  const [packed, plain] = decoded ? [from, to] : [to, from];
  const size = (n: number) => (n < 10_000 ? `${n} B` : `${(n / 1024).toFixed(1)} KiB`);
  const ratio = plain === 0 || packed / plain > 9.999 ? '> 9.999' : (packed / plain).toFixed(3);
  return `${name}: ${size(packed)} / ${size(plain)} ${ratio.startsWith('>') ? ratio : `= ${ratio}`}\n`;
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
    return level ? Number(level) : this.#format === 'bzip2' ? 9 : 6;
  }

  async #convert(content: Bytes, shown: string): Promise<Bytes | undefined> {
    const run = this.#run;
    const { process } = run;
    if (!this.#decode) {
      return compress(process, this.#format, content, this.#level);
    }
    const found = formatOf(content);
    try {
      if (this.#format === 'bzip2' && content === '') {
        run.status = 2;
        await process.err(bzip2Torn(this.#program, shown));
        return undefined;
      }
      // -cdf copies what is not compressed, as zgrep and its kin want it.
      if (found === undefined && content !== '' && run.has('f') && (run.has('c') || /cat$/.test(calledAs(process))))
        return content;
      if (found !== this.#format) {
        if (this.#format === 'gzip') {
          run.status = 1;
          await process.err(`\ngzip: ${shown}: ${content === '' ? 'unexpected end of file' : 'not in gzip format'}\n`);
        } else if (this.#format === 'xz') await this.#warn(`${shown}: File format not recognized`);
        else await this.#warn(`${shown === '(stdin)' ? '(stdin)' : shown} is not a bzip2 file.`, 2);
        return undefined;
      }
      const plain = await decompress(process, this.#format, content);
      if (this.#format === 'gzip' && trailingGarbage(content, plain)) {
        run.status = Math.max(run.status, 2);
        await run.flush();
        await process.err(`\ngzip: ${shown}: decompression OK, trailing garbage ignored\n`);
      }
      return plain;
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
    if (
      this.#decode &&
      this.#format !== 'bzip2' &&
      !tryTo(() => process.files.stat(name)) &&
      (this.#format === 'gzip' || tryTo(() => process.files.stat(name + suffix))) &&
      !(this.#format === 'gzip' && name.endsWith(suffix))
    )
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
          this.#format === 'bzip2' ? 1 : 2,
        );
      if (!toOutput && this.#format === 'gzip' && !run.has('f') && !run.has('t') && !run.has('l')) {
        if (process.files.stat(name, false).type === 'symlink')
          return await this.#warn(`${name}: Too many levels of symbolic links`);
        if (stat.links > 1)
          return await this.#warn(
            `${name} has ${stat.links - 1} other link${stat.links > 2 ? 's' : ''} -- file ignored`,
            2,
          );
      }
      content = await read(process, name);
    } catch (error) {
      const words = reason(error);
      return this.#warn(this.#format === 'bzip2' ? `Can't open input file ${name}: ${words}.` : `${name}: ${words}`);
    }
    const target = this.#target(name, suffix);
    if (run.has('l')) return this.#format === 'xz' ? this.#listXz(name, content) : this.#list(name, content);
    if (!toOutput && !run.has('t')) {
      if (target === undefined) {
        if (this.#decode)
          return this.#warn(
            this.#format === 'gzip'
              ? `${name}: unknown suffix -- ignored`
              : formatOf(content) === 'xz'
                ? `${name}: Filename has an unknown suffix, skipping`
                : `${name}: File format not recognized`,
            this.#format === 'gzip' || formatOf(content) === 'xz' ? 2 : 1,
          );
        return this.#warn(
          this.#format === 'gzip'
            ? `${name} already has ${suffix} suffix -- unchanged`
            : this.#format === 'xz'
              ? `${name}: File already has \`${suffix}' suffix, skipping`
              : `Input file ${name} already has ${suffix} suffix.`,
          this.#format === 'gzip' ? 0 : this.#format === 'xz' ? 2 : 1,
        );
      }
    }
    if (this.#format === 'bzip2' && this.#decode && !toOutput && !run.has('t') && target?.endsWith('.out'))
      await this.#warn(`Can't guess original name for ${name} -- using ${target}`, 0);
    if (this.#exists(target, toOutput)) return this.#refuse(target!);
    let result = await this.#convert(content, name);
    if (result !== undefined && !this.#decode && this.#format === 'gzip' && !run.has('n'))
      result = named(result, name.slice(name.lastIndexOf('/') + 1), stat.mtime);
    if (run.has('t')) {
      if (result !== undefined && run.has('v') && this.#format !== 'xz')
        await process.err(
          this.#format === 'gzip' ? `${name}:\t OK\n` : `  ${name}:${' '.repeat(Math.max(0, 5 - name.length))}   ok\n`,
        );
      return;
    }
    if (result === undefined) return;
    if (toOutput) {
      await process.out(result);
      return;
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
    if (run.has('v') && this.#format !== 'gzip') {
      await process.err(
        this.#format === 'xz'
          ? progress(name, content.length, result.length, this.#decode)
          : bzip2Saved(name, content.length, result.length, this.#decode),
      );
    } else if (run.has('v')) {
      const [plain, packed] = this.#decode ? [result.length, content.length] : [content.length, result.length];
      const saved = plain === 0 ? 0 : 100 * (1 - packed / plain);
      await process.err(
        `${name}:\t${saved.toFixed(1).padStart(5)}% -- ${run.has('k') ? 'created' : 'replaced with'} ${target}\n`,
      );
    }
  }

  #exists(target: Bytes | undefined, toOutput: boolean): boolean {
    const run = this.#run;
    if (toOutput || run.has('t') || run.has('f') || target === undefined) return false;
    return tryTo(() => run.process.files.stat(target)) !== undefined;
  }

  async #refuse(target: Bytes): Promise<void> {
    const run = this.#run;
    if (this.#format === 'xz') return this.#warn(`${target}: File exists`);
    if (this.#format === 'bzip2') return this.#warn(`Output file ${target} already exists.`);
    if (!run.process.terminal || !(await confirm(run, `${target} already exists; do you wish to overwrite (y or n)? `)))
      return this.#warn(`${target} already exists;\tnot overwritten`, 2);
  }

  /** -r: every file below a directory. */
  async tree(directory: Bytes, depth = 0): Promise<void> {
    const { files } = this.#run.process;
    let names: Bytes[];
    try {
      names = namesIn(this.#run, directory);
    } catch (error) {
      return this.#warn(`${directory}: ${reason(error)}`);
    }
    for (const name of names) {
      const path = join(directory, name);
      if (tryTo(() => files.stat(path, false))?.type === 'directory') {
        if (depth < DEEPEST) await this.tree(path, depth + 1);
      } else await this.file(path, this.#run.has('c'));
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

  /** xz -l: sizes out of the stream's index. */
  async #listXz(name: Bytes, content: Bytes): Promise<void> {
    if (formatOf(content) !== 'xz') return this.#warn(`${name}: File format not recognized`);
    const plain = (await decompress(this.#run.process, 'xz', content)).length;
    const size = (n: number) =>
      n < 10_000 ? `${n} B` : n < 10_240_000 ? `${(n / 1024).toFixed(1)} KiB` : `${(n / 1048576).toFixed(1)} MiB`;
    const check = ['None', 'CRC32', '', '', 'CRC64', '', '', '', '', '', 'SHA-256'][content.charCodeAt(7) & 15] ?? '';
    const ratio = plain === 0 || content.length / plain > 9.999 ? '---' : (content.length / plain).toFixed(3);
    if (!this.#listed) this.#run.put('Strms  Blocks   Compressed Uncompressed  Ratio  Check   Filename\n');
    this.#listed = true;
    this.#run.put(
      `    1       1 ${size(content.length).padStart(12)} ${size(plain).padStart(12)}  ${ratio.padStart(5)}  ${check.padEnd(7)} ${name}\n`,
    );
  }

  async #list(name: Bytes, content: Bytes): Promise<void> {
    if (this.#format !== 'gzip' || formatOf(content) !== 'gzip') {
      this.#run.status = 1;
      await this.#run.process.err(`\ngzip: ${name}: not in gzip format\n`);
      return;
    }
    const verbose = this.#run.has('v');
    if (!this.#listed)
      this.#run.put(
        `${verbose ? 'method  crc     date  time  ' : ''}         compressed        uncompressed  ratio uncompressed_name\n`,
      );
    this.#listed = true;
    const packed = content.length;
    const plain = Buffer.from(content.slice(-4), 'latin1').readUInt32LE();
    const nameBytes = content.charCodeAt(3) & 8 ? content.indexOf('\0', 10) - 9 : 0;
    const ratio = plain === 0 ? 0 : 100 - (100 * (packed - 18 - nameBytes)) / plain;
    const stat = this.#run.process.files.stat(name);
    const crc = Buffer.from(content.slice(-8, -4), 'latin1').readUInt32LE().toString(16).padStart(8, '0');
    const front = verbose
      ? `defla ${crc} ${strftime('%b %e %H:%M', breakDown(stat.mtime, zoneOf(this.#run.process)))} `
      : '';
    this.#run.put(
      `${front}${String(packed).padStart(19)} ${String(plain).padStart(19)} ${ratio.toFixed(1).padStart(5)}% ${name.replace(/\.gz$/, '')}\n`,
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
