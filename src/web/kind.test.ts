// Kinds of files by their first bytes; what file(1) says of the same bytes agrees.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { bzip2Header, elfHeader, tarHeader } from '../../test/web/samples.ts';
import { type FileKind, kindOf, LOOK } from './kind.ts';

const CASES: [bytes: Buffer | string, kind: FileKind, detail: string | undefined, file: RegExp][] = [
  ['', 'empty', undefined, /empty/],
  [elfHeader(62, 2, 1), 'program', 'ELF 64-bit x86-64', /ELF 64-bit LSB.*x86-64/],
  [elfHeader(8, 1, 2), 'program', 'ELF 32-bit MIPS, big-endian', /ELF 32-bit MSB.*MIPS/],
  [elfHeader(40, 1, 1), 'program', 'ELF 32-bit ARM', /ELF 32-bit LSB.*ARM/],
  [elfHeader(183, 2, 1), 'program', 'ELF 64-bit AArch64', /ELF 64-bit LSB.*aarch64/],
  [elfHeader(9999, 1, 1), 'program', 'ELF 32-bit machine 9999', /ELF 32-bit LSB/],
  ['\x7fELF', 'program', 'ELF', /ELF/],
  ['#!/bin/sh\ncd /tmp\n', 'script', '/bin/sh', /shell script/],
  ['#! /usr/bin/env python3\n', 'script', '/usr/bin/env python3', /Python script/],
  ['<?php system($_GET["c"]);', 'script', 'PHP', /PHP script/],
  [gzipSync('x'), 'archive', 'gzip', /gzip/],
  [zstdCompressSync('x'), 'archive', 'Zstandard', /Zstandard/i],
  [bzip2Header(), 'archive', 'bzip2', /bzip2/],
  [tarHeader(), 'archive', 'tar', /tar archive/],
  ['ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ mdrfckr\n', 'key', 'authorized_keys', /OpenSSH RSA public key/],
  ['-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n', 'key', 'PEM', /private key/],
  ['<!DOCTYPE html><script>alert(1)</script>', 'document', 'HTML', /HTML/],
  ['#!<script>alert(1)</script>', 'script', '<script>alert(1)</script>', /script|text/],
  ['root:x:0:0\n', 'text', undefined, /ASCII text/],
  ['観察記\n', 'text', undefined, /UTF-8/],
  [Buffer.from([1, 2, 3, 0, 255]), 'data', undefined, /data/],
  [Buffer.from([0xff, 0x20, 0x20, 0x20]), 'data', undefined, /./],
];

test('kinds of files', () => {
  for (const [bytes, kind, detail] of CASES)
    assert.deepEqual(kindOf(Buffer.from(bytes as string)), detail === undefined ? { kind } : { kind, detail });
  // A character that the look cuts in two is no sign of other data; one that ends too early is.
  const long = Buffer.from(`${'x'.repeat(LOOK - 1)}観`);
  assert.equal(kindOf(long.subarray(0, LOOK)).kind, 'text');
  assert.equal(kindOf(long.subarray(0, LOOK - 1)).kind, 'text');
  assert.equal(kindOf(long.subarray(LOOK - 20, LOOK)).kind, 'data');
});

test('file(1) agrees', { skip: existsSync('/usr/bin/file') ? false : '/usr/bin/file is not installed' }, () => {
  for (const [bytes, kind, detail, said] of CASES) {
    const { stdout } = spawnSync('/usr/bin/file', ['-b', '-'], {
      input: Buffer.from(bytes as string),
      timeout: 10_000,
    });
    assert.match(stdout.toString(), said, `${kind} ${detail}`);
  }
});
