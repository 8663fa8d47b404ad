// A ZIP of one file under a password, as analysts pass samples on: no scanner and no double-click opens it by mistake.
// PKWARE APPNOTE 6.3.10, chapter 6.1 (traditional encryption); every unzip knows it. It hides, it does not protect.
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

const CHUNK = 65_536;
const HEADER = 12;

/** CRC-32 of one byte, as the cipher takes it: without the inversions around it. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** The three keys of the traditional cipher, after a password. */
export class Cipher {
  #first = 0x12345678;
  #second = 0x23456789;
  #third = 0x34567890;

  constructor(password: string) {
    for (const byte of Buffer.from(password, 'latin1')) this.#turn(byte);
  }

  #turn(plain: number): void {
    this.#first = TABLE[(this.#first ^ plain) & 0xff]! ^ (this.#first >>> 8);
    this.#second = (Math.imul(this.#second + (this.#first & 0xff), 134_775_813) + 1) | 0;
    this.#third = TABLE[(this.#third ^ (this.#second >>> 24)) & 0xff]! ^ (this.#third >>> 8);
  }

  /** Encrypts in place. */
  encrypt(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) {
      const key = (this.#third | 2) & 0xffff;
      const plain = bytes[i]!;
      bytes[i] = plain ^ (((key * (key ^ 1)) >>> 8) & 0xff);
      this.#turn(plain);
    }
  }
}

export interface Zip {
  /** Bytes of the whole ZIP. */
  length: number;
  /** Its pieces, in order. */
  pieces(): AsyncGenerator<Uint8Array<ArrayBuffer>>;
}

/** The largest file a ZIP without extensions holds, with room for what is around it. */
export const MOST_BYTES = 0xffff_ffff - 4096;

/**
 * The ZIP of an open file, which is read twice: the checksum stands before the content, and the last byte of the cipher's
 * header is checked against it. Stored as it is, not deflated, so that its length is known beforehand.
 * @param name of the file inside, ASCII
 * @param header 12 random bytes
 * @throws RangeError when the file is larger than `MOST_BYTES`; pieces() throws when it changes meanwhile
 */
export async function zipOf(
  file: FileHandle,
  name: string,
  { password, modified, header }: { password: string; modified: Date; header: Uint8Array },
): Promise<Zip> {
  const { size } = await file.stat();
  if (size > MOST_BYTES) throw new RangeError('The file is too large for a ZIP');
  const about = { name: Buffer.from(name, 'latin1'), size, crc: 0, modified };
  for await (const chunk of chunksOf(file, size)) about.crc = crc32(chunk, about.crc);

  const local = localHeader(about);
  const central = centralDirectory(about, local.length + HEADER + size);
  return {
    length: local.length + HEADER + size + central.length,
    async *pieces() {
      yield local;
      const cipher = new Cipher(password);
      const opening = new Uint8Array(header.subarray(0, HEADER));
      opening[HEADER - 1] = about.crc >>> 24;
      cipher.encrypt(opening);
      yield opening;
      for await (const chunk of chunksOf(file, size)) {
        cipher.encrypt(chunk);
        yield chunk;
      }
      yield central;
    },
  };
}

async function* chunksOf(file: FileHandle, size: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < size; ) {
    const chunk = new Uint8Array(Math.min(CHUNK, size - at));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
    if (bytesRead === 0) throw new Error('The file became shorter while it was read');
    at += bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}

interface About {
  name: Buffer;
  size: number;
  crc: number;
  modified: Date;
}

/** What the local header and the central directory both say (4.3.7, 4.3.12). */
function common({ name, size, crc, modified }: About): Buffer {
  const bytes = Buffer.alloc(26);
  bytes.writeUInt16LE(20, 0); // version needed: 2.0, encryption
  bytes.writeUInt16LE(1, 2); // encrypted
  bytes.writeUInt16LE(0, 4); // stored
  bytes.writeUInt32LE(dosTime(modified), 6);
  bytes.writeUInt32LE(crc, 10);
  bytes.writeUInt32LE(size + HEADER, 14);
  bytes.writeUInt32LE(size, 18);
  bytes.writeUInt16LE(name.length, 22);
  return bytes;
}

const signed = (signature: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(signature);
  return bytes;
};

const localHeader = (about: About): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.concat([signed(0x04034b50), common(about), about.name]));

function centralDirectory(about: About, offset: number): Uint8Array<ArrayBuffer> {
  const madeBy = Buffer.from([20, 3]); // Unix, whose permissions follow
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE((0o100600 << 16) >>> 0, 6);
  rest.writeUInt32LE(0, 10); // the local header is at the beginning
  const entry = Buffer.concat([signed(0x02014b50), madeBy, common(about), rest, about.name]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(entry.length, 8);
  end.writeUInt32LE(offset, 12);
  return new Uint8Array(Buffer.concat([entry, signed(0x06054b50), end]));
}

/** Date and time of MS-DOS, in UTC: two seconds exact, 1980 to 2107. */
function dosTime(at: Date): number {
  const year = Math.min(2107, Math.max(1980, at.getUTCFullYear()));
  const date = ((year - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate();
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
  return ((date << 16) | time) >>> 0;
}
