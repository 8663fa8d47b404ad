// Between the first keys and authentication: service requests, changed bytes, messages out of place.
import { compressor, decompressor } from '../../../../src/wire/ssh/compression.ts';
import { type Client, message, text } from '../client.ts';
import { auth, PASSWORD, type Probe, type Probes, secured, USER } from '../probe.ts';

const protections = [
  { name: 'aes128-ctr, hmac-sha2-256', apart: false, options: { cipher: 'aes128-ctr', mac: 'hmac-sha2-256' } },
  {
    name: 'aes256-ctr, hmac-sha2-512-etm',
    apart: true,
    options: { cipher: 'aes256-ctr', mac: 'hmac-sha2-512-etm@openssh.com' },
  },
  { name: 'aes128-gcm', apart: true, options: { cipher: 'aes128-gcm@openssh.com' } },
  { name: 'chacha20-poly1305', apart: true, options: { cipher: 'chacha20-poly1305@openssh.com' } },
  { name: 'aes192-ctr, umac-128-etm', apart: true, options: { cipher: 'aes192-ctr', mac: 'umac-128-etm@openssh.com' } },
  { name: 'aes256-gcm', apart: true, options: { cipher: 'aes256-gcm@openssh.com' } },
  { name: 'aes128-ctr, umac-64', apart: false, options: { cipher: 'aes128-ctr', mac: 'umac-64@openssh.com' } },
  { name: 'aes128-ctr, hmac-sha1', apart: false, options: { cipher: 'aes128-ctr', mac: 'hmac-sha1' } },
  {
    name: 'aes128-ctr, hmac-sha1-etm',
    apart: true,
    options: { cipher: 'aes128-ctr', mac: 'hmac-sha1-etm@openssh.com' },
  },
];

function changed(packet: Buffer, at: number, mask: number): Buffer {
  packet[at < 0 ? packet.length + at : at]! ^= mask;
  return packet;
}

/** Logged in with zlib@openssh.com, which begins on both sides with USERAUTH_SUCCESS. */
const compressed =
  (act: (client: Client) => void): Probe =>
  async (client) => {
    await client.secure({ compression: 'zlib@openssh.com' });
    client.send(message(50, USER, 'ssh-connection', 'password', false, PASSWORD));
    await client.until(52);
    client.sender.compress(compressor());
    client.receiver.decompress(decompressor());
    await client.until(80);
    act(client);
    return client.rest();
  };

export const afterKeys: Probes = {
  'a service that is not there': async (client) => {
    await client.ident();
    await client.exchange();
    client.send(message(5, 'ssh-connection'));
    return client.rest();
  },
  'a service request with trailing bytes': async (client) => {
    await client.ident();
    await client.exchange();
    client.send(message(5, 'ssh-userauth', Buffer.of(0)));
    return client.rest();
  },
  'a service request with NUL': async (client) => {
    await client.ident();
    await client.exchange();
    client.send(message(5, 'ssh\0userauth'));
    return client.rest();
  },
  'USERAUTH_REQUEST before the service': async (client) => {
    await client.ident();
    await client.exchange();
    client.send(auth('none'));
    return client.rest();
  },
  'the service asked for twice': secured((client) => void client.send(message(5, 'ssh-userauth'))),
  'KEXINIT before login': secured((client) => void client.send(client.kexInit())),
  'EXT_INFO from the client': secured((client) => void client.send(message(7, 1, 'x', 'y'))),
  'a channel before login': secured((client) => void client.send(message(90, 'session', 0, 1, 1))),
  'a global request before login': secured((client) => void client.send(message(80, 'x', true))),
  'IGNORE before login': secured((client) => void client.send(message(2, 'x'), auth('none'))),
  'INFO_RESPONSE before any request': secured((client) => void client.send(message(61, 0))),
  'INFO_RESPONSE without a question': secured((client) => void client.send(auth('none'), message(61, 0))),
  'message 63 after a request': secured((client) => void client.send(auth('none'), message(63))),
  'message 66 after a request': secured((client) => void client.send(auth('none'), message(66))),
  'a changed byte (aes128-ctr, hmac-sha2-256)': secured((client) => {
    const packet = client.packet(auth('none'));
    packet[20]! ^= 1;
    client.raw(packet);
  }),
  ...Object.fromEntries(
    [
      { cipher: 'aes128-ctr', mac: 'hmac-sha2-256-etm@openssh.com' },
      { cipher: 'aes128-gcm@openssh.com' },
      { cipher: 'chacha20-poly1305@openssh.com' },
      { cipher: 'aes256-ctr', mac: 'umac-64-etm@openssh.com' },
    ].flatMap((options): [string, Probe][] => [
      [
        `a changed byte (${options.cipher}, ${options.mac ?? 'its own tag'})`,
        secured((client) => {
          const packet = client.packet(auth('none'));
          packet[20]! ^= 1;
          client.raw(packet);
        }, options),
      ],
      [
        `a changed length (${options.cipher}, ${options.mac ?? 'its own tag'})`,
        secured((client) => {
          const packet = client.packet(auth('none'));
          packet[0]! ^= 0x40;
          client.raw(packet);
        }, options),
      ],
    ]),
  ),
  'a changed length (aes128-ctr, hmac-sha2-256)': secured((client) => {
    const packet = client.packet(auth('none'));
    packet[0]! ^= 0x40;
    client.raw(packet);
  }),

  // Every cipher and MAC: a packet that is right, one with a changed byte in each of its parts, and framing that no sender makes.
  ...Object.fromEntries(
    protections.flatMap(({ name, options }): [string, Probe][] => [
      [`${name}: a request`, secured((client) => void client.send(auth('none')), options)],
      [
        `${name}: a changed length`,
        secured((client) => void client.raw(changed(client.packet(auth('none')), 3, 8)), options),
      ],
      [
        `${name}: a changed first byte`,
        secured((client) => void client.raw(changed(client.packet(auth('none')), 5, 1)), options),
      ],
      [
        `${name}: a changed last byte`,
        secured((client) => void client.raw(changed(client.packet(auth('none')), -1, 0x80)), options),
      ],
      [
        `${name}: the same packet twice`,
        secured((client) => {
          const packet = client.packet(auth('none'));
          client.raw(Buffer.concat([packet, packet]));
        }, options),
      ],
      [
        `${name}: a packet left out`,
        secured((client) => {
          client.packet(message(2, 'x'));
          client.send(auth('none'));
        }, options),
      ],
      [`${name}: plain text`, secured((client) => void client.raw('GET / HTTP/1.1\r\n\r\n'.repeat(4)), options)],
    ]),
  ),
  ...Object.fromEntries(
    protections.slice(0, 5).flatMap(({ name, options, apart }) => {
      // Padding and body in whole blocks of 16, counted with the length where that is encrypted too.
      const whole = apart ? 16 : 12;
      const frame = (padding: number, size: number) =>
        secured(
          (client) => void client.raw(client.frame(padding, Buffer.concat([Buffer.of(2), Buffer.alloc(size - 1)]))),
          options,
        );
      return Object.entries({
        'padding of 3': frame(3, whole + 15),
        'padding of 0': frame(0, whole + 15),
        'padding of 255': frame(255, whole + 16 * 19 - 1),
        'padding that takes all': frame(whole + 15, whole + 15),
        'padding beyond the packet': frame(200, whole + 15),
        'a length that is no whole number of blocks': frame(4, whole + 16),
        'a length below five': frame(4, 2),
      }).map(([what, probe]): [string, Probe] => [`${name}: ${what}`, probe]);
    }),
  ),
  'the largest packet behind keys': secured(
    (client) => void client.send(message(2, text(Buffer.alloc(262_100))), auth('none')),
  ),
  'a packet in single bytes': secured(async (client) => {
    for (const byte of client.packet(auth('none'))) {
      client.raw(Buffer.of(byte));
      await client.pause(2);
    }
  }),
  'forty packets in one piece': secured(
    (client) => void client.send(...Array.from({ length: 40 }, () => message(2, 'x')), auth('none')),
  ),
  'half a packet, then the end': secured(
    (client) => void client.socket.end(client.packet(auth('none')).subarray(0, 20)),
  ),
  'the end after a request': secured((client) => void client.socket.end(client.packet(auth('none')))),
  'DISCONNECT before login': secured((client) => void client.send(message(1, 11, 'bye', ''), auth('none'))),
  ...Object.fromEntries(
    [3, 6, 8, 19, 20, 21, 30, 31, 49, 51, 52, 53, 60, 79, 81, 82, 91, 93, 94, 96, 97, 98, 99, 100, 128, 191].map(
      (type): [string, Probe] => [
        `message ${type} before and after the first request`,
        secured((client) => void client.send(message(type, 0, 'x'), auth('none'), message(type, 0, 'x'))),
      ],
    ),
  ),
  ...Object.fromEntries(
    [2, 4, 5, 7, 50, 80, 90].map((type): [string, Probe] => [
      `message ${type} before the service`,
      async (client) => {
        await client.ident();
        await client.exchange();
        client.send(message(type, 'x', 'y', ''));
        return client.rest();
      },
    ]),
  ),
  'a service request without its name': async (client) => {
    await client.ident();
    await client.exchange();
    client.send(message(5));
    return client.rest();
  },
  'three services': async (client) => {
    await client.ident();
    await client.exchange();
    client.send(message(5, 'ssh-userauth'), message(5, 'ssh-userauth'), message(5, 'x%n%s'));
    return client.rest();
  },
  'an empty service': async (client) => {
    await client.ident();
    await client.exchange();
    client.send(message(5, ''));
    return client.rest();
  },
  'a service of 2,000 bytes': async (client) => {
    await client.ident();
    await client.exchange();
    client.send(message(5, 's'.repeat(2000)));
    return client.rest();
  },

  // Compression that begins with the login.
  'compressed after login': compressed(
    (client) => void client.send(message(80, 'x@y', true), message(80, 'x@y', true)),
  ),
  'zlib data that is none': compressed((client) => {
    client.sender.compress(undefined);
    client.send(message(80, 'x@y', true));
  }),
  'a compressed packet that holds nothing': compressed((client) => {
    client.sender.compress({ step: () => Buffer.alloc(0), close() {} });
    client.send(message(80));
  }),
  'zlib that unpacks to a megabyte': compressed((client) => {
    client.send(message(2, text(Buffer.alloc(1_000_000))), message(80, 'x@y', true));
  }),
  'zlib that unpacks to the largest packet': compressed((client) => {
    client.send(message(2, text(Buffer.alloc(262_000))), message(80, 'x@y', true));
  }),
};
