// What BSD's telnetd, as inetutils and netkit ship it, makes of options, commands and subnegotiation: the opening stage by stage, then every request.
import { ACK, EDIT, FORWARDMASK, LIT_ECHO, MODE, SLC, SOFT_TAB, SpecialCharacters, TRAPSIG } from './linemode.ts';
import { Negotiation, type Policy } from './negotiation.ts';
import type { Daemon, Stage } from './profile.ts';
import {
  ABORT,
  AO,
  AYT,
  BRK,
  DM,
  DO,
  EC,
  EL,
  EOF,
  IAC,
  IP,
  type OptionName,
  options,
  SB,
  SE,
  SUSP,
  type Verb,
  WILL,
} from './telnet.ts';
import type { Tty, TtySignal } from './tty.ts';
import * as characters from './tty.ts';

const IS = 0;
const SEND = 1;
const { BINARY, ECHO, SGA, STATUS, NAWS, LINEMODE, ENVIRON } = options;
const TIMING_MARK = options['TIMING-MARK'];
const TERMINAL_TYPE = options['TERMINAL-TYPE'];
const TERMINAL_SPEED = options['TERMINAL-SPEED'];
const FLOW = options['REMOTE-FLOW-CONTROL'];
const DISPLAY = options['X-DISPLAY-LOCATION'];
const NEW_ENVIRON = options['NEW-ENVIRON'];
const LOGOUT = 18;
/** REMOTE-FLOW-CONTROL (RFC 1372): output held by XOFF goes on with XON only. */
const RESTART_XON = 3;
/** Bytes of a STATUS answer; a longer one is not sent. */
const STATUS_LIMIT = 256;
/** Options that STATUS tells of: up to NEW-ENVIRON. */
const STATUS_OPTIONS = 40;

const optionNames = new Map(Object.entries(options).map(([name, code]) => [code as number, name as OptionName]));

/** How the client edits lines itself, as far as the daemon knows. */
type LineKind = 'none' | 'kludge' | 'real';

export interface BsdOwner {
  /** A command for the client; `mark`: a DM, sent as urgent data. */
  command(bytes: Buffer): void;
  /** Text for the client that does not come from the terminal. */
  text(text: string): void;
  /** Types a character at the terminal, after all that was typed before. */
  type(character: number): void;
  /** What has been typed reaches the terminal now. */
  pass(): void;
  signal(signal: TtySignal): void;
  /** Throws away text for the client that is not sent yet; commands stay. */
  discard(): void;
  hangUp(): void;
  /** The opening is over: login may start. */
  opened(): void;
  terminalType(name: Buffer): void;
  size(columns: number, rows: number): void;
  display(name: Buffer): void;
  /** The terminal's settings have changed. */
  terminalChanged(): void;
}

export class Bsd implements Policy {
  readonly #daemon: Daemon;
  readonly #tty: Tty;
  readonly #owner: BsdOwner;
  readonly #negotiation: Negotiation;
  #stage = -1;
  #open = false;
  /** Options of which a value has come, or will not come any more. */
  readonly #valued = new Set<number>();
  /** Options whose value this stage waits for. */
  #asked: number[] = [];
  #type = '';
  /** Terminal types that the daemon does not know: the first and the last that were offered. */
  #unknown: { first: string; last: string; again: boolean } | undefined;
  #kind: LineKind = 'none';
  #linemode = false;
  #edit = 0;
  #special: SpecialCharacters | undefined;
  /** SLC that came before the terminal was ready. */
  #deferred: Buffer | undefined;
  #restartTold = false;
  #insisting = false;

  constructor(daemon: Daemon, tty: Tty, owner: BsdOwner) {
    this.#daemon = daemon;
    this.#tty = tty;
    this.#owner = owner;
    this.#negotiation = new Negotiation(this, (bytes) => owner.command(bytes));
  }

  /** Our output is binary: a carriage return is followed by nothing. */
  get binaryOut(): boolean {
    return this.#negotiation.ours(BINARY);
  }

  get binaryIn(): boolean {
    return this.#negotiation.theirs(BINARY);
  }

  /** The client edits lines: CR LF ends one, as LF. */
  get linemode(): boolean {
    return this.#linemode;
  }

  /** Goes through the stages as far as the client's answers allow; called after each piece of input. */
  advance(): void {
    while (!this.#open) {
      const stage = this.#daemon.stages[this.#stage];
      if (stage && !this.#complete(stage)) return;
      const next = this.#daemon.stages[++this.#stage];
      if (next) this.#begin(next);
      else this.#start();
    }
  }

  /** Waits no longer: sends what is left of the opening. */
  hurry(): void {
    if (this.#open) return;
    for (this.#stage++; this.#stage < this.#daemon.stages.length; this.#stage++) {
      const { send = [] } = this.#daemon.stages[this.#stage]!;
      this.#begin({ send });
    }
    this.#start();
  }

  option(verb: Verb, option: number): void {
    this.#negotiation.receive(verb, option);
  }

  command(code: number): void {
    const owner = this.#owner;
    switch (code) {
      case IP:
        this.#interrupt('INT', characters.IP);
        break;
      case BRK:
      case ABORT:
        this.#interrupt('QUIT', characters.ABORT);
        break;
      case SUSP:
        this.#interrupt('TSTP', characters.SUSP);
        break;
      case AYT:
        owner.text(this.#daemon.areYouThere);
        break;
      case AO:
        owner.pass();
        if (this.#tty.characters[characters.AO]! !== 0) owner.type(this.#tty.characters[characters.AO]!);
        owner.discard();
        owner.command(Buffer.of(IAC, DM));
        break;
      case EC:
      case EL: {
        owner.pass();
        const character = this.#tty.characters[code === EC ? characters.EC : characters.EL]!;
        if (character !== 0) owner.type(character);
        break;
      }
      case EOF:
        owner.type(this.#tty.characters[characters.EOF]!);
        break;
    }
  }

  subnegotiation(option: number, content: Buffer): void {
    switch (option) {
      case NAWS:
        if (this.#negotiation.theirs(NAWS) && content.length >= 4)
          this.#owner.size(content.readUInt16BE(0), content.readUInt16BE(2));
        break;
      case TERMINAL_SPEED:
        if (this.#negotiation.theirs(option)) this.#valued.add(option);
        break;
      case TERMINAL_TYPE:
        if (!this.#negotiation.theirs(option)) break;
        this.#valued.add(option);
        if (content[0] !== IS) break;
        this.#type = content
          .subarray(1, 1 + this.#daemon.terminalName)
          .toString('latin1')
          .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
        this.#owner.terminalType(Buffer.from(this.#type, 'latin1'));
        break;
      case DISPLAY:
        if (content[0] !== IS) break;
        this.#valued.add(option);
        this.#owner.display(content.subarray(1));
        break;
      case NEW_ENVIRON:
      case ENVIRON:
        if (content[0] === IS) this.#valued.add(option);
        break;
      case STATUS:
        if (content[0] === SEND && this.#negotiation.ours(STATUS)) this.#status();
        break;
      case LINEMODE:
        if (this.#daemon.linemode && this.#negotiation.theirs(LINEMODE) && content.length >= 2)
          this.#lineOption(content[0]!, content.subarray(1));
        break;
    }
  }

  asked(verb: 'WILL' | 'DO', option: number): boolean | 'silent' {
    const tty = this.#tty;
    const taken = (list: readonly OptionName[]) => list.some((name) => options[name] === option);
    if (verb === 'WILL') {
      if (option === TIMING_MARK) {
        if (this.#daemon.linemode && this.#kind === 'none') {
          this.#kind = 'kludge';
          this.#useLines(true);
          this.#negotiation.request('WONT', SGA);
        }
        return 'silent';
      }
      if (!taken(this.#daemon.do)) return false;
      if (option === BINARY) this.#change(() => (tty.istrip = false));
      if (option === FLOW) this.#specials().flowControl(true);
      if (option === LINEMODE) this.#kind = 'real';
      return true;
    }
    if (option === TIMING_MARK) {
      this.#negotiation.say('WILL', TIMING_MARK);
      this.#negotiation.assume(TIMING_MARK, { ours: false, oursWanted: false });
      return 'silent';
    }
    if (option === LOGOUT) {
      this.#negotiation.say('WILL', LOGOUT);
      this.#owner.hangUp();
      return 'silent';
    }
    if (!taken(this.#daemon.will)) return false;
    if (option === ECHO && this.#kind === 'none') this.#change(() => (tty.echo = true));
    if (option === BINARY) this.#change(() => (tty.opost = false));
    // In the older linemode it is the client's way of turning that off.
    if (option === SGA) {
      this.#insisting = false;
      if (this.#kind === 'kludge') this.#useLines(false);
    }
    return true;
  }

  confirmed(option: number): void {
    // Whoever agrees to echo what it is sent is a client of 4.2BSD: it has to stop.
    if (option === ECHO) this.#negotiation.request('DONT', ECHO);
    if (option === LINEMODE) this.#kind = 'real';
  }

  settled(option: number, requested: boolean): void {
    const name = optionNames.get(option);
    const content = name && this.#daemon.afterwards[name];
    if (content !== undefined) this.#sub(option, [...Buffer.from(content, 'hex')], false);
    if (option === LINEMODE) this.#useLines(true);
    if (option === FLOW && requested) this.#flow();
  }

  refused(verb: 'WONT' | 'DONT', option: number): boolean {
    const tty = this.#tty;
    if (verb === 'WONT') {
      if (option === TIMING_MARK) {
        this.#negotiation.assume(TIMING_MARK, { theirsWanted: false });
        return false;
      }
      if (option === BINARY) this.#change(() => (tty.istrip = true));
      if (option === LINEMODE && this.#kind === 'real') this.#useLines(false);
      if (option === FLOW) this.#specials().flowControl(false);
      this.#valued.add(option);
      return true;
    }
    if (option === BINARY) this.#change(() => (tty.opost = true));
    if (option === ECHO && this.#kind === 'none') this.#change(() => (tty.echo = false));
    if (option === SGA && this.#kind === 'kludge') this.#useLines(true);
    if (option !== SGA || !this.#daemon.insists) return true;
    if (this.#negotiation.ours(SGA)) this.#negotiation.say('WONT', SGA);
    this.#negotiation.assume(SGA, { ours: false, oursWanted: false });
    this.#insisting = !this.#insisting;
    if (this.#insisting) this.#negotiation.request('WILL', SGA);
    return false;
  }

  declined(option: number): void {
    if (option !== TIMING_MARK || !this.#daemon.linemode || this.#kind === 'real') return;
    this.#kind = 'none';
    this.#useLines(false);
    this.#negotiation.request('WILL', SGA);
    this.#negotiation.request('WILL', ECHO);
  }

  #complete(stage: Stage): boolean {
    if (stage.await?.some((name) => !this.#quiet(name))) return false;
    for (const option of this.#asked) if (this.#negotiation.theirs(option) && !this.#valued.has(option)) return false;
    return !this.#asked.includes(TERMINAL_TYPE) || this.#typeKnown();
  }

  /** The request of this stage or an earlier one has been answered. */
  #quiet(name: OptionName): boolean {
    const option = options[name];
    return this.#negotiation.settled('WILL', option) && this.#negotiation.settled('DO', option);
  }

  #begin(stage: Stage): void {
    this.#asked = [];
    if (stage.when && !this.#negotiation.theirs(options[stage.when])) {
      this.#stage++;
      const next = this.#daemon.stages[this.#stage];
      if (next) this.#begin(next);
      return;
    }
    for (const name of stage.suppose ?? [])
      if (this.#negotiation.theirsWanted(options[name])) this.#negotiation.receive('WILL', options[name]);
    for (const line of stage.send ?? []) {
      const [verb, name] = line.split(' ') as ['WILL' | 'DO', OptionName];
      const option = options[name];
      if (option === TIMING_MARK && this.#kind === 'real') continue;
      this.#negotiation.request(verb, option, option === TIMING_MARK);
    }
    for (const alternatives of stage.ask ?? []) {
      const offered = (alternatives.split('|') as OptionName[])
        .map((name) => options[name])
        .filter((option) => this.#negotiation.theirs(option));
      if (offered.length === 0) continue;
      this.#asked.push(...offered);
      this.#sub(offered[0]!, [SEND], false);
    }
  }

  /** RFC 1091 §5: an unknown name is answered by asking for the next, until the list repeats itself. */
  #typeKnown(): boolean {
    const { terminals } = this.#daemon;
    const on = this.#negotiation.theirs(TERMINAL_TYPE);
    const unknown = this.#unknown;
    if (!terminals || unknown?.again) {
      if (unknown) this.#owner.terminalType(Buffer.from(unknown.first, 'latin1'));
      return true;
    }
    if (terminals.includes(this.#type) || (!on && !unknown) || this.#type === '') return true;
    if (!unknown) this.#unknown = { first: this.#type, last: this.#type, again: false };
    else if (unknown.last === this.#type || !on) {
      if (unknown.first === this.#type || !on) return true;
      unknown.again = true;
    } else unknown.last = this.#type;
    this.#valued.delete(TERMINAL_TYPE);
    this.#sub(TERMINAL_TYPE, [SEND], false);
    return false;
  }

  #start(): void {
    this.#open = true;
    if (this.#daemon.linemode) this.#settleTerminal();
    this.#owner.opened();
  }

  /** What the terminal's state asks for. Linux' terminals are never edited outside: linemode ends here. */
  #settleTerminal(): void {
    const negotiation = this.#negotiation;
    negotiation.request(this.#tty.istrip ? 'DONT' : 'DO', BINARY);
    negotiation.request(this.#tty.opost ? 'WONT' : 'WILL', BINARY);
    this.#flow();
    if (this.#linemode) {
      if (this.#kind === 'real') negotiation.request('DONT', LINEMODE);
      else negotiation.request('WILL', SGA);
      negotiation.request('WILL', ECHO);
      this.#linemode = false;
    } else if (this.#kind === 'kludge') negotiation.request('WILL', SGA);
    const deferred = this.#deferred;
    this.#deferred = undefined;
    if (deferred) this.#answerSpecials(deferred);
  }

  #flow(): void {
    if (!this.#daemon.linemode || this.#restartTold || !this.#negotiation.theirs(FLOW)) return;
    this.#restartTold = true;
    this.#sub(FLOW, [RESTART_XON], true);
  }

  #useLines(on: boolean): void {
    if (!this.#daemon.linemode || on === this.#linemode) return;
    this.#linemode = on;
    if (!on) this.#negotiation.request('WILL', ECHO);
    else if (this.#kind === 'real') {
      this.#edit = this.#editNow();
      this.#sub(LINEMODE, [MODE, this.#edit], true);
    }
  }

  #editNow(): number {
    const { icanon, isig, softTabs, echoctl } = this.#tty;
    return (icanon ? EDIT : 0) | (isig ? TRAPSIG : 0) | (softTabs ? SOFT_TAB : 0) | (echoctl ? 0 : LIT_ECHO);
  }

  #lineOption(what: number, content: Buffer): void {
    if (what === MODE) this.#mode(content[0]!);
    else if (what === SLC) {
      if (this.#open) this.#answerSpecials(content);
      else this.#deferred ??= Buffer.from(content);
    } else if (content[0] === FORWARDMASK) return;
  }

  #mode(wish: number): void {
    const acknowledged = (wish & ACK) !== 0;
    const edit = wish & (EDIT | TRAPSIG | SOFT_TAB | LIT_ECHO);
    const changed = edit ^ this.#edit;
    if (changed === 0) return;
    if (acknowledged) this.#settleTerminal();
    this.#change(() => {
      if (changed & EDIT) this.#tty.icanon = (edit & EDIT) !== 0;
      if (changed & TRAPSIG) this.#tty.isig = (edit & TRAPSIG) !== 0;
      if (changed & SOFT_TAB) this.#tty.softTabs = (edit & SOFT_TAB) !== 0;
      if (changed & LIT_ECHO) this.#tty.echoctl = (edit & LIT_ECHO) === 0;
    });
    if (!acknowledged) this.#sub(LINEMODE, [MODE, edit | ACK], true);
    this.#edit = edit;
  }

  #specials(): SpecialCharacters {
    this.#special ??= new SpecialCharacters(this.#tty);
    return this.#special;
  }

  #answerSpecials(content: Buffer): void {
    const answer = this.#specials().receive(content);
    this.#owner.terminalChanged();
    if (answer.length > 0) this.#sub(LINEMODE, [SLC, ...answer], false);
  }

  #status(): void {
    const negotiation = this.#negotiation;
    const content: number[] = [IS];
    const add = (byte: number) => content.push(...(byte === SE || byte === IAC ? [byte, byte] : [byte]));
    for (let option = 0; option < STATUS_OPTIONS; option++) {
      if (negotiation.oursWanted(option)) content.push(WILL, option);
      if (negotiation.theirsWanted(option)) content.push(DO, option);
    }
    if (negotiation.theirsWanted(FLOW)) {
      content.push(SB, FLOW, 1, SE);
      if (this.#restartTold) content.push(SB, FLOW, RESTART_XON, SE);
    }
    if (this.#daemon.linemode && negotiation.theirsWanted(LINEMODE)) {
      content.push(SB, LINEMODE, MODE);
      add(this.#edit);
      content.push(SE, SB, LINEMODE, SLC);
      for (const byte of this.#specials().list()) add(byte);
      content.push(SE);
    }
    if (content.length + 5 > STATUS_LIMIT) return;
    this.#owner.command(Buffer.from([IAC, SB, STATUS, ...content, IAC, SE]));
  }

  /** @param formatted by the daemon's own hand: with the NUL that ends its buffer, where the release sends that */
  #sub(option: number, content: number[], formatted: boolean): void {
    const escaped = content.flatMap((byte) => (byte === IAC ? [IAC, IAC] : [byte]));
    const end = formatted && this.#daemon.padded ? [IAC, SE, 0] : [IAC, SE];
    this.#owner.command(Buffer.from([IAC, SB, option, ...escaped, ...end]));
  }

  #interrupt(signal: TtySignal, which: number): void {
    if (this.#daemon.interrupt === 'ignored') return;
    this.#owner.pass();
    if (this.#daemon.interrupt === 'signal') this.#owner.signal(signal);
    else this.#owner.type(this.#tty.characters[which]!);
  }

  #change(change: () => void): void {
    change();
    this.#owner.terminalChanged();
  }
}
