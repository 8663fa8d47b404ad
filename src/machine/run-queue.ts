// The processor of the house: who may work next. Sessions take turns of about a millisecond; whoever has used least goes first.

import { settle } from './work.ts';

/** Steps (about a microsecond each) in one turn of a session. */
const TURN = 1500;
/** Steps of all sessions together between two looks at the network. */
const ROUND = 6000;
/** A session that slept is put this far ahead of the others, and no further, milliseconds. */
const BONUS = 20;
/**
 * What a session may do before all that never sleep, milliseconds: it earns a share of the time it waited for its attacker. Among a
 * thousand that are always busy, an equal share would be less than a person needs.
 */
const CREDIT = { start: 5, most: 60, share: 0.5, sleep: 5 };
/** Before everyone without credit. */
const AHEAD = 1e12;
/** Real milliseconds after which a round ends whatever was counted: some work is more than its steps say. Asked at every so many steps. */
const LONGEST_ROUND = 6;
const ASKED = 4;
/** With credit, a round may grow to so many of its usual length. */
const STRETCH = 3;
/** CPU a session has in hand at its start, milliseconds. */
export const ALLOWANCE = 3000;
/** Milliseconds between two looks at the memory, and after one at which processes were killed: a collection takes its time. */
const LOOK = 50;
const GRACE = 150;
/** Share of the busy sessions that lose a process then. */
const KILLED = 0.05;
/** Share of the time at which the allowance grows again. */
const REFILL = 0.1;
/** Sessions beyond their allowance share this much of the processor. */
const TRICKLE = 0.5;

export interface QueueClock {
  now(): number;
  after(ms: number, run: () => void): () => void;
}

/** What one session has used. */
export class Meter {
  /** Steps in the current round. */
  turn = 0;
  round = -1;
  /** Milliseconds used, on the scale by which sessions are compared. */
  virtual = 0;
  /** Milliseconds left before only a trickle is given; negative: in debt. */
  allowance = ALLOWANCE;
  refilled: number;
  /** See CREDIT; milliseconds. */
  credit = CREDIT.start;
  /** When it last worked, or got its turn. */
  active: number;
  /** Place in the queue; what it uses while it waits there does not count. */
  key = 0;
  /** How much it may hold: milliseconds of work and 100 kB read count the same, since a process of it was killed. */
  appetite = 0;
  /** Ends the process of the session that has worked most. */
  kill: (() => void) | undefined;
  waiting: (() => void)[] | undefined;
  queued = false;
  exhausted = false;

  constructor(now: number) {
    this.refilled = now;
    this.active = now;
  }
}

export class RunQueue {
  readonly #clock: QueueClock;
  /** Number of the current round; a new one begins after the loop has looked at the network. */
  #round = 0;
  #spent = 0;
  /** When the round began, and calls since. */
  #since = 0;
  #calls = 0;
  #armed = false;
  /** Binary heap by `virtual`. */
  readonly #heap: Meter[] = [];
  #least = 0;
  #exhausted = 0;
  readonly #meters = new Set<Meter>();
  readonly #short: () => boolean;
  #looked = 0;

  /** `short`: the memory of the host runs short, and whoever has used most has to go. */
  constructor(clock: QueueClock, short: () => boolean = () => false) {
    this.#clock = clock;
    this.#short = short;
  }

  meter(): Meter {
    const meter = new Meter(this.#clock.now());
    meter.virtual = this.#least;
    this.#meters.add(meter);
    return meter;
  }

  /** Nothing of the session runs any more. */
  forget(meter: Meter): void {
    this.#meters.delete(meter);
  }

  /** As the kernel's OOM killer: ends a process of each of the sessions with the largest appetite. */
  #relieve(): void {
    const now = this.#clock.now();
    if (now - this.#looked < LOOK || !this.#short()) return;
    this.#looked = now + GRACE - LOOK;
    // Whoever mostly waits for a person holds little.
    const busy = [...this.#meters].filter((meter) => meter.credit <= 0).sort((a, b) => b.appetite - a.appetite);
    for (const meter of busy.slice(0, Math.ceil(busy.length * KILLED))) {
      meter.appetite = 0;
      meter.kill?.();
    }
  }

  /** Counts work of a session; a promise when its turn is over. */
  step(meter: Meter, steps: number): Promise<void> | undefined {
    const count = steps + settle();
    if (meter.round !== this.#round) {
      meter.round = this.#round;
      meter.turn = 0;
      if (meter.virtual < this.#least - BONUS) meter.virtual = this.#least - BONUS;
      this.#earn(meter);
      this.#arm();
    }
    meter.turn += count;
    this.#spent += count;
    meter.virtual += count / 1000;
    meter.appetite += count / 1000;
    meter.allowance -= count / 1000;
    meter.credit -= steps / 1000;
    const stretch = meter.credit > 0 ? STRETCH : 1;
    if (meter.turn < TURN && this.#spent < stretch * ROUND && !this.#late(stretch * LONGEST_ROUND)) return undefined;
    return new Promise((resolve) => this.#enqueue(meter, resolve));
  }

  #late(most: number): boolean {
    return (++this.#calls & (ASKED - 1)) === 0 && this.#clock.now() - this.#since > most;
  }

  /** Whoever waits for his turn does not sleep. */
  #earn(meter: Meter): void {
    const now = this.#clock.now();
    const slept = meter.queued ? 0 : now - meter.active;
    meter.active = now;
    if (slept > CREDIT.sleep) meter.credit = Math.min(CREDIT.most, Math.max(0, meter.credit) + slept * CREDIT.share);
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    this.#since = this.#clock.now();
    setImmediate(() => this.#next());
  }

  #enqueue(meter: Meter, resume: () => void): void {
    (meter.waiting ??= []).push(resume);
    if (meter.queued) return;
    meter.queued = true;
    const now = this.#clock.now();
    const share = Math.min(REFILL, TRICKLE / Math.max(1, this.#exhausted));
    meter.allowance = Math.min(ALLOWANCE, meter.allowance + Math.max(0, now - meter.refilled) * share);
    meter.refilled = now;
    const exhausted = meter.allowance <= 0;
    if (exhausted !== meter.exhausted) {
      meter.exhausted = exhausted;
      this.#exhausted += exhausted ? 1 : -1;
    }
    // Nobody is in debt while he answers the person who types.
    if (exhausted && meter.credit <= 0) this.#clock.after(Math.min(1000, TURN / 1000 / share), () => this.#push(meter));
    else this.#push(meter);
  }

  /** A session has ended: it no longer counts among those in debt. */
  leave(meter: Meter): void {
    if (meter.exhausted) this.#exhausted--;
    meter.exhausted = false;
  }

  #push(meter: Meter): void {
    meter.key = meter.credit > 0 ? -meter.credit - AHEAD : meter.virtual;
    const heap = this.#heap;
    let at = heap.push(meter) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (heap[up]!.key <= meter.key) break;
      heap[at] = heap[up]!;
      at = up;
    }
    heap[at] = meter;
    this.#arm();
  }

  #pop(): Meter | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.key < heap[child]!.key) child++;
      if (heap[child]!.key >= last.key) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }

  /** Starts a new round and lets one session go on; its work is done before the next call. */
  #next(): void {
    this.#armed = false;
    this.#since = this.#clock.now();
    this.#round++;
    this.#spent = 0;
    // Whoever owes it has ended, or waits: it is nobody else's.
    settle();
    this.#relieve();
    const meter = this.#pop();
    if (!meter) return;
    this.#least = Math.max(this.#least, meter.virtual);
    meter.queued = false;
    meter.active = this.#clock.now();
    meter.turn = 0;
    meter.round = this.#round;
    const waiting = meter.waiting!;
    meter.waiting = undefined;
    // All processes of the session share its turn: the first goes on, the others follow if something is left.
    waiting.shift()!();
    if (waiting.length > 0) for (const resume of waiting) this.#enqueue(meter, resume);
    if (this.#heap.length > 0) this.#arm();
  }
}
