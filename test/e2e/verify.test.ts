// A real run: attacked, sealed, then tampered with in every way that was thought of; each is found, and only it.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { Client } from '../real/ssh/client.ts';
import { kansatsuki, remove, startKansatsuki, until } from './running.ts';
import { Sensor } from './sensor.ts';

/** Days ago, as rotation names them: young enough to stay uncompressed. */
const NOW = Date.now();
const day = (ago: number) => new Date(NOW - ago * 86_400_000).toISOString().slice(0, 10);

let data: string;
const copies = mkdtempSync(join(tmpdir(), 'kansatsuki-copies-'));
after(() => {
  remove(data);
  remove(copies);
});

/** Logs in, writes a file, and leaves a sample and a recording. */
async function attack(port: number, text: string): Promise<void> {
  const client = new Client(port);
  await client.login('root', 'password1');
  await client.open();
  client.request('exec', true, `echo ${text} > /tmp/${text}; cat /tmp/${text}`);
  await client.until(94);
  client.close();
}

const chainOf = (data: string) => {
  const path = join(data, 'log/segments.ndjson');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
};
const verify = async (data: string, ...args: string[]) => {
  const { code, stdout, stderr } = await kansatsuki(data, 'verify', '--json', ...args);
  assert.match(stdout, /^\{/, stderr);
  return {
    code,
    ...(JSON.parse(stdout) as {
      ok: boolean;
      chain: { head: { n: number; hash: string } };
      findings: { what: string; file?: string }[];
    }),
  };
};

before(
  async () => {
    const sensor = await new Sensor().ready();
    data = sensor.data;
    for (const text of ['one', 'two', 'three', 'four']) await attack(sensor.port, text);
    await until(() => sensor.journal().filter((event) => event['eventid'] === 'cowrie.session.closed').length === 4);
    await sensor.stop(true);
    // Four sessions become three finished days.
    const lines = readFileSync(join(data, 'log/cowrie.json'), 'utf8').split(/(?<=\n)/);
    rmSync(join(data, 'log/cowrie.json'));
    rmSync(join(data, 'log/cowrie.log'));
    const third = Math.floor(lines.length / 3);
    for (const [i, date] of [day(5), day(4), day(2)].entries())
      writeFileSync(
        join(data, `log/cowrie.json.${date}`),
        lines.slice(i * third, i === 2 ? undefined : (i + 1) * third).join(''),
      );
    const running = await startKansatsuki(['--telnet', 'off'], data);
    await until(
      () => running.journal().filter((event) => event['eventid'] === 'kansatsuki.journal.sealed').length === 3,
      60_000,
    );
    await attack(running.ssh.port, 'five');
    await until(() => running.journal().some((event) => event['eventid'] === 'cowrie.session.closed'));
    assert.equal(await running.stop(), 0);
  },
  { timeout: 180_000 },
);

test('untouched: nothing is found', async () => {
  const { code, findings, chain } = await verify(data);
  assert.deepEqual([code, findings], [0, []]);
  const { n, hash } = chain.head;
  assert.equal((await verify(data, '--head', `${n}:${hash}`)).code, 0);
  const other = await verify(data, '--head', `${n}:${'0'.repeat(64)}`);
  assert.deepEqual([other.code, other.findings.map(({ what }) => what)], [1, ['head missing']]);
  const { code: wrong, stderr } = await kansatsuki(data, 'verify', '--head', 'x');
  assert.equal(wrong, 2);
  assert.match(stderr, /^kansatsuki: --head: expected/);
  for (const lang of ['en', 'ja']) {
    const { stdout } = await kansatsuki(data, 'verify', '--lang', lang);
    assert.match(stdout, lang === 'en' ? /Nothing was changed/ : /見つかりませんでした/);
  }
});

const first = `log/cowrie.json.${day(5)}`;
const middle = `log/cowrie.json.${day(4)}`;
const late = `log/cowrie.json.${day(3)}`;
const last = `log/cowrie.json.${day(2)}`;
const one = (folder: string, pattern = /^[0-9a-f]{64}$/) =>
  join(
    folder,
    readdirSync(folder)
      .filter((name) => pattern.test(name))
      .sort()[0]!,
  );
const edit = (path: string, change: (text: string) => string) =>
  writeFileSync(path, change(readFileSync(path, 'latin1')), 'latin1');
const lines = (change: (lines: string[]) => string[]) => (text: string) => change(text.split(/(?<=\n)/)).join('');
/** The same events, four years before: the same days, in leap years too. */
const earlier = (text: string) =>
  text.replace(/"timestamp":"(\d{4})/g, (_, year) => `"timestamp":"${Number(year) - 4}`);
const segment = (all: string[], date: string) => all.findIndex((line) => line.includes(`cowrie.json.${date}"`));

const TAMPERED: [how: string, change: (data: string) => void, found: string[]][] = [
  [
    'a byte of a sealed day',
    (d) => edit(join(d, middle), (t) => t.replace('"src_ip":"127.0.0.1"', '"src_ip":"127.0.0.9"')),
    ['segment changed'],
  ],
  ['a sealed day removed', (d) => rmSync(join(d, middle)), ['segment missing']],
  [
    'a sealed day cut',
    (d) =>
      edit(
        join(d, middle),
        lines((all) => all.slice(0, -2)),
      ),
    ['segment changed', 'mark beyond', 'day differs'],
  ],
  [
    'a line put into a sealed day',
    (d) =>
      edit(
        join(d, first),
        lines((all) => [...all, all[1]!.replace('"timestamp":"2', '"timestamp":"1')]),
      ),
    ['segment changed'],
  ],
  [
    'a line taken out of a sealed day',
    (d) =>
      edit(
        join(d, first),
        lines((all) => all.toSpliced(2, 1)),
      ),
    ['segment changed', 'mark beyond', 'day differs'],
  ],
  [
    'a whole day put in',
    (d) => writeFileSync(join(d, late), earlier(readFileSync(join(d, first), 'latin1'))),
    ['segment not sealed'],
  ],
  [
    'two days exchanged',
    (d) => {
      renameSync(join(d, first), join(d, 'x'));
      renameSync(join(d, middle), join(d, first));
      renameSync(join(d, 'x'), join(d, middle));
    },
    ['segment changed', 'segment changed'],
  ],
  [
    'a sealed day compressed and changed',
    (d) => {
      const t = readFileSync(join(d, middle));
      rmSync(join(d, middle));
      t[100]! ^= 1;
      writeFileSync(join(d, `${middle}.zst`), zstdCompressSync(t));
    },
    ['segment changed'],
  ],
  [
    'a compressed day damaged',
    (d) => {
      const t = zstdCompressSync(readFileSync(join(d, middle)));
      rmSync(join(d, middle));
      writeFileSync(join(d, `${middle}.zst`), t.subarray(0, -50));
    },
    ['segment unreadable'],
  ],
  [
    'an entry of the chain changed',
    (d) => edit(join(d, 'log/segments.ndjson'), (t) => t.replace(/"events":(\d+)/, '"events":1$1')),
    ['chain broken'],
  ],
  [
    'an entry of the chain and its day removed',
    (d) => {
      rmSync(join(d, middle));
      edit(
        join(d, 'log/segments.ndjson'),
        lines((all) => all.toSpliced(segment(all, day(4)), 1)),
      );
    },
    ['chain broken', 'head missing', 'day differs'],
  ],
  [
    'the end of the chain and its day removed',
    (d) => {
      rmSync(join(d, last));
      edit(
        join(d, 'log/segments.ndjson'),
        lines((all) => all.slice(0, -1)),
      );
    },
    ['head missing', 'day differs'],
  ],
  [
    'the chain removed',
    (d) => rmSync(join(d, 'log/segments.ndjson')),
    ['head missing', 'head missing', 'head missing'],
  ],
  ['a sample changed', (d) => appendFileSync(one(join(d, 'downloads')), 'x'), ['sample changed']],
  ['a sample removed', (d) => rmSync(one(join(d, 'downloads'))), ['sample missing']],
  ['a file put among the samples', (d) => writeFileSync(join(d, 'downloads/x.sh'), 'x'), ['stranger']],
  [
    'what was typed in a recording changed',
    (d) => edit(one(join(d, 'tty')), (t) => t.replace('echo ', 'EcHo ')),
    ['recording changed'],
  ],
  ['a recording cut', (d) => edit(one(join(d, 'tty')), (t) => t.slice(0, -30)), ['recording changed']],
  ['a recording removed', (d) => rmSync(one(join(d, 'tty'))), ['recording missing']],
  [
    'the live log cut',
    (d) => {
      const path = join(d, 'log/cowrie.json');
      edit(
        path,
        lines((all) => all.slice(0, -3)),
      );
    },
    ['mark beyond', 'day differs'],
  ],
  [
    'a line of the live log changed to something else',
    (d) =>
      edit(
        join(d, 'log/cowrie.json'),
        lines((all) => all.with(2, `${'x'.repeat(all[2]!.length - 1)}\n`)),
      ),
    ['no event', 'day differs'],
  ],
  [
    'pages of the store destroyed',
    (d) => {
      const path = join(d, 'store/kansatsuki.sqlite');
      const bytes = readFileSync(path);
      bytes.fill(0x5a, 8192 * 2, 8192 * 12);
      writeFileSync(path, bytes);
    },
    ['store damaged'],
  ],
];

test('tampered with: each is found', { timeout: 240_000 }, async () => {
  const wrong: string[] = [];
  for (const [i, [how, change, expected]] of TAMPERED.entries()) {
    const copy = join(copies, String(i));
    cpSync(data, copy, { recursive: true });
    change(copy);
    const { code, findings } = await verify(copy);
    // A damaged store can be told of page by page, a missing line on each day: the kinds count.
    const kinds = [...new Set(findings.map(({ what }) => what))].join(', ');
    if (kinds !== [...new Set(expected)].join(', ') || code !== 1) wrong.push(`${how}: ${kinds}, exit code ${code}`);
    rmSync(copy, { recursive: true });
  }
  assert.deepEqual(wrong, []);
});

test('a chain made anew by somebody without the key: the noted head and the events tell', async (t) => {
  const copy = join(copies, 'forged');
  cpSync(data, copy, { recursive: true });
  edit(join(copy, middle), (text) => text.replaceAll('127.0.0.1', '127.0.0.8'));
  const path = join(copy, 'log/segments.ndjson');
  rmSync(path);
  rmSync(join(copy, 'keys/journal_ed25519'));
  // The program itself makes a new one, with a new key.
  const running = await startKansatsuki(['--telnet', 'off'], copy);
  t.after(() => running.stop());
  await until(() => chainOf(copy).length === 4, 60_000);
  await running.stop();
  const [{ n, hash }] = [(await verify(data)).chain.head];
  const { code, findings } = await verify(copy, '--head', `${n}:${hash}`);
  assert.equal(code, 1);
  assert.equal(findings.filter(({ what }) => what === 'head missing').length, 4);
  rmSync(copy, { recursive: true });
});

test('a day that belongs there is accepted, and the store read it', async (t) => {
  const copy = join(copies, 'late');
  cpSync(data, copy, { recursive: true });
  const content = earlier(readFileSync(join(copy, first), 'latin1'));
  writeFileSync(join(copy, late), content, 'latin1');
  const running = await startKansatsuki(['--telnet', 'off'], copy);
  t.after(() => running.stop());
  await until(() => /came into .* after later days were sealed/.test(running.output()), 60_000, running.output);
  await running.stop();
  assert.deepEqual(
    (await verify(copy)).findings.map(({ what }) => what),
    ['segment not sealed'],
  );
  const { code, findings } = await verify(copy, '--accept', basename(late));
  assert.deepEqual([code, findings], [0, []]);
  assert.match(chainOf(copy).at(-1)!, /"late":true/);
  const again = await kansatsuki(copy, 'verify', '--accept', basename(late));
  assert.equal(again.code, 2);
  rmSync(copy, { recursive: true });
});
