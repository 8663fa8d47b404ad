// The clock of a replay: where it stands, how fast it runs, and the screens that follow it. Draws nothing.
import { Finder, type Hit } from './finder.ts';
import { after, type Mark, type Recording } from './recording.ts';
import { Reel } from './reel.ts';
import { Timeline } from './timeline.ts';

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16, 32] as const;
/** Seconds. */
export const IDLES = [0.5, 2, 5, Number.POSITIVE_INFINITY] as const;

/** Milliseconds of a frame that screens may take to catch up. */
const BUDGET_MS = 10;
/** Longer than that between two frames, the page was asleep: time stood still. */
const ASLEEP_MS = 1000;

/** A mark and whose it is. */
export type OwnMark = Mark & { reel: number };
export type OwnHit = Hit & { reel: number };

export class Playback {
  readonly reels: readonly Reel[];
  readonly marks: OwnMark[] = [];
  timeline: Timeline;
  playing = false;
  speed: number;
  idle: number;
  /** Seconds, as they were. */
  at = 0;
  /** The recording grows, and what comes is shown at once. */
  live = false;
  /** Screens are not there yet: they catch up. */
  busy = false;
  /** A place in the text that is looked at, between two moments. */
  #exact: OwnHit | undefined;
  readonly #finders: Finder[];
  #before: number | undefined;
  readonly #changed: () => void;

  /** @param changed called when something a control shows has changed; not for time that passes */
  constructor(recordings: readonly Recording[], { speed, idle }: { speed: number; idle: number }, changed: () => void) {
    this.reels = recordings.map((recording) => new Reel(recording));
    this.#finders = recordings.map((recording) => new Finder(recording));
    this.speed = speed;
    this.idle = idle;
    this.#changed = changed;
    this.timeline = Timeline.of(recordings, idle);
    this.#gather();
  }

  get length(): number {
    return this.timeline.length;
  }

  get ended(): boolean {
    return this.at >= this.length;
  }

  /** Time goes on by what has passed since the last frame. Returns whether there is more to do without being asked. */
  frame(now: number): boolean {
    const passed = this.#before === undefined ? 0 : now - this.#before;
    this.#before = now;
    // Who cannot keep up runs slower, and loses nothing.
    if (this.playing && !this.busy && passed < ASLEEP_MS) {
      const { timeline } = this;
      if (this.live) this.at = this.length;
      else this.at = Math.min(this.length, timeline.truth(timeline.shown(this.at) + (passed / 1000) * this.speed));
      if (this.ended && !this.live) this.#set({ playing: false });
    }
    const busy = !this.#follow();
    if (busy !== this.busy) {
      this.busy = busy;
      this.#changed();
    }
    // What grows calls by itself.
    const going = (this.playing && !this.live) || busy;
    if (!going) this.#before = undefined;
    return going;
  }

  toggle(playing = !this.playing): void {
    this.#exact = undefined;
    if (playing && this.ended && !this.live) this.at = 0;
    this.#set({ playing });
  }

  /** To a moment, in seconds as they were. */
  seek(at: number): void {
    this.#exact = undefined;
    this.live = false;
    this.at = Math.min(Math.max(0, at), this.length);
    this.#changed();
  }

  /** Seconds as they are shown: what a viewer feels. */
  skip(seconds: number): void {
    this.seek(this.timeline.truth(this.timeline.shown(this.at) + seconds));
  }

  /** To a part of the whole, as it is shown. */
  seekPart(part: number): void {
    this.seek(this.timeline.truth(part * this.timeline.total));
  }

  /** To the next or the previous command; back goes to the present one's begin first, as players of music do. */
  mark(direction: 1 | -1): void {
    const eps = direction > 0 ? 0.001 : -0.6;
    const found =
      direction > 0
        ? this.marks.find(({ at }) => at > this.at + eps)
        : this.marks.findLast(({ at }) => at < this.at + eps);
    if (found) this.seek(found.at);
    else this.seek(direction > 0 ? this.length : 0);
  }

  /** One event on, or back. */
  step(direction: 1 | -1): void {
    this.toggle(false);
    const at = this.reels.map(({ recording: { times } }) =>
      direction > 0 ? times[after(times, this.at)] : times[before(times, this.at) - 1],
    );
    const moments = at.filter((moment) => moment !== undefined);
    if (moments.length > 0) this.seek(direction > 0 ? Math.min(...moments) : Math.max(...moments));
  }

  faster(direction: 1 | -1): void {
    const i = SPEEDS.findIndex((speed) => speed >= this.speed);
    this.setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, i + direction))]!);
  }

  setSpeed(speed: number): void {
    this.#set({ speed });
  }

  setIdle(idle: number): void {
    this.idle = idle;
    this.#measure();
    this.#changed();
  }

  /** To the end of a recording that grows, and on with it. */
  goLive(): void {
    this.#exact = undefined;
    this.live = true;
    this.at = this.length;
    this.#set({ playing: true });
  }

  /** The recording is finished: nothing more will come. */
  close(): void {
    if (!this.live) return;
    this.live = false;
    this.#set({ playing: false });
  }

  /** The recordings have grown. */
  grew(): void {
    this.#measure();
    this.#gather();
    this.#changed();
  }

  async find(wanted: string, signal?: AbortSignal): Promise<OwnHit[]> {
    const found = await Promise.all(this.#finders.map((finder) => finder.find(wanted, signal)));
    const all = found.flatMap((hits, reel) => hits.map((hit) => ({ ...hit, reel })));
    return all.sort((a, b) => a.at - b.at || a.reel - b.reel || a.index - b.index || a.chars - b.chars);
  }

  /** To where a hit has just been written. */
  show(hit: OwnHit): void {
    this.toggle(false);
    this.seek(hit.at);
    this.#exact = { ...this.#finders[hit.reel]!.locate(hit), reel: hit.reel };
    this.#changed();
  }

  /** The screen that a hit is shown on, while it is. */
  get shownHit(): OwnHit | undefined {
    return this.#exact;
  }

  #follow(): boolean {
    let there = true;
    for (const [i, reel] of this.reels.entries()) {
      const exact = this.#exact?.reel === i ? this.#exact : undefined;
      const index = exact?.index ?? after(reel.recording.times, this.at);
      if (!reel.to(index, exact?.chars, BUDGET_MS)) there = false;
    }
    return there;
  }

  #measure(): void {
    this.timeline = Timeline.of(
      this.reels.map(({ recording }) => recording),
      this.idle,
    );
  }

  #gather(): void {
    this.marks.length = 0;
    for (const [reel, { recording }] of this.reels.entries())
      for (const mark of recording.marks) this.marks.push({ ...mark, reel });
    this.marks.sort((a, b) => a.at - b.at);
  }

  #set(changes: { playing?: boolean; speed?: number }): void {
    Object.assign(this, changes);
    this.#changed();
  }
}

/** How many values are smaller. */
function before(sorted: readonly number[], value: number): number {
  let i = after(sorted, value);
  while (i > 0 && sorted[i - 1] === value) i--;
  return i;
}
