// One accepted TCP connection as the protocols see it: coalesced writes, bounded output, and the three deadlines.
import type { Socket } from 'node:net';

/** Bytes waiting for the peer above which a writer is told to wait. */
const HIGH_WATER = 64 << 10;
/** Bytes waiting above which the connection ends: some layer did not wait, or the peer never reads. */
const MOST_WAITING = 4 << 20;
/** Seconds that output may wait for a peer that takes nothing. */
const STALLED_SECONDS = 60;
/** Seconds that the last output may take before the socket is destroyed. */
const LINGER_SECONDS = 10;

export interface Deadlines {
  /** Seconds to log in, then seconds without input, and seconds in all; those to log in with their fraction. */
  loginGrace: number;
  idle: number;
  session: number;
}

export interface PeerOwner {
  receive(chunk: Buffer): void;
  /** The peer's end of file. */
  end(): void;
  drained(): void;
  /** A deadline passed; the owner may still say something before the connection is closed. */
  expired(which: keyof Deadlines): void;
  /** The last call. */
  closed(): void;
}

export class PeerSocket {
  readonly #socket: Socket;
  readonly #deadlines: Deadlines;
  readonly #owner: PeerOwner;
  readonly #started: number;
  #lastInput: number;
  #stalledSince = 0;
  #authenticated = false;
  readonly #grace: NodeJS.Timeout;
  #corked = false;
  #closing = 0;
  #gone = false;

  /** @param now milliseconds, monotonic */
  constructor(socket: Socket, deadlines: Deadlines, owner: PeerOwner, now: number) {
    this.#socket = socket;
    this.#deadlines = deadlines;
    this.#owner = owner;
    this.#started = now;
    this.#lastInput = now;
    // sshd's alarm is kept to the millisecond.
    this.#grace = setTimeout(() => this.#expire('loginGrace'), deadlines.loginGrace * 1000).unref();
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.#lastInput = performance.now();
      if (this.#closing === 0) owner.receive(chunk);
    });
    socket.on('end', () => owner.end());
    socket.on('drain', () => {
      this.#stalledSince = 0;
      if (this.#closing === 0) owner.drained();
    });
    // A reset is how half of the scanners leave.
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#gone) return;
      this.#gone = true;
      clearTimeout(this.#grace);
      owner.closed();
    });
  }

  /** Everything sent in one turn of the event loop leaves in one write. */
  send(bytes: Buffer): boolean {
    const socket = this.#socket;
    if (this.#closing > 0 || this.#gone || socket.destroyed) return true;
    if (!this.#corked) {
      this.#corked = true;
      socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        socket.uncork();
      });
    }
    socket.write(bytes);
    if (socket.writableLength > MOST_WAITING) {
      this.destroy();
      return true;
    }
    return socket.writableLength < HIGH_WATER;
  }

  /** Ends once everything sent is out, both ways at once as a process that exits. */
  close(): void {
    if (this.#closing > 0 || this.#gone) return;
    this.#closing = performance.now();
    clearTimeout(this.#grace);
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#closing ||= performance.now();
    this.#socket.destroy();
  }

  /** While true nothing is read, so that the peer has to wait. */
  pause(paused: boolean): void {
    if (paused) this.#socket.pause();
    else this.#socket.resume();
  }

  authenticated(): void {
    this.#authenticated = true;
    clearTimeout(this.#grace);
  }

  /** Called once a second. */
  check(now: number): void {
    const seconds = (since: number) => (now - since) / 1000;
    const socket = this.#socket;
    if (this.#closing > 0) {
      if (seconds(this.#closing) > LINGER_SECONDS) socket.destroy();
      return;
    }
    if (socket.writableLength === 0) this.#stalledSince = 0;
    else if (this.#stalledSince === 0) this.#stalledSince = now;
    else if (seconds(this.#stalledSince) > STALLED_SECONDS) {
      this.destroy();
      return;
    }
    const { idle, session } = this.#deadlines;
    if (this.#authenticated && seconds(this.#lastInput) > idle) this.#expire('idle');
    else if (seconds(this.#started) > session) this.#expire('session');
  }

  #expire(which: keyof Deadlines): void {
    if (this.#closing > 0 || this.#gone) return;
    this.#owner.expired(which);
    this.close();
  }
}
