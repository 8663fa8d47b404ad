// Sources that sshd refuses for a while after failures: PerSourcePenalties (OpenSSH 9.8 and later, srclimit.c).
import { type BlockSize, sourceBlock } from './source-block.ts';

/** Seconds by what happened, and their bounds; a row of `personas/ssh/*.json`. */
export interface PenaltyRules {
  authfail: number;
  noauth: number;
  graceExceeded: number;
  /** Refused only once more than this has come together. */
  min: number;
  max: number;
}

/** How a connection ended that never logged in. */
export type Offence = 'authfail' | 'noauth' | 'graceExceeded';

/** Sources kept, as sshd's max-sources4 and max-sources6 in overflow mode permissive: the first to expire makes room. */
const MOST_SOURCES = 65_536;

interface Penalty {
  /** Milliseconds, monotonic. */
  expires: number;
  active: boolean;
}

export class Penalties {
  readonly #rules: PenaltyRules;
  readonly #block: BlockSize;
  readonly #now: () => number;
  readonly #bySource = new Map<string, Penalty>();

  /** @param now milliseconds, monotonic */
  constructor(rules: PenaltyRules, block: BlockSize, now: () => number) {
    this.#rules = rules;
    this.#block = block;
    this.#now = now;
  }

  refuses(address: string): boolean {
    const source = sourceBlock(address, this.#block);
    const penalty = this.#bySource.get(source);
    if (!penalty) return false;
    if (penalty.expires > this.#now()) return penalty.active;
    this.#bySource.delete(source);
    return false;
  }

  penalise(address: string, offence: Offence): void {
    const seconds = this.#rules[offence];
    if (seconds <= 0) return;
    const { min, max } = this.#rules;
    const now = this.#now();
    const source = sourceBlock(address, this.#block);
    const known = this.#bySource.get(source);
    if (known && known.expires > now) {
      known.expires = Math.min(known.expires + seconds * 1000, now + max * 1000);
      if (known.expires - now > min * 1000) known.active = true;
      return;
    }
    this.#bySource.delete(source);
    this.#bySource.set(source, { expires: now + seconds * 1000, active: seconds > min });
    if (this.#bySource.size > MOST_SOURCES) this.#trim(now);
  }

  /** Drops what has expired; if that is nothing, the eighth that comes first. */
  #trim(now: number): void {
    for (const [source, { expires }] of this.#bySource) if (expires <= now) this.#bySource.delete(source);
    if (this.#bySource.size <= MOST_SOURCES) return;
    const byExpiry = [...this.#bySource].sort(([, a], [, b]) => a.expires - b.expires);
    for (const [source] of byExpiry.slice(0, MOST_SOURCES / 8)) this.#bySource.delete(source);
  }
}
