// How much the fetcher may take from the network: a number of transfers at once, and bytes a day.

export interface BudgetLimits {
  atOnce: number;
  dayBytes: number;
}

const DAY_MS = 86_400_000;

export class Budget {
  readonly #limits: BudgetLimits;
  readonly #now: () => number;
  #day = 0;
  #spent = 0;
  #running = 0;

  /** @param now milliseconds since the epoch; a day is one of UTC */
  constructor(limits: BudgetLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** A place for one transfer; undefined when all are taken or the day's bytes are spent. */
  begin(): { spend(bytes: number): boolean; end(): void } | undefined {
    this.#turn();
    if (this.#running >= this.#limits.atOnce || this.#spent >= this.#limits.dayBytes) return undefined;
    this.#running++;
    let open = true;
    return {
      /** False: the day's bytes are spent, the transfer must stop. */
      spend: (bytes) => {
        this.#turn();
        this.#spent += bytes;
        return this.#spent < this.#limits.dayBytes;
      },
      end: () => {
        if (open) this.#running--;
        open = false;
      },
    };
  }

  #turn(): void {
    const day = Math.floor(this.#now() / DAY_MS);
    if (day === this.#day) return;
    this.#day = day;
    this.#spent = 0;
  }
}
