// What reaches the terminal of whoever watches a recording, and what never does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Harmless } from './harmless.ts';

const pass = (text: string, crlf = false) => new Harmless({ crlf }).write(Buffer.from(text));

test('text, colours and movement pass as they are', () => {
  for (const text of [
    'plain\r\n\ttext\b \b',
    '観察 é e\u0301 😀 ○',
    '\x1b[0;1;31mred\x1b[m \x1b[38;5;208mx\x1b[48;2;1;2;3my\x1b[4:3mz',
    '\x1b[38;5;8mgrey, not concealed',
    '\x1b[2J\x1b[H\x1b[5;10H\x1b[K\x1b[1A\x1b[2B\x1b[3C\x1b[4D',
    '\x1b[4hinsert\x1b[4l\x1b[1D\x1b[1P',
    '\x1b[?25l\x1b[?25h\x1b[?7l\x1b[?1049h\x1b[?1049l',
    '\x1b7\x1b8\x1bD\x1bM\x1bE\x1b[s\x1b[u',
    '\x1b[1;24r\x1b[2S\x1b[2T\x1b[3L\x1b[3M\x1b[3X\x1b[3@',
    '\x1b(0lqqk\x1b(B',
  ])
    assert.equal(pass(text), text, JSON.stringify(text));
});

test('what acts on a terminal, or asks it, is kept back; the text around it stays', () => {
  for (const evil of [
    '\x1b]0;title\x07',
    '\x1b]2;title\x1b\\',
    '\x1b]52;c;ZXZpbA==\x07',
    '\x1b]4;1;#ff0000\x1b\\',
    '\x1b]10;?\x07',
    '\x1b]8;;http://evil.example/\x1b\\',
    '\x1b]1337;File=inline=1:AAAA\x07',
    '\x1b]777;notify;a;b\x07',
    '\x1bP$qm\x1b\\',
    '\x1bP1;1|17/ab\x1b\\',
    '\x1b_Gf=100;AAAA\x1b\\',
    '\x1b^private\x1b\\',
    '\x1bXstring\x1b\\',
    '\x1bktitle\x1b\\',
    '\x1b[c',
    '\x1b[>c',
    '\x1b[=c',
    '\x1b[5n',
    '\x1b[6n',
    '\x1b[?6n',
    '\x1b[21t',
    '\x1b[3;0;0t',
    '\x1b[18t',
    '\x1b[3J',
    '\x1b[?2J',
    '\x1b[?1000h',
    '\x1b[?1006h',
    '\x1b[?2004h',
    '\x1b[?1h',
    '\x1b[?1004h',
    '\x1b[20h',
    '\x1b[2h',
    '\x1b[8m',
    '\x1b[5m',
    '\x1b[08m',
    '\x1b[>4;1m',
    '\x1b[>1u',
    '\x1b[?u',
    '\x1b[!p',
    '\x1b[0 q',
    '\x1b[1;2s',
    '\x1b["p',
    '\x1b[1$r',
    '\x1b[999999999b',
    '\x1b[1;2;3;4;5T',
    '\x1b[5i',
    '\x1b[?5i',
    '\x1bc',
    '\x1b=',
    '\x1b>',
    '\x1bZ',
    '\x1bN',
    '\x1b#8',
    '\x1b%G',
    '\x1b(A',
    '\x1b)0',
    '\x07',
    '\x05',
    '\x0e',
    '\x0f',
    '\x00',
    '\x7f',
    '\u009b31m'.slice(0, 1),
    '\u009d52;c;x\u009c'.slice(0, 1),
    '\u202e',
    '\u200b',
    '\u2066',
    '\ufeff',
    '\u{e0041}',
    '\u00ad',
  ])
    assert.equal(pass(`a${evil}b`), 'ab', JSON.stringify(evil));
});

test('numbers are bounded, mixed sequences keep their harmless part', () => {
  assert.equal(pass('\x1b[99999999A'), '\x1b[9999A');
  assert.equal(pass('\x1b[1;8;31m'), '\x1b[1;31m');
  assert.equal(pass('\x1b[?25;1000;7h'), '\x1b[?25;7h');
  assert.equal(pass('a\u00a0b\ue000c'), 'a b\ufffdc');
  assert.equal(pass('\x1b[31\x0a41mx'), '\n41mx', 'a control breaks a sequence off');
  assert.equal(pass('\x1b[31\x18x'), 'x');
  assert.equal(pass('\x1b]0;a\x1b[31mx'), '\x1b[31mx', 'another escape breaks a string off');
  assert.equal(pass(`\x1b[${'1;'.repeat(500)}mx`), 'x');
});

test('a string that never ends hides no more than 4,096 characters', () => {
  const out = pass(`\x1b]0;${'x'.repeat(10_000)}`);
  assert.ok(out.length > 5000 && out.length < 6000, String(out.length));
});

test('bytes that are no UTF-8 are shown as such, and never as C1 controls', () => {
  assert.equal(
    new Harmless().write(Buffer.from('a\x9b31mb\x9d52;c;x\x9cc', 'latin1')),
    'a\ufffd31mb\ufffd52;c;x\ufffdc',
  );
});

test('split anywhere, the outcome is the same', () => {
  const text = 'é観\x1b[1;31mx\x1b]0;t\x1b\\y\x1b[?1000h\x1b(0q\x1b(B😀\x1b7\r\n';
  const bytes = Buffer.from(text);
  const whole = pass(text, true);
  for (let at = 0; at <= bytes.length; at++) {
    const filter = new Harmless({ crlf: true });
    assert.equal(filter.write(bytes.subarray(0, at)) + filter.write(bytes.subarray(at)), whole);
  }
  const filter = new Harmless({ crlf: true });
  assert.equal([...bytes].map((byte) => filter.write(Uint8Array.of(byte))).join(''), whole);
});

test('line feeds become CR LF where they are asked to', () => {
  assert.equal(pass('a\nb\r\nc\r\x1b[m\nd\n\ne', true), 'a\r\nb\r\nc\r\x1b[m\nd\r\n\r\ne');
});

test('of random bytes nothing gets through but what the lists above allow', () => {
  let seed = 4711;
  const roll = (n: number) => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return (seed >> 8) % n;
  };
  const pieces = [
    '\x1b',
    '[',
    ']',
    'P',
    '?',
    ';',
    '1',
    '8',
    '25',
    'h',
    'm',
    'J',
    't',
    'n',
    '\x07',
    '\\',
    '\x9b',
    '\x9d',
    'x',
    '\n',
    '\r',
    '(',
    '0',
    '_',
    '\x18',
  ];
  for (let round = 0; round < 3000; round++) {
    const bytes = Buffer.from(Array.from({ length: 40 }, () => pieces[roll(pieces.length)]!).join(''), 'latin1');
    const out = new Harmless().write(bytes);
    const left = out.replace(
      /\x1b(?:\[(?:\?(?:6|7|25|47|104[789])(?:;(?:6|7|25|47|104[789]))*[hl]|4(?:;4)*[hl]|[\d;:]*m|[\d;]*[@A-HJ-MPSTXZ`adefr]|[su])|[78DEM]|\([0B])/g,
      '',
    );
    assert.match(left, /^[\t\n\r\b\x20-\x7e\u00a0-\uffff]*$/, JSON.stringify(bytes.toString('latin1')));
    assert.ok(!/\x1b\[(?:[^m]*;)?0*3J/.test(out) && !/\x1b\[0*8m/.test(out));
  }
});
