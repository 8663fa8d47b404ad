// MySQL's handshake (protocol 10) as MariaDB 10.11 of Debian 12 speaks it: the user's name in clear, the password proven by its scramble.
import type { Service } from './herald.ts';
import { packets } from './packets.ts';

const VERSION = '5.5.5-10.11.6-MariaDB-0+deb12u1';
const PLUGIN = 'mysql_native_password';
/** CLIENT_… of the server: what MariaDB 10.11 offers without TLS and compression. */
const CAPABILITIES = 0x81bf_f7fe;
const SECURE_CONNECTION = 0x8000;
const LENENC_AUTH = 0x20_0000;
const PROTOCOL_41 = 0x200;
const LONGEST = 4_096;
/** Numbers of ER_…: access denied, bad handshake. */
const DENIED = 1045;
const BAD_HANDSHAKE = 1043;

function packet(sequence: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUIntLE(payload.length, 0, 3);
  head[3] = sequence;
  return Buffer.concat([head, payload]);
}

const failure = (sequence: number, code: number, state: string, text: string): Buffer =>
  packet(
    sequence,
    Buffer.concat([Buffer.from([0xff, code & 0xff, code >> 8]), Buffer.from(`#${state}${text}`, 'latin1')]),
  );

export const mysql: Service = (visitor) => {
  // No byte of it is 0 or '$'.
  const scramble = Buffer.from(visitor.random(20).map((byte) => 37 + (byte % 86)));
  const thread = visitor.random(2).readUInt16LE();
  const greeting = Buffer.concat([
    Buffer.from([10]),
    Buffer.from(`${VERSION}\0`, 'latin1'),
    Buffer.from([thread & 0xff, thread >> 8, 0, 0]),
    scramble.subarray(0, 8),
    Buffer.from([
      0,
      CAPABILITIES & 0xff,
      (CAPABILITIES >> 8) & 0xff,
      45,
      2,
      0,
      (CAPABILITIES >>> 16) & 0xff,
      CAPABILITIES >>> 24,
      21,
    ]),
    Buffer.alloc(10),
    scramble.subarray(8),
    Buffer.from(`\0${PLUGIN}\0`, 'latin1'),
  ]);
  visitor.send(packet(0, greeting));
  let answered = false;
  return packets(
    visitor,
    LONGEST,
    (data) => (data.length < 4 ? undefined : 4 + data.readUIntLE(0, 3)),
    (whole) => {
      if (answered) return;
      answered = true;
      const sequence = (whole[3]! + 1) & 0xff;
      const answer = read(whole.subarray(4));
      if (!answer) {
        visitor.violation('malformed handshake', whole.subarray(0, 64));
        visitor.send(failure(sequence, BAD_HANDSHAKE, '08S01', 'Bad handshake'));
      } else {
        const { username, response } = answer;
        visitor.attempt(
          response.length === 0
            ? { username, password: Buffer.alloc(0) }
            : { username, proof: { scheme: PLUGIN, challenge: scramble, response } },
        );
        const using = response.length > 0 ? 'YES' : 'NO';
        const name = username.toString('latin1').slice(0, 80);
        visitor.send(
          failure(
            sequence,
            DENIED,
            '28000',
            `Access denied for user '${name}'@'${visitor.address}' (using password: ${using})`,
          ),
        );
      }
      visitor.end();
    },
  );
};

/** HandshakeResponse41, or the older one; undefined: neither. */
function read(data: Buffer): { username: Buffer; response: Buffer } | undefined {
  if (data.length < 5) return undefined;
  const short = data.readUInt16LE(0);
  const modern = (short & PROTOCOL_41) !== 0;
  const capabilities = modern && data.length >= 4 ? data.readUInt32LE(0) : short;
  const start = modern ? 32 : 5;
  const end = data.indexOf(0, start);
  if (end < start) return undefined;
  const username = data.subarray(start, end);
  const at = end + 1;
  if (capabilities & (SECURE_CONNECTION | LENENC_AUTH)) {
    const length = data[at] ?? 0;
    if (length > 250) return undefined;
    return { username, response: data.subarray(at + 1, at + 1 + length) };
  }
  const stop = data.indexOf(0, at);
  return { username, response: data.subarray(at, stop < 0 ? data.length : stop) };
}
