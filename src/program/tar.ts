// tar (GNU tar 1.34): archives of files.
import type { Bytes, Process, Stat } from '../machine/machine.ts';
import { compress, decompress, type Format, formatOf, LARGEST } from './archive/codec.ts';
import { type Member, readTar, writeMember } from './archive/tar.ts';
import { Failure, reason, tryTo } from './failure.ts';
import { fnmatch } from './fnmatch.ts';
import { modeString } from './mode.ts';
import { gnu, type Invocation } from './program.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';
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
    file: 'f',
    'file=': 'f',
    verbose: 'v',
    gzip: 'z',
    gunzip: 'z',
    ungzip: 'z',
    bzip2: 'j',
    xz: 'J',
    lzma: 'J',
    zstd: 'zstd',
    'auto-compress': 'a',
    'directory=': 'C',
    'exclude=': 'exclude',
    'exclude-from=': 'X',
    'files-from=': 'T',
    'strip-components=': 'strip',
    'transform=': 'transform',
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
    checkpoint: 'checkpoint',
  },
  failure: 64,
  hint: "Try '% --help' or '% --usage' for more information.\n",
  usage: '[OPTION...] [FILE]...',
  release: 'GNU tar 1.34',
  gaps: ['u', 'd', 'A', 'delete', 'transform', 'I', 'zstd'],
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
    const archive = new Archive(run);
    try {
      if (mode === 'c' || mode === 'r' || mode === 'u') return await archive.create(mode !== 'c');
      return await archive.extract(mode === 't');
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
    const options = [...first].flatMap((letter) =>
      'bCfFgGIKLNTVX'.includes(letter) ? [`-${letter}`, ...rest.splice(0, 1)] : [`-${letter}`],
    );
    process.argv = [process.argv[0]!, ...options, ...rest];
  }
  return declared(process);
};

class Fatal extends Error {}

class Archive {
  readonly #run: Invocation;
  readonly #process: Process;
  #base: Bytes;
  #stripped = new Set<string>();
  #failed = false;

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

  #excluded(name: Bytes): boolean {
    const trimmed = name.replace(/\/+$/, '');
    return this.#run
      .values('exclude')
      .some(
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
      if (append) before = (tryTo(() => this.#process.readFile(file)) ?? '').replace(/\0{1024,}$/, '');
      try {
        descriptor = this.#process.open(file, { write: true, create: true, truncate: true }, 0o666);
      } catch (error) {
        throw new Fatal(`${file}: Cannot open: ${reason(error)}`);
      }
    }
    for (const directory of run.values('C')) this.#enter(directory);
    const own = file === undefined ? undefined : tryTo(() => this.#process.files.stat(file));
    const parts: Bytes[] = [before];
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
      const packed = await compress(this.#process, format, data, 6);
      if (packed === undefined) {
        this.#process.witness.gap('tar', '-j');
        throw new Fatal('Child returned status 1');
      }
      data = packed;
    }
    for (let at = 0; at < data.length; at += 65536) await this.#process.write(descriptor, data.slice(at, at + 65536));
    if (descriptor !== 1) this.#process.close(descriptor);
    if (this.#failed) {
      await this.#warn('Exiting with failure status due to previous errors');
      return 2;
    }
    return 0;
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
    if (!run.has('P') && shown.startsWith('/')) {
      const prefix = /^\/+/.exec(shown)![0];
      if (!this.#stripped.has(prefix)) {
        this.#stripped.add(prefix);
        await this.#warn(`Removing leading \`${prefix}' from member names`);
      }
      shown = shown.replace(/^\/+/, '') || './';
    }
    const kinds = { file: '0', symlink: '2', character: '3', block: '4', directory: '5', fifo: '6' } as const;
    let content = '';
    if (stat.type === 'file') {
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
    if (run.has('v')) {
      const line = `${shown}\n`;
      if (run.value('f') === undefined || run.value('f') === '-') await this.#process.err(line);
      else run.put(line);
    }
    yield writeMember({
      name: shown,
      mode: stat.mode & 0o7777,
      uid: stat.uid,
      gid: stat.gid,
      size: content.length,
      mtime: Math.floor(stat.mtime / 1000),
      type: kinds[stat.type as 'file'],
      link: stat.type === 'symlink' ? files.readlink(path) : '',
      user: machine.accounts.byId(stat.uid)?.name ?? '',
      group: machine.accounts.groupById(stat.gid)?.name ?? '',
      rdev: stat.rdev ?? [0, 0],
      content,
    });
    if (stat.type !== 'directory' || run.has('no-recursion') || depth > DEEPEST) return;
    let names: Bytes[] = [];
    try {
      names = namesIn(run, path);
    } catch (error) {
      this.#failed = true;
      await this.#warn(`${name}: Cannot open: ${reason(error)}`);
    }
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

  async extract(listing: boolean): Promise<number> {
    const run = this.#run;
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
        if (value === 'invalid' && data.length > 0) {
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
      const bare = member.name.replace(/\/+$/, '');
      if (wanted.size > 0) {
        const hit = [...wanted.keys()].find(
          (w) => bare === w || bare.startsWith(`${w}/`) || (run.has('wildcards') && fnmatch(w, bare)),
        );
        if (hit === undefined) continue;
        wanted.set(hit, true);
      }
      if (this.#excluded(bare)) continue;
      if (listing || run.has('v')) {
        const line = listing
          ? run.has('v')
            ? this.#long(member)
            : member.name
          : run.options.filter(([k]) => k === 'v').length > 1
            ? this.#long(member)
            : member.name;
        run.put(`${line}\n`);
      }
      if (!listing) await this.#unpack(member, late);
      await run.drain();
    }
    for (const set of late.reverse()) tryTo(set);
    for (const [name, found] of wanted) {
      if (found) continue;
      this.#failed = true;
      await this.#warn(`${name}: Not found in archive`);
    }
    if (this.#failed) {
      await this.#warn('Exiting with failure status due to previous errors');
      return 2;
    }
    return 0;
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
      } as const
    )[m.type];
    const mode = m.type === '1' ? `h${modeString('file', m.mode).slice(1)}` : modeString(type, m.mode);
    const numeric = this.#run.has('numeric');
    const owner = `${numeric || !m.user ? m.uid : m.user}/${numeric || !m.group ? m.gid : m.group}`;
    const size = m.type === '3' || m.type === '4' ? `${m.rdev[0]},${m.rdev[1]}` : String(m.size);
    const time = strftime('%Y-%m-%d %H:%M', breakDown(m.mtime * 1000, zoneOf(this.#process)));
    const link = m.type === '2' ? ` -> ${m.link}` : m.type === '1' ? ` link to ${m.link}` : '';
    return `${mode} ${owner}${size.padStart(Math.max(size.length + 1, 19 - owner.length))} ${time} ${m.name}${link}`;
  }

  async #unpack(m: Member, late: (() => void)[]): Promise<void> {
    const run = this.#run;
    const { files, credentials, umask } = this.#process;
    let name = m.name;
    if (!run.has('P')) {
      const prefix = /^(?:.*(?:^|\/)\.\.(?:\/|$)|\/+)/.exec(name)?.[0];
      if (prefix) {
        if (!this.#stripped.has(prefix)) {
          this.#stripped.add(prefix);
          await this.#warn(`Removing leading \`${prefix}' from member names`);
        }
        name = name.slice(prefix.length) || '.';
      }
    }
    const strip = Number(run.value('strip') ?? 0);
    if (strip > 0) {
      name = name.split('/').slice(strip).join('/');
      if (name.replace(/\/+$/, '') === '') return;
    }
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
        if (run.has('k')) {
          this.#failed = true;
          await this.#warn(`${name}: Cannot open: File exists`);
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

/** The decompressor failed and has said so. */
class ChildFailed extends Error {}
