// A line between its hand-over to a shell and its end: what it touched meanwhile, and the event that it becomes.
import { lossyText, visible, visibleBytes } from '../event/escape.ts';
import type { Fields } from '../event/event.ts';
import { analyse } from '../line/analyse.ts';
import type { Analysis } from '../line/findings.ts';
import type { Bytes, Touch } from '../machine/machine.ts';

/** Different paths of one kind that are told of. */
const MOST_PATHS = 32;
const LONGEST_PATH = 512;
/** Characters of the line that are repeated: the whole is in the `cowrie.command.input` before it. */
const LONGEST_INPUT = 1024;

export class OpenLine {
  readonly #text: Bytes;
  readonly #since: number;
  readonly #paths = new Map<Touch, Set<Bytes>>();
  #cut = false;

  /** @param now milliseconds since the epoch */
  constructor(text: Bytes, now: number) {
    this.#text = text;
    this.#since = now;
  }

  /** The line as `cowrie.command.input` has it. */
  get text(): string {
    return lossyText(this.#text);
  }

  touched(how: Touch, path: Bytes): void {
    let paths = this.#paths.get(how);
    if (!paths) this.#paths.set(how, (paths = new Set()));
    if (paths.size < MOST_PATHS) paths.add(path);
    else if (!paths.has(path)) this.#cut = true;
  }

  /** @param status undefined: its session ended before it did */
  ended(now: number, status?: number): Fields['kansatsuki.session.line'] {
    const { commands, decoded, urls, addresses, keys, cut } = analysed(this.#text);
    const some = <T>(list: readonly T[]) => (list.length > 0 ? list : undefined);
    const paths = (how: Touch) =>
      some([...(this.#paths.get(how) ?? [])].map((path) => visibleBytes(path.slice(0, LONGEST_PATH))));
    return defined({
      input: visible(this.text.slice(0, LONGEST_INPUT)),
      commands: commands.flatMap(({ name, arguments: args }) => (name === '' ? [] : [{ name, arguments: args }])),
      decoded: some(decoded),
      urls: some(urls),
      addresses: some(addresses),
      ssh_keys: some(keys),
      read: paths('read'),
      written: paths('written'),
      removed: paths('removed'),
      executed: paths('executed'),
      cut: cut || this.#cut ? (true as const) : undefined,
      exit_code: status,
      duration_ms: Math.max(0, Math.round(now - this.#since)),
    });
  }
}

const defined = <T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

/** Bots say the same all day long. */
const cache = new Map<Bytes, Analysis>();
const MOST_CACHED = 500;
const LONGEST_CACHED = 2048;

function analysed(text: Bytes): Analysis {
  const known = cache.get(text);
  if (known) return known;
  const analysis = analyse(text);
  if (text.length <= LONGEST_CACHED) {
    if (cache.size >= MOST_CACHED) cache.clear();
    cache.set(text, analysis);
  }
  return analysis;
}
