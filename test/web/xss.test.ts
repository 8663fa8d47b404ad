// Real attackers put every payload into every field they have; a real browser then walks every page: none runs, nothing leaves.
/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type Running, remove, startKansatsuki, until } from '../e2e/running.ts';
import { bring, dial, each, line, stay, TOGETHER, visit } from './attackers.ts';
import { AWAY, PAYLOADS } from './payloads.ts';

const CHROMIUM = '/usr/bin/chromium';
const skip = existsSync(CHROMIUM) ? false : `${CHROMIUM} not installed`;
const FOREIGN = readFileSync(join(import.meta.dirname, 'foreign.js'), 'utf8');
/** Payloads of one long session, and of its page. */
const OF_A_SESSION = 24;
/** Pages of one kind that are looked at besides those named. */
const OF_A_KIND = 2;

let running: Running;
let browser: Browser;
let cookie: { name: string; value: string };
/** What the browser asked for anywhere but at loopback: it has to go through here. */
const left: string[] = [];
/** What Chromium asks for by itself, whatever is on the page. */
const ITS_OWN = /^(http:\/\/)?[\w-]+(\.[\w-]+)*\.(googleapis|google|gstatic|gvt1)\.com[:/]/;
const note = (url = '') => {
  if (!ITS_OWN.test(url)) left.push(url);
};
const outside = createServer((request, response) => {
  note(request.url);
  response.writeHead(502).end();
});
outside.on('connect', (request, socket) => {
  note(request.url);
  socket.destroy();
});

const chunks = (size: number): string[][] =>
  Array.from({ length: Math.ceil(PAYLOADS.length / size) }, (_, i) => PAYLOADS.slice(i * size, (i + 1) * size));

before(async () => {
  if (skip) return;
  const data = mkdtempSync(join(tmpdir(), 'kansatsuki-xss-'));
  mkdirSync(join(data, 'etc'));
  writeFileSync(join(data, 'etc/userdb.txt'), '*:x:*\n');
  running = await startKansatsuki([], data);
  const [ssh, telnet] = [running.ssh.port, running.telnet.port];
  // OpenSSH ends a user name at / and at a colon; these come whole by Telnet.
  const names = PAYLOADS.filter((payload) => /[/:]/.test(payload)).map((payload) => [payload]);
  await each(PAYLOADS, 12, (payload) => visit(ssh, payload));
  await Promise.all([
    each(chunks(TOGETHER), 6, (payloads) => bring(ssh, payloads)),
    each(chunks(OF_A_SESSION), 10, (payloads) => stay(ssh, payloads)),
    each([...chunks(OF_A_SESSION), ...names], 40, (payloads) => dial(telnet, payloads)),
  ]);
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve));
  const { chromium } = await import('playwright-core');
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    // Loopback never goes through a proxy; everything else does, prefetches and preconnections too.
    args: [
      ...[
        `--proxy-server=http://127.0.0.1:${(outside.address() as AddressInfo).port}`,
        '--no-sandbox',
        '--no-first-run',
      ],
      ...['--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update'],
      ...['--disable-sync', '--disable-domain-reliability'],
    ],
  });
  const response = await fetch(running.loginUrl, { redirect: 'manual' });
  const [, name = '', value = ''] = /^([^=]+)=([^;]+)/.exec(response.headers.get('set-cookie') ?? '') ?? [];
  cookie = { name, value };
});
after(async () => {
  await browser?.close();
  outside.close();
  await running?.stop();
  if (running) remove(running.data);
});

const api = async <T>(path: string): Promise<T> => {
  const response = await fetch(`${running.web}/api/v1${path}`, {
    headers: { cookie: `${cookie.name}=${cookie.value}` },
  });
  assert.equal(response.status, 200, path);
  return (await response.json()) as T;
};

/** Everything that must not happen in a context's pages. */
function watch(context: BrowserContext): string[] {
  const trouble: string[] = [];
  context.on('dialog', (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('weberror', (error) => trouble.push(`error: ${error.error().message}`));
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      trouble.push(`${message.type()}: ${message.text()} ${new URL(message.location().url, running.web).pathname}`);
  });
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== new URL(running.web).origin && protocol !== 'data:') trouble.push(`request: ${request.url()}`);
  });
  return trouble;
}

/** A context in which a payload that runs says so. */
async function contextIn(language: string): Promise<{ context: BrowserContext; trouble: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  await context.addCookies([{ ...cookie, url: running.web }]);
  await context.addInitScript(
    `try { localStorage.setItem('kansatsuki', ${JSON.stringify(JSON.stringify({ language }))}); } catch { /* a sandbox */ }
     globalThis.ran = () => console.error('A payload ran');
     addEventListener('securitypolicyviolation', (e) => console.error('CSP: ' + e.violatedDirective + ' ' + e.blockedURI));`,
  );
  return { context, trouble: watch(context) };
}

test('the watch sees payloads run where a page is careless', { skip }, async () => {
  const careless = createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    const harmless = PAYLOADS.filter(
      (payload) => !payload.includes(AWAY) && !/^<(plaintext|noembed|xmp)/.test(payload),
    );
    response.end(`<!doctype html>${harmless.map((payload) => `<div>${payload}</div>`).join('\n')}`);
  });
  await new Promise<void>((resolve) => careless.listen(0, '127.0.0.1', resolve));
  const { context, trouble } = await contextIn('en');
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${(careless.address() as AddressInfo).port}/`, { waitUntil: 'domcontentloaded' });
  await until(() => trouble.filter((what) => what.includes('A payload ran')).length > 20, 10_000);
  await context.close();
  careless.close();
});

test('every payload came in by every way it could', { skip }, async () => {
  const journal = running.journal();
  const found = (eventid: string, ...fields: string[]): string =>
    journal
      .filter((event) => event['eventid'] === eventid)
      .map((event) => fields.map((field) => JSON.stringify(event[field] ?? '')).join('\n'))
      .join('\n');
  // Some payloads a field cannot hold, or changes: controls, ends of line, what a shell or a path makes of them. On a busy machine a channel
  // is given up too.
  for (const [least, text, changed] of [
    [180, found('cowrie.client.version', 'version'), line],
    [170, found('cowrie.login.success', 'username'), line],
    [170, found('cowrie.login.success', 'password'), line],
    [200, found('cowrie.client.kex', 'hasshAlgorithms'), (text: string) => text.replaceAll(',', ';')],
    [150, found('cowrie.client.var', 'name', 'value')],
    [150, found('cowrie.command.input', 'input')],
    [60, found('kansatsuki.session.download_request', 'url')],
    [150, found('cowrie.direct-tcpip.request', 'dst_ip', 'orig_ip')],
    [80, found('cowrie.session.file_upload', 'destfile')],
    [100, found('kansatsuki.client.telnet', 'terminal_types')],
  ] as [number, string, ((text: string) => string)?][]) {
    const held = PAYLOADS.filter((payload) => {
      const shown = JSON.stringify((changed?.(payload) ?? payload).replaceAll('\0', '')).slice(1, -1);
      return text.includes(shown);
    });
    assert.ok(held.length >= least, `${held.length} of ${least}: ${text.slice(0, 80)}`);
  }
  const { sessions } = await api<{ sessions: number }>('/totals');
  assert.ok(sessions > PAYLOADS.length);
});

/** A link's page without the names and numbers in its path, and whatever it asks for. */
const kindOf = (href: string): string =>
  new URL(href, 'http://x').pathname.replace(
    /(?<=^\/share\/)[^/]+|[0-9a-f]{12,}|\d[\d.:-]*|(?<=\/(addresses|attackers\/\w+|campaigns|samples|sessions|replay)\/).*/g,
    '#',
  );

/** Opens a page, looks at everything that is folded, hovers and presses a key; what is foreign in it, and its links. */
async function look(page: Page, path: string): Promise<string[]> {
  await page.goto(`${running.web}${path}`, { waitUntil: 'domcontentloaded' });
  const shown = page.locator('main h1, main .entry, main .nothing').first();
  await shown.waitFor().catch(() => assert.fail(`${path} shows nothing`));
  await page.locator('.waiting').first().waitFor({ state: 'detached' });
  await page.evaluate(`for (const details of document.querySelectorAll('main details')) details.open = true`);
  await page.mouse.move(640, 500);
  await page.keyboard.press('Tab');
  assert.deepEqual(await page.evaluate<string[]>(FOREIGN), [], path);
  return page.evaluate<string[]>(
    `[...document.querySelectorAll('a[href^="/"]')].map((a) => a.getAttribute('href')).filter((href) => !/^\\/(share\\/[^/]+\\/)?(api|metrics)/.test(href))`,
  );
}

/** Follows links from these pages, a few of a kind, in two pages at once. */
async function walk(
  context: BrowserContext,
  from: readonly string[],
  most = OF_A_KIND,
): Promise<{ walked: number; kinds: string[] }> {
  const waiting = [...from];
  const seen = new Set(waiting);
  const kinds = new Map<string, number>();
  let walked = 0;
  await Promise.all(
    Array.from({ length: 2 }, async () => {
      const page = await context.newPage();
      for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
        walked++;
        for (const href of await look(page, path)) {
          const count = kinds.get(kindOf(href)) ?? 0;
          if (seen.has(href) || count >= most) continue;
          kinds.set(kindOf(href), count + 1);
          seen.add(href);
          waiting.push(href);
        }
      }
    }),
  );
  return { walked, kinds: [...kinds.keys()] };
}

for (const language of ['en', 'ja'])
  test(`no payload runs on any page in ${language}, and nothing leaves`, { skip, timeout: 200_000 }, async (t) => {
    const { context, trouble } = await contextIn(language);
    const ids: number[] = [];
    for (const query of ['withCommands=true&limit=30', 'protocol=telnet&limit=3', 'loggedIn=false&limit=2'])
      ids.push(...(await api<{ items: { id: number }[] }>(`/sessions?${query}`)).items.map(({ id }) => id));
    const today = new Date().toISOString().slice(0, 10);
    const payload = encodeURIComponent(PAYLOADS[0]!);
    const waiting = [
      ...['/', '/explore?range=all', '/sessions', '/sessions?view=folded', '/credentials?range=all', '/samples'],
      ...[`/sessions?command=${payload}`, `/sessions?username=${payload}&client=${payload}&hassh=${payload}`],
      ...['/addresses/127.0.0.1', `/addresses/${payload}`, '/diary', `/diary/${today}`, '/health', `/no/${payload}`],
      // What attackers wrote is the same in both languages: each session is looked at in one.
      ...new Set(ids.filter((_, at) => (at % 2 === 0) === (language === 'en')).map((id) => `/sessions/${id}`)),
    ];
    const { walked, kinds } = await walk(context, waiting);
    t.diagnostic(`${walked} pages, ${kinds.length} kinds of links`);
    assert.ok(
      kinds.some((kind) => kind.startsWith('/replay/')),
      'no recording was opened',
    );
    // What was asked for and is not there says so in the console: paths that a payload names.
    const expected = /^error: Failed to load resource: the server responded with a status of 404/;
    assert.deepEqual([...new Set(trouble.filter((what) => !expected.test(what)))], []);
    assert.deepEqual(left, []);
    await context.close();
  });

test('nor through a shared link, whose pages stay within it', { skip, timeout: 200_000 }, async (t) => {
  const today = new Date().toISOString().slice(0, 10);
  type Sessions = { items: { id: number; recordings: string[] }[] };
  const { items } = await api<Sessions>('/sessions?withCommands=true&limit=40');
  const { id, recordings } = items.find((session) => session.recordings.length > 0)!;
  const { context, trouble } = await contextIn('ja');
  await context.clearCookies();
  for (const show of [
    { kind: 'dashboard' },
    { kind: 'session', id },
    { kind: 'replay', name: recordings[0], session: id },
    { kind: 'diary', date: today },
  ]) {
    const response = await fetch(`${running.web}/api/v1/shares`, {
      method: 'POST',
      headers: { cookie: `${cookie.name}=${cookie.value}`, 'content-type': 'application/json' },
      body: JSON.stringify({ show }),
    });
    const { path } = (await response.json()) as { path: string };
    const { walked, kinds } = await walk(context, [path], 1);
    t.diagnostic(`${show.kind}: ${walked} pages`);
    assert.deepEqual(
      kinds.filter((kind) => !kind.startsWith('/share/')),
      [],
      show.kind,
    );
    // What is asked for is what the link answers: a page that does not fit it would be refused here.
    assert.deepEqual([...new Set(trouble)], [], show.kind);
  }
  assert.deepEqual(left, []);
  await context.close();
});

test('answers of the API opened as pages run nothing', { skip }, async () => {
  const { context, trouble } = await contextIn('en');
  const page = await context.newPage();
  const today = new Date().toISOString().slice(0, 10);
  const shown = ['/totals', '/sessions?limit=200', '/top/username?limit=500', '/feed', '/folds', `/diary/${today}`];
  for (const path of shown) await page.goto(`${running.web}/api/v1${path}`);
  for (const format of ['csv', 'ndjson']) {
    const path = `/api/v1/sessions?format=${format}`;
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.goto(`${running.web}${path}`).catch(() => undefined),
    ]);
    assert.equal(download.suggestedFilename(), `sessions.${format}`);
  }
  assert.deepEqual(trouble, []);
  assert.deepEqual(left, []);
  await context.close();
});
