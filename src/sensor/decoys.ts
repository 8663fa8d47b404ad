// Decoy passwords that differ by scanner: of an address's guesses one is accepted, and only that address knows which. Who comes with it
// from elsewhere, as the very first guess, was told.
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';

/** A pair that one address was let in with. */
export interface Decoy {
  address: string;
  /** Milliseconds since the epoch. */
  at: number;
}

export type Judged =
  | { accepted: false }
  /** `given`: the address found it just now; `back`: it comes again; `handed`: another address knew it at once. */
  | { accepted: true; how: 'given' | 'back'; decoy: Decoy }
  | { accepted: true; how: 'handed'; decoy: Decoy };

export interface DecoyOptions {
  /** Where pairs are kept: a line of JSON each. */
  file: string;
  /** Makes the choice differ from sensor to sensor. */
  seed: Uint8Array;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** Pairs and addresses that are remembered; the oldest go first. */
const MOST_DECOYS = 10_000;
const MOST_ADDRESSES = 50_000;
/** Bytes of a user name or password of a decoy; nobody hands on a longer one. */
const LONGEST = 256;
/** Nothing is learnt from who knows these: every list begins with them. */
const COMMON: ReadonlySet<string> = new Set(
  (
    'root admin 123456 password 12345678 1234 12345 123456789 1234567890 123123 111111 test guest user qwerty 1q2w3e4r 1qaz2wsx ' +
    'toor pass changeme default support raspberry ubnt 123 1 admin123 root123 password123 P@ssw0rd Passw0rd abc123 000000 888888 666666'
  ).split(' '),
);
/** An address is let in no sooner. */
const FIRST_GUESSES = 3;

export class Decoys {
  readonly #options: DecoyOptions;
  readonly #pairs = new Map<string, Decoy>();
  /** Guesses of an address so far, and whether it has a decoy. */
  readonly #seen = new Map<string, { guesses: number; has: boolean }>();

  /** Reads what is kept; a line that is cut off is passed over. @throws the system's error when the file cannot be read */
  constructor(options: DecoyOptions) {
    this.#options = options;
    if (!existsSync(options.file)) return;
    const lines = readFileSync(options.file, 'utf8').split('\n');
    for (const line of lines.slice(-MOST_DECOYS - 1)) {
      try {
        const { pair, address, at } = JSON.parse(line) as { pair: string; address: string; at: number };
        this.#pairs.set(pair, { address, at });
        this.#seen.set(address, { guesses: FIRST_GUESSES, has: true });
      } catch {
        // The last line of a process that died.
      }
    }
    if (lines.length > 2 * MOST_DECOYS) this.#rewrite();
  }

  /**
   * Judges a guess.
   * @param user, password strings of bytes
   * @param odds one in so many guesses is accepted
   */
  judge(address: string, user: string, password: string, odds: number): Judged {
    const seen = this.#seenOf(address);
    const first = seen.guesses === 0;
    seen.guesses++;
    if (user.length > LONGEST || password.length > LONGEST || password === '') return { accepted: false };
    const pair = this.#keyOf(user, password);
    const known = this.#pairs.get(pair);
    if (known?.address === address) return { accepted: true, how: 'back', decoy: known };
    // Who comes upon it with a list of his own has not been told of it.
    if (known) return first ? { accepted: true, how: 'handed', decoy: known } : { accepted: false };
    if (seen.has || seen.guesses < FIRST_GUESSES || COMMON.has(password) || !this.#isChosen(address, pair, odds))
      return { accepted: false };
    const decoy = { address, at: this.#options.now() };
    seen.has = true;
    this.#pairs.set(pair, decoy);
    if (this.#pairs.size > MOST_DECOYS) this.#pairs.delete(this.#pairs.keys().next().value!);
    this.#append(pair, decoy);
    return { accepted: true, how: 'given', decoy };
  }

  #seenOf(address: string): { guesses: number; has: boolean } {
    const seen = this.#seen.get(address) ?? { guesses: 0, has: false };
    // The newest stand last.
    this.#seen.delete(address);
    this.#seen.set(address, seen);
    if (this.#seen.size > MOST_ADDRESSES) this.#seen.delete(this.#seen.keys().next().value!);
    return seen;
  }

  /** Words are not kept: a digest is enough to know them again. */
  #keyOf(user: string, password: string): string {
    return createHash('sha256')
      .update(this.#options.seed)
      .update(`${user.length}:`)
      .update(Buffer.from(user, 'latin1'))
      .update(Buffer.from(password, 'latin1'))
      .digest('base64url');
  }

  #isChosen(address: string, pair: string, odds: number): boolean {
    const digest = createHash('sha256').update(this.#options.seed).update(address).update('\0').update(pair).digest();
    return digest.readUInt32LE(0) % odds === 0;
  }

  /** Without room on the disk the pair is known until the sensor ends. */
  #append(pair: string, decoy: Decoy): void {
    try {
      appendFileSync(this.#options.file, `${JSON.stringify({ pair, ...decoy })}\n`, { mode: 0o600 });
    } catch {
      // Told by the journal's own trouble.
    }
  }

  #rewrite(): void {
    const text = [...this.#pairs].map(([pair, decoy]) => `${JSON.stringify({ pair, ...decoy })}\n`).join('');
    writeFileSync(this.#options.file, text, { mode: 0o600 });
  }
}
