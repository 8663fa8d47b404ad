// One Telnet connection, server side: the daemon's opening, then login(1) at a terminal, then the shell's bytes.
import { Bsd } from './bsd.ts';
import { Busybox } from './busybox.ts';
import { Decoder, encodeData } from './decoder.ts';
import { Dialogue } from './dialogue.ts';
import { readVariables } from './environ.ts';
import {
  DM,
  EOF,
  IAC,
  options,
  type ServerHandler,
  type ServerOptions,
  type Verb,
  verbCodes,
  type Wire,
} from './telnet.ts';
import * as characters from './tty.ts';
import { Tty, type TtySignal } from './tty.ts';

/** Negotiation commands taken from one client; real ones send about twenty, a flood never ends. */
const MOST_NEGOTIATIONS = 1000;
/** Commands and subnegotiations have the same bound of their own. */
const MOST_COMMANDS = 10_000;
/** Bytes kept that are typed before login runs, and before a shell does. */
const EARLY_LIMIT = 8192;
/** Variables that one client may set, and bytes of one with its name. */
const MOST_VARIABLES = 64;
const VARIABLE_LIMIT = 1024;

/** Opcodes of RFC 4254 §8 for what negotiation changes. */
const MODES = { istrip: 32, isig: 50, icanon: 51, echo: 53, echoctl: 60, opost: 70 } as const;
const CHARACTER_MODES: readonly (readonly [number, number])[] = [
  [characters.IP, 1],
  [characters.ABORT, 2],
  [characters.EC, 3],
  [characters.EL, 4],
  [characters.EOF, 5],
  [characters.SUSP, 10],
  [characters.EW, 14],
  [characters.LNEXT, 15],
];
const sane = new Tty({ output() {}, signalled() {}, readable() {} });
const SANE_MODES: ReadonlyMap<number, number> = new Map([
  ...Object.entries(MODES).map(([name, opcode]) => [opcode, sane[name as keyof typeof MODES] ? 1 : 0] as const),
  ...CHARACTER_MODES.map(([which, opcode]) => [opcode, sane.characters[which]!] as const),
]);

export class ServerConnection {
  readonly #wire: Wire;
  readonly #handler: ServerHandler;
  readonly #options: ServerOptions;
  readonly #decoder: Decoder;
  readonly #tty: Tty;
  readonly #bsd: Bsd | undefined;
  readonly #busybox: Busybox | undefined;
  #dialogue: Dialogue | undefined;
  #phase: 'opening' | 'login' | 'shell' | 'closed' = 'opening';
  #impatient: (() => void) | undefined;
  /** The client has negotiated anything. */
  #alive = false;
  #negotiations = 0;
  #commands = 0;
  /** Answers of one piece of input; `text` can be thrown away by AO. */
  #answers: { bytes: Buffer; text: boolean }[] = [];
  /** What is typed and not at the terminal yet. */
  #typed: Buffer[] = [];
  #typedBytes = 0;
  /** What the terminal has said to this piece of input: it is read after the answers are out. */
  #shown: Buffer[] = [];
  #busy = false;
  #hangUp = false;
  #type = '';
  #columns = 0;
  #rows = 0;
  #environment: Map<string, string> | undefined;
  /** Modes that the shell's terminal has been told. */
  #told: Map<number, number> | undefined;

  constructor(wire: Wire, options: ServerOptions, handler: ServerHandler) {
    this.#wire = wire;
    this.#options = options;
    this.#handler = handler;
    const { daemon } = options.profile;
    const bsd = daemon.family === 'bsd';
    this.#tty = new Tty({
      output: (text) => this.#show(encodeData(Buffer.from(text, 'latin1'), this.#plain)),
      signalled: (signal) => {
        this.#mark();
        this.#dialogue?.signalled(signal);
      },
      readable: () => this.#dialogue?.readable(),
    });
    this.#decoder = new Decoder({
      data: (bytes) => {
        if (bsd) this.#typedIn(bytes);
      },
      command: (code) => this.#command(code),
      option: (verb, option) => this.#option(verb, option),
      subnegotiation: (option, content) => this.#subnegotiation(option, content),
      violation: (reason, detail) => this.#violation(reason, detail, false),
      lineEnd: (kind) => this.#handler.lineEnd?.(kind),
    });
    this.#tty.softTabs = !bsd; // BusyBox sets XTABS
    if (!bsd)
      this.#busybox = new Busybox({
        command: (bytes) => void this.#answers.push({ bytes, text: false }),
        typed: (bytes) => this.#typedIn(bytes),
        size: (columns, rows) => this.#size(columns, rows),
      });
    else
      this.#bsd = new Bsd(daemon, this.#tty, {
        command: (bytes) => this.#answer(bytes, false),
        text: (text) => this.#answer(Buffer.from(this.#fill(text), 'latin1'), true),
        type: (character) => this.#typedIn(Buffer.of(character)),
        pass: () => this.#pass(),
        signal: (signal) => this.#signal(signal),
        discard: () => {
          this.#answers = this.#answers.filter(({ text }) => !text);
        },
        hangUp: () => {
          this.#hangUp = true;
        },
        opened: () => this.#login(),
        terminalType: (name) => {
          this.#type = name.toString('latin1');
        },
        size: (columns, rows) => this.#size(columns, rows),
        display: (name) => this.#variable('DISPLAY', name.toString('latin1')),
        terminalChanged: () => {
          if (this.#phase !== 'shell') return;
          const modes = this.#modes();
          if (modes.size > 0) this.#handler.modes?.(modes);
        },
      });
  }

  /** Sends the first negotiation. */
  open(): void {
    this.#turn(() => {
      if (this.#bsd) this.#bsd.advance();
      else {
        for (const line of this.#options.profile.daemon.stages.flatMap(({ send = [] }) => send)) {
          const [verb, name] = line.split(' ') as [Verb, keyof typeof options];
          this.#answer(Buffer.of(IAC, verbCodes[verb], options[name]), false);
        }
        this.#login();
      }
    });
    this.#wait();
  }

  receive(chunk: Buffer): void {
    if (this.#phase === 'closed') return;
    this.#turn(() => {
      this.#decoder.receive(chunk);
      this.#busybox?.receive(chunk);
      if (this.#phase === 'opening') {
        const { patience } = this.#options;
        // A client that types before any negotiation is no Telnet client: it gets its prompt at once.
        if (patience > 0 && this.#typedBytes > 0 && !this.#alive) this.#bsd!.hurry();
        else this.#bsd!.advance();
      }
    });
    if (this.#phase === 'opening') this.#wait();
  }

  /** The client's end of file. */
  end(): void {
    if (this.#phase !== 'closed') this.#decoder.end();
  }

  /** Output of the shell. False: hold until the wire has drained. */
  write(data: Buffer): boolean {
    if (this.#phase === 'closed') return true;
    const bytes = encodeData(data, this.#plain);
    if (!this.#busy) return this.#wire.send(bytes);
    this.#shown.push(bytes);
    return true;
  }

  /** The shell's terminal has thrown away its output because of a signal character. */
  mark(): void {
    if (this.#phase === 'shell') this.#mark();
  }

  /** Ends the connection after what was sent. */
  close(): void {
    if (this.#phase === 'closed') return;
    this.abandon();
    this.#wire.close();
  }

  /** The socket is gone: timers end, nothing is sent. */
  abandon(): void {
    this.#phase = 'closed';
    this.#impatient?.();
    this.#impatient = undefined;
    this.#dialogue?.stop();
  }

  /** Nothing but IAC is changed in what is sent: in binary, and always by BusyBox. */
  get #plain(): boolean {
    return this.#bsd === undefined || this.#bsd.binaryOut;
  }

  /** One piece of input: its answers go out first, then what the terminal says to it. */
  #turn(work: () => void): void {
    this.#busy = true;
    work();
    if (this.#phase !== 'opening') this.#pass();
    this.#busy = false;
    if (this.#phase === 'closed') return;
    const out = [...this.#answers.map(({ bytes }) => bytes), ...this.#shown];
    this.#answers = [];
    this.#shown = [];
    if (out.length > 0) this.#wire.send(out.length === 1 ? out[0]! : Buffer.concat(out));
    if (this.#hangUp) this.close();
  }

  #answer(bytes: Buffer, text: boolean): void {
    if (this.#busy) this.#answers.push({ bytes, text });
    else if (this.#phase !== 'closed') this.#wire.send(bytes);
  }

  #show(bytes: Buffer): void {
    if (this.#busy) this.#shown.push(bytes);
    else if (this.#phase !== 'closed') this.#wire.send(bytes);
  }

  /** Output that nobody has sent yet is dropped, and the client told where the stream goes on. */
  #mark(): void {
    if (!this.#bsd) return;
    this.#shown = [];
    this.#show(Buffer.of(IAC, DM));
  }

  #fill(text: string): string {
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => this.#options.texts[name] ?? whole);
  }

  #wait(): void {
    const { patience, environment } = this.#options;
    if (patience === 0 || this.#phase !== 'opening') return;
    this.#impatient?.();
    this.#impatient = environment.after(patience, () => this.#turn(() => this.#bsd?.hurry()));
  }

  #typedIn(bytes: Buffer): void {
    if (this.#phase === 'shell') this.#handler.data(bytes);
    else if (this.#typedBytes + bytes.length <= EARLY_LIMIT || this.#phase === 'login') {
      this.#typedBytes += bytes.length;
      this.#typed.push(Buffer.from(bytes));
      if (this.#phase === 'login' && this.#typedBytes > EARLY_LIMIT) this.#pass();
    }
  }

  /** What has been typed reaches the terminal. */
  #pass(): void {
    while (this.#typed.length > 0 && this.#phase !== 'opening') {
      const bytes = this.#typed.shift()!;
      this.#typedBytes -= bytes.length;
      if (this.#phase === 'login') this.#tty.input(bytes);
      else if (this.#phase === 'shell') this.#handler.data(bytes);
    }
  }

  #signal(signal: TtySignal): void {
    if (this.#phase === 'login') this.#dialogue?.signalled(signal);
    else if (this.#phase === 'shell') this.#handler.signal?.(signal);
  }

  /** The daemon starts login(1). */
  #login(): void {
    this.#impatient?.();
    this.#impatient = undefined;
    this.#phase = 'login';
    const { profile, texts, environment, patience, vulnerable } = this.#options;
    const { optionAsUser } = profile.daemon;
    // What login says when a time has passed goes out in one piece.
    const clock = {
      ...environment,
      after: (ms: number, run: () => void) => environment.after(ms, () => this.#turn(run)),
    };
    const user = this.#environment?.get('USER') ?? '';
    this.#dialogue = new Dialogue(
      profile.login,
      texts,
      clock,
      this.#tty,
      {
        login: (name, password) => this.#handler.login(name, password),
        accepted: () => this.#accepted(),
        failed: () => this.#turnedAway(),
      },
      patience > 0,
    );
    const [, forced] = /^-f[ \t]*(\S+)/.exec(user) ?? [];
    if (vulnerable && forced && this.#handler.bypass?.(Buffer.from(forced, 'latin1')) === 'accept') {
      this.#tty.write(this.#fill(profile.login.banner));
      this.#accepted();
    } else if (user.startsWith('-') && optionAsUser !== '') {
      this.#tty.write(optionAsUser); // and nobody listens any more
    } else if (user !== '' && !user.startsWith('-')) this.#dialogue.start(user);
    else this.#dialogue.start();
  }

  #turnedAway(): void {
    this.#hangUp = true;
    if (!this.#busy) this.#turn(() => {});
  }

  #accepted(): void {
    this.#phase = 'shell';
    const rest = this.#tty.rest();
    this.#handler.started({
      type: this.#type || (this.#bsd ? 'network' : ''),
      columns: this.#columns,
      rows: this.#rows,
      modes: this.#modes(),
      environment: [...(this.#environment ?? [])].filter(([name]) => name !== 'USER'),
    });
    this.#environment = undefined;
    this.#dialogue = undefined;
    if (rest !== '') this.#handler.data(Buffer.from(rest, 'latin1'));
    if (!this.#busy) this.#pass();
  }

  /** Modes that negotiation has changed since they were last asked for: at first against `stty sane`. */
  #modes(): Map<number, number> {
    const tty = this.#tty;
    const modes = new Map<number, number>();
    for (const [name, opcode] of Object.entries(MODES)) modes.set(opcode, tty[name as keyof typeof MODES] ? 1 : 0);
    for (const [which, opcode] of CHARACTER_MODES) modes.set(opcode, tty.characters[which] || 255);
    for (const [opcode, value] of modes) {
      if ((this.#told?.get(opcode) ?? SANE_MODES.get(opcode)) === value) modes.delete(opcode);
      else this.#told = (this.#told ?? new Map()).set(opcode, value);
    }
    return modes;
  }

  #size(columns: number, rows: number): void {
    this.#columns = columns;
    this.#rows = rows;
    this.#handler.size?.(columns, rows);
  }

  #variable(name: string, value: string | undefined): void {
    this.#environment ??= new Map();
    if (value === undefined) this.#environment.delete(name);
    else if (this.#environment.size < MOST_VARIABLES && name.length + value.length <= VARIABLE_LIMIT)
      this.#environment.set(name, value);
  }

  #command(code: number): void {
    if (this.#flooded(++this.#commands, MOST_COMMANDS, code)) return;
    this.#handler.command?.(code);
    if (code >= EOF) this.#bsd?.command(code);
  }

  #option(verb: Verb, option: number): void {
    if (this.#phase === 'closed') return;
    this.#alive = true;
    this.#handler.option?.(verb, option);
    if (option < 0) return;
    if (this.#flooded(++this.#negotiations, MOST_NEGOTIATIONS, option)) return;
    if (!this.#bsd) return;
    this.#bsd.option(verb, option);
    this.#decoder.binary = this.#bsd.binaryIn;
    this.#decoder.lines = this.#bsd.linemode;
  }

  #subnegotiation(option: number, content: Buffer): void {
    if (this.#flooded(++this.#commands, MOST_COMMANDS, option)) return;
    this.#handler.subnegotiation?.(option, content);
    const { daemon } = this.#options.profile;
    if (option === options['NEW-ENVIRON'] || option === options.ENVIRON) this.#variables(content);
    this.#bsd?.subnegotiation(option, content.subarray(0, daemon.subnegotiation - 1));
    if (this.#bsd) this.#decoder.lines = this.#bsd.linemode;
  }

  #variables(content: Buffer): void {
    const { profile, vulnerable } = this.#options;
    const { variables } = profile.daemon;
    for (const { name, value } of readVariables(content)) {
      this.#handler.variable?.(name, value ?? Buffer.alloc(0));
      const text = name.toString('latin1');
      const taken = vulnerable || variables.includes('*') || variables.includes(text);
      if (
        taken &&
        this.#bsd &&
        this.#phase === 'opening' &&
        /^[A-Za-z_]\w*$/.test(text) &&
        !/^(LD_|_RLD_|LIBPATH$|IFS$)/.test(text)
      )
        this.#variable(text, value?.toString('latin1'));
    }
  }

  #flooded(count: number, most: number, byte: number): boolean {
    if (count <= most) return false;
    this.#violation('option flood', Buffer.of(byte), true);
    return true;
  }

  #violation(reason: string, detail: Buffer, fatal: boolean): void {
    if (this.#phase === 'closed') return;
    this.#handler.violation?.({ reason, fatal, detail: detail.subarray(0, 64) });
    if (fatal) this.close();
  }
}
