// Telnet clients that flood, never end, never read or never come to the point, against one real sensor: bounded, ended, counted; a login works beside.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, sub, text, verb, WILL } from '../real/telnet/client.ts';
import { NO, NO_AGAIN, o } from '../real/telnet/probe.ts';
import { PASSWORD, type Server, startSensor, USER } from '../real/telnet/servers.ts';
import { readJournal, until } from './running.ts';

let sensor: Server & { data: string };
before(async () => {
  sensor = await startSensor('inetutils-2.4', {
    KANSATSUKI_TELNET__PATIENCE: '1',
    KANSATSUKI_LIMITS__PER_ADDRESS: '5000',
  });
});
after(() => sensor?.stop());

const open = async (): Promise<Socket & { ended: boolean; local: number }> => {
  const socket = connect({ port: sensor.port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  const more = Object.assign(socket, { ended: false, local: socket.localPort! });
  socket.on('data', () => {});
  socket.on('error', () => {});
  for (const event of ['end', 'close']) socket.on(event, () => (more.ended = true));
  return more;
};
/** Events of the connection from this port. */
const events = (port: number) => readJournal(sensor.data).filter((event) => event['src_port'] === port);
const closed = (port: number, ms = 15_000) =>
  until(
    () => events(port).some((event) => event['eventid'] === 'cowrie.session.closed'),
    ms,
    () => 'it is still open',
  );
const reasons = (port: number) => events(port).flatMap((event) => (event['reason'] ? [event['reason']] : []));

/** A right login still gets its shell. */
async function unharmed(): Promise<void> {
  const client = new Client(sensor.port, 3);
  await client.rest(150);
  client.send(NO, NO_AGAIN);
  await client.until('login: ');
  client.send(`${USER}\r\n`);
  await client.until('Password: ');
  client.send(`${PASSWORD}\r\n`);
  const seen = await client.until('# ');
  client.close();
  assert.match(seen.join(' '), /# /);
}

describe('Telnet clients that do harm', { concurrency: 8, timeout: 100_000 }, () => {
  test('a flood of options ends the connection and is told', async () => {
    const socket = await open();
    for (let i = 0; i < 200 && !socket.ended; i++) {
      socket.write(Buffer.concat(Array.from({ length: 100 }, () => verb(WILL, i % 256))));
      await sleep(1);
    }
    await closed(socket.local);
    assert.ok(reasons(socket.local).includes('option flood'));
    assert.ok(events(socket.local).length < 400, 'every option is told once');
  });

  test('a subnegotiation without end costs nothing', async () => {
    const socket = await open();
    socket.write(Buffer.of(255, 250, 39, 0));
    for (let i = 0; i < 40; i++) {
      socket.write(Buffer.alloc(65_536, 'A'));
      await sleep(5);
    }
    await sleep(300);
    socket.destroy();
    await closed(socket.local);
    assert.deepEqual(reasons(socket.local), ['subnegotiation too long']);
  });

  for (const [what, bytes] of [
    ['a megabyte without a newline', Buffer.alloc(1 << 20, 'x')],
    ['a megabyte of NUL', Buffer.alloc(1 << 20)],
    ['a megabyte of line ends', Buffer.alloc(1 << 20, '\r')],
    ['a megabyte of IAC', Buffer.alloc(1 << 20, 255)],
  ] as const)
    test(`${what} is taken, bounded`, async () => {
      const socket = await open();
      socket.write(bytes);
      await sleep(1500);
      socket.destroy();
      await closed(socket.local);
      const bytesTold = JSON.stringify(events(socket.local)).length;
      assert.ok(bytesTold < 100_000, `${bytesTold} bytes of events`);
    });

  test('half of a connection closed ends it, as the daemon does', async () => {
    const socket = await open();
    socket.end();
    await until(
      () => socket.ended,
      5000,
      () => 'it stays half open',
    );
    await closed(socket.local);
  });

  test('a login byte by byte is a login', async () => {
    const client = new Client(sensor.port, 2);
    await client.rest(150);
    for (const byte of Buffer.concat([NO, NO_AGAIN])) {
      client.send(Buffer.of(byte));
      await sleep(2);
    }
    await client.until('login: ');
    for (const byte of text(`${USER}\r\n`)) {
      client.send(Buffer.of(byte));
      await sleep(5);
    }
    await client.until('Password: ');
    for (const byte of text(`${PASSWORD}\r\n`)) {
      client.send(Buffer.of(byte));
      await sleep(5);
    }
    assert.match((await client.until('# ')).join(' '), /# /);
    client.close();
  });

  test('an environment of 10,000 variables is told as far as anyone reads', async () => {
    const socket = await open();
    for (let i = 0; i < 100; i++) {
      const some = Array.from({ length: 100 }, (_, n) => `\x00V${i * 100 + n}\x01x`).join('');
      socket.write(sub(o['NEW-ENVIRON'], 0, some));
      await sleep(1);
    }
    await sleep(500);
    socket.destroy();
    await closed(socket.local);
    const variables = events(socket.local).filter((event) => event['eventid'] === 'cowrie.client.var');
    assert.equal(variables.length, 64);
    assert.ok(reasons(socket.local).includes('too many variables'));
  });

  test('windows of any size do no harm', async () => {
    const client = new Client(sensor.port, 2);
    await client.rest(150);
    client.send(NO, NO_AGAIN);
    await client.until('login: ');
    client.send(verb(WILL, o.NAWS));
    client.send(`${USER}\r\n`);
    await client.until('Password: ');
    client.send(`${PASSWORD}\r\n`);
    await client.until('# ');
    for (const size of [
      [0, 0, 0, 0],
      [255, 255, 255, 255, 255, 255, 255, 255],
      [0, 1, 0, 1],
      [0, 0, 0, 24],
      [0, 80, 0, 0],
    ])
      client.send(sub(o.NAWS, ...size), 'echo a long enough line to wrap around\r\n');
    await client.rest(600);
    client.send(sub(o.NAWS, 0, 80, 0, 24), 'stty size\r\n');
    assert.match((await client.until('24 80', 5000)).join(' '), /24 80/);
    client.close();
  });

  test('one that never reads is cut off', async () => {
    const socket = await open();
    socket.pause();
    socket.write(Buffer.concat([NO, NO_AGAIN]));
    for (let i = 0; i < 30 && !socket.destroyed; i++) {
      socket.write(Buffer.concat(Array.from({ length: 300 }, () => Buffer.of(255, 246))));
      await sleep(5);
    }
    await sleep(500);
    socket.destroy();
    await closed(socket.local);
  });

  test('exploits are told by their names', async () => {
    const socket = await open();
    socket.write(verb(WILL, 39, 38, 34));
    socket.write(sub(39, 0, '\x00USER\x01-f root'));
    socket.write(sub(39, 0, '\x00CREDENTIALS_DIRECTORY\x01/tmp/x\x00TTYPROMPT\x01abcdef'));
    socket.write(sub(38, 7, 'K'.repeat(300)));
    socket.write(sub(34, 3, ...Array.from({ length: 120 }, (_, i) => (i % 3 === 0 ? 40 : 1))));
    for (let i = 0; i < 10; i++) socket.write(Buffer.concat(Array.from({ length: 50 }, () => Buffer.of(255, 246))));
    await sleep(600);
    socket.destroy();
    await closed(socket.local);
    const found = events(socket.local);
    const cves = found.filter((event) => event['eventid'] === 'kansatsuki.telnet.exploit').map((event) => event['cve']);
    assert.deepEqual(cves.sort(), [
      'CVE-2001-0554',
      'CVE-2001-0797',
      'CVE-2011-4862',
      'CVE-2026-24061',
      'CVE-2026-28372',
      'CVE-2026-32746',
    ]);
    const attempt = found.find((event) => event['eventid'] === 'cowrie.telnet.exploit_attempt');
    assert.equal(attempt?.['message'], 'CVE-2026-24061 exploit attempt detected: USER=-f root');
    assert.ok(!found.some((event) => event['eventid'] === 'cowrie.telnet.exploit_success'));
  });

  test('300 that say nothing, and a login beside them', async () => {
    const idle = await Promise.all(Array.from({ length: 300 }, open));
    await unharmed();
    for (const socket of idle) socket.destroy();
  });
});

test('the exploit succeeds where the operator wants it', { timeout: 30_000 }, async () => {
  const generous = await startSensor('inetutils-2.4', { KANSATSUKI_TELNET__EXPLOIT: 'succeed' });
  try {
    const client = new Client(generous.port, 2);
    await client.rest(150);
    client.send(verb(254, o.AUTHENTICATION, o.ENCRYPT));
    client.send(verb(252, o['TERMINAL-TYPE'], o['TERMINAL-SPEED'], o['X-DISPLAY-LOCATION'], o.ENVIRON), verb(WILL, 39));
    await client.rest(400);
    client.send(sub(39, 0, '\x00USER\x01-f root'));
    await client.rest(400);
    client.send(NO_AGAIN);
    assert.match((await client.until('# ')).join(' '), /# /, 'a shell without a password');
    client.send('id -un\r\n');
    assert.match((await client.until('root\r\n')).join(' '), /root/);
    client.close();
    await until(
      () => readJournal(generous.data).some((event) => event['eventid'] === 'cowrie.session.closed'),
      8000,
      () => '',
    );
    const success = readJournal(generous.data).find((event) => event['eventid'] === 'cowrie.telnet.exploit_success');
    assert.equal(success?.['username'], 'root');
    assert.equal(success?.['original_username'], '-f root');
  } finally {
    await generous.stop();
  }
});
