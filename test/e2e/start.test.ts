// What `kansatsuki up` refuses, in one sentence and with exit code 2.
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { main, remove, run } from './running.ts';

const data = mkdtempSync(join(tmpdir(), 'kansatsuki-'));
after(() => remove(data));
const up = (...args: string[]) =>
  run(process.execPath, [main, 'up', '--data', join(data, 'd'), '--web', 'off', '--telnet', 'off', ...args], {
    cwd: data,
    timeout: 20_000,
  });

test('a port in use', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const { code, stderr } = await up('--ssh', `127.0.0.1:${port}`);
  server.close();
  assert.equal(code, 2, stderr);
  assert.match(stderr, new RegExp(`^kansatsuki: .*127\\.0\\.0\\.1:${port}.*\\n$`));
});

test('a data directory that is a file', async () => {
  writeFileSync(join(data, 'file'), '');
  const { code, stderr } = await run(process.execPath, [main, 'up', '--data', join(data, 'file')], { cwd: data });
  assert.equal(code, 2, stderr);
  assert.match(stderr, /^kansatsuki: .*file.*\n$/);
});

test('a bad configuration names the line', async () => {
  const file = join(data, 'bad.toml');
  writeFileSync(file, '[limits]\nidle = "soon"\n');
  const { code, stderr } = await up('--ssh', '127.0.0.1:0', '--config', file);
  assert.equal(code, 2, stderr);
  assert.match(stderr, /bad\.toml:2/);
  assert.doesNotMatch(stderr, /\n\s+at /);
});

test('a persona that does not exist', async () => {
  const { code, stderr } = await up('--ssh', '127.0.0.1:0', '--persona', 'windows-95');
  assert.equal(code, 2, stderr);
  assert.match(stderr, /windows-95/);
});
