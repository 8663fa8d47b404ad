// Splits the bytes of a Telnet client into data, commands, option negotiation and subnegotiation (RFC 854, 855); bounded whatever comes.
import { DM, EOF, IAC, SB, SE, type Verb, verbNames } from './telnet.ts';

/** How a client ends its lines. */
export type LineEnd = 'CR LF' | 'CR NUL' | 'CR' | 'LF';

/** Who gets the pieces, in the order of the stream. */
export interface DecoderSink {
  /** Data with IAC IAC undone, and CR LF and CR NUL reduced to CR unless the client transmits in binary. */
  data(bytes: Buffer): void;
  /** A command of two bytes, such as AYT or IP. */
  command(code: number): void;
  option(verb: Verb, option: number): void;
  /** The content between IAC SB and IAC SE, option byte excluded, cut at `SUBNEGOTIATION_LIMIT`. */
  subnegotiation(option: number, content: Buffer): void;
  violation(reason: string, detail: Buffer): void;
  /** The first line end of its kind. */
  lineEnd?(kind: LineEnd): void;
}

/** Bytes kept of one subnegotiation; daemons keep 512, exploits of their variables send more. */
export const SUBNEGOTIATION_LIMIT = 4096;

const CR = 0x0d;
const LF = 0x0a;

type State = 'data' | 'cr' | 'iac' | 'option' | 'sb' | 'sb-iac';

export class Decoder {
  /** The client transmits in binary (RFC 856): CR is a byte like any other. */
  binary = false;
  /** The client edits lines: CR with what belongs to it is LF. */
  lines = false;
  readonly #sink: DecoderSink;
  #state: State = 'data';
  #verb: Verb = 'WILL';
  /** Option byte first. */
  #sub: number[] = [];
  #subTooLong = false;
  #lineEnds = 0;

  constructor(sink: DecoderSink) {
    this.#sink = sink;
  }

  receive(chunk: Buffer): void {
    if (this.#state === 'data' && !chunk.includes(IAC) && (this.binary || !chunk.includes(CR))) {
      if (chunk.includes(LF)) this.#ended('LF', 8);
      this.#sink.data(chunk);
      return;
    }
    if (this.#state === 'iac' && this.#markLost(chunk)) {
      this.#state = 'data';
      this.#sink.command(DM);
    }
    // Data is copied only when something in it has to go.
    let out: Buffer | undefined;
    let length = 0;
    const keep = (byte: number, at: number) => {
      out ??= Buffer.allocUnsafe(chunk.length - at + 1);
      out[length++] = byte;
    };
    const flush = () => {
      if (length > 0) this.#sink.data(out!.subarray(0, length));
      out = undefined;
      length = 0;
    };
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (this.#state === 'cr') {
        this.#state = 'data';
        if (byte === LF || byte === 0) {
          if (byte === LF) this.#ended('CR LF', 1);
          else this.#ended('CR NUL', 2);
          continue;
        }
        this.#ended('CR', 4);
      }
      switch (this.#state) {
        case 'data':
          if (byte === IAC) this.#state = 'iac';
          else if (byte === CR && !this.binary) {
            if (this.lines && (chunk[at + 1] === LF || chunk[at + 1] === 0)) {
              keep(LF, at);
              at++;
            } else {
              keep(CR, at);
              this.#state = 'cr';
            }
          } else {
            if (byte === LF) this.#ended('LF', 8);
            keep(byte, at);
          }
          break;
        case 'iac':
          this.#afterIac(byte, () => keep(IAC, at), flush);
          break;
        case 'option':
          this.#state = 'data';
          flush();
          this.#sink.option(this.#verb, byte);
          break;
        case 'sb':
          if (byte === IAC) this.#state = 'sb-iac';
          else this.#keep(byte);
          break;
        case 'sb-iac':
          if (byte === IAC) {
            this.#keep(IAC);
            this.#state = 'sb';
            break;
          }
          this.#state = 'data';
          flush();
          if (this.#sub.length > 0) this.#sink.subnegotiation(this.#sub[0]!, Buffer.from(this.#sub.slice(1)));
          this.#sub = [];
          if (byte !== SE) {
            // Daemons take it for the end as well, and the byte for a command.
            this.#sink.violation('subnegotiation not ended by IAC SE', Buffer.of(byte));
            this.#afterIac(byte, () => keep(IAC, at), flush);
          }
      }
    }
    flush();
  }

  /** The client's end of file: what was begun and never ended. */
  end(): void {
    if (this.#state === 'option') this.#sink.option(this.#verb, -1);
    this.#state = 'data';
  }

  #afterIac(byte: number, literal: () => void, flush: () => void): void {
    this.#state = 'data';
    if (byte === IAC) literal();
    else if (verbNames[byte] !== undefined) {
      this.#verb = verbNames[byte];
      this.#state = 'option';
    } else if (byte === SB) {
      this.#sub = [];
      this.#subTooLong = false;
      this.#state = 'sb';
    } else {
      flush();
      if (byte < EOF || byte === SE)
        this.#sink.violation('unknown command', Buffer.of(byte)); // daemons ignore it
      else this.#sink.command(byte);
    }
  }

  /**
   * A client's DM comes as urgent data, which the kernel takes out of the stream: the piece before it then ends in IAC, and what
   * follows is no command.
   */
  #markLost(chunk: Buffer): boolean {
    const [first = 0, second = 0] = chunk;
    return first < EOF || (first === IAC && second >= EOF && second !== IAC);
  }

  #ended(kind: LineEnd, bit: number): void {
    if ((this.#lineEnds & bit) !== 0) return;
    this.#lineEnds |= bit;
    this.#sink.lineEnd?.(kind);
  }

  #keep(byte: number): void {
    if (this.#sub.length <= SUBNEGOTIATION_LIMIT) this.#sub.push(byte);
    else if (!this.#subTooLong) {
      this.#subTooLong = true;
      this.#sink.violation('subnegotiation too long', Buffer.from(this.#sub.slice(0, 16)));
    }
  }
}

/** Data as it goes to the client: IAC doubled, a CR that no LF follows sent as CR NUL (RFC 854) unless we transmit in binary. */
export function encodeData(data: Buffer, binary: boolean): Buffer {
  if (!data.includes(IAC) && (binary || !data.includes(CR))) return data;
  const out = Buffer.allocUnsafe(2 * data.length);
  let length = 0;
  for (let at = 0; at < data.length; at++) {
    const byte = data[at]!;
    out[length++] = byte;
    if (byte === IAC) out[length++] = IAC;
    else if (byte === CR && !binary && data[at + 1] !== LF) out[length++] = 0;
  }
  return out.subarray(0, length);
}
