// vi (vim.tiny 9.0): a text a screen at a time, with vi's commands for moving, changing, searching, undoing and saving.
import type { Bytes, Process, Terminal } from '../machine/machine.ts';
import { reason } from './failure.ts';
import { calledAs } from './program.ts';

export const names = ['vim.tiny', 'vi', 'view', 'vim.basic', 'vim'];

/** Largest file that is edited, lines kept to undo, and repetitions of a command. */
const LARGEST = 4 << 20;
const UNDO = 100;
const MOST = 10_000;

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  if (args[0] === '--version') {
    await process.out(
      'VIM - Vi IMproved 9.0 (2022 Jun 28, compiled Oct  4 2023 04:06:53)\nSmall version without GUI.\n',
    );
    return 0;
  }
  const files = args.filter((arg) => !/^[-+]./.test(arg));
  const terminal = process.descriptors.get(1)?.terminal;
  const keys = process.descriptors.get(0)?.terminal;
  if (!terminal) await process.err('Vim: Warning: Output is not to a terminal\n');
  if (!keys) await process.err('Vim: Warning: Input is not from a terminal\n');
  if (!terminal || !keys) {
    await process.err('Vim: Error reading input, exiting...\nVim: Finished.\n');
    return 1;
  }
  const editor = new Vi(process, terminal, files[0] ?? '', calledAs(process) === 'view' || args.includes('-R'));
  const line = args.find((arg) => /^\+\d*$/.test(arg));
  return editor.edit(line === undefined ? 1 : line === '+' ? Number.MAX_SAFE_INTEGER : Number(line.slice(1)));
}

interface Snapshot {
  lines: Bytes[];
  row: number;
  column: number;
}

class Vi {
  readonly #process: Process;
  readonly #terminal: Terminal;
  #name: Bytes;
  readonly #readonly: boolean;
  #lines: Bytes[] = [''];
  #row = 0;
  #column = 0;
  #top = 0;
  #changed = false;
  #message = '';
  #pending = '';
  #register: { text: Bytes[]; whole: boolean } = { text: [], whole: true };
  #undo: Snapshot[] = [];
  #redo: Snapshot[] = [];
  /** The last change was taken back. */
  #undone = false;
  /** There is no line at all, not even an empty one. */
  #none = true;
  #sought = '';
  #inserting = false;
  #over = false;

  constructor(process: Process, terminal: Terminal, name: Bytes, readonly_: boolean) {
    this.#process = process;
    this.#terminal = terminal;
    this.#name = name;
    this.#readonly = readonly_;
  }

  get #height(): number {
    return Math.max(1, (this.#terminal.rows || 24) - 1);
  }

  get #line(): Bytes {
    return this.#lines[this.#row] ?? '';
  }

  set #line(text: Bytes) {
    this.#lines[this.#row] = text;
  }

  async edit(line: number): Promise<number> {
    const before = this.#terminal.settings;
    this.#terminal.settings = {
      ...before,
      icanon: false,
      echo: false,
      icrnl: false,
      isig: false,
      ixon: false,
      cc: { ...before.cc, min: 1, time: 0 },
    };
    try {
      this.#load();
      this.#row = Math.max(0, Math.min(this.#lines.length, line) - 1);
      await this.#process.out('\x1b[?1049h\x1b[22;0;0t\x1b[?1h\x1b=\x1b[?2004h\x1b[H\x1b[2J');
      while (!this.#over) {
        await this.#draw();
        const key = await this.#key();
        if (key === '') return 1;
        this.#message = '';
        await this.#command(key);
        await this.#process.step(1);
      }
      return 0;
    } finally {
      this.#terminal.settings = before;
      await this.#process.out(`\x1b[?2004l\x1b[${this.#height + 1};1H\x1b[K\x1b[?1l\x1b>\x1b[?1049l\x1b[23;0;0t`);
    }
  }

  #load(): void {
    if (this.#name === '') return;
    const shown = `"${this.#name}"`;
    try {
      if (this.#process.files.stat(this.#name).type === 'directory') {
        this.#message = `${shown} is a directory`;
        return;
      }
      const text = this.#process.readFile(this.#name).slice(0, LARGEST);
      this.#lines = text === '' ? [''] : text.replace(/\n$/, '').split('\n');
      this.#none = text === '';
      this.#message = `${shown} ${this.#readonly ? '[readonly] ' : ''}${text === '' ? 0 : this.#lines.length}L, ${text.length}B`;
    } catch (error) {
      this.#message = /No such file/.test(reason(error)) ? `${shown} [New]` : `${shown} [Permission Denied]`;
    }
  }

  /** One key; arrows and the like as the command they are. */
  async #key(): Promise<Bytes> {
    if (this.#pending === '') this.#pending = await this.#process.read(0, 256);
    const sequence = /^\x1b[[O](?:200~|201~|[0-9;]*([A-DHF~]))/.exec(this.#pending);
    if (sequence) {
      this.#pending = this.#pending.slice(sequence[0].length);
      const arrow = { A: 'up', B: 'down', C: 'right', D: 'left', H: 'home', F: 'end' }[sequence[1] ?? ''];
      if (arrow) return arrow;
      if (/\[3~/.test(sequence[0])) return 'delete';
      if (/\[5~/.test(sequence[0])) return '\x02';
      if (/\[6~/.test(sequence[0])) return '\x06';
      return this.#key();
    }
    const [key = ''] = this.#pending;
    this.#pending = this.#pending.slice(1);
    return key;
  }

  async #draw(): Promise<void> {
    const columns = this.#terminal.columns || 80;
    const rowsOf = (line: Bytes) => Math.max(1, Math.ceil(shown(line).length / columns));
    if (this.#row < this.#top) this.#top = this.#row;
    for (let used = 0, row = this.#row; row >= this.#top; row--) {
      used += rowsOf(this.#lines[row]!);
      if (used > this.#height) {
        this.#top = row + 1;
        break;
      }
    }
    this.#top = Math.min(this.#top, this.#row);
    let out = '\x1b[?25l\x1b[H';
    let used = 0;
    let cursor = 1;
    for (let row = this.#top; used < this.#height; row++) {
      const line = this.#lines[row];
      if (line === undefined) {
        out += '\x1b[94m~\x1b[0m\x1b[K\r\n';
        used++;
        continue;
      }
      const text = shown(line);
      if (row === this.#row) cursor = used + 1;
      const rows = rowsOf(line);
      if (used + rows > this.#height && used > 0) {
        out += '@\x1b[K\r\n'.repeat(this.#height - used);
        break;
      }
      for (let part = 0; part < rows && used < this.#height; part++, used++)
        out += `${text.slice(part * columns, (part + 1) * columns)}\x1b[K\r\n`;
    }
    const place = `${this.#row + 1},${this.#column + 1}`;
    const status = this.#message || (this.#inserting ? '-- INSERT --' : '');
    const all =
      this.#lines.length <= this.#height
        ? 'All'
        : this.#top === 0
          ? 'Top'
          : this.#top + this.#height >= this.#lines.length
            ? 'Bot'
            : `${Math.floor((this.#top * 100) / (this.#lines.length - this.#height))}%`;
    const room = Math.max(0, columns - 19);
    out += `${(this.#inserting && !this.#message ? `\x1b[1m${status}\x1b[0m` : status) + ' '.repeat(Math.max(1, room - status.length))}${place.padEnd(14)}${all}\x1b[K`;
    const at = shown(this.#line.slice(0, this.#column)).length;
    out += `\x1b[${cursor + Math.floor(at / columns)};${(at % columns) + 1}H\x1b[?25h`;
    await this.#process.out(out);
  }

  #remember(): void {
    this.#undo.push({ lines: [...this.#lines], row: this.#row, column: this.#column });
    if (this.#undo.length > UNDO) this.#undo.shift();
    this.#redo = [];
    this.#undone = this.#none = false;
    this.#changed = true;
  }

  #clamp(): void {
    this.#row = Math.max(0, Math.min(this.#lines.length - 1, this.#row));
    this.#column = Math.max(0, Math.min(this.#line.length - (this.#inserting ? 0 : 1), this.#column));
    if (this.#line === '') this.#column = 0;
  }

  async #command(first: Bytes): Promise<void> {
    let key = first;
    let digits = '';
    while (/^[1-9]$/.test(key) || (digits !== '' && key === '0')) {
      if (digits.length < 6) digits += key;
      key = await this.#key();
    }
    const count = Math.max(1, Math.min(MOST, Number(digits) || 1));
    if (this.#move(key, count, digits !== '')) return this.#clamp();
    switch (key) {
      case ':':
        await this.#ex(await this.#ask(':'));
        break;
      case '/':
      case '?': {
        const sought = await this.#ask(key);
        if (sought === undefined) break;
        if (sought !== '') this.#sought = sought;
        this.#search(key === '/' ? 1 : -1);
        break;
      }
      case 'n':
      case 'N':
        this.#search(key === 'n' ? 1 : -1);
        break;
      case 'i':
      case 'a':
      case 'I':
      case 'A':
      case 'o':
      case 'O':
        await this.#insertAt(key);
        break;
      case 'x':
      case 'delete':
      case 'X':
      case 's':
      case 'D':
      case 'C': {
        this.#remember();
        const from = key === 'X' ? Math.max(0, this.#column - count) : this.#column;
        const to =
          /[DC]/.test(key) && key.length === 1 ? this.#line.length : key === 'X' ? this.#column : this.#column + count;
        this.#register = { text: [this.#line.slice(from, to)], whole: false };
        this.#line = this.#line.slice(0, from) + this.#line.slice(to);
        this.#column = from;
        if (key === 's' || key === 'C') await this.#insert();
        break;
      }
      case 'd':
      case 'c':
      case 'y':
        await this.#operate(key, count);
        break;
      case 'Y':
        this.#register = { text: this.#lines.slice(this.#row, this.#row + count), whole: true };
        break;
      case 'p':
      case 'P':
        for (let n = 0; n < Math.min(count, 100); n++) this.#put(key === 'p');
        break;
      case 'r': {
        const by = await this.#key();
        if (by === '\x1b' || this.#column >= this.#line.length) break;
        this.#remember();
        this.#line = this.#line.slice(0, this.#column) + by + this.#line.slice(this.#column + 1);
        break;
      }
      case '~':
        this.#remember();
        this.#line =
          this.#line.slice(0, this.#column) +
          this.#line
            .slice(this.#column, this.#column + count)
            .replace(/[a-z]|[A-Z]/g, (c) => (c < 'a' ? c.toLowerCase() : c.toUpperCase())) +
          this.#line.slice(this.#column + count);
        this.#column += count;
        break;
      case 'J':
        if (this.#row + 1 >= this.#lines.length) break;
        this.#remember();
        this.#column = this.#line.length;
        this.#line = `${this.#line} ${this.#lines.splice(this.#row + 1, 1)[0]!.trimStart()}`;
        break;
      case 'u':
        // As in vi, the second time takes back the first.
        if (this.#undone) this.#restore(this.#redo, this.#undo);
        else this.#restore(this.#undo, this.#redo);
        this.#undone = !this.#undone;
        break;
      case 'Z': {
        const next = await this.#key();
        if (next === 'Z') await this.#ex('x');
        else if (next === 'Q') this.#over = true;
        break;
      }
      case '\x03':
        this.#message = 'Type  :qa  and press <Enter> to exit Vim';
        break;
      case '\x07':
        this.#message = `"${this.#name || '[No Name]'}"${this.#changed ? ' [Modified]' : ''} ${this.#lines.length} lines`;
        break;
      case '\x1b':
      case '\f':
      case '\x12':
        break;
      default:
        await this.#process.out('\x07');
    }
    this.#clamp();
  }

  /** Moves the cursor; false: the key is no movement. */
  #move(key: Bytes, count: number, counted: boolean): boolean {
    const line = this.#line;
    switch (key) {
      case 'h':
      case 'left':
      case '\b':
      case '\x7f':
        this.#column -= count;
        return true;
      case 'l':
      case 'right':
      case ' ':
        this.#column += count;
        return true;
      case 'j':
      case 'down':
      case '\n':
      case '\x0e':
        this.#row += count;
        return true;
      case 'k':
      case 'up':
      case '\x10':
        this.#row -= count;
        return true;
      case '\r':
      case '+':
        this.#row = Math.min(this.#lines.length - 1, this.#row + count);
        this.#column = /^\s*/.exec(this.#line)![0].length;
        return true;
      case '0':
      case 'home':
        this.#column = 0;
        return true;
      case '^':
        this.#column = /^\s*/.exec(line)![0].length;
        return true;
      case '$':
      case 'end':
        this.#column = line.length;
        return true;
      case 'G':
        this.#row = counted ? count - 1 : this.#lines.length - 1;
        return true;
      case '\x06':
      case '\x04':
        this.#row += key === '\x06' ? this.#height - 2 : this.#height >> 1;
        this.#top = Math.min(
          this.#lines.length - 1,
          this.#top + (key === '\x06' ? this.#height - 2 : this.#height >> 1),
        );
        return true;
      case '\x02':
      case '\x15':
        this.#row -= key === '\x02' ? this.#height - 2 : this.#height >> 1;
        this.#top = Math.max(0, this.#top - (key === '\x02' ? this.#height - 2 : this.#height >> 1));
        return true;
      case 'H':
        this.#row = this.#top;
        return true;
      case 'L':
        this.#row = this.#top + this.#height - 1;
        return true;
      case 'w':
      case 'b':
      case 'e':
        for (let n = 0; n < count; n++) this.#word(key);
        return true;
    }
    return false;
  }

  #word(key: 'w' | 'b' | 'e'): void {
    const line = this.#line;
    if (key === 'w') {
      const rest = /^(?:\w+|[^\w\s]+)?\s*/.exec(line.slice(this.#column))![0];
      if (this.#column + rest.length < line.length || this.#row + 1 >= this.#lines.length) this.#column += rest.length;
      else {
        this.#row++;
        this.#column = /^\s*/.exec(this.#line)![0].length;
      }
    } else if (key === 'e') {
      const rest = /^.?\s*(?:\w+|[^\w\s]+)?/.exec(line.slice(this.#column))![0];
      this.#column += Math.max(0, rest.length - 1);
    } else {
      const before = /(?:\w+|[^\w\s]+)?\s*$/.exec(line.slice(0, this.#column))![0];
      if (before === '' && this.#row > 0) {
        this.#row--;
        this.#column = Math.max(0, this.#line.length - 1);
      } else this.#column -= before.length;
    }
  }

  async #operate(operator: 'd' | 'c' | 'y', count: number): Promise<void> {
    let key = await this.#key();
    let digits = '';
    while (/^[1-9]$/.test(key) || (digits !== '' && key === '0')) {
      if (digits.length < 6) digits += key;
      key = await this.#key();
    }
    const times = Math.min(MOST, count * (Number(digits) || 1));
    const [row, column] = [this.#row, this.#column];
    let lines: [number, number] | undefined;
    if (key === operator) lines = [row, Math.min(this.#lines.length, row + times)];
    else if (operator === 'c' && key === 'w') {
      const rest = /^(?:\w+|[^\w\s]+|\s+)?/.exec(this.#line.slice(column))![0];
      this.#column += rest.length;
    } else if (!this.#move(key, times, digits !== '')) {
      if (key !== '\x1b') await this.#process.out('\x07');
      return;
    } else if (key === 'e') this.#column++;
    this.#row = Math.max(0, Math.min(this.#lines.length - 1, this.#row));
    if (!lines && /^(j|k|G|up|down|\r|\+)$/.test(key)) lines = [Math.min(row, this.#row), Math.max(row, this.#row) + 1];
    if (lines) {
      this.#register = { text: this.#lines.slice(...lines), whole: true };
      this.#row = operator === 'y' ? row : lines[0];
      this.#column = operator === 'y' ? column : 0;
      if (operator === 'y') {
        if (lines[1] - lines[0] > 2) this.#message = `${lines[1] - lines[0]} lines yanked`;
        return;
      }
      this.#remember();
      this.#lines.splice(lines[0], lines[1] - lines[0], ...(operator === 'c' ? [''] : []));
      if (this.#lines.length === 0) {
        this.#lines = [''];
        this.#none = true;
        this.#message = '--No lines in buffer--';
      } else if (lines[1] - lines[0] > 2) this.#message = `${lines[1] - lines[0]} fewer lines`;
      if (operator === 'c') await this.#insert();
      return;
    }
    if (this.#row !== row) {
      // A movement by words stays in the line it began in.
      this.#column = this.#row > row ? this.#lines[row]!.length : 0;
      this.#row = row;
    }
    const from = Math.max(0, Math.min(column, this.#column));
    const to = Math.max(column, this.#column);
    this.#register = { text: [this.#line.slice(from, to)], whole: false };
    this.#column = from;
    if (operator === 'y') return;
    this.#remember();
    this.#line = this.#line.slice(0, from) + this.#line.slice(to);
    if (operator === 'c') await this.#insert();
  }

  #put(after: boolean): void {
    const { text, whole } = this.#register;
    if (text.length === 0) return;
    this.#remember();
    if (whole) {
      const at = this.#row + (after ? 1 : 0);
      this.#lines.splice(at, 0, ...text);
      this.#row = at;
      this.#column = 0;
    } else {
      const at = Math.min(this.#line.length, this.#column + (after ? 1 : 0));
      this.#line = this.#line.slice(0, at) + text[0]! + this.#line.slice(at);
      this.#column = at + text[0]!.length - 1;
    }
  }

  #restore(from: Snapshot[], to: Snapshot[]): void {
    const state = from.pop();
    if (!state) {
      this.#message = 'Already at oldest change';
      return;
    }
    to.push({ lines: [...this.#lines], row: this.#row, column: this.#column });
    this.#lines = state.lines;
    this.#row = state.row;
    this.#column = state.column;
  }

  async #insertAt(key: Bytes): Promise<void> {
    this.#remember();
    if (key === 'a') this.#column = Math.min(this.#line.length, this.#column + 1);
    else if (key === 'I') this.#column = /^\s*/.exec(this.#line)![0].length;
    else if (key === 'A') this.#column = this.#line.length;
    else if (key === 'o' || key === 'O') {
      if (key === 'o') this.#row++;
      this.#lines.splice(this.#row, 0, '');
      this.#column = 0;
    }
    await this.#insert();
  }

  async #insert(): Promise<void> {
    this.#inserting = true;
    for (;;) {
      this.#clamp();
      if (this.#pending === '') await this.#draw();
      const key = await this.#key();
      if (key === '' || key === '\x1b' || key === '\x03') break;
      if (key === '\r' || key === '\n') {
        this.#lines.splice(this.#row + 1, 0, this.#line.slice(this.#column));
        this.#line = this.#line.slice(0, this.#column);
        this.#row++;
        this.#column = 0;
      } else if (key === '\x7f' || key === '\b') {
        if (this.#column > 0) {
          this.#line = this.#line.slice(0, this.#column - 1) + this.#line.slice(this.#column);
          this.#column--;
        } else if (this.#row > 0) {
          const [rest] = this.#lines.splice(this.#row, 1);
          this.#row--;
          this.#column = this.#line.length;
          this.#line += rest!;
        }
      } else if (key === 'delete') this.#line = this.#line.slice(0, this.#column) + this.#line.slice(this.#column + 1);
      else if (key.length > 1) this.#move(key, 1, false);
      else if (key === '\t' || key >= ' ') {
        this.#line = this.#line.slice(0, this.#column) + key + this.#line.slice(this.#column);
        this.#column++;
      }
    }
    this.#inserting = false;
    this.#column--;
    this.#clamp();
  }

  /** A line at the bottom of the screen; undefined: given up. */
  async #ask(prompt: Bytes): Promise<Bytes | undefined> {
    let line = '';
    for (;;) {
      await this.#process.out(`\x1b[${this.#height + 1};1H${prompt}${line}\x1b[K`);
      const key = await this.#key();
      if (key === '' || key === '\x1b' || key === '\x03') return undefined;
      if (key === '\r' || key === '\n') return line;
      if (key === '\x7f' || key === '\b') {
        if (line === '') return undefined;
        line = line.slice(0, -1);
      } else if (key === '\x15') line = '';
      else if (key.length === 1 && key >= ' ' && line.length < 1000) line += key;
    }
  }

  #search(direction: 1 | -1): void {
    if (this.#sought === '') {
      this.#message = 'E35: No previous regular expression';
      return;
    }
    const { length } = this.#lines;
    for (let n = 0; n <= length; n++) {
      const row = (((this.#row + direction * n) % length) + length) % length;
      const line = this.#lines[row]!;
      const at =
        direction > 0
          ? line.indexOf(this.#sought, n === 0 ? this.#column + 1 : 0)
          : n === 0
            ? this.#column === 0
              ? -1
              : line.lastIndexOf(this.#sought, this.#column - 1)
            : line.lastIndexOf(this.#sought);
      if (at < 0) continue;
      if (direction > 0 ? row < this.#row : row > this.#row)
        this.#message = `search hit ${direction > 0 ? 'BOTTOM, continuing at TOP' : 'TOP, continuing at BOTTOM'}`;
      else this.#message = `${direction > 0 ? '/' : '?'}${this.#sought}`;
      this.#row = row;
      this.#column = at;
      return;
    }
    this.#message = `E486: Pattern not found: ${this.#sought}`;
  }

  /** A command of the bottom line. */
  async #ex(command: Bytes | undefined): Promise<void> {
    const text = command?.trim() ?? '';
    if (text === '') return;
    if (/^\d+$/.test(text)) {
      this.#row = Number(text) - 1;
      this.#column = 0;
      return;
    }
    if (text === '$') {
      this.#row = this.#lines.length - 1;
      return;
    }
    const substitution = /^(%|\d+|\d+,(?:\d+|\$))?s([/#|,])((?:\\.|(?!\2).)*)\2((?:\\.|(?!\2).)*)(?:\2([gi]*))?$/.exec(
      text,
    );
    if (substitution) return this.#substitute(substitution);
    const [, verb, force, operand] = /^([a-z]+)(!?)(?:\s+(.*))?$/.exec(text) ?? [];
    const leaving = /^(q|quit|qa|qall|quitall)$/.test(verb ?? '');
    if (/^(w|write|wq|wqa|wa|x|xit|exit|xa|wqall)$/.test(verb ?? '')) {
      const needed = !/^x/.test(verb!) || this.#changed;
      if (needed && !this.#write(operand, force === '!')) return;
      if (!/^(w|wa|write)$/.test(verb!)) this.#over = true;
    } else if (leaving) {
      if (this.#changed && force !== '!') this.#message = 'E37: No write since last change (add ! to override)';
      else this.#over = true;
    } else if (verb === 'e' || verb === 'edit') {
      if (this.#changed && force !== '!') this.#message = 'E37: No write since last change (add ! to override)';
      else {
        if (operand) this.#name = operand;
        this.#lines = [''];
        this.#row = this.#column = this.#top = 0;
        this.#changed = false;
        this.#load();
      }
    } else if (verb === 'd' || verb === 'delete') {
      this.#remember();
      this.#register = { text: this.#lines.splice(this.#row, 1), whole: true };
      if (this.#lines.length === 0) this.#lines = [''];
    } else if (/^(set|se|syntax|noh|nohlsearch)$/.test(verb ?? '')) this.#message = '';
    else this.#message = `E492: Not an editor command: ${text}`;
  }

  #substitute([, range, , pattern, replacement, flags]: RegExpExecArray): void {
    const old = pattern!.replace(/\\(.)/g, '$1');
    const by = replacement!.replace(/\\(.)/g, '$1');
    const [from, to] =
      range === '%'
        ? [0, this.#lines.length - 1]
        : range === undefined
          ? [this.#row, this.#row]
          : (range.split(',').map((n) => (n === '$' ? this.#lines.length : Number(n)) - 1) as [number, number?]);
    let changed = 0;
    const next = this.#lines.map((line, i) => {
      if (i < from! || i > (to ?? from!) || old === '' || !line.includes(old)) return line;
      changed++;
      this.#message = '';
      return flags?.includes('g') ? line.replaceAll(old, () => by) : line.replace(old, () => by);
    });
    if (changed === 0) {
      this.#message = `E486: Pattern not found: ${old}`;
      return;
    }
    this.#remember();
    this.#lines = next;
  }

  /** Saves; false: it could not be. */
  #write(name: Bytes | undefined, force: boolean): boolean {
    const path = name ?? this.#name;
    if (path === '') {
      this.#message = 'E32: No file name';
      return false;
    }
    if (this.#readonly && !force && !name) {
      this.#message = "E45: 'readonly' option is set (add ! to override)";
      return false;
    }
    const isNew = !this.#exists(path);
    const text = this.#none ? '' : `${this.#lines.join('\n')}\n`;
    try {
      const file = this.#process.files.open(
        path,
        { write: true, create: true, truncate: true },
        0o666 & ~this.#process.umask,
      );
      file.write(text);
      file.release();
    } catch {
      this.#message = `"${path}" E212: Can't open file for writing`;
      return false;
    }
    if (this.#name === '') this.#name = path;
    this.#changed = false;
    this.#message = `"${path}" ${isNew ? '[New] ' : ''}${this.#none ? 0 : this.#lines.length}L, ${text.length}B written`;
    return true;
  }

  #exists(path: Bytes): boolean {
    try {
      this.#process.files.stat(path);
      return true;
    } catch {
      return false;
    }
  }
}

/** A line as it is shown: tabs to the next eighth column, control characters as ^X. */
function shown(line: Bytes): Bytes {
  let out = '';
  for (const c of line)
    out +=
      c === '\t' ? ' '.repeat(8 - (out.length % 8)) : c < ' ' ? `^${String.fromCharCode(c.charCodeAt(0) + 64)}` : c;
  return out;
}
