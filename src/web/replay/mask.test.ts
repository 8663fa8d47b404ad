// Addresses that a terminal echoes digit by digit are hidden in every piece, and nothing moves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskPieces } from '../../event/mask.ts';
import { maskCast } from './mask.ts';

test('in pieces, across colours and backspaces, in both families; versions and times stay', () => {
  for (const [pieces, masked] of [
    [
      ['ping 192.0.', '2.7', '7\r\n'],
      ['ping ○○○.○.', '○.○', '○\r\n'],
    ],
    [[...'1.2.3.4'], [...'○.○.○.○']],
    [['198.51.\x1b[31m100.9\x1b[m ok'], ['○○○.○○.\x1b[31m○○○.○\x1b[m ok']],
    [['192.0.2.1\b5'], ['○○○.○.○.○\b○']],
    [
      ['fe80::1', ' 12:30:45'],
      ['○○○○::○', ' 12:30:45'],
    ],
    [['OpenSSH_9.2 1.2.3.4.5'], ['OpenSSH_9.2 1.2.3.4.5']],
    [
      ['host ', 'trap', '-one.', 'example'],
      ['host ', '○○○○', '-○○○.', '○○○○○○○'],
    ],
    [[], []],
    [[''], ['']],
  ] as [string[], string[]][]) {
    const found = maskPieces(pieces, ['trap-one.example']);
    assert.deepEqual(found, masked);
    assert.deepEqual(
      found.map(({ length }) => length),
      pieces.map(({ length }) => length),
    );
  }
});

test('each stream of a cast on its own', () => {
  assert.deepEqual(
    maskCast(
      [
        [0, 'o', '192.0.'],
        [1, 'i', '2.7'],
        [2, 'o', '2.7'],
        [3, 'm', 'ping 192.0.2.7'],
        [4, 'r', '80x24'],
      ],
      [],
    ),
    [
      [0, 'o', '○○○.○.'],
      [1, 'i', '2.7'],
      [2, 'o', '○.○'],
      [3, 'm', 'ping ○○○.○.○.○'],
      [4, 'r', '80x24'],
    ],
  );
});
