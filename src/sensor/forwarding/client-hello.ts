// What a TLS client says first (RFC 8446 §4.1.2): whom it wants (SNI), which protocols (ALPN) and which versions; read with bounds on everything.

export interface ClientHello {
  /** Host name of server_name (RFC 6066 §3), if sent. */
  serverName?: Buffer;
  /** application_layer_protocol_negotiation (RFC 7301), in order. */
  protocols: Buffer[];
  /** `TLS 1.3`, … in the client's order; those made up to be ignored (GREASE) left out. */
  versions: string[];
}

/** A ClientHello of today takes about 2 KiB, with post-quantum keys and tickets. */
export const LONGEST_HELLO = 16 << 10;
const MOST_PROTOCOLS = 16;

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const ALPN = 16;
const SUPPORTED_VERSIONS = 43;
const NAMES: Readonly<Record<number, string>> = {
  768: 'SSL 3.0',
  769: 'TLS 1.0',
  770: 'TLS 1.1',
  771: 'TLS 1.2',
  772: 'TLS 1.3',
};

/** `more`: it may become one; `no`: it is none, or a broken one. */
export function readClientHello(bytes: Buffer): ClientHello | 'more' | 'no' {
  if (bytes.length > 0 && bytes[0] !== HANDSHAKE) return 'no';
  if (bytes.length > 1 && bytes[1] !== 3) return 'no';
  const message: Buffer[] = [];
  let have = 0;
  let wanted = Number.POSITIVE_INFINITY;
  // The message may be spread over several records.
  for (let at = 0; have < wanted; ) {
    if (at + 5 > bytes.length) return bytes.length >= LONGEST_HELLO ? 'no' : 'more';
    const length = bytes.readUInt16BE(at + 3);
    if (bytes[at] !== HANDSHAKE || length === 0) return 'no';
    const part = bytes.subarray(at + 5, at + 5 + length);
    message.push(part);
    have += part.length;
    at += 5 + length;
    if (wanted === Number.POSITIVE_INFINITY && have >= 4) {
      const head = Buffer.concat(message);
      if (head[0] !== CLIENT_HELLO) return 'no';
      wanted = 4 + head.readUIntBE(1, 3);
      if (wanted > LONGEST_HELLO) return 'no';
    }
    if (part.length < length && have < wanted) return bytes.length >= LONGEST_HELLO ? 'no' : 'more';
  }
  try {
    return parse(Buffer.concat(message).subarray(4, wanted));
  } catch (error) {
    if (error instanceof RangeError) return 'no';
    throw error;
  }
}

/** A vector with its length in front; what is taken out of it is taken in order. */
class Vector {
  readonly bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  number(size: 1 | 2): number {
    const value = this.bytes.readUIntBE(this.at, size);
    this.at += size;
    return value;
  }

  take(length: number): Buffer {
    if (length > this.left) throw new RangeError('cut short');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  vector(size: 1 | 2): Vector {
    return new Vector(this.take(this.number(size)));
  }
}

/** @throws RangeError where something is cut short */
function parse(body: Buffer): ClientHello {
  const hello = new Vector(body);
  const legacy = hello.number(2);
  hello.take(32);
  hello.vector(1);
  hello.vector(2);
  hello.vector(1);
  const found: ClientHello = { protocols: [], versions: [] };
  let versions = [legacy];
  if (hello.left > 0) {
    const extensions = hello.vector(2);
    while (extensions.left > 0) {
      const type = extensions.number(2);
      const content = extensions.vector(2);
      if (type === SERVER_NAME && content.left > 0) {
        const list = content.vector(2);
        if (list.number(1) === 0) found.serverName = Buffer.from(list.vector(2).bytes.subarray(0, 255));
      } else if (type === ALPN) {
        const list = content.vector(2);
        while (list.left > 0 && found.protocols.length < MOST_PROTOCOLS)
          found.protocols.push(Buffer.from(list.vector(1).bytes));
      } else if (type === SUPPORTED_VERSIONS) {
        const list = content.vector(1);
        versions = [];
        while (list.left > 0) versions.push(list.number(2));
      }
    }
  }
  found.versions = versions.flatMap((version) => NAMES[version] ?? []);
  return found;
}
