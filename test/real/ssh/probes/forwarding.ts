// Forwarding, both ways and of every kind, as Debian's sshd_config allows it: what is answered, in which words, and which channel numbers it takes.
import { message, text } from '../client.ts';
import { inSession, loggedIn, type Probes } from '../probe.ts';

const direct = (host: string, port: number, id = 3) =>
  message(90, 'direct-tcpip', id, 1000, 1000, host, port, '192.0.2.1', 4711);
const unix = (path: string) => message(90, 'direct-streamlocal@openssh.com', 3, 1000, 1000, path, '', 0);
const remote = (host: string, port: number, reply = true) => message(80, 'tcpip-forward', reply, host, port);
const cancel = (host: string, port: number) => message(80, 'cancel-tcpip-forward', true, host, port);
const remoteUnix = (path: string) => message(80, 'streamlocal-forward@openssh.com', true, path);
const cancelUnix = (path: string) => message(80, 'cancel-streamlocal-forward@openssh.com', true, path);
const session = message(90, 'session', 9, 1000, 1000);

/** Nothing listens there, and two probes never ask for the same one. */
let ports = 21_100 + (process.pid % 700) * 12;
const port = () => ports++;
const path = () => `/tmp/kprobe-${process.pid}-${ports++}`;
const agent = 'auth-agent-req@openssh.com';

export const forwarding: Probes = {
  'a port where nothing listens': loggedIn((client) => void client.send(direct('127.0.0.1', 1))),
  'a port where nothing listens, by name': loggedIn((client) => void client.send(direct('localhost', 1))),
  'a port where nothing listens, IPv6': loggedIn((client) => void client.send(direct('::1', 1))),
  'a port where nothing listens, as one number': loggedIn((client) => void client.send(direct('2130706433', 1))),
  'a port where nothing listens, in short': loggedIn((client) => void client.send(direct('127.1', 1))),
  'a port where nothing listens, any address': loggedIn((client) => void client.send(direct('0.0.0.0', 1))),
  'port 0': loggedIn((client) => void client.send(direct('127.0.0.1', 0))),
  'a multicast address': loggedIn((client) => void client.send(direct('224.0.0.1', 80))),
  'the broadcast address': loggedIn((client) => void client.send(direct('255.255.255.255', 80))),
  'a name with NUL': loggedIn((client) => void client.send(direct('local\0host', 1))),
  'two at once, then a session: its number': loggedIn(async (client) => {
    client.send(direct('127.0.0.1', 1), direct('127.0.0.1', 1, 4));
    await client.until(92);
    await client.until(92);
    client.send(session);
  }),
  'trailing bytes': loggedIn(
    (client) => void client.send(message(90, 'direct-tcpip', 3, 1000, 1000, 'localhost', 1, 'a', 1, 'x')),
  ),
  'an origin port out of range': loggedIn(
    (client) => void client.send(message(90, 'direct-tcpip', 3, 1000, 1000, 'localhost', 1, 'a', 70_000)),
  ),
  'a Unix socket that is not there': loggedIn((client) => void client.send(unix('/nonexistent/socket'))),
  'a Unix socket that is a file': loggedIn((client) => void client.send(unix('/etc/passwd'))),
  'a Unix socket with a long name': loggedIn((client) => void client.send(unix(`/${'x'.repeat(200)}`))),
  'a Unix socket cut short': loggedIn(
    (client) => void client.send(message(90, 'direct-streamlocal@openssh.com', 3, 1000, 1000, '/x')),
  ),
  'a Unix socket, origin port out of range': loggedIn(
    (client) => void client.send(message(90, 'direct-streamlocal@openssh.com', 3, 1000, 1000, '/x', '', 70_000)),
  ),

  'listening on a port': loggedIn((client) => void client.send(remote('', port()))),
  'listening without an answer': loggedIn((client) => void client.send(remote('', port(), false), session)),
  'listening on port 0': loggedIn((client) => void client.send(remote('', 0))),
  'listening on port 0 without an answer': loggedIn((client) => void client.send(remote('', 0, false), session)),
  'listening on a privileged port': loggedIn((client) => void client.send(remote('', 80))),
  'listening on a port out of range': loggedIn((client) => void client.send(remote('', 0x80000000))),
  'listening with trailing bytes': loggedIn(
    (client) => void client.send(message(80, 'tcpip-forward', true, '', port(), 'x')),
  ),
  'listening twice on one port': loggedIn((client) => {
    const same = port();
    client.send(remote('', same), remote('', same));
  }),
  'listening, then a session: its number': loggedIn((client) => void client.send(remote('', port()), session)),
  'listening on IPv4 only, then a session': loggedIn(
    (client) => void client.send(remote('127.0.0.1', port()), session),
  ),
  'listening on IPv6 only, then a session': loggedIn((client) => void client.send(remote('::1', port()), session)),
  'listening on localhost, then a session': loggedIn(
    (client) => void client.send(remote('localhost', port()), session),
  ),
  'listening everywhere, then a session': loggedIn((client) => void client.send(remote('0.0.0.0', port()), session)),
  'listening at any name, then a session': loggedIn((client) => void client.send(remote('x.invalid', port()), session)),
  'listening, cancelled, then a session': loggedIn((client) => {
    const same = port();
    client.send(remote('', same), cancel('', same), session);
  }),
  'cancelled under another name': loggedIn((client) => {
    const same = port();
    client.send(remote('', same), cancel('localhost', same), cancel('', same), cancel('', same));
  }),
  'cancelled, and listened to again': loggedIn((client) => {
    const same = port();
    client.send(remote('', same), cancel('', same), remote('', same), session);
  }),
  'cancelled on port 0': loggedIn((client) => void client.send(remote('', 0), cancel('', 0))),
  'a listener cut short': loggedIn((client) => void client.send(message(80, 'tcpip-forward', true, ''))),
  'cancel cut short': loggedIn((client) => void client.send(message(80, 'cancel-tcpip-forward', true, ''))),

  'listening on a Unix socket, then a session': loggedIn((client) => void client.send(remoteUnix(path()), session)),
  'listening on a Unix socket twice': loggedIn((client) => {
    const same = path();
    client.send(remoteUnix(same), remoteUnix(same), cancelUnix(same), cancelUnix(same));
  }),
  'listening on a Unix socket, cancelled, and again': loggedIn((client) => {
    const same = path();
    client.send(remoteUnix(same), cancelUnix(same), remoteUnix(same), session);
  }),
  'listening on a Unix socket where no folder is': loggedIn(
    (client) => void client.send(remoteUnix('/nonexistent/socket')),
  ),
  'listening on a Unix socket where one may not write': loggedIn(
    (client) => void client.send(remoteUnix('/etc/socket')),
  ),
  'listening on a Unix socket with a long name': loggedIn(
    (client) => void client.send(remoteUnix(`/tmp/${'x'.repeat(200)}`)),
  ),
  'listening on a Unix socket without a name': loggedIn((client) => void client.send(remoteUnix(''))),
  'a Unix listener cut short': loggedIn(
    (client) => void client.send(message(80, 'streamlocal-forward@openssh.com', true)),
  ),

  'the agent, and the next session’s number': inSession((client) => {
    client.request(agent, true).send(session);
  }),
  'the agent twice': inSession((client) => void client.request(agent, true).request(agent, true)),
  'the agent of a second session': inSession(async (client) => {
    client.request(agent, true);
    await client.until(99);
    await client.open(8);
    client.request(agent, true);
  }),
  'the agent after exec': inSession((client) => void client.request('exec', true, 'cat').request(agent, true)),
  'the agent’s socket': inSession((client) => {
    client.request(agent, true);
    client.request(
      'exec',
      true,
      's=$SSH_AUTH_SOCK; test -S $s && echo $(stat -c "%a %U" $s $(dirname $s) | sed "s/kprobe.*/kprobe/") $s | sed "s/-.*//"',
    );
  }),
  'X11 without xauth': inSession(
    (client) => void client.request('x11-req', true, false, 'MIT-MAGIC-COOKIE-1', 'a0b1c2', 0).send(session),
  ),
  'X11 with a cookie of no sense': inSession(
    (client) => void client.request('x11-req', true, false, 'MIT-MAGIC-COOKIE-1', 'a0 b1;', 0),
  ),
  'X11 with trailing bytes': inSession(
    (client) => void client.request('x11-req', true, false, 'MIT-MAGIC-COOKIE-1', 'a0b1c2', 0, 'x'),
  ),
  'X11 after exec': inSession((client) => {
    client.request('exec', true, 'cat').request('x11-req', true, false, 'MIT-MAGIC-COOKIE-1', 'a0b1c2', 0);
  }),
  'a tunnel device, Ethernet': loggedIn(
    (client) => void client.send(message(90, 'tun@openssh.com', 3, 1000, 1000, 2, 0x7fffffff)),
  ),
  'a tunnel device without a mode': loggedIn(
    (client) => void client.send(message(90, 'tun@openssh.com', 3, 1000, 1000)),
  ),
  'a tunnel device without a unit': loggedIn(
    (client) => void client.send(message(90, 'tun@openssh.com', 3, 1000, 1000, 1)),
  ),
  'a forwarded Unix socket from a client': loggedIn(
    (client) => void client.send(message(90, 'forwarded-streamlocal@openssh.com', 3, 1000, 1000, text('/x'), '')),
  ),
  'an agent channel from a client': loggedIn(
    (client) => void client.send(message(90, 'auth-agent@openssh.com', 3, 1000, 1000)),
  ),
};
