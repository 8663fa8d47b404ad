// A terminal's screen as data: text and control sequences in, rows of cells out, with snapshots that share what did not change.

/** How a cell is drawn. Each kind exists once, so that cells compare by identity. */
export interface Pen {
  /** -1 the default, 0–255 of the palette, from 0x1000000 on a colour of 24 bits. */
  readonly fg: number;
  readonly bg: number;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
  readonly strike: boolean;
}

const PLAIN: Pen = Object.freeze({
  fg: -1,
  bg: -1,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
  strike: false,
});

/** 24-bit colours that one recording may mix with styles; beyond it, a cell keeps the pen before. */
const MOST_PENS = 50_000;
/** Code units of a cell: a base character and what combines with it. */
const MOST_COMBINED = 16;

export class Line {
  /** One a column; the right half of a wide character is ''. */
  cells: string[];
  pens: Pen[];
  /** The text goes on in the next line. */
  wrapped = false;
  /** Changes with every change, and is never used twice: two lines with one stamp are the same. */
  stamp: number;
  /** A snapshot has it too: changed only as a copy. */
  shared = false;

  constructor(cells: string[], pens: Pen[], stamp: number) {
    this.cells = cells;
    this.pens = pens;
    this.stamp = stamp;
  }

  get text(): string {
    return this.cells.join('');
  }
}

interface Saved {
  row: number;
  column: number;
  pen: Pen;
  drawing: boolean;
  origin: boolean;
}

interface State extends Saved {
  columns: number;
  rows: number;
  lines: Line[];
  /** The main screen, while the alternate one is shown. */
  hidden: Line[] | undefined;
  /** Each screen has its own. */
  saved: Saved | undefined;
  hiddenSaved: Saved | undefined;
  top: number;
  bottom: number;
  insert: boolean;
  wrap: boolean;
  visible: boolean;
  /** The last column was written: the next character begins a new line. */
  full: boolean;
}

export type Snapshot = Readonly<State>;

const ASCII = Array.from({ length: 0x7f }, (_, code) => String.fromCharCode(code));
/** Special graphics of the VT100, from ` to ~. */
const DRAWING = '◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·';
const SEQUENCE =
  /\x1b(?:\[([<-?]?)([\d;:]*)[ -/]*([@-~])|[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|([ -/])[0-~]|([0-~]))?/y;
// As src/diary/table.ts: East Asian wide and fullwidth characters and emoji (Unicode Standard Annex 11).
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u3247\u3250-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{1b2ff}\u{1f200}-\u{1f265}\u{1f7f0}\u{20000}-\u{3fffd}]|(?![\u{1f1e6}-\u{1f1ff}])\p{Emoji_Presentation}/u;
const COMBINING = /[\p{Mn}\p{Me}\u1160-\u11ff]/u;

/** Columns that a character takes: 0, 1 or 2. */
export const columnsOf = (character: string): 0 | 1 | 2 =>
  character < '\u0300' ? 1 : COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1;

/**
 * The part of a VT220/xterm that moves text: what `Harmless` lets through (cursor movement, erasing, inserting, scrolling, regions, the alternate
 * screen, colours, line drawing). Everything else is skipped: there is nothing here that a title, a link or a query could act on. A write ends
 * with whole sequences; one that is cut off is dropped.
 */
export class Screen {
  #stamp = 0;
  #s: State;
  readonly #pens = new Map<string, Pen>();

  constructor(columns: number, rows: number) {
    this.#s = {
      columns,
      rows,
      lines: [],
      hidden: undefined,
      saved: undefined,
      hiddenSaved: undefined,
      row: 0,
      column: 0,
      pen: PLAIN,
      drawing: false,
      origin: false,
      top: 0,
      bottom: rows - 1,
      insert: false,
      wrap: true,
      visible: true,
      full: false,
    };
    this.#s.lines = this.#blankLines(rows);
  }

  get columns(): number {
    return this.#s.columns;
  }

  get rows(): number {
    return this.#s.rows;
  }

  get lines(): readonly Line[] {
    return this.#s.lines;
  }

  get cursor(): { row: number; column: number; visible: boolean } {
    const { row, column, columns, visible } = this.#s;
    return { row, column: Math.min(column, columns - 1), visible };
  }

  /** Whether a full-screen program has taken the alternate screen. */
  get alternate(): boolean {
    return this.#s.hidden !== undefined;
  }

  snapshot(): Snapshot {
    for (const line of this.#s.lines) line.shared = true;
    for (const line of this.#s.hidden ?? []) line.shared = true;
    return { ...this.#s, lines: [...this.#s.lines], hidden: this.#s.hidden && [...this.#s.hidden] };
  }

  restore(snapshot: Snapshot): void {
    this.#s = { ...snapshot, lines: [...snapshot.lines], hidden: snapshot.hidden && [...snapshot.hidden] };
  }

  write(text: string): void {
    const { length } = text;
    for (let at = 0; at < length; ) {
      const code = text.charCodeAt(at);
      if (code === 0x1b) {
        SEQUENCE.lastIndex = at;
        const found = SEQUENCE.exec(text)!;
        at += found[0].length;
        const [, mark, given, final, , escape] = found;
        if (final !== undefined) this.#sequence(mark!, given!, final);
        else if (escape !== undefined) this.#escape(escape);
        else if (found[0].startsWith('\x1b(')) this.#s.drawing = found[0][2] === '0';
      } else if (code < 0x20 || code === 0x7f) {
        this.#control(code);
        at++;
      } else if (code < 0x7f) {
        at = this.#run(text, at);
      } else {
        const character = String.fromCodePoint(text.codePointAt(at)!);
        const columns = columnsOf(character);
        if (columns === 0) this.#combine(character);
        else this.#put(character, columns);
        at += character.length;
      }
    }
  }

  /** Lines are cut or filled; rows go away at the top when the cursor would fall off. */
  resize(columns: number, rows: number): void {
    const s = this.#s;
    const fit = (lines: Line[], row: number): Line[] => {
      const gone = Math.max(0, row - rows + 1);
      const kept = lines.slice(gone, gone + rows).map((line) => {
        const cells = line.cells.slice(0, columns);
        const pens = line.pens.slice(0, columns);
        // Half a wide character is none.
        if (cells.length === columns && line.cells[columns] === '') cells[columns - 1] = ' ';
        while (cells.length < columns) {
          cells.push(' ');
          pens.push(PLAIN);
        }
        return new Line(cells, pens, ++this.#stamp);
      });
      s.columns = columns;
      return [...kept, ...this.#blankLines(rows - kept.length)];
    };
    const gone = Math.max(0, s.row - rows + 1);
    s.lines = fit(s.lines, s.row);
    s.hidden &&= fit(s.hidden, 0);
    s.rows = rows;
    s.row -= gone;
    s.column = Math.min(s.column, columns - 1);
    s.full = false;
    s.top = 0;
    s.bottom = rows - 1;
  }

  #blankLines(count: number): Line[] {
    return Array.from({ length: Math.max(0, count) }, () => this.#blank());
  }

  #blank(): Line {
    const { columns, pen } = this.#s;
    const erased = this.#erased(pen);
    return new Line(Array(columns).fill(' '), Array(columns).fill(erased), ++this.#stamp);
  }

  /** Erased cells keep the background alone. */
  #erased({ bg }: Pen): Pen {
    return bg === -1 ? PLAIN : this.#pen({ ...PLAIN, bg });
  }

  #pen(pen: Pen): Pen {
    const key = `${pen.fg},${pen.bg},${+pen.bold}${+pen.dim}${+pen.italic}${+pen.underline}${+pen.inverse}${+pen.strike}`;
    let known = this.#pens.get(key);
    if (known) return known;
    if (this.#pens.size >= MOST_PENS) return this.#s.pen;
    this.#pens.set(key, (known = Object.freeze(pen)));
    return known;
  }

  /** The line to change. */
  #line(row: number): Line {
    let line = this.#s.lines[row]!;
    if (line.shared) {
      const copy = new Line([...line.cells], [...line.pens], 0);
      copy.wrapped = line.wrapped;
      this.#s.lines[row] = line = copy;
    }
    line.stamp = ++this.#stamp;
    return line;
  }

  #put(character: string, columns: 1 | 2): void {
    const s = this.#s;
    if (columns > s.columns) return;
    if (s.full || s.column + columns > s.columns) {
      if (s.wrap) {
        const line = this.#line(s.row);
        line.wrapped = true;
        // A wide character goes on below whole.
        if (!s.full) line.cells[s.column] = ' ';
        s.column = 0;
        this.#feed();
      } else {
        s.column = s.columns - 1;
        // Half of it does not fit.
        if (columns === 2) return;
      }
      s.full = false;
    }
    const line = this.#line(s.row);
    if (s.insert) this.#shift(line, s.column, columns);
    this.#split(line, s.column);
    this.#split(line, s.column + columns);
    line.cells[s.column] = character;
    line.pens[s.column] = s.pen;
    if (columns === 2) {
      line.cells[s.column + 1] = '';
      line.pens[s.column + 1] = s.pen;
    }
    s.column += columns;
    if (s.column >= s.columns) {
      s.full = true;
      s.column = s.columns - 1;
    }
  }

  /** Printable ASCII, as much as fits in the line; returns where the rest begins. Most of what terminals say goes this way. */
  #run(text: string, from: number): number {
    const s = this.#s;
    if (s.drawing || s.insert || s.full) {
      const code = text.charCodeAt(from);
      this.#put(s.drawing && code >= 0x60 ? DRAWING[code - 0x60]! : ASCII[code]!, 1);
      return from + 1;
    }
    const line = this.#line(s.row);
    const { cells, pens } = line;
    const { pen } = s;
    const end = Math.min(text.length, from + s.columns - s.column);
    let { column } = s;
    let at = from;
    if (cells[column] === '') this.#split(line, column);
    for (let code: number; at < end && (code = text.charCodeAt(at)) >= 0x20 && code < 0x7f; at++, column++) {
      cells[column] = ASCII[code]!;
      pens[column] = pen;
    }
    if (cells[column] === '') cells[column] = ' ';
    s.full = column >= s.columns;
    s.column = s.full ? s.columns - 1 : column;
    return at;
  }

  #combine(character: string): void {
    const s = this.#s;
    const line = this.#line(s.row);
    let column = s.full ? s.column : s.column - 1;
    if (line.cells[column] === '') column--;
    const cell = line.cells[column];
    if (cell !== undefined && cell.length < MOST_COMBINED) line.cells[column] = cell + character;
  }

  /** A wide character is cut where something begins in its middle: both halves become blank. */
  #split(line: Line, column: number): void {
    if (column > 0 && column < line.cells.length && line.cells[column] === '') {
      line.cells[column - 1] = ' ';
      line.cells[column] = ' ';
    }
  }

  #shift(line: Line, column: number, count: number): void {
    const { columns, pen } = this.#s;
    const n = Math.min(count, columns - column);
    this.#split(line, column);
    line.cells.splice(column, 0, ...Array<string>(n).fill(' '));
    line.pens.splice(column, 0, ...Array<Pen>(n).fill(this.#erased(pen)));
    if (line.cells[columns] === '') line.cells[columns - 1] = ' ';
    line.cells.length = columns;
    line.pens.length = columns;
  }

  #control(code: number): void {
    const s = this.#s;
    switch (code) {
      case 0x08:
        s.column = Math.max(0, s.column - 1);
        s.full = false;
        return;
      case 0x09:
        s.column = Math.min(s.columns - 1, (Math.floor(s.column / 8) + 1) * 8);
        return;
      case 0x0a:
      case 0x0b:
      case 0x0c:
        this.#feed();
        s.full = false;
        return;
      case 0x0d:
        s.column = 0;
        s.full = false;
    }
  }

  #feed(): void {
    const s = this.#s;
    if (s.row === s.bottom) this.#scroll(1);
    else if (s.row < s.rows - 1) s.row++;
  }

  /** Positive: the region's lines go up. */
  #scroll(count: number, top = this.#s.top): void {
    const { lines, bottom } = this.#s;
    const n = Math.min(Math.abs(count), bottom - top + 1);
    if (count > 0) {
      lines.splice(top, n);
      lines.splice(bottom - n + 1, 0, ...this.#blankLines(n));
    } else {
      lines.splice(bottom - n + 1, n);
      lines.splice(top, 0, ...this.#blankLines(n));
    }
  }

  #move(row: number, column: number): void {
    const s = this.#s;
    s.row = Math.min(Math.max(0, row), s.rows - 1);
    s.column = Math.min(Math.max(0, column), s.columns - 1);
    s.full = false;
  }

  /** Up and down stop at the region's edge, when they begin inside of it. */
  #climb(rows: number, column = this.#s.column): void {
    const { row, top, bottom } = this.#s;
    if (rows < 0) this.#move(Math.max(row + rows, row >= top ? top : 0), column);
    else this.#move(Math.min(row + rows, row <= bottom ? bottom : this.#s.rows - 1), column);
  }

  #address(row: number, column: number): void {
    const { origin, top, bottom } = this.#s;
    this.#move(origin ? Math.min(top + row, bottom) : row, column);
  }

  #escape(kind: string): void {
    const s = this.#s;
    switch (kind) {
      case '7': {
        const { row, column, pen, drawing, origin } = s;
        s.saved = { row, column, pen, drawing, origin };
        return;
      }
      case '8': {
        Object.assign(s, s.saved ?? { row: 0, column: 0, pen: PLAIN, drawing: false, origin: false });
        this.#move(s.row, s.column);
        return;
      }
      case 'E':
        s.column = 0;
        this.#feed();
        break;
      case 'D':
        this.#feed();
        break;
      case 'M':
        if (s.row === s.top) this.#scroll(-1);
        else if (s.row > 0) s.row--;
    }
    s.full = false;
  }

  #sequence(mark: string, given: string, final: string): void {
    if (final === 'm') {
      if (mark === '') this.#s.pen = this.#rendition(given);
      return;
    }
    const numbers = given.split(/[;:]/).map((digits) => Math.min(Number(digits), 9999));
    if (final === 'h' || final === 'l') {
      for (const number of numbers) this.#mode(mark, number, final === 'h');
      return;
    }
    if (mark !== '') return;
    const s = this.#s;
    const [first = 0, second = 0] = numbers;
    const n = first || 1;
    switch (final) {
      case 'A':
        return this.#climb(-n);
      case 'B':
        return this.#climb(n);
      case 'e':
        return this.#move(s.row + n, s.column);
      case 'C':
      case 'a':
        return this.#move(s.row, s.column + n);
      case 'D':
        return this.#move(s.row, s.column - n);
      case 'E':
        return this.#climb(n, 0);
      case 'F':
        return this.#climb(-n, 0);
      case 'G':
      case '`':
        return this.#move(s.row, n - 1);
      case 'H':
      case 'f':
        return this.#address(n - 1, (second || 1) - 1);
      case 'd':
        return this.#address(n - 1, s.column);
      case 'I':
        for (let i = Math.min(n, s.columns); i > 0; i--) this.#control(0x09);
        return;
      case 'Z':
        return this.#move(s.row, Math.max(0, Math.ceil(s.column / 8) - n) * 8);
      case 'J':
        return this.#eraseScreen(first);
      case 'K':
        s.full = false;
        if (first <= 2) this.#erase(s.row, first === 0 ? s.column : 0, first === 1 ? s.column + 1 : s.columns);
        return;
      case 'X':
        s.full = false;
        return this.#erase(s.row, s.column, Math.min(s.columns, s.column + n));
      case '@':
        s.full = false;
        return this.#shift(this.#line(s.row), s.column, n);
      case 'P':
        return this.#delete(n);
      case 'L':
      case 'M':
        if (s.row < s.top || s.row > s.bottom) return;
        this.#scroll(final === 'L' ? -n : n, s.row);
        s.column = 0;
        s.full = false;
        return;
      case 'S':
        return this.#scroll(n);
      case 'T':
        return this.#scroll(-n);
      case 'r': {
        const bottom = Math.min(second || s.rows, s.rows);
        if (n >= bottom) return;
        s.top = n - 1;
        s.bottom = bottom - 1;
        return this.#address(0, 0);
      }
      case 's':
        return this.#escape('7');
      case 'u':
        return this.#escape('8');
    }
  }

  #erase(row: number, from: number, to: number): void {
    const line = this.#line(row);
    this.#split(line, from);
    this.#split(line, to);
    line.cells.fill(' ', from, to);
    line.pens.fill(this.#erased(this.#s.pen), from, to);
    if (to === this.#s.columns) line.wrapped = false;
  }

  #eraseScreen(part: number): void {
    const s = this.#s;
    s.full = false;
    if (part === 0) {
      this.#erase(s.row, s.column, s.columns);
      for (let row = s.row + 1; row < s.rows; row++) s.lines[row] = this.#blank();
    } else if (part === 1) {
      for (let row = 0; row < s.row; row++) s.lines[row] = this.#blank();
      this.#erase(s.row, 0, s.column + 1);
    } else if (part === 2) s.lines = this.#blankLines(s.rows);
  }

  #delete(count: number): void {
    const s = this.#s;
    s.full = false;
    const line = this.#line(s.row);
    const n = Math.min(count, s.columns - s.column);
    this.#split(line, s.column);
    this.#split(line, s.column + n);
    line.cells.splice(s.column, n);
    line.pens.splice(s.column, n);
    const erased = this.#erased(s.pen);
    while (line.cells.length < s.columns) {
      line.cells.push(' ');
      line.pens.push(erased);
    }
  }

  #mode(mark: string, number: number, on: boolean): void {
    const s = this.#s;
    if (mark === '') {
      if (number === 4) s.insert = on;
      return;
    }
    if (mark !== '?') return;
    switch (number) {
      case 6:
        s.origin = on;
        return this.#address(0, 0);
      case 7:
        s.wrap = on;
        s.full = false;
        return;
      case 25:
        s.visible = on;
        return;
      case 1048:
        return this.#escape(on ? '7' : '8');
      case 47:
      case 1047:
        return this.#alternate(on);
      case 1049:
        if (on) this.#escape('7');
        this.#alternate(on);
        if (!on) this.#escape('8');
    }
  }

  #alternate(on: boolean): void {
    const s = this.#s;
    if (on === (s.hidden !== undefined)) return;
    [s.saved, s.hiddenSaved] = [s.hiddenSaved, s.saved];
    if (on) {
      s.hidden = s.lines;
      s.lines = this.#blankLines(s.rows);
    } else {
      s.lines = s.hidden!;
      s.hidden = undefined;
    }
  }

  /** Select graphic rendition (ECMA-48 §8.3.117, colours of ITU T.416 in both spellings). */
  #rendition(given: string): Pen {
    let pen: { -readonly [K in keyof Pen]: Pen[K] } = { ...this.#s.pen };
    const groups = given.split(';');
    for (let i = 0; i < groups.length; i++) {
      const parts = groups[i]!.split(':').map(Number);
      const code = parts[0]!;
      if (code === 38 || code === 48 || code === 58) {
        const apart = parts.length === 1;
        const kind = apart ? Number(groups[i + 1]) : parts[1];
        const values = apart ? groups.slice(i + 2, i + (kind === 2 ? 5 : 3)).map(Number) : parts.slice(2);
        if (apart) i += kind === 2 ? 4 : kind === 5 ? 2 : 1;
        const colour = colourOf(kind, values);
        if (colour !== undefined && code === 38) pen.fg = colour;
        else if (colour !== undefined && code === 48) pen.bg = colour;
      } else if (code === 0) pen = { ...PLAIN };
      else if (code === 1) pen.bold = true;
      else if (code === 2) pen.dim = true;
      else if (code === 3) pen.italic = true;
      else if (code === 4) pen.underline = parts[1] !== 0;
      else if (code === 7) pen.inverse = true;
      else if (code === 9) pen.strike = true;
      else if (code === 21) pen.underline = true;
      else if (code === 22) pen.bold = pen.dim = false;
      else if (code === 23) pen.italic = false;
      else if (code === 24) pen.underline = false;
      else if (code === 27) pen.inverse = false;
      else if (code === 29) pen.strike = false;
      else if (code >= 30 && code <= 37) pen.fg = code - 30;
      else if (code === 39) pen.fg = -1;
      else if (code >= 40 && code <= 47) pen.bg = code - 40;
      else if (code === 49) pen.bg = -1;
      else if (code >= 90 && code <= 97) pen.fg = code - 82;
      else if (code >= 100 && code <= 107) pen.bg = code - 92;
    }
    return this.#pen(pen);
  }
}

function colourOf(kind: number | undefined, values: readonly number[]): number | undefined {
  if (kind === 5) return values[0]! >= 0 && values[0]! <= 255 ? values[0] : undefined;
  if (kind !== 2) return undefined;
  // With a colour space before the three (T.416), or without.
  const rgb = values.slice(-3);
  if (rgb.length < 3 || !rgb.every((value) => value >= 0 && value <= 255)) return undefined;
  return 0x1000000 | (rgb[0]! << 16) | (rgb[1]! << 8) | rgb[2]!;
}
