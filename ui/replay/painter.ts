// Draws a screen into the page: a line an element, text nodes only, and only the lines that changed.
import type { Line, Pen, Screen } from './screen.ts';

export interface PaintOptions {
  /** Hides what must not be seen; keeps the number of code units. */
  hide: (text: string) => string;
  /** What is marked wherever it stands. */
  wanted: string;
  /** Of the marked, the one that ends at the cursor is the one that was looked for. */
  current: boolean;
}

// Beyond these, fonts disagree about the width of a character: each gets a box of its own.
const STEADY = /^[\x20-\x7e\u00a1-\u024f\u2500-\u259f]$/;
const NOTHING = 0;
const FOUND = 1;
const CURRENT = 2;

export class Painter {
  readonly #frame: HTMLElement;
  /** What each line was drawn from. */
  #drawn: string[] = [];

  constructor(frame: HTMLElement) {
    this.#frame = frame;
  }

  draw(screen: Screen, options: PaintOptions): void {
    const { lines, cursor } = screen;
    while (this.#frame.childElementCount > lines.length) this.#frame.lastElementChild!.remove();
    while (this.#frame.childElementCount < lines.length) this.#frame.append(document.createElement('div'));
    this.#drawn.length = lines.length;
    const marks = options.wanted === '' ? undefined : marked(screen, options);
    for (const [row, line] of lines.entries()) {
      const at = cursor.visible && row === cursor.row ? cursor.column : -1;
      const found = marks?.[row];
      const key = `${line.stamp} ${at} ${found?.join('') ?? ''} ${options.hide === same ? '' : 'h'}`;
      if (this.#drawn[row] === key) continue;
      this.#drawn[row] = key;
      this.#frame.children[row]!.replaceChildren(...pieces(line, at, found, options.hide));
    }
  }

  /** Another recording comes, whose lines are counted anew. */
  forget(): void {
    this.#drawn = [];
  }
}

export const same = (text: string): string => text;

function pieces(
  line: Line,
  cursor: number,
  found: readonly number[] | undefined,
  hide: (text: string) => string,
): Node[] {
  const cells = hide === same ? line.cells : hidden(line, hide);
  const nodes: Node[] = [];
  let end = cells.length;
  // Blanks without colour at the end are not drawn.
  while (end > 0 && cells[end - 1] === ' ' && end - 1 > cursor && blank(line.pens[end - 1]!) && !found?.[end - 1])
    end--;
  for (let column = 0; column < end; ) {
    const from = column;
    const pen = line.pens[from]!;
    const mark = found?.[from] ?? NOTHING;
    const cell = cells[from]!;
    const wide = cells[from + 1] === '';
    const steady = !wide && STEADY.test(cell);
    const isCursor = from === cursor || (wide && from + 1 === cursor);
    let text = cell;
    column += wide ? 2 : 1;
    if (steady && !isCursor)
      while (
        column < end &&
        column !== cursor &&
        line.pens[column] === pen &&
        (found?.[column] ?? NOTHING) === mark &&
        cells[column + 1] !== '' &&
        STEADY.test(cells[column]!)
      )
        text += cells[column++];
    nodes.push(piece(text, pen, [mark, steady, wide, isCursor]));
  }
  return nodes;
}

const blank = ({ bg, inverse, underline, strike }: Pen): boolean => bg === -1 && !inverse && !underline && !strike;

function piece(text: string, pen: Pen, [mark, steady, wide, cursor]: [number, boolean, boolean, boolean]): Node {
  const classes: string[] = [];
  if (!steady) classes.push(wide ? 'cell wide' : 'cell');
  if (cursor) classes.push('cursor');
  if (mark !== NOTHING) classes.push(mark === CURRENT ? 'hit now' : 'hit');
  if (pen.bold) classes.push('bold');
  if (pen.dim) classes.push('dim');
  if (pen.italic) classes.push('italic');
  if (pen.underline) classes.push('under');
  if (pen.strike) classes.push('strike');
  if (pen.inverse) classes.push('inverse');
  // Bold text in a dark colour is shown bright, as most terminals do.
  const ink = pen.bold && pen.fg >= 0 && pen.fg < 8 ? pen.fg + 8 : pen.fg;
  if (ink >= 0 && ink < 16) classes.push(`f${ink}`);
  if (pen.bg >= 0 && pen.bg < 16) classes.push(`b${pen.bg}`);
  if (classes.length === 0 && ink < 16 && pen.bg < 16) return document.createTextNode(text);
  const span = document.createElement('span');
  span.className = classes.join(' ');
  if (ink >= 16) span.style.setProperty('--f', colour(ink));
  if (pen.bg >= 16) span.style.setProperty('--b', colour(pen.bg));
  span.textContent = text;
  return span;
}

/** The colours beyond the first sixteen: xterm's cube and greys, or the 24 bits themselves. */
function colour(code: number): string {
  if (code >= 0x1000000) return `#${(code & 0xffffff).toString(16).padStart(6, '0')}`;
  if (code >= 232) return `rgb(${Array(3).fill((code - 232) * 10 + 8)})`;
  const level = (n: number) => (n === 0 ? 0 : n * 40 + 55);
  return `rgb(${[Math.floor((code - 16) / 36), Math.floor((code - 16) / 6) % 6, (code - 16) % 6].map(level)})`;
}

function hidden(line: Line, hide: (text: string) => string): readonly string[] {
  const { text } = line;
  const safe = hide(text);
  if (safe === text) return line.cells;
  let at = 0;
  return line.cells.map((cell) => safe.slice(at, (at += cell.length)));
}

/** By row, for each column whether it belongs to what is looked for. Text that went on in the next line is one. */
function marked({ lines, cursor }: Screen, { wanted, current }: PaintOptions): (number[] | undefined)[] {
  const rows: (number[] | undefined)[] = [];
  const needle = wanted.toLowerCase();
  for (let row = 0; row < lines.length; ) {
    let last = row;
    while (last + 1 < lines.length && lines[last]!.wrapped) last++;
    const group = lines.slice(row, last + 1);
    const places: [row: number, column: number][] = [];
    let text = '';
    for (const [i, { cells }] of group.entries())
      for (const [column, cell] of cells.entries())
        for (const unit of cell.toLowerCase()) {
          text += unit;
          for (let n = unit.length; n > 0; n--) places.push([row + i, column]);
        }
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) {
      const [endRow, endColumn] = places[at + needle.length - 1]!;
      const next = endColumn + 1 >= lines[endRow]!.cells.length ? endColumn : endColumn + 1;
      const now = current && endRow === cursor.row && (next === cursor.column || endColumn === cursor.column);
      for (let i = at; i < at + needle.length; i++) {
        const [r, column] = places[i]!;
        (rows[r] ??= Array(lines[r]!.cells.length).fill(NOTHING))[column] = now ? CURRENT : FOUND;
      }
    }
    row = last + 1;
  }
  return rows;
}
