import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskText } from './mask.ts';

test('an IPv6 address is hidden with a port behind it, and what is none stays', () => {
  for (const [text, masked] of [
    ['New connection: 2001:db8:7::66:40003 (x)', 'New connection: ○○○○:○○○○:○○○○:○○○○:40003 (x)'],
    ['2001:db8:1:2:3:4:5:6:40000', '○○○○:○○○○:○○○○:○○○○:40000'],
    ['[2001:db8::1]:22', '[○○○○:○○○○:○○○○:○○○○]:22'],
    ['12:30:45:12345', '12:30:45:12345'],
    ['a::b::c', 'a::b::c'],
  ] as const)
    assert.equal(maskText(text, { style: 'circles' }), masked);
});
