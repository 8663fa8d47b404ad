// Which connections are taken: bounds in all, per source, and of those not yet logged in as sshd's MaxStartups; refusals are counted, not logged one by one.
import { PROTOCOLS, type Protocol } from '../event/event.ts';
import type { Penalties } from './penalties.ts';
import { type BlockSize, sourceBlock } from './source-block.ts';

/** MaxStartups: from `start` connections on one in hundred times `rate` is dropped at random, rising to all at `full`. */
export interface Startups {
  start: number;
  /** Percent. */
  rate: number;
  full: number;
}

export interface AdmissionLimits {
  connections: number;
  perAddress: number;
  /** Each protocol counts its own. */
  startups: Startups;
  /** PerSourceMaxStartups; 0: none. */
  perSourceStartups: number;
  /** PerSourceNetBlockSize. */
  block: BlockSize;
}

export type RefusalReason = 'per_address' | 'global' | 'startups' | 'per_source' | 'penalty' | 'proxy';

/** A connection's place; `release` gives it back. Both calls may be repeated. */
export interface Place {
  authenticated(): void;
  release(): void;
}

/**
 * `START:RATE:FULL`; an empty text is a part of the bound of all, since sshd's own 10:30:100 would drop what this sensor
 * exists for.
 */
export function parseStartups(text: string, connections: number): Startups {
  if (text === '')
    return {
      start: Math.max(1, Math.floor(connections / 4)),
      rate: 30,
      full: Math.max(1, Math.floor((connections * 3) / 4)),
    };
  const [start = 0, rate = 0, full = 0] = text.split(':').map(Number);
  return { start, rate, full };
}

/** `IPV4:IPV6`, in bits. */
export function parseBlock(text: string): BlockSize {
  const [ipv4 = 32, ipv6 = 128] = text.split(':').map(Number);
  return { ipv4, ipv6 };
}

/** One event a minute and reason. */
const REPORT_EVERY_MS = 60_000;
const MOST_ADDRESSES = 20;

export interface AdmissionReport {
  reason: RefusalReason;
  count: number;
  src_ips: string[];
}

/** Connections of one protocol that have not logged in. */
class Starting {
  total = 0;
  readonly bySource = new Map<string, number>();
}

export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #random: () => number;
  readonly #after: (ms: number, run: () => void) => () => void;
  readonly #report: (report: AdmissionReport) => void;
  readonly #byAddress = new Map<string, number>();
  readonly #starting = Object.fromEntries(PROTOCOLS.map((name) => [name, new Starting()])) as Record<
    Protocol,
    Starting
  >;
  readonly #pending = new Map<RefusalReason, { count: number; addresses: Set<string> }>();
  #total = 0;

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

  /**
   * A place, or the reason why there is none (already counted).
   *
   * @param penalties of the SSH server that is asked
   */
  admit(protocol: Protocol, address: string, penalties?: Penalties): Place | RefusalReason {
    const source = sourceBlock(address, this.#limits.block);
    const starting = this.#starting[protocol];
    const reason = this.#refusal(protocol, address, source, penalties);
    if (reason) {
      this.refused(reason, address);
      return reason;
    }
    this.#total++;
    starting.total++;
    add(this.#byAddress, source, 1);
    add(starting.bySource, source, 1);
    let isStarting = true;
    let held = true;
    const authenticated = () => {
      if (!isStarting) return;
      isStarting = false;
      starting.total--;
      add(starting.bySource, source, -1);
    };
    return {
      authenticated,
      release: () => {
        if (!held) return;
        held = false;
        authenticated();
        this.#total--;
        add(this.#byAddress, source, -1);
      },
    };
  }

  /** In sshd's order: penalties, MaxStartups, PerSourceMaxStartups (sshd.c, drop_connection); our own bounds before them. */
  #refusal(
    protocol: Protocol,
    address: string,
    source: string,
    penalties: Penalties | undefined,
  ): RefusalReason | undefined {
    const { connections, perAddress, startups, perSourceStartups } = this.#limits;
    if (this.#total >= connections) return 'global';
    if ((this.#byAddress.get(source) ?? 0) >= perAddress) return 'per_address';
    if (penalties?.refuses(address)) return 'penalty';
    const { total, bySource } = this.#starting[protocol];
    if (this.#drops(total, startups)) return 'startups';
    if (perSourceStartups > 0 && (bySource.get(source) ?? 0) >= perSourceStartups) return 'per_source';
    return undefined;
  }

  /** should_drop_connection of sshd.c, in its whole numbers. */
  #drops(total: number, { start, rate, full }: Startups): boolean {
    if (total < start) return false;
    if (total >= full || rate === 100) return true;
    const percent = rate + Math.floor(((100 - rate) * (total - start)) / (full - start));
    return Math.floor(this.#random() * 100) < percent;
  }

  /** Counts a connection that was refused, here or before it came to a place. */
  refused(reason: RefusalReason, address: string): void {
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

function add(counts: Map<string, number>, key: string, by: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
