// The terminal while login(1) runs on it: Linux' line discipline (n_tty), from typed bytes to echo and to lines that can be read.

/** Special characters by their numbers in SLC (RFC 1184 §2.4), as `stty sane` has them; 0: none. */
export const [IP, AO, ABORT, EOF, SUSP, EC, EL, EW, RP, LNEXT, XON, XOFF, FORW1, FORW2] = [
  3, 4, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,
] as const;
const SANE: readonly (readonly [number, number])[] = [
  [IP, 0x03],
  [AO, 0x0f],
  [ABORT, 0x1c],
  [EOF, 0x04],
  [SUSP, 0x1a],
  [EC, 0x7f],
  [EL, 0x15],
  [EW, 0x17],
  [RP, 0x12],
  [LNEXT, 0x16],
  [XON, 0x11],
  [XOFF, 0x13],
];

/** N_TTY's limit of a line, its end not counted; what is beyond is echoed and lost. */
export const LINE_LIMIT = 4095;
/** Bytes of lines that nobody has read; the rest is lost, as behind a program that never reads. */
const QUEUE_LIMIT = 4095;

const ERASED = '\b \b';
const WORD = /[0-9A-Za-z_\x80-\xff]/;

export type TtySignal = 'INT' | 'QUIT' | 'TSTP';

/** What a program may set of it. */
export type TtyState = Readonly<Record<'echo' | 'icanon' | 'isig' | 'echoctl' | 'istrip' | 'opost', boolean>>;

export interface TtyOwner {
  /** Echo, with OPOST and ONLCR done. */
  output(text: string): void;
  /** A signal character was typed; what was typed before it is gone, and output not yet sent has to go too. */
  signalled(signal: TtySignal): void;
  /** There is something to read. */
  readable(): void;
}

export class Tty {
  echo = true;
  icanon = true;
  isig = true;
  echoctl = true;
  istrip = false;
  opost = true;
  softTabs = false;
  readonly characters = new Uint8Array(19);
  readonly #owner: TtyOwner;
  #line = '';
  #ready: string[] = [];
  #readyBytes = 0;
  #column = 0;
  /** Column where the line being typed began. */
  #start = 0;
  #literal = false;
  #stopped = false;
  #held = '';
  #taking = false;
  /** Read byte by byte, of the piece being taken. */
  #raw = '';

  constructor(owner: TtyOwner) {
    this.#owner = owner;
    for (const [which, value] of SANE) this.characters[which] = value;
  }

  get state(): TtyState {
    const { echo, icanon, isig, echoctl, istrip, opost } = this;
    return { echo, icanon, isig, echoctl, istrip, opost };
  }

  set state(state: TtyState) {
    Object.assign(this, state);
  }

  /** Bytes as the client typed them; their echo comes when all have been taken. */
  input(bytes: Buffer): void {
    this.#taking = true;
    for (const byte of bytes) this.#type(this.istrip ? byte & 0x7f : byte);
    this.#taking = false;
    if (this.#raw !== '') {
      this.#push(this.#raw);
      this.#raw = '';
    }
    this.#out();
    if (this.#ready.length > 0) this.#owner.readable();
  }

  /** What a program writes. */
  write(text: string): void {
    const spaced = this.softTabs && text.includes('\t') ? this.#spaced(text) : text;
    this.#move(spaced);
    this.#held += this.opost ? spaced.replaceAll('\n', '\r\n') : spaced;
    if (!this.#taking) this.#out();
  }

  #out(): void {
    if (this.#stopped) {
      this.#held = this.#held.slice(0, QUEUE_LIMIT);
      return;
    }
    const held = this.#held;
    this.#held = '';
    if (held !== '') this.#owner.output(held);
  }

  /** One line with its end, at most `most` bytes of it; '': end of file; undefined: nothing there. */
  read(most: number): string | undefined {
    const line = this.#ready[0];
    if (line === undefined) return undefined;
    if (line.length > most) this.#ready[0] = line.slice(most);
    else this.#ready.shift();
    this.#readyBytes -= Math.min(line.length, most);
    return line.slice(0, most);
  }

  /** Throws away what was typed and not read (TCSAFLUSH). */
  flush(): void {
    this.#line = '';
    this.#raw = '';
    this.#ready = [];
    this.#readyBytes = 0;
  }

  /** What is left for the program that comes after: unread lines, and the one that is being typed. */
  rest(): string {
    const rest = this.#ready.join('') + this.#line;
    this.flush();
    return rest;
  }

  #type(byte: number): void {
    const { characters } = this;
    if (this.#literal) {
      this.#literal = false;
      this.#keep(byte);
      return;
    }
    if (byte !== 0) {
      if (byte === characters[XOFF]) {
        this.#stopped = true;
        return;
      }
      if (byte === characters[XON]) {
        this.#stopped = false;
        return;
      }
      if (this.isig) {
        const signal =
          byte === characters[IP]
            ? 'INT'
            : byte === characters[ABORT]
              ? 'QUIT'
              : byte === characters[SUSP]
                ? 'TSTP'
                : undefined;
        if (signal) {
          this.#signal(signal, byte);
          return;
        }
      }
    }
    if (byte === 0x0d)
      this.#end(); // ICRNL
    else if (byte === 0x0a && this.icanon) this.#end();
    else if (!this.icanon || byte === 0 || !this.#edit(byte)) this.#keep(byte);
  }

  /** A signal character: what is typed and what is not out yet is gone. */
  #signal(signal: TtySignal, character: number): void {
    const echo = this.echo ? this.#shown(character) : '';
    this.flush();
    this.#held = '';
    this.#owner.signalled(signal);
    if (echo !== '') this.write(echo);
  }

  #end(): void {
    if (this.echo) this.write('\n');
    if (this.icanon) this.#push(`${this.#line}\n`);
    else this.#raw += '\n';
  }

  #push(line: string): void {
    this.#line = '';
    if (this.#readyBytes + line.length > QUEUE_LIMIT + 1) return;
    this.#ready.push(line);
    this.#readyBytes += line.length;
  }

  #keep(byte: number): void {
    if (this.#line === '') this.#start = this.#column;
    if (this.echo) this.write(this.#shown(byte));
    if (!this.icanon) this.#raw += String.fromCharCode(byte);
    else if (this.#line.length < LINE_LIMIT) this.#line += String.fromCharCode(byte);
  }

  /** Line editing of canonical mode; true: the character is dealt with. */
  #edit(byte: number): boolean {
    const { characters } = this;
    if (byte === characters[EOF]) this.#push(this.#line);
    else if (byte === characters[EC]) this.#erase(1);
    else if (byte === characters[EL]) this.#erase(this.#line.length);
    else if (byte === characters[EW]) {
      let at = this.#line.length;
      while (at > 0 && !WORD.test(this.#line[at - 1]!)) at--;
      while (at > 0 && WORD.test(this.#line[at - 1]!)) at--;
      this.#erase(this.#line.length - at);
    } else if (byte === characters[LNEXT]) {
      this.#literal = true;
      if (this.echo && this.echoctl) this.write('^\b');
    } else if (byte === characters[RP]) {
      if (this.echo)
        this.write(`${this.#shown(byte)}\n${[...this.#line].map((one) => this.#shown(one.charCodeAt(0))).join('')}`);
    } else return false;
    return true;
  }

  #erase(count: number): void {
    let text = '';
    for (; count > 0 && this.#line !== ''; count--) {
      const byte = this.#line.charCodeAt(this.#line.length - 1);
      this.#line = this.#line.slice(0, -1);
      if (byte === 0x09) text += '\b'.repeat(8 - (this.#width() & 7));
      else text += ERASED.repeat(this.#shown(byte).length);
    }
    if (this.echo && text !== '') this.write(text);
  }

  /** Cells since the last tab, or since the line began; the kernel counts no further back. */
  #width(): number {
    const tab = this.#line.lastIndexOf('\t');
    let width = tab < 0 ? this.#start : 0;
    for (let at = tab + 1; at < this.#line.length; at++) width += this.#shown(this.#line.charCodeAt(at)).length;
    return width;
  }

  /** XTABS: blanks up to the next column of eight. */
  #spaced(text: string): string {
    let column = this.#column;
    let out = '';
    for (const one of text) {
      const blanks = 8 - (column & 7);
      out += one === '\t' ? ' '.repeat(blanks) : one;
      column =
        one === '\t' ? column + blanks : one === '\n' || one === '\r' ? 0 : one === '\b' ? column - 1 : column + 1;
    }
    return out;
  }

  #move(text: string): void {
    for (let at = 0; at < text.length; at++) {
      const byte = text.charCodeAt(at);
      if (byte === 0x0a || byte === 0x0d) this.#column = 0;
      else if (byte === 0x08) this.#column = Math.max(0, this.#column - 1);
      else if (byte === 0x09) this.#column = (this.#column | 7) + 1;
      else if (byte >= 0x20) this.#column++;
    }
  }

  /** ECHOCTL: a control character as caret and letter. */
  #shown(byte: number): string {
    const control = (byte < 0x20 && byte !== 0x09) || byte === 0x7f;
    return control && this.echoctl ? `^${String.fromCharCode(byte ^ 0x40)}` : String.fromCharCode(byte);
  }
}
