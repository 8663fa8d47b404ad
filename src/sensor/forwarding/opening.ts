// What the first bytes sent into a tunnel say: a TLS ClientHello or an HTTP request, told of once; anything else is left alone.
import { lossyText } from '../../event/escape.ts';
import { LONGEST_HELLO, readClientHello } from './client-hello.ts';

export interface TlsOpening {
  sni?: string;
  alpn: string[];
  versions: string[];
}

export interface HttpOpening {
  method: string;
  target: string;
  version: string;
  host?: string;
  user_agent?: string;
}

/** Bytes of an HTTP request's head that are looked at. */
const LONGEST_HEAD = 8 << 10;
const REQUEST_LINE = /^([A-Z]{3,20}) ([\x21-\x7e\x80-\xff]{1,2048}) (HTTP\/\d\.\d)\r?\n/;
/** A request line, or the beginning of one. */
const MAYBE_REQUEST = /^[A-Z]{0,20}(?: |$)/;

export class Opening {
  readonly #told: { tls(opening: TlsOpening): void; http(opening: HttpOpening): void };
  #bytes: Buffer | undefined = Buffer.alloc(0);

  constructor(told: { tls(opening: TlsOpening): void; http(opening: HttpOpening): void }) {
    this.#told = told;
  }

  take(chunk: Buffer): void {
    if (!this.#bytes) return;
    const room = LONGEST_HELLO - this.#bytes.length;
    this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, room)]);
    const hello = readClientHello(this.#bytes);
    if (hello === 'more') return;
    if (hello === 'no') {
      this.#http(false);
      return;
    }
    this.#bytes = undefined;
    this.#told.tls({
      ...(hello.serverName ? { sni: lossyText(hello.serverName) } : {}),
      alpn: hello.protocols.map((name) => lossyText(name)),
      versions: hello.versions,
    });
  }

  /** Nothing more comes. */
  end(): void {
    if (this.#bytes) this.#http(true);
    this.#bytes = undefined;
  }

  #http(last: boolean): void {
    const text = this.#bytes!.toString('latin1', 0, LONGEST_HEAD);
    const line = REQUEST_LINE.exec(text);
    const over = last || this.#bytes!.length >= LONGEST_HEAD;
    if (!line) {
      if (over || !MAYBE_REQUEST.test(text) || text.includes('\n')) this.#bytes = undefined;
      return;
    }
    if (!over && !/\r?\n\r?\n/.test(text)) return;
    this.#bytes = undefined;
    const head = text.split(/\r?\n\r?\n/, 1)[0]!;
    const field = (name: string, most: number) => {
      const found = head.split('\n').find((one) => one.slice(0, name.length + 1).toLowerCase() === `${name}:`);
      const value = found
        ?.slice(name.length + 1)
        .trim()
        .slice(0, most);
      return value === undefined ? undefined : lossyText(Buffer.from(value, 'latin1'));
    };
    const [host, agent] = [field('host', 255), field('user-agent', 512)];
    this.#told.http({
      method: line[1]!,
      target: lossyText(Buffer.from(line[2]!, 'latin1')),
      version: line[3]!,
      ...(host === undefined ? {} : { host }),
      ...(agent === undefined ? {} : { user_agent: agent }),
    });
  }
}
