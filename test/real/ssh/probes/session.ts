// Session channels: their requests, their data, and how they end.
import { message, text } from '../client.ts';
import { inSession, loggedIn, type Probes } from '../probe.ts';

export const session: Probes = {
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
    // The program is at its end before the window opens again: otherwise its exit comes at any place among the data.
    client.request('exec', true, 'echo hello');
    await client.until(94);
    await client.pause(1000);
    client.send(message(93, client.channel, 2));
    await client.until(94);
    client.send(message(93, client.channel, 100));
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
    await client.pause(300);
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
    const piece = message(94, client.channel, text(Buffer.alloc(32768, 0x78)));
    for (let i = 0; i < 3; i++) client.send(piece);
    // What has been read by then is what the answer to the fourth gives back: all of it, if the reader had its time.
    await client.pause(1000);
    client.send(piece);
  }),

  // The end of a session: what the process does, what it leaves behind, and what the client closes.
  'CLOSE while the process reads': inSession(async (client) => {
    client.request('exec', true, 'cat');
    await client.until(99);
    client.send(message(97, client.channel));
  }),
  'CLOSE while the process does not care': inSession(async (client) => {
    client.request('exec', true, 'sleep 1; exit 4');
    await client.until(99);
    client.send(message(97, client.channel));
    client.seen.push(...(await client.rest(200)));
    client.send(message(98, client.channel, 'signal', true, 'INFO'), message(97, client.channel));
    await client.until(98);
  }),
  'CLOSE under a terminal': inSession(async (client) => {
    client.request('pty-req', true, 'xterm', 80, 24, 0, 0, '').request('exec', true, 'sleep 9');
    await client.until(99);
    await client.until(99);
    await client.pause(300);
    client.send(message(97, client.channel));
  }),
  'a process that writes after CLOSE': inSession(async (client) => {
    client.request('exec', true, 'sleep 0.6; echo late; echo later; exit 5');
    await client.until(99);
    client.send(message(97, client.channel));
    await client.until(98);
  }),
  'the background holds the output': inSession(async (client) => {
    client.request('exec', true, 'sleep 1 & echo hi; exit 3');
    await client.until(98);
    client.seen.push('-', ...(await client.rest(200)));
    await client.until(97);
  }),
  'the background lets go of the output': inSession(async (client) => {
    client.request('exec', true, 'sleep 9 >/dev/null 2>&1 & echo hi; exit 3');
    await client.until(97);
  }),
  'the background writes after the end': inSession(async (client) => {
    client.request('exec', true, '(sleep 1; echo late) & echo hi; exit 3');
    await client.until(98);
    client.seen.push('-');
    await client.until(97);
  }),
  'data after the end': inSession(async (client) => {
    client.request('exec', true, 'sleep 1 & exit 0');
    await client.until(98);
    client.send(message(94, client.channel, 'x'), message(96, client.channel));
    await client.until(97);
  }),
  'eow while the process writes': inSession(async (client) => {
    client.request('exec', true, 'echo a; sleep 0.7; echo b; echo c; exit 7');
    await client.until(94);
    client.request('eow@openssh.com', true);
    await client.until(98);
  }),
  'eow twice': inSession(async (client) => {
    client.request('exec', true, 'cat; exit 6');
    await client.until(99);
    client.request('eow@openssh.com', true).request('eow@openssh.com', false);
    client.send(message(94, client.channel, 'x'));
  }),
  'standard error and standard output': inSession(async (client) => {
    client.request('exec', true, 'echo a; sleep 0.3; echo b >&2; sleep 0.3; echo c');
    await client.until(97);
  }),
  'EOF to a process that goes on': inSession(async (client) => {
    client.request('exec', true, 'cat; sleep 0.5; echo done');
    client.send(message(94, client.channel, 'x'), message(96, client.channel));
    await client.until(97);
  }),
  'the shell ends at EOF': inSession(async (client) => {
    client.request('shell', true);
    await client.until(99);
    client.send(message(94, client.channel, 'echo $((6*7))\nexit 9\n'));
    await client.until(97);
  }),
};
