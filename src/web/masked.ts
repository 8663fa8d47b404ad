// What a shared link gives away: answers in which addresses, our own names and where we keep things are hidden before they leave.
import { type MaskOptions, maskAddress, maskPieces, maskText } from '../event/mask.ts';
import type { FeedItem } from '../observatory/store.ts';

const HIDDEN = '○○○';
/** Items that are masked in one turn of the event loop. */
const TURN = 50;
/** Without a digit, a colon or a slash there is no address and no link in a text; names are looked for all the same. */
const SUSPECT = /[\d:/]/;
/** Always an address, whatever is written there. */
const ADDRESSES = new Set(['address', 'src_ip', 'peerIP']);
/** Names and numbers of this installation, or of machines. */
const NEVER = new Set(['hostName', 'uuid', 'sensor_uuid', 'here']);
/** Where files lie: the name is enough. */
const PATHS = new Set(['outfile', 'ttylog']);
/** The name of a file that is kept, and the folders before it, which messages tell too. */
const STORED = /[0-9a-f]{64}/;
const FOLDERS = /[^\s"'<>:]{0,400}\/(?=[0-9a-f]{64}(?![0-9a-f]))/g;
/** What attackers did; everything else is about the sensor itself. */
const OF_ATTACKERS = /^(cowrie\.|kansatsuki\.(session|client|forward|herald)\.)/;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class Masked {
  readonly #options: () => MaskOptions;

  /** @param options style, key and the names of ours; asked again for every answer */
  constructor(options: () => MaskOptions) {
    this.#options = options;
  }

  text(text: string, options = this.#options()): string {
    if (!SUSPECT.test(text) && (options.hosts ?? []).length === 0) return text;
    // A control or an escape sequence between two digits hides an address from a pattern, not from a reader.
    const plain = /[\0-\x1f\x7f]/.test(text) ? (maskPieces([text], options.hosts)[0] ?? '') : text;
    return maskText(STORED.test(plain) ? plain.replace(FOLDERS, '') : plain, options);
  }

  /** Any JSON value; its form stays. */
  value<T>(value: T, options = this.#options()): T {
    return this.#masked('', value, options) as T;
  }

  /** The same for an answer of any length: others get their turn. */
  async answer(value: unknown): Promise<unknown> {
    const options = this.#options();
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return this.value(value, options);
    const out: Record<string, unknown> = {};
    for (const [key, part] of Object.entries(value)) {
      if (!Array.isArray(part) || key === 'sensor') {
        const masked = this.#masked(key, part, options);
        if (masked !== undefined) out[key] = masked;
        continue;
      }
      const items: unknown[] = [];
      for (let at = 0; at < part.length; at += TURN) {
        for (const item of part.slice(at, at + TURN)) items.push(this.#masked(key, item, options));
        await turn();
      }
      out[key] = items;
    }
    return out;
  }

  /** Of the live feed, what attackers did. */
  feed(items: readonly FeedItem[]): FeedItem[] {
    const options = this.#options();
    return items.filter(({ eventid }) => OF_ATTACKERS.test(eventid)).map((item) => this.value(item, options));
  }

  #masked(key: string, value: unknown, options: MaskOptions): unknown {
    if (NEVER.has(key)) return undefined;
    if (key === 'sensor') return typeof value === 'string' ? HIDDEN : undefined;
    if (typeof value === 'string') {
      if (ADDRESSES.has(key)) return this.text(maskAddress(value, options), options);
      return this.text(PATHS.has(key) ? value.slice(value.lastIndexOf('/') + 1) : value, options);
    }
    if (Array.isArray(value)) return value.map((item) => this.#masked(key, item, options));
    if (typeof value !== 'object' || value === null) return value;
    const out: Record<string, unknown> = {};
    for (const [name, part] of Object.entries(value)) {
      const masked = this.#masked(name, part, options);
      // A name of JSON may be an attacker's text too.
      if (masked !== undefined)
        Object.defineProperty(out, this.text(name, options), { value: masked, enumerable: true });
    }
    return out;
  }
}
