// The binary packet protocol (RFC 4253 §6): frames payloads, pads, seals, and takes the stream apart again (OpenSSH, packet.c).
import type { Codec } from './compression.ts';
import { HEAD, type Writer } from './data.ts';
import { type Opener, plainOpener, plainSealer, type Sealer } from './sealing.ts';
import { Violation } from './violation.ts';

/** PACKET_MAX_SIZE of OpenSSH. */
export const LARGEST_PACKET = 256 * 1024;
/** What may wait unread while a request is being decided, if the owner cannot stop the socket: sshd would let it wait there. */
const MOST_UNREAD = 2 * LARGEST_PACKET;
/** The same once the client is authenticated: more than a channel's window. */
const MOST_UNREAD_LATER = 4 * 1024 * 1024;

const NOTHING: Buffer = Buffer.alloc(0);

/** Random bytes for padding, drawn in one go for all connections. */
const padding = { bytes: NOTHING, used: 0 };

function pad(packet: Buffer, from: number, random: (bytes: number) => Buffer): void {
  const count = packet.length - from;
  if (padding.used + count > padding.bytes.length) {
    padding.bytes = random(4096);
    padding.used = 0;
  }
  padding.bytes.copy(packet, from, padding.used, padding.used + count);
  padding.used += count;
}

/** Seals payloads for the wire. */
export class PacketSender {
  sequence = 0;
  /** Bytes and packets since the keys came into use. */
  bytes = 0;
  packets = 0;
  #sealer: Sealer = plainSealer;
  #codec: Codec | undefined;
  readonly #random: (bytes: number) => Buffer;

  constructor(random: (bytes: number) => Buffer) {
    this.#random = random;
  }

  rekey(sealer: Sealer, resetSequence: boolean): void {
    this.#sealer = sealer;
    this.bytes = 0;
    this.packets = 0;
    if (resetSequence) this.sequence = 0;
  }

  compress(codec: Codec | undefined): void {
    this.#codec?.close();
    this.#codec = codec;
  }

  /** Frames what the writer holds and appends it to `out`; returns the bytes added. The writer is free again afterwards. */
  seal(writer: Writer, out: Buffer[]): number {
    if (this.#codec) {
      const small = this.#codec.step(writer.bytes.subarray(HEAD, writer.length));
      writer.length = HEAD;
      writer.raw(small);
    }
    const sealer = this.#sealer;
    const size = sealer.blockSize;
    const counted = writer.length - (sealer.lengthApart ? 4 : 0);
    let padding = size - (counted % size);
    if (padding < 4) padding += size;
    writer.room(padding);
    const end = writer.length + padding;
    const packet = writer.bytes.subarray(0, end);
    packet.writeUInt32BE(end - 4, 0);
    packet[4] = padding;
    // sshd pads with zeros as long as nothing is encrypted.
    if (sealer === plainSealer) packet.fill(0, writer.length);
    else pad(packet, writer.length, this.#random);
    const before = out.length;
    sealer.seal(this.sequence, packet, out);
    this.sequence = (this.sequence + 1) >>> 0;
    this.packets++;
    this.bytes += end;
    let added = 0;
    for (let i = before; i < out.length; i++) added += out[i]!.length;
    return added;
  }
}

/** Collects the stream and gives back one payload after the other. */
export class PacketReceiver {
  sequence = 0;
  /** Of the packet that `next` gave last. */
  lastSequence = 0;
  bytes = 0;
  packets = 0;
  #opener: Opener = plainOpener;
  #codec: Codec | undefined;
  #pending: Buffer = NOTHING;
  #parts: Buffer[] = [];
  #unread = 0;
  #length = -1;
  #returned: Buffer | undefined;
  /** Bytes still to swallow before the connection ends, after a length that must not be answered at once (CVE-2008-5161). */
  #discard = -1;

  feed(chunk: Buffer, authenticated: boolean): void {
    if (this.#discard >= 0) {
      this.#discard -= chunk.length;
      if (this.#discard < 0) throw new Violation('transport', 'packet corrupt');
      return;
    }
    if (this.#unread + chunk.length > (authenticated ? MOST_UNREAD_LATER : MOST_UNREAD))
      throw new Violation('transport', 'too much data while a request waits');
    this.#parts.push(chunk);
    this.#unread += chunk.length;
  }

  rekey(opener: Opener, resetSequence: boolean): void {
    this.#opener = opener;
    this.bytes = 0;
    this.packets = 0;
    if (resetSequence) this.sequence = 0;
  }

  decompress(codec: Codec | undefined): void {
    this.#codec?.close();
    this.#codec = codec;
  }

  /** Forgets everything. */
  end(): void {
    this.decompress(undefined);
    this.#pending = NOTHING;
    this.#parts = [];
    this.#unread = 0;
    this.#returned = undefined;
  }

  /** `next` will give this payload again. */
  putBack(payload: Buffer): void {
    this.#returned = payload;
  }

  /** The next payload, never empty; undefined when more bytes are needed. Throws a Violation. */
  next(): Buffer | undefined {
    if (this.#returned) {
      const payload = this.#returned;
      this.#returned = undefined;
      return payload;
    }
    const opener = this.#opener;
    if (this.#length < 0) {
      if (this.#discard >= 0 || this.#unread < opener.head) return undefined;
      this.#join();
      this.#length = opener.length(this.sequence, this.#pending.subarray(0, opener.head));
      if (!this.#goodLength()) return this.#refuse(LARGEST_PACKET);
    }
    const total = 4 + this.#length + opener.tag;
    if (this.#unread < total) {
      // A small piece must not keep the large buffer alive that the socket read it into.
      if (this.#unread < 4096 && this.#parts.length > 0) {
        this.#join();
        this.#pending = Buffer.from(this.#pending);
      }
      return undefined;
    }
    this.#join();
    const sealed = this.#pending.subarray(0, total);
    this.#pending = this.#pending.length === total ? NOTHING : this.#pending.subarray(total);
    this.#unread -= total;
    const length = this.#length;
    this.#length = -1;
    const packet = opener.open(this.sequence, sealed);
    if (!packet) {
      // Where the tag is checked before anything is decrypted, sshd only drops the connection.
      if (opener.lengthApart) throw new Violation('transport', 'packet fails its integrity check');
      return this.#refuse(LARGEST_PACKET - length - 4);
    }
    this.lastSequence = this.sequence;
    this.sequence = (this.sequence + 1) >>> 0;
    this.packets++;
    this.bytes += length + 4;
    return this.#payload(packet);
  }

  #payload(packet: Buffer): Buffer {
    const padding = packet[0]!;
    if (padding < 4) throw new Violation('transport', 'padding too short', `Corrupted padlen ${padding} on input.`);
    if (padding + 1 >= packet.length) throw new Violation('transport', 'packet without payload');
    const payload = packet.subarray(1, packet.length - padding);
    if (!this.#codec) return payload;
    let plain: Buffer;
    try {
      plain = this.#codec.step(payload);
    } catch (error) {
      throw new Violation('transport', (error as Error).message);
    }
    if (plain.length === 0) throw new Violation('transport', 'packet without payload');
    return plain;
  }

  #join(): void {
    if (this.#parts.length === 0) return;
    this.#pending =
      this.#pending.length === 0 && this.#parts.length === 1
        ? this.#parts[0]!
        : Buffer.concat([this.#pending, ...this.#parts]);
    this.#parts = [];
  }

  #goodLength(): boolean {
    const length = this.#length;
    const { lengthApart, blockSize } = this.#opener;
    return length >= 5 && length <= LARGEST_PACKET && (lengthApart ? length : length + 4) % blockSize === 0;
  }

  /** ssh_packet_start_discard: at once, or with CBC once as much has come as the largest packet holds. */
  #refuse(discard: number): undefined {
    if (!this.#opener.hidesLength) throw new Violation('transport', 'packet corrupt');
    this.#discard = discard - this.#unread;
    const enough = this.#discard < 0;
    this.end();
    this.#length = -1;
    if (enough) throw new Violation('transport', 'packet corrupt');
    return undefined;
  }
}
