// Takes the README's pictures, and with --every those of every page, language, theme and width, to be judged by eye: real logs as they were
// at a moment, masked, in headless Chromium.
// Usage: node scripts/screenshots.js [--samples DIR] [--at ISO] [--out DIR] [--every DIR [--only WORD,…]]; needs `npm run build` first, and fonts with Japanese (Debian's fonts-noto-cjk).
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { Gazetteer } from '../src/observatory/geo/gazetteer.ts';
import { scannersPath } from '../src/observatory/place.ts';
import { BUILT } from '../src/web/pages.ts';
import { Dashboard } from '../test/web/dashboard.ts';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    samples: { type: 'string', default: process.env.KANSATSUKI_SAMPLES ?? join(root, '../shared/data/cowrie-samples') },
    source: { type: 'string', default: '2018-05-kareiva' },
    at: { type: 'string', default: '2018-06-12T20:41:30Z' },
    out: { type: 'string', default: join(root, 'docs/images') },
    every: { type: 'string' },
    only: { type: 'string' },
  },
});
const NOW = Date.parse(values.at);
/** What came in these last moments arrives while the page is open. */
const LIVE = 90_000;

const data = mkdtempSync(join(tmpdir(), 'kansatsuki-pictures-'));
const late = [];

/** The logs until the moment, imported; the last lines are left to arrive. */
function fill() {
  const folder = join(values.samples, values.source);
  const logs = join(data, 'source');
  mkdirSync(logs);
  for (const name of globSync('*.json*', { cwd: folder }).sort()) {
    if (name === 'stats.json') continue;
    const bytes = readFileSync(join(folder, name));
    const lines = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1').split('\n');
    const until = (end) => lines.filter((line) => line !== '' && timeOf(line) < end);
    const before = until(NOW - LIVE);
    late.push(...until(NOW).slice(before.length));
    if (before.length > 0) writeFileSync(join(logs, name.replace(/\.gz$/, '')), `${before.join('\n')}\n`, 'latin1');
  }
  const told = spawnSync(
    process.execPath,
    [join(root, 'dist/cli/main.js'), 'import', '--data', data, '--quiet', logs, join(folder, 'tty')],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (told.status !== 0) throw new Error(`The import ended with ${told.status}.`);
}

const timeOf = (line) => Date.parse(/"timestamp": ?"([^"]+)"/.exec(line)?.[1] ?? '');

async function withPage(browser, dashboard, { width, height, scale = 1, print = false, settings }, use) {
  const context = await browser.newContext({
    viewport: { width, height },
    deviceScaleFactor: scale,
    timezoneId: 'UTC',
    locale: settings.language === 'ja' ? 'ja-JP' : 'en-GB',
    reducedMotion: 'reduce',
  });
  try {
    await context.clock.install({ time: NOW });
    await context.addInitScript(`localStorage.setItem('kansatsuki', ${JSON.stringify(JSON.stringify(settings))})`);
    const page = await context.newPage();
    if (print) await page.emulateMedia({ media: 'print' });
    await page.goto(dashboard.web.loginUrl);
    await use(page);
  } finally {
    await context.close();
  }
}

async function show(page, dashboard, path) {
  await page.goto(dashboard.url(path));
  await page.locator('main h1, main .entry, main .nothing').first().waitFor();
  await page.locator('.waiting').first().waitFor({ state: 'detached' });
  if (path === '/') await page.locator('.world .land').waitFor({ state: 'attached' });
  // Two frames: what a resize or an answer changes is drawn.
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  await page.waitForTimeout(150);
}

/** The session of the record that tells the most. */
async function telling(dashboard) {
  const { items } = await dashboard.json('/sessions?withCommands=true&limit=200');
  const best = items.toSorted((a, b) => b.downloads * 20 + b.commands - (a.downloads * 20 + a.commands))[0];
  const played = await Promise.all(
    items.flatMap(({ id, recordings }) =>
      recordings.slice(0, 1).map(async (name) => {
        const { status } = await dashboard.get(`/api/v1/recordings/${name}?session=${id}`);
        return status === 200 ? [`/replay/${name}?session=${id}`] : [];
      }),
    ),
  );
  return { ...best, replay: played.flat()[0] };
}

async function forReadme(browser, dashboard) {
  mkdirSync(values.out, { recursive: true });
  const { id } = await telling(dashboard);
  for (const [language, suffix] of [
    ['en', ''],
    ['ja', '-ja'],
  ])
    for (const [name, path, height] of [
      ['now', '/', 1120],
      ['explore', '/explore?range=week', 1120],
      ['session', `/sessions/${id}`, 1120],
    ])
      await withPage(
        browser,
        dashboard,
        {
          width: 1280,
          height,
          settings: { language, theme: name === 'explore' ? 'dark' : 'light', zone: 'utc', mask: true },
        },
        async (page) => {
          await show(page, dashboard, path);
          await page.screenshot({ path: join(values.out, `${name}${suffix}.png`) });
        },
      );
}

async function every(browser, dashboard, out) {
  mkdirSync(out, { recursive: true });
  const { id, address, replay } = await telling(dashboard);
  const day = new Date(NOW - 86_400_000).toISOString().slice(0, 10);
  const pages = {
    now: '/',
    explore: '/explore?range=week',
    sessions: '/sessions',
    folded: '/sessions?view=folded',
    session: `/sessions/${id}`,
    replay: replay,
    credentials: '/credentials?range=all',
    address: `/addresses/${address}`,
    samples: '/samples',
    diary: `/diary/${day}`,
    health: '/health',
    missing: '/no/such/page',
    empty: '/sessions?username=nobody-of-this-name',
    ...Object.fromEntries(
      ['campaigns', 'attackers'].filter((name) => nav.includes(`/${name}`)).map((name) => [name, `/${name}`]),
    ),
  };
  const wanted = values.only?.split(',');
  for (const [look, options] of Object.entries({
    'en-light-1280': { width: 1280, height: 900, settings: { language: 'en', theme: 'light' } },
    'ja-dark-1280': { width: 1280, height: 900, settings: { language: 'ja', theme: 'dark' } },
    'ja-light-360': { width: 360, height: 2400, whole: false, settings: { language: 'ja', theme: 'light' } },
    'en-dark-360': { width: 360, height: 2400, whole: false, settings: { language: 'en', theme: 'dark' } },
    'en-light-2560': { width: 2560, height: 1440, settings: { language: 'en', theme: 'light' } },
    'ja-light-3840': { width: 3840, height: 2160, settings: { language: 'ja', theme: 'light' } },
    'en-print': { width: 794, height: 1123, print: true, settings: { language: 'en', theme: 'dark' } },
  }))
    for (const [name, path] of Object.entries(pages)) {
      if (path === undefined || (wanted && !wanted.some((word) => `${name}-${look}`.includes(word)))) continue;
      await withPage(
        browser,
        dashboard,
        { ...options, settings: { zone: 'utc', mask: true, ...options.settings } },
        async (page) => {
          await show(page, dashboard, path).catch((error) => console.error(`${name} ${look}: ${error.message}`));
          await page.screenshot({ path: join(out, `${name}-${look}.png`), fullPage: options.whole ?? true });
        },
      );
    }
}

const nav = readFileSync(join(root, 'ui/app.tsx'), 'utf8');
let browser;
let dashboard;
try {
  fill();
  const gazetteer = await Gazetteer.open({ files: [], scanners: scannersPath(data) });
  dashboard = await Dashboard.start({
    data,
    pages: BUILT,
    now: () => NOW,
    locate: (address) => gazetteer.find(address),
    geo: gazetteer.state,
    troubles: [],
  });
  dashboard.append(late.map((line) => JSON.parse(line)));
  dashboard.read();
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--hide-scrollbars'],
  });
  if (values.every) await every(browser, dashboard, values.every);
  else await forReadme(browser, dashboard);
} finally {
  await browser?.close();
  await dashboard?.stop();
  rmSync(data, { recursive: true, force: true });
}
