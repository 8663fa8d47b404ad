// One Telnet connection, server side: opens with the profile's negotiation, holds the login conversation, then carries the shell's bytes.
import { Decoder, type DecoderSink, encodeData } from './decoder.ts';
import { Dialogue } from './dialogue.ts';
import { readVariables } from './environ.ts';
import { Negotiation } from './negotiation.ts';
import type { Profile } from './profile.ts';
import {
  AO,
  AYT,
  BRK,
  DM,
  EC,
  EL,
  EOF,
  IAC,
  IP,
  type OptionName,
  options,
  SB,
  SE,
  type ServerHandler,
  type ServerOptions,
  SUSP,
  type Verb,
  type Wire,
} from './telnet.ts';

const IS = 0;
const SEND = 1;
/** Negotiation commands taken from one client; real ones send about twenty, a flood never ends. */
const MOST_NEGOTIATIONS = 1000;
/** Commands and subnegotiations have the same bound of their own. */
const MOST_COMMANDS = 10_000;

/** What the terminal makes of a command of RFC 854 once the shell runs. */
const typedFor: Readonly<Record<number, number>> = {
  [IP]: 0x03,
  [BRK]: 0x03,
  [EC]: 0x7f,
  [EL]: 0x15,
  [EOF]: 0x04,
  [SUSP]: 0x1a,
};

export class ServerConnection {
  readonly #wire: Wire;
  readonly #handler: ServerHandler;
  readonly #options: ServerOptions;
  readonly #decoder: Decoder;
  readonly #negotiation: Negotiation;
  readonly #dialogue: Dialogue;
  #stage = -1;
  /** Options whose value was asked for in this stage and has not come. */
  #asked = new Set<number>();
  #impatient: (() => void) | undefined;
  #phase: 'opening' | 'login' | 'shell' | 'closed' = 'opening';
  /** Typed before the prompt. */
  #early: Buffer[] = [];
  #earlyBytes = 0;
  #negotiations = 0;
  #commands = 0;
  readonly #terminal = { type: 'network', columns: 0, rows: 0 };

  constructor(wire: Wire, options: ServerOptions, handler: ServerHandler) {
    this.#wire = wire;
    this.#options = options;
    this.#handler = handler;
    const { profile, environment, texts } = options;
    this.#negotiation = new Negotiation({ will: profile.will, do: profile.do, answers: profile.answers }, (bytes) =>
      this.#send(bytes),
    );
    const sink: DecoderSink = {
      data: (bytes) => this.#data(bytes),
      command: (code) => this.#command(code),
      option: (verb, option) => this.#option(verb, option),
      subnegotiation: (option, content) => this.#subnegotiation(option, content),
      violation: (reason, detail) => this.#violation(reason, detail, false),
    };
    this.#decoder = new Decoder(sink);
    this.#dialogue = new Dialogue(profile, texts, environment, {
      send: (text) => this.#sendData(text),
      login: (user, password) => handler.login(user, password),
      accepted: () => this.#accepted(),
      failed: () => this.close(),
    });
  }

  /** Sends the first negotiation. */
  open(): void {
    this.#advance();
  }

  receive(chunk: Buffer): void {
    if (this.#phase === 'closed') return;
    this.#decoder.receive(chunk);
    if (this.#phase === 'opening') this.#advance();
  }

  /** The client's end of file. */
  end(): void {
    if (this.#phase !== 'closed') this.#decoder.end();
  }

  /** Output of the shell. False: hold until the wire has drained. */
  write(data: Buffer): boolean {
    return this.#phase === 'closed' ? true : this.#sendData(data);
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
    this.#dialogue.stop();
  }

  get #profile(): Profile {
    return this.#options.profile;
  }

  #send(bytes: Buffer): boolean {
    return this.#phase === 'closed' ? true : this.#wire.send(bytes);
  }

  #sendData(data: Buffer): boolean {
    return this.#send(encodeData(data, this.#negotiation.ours('BINARY')));
  }

  /** Goes through the stages as far as the client's answers allow. */
  #advance(): void {
    while (this.#phase === 'opening') {
      const stage = this.#profile.stages[this.#stage];
      if (stage) {
        if (stage.await?.some((name) => !this.#negotiation.settled(name))) return;
        if (this.#asked.size > 0) return;
      }
      const next = this.#profile.stages[++this.#stage];
      if (!next) {
        this.#prompt();
        return;
      }
      this.#begin(next);
      if (this.#profile.patience === 0) continue;
      this.#impatient?.();
      this.#impatient = this.#options.environment.after(this.#profile.patience, () => this.#prompt());
    }
  }

  #begin(stage: Profile['stages'][number]): void {
    for (const line of stage.send ?? []) {
      const [verb, name] = line.split(' ') as ['WILL' | 'DO', OptionName];
      this.#negotiation.request(verb, name);
    }
    for (const alternatives of stage.ask ?? []) {
      const name = (alternatives.split('|') as OptionName[]).find((one) => this.#negotiation.theirs(one));
      if (!name) continue;
      this.#asked.add(options[name]);
      this.#send(Buffer.from([IAC, SB, options[name], SEND, IAC, SE]));
    }
  }

  /** Sends what is left of the opening without waiting, then the banner and the first prompt. */
  #prompt(): void {
    if (this.#phase !== 'opening') return;
    this.#impatient?.();
    for (this.#stage++; this.#stage < this.#profile.stages.length; this.#stage++) {
      const stage = this.#profile.stages[this.#stage]!;
      this.#begin({ send: stage.send ?? [] });
    }
    this.#phase = 'login';
    this.#dialogue.start();
    for (const chunk of this.#early.splice(0)) this.#data(chunk);
  }

  #accepted(): void {
    this.#phase = 'shell';
    this.#handler.started({ ...this.#terminal });
    for (const chunk of this.#dialogue.takeAhead()) this.#data(chunk);
  }

  #data(bytes: Buffer): void {
    if (this.#phase === 'opening') {
      if (this.#earlyBytes + bytes.length > 4096) return;
      this.#earlyBytes += bytes.length;
      this.#early.push(Buffer.from(bytes));
      // A client that types before any negotiation is no Telnet client: it gets its prompt at once.
      if (!this.#negotiation.alive && this.#profile.patience > 0) this.#prompt();
    } else if (this.#phase === 'login') this.#dialogue.data(bytes);
    else if (this.#phase === 'shell') this.#handler.data(bytes);
  }

  #command(code: number): void {
    if (this.#flooded(++this.#commands, MOST_COMMANDS, code)) return;
    if (code === AYT && this.#profile.areYouThere) this.#sendData(Buffer.from(this.#profile.areYouThere, 'latin1'));
    else if (code === AO) this.#send(Buffer.from([IAC, DM]));
    else if (this.#phase === 'login') this.#dialogue.command(code);
    else if (this.#phase === 'shell' && typedFor[code] !== undefined) this.#handler.data(Buffer.from([typedFor[code]]));
  }

  #option(verb: Verb, option: number): void {
    if (this.#phase === 'closed') return;
    this.#handler.option?.(verb, option);
    if (option < 0) return;
    if (this.#flooded(++this.#negotiations, MOST_NEGOTIATIONS, option)) return;
    this.#negotiation.receive(verb, option);
    if (verb === 'WONT') this.#asked.delete(option);
    if (option === options.BINARY) this.#decoder.binary = this.#negotiation.theirs('BINARY');
    // Characters, not lines: whoever agrees to edit lines itself is told not to.
    if (verb === 'WILL' && option === options.LINEMODE && this.#profile.answers) {
      this.#negotiation.receive('WONT', option);
    }
  }

  #subnegotiation(option: number, content: Buffer): void {
    if (this.#flooded(++this.#commands, MOST_COMMANDS, option)) return;
    switch (option) {
      case options.NAWS:
        if (content.length < 4) return;
        this.#terminal.columns = content.readUInt16BE(0);
        this.#terminal.rows = content.readUInt16BE(2);
        this.#handler.size?.(this.#terminal.columns, this.#terminal.rows);
        break;
      case options['TERMINAL-TYPE']:
        if (content[0] !== IS) return;
        this.#asked.delete(option);
        // telnetd lower-cases the name and hands it on as TERM.
        this.#terminal.type = content.subarray(1, 41).toString('latin1').toLowerCase();
        this.#handler.terminalType?.(content.subarray(1, 41));
        break;
      case options['NEW-ENVIRON']:
      case options.ENVIRON:
        this.#asked.delete(option);
        for (const { name, value } of readVariables(content)) this.#handler.variable?.(name, value);
        break;
      case options['TERMINAL-SPEED']:
      case options['X-DISPLAY-LOCATION']:
        this.#asked.delete(option);
        break;
    }
  }

  #flooded(count: number, most: number, byte: number): boolean {
    if (count <= most) return false;
    this.#violation('option flood', Buffer.from([byte]), true);
    return true;
  }

  #violation(reason: string, detail: Buffer, fatal: boolean): void {
    if (this.#phase === 'closed') return;
    this.#handler.violation?.({ reason, fatal, detail: detail.subarray(0, 64) });
    if (fatal) this.close();
  }
}
