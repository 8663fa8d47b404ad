// Who may look: login links, the browsers that used one, and the password; kept as hashes in state/, so that a restart logs nobody out.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { verifyPassword } from '../config/password.ts';

const DAY = 86_400_000;
/** A login link works this long, in as many browsers as it is opened in; every start makes a new one. */
const LINK_LIFE = 14 * DAY;
const LINKS = 8;
/** A browser stays logged in this long after it was last seen. */
const BROWSER_LIFE = 30 * DAY;
const BROWSERS = 64;
/** Passwords being checked and waiting at once: each check takes 32 MiB for a moment. */
const CHECKS = 4;

const entry = z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/), at: z.number() });
const file = z.object({ password: z.string(), links: z.array(entry), browsers: z.array(entry) });
type Entry = z.infer<typeof entry>;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export class Keyring {
  readonly #path: string;
  readonly #passwordHash: string;
  readonly #now: () => number;
  #links: Entry[] = [];
  #browsers: Entry[] = [];
  #checks: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @param path of the file that keeps it; damage or absence means: nobody is logged in */
  constructor(path: string, passwordHash: string, now: () => number) {
    this.#path = path;
    this.#passwordHash = passwordHash;
    this.#now = now;
    try {
      const kept = file.parse(JSON.parse(readFileSync(path, 'utf8')));
      // Another password ends what the old one allowed.
      if (kept.password === this.#fingerprint) {
        this.#links = kept.links;
        this.#browsers = kept.browsers;
      }
    } catch {
      // First start, or a file that is none any more.
    }
  }

  get hasPassword(): boolean {
    return this.#passwordHash !== '';
  }

  /** Makes the secret of a new login link. */
  makeLink(): string {
    const token = randomBytes(24).toString('base64url');
    this.#links.push({ hash: sha256(token), at: this.#now() });
    this.#keep();
    return token;
  }

  /** Whether a login link (or `Authorization: Bearer`) carries a token of ours. */
  opens(token: string): boolean {
    return this.#find(this.#links, token, LINK_LIFE) !== undefined;
  }

  /** @throws TooBusy when too many passwords are being checked */
  async passwordFits(password: string): Promise<boolean> {
    if (this.#waiting >= CHECKS) throw new TooBusy();
    this.#waiting++;
    const check = this.#checks.then(() => verifyPassword(password, this.#passwordHash));
    this.#checks = check.catch(() => {});
    try {
      return await check;
    } finally {
      this.#waiting--;
    }
  }

  /** Logs a browser in; returns the secret for its cookie. */
  admit(): string {
    const secret = randomBytes(24).toString('base64url');
    this.#browsers.push({ hash: sha256(secret), at: this.#now() });
    this.#keep();
    return secret;
  }

  /** Whether a cookie's secret is of a browser that is logged in. */
  knows(secret: string): boolean {
    const found = this.#find(this.#browsers, secret, BROWSER_LIFE);
    if (!found) return false;
    if (this.#now() - found.at > DAY) {
      found.at = this.#now();
      this.#keep();
    }
    return true;
  }

  /** Logs a browser out. */
  dismiss(secret: string): void {
    const hash = sha256(secret);
    this.#browsers = this.#browsers.filter((browser) => browser.hash !== hash);
    this.#keep();
  }

  /** Logs every browser out but the one with this cookie, and ends the login links. */
  dismissAll(but?: string): void {
    const hash = but === undefined ? undefined : sha256(but);
    this.#browsers = this.#browsers.filter((browser) => browser.hash === hash);
    this.#links = [];
    this.#keep();
  }

  get #fingerprint(): string {
    return sha256(this.#passwordHash);
  }

  // Comparing hashes of 192 random bits tells a stranger nothing, whatever time it takes.
  #find(entries: readonly Entry[], secret: string, life: number): Entry | undefined {
    if (secret.length < 16 || secret.length > 128) return undefined;
    const hash = sha256(secret);
    return entries.find((known) => known.hash === hash && this.#now() - known.at < life);
  }

  #keep(): void {
    const now = this.#now();
    this.#links = this.#links.filter(({ at }) => now - at < LINK_LIFE).slice(-LINKS);
    this.#browsers = this.#browsers.filter(({ at }) => now - at < BROWSER_LIFE).slice(-BROWSERS);
    const content = { password: this.#fingerprint, links: this.#links, browsers: this.#browsers };
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      writeFileSync(`${this.#path}.new`, JSON.stringify(content), { mode: 0o600 });
      renameSync(`${this.#path}.new`, this.#path);
    } catch {
      // A full disk must not lock the operator out: it stays valid in memory until the next start.
    }
  }
}

export class TooBusy extends Error {}
