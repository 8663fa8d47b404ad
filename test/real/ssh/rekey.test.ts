// Re-keying that the server starts, by volume and by time: sshd with a small RekeyLimit beside our connection with the same in its profile.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ServerConnection } from '../../../src/wire/ssh/connection.ts';
import { generateHostKey } from '../../../src/wire/ssh/hostkey.ts';
import { loadProfile } from '../../../src/wire/ssh/profile.ts';
import type { Channel, SessionHandler } from '../../../src/wire/ssh/ssh.ts';
import { Client, message } from './client.ts';
import { PASSWORD, USER } from './probe.ts';
import { type Server, sshdIsMissing, startSshd } from './servers.ts';

const LIMIT = { bytes: 64 * 1024, seconds: 2 };
const OUTPUT = 300_000;
const file = fileURLToPath(new URL('../../../personas/ssh/openssh-9.2p1-debian12.json', import.meta.url));
const profile = { ...loadProfile(file), rekeyBytes: LIMIT.bytes, rekeySeconds: LIMIT.seconds };
const hostKeys = [await generateHostKey('ssh-ed25519')];
const environment = {
  now: () => performance.now(),
  random: (bytes: number) => randomBytes(bytes),
  after(ms: number, run: () => void) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Writes OUTPUT bytes in pieces as a process does, or reads and says nothing. */
function session(channel: Channel): SessionHandler {
  let left = 0;
  const write = () => {
    while (left > 0) {
      const size = Math.min(left, 32_768);
      left -= size;
      if (!channel.write(Buffer.alloc(size))) return;
    }
    channel.exit(0);
  };
  return {
    exec(command) {
      if (command.includes('head')) {
        left = OUTPUT;
        setTimeout(write, 5);
      }
      return true;
    },
    drain: write,
  };
}

const ours = createServer({ noDelay: true }, (socket) => {
  const connection = new ServerConnection(
    { profile, hostKeys, environment },
    { authenticate: () => 'accept', session },
    {
      send: (bytes) => socket.write(bytes),
      close: () => void socket.end(),
      pause: (paused) => void (paused ? socket.pause() : socket.resume()),
    },
  );
  socket.on('data', (chunk) => connection.receive(chunk));
  socket.on('drain', () => connection.drained());
  for (const event of ['end', 'close', 'error'] as const) socket.on(event, () => connection.close());
});

/** Each way to reach the limit, and what of it can be compared. */
const ways: Record<string, (client: Client) => Promise<unknown>> = {
  async 'data that we send'(client) {
    await client.open(7, 1 << 24);
    client.request('exec', true, `head -c ${OUTPUT} /dev/zero`);
    let messages = 0;
    let rekeyings = 0;
    let sent = 0;
    for (let payload = await client.next(5000); payload && payload[0] !== 97; payload = await client.next(5000)) {
      if (payload[0] === 94) {
        messages++;
        sent += payload.readUInt32BE(5);
      }
      if (payload[0] !== 20) continue;
      rekeyings++;
      await client.exchange({}, client.kexInit(), false, payload);
    }
    // Into how many pieces a process's output falls is up to chance; a long one is never the second behind new keys.
    return { often: rekeyings >= OUTPUT / 32_768 && rekeyings <= messages, sent };
  },
  async 'packets that the client sends'(client) {
    let packets = 0;
    for (; packets < 40; packets++) {
      client.send(message(2, Buffer.concat([Buffer.of(0, 0, 16, 0), Buffer.alloc(4096)])));
      if ((await client.next(60))?.[0] === 20) break;
    }
    return packets;
  },
  async time(client) {
    const start = performance.now();
    const payload = await client.next(10_000);
    return [payload?.[0], Math.round((performance.now() - start) / 1000)];
  },
};

describe('re-keying by the server', { skip: sshdIsMissing(), concurrency: true, timeout: 60_000 }, () => {
  let sshd: Server;
  before(async () => {
    sshd = await startSshd([`RekeyLimit=${LIMIT.bytes} ${LIMIT.seconds}`]);
    await new Promise<void>((resolve) => ours.listen(0, '127.0.0.1', resolve));
  });
  after(async () => {
    ours.close();
    await sshd?.stop();
  });
  for (const [what, way] of Object.entries(ways))
    test(what, async () => {
      const ask = async (port: number) => {
        const client = new Client(port);
        try {
          await client.login(USER, PASSWORD);
          return await way(client);
        } finally {
          client.close();
        }
      };
      const [theirs, own] = await Promise.all([ask(sshd.port), ask((ours.address() as AddressInfo).port)]);
      assert.deepEqual(own, theirs);
    });
});
