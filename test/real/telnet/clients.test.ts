// Clients and password guessers as they come from Debian, against the whole sensor as it is by default: each gets its shell, or finds the password.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PASSWORD, type Server, startSensor, USER } from './servers.ts';

const has = (program: string) => spawnSync('which', [program]).status === 0;
let sensor: Server;
let folder: string;
before(async () => {
  sensor = await startSensor('inetutils-2.4', { KANSATSUKI_TELNET__PATIENCE: '1' });
  folder = mkdtempSync(join(tmpdir(), 'telnet-clients-'));
  writeFileSync(join(folder, 'passwords'), `wrong\n${PASSWORD}\n`);
});
after(async () => {
  await sensor?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Answers prompts as a user would; everything the client showed comes back. */
function converse(command: string[], answers: [RegExp, string][]): Promise<string> {
  const [program, ...rest] = command;
  const child = spawn(program!, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
  const left = [...answers];
  let shown = '';
  let unseen = '';
  const take = (chunk: Buffer) => {
    shown += chunk.toString('latin1');
    unseen += chunk.toString('latin1');
    // Some go on reading from us when the server has gone.
    if (left.length === 0 && shown.includes('logout')) child.stdin.end();
    const [prompt, answer] = left[0] ?? [];
    if (!prompt?.test(unseen)) return;
    left.shift();
    unseen = '';
    // A client that has just changed its mode loses what comes at once.
    setTimeout(() => child.stdin.write(answer!), 200);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  child.stdin.on('error', () => {});
  const limit = setTimeout(() => child.kill(), 40_000);
  return new Promise((resolve) =>
    child.on('close', () => {
      clearTimeout(limit);
      resolve(shown);
    }),
  );
}

const session: [RegExp, string][] = [
  [/login: $/, `${USER}\n`],
  [/Password: $/, `${PASSWORD}\n`],
  [/# $/, 'echo it-$((20+3))\n'],
  [/it-23[\s\S]*# $/, 'exit\n'],
];
const clients: Record<string, (port: string) => string[]> = {
  'inetutils-telnet': (port) => ['inetutils-telnet', '127.0.0.1', port],
  busybox: (port) => ['script', '-qfec', `busybox telnet 127.0.0.1 ${port}`, '/dev/null'],
  plink: (port) => ['plink', '-telnet', '-P', port, '127.0.0.1'],
  nc: (port) => ['nc', '127.0.0.1', port],
};

describe('Telnet clients', { concurrency: 4, timeout: 90_000 }, () => {
  for (const [name, command] of Object.entries(clients))
    test(`${name} gets a shell`, { skip: !has(name) && `${name} is not installed` }, async () => {
      const shown = await converse(command(String(sensor.port)), session);
      assert.match(shown, /it-23/, shown);
      assert.match(shown, /logout/, 'and leaves it');
    });

  test('hydra finds the password', { skip: !has('hydra') && 'hydra is not installed' }, async () => {
    const options = ['-I', '-l', USER, '-P', join(folder, 'passwords'), '-t', '2', '-s', String(sensor.port)];
    const shown = await converse(['hydra', ...options, '127.0.0.1', 'telnet'], []);
    assert.match(shown, new RegExp(`login: ${USER} +password: ${PASSWORD}`), shown);
  });

  test('nmap sees a Telnet server that offers encryption', {
    skip: !has('nmap') && 'nmap is not installed',
  }, async () => {
    const options = ['-Pn', '-n', '-p', String(sensor.port), '--script', '+telnet-encryption'];
    const shown = await converse(['nmap', ...options, '--script-args', 'telnet-encryption.timeout=3', '127.0.0.1'], []);
    assert.match(shown, /Telnet server supports encryption/, shown);
  });
});
