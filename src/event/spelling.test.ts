// Spellings of addresses as inet_aton(3) and RFC 4291 have them, and what encoded text says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalAddress, inetAton, layers } from './spelling.ts';

test('inet_aton: one to four parts, decimal, octal, hexadecimal', () => {
  for (const [text, address] of [
    ['3221225991', '192.0.2.7'],
    ['0xC0000207', '192.0.2.7'],
    ['030000001007', '192.0.2.7'],
    ['0300.0.2.7', '192.0.2.7'],
    ['192.519', '192.0.2.7'],
    ['192.0.519', '192.0.2.7'],
    ['127.1', '127.0.0.1'],
    ['4294967296', undefined],
    ['256.1', undefined],
    ['1.2.3.256', undefined],
    ['08.1', undefined],
    ['1.2.3.4.5', undefined],
    ['', undefined],
  ] as const)
    assert.equal(inetAton(text), address, text);
});

test('one spelling for each address', () => {
  for (const [text, address] of [
    ['::FFFF:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
    ['::192.0.2.7', '192.0.2.7'],
    ['2001:0DB8::7', '2001:db8:0:0:0:0:0:7'],
    ['2001:db8:0:0:0:0:0:7', '2001:db8:0:0:0:0:0:7'],
    ['fe80::1%eth0', 'fe80:0:0:0:0:0:0:1'],
    ['::1', '0:0:0:0:0:0:0:1'],
    ['192.0.2.7', '192.0.2.7'],
  ] as const)
    assert.equal(canonicalAddress(text), address, text);
});

test('encoded text is read where it is printable', () => {
  const said = (text: string) => layers(text).map((layer) => layer.text);
  assert.deepEqual(said('echo Y3VybCAxOTIuMC4yLjc= | base64 -d'), ['curl 192.0.2.7']);
  assert.deepEqual(said(String.raw`\x63\x75\x72\x6c\x20\x78\x79`), ['curl xy']);
  assert.deepEqual(said('a8460f446be540410004b1a8db4083773fa46f7fe76fa84219c93daa1669f8f2'), []);
  assert.deepEqual(said('/bin/busybox'), []);
});
