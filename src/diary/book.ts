// The diary as the pages use it: an entry by its name or since the last look, remarks to read and to keep.
import type { Config } from '../config/config.ts';
import type { Store } from '../observatory/store.ts';
import { type Diary, type Format, type Lang, writeDiary } from './diary.ts';
import type { Knowledge } from './knowledge.ts';
import { looked, markLooked } from './looked.ts';
import { readRemark, writeRemark } from './remark.ts';
import { masking } from './share.ts';

export interface BookOptions {
  store: Store;
  dataDirectory: string;
  config: Pick<Config, 'diary' | 'sensor'>;
  knowledge: Knowledge;
  now: () => number;
  /** Somebody kept a remark. */
  onRemark?: () => void;
}

export class Book {
  readonly #options: BookOptions;

  constructor(options: BookOptions) {
    this.#options = options;
  }

  /**
   * @param key a day, week or month, or `since`: what came since the last look
   * @throws RangeError for a key that names nothing; LeakError
   */
  entry(key: string, lang: Lang, format: Format): Diary {
    const { store, dataDirectory, config, knowledge } = this.#options;
    const now = this.#options.now();
    const since = () => Math.min(this.looked() ?? store.totals().first ?? now, now - 1);
    return writeDiary(store, {
      ...(key === 'since'
        ? { range: { from: since(), to: now } }
        : { date: key, remarks: readRemark(dataDirectory, key) }),
      lang,
      format,
      config,
      now,
      masking: masking(config.diary.mask, dataDirectory, config.sensor.name ? [config.sensor.name] : []),
      knowledge,
    });
  }

  /** @throws RangeError for a key that names nothing */
  remarks(key: string): string {
    return readRemark(this.#options.dataDirectory, key);
  }

  /** @throws RangeError for a key that names nothing; what the disk says */
  setRemarks(key: string, text: string): void {
    writeRemark(this.#options.dataDirectory, key, text);
    this.#options.onRemark?.();
  }

  /** ms; undefined when nobody has looked yet. */
  looked(): number | undefined {
    return looked(this.#options.dataDirectory);
  }

  markLooked(at: number): void {
    markLooked(this.#options.dataDirectory, at);
  }
}
