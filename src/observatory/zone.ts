// Hour and weekday in a time zone, for many moments at once: the offset is asked for twice a day, and between only where it changes.

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export class Zone {
  readonly #format: Intl.DateTimeFormat;
  /** Offset in milliseconds by day (UTC, since the epoch); undefined where it changes within. */
  readonly #offsets = new Map<number, number | undefined>();

  /**
   * @param name IANA name, or `UTC`
   * @throws RangeError when it is unknown
   */
  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** Milliseconds that local time is ahead of UTC at a moment. */
  offset(ms: number): number {
    const day = Math.floor(ms / DAY);
    if (!this.#offsets.has(day)) {
      const [begin, end] = [this.#offsetAt(day * DAY), this.#offsetAt((day + 1) * DAY)];
      this.#offsets.set(day, begin === end ? begin : undefined);
    }
    return this.#offsets.get(day) ?? this.#offsetAt(ms);
  }

  #offsetAt(ms: number): number {
    const part: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(ms)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    const seconds = Math.floor(ms / 1000) * 1000;
    return Date.UTC(year, month - 1, day, hour, minute, second) - seconds;
  }

  /** Weekday (0: Monday) and hour of a moment. */
  hourOfWeek(ms: number): { weekday: number; hour: number } {
    const local = ms + this.offset(ms);
    // 1970-01-01 was a Thursday.
    return {
      weekday: (((Math.floor(local / DAY) + 3) % 7) + 7) % 7,
      hour: Math.floor((((local % DAY) + DAY) % DAY) / HOUR),
    };
  }
}
