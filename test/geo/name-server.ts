// A name server on this host for tests: answers PTR, A and AAAA from a table, over UDP.
import { createSocket } from 'node:dgram';

const TYPES: Record<number, 'A' | 'PTR' | 'AAAA'> = { 1: 'A', 12: 'PTR', 28: 'AAAA' };

export interface NameServer {
  /** `127.0.0.1:PORT` */
  address: string;
  /** `TYPE name` of each question, in order. */
  questions: string[];
  close(): void;
}

/** @param records `TYPE name` → values; a name of which there is nothing does not exist; `undefined` values: no answer at all */
export async function nameServer(records: Record<string, string[] | undefined>): Promise<NameServer> {
  const socket = createSocket('udp4');
  const questions: string[] = [];
  socket.on('message', (query, { port, address }) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at++]!; length > 0; length = query[at++]!) {
      labels.push(query.toString('latin1', at, at + length));
      at += length;
    }
    const type = TYPES[query.readUInt16BE(at)] ?? 'other';
    const key = `${type} ${labels.join('.')}`;
    questions.push(key);
    if (key in records && records[key] === undefined) return;
    const values = records[key] ?? [];
    const head = Buffer.from(query.subarray(0, 12));
    // Answer, recursion available; 3: the name does not exist (RFC 1035 §4.1.1).
    head.writeUInt16BE(values.length > 0 ? 0x8180 : 0x8183, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(values.length, 6);
    head.writeUInt32BE(0, 8);
    const answers = values.map((value) => {
      const data = dataOf(type, value);
      const fixed = Buffer.alloc(12);
      fixed.writeUInt16BE(0xc00c, 0);
      query.copy(fixed, 2, at, at + 4);
      fixed.writeUInt32BE(60, 6);
      fixed.writeUInt16BE(data.length, 10);
      return Buffer.concat([fixed, data]);
    });
    socket.send(Buffer.concat([head, query.subarray(12, at + 4), ...answers]), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { address: `127.0.0.1:${socket.address().port}`, questions, close: () => socket.close() };
}

function dataOf(type: string, value: string): Buffer {
  if (type === 'A') return Buffer.from(value.split('.').map(Number));
  if (type === 'AAAA')
    return Buffer.from(
      value
        .split(':')
        .map((group) => group.padStart(4, '0'))
        .join(''),
      'hex',
    );
  return Buffer.concat([
    ...value.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')])),
    Buffer.from([0]),
  ]);
}
