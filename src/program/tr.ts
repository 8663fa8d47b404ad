// tr (GNU coreutils): translates, squeezes or deletes bytes.
import type { Bytes } from '../machine/machine.ts';
import { Input } from './input.ts';
import { gnu, type Invocation } from './program.ts';
import { quote } from './quote.ts';

export const names = ['tr'];

const every = Array.from({ length: 256 }, (_, i) => i);
const ascii = (test: RegExp) => every.filter((i) => i < 128 && test.test(String.fromCharCode(i)));
const CLASSES: Record<string, number[]> = {
  alnum: ascii(/[0-9A-Za-z]/),
  alpha: ascii(/[A-Za-z]/),
  blank: [9, 32],
  cntrl: ascii(/[\x00-\x1f\x7f]/),
  digit: ascii(/\d/),
  graph: ascii(/[!-~]/),
  lower: ascii(/[a-z]/),
  print: ascii(/[ -~]/),
  punct: ascii(/[!-/:-@[-`{-~]/),
  space: [9, 10, 11, 12, 13, 32],
  upper: ascii(/[A-Z]/),
  xdigit: ascii(/[0-9A-Fa-f]/),
};

interface SetOf {
  codes: number[];
  /** Where a `[:upper:]` or `[:lower:]` begins in `codes`. */
  cases: Map<number, 'upper' | 'lower'>;
  /** Where a `[x*]` may stretch the set. */
  stretch?: { at: number; code: number };
  classes: boolean;
}

export const main = gnu({
  short: '+cCdst',
  long: { complement: 'c', delete: 'd', 'squeeze-repeats': 's', 'truncate-set1': 't' },
  usage: '[OPTION]... SET1 [SET2]',
  async run(run) {
    const { operands } = run;
    const deleting = run.has('d');
    const squeezing = run.has('s');
    const translating = !deleting && (operands.length > 1 || !squeezing);
    if (operands.length === 0) return run.wrongUse('missing operand');
    const two = deleting === squeezing || (squeezing && operands.length > 1);
    const most = deleting && !squeezing ? 1 : 2;
    // BusyBox' then changes nothing.
    if (run.applet && operands.length === 1 && translating) {
      for (const input = new Input(run.process, 0); ; ) {
        const chunk = await input.read();
        if (chunk === '') return 0;
        await run.process.out(chunk);
      }
    }
    if (operands.length < 2 && two) {
      const why = squeezing
        ? 'Two strings must be given when both deleting and squeezing repeats.'
        : 'Two strings must be given when translating.';
      await run.process.err(`${run.name}: missing operand after ${quote(run.process, operands[0]!)}\n${why}\n`);
      return run.wrongUse();
    }
    if (operands.length > most) {
      const text = `extra operand ${quote(run.process, operands[most]!)}`;
      if (most === 1) {
        await run.process.err(
          `${run.name}: ${text}\nOnly one string may be given when deleting without squeezing repeats.\n`,
        );
        return run.wrongUse();
      }
      return run.wrongUse(text);
    }
    let first = parseSet(run, operands[0]!, false);
    if (run.has('c') || run.has('C')) {
      const kept = new Set(first.codes);
      first = { codes: every.filter((i) => !kept.has(i)), cases: new Map(), classes: false };
    }
    const second = operands[1] === undefined ? undefined : parseSet(run, operands[1], true, first.codes.length);
    const map = new Uint8Array(every);
    const drop = new Uint8Array(256);
    const squeeze = new Uint8Array(256);
    if (deleting) for (const code of first.codes) drop[code] = 1;
    for (const text of operands) {
      if (/(?:^|[^\\])(?:\\\\)*\\$/.test(text))
        await run.warn('warning: an unescaped backslash at end of string is not portable', 0);
      for (const [octal] of text.matchAll(/(?<=(?:^|[^\\])(?:\\\\)*)\\[4-7][0-7]{2}/g))
        await run.warn(
          `warning: the ambiguous octal escape ${octal} is being\n\tinterpreted as the 2-byte sequence \\0${octal.slice(1, 3)}, ${octal[3]}`,
          0,
        );
    }
    if (translating) translation(run, first, second!, map);
    if (squeezing) for (const code of (deleting || translating ? second! : first).codes) squeeze[code] = 1;
    const input = new Input(run.process, 0);
    let last = -1;
    for (let chunk: Bytes; (chunk = await input.read()) !== ''; ) {
      const bytes = Buffer.from(chunk, 'latin1');
      let length = 0;
      for (const byte of bytes) {
        if (drop[byte]) continue;
        const code = map[byte]!;
        if (squeeze[code] && code === last) continue;
        last = code;
        bytes[length++] = code;
      }
      if (length) await run.process.out(bytes.toString('latin1', 0, length));
    }
    return 0;
  },
});

function translation(run: Invocation, first: SetOf, second: SetOf, map: Uint8Array): void {
  for (const [at] of second.cases)
    if (!first.cases.has(at) && !run.has('c') && !run.has('C'))
      return run.fail('misaligned [:upper:] and/or [:lower:] construct');
  let to = second.codes;
  if (to.length === 0 && !run.has('t')) return run.fail('when not truncating set1, string2 must be non-empty');
  let from = first.codes;
  if (run.has('t')) from = from.slice(0, to.length);
  else if (from.length > to.length) to = [...to, ...new Array<number>(from.length - to.length).fill(to.at(-1)!)];
  for (const [i, code] of from.entries()) map[code] = to[i]!;
}

const ESCAPES: Record<string, number> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 };

/** Expands a set: escapes, ranges, `[:class:]`, `[=c=]`, `[c*n]`. `length` is what `[c*]` stretches the second set to. */
function parseSet(run: Invocation, text: Bytes, second: boolean, length = 0): SetOf {
  const set: SetOf = { codes: [], cases: new Map(), classes: false };
  const { codes } = set;
  let at = 0;
  const one = (): number => {
    if (text[at] !== '\\' || at + 1 >= text.length) return text.charCodeAt(at++);
    const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4))?.[0];
    if (octal) {
      let digits = octal;
      if (Number.parseInt(digits, 8) > 255) digits = digits.slice(0, 2);
      at += 1 + digits.length;
      return Number.parseInt(digits, 8);
    }
    const c = text[at + 1]!;
    at += 2;
    return ESCAPES[c] ?? c.charCodeAt(0);
  };
  while (at < text.length) {
    const named = /^\[:([^\]]*):\]/.exec(text.slice(at, at + 20));
    if (named) {
      const members = CLASSES[named[1]!];
      if (!members) return run.fail(`invalid character class ${quote(run.process, named[1]!)}`);
      if (named[1] === 'upper' || named[1] === 'lower') set.cases.set(codes.length, named[1]);
      else if (second && !run.has('d'))
        return run.fail(
          "when translating, the only character classes that may appear in\nstring2 are 'upper' and 'lower'",
        );
      codes.push(...members);
      at += named[0].length;
      continue;
    }
    const equivalent = /^\[=(\\?.)=\]/s.exec(text.slice(at, at + 8));
    if (equivalent) {
      at += 2;
      codes.push(one());
      at += 2;
      continue;
    }
    const repeated = /^\[(?:\\[0-7]{1,3}|\\.|.)\*(0?\d*)\]/s.exec(text.slice(at, at + 24));
    if (repeated && second) {
      const next = at + repeated[0].length;
      at++;
      const code = one();
      const count = repeated[1]!.startsWith('0') ? Number.parseInt(repeated[1]!, 8) : Number(repeated[1]);
      if (count > 0) for (let i = 0; i < Math.min(count, 256); i++) codes.push(code);
      else set.stretch = { at: codes.length, code };
      at = next;
      continue;
    }
    const code = one();
    if (text[at] === '-' && at + 1 < text.length) {
      at++;
      const high = one();
      if (high < code) {
        const show = (c: number) =>
          c < 32 || c > 126 ? `\\${c.toString(8).padStart(3, '0')}` : String.fromCharCode(c);
        return run.fail(`range-endpoints of '${show(code)}-${show(high)}' are in reverse collating sequence order`);
      }
      for (let i = code; i <= high; i++) codes.push(i);
    } else codes.push(code);
  }
  if (set.stretch) {
    const missing = Math.max(0, length - codes.length);
    codes.splice(set.stretch.at, 0, ...new Array<number>(missing).fill(set.stretch.code));
  }
  return set;
}
