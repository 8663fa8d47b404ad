// Holds the file system against what a real Linux answered to the same calls (test/real/record-filesystem.ts), and its limits.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type { Computer } from './computer.ts';
import { SystemError, strerror } from './errno.ts';
import { createHouse } from './house.ts';
import type { Bytes, Credentials, OpenFlags, Stat } from './machine.ts';
import { loadPersona, type Persona } from './persona.ts';

const ROOT: Credentials = { uid: 0, gid: 0, euid: 0, egid: 0, groups: [] };
const USER: Credentials = { uid: 65534, gid: 65534, euid: 65534, egid: 65534, groups: [] };
let persona: Persona;
const machine = (options: { bytes?: number } = {}) =>
  createHouse({
    persona,
    seed: Buffer.alloc(32, 3),
    programs: new Map(),
    clock: { now: () => Date.UTC(2026, 10, 24, 12), after: () => () => {} },
    random: () => 0.5,
    ...options,
  }).machineFor('192.0.2.1') as Computer;

before(async () => {
  persona = await loadPersona(join(import.meta.dirname, '../../personas/debian-12-cloud'));
});

const describe = ({ type, mode, links, uid, gid, size }: Stat) => ({
  type,
  mode: mode.toString(8),
  links,
  uid,
  gid,
  ...(type === 'file' || type === 'symlink' ? { size } : {}),
});

const FLAGS: Record<string, OpenFlags> = {
  r: { read: true },
  w: { write: true },
  wct: { write: true, create: true, truncate: true },
  wcx: { write: true, create: true, exclusive: true },
  rd: { read: true, directory: true },
  rn: { read: true, noFollow: true },
};

test('every recorded call ends as on a real system', () => {
  const fs = machine().filesystem;
  fs.mkdir(ROOT, '/', '/t', 0o755);
  const calls: Record<string, (who: Credentials, ...args: never[]) => unknown> = {
    mkdir: (who, path: Bytes, mode: number) => fs.mkdir(who, '/', path, mode),
    rmdir: (who, path: Bytes) => fs.rmdir(who, '/', path),
    unlink: (who, path: Bytes) => fs.unlink(who, '/', path),
    rename: (who, from: Bytes, to: Bytes) => fs.rename(who, '/', from, to),
    link: (who, from: Bytes, to: Bytes) => fs.link(who, '/', from, to),
    symlink: (who, target: Bytes, path: Bytes) => fs.symlink(who, '/', target, path),
    readlink: (who, path: Bytes) => fs.readlink(who, '/', path),
    chmod: (who, path: Bytes, mode: number) => fs.chmod(who, '/', path, mode),
    chown: (who, path: Bytes, uid: number, gid: number) => fs.chown(who, '/', path, uid, gid),
    truncate: (who, path: Bytes, size: number) => fs.truncate(who, '/', path, size),
    stat: (who, path: Bytes) => describe(fs.stat(who, '/', path)),
    lstat: (who, path: Bytes) => describe(fs.stat(who, '/', path, false)),
    readdir: (who, path: Bytes) =>
      fs
        .readdir(who, '/', path)
        .map(({ name }) => name)
        .sort(),
    write: (who, path: Bytes, flags: string, text: Bytes, mode = 0o666) => {
      const file = fs.open(who, '/', path, FLAGS[flags]!, mode);
      file.write(text);
      file.release();
    },
    read: (who, path: Bytes, flags: string) => {
      const file = fs.open(who, '/', path, FLAGS[flags]!);
      return file.kind === 'directory' ? 'directory' : file.read(65536);
    },
  };
  const cases: { who: string; call: string; args: never[]; result: unknown }[] = JSON.parse(
    readFileSync(join(import.meta.dirname, 'fixtures/filesystem.json'), 'utf8'),
  );
  assert.ok(cases.length > 150);
  const wrong: string[] = [];
  for (const { who, call, args, result } of cases) {
    let mine: unknown;
    try {
      mine = calls[call]!(who === 'root' ? ROOT : USER, ...args) ?? null;
    } catch (error) {
      assert.ok(error instanceof SystemError, `${call} ${args}: ${(error as Error).stack}`);
      mine = error.code;
    }
    if (JSON.stringify(mine) !== JSON.stringify(result))
      wrong.push(
        `${who} ${call} ${JSON.stringify(args).slice(0, 80)}: ${JSON.stringify(mine)}, real ${JSON.stringify(result)}`,
      );
  }
  assert.deepEqual(wrong, []);
});

test('words of errors are glibc’s', () => {
  const words = {
    ENOENT: 'No such file or directory',
    ETXTBSY: 'Text file busy',
    ELOOP: 'Too many levels of symbolic links',
  };
  for (const [code, text] of Object.entries(words)) assert.equal(strerror(code as 'ENOENT'), text);
});

test('what one writes nobody else sees', () => {
  const house = createHouse({
    persona,
    seed: Buffer.alloc(32, 3),
    programs: new Map(),
    clock: { now: () => 0, after: () => () => {} },
    random: () => 0.5,
  });
  const [one, two] = ['192.0.2.1', '192.0.2.2'].map((address) => house.machineFor(address).filesystem);
  const file = one!.open(ROOT, '/', '/etc/motd', { write: true, truncate: true });
  file.write('mine');
  assert.equal(one!.open(ROOT, '/', '/etc/motd', { read: true }).read(99), 'mine');
  assert.match(two!.open(ROOT, '/', '/etc/motd', { read: true }).read(99)!, /The programs included/);
  one!.unlink(ROOT, '/', '/usr/bin/wget');
  assert.throws(() => one!.stat(ROOT, '/', '/usr/bin/wget'), { code: 'ENOENT' });
  assert.equal(two!.stat(ROOT, '/', '/usr/bin/wget').type, 'file');
});

test('a file changed in the middle keeps the rest, also beyond its end and over chunks', () => {
  const fs = machine().filesystem;
  const whole = (path: Bytes) => fs.open(ROOT, '/', path, { read: true }).read(1 << 22)!;
  const before = whole('/usr/bin/bash');
  assert.ok(before.length > 1_000_000);
  assert.equal(before.slice(0, 4), '\x7fELF');
  const file = fs.open(ROOT, '/', '/usr/bin/bash', { read: true, write: true });
  file.seek(65_530, 'start');
  file.write('0123456789AB');
  assert.equal(whole('/usr/bin/bash'), `${before.slice(0, 65_530)}0123456789AB${before.slice(65_542)}`);
  file.truncate(70_000);
  file.truncate(70_010);
  assert.equal(whole('/usr/bin/bash').slice(65_530), `0123456789AB${before.slice(65_542, 70_000)}${'\0'.repeat(10)}`);
  file.seek(200_000, 'start');
  file.write('end');
  const holed = whole('/usr/bin/bash');
  assert.equal(holed.length, 200_003);
  assert.equal(holed.slice(70_000), `${'\0'.repeat(130_000)}end`);
});

test('pieces read at any offset agree with the whole', () => {
  const fs = machine().filesystem;
  for (const path of ['/usr/bin/dpkg', '/usr/share/doc/bash/README.gz', '/etc/services', '/usr/lib/python3.11/os.py']) {
    const whole = fs.open(ROOT, '/', path, { read: true }).read(1 << 22)!;
    assert.equal(whole.length, fs.stat(ROOT, '/', path).size, path);
    const file = fs.open(ROOT, '/', path, { read: true });
    let pieces = '';
    for (let n = 1; ; n = (n * 7) % 1009) {
      const piece = file.read(n + 1)!;
      if (piece === '') break;
      pieces += piece;
    }
    assert.ok(pieces === whole, path);
  }
});

test('the disk of one attacker is full, and taking away frees it', () => {
  const fs = machine().filesystem;
  const block = 'x'.repeat(1 << 20);
  const file = fs.open(ROOT, '/', '/tmp/big', { write: true, create: true });
  assert.throws(
    () => {
      for (let i = 0; i < 200; i++) file.write(block);
    },
    { code: 'ENOSPC' },
  );
  const size = fs.stat(ROOT, '/', '/tmp/big').size;
  assert.ok(size > 60 << 20 && size <= 64 << 20, `${size}`);
  fs.unlink(ROOT, '/', '/tmp/big');
  assert.ok(fs.layer.usedBytes > 60 << 20, 'an open file keeps its space');
  file.release();
  assert.ok(fs.layer.usedBytes < 65_536);
  assert.throws(
    () => {
      for (let i = 0; i < 30_000; i++) fs.mkdir(ROOT, '/', `/tmp/d${i}`, 0o755);
    },
    { code: 'ENOSPC' },
  );
  fs.unlink(ROOT, '/', '/usr/bin/perl');
});

test('all attackers together fill no more than the house holds', () => {
  const { filesystem } = machine({ bytes: 1 << 20 });
  const file = filesystem.open(ROOT, '/', '/tmp/x', { write: true, create: true });
  assert.throws(
    () => {
      for (let i = 0; i < 40; i++) file.write('x'.repeat(65_536));
    },
    { code: 'ENOSPC' },
  );
});

test('chattr +i holds against root', () => {
  const fs = machine().filesystem;
  fs.setAttributes(ROOT, '/', '/etc/passwd', new Set(['i', 'e']));
  assert.deepEqual([...fs.attributes(ROOT, '/', '/etc/passwd')].sort(), ['e', 'i']);
  for (const refused of [
    () => fs.open(ROOT, '/', '/etc/passwd', { write: true }),
    () => fs.unlink(ROOT, '/', '/etc/passwd'),
    () => fs.rename(ROOT, '/', '/etc/passwd', '/etc/p'),
    () => fs.chmod(ROOT, '/', '/etc/passwd', 0o777),
  ])
    assert.throws(refused, { code: 'EPERM' });
  assert.throws(() => fs.setAttributes(USER, '/', '/etc/passwd', new Set()), { code: 'EPERM' });
  fs.setAttributes(ROOT, '/', '/etc/passwd', new Set(['a']));
  fs.open(ROOT, '/', '/etc/passwd', { append: true }).write('x:x:1:1::/:/bin/sh\n');
  assert.throws(() => fs.open(ROOT, '/', '/etc/passwd', { write: true, truncate: true }), { code: 'EPERM' });
});

test('file systems have borders', () => {
  const fs = machine().filesystem;
  fs.open(ROOT, '/', '/tmp/f', { write: true, create: true }).release();
  assert.throws(() => fs.link(ROOT, '/', '/tmp/f', '/dev/shm/f'), { code: 'EXDEV' });
  assert.throws(() => fs.rename(ROOT, '/', '/tmp/f', '/run/f'), { code: 'EXDEV' });
  assert.throws(() => fs.rmdir(ROOT, '/', '/dev/shm'), { code: 'EBUSY' });
  assert.throws(() => fs.rmdir(ROOT, '/', '/proc'), { code: 'EBUSY' });
  assert.throws(() => fs.open(ROOT, '/', '/proc/x', { write: true, create: true }), { code: 'EPERM' });
  assert.notEqual(fs.stat(ROOT, '/', '/dev/null').device, fs.stat(ROOT, '/', '/etc').device);
});
