// The many spellings of one address: what inet_aton and URL parsers take for it, and where it hides in encoded text.

/** Dotted quad of an IPv4 address in 1 to 4 parts, each decimal, octal (0…) or hexadecimal (0x…), as inet_aton(3) reads them. */
export function inetAton(text: string): string | undefined {
  const parts = text.split('.');
  if (parts.length > 4) return undefined;
  const numbers = parts.map((part) =>
    /^0x[0-9a-f]{1,16}$/i.test(part)
      ? Number.parseInt(part.slice(2), 16)
      : /^0[0-7]{0,20}$/.test(part)
        ? Number.parseInt(part, 8)
        : /^[1-9]\d{0,14}$/.test(part)
          ? Number(part)
          : Number.NaN,
  );
  const last = numbers.pop()!;
  if (numbers.some((number) => !(number <= 255)) || !(last < 256 ** (4 - numbers.length))) return undefined;
  const value = numbers.reduce((sum, number, index) => sum + number * 256 ** (3 - index), last);
  return [24, 16, 8, 0].map((bits) => Math.floor(value / 2 ** bits) % 256).join('.');
}

/** One spelling for all of an address: IPv4 dotted (IPv4-mapped and -compatible IPv6 too), IPv6 in eight groups without leading zeros. */
export function canonicalAddress(address: string): string {
  const text = address.toLowerCase().replace(/%.*$/, '');
  if (!text.includes(':')) return text;
  const dotted = /^(.*:)(\d{1,3}(?:\.\d{1,3}){3})$/.exec(text);
  const quad = dotted?.[2]?.split('.').map(Number);
  const whole = quad
    ? `${dotted![1]}${((quad[0]! << 8) | quad[1]!).toString(16)}:${((quad[2]! << 8) | quad[3]!).toString(16)}`
    : text;
  const [head = '', tail] = whole.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: gap }, () => '0'), ...right].map((group) =>
    group.replace(/^0+(?=.)/, ''),
  );
  const mapped = groups.slice(0, 5).every((group) => group === '0') && (groups[5] === 'ffff' || groups[5] === '0');
  const low = [groups[6], groups[7]].map((group) => Number.parseInt(group ?? '', 16));
  return mapped && groups.length === 8 && (groups[5] === 'ffff' || low[0]! > 0)
    ? `${low[0]! >> 8}.${low[0]! & 255}.${low[1]! >> 8}.${low[1]! & 255}`
    : groups.join(':');
}

/** Numbers that may be an address written unusually: one whole number, or dotted parts of which one is octal or hexadecimal, or fewer than four. */
export const UNUSUAL =
  /(?<![\w.])(?:0x[0-9a-f]{1,8}|0[0-7]{9,12}|[1-9]\d{7,9}|(?:0x[0-9a-f]{1,8}|\d{1,11})(?:\.(?:0x[0-9a-f]{1,8}|\d{1,11})){1,3})(?![\w]|\.\w)/gi;

/** A part of a text that is encoded, and what it says. */
export interface Layer {
  from: number;
  to: number;
  text: string;
}

/** Characters of an encoded run that are looked at. */
const LONGEST = 65_536;
const RUNS: [RegExp, (run: string) => string | undefined][] = [
  [/[A-Za-z0-9+/_-]{10,}={0,2}/g, base64],
  [/(?:\\x[0-9a-f]{2}){4,}/gi, (run) => bytes(run.match(/[0-9a-f]{2}/gi)!, 16)],
  [/(?:\\0?[0-3][0-7]{2}){4,}/g, (run) => bytes(run.match(/[0-3][0-7]{2}(?=\\|$)/g) ?? [], 8)],
  [/(?:%[0-9a-f]{2}|[\w.~-]){4,}/gi, percent],
  [/(?:&#x?[0-9a-f]{1,6};?|[\d.:a-f]){4,}/gi, entity],
  [/(?:[0-9a-f]{2}){7,}/gi, (run) => bytes(run.match(/../g)!, 16)],
];

/** Every part of a text that can be read as base64, `\xHH`, `\OOO`, `%HH`, `&#N;` or hexadecimal and then is printable. */
export function layers(text: string): Layer[] {
  return RUNS.flatMap(([pattern, decode]) =>
    [...text.matchAll(pattern)].flatMap(({ 0: run, index }) => {
      const decoded = run.length > LONGEST ? decode(run.slice(0, LONGEST)) : decode(run);
      return decoded === undefined || decoded === run ? [] : [{ from: index, to: index + run.length, text: decoded }];
    }),
  );
}

const printable = (text: string): string | undefined => {
  const kept = text.replaceAll('\0', '');
  return kept.length >= 7 && (kept.match(/[\t\n\r\x20-\x7e]/g)?.length ?? 0) >= kept.length * 0.9 ? kept : undefined;
};

function base64(run: string): string | undefined {
  // A word before it may have joined the run: the four ways to begin are tried.
  const plain = run.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  for (let skip = 0; skip < 4; skip++) {
    const text = printable(Buffer.from(plain.slice(skip), 'base64').toString('latin1'));
    if (text !== undefined) return text;
  }
  return undefined;
}

const bytes = (found: readonly string[], radix: number): string | undefined =>
  printable(found.map((pair) => String.fromCharCode(Number.parseInt(pair, radix))).join(''));

function percent(run: string): string | undefined {
  if (!/%[0-9a-f]{2}/i.test(run)) return undefined;
  return run.replace(/%([0-9a-f]{2})/gi, (_, pair: string) => String.fromCharCode(Number.parseInt(pair, 16)));
}

function entity(run: string): string | undefined {
  if (!run.includes('&#')) return undefined;
  return run.replace(/&#(x?)([0-9a-f]{1,6});?/gi, (_, x: string, digits: string) => {
    const code = Number.parseInt(digits, x ? 16 : 10);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
}
