// Connections that sshd refuses or ends by itself: the same text, at the same connection, after the same time as ours.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Server, sshdIsMissing, startSensor, startSshd } from './servers.ts';

const skip = sshdIsMissing();
/** Longer than either server takes to answer. */
const SETTLED_MS = 400;

/** Connects, says nothing, and tells what came and whether the server closed. */
async function visit(
  port: number,
  host = '127.0.0.1',
): Promise<{ socket: Socket; said: () => string; closed: () => boolean }> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: host });
  let text = '';
  let closed = false;
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {
    closed = true;
  });
  socket.on('end', () => {
    closed = true;
  });
  await once(socket, 'connect');
  await sleep(SETTLED_MS);
  return { socket, said: () => text, closed: () => closed };
}

/** What each of some connections made one after another sees; all stay open until the end. */
async function queue(port: number, hosts: string[]): Promise<string[]> {
  const visits = [];
  for (const host of hosts) visits.push(await visit(port, host));
  const seen = visits.map(
    ({ said, closed }) =>
      `${said().replace(/^SSH-2\.0-OpenSSH_9\.2p1.*\r\n.*/s, 'ident\n')}${closed() ? 'closed' : 'open'}`,
  );
  for (const { socket } of visits) socket.destroy();
  return seen;
}

const CASES: { name: string; sshd: string[]; ours: NodeJS.ProcessEnv; hosts: string[]; seen: string[] }[] = [
  {
    name: 'MaxStartups 2:100:3',
    sshd: ['MaxStartups=2:100:3'],
    ours: { KANSATSUKI_LIMITS__MAX_STARTUPS: '2:100:3' },
    hosts: Array(4).fill('127.0.0.1'),
    seen: ['ident\nopen', 'ident\nopen', 'Exceeded MaxStartups\r\nclosed', 'Exceeded MaxStartups\r\nclosed'],
  },
  {
    name: 'PerSourceMaxStartups 1',
    sshd: ['PerSourceMaxStartups=1'],
    ours: { KANSATSUKI_LIMITS__PER_SOURCE_STARTUPS: '1', KANSATSUKI_LIMITS__SOURCE_BLOCK: '32:128' },
    hosts: ['127.0.0.1', '127.0.0.1', '127.0.0.2'],
    seen: ['ident\nopen', 'Exceeded MaxStartups\r\nclosed', 'ident\nopen'],
  },
  {
    name: 'PerSourceMaxStartups 1 in blocks of 24 bits',
    sshd: ['PerSourceMaxStartups=1', 'PerSourceNetBlockSize=24:64'],
    ours: { KANSATSUKI_LIMITS__PER_SOURCE_STARTUPS: '1', KANSATSUKI_LIMITS__SOURCE_BLOCK: '24:64' },
    hosts: ['127.0.0.1', '127.0.0.200', '127.0.1.1'],
    seen: ['ident\nopen', 'Exceeded MaxStartups\r\nclosed', 'ident\nopen'],
  },
];

describe('limits as OpenSSH 9.2p1', { skip, timeout: 120_000 }, () => {
  for (const { name, sshd, ours, hosts, seen } of CASES)
    test(name, async () => {
      const [theirs, own] = await Promise.all([startSshd(sshd), startSensor(ours)]);
      try {
        // The helpers' own connection has left.
        await sleep(SETTLED_MS);
        assert.deepEqual(await queue(theirs.port, hosts), seen, 'sshd');
        assert.deepEqual(await queue(own.port, hosts), seen, 'ours');
        await sleep(SETTLED_MS);
        assert.deepEqual(await queue(own.port, hosts.slice(0, 1)), ['ident\nopen'], 'places are given back');
      } finally {
        await Promise.all([theirs.stop(), own.stop()]);
      }
    });

  describe('LoginGraceTime 2', () => {
    const servers: Server[] = [];
    before(async () => {
      servers.push(
        ...(await Promise.all([startSshd(['LoginGraceTime=2']), startSensor({ KANSATSUKI_LIMITS__LOGIN_GRACE: '2' })])),
      );
    });
    after(() => Promise.all(servers.map((server) => server.stop())));

    for (const [i, who] of ['sshd', 'ours'].entries())
      test(`${who} closes after two seconds without a word`, async () => {
        const started = performance.now();
        const { socket, said, closed } = await visit(servers[i]!.port);
        assert.equal(closed(), false);
        socket.write('SSH-2.0-x\r\n');
        await Promise.race([once(socket, 'close'), sleep(5_000)]);
        const seconds = (performance.now() - started) / 1000;
        assert.ok(seconds > 1.9 && seconds < 2.6, `${seconds} s`);
        // The identification and KEXINIT, and no DISCONNECT (message 1) behind them.
        assert.match(said(), /^SSH-2\.0-OpenSSH_9\.2p1[^\n]*\n/);
        const packet = Buffer.from(said().slice(said().indexOf('\n') + 1), 'latin1');
        assert.equal(packet[5], 20);
        assert.equal(packet.length, 4 + packet.readUInt32BE(0));
        socket.destroy();
      });
  });
});
