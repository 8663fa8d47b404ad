// grep (GNU grep 3.8), egrep and fgrep: lines that match a pattern.
import { isUtf8 as isUtf8Text } from 'node:buffer';
import type { Bytes } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { baseName } from './basename.ts';
import { reason, tryTo } from './failure.ts';
import { fnmatch } from './fnmatch.ts';
import { type Input, openInput } from './input.ts';
import { parseInteger } from './number.ts';
import { compilePattern, type Pattern, PatternError } from './pattern.ts';
import { compilePerlPattern, TooMuchBacktracking } from './perl-pattern.ts';
import { calledAs, gnu, type Invocation } from './program.ts';
import { isUtf8, quote } from './quote.ts';
import { DEEPEST, join, namesIn } from './tree.ts';

export const names = ['grep', 'egrep', 'fgrep', 'rgrep'];

const declared = gnu({
  short: 'EFGPe:f:iywxzsvm:bnHhoqaInrRlLTZcUuA:B:C:d:D:V',
  long: {
    'extended-regexp': 'E',
    'fixed-strings': 'F',
    'basic-regexp': 'G',
    'perl-regexp': 'P',
    'regexp=': 'e',
    'file=': 'f',
    'ignore-case': 'i',
    'no-ignore-case': 'no-i',
    'word-regexp': 'w',
    'line-regexp': 'x',
    'null-data': 'z',
    'no-messages': 's',
    'invert-match': 'v',
    'max-count=': 'm',
    'byte-offset': 'b',
    'line-number': 'n',
    'line-buffered': 'line-buffered',
    'with-filename': 'H',
    'no-filename': 'h',
    'label=': 'label',
    'only-matching': 'o',
    quiet: 'q',
    silent: 'q',
    'binary-files=': 'binary',
    text: 'a',
    'directories=': 'd',
    'devices=': 'D',
    recursive: 'r',
    'dereference-recursive': 'R',
    'include=': 'include',
    'exclude=': 'exclude',
    'exclude-from=': 'exclude-from',
    'exclude-dir=': 'exclude-dir',
    'files-without-match': 'L',
    'files-with-matches': 'l',
    count: 'c',
    'initial-tab': 'T',
    null: 'Z',
    'after-context=': 'A',
    'before-context=': 'B',
    'context=': 'C',
    'group-separator=': 'group-separator',
    'no-group-separator': 'no-group-separator',
    'color=?': 'color',
    'colour=?': 'color',
    binary: 'U',
    'unix-byte-offsets': 'u',
  },
  failure: 2,
  hint: "Usage: % [OPTION]... PATTERNS [FILE]...\nTry '% --help' for more information.\n",
  usage: '[OPTION]... PATTERNS [FILE]...',
  release: 'GNU grep 3.8',
  async run(run) {
    if (run.has('V')) {
      run.put('grep (GNU grep) 3.8\n');
      return 0;
    }
    const wrong = await wrongValue(run);
    if (wrong !== undefined) return wrong;
    try {
      return await new Search(run).run();
    } catch (error) {
      if (error instanceof TooMuchBacktracking) return run.fail("exceeded PCRE's backtracking limit");
      if (!(error instanceof NoPattern)) throw error;
      await run.process.err(
        `Usage: ${run.name} [OPTION]... PATTERNS [FILE]...\nTry '${run.name} --help' for more information.\n`,
      );
      return 2;
    }
  },
});

/** What the other names, scripts in Debian, stand for. */
const SCRIPTS: Record<string, Bytes> = { egrep: '-E', fgrep: '-F', rgrep: '-r' };

/** Wrong use shows a usage line of grep's own; `-NUM` is a context. */
export const main: typeof declared = (process) => {
  const option = SCRIPTS[calledAs(process)];
  if (option !== undefined) process.argv = ['grep', option, ...process.argv.slice(1)];
  process.argv = process.argv.flatMap((arg, i, all) => {
    const number = i > 0 && !all.slice(0, i).includes('--') ? /^-(\d+)([A-Za-z]*)$/.exec(arg) : null;
    const takesValue = /^-[A-Za-z]*[ABCmefdD]$/.test(all[i - 1] ?? '');
    return number && !takesValue ? [`-C${number[1]}`, ...(number[2] ? [`-${number[2]}`] : [])] : [arg];
  });
  return declared(process);
};

class Search {
  readonly #run: Invocation;
  readonly #patterns: Pattern[] = [];
  readonly #withName: boolean;
  readonly #before: number;
  readonly #after: number;
  readonly #most: number;
  readonly #color: boolean;
  readonly #utf8: boolean;
  /** About expressions that work, but look wrong. */
  readonly warnings: Bytes[] = [];
  #found = false;
  #shownAny = false;

  constructor(run: Invocation) {
    this.#run = run;
    this.#utf8 = isUtf8(run.process);
    const operands = run.operands;
    let lines: Bytes[];
    if (run.has('e') || run.has('f')) {
      lines = run.values('e').flatMap((p) => p.split('\n'));
      for (const file of run.values('f')) {
        try {
          const text = run.process.readFile(file === '-' ? '/dev/stdin' : file);
          if (text !== '') lines.push(...text.replace(/\n$/, '').split('\n'));
        } catch (error) {
          run.fail(`${file}: ${reason(error)}`);
        }
      }
    } else {
      const pattern = operands.shift();
      if (pattern === undefined) throw new NoPattern();
      lines = pattern.split('\n');
    }
    const number = (key: string) => {
      const text = run.value(key) ?? run.value('C');
      if (text === undefined) return 0;
      const value = parseInteger(text);
      if (value === undefined || value < 0) return run.fail(`${text}: invalid context length argument`);
      return value;
    };
    this.#after = run.has('A') || run.has('C') ? number('A') : 0;
    this.#before = run.has('B') || run.has('C') ? number('B') : 0;
    const most = run.value('m');
    const count = most === undefined ? -1 : parseInteger(most);
    if (count === undefined) run.fail('invalid max count');
    this.#most = count! < 0 ? Number.POSITIVE_INFINITY : count!;
    const kind = run.options.findLast(([k]) => 'EFGP'.includes(k) && k.length === 1)?.[0];
    const fixed = kind === 'F';
    const extended = kind === 'E';
    if (kind === 'P' && lines.length > 1) run.fail('the -P option only supports a single pattern');
    const ignoreCase =
      run.options.findLast(([k]) => k === 'i' || k === 'y' || k === 'no-i')?.[0] !== 'no-i' &&
      (run.has('i') || run.has('y'));
    for (const line of lines) {
      if (kind !== 'F' && kind !== 'P' && /^\[:[^\]]*:\]$|(?:^|[^[\\])\[:[a-z]+:\](?!\])/.test(line))
        run.fail('character class syntax is [[:space:]], not [:space:]');
      if (extended) {
        const [, sign] = /(?:^|[(|^])([*+?]|\{\d)/.exec(line) ?? [];
        if (sign) this.warnings.push(`warning: ${sign.length > 1 ? '{...}' : sign} at start of expression`);
      }
      try {
        let source = line;
        if (run.has('x') && !fixed)
          source = kind === 'P' ? `^(?:${source})$` : extended ? `^(${source})$` : `^\\(${source}\\)$`;
        if (run.has('w') && kind === 'P') source = `(?<!\\w)(?:${source})(?!\\w)`;
        const utf8 = this.#utf8;
        this.#patterns.push(
          kind === 'P'
            ? compilePerlPattern(source, { ignoreCase, utf8 })
            : compilePattern(source, { extended, fixed, ignoreCase, utf8, looseParenthesis: true }),
        );
      } catch (error) {
        if (error instanceof PatternError)
          run.fail(
            /^Unmatched \[/.test(error.message)
              ? line.endsWith('[')
                ? 'Invalid regular expression'
                : error.message
              : error.message,
          );
        throw error;
      }
    }
    const recursive = run.has('r') || run.has('R') || run.value('d') === 'recurse';
    const names = run.options.findLast(([k]) => k === 'H' || k === 'h')?.[0];
    this.#withName = names
      ? names === 'H'
      : operands.length > 1 ||
        (recursive &&
          (operands.length === 0 ||
            operands.some((o) => tryTo(() => run.process.files.stat(o))?.type === 'directory')));
    const when = run.options.findLast(([k]) => k === 'color');
    this.#color =
      when !== undefined &&
      (when[1] === 'always' || ((when[1] ?? 'auto') === 'auto' && !!run.process.descriptors.get(1)?.terminal));
  }

  async run(): Promise<number> {
    const run = this.#run;
    for (const warning of this.warnings) await run.warn(warning, 0);
    const recursive = run.has('r') || run.has('R') || run.value('d') === 'recurse';
    const operands = run.operands.length ? run.operands : recursive ? [''] : ['-'];
    for (const name of operands) {
      if (recursive && name !== '-') await this.#walk(name === '' ? '.' : name, name === '', 0);
      else await this.#file(name);
      if (this.#found && run.has('q')) return 0;
    }
    if (run.status === 2 && !(run.has('q') && this.#found)) return 2;
    return this.#found ? 0 : 1;
  }

  async #walk(path: Bytes, implicit: boolean, depth: number): Promise<void> {
    const run = this.#run;
    const { files } = run.process;
    let type: string;
    try {
      const stat = files.stat(path, depth === 0 || run.has('R'));
      type = stat.type;
      if (depth > 0 && files.stat(path, false).type === 'symlink' && !run.has('R')) return;
    } catch (error) {
      const words = reason(error);
      if (!run.has('s')) await run.warn(`${path}: ${words}`, 2);
      else run.status = 2;
      return;
    }
    if (type !== 'directory') {
      if (depth > 0 && type !== 'file') return;
      const base = baseName(path);
      if (run.values('include').length && !run.values('include').some((p) => fnmatch(p, base))) return;
      if (run.values('exclude').some((p) => fnmatch(p, base))) return;
      await this.#file(implicit ? path.replace(/^\.\//, '') : path);
      return;
    }
    if (depth > 0 && run.values('exclude-dir').some((p) => fnmatch(p.replace(/\/+$/, ''), baseName(path)))) return;
    if (depth > DEEPEST) return;
    let names: Bytes[];
    try {
      names = namesIn(run, path);
    } catch (error) {
      const words = reason(error);
      if (!run.has('s')) await run.warn(`${path}: ${words}`, 2);
      return;
    }
    for (const name of names) {
      await this.#walk(join(path, name), implicit, depth + 1);
      if (this.#found && run.has('q')) return;
    }
  }

  async #file(name: Bytes): Promise<void> {
    const run = this.#run;
    let input: Input | undefined;
    try {
      if (name !== '-' && tryTo(() => run.process.files.stat(name))?.type === 'directory') {
        if (run.value('d') !== 'skip' && !run.has('s') && !run.applet) await run.warn(`${name}: Is a directory`, 0);
        if (run.value('d') !== 'skip' && !run.applet) run.status = 2;
        return;
      }
      input = openInput(run.process, name);
      await this.#lines(input, name);
    } catch (error) {
      const words = reason(error);
      if (run.has('s')) run.status = 2;
      else await run.warn(`${name}: ${words}`, 2);
    } finally {
      input?.close();
    }
  }

  /** Where a line matches first at or after `from`. */
  #match(line: Bytes, from: number): [number, number] | undefined {
    let best: [number, number] | undefined;
    for (const pattern of this.#patterns) {
      let at = from;
      for (;;) {
        const found = pattern.bounds(line, at);
        if (!found) break;
        let [start, end] = [found[0]!, found[1]!];
        if (this.#run.has('x') && !(start === 0 && end === line.length)) break;
        if (this.#run.has('w')) {
          const word = (i: number) =>
            /\w/.test(line[i] ?? ' ') ||
            (this.#utf8 &&
              /[\xc2-\xf4][\x80-\xbf]/.test(line.slice(Math.max(0, i - 1), i + 2)) &&
              line.charCodeAt(i) > 127);
          // Shorter matches at the same place are tried, as grep does, then later ones.
          while (end > start && (word(end) || (start > 0 && word(start - 1)))) {
            if (start > 0 && word(start - 1)) break;
            const shorter = pattern.bounds(line.slice(0, end - 1), start);
            if (!shorter || shorter[0] !== start) break;
            end = shorter[1]!;
          }
          if ((start > 0 && word(start - 1)) || word(end) || (start === end && line !== '')) {
            at = start + 1;
            if (at > line.length) break;
            continue;
          }
        }
        if (!best || start < best[0] || (start === best[0] && end > best[1])) best = [start, end];
        break;
      }
    }
    return best;
  }

  /** Numbers are as wide as the file's size may need. */
  #widthOf(input: Input): number {
    const stat = tryTo(() => this.#run.process.descriptors.get(input.descriptor)?.stat());
    return stat?.type === 'file' ? String(stat.size).length : 0;
  }

  async #lines(input: Input, name: Bytes): Promise<void> {
    const run = this.#run;
    if (run.has('z')) input.delimiter = '\0';
    const end = run.has('z') ? '\0' : '\n';
    const shown = name === '-' ? (run.value('label') ?? '(standard input)') : name;
    const invert = run.has('v');
    const listing = run.has('l') || run.has('L');
    const silent = run.has('q') || listing || run.has('c');
    const textOnly = run.has('a') || run.value('binary') === 'text' || run.applet;
    const width = run.has('T') ? this.#widthOf(input) : 0;
    let binary = false;
    let count = 0;
    let number = 0;
    let offset = 0;
    let held: [Bytes, number, number][] = [];
    let trailing = 0;
    let lastShown = 0;
    const context = run.has('A') || run.has('B') || run.has('C');
    const separator = run.has('no-group-separator') ? undefined : (run.value('group-separator') ?? '--');
    const paint = (text: string, code: string) => (this.#color ? `\x1b[${code}m\x1b[K${text}\x1b[m\x1b[K` : text);
    const front = (mark: string, lineNumber: number, at: number) => {
      let text = '';
      if (this.#withName) text += paint(shown, '35') + (run.has('Z') ? '\0' : paint(mark, '36'));
      if (run.has('n')) text += paint(String(lineNumber).padStart(width), '32') + paint(mark, '36');
      if (run.has('b')) text += paint(String(at).padStart(width), '32') + paint(mark, '36');
      return run.has('T') && text ? `${text}\t` : text;
    };
    const show = async (line: Bytes, lineNumber: number, at: number, mark: string): Promise<void> => {
      if (
        context &&
        separator !== undefined &&
        ((lastShown > 0 && lineNumber > lastShown + 1) || (lastShown === 0 && this.#shownAny))
      )
        run.put(`${paint(separator, '36')}\n`);
      lastShown = lineNumber;
      this.#shownAny = true;
      if (run.has('o')) {
        if (invert || mark === '-') return;
        for (let from = 0; from <= line.length; ) {
          const turn = run.process.step(2);
          if (turn) await turn;
          const found = this.#match(line, from);
          if (!found) break;
          if (found[1] > found[0])
            run.put(front(':', lineNumber, at + found[0]) + paint(line.slice(...found), '01;31') + end);
          from = Math.max(found[1], found[0] + (found[1] === found[0] ? 1 : 0));
        }
        return;
      }
      let body = line;
      if (this.#color && mark === ':' && !invert) {
        body = '';
        let from = 0;
        while (from <= line.length) {
          const turn = run.process.step(2);
          if (turn) await turn;
          const found = this.#match(line, from);
          if (!found) break;
          body +=
            line.slice(from, found[0]) +
            (found[1] > found[0] ? paint(line.slice(...found), '01;31') : (line[found[0]] ?? ''));
          from = found[1] > found[0] ? found[1] : found[0] + 1;
        }
        body += line.slice(from);
      }
      run.put(front(mark, lineNumber, at) + body + end);
    };
    reading: for (let batch: Bytes[] | undefined; this.#most > 0 && (batch = await input.batch()); ) {
      const cost = batch.reduce((sum, line) => sum + line.length, 0);
      const turn = run.process.step(cost >> 5);
      if (turn) await turn;
      if (!binary && !textOnly && !run.has('z') && batch.some((line) => line.includes('\0'))) binary = true;
      if ((binary && run.has('I')) || (binary && run.value('binary') === 'without-match')) break;
      for (const line of batch) {
        number++;
        const turn = run.process.step(1);
        if (turn) await turn;
        if ((this.#match(line, 0) !== undefined) !== invert) {
          count++;
          this.#found = run.has('L') ? this.#found : true;
          if (run.has('q')) return;
          if (listing) break reading;
          if (!silent) {
            if (binary || (!textOnly && this.#utf8 && !run.has('o') && !isValidUtf8(line))) {
              if (run.has('I') || run.value('binary') === 'without-match') break reading;
              await run.flush();
              await run.process.err(`${run.name}: ${shown}: binary file matches\n`);
              break reading;
            }
            for (const [text, n, at] of held) await show(text, n, at, '-');
            held = [];
            await show(line, number, offset, ':');
            trailing = this.#after;
          }
          if (count >= this.#most && trailing === 0) break reading;
        } else if (!silent && trailing > 0 && !binary) {
          trailing--;
          await show(line, number, offset, '-');
          if (count >= this.#most && trailing === 0) break reading;
        } else if (count >= this.#most) break reading;
        else if (this.#before > 0) {
          held.push([line, number, offset]);
          if (held.length > this.#before) held.shift();
        }
        offset += line.length + 1;
      }
      await run.flush();
    }
    if (run.has('c'))
      run.put(`${this.#withName ? paint(shown, '35') + (run.has('Z') ? '\0' : paint(':', '36')) : ''}${count}\n`);
    const tail = run.has('Z') ? '\0' : '\n';
    if (run.has('l') && count > 0) run.put(paint(shown, '35') + tail);
    if (run.has('L') && count === 0) {
      run.put(paint(shown, '35') + tail);
      this.#found = true;
    }
    await run.flush();
  }
}

/** Complains about values of options as grep does, each in its own way; the exit status if one is wrong. */
async function wrongValue(run: Invocation): Promise<number | undefined> {
  const { process } = run;
  const kinds = new Set(run.options.map(([k]) => k).filter((k) => k.length === 1 && 'EFGP'.includes(k)));
  const color = run.value('color');
  if (
    color !== undefined &&
    !['always', 'yes', 'force', 'never', 'no', 'none', 'auto', 'tty', 'if-tty'].includes(color)
  ) {
    await process.out(recordedRun(process, 'grep', '--help')?.stdout ?? '');
    return 0;
  }
  if (kinds.size > 1) return run.fail('conflicting matchers specified');
  if (run.has('u')) await run.warn('warning: --unix-byte-offsets (-u) is obsolete', 0);
  const binary = run.value('binary');
  if (binary !== undefined && !['binary', 'text', 'without-match'].includes(binary))
    return run.fail('unknown binary-files type');
  const directories = run.value('d');
  if (directories !== undefined && !['read', 'recurse', 'skip'].includes(directories)) {
    const list = ['read', 'recurse', 'skip'].map((word) => `  - ${quote(process, word)}\n`).join('');
    await process.err(
      `grep: invalid argument ${quote(process, directories)} for ${quote(process, '--directories')}\nValid arguments are:\n${list}` +
        "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n",
    );
    return 1;
  }
  const devices = run.value('D');
  if (devices !== undefined && devices !== 'read' && devices !== 'skip') return run.fail('unknown devices method');
  return undefined;
}

/** No pattern at all: grep shows its usage line. */
class NoPattern extends Error {}

/** Whether a line is text in UTF-8. */
function isValidUtf8(line: Bytes): boolean {
  return !/[\x80-\xff]/.test(line) || isUtf8Text(Buffer.from(line, 'latin1'));
}
