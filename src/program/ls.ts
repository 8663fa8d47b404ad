// ls (GNU coreutils): lists directories; also dir and vdir.
import type { Bytes, Stat } from '../machine/machine.ts';
import { errnoOf, reason, tryTo } from './failure.ts';
import { modeString } from './mode.ts';
import { humanSize, parseInteger, parseSize } from './number.ts';
import { calledAs, gnu, type Invocation } from './program.ts';
import { isUtf8, quote, quoteAlways, quoteIfNeeded } from './quote.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';

export const names = ['ls', 'dir', 'vdir'];

interface Entry {
  name: Bytes;
  /** As given to the file system. */
  path: Bytes;
  stat: Stat | undefined;
  target?: Bytes | undefined;
}

type Time = 'mtime' | 'atime' | 'ctime';

interface Layout {
  format: 'long' | 'columns' | 'across' | 'commas' | 'one';
  width: number;
  color: boolean;
  quoting: 'literal' | 'shell' | 'shell-always' | 'c' | 'escape';
  hideControl: boolean;
  /** Of --block-size. */
  unit: { size: number; suffix: string } | undefined;
}

const LONG = {
  all: 'a',
  'almost-all': 'A',
  author: 'author',
  escape: 'b',
  'block-size=': 'block-size',
  'ignore-backups': 'B',
  'color=?': 'color',
  directory: 'd',
  dired: 'D',
  'classify=?': 'F',
  'file-type': 'file-type',
  'format=': 'format',
  'full-time': 'full-time',
  'group-directories-first': 'group-directories-first',
  'no-group': 'G',
  'human-readable': 'h',
  si: 'si',
  'dereference-command-line': 'H',
  'dereference-command-line-symlink-to-dir': 'symlink-to-dir',
  'hide=': 'hide',
  'hyperlink=?': 'hyperlink',
  'indicator-style=': 'indicator-style',
  inode: 'i',
  'ignore=': 'I',
  kibibytes: 'k',
  dereference: 'L',
  'numeric-uid-gid': 'n',
  literal: 'N',
  'hide-control-chars': 'q',
  'show-control-chars': 'show-control-chars',
  'quote-name': 'Q',
  'quoting-style=': 'quoting-style',
  reverse: 'r',
  recursive: 'R',
  size: 's',
  'sort=': 'sort',
  'time=': 'time',
  'time-style=': 'time-style',
  'tabsize=': 'T',
  'width=': 'w',
  context: 'Z',
  zero: 'zero',
};

export const main = gnu({
  short: 'abcdfghiklmnopqrstuvw:xABCDFGHI:LNQRST:UXZ1',
  long: LONG,
  failure: 2,
  usage: '[OPTION]... [FILE]...',
  words: {
    time: { name: '--time', groups: ['atime,access,use', 'ctime,status', 'birth,creation'] },
    sort: { name: '--sort', groups: ['none', 'time', 'size', 'extension', 'version', 'width'] },
    'indicator-style': { name: '--indicator-style', groups: ['none', 'slash', 'file-type', 'classify'] },
    color: { name: '--color', groups: ['always,yes,force', 'never,no,none', 'auto,tty,if-tty'] },
    format: {
      name: '--format',
      groups: ['verbose,long', 'commas', 'horizontal,across', 'vertical', 'single-column'],
    },
    'quoting-style': {
      name: '--quoting-style',
      groups: [
        'literal',
        'shell',
        'shell-always',
        'shell-escape',
        'shell-escape-always',
        'c',
        'c-maybe',
        'escape',
        'locale',
        'clocale',
      ],
    },
  },
  gaps: ['D', 'hyperlink'],
  async run(run) {
    const listing = new Listing(run);
    await listing.all(run.operands.length ? run.operands : ['.']);
    return undefined;
  },
});

class Listing {
  readonly #run: Invocation;
  readonly #layout: Layout;
  readonly #zone: string;
  #shownBefore = false;

  constructor(run: Invocation) {
    this.#run = run;
    this.#layout = layoutOf(run);
    this.#zone = zoneOf(run.process);
  }

  async all(operands: readonly Bytes[]): Promise<void> {
    const run = this.#run;
    const files: Entry[] = [];
    const directories: Bytes[] = [];
    const long = this.#layout.format === 'long';
    for (const name of operands) {
      const turn = run.process.step(4);
      if (turn) await turn;
      const follow = run.has('L') || run.has('H') || !(long || run.has('d') || run.has('F'));
      let stat: Stat | undefined;
      try {
        stat = run.process.files.stat(name, follow);
      } catch (error) {
        if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ELOOP')
          stat = tryTo(() => run.process.files.stat(name, false));
        if (!stat || (run.has('L') && errnoOf(error) === 'ENOENT')) {
          await run.warn(`cannot access ${quoteAlways(name)}: ${reason(error)}`, 2);
          continue;
        }
      }
      if (stat.type === 'directory' && !run.has('d')) directories.push(name);
      else files.push(this.#entry(name, name, stat));
    }
    if (files.length) {
      await this.#print(this.#sorted(files));
      this.#shownBefore = true;
    }
    const titled = run.has('R') || operands.length > 1;
    const order = this.#sorted(
      directories.map((name) =>
        this.#entry(
          name,
          name,
          tryTo(() => run.process.files.stat(name)),
        ),
      ),
    );
    for (const directory of order) await this.#directory(directory.name, titled, 0);
  }

  async #directory(path: Bytes, titled: boolean, depth: number): Promise<void> {
    const run = this.#run;
    const { files } = run.process;
    let names: Bytes[];
    try {
      names = files.readdir(path).map((e) => e.name);
    } catch (error) {
      await run.warn(`cannot open directory ${quoteAlways(path)}: ${reason(error)}`, depth === 0 ? 2 : 1);
      return;
    }
    names = names.filter((n) => n !== '.' && n !== '..');
    const all = run.options.findLast(([k]) => k === 'a' || k === 'A' || k === 'f')?.[0];
    if (!all) names = names.filter((n) => !n.startsWith('.'));
    if (all === 'a' || all === 'f') names.unshift('.', '..');
    if (run.has('B')) names = names.filter((n) => !n.endsWith('~'));
    const ignored = [...run.values('I'), ...(all ? [] : run.values('hide'))];
    if (ignored.length) {
      const { fnmatch } = await import('./fnmatch.ts');
      names = names.filter((n) => !ignored.some((pattern) => fnmatch(pattern, n, { period: true })));
    }
    const prefix = path.endsWith('/') ? path : `${path}/`;
    const entries: Entry[] = [];
    for (const name of names) {
      const turn = run.process.step(2);
      if (turn) await turn;
      const full = prefix + name;
      let stat: Stat | undefined;
      try {
        stat = files.stat(full, run.has('L'));
      } catch (error) {
        stat = run.has('L') ? tryTo(() => files.stat(full, false)) : undefined;
        if (!stat) await run.warn(`cannot access ${quoteAlways(full)}: ${reason(error)}`, 1);
      }
      entries.push(this.#entry(name, full, stat));
    }
    if (titled) {
      run.put(`${this.#shownBefore ? '\n' : ''}${this.#quoted(path)}:\n`);
    }
    this.#shownBefore = true;
    const sorted = this.#sorted(entries);
    if (this.#layout.format === 'long' || run.has('s')) {
      const blocks = entries.reduce((sum, e) => sum + (e.stat?.blocks ?? 0) * 512, 0);
      run.put(`total ${this.#size(blocks, true)}\n`);
    }
    await this.#print(sorted);
    if (run.has('R')) {
      for (const entry of sorted) {
        if (entry.stat?.type !== 'directory' || entry.name === '.' || entry.name === '..') continue;
        if (depth > 200) return;
        await this.#directory(entry.path, true, depth + 1);
      }
    }
  }

  #entry(name: Bytes, path: Bytes, stat: Stat | undefined): Entry {
    const target = stat?.type === 'symlink' ? tryTo(() => this.#run.process.files.readlink(path)) : undefined;
    return { name, path, stat, target };
  }

  get #timeKey(): Time {
    const run = this.#run;
    const word = run.value('time');
    if (word && /^(atime|access|use)$/.test(word)) return 'atime';
    if (word && /^(ctime|status)$/.test(word)) return 'ctime';
    const letter = run.options.findLast(([k]) => k === 'u' || k === 'c')?.[0];
    return letter === 'u' ? 'atime' : letter === 'c' ? 'ctime' : 'mtime';
  }

  #sorted(entries: Entry[]): Entry[] {
    const run = this.#run;
    const word = run.value('sort');
    const chosen = run.options.findLast(([k]) => 'tSXUvf'.includes(k) && k.length === 1)?.[0];
    const words: Record<string, string> = { time: 't', size: 'S', extension: 'X', none: 'U', version: 'v' };
    let by = word ? words[word] : chosen === 'f' ? 'U' : chosen;
    // -c and -u sort by that time unless -l asks for it to be shown.
    if (!by && (run.has('c') || run.has('u')) && this.#layout.format !== 'long') by = 't';
    const key = this.#timeKey;
    const name = (a: Entry, b: Entry) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
    const ext = (e: Entry) => (e.name.lastIndexOf('.') > 0 ? e.name.slice(e.name.lastIndexOf('.')) : '');
    let sorted = [...entries];
    if (by === 't') sorted.sort((a, b) => (b.stat?.[key] ?? 0) - (a.stat?.[key] ?? 0) || name(a, b));
    else if (by === 'S') sorted.sort((a, b) => (b.stat?.size ?? 0) - (a.stat?.size ?? 0) || name(a, b));
    else if (by === 'X') sorted.sort((a, b) => (ext(a) < ext(b) ? -1 : ext(a) > ext(b) ? 1 : name(a, b)));
    else if (by === 'v') sorted.sort((a, b) => compareVersions(a.name, b.name));
    else if (by !== 'U') sorted.sort(name);
    if (run.has('r') && by !== 'U') sorted.reverse();
    if (run.has('group-directories-first')) {
      const isDirectory = (e: Entry) =>
        e.stat?.type === 'directory' ||
        (e.stat?.type === 'symlink' && tryTo(() => run.process.files.stat(e.path))?.type === 'directory');
      sorted = [...sorted.filter(isDirectory), ...sorted.filter((e) => !isDirectory(e))];
    }
    return sorted;
  }

  /** A size, or a total of blocks, as the options show it. */
  #size(bytes: number, blocks = false): string {
    const run = this.#run;
    if (run.has('h')) return humanSize(bytes, 1024);
    if (run.has('si')) return humanSize(bytes, 1000);
    const unit = this.#layout.unit;
    if (unit) return `${Math.ceil(bytes / unit.size)}${unit.suffix}`;
    return String(blocks ? Math.ceil(bytes / 1024) : bytes);
  }

  #quoted(name: Bytes): Bytes {
    const { quoting, hideControl } = this.#layout;
    if (quoting === 'shell') return quoteIfNeeded(name);
    if (quoting === 'shell-always') return quoteAlways(name);
    if (quoting === 'c') return `"${cEscape(name).replaceAll('"', '\\"')}"`;
    if (quoting === 'escape') return cEscape(name).replaceAll(' ', '\\ ');
    return hideControl ? name.replace(/[\x00-\x1f\x7f]/g, '?') : name;
  }

  #indicator(entry: Entry, stat = entry.stat): string {
    const run = this.#run;
    const style = run.value('indicator-style');
    const when = run.options.findLast(([k]) => k === 'F')?.[1];
    const classify =
      (run.has('F') && (when === undefined || when === 'always' || (when === 'auto' && terminalOf(run)))) ||
      style === 'classify';
    const types = run.has('file-type') || style === 'file-type';
    const slash = run.has('p') || style === 'slash';
    if (!stat || !(classify || types || slash)) return '';
    if (stat.type === 'directory') return '/';
    if (!classify && !types) return '';
    if (stat.type === 'symlink') return '@';
    if (stat.type === 'fifo') return '|';
    if (stat.type === 'socket') return '=';
    return classify && stat.type === 'file' && stat.mode & 0o111 ? '*' : '';
  }

  #name(entry: Entry): Bytes {
    const quoted = this.#quoted(entry.name);
    // Where some names are quoted, GNU indents the others by a blank so that they line up; only on a terminal in columns.
    const code = this.#layout.color ? colorOf(entry, entry.stat) : '';
    return code ? `\x1b[0m\x1b[${code}m${quoted}\x1b[0m` : quoted;
  }

  async #print(entries: Entry[]): Promise<void> {
    const run = this.#run;
    if (this.#layout.format === 'long') {
      await this.#long(entries);
      return;
    }
    const inodeWidth = Math.max(0, ...entries.map((e) => String(e.stat?.inode ?? '?').length));
    const blockText = (e: Entry) => (e.stat ? this.#size(e.stat.blocks * 512, true) : '?');
    const blockWidth = Math.max(0, ...entries.map((e) => blockText(e).length));
    const aligned =
      this.#layout.quoting === 'shell' && terminalOf(run) && entries.some((e) => this.#quoted(e.name) !== e.name);
    const cells = entries.map((e) => {
      let front = '';
      if (run.has('i')) front += `${String(e.stat?.inode ?? '?').padStart(inodeWidth)} `;
      if (run.has('s')) front += `${blockText(e).padStart(blockWidth)} `;
      if (aligned && this.#layout.format !== 'commas' && this.#quoted(e.name) === e.name) front += ' ';
      const mark = this.#indicator(e);
      const plain = front + this.#quoted(e.name) + mark;
      return { text: front + this.#name(e) + mark, width: columnsOf(plain, isUtf8(run.process)) };
    });
    const end = run.has('zero') ? '\0' : '\n';
    const { format, width } = this.#layout;
    if (format === 'one') for (const cell of cells) run.put(cell.text + end);
    else if (format === 'commas') run.put(commas(cells, width));
    else
      run.put(
        columns(cells, width, format === 'across', run.has('T') ? Number(run.value('T')) : 8, this.#layout.color),
      );
    await run.drain();
  }

  async #long(entries: Entry[]): Promise<void> {
    const run = this.#run;
    const { accounts, clock } = run.process.machine;
    const numeric = run.has('n');
    const end = run.has('zero') ? '\0' : '\n';
    const user = (id: number) => (numeric ? String(id) : (accounts.byId(id)?.name ?? String(id)));
    const group = (id: number) => (numeric ? String(id) : (accounts.groupById(id)?.name ?? String(id)));
    const now = clock.now();
    const key = this.#timeKey;
    const aligned =
      this.#layout.quoting === 'shell' && terminalOf(run) && entries.some((e) => this.#quoted(e.name) !== e.name);
    const rows = entries.map((e) => {
      const s = e.stat;
      const size = s ? (s.rdev ? `${s.rdev[0]}, ${String(s.rdev[1]).padStart(3)}` : this.#size(s.size)) : '?';
      return {
        e,
        inode: String(s?.inode ?? '?'),
        blocks: s ? this.#size(s.blocks * 512, true) : '?',
        mode: s ? modeString(s.type, s.mode) : '??????????',
        links: String(s?.links ?? '?'),
        user: s ? user(s.uid) : '?',
        group: s ? group(s.gid) : '?',
        size,
        time: s ? this.#time(s[key], now) : '           ?',
      };
    });
    const width = (pick: (row: (typeof rows)[number]) => string) => Math.max(0, ...rows.map((r) => pick(r).length));
    const [iw, bw, lw, uw, gw, sw, tw] = [
      width((r) => r.inode),
      width((r) => r.blocks),
      width((r) => r.links),
      width((r) => r.user),
      width((r) => r.group),
      width((r) => r.size),
      width((r) => r.time),
    ];
    for (const row of rows) {
      let line = '';
      if (run.has('i')) line += `${row.inode.padStart(iw)} `;
      if (run.has('s')) line += `${row.blocks.padStart(bw)} `;
      line += `${row.mode} ${row.links.padStart(lw)} `;
      if (!run.has('g')) line += `${numeric ? row.user.padStart(uw) : row.user.padEnd(uw)} `;
      if (!run.has('o') && !run.has('G')) line += `${numeric ? row.group.padStart(gw) : row.group.padEnd(gw)} `;
      if (run.has('author')) line += `${row.user.padEnd(uw)} `;
      if (run.has('Z')) line += '? ';
      line += `${row.size.padStart(sw)} ${row.time.padStart(tw)} `;
      if (aligned && this.#quoted(row.e.name) === row.e.name) line += ' ';
      line += this.#name(row.e);
      if (row.e.target !== undefined) {
        const follow = tryTo(() => run.process.files.stat(row.e.path));
        line += ` -> ${this.#quoted(row.e.target)}${this.#indicator(row.e, follow)}`;
      } else line += this.#indicator(row.e);
      run.put(line + end);
      const turn = run.process.step(3);
      if (turn) await turn;
      await run.drain();
    }
  }

  #time(at: number, now: number): string {
    const run = this.#run;
    const t = breakDown(at, this.#zone);
    const style = run.has('full-time')
      ? 'full-iso'
      : (run.value('time-style') ?? run.process.environment.get('TIME_STYLE') ?? 'locale');
    const recent = at <= now && at > now - 31556952_000 / 2;
    if (style.startsWith('+')) {
      const [old, young] = style.slice(1).split('\n');
      return strftime((recent ? (young ?? old) : old) ?? '', t);
    }
    if (style === 'full-iso') return strftime('%Y-%m-%d %H:%M:%S.%N %z', t);
    if (style === 'long-iso') return strftime('%Y-%m-%d %H:%M', t);
    if (style === 'iso') return strftime(recent ? '%m-%d %H:%M' : '%Y-%m-%d ', t);
    if (!/^(posix-)?locale$/.test(style))
      return run.fail(
        `invalid argument ${quote(run.process, style)} for ${quote(run.process, 'time style')}\nValid arguments are:\n` +
          "  - [posix-]full-iso\n  - [posix-]long-iso\n  - [posix-]iso\n  - [posix-]locale\n  - +FORMAT (e.g., +%H:%M) for a 'date'-style format\n" +
          `Try '${run.name} --help' for more information.`,
        2,
      );
    return strftime(recent ? '%b %e %H:%M' : '%b %e  %Y', t);
  }
}

function terminalOf(run: Invocation) {
  return run.process.descriptors.get(1)?.terminal;
}

/** --block-size: the size, and the letters that a size then has when the option gives none of its own number. */
function unitOf(run: Invocation): Layout['unit'] {
  const text = run.value('block-size');
  if (text === undefined) return undefined;
  const size = parseSize(/^\d/.test(text) ? text : `1${text}`);
  if (!size) return run.fail(`invalid --block-size argument '${text}'`, 2);
  return { size, suffix: /^\d/.test(text) ? '' : text };
}

/** Without LS_COLORS, ls paints only for terminals that dircolors knows. */
function colorsKnown(run: Invocation): boolean {
  const { environment } = run.process;
  if (environment.get('LS_COLORS') || environment.get('COLORTERM')) return true;
  return /^(?:ansi|.*color.*|con\d*x\d*|cons25|console|cygwin|.*direct.*|dtterm|gnome|hurd|jfbterm|konsole|kterm|linux|linux-c|mlterm|putty|rxvt.*|screen.*|st|terminator|tmux.*|vt100|xterm.*)$/.test(
    environment.get('TERM') ?? '',
  );
}

function layoutOf(run: Invocation): Layout {
  const terminal = terminalOf(run);
  const name = calledAs(run.process);
  let format: Layout['format'] = name === 'vdir' ? 'long' : terminal || name === 'dir' ? 'columns' : 'one';
  const letters: Record<string, Layout['format']> = {
    l: 'long',
    g: 'long',
    n: 'long',
    o: 'long',
    C: 'columns',
    x: 'across',
    m: 'commas',
    'full-time': 'long',
  };
  const words: Record<string, Layout['format']> = {
    long: 'long',
    verbose: 'long',
    commas: 'commas',
    horizontal: 'across',
    across: 'across',
    vertical: 'columns',
    'single-column': 'one',
  };
  for (const [key, value] of run.options) {
    if (letters[key]) format = letters[key];
    else if (key === 'format') format = words[value ?? ''] ?? format;
    else if ((key === '1' || key === 'zero') && format !== 'long') format = 'one';
  }
  const given = run.value('w');
  const width =
    given !== undefined
      ? parseInteger(given)
      : (terminal?.columns ?? parseInteger(run.process.environment.get('COLUMNS')) ?? 80);
  if (width === undefined || width < 0) return run.fail(`invalid line width: ${quote(run.process, given!)}`, 2);
  const tab = run.value('T');
  if (tab !== undefined && parseInteger(tab) === undefined)
    return run.fail(`invalid tab size: ${quote(run.process, tab)}`, 2);
  const when = run.options.findLast(([k]) => k === 'color');
  const color =
    when !== undefined && colorsKnown(run) && (!when[1] || when[1] === 'always' || (when[1] === 'auto' && !!terminal));
  let quoting: Layout['quoting'] = terminal ? 'shell' : 'literal';
  if (name !== 'ls') quoting = 'escape';
  for (const [key, value] of run.options) {
    if (key === 'N' || key === 'zero') quoting = 'literal';
    else if (key === 'b') quoting = 'escape';
    else if (key === 'Q') quoting = 'c';
    else if (key === 'quoting-style') {
      quoting = value?.startsWith('shell')
        ? value.includes('always')
          ? 'shell-always'
          : 'shell'
        : value === 'c'
          ? 'c'
          : value === 'escape'
            ? 'escape'
            : 'literal';
    }
  }
  return {
    format,
    width: width === 0 ? 1e9 : width,
    color,
    quoting,
    unit: unitOf(run),
    hideControl: run.has('q') || (!!terminal && !run.has('show-control-chars')),
  };
}

function cEscape(name: Bytes): Bytes {
  const named: Record<string, string> = {
    '\n': '\\n',
    '\t': '\\t',
    '\r': '\\r',
    '\\': '\\\\',
    '\x07': '\\a',
    '\b': '\\b',
    '\f': '\\f',
    '\v': '\\v',
  };
  let shown = '';
  for (const c of name)
    shown += named[c] ?? (c < ' ' || c >= '\x7f' ? `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}` : c);
  return shown;
}

/** Columns a text takes on a terminal: one a character in UTF-8. */
function columnsOf(text: Bytes, utf8: boolean): number {
  if (!utf8) return text.length;
  let width = 0;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xc0) !== 0x80) width++;
  return width;
}

interface Cell {
  text: Bytes;
  width: number;
}

function commas(cells: Cell[], width: number): Bytes {
  let text = '';
  let at = 0;
  for (const [index, cell] of cells.entries()) {
    if (index > 0) {
      if (at + 2 + cell.width < width) {
        text += ', ';
        at += 2;
      } else {
        text += ',\n';
        at = 0;
      }
    }
    text += cell.text;
    at += cell.width;
  }
  return text ? `${text}\n` : '';
}

/** GNU's layout: as many columns as fit, filled downwards (or across), separated by two blanks, written with tabs where they fall so. */
function columns(cells: Cell[], width: number, across: boolean, tab: number, color: boolean): Bytes {
  if (cells.length === 0) return '';
  const most = Math.min(cells.length, Math.max(1, Math.floor(width / 3)));
  let count = most;
  let widths: number[] = [];
  for (; count > 1; count--) {
    const rows = Math.ceil(cells.length / count);
    widths = new Array(count).fill(0);
    for (const [i, cell] of cells.entries()) {
      const column = across ? i % count : Math.floor(i / rows);
      widths[column] = Math.max(widths[column]!, cell.width + (column === count - 1 ? 0 : 2));
    }
    if (widths.reduce((a, b) => a + b, 0) < width) break;
  }
  if (count <= 1) return cells.map((c) => `${c.text}\n`).join('');
  const rows = Math.ceil(cells.length / count);
  let text = '';
  for (let row = 0; row < rows; row++) {
    let at = 0;
    let start = 0;
    for (let column = 0; column < count; column++) {
      const cell = cells[across ? row * count + column : column * rows + row];
      if (!cell) break;
      if (column > 0) {
        text += indent(at, start, color ? 0 : tab);
        at = start;
      }
      text += cell.text;
      at += cell.width;
      start += widths[column]!;
    }
    text += '\n';
  }
  return text;
}

function indent(from: number, to: number, tab: number): string {
  let text = '';
  let at = from;
  while (at < to) {
    if (tab && Math.floor(to / tab) > Math.floor((at + 1) / tab)) {
      text += '\t';
      at += tab - (at % tab);
    } else {
      text += ' ';
      at++;
    }
  }
  return text;
}

const ARCHIVE =
  /\.(tar|tgz|arc|arj|taz|lha|lz4|lzh|lzma|tlz|txz|tzo|t7z|zip|z|dz|gz|lrz|lz|lzo|xz|zst|tzst|bz2|bz|tbz|tbz2|tz|deb|rpm|jar|war|ear|sar|rar|alz|ace|zoo|cpio|7z|rz|cab|wim|swm|dwm|esd)$/;
const IMAGE =
  /\.(jpg|jpeg|mjpg|mjpeg|gif|bmp|pbm|pgm|ppm|tga|xbm|xpm|tif|tiff|png|svg|svgz|mng|pcx|mov|mpg|mpeg|m2v|mkv|webm|webp|ogm|mp4|m4v|mp4v|vob|qt|nuv|wmv|asf|rm|rmvb|flc|avi|fli|flv|gl|dl|xcf|xwd|yuv|cgm|emf|ogv|ogx)$/;
const SOUND = /\.(aac|au|flac|m4a|mid|midi|mka|mp3|mpc|ogg|ra|wav|oga|opus|spx|xspf)$/;

/** dircolors' defaults. */
function colorOf(entry: Entry, stat: Stat | undefined): string {
  if (!stat) return '';
  const { type, mode } = stat;
  if (type === 'directory') return mode & 0o1000 ? (mode & 2 ? '30;42' : '37;44') : mode & 2 ? '34;42' : '01;34';
  if (type === 'symlink') return '01;36';
  if (type === 'fifo') return '40;33';
  if (type === 'socket') return '01;35';
  if (type === 'block' || type === 'character') return '40;33;01';
  if (mode & 0o4000) return '37;41';
  if (mode & 0o2000) return '30;43';
  if (mode & 0o111) return '01;32';
  if (ARCHIVE.test(entry.name)) return '01;31';
  if (IMAGE.test(entry.name)) return '01;35';
  return SOUND.test(entry.name) ? '00;36' : '';
}

/** Order of `ls -v` and `sort -V`: digits compare as numbers (gnulib filevercmp, in essence). */
export function compareVersions(a: Bytes, b: Bytes): number {
  const split = (s: Bytes) => s.match(/\d+|\D+/g) ?? [];
  const [x, y] = [split(a), split(b)];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const [p, q] = [x[i] ?? '', y[i] ?? ''];
    if (p === q) continue;
    if (/^\d/.test(p) && /^\d/.test(q)) {
      const [m, n] = [p.replace(/^0+/, ''), q.replace(/^0+/, '')];
      if (m.length !== n.length) return m.length - n.length;
      if (m !== n) return m < n ? -1 : 1;
      continue;
    }
    for (let j = 0; j < Math.max(p.length, q.length); j++) {
      const rank = (c: string | undefined) =>
        c === undefined || /\d/.test(c)
          ? 0
          : c === '~'
            ? -1
            : /[A-Za-z]/.test(c)
              ? c.charCodeAt(0)
              : c.charCodeAt(0) + 256;
      const difference = rank(p[j]) - rank(q[j]);
      if (difference) return difference;
    }
  }
  return a < b ? -1 : a > b ? 1 : 0;
}
