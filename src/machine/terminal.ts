// A pseudo terminal: the line discipline of Linux (n_tty) between what the attacker types and what programs read and write.
import { SystemError } from './errno.ts';
import type { Bytes, OpenFile, Signal, Stat, Terminal, TerminalSettings } from './machine.ts';
import { Waiters } from './waiters.ts';

/** A line in canonical mode holds at most this many bytes, its end included (N_TTY_BUF_SIZE). */
const LINE = 4096;
/** Unread input beyond this stops the flow from outside. */
const INPUT_HIGH = 65536;
/** Output that the outside has not taken yet; echo beyond it is dropped, programs wait. */
const OUTPUT_HIGH = 65536;

/** What stty sane and sshd leave: `speed 38400 baud; intr = ^C …`. */
export function saneSettings(): TerminalSettings {
  return {
    icanon: true,
    echo: true,
    echoe: true,
    echok: true,
    echoctl: true,
    isig: true,
    iexten: true,
    icrnl: true,
    inlcr: false,
    igncr: false,
    ixon: true,
    istrip: false,
    iutf8: false,
    opost: true,
    onlcr: true,
    cc: { intr: 3, quit: 28, erase: 127, kill: 21, eof: 4, susp: 26, werase: 23, lnext: 22, min: 1, time: 0 },
  };
}

/** RFC 4254 §8: opcodes of the encoded terminal modes that the settings have a place for. */
const FLAG_OPCODES: readonly [number, keyof Omit<TerminalSettings, 'cc'>][] = [
  [32, 'istrip'],
  [34, 'inlcr'],
  [35, 'igncr'],
  [36, 'icrnl'],
  [38, 'ixon'],
  [42, 'iutf8'],
  [50, 'isig'],
  [51, 'icanon'],
  [53, 'echo'],
  [54, 'echoe'],
  [55, 'echok'],
  [59, 'iexten'],
  [60, 'echoctl'],
  [70, 'opost'],
  [72, 'onlcr'],
];
const CHARACTER_OPCODES: readonly [number, keyof TerminalSettings['cc']][] = [
  [1, 'intr'],
  [2, 'quit'],
  [3, 'erase'],
  [4, 'kill'],
  [5, 'eof'],
  [10, 'susp'],
  [14, 'werase'],
  [15, 'lnext'],
];

/** Applies the modes a client asked for with its pty-req (RFC 4254 §8); 255 disables a character. */
export function applyModes(settings: TerminalSettings, modes: ReadonlyMap<number, number>): void {
  for (const [opcode, flag] of FLAG_OPCODES) {
    const value = modes.get(opcode);
    if (value !== undefined) settings[flag] = value !== 0;
  }
  for (const [opcode, name] of CHARACTER_OPCODES) {
    const value = modes.get(opcode);
    if (value !== undefined) settings.cc[name] = value === 255 ? 0 : value & 255;
  }
}

/** How a terminal reaches the rest of the machine and the outside. */
export interface TerminalLink {
  /** Takes output; false: full, nothing more until `drained`. */
  output(data: Bytes): boolean;
  /** A signal character was typed; called before its echo. */
  flushed?(): void;
  /** Signals a process group. */
  signal(group: number, signal: Signal): void;
  /** The input queue has room again. */
  inputDrained(): void;
  stat(): Stat;
}

export class PseudoTerminal implements Terminal {
  readonly path: Bytes;
  columns: number;
  rows: number;
  settings: TerminalSettings = saneSettings();
  foreground = 0;
  /** The session it controls. */
  session = 0;
  readonly #link: TerminalLink;
  /** Complete lines (canonical), or whatever came (raw). '' is an end of file. */
  #ready: Bytes[] = [];
  #readyLength = 0;
  /** The last of them came in raw mode. */
  #raw = false;
  /** The line being typed. */
  #line = '';
  /** Screen column where echo stands, for tabs. */
  #column = 0;
  /** The column where the line being typed began. */
  #start = 0;
  #literal = false;
  #held = '';
  #full = false;
  #stopped = false;
  #hungUp = false;
  #refused = false;
  readonly readable = new Waiters();
  readonly writable = new Waiters();

  constructor(path: Bytes, columns: number, rows: number, link: TerminalLink) {
    this.path = path;
    this.columns = columns;
    this.rows = rows;
    this.#link = link;
  }

  get pending(): number {
    return this.#readyLength + this.#line.length;
  }

  get hungUp(): boolean {
    return this.#hungUp;
  }

  input(data: Bytes): boolean {
    if (this.#hungUp) return true;
    let plain = 0;
    const s = this.settings;
    if (!s.icanon && !s.echo && !s.isig && !s.istrip && !s.icrnl && !s.inlcr && !s.igncr && !s.ixon) this.#push(data);
    else {
      for (let i = 0; i < data.length; i++) {
        const code = data.charCodeAt(i);
        // A run of printable characters goes in at once.
        if (code >= 32 && code < 127 && !this.#literal && !this.#special(code)) continue;
        if (i > plain) this.#text(data.slice(plain, i));
        this.#type(code);
        plain = i + 1;
      }
      if (plain < data.length) this.#text(data.slice(plain));
    }
    if (this.#readyLength > 0 || this.#ready.length > 0) this.readable.wake();
    if (this.pending < INPUT_HIGH) return true;
    this.#refused = true;
    return false;
  }

  #special(code: number): boolean {
    const { cc } = this.settings;
    return (
      code === cc.intr ||
      code === cc.quit ||
      code === cc.erase ||
      code === cc.kill ||
      code === cc.eof ||
      code === cc.susp ||
      code === cc.werase ||
      code === cc.lnext
    );
  }

  #push(data: Bytes): void {
    this.#readyLength += data.length;
    const raw = !this.settings.icanon;
    // What comes while the terminal is raw is one piece, also for who reads it in canonical mode later.
    if (raw && this.#raw && this.#ready.length > 0) this.#ready[this.#ready.length - 1] += data;
    else this.#ready.push(data);
    this.#raw = raw;
  }

  /** Printable characters, none of them special. */
  #text(text: Bytes): void {
    if (this.#line === '') this.#start = this.#column;
    // What is too much for a line is echoed and lost, as in n_tty.
    if (this.settings.icanon) this.#line += text.slice(0, Math.max(0, LINE - 1 - this.#line.length));
    else this.#push(text);
    if (this.settings.echo) this.#echo(text);
  }

  /** One character through the whole discipline (n_tty_receive_char). */
  #type(typed: number): void {
    const s = this.settings;
    let code = s.istrip ? typed & 127 : typed;
    if (this.#literal) {
      this.#literal = false;
      this.#keep(code);
      return;
    }
    if (s.ixon && code === 19) {
      this.#stopped = true;
      return;
    }
    if (s.ixon && code === 17) {
      this.#stopped = false;
      this.drained();
      return;
    }
    if (s.isig && code !== 0) {
      const signal = code === s.cc.intr ? 'INT' : code === s.cc.quit ? 'QUIT' : code === s.cc.susp ? 'TSTP' : undefined;
      if (signal) {
        this.#ready = [];
        this.#readyLength = 0;
        this.#line = '';
        this.#link.flushed?.();
        if (s.echo) this.#echo(s.echoctl ? caret(code) : String.fromCharCode(code));
        this.#link.signal(this.foreground, signal);
        return;
      }
    }
    if (code === 13) {
      if (s.igncr) return;
      if (s.icrnl) code = 10;
    } else if (code === 10 && s.inlcr) code = 13;
    if (s.icanon && this.#edit(code)) return;
    this.#keep(code);
  }

  #keep(code: number): void {
    if (this.#line === '') this.#start = this.#column;
    const s = this.settings;
    const character = String.fromCharCode(code);
    if (s.icanon) {
      if (this.#line.length < LINE - 1) this.#line += character;
    } else this.#push(character);
    if (s.echo)
      this.#echo(s.echoctl && (code < 32 || code === 127) && code !== 9 && code !== 10 ? caret(code) : character);
  }

  /** Line editing of canonical mode; true: the character is dealt with. */
  #edit(code: number): boolean {
    const s = this.settings;
    if (code === 10) {
      if (s.echo) this.#echo('\n');
      this.#push(`${this.#line}\n`);
      this.#line = '';
      return true;
    }
    if (code === 0) return false;
    if (code === s.cc.eof) {
      this.#push(this.#line);
      this.#line = '';
      return true;
    }
    if (code === s.cc.erase) {
      if (this.#line !== '') this.#erase(this.#lastLength());
      return true;
    }
    if (code === s.cc.kill) {
      if (s.echoe && s.echok) this.#erase(this.#line.length);
      else {
        this.#line = '';
        if (s.echo) this.#echo(`${this.#shown(String.fromCharCode(code))}${s.echok ? '\n' : ''}`);
      }
      return true;
    }
    if (!s.iexten) return false;
    if (code === s.cc.werase) {
      const kept = this.#line.replace(/[0-9A-Za-z_\x80-\xff]*[^0-9A-Za-z_\x80-\xff]*$/, '');
      const word = /[0-9A-Za-z_\x80-\xff]+[^0-9A-Za-z_\x80-\xff]*$/.exec(this.#line);
      this.#erase(this.#line.length - (word ? word.index : kept.length));
      return true;
    }
    if (code === s.cc.lnext) {
      this.#literal = true;
      if (s.echo && s.echoctl) this.#echo('^\b');
      return true;
    }
    if (code === 18) {
      if (s.echo) this.#echo(`^R\n${[...this.#line].map((c) => this.#shown(c)).join('')}`);
      return true;
    }
    return false;
  }

  /** Length of the last character: several bytes in UTF-8. */
  #lastLength(): number {
    let length = 1;
    if (this.settings.iutf8)
      while (
        length < 4 &&
        length < this.#line.length &&
        (this.#line.charCodeAt(this.#line.length - length) & 0xc0) === 0x80
      )
        length++;
    return length;
  }

  #shown(character: string): string {
    const code = character.charCodeAt(0);
    return this.settings.echoctl && (code < 32 || code === 127) && code !== 9 ? caret(code) : character;
  }

  /** Takes the last `count` bytes off the line and off the screen. */
  #erase(count: number): void {
    const s = this.settings;
    const gone = this.#line.slice(this.#line.length - count);
    const before = this.#line.slice(0, this.#line.length - count);
    this.#line = before;
    if (!s.echo) return;
    if (!s.echoe) {
      this.#echo(this.#shown(String.fromCharCode(s.cc.erase)));
      return;
    }
    let text = '';
    for (let i = gone.length - 1; i >= 0; i--) {
      const code = gone.charCodeAt(i);
      if (s.iutf8 && (code & 0xc0) === 0x80) continue;
      text +=
        code === 9 ? '\b'.repeat(8 - (this.#width(before + gone.slice(0, i)) & 7)) : '\b \b'.repeat(this.#cells(code));
    }
    const column = this.#column;
    this.#echo(text);
    this.#column = Math.max(0, column - text.replaceAll('\b \b', '\b').length);
  }

  /** How wide a character was echoed. */
  #cells(code: number): number {
    const control = code < 32 || code === 127;
    return control ? (this.settings.echoctl ? 2 : 0) : 1;
  }

  /** Cells since the last tab, or since the line began; the kernel counts no further back. */
  #width(line: Bytes): number {
    let width = 0;
    for (const character of line.slice(line.lastIndexOf('\t') + 1)) {
      const code = character.charCodeAt(0);
      if (!this.settings.iutf8 || (code & 0xc0) !== 0x80) width += this.#cells(code);
    }
    return line.includes('\t') ? width : width + this.#start;
  }

  #echo(text: Bytes): void {
    if (this.#held.length > OUTPUT_HIGH) return;
    this.#send(this.#processed(text));
  }

  #processed(text: Bytes): Bytes {
    const s = this.settings;
    const newline = text.lastIndexOf('\n');
    this.#column = newline >= 0 ? text.length - newline - 1 : this.#column + text.length;
    return s.opost && s.onlcr && newline >= 0 ? text.replaceAll('\n', '\r\n') : text;
  }

  #send(text: Bytes): void {
    if (this.#hungUp) return;
    if (this.#full || this.#stopped || this.#held !== '') {
      this.#held += text;
      return;
    }
    if (!this.#link.output(text)) this.#full = true;
  }

  /** Up to `max` bytes for a program; undefined: nothing yet; '': end of file or hang-up. */
  read(max: number): Bytes | undefined {
    if (this.#hungUp) return '';
    let data: Bytes;
    if (this.settings.icanon) {
      if (this.#ready.length === 0) return undefined;
      const line = this.#ready[0]!;
      const length = Math.min(max, line.length);
      data = line.slice(0, length);
      if (length < line.length) this.#ready[0] = line.slice(length);
      else this.#ready.shift();
      this.#readyLength -= length;
    } else {
      const { min, time } = this.settings.cc;
      if (this.pending < Math.max(1, Math.min(min, max))) return min === 0 && time === 0 ? '' : undefined;
      const all = this.#ready.join('') + this.#line;
      this.#line = '';
      data = all.slice(0, max);
      this.#ready = all.length > max ? [all.slice(max)] : [];
      this.#readyLength = all.length - data.length;
    }
    if (this.#refused && this.pending < INPUT_HIGH / 2) {
      this.#refused = false;
      this.#link.inputDrained();
    }
    return data;
  }

  onReadable(wake: () => void): () => void {
    const { icanon, cc } = this.settings;
    if (!this.#hungUp && (icanon ? this.#ready.length === 0 : this.pending < Math.max(1, cc.min)))
      return this.readable.add(wake);
    wake();
    return () => {};
  }

  /** Output of a program; undefined while the outside is slow. Throws EIO after a hang-up. */
  write(data: Bytes): number | undefined {
    if (this.#hungUp) throw new SystemError('EIO');
    if (this.#full || this.#stopped || this.#held.length > 0) return undefined;
    const taken = data.length > OUTPUT_HIGH ? data.slice(0, OUTPUT_HIGH) : data;
    this.#send(this.#processed(taken));
    return taken.length;
  }

  /** The outside takes output again. */
  drained(): void {
    this.#full = false;
    if (this.#stopped) return;
    const held = this.#held;
    this.#held = '';
    if (held !== '') this.#send(held);
    if (!this.#full) this.writable.wake();
  }

  /** Drops what was typed and not read (tcflush TCIFLUSH), as sudo and passwd do before a password. */
  flushInput(): void {
    this.#ready = [];
    this.#readyLength = 0;
    this.#line = '';
  }

  resize(columns: number, rows: number): void {
    if (columns === this.columns && rows === this.rows) return;
    this.columns = columns;
    this.rows = rows;
    this.#link.signal(this.foreground, 'WINCH');
  }

  hangup(): void {
    if (this.#hungUp) return;
    this.#hungUp = true;
    this.#held = '';
    this.flushInput();
    this.readable.wake();
    this.writable.wake();
    if (this.session) this.#link.signal(this.session, 'HUP');
    if (this.foreground !== this.session) {
      this.#link.signal(this.foreground, 'HUP');
      this.#link.signal(this.foreground, 'CONT');
    }
  }

  stat(): Stat {
    return this.#link.stat();
  }

  open(): OpenFile {
    return new TerminalFile(this);
  }
}

function caret(code: number): string {
  return `^${String.fromCharCode(code ^ 64)}`;
}

/** A terminal as an open file. */
class TerminalFile implements OpenFile {
  readonly kind = 'terminal';
  readonly readable = true;
  readonly writable = true;
  readonly terminal: PseudoTerminal;

  constructor(terminal: PseudoTerminal) {
    this.terminal = terminal;
  }

  get path(): Bytes {
    return this.terminal.path;
  }

  read(max: number): Bytes | undefined {
    return this.terminal.read(max);
  }

  write(data: Bytes): number | undefined {
    return this.terminal.write(data);
  }

  onReadable(wake: () => void): () => void {
    return this.terminal.onReadable(wake);
  }

  onWritable(wake: () => void): () => void {
    return this.terminal.writable.add(wake);
  }

  seek(): number {
    throw new SystemError('ESPIPE');
  }

  truncate(): void {
    throw new SystemError('EINVAL');
  }

  stat(): Stat {
    return this.terminal.stat();
  }

  retain(): OpenFile {
    return this;
  }

  release(): void {}
}
