// The binary packet protocol in the clear, and KEXINIT: malformed, early and unexpected packets.
import { message, text, u32 } from '../client.ts';
import { early, first, type Probe, type Probes, plainPacket } from '../probe.ts';

export const packets: Probes = {
  'a packet length of 0xffffffff': first((client) => client.raw(Buffer.alloc(16, 0xff))),
  'a packet length of 0': first((client) => client.raw(Buffer.alloc(16))),
  'a packet length of 4': first((client) => client.raw(plainPacket(4, 4, Buffer.alloc(11)))),
  'a packet length of 256 KiB + 1': first((client) => client.raw(plainPacket(262145, 4, Buffer.alloc(11)))),
  'a packet length that is no multiple of eight': first((client) => client.raw(plainPacket(13, 4, Buffer.alloc(32)))),
  'padding of three': first((client) => client.raw(plainPacket(12, 3, Buffer.alloc(11)))),
  'padding longer than the packet': first((client) => client.raw(plainPacket(12, 200, Buffer.alloc(11)))),
  'padding that leaves nothing': first((client) => client.raw(plainPacket(12, 11, Buffer.alloc(11)))),
  'message 0': first((client) => client.send(message(0))),
  'message 192': first((client) => client.send(message(192, 'x'))),
  'message 255': first((client) => client.send(message(255))),
  'message 50 before keys': first((client) => client.send(message(50, 'root'))),
  'message 90 before keys': first((client) => client.send(message(90))),
  'message 5 before keys': first((client) => client.send(message(5, 'ssh-userauth'))),
  'message 19 before keys': first((client) => client.send(message(19))),
  'message 30 before KEXINIT': first((client) => client.send(message(30, text(Buffer.alloc(32, 9))))),
  'NEWKEYS before KEXINIT': first((client) => client.send(message(21))),
  'IGNORE, DEBUG, UNIMPLEMENTED before KEXINIT': first((client) =>
    client.send(message(2, 'x'), message(4, true, 'x', ''), message(3, 1)),
  ),
  'a malformed DEBUG': first((client) => client.send(message(4, true))),
  'a malformed UNIMPLEMENTED': first((client) => client.send(message(3))),
  DISCONNECT: first((client) => client.send(message(1, 11, 'bye', ''))),
  'a malformed DISCONNECT': first((client) => client.send(message(1))),
  'a KEXINIT cut short': first((client) => client.send(message(20, Buffer.alloc(16), 'curve25519-sha256'))),
  'a KEXINIT with trailing bytes': first((client) => client.send(Buffer.concat([client.kexInit(), Buffer.of(1)]))),
  'a KEXINIT without a common kex': first((client) => client.send(client.kexInit({ kex: 'rot13' }))),
  'a KEXINIT without a common host key type': first((client) => client.send(client.kexInit({ hostKey: 'ssh-dss' }))),
  'a KEXINIT without a common cipher': first((client) => client.send(client.kexInit({ cipher: 'des-cbc' }))),
  'a KEXINIT without a common MAC': first((client) => client.send(client.kexInit({ mac: 'hmac-md5' }))),
  'a KEXINIT without a common compression': first((client) => client.send(client.kexInit({ compression: 'zlib' }))),
  'a marker as kex': first((client) => client.send(client.kexInit({ kex: 'kex-strict-s-v00@openssh.com' }))),
  'KEXINIT twice': early((client) => void client.send(client.kexInit())),

  'a KEXINIT byte by byte': async (client) => {
    await client.ident();
    await client.until(20);
    for (const byte of client.packet(client.kexInit({ kex: 'x' }))) client.raw(Buffer.of(byte));
    return client.rest();
  },
  'the largest packet': first((client) => client.send(message(2, text(Buffer.alloc(262124))))),
  'a packet larger than any': first((client) => client.send(message(2, text(Buffer.alloc(262132))))),
  'a packet length of 1': first((client) => client.raw(plainPacket(1, 0, Buffer.alloc(11)))),
  'a packet length of 5 and nothing else': first((client) => client.raw(plainPacket(5, 4, Buffer.alloc(0)))),
  'a packet that never ends': first((client) => client.raw(plainPacket(1020, 4, Buffer.alloc(100)))),
  'a packet length with the sign bit': first((client) => client.raw(plainPacket(0x80000004, 4, Buffer.alloc(11)))),
  'padding of 255': first((client) =>
    client.raw(plainPacket(260, 255, Buffer.concat([Buffer.of(2, 0, 0, 0, 0), Buffer.alloc(254)]))),
  ),
  'a flood of IGNORE': first((client) => client.send(...Array.from({ length: 300 }, () => message(2, 'x')))),
  'a flood of unknown messages': first((client) => client.send(...Array.from({ length: 30 }, () => message(19)))),
  'IGNORE without its string': first((client) => client.send(message(2))),
  'IGNORE with a wrong length': first((client) => client.send(message(2, 99))),
  'DEBUG with trailing bytes': first((client) => client.send(message(4, true, 'x', '', 'y'))),
  'DISCONNECT without a text': first((client) => client.send(message(1, 11))),
  'DISCONNECT with a NUL in its text': first((client) => client.send(message(1, 11, 'a\0b', ''))),
  'DISCONNECT, then more': first((client) => client.send(message(1, 11, 'bye', ''), client.kexInit())),
  'SERVICE_ACCEPT before keys': first((client) => client.send(message(6, 'ssh-userauth'))),
  'EXT_INFO before keys': first((client) => client.send(message(7, 0))),
  'EXT_INFO after KEXINIT': early((client) => void client.send(message(7, 0))),
  'message 8 before keys': first((client) => client.send(message(8))),
  'message 22 before keys': first((client) => client.send(message(22))),
  'message 29 before keys': first((client) => client.send(message(29))),
  'message 31 before keys': first((client) => client.send(message(31))),
  'message 34 before keys': first((client) => client.send(message(34, 1, 2, 3))),
  'message 49 before keys': first((client) => client.send(message(49))),
  'message 127 before keys': first((client) => client.send(message(127))),
  'message 191 before keys': first((client) => client.send(message(191))),
  'the end in the middle of a packet': first((client) => void client.socket.end(plainPacket(12, 4, Buffer.alloc(4)))),
  // What a KEXINIT may hold.
  ...Object.fromEntries(
    Object.entries({
      'with reserved set': (init: Buffer) => Buffer.concat([init.subarray(0, -4), u32(1)]),
      'without reserved': (init: Buffer) => init.subarray(0, -4),
      'without its flag': (init: Buffer) => init.subarray(0, -5),
      'of the type alone': () => Buffer.of(20),
      'of the cookie alone': () => Buffer.alloc(17, 20),
      'with a flag of 2': (init: Buffer) => Buffer.concat([init.subarray(0, -5), Buffer.of(2), init.subarray(-4)]),
    }).map(([what, change]): [string, Probe] => [
      `a KEXINIT ${what}`,
      first((client) => client.send(change(client.kexInit()))),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries({
      'an empty list of kex': '',
      'a comma as kex': ',',
      'a comma in front': ',curve25519-sha256',
      'two commas': 'x,,curve25519-sha256',
      '40 names before ext-info-c': `curve25519-sha256,${'k,'.repeat(39)}ext-info-c`,
      'a comma behind': 'curve25519-sha256,',
      'a NUL in kex': 'curve25519-sha256\0',
      'a space in kex': 'curve25519-sha256 ',
      'a kex in capitals': 'CURVE25519-SHA256',
      'a kex twice': 'curve25519-sha256,curve25519-sha256',
      '300 unknown kex first': `${Array.from({ length: 300 }, (_, i) => `kex${i}`).join(',')},curve25519-sha256`,
      'ext-info-s from a client': 'ext-info-s,curve25519-sha256',
      'both markers': 'kex-strict-c-v00@openssh.com,kex-strict-s-v00@openssh.com,curve25519-sha256',
    }).map(([what, kex]): [string, Probe] => [
      `a KEXINIT with ${what}`,
      first((client) => client.send(client.kexInit({ kex }), message(30, text(Buffer.alloc(32, 9))))),
    ]),
  ),
};
