// Users and groups as /etc/passwd and /etc/group of the machine say now; read again whenever the files change.
import type { LayeredFileSystem } from './filesystem.ts';
import type { Account, Accounts, Bytes, Credentials } from './machine.ts';

const ROOT: Credentials = { uid: 0, gid: 0, euid: 0, egid: 0, groups: [] };

interface Group {
  name: Bytes;
  gid: number;
  members: Bytes[];
}

export class FileAccounts implements Accounts {
  readonly #fs: LayeredFileSystem;
  #version = -1;
  #accounts: Account[] = [];
  #groups: Group[] = [];

  constructor(fs: LayeredFileSystem) {
    this.#fs = fs;
  }

  #fresh(): this {
    if (this.#version === this.#fs.layer.version) return this;
    this.#version = this.#fs.layer.version;
    this.#accounts = this.#lines('/etc/passwd', 7).map(([name, , uid, gid, comment, home, shell]) => ({
      name: name!,
      uid: Number(uid),
      gid: Number(gid),
      comment: comment!,
      home: home!,
      shell: shell || '/bin/sh',
    }));
    this.#groups = this.#lines('/etc/group', 4).map(([name, , gid, members]) => ({
      name: name!,
      gid: Number(gid),
      members: members!.split(',').filter((member) => member !== ''),
    }));
    return this;
  }

  /** Lines with enough fields; a missing or foreign file has none. */
  #lines(path: Bytes, fields: number): Bytes[][] {
    try {
      const file = this.#fs.open(ROOT, '/', path, { read: true });
      try {
        if (file.kind !== 'file') return [];
        return (file.read(1 << 20) ?? '')
          .split('\n')
          .map((line) => line.split(':'))
          .filter((line) => line.length >= fields && line[0] !== '' && /^\d+$/.test(line[2]!));
      } finally {
        file.release();
      }
    } catch {
      return [];
    }
  }

  byName(name: Bytes): Account | undefined {
    return this.#fresh().#accounts.find((account) => account.name === name);
  }

  byId(uid: number): Account | undefined {
    return this.#fresh().#accounts.find((account) => account.uid === uid);
  }

  groupById(gid: number): Group | undefined {
    return this.#fresh().#groups.find((group) => group.gid === gid);
  }

  groupByName(name: Bytes): Group | undefined {
    return this.#fresh().#groups.find((group) => group.name === name);
  }

  /** The primary group first, then those that name the user, as initgroups(3) collects them. */
  groupsOf(name: Bytes): number[] {
    const account = this.byName(name);
    const groups = this.#groups.filter((group) => group.members.includes(name)).map((group) => group.gid);
    return account ? [account.gid, ...groups.filter((gid) => gid !== account.gid)] : groups;
  }

  all(): Account[] {
    return [...this.#fresh().#accounts];
  }
}
