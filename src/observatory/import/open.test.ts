// Opens what the real programs packed: every compression and archive, nested, cut off, damaged, and made to do harm.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { contentsOf, onDisk } from './open.ts';

const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-open-'));
after(() => rmSync(folder, { recursive: true }));

/** Lines that compress as logs do. */
const log = Array.from(
  { length: 20_000 },
  (_, i) => `{"eventid":"cowrie.login.failed","session":"${(i * 7919).toString(16).padStart(12, '0')}","n":${i}}\n`,
).join('');
mkdirSync(join(folder, 'logs/deep'), { recursive: true });
writeFileSync(join(folder, 'logs/a.json'), log);
writeFileSync(join(folder, 'logs/deep/b.json'), log.slice(0, 5000));
writeFileSync(join(folder, 'logs/empty.json'), '');
// 150 bytes and more: pax and GNU write such names in records of their own.
const long = `${'long-'.repeat(30)}name.json`;
writeFileSync(join(folder, 'logs', long), log.slice(0, 700));

interface Found {
  path: string;
  name: string;
  text: string;
  ended?: string;
}

async function read(path: string, isSample = (_: string) => false): Promise<{ found: Found[]; troubles: string[] }> {
  const found: Found[] = [];
  const troubles: string[] = [];
  const file = await onDisk(path, () => {});
  const trouble = (where: string, what: string, detail = '') =>
    troubles.push(`${where.slice(path.length)} ${what} ${detail}`.trim());
  for await (const opened of contentsOf(path, file, { isSample, trouble })) {
    const pieces: Buffer[] = [];
    let ended: string | undefined;
    try {
      for await (const piece of opened.bytes) pieces.push(piece);
    } catch (error) {
      ended = (error as Error).message;
    }
    const text = Buffer.concat(pieces).toString('latin1');
    found.push({ path: opened.path.slice(path.length), name: opened.name, text, ...(ended ? { ended } : {}) });
  }
  return { found, troubles };
}

function made(command: string): string | undefined {
  const { status, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', command], { cwd: folder, encoding: 'utf8' });
  return status === 0 ? undefined : stderr;
}

const inside = ['/logs/a.json', '/logs/deep/b.json', `/logs/${long}`];
const contents = new Map([
  ['/logs/a.json', log],
  ['/logs/deep/b.json', log.slice(0, 5000)],
  [`/logs/${long}`, log.slice(0, 700)],
]);

for (const [program, ending] of [
  ['gzip', 'gz'],
  ['bzip2', 'bz2'],
  ['xz -T1', 'xz'],
  ['xz -9e --check=crc32', 'xz'],
  ['zstd -q', 'zst'],
  ['zstd -q -19 --long=27', 'zst'],
])
  test(`reads ${program}: whole, twice over, followed by garbage, cut off`, async (t) => {
    const file = join(folder, `one.json.${ending}`);
    const trouble = made(`${program} -c < logs/a.json > one.json.${ending}`);
    if (trouble !== undefined) return t.skip(trouble || 'the program is not there');
    const packed = readFileSync(file);
    const whole = await read(file);
    assert.deepEqual(whole.troubles, []);
    assert.ok(whole.found[0]?.text === log && whole.found[0].name === 'one.json');

    writeFileSync(file, Buffer.concat([packed, packed]));
    assert.ok((await read(file)).found[0]!.text === log + log);

    writeFileSync(file, Buffer.concat([packed, Buffer.from('and something else entirely')]));
    const garbage = await read(file);
    assert.ok(garbage.found[0]!.text === log);
    assert.match(garbage.troubles.join(), /follow the compressed data/);

    for (const share of [0.1, 0.5, 0.9, 0.999]) {
      writeFileSync(file, packed.subarray(0, Math.floor(packed.length * share)));
      const { found, troubles } = await read(file);
      const text = found[0]?.text ?? '';
      assert.ok(log.startsWith(text), `${share}: what was read is the beginning`);
      assert.match(`${found[0]?.ended} ${troubles}`, /cut off/);
      // A bzip2 or Zstandard block holds more than this log.
      if (ending === 'gz' && share >= 0.5) assert.ok(text.length > log.length * share * 0.8);
    }
    // The name lies.
    copyFileSync(file, join(folder, 'plain.txt'));
    writeFileSync(join(folder, 'plain.txt'), packed);
    assert.ok((await read(join(folder, 'plain.txt'))).found[0]!.text === log);
  });

for (const [name, command] of [
  ['GNU tar', 'tar --format=gnu -cf it logs'],
  ['pax', 'tar --format=pax -cf it logs'],
  ['ustar', 'tar --format=ustar --exclude=long-* -cf it logs'],
  ['the oldest tar', 'tar --format=v7 --exclude=long-* -cf it logs'],
  ['tar.gz', 'tar -czf it logs'],
  ['tar.bz2', 'tar -cjf it logs'],
  ['tar.xz', 'tar -cJf it logs'],
  ['tar.zst', 'tar -c logs | zstd -q -c > it'],
  ['cpio’s ustar', 'command -v cpio && find logs -type f ! -name "long-*" | cpio -o -H ustar > it'],
  ['zip', 'rm -f it.zip; zip -qr it.zip logs; mv it.zip it'],
  ['zip, stored', 'rm -f it.zip; zip -q0r it.zip logs; mv it.zip it'],
  ['zip of streams', 'rm -f it.zip; cat logs/a.json | zip -q - - > it'],
] as const)
  test(`reads ${name}`, async (t) => {
    const trouble = made(command);
    if (trouble !== undefined) return t.skip(trouble || 'the program is not there');
    const { found, troubles } = await read(join(folder, 'it'));
    assert.deepEqual(troubles, []);
    if (name === 'zip of streams') return assert.ok(found.length === 1 && found[0]!.text === log);
    const expected = inside.filter((path) => !/long/.test(path) || !/ustar|oldest/.test(name));
    assert.deepEqual(found.map(({ path }) => path).sort(), [...expected].sort());
    for (const { path, text } of found) assert.ok(text === contents.get(path), path);
  });

test('reads boxes within boxes, up to five', async () => {
  const archive = (path: string, bytes: Buffer): Buffer => {
    const at = join(folder, 'box');
    rmSync(at, { recursive: true, force: true });
    mkdirSync(at);
    writeFileSync(join(at, path), bytes);
    return spawnSync('tar', ['-C', at, '-c', path]).stdout;
  };
  const one = archive('cowrie.json.gz', gzipSync(log));
  const two = archive('one.tar.zst', zstdCompressSync(one));
  writeFileSync(join(folder, 'two.tar'), two);
  const { found } = await read(join(folder, 'two.tar'));
  assert.equal(found[0]!.path, '/one.tar.zst/cowrie.json.gz');
  assert.ok(found[0]!.text === log && found[0]!.name === 'cowrie.json');
  let box: Buffer = gzipSync(log);
  for (let i = 0; i < 6; i++) box = gzipSync(box);
  writeFileSync(join(folder, 'matryoshka'), box);
  assert.match((await read(join(folder, 'matryoshka'))).troubles.join(), /too many boxes/);
});

test('a damaged member of an archive does not hide the others', async () => {
  mkdirSync(join(folder, 'mixed'), { recursive: true });
  const broken = gzipSync(log);
  broken.fill(0x55, broken.length * 0.7, broken.length * 0.7 + 600);
  writeFileSync(join(folder, 'mixed/1.json.gz'), broken);
  writeFileSync(join(folder, 'mixed/2.json.gz'), gzipSync(log).subarray(0, 3000));
  writeFileSync(join(folder, 'mixed/3.json'), 'whole\n');
  assert.equal(made('tar -cf mixed.tar -C mixed 1.json.gz 2.json.gz 3.json'), undefined);
  const { found, troubles } = await read(join(folder, 'mixed.tar'));
  assert.deepEqual(
    found.map(({ name }) => name),
    ['1.json', '2.json', '3.json'],
  );
  assert.equal(found[2]!.text, 'whole\n');
  assert.match(troubles.join(), /1\.json\.gz the (?:compressed data is damaged|checksum of)/);
  assert.match(found[1]!.ended!, /cut off/);

  // A header of the archive is damaged: its file is lost, the next is not.
  const tar = readFileSync(join(folder, 'mixed.tar'));
  const second = tar.indexOf('2.json.gz');
  tar.fill(0x20, second, second + 300);
  writeFileSync(join(folder, 'mixed.tar'), tar);
  const again = await read(join(folder, 'mixed.tar'));
  assert.ok(again.found.some(({ text }) => text === 'whole\n'));
  assert.match(again.troubles.join(), /a part of the archive is damaged/);
});

test('after a damaged member of a gzip file the next is read', async () => {
  const first = gzipSync(log);
  first.fill(0xff, first.length / 2, first.length / 2 + 50);
  writeFileSync(join(folder, 'two.gz'), Buffer.concat([first, gzipSync('the second\n')]));
  const { found, troubles } = await read(join(folder, 'two.gz'));
  assert.ok(found[0]!.text.endsWith('the second\n'));
  assert.equal(troubles.length, 1);
});

test('what grows beyond measure is given up', async () => {
  const nothing = Buffer.alloc(64 << 20);
  const packed = zstdCompressSync(nothing);
  writeFileSync(join(folder, 'bomb.zst'), Buffer.concat(Array.from({ length: 40 }, () => packed)));
  let most = 0;
  const file = await onDisk(join(folder, 'bomb.zst'), () => {});
  const troubles: string[] = [];
  const options = {
    isSample: () => false,
    trouble: (_: string, what: string, detail = '') => troubles.push(`${what} ${detail}`),
  };
  for await (const { bytes } of contentsOf('bomb.zst', file, options))
    await assert.rejects(async () => {
      for await (const piece of bytes) most += piece.length;
    }, /expands to more than 250 times/);
  assert.ok(most <= (1 << 30) + (1 << 20));
});

test('names of an archive are never paths', async () => {
  const made = spawnSync('python3', [
    '-c',
    `import tarfile,io,sys
t=tarfile.open(fileobj=sys.stdout.buffer,mode='w|')
for n in ['../../../etc/passwd','/etc/shadow','a/../../b.json']:
  i=tarfile.TarInfo(n); i.size=2; t.addfile(i,io.BytesIO(b'x\\n'))
i=tarfile.TarInfo('link'); i.type=tarfile.SYMTYPE; i.linkname='/etc/passwd'; t.addfile(i)
i=tarfile.TarInfo('dev'); i.type=tarfile.CHRTYPE; t.addfile(i)
t.close()`,
  ]);
  if (made.status !== 0) return;
  writeFileSync(join(folder, 'evil.tar'), made.stdout);
  const { found, troubles } = await read(join(folder, 'evil.tar'));
  assert.deepEqual(troubles, []);
  assert.deepEqual(
    found.map(({ name }) => name),
    ['passwd', 'shadow', 'b.json'],
  );
});

test('what is not read is named', async () => {
  for (const [magic, name] of [
    ['\x04\x22\x4d\x18', 'lz4'],
    ['7z\xbc\xaf\x27\x1c', '7-Zip'],
    ['Rar!\x1a\x07\x01', 'RAR'],
  ] as const) {
    writeFileSync(join(folder, 'other'), Buffer.from(`${magic}${'x'.repeat(600)}`, 'latin1'));
    const { found, troubles } = await read(join(folder, 'other'));
    assert.deepEqual(found, []);
    assert.deepEqual(troubles, [`a compression that is not read ${name}: decompress it first`]);
  }
});

test('never a throw, whatever byte of a box is another', async () => {
  const boxes = ['it.gz', 'it.bz2', 'it.xz', 'it.zst', 'it.zip'];
  made(
    'tar -cf it.tar -C logs deep; gzip -c it.tar > it.gz; bzip2 -c it.tar > it.bz2; xz -c it.tar > it.xz; zstd -q -c it.tar > it.zst; rm -f it.zip; zip -qr it.zip logs/deep',
  );
  let seed = 7;
  const random = (below: number) => (seed = (seed * 48_271) % 0x7fffffff) % below;
  for (const box of [...boxes, 'it.tar']) {
    let bytes: Buffer;
    try {
      bytes = readFileSync(join(folder, box));
    } catch {
      continue;
    }
    for (let round = 0; round < 60; round++) {
      const damaged = Buffer.from(bytes);
      for (let i = random(4); i >= 0; i--) damaged[random(damaged.length)] = random(256);
      writeFileSync(join(folder, 'damaged'), damaged.subarray(0, random(3) === 0 ? random(damaged.length) : undefined));
      for (const { text } of (await read(join(folder, 'damaged'))).found) assert.ok(text.length <= 1 << 24);
    }
  }
});
