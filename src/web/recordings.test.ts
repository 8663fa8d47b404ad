// Routes of recordings over real HTTP: harmless, as text, masked and gated, as a page, in large, and while they are being made.
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Dashboard, sessionEvents, stopAll, writeRecording } from '../../test/web/dashboard.ts';
import { encodeTtyRecord, type TtyRecord, ttyName } from '../event/tty.ts';
import { PLAYER } from './replay/page.ts';
import type * as schema from './schema.ts';

const START = Date.UTC(2026, 7, 21, 12);
let dashboard: Dashboard;
let name: string;
let session: number;
let tricky: string;

const rows = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

function record(ms: number, type: TtyRecord['type'], text = ''): Buffer {
  return encodeTtyRecord(type, START + ms, Buffer.from(text));
}

before(async () => {
  dashboard = await Dashboard.start();
  name = writeRecording(
    dashboard.data,
    START,
    ['$ ', ...'ping 203.0.113.7', '\n\x1b]0;owned\x07\x1b]52;c;ZXZpbA==\x07on kansatsu-test\u202e\x1b[6n\n'],
    ['ping 203.0.113.7\r'],
  );
  // The cursor puts an address together out of pieces that are none.
  tricky = writeRecording(dashboard.data, START, ['x203-0-113-7 \x1b[2D8\n'], ['tricky\r']);
  const ended = [name, tricky].map((shasum) => ({
    eventid: 'cowrie.log.closed',
    ttylog: `tty/${shasum}`,
    shasum,
    size: 1,
    duplicate: false,
  }));
  dashboard.append(
    sessionEvents(START, [
      { eventid: 'cowrie.session.connect' },
      { eventid: 'cowrie.client.size', width: 100, height: 30 },
      { eventid: 'cowrie.command.input', input: 'ping 203.0.113.7' },
      ...ended,
      { eventid: 'cowrie.session.closed', duration_ms: 9000, duration: 9 },
    ]),
  );
  dashboard.read();
  session = (await dashboard.json<schema.Sessions>('/sessions')).items[0]!.id;
});
after(stopAll);

test('the asciicast is harmless and says what it kept back; raw=true keeps nothing back', async () => {
  const [header, ...events] = rows((await dashboard.get(`/api/v1/recordings/${name}?session=${session}`)).text);
  assert.deepEqual([header.width, header.height], [100, 30]);
  assert.deepEqual(header.kansatsuki, { withheld: { strings: 2, sequences: 1, controls: 0, characters: 1 } });
  assert.deepEqual(
    events.filter(([, code]) => code === 'm'),
    [[2, 'm', 'ping 203.0.113.7']],
  );
  assert.ok(!JSON.stringify(events).includes('owned'));
  const raw = (await dashboard.get(`/api/v1/recordings/${name}?raw=true`)).text;
  assert.ok(raw.includes('\\u001b]0;owned\\u0007'));
});

test('masked, nothing in it is an address or a name of ours, whole or in pieces', async () => {
  const events = rows((await dashboard.get(`/api/v1/recordings/${name}?session=${session}&mask=circles`)).text).slice(
    1,
  );
  const all = (code: string) => events.filter((event) => event[1] === code).map(([, , text]) => text);
  assert.equal(all('o').join(''), '$ ping ○○○.○.○○○.○\r\non ○○○○○○○○-○○○○\r\n');
  assert.deepEqual(all('m'), ['ping ○○○.○.○○○.○']);
  assert.equal(
    (await dashboard.get(`/api/v1/recordings/${name}/text?mask=circles`)).text,
    '$ ping ○○○.○.○○○.○\non ○○○○○○○○-○○○○\n',
  );
  const text = await dashboard.get(`/api/v1/recordings/${name}/text`);
  assert.equal(text.text, '$ ping 203.0.113.7\non kansatsu-test\n');
  assert.match(text.headers['content-disposition']!, /^attachment; filename="[0-9a-f]{64}\.txt"$/);
});

test('the page that stands alone has passed the gate', {
  skip: existsSync(join(PLAYER, 'replay.js')) ? false : 'dist/player is not built',
}, async () => {
  const { status, text, headers } = await dashboard.get(`/api/v1/recordings/${name}/html?session=${session}&lang=ja`);
  assert.equal(status, 200);
  assert.match(text, /^<!doctype html>\n<html lang="ja">/);
  assert.match(text, /default-src 'none'; script-src 'sha256-/);
  assert.doesNotMatch(text, /203\.0\.113\.7|kansatsu-test|owned/);
  assert.match(headers['content-disposition']!, /^attachment; filename="[0-9a-f]{12}\.html"$/);
  // What the masking of whole words misses, the gate finds: no digit is left.
  const gated = await dashboard.get(`/api/v1/recordings/${tricky}/html`);
  const cast = rows(JSON.parse(/id="cast">(.*)<\/script>/.exec(gated.text)![1]!));
  assert.deepEqual(cast[1], [1, 'o', 'x○○○-○-○○○-○ \x1b[2D○\r\n']);
  assert.match((await dashboard.get(`/api/v1/recordings/${name}/html?mask=none`)).text, /113/);
});

test('a very long recording comes while others are answered', async () => {
  const records: Buffer[] = [record(0, 'open')];
  const junk = '\x1b]0;x\x07\x1b[31m\u202e'.padEnd(50, 'z');
  for (let i = 0; i < 40_000; i++) records.push(record(i, 'output', i % 20 === 0 ? '\n' : junk));
  const long = 'f'.repeat(64);
  writeFileSync(join(dashboard.data, 'tty', long), Buffer.concat(records));
  const asked = dashboard.get(`/api/v1/recordings/${long}?mask=circles`);
  let answered = 0;
  let done = false;
  void asked.finally(() => (done = true));
  while (!done) {
    assert.equal((await dashboard.get('/api/v1/totals')).status, 200);
    answered++;
  }
  assert.ok(answered >= 5, `${answered} answers meanwhile`);
  const { text } = await asked;
  // The file has no end: it was cut off.
  assert.match(text.slice(0, 200), /"complete":false,"withheld":\{"strings":38000,/);
  assert.equal(text.split('\n').length, 40_002);
});

/** Reads server-sent events until `end`. */
function events(path: string): Promise<{ event: string; data: never }[]> {
  return new Promise((resolve, reject) => {
    let all = '';
    const asked = request(
      dashboard.url(path),
      { headers: { authorization: `Bearer ${dashboard.token}` } },
      (answer) => {
        answer.setEncoding('utf8').on('data', (text) => (all += text));
        answer.on('end', () =>
          resolve(
            [...all.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)].map(([, event, data]) => ({
              event: event!,
              data: JSON.parse(data!) as never,
            })),
          ),
        );
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}

test('what is being recorded is listed, and followed until it has its name', async () => {
  const own = '0123456789ab';
  const growing = '20260821-120000-0123456789ab-0i.log';
  const path = join(dashboard.data, 'tty', growing);
  writeFileSync(path, Buffer.concat([record(0, 'open'), record(100, 'output', '$ ')]));
  // An import leaves such names, too: closed ones, and ones of long ago.
  const closed = Buffer.concat([record(0, 'open'), record(100, 'close')]);
  writeFileSync(join(dashboard.data, 'tty', '20260821-110000-1123456789ab-0i.log'), closed);
  const old = encodeTtyRecord('open', Date.UTC(2018, 1, 1));
  writeFileSync(join(dashboard.data, 'tty', '20180201-110000-2123456789ab-0i.log'), old);
  utimesSync(path, START / 1000, START / 1000);
  assert.deepEqual((await dashboard.json<schema.Recordings>('/recordings')).running, []);

  const now = Date.now();
  const live = (ms: number, type: TtyRecord['type'], text = '') => encodeTtyRecord(type, now + ms, Buffer.from(text));
  writeFileSync(path, Buffer.concat([live(0, 'open'), live(100, 'output', '$ ')]));
  dashboard.append(
    sessionEvents(now, [
      { eventid: 'cowrie.session.connect', session: own },
      { eventid: 'cowrie.client.size', width: 90, height: 20, session: own },
    ]),
  );
  dashboard.read();
  const { running, recent } = await dashboard.json<schema.Recordings>('/recordings');
  assert.deepEqual(
    running.map((one) => [one.name, one.session, one.kind, one.address, one.started]),
    [[growing, own, 'interactive', '203.0.113.7', now]],
  );
  assert.deepEqual(
    recent.map(({ id, kept }) => [id, kept]),
    [[session, [name, tricky]]],
  );

  const plain = events(`/api/v1/recordings/${growing}/live`);
  const masked = events(`/api/v1/recordings/${growing}/live?mask=circles`);
  const rest: [number, TtyRecord['type'], string][] = [
    [200, 'input', 'x'],
    [300, 'output', 'ssh 192.0'],
    [400, 'output', '.2.77\x1b]0;t\x07 now\n'],
    [500, 'output', 'end'],
  ];
  for (const [ms, type, text] of rest) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    const bytes = live(ms, type, text);
    // In the middle of a record.
    appendFileSync(path, bytes.subarray(0, 30));
    appendFileSync(path, bytes.subarray(30));
  }
  dashboard.append(sessionEvents(now, [{ eventid: 'cowrie.command.input', input: 'ssh 192.0.2.77', session: own }]));
  dashboard.read();
  await new Promise((resolve) => setTimeout(resolve, 1200));
  appendFileSync(path, live(600, 'close'));
  const hash = ttyName(rest.map(([ms, type, text]) => ({ type, at: now + ms, data: Buffer.from(text) })));
  renameSync(path, join(dashboard.data, 'tty', hash));

  const got = await plain;
  assert.deepEqual(got[0], {
    event: 'header',
    data: { version: 2, width: 90, height: 20, timestamp: now / 1000, kansatsuki: {} },
  });
  const told = (list: typeof got, code: string) =>
    list
      .flatMap(({ event, data }) => (event === 'events' ? (data as [number, string, string][]) : []))
      .filter((one) => one[1] === code)
      .map(([, , text]) => text);
  assert.equal(told(got, 'o').join(''), '$ ssh 192.0.2.77 now\r\nend');
  assert.deepEqual(told(got, 'm'), ['ssh 192.0.2.77']);
  assert.deepEqual(got.at(-1), { event: 'end', data: { name: hash } });
  const hidden = await masked;
  assert.equal(told(hidden, 'o').join(''), '$ ssh ○○○.○.○.○○ now\r\nend');
  assert.deepEqual(told(hidden, 'm'), ['ssh ○○○.○.○.○○']);
  assert.equal((await dashboard.get(`/api/v1/recordings/${growing}/live`)).status, 404);
  assert.equal((await dashboard.get(`/api/v1/recordings/${hash}/live`)).status, 404);
});

test('one that ends because the same is kept already ends for its watchers', async () => {
  const growing = '20260821-120000-abcdefabcdef-1e.log';
  const path = join(dashboard.data, 'tty', growing);
  mkdirSync(join(dashboard.data, 'tty'), { recursive: true });
  writeFileSync(
    path,
    Buffer.concat([encodeTtyRecord('open', Date.now()), encodeTtyRecord('interact', Date.now(), Buffer.from('id'))]),
  );
  const watched = events(`/api/v1/recordings/${growing}/live`);
  await new Promise((resolve) => setTimeout(resolve, 400));
  rmSync(path);
  const got = await watched;
  assert.deepEqual(
    got.map(({ event }) => event),
    ['header', 'events', 'end'],
  );
  assert.deepEqual((got[0] as unknown as { data: { kansatsuki: object } }).data.kansatsuki, { exec: true });
});
