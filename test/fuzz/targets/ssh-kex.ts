// KEXINIT and the messages of every key exchange method, in the clear, with the real mathematics behind them.
import { createDiffieHellmanGroup, createECDH, generateKeyPairSync } from 'node:crypto';
import { encodeMpint } from '../../../src/wire/ssh/data.ts';
import { mutateBytes, mutateCase, mutateOrder } from '../mutate.ts';
import { Random, seedOf } from '../random.ts';
import { boolean, encode, type Message, message, mutateMessage, raw, string, u32 } from '../ssh/message.ts';
import { owner } from '../ssh/owner.ts';
import { cut, frame, nullKey, Pair, profile } from '../ssh/pair.ts';
import type { Target } from '../target.ts';

const ident = Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n');
const methods = profile.kex.filter((name) => !name.startsWith('kex-strict'));
/** The large groups take milliseconds each: rarely. */
const quick = methods.filter((name) => !/group/.test(name));

const point = (curve: string) => createECDH(curve).generateKeys();
const x25519 = Buffer.from(
  (generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }) as { x: string }).x,
  'base64url',
);
const group14 = createDiffieHellmanGroup('modp14').generateKeys();
/** A value that each method takes. */
const values: Readonly<Record<string, Buffer>> = {
  'ecdh-sha2-nistp256': point('prime256v1'),
  'ecdh-sha2-nistp384': point('secp384r1'),
  'ecdh-sha2-nistp521': point('secp521r1'),
  'curve25519-sha256': x25519,
  'curve25519-sha256@libssh.org': x25519,
  'sntrup761x25519-sha512': Buffer.concat([Buffer.alloc(1158, 5), x25519]),
  'sntrup761x25519-sha512@openssh.com': Buffer.concat([Buffer.alloc(1158, 5), x25519]),
};

const words = [
  ...methods,
  ...profile.cipher,
  ...profile.mac,
  'none',
  'zlib',
  '',
  ',',
  ',,',
  'ext-info-c',
  'kex-strict-c-v00@openssh.com',
];

function lists(random: Random, kex: string): Message {
  const names = (from: readonly string[]) => {
    const some = [random.pick(from), ...Array.from({ length: random.size(8) }, () => random.pick(from))];
    return string(some.join(','));
  };
  const marks = random.pick([
    '',
    ',ext-info-c',
    ',kex-strict-c-v00@openssh.com',
    ',ext-info-c,kex-strict-c-v00@openssh.com',
  ]);
  return message(
    20,
    raw(Buffer.alloc(16, 1)),
    string(kex + marks),
    string('ssh-ed25519'),
    ...[profile.cipher, profile.cipher, profile.mac, profile.mac, profile.compression, profile.compression].map(names),
    string(''),
    string(''),
    boolean(random.one(8)),
    u32(0),
  );
}

function conversation(random: Random): Message[] {
  const kex = random.one(60) ? random.pick(methods) : random.pick(quick);
  const said = [lists(random, kex)];
  // Most cases end at KEXINIT: the mathematics costs a hundred times more than the parsing.
  if (!random.one(4)) return said;
  if (kex.includes('group-exchange')) {
    said.push(message(34, u32(2048), u32(random.pick([2048, 3072])), u32(8192)));
    said.push(message(32, raw(encodeMpint(group14))));
  } else if (kex.includes('group')) said.push(message(30, raw(encodeMpint(group14))));
  else said.push(message(30, string(values[kex] ?? x25519)));
  said.push(message(21));
  return said;
}

export default {
  make(random, corpus) {
    if (corpus.length > 0 && random.one(16)) return mutateCase(random.pick(corpus), random, corpus);
    const said = conversation(random);
    for (let times = 1 + random.below(2); times > 0; times--) {
      if (random.one(4)) mutateOrder(said, random, () => conversation(random));
      if (said.length === 0) break;
      const at = random.below(said.length);
      said[at] = mutateMessage(said[at]!, random, words);
    }
    const packets = said.map((one) => frame(encode(one)));
    // Damage to the frame: length, padding, cut.
    if (packets.length > 0 && random.one(3)) {
      const at = random.below(packets.length);
      packets[at] = mutateBytes(packets[at]!, random);
    }
    return packets;
  },
  run(input) {
    const random = new Random(seedOf(input));
    const pair: Pair = new Pair(
      random,
      owner(() => pair),
      { profile, hostKeys: [nullKey] },
    );
    pair.receive(ident);
    for (const chunk of cut(Buffer.concat(input), random)) {
      if (pair.closed) break;
      pair.receive(chunk);
    }
    pair.end();
    return pair.longest;
  },
} satisfies Target;
