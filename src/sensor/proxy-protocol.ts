// The header that a load balancer puts before a connection's own bytes: PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt).
import { isIPv4, isIPv6 } from 'node:net';

export interface Endpoint {
  /** Numeric, as text; lower case and compressed if IPv6. */
  address: string;
  port: number;
}

/** What a header says: who is connected to whom, or that the connection is the balancer's own (LOCAL, UNKNOWN). */
export interface ProxyHeader {
  version: 1 | 2;
  /** Absent: the socket's own endpoints count. */
  client?: { from: Endpoint; to: Endpoint };
  /** Type and value of each TLV of version 2, in order; padding and checksum left out. */
  extensions: { type: number; value: Buffer }[];
}

/** Why a header is refused; the connection is to be closed. */
export class ProxyError extends Error {
  override name = 'ProxyError';
}

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** Signature, version and command, family, length. */
const FIXED_BYTES = 16;
/** The longest line of version 1, CR LF included. */
const LONGEST_LINE = 107;

/** Bytes of both addresses by family: none said, IPv4, IPv6, Unix. */
const ADDRESS_BYTES = [0, 12, 36, 216];
const STREAM = 1;
const PP2_TYPE_CRC32C = 0x03;
const PP2_TYPE_NOOP = 0x04;

/** Collects the first bytes of a connection until its header is complete. At most 64 KiB, as version 2's length allows. */
export class ProxyReader {
  #bytes: Buffer = Buffer.alloc(0);

  /**
   * Takes bytes; once the header is complete, it and what followed it.
   * @throws ProxyError as soon as no valid header can come of it
   */
  take(chunk: Buffer): { header: ProxyHeader; rest: Buffer } | undefined {
    this.#bytes = this.#bytes.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#bytes, chunk]);
    const bytes = this.#bytes;
    if (bytes.length === 0) return undefined;
    return startsAs(bytes, SIGNATURE) ? readBinary(bytes) : readLine(bytes);
  }
}

/** Whether the bytes, as far as they go, are the beginning. */
function startsAs(bytes: Buffer, beginning: Buffer): boolean {
  const length = Math.min(bytes.length, beginning.length);
  return bytes.subarray(0, length).equals(beginning.subarray(0, length));
}

const PREFIX = Buffer.from('PROXY ', 'latin1');

function readLine(bytes: Buffer) {
  if (!startsAs(bytes, PREFIX)) throw new ProxyError('no header');
  const end = bytes.subarray(0, LONGEST_LINE).indexOf('\r\n');
  if (end < 0) {
    if (bytes.length >= LONGEST_LINE) throw new ProxyError('line too long');
    return undefined;
  }
  const header = parseLine(bytes.toString('latin1', 0, end));
  return { header, rest: bytes.subarray(end + 2) };
}

function parseLine(line: string): ProxyHeader {
  const words = line.split(' ');
  const [, family, source, destination, sourcePort, destinationPort] = words;
  // Whatever follows UNKNOWN is to be ignored.
  if (family === 'UNKNOWN') return { version: 1, extensions: [] };
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6Plain : undefined;
  if (!isAddress || words.length !== 6) throw new ProxyError('not a header of version 1');
  const endpoint = (address: string, port: string): Endpoint => {
    if (!isAddress(address)) throw new ProxyError('bad address');
    if (!/^(0|[1-9]\d{0,4})$/.test(port) || Number(port) > 0xffff) throw new ProxyError('bad port');
    return { address: canonical(address), port: Number(port) };
  };
  const client = { from: endpoint(source!, sourcePort!), to: endpoint(destination!, destinationPort!) };
  return { version: 1, client, extensions: [] };
}

/** A zone has no meaning on another host. */
const isIPv6Plain = (address: string) => isIPv6(address) && !address.includes('%');

function readBinary(bytes: Buffer) {
  if (bytes.length < FIXED_BYTES) return undefined;
  const version = bytes[12]! >> 4;
  const command = bytes[12]! & 15;
  const family = bytes[13]! >> 4;
  const transport = bytes[13]! & 15;
  if (version !== 2) throw new ProxyError('unknown version');
  if (command > 1) throw new ProxyError('unknown command');
  if (family > 3 || transport > 2) throw new ProxyError('unknown address family');
  const end = FIXED_BYTES + bytes.readUInt16BE(14);
  if (bytes.length < end) return undefined;
  const header = parseBinary(bytes.subarray(0, end), command === 0, family, transport);
  return { header, rest: bytes.subarray(end) };
}

function parseBinary(header: Buffer, local: boolean, family: number, transport: number): ProxyHeader {
  const body = header.subarray(FIXED_BYTES);
  const addressBytes = ADDRESS_BYTES[family]!;
  // A LOCAL header may have any content: it is to be skipped by its length.
  if (local) return { version: 2, extensions: [] };
  if (body.length < addressBytes) throw new ProxyError('addresses cut short');
  const extensions = readExtensions(header, FIXED_BYTES + addressBytes);
  // Nothing of ours listens for datagrams or on Unix sockets: such a header says nothing of the client.
  if (transport !== STREAM || (family !== 1 && family !== 2)) return { version: 2, extensions };
  const size = family === 1 ? 4 : 16;
  const address = (at: number) => {
    const part = body.subarray(at, at + size);
    return family === 1 ? part.join('.') : canonical(part.toString('hex').match(/.{4}/g)!.join(':'));
  };
  return {
    version: 2,
    client: {
      from: { address: address(0), port: body.readUInt16BE(2 * size) },
      to: { address: address(size), port: body.readUInt16BE(2 * size + 2) },
    },
    extensions,
  };
}

function readExtensions(header: Buffer, from: number): ProxyHeader['extensions'] {
  const extensions: ProxyHeader['extensions'] = [];
  for (let at = from; at < header.length; ) {
    if (at + 3 > header.length) throw new ProxyError('TLV cut short');
    const type = header[at]!;
    const value = header.subarray(at + 3, at + 3 + header.readUInt16BE(at + 1));
    if (at + 3 + value.length > header.length || value.length !== header.readUInt16BE(at + 1))
      throw new ProxyError('TLV cut short');
    if (type === PP2_TYPE_CRC32C) {
      if (value.length !== 4 || value.readUInt32BE() !== checksum(header, at + 3)) throw new ProxyError('bad checksum');
    } else if (type !== PP2_TYPE_NOOP) extensions.push({ type, value: Buffer.from(value) });
    at += 3 + value.length;
  }
  return extensions;
}

/** CRC32C (RFC 4960 appendix B) over the header, with the checksum's own four bytes as zeros. */
function checksum(header: Buffer, at: number): number {
  let crc = 0xffffffff;
  for (let i = 0; i < header.length; i++) {
    crc ^= i >= at && i < at + 4 ? 0 : header[i]!;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** IPv6 as RFC 5952 writes it, so that one client has one name. */
function canonical(address: string): string {
  return address.includes(':') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}
