import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Connection } from '../event/event.ts';
import { makeEvent } from '../event/json.ts';
import { Journal } from './journal.ts';
import { disk } from './logfile.ts';

const origin = { sensor: 'sensor01', uuid: '5f0f4a2e-7d7e-11f1-8a3e-0242ac110002' };
const connection: Connection = {
  session: '02e4590366ae',
  protocol: 'ssh',
  src_ip: '203.0.113.7',
  src_port: 36354,
  dst_ip: '192.0.2.10',
  dst_port: 2222,
};
const command = (input: string, at: number) => makeEvent('cowrie.command.input', connection, { input }, origin, at);
const lines = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

function inDirectory(run: (log: string) => void | Promise<void>) {
  return async () => {
    const directory = mkdtempSync(join(tmpdir(), 'journal-'));
    try {
      await run(join(directory, 'log'));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };
}

test(
  'events of one turn are in cowrie.json after the turn, and in cowrie.log soon after',
  inDirectory(async (log) => {
    const journal = new Journal(log, { origin });
    journal.append(command('id', 1787313600250.1));
    journal.append(command('echo ä\nid', 1787313600251));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    assert.equal(
      readFileSync(join(log, 'cowrie.json'), 'utf8').split('\n')[0],
      '{"session":"02e4590366ae","protocol":"ssh","src_ip":"203.0.113.7","src_port":36354,"dst_ip":"192.0.2.10","dst_port":2222,"input":"id","eventid":"cowrie.command.input","sensor":"sensor01","uuid":"5f0f4a2e-7d7e-11f1-8a3e-0242ac110002","timestamp":"2026-08-21T12:00:00.250100Z","message":"CMD: id"}',
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(
      readFileSync(join(log, 'cowrie.log'), 'utf8'),
      '2026-08-21T12:00:00.250100Z [ssh,02e4590366ae,203.0.113.7] CMD: id\n' +
        '2026-08-21T12:00:00.251000Z [ssh,02e4590366ae,203.0.113.7] CMD: echo ä\n\tid\n',
    );
    journal.close();
  }),
);

test(
  'rotates at UTC midnight by the day of the content, also when opened the day after',
  inDirectory((log) => {
    const journal = new Journal(log, { origin });
    journal.append(command('one', Date.UTC(2026, 4, 2, 23, 59, 59)));
    journal.append(command('two', Date.UTC(2026, 4, 3, 0, 0, 1)));
    journal.append(command('back', Date.UTC(2026, 4, 2, 23, 59, 58)));
    journal.close();
    assert.deepEqual(
      lines(join(log, 'cowrie.json.2026-05-02')).map((e) => e.input),
      ['one'],
    );
    assert.deepEqual(
      lines(join(log, 'cowrie.json')).map((e) => e.input),
      ['two', 'back'],
    );
    const next = new Journal(log, { origin });
    next.append(command('three', Date.UTC(2026, 4, 4)));
    next.close();
    // The last line of the file is of the 2nd, written on the 3rd: the file is named by its last content.
    assert.deepEqual(readdirSync(log).sort(), [
      'cowrie.json',
      'cowrie.json.2026-05-02',
      'cowrie.json.2026-05-02.1',
      'cowrie.log',
      'cowrie.log.2026-05-02',
      'cowrie.log.2026-05-02.1',
    ]);
  }),
);

test(
  'a cut-off last line is moved aside and told',
  inDirectory((log) => {
    new Journal(log, { origin }).close();
    const good = '{"session":"1","timestamp":"2026-05-02T00:00:00.000000Z"}\n';
    writeFileSync(join(log, 'cowrie.json'), `${good}{"session":"2","timest`);
    const journal = new Journal(log, { origin, now: () => Date.UTC(2026, 4, 2) });
    journal.append(command('after', Date.UTC(2026, 4, 2)));
    journal.close();
    const [first, torn, after] = lines(join(log, 'cowrie.json'));
    assert.equal(first.session, '1');
    assert.deepEqual(
      [torn.eventid, torn.file, torn.bytes, torn.data],
      ['kansatsuki.journal.torn', 'cowrie.json', 22, '{"session":"2","timest'],
    );
    assert.equal(after.input, 'after');
    assert.equal(readFileSync(join(log, 'torn.txt'), 'utf8'), '{"session":"2","timest\n');
  }),
);

test(
  'a full disk: half lines are taken back, events wait, what does not fit is counted',
  inDirectory((log) => {
    let room = Number.POSITIVE_INFINITY;
    const told: string[] = [];
    const full = {
      ...disk,
      write(fd: number, bytes: Uint8Array): number {
        if (room <= 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
        const n = writeSync(fd, bytes.subarray(0, room));
        room -= n;
        return n;
      },
    };
    const journal = new Journal(log, {
      origin,
      now: () => 1787313601000,
      disk: full,
      queueBytes: 2000,
      onTrouble: (s) => told.push(s),
    });
    journal.append(command('before', 1787313600000));
    journal.flush();
    room = 500; // one line and a half
    for (let i = 0; i < 20; i++) journal.append(command(`n${i}`, 1787313600000 + i));
    journal.flush();
    const now = readFileSync(join(log, 'cowrie.json'), 'utf8');
    assert.ok(now.endsWith('\n'));
    assert.ok(lines(join(log, 'cowrie.json')).length >= 2);
    const lost = journal.lost;
    assert.ok(lost > 0 && journal.waiting > 0);
    room = Number.POSITIVE_INFINITY;
    journal.flush();
    journal.close();
    const all = lines(join(log, 'cowrie.json'));
    assert.deepEqual(
      all.filter((e) => e.input).map((e) => e.input),
      ['before', ...Array.from({ length: 20 - lost }, (_, i) => `n${i}`)],
    );
    assert.equal(all.at(-1).eventid, 'kansatsuki.journal.lost');
    assert.equal(all.at(-1).count, lost);
    assert.equal(readFileSync(join(log, 'cowrie.log'), 'utf8').split('\n').length - 1, all.length);
    assert.deepEqual(told.length, 2);
  }),
);

test(
  'a vanished directory or an external rotation: a new file is begun',
  inDirectory((log) => {
    const journal = new Journal(log, { origin });
    journal.append(command('one', 1787313600000));
    journal.flush();
    rmSync(log, { recursive: true });
    journal.append(command('two', 1787313600001));
    journal.flush();
    renameSync(join(log, 'cowrie.json'), join(log, 'moved'));
    journal.append(command('three', 1787313600002));
    journal.close();
    assert.deepEqual(
      lines(join(log, 'moved')).map((e) => e.input),
      ['two'],
    );
    assert.deepEqual(
      lines(join(log, 'cowrie.json')).map((e) => e.input),
      ['three'],
    );
  }),
);

test(
  'kill -9 at random moments: every line is whole and no event that was told as written is missing',
  inDirectory(async (log) => {
    const writer = fileURLToPath(new URL('./fixtures/writer.ts', import.meta.url));
    let told = 0;
    for (let round = 0; round < 6; round++) {
      const child = spawn(process.execPath, [writer, log, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] });
      let last = -1;
      let rest = '';
      child.stdout.on('data', (chunk) => {
        const parts = (rest + chunk).split('\n');
        rest = parts.pop()!;
        if (parts.length > 0) last = Number(parts.at(-1));
      });
      await new Promise((resolve) => child.stdout.once('data', resolve));
      await new Promise((resolve) => setTimeout(resolve, 20 + round * 17));
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('close', resolve));
      told += last + 1;
      const written = lines(join(log, 'cowrie.json')).filter((e) => e.input?.startsWith(`${round}:`));
      assert.ok(written.length >= last + 1, `round ${round}: told ${last + 1}, found ${written.length}`);
      assert.deepEqual(
        written.map((e) => e.input),
        written.map((_, i) => `${round}:${i}`),
      );
    }
    assert.ok(told > 100);
    assert.ok(existsSync(join(log, 'cowrie.log')));
  }),
);
