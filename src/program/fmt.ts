// fmt (GNU coreutils): fills paragraphs so that their lines are of about one length.
import type { Bytes } from '../machine/machine.ts';
import { reason } from './failure.ts';
import { forEachInput } from './input.ts';
import { gnu, type Invocation } from './program.ts';
import { quote, quoteAlways } from './quote.ts';

export const names = ['fmt'];

/** Words of one paragraph at most; longer ones are filled in pieces. */
const MOST_WORDS = 1000;

interface Word {
  text: Bytes;
  /** Blanks behind it. */
  space: number;
  /** It opens with a parenthesis or quote, ends with a period, ends a sentence, ends with punctuation. */
  paren: boolean;
  period: boolean;
  final: boolean;
  punct: boolean;
}

const square = (n: number) => n * n;
const LINE = square(70);
const SENTENCE = square(50);
const NO_BREAK = square(600);
const PAREN = square(40);
const PUNCTUATION = square(40);

interface Layout {
  width: number;
  goal: number;
  prefix: Bytes;
  crown: boolean;
  tagged: boolean;
  split: boolean;
  uniform: boolean;
}

const declared = gnu({
  short: 'cg:p:stuw:',
  long: {
    'crown-margin': 'c',
    'goal=': 'g',
    'prefix=': 'p',
    'split-only': 's',
    'tagged-paragraph': 't',
    'uniform-spacing': 'u',
    'width=': 'w',
  },
  usage: '[-WIDTH] [OPTION]... [FILE]...',
  async run(run) {
    const number = (key: string, most: number) => {
      const text = run.value(key);
      if (text === undefined) return undefined;
      const shown = `invalid width: ${quote(run.process, text)}`;
      if (!/^\d+$/.test(text)) return run.fail(shown);
      if (Number(text) > most) return run.fail(`${shown}: Numerical result out of range`);
      return Number(text);
    };
    let width = number('w', 2500) ?? 75;
    const wanted = number('g', run.has('w') ? width : 75);
    if (wanted !== undefined && !run.has('w')) width = wanted + 10;
    const layout: Layout = {
      width,
      goal: wanted ?? Math.floor((width * 187) / 200),
      prefix: (run.value('p') ?? '').replace(/^ +/, '').trimEnd(),
      crown: run.has('c'),
      tagged: run.has('t'),
      split: run.has('s'),
      uniform: run.has('u'),
    };
    for (const file of run.operands.length ? run.operands : ['-']) {
      if (file !== '-') {
        try {
          run.process.close(run.process.open(file, { read: true }));
        } catch (error) {
          await run.warn(`cannot open ${quoteAlways(file)} for reading: ${reason(error)}`);
          continue;
        }
      }
      await forEachInput(run, [file], async (input) => {
        const filler = new Filler(run, layout);
        for (let batch: Bytes[] | undefined; (batch = await input.batch()); ) {
          for (const line of batch) {
            const turn = filler.line(line);
            if (turn) await turn;
          }
          await run.drain();
        }
        await filler.end();
      });
    }
    return undefined;
  },
});

/** `-40` is a width. */
export const main: typeof declared = (process) => {
  process.argv = process.argv.map((arg, i) => (i === 1 && /^-\d+/.test(arg) ? `-w${arg.slice(1)}` : arg));
  return declared(process);
};

class Filler {
  readonly #run: Invocation;
  readonly #layout: Layout;
  #words: Word[] = [];
  #first = 0;
  #other = 0;
  #lines = 0;
  #lead = '';

  constructor(run: Invocation, layout: Layout) {
    this.#run = run;
    this.#layout = layout;
  }

  line(line: Bytes): Promise<void> | undefined {
    const { prefix, crown, tagged, split } = this.#layout;
    const blank = /^[ \t]*/.exec(line)![0];
    let indent = columns(blank);
    let body = line.slice(blank.length);
    if (prefix !== '') {
      if (!body.startsWith(prefix) || body.length === prefix.length) {
        this.#paragraph();
        this.#run.put(`${line.trimEnd() === '' ? '' : line}\n`);
        return undefined;
      }
      this.#lead = ' '.repeat(indent) + prefix;
      const inner = /^[ \t]*/.exec(body.slice(prefix.length))![0];
      body = body.slice(prefix.length + inner.length);
      indent += prefix.length + columns(inner);
    } else this.#lead = '';
    if (body.trim() === '') {
      this.#paragraph();
      this.#run.put('\n');
      return undefined;
    }
    const goesOn =
      this.#lines > 0 &&
      !split &&
      (this.#lines === 1
        ? crown || (tagged ? indent !== this.#first : indent === this.#first)
        : indent === this.#other);
    if (!goesOn) this.#paragraph();
    if (this.#lines === 0) {
      this.#first = indent;
      this.#other = tagged ? (indent === 0 ? 3 : 0) : indent;
    } else if (this.#lines === 1 && (crown || tagged)) this.#other = indent;
    this.#lines++;
    this.#add(body);
    if (this.#words.length < MOST_WORDS) return undefined;
    this.#fill(false);
    return this.#run.process.step(MOST_WORDS * 2);
  }

  async end(): Promise<void> {
    this.#paragraph();
    await this.#run.drain();
  }

  #add(body: Bytes): void {
    const { uniform } = this.#layout;
    for (const [, text, space] of body.matchAll(/([^ \t]+)([ \t]*)/g)) {
      const bare = text!.replace(/[)\]'"]+$/, '');
      const last = bare.at(-1) ?? '';
      const atEnd = space === '' || text! + space! === body.slice(-(text!.length + space!.length));
      const word: Word = {
        text: text!,
        space: space!.replaceAll('\t', '        ').length,
        paren: /^[(['`"]/.test(text!),
        punct: /[!-/:-@[-`{-~]$/.test(text!),
        period: /[.?!]/.test(last),
        final: false,
      };
      word.final = word.period && (atEnd || word.space > 1);
      if (atEnd || uniform) word.space = word.final ? 2 : 1;
      this.#words.push(word);
    }
  }

  #paragraph(): void {
    if (this.#words.length > 0) this.#fill(true);
    this.#lines = 0;
  }

  /** Breaks lines where the sum of their costs is least; unless the paragraph ends here, its last lines wait for more words. */
  #fill(ends: boolean): void {
    const words = this.#words;
    const { width, goal } = this.#layout;
    const count = words.length;
    const best = new Float64Array(count + 1);
    const next = new Int32Array(count + 1).fill(count);
    const lengths = new Float64Array(count + 1);
    for (let start = count - 1; start >= 0; start--) {
      let least = Number.POSITIVE_INFINITY;
      let length = (start === 0 ? this.#first : this.#other) + words[start]!.text.length;
      for (let end = start + 1; ; end++) {
        let cost = best[end]!;
        if (end < count) {
          cost += square((goal - length) * 10);
          if (next[end] !== count) cost += square((length - lengths[end]!) * 10) / 2;
        }
        if (cost < least) {
          least = cost;
          next[start] = end;
          lengths[start] = length;
        }
        if (end === count) break;
        length += words[end - 1]!.space + words[end]!.text.length;
        if (length >= width) break;
      }
      best[start] = least + this.#base(start);
    }
    let at = 0;
    let indent = this.#first;
    while (at < count && (ends || next[at]! < count)) {
      const stop = next[at]!;
      let line = this.#lead === '' ? ' '.repeat(indent) : this.#lead.padEnd(indent);
      for (let i = at; i < stop; i++) line += words[i]!.text + (i < stop - 1 ? ' '.repeat(words[i]!.space) : '');
      this.#run.put(`${line}\n`);
      indent = this.#other;
      at = stop;
    }
    this.#words = words.slice(at);
    if (at > 0) this.#first = this.#other;
  }

  /** The cost of beginning a line with a word. */
  #base(index: number): number {
    const words = this.#words;
    let cost = LINE;
    const word = words[index]!;
    const before = words[index - 1];
    if (before) {
      if (before.period) cost += before.final ? -SENTENCE : NO_BREAK;
      else if (before.punct) cost -= PUNCTUATION;
      else if (words[index - 2]?.final) cost += square(200) / (before.text.length + 2);
    }
    if (word.paren) cost -= PAREN;
    else if (word.final) cost += square(150) / (word.text.length + 2);
    return cost;
  }
}

/** Columns of leading blanks. */
function columns(blank: Bytes): number {
  let at = 0;
  for (const c of blank) at += c === '\t' ? 8 - (at % 8) : 1;
  return at;
}
