// A direct-tcpip channel: the connection asked for is never made; what the client sends into it is recorded and thrown away.
import { pythonRepr, textOrRepr } from '../../event/escape.ts';
import type { Channel, ChannelHandler, ForwardTarget } from '../../wire/ssh/ssh.ts';
import type { Recorder } from '../recorder.ts';

/** Bytes recorded of one channel. */
const RECORDED_BYTES = 64 << 10;

export class ForwardChannel implements ChannelHandler {
  readonly #recorder: Recorder;
  readonly #channel: Channel;
  readonly #host: string;
  readonly #port: number;
  #recorded = 0;

  constructor(recorder: Recorder, target: ForwardTarget, channel: Channel) {
    this.#recorder = recorder;
    this.#channel = channel;
    this.#host = textOrRepr(target.host.subarray(0, 1024));
    this.#port = target.port;
    recorder.emit('cowrie.direct-tcpip.request', {
      dst_ip: this.#host,
      dst_port: this.#port,
      orig_ip: textOrRepr(target.originHost.subarray(0, 1024)),
      orig_port: target.originPort,
    });
  }

  data(chunk: Buffer): void {
    const part = chunk.subarray(0, RECORDED_BYTES - this.#recorded);
    if (part.length > 0) {
      this.#recorded += part.length;
      this.#recorder.emit('cowrie.direct-tcpip.data', {
        dst_ip: this.#host,
        dst_port: this.#port,
        data: pythonRepr(part),
        id: this.#channel.id,
      });
    }
    if (this.#recorded >= RECORDED_BYTES) this.#channel.close();
  }

  /** As a server that has nothing to say and ends when the client does. */
  end(): void {
    this.#channel.close();
  }
}
