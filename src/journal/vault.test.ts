import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Vault } from './vault.ts';

const sha = (text: string) => createHash('sha256').update(text).digest('hex');
const limits = { artefactBytes: 1000, totalBytes: 3000, diskReserve: 0 };

test('keeps content once, by its hash, not executable', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vault-'));
  writeFileSync(join(directory, 'tmp-left'), 'x');
  const vault = new Vault(directory, limits);
  const keep = (...chunks: string[]) => {
    const deposit = vault.deposit();
    for (const chunk of chunks) deposit.write(Buffer.from(chunk));
    return deposit.finish();
  };
  const first = keep('#!/bin/', 'sh\n');
  assert.deepEqual(first, {
    shasum: sha('#!/bin/sh\n'),
    outfile: join(directory, sha('#!/bin/sh\n')),
    bytes: 10,
    duplicate: false,
    truncated: false,
    stored: true,
  });
  assert.equal(statSync(first.outfile).mode & 0o777, 0o600);
  assert.equal(keep('#!/bin/sh\n').duplicate, true);
  assert.equal(keep().shasum, sha(''));
  const long = keep('a'.repeat(600), 'a'.repeat(600));
  assert.deepEqual([long.truncated, long.bytes, long.shasum], [true, 1000, sha('a'.repeat(1000))]);
  assert.equal(readFileSync(long.outfile).length, 1000);
  assert.equal(vault.bytes, 1010);
  keep('b'.repeat(1000));
  const full = keep('c'.repeat(1000));
  assert.deepEqual([full.stored, full.shasum], [false, sha('c'.repeat(1000))]);
  vault.deposit().abort();
  assert.equal(readdirSync(directory).filter((name) => name.startsWith('tmp-')).length, 0);
  assert.equal(new Vault(directory, limits).bytes, 2010);
  rmSync(directory, { recursive: true });
});

test('below the disk reserve only hashes', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vault-'));
  const vault = new Vault(directory, { ...limits, diskReserve: 100, freeBytes: () => 99 });
  const deposit = vault.deposit();
  deposit.write(Buffer.from('x'));
  const kept = deposit.finish();
  assert.deepEqual([kept.stored, kept.shasum], [false, sha('x')]);
  assert.deepEqual(readdirSync(directory), []);
  rmSync(directory, { recursive: true });
});
