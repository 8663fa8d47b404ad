// Finished days are compressed while they are still being read, and a store that is lost is built anew from what is compressed: nothing lost, nothing twice.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { kansatsuki, type Running, remove, startKansatsuki, until } from './running.ts';

const data = mkdtempSync(join(tmpdir(), 'kansatsuki-sealing-'));
let running: Running | undefined;
after(async () => {
  await running?.stop();
  remove(data);
});

const DAYS = [12, 11, 10, 2];
const EACH = 20_000;
const NOW = Date.now();
const day = (ago: number) => new Date(NOW - ago * 86_400_000).toISOString().slice(0, 10);

function write(date: string): void {
  const lines: string[] = [];
  for (let i = 0; i < EACH; i++) {
    const seconds = Math.floor((i / EACH) * 86_400);
    const time = new Date(Date.parse(`${date}T00:00:00Z`) + seconds * 1000).toISOString().slice(0, 19);
    lines.push(
      JSON.stringify({
        session: `${date.replaceAll('-', '').slice(2)}${(i >> 2).toString(16).padStart(6, '0')}`,
        protocol: 'ssh',
        src_ip: `198.51.100.${(i >> 2) % 250}`,
        username: 'root',
        password: `p${i % 977}`,
        eventid: 'cowrie.login.failed',
        sensor: 's',
        timestamp: `${time}.${String(i % 1_000_000).padStart(6, '0')}Z`,
        message: `login attempt [root/p${i % 977}] failed`,
      }),
    );
  }
  writeFileSync(join(data, 'log', `cowrie.json.${date}`), `${lines.join('\n')}\n`);
}

const perDay = async (): Promise<number[]> => {
  const { stdout } = await kansatsuki(data, 'report', '--json');
  if (!stdout.startsWith('{')) return [];
  const { per_day } = JSON.parse(stdout) as { per_day: Record<string, number> };
  return DAYS.map((ago) => per_day[day(ago)] ?? 0);
};
const packed = () => readdirSync(join(data, 'log')).filter((name) => name.endsWith('.zst')).length;

test('compressed while being read; read when compressed', { timeout: 240_000 }, async () => {
  mkdirSync(join(data, 'log'), { recursive: true });
  for (const ago of DAYS) write(day(ago));
  const all = DAYS.map(() => EACH);
  running = await startKansatsuki(['--telnet', 'off', '--ssh', '127.0.0.1:0'], data);
  await until(
    () => packed() === 3,
    60_000,
    () => running!.output(),
  );
  await until(
    async () => String(await perDay()) === String(all),
    60_000,
    () => running!.output(),
  );
  await running.stop();
  const verified = await kansatsuki(data, 'verify');
  assert.equal(verified.code, 0, verified.stdout);

  rmSync(join(data, 'store'), { recursive: true });
  running = await startKansatsuki(['--telnet', 'off', '--ssh', '127.0.0.1:0'], data);
  await until(
    async () => String(await perDay()) === String(all),
    60_000,
    () => running!.output(),
  );
  await running.stop();
  running = undefined;
  const again = await kansatsuki(data, 'verify');
  assert.equal(again.code, 0, again.stdout);
});
