// How often a password or a login link may be tried: a bucket for each address and one for all together.

/** Tries at once, and milliseconds until another is allowed. */
interface Allowance {
  burst: number;
  refill: number;
}
const EACH: Allowance = { burst: 5, refill: 20_000 };
const ALL: Allowance = { burst: 30, refill: 2_000 };
const ADDRESSES = 4_096;

interface Bucket {
  left: number;
  at: number;
}

export class Tries {
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();
  readonly #all: Bucket;

  constructor(now: () => number) {
    this.#now = now;
    this.#all = { left: ALL.burst, at: now() };
  }

  /** Takes one try; 0 when it is allowed, otherwise seconds to wait. */
  take(address: string): number {
    const key = network(address);
    const bucket = this.#buckets.get(key) ?? { left: EACH.burst, at: this.#now() };
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    // The one that tried longest ago is forgotten first.
    if (this.#buckets.size > ADDRESSES) this.#buckets.delete(this.#buckets.keys().next().value!);
    const wait = Math.max(this.#missing(bucket, EACH), this.#missing(this.#all, ALL));
    if (wait > 0) return Math.ceil(wait / 1000);
    bucket.left--;
    this.#all.left--;
    return 0;
  }

  /** A try that succeeded costs nothing. */
  giveBack(address: string): void {
    const bucket = this.#buckets.get(network(address));
    if (bucket) bucket.left++;
    this.#all.left++;
  }

  #missing(bucket: Bucket, { burst, refill }: Allowance): number {
    const now = this.#now();
    bucket.left = Math.min(burst, bucket.left + Math.max(0, now - bucket.at) / refill);
    bucket.at = now;
    return bucket.left >= 1 ? 0 : (1 - bucket.left) * refill;
  }
}

/** An IPv6 customer has a whole /64. */
const network = (address: string): string =>
  address.includes(':') && !address.includes('.') ? address.split(':').slice(0, 4).join(':') : address;
