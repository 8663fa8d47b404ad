// One open channel (RFC 4254 §5): windows both ways, a bounded queue, and sshd's order of the last messages (OpenSSH, channels.c, nchan.c).
import { MSG } from './message.ts';
import type { Channel, ChannelHandler } from './ssh.ts';
import type { Transport } from './transport.ts';
import { Violation } from './violation.ts';

/** From here on `write` says false. */
const HIGH_WATER = 64 * 1024;
/** CHAN_INPUT_MAX: a writer that does not listen loses what is beyond. */
const MOST_QUEUED = 16 * 1024 * 1024;
/** CHAN_SES_PACKET_DEFAULT, which is also as much as sshd reads from a process at once. */
const LARGEST_DATA = 32 * 1024;
const STDERR = 1;

/** Where a channel meets its connection. */
export interface ChannelContext {
  readonly transport: Transport;
  /** Both sides have closed: the number is free again. */
  release(channel: OpenChannel): void;
  /** Flushes the channel once all messages that are there have been taken. */
  later(channel: OpenChannel): void;
}

export interface ChannelOpening {
  id: number;
  type: string;
  peer: number;
  peerWindow: number;
  peerPacket: number;
  window: number;
  maxPacket: number;
}

export class OpenChannel implements Channel {
  readonly id: number;
  readonly type: string;
  handler: ChannelHandler = {};
  /** A session that has its process, or any other channel. */
  started = false;
  hasPty = false;
  hasX11 = false;
  /** Channel numbers of the sockets that listen for it. */
  listeners: number[] = [];
  variables = 0;
  closeSent = false;
  readonly peerOffer: Channel['peerOffer'];
  readonly #context: ChannelContext;
  readonly peer: number;
  readonly #peerPacket: number;
  readonly #maxPacket: number;
  #peerWindow: number;
  #window: number;
  #windowMax: number;
  #consumed = 0;
  /** Received, but not taken by the process yet. */
  #untaken = 0;
  #queue: { data: Buffer; error: boolean }[] = [];
  #queued = 0;
  /** The queue is flushed at the end of this turn. */
  #scheduled = false;
  /** `write` has said false. */
  #thirsty = false;
  /** From the process to the client: still open, all written and only to be sent, or over (nchan.c, istate). */
  #outward: 'open' | 'drain' | 'closed' = 'open';
  /** From the client to the process (ostate). */
  #inward: 'open' | 'closed' = 'open';
  #eofReceived = false;
  #closeReceived = false;
  /** A process that has not told its end yet: while it lives the client's CLOSE is not answered (session_close_by_channel). */
  #alive = false;
  #finished = false;
  #last: (() => void) | undefined;
  #released = false;

  constructor(context: ChannelContext, open: ChannelOpening) {
    this.#context = context;
    this.id = open.id;
    this.type = open.type;
    this.peer = open.peer;
    this.#peerWindow = open.peerWindow;
    this.#peerPacket = open.peerPacket;
    this.peerOffer = { window: open.peerWindow, packet: open.peerPacket };
    this.#window = this.#windowMax = open.window;
    this.#maxPacket = open.maxPacket;
  }

  // What the owner calls.

  write(data: Buffer): boolean {
    return this.#push(data, false);
  }

  writeError(data: Buffer): boolean {
    return this.#push(data, true);
  }

  exit(status: number, held = false): void {
    this.#finish(() => this.#request('exit-status').u32(status), held);
  }

  exitSignal(name: string, coreDumped = false, message = '', held = false): void {
    this.#finish(
      () => this.#request('exit-signal').string(name).boolean(coreDumped).string(Buffer.from(message)).string(''),
      held,
    );
  }

  end(): void {
    if (this.#outward === 'open') this.#outward = 'drain';
    this.flush();
  }

  close(): void {
    if (this.#outward === 'open') this.#outward = 'drain';
    this.#inward = 'closed';
    this.#alive = false;
    this.flush();
  }

  pause(paused: boolean): void {
    this.waiting(paused ? Number.POSITIVE_INFINITY : 0);
  }

  waiting(bytes: number): void {
    const less = bytes < this.#untaken;
    this.#untaken = bytes;
    if (less) this.flush();
  }

  // What the connection calls.

  /** The session has its process, and gets its window with it (channel_set_fds). */
  start(size: number): void {
    this.started = true;
    this.#alive = this.handler.abandoned !== undefined && !this.#finished;
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

  /** Data from the client. What exceeds packet size or window is dropped, as sshd only logs it (channel_input_data). */
  receive(data: Buffer): void {
    if (this.#inward === 'closed') {
      this.#window = Math.max(0, this.#window - data.length);
      this.#consumed += data.length;
    } else {
      if (data.length > this.#maxPacket || data.length > this.#window) return;
      this.#window -= data.length;
      this.#consumed += data.length;
      // The packet may be a view into what the socket has read; the owner may keep the data.
      if (data.length > 0) this.handler.data?.(Buffer.from(data));
    }
    this.flush();
  }

  /** Extended data: no process of a server reads any. */
  receiveExtended(): void {
    if (this.#eofReceived)
      throw new Violation(
        'connection',
        'extended data after EOF',
        `Received extended_data after EOF on channel ${this.id}.`,
      );
  }

  adjust(more: number): void {
    if (this.#peerWindow + more > 0xffffffff) throw new Violation('connection', 'window too large');
    this.#peerWindow += more;
    this.flush();
  }

  eof(): void {
    this.#eofReceived = true;
    this.#endInward();
    this.flush();
  }

  /** eow@openssh.com: the client will throw away whatever is still sent. */
  endOfWrite(): void {
    if (this.#outward !== 'open') return;
    this.#outward = 'closed';
    this.#clear();
    this.handler.unread?.();
    this.flush();
  }

  closeReceived(): void {
    if (this.#closeReceived) return;
    this.#closeReceived = true;
    this.#clear();
    if (this.started) {
      // chan_rcvd_oclose: an EOF that was waiting for the data before it is still sent.
      if (this.#outward === 'drain' && !this.closeSent) this.#sendEof();
      this.#endInward();
      if (this.#alive) this.handler.abandoned?.();
    }
    this.#outward = this.#inward = 'closed';
    this.flush();
  }

  /** The connection is over. */
  release(): void {
    this.closeSent = true;
    this.#clear();
    this.#context.release(this);
    this.#over();
  }

  /** Sends what window and socket allow, then what follows the data; not in the middle of the client's messages. */
  flush(): void {
    const { transport } = this.#context;
    if (transport.working) this.#context.later(this);
    else transport.guard(() => this.#flush());
  }

  #flush(): void {
    const { transport } = this.#context;
    if (!this.closeSent && !this.#closeReceived) {
      this.#acknowledge();
      while (this.#queue.length > 0) {
        if (transport.rekeying || transport.stalled || transport.closed) return;
        if (this.#sendData()) continue;
        // The process is gone while the window is shut: its end is told before the rest of its output (session_exit_message).
        this.#sendLast();
        return;
      }
      if (this.#thirsty) {
        this.#thirsty = false;
        this.handler.drain?.();
        if (this.#queue.length > 0 || this.closeSent) return;
      }
      if (transport.closed) return;
      // With its window shut a channel does not read its process's output, not even the end of it (channel_pre_open).
      if (this.#outward === 'drain' && this.#peerWindow > 0) {
        this.#sendEof();
        this.#outward = 'closed';
      }
    }
    this.#sendLast();
    if (this.#outward !== 'closed' || this.#inward !== 'closed' || this.#alive) return;
    if (this.#closeReceived) this.#over();
    if (!this.closeSent) {
      this.closeSent = true;
      this.#start(MSG.CHANNEL_CLOSE);
      transport.send();
    }
    if (this.#closeReceived) this.#context.release(this);
  }

  /** Nothing more comes from the client. */
  #endInward(): void {
    if (this.#inward === 'closed') return;
    this.#inward = 'closed';
    if (this.started) this.handler.end?.();
  }

  #sendEof(): void {
    this.#start(MSG.CHANNEL_EOF);
    this.#context.transport.send();
  }

  #sendLast(): void {
    const last = this.#last;
    this.#last = undefined;
    last?.();
  }

  /** One packet with as much of the queue's front as fits; false when the window is shut. */
  #sendData(): boolean {
    const { transport } = this.#context;
    const room = Math.min(this.#peerWindow, this.#peerPacket, LARGEST_DATA);
    if (room === 0) return false;
    const { error } = this.#queue[0]!;
    let size = 0;
    for (const part of this.#queue) {
      if (part.error !== error || size >= room) break;
      size += part.data.length;
    }
    size = Math.min(size, room);
    const writer = error ? this.#start(MSG.CHANNEL_EXTENDED_DATA).u32(STDERR) : this.#start(MSG.CHANNEL_DATA);
    writer.u32(size);
    for (let left = size; left > 0; ) {
      const first = this.#queue[0]!;
      const part = first.data.subarray(0, left);
      writer.raw(part);
      left -= part.length;
      if (part.length === first.data.length) this.#queue.shift();
      else first.data = first.data.subarray(part.length);
    }
    this.#peerWindow -= size;
    this.#queued -= size;
    transport.send();
    return true;
  }

  /** The process has ended. With `held` its output goes on until `end`. */
  #finish(last: () => void, held: boolean): void {
    if (this.#finished || this.closeSent) return;
    this.#finished = true;
    this.#alive = false;
    this.#last = () => {
      const { transport } = this.#context;
      last();
      transport.send();
      if (this.#inward === 'closed') return;
      // chan_write_failed: nobody reads what the client still sends.
      this.#inward = 'closed';
      if (!transport.compat.eow) return;
      this.#request('eow@openssh.com');
      transport.send();
    };
    if (!held && this.#outward === 'open') this.#outward = 'drain';
    this.flush();
  }

  #push(data: Buffer, error: boolean): boolean {
    if (this.#outward !== 'open' || this.closeSent || this.#context.transport.closed || data.length === 0) return true;
    if (this.#queued + data.length <= MOST_QUEUED) {
      this.#queue.push({ data, error });
      this.#queued += data.length;
    }
    if (this.#queued <= HIGH_WATER) {
      this.#flushSoon();
      return true;
    }
    this.flush();
    if (this.#queued <= HIGH_WATER) return true;
    this.#thirsty = true;
    return false;
  }

  /** What is written in one turn goes out in one packet, as sshd reads what a process has written meanwhile. */
  #flushSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  #clear(): void {
    this.#queue = [];
    this.#queued = 0;
  }

  #over(): void {
    if (this.#released) return;
    this.#released = true;
    // What `closed` does to the channel is sent by the caller.
    this.handler.closed?.();
  }

  /** channel_check_window: room is given back once three packets or half the window are used up. */
  #acknowledge(): void {
    const taken = this.#consumed - this.#untaken;
    if (this.closeSent || this.#closeReceived || taken <= 0) return;
    const used = this.#windowMax - this.#window;
    if (used <= this.#maxPacket * 3 && this.#window >= this.#windowMax / 2) return;
    this.#start(MSG.CHANNEL_WINDOW_ADJUST).u32(taken);
    this.#window += taken;
    this.#consumed -= taken;
    this.#context.transport.send();
  }

  #start(type: number) {
    return this.#context.transport.writer.start(type).u32(this.peer);
  }

  #request(name: string) {
    return this.#start(MSG.CHANNEL_REQUEST).string(name).boolean(false);
  }
}
