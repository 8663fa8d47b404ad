// What the operator hands out: tokens for programs, and links that show one thing to others; kept as hashes, each with an end.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

const DAY = 86_400_000;
/** Of each kind; a script that makes tokens in a loop fills no disk. */
export const MOST = 256;

/** What a link shows: one session, one day's entry, one recording, or everything that can be masked. */
export const shown = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('session'), sensor: z.string(), session: z.string() }),
  z.object({ kind: z.literal('diary'), date: z.string() }),
  z.object({ kind: z.literal('replay'), name: z.string(), sensor: z.string(), session: z.string() }),
  z.object({ kind: z.literal('dashboard') }),
]);
/** `read` looks at everything but what is handed out; `all` does whatever the operator can. */
export const scope = z.enum(['read', 'all']);

const made = {
  id: z.string().regex(/^[0-9a-f]{12}$/),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  name: z.string(),
  /** Milliseconds since the epoch; without an end until it is revoked. */
  at: z.number(),
  ends: z.number().optional(),
  /** To the day: writing at each use would cost more than it tells. */
  used: z.number().optional(),
};
const token = z.object({ ...made, scope });
const share = z.object({ ...made, ends: z.number(), shown });
const file = z.object({ tokens: z.array(token), shares: z.array(share) });

export type Token = z.infer<typeof token>;
export type Share = z.infer<typeof share>;
export type Shown = z.infer<typeof shown>;
export type Scope = z.infer<typeof scope>;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export class TooMany extends Error {}

export class Passes {
  readonly #path: string;
  readonly #now: () => number;
  #tokens: Token[] = [];
  #shares: Share[] = [];

  /** @param path of the file that keeps them; damage or absence means: there are none */
  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
    try {
      const kept = file.parse(JSON.parse(readFileSync(path, 'utf8')));
      this.#tokens = kept.tokens;
      this.#shares = kept.shares;
    } catch {
      // First start, or a file that is none any more.
    }
  }

  /** Those in force, the newest first. */
  get tokens(): readonly Token[] {
    return this.#tokens.filter((pass) => this.#valid(pass)).toReversed();
  }

  get shares(): readonly Share[] {
    return this.#shares.filter((pass) => this.#valid(pass)).toReversed();
  }

  /**
   * A token and its secret, which is told this once.
   * @param ends milliseconds since the epoch
   * @throws TooMany
   */
  makeToken(name: string, scope: Scope, ends?: number): { token: Token; secret: string } {
    const [pass, secret] = this.#make('kansatsuki_', name);
    const token: Token = { ...pass, scope, ...(ends === undefined ? {} : { ends }) };
    this.#tokens = this.#room(this.#tokens).concat(token);
    this.#keep();
    return { token, secret };
  }

  /** A link's secret, told this once. @throws TooMany */
  makeShare(name: string, shown: Shown, ends: number): { share: Share; secret: string } {
    const [pass, secret] = this.#make('', name);
    const share: Share = { ...pass, ends, shown };
    this.#shares = this.#room(this.#shares).concat(share);
    this.#keep();
    return { share, secret };
  }

  tokenOf(secret: string): Token | undefined {
    return this.#find(this.#tokens, secret);
  }

  shareOf(secret: string): Share | undefined {
    return this.#find(this.#shares, secret);
  }

  /** Whether there was one of that id. */
  revoke(id: string): boolean {
    const before = this.#tokens.length + this.#shares.length;
    this.#tokens = this.#tokens.filter((pass) => pass.id !== id);
    this.#shares = this.#shares.filter((pass) => pass.id !== id);
    this.#keep();
    return this.#tokens.length + this.#shares.length < before;
  }

  #make(prefix: string, name: string): [pass: { id: string; hash: string; name: string; at: number }, secret: string] {
    const secret = prefix + randomBytes(24).toString('base64url');
    return [{ id: randomBytes(6).toString('hex'), hash: sha256(secret), name, at: this.#now() }, secret];
  }

  #room<T extends Token | Share>(passes: readonly T[]): T[] {
    const valid = passes.filter((pass) => this.#valid(pass));
    if (valid.length >= MOST) throw new TooMany();
    return valid;
  }

  #valid = ({ ends }: { ends?: number }): boolean => ends === undefined || this.#now() < ends;

  // Comparing hashes of 192 random bits tells a stranger nothing, whatever time it takes.
  #find<T extends Token | Share>(passes: readonly T[], secret: string): T | undefined {
    if (secret.length < 16 || secret.length > 128) return undefined;
    const hash = sha256(secret);
    const found = passes.find((pass) => pass.hash === hash && this.#valid(pass));
    if (found && !(this.#now() - (found.used ?? 0) < DAY)) {
      found.used = this.#now();
      this.#keep();
    }
    return found;
  }

  #keep(): void {
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      writeFileSync(`${this.#path}.new`, JSON.stringify({ tokens: this.#tokens, shares: this.#shares }), {
        mode: 0o600,
      });
      renameSync(`${this.#path}.new`, this.#path);
    } catch {
      // A full disk: what was handed out works until the next start.
    }
  }
}
