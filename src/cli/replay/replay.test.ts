// `kansatsuki replay` as a user meets it: by file, session and name, in every form it writes, and the page in a real browser.
/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { encodeTtyRecord, type TtyRecord, ttyName } from '../../event/tty.ts';
import { openStore } from '../../observatory/open.ts';
import { storePath } from '../../observatory/place.ts';
import { PLAYER } from '../../web/replay/page.ts';

const CHROMIUM = '/usr/bin/chromium';
const data = mkdtempSync(join(tmpdir(), 'kansatsuki-replay-'));
after(() => rmSync(data, { recursive: true }));

const START = Date.UTC(2026, 7, 21, 12);
const record = (ms: number, type: TtyRecord['type'], text = ''): TtyRecord => ({
  type,
  at: START + ms,
  data: Buffer.from(text),
});
const records = [
  record(0, 'open'),
  record(100, 'output', '$ '),
  ...[...'ping 192.0.2.77'].map((c, i) => record(200 + i, 'output', c)),
  record(900, 'input', 'ping 192.0.2.77\r'),
  record(1000, 'output', '\n\x1b]0;owned\x07\x1b[31m<b>no</b></script><script>alert(1)</script>\x1b[m \x1b[6n\n'),
  record(1100, 'close'),
];
const bytes = Buffer.concat(records.map(({ type, at, data }) => encodeTtyRecord(type, at, data)));
const name = ttyName(records);
mkdirSync(join(data, 'tty'));
mkdirSync(join(data, 'store'));
writeFileSync(join(data, 'tty', name), bytes);
const store = openStore(storePath(data));
for (const [i, event] of [
  { eventid: 'cowrie.session.connect', src_port: 1 },
  { eventid: 'cowrie.client.size', width: 100, height: 30 },
  { eventid: 'cowrie.command.input', input: 'ping 192.0.2.77' },
  { eventid: 'cowrie.log.closed', shasum: name, ttylog: `tty/${name}`, size: 5, duplicate: false, duration_ms: 1100 },
].entries())
  store.writer.add({
    session: '0a1b2c3d4e5f',
    sensor: 'trap',
    protocol: 'ssh',
    src_ip: '192.0.2.7',
    timestamp: new Date(START + i).toISOString(),
    ...event,
  });
store.writer.add({
  eventid: 'cowrie.session.connect',
  session: 'ffffffffffff',
  sensor: 'trap',
  timestamp: '2026-08-21T12:00:00Z',
});
store.writer.commit();
store.close();

function run(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const entry = join(import.meta.dirname, '../main.ts');
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', entry, 'replay', '--data', data, ...args],
    {
      cwd: data,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

test('by file, by session, by name: harmless, as text, raw', async () => {
  const plain = await run('0a1b2c3d4e5f');
  assert.equal(
    plain.out,
    '$ ping 192.0.2.77\r\n\x1b[31m<b>no</b></script><script>alert(1)</script>\x1b[m \r\n',
    plain.err,
  );
  assert.equal(
    (await run('trap/0a1b2c3d4e5f', '--text')).out,
    '$ ping 192.0.2.77\n<b>no</b></script><script>alert(1)</script>\n',
  );
  assert.match((await run(join('tty', name), '--raw')).out, /\x1b\]0;owned\x07/);
  const told = JSON.parse((await run(name, '--json')).out).recordings[0];
  assert.deepEqual(
    [told.name, told.started, told.seconds, told.complete, told.records.length],
    [name, '2026-08-21T12:00:00.000Z', 1.1, true, 20],
  );
});

test('asciicast 2 and 3, masked where it is asked for', async () => {
  const two = (await run('0a1b2c3d4e5f', '--asciicast', '-')).out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual([two[0].version, two[0].width, two[0].height, two[0].title], [2, 100, 30, '0a1b2c3d4e5f']);
  assert.deepEqual(two.slice(1, 3), [
    [0.002, 'm', 'ping 192.0.2.77'],
    [0.1, 'o', '$ '],
  ]);
  assert.ok(!JSON.stringify(two).includes('owned'));
  const three = (await run(name, '--asciicast', '-', '--cast-version', '3', '--mask', 'circles', '--raw')).out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(three[0].term, { cols: 80, rows: 24 });
  assert.deepEqual(three.slice(1, 4), [
    [0.1, 'o', '$ '],
    [0.1, 'o', 'p'],
    [0.001, 'o', 'i'],
  ]);
  const shown = three
    .slice(1)
    .filter(([, code]: string[]) => code === 'o')
    .map(([, , text]: string[]) => text);
  assert.match(shown.join(''), /^\$ ping ○○○\.○\.○\.○○\r\n\x1b\]0;owned/);
  assert.match(three.slice(1).find(([, code]: string[]) => code === 'i')[2], /^ping ○○○\.○\.○\.○○\r$/);
});

test('mistakes are one sentence', async () => {
  writeFileSync(join(data, 'notes.txt'), 'no recording, but long enough to hold a header');
  for (const [args, code, said] of [
    [['nowhere'], 1, /^kansatsuki: nowhere: there is no such file, recording or session\n$/],
    [['ffffffffffff'], 1, /^kansatsuki: session ffffffffffff has no terminal recording/],
    [['notes.txt'], 1, /^kansatsuki: notes\.txt: is no terminal recording/],
    [['0a1b2c3d4e5f', '--recording', '2'], 2, /^kansatsuki: --recording 2: the session has 1 recording\n$/],
    [['0a1b2c3d4e5f', '--speed', 'fast'], 2, /Write a number above 0/],
    [
      ['0a1b2c3d4e5f', '--html', 'no/such/folder.html'],
      1,
      /^kansatsuki: .*no\/such\/folder\.html: there is no such file or folder\n$/,
    ],
    [[], 2, /missing required argument/],
  ] as [string[], number, RegExp][]) {
    const ran = await run(...args);
    assert.equal(ran.code, code, `${args.join(' ')}: ${ran.out}${ran.err}`);
    assert.match(ran.err, said);
  }
});

test('--follow shows what comes until it is closed', async () => {
  const growing = join(data, 'tty/20260821-120000-aaaaaaaaaaaa-0i.log');
  const parts = records.map(({ type, at, data }) => encodeTtyRecord(type, at, data));
  writeFileSync(growing, Buffer.concat(parts.slice(0, 2)));
  const running = run('aaaaaaaaaaaa', '--follow');
  const rest = Buffer.concat(parts.slice(2));
  // In the middle of a header, and of a record.
  for (const [from, to] of [
    [0, 10],
    [10, 60],
    [60, rest.length],
  ] as const) {
    await new Promise((resolve) => setTimeout(resolve, 700));
    appendFileSync(growing, rest.subarray(from, to));
  }
  const { code, out } = await running;
  assert.deepEqual([code, out], [0, (await run(name)).out]);
});

test('the page plays on its own, masked, and nothing in it runs but the player', {
  skip: !existsSync(CHROMIUM)
    ? `${CHROMIUM} not installed`
    : !existsSync(join(PLAYER, 'replay.js')) && 'dist/player is not built',
}, async () => {
  const file = join(data, 'replay.html');
  const written = await run('0a1b2c3d4e5f', '--html', file, '--speed', '50');
  assert.equal(written.code, 0, written.err);
  const html = readFileSync(file, 'utf8');
  assert.ok(!html.includes('192.0.2.77') && !html.includes('192.0.2.7'));
  assert.match(html, /default-src 'none'; script-src 'sha256-/);
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    const address = pathToFileURL(file).href;
    await page.goto(address);
    await page.locator('.terminal').getByText('<b>no</b>').waitFor({ timeout: 15_000 });
    const text = (await page.locator('#replay').textContent()) ?? '';
    assert.match(text, /ping ○○○\.○\.○\.○○/);
    assert.match(text, /Addresses and names in this page are hidden/);
    // By keyboard alone: to the end, a place in the text, and what keys there are.
    await page.keyboard.press('9');
    await page.keyboard.press('/');
    await page.keyboard.type('NO<');
    await page.locator('.find output').getByText('1 found').waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.terminal .hit').first().waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    assert.match(page.url(), /#t=0:0\d\.\d$/);
    assert.deepEqual(complaints, []);
    assert.deepEqual(
      asked.filter((url) => url !== address),
      [],
    );
  } finally {
    await browser.close();
  }
});
