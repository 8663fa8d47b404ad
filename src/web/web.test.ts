import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { ask, Dashboard, sessionEvents, stopAll, writeRecording } from '../../test/web/dashboard.ts';
import { hashPassword } from '../config/password.ts';
import { Chain } from '../journal/chain.ts';
import * as schema from './schema.ts';

const NOON = Date.UTC(2026, 7, 21, 12);
const login = (username: string, password: string, eventid = 'cowrie.login.failed') => ({
  eventid,
  username,
  password,
});

/** Nine sessions over an afternoon; the third gets in and types. */
function fill(dashboard: Dashboard): string {
  const recording = writeRecording(
    dashboard.data,
    NOON + 2 * 60_000 + 2500,
    ['$ ', 'Linux\n$ ', 'bye\n'],
    ['uname -s\n'],
  );
  for (let index = 0; index < 9; index++) {
    const entered = index === 2;
    dashboard.append(
      sessionEvents(
        NOON + index * 60_000,
        [
          { eventid: 'cowrie.session.connect' },
          { eventid: 'cowrie.client.version', version: 'SSH-2.0-Go' },
          login('root', `secret-${index % 3}`, entered ? 'cowrie.login.success' : undefined),
          ...(entered
            ? [
                { eventid: 'cowrie.client.size', width: 24, height: 80 },
                { eventid: 'cowrie.command.input', input: 'uname -s' },
                {
                  eventid: 'cowrie.session.file_download',
                  url: 'http://198.51.100.9/x',
                  shasum: 'a'.repeat(64),
                  outfile: 'x',
                },
                {
                  eventid: 'cowrie.log.closed',
                  ttylog: `tty/${recording}`,
                  shasum: recording,
                  size: 3,
                  duplicate: false,
                },
              ]
            : []),
          { eventid: 'cowrie.session.closed', duration_ms: 2500, duration: 2.5 },
        ],
        `203.0.113.${index}`,
      ),
    );
  }
  dashboard.read();
  return recording;
}

after(stopAll);

describe('the API', () => {
  let dashboard: Dashboard;
  let recording: string;
  before(async () => {
    dashboard = await Dashboard.start();
    recording = fill(dashboard);
  });
  after(() => dashboard.stop());

  test('every route answers in the form that its schema promises', async () => {
    const day = { from: '2026-08-21', to: '2026-08-22' };
    const { items } = schema.sessions.strict().parse(await dashboard.json('/sessions?loggedIn=true'));
    const [session] = items;
    const cases: [path: string, form: { parse(value: unknown): unknown }][] = [
      ['/totals', schema.totals],
      [`/totals?from=${day.from}&to=${day.to}`, schema.totals],
      ['/events', schema.eventCounts],
      [`/timeline?from=${day.from}&to=${day.to}`, schema.timeline],
      ...schema.dimension.options.flatMap((name): [string, typeof schema.counts][] => [
        [`/top/${name}`, schema.counts],
        [`/first-seen/${name}?from=${day.from}&to=${day.to}`, schema.counts],
      ]),
      ['/downloads', schema.downloads],
      ['/samples', schema.samples],
      ['/campaigns', schema.campaigns],
      ['/campaigns?order=sessions&limit=1&from=2020-01-01', schema.campaigns],
      [`/samples/${'a'.repeat(64)}/facts`, schema.sample],
      ['/facets?names=pair,command', schema.facets],
      ['/folds?loggedIn=true', schema.folds],
      ...schema.attackerKind.options.map((kind): [string, typeof schema.attackers] => [
        `/attackers/${kind}?from=${day.from}&to=${day.to}`,
        schema.attackers,
      ]),
      ...schema.rareDimension.options.map((name): [string, typeof schema.rare] => [`/rare/${name}`, schema.rare]),
      ['/history/username?value=root', schema.history],
      [`/sessions/${session!.id}`, schema.sessionDetail],
      [`/sensors/${session!.sensor}/sessions/${session!.session}`, schema.sessionDetail],
      ['/feed?limit=5', schema.feed],
      ['/health', schema.health],
      ['/settings', schema.settings],
      ['/diary/2026-08-21', schema.diary],
      ['/diary/2026-08-21?lang=ja&format=md', schema.diary],
      ['/diary/2026-W34', schema.diary],
      ['/diary/2026-08', schema.diary],
      ['/diary/since', schema.diary],
      ['/diary/2026-08-21/remarks', schema.remarks],
    ];
    for (const [path, form] of cases) form.parse(await dashboard.json(path));
  });

  test('counts are those of the store', async () => {
    assert.deepEqual(await dashboard.json('/totals'), dashboard.store.totals());
    const { items } = await dashboard.json<schema.Counts>('/top/pair');
    assert.deepEqual(
      items.map(({ username, password, count }) => [username, password, count]),
      [
        ['root', 'secret-0', 3],
        ['root', 'secret-1', 3],
        ['root', 'secret-2', 3],
      ],
    );
    const timeline = await dashboard.json<schema.Timeline>('/timeline?from=2026-08-21T12:00&to=2026-08-21T13:00');
    assert.equal(timeline.bucket, 'minute');
    assert.equal(timeline.points.length, 9);
  });

  test('the OpenAPI document names every route and its parameters', async () => {
    const document = await dashboard.json<{
      openapi: string;
      paths: Record<string, { get: { parameters: { name: string }[] } }>;
    }>('/openapi.json');
    assert.equal(document.openapi, '3.1.0');
    assert.deepEqual(Object.keys(document.paths).sort(), [
      '/addresses/{address}',
      '/addresses/{address}/hand-offs',
      '/addresses/{address}/tries',
      '/attackers/{kind}',
      '/campaigns',
      '/campaigns/{key}',
      '/change/{dimension}',
      '/crossings/{a}/{b}',
      '/diary',
      '/diary/looked',
      '/diary/since',
      '/diary/{date}',
      '/diary/{date}/remarks',
      '/downloads',
      '/events',
      '/export/blocklist',
      '/export/misp/{name}',
      '/export/stix',
      '/facets',
      '/feed',
      '/first-seen/{dimension}',
      '/folds',
      '/geo',
      '/health',
      '/heat-map',
      '/history/{dimension}',
      '/live',
      '/login',
      '/logout',
      '/matrix',
      '/me',
      '/pulse',
      '/rare/{dimension}',
      '/recordings',
      '/recordings/{name}',
      '/recordings/{name}/html',
      '/recordings/{name}/live',
      '/recordings/{name}/raw',
      '/recordings/{name}/text',
      '/samples',
      '/samples/{hash}/facts',
      '/samples/{sha256}',
      '/sensors/{sensor}/sessions/{session}',
      '/sessions',
      '/sessions/{id}',
      '/settings',
      '/shares',
      '/shares/{id}',
      '/survey',
      '/survey/folds',
      '/timeline',
      '/tokens',
      '/tokens/{id}',
      '/top/{dimension}',
      '/totals',
      '/wordlists',
    ]);
    const names = document.paths['/sessions']!.get.parameters.map(({ name }) => name);
    assert.ok(names.includes('loggedIn') && names.includes('cursor'));
  });

  test('what compares agrees with what counts', async () => {
    const { sessions, addresses } = await dashboard.json<schema.Totals>('/totals');
    const facets = await dashboard.json<schema.Facets>('/facets');
    assert.equal(facets.sessions, sessions);
    const { counts } = await dashboard.json<schema.HeatMap>('/heat-map?zone=Asia/Tokyo');
    assert.equal(counts.length, 7);
    assert.ok(counts.every((hours) => hours.length === 24));
    assert.equal(
      counts.flat().reduce((sum, n) => sum + n, 0),
      sessions,
    );
    const folds = await dashboard.json<schema.Folds>('/folds');
    for (const { value, count } of folds.items) {
      const { items } = await dashboard.json<schema.Sessions>(`/sessions?behaviour=${encodeURIComponent(value)}`);
      assert.equal(items.length, count);
    }
    const tops = await dashboard.json<schema.Counts>('/top/address?limit=100');
    assert.equal(tops.items.length, addresses);
    for (const { value, count } of tops.items) {
      const path = `/addresses/${encodeURIComponent(value)}`;
      assert.equal((await dashboard.json<schema.Relations>(path)).sessions, count);
      const { items } = await dashboard.json<schema.Tries>(`${path}/tries`);
      assert.deepEqual(
        items.map(({ at }) => at),
        items.map(({ at }) => at).toSorted((a, b) => a - b),
      );
    }
    const { usernames, passwords, counts: pairs } = await dashboard.json<schema.Matrix>('/matrix');
    for (const [row, username] of usernames.entries())
      for (const [column, password] of passwords.entries()) {
        const query = new URLSearchParams({ username, password });
        const { items } = await dashboard.json<schema.Sessions>(`/sessions?${query}&limit=500`);
        assert.equal(items.length > 0, pairs[row]![column]! > 0, `${username} ${password}`);
      }
    assert.equal((await dashboard.get('/api/v1/addresses/198.51.100.77')).status, 404);
    assert.equal((await dashboard.get('/api/v1/heat-map?zone=Nowhere')).status, 400);
    const { hour, day } = await dashboard.json<schema.Pulse>('/pulse');
    assert.ok(hour.to - hour.from === 3_600_000 && day.to - day.from === 86_400_000);
  });

  const lines = async (path: string): Promise<unknown[]> => {
    const { status, headers, text } = await dashboard.get(`/api/v1${path}`);
    assert.deepEqual([status, headers['content-type']], [200, 'application/x-ndjson'], path);
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  };

  test('a survey grows to what facets, heat map and folds say of all', async () => {
    for (const query of ['', 'password=secret-1', 'loggedIn=true', 'username=nobody']) {
      const found = (await lines(`/survey?clock=Asia/Tokyo&${query}`)).map((line) =>
        schema.survey.strict().parse(line),
      );
      const { sessions, facets, done, heat, timeline } = found.at(-1)!;
      const all = await dashboard.json<schema.Facets>(`/facets?${query}`);
      assert.deepEqual([done, sessions, facets], [true, all.sessions, all.facets], query);
      assert.ok(found.slice(0, -1).every((line) => !line.done));
      for (const counts of [heat.flat(), timeline.map(([, n]) => n)])
        assert.equal(
          counts.reduce((sum, n) => sum + n, 0),
          sessions,
        );
      // 12:00 UTC on a Friday.
      assert.equal(heat[4]![21], sessions);
      const folds = (await lines(`/survey/folds?${query}`)).map((line) => schema.foldSurvey.strict().parse(line));
      assert.deepEqual(folds.at(-1)!.items, (await dashboard.json<schema.Folds>(`/folds?${query}`)).items);
    }
  });

  test('remarks are kept, shown in the entry as text, and taken from no other site', async () => {
    const path = '/diary/2026-08-21/remarks';
    const send = (body: unknown, headers: Record<string, string> = {}) =>
      ask(dashboard.url(`/api/v1${path}`), {
        method: 'POST',
        headers: {
          authorization: `Bearer ${new URL(dashboard.web.loginUrl).searchParams.get('token')}`,
          'content-type': 'application/json',
          ...headers,
        },
        body: JSON.stringify(body),
      });
    assert.equal((await send({ text: 'Quiet <script>alert(1)</script> day at 192.0.2.1' })).status, 200);
    assert.equal(
      (await dashboard.json<{ text: string }>(path)).text,
      'Quiet <script>alert(1)</script> day at 192.0.2.1\n',
    );
    const { text } = await dashboard.json<schema.Diary>('/diary/2026-08-21?lang=en');
    assert.match(
      text,
      /<h2>Remarks<\/h2>\n<p>Quiet &lt;script&gt;alert\(1\)&lt;\/script&gt; day at ○○○\.○○○\.○○○\.○○○<\/p>/,
    );
    for (const [headers, status] of [
      [{ origin: 'https://evil.example' }, 403],
      [{ 'sec-fetch-site': 'cross-site' }, 403],
      [{ 'content-type': 'text/plain' }, 415],
    ] as const)
      assert.equal((await send({ text: 'x' }, headers)).status, status);
    assert.equal((await send({ text: 'x'.repeat(70_000) })).status, 400);
    assert.equal((await send({ text: 'x'.repeat(600_000) })).status, 413);
    assert.equal((await send({ other: 1 })).status, 400);
    await send({ text: '' });
    assert.equal((await dashboard.json<{ text: string }>(path)).text, '');
  });

  test('what addresses tried in the same order is one wordlist', async () => {
    const own = await Dashboard.start();
    const tried = ['a', 'b', 'c', 'd', 'e'];
    for (const [address, words] of [
      ['203.0.113.1', tried],
      ['203.0.113.2', tried.slice(0, 3)],
      ['203.0.113.3', ['e', 'c', 'a', 'd']],
    ] as const)
      for (const [i, word] of words.entries())
        own.append(
          sessionEvents(NOON + i * 60_000, [{ eventid: 'cowrie.session.connect' }, login('root', word)], address),
        );
    own.read();
    for (let again = 0; again < 2; again++) {
      const answer = (await own.get('/api/v1/wordlists')).text.trimEnd().split('\n').at(-1)!;
      const { items, examined, of, done } = schema.wordlists.strict().parse(JSON.parse(answer));
      assert.deepEqual([examined, of, done], [3, 3, true]);
      assert.deepEqual(
        items.map(({ tries, members }) => [
          tries.map(({ password }) => password).join(''),
          members.map(({ address, prefix }) => `${address} ${prefix}`),
        ]),
        [
          ['abcde', ['203.0.113.1 5', '203.0.113.2 3']],
          ['ecad', ['203.0.113.3 4']],
        ],
      );
    }
    const { text } = await own.get('/api/v1/wordlists?format=csv&limit=1');
    assert.equal(text.split('\r\n')[1], '1,2,1,root,a');
    const { items } = await own.json<schema.Rare>('/rare/password?most=2');
    assert.deepEqual(
      items.map(({ value }) => value),
      ['d', 'b', 'e'],
    );
    const { items: attackers } = await own.json<schema.Attackers>('/attackers/address');
    assert.deepEqual(
      attackers.map(({ value, days }) => [value, days]),
      [
        ['203.0.113.1', [['2026-08-21', 5]]],
        ['203.0.113.3', [['2026-08-21', 4]]],
        ['203.0.113.2', [['2026-08-21', 3]]],
      ],
    );
    await own.stop();
  });

  test('pages of sessions join without gap or overlap', async () => {
    const all = (await dashboard.json<schema.Sessions>('/sessions')).items.map(({ id }) => id);
    assert.equal(all.length, 9);
    const walked: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await dashboard.json<schema.Sessions>(`/sessions?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
      walked.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor);
    assert.deepEqual(walked, all);
  });

  test('filters find the sessions behind a number', async () => {
    for (const [query, count] of [
      ['password=secret-1', 3],
      ['username=root&password=secret-2', 3],
      ['address=203.0.113.4', 1],
      ['withCommands=true', 1],
      ['command=uname', 1],
      ['loggedIn=false', 8],
      [`hash=${'a'.repeat(64)}`, 1],
      ['client=SSH-2.0-Go&from=2026-08-21T12:03&to=2026-08-21T12:05', 2],
      ['username=nobody', 0],
      ['url=http://198.51.100.9/x', 1],
      ['weekday=4&hour=21&zone=Asia/Tokyo', 9],
      ['weekday=4&hour=21', 0],
    ] as const)
      assert.equal((await dashboard.json<schema.Sessions>(`/sessions?${query}`)).items.length, count, query);
  });

  test('a session says who it was, with what, and how far it meant to go', async () => {
    const { items } = await dashboard.json<schema.Sessions>('/sessions?withCommands=true');
    const { judgement } = await dashboard.json<schema.SessionDetail>(`/sessions/${items[0]!.id}`);
    assert.equal(judgement?.who, 'bot');
    assert.ok(judgement.reasons.some(({ name }) => name === 'program'));
    assert.deepEqual(
      judgement.tools.map(({ id, sure }) => [id, sure]),
      [['client-go', 'likely']],
    );
    assert.equal(judgement.intent, 'load');
    assert.equal(judgement.steps.find(({ intent }) => intent === 'discovery')?.techniques.includes('T1082'), true);
  });

  test('a wrong question gets a sentence', async () => {
    for (const [path, status, pattern] of [
      ['/totals?from=yesterday', 400, /^query from: /],
      ['/totals?from=2026-08-22&to=2026-08-21', 400, /ends before it begins/],
      ['/top/shoe-size', 400, /^path dimension: /],
      ['/top/username?limit=0', 400, /^query limit: /],
      ['/top/username?limit=1e9', 400, /^query limit: /],
      ['/sessions?colour=red', 400, /colour/],
      ['/sessions?hour=24', 400, /^query hour: /],
      ['/sessions?hour=2&zone=Moon/Crater', 400, /^query zone: this time zone is not known\.$/],
      ['/facets?names=shoe', 400, /^query names/],
      [`/samples/${'0'.repeat(64)}/facts`, 404, /ever came/],
      ['/sessions?cursor=%27%20OR%201=1', 400, /^query cursor: /],
      ['/sessions/0', 404, /no such session/],
      ['/sessions/abc', 400, /^path id: /],
      ['/timeline?from=2016-01-01&to=2026-01-01&bucket=minute', 400, /too many/],
      ['/diary/2026-13-99', 400, /date/],
      ['/nothing', 404, /openapi/],
    ] as const) {
      const { status: found, text } = await dashboard.get(`/api/v1${path}`);
      assert.equal(found, status, `${path}: ${text}`);
      assert.match(JSON.parse(text).error, pattern, path);
    }
    assert.deepEqual(dashboard.errors, []);
  });

  test('CSV and NDJSON hold every row, and no formula', async () => {
    dashboard.append(
      sessionEvents(NOON + 3_600_000, [
        { eventid: 'cowrie.session.connect' },
        login('=HYPERLINK("http://x")', 'a,"b"\r\nc'),
        { eventid: 'cowrie.session.closed', duration_ms: 1, duration: 0 },
      ]),
    );
    dashboard.read();
    const csv = await dashboard.get('/api/v1/top/pair?format=csv');
    assert.match(csv.headers['content-type']!, /^text\/csv/);
    assert.match(csv.headers['content-disposition']!, /^attachment/);
    const [head, ...rows] = csv.text.split('\r\n');
    assert.equal(head, 'username,password,count,firstSeen');
    assert.ok(rows.includes('root,secret-0,3,2026-08-21T12:00:02.000Z'), csv.text);
    assert.ok(csv.text.includes(`"'=HYPERLINK(""http://x"")","a,""b""\r\nc",1,`), csv.text);
    const lines = (await dashboard.get('/api/v1/sessions?format=ndjson')).text.trim().split('\n');
    assert.equal(lines.length, 10);
    assert.equal(JSON.parse(lines[0]!).address, '203.0.113.7');
  });

  test('a recording comes as asciicast with its commands as markers, and raw', async () => {
    const [session] = (await dashboard.json<schema.Sessions>('/sessions?withCommands=true')).items;
    assert.deepEqual(session!.recordings, [recording]);
    const cast = (await dashboard.get(`/api/v1/recordings/${recording}?session=${session!.id}`)).text
      .trim()
      .split('\n');
    const [header, ...events] = cast.map((line) => JSON.parse(line));
    assert.equal(header.version, 2);
    // Sizes that old Cowries wrote the wrong way round.
    assert.deepEqual([header.width, header.height], [80, 24]);
    assert.deepEqual(
      events.filter(([, code]) => code === 'm'),
      [[1.5, 'm', 'uname -s']],
    );
    assert.ok(events.some(([, code, text]) => code === 'o' && text === 'Linux\r\n$ '));
    const raw = await dashboard.get(`/api/v1/recordings/${recording}/raw`);
    assert.deepEqual(raw.body, readFileSync(join(dashboard.data, 'tty', recording)));
    for (const name of ['..%2f..%2fetc%2fpasswd', '..%2fstate%2fweb.json', '.hidden', '%00', 'f'.repeat(64)])
      assert.ok([400, 404].includes((await dashboard.get(`/api/v1/recordings/${name}`)).status), name);
  });

  test('what retention removed is said, with its day, in the session and where it was', async () => {
    const [session] = (await dashboard.json<schema.Sessions>('/sessions?withCommands=true')).items;
    const path = join(dashboard.data, 'tty', recording);
    const detail = () => dashboard.json<schema.SessionDetail>(`/sessions/${session!.id}`);
    const kept = readFileSync(path);
    rmSync(path);
    try {
      assert.deepEqual((await detail()).removed, [], 'gone, but no rule removed it');
      assert.equal((await dashboard.get(`/api/v1/recordings/${recording}`)).status, 404);
      const at = Date.UTC(2026, 10, 20);
      const chain = new Chain(join(dashboard.data, 'log'), { now: () => at });
      chain.append({ kind: 'removed', what: 'recordings', names: [recording], bytes: kept.length, reason: 'bytes' });
      assert.deepEqual((await detail()).removed, [{ name: recording, at, reason: 'bytes' }]);
      const { status, text } = await dashboard.get(`/api/v1/recordings/${recording}/raw`);
      assert.equal(status, 410);
      assert.match(text, /removed by retention on 2026-11-20/);
    } finally {
      writeFileSync(path, kept);
    }
    assert.deepEqual((await detail()).removed, [], 'it came again');
  });

  test('metrics have no label that an attacker writes', async () => {
    const { status, text } = await ask(dashboard.url('/metrics'));
    assert.equal(status, 200);
    assert.match(text, /^kansatsuki_logins\{result="succeeded"\} 1$/m);
    assert.doesNotMatch(text, /203\.0\.113|root|secret|HYPERLINK/);
    for (const line of text.trim().split('\n'))
      assert.match(line, /^(# (HELP|TYPE) kansatsuki_\w+ .+|kansatsuki_\w+(\{\w+="[\w.+-]*"\})? -?[\d.e+-]+)$/);
  });

  test('health checks need no login and no name', async () => {
    for (const path of ['/healthz', '/readyz'])
      assert.equal((await ask(dashboard.url(path), { headers: { host: 'kubernetes.example' } })).status, 200);
  });

  test('settings hide secrets', async () => {
    const { entries } = await dashboard.json<schema.Settings>('/settings');
    assert.ok(entries.some(({ key, value, changed }) => key === 'web.listen' && value === '127.0.0.1:0' && changed));
    assert.equal(entries.find(({ key }) => key === 'web.password_hash')!.value, '');
  });
});

describe('who may look', () => {
  test('nobody without the link; the link once gives a cookie that lasts', async () => {
    const dashboard = await Dashboard.start();
    const totals = dashboard.url('/api/v1/totals');
    const refused = await ask(totals);
    assert.equal(refused.status, 401);
    assert.equal(JSON.parse(refused.text).password, false);
    for (const path of ['/api/v1/live', '/api/v1/openapi.json', '/api/v1/sessions/1', '/api/v1/nothing'])
      assert.equal((await ask(dashboard.url(path))).status, 401, path);

    const wrong = await ask(dashboard.url('/login?token=0123456789abcdef0123456789abcdef'));
    assert.equal(wrong.status, 303);
    assert.equal(wrong.headers['set-cookie'], undefined);
    assert.equal(wrong.headers.location, '/?login=invalid');

    const right = await ask(dashboard.web.loginUrl);
    assert.equal(right.status, 303);
    assert.match(
      right.headers['set-cookie']![0]!,
      /^kansatsuki-\d+=[\w-]{32}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    const cookie = right.headers['set-cookie']![0]!.split(';')[0]!;
    assert.equal((await ask(totals, { headers: { cookie } })).status, 200);
    assert.equal((await ask(totals, { headers: { cookie: `${cookie}x` } })).status, 401);

    // Nothing on the disk lets anybody in.
    const kept = readFileSync(join(dashboard.data, 'state/web.json'), 'utf8');
    assert.ok(!kept.includes(dashboard.token) && !kept.includes(cookie.split('=')[1]!));

    // A restart keeps cookie and link.
    const { data, token } = dashboard;
    const { port } = new URL(dashboard.web.url);
    await dashboard.stop(true);
    const again = await Dashboard.start({ data, web: { listen: `127.0.0.1:${port}` } });
    assert.equal((await ask(again.url('/api/v1/totals'), { headers: { cookie } })).status, 200);
    assert.equal(
      (await ask(again.url('/api/v1/totals'), { headers: { authorization: `Bearer ${token}` } })).status,
      200,
    );
    assert.notEqual(again.token, token);

    // Logging out ends the cookie, not the link.
    const json = { cookie, 'content-type': 'application/json' };
    assert.equal((await ask(again.url('/api/v1/logout'), { method: 'POST', headers: json, body: '{}' })).status, 200);
    assert.equal((await ask(again.url('/api/v1/totals'), { headers: { cookie } })).status, 401);
    await again.stop(true);

    // Another password ends everything.
    const changed = await Dashboard.start({ data, web: { password_hash: await hashPassword('new password') } });
    assert.equal(
      (await ask(changed.url('/api/v1/totals'), { headers: { authorization: `Bearer ${token}` } })).status,
      401,
    );
    await changed.stop();
  });

  test('the password lets in; guessing is slow', async () => {
    let now = 0;
    const dashboard = await Dashboard.start({
      web: { password_hash: await hashPassword('correct horse') },
      now: () => now,
    });
    const enter = (password: unknown, headers: Record<string, string> = {}) =>
      ask(dashboard.url('/api/v1/login'), {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ password }),
      });
    assert.equal((await enter('correct horse')).status, 200);
    assert.match((await enter('correct horse')).headers['set-cookie']![0]!, /HttpOnly; SameSite=Strict/);
    for (let index = 0; index < 5; index++) assert.equal((await enter(`guess ${index}`)).status, 401);
    const limited = await enter('correct horse');
    assert.equal(limited.status, 429);
    assert.ok(Number(limited.headers['retry-after']) > 0);
    assert.equal((await ask(dashboard.url('/login?token=0123456789abcdef0123456789abcdef'))).status, 429);
    now += 60_000;
    assert.equal((await enter('correct horse')).status, 200);
    assert.equal((await enter(7)).status, 400);
    assert.equal((await enter('x'.repeat(100_000))).status, 413);
    await dashboard.stop();
  });

  test('other sites, other names and forms are refused', async () => {
    const dashboard = await Dashboard.start({ web: { password_hash: await hashPassword('pw') } });
    const cookie = await dashboard.login();
    const { host } = new URL(dashboard.web.url);
    const totals = dashboard.url('/api/v1/totals');
    const status = async (headers: Record<string, string>) =>
      (await ask(totals, { headers: { cookie, ...headers } })).status;
    for (const [name, expected] of [
      [host, 200],
      ['localhost:9999', 200],
      ['[::1]:8080', 200],
      ['192.168.1.5', 200],
      ['evil.example', 421],
      ['127.0.0.1.evil.example:8080', 421],
      ['localhost.evil.example', 421],
    ] as const)
      assert.equal(await status({ host: name }), expected, name);
    assert.equal((await ask(dashboard.url('/'), { headers: { host: 'evil.example' } })).status, 421);
    assert.equal(await status({ 'sec-fetch-site': 'cross-site' }), 403);
    assert.equal(await status({ 'sec-fetch-site': 'same-site' }), 403);
    assert.equal(await status({ 'sec-fetch-site': 'same-origin' }), 200);
    const post = async (headers: Record<string, string>) =>
      (await ask(dashboard.url('/api/v1/logout'), { method: 'POST', headers: { cookie, ...headers }, body: '{}' }))
        .status;
    const json = { 'content-type': 'application/json' };
    assert.equal(await post({ 'content-type': 'text/plain' }), 415);
    assert.equal(await post({ 'content-type': 'application/x-www-form-urlencoded' }), 415);
    assert.equal(await post({ ...json, origin: 'https://evil.example' }), 403);
    assert.equal(await post({ ...json, origin: 'null' }), 403);
    assert.equal(await post({ ...json, origin: `http://${host}` }), 200);
    await dashboard.stop();
  });

  test('web.hosts are further names, behind a proxy too', async () => {
    const hosts = ['Dash.example.com', 'xn--fsq.example'];
    const dashboard = await Dashboard.start({ web: { hosts } });
    const status = async (host: string) =>
      (
        await ask(dashboard.url('/api/v1/totals'), {
          headers: { host, authorization: `Bearer ${dashboard.token}` },
        })
      ).status;
    for (const [host, expected] of [
      ['dash.example.com', 200],
      ['DASH.example.com:8443', 200],
      ['dash.example.com.', 200],
      ['xn--fsq.example', 200],
      ['127.0.0.1:1', 200],
      ['localhost', 200],
      ['example.com', 421],
      ['a.dash.example.com', 421],
      ['dash.example.com.evil.example', 421],
      ['dash.example.com@evil.example', 400],
      ['dash.example.com:80:80', 400],
      ['dash.example.com..', 421],
    ] as const)
      assert.equal(await status(host), expected, host);
    const refused = await ask(dashboard.url('/'), { headers: { host: 'evil.example' } });
    assert.match(
      JSON.parse(refused.text).error,
      /^This dashboard does not answer to that host name: .* web\.hosts .*\.$/,
    );

    // What a proxy on loopback passes on is known to nobody: numbers are for those who are logged in.
    assert.equal((await ask(dashboard.url('/metrics'))).status, 401);
    assert.equal((await dashboard.get('/metrics')).status, 200);
    const cookie = async (headers: Record<string, string>) =>
      (await ask(dashboard.web.loginUrl, { headers })).headers['set-cookie']![0]!;
    assert.match(await cookie({ host: 'dash.example.com', 'x-forwarded-proto': 'https' }), /; Secure/);
    assert.doesNotMatch(await cookie({ host: 'dash.example.com' }), /Secure/);

    const { host } = new URL(dashboard.web.url);
    const post = async (headers: Record<string, string>) =>
      (
        await ask(dashboard.url('/api/v1/logout'), {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: '{}',
        })
      ).status;
    assert.equal(await post({ host: 'dash.example.com', origin: 'https://dash.example.com' }), 200);
    assert.equal(await post({ host, origin: 'https://dash.example.com' }), 200);
    assert.equal(await post({ host, origin: 'https://dash.example.com:8443' }), 403);
    assert.equal(await post({ host, origin: 'https://evil.example' }), 403);
    assert.equal(await post({ host: 'dash.example.com', origin: 'null' }), 403);
    await dashboard.stop();

    // On another address than loopback any name is ours, until names are given.
    const password_hash = await hashPassword('pw');
    for (const [given, expected] of [
      [[], 200],
      [hosts, 421],
    ] as const) {
      const open = await Dashboard.start({ web: { listen: '0.0.0.0:0', password_hash, hosts: [...given] } });
      assert.equal((await ask(open.url('/'), { headers: { host: 'other.example' } })).status, expected);
      assert.equal((await ask(open.url('/'), { headers: { host: 'dash.example.com' } })).status, 200);
      await open.stop();
    }
  });

  test('refuses what is not safe, in one sentence', async () => {
    await assert.rejects(Dashboard.start({ web: { listen: '0.0.0.0:0' } }), (error: Error) => {
      assert.equal(error.name, 'StartError');
      assert.match(error.message, /no password is set: run kansatsuki init --password/);
      return true;
    });
    const dashboard = await Dashboard.start();
    await assert.rejects(
      Dashboard.start({ web: { listen: dashboard.web.address } }),
      (error: Error) => error.name === 'StartError' && /in use by another program\.$/.test(error.message),
    );
    await dashboard.stop();
    const open = await Dashboard.start({ web: { listen: '0.0.0.0:0', password_hash: await hashPassword('pw') } });
    assert.equal((await ask(open.url('/metrics'))).status, 401);
    assert.equal((await open.get('/metrics')).status, 200);
    await open.stop();
  });

  test('every answer carries the headers of a careful server', async () => {
    const dashboard = await Dashboard.start();
    const page =
      "default-src 'none'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; script-src 'self'";
    for (const [path, policy] of [
      ['/', page],
      ['/sessions/1', page],
      ['/no/such/page', page],
      ['/replay/abc', page],
      ['/api/v1/totals', "default-src 'none'; frame-ancestors 'none'; sandbox"],
      ['/healthz', "default-src 'none'; frame-ancestors 'none'; sandbox"],
      ['/login?token=x', "default-src 'none'; frame-ancestors 'none'; sandbox"],
    ] as const) {
      const { headers } = await ask(dashboard.url(path));
      assert.equal(headers['content-security-policy'], policy, path);
      assert.equal(headers['x-content-type-options'], 'nosniff', path);
      assert.equal(headers['referrer-policy'], 'no-referrer', path);
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin', path);
      assert.ok(headers['cache-control'], path);
    }
    await dashboard.stop();
  });
});

test('pages come from memory, compressed, and only change with their content', async () => {
  const built = mkdtempSync(join(tmpdir(), 'kansatsuki-pages-'));
  mkdirSync(join(built, 'assets'));
  writeFileSync(join(built, 'index.html'), '<!doctype html><html lang="en"><title>page</title>');
  writeFileSync(join(built, 'assets/app-1a2b.js'), 'export {}');
  writeFileSync(join(built, 'assets/app-1a2b.js.br'), brotliCompressSync('export {}'));
  writeFileSync(join(built, 'secret.txt'), 'not a page');
  const dashboard = await Dashboard.start({ pages: built, web: { language: 'ja' } });
  rmSync(built, { recursive: true });
  const plain = await ask(dashboard.url('/assets/app-1a2b.js'));
  assert.equal(plain.text, 'export {}');
  assert.match(plain.headers['cache-control']!, /immutable/);
  assert.equal(plain.headers['content-encoding'], undefined);
  const packed = await ask(dashboard.url('/assets/app-1a2b.js'), { headers: { 'accept-encoding': 'gzip, br' } });
  assert.equal(packed.headers['content-encoding'], 'br');
  const etag = plain.headers.etag!;
  assert.equal((await ask(dashboard.url('/assets/app-1a2b.js'), { headers: { 'if-none-match': etag } })).status, 304);
  assert.match((await ask(dashboard.url('/sessions/12'))).text, /<html lang="ja" data-language="ja">/);
  for (const path of ['/secret.txt', '/..%2f..%2fetc%2fpasswd', '/index.html.br']) {
    const { status, text } = await ask(dashboard.url(path));
    assert.equal(status, 404, path);
    assert.doesNotMatch(text, /not a page|root:/);
  }
  await dashboard.stop();
});
