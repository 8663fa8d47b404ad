// Users and groups as /etc/passwd and /etc/group of the machine say now; read again whenever the files change.
import type { LayeredFileSystem } from './filesystem.ts';
import type { Image } from './image.ts';
import type { Account, Accounts, Bytes, Credentials } from './machine.ts';

const ROOT: Credentials = { uid: 0, gid: 0, euid: 0, egid: 0, groups: [] };

interface Group {
  name: Bytes;
  gid: number;
  members: Bytes[];
}

/** What the two files say, parsed. */
interface Parsed {
  passwd: Bytes;
  group: Bytes;
  accounts: readonly Account[];
  groups: readonly Group[];
}

/** Machines whose files are the image's share what they say: by image. */
const shared = new WeakMap<Image, Parsed>();

export class FileAccounts implements Accounts {
  readonly #fs: LayeredFileSystem;
  #version = -1;
  #parsed: Parsed = { passwd: '', group: '', accounts: [], groups: [] };

  constructor(fs: LayeredFileSystem) {
    this.#fs = fs;
  }

  #fresh(): Parsed {
    if (this.#version === this.#fs.layer.version) return this.#parsed;
    this.#version = this.#fs.layer.version;
    const passwd = this.#read('/etc/passwd');
    const group = this.#read('/etc/group');
    const { image } = this.#fs.layer;
    for (const known of [this.#parsed, shared.get(image)])
      if (known && known.passwd === passwd && known.group === group) return (this.#parsed = known);
    this.#parsed = parse(passwd, group);
    if (!shared.has(image)) shared.set(image, this.#parsed);
    return this.#parsed;
  }

  /** A missing or foreign file says nothing. */
  #read(path: Bytes): Bytes {
    try {
      const file = this.#fs.open(ROOT, '/', path, { read: true });
      try {
        return file.kind === 'file' ? (file.read(1 << 20) ?? '') : '';
      } finally {
        file.release();
      }
    } catch {
      return '';
    }
  }

  byName(name: Bytes): Account | undefined {
    return this.#fresh().accounts.find((account) => account.name === name);
  }

  byId(uid: number): Account | undefined {
    return this.#fresh().accounts.find((account) => account.uid === uid);
  }

  groupById(gid: number): Group | undefined {
    return this.#fresh().groups.find((group) => group.gid === gid);
  }

  groupByName(name: Bytes): Group | undefined {
    return this.#fresh().groups.find((group) => group.name === name);
  }

  /** The primary group first, then those that name the user, as initgroups(3) collects them. */
  groupsOf(name: Bytes): number[] {
    const account = this.byName(name);
    const groups = this.#fresh()
      .groups.filter((group) => group.members.includes(name))
      .map((group) => group.gid);
    return account ? [account.gid, ...groups.filter((gid) => gid !== account.gid)] : groups;
  }

  all(): Account[] {
    return [...this.#fresh().accounts];
  }
}

/** Lines with enough fields and a number where one belongs. */
function fields(text: Bytes, count: number): Bytes[][] {
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .filter((line) => line.length >= count && line[0] !== '' && /^\d+$/.test(line[2]!));
}

function parse(passwd: Bytes, group: Bytes): Parsed {
  const accounts = fields(passwd, 7).map(([name, , uid, gid, comment, home, shell]) => ({
    name: name!,
    uid: Number(uid),
    gid: Number(gid),
    comment: comment!,
    home: home!,
    shell: shell || '/bin/sh',
  }));
  const groups = fields(group, 4).map(([name, , gid, members]) => ({
    name: name!,
    gid: Number(gid),
    members: members!.split(',').filter((member) => member !== ''),
  }));
  return { passwd, group, accounts, groups };
}
