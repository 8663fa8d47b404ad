import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  createReadStream,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip, gzipSync } from 'node:zlib';
import { Follower, type Memory } from './follower.ts';
import type { Position } from './identity.ts';

/** Lines `{"eventid":"a","n":from}` … up to but without `to`. */
function lines(from: number, to: number, log = 'a'): string {
  let text = '';
  for (let n = from; n < to; n++)
    text += `${JSON.stringify({ eventid: 'cowrie.command.input', log, n, timestamp: `2026-08-21T12:00:00.${n}Z` })}\n`;
  return text;
}

/** Reads like the ingest does, with a memory that outlives restarts and a clock of its own. */
class Reader {
  readonly root: string;
  readonly seen: string[] = [];
  readonly troubles: string[] = [];
  skipped = 0;
  opened = 0;
  clock = 0;
  #marks = new Map<string, Position>();
  #states = new Set<string>();
  #follower: Follower;
  readonly #layouts: boolean;

  constructor(root: string, layouts = false) {
    this.root = root;
    this.#layouts = layouts;
    this.#follower = this.#make();
  }

  #make(): Follower {
    const memory: Memory = {
      positions: (head) => {
        this.opened++;
        return [...this.#marks.values()].filter(({ identity }) => identity.split('.')[0] === head);
      },
      finished: (state) => this.#states.has(state),
    };
    return new Follower(this.root, {
      memory,
      unpack: (path) => createReadStream(path).pipe(createGunzip()),
      layouts: this.#layouts,
      onTrouble: (sentence) => this.troubles.push(sentence),
      monotonic: () => this.clock,
    });
  }

  /** Everything that there is, now; `later` lets copies settle. */
  async read(later = 5_000): Promise<void> {
    for (const wait of later > 0 ? [0, later, later] : [0]) {
      this.clock += wait + 200;
      for (let idle = 0; idle < 20; ) {
        const chunk = this.#follower.next();
        if (chunk) {
          idle = 0;
          this.skipped += chunk.skipped;
          this.seen.push(
            ...chunk.lines
              .toString()
              .split('\n')
              .filter((line) => line !== ''),
          );
          this.#marks.set(chunk.identity, chunk);
          if (chunk.state) this.#states.add(chunk.state);
          this.#follower.accept();
        } else if (this.#follower.busy) await sleep(1);
        else idle++;
      }
    }
  }

  /** The process dies; another reads on from what was stored. */
  restart(): void {
    this.#follower.close();
    this.#follower = this.#make();
  }

  stop(): void {
    this.#follower.close();
  }

  /** The distinct lines in order of their numbers; by the content, the store knows those that come twice. */
  get numbers(): number[] {
    return [...new Set(this.seen)].map((line) => JSON.parse(line).n).sort((a, b) => a - b);
  }
}

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

function scenario(name: string, run: (log: string, reader: Reader, folder: string) => Promise<void> | void): void {
  test(name, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'follow-'));
    const reader = new Reader(folder);
    try {
      await run(join(folder, 'cowrie.json'), reader, folder);
    } finally {
      reader.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** What a log may go through between two looks, `n` lines having been read; returns how many lines there were in all. */
const rotations: Record<string, (log: string) => void> = {
  'a rename as Cowrie does': (log) => renameSync(log, `${log}.2026-08-21`),
  'a rename as logrotate does': (log) => renameSync(log, `${log}.1`),
  dateext: (log) => renameSync(log, `${log}-20260821`),
  'dateext before the ending': (log) => renameSync(log, log.replace('.json', '-20260821.json')),
  copytruncate: (log) => {
    copyFileSync(log, `${log}.1`);
    truncateSync(log, 0);
  },
  compression: (log) => {
    writeFileSync(`${log}.1.gz`, gzipSync(readFileSync(log)));
    unlinkSync(log);
  },
  'copytruncate and compression': (log) => {
    writeFileSync(`${log}.1.gz`, gzipSync(readFileSync(log)));
    truncateSync(log, 0);
  },
};

describe('a log that is rotated is read once and whole', () => {
  for (const [name, rotate] of Object.entries(rotations))
    for (const restarted of [false, true])
      scenario(`${name}${restarted ? ' while nobody looks' : ''}`, async (log, reader) => {
        writeFileSync(log, lines(0, 10));
        await reader.read();
        if (restarted) reader.restart();
        appendFileSync(log, lines(10, 20));
        rotate(log);
        appendFileSync(log, lines(20, 30));
        await reader.read();
        appendFileSync(log, lines(30, 40));
        await reader.read();
        assert.deepEqual(reader.numbers, upTo(40));
        assert.equal(reader.seen.length, 40, 'nothing was read twice');
        assert.deepEqual(reader.troubles, []);
      });

  scenario('five times over, compressed a round later (delaycompress), with restarts', async (log, reader) => {
    for (let round = 0; round < 5; round++) {
      writeFileSync(log, lines(round * 100, round * 100 + 60));
      if (round % 2) await reader.read();
      appendFileSync(log, lines(round * 100 + 60, round * 100 + 100));
      for (let n = round; n > 1; n--) renameSync(`${log}.${n}.gz`, `${log}.${n + 1}.gz`);
      if (round > 0) {
        writeFileSync(`${log}.2.gz`, gzipSync(readFileSync(`${log}.1`)));
        unlinkSync(`${log}.1`);
      }
      renameSync(log, `${log}.1`);
      if (round === 2) reader.restart();
    }
    await reader.read();
    reader.restart();
    await reader.read();
    assert.deepEqual(reader.numbers, upTo(500));
    assert.equal(reader.seen.length, 500);
  });

  scenario('and goes on being written under its new name', async (log, reader) => {
    writeFileSync(log, lines(0, 5));
    await reader.read();
    renameSync(log, `${log}.1`);
    writeFileSync(log, lines(10, 15, 'b'));
    await reader.read();
    appendFileSync(`${log}.1`, lines(5, 10));
    await reader.read();
    assert.deepEqual(reader.numbers, upTo(15));
  });

  scenario('while a line is half written', async (log, reader) => {
    const [whole, half] = [lines(0, 3), lines(3, 4)];
    writeFileSync(log, whole + half.slice(0, 20));
    await reader.read();
    renameSync(log, `${log}.1`);
    await reader.read();
    appendFileSync(`${log}.1`, half.slice(20));
    await reader.read();
    assert.deepEqual(reader.numbers, upTo(4));
  });
});

describe('a log that is changed in place', () => {
  scenario('cut to nothing and begun anew', async (log, reader) => {
    writeFileSync(log, lines(0, 10));
    await reader.read();
    truncateSync(log, 0);
    await reader.read();
    appendFileSync(log, lines(10, 12));
    await reader.read();
    assert.deepEqual(reader.numbers, upTo(12));
    assert.equal(reader.seen.length, 12);
  });

  for (const [name, count] of [
    ['shorter', 3],
    ['as long', 10],
    ['longer', 30],
  ] as const)
    scenario(`replaced by a ${name} one with the same inode`, async (log, reader) => {
      writeFileSync(log, lines(0, 10));
      await reader.read();
      const { ino } = statSync(log);
      writeFileSync(log, lines(100, 100 + count, 'b'));
      assert.equal(statSync(log).ino, ino);
      await reader.read();
      assert.equal(reader.seen.length, 10 + count);
    });

  scenario('replaced by one that begins with the same line and goes on differently', async (log, reader) => {
    writeFileSync(log, lines(0, 10));
    await reader.read();
    writeFileSync(log, lines(0, 1) + lines(50, 70));
    await reader.read();
    assert.deepEqual(reader.numbers, [...upTo(10), ...upTo(20).map((n) => 50 + n)]);
    reader.restart();
    const before = reader.seen.length;
    appendFileSync(log, lines(70, 71));
    await reader.read();
    assert.equal(reader.seen.length, before + 1, 'it is known again after a restart');
  });

  scenario('cut short, then written on', async (log, reader) => {
    writeFileSync(log, lines(0, 10));
    await reader.read();
    truncateSync(log, lines(0, 4).length);
    appendFileSync(log, lines(20, 22));
    await reader.read();
    assert.deepEqual(reader.numbers, [...upTo(10), 20, 21]);
  });

  scenario('a hole of NUL that a truncation left is no part of a line', async (log, reader) => {
    writeFileSync(log, lines(0, 2));
    await reader.read();
    truncateSync(log, 0);
    truncateSync(log, 40 << 20);
    await reader.read();
    appendFileSync(log, lines(2, 5));
    await reader.read();
    assert.deepEqual(reader.numbers, upTo(5));
  });

  scenario('room made beforehand is filled later', async (log, reader) => {
    writeFileSync(log, lines(0, 2));
    const end = statSync(log).size;
    truncateSync(log, 1 << 20);
    await reader.read();
    const text = lines(2, 5);
    const bytes = readFileSync(log);
    bytes.write(text, end, 'latin1');
    const temporary = `${log}.tmp`;
    writeFileSync(temporary, bytes);
    copyFileSync(temporary, log);
    await reader.read();
    assert.deepEqual(reader.numbers, upTo(5));
  });
});

describe('lines', () => {
  scenario('half written for minutes, then ended', async (log, reader) => {
    const text = lines(0, 2);
    for (let at = 0; at < text.length; at += 37) {
      appendFileSync(log, text.slice(at, at + 37));
      await reader.read(40_000);
    }
    assert.deepEqual(reader.seen, text.trim().split('\n'));
  });

  scenario('a whole event at the end of a log is taken without its newline, which may follow', async (log, reader) => {
    writeFileSync(log, lines(0, 2).trimEnd());
    await reader.read();
    assert.deepEqual(reader.numbers, upTo(2));
    appendFileSync(log, `\n${lines(2, 3)}`);
    await reader.read();
    assert.deepEqual(reader.numbers, upTo(3));
    assert.equal(reader.seen.length, 3);
  });

  scenario('the only one, without its newline', async (log, reader) => {
    writeFileSync(log, lines(0, 1).trimEnd());
    await reader.read();
    assert.deepEqual(reader.numbers, upTo(1));
    appendFileSync(log, `\n${lines(1, 2)}`);
    await reader.read();
    reader.restart();
    await reader.read();
    assert.equal(reader.seen.length, 2);
  });

  scenario('the rest of a log rotated long ago is given out as it stands', async (log, reader) => {
    writeFileSync(`${log}.1`, `${lines(0, 2)}{"eventid":"cut off`);
    utimesSync(`${log}.1`, 1e9, 1e9);
    await reader.read();
    assert.equal(reader.seen.at(-1), '{"eventid":"cut off');
    assert.equal(reader.seen.length, 3);
  });

  scenario('longer than any event are passed over and counted, in little memory', async (log, reader) => {
    writeFileSync(log, lines(0, 2));
    await reader.read();
    const block = Buffer.alloc(8 << 20, 'x');
    const before = process.memoryUsage().rss;
    let most = 0;
    for (let i = 0; i < 30; i++) {
      appendFileSync(log, block);
      await reader.read(0);
      most = Math.max(most, process.memoryUsage().rss);
    }
    appendFileSync(log, `\n${lines(2, 4)}`);
    await reader.read();
    assert.deepEqual(reader.numbers, upTo(4));
    assert.equal(reader.skipped, 1);
    assert.ok(most - before < 100 << 20, `${(most - before) >> 20} MiB more`);
    reader.restart();
    await reader.read();
    assert.equal(reader.seen.length, 4);
  });

  scenario('longer than any event, compressed', async (log, reader) => {
    writeFileSync(
      `${log}.1.gz`,
      gzipSync(Buffer.concat([Buffer.from(lines(0, 2)), Buffer.alloc(40 << 20, 'x'), Buffer.from(`\n${lines(2, 4)}`)])),
    );
    await reader.read();
    assert.deepEqual(reader.numbers, upTo(4));
    assert.equal(reader.skipped, 1);
  });
});

describe('folders', () => {
  scenario('that does not exist yet, disappears and returns', async (_log, _reader, folder) => {
    const place = join(folder, 'later');
    const reader = new Reader(place);
    await reader.read();
    assert.match(reader.troubles.join(), /later cannot be followed: there is no such folder; it is waited for\.$/);
    mkdirSync(place);
    writeFileSync(join(place, 'cowrie.json'), lines(0, 3));
    await reader.read();
    renameSync(place, `${place}.away`);
    await reader.read();
    mkdirSync(place);
    appendFileSync(join(place, 'cowrie.json'), lines(0, 3) + lines(3, 5));
    await reader.read();
    assert.deepEqual(reader.numbers, upTo(5));
    assert.equal(reader.seen.length, 5);
    assert.equal(reader.troubles.length, 4, 'each change is said once');
    reader.stop();
  });

  scenario('with logs of several sensors, and files that are none', async (log, reader, folder) => {
    writeFileSync(log, lines(0, 2));
    writeFileSync(join(folder, 'honeypot2.json'), lines(2, 4, 'b'));
    writeFileSync(join(folder, 'honeypot2.json.2026-08-20'), lines(4, 6, 'c'));
    writeFileSync(join(folder, 'package.json'), '{"name":"x"}\n');
    writeFileSync(join(folder, '.cowrie.json.Xa31'), lines(50, 52, 'd'));
    writeFileSync(join(folder, 'cowrie.log'), 'text\n');
    await reader.read();
    assert.deepEqual(reader.numbers, upTo(6));
  });

  test('of T-Pot and of Cowrie hold their logs further down', async () => {
    for (const below of ['cowrie/log', 'log', 'var/log/cowrie']) {
      const folder = mkdtempSync(join(tmpdir(), 'follow-'));
      mkdirSync(join(folder, below), { recursive: true });
      writeFileSync(join(folder, below, 'cowrie.json'), lines(0, 3));
      writeFileSync(join(folder, below, 'cowrie.json.1.gz'), gzipSync(lines(3, 6, 'b')));
      const reader = new Reader(folder, true);
      await reader.read();
      assert.deepEqual(reader.numbers, upTo(6), below);
      reader.stop();
      rmSync(folder, { recursive: true });
    }
  });

  scenario('a single log and what was rotated of it', async (log, _reader, folder) => {
    writeFileSync(log, lines(0, 2));
    writeFileSync(`${log}.1`, lines(2, 4, 'b'));
    writeFileSync(join(folder, 'other.json'), lines(4, 6, 'c'));
    const reader = new Reader(log);
    await reader.read();
    assert.deepEqual(reader.numbers, upTo(4));
    reader.stop();
  });

  scenario('a link to a log, and two names of one', async (log, reader, folder) => {
    const target = join(folder, 'elsewhere');
    writeFileSync(target, lines(0, 3));
    symlinkSync(target, log);
    linkSync(target, join(folder, 'same.json'));
    await reader.read();
    appendFileSync(target, lines(3, 5));
    await reader.read();
    unlinkSync(log);
    const next = join(folder, 'another');
    writeFileSync(next, lines(5, 8));
    symlinkSync(next, log);
    await reader.read();
    assert.deepEqual(reader.numbers, upTo(8));
    assert.equal(reader.seen.length, 8);
  });

  scenario('what is no log: a FIFO, a folder, a circle of links', async (log, reader, folder) => {
    assert.equal(spawnSync('mkfifo', [log]).status, 0);
    mkdirSync(join(folder, 'a.json'));
    symlinkSync(join(folder, 'b.json'), join(folder, 'c.json'));
    symlinkSync(join(folder, 'c.json'), join(folder, 'b.json'));
    writeFileSync(join(folder, 'ok.json'), lines(0, 2));
    await reader.read();
    assert.deepEqual(reader.numbers, upTo(2));
    for (const sentence of [
      /cowrie\.json cannot be followed: it is no regular file/,
      /a\.json cannot/,
      /b\.json cannot be followed: its links go round in a circle/,
    ])
      assert.match(reader.troubles.join('\n'), sentence);
    const said = reader.troubles.length;
    await reader.read(60_000);
    assert.equal(reader.troubles.length, said);
    unlinkSync(log);
    writeFileSync(log, lines(2, 4));
    await reader.read();
    assert.deepEqual(reader.numbers, upTo(4));
  });

  scenario('with thousands of old logs are known at once', async (log, reader, folder) => {
    for (let day = 0; day < 3000; day++) writeFileSync(`${log}.${day + 1}`, lines(day, day + 1, String(day)));
    writeFileSync(log, lines(3000, 3001));
    await reader.read();
    assert.equal(reader.seen.length, 3001);
    // logrotate gives each the next name.
    for (let day = 3000; day > 0; day--) renameSync(`${log}.${day}`, `${log}.${day + 1}`);
    reader.restart();
    reader.opened = 0;
    appendFileSync(log, lines(3001, 3002));
    await reader.read();
    assert.equal(reader.seen.length, 3002);
    assert.ok(reader.opened < 10, `${reader.opened} were looked into`);
    assert.ok(folder);
  });
});

describe('compressed logs', () => {
  scenario('are read when they are whole', async (log, reader) => {
    writeFileSync(log, lines(0, 1000));
    await reader.read(0);
    appendFileSync(log, lines(1000, 2000));
    const packed = gzipSync(readFileSync(log));
    unlinkSync(log);
    for (let at = 0; at < packed.length; at += 5000) {
      appendFileSync(`${log}.1.gz`, packed.subarray(at, at + 5000));
      await reader.read(0);
    }
    await reader.read();
    assert.deepEqual(reader.numbers, upTo(2000));
    assert.deepEqual(reader.troubles, []);
  });

  scenario('and damaged ones as far as they go, which is said', async (log, reader) => {
    const packed = gzipSync(lines(0, 5000), { level: 1 });
    writeFileSync(`${log}.1.gz`, packed.subarray(0, packed.length / 2));
    await reader.read();
    assert.ok(reader.seen.length > 1000);
    assert.match(reader.troubles.join(), /cowrie\.json\.1\.gz is damaged/);
    reader.restart();
    await reader.read();
    assert.equal(reader.troubles.length, 1, 'it is not unpacked again');
  });

  scenario('of which a part was read as another log are read from the right place', async (log, reader) => {
    writeFileSync(log, lines(0, 1) + lines(1, 50));
    await reader.read();
    writeFileSync(log, lines(0, 1) + lines(100, 130));
    await reader.read();
    const before = reader.seen.length;
    appendFileSync(log, lines(130, 140));
    writeFileSync(`${log}.1.gz`, gzipSync(readFileSync(log)));
    unlinkSync(log);
    await reader.read();
    assert.equal(reader.seen.length, before + 10);
  });
});

test('a folder and a log that may not be read are waited for', {
  skip: process.getuid?.() === 0 && 'root may read everything',
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'follow-'));
  const log = join(folder, 'cowrie.json');
  writeFileSync(log, lines(0, 3));
  chmodSync(log, 0);
  const reader = new Reader(folder);
  await reader.read();
  assert.match(reader.troubles.join(), /cowrie\.json cannot be followed: permission denied for user \d+;/);
  chmodSync(log, 0o644);
  await reader.read();
  assert.deepEqual(reader.numbers, upTo(3));
  reader.stop();
  rmSync(folder, { recursive: true });
});
