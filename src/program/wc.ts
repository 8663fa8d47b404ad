// wc (GNU coreutils): counts lines, words, characters and bytes.
import type { Bytes } from '../machine/machine.ts';
import { reason } from './failure.ts';
import { openInput } from './input.ts';
import { gnu } from './program.ts';
import { isUtf8, quoteAlways, quoteIfNeeded } from './quote.ts';

export const names = ['wc'];

const KEYS = ['l', 'w', 'm', 'c', 'L'] as const;
type Counts = Record<(typeof KEYS)[number], number>;
const none = (): Counts => ({ l: 0, w: 0, m: 0, c: 0, L: 0 });

export const main = gnu({
  short: 'clLmw',
  long: { bytes: 'c', chars: 'm', lines: 'l', words: 'w', 'max-line-length': 'L', 'files0-from=': 'files0' },
  usage: '[OPTION]... [FILE]...',
  async run(run) {
    const { process } = run;
    let shown = KEYS.filter((key) => run.has(key));
    if (shown.length === 0) shown = ['l', 'w', 'c'];
    let names: Bytes[] = run.operands.length ? run.operands : [''];
    const list = run.value('files0');
    if (list !== undefined) {
      let text: Bytes;
      try {
        text = list === '-' ? await process.readAll(0) : process.readFile(list);
      } catch (error) {
        return run.fail(`cannot open ${quoteAlways(list)} for reading: ${reason(error)}`);
      }
      names = text.split('\0').filter((n) => n !== '');
    }
    const utf8 = isUtf8(process);
    const total = none();
    const rows: { counts: Counts; name: Bytes }[] = [];
    let sizes = 0;
    let irregular = false;
    const width = () => {
      if (rows.length <= 1 && names.length <= 1 && shown.length === 1) return 1;
      const digits = String(sizes).length;
      return irregular ? Math.max(7, digits) : digits;
    };
    // The width of columns comes from the sizes of all files, known before anything is read.
    for (const name of names) {
      try {
        const stat = name === '' || name === '-' ? process.descriptors.get(0)?.stat() : process.files.stat(name, true);
        if (stat?.type === 'file') sizes += stat.size;
        else irregular = true;
      } catch (error) {
        reason(error);
      }
    }
    const print = (counts: Counts, name: Bytes) => {
      const w = run.applet ? (shown.length === 1 ? 1 : 9) : names.length === 1 && shown.length === 1 ? 1 : width();
      run.put(
        shown.map((key) => String(counts[key]).padStart(w)).join(' ') + (name === '' ? '' : ` ${quoteIfNeeded(name)}`),
      );
      run.put('\n');
    };
    for (const name of names) {
      let input: ReturnType<typeof openInput> | undefined;
      const counts = none();
      try {
        input = openInput(process, name === '' ? '-' : name);
        const counter = new Counter(
          counts,
          utf8,
          shown.some((k) => k === 'w' || k === 'm' || k === 'L'),
        );
        for (let chunk: Bytes; (chunk = await input.read()) !== ''; ) counter.take(chunk);
        counter.end();
      } catch (error) {
        const words = reason(error);
        await run.warn(`${quoteIfNeeded(name)}: ${words}`);
        if (!input || words !== 'Is a directory') continue;
      } finally {
        input?.close();
      }
      rows.push({ counts, name });
      for (const key of KEYS) total[key] = key === 'L' ? Math.max(total.L, counts.L) : total[key] + counts[key];
      print(counts, name);
    }
    if (names.length > 1) print(total, 'total');
    return undefined;
  },
});

/** Counts over chunks: states survive their borders. */
class Counter {
  readonly #counts: Counts;
  readonly #utf8: boolean;
  readonly #details: boolean;
  #inWord = false;
  #column = 0;

  constructor(counts: Counts, utf8: boolean, details: boolean) {
    this.#counts = counts;
    this.#utf8 = utf8;
    this.#details = details;
  }

  take(chunk: Bytes): void {
    const counts = this.#counts;
    counts.c += chunk.length;
    if (!this.#details) {
      for (let i = chunk.indexOf('\n'); i >= 0; i = chunk.indexOf('\n', i + 1)) counts.l++;
      return;
    }
    for (let i = 0; i < chunk.length; i++) {
      const code = chunk.charCodeAt(i);
      // A byte that is part of no valid character is not counted.
      const continuation = this.#utf8 && ((code & 0xc0) === 0x80 || code > 0xf4);
      if (!continuation) counts.m++;
      if (code === 10 || code === 13 || code === 12) {
        if (code === 10) counts.l++;
        this.end();
        this.#inWord = false;
      } else if (code === 9) {
        this.#column += 8 - (this.#column % 8);
        this.#inWord = false;
      } else if (code === 32 || code === 11) {
        if (code === 32) this.#column++;
        this.#inWord = false;
      } else {
        const printable = code > 32 && code !== 127 && (code < 127 || this.#utf8);
        if (printable && !continuation) this.#column++;
        if (printable && !this.#inWord) {
          this.#inWord = true;
          counts.w++;
        }
      }
    }
  }

  end(): void {
    if (this.#column > this.#counts.L) this.#counts.L = this.#column;
    this.#column = 0;
  }
}
