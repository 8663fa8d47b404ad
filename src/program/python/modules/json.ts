// Python's json: reading, writing, and `python3 -m json.tool`.
import { exceptionClass, makeException, raise } from '../exceptions.ts';
import { floatText } from '../format.ts';
import { decodeAs } from '../strings.ts';
import {
  ByteString,
  Dict,
  isInt,
  List,
  type Module,
  type Named,
  type Python,
  Raised,
  type Steps,
  Tuple,
  typeName,
  type Value,
} from '../values.ts';
import { inside, library } from './module.ts';

export const decodeError = exceptionClass('JSONDecodeError', 'ValueError', 'json.decoder');

/** Arrays and objects inside of each other. */
const DEEPEST = 900;

class Fault extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Parses a whole document; a failure is CPython's JSONDecodeError. `key` names the library's levels, if it has any. */
export function* parseJson(python: Python, text: string, key?: string): Steps<Value> {
  let at = 0;
  let depth = 0;
  const space = () => {
    while (at < text.length && ' \t\n\r'.includes(text[at]!)) at++;
  };
  const string = (): string => {
    const start = at++;
    let result = '';
    for (;;) {
      const chunk = /[^"\\\x00-\x1f]*/y; // biome-ignore lint/suspicious/noControlCharactersInRegex: what a string may not hold
      chunk.lastIndex = at;
      const plain = chunk.exec(text)![0];
      result += plain;
      at += plain.length;
      const c = text[at];
      if (c === undefined) throw new Fault('Unterminated string starting at', start);
      if (c === '"') {
        at++;
        return result;
      }
      if (c !== '\\') throw new Fault('Invalid control character at', at);
      const e = text[++at];
      if (e === undefined) throw new Fault('Unterminated string starting at', start);
      const simple = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }[e];
      if (simple !== undefined) {
        result += simple;
        at++;
      } else if (e === 'u') {
        const hex = text.slice(at + 1, at + 5);
        if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw new Fault('Invalid \\uXXXX escape', at);
        result += String.fromCharCode(Number.parseInt(hex, 16));
        at += 5;
      } else throw new Fault('Invalid \\escape', at - 1);
    }
  };
  const value = function* (): Steps<Value> {
    const turn = python.step(1);
    if (turn) yield turn;
    python.charge(24);
    const c = text[at];
    if (c === '"') return string();
    if (c === '{' || c === '[') {
      if (++depth > DEEPEST)
        raise('RecursionError', 'maximum recursion depth exceeded while decoding a JSON object from a unicode string');
      const result = c === '{' ? yield* object() : yield* array();
      depth--;
      return result;
    }
    for (const [word, meaning] of WORDS)
      if (text.startsWith(word, at)) {
        at += word.length;
        return meaning;
      }
    const number = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
    number.lastIndex = at;
    const found = number.exec(text);
    if (!found) throw new Fault('Expecting value', at);
    at += found[0].length;
    return found[1] || found[2] ? Number(found[0]) : BigInt(found[0].slice(0, 4300));
  };
  const array = function* (): Steps<Value> {
    const items: Value[] = [];
    at++;
    space();
    if (text[at] === ']') {
      at++;
      return new List(items);
    }
    for (;;) {
      items.push(yield* value());
      space();
      if (text[at] === ']') {
        at++;
        return new List(items);
      }
      if (text[at] !== ',') throw new Fault("Expecting ',' delimiter", at);
      at++;
      space();
    }
  };
  const object = function* (): Steps<Value> {
    const made = new Dict();
    at++;
    space();
    if (text[at] === '}') {
      at++;
      return made;
    }
    for (;;) {
      if (text[at] !== '"') throw new Fault('Expecting property name enclosed in double quotes', at);
      const name = string();
      space();
      if (text[at] !== ':') throw new Fault("Expecting ':' delimiter", at);
      at++;
      space();
      made.set(name, yield* value());
      space();
      if (text[at] === '}') {
        at++;
        return made;
      }
      if (text[at] !== ',') throw new Fault("Expecting ',' delimiter", at);
      at++;
      space();
    }
  };
  try {
    space();
    const result = yield* value();
    space();
    if (at < text.length) throw new Fault('Extra data', at);
    return result;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const before = text.slice(0, error.at);
    const line = before.split('\n').length;
    const column = error.at - before.lastIndexOf('\n');
    const made = new Raised(
      makeException(decodeError, `${error.message}: line ${line} column ${column} (char ${error.at})`),
    );
    for (const [k, v] of [
      ['msg', error.message],
      ['doc', text],
      ['pos', BigInt(error.at)],
      ['lineno', BigInt(line)],
      ['colno', BigInt(column)],
    ] as const)
      made.value.attributes?.set(k === 'msg' ? 'message' : k, v);
    if (key !== undefined)
      inside(
        error.message === 'Extra data'
          ? `${key}:extra`
          : error.message === 'Expecting value' && depth === 0
            ? `${key}:value`
            : key,
        made,
      );
    throw made;
  }
}

const WORDS: readonly [string, Value][] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
];

export interface Layout {
  indent?: string | undefined;
  item: string;
  key: string;
  ascii: boolean;
  sort: boolean;
  otherwise?: Value;
}

const quote = (text: string, ascii: boolean) =>
  `"${text.replace(/["\\\x00-\x1f]|[\x7f-\uffff]/g, (c) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what must be escaped
    const simple = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f' }[c];
    if (simple) return simple;
    if (c >= '\x7f' && (!ascii || c === '\x7f')) return c;
    return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
  })}"`;

/** The text of a value. */
export function* writeJson(python: Python, value: Value, layout: Layout, level = 0): Steps<string> {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (isInt(value)) return value.toString();
  if (typeof value === 'number')
    return Number.isFinite(value)
      ? floatText(value)
      : Number.isNaN(value)
        ? 'NaN'
        : value < 0
          ? '-Infinity'
          : 'Infinity';
  if (typeof value === 'string') return quote(value, layout.ascii);
  if (level > DEEPEST) raise('RecursionError', 'maximum recursion depth exceeded while encoding a JSON object');
  const turn = python.step(1);
  if (turn) yield turn;
  const [open, close, glue] =
    layout.indent === undefined
      ? ['', '', layout.item]
      : [
          `\n${layout.indent.repeat(level + 1)}`,
          `\n${layout.indent.repeat(level)}`,
          `${layout.item.trimEnd()}\n${layout.indent.repeat(level + 1)}`,
        ];
  if (value instanceof List || value instanceof Tuple) {
    if (value.items.length === 0) return '[]';
    const parts: string[] = [];
    for (const item of value.items) parts.push(yield* writeJson(python, item, layout, level + 1));
    return `[${open}${parts.join(glue)}${close}]`;
  }
  if (value instanceof Dict) {
    if (value.entries.size === 0) return '{}';
    let pairs = [...value.entries.values()];
    if (layout.sort) pairs = pairs.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
    const parts: string[] = [];
    for (const [k, v] of pairs) {
      const known = k === null || typeof k === 'string' || typeof k === 'number' || isInt(k);
      if (!known) raise('TypeError', `keys must be str, int, float, bool or None, not ${typeName(k)}`);
      const name = typeof k === 'string' ? k : yield* writeJson(python, k, layout);
      parts.push(`${quote(name, layout.ascii)}${layout.key}${yield* writeJson(python, v, layout, level + 1)}`);
    }
    const text = `{${open}${parts.join(glue)}${close}}`;
    python.charge(text.length);
    return text;
  }
  if (layout.otherwise !== undefined && layout.otherwise !== null)
    return yield* writeJson(python, yield* python.call(layout.otherwise, [value]), layout, level);
  try {
    return raise('TypeError', `Object of type ${typeName(value)} is not JSON serializable`);
  } catch (error) {
    throw inside('json.dumps', error);
  }
}

function layoutOf(named: Named): Layout {
  const indent = named.get('indent') ?? null;
  const separators = named.get('separators');
  const pair = separators instanceof Tuple ? separators.items.map(String) : undefined;
  return {
    indent:
      indent === null
        ? undefined
        : typeof indent === 'string'
          ? indent
          : ' '.repeat(Math.max(0, Math.min(100, Number(indent)))),
    item: pair?.[0] ?? (indent === null ? ', ' : ','),
    key: pair?.[1] ?? ': ',
    ascii: named.get('ensure_ascii') !== false,
    sort: named.get('sort_keys') === true,
    otherwise: named.get('default') ?? null,
  };
}

export function jsonModule(): Module {
  const module = library(
    'json',
    {
      *loads([text], _n, python) {
        if (typeof text !== 'string' && !(text instanceof ByteString))
          raise('TypeError', `the JSON object must be str, bytes or bytearray, not ${typeName(text ?? null)}`);
        return yield* parseJson(python, typeof text === 'string' ? text : decodeAs(text.data), 'json.loads');
      },
      *load([file], _n, python) {
        const text = yield* python.call(yield* python.getAttribute(file ?? null, 'read'), []);
        try {
          return yield* parseJson(
            python,
            text instanceof ByteString ? decodeAs(text.data) : String(text),
            'json.loads',
          );
        } catch (error) {
          throw inside('json.load', error);
        }
      },
      *dumps([value], named, python) {
        return yield* writeJson(python, value ?? null, layoutOf(named));
      },
      *dump([value, file], named, python) {
        const text = yield* writeJson(python, value ?? null, layoutOf(named));
        yield* python.call(yield* python.getAttribute(file ?? null, 'write'), [text]);
        return null;
      },
    },
    { JSONDecodeError: decodeError },
    'json/__init__.py',
  );
  return module;
}
