// Key exchange: bad and good values of each method, order of messages, strict mode, markers.
import { ecPoint, message, text } from '../client.ts';
import { early, first, type Probe, type Probes, strict } from '../probe.ts';

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
      async (client) => {
        await client.ident();
        client.send(client.kexInit({ kex: 'diffie-hellman-group-exchange-sha256' }));
        await client.until(20);
        client.send(message(34, min!, bits!, max!));
        const group = await client.next();
        if (!group) return client.rest();
        const size = group.readUInt32BE(1);
        return [`message ${group[0]}`, `prime of ${size} bytes`];
      },
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
};
