// xargs (GNU findutils): builds command lines from standard input.
import type { Bytes } from '../machine/machine.ts';
import { errnoOf, reason } from './failure.ts';
import { Input } from './input.ts';
import { parseInteger } from './number.ts';
import { gnu } from './program.ts';
import { quote, quoteIfNeeded } from './quote.ts';
import { SIGNALS, startCommand } from './run-command.ts';

export const names = ['xargs'];

/** Room for arguments in a command line, as xargs takes it. */
const COMMAND_LINE = 131_072;

export const main = gnu({
  short: '+0a:d:E:e::I:i::L:l::n:oprs:txP:',
  long: {
    null: '0',
    'arg-file=': 'a',
    'delimiter=': 'd',
    'eof=?': 'E',
    'replace=?': 'I',
    'max-lines=?': 'L',
    'max-args=': 'n',
    'open-tty': 'o',
    interactive: 'p',
    'no-run-if-empty': 'r',
    'max-chars=': 's',
    verbose: 't',
    'show-limits': 'show-limits',
    exit: 'x',
    'max-procs=': 'P',
    'process-slot-var=': 'slot',
  },
  usage: '[OPTION]... COMMAND [INITIAL-ARGS]...',
  release: 'GNU findutils 4.9.0',
  gaps: ['show-limits'],
  async run(run) {
    const { process } = run;
    const command = run.operands.length ? run.operands : ['echo'];
    const number = (key: string, least: number) => {
      const text = run.value(key);
      if (text === undefined) return undefined;
      const value = parseInteger(text);
      if (value === undefined) return run.wrongUse(`invalid number "${text}" for -${key} option`);
      if (value < least) return run.wrongUse(`value ${text} for -${key} option should be >= ${least}`);
      return value;
    };
    let replace = run.has('i') || run.has('I') ? (run.value('I') ?? run.value('i') ?? '{}') : undefined;
    let lines = run.has('l') ? (parseInteger(run.value('l') ?? '1') ?? 1) : number('L', 1);
    let most = number('n', 1);
    if (lines !== undefined && most !== undefined && run.options.findLast(([k]) => 'Lln'.includes(k))?.[0] !== 'n')
      await run.warn(
        'warning: options --max-args and -L are mutually exclusive, ignoring previous --max-args value',
        0,
      );
    // The last of -I, -L and -n wins.
    const last = run.options.findLast(([k]) => 'IiLln'.includes(k))?.[0];
    if (last === 'n' && most !== 1) replace = lines = undefined;
    else if (last === 'L' || last === 'l') replace = most = undefined;
    else if (replace !== undefined) lines = most = undefined;
    const parallel = number('P', 0) ?? 1;
    const room = number('s', 1) ?? COMMAND_LINE;
    const end = run.value('E') ?? run.value('e');
    const file = run.value('a');
    const openArguments = () => {
      try {
        return file === undefined || file === '-' ? 0 : process.open(file, { read: true });
      } catch (error) {
        return run.fail(`Cannot open input file ${quote(process, file!)}: ${reason(error)}`);
      }
    };
    const input = new Input(process, openArguments());
    const delimiterText = run.value('d');
    const delimiter = run.has('0') ? '\0' : delimiterText === undefined ? undefined : unescapeDelimiter(delimiterText);
    const ask = async (question: string) => {
      await process.err(question);
      const typed = new Input(process, process.open('/dev/tty', { read: true }));
      const answer = await typed.next();
      typed.close();
      return /^[yY]/.test(answer ?? '');
    };
    let status = 0;
    let running = 0;
    const nothing = file === undefined ? process.open('/dev/null', { read: true }) : -1;
    const collect = async () => {
      const done = await process.waitFor();
      if (!done) return;
      running--;
      const ending = done.ending ?? { code: 0 };
      if ('signal' in ending) {
        await process.err(`xargs: ${done.process.argv[0]}: terminated by signal ${SIGNALS.indexOf(ending.signal)}\n`);
        status = 125;
      } else if (ending.code === 255) {
        await process.err(`xargs: ${done.process.argv[0]}: exited with status 255; aborting\n`);
        status = 124;
      } else if (ending.code !== 0) status = Math.max(status, 123);
    };
    const start = async (argv: Bytes[]): Promise<boolean> => {
      if (run.has('t') || run.has('p')) {
        const shown = argv.map(quoteIfNeeded).join(' ');
        if (run.has('p')) {
          if (!(await ask(`${shown}?...`))) return true;
        } else await process.err(`${shown}\n`);
      }
      while (parallel > 0 && running >= parallel) await collect();
      if (status === 124 || status === 125) return false;
      try {
        const descriptors = new Map(process.descriptors);
        if (nothing >= 0 && !run.has('o')) {
          const empty = process.descriptors.get(nothing);
          if (empty) descriptors.set(0, empty);
          descriptors.delete(nothing);
        }
        const slot = run.value('slot');
        const environment = slot === undefined ? undefined : new Map([...process.environment, [slot, String(running)]]);
        startCommand(process, argv, { descriptors, ...(environment ? { environment } : {}) });
        running++;
      } catch (error) {
        await process.err(`xargs: ${argv[0]}: ${reason(error)}\n`);
        status = errnoOf(error) === 'ENOENT' ? 127 : 126;
        return false;
      }
      if (parallel === 1) await collect();
      return status !== 124 && status !== 125;
    };
    const base = command.reduce((sum, word) => sum + word.length + 1, 0);
    let pending: Bytes[] = [];
    let length = base;
    let lineCount = 0;
    let ran = false;
    const flush = async () => {
      ran = true;
      const argv = [...command, ...pending];
      pending = [];
      length = base;
      lineCount = 0;
      return start(argv);
    };
    const words = new Words(input, delimiter, replace !== undefined, (message) => run.fail(message));
    for (let item: Item | undefined; (item = await words.next()); ) {
      if (end !== undefined && delimiter === undefined && item.text === end) break;
      if (replace !== undefined) {
        ran = true;
        if (!(await start(command.map((word, i) => (i === 0 ? word : word.split(replace).join(item!.text)))))) break;
        continue;
      }
      if (pending.length && length + item.text.length + 1 > room && !(await flush())) return status;
      if (base + item.text.length + 1 > room) return run.fail('argument line too long');
      pending.push(item.text);
      length += item.text.length + 1;
      if (item.endOfLine) lineCount++;
      if (
        ((most !== undefined && pending.length >= most) || (lines !== undefined && lineCount >= lines)) &&
        !(await flush())
      )
        return status;
    }
    if (pending.length || (!ran && !run.has('r') && replace === undefined)) await flush();
    while (running > 0) await collect();
    return status;
  },
});

function unescapeDelimiter(text: Bytes): string {
  const named: Record<string, string> = { '\\n': '\n', '\\t': '\t', '\\0': '\0', '\\\\': '\\', '\\r': '\r' };
  const code = /^\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3}))$/.exec(text);
  if (named[text] !== undefined) return named[text];
  if (code) return String.fromCharCode(code[1] ? Number.parseInt(code[1], 16) : Number.parseInt(code[2]!, 8));
  return text[0] ?? '\0';
}

interface Item {
  text: Bytes;
  endOfLine: boolean;
}

/** Items of the input: by a delimiter, by line (`-I`), or by blanks with quotes and backslashes. */
class Words {
  readonly #input: Input;
  readonly #delimiter: string | undefined;
  readonly #wholeLines: boolean;
  readonly #fail: (message: string) => never;
  #queue: Item[] = [];
  #index = 0;

  constructor(input: Input, delimiter: string | undefined, wholeLines: boolean, fail: (message: string) => never) {
    this.#input = input;
    this.#delimiter = delimiter;
    this.#wholeLines = wholeLines;
    this.#fail = fail;
    if (delimiter !== undefined) input.delimiter = delimiter;
  }

  async next(): Promise<Item | undefined> {
    while (this.#index >= this.#queue.length) {
      const line = this.#input.nextReady() ?? (await this.#input.next());
      if (line === undefined) return undefined;
      this.#queue = this.#delimiter !== undefined ? [{ text: line, endOfLine: true }] : await this.#split(line);
      this.#index = 0;
    }
    return this.#queue[this.#index++];
  }

  async #split(line: Bytes): Promise<Item[]> {
    const items: Item[] = [];
    let word: Bytes | undefined;
    let text = line;
    for (let i = 0; i < text.length; i++) {
      const c = text[i]!;
      if (c === "'" || c === '"') {
        const close = text.indexOf(c, i + 1);
        if (close < 0) {
          this.#fail(
            `unmatched ${c === "'" ? 'single' : 'double'} quote; by default quotes are special to xargs unless you use the -0 option`,
          );
        }
        word = (word ?? '') + text.slice(i + 1, close);
        i = close;
      } else if (c === '\\') {
        if (i + 1 < text.length) word = (word ?? '') + text[++i];
        else {
          const more = await this.#input.next();
          if (more === undefined) break;
          word = `${word ?? ''}\n`;
          text = more;
          i = -1;
        }
      } else if ((c === ' ' || c === '\t') && !(this.#wholeLines && word !== undefined)) {
        if (word !== undefined) items.push({ text: word, endOfLine: false });
        word = undefined;
      } else word = (word ?? '') + c;
    }
    if (word !== undefined) items.push({ text: word, endOfLine: false });
    const last = items.at(-1);
    // A blank at the end of a line continues it (-L).
    if (last) last.endOfLine = !/[ \t]$/.test(text);
    return items;
  }
}
