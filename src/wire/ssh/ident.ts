// The identification line that opens a connection (RFC 4253 §4.2), read as OpenSSH reads it (kex.c, kex_exchange_identification; before
// 8.0 sshd.c, sshd_exchange_identification) or Dropbear (common-session.c, ident_readln).
import type { Behaviour } from './behaviour.ts';
import { Violation } from './violation.ts';

/** What sshd says before it closes; the line end belongs to it. */
export const IDENT_INVALID = 'Invalid SSH identification string.\r\n';
export const IDENT_VERSIONS_DIFFER = 'Protocol major versions differ.\r\n';

const CR = 13;
const LF = 10;

interface Reading {
  /** Characters that a line may have. */
  longest: number;
  /** Beyond that, a NUL, or a CR that no LF follows is an error; else the line ends there, a NUL ends its text, a CR is left out. */
  exact: boolean;
  /** A CR counts as a character and ends the text. */
  keepsReturns: boolean;
  /** The major version, and the minor one; undefined when the line is none. */
  version(line: string): [major: number, minor: number] | undefined;
}

/** sscanf("SSH-%d.%d-%[^\n]\n"): white space and a sign may stand before a number. */
function scannedVersion(line: string): [number, number] | undefined {
  const parts = /^SSH-[ \t\v\f\r]*([+-]?\d+)\.[ \t\v\f\r]*([+-]?\d+)-./s.exec(line);
  return parts ? [scanned(parts[1]!), scanned(parts[2]!)] : undefined;
}

const readings: Record<Behaviour['identification'], Reading> = {
  // SSH_MAX_BANNER_LEN.
  'openssh-8.0': { longest: 8192, exact: true, keepsReturns: false, version: scannedVersion },
  'openssh-6': { longest: 255, exact: false, keepsReturns: true, version: scannedVersion },
  dropbear: {
    longest: 255,
    exact: false,
    keepsReturns: false,
    version: (line) => (line.startsWith('SSH-2.') ? [2, 0] : line.startsWith('SSH-1.99-') ? [1, 99] : undefined),
  },
};

/** Collects bytes until the line is complete. */
export class IdentReader {
  readonly #reading: Reading;
  #line: Buffer = Buffer.alloc(0);
  #carriageReturn = false;

  constructor(identification: Behaviour['identification']) {
    this.#reading = readings[identification];
  }

  /** What came so far, without line end. */
  get line(): Buffer {
    if (this.#reading.exact) return this.#line;
    const end = this.#line.findIndex((byte) => byte === 0 || byte === CR);
    return end < 0 ? this.#line : this.#line.subarray(0, end);
  }

  /**
   * Takes bytes; returns how many belong to the line once it has ended, undefined while it has not. A violation's
   * farewell is the plain text to send, line end included; without one the connection is only closed.
   */
  take(chunk: Buffer): number | undefined {
    const { exact, keepsReturns, longest } = this.#reading;
    const kept: number[] = [];
    const keep = () => {
      this.#line = Buffer.concat([this.#line, Buffer.from(kept)]);
    };
    // Both read byte by byte: an error ends it at once, not at the line's end.
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (byte === LF) {
        keep();
        this.#check();
        return at + 1;
      }
      if (byte === CR && !keepsReturns) {
        this.#carriageReturn = true;
        continue;
      }
      const full = this.#line.length + kept.length >= longest;
      if (exact && (byte === 0 || this.#carriageReturn || full)) {
        keep();
        const reason = full ? 'identification too long' : 'invalid character in identification';
        throw new Violation('ident', reason, IDENT_INVALID);
      }
      kept.push(byte);
      if (!exact && this.#line.length + kept.length >= longest) {
        keep();
        this.#check();
        return at + 1;
      }
    }
    keep();
    return undefined;
  }

  /** The software version that decides about compatibility (compat.ts). */
  get software(): string {
    return /^SSH-[^-]*-(.*)$/s.exec(this.line.toString('latin1'))?.[1] ?? '';
  }

  #check(): void {
    const version = this.#reading.version(this.line.toString('latin1'));
    if (!version) throw new Violation('ident', 'not an SSH identification', IDENT_INVALID);
    const [major, minor] = version;
    if (major !== 2 && !(major === 1 && minor === 99))
      throw new Violation('ident', 'unsupported protocol version', IDENT_VERSIONS_DIFFER);
  }
}

/** What %d makes of digits: strtol, which stops at the ends of 64 bits, and of that the lower 32. */
function scanned(digits: string): number {
  const most = 2n ** 63n - 1n;
  const value = BigInt(digits.replace(/^[+-]/, ''));
  const bounded = value > most ? most : value;
  return Number(BigInt.asIntN(32, digits.startsWith('-') ? -bounded : bounded));
}
