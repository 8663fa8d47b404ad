// The vocabulary of the Telnet server side (RFC 854, 855). Bytes in, typed messages out; no honeypot in it, no socket, no clock of its own.
//
// A `ServerConnection` (connection.ts) is fed by its owner with `receive(chunk)`, sends through `Wire.send`, and tells the
// owner's `ServerHandler` what the client did. Layers, each knowing only the one below:
// decoder (IAC) → bsd or busybox (options, by negotiation and linemode) → tty (line discipline) → dialogue (login: and Password:)
// → data for the shell.

/** The socket below, as the connection sees it. */
export interface Wire {
  /** Queues bytes for the peer; false means its buffer is full: wait for `ServerConnection.drained()`. */
  send(bytes: Buffer): boolean;
  /** Ends the connection once all that was sent is flushed. */
  close(): void;
}

/** Time and chance come in as parameters so that a test can hold them still. */
export interface Environment {
  /** Milliseconds, monotonic. */
  now(): number;
  /** In [0, 1). */
  random(): number;
  /** Runs a function later; returns its cancellation. */
  after(ms: number, run: () => void): () => void;
}

export interface ServerOptions {
  /** The daemon that this server is: a file of `personas/telnet` (profile.ts). */
  profile: import('./profile.ts').Profile;
  environment: Environment;
  /** What the placeholders of the profile's texts stand for: `hostname`, `fqdn`, `release`, `line`, `issue`. */
  texts: Readonly<Record<string, string>>;
  /**
   * Milliseconds that each stage of the opening waits for a client that does not answer. 0: for ever, and what is typed before it is
   * asked for is thrown away, as the real ones do.
   */
  patience: number;
  /** A USER such as `-f root` reaches login(1) as options, as it did before CVE-2026-24061 was mended. */
  vulnerable: boolean;
}

export type Verb = 'WILL' | 'WONT' | 'DO' | 'DONT';
export type Verdict = 'accept' | 'refuse';

/** What the client's end looks like when the shell starts. */
export interface ClientTerminal {
  /** TERM; `network` when the client named none. */
  type: string;
  columns: number;
  rows: number;
  /** Terminal modes that negotiation has left, by the opcodes of RFC 4254 §8. */
  modes: Map<number, number>;
  /** Variables that the daemon hands on. */
  environment: [string, string][];
}

/** What the owner learns and decides. Nothing here may throw. */
export interface ServerHandler {
  /** The client sent a negotiation command; `option` is −1 when the byte was missing at the end of the stream. */
  option?(verb: Verb, option: number): void;
  /** A subnegotiation, whatever the daemon makes of it; at most 4,096 bytes of its content. */
  subnegotiation?(option: number, content: Buffer): void;
  /** A command of two bytes. */
  command?(code: number): void;
  /** NEW-ENVIRON or ENVIRON: a variable, also before the login. */
  variable?(name: Buffer, value: Buffer): void;
  size?(columns: number, rows: number): void;
  lineEnd?(kind: import('./decoder.ts').LineEnd): void;
  /** A user name and password were given. The promise may take its time; only one is open at once. */
  login(user: Buffer, password: Buffer): Verdict | Promise<Verdict>;
  /** `login -f`: the user needs no password. */
  bypass?(user: Buffer): Verdict;
  /** After an accepted login: the shell may start. Data follows through `data`. */
  started(terminal: ClientTerminal): void;
  /** Typed after the login, carriage returns as they are (the terminal's ICRNL turns them into newlines). */
  data(chunk: Buffer): void;
  /** A command of the client is a signal for what runs in front. */
  signal?(signal: 'INT' | 'QUIT' | 'TSTP'): void;
  /** Negotiation has changed the terminal after the login. */
  modes?(modes: ReadonlyMap<number, number>): void;
  /** The client broke the protocol or a bound; `fatal`: the connection ends. `detail` is at most 64 bytes. */
  violation?(violation: { reason: string; fatal: boolean; detail: Buffer }): void;
}

// RFC 854 commands.
export const SE = 240;
export const NOP = 241;
export const DM = 242;
export const BRK = 243;
export const IP = 244;
export const AO = 245;
export const AYT = 246;
export const EC = 247;
export const EL = 248;
export const GA = 249;
export const SB = 250;
export const WILL = 251;
export const WONT = 252;
export const DO = 253;
export const DONT = 254;
export const IAC = 255;
// RFC 885 and RFC 1184: commands below SE that daemons know.
export const EOR = 239;
export const ABORT = 238;
export const SUSP = 237;
export const EOF = 236;

export const verbNames: Readonly<Record<number, Verb>> = { [WILL]: 'WILL', [WONT]: 'WONT', [DO]: 'DO', [DONT]: 'DONT' };
export const verbCodes: Readonly<Record<Verb, number>> = { WILL, WONT, DO, DONT };

/** Options by the names of IANA's list as Cowrie logs them. */
export const options = {
  BINARY: 0,
  ECHO: 1,
  SGA: 3,
  STATUS: 5,
  'TIMING-MARK': 6,
  'TERMINAL-TYPE': 24,
  NAWS: 31,
  'TERMINAL-SPEED': 32,
  'REMOTE-FLOW-CONTROL': 33,
  LINEMODE: 34,
  'X-DISPLAY-LOCATION': 35,
  ENVIRON: 36,
  AUTHENTICATION: 37,
  ENCRYPT: 38,
  'NEW-ENVIRON': 39,
} as const;
export type OptionName = keyof typeof options;
