// Sealing, compressing and removing files by age, by bytes and for a full disk: what goes, in which order, and that the chain says so.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { Chain, readChain, removalsOf } from './chain.ts';
import { Keeping, type KeepingRules, type Removed } from './keeping.ts';
import { openSegment, readContent, segmentsIn } from './segments.ts';

const DAY = 86_400_000;
const now = Date.UTC(2026, 10, 24, 12);
const none: KeepingRules = { journal: {}, recordings: {}, samples: {} };

class Data {
  readonly root = mkdtempSync(join(tmpdir(), 'keeping-'));
  readonly log = join(this.root, 'log');
  readonly tty = join(this.root, 'tty');
  readonly downloads = join(this.root, 'downloads');
  readonly troubles: string[] = [];
  readonly removed: Removed[] = [];
  readonly chain: Chain;

  constructor() {
    for (const folder of [this.log, this.tty, this.downloads]) mkdirSync(folder);
    this.chain = new Chain(this.log, { now: () => now });
  }

  keeping(rules: Partial<KeepingRules> = {}): Keeping {
    return new Keeping(this.chain, {
      log: this.log,
      tty: this.tty,
      downloads: this.downloads,
      rules: { ...none, ...rules },
      now: () => now,
      onRemoved: (removed) => this.removed.push(removed),
      onTrouble: (sentence) => this.troubles.push(sentence),
    });
  }

  day(day: string, events: number, suffix = ''): void {
    const line = (i: number) =>
      `{"eventid":"cowrie.session.connect","session":"${i}","timestamp":"${day}T00:00:0${i % 10}.000000Z"}\n`;
    const text = Array.from({ length: events }, (_, i) => line(i)).join('');
    writeFileSync(join(this.log, `cowrie.json.${day}${suffix}`), text, { mode: 0o640 });
  }

  file(folder: string, name: string, bytes: number, age: number): string {
    writeFileSync(join(folder, name), Buffer.alloc(bytes, name));
    utimesSync(join(folder, name), (now - age) / 1000, (now - age) / 1000);
    return name;
  }

  names(folder: string): string[] {
    return readdirSync(folder).sort();
  }
}

function inData(run: (data: Data) => Promise<void>) {
  return async () => {
    const data = new Data();
    try {
      await run(data);
    } finally {
      rmSync(data.root, { recursive: true });
    }
  };
}

const sha = (text: string) => createHash('sha256').update(text).digest('hex');

test(
  'what a segment holds',
  inData(async ({ log }) => {
    const stamp = (time: string) => `"timestamp":"${time}"`;
    const text = [
      `{"eventid":"a",${stamp('2026-11-21T23:59:59.000000Z')}}`,
      `{"eventid":"a",${stamp('2026-11-20T00:00:00.000000Z')}}`,
      `{"eventid":"a",${stamp('2026-11-20T00:00:00.000000Z')}}`,
      'no event',
      '{"no":"event"}',
      `{"input":"\\"timestamp\\":\\"1970-01-01T\\"","eventid":"b",${stamp('2026-11-20T01:00:00.000000Z')}}`,
      '{"eventid":"half',
    ].join('\n');
    writeFileSync(join(log, 'cowrie.json.2026-11-20'), text);
    writeFileSync(join(log, 'cowrie.json.2026-11-20.1.zst'), zstdCompressSync(text));
    for (const name of [
      'cowrie.json',
      'cowrie.json.gz',
      'cowrie.json.2026-11-20.zst.tmp',
      'segments.ndjson',
      'torn.txt',
    ])
      writeFileSync(join(log, name), 'x');
    const segments = segmentsIn(log);
    assert.deepEqual(
      segments.map(({ name, plain, packed, number }) => [name, plain, packed, number]),
      [
        ['cowrie.json.2026-11-20', true, false, 0],
        ['cowrie.json.2026-11-20.1', false, true, 1],
      ],
    );
    for (const segment of segments)
      assert.deepEqual(await readContent(openSegment(log, segment)), {
        bytes: text.length,
        sha256: sha(text),
        lines: 6,
        events: 3,
        days: { '2026-11-20': 2, '2026-11-21': 1 },
        first: '2026-11-20T00:00:00.000000Z',
        last: '2026-11-21T23:59:59.000000Z',
        torn: 16,
        alien: [4, 5],
        identity: sha(text.split('\n')[0]!).slice(0, 32),
      });
  }),
);

test(
  'finished days are sealed in order, and compressed when old enough: the same content, mode and time',
  inData(async (data) => {
    data.day('2026-11-22', 3);
    data.day('2026-11-10', 2000);
    data.day('2026-11-10', 1, '.1');
    writeFileSync(join(data.log, 'cowrie.json'), 'live\n');
    const before = readFileSync(join(data.log, 'cowrie.json.2026-11-10'));
    const { mtimeMs } = statSync(join(data.log, 'cowrie.json.2026-11-10'));
    await data.keeping({ plainMs: 7 * DAY }).run();
    assert.deepEqual(
      [...data.chain.sealed.values()].map(({ file, events }) => [file, events]),
      [
        ['cowrie.json.2026-11-10', 2000],
        ['cowrie.json.2026-11-10.1', 1],
        ['cowrie.json.2026-11-22', 3],
      ],
    );
    assert.deepEqual(data.names(data.log), [
      'cowrie.json',
      'cowrie.json.2026-11-10.1.zst',
      'cowrie.json.2026-11-10.zst',
      'cowrie.json.2026-11-22',
      'segments.ndjson',
    ]);
    const packed = join(data.log, 'cowrie.json.2026-11-10.zst');
    assert.ok(zstdDecompressSync(readFileSync(packed)).equals(before));
    assert.equal(statSync(packed).mode & 0o777, 0o640);
    assert.ok(Math.abs(statSync(packed).mtimeMs - mtimeMs) < 2);
    // Again: nothing to do.
    const { size } = statSync(join(data.log, 'segments.ndjson'));
    await data.keeping({ plainMs: 7 * DAY }).run();
    assert.equal(statSync(join(data.log, 'segments.ndjson')).size, size);
    assert.deepEqual(data.troubles, []);
  }),
);

test(
  'a sealed day that was changed is not compressed; a day that comes late is not sealed; each is told once',
  inData(async (data) => {
    data.day('2026-11-10', 3);
    data.day('2026-11-12', 3);
    await data.keeping().run();
    data.day('2026-11-10', 4);
    data.day('2026-11-11', 4);
    const keeping = data.keeping({ plainMs: DAY });
    await keeping.run();
    await keeping.run();
    assert.equal(data.troubles.length, 2);
    assert.match(data.troubles.join('\n'), /cowrie\.json\.2026-11-11 came .* after later days were sealed/);
    assert.match(data.troubles.join('\n'), /2026-11-10 was changed after it was sealed/);
    assert.deepEqual(data.names(data.log), [
      'cowrie.json.2026-11-10',
      'cowrie.json.2026-11-11',
      'cowrie.json.2026-11-12.zst',
      'segments.ndjson',
    ]);
  }),
);

test(
  'killed between writing and removing: the next run finishes',
  inData(async (data) => {
    data.day('2026-11-10', 3);
    await data.keeping().run();
    writeFileSync(join(data.log, 'cowrie.json.2026-11-10.zst'), 'half');
    writeFileSync(join(data.log, 'cowrie.json.2026-11-10.zst.tmp'), 'half');
    await data.keeping({ plainMs: DAY }).run();
    assert.deepEqual(data.names(data.log), ['cowrie.json.2026-11-10.zst', 'segments.ndjson']);
    const [segment] = segmentsIn(data.log);
    assert.equal((await readContent(openSegment(data.log, segment!))).events, 3);
  }),
);

test(
  'by age, then by bytes, oldest first; what is being written stays; the chain says what went',
  inData(async (data) => {
    for (const day of ['01', '10', '20', '21', '22']) data.day(`2026-11-${day}`, 10);
    const old = data.file(data.downloads, sha('old'), 10, 400 * DAY);
    const first = data.file(data.downloads, sha('first'), 600, 3 * DAY);
    const second = data.file(data.downloads, sha('second'), 600, 2 * DAY);
    data.file(data.downloads, 'tmp-0123456789abcdef', 5000, 500 * DAY);
    data.file(data.tty, sha('t'), 10, 400 * DAY);
    data.file(data.tty, '20251124-101010-0123456789ab-0i.log', 10, 400 * DAY);
    data.file(data.tty, '20110813-174003-foo.log', 10, 400 * DAY);
    const one = statSync(join(data.log, 'cowrie.json.2026-11-20')).size;
    await data
      .keeping({
        journal: { ageMs: 10 * DAY, bytes: 2 * one },
        recordings: { ageMs: 365 * DAY },
        samples: { ageMs: 365 * DAY, bytes: 1000 },
      })
      .run();
    assert.deepEqual(data.names(data.log), ['cowrie.json.2026-11-21', 'cowrie.json.2026-11-22', 'segments.ndjson']);
    assert.deepEqual(data.names(data.downloads), [second, 'tmp-0123456789abcdef'].sort());
    assert.deepEqual(data.names(data.tty), ['20251124-101010-0123456789ab-0i.log']);
    assert.deepEqual(
      data.removed.map(({ what, count, reason }) => [what, count, reason]),
      [
        ['journal', 2, 'age'],
        ['journal', 1, 'bytes'],
        ['recordings', 2, 'age'],
        ['samples', 1, 'age'],
        ['samples', 1, 'bytes'],
      ],
    );
    assert.deepEqual(
      [...removalsOf(data.log, [old, first, second])].map(([name, { reason }]) => [name, reason]),
      [
        [old, 'age'],
        [first, 'bytes'],
      ],
    );
    assert.equal(data.chain.sealed.get('cowrie.json.2026-11-01')?.removed, 'age');
    assert.deepEqual(readChain(data.log).breaks, []);
  }),
);

test(
  'recordings and samples that no kept session can need go with the events',
  inData(async (data) => {
    data.file(data.tty, sha('1'), 1, 50 * DAY);
    data.file(data.tty, sha('2'), 1, 10 * DAY);
    data.file(data.downloads, sha('3'), 1, 50 * DAY);
    const keeping = data.keeping();
    keeping.neededSince = now - 30 * DAY;
    await keeping.run();
    assert.deepEqual([data.names(data.tty), data.names(data.downloads)], [[sha('2')], []]);
  }),
);

test(
  'a disk that is nearly full: compress, then samples, recordings, journal, until there is room; the newest stay',
  inData(async (data) => {
    for (const day of ['01', '02', '03', '22', '23']) data.day(`2026-11-${day}`, 4000);
    for (let i = 0; i < 5; i++) data.file(data.downloads, sha(`s${i}`), 100_000, (5 - i) * DAY);
    for (let i = 0; i < 5; i++) data.file(data.tty, sha(`r${i}`), 100_000, (5 - i) * DAY);
    const size = (folder: string) =>
      data.names(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    const used = () => size(data.log) + size(data.downloads) + size(data.tty);
    const keeping = data.keeping();
    const start = used();
    // Compressing is enough.
    assert.equal(await keeping.relieve(() => used() - (start - 500_000)), true);
    assert.equal(data.names(data.downloads).length, 5);
    assert.ok(existsSync(join(data.log, 'cowrie.json.2026-11-01.zst')));
    // Two samples.
    await data.keeping({ plainMs: 0 }).run();
    let room = used() - 150_000;
    assert.equal(await keeping.relieve(() => used() - room), true);
    assert.deepEqual([data.names(data.downloads).length, data.names(data.tty).length], [3, 5]);
    assert.ok(!existsSync(join(data.downloads, sha('s0'))), 'the oldest goes first');
    // All samples but the newest, then recordings.
    room = used() - 350_000;
    assert.equal(await keeping.relieve(() => used() - room), true);
    assert.deepEqual([data.names(data.downloads), data.names(data.tty).length], [[sha('s4')], 3]);
    // More than there is: the newest of each kind stay.
    assert.equal(await keeping.relieve(() => 1e12), false);
    assert.deepEqual([data.names(data.downloads), data.names(data.tty)], [[sha('s4')], [sha('r4')]]);
    assert.deepEqual(data.names(data.log), [
      'cowrie.json.2026-11-22.zst',
      'cowrie.json.2026-11-23.zst',
      'segments.ndjson',
    ]);
    assert.ok(data.removed.every(({ reason }) => reason === 'disk'));
    assert.deepEqual(readChain(data.log).breaks, []);
    assert.deepEqual(data.troubles, []);
  }),
);
