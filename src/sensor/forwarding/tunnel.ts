// One tunnel: carries bytes between the client's channel and the far end, records how it begins, counts it, and tells of its end.
import { pythonRepr } from '../../event/escape.ts';
import type { Channel, ChannelHandler } from '../../wire/ssh/ssh.ts';
import type { Recorder } from '../recorder.ts';
import type { Connect, FarEnd, NearEnd } from './far-end.ts';
import { Opening } from './opening.ts';

/** How a tunnel was answered. */
export type Answer = 'refused' | 'discard' | 'fake' | 'sink' | 'service';

/** What its events have in common. */
export interface TunnelName {
  /** Target as the client sent it. */
  dst_ip: string;
  dst_port: number;
  /** Number of the channel. */
  id: number;
}

export interface TunnelOptions {
  answer: Answer;
  name: TunnelName;
  /** Absent for Unix sockets: their target is no address. */
  path?: string;
  /** Bytes recorded of what the client sends. */
  recordBytes: number;
  /** Bytes both ways after which it is closed. */
  mostBytes: number;
  /** Session of the honeypot itself that it leads to. */
  innerSession?: string;
  /** Milliseconds since the epoch. */
  now(): number;
  closed(): void;
}

export class Tunnel implements ChannelHandler, NearEnd {
  readonly #recorder: Recorder;
  readonly #channel: Channel;
  readonly #options: TunnelOptions;
  readonly #far: FarEnd;
  readonly #opening: Opening;
  readonly #started: number;
  #recorded = 0;
  #in = 0;
  #out = 0;
  #over = false;

  constructor(recorder: Recorder, channel: Channel, connect: Connect, options: TunnelOptions) {
    this.#recorder = recorder;
    this.#channel = channel;
    this.#options = options;
    this.#started = options.now();
    const { name } = options;
    this.#opening = new Opening({
      tls: (opening) => recorder.emit('kansatsuki.forward.tls', { ...name, ...opening }),
      http: (opening) => recorder.emit('kansatsuki.forward.http', { ...name, ...opening }),
    });
    this.#far = connect(this);
  }

  // From the client.

  opened(): void {
    this.#far.opened?.();
  }

  data(chunk: Buffer): void {
    this.#in += chunk.length;
    const { recordBytes, name } = this.#options;
    const part = chunk.subarray(0, recordBytes - this.#recorded);
    if (part.length > 0) {
      this.#recorded += part.length;
      const { dst_ip, dst_port, id } = name;
      this.#recorder.emit('cowrie.direct-tcpip.data', { dst_ip, dst_port, data: pythonRepr(part), id });
    }
    this.#opening.take(chunk);
    this.#far.data(chunk);
    this.#bound();
  }

  end(): void {
    this.#opening.end();
    this.#far.end();
  }

  drain(): void {
    this.#far.drain?.();
  }

  closed(): void {
    if (this.#over) return;
    this.#over = true;
    this.#opening.end();
    this.#far.closed?.();
    const { answer, name, path, innerSession } = this.#options;
    this.#recorder.emit('kansatsuki.forward.closed', {
      ...(path === undefined ? name : { path, id: name.id }),
      answer,
      bytes_in: this.#in,
      bytes_out: this.#out,
      duration_ms: Math.max(0, Math.round(this.#options.now() - this.#started)),
      ...(innerSession === undefined ? {} : { inner_session: innerSession }),
    });
    this.#options.closed();
  }

  // From the far end.

  write(bytes: Buffer): boolean {
    this.#out += bytes.length;
    const room = this.#channel.write(bytes);
    this.#bound();
    return room;
  }

  /** The far end has nothing more to say. */
  finish(): void {
    this.#channel.end();
  }

  close(): void {
    this.#channel.close();
  }

  pause(paused: boolean): void {
    this.#channel.pause(paused);
  }

  #bound(): void {
    if (this.#in + this.#out > this.#options.mostBytes) this.#channel.close();
  }
}
