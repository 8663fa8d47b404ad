// What both servers are asked: each probe acts on a fresh connection and returns what it observed, line by line.
import { type Client, ecPoint, message, text, u32 } from './client.ts';

export const USER = 'kprobe';
export const PASSWORD = 'correct horse';

export type Probe = (client: Client) => Promise<string[]>;

const strict = { kex: 'curve25519-sha256,ext-info-c,kex-strict-c-v00@openssh.com' };
const plainPacket = (length: number, padding: number, body: Buffer) =>
  Buffer.concat([u32(length), Buffer.of(padding), body]);

/** Ident and KEXINIT are exchanged, then `act`; what the server says after its own KEXINIT counts. */
const early =
  (act: (client: Client) => void | Promise<void>, init: Parameters<Client['kexInit']>[0] = {}): Probe =>
  async (client) => {
    await client.ident();
    client.send(client.kexInit(init));
    await client.until(20);
    await act(client);
    return client.rest();
  };

/** Ident only; our first packet is the probe. */
const first =
  (act: (client: Client) => void): Probe =>
  async (client) => {
    await client.ident();
    await client.until(20);
    act(client);
    return client.rest();
  };

const secured =
  (act: (client: Client) => void | Promise<void>, options = {}): Probe =>
  async (client) => {
    await client.secure(options);
    await act(client);
    return client.rest();
  };

const loggedIn =
  (act: (client: Client) => void | Promise<void>, options = {}): Probe =>
  async (client) => {
    await client.login(USER, PASSWORD, options);
    await act(client);
    return client.rest();
  };

const inSession = (act: (client: Client) => void | Promise<void>): Probe =>
  loggedIn(async (client) => {
    await client.open(7);
    await act(client);
  });

const auth = (method: string, ...parts: (Buffer | string | number | boolean)[]) =>
  message(50, USER, 'ssh-connection', method, ...parts);
const ed25519Blob = Buffer.concat([text('ssh-ed25519'), text(Buffer.alloc(32, 5))]);
const rsaBlob = Buffer.concat([
  text('ssh-rsa'),
  text(Buffer.of(1, 0, 1)),
  text(Buffer.concat([Buffer.of(0), Buffer.alloc(256, 0x91)])),
]);

const words =
  (own: string | Buffer): Probe =>
  (client) =>
    client.words(own);

export const probes: Record<string, Probe> = {
  // Identification.
  'the identification': async (client) => {
    await client.ident();
    return [client.serverIdent];
  },
  KEXINIT: async (client) => {
    await client.ident();
    return client.rest();
  },
  'no KEXINIT before the client has said who it is': async (client) => {
    await client.ident('');
    return client.rest();
  },
  HTTP: words('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
  'an empty line': words('\r\n'),
  'SSH 1.5': words('SSH-1.5-OpenSSH_3.0\r\n'),
  'SSH 1.99': async (client) => {
    client.clientIdent = 'SSH-1.99-x';
    await client.ident();
    return (await client.rest()).map((line) => line.slice(0, 8));
  },
  'SSH 3.0': words('SSH-3.0-x\r\n'),
  'SSH-2.0 without software': words('SSH-2.0-\r\n'),
  'SSH-2.0 without the second dash': words('SSH-2.0\r\n'),
  'SSH-2.x': words('SSH-2.x-y\r\n'),
  'an identification with NUL': words('SSH-2.0-a\0b\r\n'),
  'CR without LF': words('SSH-2.0-a\rb\r\n'),
  'LF alone': async (client) => {
    await client.ident('SSH-2.0-x\n');
    return (await client.rest()).map((line) => line.slice(0, 8));
  },
  'an identification of 8,192 bytes': async (client) => {
    await client.ident(`SSH-2.0-${'x'.repeat(8184)}\r\n`);
    return (await client.rest()).map((line) => line.slice(0, 8));
  },
  'an identification of 8,193 bytes': words(`SSH-2.0-${'x'.repeat(8185)}\r\n`),
  'an identification that never ends': words('x'.repeat(9000)),
  'a scanner that says so': async (client) => {
    await client.ident('SSH-2.0-Probe-1\r\n');
    return client.rest();
  },
  'a mapper': async (client) => {
    await client.ident('SSH-2.0-SSH_Version_Mapper\r\n');
    return client.rest();
  },
  'OpenSSH 6.6 gets no curve25519': async (client) => {
    await client.ident('SSH-2.0-OpenSSH_6.6\r\n');
    return client.rest();
  },
  'PuTTY 0.62 gets no group exchange': async (client) => {
    await client.ident('SSH-2.0-PuTTY_Release_0.62\r\n');
    return client.rest();
  },

  // Packets in the clear.
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

  // Key exchange.
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

  // After the keys.
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

  // Authentication.
  none: secured((client) => void client.send(auth('none'))),
  'none with trailing bytes': secured((client) => void client.send(auth('none', Buffer.of(0)))),
  'none twice': secured((client) => void client.send(auth('none'), auth('none'))),
  'none seven times': secured((client) => void client.send(...Array.from({ length: 7 }, () => auth('none')))),
  'an unknown method': secured((client) => void client.send(auth('rot13', 'x'))),
  hostbased: secured((client) => void client.send(auth('hostbased', 'ssh-rsa', 'x', 'h', 'u', 's'))),
  'gssapi-with-mic': secured((client) => void client.send(auth('gssapi-with-mic', 1, 'oid'))),
  'keyboard-interactive, which is off': secured((client) => void client.send(auth('keyboard-interactive', '', ''))),
  'six unknown methods': secured((client) => void client.send(...Array.from({ length: 6 }, () => auth('rot13')))),
  'seven requests, the first is none': secured(
    (client) => void client.send(auth('none'), ...Array.from({ length: 6 }, () => auth('rot13'))),
  ),
  'another user the second time': secured(
    (client) => void client.send(auth('none'), message(50, 'other', 'ssh-connection', 'none')),
  ),
  'another style of the same user': secured(
    (client) => void client.send(auth('none'), message(50, `${USER}:skey`, 'ssh-connection', 'none')),
  ),
  'another service the second time': secured(
    (client) => void client.send(auth('none'), message(50, USER, 'ssh-agent', 'none')),
  ),
  'another service from the start': secured((client) => void client.send(message(50, USER, 'ssh-agent', 'none'))),
  'a user that does not exist': secured(
    (client) => void client.send(message(50, 'nobody-here', 'ssh-connection', 'none')),
  ),
  'an empty user': secured((client) => void client.send(message(50, '', 'ssh-connection', 'none'))),
  'a user with NUL': secured((client) => void client.send(message(50, 'a\0b', 'ssh-connection', 'none'))),
  'a user with NUL at the end': secured(
    (client) => void client.send(message(50, `${USER}\0`, 'ssh-connection', 'none')),
  ),
  'a request cut short': secured((client) => void client.send(message(50, USER))),
  'a password cut short': secured((client) => void client.send(auth('password', false))),
  'a password with NUL': secured((client) => void client.send(auth('password', false, 'a\0b'))),
  'a password with trailing bytes': secured((client) => void client.send(auth('password', false, 'x', 'y'))),
  'a password change': secured((client) => void client.send(auth('password', true, 'old', 'new'))),
  'a password change without the new one': secured((client) => void client.send(auth('password', true, 'old'))),
  'a key query (ed25519)': secured(
    (client) => void client.send(auth('publickey', false, 'ssh-ed25519', text(ed25519Blob))),
  ),
  'a key query (rsa-sha2-256)': secured(
    (client) => void client.send(auth('publickey', false, 'rsa-sha2-256', text(rsaBlob))),
  ),
  'a key query (ssh-rsa)': secured((client) => void client.send(auth('publickey', false, 'ssh-rsa', text(rsaBlob)))),
  'a key query of an unknown type': secured((client) => void client.send(auth('publickey', false, 'rot13', 'x'))),
  'a key query with the wrong type': secured(
    (client) => void client.send(auth('publickey', false, 'ssh-rsa', text(ed25519Blob))),
  ),
  'a key query with a broken blob': secured(
    (client) => void client.send(auth('publickey', false, 'ssh-ed25519', 'zzz')),
  ),
  'a key query with trailing bytes': secured(
    (client) => void client.send(auth('publickey', false, 'ssh-ed25519', text(ed25519Blob), 'x')),
  ),
  'a key query cut short': secured((client) => void client.send(auth('publickey', false))),
  'a key with a wrong signature': secured(
    (client) =>
      void client.send(
        auth(
          'publickey',
          true,
          'ssh-ed25519',
          text(ed25519Blob),
          text(Buffer.concat([text('ssh-ed25519'), text(Buffer.alloc(64))])),
        ),
      ),
  ),
  'a key without its signature': secured(
    (client) => void client.send(auth('publickey', true, 'ssh-ed25519', text(ed25519Blob))),
  ),
  'a host-bound query': secured(
    (client) =>
      void client.send(
        auth('publickey-hostbound-v00@openssh.com', false, 'ssh-ed25519', text(ed25519Blob), text(client.hostKeyBlob)),
      ),
  ),
  'a query bound to another host': secured(
    (client) =>
      void client.send(
        auth('publickey-hostbound-v00@openssh.com', false, 'ssh-ed25519', text(ed25519Blob), text(ed25519Blob)),
      ),
  ),
  'six key queries': secured(
    (client) =>
      void client.send(...Array.from({ length: 6 }, () => auth('publickey', false, 'ssh-ed25519', text(ed25519Blob)))),
  ),
  'a right password': secured((client) => void client.send(auth('password', false, PASSWORD))),

  // After login.
  'USERAUTH_REQUEST after login': loggedIn((client) => void client.send(auth('none'))),
  'SERVICE_REQUEST after login': loggedIn((client) => void client.send(message(5, 'ssh-userauth'))),
  'message 30 after login': loggedIn((client) => void client.send(message(30, 'x'))),
  'NEWKEYS after login': loggedIn((client) => void client.send(message(21))),
  'EXT_INFO after login': loggedIn((client) => void client.send(message(7, 0))),
  'message 101 after login': loggedIn((client) => void client.send(message(101))),
  'message 192 after login': loggedIn((client) => void client.send(message(192, 'x'))),
  'an unknown global request': loggedIn((client) => void client.send(message(80, 'x@y', true))),
  'an unknown global request without reply': loggedIn((client) => void client.send(message(80, 'x@y', false))),
  'keepalive@openssh.com': loggedIn((client) => void client.send(message(80, 'keepalive@openssh.com', true))),
  'a malformed global request': loggedIn((client) => void client.send(message(80, 'x@y'))),
  'a malformed tcpip-forward': loggedIn((client) => void client.send(message(80, 'tcpip-forward', true, 'x'))),
  'cancel-tcpip-forward': loggedIn((client) => void client.send(message(80, 'cancel-tcpip-forward', true, '', 4))),
  'no-more-sessions, then a session': loggedIn(
    (client) =>
      void client.send(message(80, 'no-more-sessions@openssh.com', true), message(90, 'session', 0, 1000, 1000)),
  ),
  'hostkeys-prove of one key': loggedIn((client) => {
    client.send(message(80, 'hostkeys-prove-00@openssh.com', true, text(client.hostKeyBlob)));
  }),
  'hostkeys-prove of a stranger’s key': loggedIn((client) => {
    client.send(message(80, 'hostkeys-prove-00@openssh.com', true, text(ed25519Blob)));
  }),
  'hostkeys-prove of nothing': loggedIn(
    (client) => void client.send(message(80, 'hostkeys-prove-00@openssh.com', true)),
  ),
  'an unknown channel type': loggedIn((client) => void client.send(message(90, 'x@y', 3, 1000, 1000))),
  'an x11 channel': loggedIn((client) => void client.send(message(90, 'x11', 3, 1000, 1000, '127.0.0.1', 6000))),
  'a forwarded-tcpip channel': loggedIn(
    (client) => void client.send(message(90, 'forwarded-tcpip', 3, 1000, 1000, 'a', 1, 'b', 2)),
  ),
  'a tunnel': loggedIn((client) => void client.send(message(90, 'tun@openssh.com', 3, 1000, 1000, 1, 0x7fffffff))),
  'a tunnel of an unknown mode': loggedIn(
    (client) => void client.send(message(90, 'tun@openssh.com', 3, 1000, 1000, 9, 0x7fffffff)),
  ),
  'direct-tcpip with a port out of range': loggedIn(
    (client) => void client.send(message(90, 'direct-tcpip', 3, 1000, 1000, 'localhost', 70000, 'a', 1)),
  ),
  'direct-tcpip cut short': loggedIn(
    (client) => void client.send(message(90, 'direct-tcpip', 3, 1000, 1000, 'localhost')),
  ),
  'a session': loggedIn((client) => void client.send(message(90, 'session', 3, 1000, 1000))),
  'a session with trailing bytes': loggedIn((client) => void client.send(message(90, 'session', 3, 1000, 1000, 'x'))),
  'a channel open cut short': loggedIn((client) => void client.send(message(90, 'session', 3))),
  'eleven sessions': loggedIn(
    (client) => void client.send(...Array.from({ length: 11 }, (_, i) => message(90, 'session', i, 1000, 1000))),
  ),
  'a number is used again after CLOSE': loggedIn(async (client) => {
    client.send(message(90, 'session', 0, 9, 9), message(90, 'session', 1, 9, 9));
    await client.until(91);
    await client.until(91);
    client.send(message(97, 0), message(90, 'session', 2, 9, 9));
  }),
  'data for no channel': loggedIn((client) => void client.send(message(94, 5, 'x'))),
  'data for a channel out of range': loggedIn((client) => void client.send(message(94, 0xffffffff, 'x'))),
  'a data message without a number': loggedIn((client) => void client.send(message(94))),
  'EOF for no channel': loggedIn((client) => void client.send(message(96, 5))),
  'CLOSE for no channel': loggedIn((client) => void client.send(message(97, 5))),
  'a request for no channel': loggedIn((client) => void client.send(message(98, 5, 'shell', true))),
  'a request for channel -1': loggedIn((client) => void client.send(message(98, 0xffffffff, 'shell', true))),
  'a window for no channel': loggedIn((client) => void client.send(message(93, 5, 1))),
  'extended data for no channel': loggedIn((client) => void client.send(message(95, 5, 1, 'x'))),
  'CHANNEL_SUCCESS for no channel': loggedIn((client) => void client.send(message(99, 5))),
  'an open confirmation for no channel': loggedIn((client) => void client.send(message(91, 5, 0, 0, 0))),
  're-keying by the client': loggedIn(async (client) => {
    await client.exchange();
    client.send(message(80, 'x@y', true));
  }),
  're-keying by the client, strict': loggedIn(async (client) => {
    await client.exchange(strict);
    client.send(message(80, 'x@y', true));
  }, strict),
  'a request in the middle of a re-keying is answered after it': loggedIn(async (client) => {
    const own = client.kexInit();
    client.send(own, message(80, 'x@y', true));
    await client.exchange({}, own, true);
  }),
  'IGNORE in the middle of a strict re-keying': loggedIn(async (client) => {
    const own = client.kexInit(strict);
    client.send(own, message(2, 'x'));
    await client.exchange(strict, own, true);
    client.send(message(80, 'x@y', true));
  }, strict),
  'a re-keying without common ciphers': loggedIn((client) => void client.send(client.kexInit({ cipher: 'x' }))),

  // Sessions.
  exec: inSession((client) => void client.request('exec', true, 'echo hi')),
  'exec without reply': inSession((client) => void client.request('exec', false, 'echo hi')),
  'exec with stdin at its end': inSession((client) => {
    client.request('exec', true, 'cat; exit 3').send(message(94, client.channel, 'x'), message(96, client.channel));
  }),
  'exec that dies of a signal': inSession((client) => void client.request('exec', true, 'kill -TERM $$')),
  'exec with NUL': inSession((client) => void client.request('exec', true, 'a\0b')),
  'exec with trailing bytes': inSession((client) => void client.request('exec', true, 'true', 'x')),
  'exec cut short': inSession((client) => void client.request('exec', true)),
  'two execs in one session': inSession((client) => {
    client.request('exec', true, 'cat').request('exec', true, 'cat');
  }),
  'a small window': loggedIn(async (client) => {
    await client.open(7, 3, 1 << 15);
    client.request('exec', true, 'echo hello');
    await client.until(94);
    client.send(message(93, 7, 2));
    await client.until(94);
    client.send(message(93, 7, 100));
  }),
  'small packets': loggedIn(async (client) => {
    await client.open(7, 1000, 4);
    client.request('exec', true, 'echo hello');
  }),
  'a window beyond 2^32': inSession((client) => void client.send(message(93, client.channel, 0xffffffff))),
  'a malformed window': inSession((client) => void client.send(message(93, client.channel))),
  'env that is accepted': inSession((client) => void client.request('env', true, 'LC_TEST', 'x')),
  'env that is refused': inSession((client) => void client.request('env', true, 'FOO', 'x')),
  'env cut short': inSession((client) => void client.request('env', true, 'FOO')),
  'a pty': inSession((client) => void client.request('pty-req', true, 'xterm', 80, 24, 0, 0, '')),
  'two ptys': inSession((client) => {
    client.request('pty-req', true, 'xterm', 80, 24, 0, 0, '').request('pty-req', true, 'xterm', 80, 24, 0, 0, '');
  }),
  'a pty with a mode cut short': inSession(
    (client) => void client.request('pty-req', true, 'xterm', 80, 24, 0, 0, text(Buffer.of(3, 0, 0))),
  ),
  'a pty with an unknown mode': inSession(
    (client) => void client.request('pty-req', true, 'xterm', 80, 24, 0, 0, text(Buffer.of(158, 0, 0, 0, 1, 0))),
  ),
  'a pty with mode 200': inSession(
    (client) => void client.request('pty-req', true, 'xterm', 80, 24, 0, 0, text(Buffer.of(200, 0))),
  ),
  'a pty cut short': inSession((client) => void client.request('pty-req', true, 'xterm', 80)),
  'window-change without a pty': inSession((client) => void client.request('window-change', true, 80, 24, 0, 0)),
  'window-change cut short': inSession((client) => void client.request('window-change', true, 80)),
  'signal before a process': inSession((client) => void client.request('signal', true, 'TERM')),
  'an unknown signal': inSession((client) => {
    client.request('exec', true, 'cat').request('signal', true, 'FOO');
  }),
  'signal TERM': inSession(async (client) => {
    client.request('exec', true, 'cat');
    await client.until(99);
    await new Promise((resolve) => setTimeout(resolve, 300));
    client.request('signal', true, 'TERM');
  }),
  'signal ALRM, which sshd does not know': inSession((client) => {
    client.request('exec', true, 'cat').request('signal', true, 'ALRM');
  }),
  'break without a pty': inSession((client) => void client.request('break', true, 500)),
  'break cut short': inSession((client) => void client.request('break', true)),
  'a subsystem that is not there': inSession((client) => void client.request('subsystem', true, 'rot13')),
  'an unknown request': inSession((client) => void client.request('x@y', true)),
  eow: inSession((client) => void client.request('eow@openssh.com', true)),
  'auth-agent-req with trailing bytes': inSession(
    (client) => void client.request('auth-agent-req@openssh.com', true, 'x'),
  ),
  'x11-req cut short': inSession((client) => void client.request('x11-req', true, true)),
  'env after exec': inSession((client) => {
    client.request('exec', true, 'cat').request('env', true, 'LC_X', 'y');
  }),
  'data before exec': inSession((client) => void client.send(message(94, client.channel, 'x'))),
  'malformed data before exec': inSession((client) => void client.send(message(94, client.channel))),
  'malformed data': inSession((client) => {
    client.request('exec', true, 'cat').send(message(94, client.channel, 99999));
  }),
  'CLOSE before exec': inSession((client) => void client.send(message(97, client.channel))),
  'CLOSE with trailing bytes': inSession((client) => void client.send(message(97, client.channel, 0))),
  'EOF with trailing bytes': inSession((client) => void client.send(message(96, client.channel, 0))),
  'EOF before exec': inSession((client) => void client.send(message(96, client.channel))),
  'EOF twice': inSession((client) => {
    client.request('exec', true, 'cat').send(message(96, client.channel), message(96, client.channel));
  }),
  'extended data before exec': inSession((client) => void client.send(message(95, client.channel, 1, 'x'))),
  'extended data': inSession((client) => {
    client.request('exec', true, 'cat').send(message(95, client.channel, 1, 'x'));
  }),
  'extended data after EOF': inSession((client) => {
    client.request('exec', true, 'sleep 5').send(message(96, client.channel), message(95, client.channel, 1, 'x'));
  }),
  'extended data cut short': inSession((client) => {
    client.request('exec', true, 'cat').send(message(95, client.channel));
  }),
  'an open confirmation for a session': inSession((client) => void client.send(message(91, client.channel, 0, 0, 0))),
  'an open failure for a session': inSession((client) => void client.send(message(92, client.channel, 1, '', ''))),
  'data beyond the packet size': inSession((client) => {
    client
      .request('exec', true, 'cat')
      .send(message(94, client.channel, text(Buffer.alloc(32769, 0x78))), message(94, client.channel, 'y'));
  }),
  'DISCONNECT after login': inSession((client) => void client.send(message(1, 11, 'bye', ''))),
  'the window grows as data is read': inSession(async (client) => {
    client.request('exec', true, 'cat >/dev/null');
    await client.until(99);
    for (let i = 0; i < 4; i++) client.send(message(94, client.channel, text(Buffer.alloc(32768, 0x78))));
  }),
};
