// A table of headers: the specification's own, what haproxy and others send, and what must be refused; each whole and byte by byte.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyError, type ProxyHeader, ProxyReader } from './proxy-protocol.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const v2 = (rest: string) => hex(SIGNATURE + rest);
const line = (text: string) => Buffer.from(`${text}\r\n`, 'latin1');

const v6 = '20010db8000000000000000000000001 20010db8000000000000000000000002';
const client4 = { from: { address: '192.0.2.7', port: 56324 }, to: { address: '198.51.100.9', port: 22 } };
const client6 = { from: { address: '2001:db8::1', port: 56324 }, to: { address: '2001:db8::2', port: 22 } };
const addresses4 = 'c0000207 c6336409 dc04 0016';

/** The client that the header names, or nothing for LOCAL and its kin. */
const GOOD: [name: string, bytes: Buffer, client: ProxyHeader['client'], tlvs?: [number, string][]][] = [
  ['v1 TCP4', line('PROXY TCP4 192.0.2.7 198.51.100.9 56324 22'), client4],
  ['v1 TCP6', line('PROXY TCP6 2001:db8::1 2001:db8::2 56324 22'), client6],
  ['v1 TCP6 written in full', line('PROXY TCP6 2001:0DB8:0:0:0:0:0:1 2001:db8:0::2 56324 22'), client6],
  [
    'v1 TCP6, mapped IPv4',
    line('PROXY TCP6 ::ffff:192.0.2.7 ::ffff:c633:6409 56324 22'),
    { from: { address: '::ffff:c000:207', port: 56324 }, to: { address: '::ffff:c633:6409', port: 22 } },
  ],
  ['v1 UNKNOWN', line('PROXY UNKNOWN'), undefined],
  [
    'v1 UNKNOWN with addresses',
    line(`PROXY UNKNOWN ${'ffff:'.repeat(7)}ffff ${'ffff:'.repeat(7)}ffff 65535 65535`),
    undefined,
  ],
  [
    'v1, port 0 and 65535',
    line('PROXY TCP4 255.255.255.255 255.255.255.255 65535 0'),
    { from: { address: '255.255.255.255', port: 65535 }, to: { address: '255.255.255.255', port: 0 } },
  ],
  ['v2 TCP over IPv4', v2(`21 11 000c ${addresses4}`), client4],
  ['v2 TCP over IPv6', v2(`21 21 0024 ${v6} dc04 0016`), client6],
  ['v2 LOCAL', v2('20 00 0000'), undefined],
  ['v2 LOCAL with something to skip', v2(`20 11 000c ${addresses4}`), undefined],
  ['v2 LOCAL with anything to skip', v2('20 00 0003 ffffff'), undefined],
  ['v2 PROXY of an unsaid family', v2('21 00 0000'), undefined],
  ['v2 UDP over IPv4', v2(`21 12 000c ${addresses4}`), undefined],
  ['v2 Unix', v2(`21 31 00d8 ${'00'.repeat(216)}`), undefined],
  [
    'v2 with TLVs',
    v2(`21 11 001b ${addresses4} 02 0003 613a62 04 0001 00 ea 0002 abcd`),
    client4,
    [
      [2, '613a62'],
      [0xea, 'abcd'],
    ],
  ],
  // CRC32C of the header with zeros in its place, made with an independent implementation.
  ['v2 with a checksum', v2(`21 11 0013 ${addresses4} 03 0004 3dc921ab`), client4],
];

const BAD: [name: string, bytes: Buffer][] = [
  ['an SSH client', Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n')],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['lower case', line('proxy TCP4 192.0.2.7 198.51.100.9 56324 22')],
  ['two blanks', line('PROXY  TCP4 192.0.2.7 198.51.100.9 56324 22')],
  ['a blank at the end', line('PROXY TCP4 192.0.2.7 198.51.100.9 56324 22 ')],
  ['no ports', line('PROXY TCP4 192.0.2.7 198.51.100.9')],
  ['an address of the other family', line('PROXY TCP4 2001:db8::1 2001:db8::2 56324 22')],
  ['IPv4 in TCP6', line('PROXY TCP6 192.0.2.7 198.51.100.9 56324 22')],
  ['a zone', line('PROXY TCP6 fe80::1%eth0 fe80::2 56324 22')],
  ['leading zeros in the address', line('PROXY TCP4 192.000.002.007 198.51.100.9 56324 22')],
  ['leading zeros in the port', line('PROXY TCP4 192.0.2.7 198.51.100.9 056324 22')],
  ['a port too large', line('PROXY TCP4 192.0.2.7 198.51.100.9 65536 22')],
  ['a negative port', line('PROXY TCP4 192.0.2.7 198.51.100.9 -1 22')],
  ['UDP', line('PROXY UDP4 192.0.2.7 198.51.100.9 56324 22')],
  ['UNKNOWN glued to something', line('PROXY UNKNOWNX')],
  ['a line without end', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(93)}`)],
  ['LF alone', Buffer.from(`PROXY TCP4 192.0.2.7 198.51.100.9 56324 22\n${'x'.repeat(107)}`)],
  ['v2 of version 1', v2(`11 11 000c ${addresses4}`)],
  ['v2 of version 3', v2(`31 11 000c ${addresses4}`)],
  ['v2, unknown command', v2(`22 11 000c ${addresses4}`)],
  ['v2, unknown family', v2(`21 41 000c ${addresses4}`)],
  ['v2, unknown transport', v2(`21 13 000c ${addresses4}`)],
  ['v2, addresses too short', v2('21 11 0004 c0000207')],
  ['v2, IPv6 as long as IPv4', v2(`21 21 000c ${addresses4}`)],
  ['v2, TLV cut short', v2(`21 11 000e ${addresses4} 02 00`)],
  ['v2, TLV beyond the end', v2(`21 11 0010 ${addresses4} 02 0002 61`)],
  ['v2, bad checksum', v2(`21 11 0013 ${addresses4} 03 0004 3dc921ac`)],
  ['v2, checksum of two bytes', v2(`21 11 0011 ${addresses4} 03 0002 0000`)],
  ['a damaged signature', hex('0d0a0d0a000d0a515549540b 21 11 000c')],
];

for (const [name, bytes, client, tlvs = []] of GOOD)
  for (const rest of ['', 'SSH-2.0-x\r\n'])
    for (const step of [bytes.length + rest.length, 1])
      test(`${name}${rest && ', then the client'}${step === 1 ? ', byte by byte' : ''}`, () => {
        const reader = new ProxyReader();
        const all = Buffer.concat([bytes, Buffer.from(rest)]);
        for (let at = 0; at < all.length; at += step) {
          const result = reader.take(all.subarray(at, at + step));
          if (!result) continue;
          assert.equal(at + step - result.rest.length, bytes.length, 'where the header ends');
          assert.deepEqual(result.header.client, client);
          assert.deepEqual(
            result.header.extensions.map(({ type, value }) => [type, value.toString('hex')]),
            tlvs,
          );
          assert.equal(result.rest.toString(), rest.slice(0, result.rest.length));
          return;
        }
        assert.fail('no header found');
      });

for (const [name, bytes] of BAD)
  for (const step of [bytes.length, 1])
    test(`refused: ${name}${step === 1 ? ', byte by byte' : ''}`, () => {
      assert.throws(() => {
        const reader = new ProxyReader();
        for (let at = 0; at < bytes.length; at += step) if (reader.take(bytes.subarray(at, at + step))) return;
      }, ProxyError);
    });

test('whatever is changed in a header, it is taken or refused', () => {
  let seed = 1;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed % below;
  };
  for (let round = 0; round < 20_000; round++) {
    const bytes = Buffer.from(GOOD[random(GOOD.length)]![1]);
    for (let changes = random(4); changes >= 0; changes--) bytes[random(bytes.length)] = random(256);
    const reader = new ProxyReader();
    try {
      for (let at = 0; at < bytes.length; at += 40) if (reader.take(bytes.subarray(at, at + 40))) break;
    } catch (error) {
      assert.ok(error instanceof ProxyError, String(error));
    }
  }
});

test('a header of 64 KiB is taken', () => {
  const body = Buffer.concat([hex(addresses4), Buffer.of(0xe0, 0xff, 0xf0), Buffer.alloc(0xfff0)]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length);
  const result = new ProxyReader().take(Buffer.concat([v2('2111'), length, body]));
  assert.equal(result?.header.extensions[0]?.value.length, 0xfff0);
});
