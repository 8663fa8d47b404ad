// zlib@openssh.com (PROTOCOL §1.2): one deflate stream a direction, flushed with each packet, from the end of authentication on.
import { constants, createDeflate, createInflate } from 'node:zlib';

/** A decompressed payload may be no larger than a packet (PACKET_MAX_SIZE). */
const MOST = 256 * 1024;

/** Node's streams can work in one step; the method is what its own `deflateSync` calls, but its types do not list it. */
interface Stepping {
  _processChunk(chunk: Buffer, flush: number): Buffer;
  close(): void;
}

export interface Codec {
  /** Throws when the data is not what the stream expects. */
  step(payload: Buffer): Buffer;
  close(): void;
}

function codec(stream: Stepping): Codec {
  return {
    step: (payload) => Buffer.from(stream._processChunk(payload, constants.Z_PARTIAL_FLUSH)),
    close: () => stream.close(),
  };
}

export function compressor(): Codec {
  return codec(createDeflate({ level: 6 }).on('error', () => {}) as unknown as Stepping);
}

export function decompressor(): Codec {
  return codec(createInflate({ maxOutputLength: MOST }).on('error', () => {}) as unknown as Stepping);
}
