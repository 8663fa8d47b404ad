// The vocabulary of the SSH server side. Bytes in, typed messages out; no honeypot in it, no socket, no clock of its own.
//
// A `ServerConnection` (connection.ts) is fed by its owner with `receive(chunk)` and `end()`, sends through
// `Wire.send`, and tells the owner's `ServerHandler` what the client did. Layers, each knowing only the one below:
// ident → packet (cipher, MAC, compression) → transport (KEXINIT, kex, re-keying) → auth → connection (channels).

/** The socket below, as the connection sees it. */
export interface Wire {
  /** Queues bytes for the peer. The owner may coalesce; false means its buffer is full: wait for `ServerConnection.drained()`. */
  send(bytes: Buffer): boolean;
  /** Ends the connection once all that was sent is flushed. */
  close(): void;
  /** While true nothing should be read from the peer: it would only wait here, and too much of it ends the connection. */
  pause?(paused: boolean): void;
}

/** Time and chance come in as parameters so that a test can hold them still. */
export interface Environment {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Cryptographic randomness. */
  random(bytes: number): Buffer;
  /** Runs a function later; returns its cancellation. */
  after(ms: number, run: () => void): () => void;
}

export interface ServerOptions {
  /** The OpenSSH release that this server is, byte for byte: a row of `personas/ssh/*.json` (profile.ts). */
  profile: import('./profile.ts').Profile;
  hostKeys: readonly import('./hostkey.ts').HostKey[];
  environment: Environment;
}

/** The algorithms chosen by a key exchange; `in` is client to server. */
export interface Negotiated {
  kex: string;
  hostKey: string;
  cipherIn: string;
  cipherOut: string;
  macIn: string;
  macOut: string;
  compressionIn: string;
  compressionOut: string;
  strict: boolean;
}

/** A client's KEXINIT (RFC 4253 §7.1), lists in offered order. */
export interface ClientKexInit {
  kex: string[];
  hostKey: string[];
  cipherIn: string[];
  cipherOut: string[];
  macIn: string[];
  macOut: string[];
  compressionIn: string[];
  compressionOut: string[];
  languageIn: string[];
  languageOut: string[];
  firstKexPacketFollows: boolean;
}

/** One request of RFC 4252, decoded. Byte strings stay bytes. */
export type AuthRequest = { user: Buffer; service: string } & (
  | { method: 'none' }
  | { method: 'password'; password: Buffer }
  | { method: 'keyboard-interactive'; responses: Buffer[] }
  /** `signed` false: the client only asks whether the key would do. A signature is verified after the handler has accepted its key. */
  | { method: 'publickey'; algorithm: string; keyType: string; blob: Buffer; signed: boolean }
);

export type AuthVerdict = 'accept' | 'refuse';

/** What the owner learns and decides. Every method is optional knowledge except `authenticate`. Nothing here may throw. */
export interface ServerHandler {
  /** The client's identification line, without line end, as it came (at most 8,192 bytes kept). */
  ident?(line: Buffer): void;
  kexInit?(message: ClientKexInit): void;
  newKeys?(negotiated: Negotiated): void;
  extInfo?(extensions: [name: string, value: Buffer][]): void;
  /** The client asks for an authentication method, a global request, a channel type or a channel request of this name, known or not. */
  asked?(what: 'auth' | 'global' | 'open' | 'request', name: string): void;
  /** The client broke the protocol; the connection answers as OpenSSH does, then ends. `data` is at most 256 bytes. */
  violation?(violation: {
    layer: 'ident' | 'transport' | 'kex' | 'auth' | 'connection';
    reason: string;
    message?: number;
    length?: number;
    data?: Buffer;
  }): void;
  /** Called for each request that OpenSSH would count or answer. The promise may take its time; only one is open at once. */
  authenticate(request: AuthRequest): AuthVerdict | Promise<AuthVerdict>;
  /** The client is in and has been told so. Nothing it sends is looked at before the promise: sshd opens the PAM session first. */
  authenticated?(user: Buffer, method: string): Promise<void> | undefined;
  /** A session channel was asked for; undefined refuses it (administratively prohibited). */
  session(channel: Channel): SessionHandler | undefined;
  /**
   * direct-tcpip or direct-streamlocal@openssh.com was asked for; undefined refuses it as sshd with AllowTcpForwarding no does.
   * A promise is settled when the connection would be made, and rejected never.
   */
  forward?(target: ForwardTarget, channel: Channel): ForwardAnswer | Promise<ForwardAnswer>;
  /**
   * tcpip-forward or streamlocal-forward@openssh.com: the port that was chosen when port 0 was asked for, true, or false when nothing
   * could be bound; `disabled` when forwarding is, or the port is not for this user.
   */
  listen?(where: ListenTarget): { port: number } | boolean | 'disabled';
  /** cancel-tcpip-forward or cancel-streamlocal-forward@openssh.com: false when nothing listened there. */
  unlisten?(where: ListenTarget): boolean;
  /** tun@openssh.com was asked for, which sshd refuses unless PermitTunnel is set; mode 1 is point-to-point, 2 Ethernet. */
  tunnel?(mode: number): void;
  /** Any other global request (keepalive …); true answers REQUEST_SUCCESS with no data. hostkeys-prove is answered below. */
  globalRequest?(name: string, data: Buffer): boolean;
  /** The client sent SSH_MSG_DISCONNECT. */
  disconnected?(code: number, description: Buffer): void;
  /** The last call: nothing is sent or received any more. */
  closed?(): void;
}

/** Where a forwarded connection is to go; what the client says of its origin is its own claim. */
export type ForwardTarget = { originHost: Buffer; originPort: number } & (
  | { kind: 'tcp'; host: Buffer; port: number }
  | { kind: 'unix'; path: Buffer }
);

/** A handler opens the channel. `refused` is strerror(3)'s text for what connect(2) met later on, or '' if it failed at once. */
export type ForwardAnswer = ChannelHandler | { refused: string } | undefined;

/** Where the client wants to be connected back from. */
export type ListenTarget = { kind: 'tcp'; host: Buffer; port: number } | { kind: 'unix'; path: Buffer };

/** One open channel, our end. Writes beyond the peer's window wait in a bounded queue. */
export interface Channel {
  /** Our number for it. */
  readonly id: number;
  /** What the client said when it asked for it: its window, and the most bytes it takes in one packet. */
  readonly peerOffer: { readonly window: number; readonly packet: number };
  /** Sends data; false when more than `highWater` bytes wait for window or socket: write again after `ChannelHandler.drain`. */
  write(data: Buffer): boolean;
  /** Extended data, type stderr (RFC 4254 §5.2). */
  writeError(data: Buffer): boolean;
  /**
   * The process has ended: sends EOF, exit-status and CLOSE in OpenSSH's usual order, once all data is out. With `held` others still
   * have its output open: only the status is sent, EOF and CLOSE follow with `end`.
   */
  exit(status: number, held?: boolean): void;
  /** Sends exit-signal in place of exit-status. `name` without SIG, for instance `KILL`. */
  exitSignal(name: string, coreDumped?: boolean, message?: string, held?: boolean): void;
  /** Sends EOF. */
  end(): void;
  /** Sends EOF and CLOSE without an exit status, once all data is out. */
  close(): void;
  /** While true, received data is not acknowledged with window: the client must stop after the current window. */
  pause(paused: boolean): void;
  /** The same by bytes: so many of those received nobody has taken yet. */
  waiting(bytes: number): void;
}

export interface ChannelHandler {
  /** A forwarded channel has been confirmed: from here on it can be written to. */
  opened?(): void;
  data?(chunk: Buffer): void;
  /** The client sends no more: its EOF or CLOSE. */
  end?(): void;
  /** The client takes no more output (eow@openssh.com): writers get EPIPE. */
  unread?(): void;
  /**
   * The client has closed the channel while its process lives: terminal or pipes are gone. sshd answers the CLOSE when the process has
   * ended, so `exit` or `exitSignal` must follow. A handler without this method is taken to have ended.
   */
  abandoned?(): void;
  drain?(): void;
  /** The last call: closed by both sides, or the connection is over. */
  closed?(): void;
}

export interface PtyRequest {
  term: Buffer;
  columns: number;
  rows: number;
  widthPixels: number;
  heightPixels: number;
  /** Encoded terminal modes (RFC 4254 §8), decoded: opcode to value. */
  modes: Map<number, number>;
}

/** The requests of a session channel; the result says success or failure and is sent at once, before any output. */
export interface SessionHandler extends ChannelHandler {
  pty?(request: PtyRequest): boolean;
  /** `accepted`: AcceptEnv lets it in; the owner hears of the others, too. */
  env?(name: Buffer, value: Buffer, accepted: boolean): boolean;
  windowChange?(size: { columns: number; rows: number; widthPixels: number; heightPixels: number }): void;
  /** Starts after the answer is sent: output written inside the call is queued behind it. */
  shell?(): boolean;
  exec?(command: Buffer): boolean;
  subsystem?(name: Buffer): boolean;
  signal?(name: string): void;
  break?(): boolean;
  /** A text refuses it, and is sent as a DEBUG message before. */
  x11?(request: X11Request): boolean | string;
  agent?(): boolean;
}

/** RFC 4254 §6.3.1. */
export interface X11Request {
  single: boolean;
  protocol: Buffer;
  cookie: Buffer;
  screen: number;
}
