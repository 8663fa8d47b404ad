import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publicReach } from './reach.ts';

const allowed =
  '1.1.1.1 8.8.8.8 52.94.76.1 172.32.0.1 100.128.0.1 2606:4700:4700::1111 2a00:1450:4001::1 ::ffff:8.8.8.8 64:ff9b::808:808';
const denied = `0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 168.63.129.16 169.254.169.254 172.16.0.1
  172.31.255.255 192.0.0.170 192.0.2.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255
  :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:169.254.169.254 0:0:0:0:0:ffff:a00:1 64:ff9b::10.0.0.1 64:ff9b:1::1 fe80::1 fe80::1%eth0 fec0::1
  fc00::1 fd00:ec2::254 ff02::1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 2002:a9fe:a9fe::1 2a00:1450::5efe:7f00:1 fe80::5efe:808:808 2a00:1450:0:0:200:5efe:10.0.0.1 ::ffff:0:127.0.0.1 2001:0:4136:e378:8000:63bf:3fff:fdd2 3fff::1 5f00::1 4000::1
  9.9.9.9 45.33.32.156 2600:3c01::f03c:91ff:fe18:bb2f localhost 1 0x7f000001 127.1 example.org`;

const reach = publicReach(['9.9.9.9', '2600:3c01::f03c:91ff:fe18:bb2f'], ['45.33.32.0/24']);

test('only the public internet is reached, and nothing of our own', () => {
  for (const address of allowed.split(' ')) assert.equal(reach.allows(address), true, address);
  for (const address of denied.split(/\s+/)) assert.equal(reach.allows(address), false, address);
});

test('a network that is none is named', () => {
  assert.throws(() => publicReach([], ['10.0.0.0/40']), /found "10\.0\.0\.0\/40"/);
  assert.throws(() => publicReach([], ['home']), /found "home"/);
});
