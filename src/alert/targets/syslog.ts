// Syslog (RFC 5424) over UDP (RFC 5426), TCP (RFC 6587, octet counting) or TLS (RFC 5425): one message an item.
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { connect as connectTls } from 'node:tls';
import type { Digest, Item } from '../digest.ts';
import type { Target } from '../target.ts';

/** Facility local0, severity notice: normal but significant (§6.2.1). */
const PRIORITY = 16 * 8 + 5;
/** Every receiver takes so much over UDP when it is no more than IPv6's least (RFC 5426 §3.2); longer text is cut. */
const DATAGRAM = 1_180;
const STREAMED = 8_192;
const PATIENCE = 10_000;
/** Private enterprise number of examples (RFC 5612); only the name before it tells. */
const ELEMENT = 'kansatsuki@32473';

/** @param url `udp://HOST:PORT`, `tcp://…` or `tls://…` */
export function syslog(url: string): Target {
  const { protocol, hostname: named, port } = new URL(url);
  const host = named.replace(/^\[(.*)\]$/, '$1');
  const to = { host, port: Number(port || (protocol === 'tls:' ? 6514 : 514)) };
  return {
    name: 'syslog',
    async deliver(digest, signal) {
      const udp = protocol === 'udp:';
      const messages = digest.items.map((item) => messageOf(digest, item, udp ? DATAGRAM : STREAMED));
      if (udp) await datagrams(messages, to);
      else await stream(messages, to, protocol === 'tls:', signal);
    },
  };
}

/** §6: header, structured data, and the text in UTF-8 behind a byte order mark. */
export function messageOf({ id, at }: Digest, { kind, text, link, score }: Item, most: number): Buffer {
  const values: Record<string, string> = { id, kind, score: String(score), ...(link === undefined ? {} : { link }) };
  const data = Object.entries(values).map(([name, value]) => ` ${name}="${value.replace(/["\\\]]/g, '\\$&')}"`);
  const head = `<${PRIORITY}>1 ${new Date(at).toISOString()} ${printable(hostname())} kansatsuki ${process.pid} ALERT [${ELEMENT}${data.join('')}] \ufeff`;
  return cut(Buffer.from(head + text), most);
}

/** Of PRINTUSASCII, 255 at most; nothing is a dash. */
const printable = (text: string): string => text.replace(/[^\x21-\x7e]/g, '').slice(0, 255) || '-';

/** Never in the middle of a character (§6.4). */
function cut(bytes: Buffer, most: number): Buffer {
  if (bytes.length <= most) return bytes;
  let end = most;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

interface Place {
  host: string;
  port: number;
}

async function datagrams(messages: readonly Buffer[], { host, port }: Place): Promise<void> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  try {
    for (const message of messages)
      await new Promise<void>((resolve, reject) =>
        socket.send(message, port, host, (error) => (error ? reject(error) : resolve())),
      );
  } finally {
    socket.close();
  }
}

function stream(messages: readonly Buffer[], to: Place, secure: boolean, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = secure ? connectTls({ ...to, servername: to.host }) : connect(to);
    socket.setTimeout(PATIENCE, () => socket.destroy(new Error('no answer')));
    const stop = () => socket.destroy(new Error('stopped'));
    signal.addEventListener('abort', stop, { once: true });
    socket.once('error', reject);
    socket.once('close', () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    socket.resume();
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      for (const message of messages) {
        socket.write(`${message.length} `);
        socket.write(message);
      }
      socket.end();
    });
  });
}
