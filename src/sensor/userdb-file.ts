// Keeps the rules of userdb.txt in step with the file: read again when it changes, a bad version never replaces a good one.
import { closeSync, fstatSync, mkdirSync, openSync, readSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Decoys, Judged } from './decoys.ts';
import { DEFAULT_USERDB, type Problem, parseUserdb, type Rules, USERDB_BYTES } from './userdb.ts';

export interface UserdbReport {
  loaded(rules: number): void;
  invalid(problem: Problem): void;
}

/** Milliseconds between two looks at the file. */
const LOOK_EVERY = 1000;

export class UserdbFile {
  readonly path: string;
  readonly #now: () => number;
  readonly #report: UserdbReport;
  readonly #decoys: Decoys;
  #rules: Rules;
  #seen = '';
  #lookedAt = Number.NEGATIVE_INFINITY;

  /**
   * Reads the file; writes the default one when there is none. A bad file is reported, and until it is repaired the
   * defaults are in force. Throws the system's error when it can be neither read nor written.
   * @param now milliseconds, monotonic
   */
  constructor(path: string, now: () => number, report: UserdbReport, decoys: Decoys) {
    this.path = path;
    this.#now = now;
    this.#report = report;
    this.#decoys = decoys;
    this.#rules = parseUserdb(DEFAULT_USERDB) as Rules;
    if (!statSync(path, { throwIfNoEntry: false })) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
      writeFileSync(path, DEFAULT_USERDB, { flag: 'wx', mode: 0o640 });
    }
    closeSync(openSync(path, 'r'));
    this.#look();
  }

  /**
   * @param user, password strings of bytes
   * @param address who asks
   */
  judge(user: string, password: string, address: string): { accepted: boolean } | Judged {
    this.#look();
    const policy = this.#rules.policy(user, password);
    if (typeof policy === 'string') return { accepted: policy === 'allow' };
    return this.#decoys.judge(address, user, password, policy.decoy);
  }

  #look(): void {
    const now = this.#now();
    if (now - this.#lookedAt < LOOK_EVERY) return;
    this.#lookedAt = now;
    let version: string;
    let text = '';
    try {
      const fd = openSync(this.path, 'r');
      try {
        const { mtimeMs, size, ino } = fstatSync(fd);
        version = `${mtimeMs} ${size} ${ino}`;
        if (version === this.#seen) return;
        if (size > USERDB_BYTES) throw new Error(`${size} bytes are too many, at most ${USERDB_BYTES} are read`);
        const buffer = Buffer.alloc(size);
        text = buffer.toString('latin1', 0, readSync(fd, buffer, 0, size, 0));
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      const reason = (error as Error).message;
      if (this.#seen !== reason) this.#report.invalid({ line: 0, reason });
      this.#seen = reason;
      return;
    }
    this.#seen = version;
    const parsed = parseUserdb(text);
    if ('reason' in parsed) {
      this.#report.invalid(parsed);
      return;
    }
    this.#rules = parsed;
    for (const problem of parsed.skipped) this.#report.invalid(problem);
    this.#report.loaded(parsed.count);
  }
}
