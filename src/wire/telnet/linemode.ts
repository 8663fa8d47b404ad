// LINEMODE's special characters (RFC 1184 §2.4, SLC): which the daemon supports at what level, and its answers to a client's wishes.
import { ABORT, AO, EC, EL, EOF, EW, FORW1, FORW2, IP, LNEXT, RP, SUSP, type Tty, XOFF, XON } from './tty.ts';

export const [MODE, FORWARDMASK, SLC] = [1, 2, 3] as const;
/** Bits of MODE. */
export const [EDIT, TRAPSIG, ACK, SOFT_TAB, LIT_ECHO] = [1, 2, 4, 8, 16] as const;

const [NOSUPPORT, CANTCHANGE, VARIABLE, DEFAULT] = [0, 1, 2, 3] as const;
const [LEVEL, SLC_ACK, FLUSHIN, FLUSHOUT] = [3, 0x80, 0x40, 0x20] as const;
const [SYNCH, BRK, AYT, EOR] = [1, 2, 5, 6] as const;
const MOST = 18;
/** Bytes of an answer: as many triplets as fit the daemon's buffer (the bound that CVE-2026-32746 lacked). */
const MOST_ANSWERED = 3 * 33;

/** What BSD's telnetd supports on Linux: with the terminal's character where there is one, which the client may change. */
const SUPPORTED: readonly (readonly [number, number])[] = [
  [SYNCH, DEFAULT],
  [BRK, DEFAULT],
  [IP, VARIABLE | FLUSHIN | FLUSHOUT],
  [AO, VARIABLE | FLUSHOUT],
  [AYT, DEFAULT],
  [EOR, DEFAULT],
  [ABORT, VARIABLE | FLUSHIN | FLUSHOUT],
  [EOF, VARIABLE],
  [SUSP, VARIABLE | FLUSHIN],
  [EC, VARIABLE],
  [EL, VARIABLE],
  [EW, VARIABLE],
  [RP, VARIABLE],
  [LNEXT, VARIABLE],
  [XON, VARIABLE],
  [XOFF, VARIABLE],
  [FORW1, VARIABLE],
  [FORW2, VARIABLE],
];
/** Editing characters of which the client is urged to choose its own while the daemon has none. */
const URGED = [EC, EL, EW, RP, LNEXT];

export class SpecialCharacters {
  readonly #tty: Tty;
  readonly #offered = new Uint8Array(MOST + 1);
  readonly #standard = new Uint8Array(MOST + 1);
  readonly #level = new Uint8Array(MOST + 1);
  readonly #value = new Uint8Array(MOST + 1);

  constructor(tty: Tty) {
    this.#tty = tty;
    for (const [which, flags] of SUPPORTED) {
      this.#offered[which] = flags;
      this.#standard[which] = tty.characters[which]!;
    }
  }

  /** Whether the client may set the flow control's characters depends on what it says of REMOTE-FLOW-CONTROL. */
  flowControl(agreed: boolean): void {
    for (const which of [XON, XOFF])
      this.#offered[which] = (this.#offered[which]! & ~LEVEL) | (agreed ? DEFAULT : CANTCHANGE);
  }

  /** The content of a client's SLC; triplets of an answer come back. */
  receive(content: Buffer): number[] {
    const answer: number[] = [];
    for (let at = 0; at + 2 < content.length; at += 3)
      this.#wish(content[at]!, content[at + 1]!, content[at + 2]!, answer);
    return answer.slice(0, MOST_ANSWERED);
  }

  /** All that are supported now, as STATUS tells them. */
  list(answer: number[] = []): number[] {
    for (let which = 1; which <= MOST; which++) {
      const flags = this.#level[which]!;
      if ((flags & LEVEL) !== NOSUPPORT) answer.push(which, flags, this.#value[which]!);
      else if (URGED.includes(which as 10)) answer.push(which, (flags & ~LEVEL) | DEFAULT, 0);
    }
    return answer;
  }

  #wish(which: number, flags: number, value: number, answer: number[]): void {
    if (which > MOST) {
      answer.push(which, NOSUPPORT, 0);
      return;
    }
    const level = flags & LEVEL;
    if (which === 0) {
      if (level === DEFAULT) this.#reset();
      if (level === DEFAULT || level === VARIABLE) this.list(answer);
      return;
    }
    const same = level === (this.#level[which]! & LEVEL);
    if ((same && value === this.#value[which]) || (flags & SLC_ACK) !== 0) return;
    this.#change(which, flags, value, answer);
  }

  #reset(): void {
    for (let which = 1; which <= MOST; which++) {
      const value = this.#standard[which]!;
      this.#value[which] = value;
      this.#level[which] = value === 0 ? NOSUPPORT : this.#offered[which]!;
      if (this.#changeable(which)) this.#tty.characters[which] = value;
    }
  }

  #change(which: number, flags: number, value: number, answer: number[]): void {
    const theirs = flags & LEVEL;
    const ours = this.#offered[which]! & LEVEL;
    const keep = (level: number, kept: number) => {
      this.#level[which] = level;
      this.#value[which] = kept;
    };
    if (theirs === NOSUPPORT) {
      keep(flags, 0);
      answer.push(which, flags | SLC_ACK, value);
    } else if (theirs === DEFAULT) {
      keep(ours === DEFAULT ? NOSUPPORT : this.#offered[which]!, this.#standard[which]!);
      answer.push(which, this.#level[which]!, this.#value[which]!);
    } else if (this.#changeable(which)) {
      keep(flags, value);
      this.#tty.characters[which] = value;
      answer.push(which, flags | SLC_ACK, value);
    } else if (ours === DEFAULT) {
      keep(flags, value);
      answer.push(which, flags | SLC_ACK, value);
    } else {
      const degraded = (flags & ~LEVEL) | (theirs === CANTCHANGE && ours === CANTCHANGE ? NOSUPPORT : ours);
      this.#level[which] = degraded;
      answer.push(which, degraded, ours === CANTCHANGE ? this.#standard[which]! : value);
    }
  }

  /** The terminal has a character for it. */
  #changeable(which: number): boolean {
    return which !== SYNCH && which !== BRK && which !== AYT && which !== EOR;
  }
}
