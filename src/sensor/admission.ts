// Which connections are taken: bounds in all, per address and of those not yet logged in; refusals are counted, not logged one by one.

export interface AdmissionLimits {
  connections: number;
  perAddress: number;
}

export type RefusalReason = 'per_address' | 'global' | 'startups';

/** A connection's place; `release` gives it back. Both calls may be repeated. */
export interface Place {
  authenticated(): void;
  release(): void;
}

/**
 * Connections not yet logged in, as sshd's MaxStartups start:rate:full, in parts of the bound of all: from the first on
 * they are dropped at random with `rate`, rising to certainty at the second. sshd's own 10:30:100 would drop what this
 * sensor exists for.
 */
const STARTUPS = { start: 0.25, rate: 0.3, full: 0.75 };
/** One event a minute and reason. */
const REPORT_EVERY_MS = 60_000;
const MOST_ADDRESSES = 20;

export interface AdmissionReport {
  reason: RefusalReason;
  count: number;
  src_ips: string[];
}

export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #random: () => number;
  readonly #after: (ms: number, run: () => void) => () => void;
  readonly #report: (report: AdmissionReport) => void;
  readonly #byAddress = new Map<string, number>();
  readonly #pending = new Map<RefusalReason, { count: number; addresses: Set<string> }>();
  #total = 0;
  #startups = 0;

  constructor(
    limits: AdmissionLimits,
    random: () => number,
    after: (ms: number, run: () => void) => () => void,
    report: (report: AdmissionReport) => void,
  ) {
    this.#limits = limits;
    this.#random = random;
    this.#after = after;
    this.#report = report;
  }

  /** Connections that hold a place. */
  get total(): number {
    return this.#total;
  }

  /** A place, or the reason why there is none (already counted). */
  admit(address: string): Place | RefusalReason {
    const key = addressKey(address);
    const sameAddress = this.#byAddress.get(key) ?? 0;
    const reason = this.#refusal(sameAddress);
    if (reason) {
      this.#count(reason, address);
      return reason;
    }
    this.#total++;
    this.#startups++;
    this.#byAddress.set(key, sameAddress + 1);
    let starting = true;
    let held = true;
    const authenticated = () => {
      if (starting) this.#startups--;
      starting = false;
    };
    return {
      authenticated,
      release: () => {
        if (!held) return;
        held = false;
        authenticated();
        this.#total--;
        const left = this.#byAddress.get(key)! - 1;
        if (left > 0) this.#byAddress.set(key, left);
        else this.#byAddress.delete(key);
      },
    };
  }

  #refusal(sameAddress: number): RefusalReason | undefined {
    const { connections, perAddress } = this.#limits;
    if (this.#total >= connections) return 'global';
    if (sameAddress >= perAddress) return 'per_address';
    const start = connections * STARTUPS.start;
    const full = connections * STARTUPS.full;
    if (this.#startups < start) return undefined;
    const chance = STARTUPS.rate + ((1 - STARTUPS.rate) * (this.#startups - start)) / (full - start);
    return this.#random() < chance ? 'startups' : undefined;
  }

  #count(reason: RefusalReason, address: string): void {
    const pending = this.#pending.get(reason);
    if (pending) {
      pending.count++;
      if (pending.addresses.size < MOST_ADDRESSES) pending.addresses.add(address);
      return;
    }
    // The first is told at once, those of the next minute together.
    this.#report({ reason, count: 1, src_ips: [address] });
    this.#pending.set(reason, { count: 0, addresses: new Set() });
    this.#after(REPORT_EVERY_MS, () => this.#tell(reason));
  }

  #tell(reason: RefusalReason): void {
    const { count, addresses } = this.#pending.get(reason)!;
    this.#pending.delete(reason);
    if (count === 0) return;
    this.#report({ reason, count, src_ips: [...addresses] });
    this.#pending.set(reason, { count: 0, addresses: new Set() });
    this.#after(REPORT_EVERY_MS, () => this.#tell(reason));
  }

  /** Tells what is still counted, for the end of the process. */
  flush(): void {
    for (const [reason, { count, addresses }] of this.#pending)
      if (count > 0) this.#report({ reason, count, src_ips: [...addresses] });
    this.#pending.clear();
  }
}

/** Who counts as one: an IPv4 address, or the /64 of an IPv6 address. */
export function addressKey(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const front = head ? head.split(':') : [];
  const back = tail ? tail.split(':') : [];
  const full =
    tail === undefined ? front : [...front, ...Array(Math.max(0, 8 - front.length - back.length)).fill('0'), ...back];
  return `${full
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, '').toLowerCase())
    .join(':')}::/64`;
}

/** A peer's address as events carry it: IPv4-mapped IPv6 as plain IPv4. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}
