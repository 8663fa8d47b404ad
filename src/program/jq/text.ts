// Reading and writing JSON as jq 1.6 does: its number format, colours, indentation and its words for what is no JSON.
import type { Json } from './parse.ts';

/** Arrays and objects inside of each other. */
const DEEPEST = 256;

/** What is no JSON; the place is in it, as jq tells it. */
export class JsonError extends Error {}

/** A stream of JSON texts. */
export class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text.replace(/^\ufeff/, '');
  }

  /** Line breaks that have been read: what errors tell as the line. */
  get line(): number {
    return this.#text.slice(0, this.#at).split('\n').length - 1;
  }

  #fail(message: string, at = this.#at): never {
    const before = this.#text.slice(0, at);
    const lines = before.split('\n');
    throw new JsonError(`${message} at line ${lines.length}, column ${lines.at(-1)!.length}`);
  }

  #space(): void {
    while (this.#at < this.#text.length && /\s/.test(this.#text[this.#at]!)) this.#at++;
  }

  /** The next value; undefined at the end. */
  next(): Json | undefined {
    this.#space();
    if (this.#at >= this.#text.length) return undefined;
    const value = this.#value(0);
    const end = /[ \t\r]*\n?/y;
    end.lastIndex = this.#at;
    this.#at += end.exec(this.#text)![0].length;
    return value;
  }

  /** Where a token that begins here has been read whole: jq complains when the character behind it comes. */
  #token(at: number): number {
    const word = /"(?:[^"\\]|\\.)*"|[^\s:,"{}[\]]+/y;
    word.lastIndex = at;
    const length = word.exec(this.#text)?.[0].length ?? 0;
    return at + length + (this.#text[at] === '"' ? 0 : 1);
  }

  #unfinished(what = 'JSON term'): never {
    const lines = this.#text.split('\n');
    throw new JsonError(`Unfinished ${what} at EOF at line ${lines.length}, column ${lines.at(-1)!.length}`);
  }

  #value(depth: number): Json {
    if (depth > DEEPEST) this.#fail('Exceeds depth limit for parsing');
    this.#space();
    const c = this.#text[this.#at];
    if (c === undefined) this.#unfinished();
    if (c === '"') return this.#string();
    if (c === '[') {
      this.#at++;
      const items: Json[] = [];
      this.#space();
      if (this.#text[this.#at] === ']') {
        this.#at++;
        return items;
      }
      for (;;) {
        items.push(this.#value(depth + 1));
        this.#space();
        const d = this.#text[this.#at++];
        if (d === ']') return items;
        if (d === undefined) this.#unfinished();
        if (d !== ',')
          this.#fail(
            d === ':'
              ? "':' not as part of an object"
              : d === '}'
                ? "Unmatched '}'"
                : 'Expected separator between values',
            this.#token(this.#at - 1),
          );
        this.#space();
        if (this.#text[this.#at] === ']') this.#fail('Expected another array element', this.#at + 1);
      }
    }
    if (c === '{') {
      this.#at++;
      const made: { [key: string]: Json } = Object.create(null) as { [key: string]: Json };
      this.#space();
      if (this.#text[this.#at] === '}') {
        this.#at++;
        return made;
      }
      for (;;) {
        this.#space();
        if (this.#text[this.#at] === undefined) this.#unfinished();
        if (this.#text[this.#at] !== '"') {
          const word = /[^\s:,"{}[\]]+/y;
          word.lastIndex = this.#at;
          const found = word.exec(this.#text)?.[0];
          if (found && !/^(?:true|false|null|nan|-?\d[\d.eE+-]*)$/.test(found))
            this.#fail('Invalid numeric literal', this.#at + found.length + 1);
          if (this.#text[this.#at] === '}') this.#fail('Expected another key-value pair', this.#at + 1);
          this.#fail('Object keys must be strings', this.#at + (found?.length ?? 0) + 1);
        }
        const key = this.#string();
        this.#space();
        if (this.#text[this.#at] === undefined) this.#unfinished();
        if (this.#text[this.#at] !== ':')
          this.#fail(
            this.#text[this.#at] === ',' || this.#text[this.#at] === '}'
              ? 'Objects must consist of key:value pairs'
              : 'Expected separator between values',
            this.#token(this.#at),
          );
        this.#at++;
        made[key] = this.#value(depth + 1);
        this.#space();
        const d = this.#text[this.#at++];
        if (d === '}') return made;
        if (d === undefined) this.#unfinished();
        if (d !== ',') this.#fail('Expected separator between values', this.#token(this.#at - 1));
      }
    }
    if (c === ']' || c === '}') this.#fail(`Unmatched '${c}'`, this.#at + 1);
    if (c === ',') this.#fail("Expected value before ','", this.#at + 1);
    const word = /[^\s:,"{}[\]]+/y;
    word.lastIndex = this.#at;
    const found = word.exec(this.#text)?.[0] ?? c;
    const end = this.#at + found.length;
    const known: Record<string, Json> = { true: true, false: false, null: null, nan: Number.NaN };
    if (Object.hasOwn(known, found)) {
      this.#at = end;
      return known[found]!;
    }
    if (/^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(found)) {
      this.#at = end;
      const n = Number(found);
      return Number.isFinite(n) ? n : Math.sign(n) * Number.MAX_VALUE;
    }
    if (end >= this.#text.length)
      throw new JsonError(
        `Invalid numeric literal at EOF at line ${this.#text.split('\n').length}, column ${this.#text.split('\n').at(-1)!.length}`,
      );
    const after = this.#text[end] === '\n' ? end + 1 : end + 1;
    return this.#fail(/^[tfn]/.test(found) ? 'Invalid literal' : 'Invalid numeric literal', after);
  }

  #string(): string {
    let result = '';
    for (let i = this.#at + 1; ; i++) {
      const c = this.#text[i];
      if (c === undefined) this.#unfinished('string');
      if (c === '"') {
        this.#at = i + 1;
        return result;
      }
      if (c !== '\\') {
        result += c;
        continue;
      }
      const e = this.#text[++i] ?? '';
      const simple = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }[e];
      if (simple !== undefined) result += simple;
      else if (e === 'u' && /^[0-9a-fA-F]{4}$/.test(this.#text.slice(i + 1, i + 5))) {
        result += String.fromCharCode(Number.parseInt(this.#text.slice(i + 1, i + 5), 16));
        i += 4;
      } else this.#fail('Invalid escape', i + 2);
    }
  }
}

/** A number in 17 digits at most. */
export function numberText(n: number): string {
  if (Number.isNaN(n)) return 'null';
  if (!Number.isFinite(n)) return n < 0 ? '-1.7976931348623157e+308' : '1.7976931348623157e+308';
  if (Object.is(n, -0)) return '-0';
  if (Number.isInteger(n) && Math.abs(n) < 1e17) return String(n);
  if (Math.abs(n) >= 1e17 || Math.abs(n) < 1e-5) {
    const [mantissa, exponent = ''] = n.toExponential().split('e');
    return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
  }
  const plain = String(n);
  if (!plain.includes('e') && Math.abs(n) >= 1e-4) return plain;
  const [mantissa, exponent = ''] = n.toExponential().split('e');
  return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

export interface Style {
  indent: string | undefined;
  sort: boolean;
  ascii: boolean;
  color: boolean;
}
export const COMPACT: Style = { indent: undefined, sort: false, ascii: false, color: false };

export function quote(text: string, ascii: boolean): string {
  const escaped = text.replace(
    /["\\\x00-\x1f\x7f]/g,
    (c) =>
      ({ '"': '\\"', '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r', '\b': '\\b', '\f': '\\f' })[c] ??
      `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  ); // biome-ignore lint/suspicious/noControlCharactersInRegex: what must be escaped
  return `"${ascii ? escaped.replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`) : escaped}"`;
}

const COLORS = {
  null: '1;30',
  false: '0;39',
  true: '0;39',
  number: '0;39',
  string: '0;32',
  array: '1;39',
  object: '1;39',
};
const KEY = '34;1';

export function write(value: Json, style: Style, level = 0): string {
  if (level > 2000) return '<skipped: too deep>';
  const kind =
    value === null
      ? 'null'
      : Array.isArray(value)
        ? 'array'
        : typeof value === 'object'
          ? 'object'
          : typeof value === 'boolean'
            ? (String(value) as 'true')
            : (typeof value as 'number');
  const color = style.color ? `\x1b[${COLORS[kind]}m` : '';
  const reset = style.color ? '\x1b[0m' : '';
  if (value === null || typeof value === 'boolean') return `${color}${value}${reset}`;
  if (typeof value === 'number') return `${color}${numberText(value)}${reset}`;
  if (typeof value === 'string') return `${color}${quote(value, style.ascii)}${reset}`;
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const keys = Array.isArray(value) ? [] : style.sort ? Object.keys(value).sort() : Object.keys(value);
  const count = Array.isArray(value) ? value.length : keys.length;
  if (count === 0) return style.color ? `${color}${open}${close}${Array.isArray(value) ? reset : reset}` : open + close;
  const line = style.indent === undefined ? '' : `\n${style.indent.repeat(level + 1)}`;
  const last = style.indent === undefined ? '' : `\n${style.indent.repeat(level)}`;
  if (Array.isArray(value)) {
    if (!style.color) return `[${line}${value.map((v) => write(v, style, level + 1)).join(`,${line}`)}${last}]`;
    return `${color}[${line}${value.map((v) => write(v, style, level + 1)).join(`${color},${line}`)}${color}${last}${color}]${reset}`;
  }
  const space = style.indent === undefined ? '' : ' ';
  if (!style.color)
    return `{${line}${keys.map((k) => `${quote(k, style.ascii)}:${space}${write(value[k]!, style, level + 1)}`).join(`,${line}`)}${last}}`;
  return `${color}{${line}${keys.map((k) => `${reset}\x1b[${KEY}m${quote(k, style.ascii)}${reset}${color}:${space}${reset}${write(value[k]!, style, level + 1)}`).join(`${color},${line}`)}${color}${last}${color}}${reset}`;
}
