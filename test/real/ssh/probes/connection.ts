// After login: global requests, channels of every kind, messages to channels that do not exist, re-keying.
import { message, text } from '../client.ts';
import { auth, ed25519Blob, loggedIn, type Probes, strict } from '../probe.ts';

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
};
