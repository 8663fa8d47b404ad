// nano (GNU nano 7.2): a text a screen at a time with its keys at the bottom; saving, searching, cutting and pasting lines.

import type { Bytes, Process, Terminal } from '../machine/machine.ts';
import { reason } from './failure.ts';
import { getopt, WrongUse } from './getopt.ts';

export const names = ['nano', 'rnano'];

/** Largest file that is edited, and longest answer at the bottom. */
const LARGEST = 4 << 20;
const ANSWER = 1000;

const KEYS: readonly (readonly [Bytes, Bytes][])[] = [
  [
    ['^G', 'Help'],
    ['^O', 'Write Out'],
    ['^W', 'Where Is'],
    ['^K', 'Cut'],
    ['^T', 'Execute'],
    ['^C', 'Location'],
  ],
  [
    ['^X', 'Exit'],
    ['^R', 'Read File'],
    ['^\\', 'Replace'],
    ['^U', 'Paste'],
    ['^J', 'Justify'],
    ['^/', 'Go To Line'],
  ],
];

/** Options of nano 7.2; none of them changes what is shown here. */
const SHORT = 'ABC:DEFGHIJ:KLMNOPQ:RST:UVWX:Y:Zabcdef:ghijklmno:pqr:s:tuvwxy%_0';
const LONG =
  'smarthome backup backupdir= boldtext tabstospaces multibuffer locking historylog ignorercfiles guidestripe= rawsequences nonewlines trimblanks noconvert bookstyle positionlog quotestr= restricted softwrap tabsize= quickblank version wordbounds wordchars= syntax= zap atblanks breaklonglines constantshow rebinddelete emptyline rcfile= showcursor help autoindent jumpyscrolling cutfromcursor linenumbers mouse noread operatingdir= preserve indicator fill= speller= saveonexit unix view nowrap nohelp afterends stateflags minibar zero';
const longOptions = Object.fromEntries(LONG.split(' ').map((name) => [name, name]));

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  if (args[0] === '--version' || args[0] === '-V') {
    await process.out(' GNU nano, version 7.2\n (C) 2023 the Free Software Foundation and various contributors\n');
    return 0;
  }
  let operands: Bytes[];
  try {
    operands = getopt(
      args.filter((arg) => !/^\+\d/.test(arg)),
      SHORT,
      longOptions,
    ).operands;
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`nano: ${error.message}\n`);
    await process.out("Type 'nano -h' for a list of available options.\n");
    return 1;
  }
  const terminal = process.descriptors.get(1)?.terminal;
  if (!terminal || !process.descriptors.get(0)?.terminal) {
    await process.err(terminal ? 'Standard input is not a terminal\n' : 'Error opening terminal: unknown.\n');
    return 1;
  }
  return new Nano(process, terminal, operands[0] ?? '').edit();
}

class Nano {
  readonly #process: Process;
  readonly #terminal: Terminal;
  #name: Bytes;
  #lines: Bytes[] = [''];
  #row = 0;
  #column = 0;
  #top = 0;
  #changed = false;
  #message = '';
  #pending = '';
  #cut: Bytes[] = [];
  /** The key before was ^K: the next one adds to what is cut. */
  #cutting = false;
  #sought = '';

  constructor(process: Process, terminal: Terminal, name: Bytes) {
    this.#process = process;
    this.#terminal = terminal;
    this.#name = name;
  }

  get #height(): number {
    return Math.max(1, (this.#terminal.rows || 24) - 4);
  }

  get #line(): Bytes {
    return this.#lines[this.#row] ?? '';
  }

  set #line(text: Bytes) {
    this.#lines[this.#row] = text;
    this.#changed = true;
  }

  async edit(): Promise<number> {
    const before = this.#terminal.settings;
    const cc = { ...before.cc, min: 1, time: 0 };
    this.#terminal.settings = { ...before, icanon: false, echo: false, icrnl: false, isig: false, ixon: false, cc };
    try {
      this.#load();
      await this.#process.out('\x1b[?2004h\x1b[?1049h\x1b[22;0;0t\x1b(B\x1b[m\x1b[4l\x1b[?7h\x1b[?1h\x1b=');
      for (;;) {
        if (this.#pending === '') await this.#draw();
        const key = await this.#key();
        if (key === '' || (key === '\x18' && (await this.#leave()))) return 0;
        this.#message = '';
        await this.#command(key);
        const turn = this.#process.step(1);
        if (turn) await turn;
      }
    } finally {
      this.#terminal.settings = before;
      await this.#process.out(`\x1b[${this.#height + 4};1H\x1b[?2004l\x1b[?1049l\x1b[23;0;0t\r\x1b[?1l\x1b>`);
    }
  }

  #load(): void {
    if (this.#name === '') return;
    try {
      if (this.#process.files.stat(this.#name).type === 'directory') {
        this.#message = `[ "${this.#name}" is a directory ]`;
        this.#name = '';
        return;
      }
      const text = this.#process.readFile(this.#name).slice(0, LARGEST);
      this.#lines = text.split('\n');
      const count = text.replace(/\n$/, '') === '' ? 0 : this.#lines.length - (text.endsWith('\n') ? 1 : 0);
      this.#message = `[ Read ${count} line${count === 1 ? '' : 's'} ]`;
    } catch (error) {
      const why = reason(error);
      this.#message = /No such file/.test(why) ? '[ New File ]' : `[ Error reading ${this.#name}: ${why} ]`;
    }
  }

  async #key(): Promise<Bytes> {
    if (this.#pending === '') this.#pending = await this.#process.read(0, 256);
    const sequence = /^\x1b[[O][0-9;]*[A-Za-z~]/.exec(this.#pending);
    if (sequence) {
      this.#pending = this.#pending.slice(sequence[0].length);
      if (/3~$/.test(sequence[0])) return '\x04';
      if (/5~$/.test(sequence[0])) return '\x19';
      if (/6~$/.test(sequence[0])) return '\x16';
      return { A: '\x10', B: '\x0e', C: '\x06', D: '\x02', H: '\x01', F: '\x05' }[sequence[0].at(-1)!] ?? this.#key();
    }
    const [key = ''] = this.#pending;
    this.#pending = this.#pending.slice(1);
    return key;
  }

  async #draw(question?: Bytes, keys: readonly (readonly [Bytes, Bytes][])[] = KEYS): Promise<void> {
    const columns = this.#terminal.columns || 80;
    if (this.#row < this.#top || this.#row >= this.#top + this.#height)
      this.#top = Math.max(0, this.#row - (this.#height >> 1));
    const title = `  GNU nano 7.2`;
    const name = this.#name === '' ? 'New Buffer' : this.#name;
    const lead = title + ' '.repeat(Math.max(2, ((columns - name.length) >> 1) - title.length)) + name;
    const head = (lead + (this.#changed ? 'Modified  '.padStart(columns - lead.length) : ''))
      .padEnd(columns)
      .slice(0, columns);
    let out = `\x1b[?25l\x1b[H\x1b[7m${head}\x1b[27m`;
    const at = shown(this.#line.slice(0, this.#column)).length;
    const left = at < columns - 1 ? 0 : at - (at % Math.max(1, columns - 8));
    for (let i = 0; i < this.#height; i++) {
      const row = this.#top + i;
      const text = shown(this.#lines[row] ?? '');
      const from = row === this.#row ? left : 0;
      const part = text.slice(from, from + columns);
      out += `\x1b[${i + 2};1H${part.length < text.length - from ? `${part.slice(0, -1)}>` : part}\x1b[K`;
    }
    const status = question === undefined ? this.#message : '';
    const pad = ' '.repeat(Math.max(0, (columns - status.length) >> 1));
    out += `\x1b[${this.#height + 2};1H`;
    if (question !== undefined) out += `\x1b[7m${question.slice(0, columns).padEnd(columns)}\x1b[27m`;
    else out += status === '' ? '\x1b[K' : `${pad}\x1b[7m${status}\x1b[27m\x1b[K`;
    const cell = Math.floor(columns / 6);
    for (const [i, row] of keys.entries())
      out += `\x1b[${this.#height + 3 + i};1H${row
        .map(
          ([key, text]) =>
            `\x1b[7m${key}\x1b[27m ${text.slice(0, Math.max(0, cell - key.length - 1)).padEnd(Math.max(0, cell - key.length - 1))}`,
        )
        .join('')}\x1b[K`;
    out +=
      question === undefined
        ? `\x1b[${this.#row - this.#top + 2};${at - left + 1}H\x1b[?25h`
        : `\x1b[${this.#height + 2};${Math.min(columns, question.length + 1)}H\x1b[?25h`;
    await this.#process.out(out);
  }

  /** A line at the bottom; undefined: cancelled. */
  async #ask(question: Bytes, preset = ''): Promise<Bytes | undefined> {
    let answer = preset;
    for (;;) {
      if (this.#pending === '') await this.#draw(question + answer, [[['^G', 'Help']], [['^C', 'Cancel']]]);
      const key = await this.#key();
      if (key === '' || key === '\x03' || key === '\x1b') {
        this.#message = '[ Cancelled ]';
        return undefined;
      }
      if (key === '\r' || key === '\n') return answer;
      if (key === '\x7f' || key === '\b') answer = answer.slice(0, -1);
      else if (key === '\x15' || key === '\x0b') answer = '';
      else if (key >= ' ' && answer.length < ANSWER) answer += key;
    }
  }

  /** True: nano ends. */
  async #leave(): Promise<boolean> {
    if (!this.#changed) return true;
    for (;;) {
      await this.#draw('Save modified buffer? ', [
        [[' Y', 'Yes']],
        [
          [' N', 'No'],
          ['^C', 'Cancel'],
        ],
      ]);
      const key = await this.#key();
      if (key === '' || /^[nN]$/.test(key)) return true;
      if (key === '\x03') {
        this.#message = '[ Cancelled ]';
        return false;
      }
      if (/^[yY]$/.test(key)) return this.#save();
    }
  }

  async #save(): Promise<boolean> {
    const name = await this.#ask('File Name to Write: ', this.#name);
    if (name === undefined || name === '') return false;
    const text = this.#lines.join('\n') + (this.#lines.at(-1) === '' ? '' : '\n');
    try {
      const file = this.#process.files.open(
        name,
        { write: true, create: true, truncate: true },
        0o666 & ~this.#process.umask,
      );
      file.write(text);
      file.release();
    } catch (error) {
      this.#message = `[ Error writing ${name}: ${reason(error)} ]`;
      return false;
    }
    this.#name = name;
    this.#changed = false;
    if (this.#lines.at(-1) !== '') this.#lines.push('');
    const count = this.#lines.length - 1;
    this.#message = `[ Wrote ${count} line${count === 1 ? '' : 's'} ]`;
    return true;
  }

  async #command(key: Bytes): Promise<void> {
    const cutting = this.#cutting;
    this.#cutting = false;
    const line = this.#line;
    switch (key) {
      case '\x18':
        break;
      case '\x0f':
        await this.#save();
        break;
      case '\x0b':
        if (this.#row === this.#lines.length - 1 && line === '') break;
        this.#cut = cutting ? [...this.#cut, line] : [line];
        this.#lines.splice(this.#row, 1);
        if (this.#row >= this.#lines.length) this.#lines.push('');
        this.#column = 0;
        this.#changed = this.#cutting = true;
        break;
      case '\x15':
        this.#lines.splice(this.#row, 0, ...this.#cut);
        this.#row += this.#cut.length;
        this.#column = 0;
        this.#changed ||= this.#cut.length > 0;
        break;
      case '\x17': {
        const sought = await this.#ask(this.#sought === '' ? 'Search: ' : `Search [${this.#sought}]: `);
        if (sought === undefined) break;
        this.#sought = sought || this.#sought;
        this.#search();
        break;
      }
      case '\x1f': {
        const place = await this.#ask('Enter line number, column number: ');
        if (place !== undefined)
          [this.#row, this.#column] = place
            .split(',')
            .map((n) => Math.max(0, Number(n) - 1 || 0))
            .concat(0) as [number, number];
        break;
      }
      case '\x03':
        this.#message = `[ line ${this.#row + 1}/${this.#lines.length}, col ${this.#column + 1}/${line.length + 1} ]`;
        break;
      case '\x10':
        this.#row--;
        break;
      case '\x0e':
        this.#row++;
        break;
      case '\x19':
        this.#row -= this.#height - 2;
        break;
      case '\x16':
        this.#row += this.#height - 2;
        break;
      case '\x06':
        if (this.#column < line.length) this.#column++;
        else if (this.#row + 1 < this.#lines.length) [this.#row, this.#column] = [this.#row + 1, 0];
        break;
      case '\x02':
        if (this.#column > 0) this.#column--;
        else if (this.#row > 0) [this.#row, this.#column] = [this.#row - 1, Number.MAX_SAFE_INTEGER];
        break;
      case '\x01':
        this.#column = 0;
        break;
      case '\x05':
        this.#column = line.length;
        break;
      case '\r':
      case '\n':
        this.#lines.splice(this.#row + 1, 0, line.slice(this.#column));
        this.#line = line.slice(0, this.#column);
        [this.#row, this.#column] = [this.#row + 1, 0];
        break;
      case '\x04':
        if (this.#column < line.length) this.#line = line.slice(0, this.#column) + line.slice(this.#column + 1);
        else if (this.#row + 1 < this.#lines.length) this.#line = line + this.#lines.splice(this.#row + 1, 1)[0]!;
        break;
      case '\x7f':
      case '\b':
        if (this.#column > 0) {
          this.#line = line.slice(0, this.#column - 1) + line.slice(this.#column);
          this.#column--;
        } else if (this.#row > 0) {
          this.#lines.splice(this.#row, 1);
          this.#row--;
          this.#column = this.#line.length;
          this.#line += line;
        }
        break;
      default:
        if (key !== '\t' && key < ' ') break;
        this.#line = line.slice(0, this.#column) + key + line.slice(this.#column);
        this.#column++;
    }
    this.#row = Math.max(0, Math.min(this.#lines.length - 1, this.#row));
    this.#column = Math.max(0, Math.min(this.#line.length, this.#column));
  }

  #search(): void {
    if (this.#sought === '') return;
    const wanted = this.#sought.toLowerCase();
    const { length } = this.#lines;
    for (let n = 0; n <= length; n++) {
      const row = (this.#row + n) % length;
      const at = this.#lines[row]!.toLowerCase().indexOf(wanted, n === 0 ? this.#column + 1 : 0);
      if (at < 0) continue;
      if (row < this.#row || n === length) this.#message = '[ Search Wrapped ]';
      [this.#row, this.#column] = [row, at];
      return;
    }
    this.#message = `[ "${this.#sought}" not found ]`;
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
