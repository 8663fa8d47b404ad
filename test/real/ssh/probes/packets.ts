// The binary packet protocol in the clear, and KEXINIT: malformed, early and unexpected packets.
import { message, text } from '../client.ts';
import { early, first, type Probes, plainPacket } from '../probe.ts';

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
};
