// How much the fetcher may take from the network: transfers at once, bytes a day, and of both no more than a share for one attacker.
import { isIPv6 } from 'node:net';

export interface BudgetLimits {
  atOnce: number;
  dayBytes: number;
  /** Of one source (an IPv4 address, an IPv6 /64): transfers begun in an hour, and its share of the day's bytes, 0 to 1. Absent: no such limit. */
  perSource?: { anHour: number; ofDay: number };
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Sources that are counted; beyond them nothing is fetched for a new one before the next hour. */
const MOST_SOURCES = 10_000;

interface Spent {
  transfers: number;
  bytes: number;
}

export class Budget {
  readonly #limits: BudgetLimits;
  readonly #now: () => number;
  #day = 0;
  #hour = 0;
  #spent = 0;
  #running = 0;
  readonly #sources = new Map<string, Spent>();

  /** @param now milliseconds since the epoch; a day is one of UTC */
  constructor(limits: BudgetLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /**
   * A place for one transfer that `source` asked for; undefined when all are taken, the day's bytes are spent, or this source has had its
   * share.
   */
  begin(source: string): { spend(bytes: number): boolean; end(): void } | undefined {
    this.#turn();
    const { atOnce, dayBytes, perSource } = this.#limits;
    if (this.#running >= atOnce || this.#spent >= dayBytes) return undefined;
    const spent = this.#of(source);
    const share = dayBytes * (perSource?.ofDay ?? 1);
    if (!spent || (perSource && (spent.transfers >= perSource.anHour || spent.bytes >= share))) return undefined;
    spent.transfers++;
    this.#running++;
    let open = true;
    return {
      /** False: the day's bytes are spent, or this source's of them; the transfer must stop. */
      spend: (bytes) => {
        this.#turn();
        this.#spent += bytes;
        spent.bytes += bytes;
        return this.#spent < dayBytes && spent.bytes < share;
      },
      end: () => {
        if (open) this.#running--;
        open = false;
      },
    };
  }

  #of(source: string): Spent | undefined {
    const key = block(source);
    let spent = this.#sources.get(key);
    if (!spent) {
      if (this.#sources.size >= MOST_SOURCES) return undefined;
      this.#sources.set(key, (spent = { transfers: 0, bytes: 0 }));
    }
    return spent;
  }

  #turn(): void {
    const now = this.#now();
    const [day, hour] = [Math.floor(now / DAY_MS), Math.floor(now / HOUR_MS)];
    if (day !== this.#day) {
      this.#day = day;
      this.#spent = 0;
      this.#sources.clear();
    }
    if (hour === this.#hour) return;
    this.#hour = hour;
    for (const [source, spent] of this.#sources)
      if (spent.bytes === 0) this.#sources.delete(source);
      else spent.transfers = 0;
  }
}

/** One customer has a whole /64 of IPv6. */
function block(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.replace(/%.*/, '').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':') : [];
  const groups = [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
