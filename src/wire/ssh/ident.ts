// The identification line that opens a connection (RFC 4253 §4.2), read as OpenSSH reads it (kex.c, kex_exchange_identification).
import { Violation } from './violation.ts';

/** SSH_MAX_BANNER_LEN. */
const LONGEST = 8192;

/** What sshd says before it closes; the line end belongs to it. */
export const IDENT_INVALID = 'Invalid SSH identification string.\r\n';
export const IDENT_VERSIONS_DIFFER = 'Protocol major versions differ.\r\n';

/** Collects bytes until the line is complete. */
export class IdentReader {
  /** What came so far, without line end. */
  line = Buffer.alloc(0);
  private carriageReturn = false;

  /**
   * Takes bytes; returns how many belong to the line once it has ended, undefined while it has not. A violation's
   * farewell is the plain text to send, line end included; without one the connection is only closed.
   */
  take(chunk: Buffer): number | undefined {
    // sshd reads byte by byte: a NUL, a CR that no LF follows, or one byte too many ends it at once, not at the line's end.
    const newline = chunk.indexOf(10);
    const line = chunk.subarray(0, newline < 0 ? chunk.length : newline);
    let end = 0;
    for (; end < line.length; end++) {
      const byte = line[end]!;
      if (byte === 13) {
        this.carriageReturn = true;
        continue;
      }
      const bad = byte === 0 || this.carriageReturn;
      if (bad || this.line.length + end >= LONGEST) {
        this.append(line.subarray(0, end));
        throw new Violation(
          'ident',
          bad ? 'invalid character in identification' : 'identification too long',
          IDENT_INVALID,
        );
      }
    }
    this.append(line);
    if (newline < 0) return undefined;
    this.check();
    return newline + 1;
  }

  /** The software version that decides about compatibility (compat.ts). */
  get software(): string {
    return /^SSH-[^-]*-(.*)$/s.exec(this.line.toString('latin1'))?.[1] ?? '';
  }

  private append(part: Buffer): void {
    const text = part.at(-1) === 13 ? part.subarray(0, part.indexOf(13)) : part;
    this.line = this.line.length === 0 ? Buffer.from(text) : Buffer.concat([this.line, text]);
  }

  private check(): void {
    const text = this.line.toString('latin1');
    // sscanf("SSH-%d.%d-%[^\n]\n"): white space and a sign may stand before a number.
    const parts = /^SSH-[ \t\v\f\r]*([+-]?\d+)\.[ \t\v\f\r]*([+-]?\d+)-./s.exec(text);
    if (!parts) throw new Violation('ident', 'not an SSH identification', IDENT_INVALID);
    const [major, minor] = [scanned(parts[1]!), scanned(parts[2]!)];
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
