// One open channel (RFC 4254 §5): windows both ways, a bounded queue, and sshd's order of the last messages.
import { MSG } from './message.ts';
import type { Channel, ChannelHandler } from './ssh.ts';
import type { Transport } from './transport.ts';
import { Violation } from './violation.ts';

/** From here on `write` says false. */
const HIGH_WATER = 64 * 1024;
/** A writer that does not listen loses what is beyond. */
const MOST_QUEUED = 8 * 1024 * 1024;
const STDERR = 1;

/** Where a channel meets its connection. */
export interface ChannelContext {
  readonly transport: Transport;
  /** Both sides have closed: the number is free again. */
  release(channel: OpenChannel): void;
}

export class OpenChannel implements Channel {
  readonly id: number;
  readonly type: string;
  handler: ChannelHandler = {};
  /** Output waits for the answer to a request. */
  corked = false;
  /** A session that has its process, or any other channel. */
  started = false;
  hasPty = false;
  closeSent = false;
  readonly #context: ChannelContext;
  readonly #peer: number;
  readonly #peerPacket: number;
  readonly #maxPacket: number;
  #peerWindow: number;
  #window: number;
  #windowMax: number;
  #consumed = 0;
  #exceeded = 0;
  #paused = false;
  #queue: { data: Buffer; error: boolean }[] = [];
  #queued = 0;
  #thirsty = false;
  #eofSent = false;
  #eofReceived = false;
  #ending: 'eof' | 'close' | undefined;
  #last: (() => void) | undefined;
  #released = false;

  constructor(
    context: ChannelContext,
    open: {
      id: number;
      type: string;
      peer: number;
      peerWindow: number;
      peerPacket: number;
      window: number;
      maxPacket: number;
    },
  ) {
    this.#context = context;
    this.id = open.id;
    this.type = open.type;
    this.#peer = open.peer;
    this.#peerWindow = open.peerWindow;
    this.#peerPacket = open.peerPacket;
    this.#window = this.#windowMax = open.window;
    this.#maxPacket = open.maxPacket;
  }

  write(data: Buffer): boolean {
    return this.#push(data, false);
  }

  writeError(data: Buffer): boolean {
    return this.#push(data, true);
  }

  exit(status: number): void {
    this.#finish(() => this.#request('exit-status').u32(status));
  }

  exitSignal(name: string, coreDumped = false, message = ''): void {
    this.#finish(() =>
      this.#request('exit-signal').string(name).boolean(coreDumped).string(Buffer.from(message)).string(''),
    );
  }

  end(): void {
    this.#ending ??= 'eof';
    this.flush();
  }

  close(): void {
    this.#ending = 'close';
    this.flush();
  }

  pause(paused: boolean): void {
    this.#paused = paused;
    if (!paused) this.#context.transport.guard(() => this.#acknowledge());
  }

  /** Sets the window that a session gets with its process (channel_set_fds). */
  openWindow(size: number): void {
    this.#window = this.#windowMax = size;
    this.#start(MSG.CHANNEL_WINDOW_ADJUST).u32(size);
    this.#context.transport.send();
  }

  /** Answers a channel request that wanted a reply. */
  reply(success: boolean): void {
    if (this.closeSent) return;
    this.#start(success ? MSG.CHANNEL_SUCCESS : MSG.CHANNEL_FAILURE);
    this.#context.transport.send();
  }

  confirm(): void {
    this.#start(MSG.CHANNEL_OPEN_CONFIRMATION).u32(this.id).u32(this.#window).u32(this.#maxPacket);
    this.#context.transport.send();
  }

  // What the peer sends.

  receive(data: Buffer): void {
    if (!this.started || this.#eofReceived) return;
    if (data.length > this.#maxPacket) return;
    if (data.length > this.#window) {
      this.#exceeded += data.length - this.#window;
      if (this.#exceeded > this.#windowMax / 10)
        throw new Violation('connection', 'channel window ignored', `channel ${this.id}: peer ignored channel window`);
      this.#window = 0;
    } else {
      this.#exceeded = 0;
      this.#window -= data.length;
    }
    this.#consumed += data.length;
    if (!this.closeSent) this.handler.data?.(Buffer.from(data));
    this.#acknowledge();
  }

  adjust(more: number): void {
    if (this.#peerWindow + more > 0xffffffff)
      throw new Violation('connection', 'window too large', `channel ${this.id}: adjust ${more} overflow`);
    this.#peerWindow += more;
    this.flush();
  }

  eof(): void {
    if (this.#eofReceived) return;
    this.#eofReceived = true;
    this.handler.end?.();
  }

  closeReceived(): void {
    this.#queue = [];
    this.#queued = 0;
    if (!this.closeSent) {
      this.closeSent = true;
      this.#start(MSG.CHANNEL_CLOSE);
      this.#context.transport.send();
    }
    this.release();
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.closeSent = true;
    this.#context.release(this);
    this.handler.closed?.();
  }

  /** Sends what window and socket allow, then what follows the data. */
  flush(): void {
    const { transport } = this.#context;
    if (this.corked || this.closeSent || transport.closed) return;
    transport.guard(() => this.#flush());
  }

  #flush(): void {
    const { transport } = this.#context;
    while (this.#queue.length > 0) {
      if (this.#peerWindow === 0 || transport.exchanging || transport.stalled || transport.closed || this.closeSent)
        return;
      const { data, error } = this.#queue[0]!;
      const size = Math.min(data.length, this.#peerWindow, this.#peerPacket, 32 * 1024);
      if (size === 0) return;
      if (error) this.#start(MSG.CHANNEL_EXTENDED_DATA).u32(STDERR).string(data.subarray(0, size));
      else this.#start(MSG.CHANNEL_DATA).string(data.subarray(0, size));
      this.#peerWindow -= size;
      this.#queued -= size;
      if (size === data.length) this.#queue.shift();
      else this.#queue[0]!.data = data.subarray(size);
      transport.send();
    }
    if (this.#thirsty) {
      this.#thirsty = false;
      this.handler.drain?.();
      if (this.#queue.length > 0) return;
    }
    if (!this.#ending || this.closeSent) return;
    const last = this.#last;
    this.#last = undefined;
    last?.();
    if (!this.#eofSent) {
      this.#eofSent = true;
      this.#start(MSG.CHANNEL_EOF);
      transport.send();
    }
    if (this.#ending !== 'close' || transport.closed) return;
    this.closeSent = true;
    this.#start(MSG.CHANNEL_CLOSE);
    transport.send();
  }

  #finish(last: () => void): void {
    if (this.#ending === 'close') return;
    this.#ending = 'close';
    this.#last = () => {
      const { transport } = this.#context;
      last();
      transport.send();
      if (!transport.compat.eow || this.#eofReceived) return;
      this.#request('eow@openssh.com');
      transport.send();
    };
    this.flush();
  }

  #push(data: Buffer, error: boolean): boolean {
    if (this.closeSent || this.#ending || this.#context.transport.closed || data.length === 0) return true;
    if (this.#queued + data.length <= MOST_QUEUED) {
      this.#queue.push({ data, error });
      this.#queued += data.length;
    }
    this.flush();
    if (this.#queued <= HIGH_WATER) return true;
    this.#thirsty = true;
    return false;
  }

  /** channel_check_window: room is given back once three packets or half the window are used up. */
  #acknowledge(): void {
    if (this.#paused || this.closeSent || this.#eofReceived || this.#consumed === 0) return;
    const used = this.#windowMax - this.#window;
    if (used <= this.#maxPacket * 3 && this.#window >= this.#windowMax / 2) return;
    this.#start(MSG.CHANNEL_WINDOW_ADJUST).u32(this.#consumed);
    this.#window += this.#consumed;
    this.#consumed = 0;
    this.#context.transport.send();
  }

  #start(type: number) {
    return this.#context.transport.writer.start(type).u32(this.#peer);
  }

  #request(name: string) {
    return this.#start(MSG.CHANNEL_REQUEST).string(name).boolean(false);
  }
}
