// zlib@openssh.com (PROTOCOL §1.2): one deflate stream a direction, flushed with each packet, from the end of authentication on.
import { constants, createDeflate, createInflate } from 'node:zlib';

/** What one packet may unpack to. sshd takes 128 MiB (SSHBUF_SIZE_MAX); no client comes near this. */
const MOST = 4 * 1024 * 1024;

/**
 * What Node's zlib streams have below their asynchronous surface: one step of zlib, done at once. Its types do not list it, but
 * `deflateSync` is made of it; the packet layer cannot wait, since packets must keep their order. `_writeState` is [room left, input left].
 */
interface Stepping {
  _handle: {
    writeSync(flush: number, input: Buffer, at: number, length: number, out: Buffer, outAt: number, room: number): void;
  };
  _writeState: Uint32Array;
  close(): void;
}

export interface Codec {
  /** Throws when the data is not what the stream expects. */
  step(payload: Buffer): Buffer;
  close(): void;
}

function codec(stream: Stepping, most: number): Codec {
  let failed = false;
  (stream as unknown as NodeJS.EventEmitter).on('error', () => {});
  // zlib reports damage to the stream's error callback; the step then makes no progress.
  const handle = stream._handle as { onerror?: (...args: unknown[]) => void } & Stepping['_handle'];
  handle.onerror = () => {
    failed = true;
  };
  return {
    step(payload) {
      const parts: Buffer[] = [];
      let total = 0;
      let left = payload.length;
      for (;;) {
        const out = Buffer.allocUnsafe(16 * 1024);
        handle.writeSync(constants.Z_PARTIAL_FLUSH, payload, payload.length - left, left, out, 0, out.length);
        if (failed) throw new Error('compressed data is damaged');
        const [room, input] = stream._writeState as unknown as [number, number];
        parts.push(out.subarray(0, out.length - room));
        total += out.length - room;
        if (total > most) throw new Error('compressed data is too large');
        left = input;
        if (room > 0) break;
      }
      return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    },
    close: () => stream.close(),
  };
}

export function compressor(): Codec {
  return codec(createDeflate({ level: 6 }) as unknown as Stepping, Number.POSITIVE_INFINITY);
}

export function decompressor(): Codec {
  return codec(createInflate() as unknown as Stepping, MOST);
}
