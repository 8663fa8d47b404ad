// Backups: whole or not at all, with what is in them and nothing else; and every hostile or damaged archive is refused without a trace.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { packTar, type TarEntry } from 'modern-tar';
import { collect, outsiders } from './collect.ts';
import { HEAD, type Head, MANIFEST, manifestOf, pathOf } from './format.ts';
import { readBackup } from './read.ts';
import { restore } from './restore.ts';
import { copyStore } from './store-copy.ts';
import { partial, writeBackup } from './write.ts';

const root = mkdtempSync(join(tmpdir(), 'backup-'));
after(() => rmSync(root, { recursive: true }));
const now = Date.UTC(2026, 10, 24, 12);
const sha = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');
const head = (more: Partial<Head> = {}): Head => ({
  format: 1,
  kansatsuki: '0.1.0',
  made: new Date(now).toISOString(),
  without: [],
  files: 1000,
  bytes: 1e9,
  ...more,
});
const discard = { file: async () => ({ write: async () => {}, end: async () => {} }) };

/** A data directory with something of everything. */
function data(name: string): string {
  const at = join(root, name);
  for (const folder of ['log', 'tty', 'downloads', 'keys/p', 'etc', 'machines/p', 'store', 'state'])
    mkdirSync(join(at, folder), { recursive: true });
  const put = (path: string, content: string | Buffer, mode: number) => {
    writeFileSync(join(at, path), content, { mode });
    utimesSync(join(at, path), 1_700_000_000, 1_700_000_000);
  };
  put('log/cowrie.json', '{"a":1}\n{"b":2}\n{"half', 0o644);
  put('log/cowrie.json.2026-11-23', '{"c":3}\n', 0o644);
  put('log/segments.ndjson', '{"n":1}\n', 0o644);
  put('log/cowrie.json.2026-11-22.zst.tmp', 'half', 0o600);
  put(`downloads/${sha('x')}`, 'x', 0o600);
  put(`downloads/${sha('')}`, '', 0o600);
  put('downloads/tmp-0123', 'half', 0o600);
  put(`tty/${sha('t')}`, Buffer.alloc(300_000, 1), 0o640);
  put('keys/p/ssh_host_rsa_key', 'secret', 0o600);
  put('etc/userdb.txt', '*:x:*\n', 0o640);
  put('machines/p/0123', 'm', 0o600);
  put('state/uuid', 'u\n', 0o600);
  put('state/web.json', '{}', 0o600);
  put('state/keeper.lock', '1', 0o600);
  symlinkSync('/etc/passwd', join(at, 'downloads/link'));
  return at;
}

const CONTENT = [
  `downloads/${sha('')}`,
  `downloads/${sha('x')}`,
  'etc/userdb.txt',
  'keys/p/ssh_host_rsa_key',
  'log/cowrie.json',
  'log/cowrie.json.2026-11-23',
  'log/segments.ndjson',
  'machines/p/0123',
  'state/uuid',
  'state/web.json',
  `tty/${sha('t')}`,
].sort();

function tree(at: string, below = ''): string[] {
  return readdirSync(join(at, below), { withFileTypes: true })
    .flatMap((entry) => {
      const name = below ? `${below}/${entry.name}` : entry.name;
      return entry.isDirectory() ? tree(at, name) : [name];
    })
    .sort();
}

for (const kind of ['archive', 'folder'] as const)
  test(`${kind}: there and back, with modes and times, and nothing that is only passing`, async () => {
    const at = data(`data-${kind}`);
    const target = join(root, kind === 'archive' ? 'a.tar.zst' : 'a');
    const { files, passedOver } = collect(at, undefined, []);
    assert.deepEqual(passedOver, ['downloads/link']);
    const written = await writeBackup(target, kind, head({ files: files.length }), files);
    assert.equal(written.files, CONTENT.length);
    assert.equal(statSync(target).mode & 0o077, 0, 'nobody else may read it');
    assert.ok(!existsSync(partial(target)));
    const back = join(root, `back-${kind}`);
    const restored = await restore(target, back, { force: false, now });
    assert.equal(restored.files, CONTENT.length);
    assert.deepEqual(tree(back), CONTENT);
    assert.equal(readFileSync(join(back, 'log/cowrie.json'), 'latin1'), '{"a":1}\n{"b":2}\n', 'whole lines only');
    for (const path of CONTENT.filter((one) => one !== 'log/cowrie.json')) {
      assert.ok(readFileSync(join(back, path)).equals(readFileSync(join(at, path))), path);
      const [a, b] = [statSync(join(at, path)), statSync(join(back, path))];
      assert.deepEqual([b.mode & 0o777, b.mtimeMs], [a.mode & 0o777, a.mtimeMs], path);
    }
    assert.deepEqual(
      readdirSync(root).filter((name) => name.startsWith('.')),
      [],
    );
  });

test('without samples, without keys', async () => {
  const at = data('data-less');
  const names = (without: ('samples' | 'keys')[]) =>
    collect(at, undefined, without)
      .files.map(({ name }) => name.slice(5))
      .sort();
  assert.deepEqual(
    names(['samples']),
    CONTENT.filter((one) => !one.startsWith('downloads/')),
  );
  assert.deepEqual(
    names(['keys']),
    CONTENT.filter((one) => !/^keys\/|web\.json/.test(one)),
  );
});

test('configuration and userdb of elsewhere take their place, where it is free', async () => {
  const at = data('data-outside');
  const toml = join(root, 'my.toml');
  writeFileSync(toml, '[limits]\n');
  writeFileSync(join(root, 'my.txt'), 'other');
  const found = collect(at, undefined, [], outsiders(toml, join(root, 'my.txt'))).files;
  assert.equal(found.find(({ name }) => name === 'data/etc/kansatsuki.toml')?.path, toml);
  assert.equal(found.find(({ name }) => name === 'data/etc/userdb.txt')?.path, join(at, 'etc/userdb.txt'));
  assert.deepEqual(outsiders(undefined, join(root, 'gone')), []);
});

test('files that grow, shrink and vanish while they are copied', async () => {
  const at = data('data-changing');
  const { files } = collect(at, undefined, []);
  appendFileSync(join(at, 'log/cowrie.json.2026-11-23'), 'more');
  truncateSync(join(at, 'machines/p/0123'), 0);
  rmSync(join(at, `tty/${sha('t')}`));
  const target = join(root, 'changing.tar.zst');
  await writeBackup(target, 'archive', head({ files: files.length }), files);
  const back = join(root, 'back-changing');
  assert.equal((await restore(target, back, { force: false, now })).files, CONTENT.length - 1);
  assert.equal(readFileSync(join(back, 'log/cowrie.json.2026-11-23'), 'latin1'), '{"c":3}\n');
  assert.equal(readFileSync(join(back, 'machines/p/0123'), 'latin1'), '\0');
});

test('the store is that of one moment, whatever is written meanwhile', async () => {
  const path = join(root, 'store.sqlite');
  const writer = new DatabaseSync(path);
  writer.exec('PRAGMA journal_mode = WAL; CREATE TABLE t(x)');
  const insert = writer.prepare('INSERT INTO t VALUES (?)');
  writer.exec('BEGIN');
  for (let i = 0; i < 100_000; i++) insert.run('x'.repeat(100));
  writer.exec('COMMIT');
  let more = 0;
  const writing = setInterval(() => {
    insert.run('more');
    more++;
  }, 1);
  const copy = await copyStore(path, join(root, 'copy.sqlite'));
  clearInterval(writing);
  insert.run('after');
  assert.ok(more > 0);
  const copied = new DatabaseSync(copy!);
  assert.equal(copied.prepare("SELECT count(*) AS n FROM t WHERE x LIKE 'xx%'").get()!['n'], 100_000);
  assert.equal(copied.prepare('PRAGMA integrity_check').get()!['integrity_check'], 'ok');
  assert.ok((copied.prepare('SELECT count(*) AS n FROM t').get()!['n'] as number) < 100_001 + more);
  copied.close();
  writer.close();
  assert.equal(statSync(copy!).mode & 0o777, 0o600);
  assert.equal(await copyStore(join(root, 'none.sqlite'), join(root, 'none-copy')), undefined);
});

test('an occupied place is not touched, or moved aside', async () => {
  const at = data('data-occupied');
  const target = join(root, 'occupied.tar.zst');
  const { files } = collect(at, undefined, []);
  await writeBackup(target, 'archive', head({ files: files.length }), files);
  const place = join(root, 'occupied');
  mkdirSync(place);
  writeFileSync(join(place, 'mine'), 'mine');
  await assert.rejects(restore(target, place, { force: false, now }), /is not empty/);
  assert.deepEqual(tree(place), ['mine']);
  const { former } = await restore(target, place, { force: true, now });
  assert.equal(readFileSync(join(former!, 'mine'), 'latin1'), 'mine');
  assert.ok(existsSync(join(place, 'state/uuid')));
});

test('a backup that a killed process left half is no backup, and does not hinder the next', async () => {
  const at = data('data-again');
  const target = join(root, 'again.tar.zst');
  writeFileSync(partial(target), 'half');
  const { files } = collect(at, undefined, []);
  await writeBackup(target, 'archive', head({ files: files.length }), files);
  assert.ok(!existsSync(partial(target)));
  // One that cannot be finished leaves nothing: a path that is a folder cannot be read.
  const bad = [...files, { ...files[0]!, name: 'data/etc/x', path: at, bytes: 10 }];
  await assert.rejects(writeBackup(join(root, 'never.tar.zst'), 'archive', head({ files: 99 }), bad));
  assert.deepEqual(
    readdirSync(root).filter((name) => /never|partial/.test(name)),
    [],
  );
});

/** An archive of ours in form, with what a stranger put in. */
async function crafted(
  name: string,
  entries: TarEntry[],
  listed: Record<string, string>,
  of = head(),
): Promise<string> {
  const file = (path: string, content: string | Buffer): TarEntry => ({
    header: { name: path, size: Buffer.byteLength(content), type: 'file', mode: 0o777 },
    body: Buffer.from(content),
  });
  const manifest = manifestOf(
    Object.entries(listed).map(([path, content]) => ({
      name: path,
      bytes: Buffer.byteLength(content),
      sha256: sha(content),
    })),
  );
  const tar = await packTar([file(HEAD, JSON.stringify(of)), ...entries, file(MANIFEST, manifest)]);
  const path = join(root, `${name}.tar.zst`);
  writeFileSync(path, zstdCompressSync(tar));
  return path;
}
const plain = (name: string, content = 'x'): TarEntry => ({
  header: { name, size: Buffer.byteLength(content), type: 'file', mode: 0o6777 },
  body: content,
});

test('hostile archives', async () => {
  const good = 'data/etc/userdb.txt';
  const link = (type: 'symlink' | 'link' | 'fifo' | 'character-device', name: string, linkname: string): TarEntry => ({
    header: { name, size: 0, type, linkname },
  });
  const HOSTILE: [how: string, entries: TarEntry[], listed: Record<string, string>, why: RegExp, of?: Head][] = [
    ['up', [plain('data/etc/../../../escaped')], { 'data/etc/../../../escaped': 'x' }, /no file of a data directory/],
    ['up at once', [plain('../escaped')], { '../escaped': 'x' }, /no file of a data directory/],
    ['absolute', [plain('/tmp/escaped')], { '/tmp/escaped': 'x' }, /no file of a data directory/],
    ['backslash', [plain('data/etc/..\\escaped')], {}, /no file of a data directory/],
    ['another folder', [plain('data/x/escaped')], { 'data/x/escaped': 'x' }, /no file of a data directory/],
    ['a folder for a file', [plain('data/etc')], { 'data/etc': 'x' }, /no file of a data directory/],
    ['control characters', [plain('data/etc/a\nb')], {}, /no file of a data directory/],
    ['deep', [plain(`data/etc/${'a/'.repeat(40)}b`)], {}, /no file of a data directory/],
    [
      'symbolic link',
      [link('symlink', 'data/etc/l', '/etc'), plain('data/etc/l/x')],
      {},
      /no plain file but a symlink/,
    ],
    ['hard link', [link('link', 'data/etc/l', '/etc/passwd')], {}, /no plain file but a link/],
    ['pipe', [link('fifo', 'data/etc/l', '')], {}, /no plain file but a fifo/],
    ['device', [link('character-device', 'data/etc/l', '')], {}, /no plain file but a character-device/],
    ['twice', [plain(good), plain(good, 'y')], { [good]: 'y' }, /in it twice/],
    ['file and folder', [plain('data/etc/a'), plain('data/etc/a/b')], {}, /EEXIST|ENOTDIR|not/],
    ['not listed', [plain(good)], {}, /is not in the manifest/],
    ['missing', [], { [good]: 'x' }, /is missing/],
    ['changed', [plain(good, 'y')], { [good]: 'x' }, /SHA-256 does not fit/],
    ['more than it says', [plain(good), plain('data/etc/b')], {}, /more is in it/, head({ files: 1 })],
    ['larger than it says', [plain(good, 'x'.repeat(100))], {}, /more is in it/, head({ bytes: 99 })],
    ['larger than the disk', [plain(good)], { [good]: 'x' }, /are free/, head({ bytes: 9e15 })],
    ['of the future', [plain(good)], { [good]: 'x' }, /format 2/, { ...head(), format: 2 as 1 }],
    ['no sense', [plain(good)], { [good]: 'x' }, /lacks something/, { ...head(), without: ['x'] as never }],
  ];
  const before = tree(root);
  for (const [how, entries, listed, why, of] of HOSTILE) {
    const path = await crafted('hostile', entries, listed, of);
    const place = join(root, 'hostile-place');
    await assert.rejects(restore(path, place, { force: false, now }), why, how);
    assert.ok(!existsSync(place), how);
    rmSync(path);
  }
  assert.deepEqual(tree(root), before, 'no trace');
  assert.ok(!existsSync('/tmp/escaped'));
  // What is whole is taken, and even then nothing becomes executable.
  const sample = `data/downloads/${sha('x')}`;
  const path = await crafted('kind', [plain(good), plain(sample)], { [good]: 'x', [sample]: 'x' });
  const place = join(root, 'kind-place');
  await restore(path, place, { force: false, now });
  assert.equal(statSync(join(place, 'etc/userdb.txt')).mode & 0o7777, 0o666);
  assert.equal(statSync(join(place, sample.slice(5))).mode & 0o7777, 0o600);
});

test('every cut and many damages of an archive are found', async () => {
  const at = data('data-damaged');
  const { files } = collect(at, undefined, []);
  const target = join(root, 'damaged.tar.zst');
  await writeBackup(target, 'archive', head({ files: files.length }), files);
  const bytes = readFileSync(target);
  const bad = join(root, 'bad.tar.zst');
  const refused = async (content: Buffer, how: string) => {
    writeFileSync(bad, content);
    await assert.rejects(readBackup(bad, discard), (error: Error) => error.name === 'BackupError', how);
  };
  // What comes after the manifest is an end of zeros and zstd's own checksum: the hashes do not need them.
  const end = bytes.length - 32;
  for (let cut = 0; cut < end; cut += 61) await refused(bytes.subarray(0, cut), `cut at ${cut}`);
  for (let at = 0; at < end; at += 37) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 0x55;
    await refused(changed, `byte ${at}`);
  }
  await refused(Buffer.from('no archive'), 'text');
  await refused(zstdCompressSync(Buffer.alloc(100_000, 'x')), 'no tar');
  assert.equal((await readBackup(target, discard)).files, CONTENT.length);
});

test('a folder that was changed', async () => {
  const at = data('data-tampered');
  const { files } = collect(at, undefined, []);
  const target = join(root, 'folder');
  await writeBackup(target, 'folder', head({ files: files.length + 5 }), files);
  const CHANGES: [how: string, change: (at: string) => void, why: RegExp][] = [
    ['a file changed', (d) => appendFileSync(join(d, 'data/etc/userdb.txt'), 'x'), /SHA-256 does not fit/],
    ['a file removed', (d) => rmSync(join(d, 'data/etc/userdb.txt')), /is missing/],
    ['a file put in', (d) => writeFileSync(join(d, 'data/etc/x'), 'x'), /is not in the manifest/],
    ['a link put in', (d) => symlinkSync('/etc/passwd', join(d, 'data/etc/x')), /no plain file/],
    ['a stranger beside', (d) => writeFileSync(join(d, 'x'), 'x'), /does not belong/],
    ['no head', (d) => rmSync(join(d, HEAD)), /does not begin with/],
    ['no manifest', (d) => rmSync(join(d, MANIFEST)), /cut off/],
    ['half a manifest', (d) => truncateSync(join(d, MANIFEST), 200), /is damaged/],
  ];
  for (const [how, change, why] of CHANGES) {
    const copy = join(root, 'folder-copy');
    cpSync(target, copy, { recursive: true });
    change(copy);
    await assert.rejects(readBackup(copy, discard), why, how);
    rmSync(copy, { recursive: true });
  }
});

test('names', () => {
  assert.equal(pathOf('data/keys/p/ssh_host_rsa_key'), 'keys/p/ssh_host_rsa_key');
  for (const wrong of [
    '',
    'data',
    'data/',
    'data//etc/x',
    'data/etc/',
    'data/etc//x',
    'data/etc/.',
    'x/etc/y',
    'data/etc/\0',
  ])
    assert.throws(() => pathOf(wrong), /no file of a data directory/, wrong);
});
