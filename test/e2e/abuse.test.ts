// Clients that do nothing, too much, or never the right thing, all against one real sensor beside a normal session that must not notice.
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, message, text, u32 } from '../real/ssh/client.ts';
import { until } from './running.ts';
import { Pulse, Sensor } from './sensor.ts';

/** Milliseconds for a command of the normal session: 100 on a quiet machine, and so much more where tests share it with others. */
const PATIENCE = 5_000;
const IDLE = 10_000;

let sensor: Sensor;
let pulse: Pulse | undefined;
before(async () => {
  // Idle connections are to stay: neither MaxStartups nor the bound of one address refuses them.
  sensor = await new Sensor({ connections: 60_000, per_address: 60_000 }).ready();
});
after(async () => {
  pulse?.stop();
  await sensor.stop();
});

/** Begins the normal session, or forgets what it noticed so far. */
async function begin(): Promise<Pulse> {
  if (!pulse) {
    pulse = new Pulse(sensor.port);
    await sleep(1500);
  }
  await pulse.ask();
  return pulse;
}

/** What the normal session noticed. */
async function unharmed(t: { diagnostic(text: string): void }, pulse: Pulse, what: string): Promise<void> {
  const { median, slowest, count } = await pulse.ask();
  t.diagnostic(
    `${what}: ${count} commands of the normal session, median ${median.toFixed(1)} ms, slowest ${slowest.toFixed(0)} ms; sensor ${sensor.memory.toFixed(0)} MiB`,
  );
  assert.ok(count > 0, `${what}: the normal session stood still`);
  assert.ok(slowest < PATIENCE, `${what}: a command took ${slowest.toFixed(0)} ms`);
  assert.ok(sensor.alive, sensor.stderr);
}

/** Ends when the server closes, or after some milliseconds. */
const closes = (client: Client, ms: number) =>
  until(() => client.closed, ms).then(
    () => true,
    () => false,
  );

const auth = (method: string, ...rest: Parameters<typeof message>[1][]) =>
  message(50, 'root', 'ssh-connection', method, ...rest);
const blob = Buffer.concat([text('ssh-rsa'), text(Buffer.alloc(385, 0x55)), text(Buffer.alloc(385, 0x57))]);
const signature = Buffer.concat([text('rsa-sha2-512'), text(Buffer.alloc(384, 1))]);

/** What clients send behind the first keys without ever logging in; each must end, or cost little, by itself. */
const floods: [name: string, payload: () => Buffer, times: number][] = [
  ['IGNORE', () => message(2, 'x'), 20_000],
  ['large IGNORE', () => message(2, Buffer.concat([text(Buffer.alloc(30_000))])), 200],
  ['SERVICE_REQUEST', () => message(5, 'ssh-userauth'), 20_000],
  ['none', () => auth('none'), 2000],
  ['KEXINIT', () => new Client(sensor.port).kexInit(), 500],
  ['signatures', () => auth('publickey', true, 'rsa-sha2-512', text(blob), text(signature)), 500],
  ['key queries', () => auth('publickey', false, 'rsa-sha2-512', text(blob)), 500],
  ['unknown messages', () => message(199), 20_000],
  ['group exchange', () => message(34, 8192, 8192, 8192), 500],
];

test('nobody makes the server compute without bound before the login', { timeout: 60_000 }, async (t) => {
  const CLIENTS = 12;
  const cost = async (attack: (client: Client) => Promise<unknown>) => {
    const clients: Client[] = [];
    for (let i = 0; i < CLIENTS; i++) clients.push(new Client(sensor.port));
    await sleep(100);
    const start = sensor.cpu;
    for (const client of clients) {
      await attack(client);
      client.close();
    }
    await sleep(100);
    return (sensor.cpu - start) / CLIENTS;
  };
  const handshake = async (client: Client) => void (await client.secure());
  for (let i = 0; i < 3; i++) await cost(handshake);
  const one = await cost(handshake);
  t.diagnostic(`a handshake: ${one.toFixed(1)} ms`);
  for (const [name, payload, times] of floods) {
    const each = await cost(async (client) => {
      await handshake(client);
      const one = payload();
      for (let sent = 0; sent < times && !client.closed; sent += 100) {
        client.send(...Array<Buffer>(Math.min(100, times)).fill(one));
        if (client.socket.writableLength > 1 << 20) await sleep(5);
      }
      await closes(client, 300);
    });
    t.diagnostic(`${name}: ${each.toFixed(1)} ms`);
    // The figure belongs to bench/ and docs/security.md; this catches what has no bound at all, on a machine however busy.
    assert.ok(
      each <= 30 * one,
      `${name}: ${each.toFixed(1)} ms for a connection, ${one.toFixed(1)} ms for a handshake`,
    );
  }
});

const loopback = (n: number) => `127.0.0.${2 + (n % 200)}`;

test(`${IDLE.toLocaleString('en')} idle connections and slow ones keep nobody waiting`, {
  timeout: 90_000,
}, async (t) => {
  const pulse = await begin();
  const before = sensor.memory;
  const sockets: Socket[] = [];
  const open = (n: number) =>
    new Promise<void>((resolve) => {
      const socket = connect({ port: sensor.port, host: '127.0.0.1', localAddress: loopback(n) });
      socket.on('error', () => resolve());
      socket.once('data', () => resolve());
      socket.on('close', () => resolve());
      sockets.push(socket);
    });
  for (let from = 0; from < IDLE; from += 500) {
    await Promise.all(Array.from({ length: 500 }, (_, i) => open(from + i)));
    // They sit in every place where a connection can be left alone: nothing said, half a line, a line, half a packet, half closed.
    for (const [i, socket] of sockets.slice(from).entries())
      if (i % 5 === 1) socket.write('SSH-2.0-slow');
      else if (i % 5 === 2) socket.write('SSH-2.0-slow\r\n');
      else if (i % 5 === 3)
        socket.write(Buffer.concat([Buffer.from('SSH-2.0-slow\r\n'), u32(100_000), Buffer.of(4, 20)]));
      else if (i % 5 === 4) socket.pause();
  }
  const standing = sockets.filter((socket) => !socket.destroyed);
  assert.ok(standing.length > IDLE * 0.99, `${standing.length} of ${IDLE} connections stand`);
  const each = ((sensor.memory - before) * 1024) / IDLE;
  t.diagnostic(`${each.toFixed(1)} KiB for a connection that waits`);
  assert.ok(each < 64, `${each.toFixed(1)} KiB for a connection that waits`);
  // Slowloris: a byte from each fifth, now and then.
  for (let turn = 0; turn < 4; turn++) {
    for (const [i, socket] of standing.entries()) if (i % 5 === 1 && !socket.destroyed) socket.write('w');
    await sleep(500);
  }
  await unharmed(t, pulse, 'idle');
  for (const socket of sockets) socket.destroy();
  await sleep(500);
});

/** An open window of a channel, and what goes through it. */
const data = (channel: number, bytes: Buffer) => message(94, channel, text(bytes));

async function loggedIn(options: Parameters<Client['login']>[2] = {}): Promise<Client> {
  const client = new Client(sensor.port);
  await client.login('root', 'password1', options);
  return client;
}

/** Sends as fast as the server takes it, for so long; what comes back is thrown away. */
async function flood(client: Client, ms: number, next: () => Buffer[]): Promise<void> {
  client.socket.removeAllListeners('data').on('data', () => {});
  const end = Date.now() + ms;
  while (Date.now() < end && !client.closed) {
    client.send(...next());
    if (client.socket.writableLength > 1 << 20) await sleep(10);
    else await new Promise((resolve) => setImmediate(resolve));
  }
}

const MS = 1500;
/** What a client may do once it is in. */
const attacks: [name: string, attack: () => Promise<Client>][] = [
  [
    'a client that never reads',
    async () => {
      const client = await loggedIn();
      await client.open(0, 0xffff_ffff, 32_768);
      client.socket.pause();
      client.request('exec', true, 'yes; cat /dev/zero');
      await sleep(MS);
      return client;
    },
  ],
  [
    'a client that asks and never reads',
    async () => {
      const client = await loggedIn();
      client.socket.pause();
      await flood(client, MS, () => Array<Buffer>(200).fill(message(80, 'keepalive@openssh.com', true)));
      return client;
    },
  ],
  [
    'channels for ever',
    async () => {
      const client = await loggedIn();
      let id = 0;
      await flood(client, MS, () => Array.from({ length: 50 }, () => message(90, 'session', id++, 1 << 20, 32_768)));
      return client;
    },
  ],
  [
    'tunnels for ever',
    async () => {
      const client = await loggedIn();
      let id = 0;
      const tunnel = () => message(90, 'direct-tcpip', id++, 1 << 20, 32_768, '192.0.2.1', 25, '127.0.0.1', 9);
      await flood(client, MS, () => Array.from({ length: 50 }, tunnel));
      return client;
    },
  ],
  [
    'shells for ever',
    async () => {
      const client = await loggedIn();
      let id = 0;
      await flood(client, MS, () => [
        message(90, 'session', id, 1 << 20, 32_768),
        message(98, id % 10, 'exec', false, 'sleep 100'),
        message(97, id++ % 10),
      ]);
      return client;
    },
  ],
  [
    'a storm of key exchanges',
    async () => {
      const client = await loggedIn();
      const end = Date.now() + MS;
      while (Date.now() < end && !client.closed) await client.exchange().catch(() => {});
      return client;
    },
  ],
  [
    'KEXINIT after KEXINIT',
    async () => {
      const client = await loggedIn();
      await flood(client, MS, () => Array.from({ length: 50 }, () => client.kexInit()));
      return client;
    },
  ],
  [
    'a flood of data',
    async () => {
      const client = await loggedIn();
      await client.open();
      client.request('exec', true, 'cat > /dev/null');
      const part = Buffer.alloc(32_000, 'x');
      await flood(client, MS, () => Array<Buffer>(8).fill(data(client.channel, part)));
      return client;
    },
  ],
  [
    'a flood of tiny data into a shell',
    async () => {
      const client = await loggedIn();
      await client.open();
      client.request('pty-req', true, 'xterm', 80, 24, 0, 0, '');
      client.request('shell', true);
      await flood(client, MS, () => Array<Buffer>(500).fill(data(client.channel, Buffer.from('a\t\n'))));
      return client;
    },
  ],
  [
    'windows beyond all bounds',
    async () => {
      const client = await loggedIn();
      await client.open(0, 0, 0xffff_ffff);
      client.request('exec', true, 'cat /dev/zero');
      await flood(client, MS, () => Array<Buffer>(20).fill(message(93, client.channel, 30_000)));
      client.send(message(93, client.channel, 0xffff_ffff));
      return client;
    },
  ],
  [
    'requests without number',
    async () => {
      const client = await loggedIn();
      await client.open();
      await flood(client, MS, () =>
        Array<Buffer>(200).fill(message(98, client.channel, 'env', true, 'LC_X', 'y'.repeat(50))),
      );
      return client;
    },
  ],
];

for (const [name, attack] of attacks)
  test(`${name}: bounded, and nobody else notices`, { timeout: 60_000 }, async (t) => {
    const pulse = await begin();
    const before = sensor.memory;
    const clients = await Promise.all(Array.from({ length: 6 }, attack));
    await unharmed(t, pulse, name);
    const grown = sensor.memory - before;
    assert.ok(grown < 400, `${name}: the sensor grew by ${grown.toFixed(0)} MiB`);
    for (const client of clients) client.close();
    await sleep(50);
  });
