// The replay in a real browser: by keyboard, searched, two at once, masked, while it is recorded, and with a recording that is long and hostile.
/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { buildPages, launch, noBrowser, type WatchOptions, watch } from '../../test/web/browser.ts';
import { Dashboard, sessionEvents, stopAll, writeRecording } from '../../test/web/dashboard.ts';
import { encodeTtyRecord, type TtyRecord, ttyName } from '../event/tty.ts';
import type * as schema from './schema.ts';

const skip = noBrowser;
const START = Date.UTC(2026, 7, 21, 12);
const FOREIGN = readFileSync(join(import.meta.dirname, '../../test/web/foreign.js'), 'utf8');
const HOSTILE = 'f'.repeat(64);

let browser: Browser;
let dashboard: Dashboard;
let remove: () => void;
let first: string;
let second: string;
let session: number;

before(async () => {
  if (skip) return;
  const pages = await buildPages();
  remove = pages.remove;
  dashboard = await Dashboard.start({ pages: pages.directory });
  first = writeRecording(
    dashboard.data,
    START,
    ['$ uname -a\n', 'Linux trap 203.0.113.7\n$ ', ...'wget', ' http://x\n', 'saved wget.log\n', '日本 done\n$ '],
    ['one\r'],
  );
  second = writeRecording(dashboard.data, START, ['# other\n', 'same time\n'], ['two\r']);
  // What a terminal would act on, what is not seen, what turns text round, and a lot of it.
  const evil =
    '\x1b]0;owned\x07\x1b]52;c;ZXZpbA==\x07\x1b]8;;javascript:alert(1)\x07<img src=x onerror=alert(1)>\x1b]8;;\x07\x1b[6n\u202eback\u200b\x1b[31m\x1b[2J\x1b[H';
  const records: Buffer[] = [encodeTtyRecord('open', START)];
  for (let i = 0; i < 80_000; i++)
    records.push(
      encodeTtyRecord('output', START + i, Buffer.from(i % 10 === 0 ? evil : `line ${i} ${'z'.repeat(20)}\n`)),
    );
  records.push(encodeTtyRecord('output', START + 80_000, Buffer.from('the very last line')));
  mkdirSync(join(dashboard.data, 'tty'), { recursive: true });
  writeFileSync(join(dashboard.data, 'tty', HOSTILE), Buffer.concat(records));
  dashboard.append(
    sessionEvents(START, [
      { eventid: 'cowrie.session.connect' },
      { eventid: 'cowrie.command.input', input: 'uname -a' },
      { eventid: 'cowrie.command.input', input: 'wget http://203.0.113.7' },
      ...[first, second].map((shasum) => ({
        eventid: 'cowrie.log.closed',
        ttylog: `tty/${shasum}`,
        shasum,
        size: 1,
        duplicate: false,
      })),
      { eventid: 'cowrie.session.closed', duration_ms: 9000, duration: 9 },
    ]),
  );
  dashboard.read();
  session = (await dashboard.json<schema.Sessions>('/sessions')).items[0]!.id;
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stopAll();
  remove?.();
});

const watched = (options: WatchOptions = {}) => watch(browser, dashboard, { settings: { language: 'en' }, ...options });
const screen = (page: Page) => page.locator('.terminal-lines').first();
const shows = (page: Page, text: string) => screen(page).getByText(text).first().waitFor({ timeout: 10_000 });

async function open(page: Page, path: string): Promise<void> {
  await page.goto(dashboard.url(path));
  await page.locator('.replay').first().waitFor();
}

test('by keyboard alone: play, seek, commands, speed, search, link to the moment', { skip }, async () => {
  const { page, trouble } = await watched({ context: { reducedMotion: 'reduce' } });
  await open(page, `/replay/${first}?session=${session}`);
  // Who wants less motion starts it; whoever was given a moment sees that.
  await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
  await page.keyboard.press(']');
  await shows(page, 'uname -a');
  await page.keyboard.press(']');
  await shows(page, 'Linux trap');
  await page.waitForURL(/t=0%3A02/);
  await page.keyboard.press('5');
  await page.keyboard.press('+');
  await page.waitForURL(/speed=2/);
  await page.keyboard.press('i');
  await page.waitForURL(/idle=5/);
  await page.keyboard.press('/');
  await page.keyboard.type('WGET');
  await page.locator('.find output').getByText('2 found').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.find output').getByText(/of 2/).waitFor();
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.press('Enter');
  await page.locator('.terminal .hit').first().waitFor();
  await page.waitForURL(/find=WGET/);
  const link = page.url();
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keys' });
  await help.waitFor();
  assert.match((await help.textContent()) ?? '', /five seconds back, on/);
  await page.keyboard.press('Escape');
  await page.keyboard.press('9');
  await page.keyboard.press('.');
  await page.keyboard.press(' ');
  await page.getByRole('button', { name: 'Play again' }).waitFor();
  await shows(page, '日');
  assert.deepEqual(await page.evaluate(FOREIGN), []);

  // The link shows the same again.
  await open(page, link.replace(/^https?:\/\/[^/]+/, ''));
  await page.locator('.terminal .hit').first().waitFor();
  assert.equal(await page.getByRole('combobox', { name: 'Speed' }).inputValue(), '2');
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test('two at once, together or each for itself', { skip }, async () => {
  const { page, trouble } = await watched({ context: { reducedMotion: 'reduce' } });
  await open(page, `/replay/${first}?session=${session}`);
  await page.getByText('Side by side').click();
  await page.getByRole('button', { name: 'recording 2' }).click();
  await page.waitForURL(/with=/);
  await page.locator('.terminal').nth(1).waitFor();
  assert.equal(await page.locator('.scrubber').count(), 1);
  await page.keyboard.press('2');
  await page.locator('.terminal').nth(1).getByText('# other').waitFor();
  await page.locator('.terminal').first().getByText('uname').waitFor();
  await page.getByRole('button', { name: 'Each for itself' }).click();
  await page.locator('.scrubber').nth(1).waitFor();
  await page.getByRole('slider').nth(1).press('Home');
  await page.locator('.terminal').nth(1).getByText('# other').waitFor({ state: 'detached' });
  await page.locator('.terminal').first().getByText('uname').waitFor();
  await page.getByRole('button', { name: 'Close the second' }).click();
  await page.locator('.terminal').nth(1).waitFor({ state: 'detached' });
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test('screenshot mode hides what the recording shows, on the screen and in what is saved', { skip }, async () => {
  const { page } = await watched({ settings: { language: 'en', mask: true }, context: { reducedMotion: 'reduce' } });
  await open(page, `/replay/${first}?session=${session}&t=9`);
  await shows(page, 'Linux trap ○');
  assert.doesNotMatch(await page.evaluate<string>('document.body.textContent'), /203\.0\.113\.7/);
  for (const link of await page.locator('.menu a[href]').all()) {
    const href = (await link.getAttribute('href'))!;
    if (href.endsWith('/raw') || href.includes('/html')) continue;
    assert.doesNotMatch((await dashboard.get(href)).text, /203\.0\.113\.7/, href);
  }
  await page.context().close();
});

test('a recording is watched while it is made, and stays when it is done', { skip }, async () => {
  const now = Date.now();
  const name = '20260821-120000-0123456789ab-0i.log';
  const path = join(dashboard.data, 'tty', name);
  const part = (ms: number, type: TtyRecord['type'], text = '') => encodeTtyRecord(type, now + ms, Buffer.from(text));
  writeFileSync(path, Buffer.concat([part(0, 'open'), part(10, 'output', '$ first words\n')]));
  const { page, trouble } = await watched();
  await page.goto(dashboard.url('/replay'));
  await page.getByRole('link', { name: /0123456789ab/ }).click();
  await shows(page, 'first words');
  await page.locator('.on-air.now').waitFor();
  appendFileSync(path, part(500, 'output', 'and more'));
  await shows(page, 'and more');
  await page.keyboard.press('Home');
  await page.getByRole('slider').press('Home');
  await page.locator('.on-air:not(.now)').click();
  await shows(page, 'and more');
  const hash = ttyName([]);
  appendFileSync(path, part(900, 'close'));
  renameSync(path, join(dashboard.data, 'tty', hash));
  await page.waitForURL(new RegExp(`/replay/${hash}`));
  await page.locator('.on-air').waitFor({ state: 'detached' });
  await shows(page, 'and more');
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test('80,000 hostile records: the page answers, nothing runs, nothing is taken over', { skip }, async () => {
  const { page, trouble } = await watched({ context: { reducedMotion: 'reduce' } });
  const title = await page.title();
  // The longest time that the page could not answer, in turns of the event loop.
  await page.addInitScript(`globalThis.longest = 0; {
    let before = performance.now();
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      const now = performance.now();
      globalThis.longest = Math.max(globalThis.longest, now - before);
      before = now;
      setTimeout(() => channel.port2.postMessage(0), 5);
    };
    channel.port2.postMessage(0);
  }`);
  await open(page, `/replay/${HOSTILE}`);
  await page.getByRole('slider').press('End');
  await page.locator('.terminal').getByText('the very last line').waitFor({ timeout: 20_000 });
  await page.keyboard.press('/');
  await page.keyboard.type('onerror');
  await page
    .locator('.find output')
    .getByText(/8,?000 found/)
    .waitFor({ timeout: 20_000 });
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  for (const key of ['1', '8', '3', 'End']) await page.getByRole('slider').press(key);
  await page.locator('.terminal').getByText('the very last line').waitFor({ timeout: 20_000 });
  await page.getByText(/titles, links or clipboard texts/).waitFor();
  assert.deepEqual(await page.evaluate(FOREIGN), []);
  assert.equal(await page.title(), title.replace(/^[^·]*/, 'Replay '));
  assert.equal(await page.locator('.terminal a, .terminal img').count(), 0);
  const longest = await page.evaluate<number>('longest');
  // On a busy machine the page waits for the processor, too.
  assert.ok(longest < 2000, `${Math.round(longest)} ms without an answer`);
  assert.deepEqual(trouble, []);
  await page.context().close();
});
