// tar (GNU tar 1.34): archives of files.
import type { Bytes, Process, Stat } from '../machine/machine.ts';
import { compress, decompress, type Format, formatOf, LARGEST } from './archive/codec.ts';
import { type Member, NOTHING, readTar, writeMember } from './archive/tar.ts';
import { baseName } from './basename.ts';
import { Failure, reason, tryTo } from './failure.ts';
import { fnmatch } from './fnmatch.ts';
import { applyMode, modeString, parseMode } from './mode.ts';
import { humanSize } from './number.ts';
import { gnu, type Invocation } from './program.ts';
import { quote } from './quote.ts';
import { type Command, parseScript, ScriptError } from './sed/parse.ts';
import { replacement } from './sed/run.ts';
import { breakDown, parseDate, strftime, zoneOf } from './strftime.ts';
import { DEEPEST, join, namesIn } from './tree.ts';

export const names = ['tar'];

const declared = gnu({
  short: 'AcdrtuxaBb:C:f:F:gG:hiI:jJkK:lL:mMnN:opPRsST:UvV:wWX:zZ?O',
  long: {
    create: 'c',
    extract: 'x',
    get: 'x',
    list: 't',
    append: 'r',
    update: 'u',
    diff: 'd',
    compare: 'd',
    delete: 'delete',
    concatenate: 'A',
    catenate: 'A',
    'file=': 'f',
    verbose: 'v',
    gzip: 'z',
    gunzip: 'z',
    ungzip: 'z',
    bzip2: 'j',
    xz: 'J',
    lzma: 'lzma',
    zstd: 'zstd',
    'auto-compress': 'a',
    'directory=': 'C',
    'exclude=': 'exclude',
    'exclude-from=': 'X',
    'files-from=': 'T',
    'strip-components=': 'strip',
    'transform=': 'transform',
    'xform=': 'transform',
    'show-transformed-names': 'transformed',
    'show-stored-names': 'transformed',
    'keep-newer-files': 'newer',
    'newer=': 'N',
    'after-date=': 'N',
    'newer-mtime=': 'N',
    'one-top-level=?': 'top',
    'no-wildcards': 'no-wildcards',
    anchored: 'anchored',
    'no-anchored': 'no-anchored',
    'wildcards-match-slash': 'slash',
    'exclude-vcs': 'exclude-vcs',
    'exclude-backups': 'exclude-backups',
    'exclude-caches': 'exclude-caches',
    utc: 'utc',
    'block-number': 'R',
    interactive: 'w',
    confirmation: 'w',
    'label=': 'V',
    null: 'null',
    'no-null': 'no-null',
    acls: 'acls',
    xattrs: 'xattrs',
    selinux: 'selinux',
    'no-acls': 'acls',
    'no-xattrs': 'xattrs',
    'no-selinux': 'selinux',
    sparse: 'S',
    'listed-incremental=': 'g',
    'no-overwrite-dir': 'nod',
    'recursive-unlink': 'ru',
    recursion: 'recursion',
    'blocking-factor=': 'b',
    'ignore-zeros': 'i',
    'check-links': 'check-links',
    'hard-dereference': 'hard-dereference',
    'no-auto-compress': 'no-auto',
    verify: 'W',
    posix: 'posix',
    'quoting-style=': 'quoting',
    'to-stdout': 'O',
    'keep-old-files': 'k',
    'skip-old-files': 'skip',
    overwrite: 'overwrite',
    'preserve-permissions': 'p',
    'same-permissions': 'p',
    'same-owner': 'same-owner',
    'no-same-owner': 'o',
    'no-same-permissions': 'nsp',
    touch: 'm',
    'absolute-names': 'P',
    dereference: 'h',
    'one-file-system': 'ofs',
    'numeric-owner': 'numeric',
    wildcards: 'wildcards',
    totals: 'totals',
    'use-compress-program=': 'I',
    'no-recursion': 'no-recursion',
    'owner=': 'owner',
    'group=': 'group',
    'mode=': 'mode',
    'mtime=': 'mtime',
    'sort=': 'sort',
    'format=': 'H',
    'ignore-failed-read': 'ifr',
    'remove-files': 'remove-files',
    'unlink-first': 'U',
    'warning=': 'warning',
    'test-label': 'label',
    'full-time': 'full-time',
    'checkpoint=?': 'checkpoint',
  },
  failure: 64,
  hint: "Try '% --help' or '% --usage' for more information.\n",
  usage: '[OPTION...] [FILE]...',
  release: 'GNU tar 1.34',
  gaps: ['g', 'zstd', 'lzma'],
  async run(run) {
    const modes = run.options
      .map(([k]) => k)
      .filter((k) => ['c', 'x', 't', 'r', 'u', 'd', 'A', 'delete', 'label'].includes(k));
    const mode = modes[0];
    if (!mode) {
      await run.process.err(
        `${run.name}: You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\nTry '${run.name} --help' or '${run.name} --usage' for more information.\n`,
      );
      return 2;
    }
    if (new Set(modes).size > 1) {
      await run.process.err(
        `${run.name}: You may not specify more than one '-Acdtrux', '--delete' or  '--test-label' option\nTry '${run.name} --help' or '${run.name} --usage' for more information.\n`,
      );
      return 2;
    }
    const kind = run.value('H');
    if (kind !== undefined && !['gnu', 'oldgnu', 'pax', 'posix', 'ustar', 'v7'].includes(kind)) {
      await run.process.err(
        `${run.name}: ${kind}: Invalid archive format\nTry '${run.name} --help' or '${run.name} --usage' for more information.\n`,
      );
      return 2;
    }
    const archive = new Archive(run);
    try {
      if (mode === 'c' || mode === 'r' || mode === 'u') return await archive.create(mode !== 'c');
      if (mode === 'delete' || mode === 'A') return await archive.rewrite(mode);
      return await archive.extract(mode === 't' ? 'list' : mode === 'd' ? 'compare' : 'extract');
    } catch (error) {
      if (!(error instanceof Fatal)) throw error;
      await run.flush();
      await run.process.err(`${run.name}: ${error.message}\n${run.name}: Error is not recoverable: exiting now\n`);
      return 2;
    }
  },
});

/** `tar xzf file`: the first argument may lack its dash, and then takes values in order. */
export const main: typeof declared = (process) => {
  const first = process.argv[1];
  if (first !== undefined && !first.startsWith('-') && /^[A-Za-z]+$/.test(first)) {
    const rest = process.argv.slice(2);
    const options: Bytes[] = [];
    for (const letter of first) {
      options.push(`-${letter}`);
      if (!'bCfFgGIKLNTVX'.includes(letter)) continue;
      const value = rest.shift();
      if (value === undefined)
        return complain(
          process,
          `Old option '${letter}' requires an argument.\nTry '${process.argv[0]} --help' or '${process.argv[0]} --usage' for more information.`,
        );
      options.push(value);
    }
    process.argv = [process.argv[0]!, ...options, ...rest];
  }
  return declared(process);
};

async function complain(process: Process, text: string): Promise<number> {
  await process.err(`${process.argv[0]}: ${text}\n`);
  return 2;
}

class Fatal extends Error {}

class Archive {
  readonly #run: Invocation;
  readonly #process: Process;
  #base: Bytes;
  #stripped = new Set<string>();
  #failed = false;
  #excludes: Bytes[] | undefined;
  readonly #packed: Bytes[] = [];
  /** Files with several links that are in the archive, by inode. */
  readonly #linked = new Map<string, Bytes>();

  constructor(run: Invocation) {
    this.#run = run;
    this.#process = run.process;
    this.#base = run.process.cwd;
  }

  async #warn(text: string): Promise<void> {
    await this.#run.flush();
    await this.#process.err(`${this.#run.name}: ${text}\n`);
  }

  get #format(): Format | undefined {
    const run = this.#run;
    if (run.has('z')) return 'gzip';
    if (run.has('j')) return 'bzip2';
    if (run.has('J')) return 'xz';
    const program = run.value('I')?.replace(/ .*$/s, '').replace(/^.*\//, '');
    if (program !== undefined)
      return /^(p?gzip|pigz)$/.test(program) ? 'gzip' : /bzip2$/.test(program) ? 'bzip2' : 'xz';
    if (!run.has('a')) return undefined;
    const file = run.value('f') ?? '';
    return /\.(tgz|taz|gz)$/.test(file)
      ? 'gzip'
      : /\.(tbz2?|tz2|bz2)$/.test(file)
        ? 'bzip2'
        : /\.(txz|xz)$/.test(file)
          ? 'xz'
          : undefined;
  }

  /** Makes a directory the working one for names, as -C does. */
  #enter(directory: Bytes): void {
    const path = directory.startsWith('/') ? directory : join(this.#base, directory);
    let type: string;
    try {
      type = this.#process.files.stat(path).type;
    } catch (error) {
      throw new Fatal(`${directory}: Cannot open: ${reason(error)}`);
    }
    if (type !== 'directory') throw new Fatal(`${directory}: Cannot open: Not a directory`);
    this.#base = path;
  }

  #path(name: Bytes): Bytes {
    return name.startsWith('/') ? name : this.#base === this.#process.cwd ? name : join(this.#base, name);
  }

  /** What --exclude, --exclude-from and --exclude-vcs name. */
  get #patterns(): Bytes[] {
    return (this.#excludes ??= [
      ...this.#run.values('exclude'),
      ...this.#run.values('X').flatMap((file) => {
        try {
          return this.#process
            .readFile(file === '-' ? '/dev/stdin' : file)
            .split('\n')
            .filter(Boolean);
        } catch (error) {
          throw new Fatal(`${file}: Cannot open: ${reason(error)}`);
        }
      }),
      ...(this.#run.has('exclude-vcs') ? ['.git', '.gitignore', '.svn', 'CVS', '.hg', '.bzr'] : []),
      ...(this.#run.has('exclude-backups') ? ['.#*', '*~', '#*#'] : []),
    ]);
  }

  /** The name after --transform's and --strip-components' changes; '' for none. */
  #renamed(name: Bytes, type: Member['type']): Bytes {
    let result = name;
    for (const source of this.#run.values('transform')) {
      let commands: ReturnType<typeof parseScript>;
      try {
        commands = parseScript([{ text: source.replace(/[rRsShH]+$/, '') }], DIALECT);
      } catch (error) {
        if (!(error instanceof ScriptError)) throw error;
        throw new Fatal('Invalid transform expression');
      }
      for (const command of commands) result = transformed(command, result);
    }
    const strip = Number(this.#run.value('strip') ?? 0);
    if (strip > 0) result = result.split('/').slice(strip).join('/');
    const top = this.#run.has('top')
      ? (this.#run.value('top') ?? baseName(this.#run.value('f') ?? 'tar').replace(/\.(tar(\.\w+)?|t[gxb]z2?)$/, ''))
      : undefined;
    return top !== undefined && result !== '' && !result.startsWith(`${top}/`) && type !== undefined
      ? `${top}/${result}`
      : result;
  }

  #excluded(name: Bytes): boolean {
    const trimmed = name.replace(/\/+$/, '');
    return this.#patterns.some(
      (p) =>
        fnmatch(p, trimmed) ||
        trimmed.split('/').some((part) => fnmatch(p, part)) ||
        trimmed.split('/').some((_, i, all) => fnmatch(p, all.slice(0, i + 1).join('/'))),
    );
  }

  async create(append: boolean): Promise<number> {
    const run = this.#run;
    const file = run.value('f');
    const list = run.value('T');
    const members = [
      ...run.operands,
      ...(list === undefined
        ? []
        : (list === '-' ? await this.#process.readAll(0) : this.#process.readFile(list)).split('\n').filter(Boolean)),
    ];
    if (members.length === 0) {
      await this.#process.err(
        `${run.name}: Cowardly refusing to create an empty archive\nTry '${run.name} --help' or '${run.name} --usage' for more information.\n`,
      );
      return 2;
    }
    if (file === undefined && this.#process.descriptors.get(1)?.terminal) {
      await this.#process.err(
        `${run.name}: Refusing to write archive contents to terminal (missing -f option?)\n${run.name}: Error is not recoverable: exiting now\n`,
      );
      return 2;
    }
    let descriptor = 1;
    let before = '';
    if (file !== undefined && file !== '-') {
      if (append) {
        before = tryTo(() => this.#process.readFile(file)) ?? '';
        if (formatOf(before)) throw new Fatal('Cannot update compressed archives');
        before = withoutEnd(before);
      }
      try {
        descriptor = this.#process.open(file, { write: true, create: true, truncate: true }, 0o666);
      } catch (error) {
        throw new Fatal(`${file}: Cannot open: ${reason(error)}`);
      }
    }
    for (const directory of run.values('C')) this.#enter(directory);
    const own = file === undefined ? undefined : tryTo(() => this.#process.files.stat(file));
    const label = run.value('V');
    const parts: Bytes[] = [before];
    if (label !== undefined)
      parts.push(
        writeMember({
          ...NOTHING,
          name: label,
          type: 'V',
          mtime: Math.floor(this.#process.machine.clock.now() / 1000),
        }),
      );
    let size = before.length;
    for (const name of members) {
      for await (const part of this.#pack(name, own, 0)) {
        parts.push(part);
        size += part.length;
        if (size > LARGEST) throw new Fatal(`${file ?? '-'}: Cannot write: No space left on device`);
      }
    }
    let data = parts.join('');
    data += '\0'.repeat(1024 + ((10_240 - ((data.length + 1024) % 10_240)) % 10_240));
    const format = this.#format;
    if (format) {
      data = await compress(this.#process, format, data, format === 'bzip2' ? 9 : 6);
    }
    for (let at = 0; at < data.length; at += 65536) await this.#process.write(descriptor, data.slice(at, at + 65536));
    if (descriptor !== 1) this.#process.close(descriptor);
    if (run.has('totals'))
      await this.#process.err(`Total bytes written: ${data.length} (${humanSize(data.length)}iB, 1.0MiB/s)\n`);
    if (run.has('remove-files'))
      for (const path of this.#packed.reverse())
        tryTo(() =>
          this.#process.files.stat(path, false).type === 'directory'
            ? this.#process.files.rmdir(path)
            : this.#process.files.unlink(path),
        );
    if (this.#failed) {
      await this.#warn('Exiting with failure status due to previous errors');
      return 2;
    }
    return 0;
  }

  #mode(mode: number): number {
    const wanted = this.#run.value('mode');
    if (wanted === undefined) return mode;
    const parsed = parseMode(wanted);
    if (!parsed) throw new Fatal('Invalid mode given on option');
    return applyMode(parsed, mode, false, this.#process.umask);
  }

  #mtime(mtime: number): number {
    const wanted = this.#run.value('mtime');
    if (wanted === undefined) return mtime;
    const time = parseDate(wanted, this.#process.machine.clock.now(), zoneOf(this.#process));
    if (time === undefined) throw new Fatal(`Invalid date format ${quote(this.#process, wanted)}`);
    return time;
  }

  /** How much of a name leads out of the archive, which is said once. */
  async #strip(name: Bytes): Promise<number> {
    const prefix = prefixOf(name);
    if (prefix !== '' && !this.#stripped.has(prefix)) {
      this.#stripped.add(prefix);
      await this.#warn(`Removing leading \`${prefix}' from member names`);
    }
    return prefix.length;
  }

  async *#pack(name: Bytes, own: Stat | undefined, depth: number): AsyncGenerator<Bytes> {
    const run = this.#run;
    const { files, machine } = this.#process;
    if (this.#excluded(name)) return;
    const path = this.#path(name);
    let stat: Stat;
    try {
      stat = files.stat(path, run.has('h'));
    } catch (error) {
      this.#failed = true;
      await this.#warn(`${name}: Cannot stat: ${reason(error)}`);
      return;
    }
    if (own && stat.inode === own.inode && stat.device === own.device) {
      await this.#warn(`${name}: file is the archive; not dumped`);
      return;
    }
    if (stat.type === 'socket') {
      await this.#warn(`${name}: socket ignored`);
      return;
    }
    let shown = stat.type === 'directory' && !name.endsWith('/') ? `${name}/` : name;
    if (!run.has('P') && prefixOf(shown) !== '') {
      shown = shown.slice(await this.#strip(shown)) || './';
    }
    shown = this.#renamed(shown, '0');
    const since = run.value('N');
    if (
      since !== undefined &&
      stat.type !== 'directory' &&
      stat.mtime < (parseDate(since, this.#process.machine.clock.now(), zoneOf(this.#process)) ?? 0)
    )
      return;
    const key = `${stat.device}:${stat.inode}`;
    const first =
      stat.type === 'file' && stat.links > 1 && !run.has('hard-dereference') ? this.#linked.get(key) : undefined;
    if (stat.type === 'file' && stat.links > 1 && first === undefined) this.#linked.set(key, shown);
    const kinds = { file: '0', symlink: '2', character: '3', block: '4', directory: '5', fifo: '6' } as const;
    let content = '';
    if (stat.type === 'file' && first === undefined) {
      try {
        const descriptor = this.#process.open(path, { read: true });
        content = await this.#process.readAll(descriptor, LARGEST);
        this.#process.close(descriptor);
      } catch (error) {
        this.#failed = true;
        await this.#warn(`${name}: Cannot open: ${reason(error)}`);
        return;
      }
    }
    const [user, uid] = owner(
      run.value('owner'),
      stat.uid,
      machine.accounts.byId(stat.uid)?.name ?? '',
      (name) => machine.accounts.byName(name)?.uid,
    );
    const [group, gid] = owner(
      run.value('group'),
      stat.gid,
      machine.accounts.groupById(stat.gid)?.name ?? '',
      (name) => machine.accounts.groupByName(name)?.gid,
    );
    const entry: Member = {
      name: shown,
      mode: this.#mode(stat.mode & 0o7777),
      uid,
      gid,
      size: content.length,
      mtime: Math.floor(this.#mtime(stat.mtime) / 1000),
      type: first === undefined ? kinds[stat.type as 'file'] : '1',
      link: first ?? (stat.type === 'symlink' ? files.readlink(path) : ''),
      user,
      group,
      rdev: stat.rdev ?? [0, 0],
      content,
    };
    if (run.has('v')) {
      const line = `${run.options.filter(([k]) => k === 'v').length > 1 ? this.#long(entry) : shown}\n`;
      if (run.value('f') === undefined || run.value('f') === '-') await this.#process.err(line);
      else run.put(line);
    }
    this.#packed.push(path);
    yield writeMember(entry);
    if (stat.type !== 'directory' || run.has('no-recursion') || depth > DEEPEST) return;
    let names: Bytes[] = [];
    try {
      names = namesIn(run, path);
    } catch (error) {
      this.#failed = true;
      await this.#warn(`${name}: Cannot open: ${reason(error)}`);
    }
    if (run.value('sort') === 'name') names = [...names].sort();
    for (const child of names) {
      const turn = this.#process.step(5);
      if (turn) await turn;
      yield* this.#pack(join(name, child), own, depth + 1);
    }
  }

  async #load(): Promise<Bytes> {
    const run = this.#run;
    const file = run.value('f');
    let data: Bytes;
    if (file === undefined || file === '-') {
      if (file === undefined && this.#process.descriptors.get(0)?.terminal)
        throw new Fatal('Refusing to read archive contents from terminal (missing -f option?)');
      data = await this.#process.readAll(0, LARGEST);
    } else {
      let descriptor: number;
      try {
        descriptor = this.#process.open(file, { read: true });
      } catch (error) {
        const words = reason(error);
        if (this.#format) {
          await this.#process.err(
            `tar (child): ${file}: Cannot open: ${words}\ntar (child): Error is not recoverable: exiting now\n${run.name}: Child returned status 2\n`,
          );
          throw new ChildFailed();
        }
        throw new Fatal(`${file}: Cannot open: ${words}`);
      }
      try {
        data = await this.#process.readAll(descriptor, LARGEST);
      } catch (error) {
        throw new Fatal(`${file}: Cannot read: ${reason(error)}\n${run.name}: At beginning of tape, quitting now`);
      } finally {
        this.#process.close(descriptor);
      }
    }
    const found = formatOf(data);
    const asked = this.#format;
    const name = { gzip: 'gzip', bzip2: 'bzip2', xz: 'xz' };
    if (asked && found !== asked && data !== '') {
      const said = {
        gzip: '\ngzip: stdin: not in gzip format',
        bzip2: 'bzip2: (stdin) is not a bzip2 file.',
        xz: 'xz: (stdin): File format not recognized',
      }[asked];
      await this.#process.err(`${said}\n${run.name}: Child returned status ${asked === 'bzip2' ? 2 : 1}\n`);
      throw new ChildFailed();
    }
    if (!found) return data;
    try {
      return await decompress(this.#process, found, data);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      await this.#process.err(`\n${name[found]}: stdin: ${error.message}\n${run.name}: Child returned status 1\n`);
      throw new ChildFailed();
    }
  }

  async extract(purpose: 'list' | 'extract' | 'compare'): Promise<number> {
    const run = this.#run;
    const listing = purpose === 'list';
    let block = 0;
    let differs = false;
    let data: Bytes;
    try {
      data = await this.#load();
    } catch (error) {
      if (!(error instanceof ChildFailed)) throw error;
      await this.#process.err(`${run.name}: Error is not recoverable: exiting now\n`);
      return 2;
    }
    if (!listing) for (const directory of run.values('C')) this.#enter(directory);
    const wanted = new Map(run.operands.map((name) => [name.replace(/\/+$/, ''), false]));
    const late: (() => void)[] = [];
    const members = readTar(data);
    for (;;) {
      const { done, value } = members.next();
      if (done) {
        if (value === 'invalid') {
          await this.#warn('This does not look like a tar archive');
          await this.#warn('Exiting with failure status due to previous errors');
          return 2;
        }
        if (value === 'truncated') {
          await this.#warn('Unexpected EOF in archive');
          throw new Fatal('Unexpected EOF in archive');
        }
        break;
      }
      const member: Member = value;
      const turn = this.#process.step(10);
      if (turn) await turn;
      const place = block;
      block += 1 + Math.ceil(member.content.length / 512);
      const bare = member.name.replace(/\/+$/, '');
      if (wanted.size > 0) {
        const hit = [...wanted.keys()].find(
          (w) => bare === w || bare.startsWith(`${w}/`) || (run.has('wildcards') && fnmatch(w, bare)),
        );
        if (hit === undefined) continue;
        wanted.set(hit, true);
      }
      if (this.#excluded(bare)) continue;
      const renamed = this.#renamed(member.name, member.type);
      if (purpose === 'compare') {
        if (!(await this.#compare(member))) differs = true;
        continue;
      }
      if (run.has('w')) {
        run.put(`${listing ? 'list' : 'extract'} ${quote(this.#process, member.name)}?`);
        await run.flush();
        const answer = String(await this.#process.read(0, 256));
        if (!/^[yY]/.test(answer)) {
          if (answer === '') run.put('\n');
          continue;
        }
      }
      if (!listing && renamed.replace(/\/+$/, '') === '') continue;
      if (listing && !run.has('P')) await this.#strip(member.name);
      if (listing || run.has('v')) {
        if (run.has('R')) run.put(`block ${place}: `);
        const line = listing
          ? run.has('v')
            ? this.#long(member)
            : run.has('transformed')
              ? renamed
              : member.name
          : run.options.filter(([k]) => k === 'v').length > 1
            ? this.#long(member)
            : member.name;
        // Standard output is for the members' contents then.
        if (!listing && run.has('O')) await this.#process.err(`${line}\n`);
        else run.put(`${line}\n`);
      }
      if (!listing) await this.#unpack(member, renamed, late);
      await run.drain();
    }
    if (run.has('R') && listing) run.put(`block ${block}: ** Block of NULs **\n`);
    for (const set of late.reverse()) tryTo(set);
    if (run.has('totals')) {
      await run.flush();
      await this.#process.err(`Total bytes read: ${data.length} (${humanSize(data.length)}iB, 1.0MiB/s)\n`);
    }
    for (const [name, found] of wanted) {
      if (found) continue;
      this.#failed = true;
      await this.#warn(`${name}: Not found in archive`);
    }
    if (this.#failed) {
      await this.#warn('Exiting with failure status due to previous errors');
      return 2;
    }
    return differs ? 1 : 0;
  }

  /** -d: whether the file is as the archive has it; says what is not. */
  async #compare(m: Member): Promise<boolean> {
    const { files } = this.#process;
    const path = this.#path(m.name.replace(/\/+$/, ''));
    const differences: string[] = [];
    try {
      const stat = files.stat(path, false);
      const type = { file: '0', symlink: '2', character: '3', block: '4', directory: '5', fifo: '6', socket: '' }[
        stat.type
      ];
      if (type !== m.type && m.type !== '1') differences.push('File type differs');
      else if (m.type !== '1') {
        if (m.type !== '2' && (stat.mode & 0o7777) !== m.mode) differences.push('Mode differs');
        if (m.type === '0' && stat.uid !== m.uid) differences.push('Uid differs');
        if (m.type === '0' && stat.gid !== m.gid) differences.push('Gid differs');
        if (m.type === '0' && Math.floor(stat.mtime / 1000) !== m.mtime) differences.push('Mod time differs');
        if (m.type === '0' && stat.size !== m.size) differences.push('Size differs');
        else if (m.type === '0' && this.#process.readFile(path) !== m.content) differences.push('Contents differ');
        if (m.type === '2' && files.readlink(path) !== m.link) differences.push('Symlink differs');
      }
    } catch (error) {
      await this.#warn(`${m.name}: Warning: Cannot stat: ${reason(error)}`);
      return false;
    }
    for (const text of differences) this.#run.put(`${m.name}: ${text}\n`);
    return differences.length === 0;
  }

  /** --delete and -A: the archive is written anew, without members or with those of others. */
  async rewrite(mode: 'delete' | 'A'): Promise<number> {
    const run = this.#run;
    const file = run.value('f') ?? '-';
    const data = await this.#load();
    if (formatOf(data)) throw new Fatal('Cannot update compressed archives');
    const parts: Bytes[] = [];
    if (mode === 'A') {
      parts.push(withoutEnd(data));
      for (const other of run.operands) {
        try {
          parts.push(withoutEnd(this.#process.readFile(other)));
        } catch (error) {
          throw new Fatal(`${other}: Cannot open: ${reason(error)}`);
        }
      }
    } else {
      const wanted = new Set(run.operands.map((name) => name.replace(/\/+$/, '')));
      const seen = new Set<Bytes>();
      for (const member of readTar(data)) {
        const bare = member.name.replace(/\/+$/, '');
        const hit = [...wanted].find((name) => bare === name || bare.startsWith(`${name}/`));
        if (hit === undefined) parts.push(writeMember(member));
        else seen.add(hit);
      }
      for (const name of wanted)
        if (!seen.has(name)) {
          this.#failed = true;
          await this.#warn(`${name}: Not found in archive`);
        }
    }
    let whole = parts.join('');
    whole += '\0'.repeat(1024 + ((10_240 - ((whole.length + 1024) % 10_240)) % 10_240));
    const descriptor = this.#process.open(file, { write: true, create: true, truncate: true }, 0o666);
    await this.#process.write(descriptor, whole);
    this.#process.close(descriptor);
    if (!this.#failed) return 0;
    await this.#warn('Exiting with failure status due to previous errors');
    return 2;
  }

  #long(m: Member): Bytes {
    const type = (
      {
        '0': 'file',
        '1': 'file',
        '2': 'symlink',
        '3': 'character',
        '4': 'block',
        '5': 'directory',
        '6': 'fifo',
        V: 'file',
      } as const
    )[m.type];
    const mode =
      m.type === '1' || m.type === 'V'
        ? `${m.type === '1' ? 'h' : 'V'}${modeString('file', m.mode).slice(1)}`
        : modeString(type, m.mode);
    const numeric = this.#run.has('numeric');
    const owner = `${numeric || !m.user ? m.uid : m.user}/${numeric || !m.group ? m.gid : m.group}`;
    const size = m.type === '3' || m.type === '4' ? `${m.rdev[0]},${m.rdev[1]}` : String(m.size);
    const time = strftime(
      this.#run.has('full-time') ? '%Y-%m-%d %H:%M:%S' : '%Y-%m-%d %H:%M',
      breakDown(m.mtime * 1000, zoneOf(this.#process)),
    );
    const link = m.type === '2' ? ` -> ${m.link}` : m.type === '1' ? ` link to ${m.link}` : '';
    return `${mode} ${owner}${size.padStart(Math.max(size.length + 1, 19 - owner.length))} ${time} ${m.name}${link}`;
  }

  async #unpack(m: Member, renamed: Bytes, late: (() => void)[]): Promise<void> {
    const run = this.#run;
    const { files, credentials, umask } = this.#process;
    let name = renamed;
    if (!run.has('P')) name = name.slice(await this.#strip(name)) || '.';
    const path = this.#path(name.replace(/\/+$/, '') || '.');
    const root = credentials.euid === 0;
    const mode = root || run.has('p') ? m.mode : m.mode & ~umask & 0o777;
    if (run.has('O')) {
      if (m.type === '0') await this.#process.out(m.content);
      return;
    }
    try {
      const parts = path.split('/');
      for (let i = 1; i < parts.length; i++) {
        const parent = parts.slice(0, i).join('/');
        if (parent !== '' && !tryTo(() => files.stat(parent))) files.mkdir(parent, 0o777);
      }
      const old = tryTo(() => files.stat(path, false));
      if (old && m.type !== '5') {
        if (run.has('skip')) return;
        if (run.has('newer') && old.mtime >= m.mtime * 1000) {
          await this.#warn(`Current ${quote(this.#process, name)} is newer or same age`);
          return;
        }
        if (run.has('k')) {
          this.#failed = true;
          await this.#warn(
            m.type === '2'
              ? `${name}: Cannot create symlink to ${quote(this.#process, m.link)}: File exists`
              : `${name}: Cannot open: File exists`,
          );
          return;
        }
        if (old.type === 'directory') files.rmdir(path);
        else files.unlink(path);
      }
      if (m.type === '5') {
        if (!old) files.mkdir(path, mode | 0o700);
        else if (old.type !== 'directory' && tryTo(() => files.stat(path))?.type !== 'directory') {
          files.unlink(path);
          files.mkdir(path, mode | 0o700);
        }
      } else if (m.type === '2') files.symlink(m.link, path);
      else if (m.type === '1') files.link(this.#path(m.link), path);
      else if (m.type !== '0')
        files.mknod(path, mode, m.type === '3' ? 'character' : m.type === '4' ? 'block' : 'fifo', m.rdev);
      else {
        const descriptor = this.#process.open(
          path,
          { write: true, create: true, truncate: true, exclusive: true },
          mode,
        );
        for (let at = 0; at < m.content.length; at += 65536)
          await this.#process.write(descriptor, m.content.slice(at, at + 65536));
        this.#process.close(descriptor);
      }
      const { accounts } = this.#process.machine;
      if (root && !run.has('o')) {
        const uid = run.has('numeric') ? m.uid : (accounts.byName(m.user)?.uid ?? m.uid);
        const gid = run.has('numeric') ? m.gid : (accounts.groupByName(m.group)?.gid ?? m.gid);
        tryTo(() => files.chown(path, uid, gid, false));
      }
      const time = run.has('m') ? this.#process.machine.clock.now() : m.mtime * 1000;
      if (m.type === '5')
        late.push(
          () => files.utimes(path, time, time),
          () => files.chmod(path, mode),
        );
      else {
        if (m.type !== '2' && m.type !== '1') files.chmod(path, mode);
        if (m.type !== '1') files.utimes(path, this.#process.machine.clock.now(), time, false);
      }
    } catch (error) {
      this.#failed = true;
      await this.#warn(
        `${name}: Cannot ${m.type === '5' ? 'mkdir' : m.type === '2' ? 'create symlink' : 'open'}: ${reason(error)}`,
      );
    }
  }
}

/** What of a member's name leads out of the directory: a slash, or everything up to the last `..`. */
const prefixOf = (name: Bytes): Bytes => /^(?:.*(?:^|\/)\.\.(?:\/|$)|\/+)/.exec(name)?.[0] ?? '';

/** An archive without the blocks of zeros at its end. */
function withoutEnd(data: Bytes): Bytes {
  let end = data.length - (data.length % 512);
  while (end >= 512 && /^\0*$/.test(data.slice(end - 512, end))) end -= 512;
  return data.slice(0, end);
}

/** --owner and --group: `NAME`, `NAME:ID` or `ID`. */
function owner(
  wanted: Bytes | undefined,
  id: number,
  name: Bytes,
  look: (name: Bytes) => number | undefined,
): [name: Bytes, id: number] {
  if (wanted === undefined) return [name, id];
  if (/^\d+$/.test(wanted)) return [Number(wanted) === id ? name : Number(wanted) === 0 ? 'root' : '', Number(wanted)];
  const [given = '', number] = wanted.split(':');
  return [given, number === undefined ? (look(given) ?? id) : Number(number)];
}

const DIALECT = { extended: false, posix: false, sandbox: true, multiline: false, utf8: false };

/** A name after an s command of --transform. */
function transformed(command: Command, name: Bytes): Bytes {
  if (command.name !== 's' || !command.pattern) return name;
  let result = '';
  let from = 0;
  let seen = 0;
  for (let at = 0; at <= name.length; ) {
    const found = command.pattern.find(name, at);
    if (!found) break;
    const [start, end] = [found[0]!, found[1]!];
    if (++seen >= (command.number ?? 1)) {
      result += name.slice(from, start) + replacement(command.replacement!, name, found);
      from = end;
      if (!command.global) break;
    }
    at = end > start ? end : end + 1;
  }
  return result + name.slice(from);
}

/** The decompressor failed and has said so. */
class ChildFailed extends Error {}
