// The observer's diarist: looks every now and then whether entries are missing or out of date, and has them written in a thread of its own.
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Config } from '../config/config.ts';
import { pending } from '../diary/writing.ts';
import type { Store } from '../observatory/store.ts';
import type { DiaryTask, FromDiary, ToDiary } from './diary-thread.ts';

/** Milliseconds between looks; the first comes soon after the start. */
const EVERY = 5 * 60_000;
const FIRST = 15_000;
const MINUTE = 60_000;
const DAY = 86_400_000;
/** After midnight the last events of a day are still on their way. */
const SETTLED = 2 * MINUTE;

export interface DiaristOptions {
  store: Store;
  /** Of the store, and the folder of the operator's own rules. */
  path: string;
  rules: string;
  config: Config;
  /** A sentence for the operator. */
  onTrouble: (sentence: string) => void;
  now?: () => number;
}

export class Diarist {
  readonly #options: DiaristOptions;
  readonly #worker: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;
  #busy = false;
  #told = '';

  /** Starts the thread (`diary.auto` off: none); nothing is written before `start`. */
  constructor(options: DiaristOptions) {
    this.#options = options;
    const { config, path, rules } = options;
    if (config.diary.auto === 'off') return;
    this.#worker = new Worker(fileOf('diary-thread'), {
      workerData: { config, path, rules } satisfies DiaryTask,
      resourceLimits: { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 256 },
    });
    this.#worker.on('message', (answer: FromDiary) => this.#answered(answer));
    this.#worker.on('error', (error) => {
      clearTimeout(this.#timer);
      this.#tell(`The diary is not written any more until the next start: ${(error as Error).message}.`);
    });
    this.#worker.unref();
  }

  start(): void {
    if (this.#worker) this.#later(FIRST);
  }

  /** Writes what is pending now, for instance after a remark. */
  soon(): void {
    if (this.#worker && !this.#busy) this.#later(1_000);
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#worker?.terminate();
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), ms);
    this.#timer.unref();
  }

  #look(): void {
    const { store, config, now = Date.now } = this.#options;
    const at = now();
    try {
      const keys = pending({ store, dataDirectory: '.', config, now: at - SETTLED });
      if (keys.length > 0) {
        this.#busy = true;
        this.#worker!.postMessage({ keys, now: at } satisfies ToDiary);
        return;
      }
    } catch (error) {
      this.#tell(`The diary could not be written: ${(error as Error).message}.`);
    }
    this.#later(this.#pause(at));
  }

  #answered(answer: FromDiary): void {
    this.#busy = false;
    if ('failed' in answer) this.#tell(`The diary could not be written: ${answer.failed}.`);
    else if (answer.refused.length > 0)
      this.#tell(
        `Not written, because something in it would not have been masked: ${answer.refused.slice(0, 5).join(', ')}.`,
      );
    else this.#told = '';
    this.#later(this.#pause((this.#options.now ?? Date.now)()));
  }

  /** To the next look, or to shortly after midnight when that is nearer. */
  #pause(now: number): number {
    return Math.min(EVERY, DAY - ((now - SETTLED) % DAY) + 1_000);
  }

  /** The same trouble is told once. */
  #tell(sentence: string): void {
    if (sentence === this.#told) return;
    this.#told = sentence;
    this.#options.onTrouble(sentence);
  }
}

const fileOf = (thread: string): string =>
  join(import.meta.dirname, `${thread}.${import.meta.filename.endsWith('.ts') ? 'ts' : 'js'}`);
