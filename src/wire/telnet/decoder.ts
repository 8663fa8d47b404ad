// Splits the bytes of a Telnet client into data, commands, option negotiation and subnegotiation (RFC 854, 855); bounded whatever comes.
import { IAC, SB, SE, type Verb, verbNames } from './telnet.ts';

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
}

/** Bytes kept of one subnegotiation; inetutils-telnetd keeps 512, NEW-ENVIRON exploits send more. */
export const SUBNEGOTIATION_LIMIT = 4096;

const CR = 0x0d;
const LF = 0x0a;

type State = 'data' | 'cr' | 'iac' | 'option' | 'sb' | 'sb-iac';

export class Decoder {
  /** The client transmits in binary (RFC 856): CR is a byte like any other. */
  binary = false;
  readonly #sink: DecoderSink;
  #state: State = 'data';
  #verb: Verb = 'WILL';
  /** Option byte first. */
  #sub: number[] = [];
  #subTooLong = false;

  constructor(sink: DecoderSink) {
    this.#sink = sink;
  }

  receive(chunk: Buffer): void {
    if (this.#state === 'data' && !chunk.includes(IAC) && (this.binary || !chunk.includes(CR))) {
      this.#sink.data(chunk);
      return;
    }
    // Data is copied only when something in it has to go.
    let out: Buffer | undefined;
    let length = 0;
    const flush = () => {
      if (length > 0) this.#sink.data(out!.subarray(0, length));
      out = undefined;
      length = 0;
    };
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (this.#state === 'cr') {
        this.#state = 'data';
        if (byte === LF || byte === 0) continue;
      }
      switch (this.#state) {
        case 'data':
          if (byte === IAC) this.#state = 'iac';
          else {
            out ??= Buffer.allocUnsafe(chunk.length - at);
            out[length++] = byte;
            if (byte === CR && !this.binary) this.#state = 'cr';
          }
          break;
        case 'iac':
          this.#state = 'data';
          if (byte === IAC) {
            out ??= Buffer.allocUnsafe(chunk.length - at);
            out[length++] = IAC;
          } else if (verbNames[byte] !== undefined) {
            this.#verb = verbNames[byte];
            this.#state = 'option';
          } else if (byte === SB) {
            this.#sub = [];
            this.#subTooLong = false;
            this.#state = 'sb';
          } else {
            flush();
            if (byte < 236 || byte === SE)
              this.#sink.violation('unknown command', Buffer.from([byte])); // daemons ignore it
            else this.#sink.command(byte);
          }
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
          } else {
            // IAC and anything but SE inside a subnegotiation: daemons take it for the end as well.
            this.#state = 'data';
            flush();
            if (byte !== SE) this.#sink.violation('subnegotiation not ended by IAC SE', Buffer.from([byte]));
            if (this.#sub.length > 0) this.#sink.subnegotiation(this.#sub[0]!, Buffer.from(this.#sub.slice(1)));
            this.#sub = [];
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
  const out: number[] = [];
  for (let at = 0; at < data.length; at++) {
    const byte = data[at]!;
    out.push(byte);
    if (byte === IAC) out.push(IAC);
    else if (byte === CR && !binary && data[at + 1] !== LF) out.push(0);
  }
  return Buffer.from(out);
}
