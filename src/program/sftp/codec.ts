// SFTP version 3 on the wire (draft-ietf-secsh-filexfer-02): requests taken apart, answers put together, both as strings of bytes.
import type { Bytes, Stat } from '../../machine/machine.ts';
import { TYPE_BITS } from '../mode.ts';

/** Message numbers, section 3 of the draft. */
export const FXP = {
  INIT: 1,
  VERSION: 2,
  OPEN: 3,
  CLOSE: 4,
  READ: 5,
  WRITE: 6,
  LSTAT: 7,
  FSTAT: 8,
  SETSTAT: 9,
  FSETSTAT: 10,
  OPENDIR: 11,
  READDIR: 12,
  REMOVE: 13,
  MKDIR: 14,
  RMDIR: 15,
  REALPATH: 16,
  STAT: 17,
  RENAME: 18,
  READLINK: 19,
  SYMLINK: 20,
  STATUS: 101,
  HANDLE: 102,
  DATA: 103,
  NAME: 104,
  ATTRS: 105,
  EXTENDED: 200,
  EXTENDED_REPLY: 201,
} as const;

/** Status codes, section 7. */
export const FX = {
  OK: 0,
  EOF: 1,
  NO_SUCH_FILE: 2,
  PERMISSION_DENIED: 3,
  FAILURE: 4,
  BAD_MESSAGE: 5,
  OP_UNSUPPORTED: 8,
} as const;
export type Status = (typeof FX)[keyof typeof FX];

/** What OpenSSH's server says beside the code. */
const MESSAGES: Readonly<Record<Status, string>> = {
  0: 'Success',
  1: 'End of file',
  2: 'No such file',
  3: 'Permission denied',
  4: 'Failure',
  5: 'Bad message',
  8: 'Operation unsupported',
};

/** SFTP_MAX_MSG_LENGTH of OpenSSH. */
export const LONGEST_MESSAGE = 256 * 1024;
/** SFTP_MAX_READ_LENGTH: the server gives no more at once, and says so in limits@openssh.com. */
export const LONGEST_READ = LONGEST_MESSAGE - 1024;

/** A request that cannot be taken apart: sshd's server ends. */
export class Malformed extends Error {}

export const u8 = (value: number): Bytes => String.fromCharCode(value & 255);
export const u32 = (value: number): Bytes =>
  String.fromCharCode((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
export const u64 = (value: number | bigint): Bytes => {
  const whole = BigInt(value);
  return u32(Number((whole >> 32n) & 0xffff_ffffn)) + u32(Number(whole & 0xffff_ffffn));
};
export const text = (value: Bytes): Bytes => u32(value.length) + value;

/** One packet, with its length. */
export const packet = (type: number, ...parts: Bytes[]): Bytes => text(u8(type) + parts.join(''));

export const status = (id: number, code: Status, message = MESSAGES[code]): Bytes =>
  packet(FXP.STATUS, u32(id), u32(code), text(message), text(''));

export interface Attributes {
  /** In bytes; a value above 2^53 has lost its last digits, and none of them is a size that works. */
  size?: number;
  uid?: number;
  gid?: number;
  /** With the file type. */
  permissions?: number;
  /** Seconds since the epoch. */
  atime?: number;
  mtime?: number;
}

const SIZE = 1;
const OWNER = 2;
const PERMISSIONS = 4;
const TIMES = 8;
const EXTENDED = 0x8000_0000;

/** Reads the fields of one request, in order. */
export class Reader {
  readonly #bytes: Bytes;
  #at = 0;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  #take(length: number): number {
    const at = this.#at;
    if (length > this.#bytes.length - at) throw new Malformed();
    this.#at = at + length;
    return at;
  }

  u8(): number {
    return this.#bytes.charCodeAt(this.#take(1));
  }

  u32(): number {
    const at = this.#take(4);
    const b = this.#bytes;
    return (
      ((b.charCodeAt(at) << 24) | (b.charCodeAt(at + 1) << 16) | (b.charCodeAt(at + 2) << 8) | b.charCodeAt(at + 3)) >>>
      0
    );
  }

  u64(): number {
    return this.u32() * 2 ** 32 + this.u32();
  }

  string(): Bytes {
    const length = this.u32();
    const at = this.#take(length);
    return this.#bytes.slice(at, at + length);
  }

  /** A string that goes to C: no NUL in it but, harmlessly, at its end. */
  name(): Bytes {
    const value = this.string();
    const nul = value.indexOf('\0');
    if (nul < 0) return value;
    if (nul < value.length - 1) throw new Malformed();
    return value.slice(0, -1);
  }

  attributes(): Attributes {
    const flags = this.u32();
    const a: Attributes = {};
    if (flags & SIZE) a.size = this.u64();
    if (flags & OWNER) {
      a.uid = this.u32();
      a.gid = this.u32();
    }
    if (flags & PERMISSIONS) a.permissions = this.u32();
    if (flags & TIMES) {
      a.atime = this.u32();
      a.mtime = this.u32();
    }
    if (flags & EXTENDED)
      for (let left = Math.min(this.u32(), 0x10_0000); left > 0; left--) {
        this.string();
        this.string();
      }
    return a;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }
}

/** Attributes as a stat gives them: all of them. */
export const attributesOf = (stat: Stat): Bytes =>
  u32(SIZE | OWNER | PERMISSIONS | TIMES) +
  u64(Math.floor(stat.size)) +
  u32(stat.uid) +
  u32(stat.gid) +
  u32(TYPE_BITS[stat.type] | stat.mode) +
  u32(Math.floor(stat.atime / 1000)) +
  u32(Math.floor(stat.mtime / 1000));

/** No attributes at all, as with the answers to REALPATH and READLINK. */
export const NO_ATTRIBUTES: Bytes = u32(0);
