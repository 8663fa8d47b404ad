// After login: global requests, channels of every kind, messages to channels that do not exist, re-keying.
import { message, text } from '../client.ts';
import { auth, ed25519Blob, loggedIn, type Probe, type Probes, strict } from '../probe.ts';

export const connection: Probes = {
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

  // Messages in every number, alone and between two requests whose answers show the order.
  ...Object.fromEntries(
    [
      0, 3, 4, 6, 8, 19, 20, 22, 29, 31, 32, 34, 49, 51, 52, 53, 60, 61, 63, 79, 83, 89, 102, 127, 128, 191, 193, 255,
    ].map((type): [string, Probe] => [
      `message ${type} between two requests`,
      loggedIn((client) => void client.send(message(80, 'x', true), message(type, 7, 'x'), message(80, 'y', true))),
    ]),
  ),
  'global requests in a row': loggedIn((client) => {
    client.send(
      message(80, 'a', true),
      message(80, 'keepalive@openssh.com', true),
      message(80, 'b', false),
      message(80, 'no-more-sessions@openssh.com', false),
      message(80, 'hostkeys-prove-00@openssh.com', true, text(client.hostKeyBlob)),
      message(80, 'c', true),
    );
  }),
  'a global request with a flag of 2': loggedIn((client) => void client.send(message(80, 'x', Buffer.of(2)))),
  'a global request with NUL': loggedIn((client) => void client.send(message(80, 'keepalive\0', true))),
  'a global request of 30,000 bytes': loggedIn((client) => void client.send(message(80, 'k'.repeat(30_000), true))),
  'a global request without anything': loggedIn((client) => void client.send(message(80))),
  'no-more-sessions with trailing bytes': loggedIn((client) => {
    client.send(message(80, 'no-more-sessions@openssh.com', true, 'x'), message(90, 'x', 1, 2, 3));
  }),
  'no-more-sessions without reply, then a session': loggedIn((client) => {
    client.send(message(80, 'no-more-sessions@openssh.com', false), message(90, 'session', 0, 1000, 1000));
  }),
  'hostkeys-prove of one key twice': loggedIn((client) => {
    const key = text(client.hostKeyBlob);
    client.send(message(80, 'hostkeys-prove-00@openssh.com', true, key, key));
  }),
  'hostkeys-prove of ours and a stranger’s key': loggedIn((client) => {
    client.send(message(80, 'hostkeys-prove-00@openssh.com', true, text(client.hostKeyBlob), text(ed25519Blob)));
  }),
  'hostkeys-prove of a key cut short': loggedIn((client) => {
    client.send(message(80, 'hostkeys-prove-00@openssh.com', true, text(client.hostKeyBlob).subarray(0, -3)));
  }),
  'hostkeys-prove of no key': loggedIn((client) => {
    client.send(message(80, 'hostkeys-prove-00@openssh.com', true, 'zzz'));
  }),
  'hostkeys-prove without reply': loggedIn((client) => {
    client.send(message(80, 'hostkeys-prove-00@openssh.com', false, text(client.hostKeyBlob)), message(80, 'x', true));
  }),
  'hostkeys-00 from a client': loggedIn((client) => {
    client.send(message(80, 'hostkeys-00@openssh.com', true, text(client.hostKeyBlob)));
  }),
  'the answer to a request that was not made': loggedIn((client) => {
    client.send(message(81), message(82), message(81, 'x'), message(80, 'x', true));
  }),

  // Channels.
  ...Object.fromEntries(
    [
      '',
      'SESSION',
      'session\0',
      'session ',
      'auth-agent@openssh.com',
      'forwarded-streamlocal@openssh.com',
      'mux',
      'x'.repeat(3000),
    ].map((type): [string, Probe] => [
      `a channel of type ${JSON.stringify(type.slice(0, 40))}`,
      loggedIn((client) => void client.send(message(90, type, 3, 1000, 1000), message(80, 'x', true))),
    ]),
  ),
  'a tunnel without a mode': loggedIn((client) => void client.send(message(90, 'tun@openssh.com', 3, 1000, 1000))),
  'a tunnel of ethernet': loggedIn((client) => void client.send(message(90, 'tun@openssh.com', 3, 1000, 1000, 2, 0))),
  'a channel without its type': loggedIn((client) => void client.send(message(90))),
  'two sessions of one number': loggedIn((client) => {
    client.send(message(90, 'session', 5, 1000, 1000), message(90, 'session', 5, 1000, 1000));
  }),
  'a session numbered 2^32 - 1': loggedIn((client) => void client.send(message(90, 'session', 0xffffffff, 9, 9))),
  'a session with no window and no packets': loggedIn(async (client) => {
    await client.open(7, 0, 0);
    client.request('exec', true, 'echo hi');
  }),
  'a session whose packets hold nothing': loggedIn(async (client) => {
    await client.open(7, 1000, 0);
    client.request('exec', true, 'echo hi');
  }),
  'a session whose packets hold a byte': loggedIn(async (client) => {
    await client.open(7, 1000, 1);
    client.request('exec', true, 'echo hi');
  }),
  'a session with the largest window and packets': loggedIn(async (client) => {
    await client.open(7, 0xffffffff, 0xffffffff);
    client.request('exec', true, 'head -c 100000 /dev/zero | tr "\\0" x');
    await client.until(97);
    const sizes = client.seen.filter((line) => line.startsWith('DATA')).map((line) => line.length);
    client.seen.length = 0;
    client.seen.push(
      `largest ${Math.max(...sizes) - 'DATA 7 ""'.length <= 32768}, all ${sizes.reduce((sum, size) => sum + size - 9, 0)}`,
    );
  }),
  'a full window, then more of it': loggedIn(async (client) => {
    await client.open(7, 0xffffffff, 100);
    client.send(message(93, client.channel, 1));
  }),
  'window that fills up to the brim': loggedIn(async (client) => {
    await client.open(7, 0xfffffff0, 100);
    client.send(message(93, client.channel, 15), message(80, 'x', true));
  }),
  'window in many pieces': loggedIn(async (client) => {
    await client.open(7, 0, 1 << 15);
    client.request('exec', true, 'echo hello; exit 2');
    await client.until(99);
    for (let i = 0; i < 6; i++) {
      client.send(message(93, client.channel, 1));
      await client.until(94);
    }
  }),
  'more data than the window holds': loggedIn(async (client) => {
    await client.open(7);
    client.request('exec', true, 'sleep 2');
    await client.until(99);
    const full = text(Buffer.alloc(32_768, 0x78));
    client.send(...Array.from({ length: 70 }, () => message(94, client.channel, full)), message(80, 'x', true));
    await client.until(82);
  }),
  'data on a channel that is closed': loggedIn(async (client) => {
    await client.open(7);
    client.request('exec', true, 'true');
    await client.until(97);
    client.send(message(94, client.channel, 'x'), message(96, client.channel), message(80, 'x', true));
  }),
  'a request on a channel that sshd has closed': loggedIn(async (client) => {
    await client.open(7);
    client.request('exec', true, 'true');
    await client.until(97);
    client.request('exec', true, 'true').request('x@y', true).request('signal', true, 'TERM');
    client.send(message(80, 'x', true));
  }),
  'CLOSE on both sides, then a request': loggedIn(async (client) => {
    await client.open(7);
    client.request('exec', true, 'true');
    await client.until(97);
    client.send(message(97, client.channel));
    client.request('exec', true, 'true');
  }),
  'window for a channel that sshd has closed': loggedIn(async (client) => {
    await client.open(7);
    client.request('exec', true, 'true');
    await client.until(97);
    client.send(message(93, client.channel, 5), message(80, 'x', true));
  }),
  'a number is given again': loggedIn(async (client) => {
    await client.open(7);
    client.request('exec', true, 'true');
    await client.until(97);
    client.send(
      message(97, client.channel),
      message(90, 'session', 8, 1000, 1000),
      message(90, 'session', 9, 1000, 1000),
    );
  }),
  'the eleventh session after one has ended': loggedIn(async (client) => {
    client.send(...Array.from({ length: 10 }, (_, i) => message(90, 'session', i, 1000, 1000)));
    for (let i = 0; i < 10; i++) await client.until(91);
    client.send(message(97, 4), message(90, 'session', 20, 1, 1), message(90, 'session', 21, 1, 1));
  }),
  'two processes at once': loggedIn(async (client) => {
    await client.open(7);
    client.request('exec', true, 'sleep 0.5; echo a; exit 1');
    await client.until(99);
    await client.open(8);
    client.request('exec', true, 'echo b; exit 2');
    await client.until(97);
    await client.until(97);
  }),
  'an x11 channel cut short': loggedIn((client) => void client.send(message(90, 'x11', 3, 1000, 1000))),
  'EOF and CLOSE without a process': loggedIn(async (client) => {
    await client.open(7);
    client.send(message(96, client.channel), message(97, client.channel), message(97, client.channel));
  }),
  'requests on a session without a process, after EOF': loggedIn(async (client) => {
    await client.open(7);
    client.send(message(96, client.channel));
    client.request('exec', true, 'cat; exit 4');
  }),

  // Re-keying.
  'NEWKEYS in the middle of a re-keying': loggedIn((client) => void client.send(client.kexInit(), message(21))),
  'KEXINIT twice in a re-keying': loggedIn((client) => void client.send(client.kexInit(), client.kexInit())),
  'the value before KEXINIT in a re-keying': loggedIn((client) => {
    client.send(message(30, text(Buffer.alloc(32, 9))), client.kexInit());
  }),
  'a channel in the middle of a re-keying': loggedIn((client) => {
    client.send(
      client.kexInit(),
      message(90, 'session', 3, 100, 100),
      message(94, 0, 'x'),
      message(98, 0, 'exec', true, 'echo hi'),
    );
  }),
  'data in the middle of a re-keying': loggedIn(async (client) => {
    await client.open(7);
    client.request('exec', true, 'cat');
    await client.until(99);
    const own = client.kexInit();
    client.send(own, message(94, client.channel, 'during'));
    await client.exchange({}, own, true);
    client.send(message(94, client.channel, 'after'));
  }),
  'a service in the middle of a re-keying': loggedIn(
    (client) => void client.send(client.kexInit(), message(5, 'ssh-userauth')),
  ),
  'a bad value in a re-keying': loggedIn((client) => void client.send(client.kexInit(), message(30, 'x'))),
  'a re-keying with another cipher': loggedIn(async (client) => {
    await client.exchange({ cipher: 'aes256-gcm@openssh.com' });
    client.send(message(80, 'x@y', true));
  }),
  'a re-keying with another cipher, MAC and compression': loggedIn(async (client) => {
    await client.exchange({ cipher: 'aes192-ctr', mac: 'umac-64-etm@openssh.com' });
    client.send(message(80, 'x@y', true));
  }),
  'a re-keying with another host key': loggedIn(async (client) => {
    await client.exchange({ hostKey: 'ecdsa-sha2-nistp256' });
    client.send(message(80, 'x@y', true));
  }),
  'three re-keyings': loggedIn(async (client) => {
    for (let i = 0; i < 3; i++) await client.exchange();
    client.send(message(80, 'x@y', true));
  }),
  'a re-keying that guesses wrong': loggedIn(async (client) => {
    const own = client.kexInit({ follows: true });
    client.send(own, message(30, 'wrong'));
    await client.exchange({}, own, true);
    client.send(message(80, 'x@y', true));
  }),
  'a strict marker only in the re-keying': loggedIn(async (client) => {
    const own = client.kexInit(strict);
    await client.exchange({}, own);
    client.send(message(80, 'x@y', true));
  }),
  'ext-info-c only in the re-keying': loggedIn(async (client) => {
    const own = client.kexInit({ kex: 'curve25519-sha256,ext-info-c' });
    await client.exchange({}, own);
    client.send(message(80, 'x@y', true));
  }),
  'IGNORE and DEBUG in a re-keying': loggedIn(async (client) => {
    const own = client.kexInit();
    client.send(own, message(2, 'x'), message(4, true, 'x', ''), message(3, 0));
    await client.exchange({}, own, true);
    client.send(message(80, 'x@y', true));
  }),
  'DISCONNECT in a re-keying': loggedIn((client) => void client.send(client.kexInit(), message(1, 11, 'bye', ''))),
  'the end after a request': loggedIn((client) => void client.socket.end(client.packet(message(80, 'x', true)))),
};
