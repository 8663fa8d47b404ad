// A recording as plain text: what stood on the screen, line after line, without colours and in the order of the scrollback.

import { width } from '../../diary/table.ts';
import { visible } from '../../diary/visible.ts';
import { Harmless } from '../../event/harmless.ts';
import type { TtyRecord } from '../../event/tty.ts';

/** Rows that cursor positions count from: those of the screen at the end of the text. */
const ROWS = 24;
/** A line has so many columns at most: a cursor sent further stays there. */
const COLUMNS = 4096;
const SEQUENCE = /\x1b\[(\??)([\d;:]*)([@-~])|\x1b(?:\(.|.)|[\s\S]/gu;

/**
 * The lines that were on the screen, erased screens included; commands of exec requests as `$ command`. Overwriting, inserting and deleting
 * within a line are done as a terminal does them; full-screen programs give their last states.
 */
export function transcript(records: readonly TtyRecord[], rows = ROWS): string {
  const screen = new Screen(rows);
  const filter = new Harmless();
  for (const { type, data } of records) {
    if (type === 'interact') screen.line(`$ ${visible(new TextDecoder().decode(data))}`);
    else if (type === 'output') screen.write(filter.write(data));
  }
  return screen.text();
}

class Screen {
  readonly #lines: string[][] = [[]];
  readonly #rows: number;
  #row = 0;
  #column = 0;
  #insert = false;
  /** First row of the screen since it was last erased. */
  #base = 0;
  #saved = { row: 0, column: 0 };

  constructor(rows: number) {
    this.#rows = Math.max(1, rows);
  }

  /** A line of its own. */
  line(text: string): void {
    if (this.#lines[this.#row]!.length > 0) this.#feed();
    this.#column = 0;
    this.write(text);
    this.#feed();
    this.#column = 0;
  }

  write(text: string): void {
    for (const [token, , given, final] of text.matchAll(SEQUENCE)) {
      if (final !== undefined) this.#sequence(final, (given ?? '').split(';').map(Number));
      else if (token.length > 1 && token.startsWith('\x1b')) this.#escape(token[1]!);
      else this.#character(token);
    }
  }

  text(): string {
    const lines = this.#lines.map((cells) =>
      Array.from(cells, (cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    );
    while (lines.at(-1) === '') lines.pop();
    return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
  }

  get #top(): number {
    return Math.max(this.#base, this.#lines.length - this.#rows);
  }

  #feed(): void {
    this.#row++;
    if (this.#row >= this.#lines.length) this.#lines.push([]);
  }

  #move(row: number, column: number): void {
    this.#row = Math.min(Math.max(this.#top, row), this.#top + this.#rows - 1);
    while (this.#row >= this.#lines.length) this.#lines.push([]);
    this.#column = Math.min(Math.max(0, column), COLUMNS - 1);
  }

  #character(character: string): void {
    switch (character) {
      case '\n':
        this.#feed();
        // The recording has the line feeds of before the terminal's translation.
        this.#column = 0;
        return;
      case '\r':
        this.#column = 0;
        return;
      case '\b':
        this.#column = Math.max(0, this.#column - 1);
        return;
      case '\t':
        this.#column = Math.min(COLUMNS - 1, (Math.floor(this.#column / 8) + 1) * 8);
        return;
    }
    const line = this.#lines[this.#row]!;
    const columns = width(character);
    if (columns === 0) {
      if (this.#column > 0 && line[this.#column - 1] !== undefined && line[this.#column - 1]!.length < 16)
        line[this.#column - 1] += character;
      return;
    }
    if (this.#column >= COLUMNS) return;
    while (line.length < this.#column) line.push(' ');
    const cells = columns === 2 ? [character, ''] : [character];
    line.splice(this.#column, this.#insert ? 0 : columns, ...cells);
    this.#column += columns;
  }

  #escape(kind: string): void {
    if (kind === '7') this.#saved = { row: this.#row, column: this.#column };
    else if (kind === '8') this.#move(this.#saved.row, this.#saved.column);
    else if (kind === 'M') this.#move(this.#row - 1, this.#column);
    else if (kind === 'D' || kind === 'E') {
      this.#feed();
      if (kind === 'E') this.#column = 0;
    }
  }

  #sequence(final: string, [first = 0, second = 0]: number[]): void {
    const count = first || 1;
    const line = this.#lines[this.#row]!;
    switch (final) {
      case 'A':
      case 'F':
        return this.#move(this.#row - count, final === 'F' ? 0 : this.#column);
      case 'B':
      case 'e':
      case 'E':
        return this.#move(this.#row + count, final === 'E' ? 0 : this.#column);
      case 'C':
      case 'a':
        return this.#move(this.#row, this.#column + count);
      case 'D':
        return this.#move(this.#row, this.#column - count);
      case 'G':
      case '`':
        return this.#move(this.#row, count - 1);
      case 'd':
        return this.#move(this.#top + count - 1, this.#column);
      case 'H':
      case 'f':
        return this.#move(this.#top + count - 1, (second || 1) - 1);
      case 'K':
        if (first === 0) line.length = Math.min(line.length, this.#column);
        else if (first === 1) line.fill(' ', 0, this.#column + 1);
        else line.length = 0;
        return;
      case 'J':
        return this.#erase(first);
      case 'P':
        line.splice(this.#column, count);
        return;
      case 'X':
        line.fill(' ', this.#column, this.#column + count);
        return;
      case '@':
        if (this.#column < line.length)
          line.splice(this.#column, 0, ...Array<string>(Math.min(count, COLUMNS)).fill(' '));
        return;
      case 'h':
      case 'l':
        if (first === 4) this.#insert = final === 'h';
        return;
      case 's':
        return this.#escape('7');
      case 'u':
        return this.#escape('8');
    }
  }

  /** Of an erased screen the text stays: it was seen. A new screen begins below it. */
  #erase(part: number): void {
    if (part === 0) {
      this.#lines[this.#row]!.length = Math.min(this.#lines[this.#row]!.length, this.#column);
      this.#lines.length = this.#row + 1;
    } else if (part === 2 && this.#lines.slice(this.#top).some((line) => line.length > 0)) {
      const offset = this.#row - this.#top;
      this.#base = this.#lines.push([]) - 1;
      this.#move(this.#base + offset, this.#column);
    }
  }
}
