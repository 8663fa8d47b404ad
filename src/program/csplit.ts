// csplit (GNU coreutils): cuts a file where patterns or line numbers say.
import type { Bytes } from '../machine/machine.ts';
import { reason } from './failure.ts';
import { openInput } from './input.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import { gnu, type Invocation } from './program.ts';
import { quote, quoteAlways } from './quote.ts';

export const names = ['csplit'];

interface Cut {
  text: Bytes;
  line?: number;
  pattern?: Pattern;
  offset: number;
  skip: boolean;
  times: number;
}

export const main = gnu({
  short: 'b:f:kn:sqz',
  long: {
    'suffix-format=': 'b',
    'prefix=': 'f',
    'keep-files': 'k',
    'suppress-matched': 'suppress',
    'digits=': 'n',
    quiet: 's',
    silent: 's',
    'elide-empty-files': 'z',
  },
  usage: '[OPTION]... FILE PATTERN...',
  async run(run) {
    const [file, ...patterns] = run.operands;
    if (file === undefined) return run.wrongUse('missing operand');
    if (patterns.length === 0) return run.wrongUse(`missing operand after ${quote(run.process, file)}`);
    const cuts = patterns.flatMap((text, i) => (/^\{/.test(text) && i > 0 ? [] : [parse(run, text, patterns[i + 1])]));
    let content: Bytes = '';
    try {
      const input = openInput(run.process, file);
      for (let chunk: Bytes; (chunk = await input.read()) !== '' && content.length < 16 << 20; ) content += chunk;
      input.close();
    } catch (error) {
      return run.fail(`cannot open ${quoteAlways(file)} for reading: ${reason(error)}`);
    }
    const lines = content === '' ? [] : content.match(/[^\n]*\n|[^\n]+$/g)!;
    return new Splitter(run, lines).run(cuts);
  },
});

function parse(run: Invocation, text: Bytes, next: Bytes | undefined): Cut {
  const repeat = /^\{(\*|\d+)\}$/.exec(next ?? '');
  if (next?.startsWith('{') && !repeat) run.fail(`${quote(run.process, next)}: integer required between '{' and '}'`);
  const times = repeat ? (repeat[1] === '*' ? Number.POSITIVE_INFINITY : Number(repeat[1])) : 0;
  const delimiter = text[0] ?? '';
  if (delimiter === '/' || delimiter === '%') {
    const end = text.lastIndexOf(delimiter);
    if (end === 0) run.fail(`${text}: closing delimiter ${quote(run.process, delimiter)} missing`);
    const offset = text.slice(end + 1);
    if (offset !== '' && !/^[+-]?\d+$/.test(offset)) run.fail(`${text}: integer expected after delimiter`);
    return {
      text,
      pattern: compilePattern(text.slice(1, end)),
      offset: Number(offset),
      skip: delimiter === '%',
      times,
    };
  }
  if (!/^\d+$/.test(text)) run.fail(`${text}: invalid pattern`);
  if (Number(text) === 0) run.fail(`${text}: line number must be greater than zero`);
  return { text, line: Number(text), offset: 0, skip: false, times };
}

class Splitter {
  readonly #run: Invocation;
  readonly #lines: readonly Bytes[];
  readonly #made: Bytes[] = [];
  #at = 0;

  constructor(run: Invocation, lines: readonly Bytes[]) {
    this.#run = run;
    this.#lines = lines;
  }

  async run(cuts: readonly Cut[]): Promise<number> {
    for (const cut of cuts) {
      for (let time = 0; time <= cut.times; time++) {
        const turn = this.#run.process.step(20);
        if (turn) await turn;
        const to = this.#find(cut, time);
        if (to === undefined) {
          if (cut.times === Number.POSITIVE_INFINITY && time > 0) break;
          await this.#write(this.#lines.length);
          return this.#fail(cut, time);
        }
        if (cut.skip) this.#at = to;
        else await this.#write(to);
        if (this.#run.has('suppress')) this.#at++;
      }
    }
    await this.#write(this.#lines.length);
    return 0;
  }

  /** The first line of the next piece; undefined: there is none. */
  #find(cut: Cut, time: number): number | undefined {
    if (cut.line !== undefined) {
      const to = cut.line * (time + 1) - 1;
      return to >= this.#at && to < this.#lines.length ? to : undefined;
    }
    const from = this.#at + (this.#made.length > 0 || time > 0 ? 1 : 0);
    for (let i = from; i < this.#lines.length; i++)
      if (cut.pattern!.find(this.#lines[i]!.replace(/\n$/, ''), 0)) {
        const to = i + cut.offset;
        return to > this.#lines.length || to < this.#at ? undefined : to;
      }
    return undefined;
  }

  async #fail(cut: Cut, time: number): Promise<number> {
    const again = time > 0 ? ` on repetition ${time}` : '';
    await this.#run.flush();
    await this.#run.process.err(
      `csplit: ${quote(this.#run.process, cut.text)}: ${cut.line === undefined ? 'match not found' : 'line number out of range'}${again}\n`,
    );
    if (!this.#run.has('k')) for (const name of this.#made) this.#run.process.files.unlink(name);
    return 1;
  }

  async #write(to: number): Promise<void> {
    const run = this.#run;
    const text = this.#lines.slice(this.#at, to).join('');
    this.#at = to;
    if (text === '' && run.has('z')) return;
    const digits = Number(run.value('n') ?? 2);
    const name = `${run.value('f') ?? 'xx'}${String(this.#made.length).padStart(digits, '0')}`;
    const descriptor = run.process.open(name, { write: true, create: true, truncate: true }, 0o666);
    await run.process.write(descriptor, text);
    run.process.close(descriptor);
    this.#made.push(name);
    if (!run.has('s')) run.put(`${text.length}\n`);
  }
}
