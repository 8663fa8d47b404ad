// What a client says between the first keys and the end of authentication (RFC 4252, RFC 4256), right in every detail.
import { createPrivateKey, sign } from 'node:crypto';
import { encodeString } from '../../../src/wire/ssh/data.ts';
import type { Random } from '../random.ts';
import { boolean, type Message, message, raw, string, u32 } from './message.ts';
import { nullKey } from './pair.ts';

/** An Ed25519 key that is always the same. */
const key = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 3)]),
  format: 'der',
  type: 'pkcs8',
});
const publicPoint = Buffer.from((key.export({ format: 'jwk' }) as { x: string }).x, 'base64url');
const ed25519 = Buffer.concat([encodeString('ssh-ed25519'), encodeString(publicPoint)]);
const number = (bytes: number) => Buffer.concat([Buffer.of(0), Buffer.alloc(bytes, 0xc5)]);
const rsa = (bytes: number) =>
  Buffer.concat([encodeString('ssh-rsa'), encodeString(Buffer.of(1, 0, 1)), encodeString(number(bytes))]);
const ecdsa = Buffer.concat([
  encodeString('ecdsa-sha2-nistp256'),
  encodeString('nistp256'),
  encodeString(Buffer.concat([Buffer.of(4), Buffer.alloc(64, 9)])),
]);

const keys: [algorithm: string, blob: Buffer][] = [
  ['ssh-ed25519', ed25519],
  ['rsa-sha2-512', rsa(256)],
  ['rsa-sha2-256', rsa(2048)],
  ['ssh-rsa', rsa(128)],
  ['ecdsa-sha2-nistp256', ecdsa],
  ['ssh-dss', Buffer.concat([encodeString('ssh-dss'), ...Array(4).fill(encodeString(number(20)))])],
  ['ssh-ed25519-cert-v01@openssh.com', Buffer.concat([encodeString('ssh-ed25519-cert-v01@openssh.com'), ed25519])],
  ['sk-ssh-ed25519@openssh.com', Buffer.concat([encodeString('sk-ssh-ed25519@openssh.com'), ed25519])],
];

const signature = Buffer.concat([encodeString('ssh-ed25519'), encodeString(sign(undefined, Buffer.of(1), key))]);

export const words: readonly string[] = [
  'ssh-userauth',
  'ssh-connection',
  'none',
  'password',
  'publickey',
  'keyboard-interactive',
  'hostbased',
  'gssapi-with-mic',
  'publickey-hostbound-v00@openssh.com',
  'root',
  'root:style',
  '',
  'secret',
  'ssh-ed25519',
  'rsa-sha2-256',
  'ssh-rsa',
  'pam',
  'a\0b',
  'ext-info-in-auth@openssh.com',
  'server-sig-algs',
];

const request = (user: string, method: string, ...rest: Parameters<typeof message>[1][]): Message =>
  message(50, string(user), string('ssh-connection'), string(method), ...rest);

/** One conversation. */
export function conversation(random: Random): Message[] {
  const user = random.pick(['root', 'admin', 'root:x', '']);
  const said: Message[] = [];
  if (random.one(4)) said.push(message(7, u32(1), string('server-sig-algs'), string('ssh-ed25519')));
  said.push(message(5, string('ssh-userauth')));
  for (let times = random.size(6); times > 0; times--) {
    const [algorithm, blob] = random.pick(keys);
    const host = random.one(3);
    const method = host ? 'publickey-hostbound-v00@openssh.com' : 'publickey';
    const bound = host ? [string(nullKey.blob)] : [];
    switch (random.below(8)) {
      case 0:
        said.push(request(user, 'none'));
        break;
      case 1:
      case 2:
        said.push(request(user, 'password', boolean(false), string(random.pick(['wrong', 'later', '']))));
        break;
      case 3:
        said.push(request(user, 'password', boolean(true), string('old'), string('new')));
        break;
      case 4:
        said.push(request(user, 'publickey', boolean(false), string(algorithm), string(blob)));
        break;
      case 5:
        said.push(request(user, method, boolean(true), string(algorithm), string(blob), ...bound, string(signature)));
        break;
      case 6:
        said.push(request(user, 'keyboard-interactive', string(''), string(random.pick(['', 'pam', 'otp']))));
        said.push(message(61, u32(1), string(random.pick(['wrong', 'secret']))));
        break;
      default:
        said.push(
          random.pick([
            message(2, string('x')),
            message(4, boolean(true), string('d'), string('')),
            message(3, u32(1)),
          ]),
        );
        said.push(message(192, string(random.bytes(random.size(40)))));
    }
  }
  if (random.one(2)) said.push(request(user, 'password', boolean(false), string('secret')));
  if (random.one(20)) said.push(message(1, u32(11), string('bye'), string('')));
  if (random.one(50)) said.push(message(20, raw(Buffer.alloc(16))));
  return said;
}
