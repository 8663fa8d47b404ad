// Alerts from the store to servers that speak each target's protocol: what is told once, in which form, and what happens while a target is away.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadKnowledge } from '../diary/knowledge.ts';
import { importPaths } from '../observatory/import.ts';
import { openStore } from '../observatory/open.ts';
import { Alerter, digestOf } from './alerter.ts';
import { fitting, type Item } from './digest.ts';
import { Queue } from './queue.ts';
import { type Later, type Target, Undeliverable } from './target.ts';
import { discord } from './targets/discord.ts';
import { mail } from './targets/mail.ts';
import { ntfy } from './targets/ntfy.ts';
import { slack } from './targets/slack.ts';
import { messageOf, syslog } from './targets/syslog.ts';
import { telegram } from './targets/telegram.ts';
import { signature, webhook } from './targets/webhook.ts';

const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-alert-'));
const closing: (() => void)[] = [];
after(() => {
  for (const close of closing) close();
  rmSync(folder, { recursive: true });
});
const signal = new AbortController().signal;

const hostile = '“@everyone <!channel> <b>x</b> [a](http://a.example) *x* `y` ||z|| \\ ] "q" & ﷽”';
const item = (text: string, more: Partial<Item> = {}): Item => ({ kind: 'burst', text, score: 40, ...more });
const digest = digestOf(
  [item(hostile, { link: 'http://127.0.0.1:8080/sessions?a=1&b=2' }), item('A quiet one.', { score: 30 })],
  1_790_000_000_000,
  'en',
);

interface Request {
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A web server that notes what is posted. @param answer status, and headers or a body */
async function hook(
  answer: (n: number) => { status: number; headers?: Record<string, string>; body?: string } = () => ({ status: 200 }),
) {
  const requests: Request[] = [];
  const server = createHttp(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    requests.push({ url: request.url!, headers: request.headers, body });
    const { status, headers, body: said } = answer(requests.length);
    response.writeHead(status, headers).end(said);
  });
  const url = await listening(server);
  return { url: `http://${url}`, requests };
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Where nobody listens. */
async function closed(): Promise<string> {
  const server = createServer();
  const at = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return at;
}

test('a web hook gets signed JSON', async () => {
  const { url, requests } = await hook();
  await webhook(`${url}/in`, 'key', () => 1_790_000_001_000).deliver(digest, signal);
  const [{ headers, body }] = requests as [Request];
  assert.equal(headers['x-kansatsuki-signature'], `sha256=${signature('key', '1790000001', body)}`);
  assert.equal(headers['x-kansatsuki-delivery'], digest.id);
  const told = JSON.parse(body);
  assert.deepEqual(
    [told.version, told.title, told.items.length, told.items[0].text],
    [1, 'Kansatsuki: 2 new observations', 2, hostile],
  );
});

test('Slack gets rich text, in which nothing is formatted and nobody is called', async () => {
  const { url, requests } = await hook();
  await slack(url).deliver(digest, signal);
  const { text, blocks } = JSON.parse(requests[0]!.body);
  assert.equal(text, digest.title);
  assert.ok(blocks.every(({ type }: { type: string }) => type === 'header' || type === 'rich_text'));
  assert.deepEqual(blocks[1].elements[0].elements[0].elements[0], { type: 'text', text: hostile });
  assert.equal(blocks[1].elements[0].elements[0].elements[2].url, digest.items[0]!.link);
});

test('Discord gets escaped Markdown, mentions nobody, and no more than it takes', async () => {
  const { url, requests } = await hook();
  await discord(url).deliver(digest, signal);
  const { content, allowed_mentions } = JSON.parse(requests[0]!.body);
  assert.deepEqual(allowed_mentions, { parse: [] });
  assert.match(
    content,
    /\\@everyone \\<\\!channel\\> \\<b\\>x\\<\/b\\> \\\[a\\\]\\\(http\\:\/\/a\\\.example\\\) \\\*x\\\* \\`y\\` \\\|\\\|z\\\|\\\| \\\\/,
  );
  await discord(url).deliver({ ...digest, items: Array.from({ length: 12 }, () => item('*'.repeat(400))) }, signal);
  const long = JSON.parse(requests[1]!.body).content as string;
  assert.ok([...long].length <= 2_000 && long.endsWith('\n…'), String(long.length));
});

test('Telegram gets HTML with its three characters escaped', async () => {
  const { url, requests } = await hook();
  await telegram('12:ab', '@chat', url).deliver(digest, signal);
  const [{ url: path, body }] = requests as [Request];
  assert.equal(path, '/bot12:ab/sendMessage');
  const { chat_id, parse_mode, text } = JSON.parse(body);
  assert.deepEqual([chat_id, parse_mode], ['@chat', 'HTML']);
  assert.ok(text.includes('&lt;!channel&gt; &lt;b&gt;x&lt;/b&gt;') && text.includes('&amp; ﷽'));
  assert.ok(text.includes('<a href="http://127.0.0.1:8080/sessions?a=1&amp;b=2">'));
});

test('ntfy gets its topic in the body, and the token', async () => {
  const { url, requests } = await hook();
  await ntfy(`${url}/topic/`, 'tk').deliver(digest, signal);
  const [{ url: path, headers, body }] = requests as [Request];
  const { topic, title, message, click } = JSON.parse(body);
  assert.deepEqual([path, headers.authorization, topic, title], ['/', 'Bearer tk', 'topic', digest.title]);
  assert.ok(message.includes(hostile));
  assert.equal(click, digest.items[0]!.link);
});

test('what a server answers decides whether it is tried again', async () => {
  const deliver = async (status: number, headers: Record<string, string> = {}, body = '') => {
    const { url } = await hook(() => ({ status, headers, body }));
    return webhook(url, '')
      .deliver(digest, signal)
      .then(
        () => undefined,
        (error: Error) => error,
      );
  };
  assert.equal(await deliver(204), undefined);
  for (const status of [400, 401, 404, 410])
    assert.ok((await deliver(status)) instanceof Undeliverable, String(status));
  assert.match((await deliver(302, { location: 'http://127.0.0.1:1/' }))!.message, /points elsewhere/);
  for (const status of [408, 500, 502]) assert.ok(!((await deliver(status)) instanceof Undeliverable), String(status));
  assert.equal(((await deliver(429, { 'retry-after': '7' })) as Later).after, 7_000);
  assert.equal(((await deliver(429, {}, '{"retry_after":1.5}')) as Later).after, 1_500);
  assert.equal(((await deliver(429, {}, '{"parameters":{"retry_after":9}}')) as Later).after, 9_000);
  const nobody = await webhook(`http://${await closed()}/`, '')
    .deliver(digest, signal)
    .catch((error: Error) => error.message);
  assert.equal(nobody, 'ECONNREFUSED');
});

/** A mail server that takes one mail after another. @param refuse answer to RCPT */
async function mailServer(refuse?: string) {
  const mails: string[] = [];
  const dialogue: string[] = [];
  const server = createServer((socket) => {
    let buffer = '';
    let data: string | undefined;
    socket.setEncoding('utf8').write('220 test ESMTP\r\n');
    socket.on('error', () => {});
    socket.on('data', (chunk: string) => {
      buffer += chunk;
      for (let at = buffer.indexOf('\r\n'); at >= 0; at = buffer.indexOf('\r\n')) {
        const line = buffer.slice(0, at);
        buffer = buffer.slice(at + 2);
        if (data !== undefined) {
          if (line !== '.') data += `${line.replace(/^\.\./, '.')}\n`;
          else {
            mails.push(data);
            data = undefined;
            socket.write('250 taken\r\n');
          }
          continue;
        }
        dialogue.push(line);
        const verb = line.slice(0, 4).toUpperCase();
        if (verb === 'EHLO') socket.write('250-test\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n');
        else if (verb === 'RCPT' && refuse) socket.write(`${refuse}\r\n`);
        else if (verb === 'DATA') {
          data = '';
          socket.write('354 go on\r\n');
        } else if (verb === 'QUIT') socket.end('221 bye\r\n');
        else socket.write(`${verb === 'AUTH' ? '235' : '250'} ok\r\n`);
      }
    });
  });
  return { at: await listening(server), mails, dialogue };
}

test('a mail is plain text, for whom the configuration names', async () => {
  const { at, mails, dialogue } = await mailServer();
  await mail(`smtp://user:p%40ss@${at}`, 'trap@example.org', ['a@example.org', 'b@example.org']).deliver(
    digest,
    signal,
  );
  assert.deepEqual(
    dialogue.filter((line) => /^(MAIL|RCPT)/.test(line)).map((line) => line.replace(/>.*/, '>')),
    ['MAIL FROM:<trap@example.org>', 'RCPT TO:<a@example.org>', 'RCPT TO:<b@example.org>'],
  );
  assert.equal(
    Buffer.from(
      dialogue
        .find((line) => line.startsWith('AUTH'))!
        .split(' ')
        .at(-1)!,
      'base64',
    ).toString(),
    '\0user\0p@ss',
  );
  assert.match(mails[0]!, /^Subject: Kansatsuki: 2 new observations$/m);
  assert.match(mails[0]!, /^Content-Type: text\/plain; charset=utf-8$/m);
  assert.match(mails[0]!, /^Auto-Submitted: auto-generated$/m);
  const refusing = await mailServer('550 no such user');
  await assert.rejects(
    mail(`smtp://${refusing.at}`, 'a@example.org', ['x@example.org']).deliver(digest, signal),
    Undeliverable,
  );
  const busy = await mailServer('451 later');
  await assert.rejects(
    mail(`smtp://${busy.at}`, 'a@example.org', ['x@example.org']).deliver(digest, signal),
    (error) => !(error instanceof Undeliverable),
  );
});

/** RFC 5424 §6, strictly. */
const SYSLOG =
  /^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([\x21-\x7e]{1,255}) ([\x21-\x7e]{1,48}) ([\x21-\x7e]{1,128}) ([\x21-\x7e]{1,32}) \[([^ =\]"]{1,32})((?: [^ =\]"]{1,32}="(?:[^"\\\]]|\\["\\\]])*")*)\] \ufeff(.*)$/su;

test('syslog: one message of RFC 5424 an item, over UDP and TCP', async () => {
  const socket = createSocket('udp4');
  closing.push(() => socket.close());
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const datagrams: string[] = [];
  const both = new Promise<void>((resolve) =>
    socket.on('message', (message) => datagrams.push(message.toString()) === 2 && resolve()),
  );
  await syslog(`udp://127.0.0.1:${socket.address().port}`).deliver(digest, signal);
  await both;
  const told = SYSLOG.exec(datagrams[0]!)!;
  assert.deepEqual([told[1], told[4], told[6], told[9]], ['133', 'kansatsuki', 'ALERT', hostile]);

  let received = '';
  const ended = Promise.withResolvers<void>();
  const server = createServer((from) => {
    from.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
    from.on('end', () => ended.resolve());
  });
  await syslog(`tcp://${await listening(server)}`).deliver(digest, signal);
  await ended.promise;
  let bytes = Buffer.from(received);
  const texts: string[] = [];
  while (bytes.length > 0) {
    const space = bytes.indexOf(' ');
    const length = Number(bytes.subarray(0, space).toString());
    texts.push(SYSLOG.exec(bytes.subarray(space + 1, space + 1 + length).toString())![9]!);
    bytes = bytes.subarray(space + 1 + length);
  }
  assert.deepEqual(
    texts,
    digest.items.map(({ text }) => text),
  );
});

test('a syslog message is cut between characters, and its data cannot be broken out of', () => {
  const cut = messageOf(digest, item('あ'.repeat(1000)), 1_180);
  assert.ok(cut.length <= 1_180 && !cut.toString().includes('\ufffd'));
  const odd = messageOf(digest, item('x', { link: 'http://a.example/"]\\' }), 1_180).toString();
  assert.match(odd, SYSLOG);
});

test('what is too long ends with an ellipsis, at the end of a line', () => {
  assert.equal(
    fitting(['aa', 'bb', 'cc'], ({ length }) => length, 8),
    'aa\nbb\ncc',
  );
  assert.equal(
    fitting(['aa', 'bb', 'cc'], ({ length }) => length, 7),
    'aa\nbb\n…',
  );
});

test('a target that is away gets everything later, in order, and the others do not wait', async () => {
  let now = 1_790_000_000_000;
  const got: Record<string, string[]> = { near: [], far: [] };
  const sentences: string[] = [];
  let away = true;
  const target = (name: string): Target => ({
    name,
    deliver: async ({ id }) => {
      if (name === 'far' && away) throw new Error('ECONNREFUSED');
      got[name]!.push(id);
    },
  });
  const options = {
    folder: join(folder, 'queue'),
    targets: [target('far'), target('near')],
    trouble: (sentence: string) => void sentences.push(sentence),
    now: () => now,
  };
  const queue = new Queue(options);
  const ids = [1, 2].map((n) => `${now + n}-0000000${n}`);
  for (const id of ids) queue.add({ ...digest, id, at: now });
  await queue.deliver(signal);
  assert.deepEqual(got, { near: ids, far: [] });
  assert.equal(queue.length, 2);
  assert.equal(queue.nextAt, now + 30_000);
  now += 29_999;
  away = false;
  await queue.deliver(signal);
  assert.deepEqual(got['far'], []);
  // Another process: what waits is on disk.
  const later = new Queue(options);
  await later.deliver(signal);
  assert.deepEqual(got, { near: ids, far: ids });
  assert.deepEqual(readdirSync(options.folder), []);
  assert.deepEqual(sentences, ['Alerts do not reach far (ECONNREFUSED); they are kept and tried again.']);
});

test('of too many that wait the oldest are dropped, of too old ones all, and both are told', async () => {
  let now = 1_790_000_000_000;
  const sentences: string[] = [];
  const never: Target = { name: 'gone', deliver: () => Promise.reject(new Error('away')) };
  const queue = new Queue({
    folder: join(folder, 'full'),
    targets: [never],
    trouble: (sentence) => void sentences.push(sentence),
    now: () => now,
  });
  for (let n = 0; n < 203; n++) queue.add({ ...digest, id: `${now + n}-00000000`, at: now + n });
  assert.equal(queue.length, 200);
  assert.match(sentences[0]!, /^1 alerts? /);
  await queue.deliver(signal);
  now += 8 * 86_400_000;
  await queue.deliver(signal);
  assert.equal(queue.length, 0);
  assert.ok(sentences.some((sentence) => sentence.includes('given up after a week')));
});

test('news of a day is told once, in the language asked for, nothing of what was there before', async () => {
  const day = Date.UTC(2026, 5, 10);
  const store = openStore(':memory:');
  closing.push(() => store.close());
  let sessions = 0;
  const visits = async (at: number, hash?: string) => {
    const session = (++sessions).toString(16).padStart(12, '0');
    const lines = [
      { eventid: 'cowrie.session.connect' },
      { eventid: 'cowrie.login.success', username: 'root', password: 'x' },
      ...(hash ? [{ eventid: 'cowrie.session.file_download', shasum: hash, url: 'http://198.51.100.9/\u202ex' }] : []),
      { eventid: 'cowrie.session.closed', duration: 1 },
    ].map((event, i) =>
      JSON.stringify({
        ...event,
        src_ip: '203.0.113.7',
        session,
        sensor: 's',
        timestamp: new Date(at + i).toISOString(),
      }),
    );
    const path = join(folder, `${session}.json`);
    writeFileSync(path, `${lines.join('\n')}\n`);
    await importPaths(store, [path]);
  };
  await visits(day - 3 * 86_400_000);
  await visits(day, 'ab'.repeat(32));
  let now = day + 3_600_000;
  const options = (lang: 'en' | 'ja') => ({
    store,
    knowledge: loadKnowledge(),
    news: { lang, style: 'dearu' as const, least: 20, dashboard: 'https://trap.example' },
    targets: [],
    folder: join(folder, lang),
    every: 60_000,
    trouble: (sentence: string) => assert.fail(sentence),
    now: () => now,
  });
  const alerters = { en: new Alerter(options('en')), ja: new Alerter(options('ja')) };
  for (const alerter of Object.values(alerters)) assert.equal(alerter.look(), undefined);
  await visits(day + 2 * 3_600_000, 'cd'.repeat(32));
  now = day + 3 * 3_600_000;
  const told = alerters.en.look()!;
  assert.ok(
    told.items.some(({ text }) => text.includes('cdcdcdcd')),
    JSON.stringify(told.items),
  );
  assert.ok(told.items.every(({ text }) => !text.includes('abab') && !text.includes('\u202e')));
  assert.ok(told.items.some(({ link }) => link?.startsWith('https://trap.example/')));
  assert.match(alerters.ja.look()!.title, /新しい観察が\d件/);
  assert.equal(alerters.en.look(), undefined);
  // Another process knows what was told.
  assert.equal(new Alerter(options('en')).look(), undefined);
});
