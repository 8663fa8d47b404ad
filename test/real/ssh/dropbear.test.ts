// The profile dropbear-2022.83 against Debian's dropbear: what a client sees before it has logged in.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, message } from './client.ts';
import { early, first, type Probes, plainPacket } from './probe.ts';
import { freePort, type Server, startSensor } from './servers.ts';

const DROPBEAR = '/usr/sbin/dropbear';

function missing(): string | false {
  if (!existsSync(DROPBEAR) || !existsSync('/usr/bin/dropbearkey')) return 'dropbear-bin is not installed';
  const version = execFileSync('sh', ['-c', `${DROPBEAR} -V 2>&1; true`]).toString();
  return version.includes('2022.83') ? false : `the profile is 2022.83, this host has ${version.trim()}`;
}

/** What the server says to a line of the client, without its KEXINIT, which has chance in it. */
const answer =
  (line: string): Probes[string] =>
  async (client) => {
    const [said, state] = await client.words(line);
    return [said!.replace(/.*kexguess2.*/s, 'KEXINIT'), state!];
  };

const probes: Probes = {
  identification: async (client) => [(await client.ident()).serverIdent],
  KEXINIT: async (client) => (await client.ident()).rest(),
  'KEXINIT comes before the client has said anything': async (client) => (await client.ident('')).rest(),
  HTTP: answer('GET / HTTP/1.1\r\n\r\n'),
  'SSH 1.5': answer('SSH-1.5-x\r\n'),
  'SSH 3.0': answer('SSH-3.0-x\r\n'),
  'no second dash': answer('SSH-2.0\r\n'),
  'a version that is no number': answer('SSH-2.x-y\r\n'),
  'an identification with NUL': answer('SSH-2.0-a\0b\r\n'),
  'CR without LF': answer('SSH-2.0-a\rb\r\n'),
  'a scanner that says so': async (client) => (await client.ident('SSH-2.0-Probe-1\r\n')).rest(),
  'a packet length of 0xffffffff': first((client) => client.raw(Buffer.alloc(16, 0xff))),
  'padding of three': first((client) => client.raw(plainPacket(12, 3, Buffer.alloc(11)))),
  'message 50 before keys': first((client) => client.send(message(50, 'root'))),
  'message 19 before keys': first((client) => client.send(message(19))),
  'a KEXINIT without a common cipher': early(() => {}, { cipher: 'none@nowhere' }),
  'a curve25519 value of 31 bytes': early((client) => void client.send(message(30, Buffer.alloc(31, 9)))),
  EXT_INFO: async (client) => {
    await client.ident();
    await client.exchange({ kex: 'curve25519-sha256,ext-info-c' });
    return client.rest();
  },
  methods: async (client) => {
    await client.secure();
    client.send(message(50, 'nobody', 'ssh-connection', 'none'));
    return client.rest();
  },
  'a service that is not there': async (client) => {
    await client.ident();
    await client.exchange();
    client.send(message(5, 'ssh-connection'));
    return client.rest();
  },
  'another user the second time': async (client) => {
    await client.secure();
    client.send(message(50, 'a', 'ssh-connection', 'none'));
    await client.until(51);
    client.send(message(50, 'b', 'ssh-connection', 'none'));
    return client.rest();
  },
};

describe('as Dropbear 2022.83', { skip: missing(), timeout: 60_000 }, () => {
  let folder: string;
  let dropbear: ChildProcess;
  let port: number;
  let sensor: Server;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dropbear-'));
    const keys = ['rsa', 'ecdsa', 'ed25519'].flatMap((type) => {
      const file = join(folder, type);
      execFileSync('dropbearkey', ['-t', type, '-f', file], { stdio: 'ignore' });
      return ['-r', file];
    });
    port = await freePort();
    const options = ['-F', '-p', `127.0.0.1:${port}`, '-P', join(folder, 'pid'), ...keys];
    dropbear = spawn(DROPBEAR, options, { stdio: 'ignore' });
    for (let tries = 0; tries < 100; tries++) {
      const socket = connect(port, '127.0.0.1');
      try {
        await once(socket, 'connect');
        break;
      } catch {
        await sleep(50);
      } finally {
        socket.destroy();
      }
    }
    sensor = await startSensor({ KANSATSUKI_SENSOR__SSH_PROFILE: 'dropbear-2022.83' });
  });
  after(async () => {
    dropbear?.kill();
    await sensor?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  // One after the other: Dropbear takes five connections at once from an address that has not logged in.
  for (const [name, probe] of Object.entries(probes))
    test(name, async () => {
      const observe = async (to: number) => {
        const client = new Client(to);
        try {
          return await probe(client);
        } finally {
          client.close();
        }
      };
      const [theirs, ours] = await Promise.all([observe(port), observe(sensor.port)]);
      assert.deepEqual(ours, theirs);
    });
});
