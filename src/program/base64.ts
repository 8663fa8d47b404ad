// base64 and base32 (GNU coreutils): encode and decode.
import type { Bytes } from '../machine/machine.ts';
import { forEachInput, type Input } from './input.ts';
import { parseInteger } from './number.ts';
import { calledAs, gnu, type Invocation } from './program.ts';
import { quote } from './quote.ts';

export const names = ['base64', 'base32'];

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export const main = gnu({
  short: 'diw:',
  long: { decode: 'd', 'ignore-garbage': 'i', 'wrap=': 'w' },
  usage: '[OPTION]... [FILE]',
  async run(run) {
    const extra = run.operands[1];
    if (extra !== undefined) return run.wrongUse(`extra operand ${quote(run.process, extra)}`);
    const text = run.value('w');
    const wrap = text === undefined ? 76 : parseInteger(text);
    if (wrap === undefined || wrap < 0) return run.fail(`invalid wrap size: ${quote(run.process, text!)}`);
    const thirtyTwo = calledAs(run.process) === 'base32';
    await forEachInput(run, run.operands, async (input) => {
      if (run.has('d')) await decode(run, input, thirtyTwo);
      else await encode(run, input, thirtyTwo, wrap);
    });
    return undefined;
  },
});

async function encode(run: Invocation, input: Input, thirtyTwo: boolean, wrap: number): Promise<void> {
  const group = thirtyTwo ? 5 : 3;
  let rest = '';
  let column = 0;
  const show = (bytes: Bytes) => {
    let text = thirtyTwo ? encode32(bytes) : Buffer.from(bytes, 'latin1').toString('base64');
    if (!wrap) {
      run.put(text);
      column = 1;
      return;
    }
    while (text !== '') {
      if (column === wrap) {
        run.put('\n');
        column = 0;
      }
      const part = text.slice(0, wrap - column);
      run.put(part);
      column += part.length;
      text = text.slice(part.length);
    }
  };
  for (let chunk: Bytes; (chunk = await input.read()) !== ''; ) {
    rest += chunk;
    const whole = rest.length - (rest.length % group);
    show(rest.slice(0, whole));
    rest = rest.slice(whole);
    await run.flush();
  }
  if (rest) show(rest);
  if (wrap && column > 0) run.put('\n');
}

function encode32(bytes: Bytes): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 5) {
    const part = bytes.slice(i, i + 5);
    let bits = 0n;
    for (let j = 0; j < 5; j++) bits = (bits << 8n) | BigInt(part.charCodeAt(j) || 0);
    const digits = Math.ceil((part.length * 8) / 5);
    for (let j = 0; j < 8; j++) text += j < digits ? BASE32[Number((bits >> BigInt(35 - 5 * j)) & 31n)] : '=';
  }
  return text;
}

async function decode(run: Invocation, input: Input, thirtyTwo: boolean): Promise<void> {
  const alphabet = thirtyTwo ? /[A-Z2-7]/ : /[A-Za-z0-9+/]/;
  const group = thirtyTwo ? 8 : 4;
  let rest = '';
  const invalid = async () => {
    await run.flush();
    run.fail('invalid input');
  };
  for (let chunk: Bytes; (chunk = await input.read()) !== ''; ) {
    let text = chunk.replaceAll('\n', '');
    if (run.has('i')) text = text.replace(thirtyTwo ? /[^A-Z2-7=]/g : /[^A-Za-z0-9+/=]/g, '');
    rest += text;
    const whole = rest.length - (rest.length % group);
    for (let i = 0; i < whole; ) {
      // Padding ends a group, not the input: what follows it is decoded on.
      const padding = rest.indexOf('=', i);
      const end = padding < 0 ? whole : Math.min(whole, padding - (padding % group) + group);
      const block = rest.slice(i, end);
      const clean = block.replace(/=+$/, '');
      const bad = [...clean].findIndex((c) => !alphabet.test(c));
      const good = bad < 0 ? clean : clean.slice(0, bad);
      run.put(thirtyTwo ? decode32(good) : Buffer.from(good, 'base64').toString('latin1'));
      if (bad >= 0 || block.length - clean.length > (thirtyTwo ? 6 : 2)) await invalid();
      i = end;
    }
    rest = rest.slice(whole);
    await run.flush();
  }
  if (rest) {
    const good = /^[A-Za-z0-9+/]*/.exec(rest)![0];
    run.put(thirtyTwo ? decode32(good) : Buffer.from(good, 'base64').toString('latin1'));
    await invalid();
  }
}

function decode32(text: string): Bytes {
  let bits = 0;
  let value = 0;
  let bytes = '';
  for (const c of text) {
    value = ((value << 5) | BASE32.indexOf(c)) & 0xfffff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes += String.fromCharCode((value >> bits) & 255);
    }
  }
  return bytes;
}
