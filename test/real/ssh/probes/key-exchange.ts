// Key exchange: bad and good values of each method, order of messages, strict mode, markers.
import { getDiffieHellman } from 'node:crypto';
import { ecPoint, message, text } from '../client.ts';
import { early, first, type Probe, type Probes, strict } from '../probe.ts';

const gex = { kex: 'diffie-hellman-group-exchange-sha256' };

const groupExchange =
  (min: number, bits: number, max: number): Probe =>
  async (client) => {
    await client.ident();
    client.send(client.kexInit(gex));
    await client.until(20);
    client.send(message(34, min, bits, max));
    const group = await client.next();
    if (!group) return client.rest();
    return [`message ${group[0]}`, `prime of ${group.readUInt32BE(1)} bytes`];
  };

/** The points of curve25519 whose product is zero whatever the secret (RFC 7748 §6.1), and one that only looks like them. */
const lowOrder = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'efffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map((hex) => Buffer.from(hex, 'hex'));

export const keyExchange: Probes = {
  'a curve25519 value of 31 bytes': early((client) => void client.send(message(30, text(Buffer.alloc(31, 9))))),
  'a curve25519 value of zeros': early((client) => void client.send(message(30, text(Buffer.alloc(32))))),
  'a curve25519 value with trailing bytes': early(
    (client) => void client.send(message(30, text(Buffer.alloc(32, 9)), Buffer.of(0))),
  ),
  'a good curve25519 value': early((client) => void client.send(message(30, text(Buffer.alloc(32, 9))))),
  'a point that is not on P-256': early(
    (client) => void client.send(message(30, text(Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)])))),
    { kex: 'ecdh-sha2-nistp256' },
  ),
  'an empty point': early((client) => void client.send(message(30, ''))),
  'a point of another curve': early((client) => void client.send(message(30, text(ecPoint('secp384r1')))), {
    kex: 'ecdh-sha2-nistp256',
  }),
  'a good P-256 point': early((client) => void client.send(message(30, text(ecPoint('prime256v1')))), {
    kex: 'ecdh-sha2-nistp256',
  }),
  ...Object.fromEntries(
    [
      ['zero', Buffer.alloc(0)],
      ['one', Buffer.of(1)],
      ['two', Buffer.of(2)],
      ['negative', Buffer.of(0x80)],
      ['p and more', Buffer.concat([Buffer.of(0), Buffer.alloc(256, 0xff)])],
      ['in range', Buffer.alloc(200, 0x55)],
      ['in range with needless zeros', Buffer.concat([Buffer.alloc(3), Buffer.alloc(200, 0x55)])],
    ].map(([name, value]): [string, Probe] => [
      `group14 value ${name}`,
      early((client) => void client.send(message(30, text(value as Buffer))), {
        kex: 'diffie-hellman-group14-sha256',
      }),
    ]),
  ),
  ...Object.fromEntries(
    [
      [2048, 3072, 8192],
      [1024, 1024, 1024],
      [2048, 2048, 2048],
      [4096, 2048, 8192],
      [2048, 9000, 8192],
      [0, 0, 0xffffffff],
      [8193, 8193, 9000],
      [5000, 5000, 5001],
    ].map(([min, bits, max]): [string, Probe] => [
      `group exchange ${min} ${bits} ${max}`,
      groupExchange(min!, bits!, max!),
    ]),
  ),
  'the old group request': early((client) => void client.send(message(30, 2048)), {
    kex: 'diffie-hellman-group-exchange-sha256',
  }),
  'a group value before the request': early((client) => void client.send(message(32, text(Buffer.alloc(200, 9)))), {
    kex: 'diffie-hellman-group-exchange-sha256',
  }),
  'sntrup761 of wrong length': early((client) => void client.send(message(30, text(Buffer.alloc(1189, 9)))), {
    kex: 'sntrup761x25519-sha512@openssh.com',
  }),
  'message 31 from a client': early((client) => void client.send(message(31, 'x'))),
  'a wrong guess is dropped': early(
    (client) => void client.send(message(30, 'wrong guess'), message(30, text(Buffer.alloc(32, 9)))),
    { follows: true },
  ),
  'a service request in the middle of a kex': early((client) => void client.send(message(5, 'ssh-userauth'))),
  'channel data in the middle of a kex': early((client) => void client.send(message(94, 0, 'x'))),
  'IGNORE in a strict kex': early((client) => void client.send(message(2, 'x')), strict),
  'DEBUG in a strict kex': early((client) => void client.send(message(4, true, 'x', '')), strict),
  'message 50 in a strict kex': early((client) => void client.send(message(50, 'x')), strict),
  'message 31 in a strict kex': early((client) => void client.send(message(31, 'x')), strict),
  'KEXINIT twice in a strict kex': early((client) => void client.send(client.kexInit(strict)), strict),
  'DISCONNECT in a strict kex': early((client) => void client.send(message(1, 11, 'bye', '')), strict),
  'strict KEXINIT behind IGNORE': first((client) => client.send(message(2, 'x'), client.kexInit(strict))),
  'EXT_INFO comes after NEWKEYS when asked for': async (client) => {
    await client.secure(strict);
    return client.seen;
  },
  'EXT_INFO does not come when not asked for': async (client) => {
    await client.secure();
    return client.seen;
  },
  'NEWKEYS with a body': early(async (client) => {
    client.send(message(30, text(Buffer.alloc(32, 9))));
    await client.until(31);
    client.send(message(21, Buffer.of(1)));
  }),

  // Values of every method that no honest client sends.
  ...Object.fromEntries(
    lowOrder.map((value): [string, Probe] => [
      `a curve25519 value of low order ${value.subarray(0, 4).toString('hex')}`,
      early((client) => void client.send(message(30, text(value)))),
    ]),
  ),
  'a curve25519 value of 33 bytes': early((client) => void client.send(message(30, text(Buffer.alloc(33, 9))))),
  'a curve25519 value without its string': early((client) => void client.send(message(30))),
  'a curve25519 value with the top bit': early((client) => void client.send(message(30, text(Buffer.alloc(32, 0xff))))),
  ...Object.fromEntries(
    (
      [
        ['ecdh-sha2-nistp256', 'prime256v1', 32],
        ['ecdh-sha2-nistp384', 'secp384r1', 48],
        ['ecdh-sha2-nistp521', 'secp521r1', 66],
      ] as const
    ).flatMap(([kex, curve, size]) =>
      Object.entries({
        'a good point': () => ecPoint(curve),
        infinity: () => Buffer.of(0),
        'a compressed point': () =>
          Buffer.concat([Buffer.of(2 + (ecPoint(curve).at(-1)! & 1)), ecPoint(curve).subarray(1, 1 + size)]),
        'a hybrid point': () => {
          const point = ecPoint(curve);
          point[0] = 6 + (point.at(-1)! & 1);
          return point;
        },
        'a point off the curve': () => Buffer.concat([Buffer.of(4), Buffer.alloc(size * 2, 1)]),
        'the point 0, 0': () => Buffer.concat([Buffer.of(4), Buffer.alloc(size * 2)]),
        'coordinates beyond the field': () => Buffer.concat([Buffer.of(4), Buffer.alloc(size * 2, 0xff)]),
        'a point with a byte too many': () => Buffer.concat([ecPoint(curve), Buffer.of(0)]),
        'a point with a byte too few': () => ecPoint(curve).subarray(0, -1),
        'a point of an unknown form': () => Buffer.concat([Buffer.of(5), ecPoint(curve).subarray(1)]),
      }).map(([what, point]): [string, Probe] => [
        `${kex}: ${what}`,
        early((client) => void client.send(message(30, text(point()))), { kex }),
      ]),
    ),
  ),
  ...Object.fromEntries(
    (
      ['diffie-hellman-group14-sha256', 'diffie-hellman-group16-sha512', 'diffie-hellman-group18-sha512'] as const
    ).flatMap((kex) => {
      const p = getDiffieHellman(`modp${kex.includes('14') ? 14 : kex.includes('16') ? 16 : 18}`).getPrime();
      const near = (difference: number) => {
        const value = Buffer.from(p);
        value[value.length - 1]! += difference;
        return Buffer.concat([Buffer.of(0), value]);
      };
      return Object.entries({
        'p - 2': () => Buffer.concat([Buffer.of(0), p.subarray(0, -1), Buffer.of(p.at(-1)! - 2)]),
        'p - 1': () => Buffer.concat([Buffer.of(0), p.subarray(0, -1), Buffer.of(p.at(-1)! - 1)]),
        p: () => near(0),
        'few bits': () => Buffer.of(7),
        'one bit': () => Buffer.concat([Buffer.of(0x40), Buffer.alloc(60)]),
        'four bits': () => Buffer.concat([Buffer.of(0x78), Buffer.alloc(60)]),
        'zero in a byte': () => Buffer.of(0),
        'a huge number': () => Buffer.concat([Buffer.of(1), Buffer.alloc(2500)]),
        'trailing bytes': () => Buffer.alloc(100, 0x55),
      }).map(([what, value]): [string, Probe] => [
        `${kex}: ${what}`,
        early((client) => void client.send(message(30, text(value()), ...(what === 'trailing bytes' ? ['x'] : []))), {
          kex,
        }),
      ]);
    }),
  ),
  ...Object.fromEntries(
    Object.entries({
      'all zeros': () => Buffer.alloc(1190),
      'all ones': () => Buffer.alloc(1190, 0xff),
      'a byte too many': () => Buffer.alloc(1191, 9),
      'only the public key': () => Buffer.alloc(1158, 9),
      'only the point': () => Buffer.alloc(32, 9),
      'a point of zeros': () => Buffer.concat([Buffer.alloc(1158, 9), Buffer.alloc(32)]),
      'a plausible value': () => Buffer.alloc(1190, 9),
      nothing: () => Buffer.alloc(0),
    }).map(([what, value]): [string, Probe] => [
      `sntrup761: ${what}`,
      early((client) => void client.send(message(30, text(value()))), { kex: 'sntrup761x25519-sha512' }),
    ]),
  ),
  ...Object.fromEntries(
    [
      [3072, 2048, 8192],
      [2048, 8192, 4096],
      [8192, 2048, 1024],
      [2047, 2047, 2047],
      [2049, 2049, 2049],
      [1, 2, 3],
      [8192, 8192, 8192],
      [2048, 2049, 8192],
      [0, 4096, 8192],
      [1024, 2048, 0xffffffff],
      [7000, 7500, 8192],
      [0xffffffff, 0xffffffff, 0xffffffff],
    ].map(([min, bits, max]): [string, Probe] => [
      `group exchange ${min} ${bits} ${max}`,
      groupExchange(min!, bits!, max!),
    ]),
  ),
  'a group request with trailing bytes': early((client) => void client.send(message(34, 2048, 3072, 8192, 1)), gex),
  'a group request cut short': early((client) => void client.send(message(34, 2048, 3072)), gex),
  'a group request twice': early(async (client) => {
    client.send(message(34, 2048, 2048, 2048));
    await client.until(31);
    client.send(message(34, 2048, 2048, 2048));
  }, gex),
  ...Object.fromEntries(
    Object.entries({
      0: Buffer.alloc(0),
      1: Buffer.of(1),
      2: Buffer.of(2),
      'in range': Buffer.alloc(200, 0x55),
      'beyond the prime': Buffer.concat([Buffer.of(0), Buffer.alloc(256, 0xff)]),
      negative: Buffer.of(0x80),
    }).map(([what, value]): [string, Probe] => [
      `a group exchange with the value ${what}`,
      early(async (client) => {
        client.send(message(34, 2048, 2048, 2048));
        await client.until(31);
        client.send(message(32, text(value)));
      }, gex),
    ]),
  ),
  'message 30 in a group exchange': early(async (client) => {
    client.send(message(34, 2048, 2048, 2048));
    await client.until(31);
    client.send(message(30, text(Buffer.alloc(200, 0x55))));
  }, gex),

  // Guesses.
  'a right guess': async (client) => {
    await client.ident();
    const init = { kex: 'sntrup761x25519-sha512', hostKey: 'rsa-sha2-512', follows: true };
    client.send(client.kexInit(init), message(30, text(Buffer.alloc(1190, 9))));
    await client.until(20);
    return client.rest();
  },
  'a wrong guess of the host key': early(
    (client) => void client.send(message(30, text(Buffer.alloc(32, 9))), message(30, text(Buffer.alloc(32, 9)))),
    { kex: 'sntrup761x25519-sha512,curve25519-sha256', follows: true },
  ),
  'a wrong guess that does not come': early(() => {}, { follows: true }),
  'a wrong guess, then IGNORE': early(
    (client) => void client.send(message(2, 'x'), message(30, 'wrong'), message(30, text(Buffer.alloc(32, 9)))),
    { follows: true },
  ),
  'a wrong guess of another type': early(
    (client) => void client.send(message(34, 1, 2, 3), message(30, text(Buffer.alloc(32, 9)))),
    { follows: true },
  ),
  'a wrong guess in a strict kex': early(
    (client) => void client.send(message(30, 'wrong'), message(30, text(Buffer.alloc(32, 9)))),
    { ...strict, follows: true },
  ),
  'a wrong guess, then DISCONNECT': early((client) => void client.send(message(1, 11, 'bye', '')), { follows: true }),

  // Order.
  'NEWKEYS instead of the value': early((client) => void client.send(message(21))),
  'the value twice': early((client) => {
    client.send(message(30, text(Buffer.alloc(32, 9))), message(30, text(Buffer.alloc(32, 9))));
  }),
  'KEXINIT after the value': early(async (client) => {
    client.send(message(30, text(Buffer.alloc(32, 9))));
    await client.until(31);
    client.send(client.kexInit());
  }),
  'IGNORE before NEWKEYS': early(async (client) => {
    client.send(message(30, text(Buffer.alloc(32, 9))));
    await client.until(21);
    client.send(message(2, 'x'));
  }),
  'a service request before NEWKEYS': early(async (client) => {
    client.send(message(30, text(Buffer.alloc(32, 9))));
    await client.until(21);
    client.send(message(5, 'ssh-userauth'));
  }),
  'NEWKEYS twice': early(async (client) => {
    client.send(message(30, text(Buffer.alloc(32, 9))));
    await client.until(21);
    client.send(message(21), message(21));
  }),
  'IGNORE before NEWKEYS in a strict kex': early(async (client) => {
    client.send(message(30, text(Buffer.alloc(32, 9))));
    await client.until(21);
    client.send(message(2, 'x'));
  }, strict),
  ...Object.fromEntries(
    [3, 5, 6, 7, 21, 32, 34, 49, 80, 127].map((type): [string, Probe] => [
      `message ${type} in a strict kex`,
      early((client) => void client.send(message(type, 'x')), strict),
    ]),
  ),
  ...Object.fromEntries(
    ['rsa-sha2-256', 'rsa-sha2-512', 'ecdsa-sha2-nistp256', 'ssh-ed25519'].map((hostKey): [string, Probe] => [
      `a reply with ${hostKey}`,
      early((client) => void client.send(message(30, text(Buffer.alloc(32, 9)))), { hostKey }),
    ]),
  ),
};
