// The binary packet protocol (RFC 4253 §6): frames payloads, pads, seals, and takes the stream apart again.
import type { Codec } from './compression.ts';
import { HEAD, type Writer } from './data.ts';
import { type Opener, plainOpener, plainSealer, type Sealer } from './sealing.ts';
import { Violation } from './violation.ts';

/** PACKET_MAX_SIZE of OpenSSH. */
export const LARGEST_PACKET = 256 * 1024;
/** What may wait unread while a request is being decided: sshd would let it wait in the socket. */
const MOST_UNREAD = 2 * LARGEST_PACKET;
/** The same once the client is authenticated: more than a channel's window. */
const MOST_UNREAD_LATER = 4 * 1024 * 1024;

const NOTHING = Buffer.alloc(0);

/** Seals payloads for the wire. */
export class PacketSender {
  sequence = 0;
  /** Bytes and packets since the keys came into use. */
  bytes = 0;
  packets = 0;
  private sealer: Sealer = plainSealer;
  private codec: Codec | undefined;
  private readonly random: (bytes: number) => Buffer;

  constructor(random: (bytes: number) => Buffer) {
    this.random = random;
  }

  rekey(sealer: Sealer, resetSequence: boolean): void {
    this.sealer = sealer;
    this.bytes = 0;
    this.packets = 0;
    if (resetSequence) this.sequence = 0;
  }

  compress(codec: Codec | undefined): void {
    this.codec?.close();
    this.codec = codec;
  }

  /** Frames what the writer holds; the writer is free again afterwards. */
  seal(writer: Writer): Buffer {
    if (this.codec) {
      const small = this.codec.step(writer.bytes.subarray(HEAD, writer.length));
      writer.length = HEAD;
      writer.raw(small);
    }
    const size = Math.max(8, this.sealer.blockSize);
    const counted = writer.length - (this.sealer.lengthApart ? 4 : 0);
    let padding = size - (counted % size);
    if (padding < 4) padding += size;
    writer.room(padding);
    const end = writer.length + padding;
    const packet = writer.bytes.subarray(0, end);
    packet.writeUInt32BE(end - 4, 0);
    packet[4] = padding;
    // sshd pads with zeros as long as nothing is encrypted.
    if (this.sealer === plainSealer) packet.fill(0, writer.length);
    else packet.set(this.random(padding), writer.length);
    const out: Buffer[] = [];
    this.sealer.seal(this.sequence, packet, out);
    this.sequence = (this.sequence + 1) >>> 0;
    this.packets++;
    this.bytes += end;
    // A tag may be a view into scratch memory, so the parts are always copied together.
    return Buffer.concat(out);
  }
}

/** Collects the stream and gives back one payload after the other. */
export class PacketReceiver {
  sequence = 0;
  bytes = 0;
  packets = 0;
  private opener: Opener = plainOpener;
  private codec: Codec | undefined;
  private pending: Buffer = NOTHING;
  private parts: Buffer[] = [];
  private unread = 0;
  private length = -1;

  feed(chunk: Buffer, authenticated: boolean): void {
    if (this.unread + chunk.length > (authenticated ? MOST_UNREAD_LATER : MOST_UNREAD))
      throw new Violation('transport', 'too much data while a request waits');
    this.parts.push(chunk);
    this.unread += chunk.length;
  }

  rekey(opener: Opener, resetSequence: boolean): void {
    this.opener = opener;
    this.bytes = 0;
    this.packets = 0;
    if (resetSequence) this.sequence = 0;
  }

  decompress(codec: Codec | undefined): void {
    this.codec?.close();
    this.codec = codec;
  }

  /** The next payload, never empty; undefined when more bytes are needed. Throws a Violation. */
  next(): Buffer | undefined {
    const { opener } = this;
    if (this.length < 0) {
      if (this.unread < opener.head) return undefined;
      this.join();
      this.length = opener.length(this.sequence, this.pending.subarray(0, opener.head));
      this.checkLength();
    }
    const total = 4 + this.length + opener.tag;
    if (this.unread < total) return undefined;
    this.join();
    const sealed = this.pending.subarray(0, total);
    // An empty view would keep the chunk alive.
    this.pending = this.pending.length === total ? NOTHING : this.pending.subarray(total);
    this.unread -= total;
    const length = this.length;
    this.length = -1;
    const packet = opener.open(this.sequence, sealed);
    // Where the tag is checked first (AEAD, encrypt-then-MAC) sshd closes without a word.
    if (!packet)
      throw new Violation(
        'transport',
        'packet fails its integrity check',
        opener.lengthApart ? undefined : 'Packet corrupt',
      );
    this.sequence = (this.sequence + 1) >>> 0;
    this.packets++;
    this.bytes += length + 4;
    const padding = packet[0]!;
    if (padding < 4) throw new Violation('transport', 'padding too short', `Corrupted padlen ${padding} on input.`);
    if (padding + 1 >= packet.length)
      throw new Violation('transport', 'packet without payload', 'Invalid ssh2 packet type: 0');
    const payload = packet.subarray(1, packet.length - padding);
    if (!this.codec) return payload;
    try {
      const plain = this.codec.step(payload);
      if (plain.length > 0) return plain;
    } catch {}
    throw new Violation('transport', 'compressed data is damaged');
  }

  private join(): void {
    if (this.parts.length === 0) return;
    this.pending =
      this.pending.length === 0 && this.parts.length === 1
        ? this.parts[0]!
        : Buffer.concat([this.pending, ...this.parts]);
    this.parts = [];
  }

  private checkLength(): void {
    const { opener, length } = this;
    const counted = opener.lengthApart ? length : length + 4;
    if (length >= 5 && length <= LARGEST_PACKET && counted % opener.blockSize === 0) return;
    if (length >= 5 && length <= LARGEST_PACKET)
      throw new Violation('transport', 'packet length is not a multiple of the block size', 'Packet corrupt');
    throw new Violation('transport', 'packet length out of bounds', 'Packet corrupt');
  }
}
