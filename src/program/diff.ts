// diff (GNU diffutils 3.8): the differences of two files or of two trees.
import type { Bytes, Stat } from '../machine/machine.ts';
import { baseName } from './basename.ts';
import { type Change, compareLines } from './diff/compare.ts';
import {
  type Paint,
  type Side,
  showContext,
  showEd,
  showForwardEd,
  showGroups,
  showLines,
  showMerged,
  showNormal,
  showRcs,
  showSideBySide,
  showUnified,
} from './diff/show.ts';
import { reason, tryTo } from './failure.ts';
import { fnmatch } from './fnmatch.ts';
import { parseInteger } from './number.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import { gnu, type Invocation } from './program.ts';
import { quoteIfNeeded } from './quote.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';
import { DEEPEST, join, namesIn } from './tree.ts';

export const names = ['diff'];

/** Files longer than this are compared as a whole. */
const LARGEST = 8 << 20;

const declared = gnu({
  short: 'abBcC:dD:eEfF:hHiI:lL:nNpPqrsS:tTuU:vwW:x:X:yZ',
  long: {
    text: 'a',
    'ignore-space-change': 'b',
    'ignore-blank-lines': 'B',
    'context=?': 'C',
    minimal: 'd',
    'ifdef=': 'D',
    ed: 'e',
    'ignore-tab-expansion': 'E',
    'forward-ed': 'f',
    'show-function-line=': 'F',
    'ignore-case': 'i',
    'ignore-matching-lines=': 'I',
    paginate: 'l',
    'label=': 'L',
    rcs: 'n',
    'new-file': 'N',
    'unidirectional-new-file': 'P',
    'show-c-function': 'p',
    brief: 'q',
    recursive: 'r',
    'report-identical-files': 's',
    'starting-file=': 'S',
    'expand-tabs': 't',
    'initial-tab': 'T',
    'unified=?': 'U',
    'ignore-all-space': 'w',
    'width=': 'W',
    'exclude=': 'x',
    'exclude-from=': 'X',
    'side-by-side': 'y',
    'ignore-trailing-space': 'Z',
    'color=?': 'color',
    'left-column': 'left-column',
    'suppress-common-lines': 'suppress',
    'strip-trailing-cr': 'strip-cr',
    'speed-large-files': 'H',
    'no-dereference': 'no-dereference',
    'no-ignore-file-name-case': 'no-name-case',
    'ignore-file-name-case': 'name-case',
    normal: 'normal',
    'line-format=': 'line',
    'old-line-format=': 'old-line',
    'new-line-format=': 'new-line',
    'unchanged-line-format=': 'same-line',
    'old-group-format=': 'old-group',
    'new-group-format=': 'new-group',
    'unchanged-group-format=': 'same-group',
    'changed-group-format=': 'changed-group',
    'palette=': 'palette',
    'horizon-lines=': 'horizon',
    'tabsize=': 'tabsize',
    'from-file=': 'from-file',
    'to-file=': 'to-file',
    'suppress-blank-empty': 'suppress-blank',
  },
  failure: 2,
  hint: "%: Try '% --help' for more information.\n",
  usage: '[OPTION]... FILES',
  release: 'GNU diffutils 3.8',
  gaps: ['l'],
  async run(run) {
    const common = run.value('from-file') ?? run.value('to-file');
    if (common !== undefined && run.operands.length > 0) {
      let status = 0;
      for (const other of run.operands)
        status = Math.max(
          status,
          await new Comparison(run).run(
            ...(run.has('from-file') ? ([common, other] as const) : ([other, common] as const)),
          ),
        );
      return status;
    }
    const [one, two, extra] = run.operands;
    if (two === undefined) return run.wrongUse(`missing operand after '${one ?? run.name}'`);
    if (extra !== undefined) return run.wrongUse(`extra operand '${extra}'`);
    return new Comparison(run).run(one!, two);
  },
});

/** -NUM is a number of context lines. */
export const main: typeof declared = (process) => {
  process.argv = process.argv.flatMap((arg, i) => {
    const number = i > 0 ? /^-(\d+)([a-zA-Z]*)$/.exec(arg) : null;
    return number ? [`-U${number[1]}`, ...(number[2] ? [`-${number[2]}`] : [])] : [arg];
  });
  return declared(process);
};

class Comparison {
  readonly #run: Invocation;
  readonly #context: number;
  readonly #style: 'normal' | 'context' | 'unified' | 'ed' | 'f' | 'n' | 'D' | 'side' | 'brief';
  readonly #key: (line: Bytes) => Bytes;
  readonly #ignored: Pattern[];
  readonly #headings: Pattern | undefined;
  readonly #options: string;
  readonly #paint: Paint;
  #status = 0;

  constructor(run: Invocation) {
    this.#run = run;
    const style = run.options.findLast(([k]) =>
      ['c', 'C', 'u', 'U', 'e', 'f', 'n', 'D', 'y', 'normal'].includes(k),
    )?.[0];
    const number = run.options.findLast(([k, v]) => (k === 'C' || k === 'U') && v !== undefined)?.[1];
    this.#context =
      number === undefined ? 3 : (parseInteger(number) ?? run.wrongUse(`invalid context length '${number}'`));
    const side = style === 'y';
    this.#style = run.has('q')
      ? 'brief'
      : side
        ? 'side'
        : style === 'e'
          ? 'ed'
          : style === 'f' || style === 'n' || style === 'D'
            ? style
            : style?.toLowerCase() === 'c'
              ? 'context'
              : style?.toLowerCase() === 'u' || run.applet
                ? 'unified'
                : 'normal';
    this.#key = (text) => {
      let key = text;
      if (run.has('strip-cr')) key = key.replace(/\r$/, '');
      if (run.has('w')) key = key.replace(/[ \t\r\v\f]+/g, '');
      else {
        if (run.has('b')) key = key.replace(/[ \t\r\v\f]+/g, ' ').replace(/ $/, '');
        if (run.has('Z')) key = key.replace(/[ \t\r\v\f]+$/, '');
        if (run.has('E')) key = expandTabs(key);
      }
      return run.has('i') ? key.toLowerCase() : key;
    };
    this.#ignored = run.values('I').map((source) => compilePattern(source));
    const heading = run.has('p') ? '^[[:alpha:]$_]' : run.value('F');
    this.#headings = heading === undefined ? undefined : compilePattern(heading);
    this.#options = run.process.argv
      .slice(1)
      .filter((arg) => arg.startsWith('-') && arg !== '-' && arg !== '--')
      .map((arg) => ` ${quoteIfNeeded(arg)}`)
      .join('');
    const when = run.options.findLast(([k]) => k === 'color')?.[1];
    const colored =
      run.has('color') && (when === 'always' || (when !== 'never' && !!run.process.descriptors.get(1)?.terminal));
    const codes = { header: '1', add: '32', delete: '31', line: '36' };
    this.#paint = (code, text) => (colored ? `\x1b[${codes[code]}m${text}\x1b[0m` : text);
  }

  async run(one: Bytes, two: Bytes): Promise<number> {
    const [a, b] = [await this.#stat(one), await this.#stat(two)];
    if (a === null || b === null) return 2;
    if ((!a || !b) && !(this.#run.has('N') || this.#run.has('P'))) {
      for (const [stat, name] of [
        [a, one],
        [b, two],
      ] as const)
        if (!stat) await this.#run.warn(`${quoteIfNeeded(name)}: No such file or directory`, 2);
      return 2;
    }
    if (a?.type === 'directory' && b?.type === 'directory') await this.#directories(one, two, 0);
    else if (a?.type === 'directory') await this.#files(join(one, baseName(two)), two);
    else if (b?.type === 'directory') await this.#files(one, join(two, baseName(one)));
    else await this.#files(one, two);
    await this.#run.flush();
    return this.#status;
  }

  async #stat(name: Bytes): Promise<Stat | undefined | null> {
    if (name === '-') return this.#run.process.descriptors.get(0)?.stat();
    try {
      return this.#run.process.files.stat(name);
    } catch (error) {
      const words = reason(error);
      if (words === 'No such file or directory') return undefined;
      await this.#run.warn(`${quoteIfNeeded(name)}: ${words}`, 2);
      return null;
    }
  }

  async #directories(one: Bytes, two: Bytes, depth: number): Promise<void> {
    const run = this.#run;
    const list = async (folder: Bytes) => {
      try {
        return namesIn(run, folder).filter((name) => !run.values('x').some((p) => fnmatch(p, name)));
      } catch (error) {
        await run.warn(`${quoteIfNeeded(folder)}: ${reason(error)}`, 2);
        this.#status = 2;
        return [];
      }
    };
    const [left, right] = [new Set(await list(one)), new Set(await list(two))];
    const all = [...new Set([...left, ...right])].sort((x, y) => (x < y ? -1 : 1));
    for (const name of all) {
      const turn = run.process.step(10);
      if (turn) await turn;
      const [a, b] = [join(one, name), join(two, name)];
      if (!left.has(name) || !right.has(name)) {
        const there = left.has(name);
        const isFolder = tryTo(() => run.process.files.stat(there ? a : b))?.type === 'directory';
        if ((run.has('N') || (run.has('P') && !there)) && !isFolder) {
          await this.#files(a, b, true);
          continue;
        }
        run.put(`Only in ${there ? one : two}: ${quoteIfNeeded(name)}\n`);
        this.#status ||= 1;
        continue;
      }
      const [x, y] = [tryTo(() => run.process.files.stat(a)), tryTo(() => run.process.files.stat(b))];
      const folders = [x, y].filter((s) => s?.type === 'directory').length;
      if (folders === 2) {
        if (run.has('r') && depth < DEEPEST) await this.#directories(a, b, depth + 1);
        else run.put(`Common subdirectories: ${quoteIfNeeded(a)} and ${quoteIfNeeded(b)}\n`);
      } else if (folders === 1) {
        run.put(`File ${quoteIfNeeded(a)} is ${kind(x)} while file ${quoteIfNeeded(b)} is ${kind(y)}\n`);
        this.#status ||= 1;
      } else await this.#files(a, b, true);
    }
  }

  /** The content; undefined after a complaint. A missing file is empty under -N. */
  async #content(name: Bytes): Promise<Bytes | undefined> {
    const run = this.#run;
    try {
      if (name === '-') return await run.process.readAll(0, LARGEST);
      return run.process.readFile(name);
    } catch (error) {
      const words = reason(error);
      if (words === 'No such file or directory' && run.has('N')) return '';
      await run.warn(`${quoteIfNeeded(name)}: ${words}`, 2);
      this.#status = 2;
      return undefined;
    }
  }

  async #files(one: Bytes, two: Bytes, inTree = false): Promise<void> {
    const run = this.#run;
    const [a, b] = [await this.#content(one), await this.#content(two)];
    if (a === undefined || b === undefined) return;
    const same = async () => {
      if (run.has('s')) run.put(`Files ${quoteIfNeeded(one)} and ${quoteIfNeeded(two)} are identical\n`);
      else if (this.#style === 'side' && !run.has('suppress') && a !== '') {
        await this.#show(one, two, a, b, [], inTree);
      }
    };
    if (a === b) return same();
    const binary = !run.has('a') && (a.slice(0, 32768).includes('\0') || b.slice(0, 32768).includes('\0'));
    const plain = !['w', 'b', 'Z', 'E', 'i', 'B', 'I', 'strip-cr'].some((key) => run.has(key));
    if (binary || (this.#style === 'brief' && plain)) {
      this.#status ||= 1;
      if (this.#style === 'brief') run.put(`Files ${quoteIfNeeded(one)} and ${quoteIfNeeded(two)} differ\n`);
      else {
        run.put(`Binary files ${quoteIfNeeded(one)} and ${quoteIfNeeded(two)} differ\n`);
      }
      return;
    }
    const changes = (await this.#changes(a, b)).filter((change) => !this.#isIgnored(a, b, change));
    if (changes.length === 0) return same();
    this.#status ||= 1;
    if (this.#style === 'brief') run.put(`Files ${quoteIfNeeded(one)} and ${quoteIfNeeded(two)} differ\n`);
    else await this.#show(one, two, a, b, changes, inTree);
  }

  async #changes(a: Bytes, b: Bytes): Promise<Change[]> {
    const ids = new Map<Bytes, number>();
    const number = async (content: Bytes) => {
      const numbers: number[] = [];
      const lines = linesOf(content);
      for (const [i, text] of lines.entries()) {
        if ((i & 255) === 255) {
          const turn = this.#run.process.step(128);
          if (turn) await turn;
        }
        // A last line without its newline equals none that has one, unless white space is nothing.
        const cut = i === lines.length - 1 && !content.endsWith('\n') && !this.#run.has('w') && !this.#run.has('b');
        const key = this.#key(text) + (cut ? '\n' : '');
        let id = ids.get(key);
        if (id === undefined) ids.set(key, (id = ids.size));
        numbers.push(id);
      }
      return numbers;
    };
    return compareLines(this.#run.process, await number(a), await number(b));
  }

  #isIgnored(a: Bytes, b: Bytes, change: Change): boolean {
    if (!this.#run.has('B') && this.#ignored.length === 0) return false;
    const touched = [...linesOf(a).slice(...change.a), ...linesOf(b).slice(...change.b)];
    return touched.every(
      (text) => (this.#run.has('B') && text === '') || this.#ignored.some((p) => p.find(text, 0) !== undefined),
    );
  }

  async #show(one: Bytes, two: Bytes, a: Bytes, b: Bytes, changes: Change[], inTree: boolean): Promise<void> {
    const run = this.#run;
    const labels = run.values('L');
    const side = (name: Bytes, content: Bytes, label: Bytes | undefined): Side => ({
      label:
        label ??
        `${/[\s"\\]/.test(name) ? `"${name.replace(/["\\]/g, '\\$&')}"` : name}${this.#run.applet ? '' : `\t${this.#time(name)}`}`,
      lines: linesOf(content),
      cut: content !== '' && !content.endsWith('\n'),
    });
    const [left, right] = [side(one, a, labels[0]), side(two, b, labels[1])];
    if (inTree) run.put(`diff${this.#options} ${quoteIfNeeded(one)} ${quoteIfNeeded(two)}\n`);
    const put = (text: Bytes) => run.put(text);
    const heading = (from: number) => {
      for (let i = from - 1; this.#headings && i >= 0; i--)
        if (this.#headings.find(left.lines[i]!, 0)) return ` ${left.lines[i]!.slice(0, 40).trimEnd()}`;
      return '';
    };
    if (this.#style === 'unified') showUnified(put, left, right, changes, this.#context, this.#paint, heading);
    else if (this.#style === 'context') showContext(put, left, right, changes, this.#context, heading);
    else if (this.#style === 'ed' || this.#style === 'f') {
      if (this.#style === 'ed') showEd(put, right, changes);
      else showForwardEd(put, right, changes);
      // Neither form can say that a last line has no end.
      for (const [name, file] of [
        [one, left],
        [two, right],
      ] as const)
        if (file.cut) {
          await run.warn(`${quoteIfNeeded(name)}: No newline at end of file\n`, 2);
          this.#status = 2;
        }
    } else if (this.#style === 'n') showRcs(put, right, changes);
    else if (this.#style === 'D') showMerged(put, left, right, changes, run.value('D') ?? '');
    else if (this.#formats) showLines(put, left, right, changes, this.#formats);
    else if (this.#groups) showGroups(put, left, right, changes, this.#groups);
    else if (this.#style === 'side') {
      const width = parseInteger(run.value('W')) ?? 130;
      showSideBySide(put, left, right, changes, {
        width,
        leftOnly: run.has('left-column'),
        suppress: run.has('suppress'),
        expandTabs: run.has('t'),
      });
    } else
      showNormal(
        run.has('T') ? (text) => put(text.replace(/^((?:\x1b\[\d*m)?[<>]) /, '$1\t')) : put,
        left,
        right,
        changes,
        this.#paint,
      );
    await run.flush();
  }

  /** --old-line-format and its kin, where one of them is given. */
  get #formats(): { old: Bytes; new: Bytes; unchanged: Bytes } | undefined {
    const run = this.#run;
    if (!['line', 'old-line', 'new-line', 'same-line'].some((key) => run.has(key))) return undefined;
    const all = run.value('line') ?? '%l\n';
    return {
      old: run.value('old-line') ?? all,
      new: run.value('new-line') ?? all,
      unchanged: run.value('same-line') ?? all,
    };
  }

  /** --changed-group-format and its kin, where one of them is given. */
  get #groups(): { old: Bytes; new: Bytes; unchanged: Bytes; changed: Bytes } | undefined {
    const run = this.#run;
    if (!['old-group', 'new-group', 'same-group', 'changed-group'].some((key) => run.has(key))) return undefined;
    const changed = run.value('changed-group');
    return {
      old: run.value('old-group') ?? changed ?? '%<',
      new: run.value('new-group') ?? changed ?? '%>',
      unchanged: run.value('same-group') ?? '%=',
      changed: changed ?? '%<%>',
    };
  }

  #time(name: Bytes): string {
    const { process } = this.#run;
    const stat = name === '-' ? undefined : tryTo(() => process.files.stat(name));
    const ms = stat?.mtime ?? (name === '-' ? process.machine.clock.now() : 0);
    return strftime('%Y-%m-%d %H:%M:%S.%N %z', breakDown(ms, zoneOf(process)));
  }
}

const linesOf = (content: Bytes): Bytes[] => (content === '' ? [] : content.replace(/\n$/, '').split('\n'));

function kind(stat: Stat | undefined): string {
  if (stat?.type === 'directory') return 'a directory';
  if (stat?.type === 'file') return stat.size === 0 ? 'a regular empty file' : 'a regular file';
  return (
    { fifo: 'a fifo', socket: 'a socket', character: 'a character special file', block: 'a block special file' }[
      stat?.type as string
    ] ?? 'a symbolic link'
  );
}

function expandTabs(text: Bytes): Bytes {
  let out = '';
  for (const c of text) out += c === '\t' ? ' '.repeat(8 - (out.length % 8)) : c;
  return out;
}
