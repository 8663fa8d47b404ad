import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { AFTER_INSTALL } from '../../machine/image.ts';
import { loadPersona } from '../../machine/persona.ts';
import { readAdditions } from './additions.ts';
import { buildPersona } from './build.ts';
import { parseRecipe } from './debootstrap.ts';

const scratch = mkdtempSync(join(tmpdir(), 'kansatsuki-persona-'));
after(() => rmSync(scratch, { recursive: true }));
const write = (path: string, content: string | Buffer, seconds?: number) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  if (seconds !== undefined) utimesSync(path, seconds, seconds);
};

/** A Debian of one package. */
const root = join(scratch, 'root');
const unpacked = 1_700_000_000;
write(join(root, 'var/lib/dpkg/info/base-files.list'), '/etc\n/etc/skel/.profile\n/bin/ls\n', unpacked);
write(
  join(root, 'var/lib/dpkg/status'),
  'Package: base-files\nVersion: 12.4\n\nPackage: bash-completion\nVersion: 1\n\n',
);
write(
  join(root, 'var/log/dpkg.log'),
  '2026-01-02 03:04:05 install base-files\n2026-01-02 03:04:09 status installed base-files\n',
);
write(join(root, 'usr/share/doc/base-files/copyright'), 'Files: *\nLicense: GPL-2\n');
write(join(root, 'etc/skel/.profile'), '# profile\n', unpacked - 500);
write(join(root, 'etc/hostname'), 'builder\n');
write(
  join(root, 'bin/ls'),
  Buffer.concat([Buffer.from('\x7fELF', 'latin1'), Buffer.alloc(9_000, 0xee)]),
  unpacked - 500,
);
write(join(root, 'usr/share/big'), 'text '.repeat(50_000), unpacked - 500);
write(join(root, 'home/made'), 'later', unpacked + 200);
mkdirSync(join(root, 'boot'));
symlinkSync('ls', join(root, 'bin/dir'));

const folder = join(scratch, 'persona');
write(
  join(folder, 'persona.json'),
  readFileSync(join(import.meta.dirname, '../../../personas/debian-12-cloud/persona.json')),
);
write(
  join(folder, 'additions.json'),
  JSON.stringify({
    homes: [{ path: '/home/pi', uid: 1000, gid: 1000 }],
    entries: [
      { path: '/etc/hostname', type: 'file', mode: '0644', time: 'install +20', text: '{{hostname}}\n' },
      { path: '/etc/shadow', type: 'file', mode: '0640', gid: 42, time: 'image -60', text: 'root:*:{{imageDay}}:::\n' },
      { path: '/dev/null', type: 'character', mode: '0666', time: 'boot +2', device: [1, 3] },
    ],
  }),
);

test('a root folder becomes an image, with what is added to it', async () => {
  const { entries } = buildPersona(root, folder);
  const { image, facts } = await loadPersona(folder);
  assert.equal(image.count, entries);
  assert.equal(facts.built, unpacked - 60);
  const at = (path: string) => image.find(path) ?? assert.fail(path);
  const text = (path: string) => image.content(at(path), 0, 1_000);
  assert.equal(text('/etc/hostname'), '{{hostname}}\n');
  assert.equal(text('/etc/shadow'), `root:*:${Math.floor((unpacked - 60) / 86_400)}:::\n`);
  assert.equal(text('/home/pi/.profile'), '# profile\n');
  assert.equal(image.uid[at('/home/pi/.profile')], 1000);
  assert.equal(image.target(at('/bin/dir')), 'ls');
  assert.deepEqual(image.rdev(at('/dev/null')), [1, 3]);
  assert.equal(image.type(at('/dev')), 'directory');
  // A binary keeps its head and its size, and nothing of its code.
  assert.equal(image.size[at('/bin/ls')], 9_004);
  const code = image.content(at('/bin/ls'), 64, 8_000);
  assert.ok(!code.includes('\xee'.repeat(16)));
  assert.equal(image.size[at('/usr/share/big')], 250_000);
  // What is newer than the packages was made by the installation.
  assert.equal(image.mtime[at('/home/made')], AFTER_INSTALL + 260);
  assert.equal(image.mtime[at('/etc/skel/.profile')], unpacked - 500);
  assert.match(
    text('/var/log/dpkg.log.1'),
    /^\{\{dpkg 0\}\} install base-files\n\{\{dpkg 4\}\} status installed base-files\n$/,
  );
  assert.doesNotMatch(text('/var/lib/dpkg/status'), /bash-completion/);
  assert.match(readFileSync(join(folder, 'NOTICE'), 'utf8'), /^base-files 12\.4, 1 file: GPL-2$/m);
});

test('what is wrong is named', () => {
  const file = join(scratch, 'additions.json');
  for (const [content, said] of [
    ['{', /additions\.json: .*JSON/],
    ['{"entries": [{"path": "etc", "type": "file", "mode": "0644", "time": "boot +1"}]}', /absolute path/],
    ['{"entries": [{"path": "/etc", "type": "file", "mode": "644", "time": "boot +1"}]}', /four octal digits/],
    ['{"entries": [{"path": "/etc", "type": "file", "mode": "0644", "time": "noon"}]}', /expected "install \+20"/],
    ['{"base": "missing.json"}', /missing\.json/],
  ] as const) {
    writeFileSync(file, content);
    assert.throws(() => readAdditions(file, 0), said);
  }
  assert.throws(() => buildPersona(scratch, folder), /is no root folder of a machine/);
});

test('the command says what is missing', () => {
  const main = join(import.meta.dirname, '../main.ts');
  const run = (...args: string[]) => {
    try {
      return execFileSync(process.execPath, [main, 'persona', 'build', ...args], { stdio: 'pipe' }).toString();
    } catch (error) {
      const { status, stderr } = error as { status: number; stderr: Buffer };
      return `${status} ${stderr}`;
    }
  };
  assert.match(run(root, scratch), /^2 kansatsuki: .*persona\.json is missing\./);
  assert.match(run('debootstrap:bookworm', folder), /^2 kansatsuki: .*packages\.txt is missing/);
  assert.match(run(root, folder), /image\.bin: \d+ entries, \d+ bytes/);
});

test('debootstrap’s suite and architecture', () => {
  assert.deepEqual(parseRecipe('debootstrap:bookworm'), { suite: 'bookworm' });
  assert.deepEqual(parseRecipe('debootstrap:bookworm/armhf'), { suite: 'bookworm', architecture: 'armhf' });
  for (const other of ['bookworm', 'debootstrap:', '/tmp/debootstrap:x', 'debootstrap:book worm'])
    assert.equal(parseRecipe(other), undefined);
});
