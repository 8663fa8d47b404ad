// basenc (GNU coreutils): encodes and decodes in the base that an option names.
import type { Bytes } from '../machine/machine.ts';
import { forEachInput } from './input.ts';
import { parseInteger } from './number.ts';
import { gnu } from './program.ts';
import { quote } from './quote.ts';

export const names = ['basenc'];

const B32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const B32HEX = '0123456789ABCDEFGHIJKLMNOPQRSTUV';
const B64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** Alphabet, bits of a digit, digits of a padded group (1: no padding), highest bit first. */
const BASES: Record<string, { alphabet: string; bits: number; group: number; lowFirst?: boolean }> = {
  base64: { alphabet: B64, bits: 6, group: 4 },
  base64url: { alphabet: `${B64.slice(0, 62)}-_`, bits: 6, group: 4 },
  base32: { alphabet: B32, bits: 5, group: 8 },
  base32hex: { alphabet: B32HEX, bits: 5, group: 8 },
  base16: { alphabet: '0123456789ABCDEF', bits: 4, group: 2 },
  base2msbf: { alphabet: '01', bits: 1, group: 8 },
  base2lsbf: { alphabet: '01', bits: 1, group: 8, lowFirst: true },
};
const Z85 = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

export const main = gnu({
  short: 'diw:',
  long: {
    decode: 'd',
    'ignore-garbage': 'i',
    'wrap=': 'w',
    ...Object.fromEntries([...Object.keys(BASES), 'z85'].map((name) => [name, name])),
  },
  usage: '[OPTION]... [FILE]',
  async run(run) {
    const name = run.options.findLast(([key]) => key in BASES || key === 'z85')?.[0];
    if (name === undefined) return run.wrongUse('missing encoding type');
    const extra = run.operands[1];
    if (extra !== undefined) return run.wrongUse(`extra operand ${quote(run.process, extra)}`);
    const text = run.value('w');
    const wrap = text === undefined ? 76 : parseInteger(text);
    if (wrap === undefined || wrap < 0) return run.fail(`invalid wrap size: ${quote(run.process, text!)}`);
    await forEachInput(run, run.operands, async (input) => {
      let content = '';
      for (let chunk: Bytes; (chunk = await input.read()) !== '' && content.length < 16 << 20; ) content += chunk;
      if (run.has('d')) {
        const digits = content.replaceAll('\n', '');
        const decoded = name === 'z85' ? decode85(digits) : decode(digits, name, run.has('i'));
        run.put(decoded.bytes);
        if (!decoded.good) {
          await run.flush();
          run.fail('invalid input');
        }
        return;
      }
      if (name === 'z85' && content.length % 4)
        return run.fail('invalid input (length must be multiple of 4 characters)');
      const encoded = name === 'z85' ? encode85(content) : encode(content, name);
      for (let at = 0; at < encoded.length; at += wrap || encoded.length)
        run.put(encoded.slice(at, at + (wrap || encoded.length)) + (wrap ? '\n' : ''));
      const turn = run.process.step(content.length >> 4);
      if (turn) await turn;
    });
    return undefined;
  },
});

function encode(content: Bytes, name: string): string {
  const { alphabet, bits, group, lowFirst } = BASES[name]!;
  let out = '';
  let value = 0;
  let held = 0;
  for (const c of content) {
    let byte = c.charCodeAt(0);
    if (lowFirst) byte = reverse(byte);
    value = ((value << 8) | byte) & 0xffff;
    for (held += 8; held >= bits; held -= bits) out += alphabet[(value >> (held - bits)) & ((1 << bits) - 1)];
  }
  if (held > 0) out += alphabet[(value << (bits - held)) & ((1 << bits) - 1)];
  while (bits > 4 && out.length % group) out += '=';
  return out;
}

const reverse = (byte: number) => Number.parseInt([...byte.toString(2).padStart(8, '0')].reverse().join(''), 2);

function decode(text: Bytes, name: string, ignore: boolean): { bytes: Bytes; good: boolean } {
  const { alphabet, bits, group, lowFirst } = BASES[name]!;
  let bytes = '';
  let value = 0;
  let held = 0;
  let count = 0;
  for (const c of text.replace(/=+$/, '')) {
    const digit = alphabet.indexOf(bits === 4 ? c.toUpperCase() : c);
    if (digit < 0) {
      if (ignore) continue;
      return { bytes, good: false };
    }
    count++;
    value = ((value << bits) | digit) & 0xffff;
    held += bits;
    if (held >= 8) {
      held -= 8;
      const byte = (value >> held) & 255;
      bytes += String.fromCharCode(lowFirst ? reverse(byte) : byte);
    }
  }
  const padded = bits > 4 ? text.length % group === 0 || ignore : (count * bits) % 8 === 0;
  return { bytes, good: padded };
}

function encode85(content: Bytes): string {
  let out = '';
  for (let at = 0; at < content.length; at += 4) {
    let value = 0;
    for (let i = 0; i < 4; i++) value = value * 256 + content.charCodeAt(at + i);
    let digits = '';
    for (let i = 0; i < 5; i++) {
      digits = Z85[value % 85] + digits;
      value = Math.floor(value / 85);
    }
    out += digits;
  }
  return out;
}

function decode85(text: Bytes): { bytes: Bytes; good: boolean } {
  let bytes = '';
  for (let at = 0; at < text.length; at += 5) {
    let value = 0;
    for (let i = 0; i < 5; i++) {
      const digit = Z85.indexOf(text[at + i] ?? '\n');
      if (digit < 0) return { bytes, good: false };
      value = value * 85 + digit;
    }
    if (value > 0xffffffff) return { bytes, good: false };
    for (let shift = 24; shift >= 0; shift -= 8) bytes += String.fromCharCode((value / 2 ** shift) & 255);
  }
  return { bytes, good: true };
}
