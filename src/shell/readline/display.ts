// What an edited line looks like on the screen, and the fewest bytes that change the screen into that: readline 8.2's redisplay.
import type { Bytes } from '../../machine/machine.ts';
import type { Capabilities } from './capabilities.ts';
import { columnsOf } from './width.ts';

/** One character cell of a row. `hidden`: part of the prompt that takes no columns (between \[ and \]). */
interface Cell {
  text: Bytes;
  columns: number;
  marked: boolean;
  hidden: boolean;
}

type Row = Cell[];

/** A prompt taken apart: what stands before its last line, and the cells of that. */
interface Prompt {
  before: Bytes;
  cells: Cell[];
  text: Bytes;
  columns: number;
  /** Bytes that are hidden, and those that are not. */
  hidden: number;
  visible: number;
  /** Byte index of the last hidden one; 0 when there is none. */
  lastHidden: number;
}

export interface Shown {
  /** The characters of the line. */
  line: readonly Bytes[];
  /** Index of the character under the cursor. */
  point: number;
  /** Characters that stand out, from and to. */
  marked?: readonly [number, number] | undefined;
}

const bytes = (cells: readonly Cell[], from = 0, to = cells.length): number => {
  let length = 0;
  for (let i = from; i < to; i++) length += cells[i]!.text.length;
  return length;
};
/** Columns as readline counts them here: hidden bytes count, too, and its callers make up for that. */
const width = (cells: readonly Cell[], from: number, to: number): number => {
  let columns = 0;
  for (let i = from; i < to; i++) columns += cells[i]!.hidden ? cells[i]!.text.length : cells[i]!.columns;
  return columns;
};
const visibleWidth = (cells: readonly Cell[], from: number, to: number): number => {
  let columns = 0;
  for (let i = from; i < to; i++) if (!cells[i]!.hidden) columns += cells[i]!.columns;
  return columns;
};
const same = (a: Cell, b: Cell): boolean => a.text === b.text && a.marked === b.marked;

/** Takes \001…\002 out of the last line of a prompt and counts. */
function takeApart(text: Bytes, split: (text: Bytes) => Bytes[], multibyte: boolean): Prompt {
  const start = text.lastIndexOf('\n') + 1;
  const cells: Cell[] = [];
  let hiddenNow = false;
  let [columns, hidden, visible, lastHidden, length] = [0, 0, 0, 0, 0];
  for (const character of split(text.slice(start))) {
    if (character === '\x01' && !hiddenNow) hiddenNow = true;
    else if (character === '\x02' && hiddenNow) {
      hiddenNow = false;
      lastHidden = Math.max(0, length - 1);
    } else {
      const cell = { text: character, columns: multibyte ? columnsOf(character) : 1, marked: false, hidden: hiddenNow };
      cells.push(cell);
      length += character.length;
      if (hiddenNow) hidden += character.length;
      else {
        visible += character.length;
        columns += cell.columns;
      }
    }
  }
  const before = text.slice(0, start).replace(/[\x01\x02]/g, '');
  return { before, cells, text: cells.map((c) => c.text).join(''), columns, hidden, visible, lastHidden };
}

export class Display {
  readonly #can: Capabilities;
  readonly #multibyte: boolean;
  readonly #split: (text: Bytes) => Bytes[];
  #width: number;
  #height: number;
  #prompt: Prompt;
  /** The prompt of the line; `#prompt` differs from it while a message stands there. */
  #own: Prompt;
  #rows: Row[] = [[]];
  /** Where the cursor stands. */
  #column = 0;
  #row = 0;
  /** Hidden bytes in the prompt that is on the screen. */
  #hiddenShown = 0;
  #firstLength = 0;
  #margin = 0;
  #forced = true;
  #quick = false;
  #out = '';

  /** `split` takes a byte string apart into characters of the locale. */
  constructor(
    can: Capabilities,
    size: { columns: number; rows: number },
    prompt: Bytes,
    multibyte: boolean,
    split: (text: Bytes) => Bytes[],
  ) {
    this.#can = can;
    this.#multibyte = multibyte;
    this.#split = split;
    this.#prompt = this.#own = takeApart(prompt, split, multibyte);
    this.#width = 80;
    this.#height = 24;
    this.size(size);
  }

  size({ columns, rows }: { columns: number; rows: number }): void {
    this.#width = Math.max(2, (columns || 80) - (this.#can.wraps ? 0 : 1));
    this.#height = Math.max(2, rows || 24);
  }

  get columns(): number {
    return this.#width;
  }

  get lines(): number {
    return this.#height;
  }

  /** What is to be written, once. */
  take(): Bytes {
    const out = this.#out;
    this.#out = '';
    return out;
  }

  put(text: Bytes): void {
    this.#out += text;
  }

  /** The cursor stands on a new, empty line. */
  onNewLine(): void {
    this.#rows = [[]];
    this.#column = this.#row = this.#margin = this.#hiddenShown = 0;
  }

  /** Shows a message in place of the prompt; undefined: the prompt again. */
  message(text: Bytes | undefined): void {
    this.#prompt = text === undefined ? this.#own : { ...takeApart(text, this.#split, this.#multibyte), before: '' };
  }

  /** The next redisplay need not be clever. */
  quick(): void {
    if (this.#rows.length === 1) this.#quick = true;
  }

  /** Draws everything, as on a new line. */
  force(shown: Shown): void {
    this.onNewLine();
    this.#forced = true;
    this.redisplay(shown);
  }

  /** Clears the screen, and draws. */
  clear(shown: Shown, scrolled: boolean): void {
    if (this.#can.clear) this.#out += this.#can.clear + (scrolled ? (this.#can.clearScrolled ?? '') : '');
    else this.#out += '\n';
    this.force(shown);
  }

  /** Clears the rows of the line and draws it in them. */
  refresh(shown: Shown): void {
    this.#out += '\r';
    this.#column = 0;
    this.#vertically(this.#rows.length - 1);
    for (let row = this.#row; row >= 0; row--) {
      this.#vertically(row);
      this.#clearToEnd(this.#width);
      this.#out += '\r';
    }
    this.#vertically(0);
    const { before } = this.#prompt;
    this.#prompt = { ...this.#prompt, before: '' };
    this.force(shown);
    this.#prompt = { ...this.#prompt, before };
  }

  /** Goes below the line, which is accepted. */
  end(): void {
    let last = this.#rows.length - 1;
    let full = false;
    if (last > 0 && this.#column === 0 && this.#rows[last]!.length === 0) {
      last--;
      full = true;
    }
    this.#vertically(last);
    const cells = this.#rows[last]!;
    const columns = visibleWidth(cells, 0, cells.length);
    if (full && this.#can.wraps && columns === this.#width) {
      this.#move(this.#rows[last]!, cells.length - 1);
      this.#clearToEnd(0);
      this.#write(cells, cells.length - 1, cells.length);
    }
    if (columns > 0 || this.#column > 0) this.#out += '\n';
    this.onNewLine();
  }

  /** Leaves the line as it is: the cursor on its last row. */
  leave(): void {
    if (this.#rows.length > 1) this.#vertically(this.#rows.length - 1);
  }

  /** Goes below the rows for a list of completions. */
  below(): void {
    this.#vertically(this.#rows.length - 1);
    this.#out += '\n';
  }

  /** The line on which the cursor stands is emptied: after `--More--`. */
  eraseLine(): void {
    this.#out += `\r${this.#can.el ?? ''}\r`;
  }

  /** Readline's quick way to take characters off the end in a single-byte locale. */
  eraseAtEnd(count: number): void {
    this.#out += this.#back(count) + ' '.repeat(count) + this.#back(count);
    const row = this.#rows[this.#row];
    row?.splice(Math.max(0, row.length - count));
    this.#column -= count;
  }

  get column(): number {
    return this.#column;
  }

  redisplay(shown: Shown): void {
    const { rows, filled, cursorRow, cursorCell } = this.#layOut(shown);
    const prompt = this.#prompt;
    if (this.#forced && prompt.before !== '') this.#out += prompt.before + (prompt.before.endsWith('\r\n') ? '' : '\r');
    if (this.#can.cuu1 === undefined) {
      this.#scroll(rows[0]!, cursorCell);
      this.#hiddenShown = this.#margin > 0 ? 0 : prompt.hidden;
      this.#forced = this.#quick = false;
      return;
    }
    this.#forced = false;
    if (rows.length > 1) this.#quick = false;
    const old = this.#rows;
    const bottom = rows.length - 1;
    for (let y = 0; y <= bottom; y++) {
      this.#update(old[y] ?? [], rows[y]!, y, old.length - 1, bottom, filled);
      if (y > 0) continue;
      const out = bytes(rows[0]!);
      if (
        bottom === 0 &&
        this.#column === out &&
        prompt.hidden > this.#hiddenShown &&
        this.#column < this.#firstLength &&
        this.#width > this.#column
      )
        this.#clearToEnd(this.#width - this.#column);
      this.#firstLength = bottom > 0 ? out : out - prompt.hidden;
    }
    for (let y = bottom + 1; y < old.length; y++) {
      this.#vertically(y);
      this.#move(old[y]!, 0);
      this.#clearToEnd(y === old.length - 1 ? visibleWidth(old[y]!, 0, old[y]!.length) : this.#width);
    }
    this.#rows = rows;
    this.#vertically(cursorRow);
    const row = rows[cursorRow]!;
    if (cursorRow === 0 && prompt.hidden > 0) {
      if (this.#column > 0 && this.#column < this.#promptEnd()) this.#reprint();
      const left = bytes(row, 0, cursorCell);
      const target = width(row, 0, cursorCell) - this.#hiddenShown;
      if (left < this.#column && target >= 0 && this.#column > target) {
        this.#out += this.#back(this.#column - target);
        this.#column = target;
      }
    }
    this.#move(row, cursorCell);
    this.#hiddenShown = prompt.hidden;
    this.#quick = false;
  }

  #promptEnd(): number {
    return this.#multibyte ? this.#prompt.columns : this.#prompt.lastHidden + 1 - this.#prompt.hidden;
  }

  #reprint(): void {
    this.#out += `\r${this.#prompt.text}`;
    this.#column = this.#prompt.columns;
  }

  /** Prompt and line in rows of cells, and where in them the cursor is. */
  #layOut({ line, point, marked }: Shown) {
    const rows: Row[] = [[]];
    const filled: number[] = [0];
    const multiple = this.#can.cuu1 !== undefined;
    let column = 0;
    let cursorRow = -1;
    let cursorCell = 0;
    let blanks = 0;
    const wrap = () => {
      rows.push([]);
      filled.push(blanks);
      column = 0;
    };
    const put = (text: Bytes, columns: number, isMarked: boolean, hidden = false) => {
      rows.at(-1)!.push({ text, columns, marked: isMarked, hidden });
      if (hidden) return;
      column += columns;
      if (multiple && column >= this.#width) wrap();
    };
    for (const cell of this.#prompt.cells) put(cell.text, cell.columns, false, cell.hidden);
    const here = () => {
      cursorRow = rows.length - 1;
      cursorCell = rows.at(-1)!.length;
    };
    for (let i = 0; i < line.length; i++) {
      const character = line[i]!;
      const stands = marked !== undefined && i >= marked[0] && i < marked[1];
      if (i === point) here();
      if (character === '\t') for (let n = 8 - (column % 8); n > 0; n--) put(' ', 1, stands);
      else if (character === '\n' && multiple) wrap();
      else if (character < ' ' || character === '\x7f') {
        put('^', 1, stands);
        put(character === '\x7f' ? '?' : String.fromCharCode(character.charCodeAt(0) ^ 64), 1, stands);
      } else {
        const columns = this.#multibyte ? columnsOf(character) : 1;
        blanks = 0;
        if (multiple && column + columns > this.#width) {
          const fill = this.#width - column;
          for (let n = 0; n < fill; n++) {
            blanks++;
            put(' ', 1, stands);
          }
          if (i === point) here();
        }
        put(character, columns, stands);
      }
    }
    if (cursorRow < 0) here();
    return { rows, filled, cursorRow, cursorCell };
  }

  /** Changes one row of the screen from `old` to `next` (update_line in display.c). */
  #update(old: Row, next: Row, y: number, oldBottom: number, bottom: number, filled: readonly number[]): void {
    const prompt = this.#prompt;
    const hidden = y === 0 ? prompt.hidden : 0;
    let from = 0;
    const rewrite = (at: number) => {
      this.#write(next, at, next.length);
      const shorter = bytes(next) < bytes(old);
      const seen = bytes(next) - hidden < bytes(old) - (y === 0 ? this.#hiddenShown : 0);
      if (shorter || seen) this.#clearRest(old, next, y, bottom);
    };
    if (this.#column === this.#width && this.#can.wraps && this.#row === y - 1) {
      // The last column is taken: the first character of this row makes the terminal wrap.
      if ((filled[y] ?? 0) > 0) this.#clearToEnd(filled[y]!);
      let [oldTo, oldWidth] = [Math.min(1, old.length), old.length > 0 ? old[0]!.columns : 0];
      let [newTo, newWidth] = [Math.min(1, next.length), next.length > 0 ? next[0]!.columns : 0];
      while (newTo < next.length && newWidth < oldWidth) newWidth += next[newTo++]!.columns;
      while (oldTo < old.length && oldWidth < newWidth) oldWidth += old[oldTo++]!.columns;
      if (newWidth > 0) {
        this.#write(next, 0, newTo);
        this.#column = newWidth;
        this.#row++;
        if (this.#multibyte && (newWidth !== oldWidth || bytes(next, 0, newTo) > bytes(old, 0, oldTo)))
          return rewrite(newTo);
        if (old.length > 0) old = [...next.slice(0, newTo), ...old.slice(oldTo)];
      } else {
        this.#out += ' ';
        this.#column = 1;
        this.#row++;
        if (old.length > 0 && next.length > 0) old = [next[0]!, ...old.slice(1)];
      }
    }
    if (this.#quick) {
      this.#move(old, 0);
      if (bytes(next) < prompt.text.length) return rewrite(0);
      this.#out += prompt.text;
      this.#column = prompt.columns;
      this.#write(next, prompt.cells.length, next.length);
      if (bytes(next) < bytes(old) || bytes(next) - hidden < bytes(old) - this.#hiddenShown)
        this.#clearRest(old, next, y, bottom);
      return;
    }
    while (from < old.length && from < next.length && same(old[from]!, next[from]!)) from++;
    if (from === old.length && from === next.length) return;
    if (from > 0 && from < old.length && old[from]!.columns === 0 && !old[from]!.hidden) from--;

    // What is the same at the end of both bounds what must change.
    let blank = true;
    let oldTo = Math.max(0, old.length - 1);
    let newTo = Math.max(0, next.length - 1);
    while (oldTo > from && newTo > from && same(old[oldTo]!, next[newTo]!)) {
      if ((old[oldTo]!.text === ' ') === this.#multibyte) blank = false;
      oldTo--;
      newTo--;
    }
    if (blank) {
      oldTo = old.length;
      newTo = next.length;
    } else if (!(old[oldTo] && next[newTo] && same(old[oldTo]!, next[newTo]!))) {
      if (oldTo < old.length) oldTo++;
      if (newTo < next.length) newTo++;
    }

    if (this.#row !== y) {
      this.#vertically(y);
      if (y === 0) this.#hiddenShown = prompt.hidden;
    }
    const [oldBytes, newBytes] = [bytes(old), bytes(next)];
    const difference = bytes(old, 0, from);
    const whole = Math.min(prompt.text.length, newBytes);
    if (
      y === 0 &&
      whole > prompt.visible &&
      this.#column > 0 &&
      ((difference > 0 && difference <= prompt.lastHidden) || (difference >= whole && this.#column < this.#promptEnd()))
    ) {
      this.#reprint();
      if (difference <= prompt.lastHidden) {
        if (oldBytes === newBytes && whole > bytes(old, 0, oldTo) && whole > bytes(next, 0, newTo)) return;
        return rewrite(prompt.cells.length);
      }
    }

    this.#move(old, from);
    let growth = bytes(next, from, newTo) - bytes(old, from, oldTo);
    if (
      this.#multibyte &&
      y === 0 &&
      from === 0 &&
      bytes(next, 0, newTo) > prompt.lastHidden &&
      newTo <= prompt.cells.length &&
      prompt.text.length <= newBytes &&
      hidden !== this.#hiddenShown
    ) {
      while (newTo < next.length && oldTo < old.length && newTo < prompt.cells.length) {
        newTo++;
        oldTo++;
      }
      growth = bytes(next, from, newTo) - bytes(old, from, oldTo);
    }
    let columns = width(next, from, newTo) - width(old, from, oldTo);
    if (y === 0 && hidden !== this.#hiddenShown) {
      growth += this.#hiddenShown - hidden;
      columns += this.#hiddenShown - hidden;
    }
    const rest = width(next, from, next.length);
    if (columns > 0) {
      const moreRows = y >= oldBottom && bottom > oldBottom;
      const canInsert = this.#can.ich || this.#can.smir || this.#can.ich1;
      const inPrompt =
        this.#multibyte && y === 0 && prompt.hidden > 0 && difference <= prompt.lastHidden && columns < prompt.visible;
      if (
        growth >= 0 &&
        canInsert &&
        (2 * rest >= columns || this.#can.ich) &&
        (!this.#can.wraps || !moreRows) &&
        oldTo < old.length &&
        !inPrompt &&
        this.#hiddenShown >= hidden
      ) {
        this.#open(columns);
        this.#write(next, from, newTo);
      } else this.#write(next, from, next.length);
    } else if (this.#can.dch1 && 2 * rest >= -columns) {
      if (columns < 0) this.#delete(-columns);
      this.#write(next, from, newTo);
    } else {
      this.#write(next, from, next.length);
      this.#clearRest(old, next, y, bottom);
    }
  }

  #clearRest(old: Row, next: Row, y: number, bottom: number): void {
    const columns = width(old, 0, old.length) - width(next, 0, next.length);
    if (columns === 0 || (this.#multibyte && this.#column >= this.#width)) return;
    if (this.#can.wraps && y < bottom) {
      this.#out += ' '.repeat(Math.max(0, columns));
      this.#column += Math.max(0, columns);
    } else this.#clearToEnd(columns);
  }

  #clearToEnd(count: number): void {
    if (this.#can.el !== undefined) this.#out += this.#can.el;
    else if (count > 0) {
      this.#out += ' '.repeat(count);
      this.#column += count;
    }
  }

  #open(count: number): void {
    const { ich, ich1, smir, rmir } = this.#can;
    if (ich) this.#out += ich(count);
    else if (smir) this.#out += smir + ' '.repeat(count) + (rmir ?? '') + this.#back(count);
    else if (ich1) this.#out += ich1.repeat(count);
  }

  #delete(count: number): void {
    if (count > this.#width) return;
    this.#out += this.#can.dch ? this.#can.dch(count) : this.#can.dch1!.repeat(count);
  }

  #back(count: number): Bytes {
    return (this.#can.cub1 ?? '\b').repeat(count);
  }

  #write(cells: readonly Cell[], from: number, to: number): void {
    let marked = false;
    for (let i = from; i < to; i++) {
      const cell = cells[i]!;
      if (cell.marked !== marked) {
        this.#out += (cell.marked ? this.#can.smso : this.#can.rmso) ?? '';
        marked = cell.marked;
      }
      this.#out += cell.text;
      if (!cell.hidden) this.#column += cell.columns;
    }
    if (marked) this.#out += this.#can.rmso ?? '';
  }

  /** Moves the cursor within its row, to a cell of what the row shows. */
  #move(row: Row, cell: number): void {
    const target = visibleWidth(row, 0, cell);
    if (this.#column === target) return;
    if (target === 0 || target + 1 < this.#column - target || (this.#can.wraps && this.#column === this.#width)) {
      this.#out += '\r';
      this.#column = 0;
    }
    if (this.#column < target) {
      if (!this.#multibyte) {
        let at = 0;
        for (let passed = 0; at < cell && (passed < this.#column || row[at]!.hidden); at++)
          if (!row[at]!.hidden) passed += row[at]!.columns;
        if (this.#column === 0) at = 0;
        this.#write(row, at, cell);
      } else if (this.#can.cuf1) this.#out += this.#can.cuf1.repeat(target - this.#column);
      else {
        this.#out += '\r';
        this.#write(row, 0, cell);
      }
    } else if (this.#column > target) this.#out += this.#back(this.#column - target);
    this.#column = target;
  }

  #vertically(row: number): void {
    if (this.#row === row || row > this.#height) return;
    if (row > this.#row) {
      this.#out += `${'\n'.repeat(row - this.#row)}\r`;
      this.#column = 0;
    } else if (this.#can.cuu1) this.#out += this.#can.cuu1.repeat(this.#row - row);
    this.#row = row;
  }

  /** A terminal that cannot move up shows one row, and scrolls it sideways. */
  #scroll(cells: Row, cursor: number): void {
    const { hidden, visible } = this.#prompt;
    const promptBytes = visible + hidden;
    const at = bytes(cells, 0, cursor);
    const third = Math.floor(this.#width / 3);
    const physical = at - (this.#margin || hidden);
    let margin: number;
    if (physical > this.#width - 2) {
      margin = Math.max(0, at - 2 * third);
      if (hidden > 0 && margin > 0 && margin < promptBytes) margin = promptBytes;
    } else if (at - hidden < this.#width - 2) margin = 0;
    else if (physical < 1) {
      margin = Math.floor((at - 1) / third) * third;
      if (hidden > 0 && margin > 0 && margin < promptBytes) margin = promptBytes;
    } else margin = this.#margin;
    const mark = (text: Bytes): Cell => ({ text, columns: 1, marked: false, hidden: false });
    // One cell a byte or so: what is shown is a window of cells.
    const start = Math.min(margin, cells.length);
    const window = cells.slice(start, start + this.#width + (margin === 0 ? hidden : 0));
    if (start > 0) window[0] = mark('<');
    if (start + window.length < cells.length) window[window.length - 1] = mark('>');
    this.#row = 0;
    this.#update(this.#rows[0]!, window, 0, 0, 0, []);
    this.#firstLength = Math.min(this.#width, cells.length - start);
    this.#rows = [window];
    this.#move(window, cursor - start);
    this.#margin = margin;
  }
}
