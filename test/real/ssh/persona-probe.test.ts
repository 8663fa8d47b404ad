// `kansatsuki persona probe` against Debian's sshd prints what the shipped profile says, and clear errors for what is no SSH server.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { sshdIsMissing, startSshd } from './servers.ts';

const root = join(import.meta.dirname, '../../..');

function kansatsuki(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  return new Promise((resolve) =>
    execFile(process.execPath, [join(root, 'src/cli/main.ts'), ...args], (failed, out, error) =>
      resolve({ code: typeof failed?.code === 'number' ? failed.code : 0, out, error }),
    ),
  );
}

describe('persona probe', () => {
  test('sshd 9.2p1 is what its profile says', { skip: sshdIsMissing() }, async () => {
    const profile = JSON.parse(readFileSync(join(root, 'personas/ssh/openssh-9.2p1-debian12.json'), 'utf8'));
    const sshd = await startSshd();
    try {
      const { code, out, error } = await kansatsuki('persona', 'probe', `127.0.0.1:${sshd.port}`);
      assert.equal(code, 0, error);
      const seen = JSON.parse(out) as Record<string, unknown>;
      for (const [field, value] of Object.entries(seen)) assert.deepEqual(value, profile[field], field);
      const unseen = /of the same program: (.*)/.exec(error)![1]!.split(', ');
      const told = new Set([...Object.keys(seen), ...unseen]);
      assert.deepEqual(
        Object.keys(profile).filter((field) => !told.has(field)),
        [],
      );
    } finally {
      await sshd.stop();
    }
  });

  test('what is no SSH server', async () => {
    const server = createServer((socket) =>
      socket
        .resume()
        .end('HTTP/1.1 400 Bad Request\r\n\r\n')
        .on('error', () => {}),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const heard = await kansatsuki('persona', 'probe', `127.0.0.1:${port}`);
    server.close();
    await once(server, 'close');
    assert.equal(heard.code, 1);
    assert.match(heard.error, /^kansatsuki: 127\.0\.0\.1:\d+: no SSH server: it said "HTTP\/1\.1 400 Bad Request/);
    const silent = await kansatsuki('persona', 'probe', `127.0.0.1:${port}`);
    assert.deepEqual(silent, { code: 1, out: '', error: `kansatsuki: 127.0.0.1:${port}: nothing listens there\n` });
    const wrong = await kansatsuki('persona', 'probe', '127.0.0.1:ssh');
    assert.equal(wrong.code, 2);
    assert.match(wrong.error, /expected HOST, HOST:PORT or \[IPV6\]:PORT, found "127\.0\.0\.1:ssh"/);
  });
});
