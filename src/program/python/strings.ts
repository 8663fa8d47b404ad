// Methods of Python's str, bytes and bytearray.
import { raise } from './exceptions.ts';
import { formatMethod } from './format.ts';
import { decode, encode, invalidUtf8, isWide, lengthOf } from './unicode.ts';
import {
  ByteString,
  type Class,
  Dict,
  isInt,
  List,
  type Named,
  Native,
  type NativeFunction,
  type Steps,
  Tuple,
  typeName,
  types,
  type Value,
} from './values.ts';

/** Gives a class its methods. */
export function methods(cls: Class, table: Readonly<Record<string, NativeFunction>>): void {
  for (const [name, run] of Object.entries(table)) cls.own.set(name, new Native(name, run));
}

/** The argument at a position, or by its name. */
export const argument = (args: readonly Value[], named: Named, index: number, name: string): Value | undefined =>
  args[index] ?? (args.length > index ? null : named.get(name));

/** The argument as an int, or what stands for it. */
export function integer(value: Value | undefined, otherwise: number): number {
  if (value === undefined || value === null) return otherwise;
  if (!isInt(value)) return raise('TypeError', `'${typeName(value)}' object cannot be interpreted as an integer`);
  return Number(value);
}

const SPACE = /[\s\x1c-\x1f\x85]/; // biome-ignore lint/suspicious/noControlCharactersInRegex: Python's white space
const BYTE_SPACE = ' \t\n\r\x0b\f';

/** What str's and bytes' methods have in common, over text or Latin-1 text. */
function common(kind: 'str' | 'bytes'): Readonly<Record<string, NativeFunction>> {
  const text = (v: Value | undefined): string => {
    if (kind === 'str') {
      if (typeof v === 'string') return v;
      return raise('TypeError', `must be str, not ${typeName(v ?? null)}`);
    }
    if (v instanceof ByteString) return v.data;
    if (isInt(v ?? null)) return String.fromCharCode(Number(v));
    return raise('TypeError', `a bytes-like object is required, not '${typeName(v ?? null)}'`);
  };
  const make = (s: string, like?: Value): Value =>
    kind === 'str' ? s : new ByteString(s, like instanceof ByteString && like.cls === types.bytearray);
  const inSpace = (c: string) => (kind === 'str' ? SPACE.test(c) : BYTE_SPACE.includes(c));
  const strip = (s: string, characters: Value | undefined, left: boolean, right: boolean) => {
    const drop =
      characters === undefined || characters === null ? inSpace : (c: string) => text(characters).includes(c);
    let from = 0;
    let to = s.length;
    if (left) while (from < to && drop(s[from]!)) from++;
    if (right) while (to > from && drop(s[to - 1]!)) to--;
    return s.slice(from, to);
  };
  const range = (s: string, from: Value | undefined, to: Value | undefined): [number, number] => {
    const place = (v: Value | undefined, otherwise: number) => {
      const n = integer(v, otherwise);
      return Math.min(Math.max(n < 0 ? n + s.length : n, 0), s.length);
    };
    return [place(from, 0), place(to, s.length)];
  };
  const find = (args: Value[], last: boolean): number => {
    const [s, needle] = [text(args[0]), text(args[1])];
    const [from, to] = range(s, args[2], args[3]);
    if (from > to) return -1;
    const part = s.slice(0, to);
    const at = last ? part.lastIndexOf(needle) : part.indexOf(needle, from);
    return at >= from ? at : -1;
  };
  const split = (s: string, separator: Value | undefined, most: number, right: boolean): string[] => {
    if (separator === undefined || separator === null) {
      const words =
        kind === 'str' ? s.split(/[\s\x1c-\x1f\x85]+/).filter(Boolean) : s.split(/[ \t\n\r\x0b\f]+/).filter(Boolean); // biome-ignore lint/suspicious/noControlCharactersInRegex: Python's white space
      if (most < 0 || words.length <= most + 1) return words;
      const pattern = right ? new RegExp(`^\\s*([\\s\\S]*?)((?:\\s+\\S+){${most}})\\s*$`) : undefined;
      if (pattern) {
        const [, head = '', tail = ''] = pattern.exec(s) ?? [];
        return [head, ...tail.trim().split(/\s+/).filter(Boolean)];
      }
      let rest = s.replace(/^\s+/, '');
      const result: string[] = [];
      while (result.length < most) {
        const word = /^\S+/.exec(rest)?.[0] ?? '';
        result.push(word);
        rest = rest.slice(word.length).replace(/^\s+/, '');
      }
      return rest ? [...result, rest] : result;
    }
    const by = text(separator);
    if (by === '') return raise('ValueError', 'empty separator');
    const all = s.split(by);
    if (most < 0 || all.length <= most + 1) return all;
    return right
      ? [all.slice(0, all.length - most).join(by), ...all.slice(all.length - most)]
      : [...all.slice(0, most), all.slice(most).join(by)];
  };
  const affix = (args: Value[], test: (s: string, part: string) => boolean, name: string): boolean => {
    const [from, to] = range(text(args[0]), args[2], args[3]);
    const s = text(args[0]).slice(from, to);
    const parts = args[1] instanceof Tuple ? args[1].items : [args[1]];
    return parts.some((p) => {
      const fits = kind === 'str' ? typeof p === 'string' : p instanceof ByteString;
      if (!fits)
        raise('TypeError', `${name} first arg must be ${kind} or a tuple of ${kind}, not ${typeName(p ?? null)}`);
      return test(s, text(p));
    });
  };
  const lines = (s: string, keep: boolean) => {
    const all =
      kind === 'str'
        ? s.match(/[^\n\r\x0b\f\x1c-\x1e\x85\u2028\u2029]*(?:\r\n|[\n\r\x0b\f\x1c-\x1e\x85\u2028\u2029]|$)/g)
        : s.match(/[^\n\r]*(?:\r\n|\n|\r|$)/g); // biome-ignore lint/suspicious/noControlCharactersInRegex: line ends
    const parts = (all ?? []).slice(0, -1);
    const rest = (all ?? []).at(-1);
    if (rest) parts.push(rest);
    return keep ? parts : parts.map((l) => l.replace(/(?:\r\n|[\n\r\x0b\f\x1c-\x1e\x85\u2028\u2029])$/, '')); // biome-ignore lint/suspicious/noControlCharactersInRegex: line ends
  };
  const pad = (args: Value[], where: 'left' | 'right' | 'both'): Value => {
    const s = text(args[0]);
    const width = integer(args[1], 0);
    const fill = args[2] === undefined ? ' ' : text(args[2]);
    if (width > 10_000_000) raise('MemoryError');
    const missing = width - lengthOf(s);
    if (missing <= 0) return make(s);
    const before = where === 'left' ? missing : where === 'right' ? 0 : Math.floor(missing / 2) + (missing & width & 1);
    return make(fill.repeat(before) + s + fill.repeat(missing - before));
  };
  const partition = (args: Value[], at: number): Value => {
    const [s, by] = [text(args[0]), text(args[1])];
    if (by === '') raise('ValueError', 'empty separator');
    return new Tuple([make(s.slice(0, at)), make(by), make(s.slice(at + by.length))]);
  };
  const every =
    (pattern: RegExp): NativeFunction =>
    ([s]) =>
      pattern.test(text(s));
  return {
    upper: ([s]) => make(kind === 'str' ? text(s).toUpperCase() : text(s).replace(/[a-z]/g, (c) => c.toUpperCase())),
    lower: ([s]) => make(kind === 'str' ? text(s).toLowerCase() : text(s).replace(/[A-Z]/g, (c) => c.toLowerCase())),
    swapcase: ([s]) =>
      make([...text(s)].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join('')),
    capitalize: ([s]) => make(text(s).slice(0, 1).toUpperCase() + text(s).slice(1).toLowerCase()),
    title: ([s]) => make(text(s).replace(/[A-Za-z]+/g, (w) => w[0]!.toUpperCase() + w.slice(1).toLowerCase())),
    strip: ([s, c]) => make(strip(text(s), c, true, true), s),
    lstrip: ([s, c]) => make(strip(text(s), c, true, false), s),
    rstrip: ([s, c]) => make(strip(text(s), c, false, true), s),
    split: (args, named) =>
      new List(
        split(
          text(args[0]),
          argument(args, named, 1, 'sep'),
          integer(argument(args, named, 2, 'maxsplit'), -1),
          false,
        ).map((p) => make(p)),
      ),
    rsplit: (args, named) =>
      new List(
        split(
          text(args[0]),
          argument(args, named, 1, 'sep'),
          integer(argument(args, named, 2, 'maxsplit'), -1),
          true,
        ).map((p) => make(p)),
      ),
    splitlines: (args, named) =>
      new List(lines(text(args[0]), Boolean(argument(args, named, 1, 'keepends'))).map((p) => make(p))),
    partition: (args) => {
      const at = text(args[0]).indexOf(text(args[1]));
      return at < 0 ? new Tuple([args[0]!, make(''), make('')]) : partition(args, at);
    },
    rpartition: (args) => {
      const at = text(args[0]).lastIndexOf(text(args[1]));
      return at < 0 ? new Tuple([make(''), make(''), args[0]!]) : partition(args, at);
    },
    *join(args, _named, python) {
      const items = yield* python.collect(args[1] ?? null);
      const parts: string[] = [];
      for (const [i, item] of items.entries()) {
        const fits = kind === 'str' ? typeof item === 'string' : item instanceof ByteString;
        if (!fits)
          raise(
            'TypeError',
            `sequence item ${i}: expected ${kind === 'str' ? 'str instance' : 'a bytes-like object'}, ${typeName(item)} found`,
          );
        parts.push(text(item));
      }
      const joined = parts.join(text(args[0]));
      python.charge(joined.length);
      return make(joined, args[0]);
    },
    replace: (args, _named, python) => {
      if (args.length < 3) raise('TypeError', `replace expected at least 2 arguments, got ${args.length - 1}`);
      for (const i of [1, 2])
        if (kind === 'str' && typeof args[i] !== 'string')
          raise('TypeError', `replace() argument ${i} must be str, not ${typeName(args[i]!)}`);
      const [s, from, to] = [text(args[0]), text(args[1]), text(args[2])];
      const most = integer(args[3], -1);
      const parts = from === '' ? ['', ...s, ''] : s.split(from);
      if (BigInt(parts.length) * BigInt(to.length) > 100_000_000n) raise('MemoryError');
      const result =
        most < 0
          ? parts.join(to)
          : parts.slice(0, most + 1).join(to) +
            (parts.length > most + 1 ? from + parts.slice(most + 1).join(from) : '');
      python.charge(result.length);
      return make(result, args[0]);
    },
    find: (args) => BigInt(find(args, false)),
    rfind: (args) => BigInt(find(args, true)),
    index: (args) => {
      const at = find(args, false);
      return at < 0 ? raise('ValueError', kind === 'str' ? 'substring not found' : 'subsection not found') : BigInt(at);
    },
    rindex: (args) => {
      const at = find(args, true);
      return at < 0 ? raise('ValueError', kind === 'str' ? 'substring not found' : 'subsection not found') : BigInt(at);
    },
    count: (args) => {
      const [from, to] = range(text(args[0]), args[2], args[3]);
      const [s, part] = [text(args[0]).slice(from, to), text(args[1])];
      return BigInt(part === '' ? s.length + 1 : s.split(part).length - 1);
    },
    startswith: (args) => affix(args, (s, p) => s.startsWith(p), 'startswith'),
    endswith: (args) => affix(args, (s, p) => s.endsWith(p), 'endswith'),
    removeprefix: ([s, p]) => make(text(s).startsWith(text(p)) ? text(s).slice(text(p).length) : text(s)),
    removesuffix: ([s, p]) =>
      make(text(p) !== '' && text(s).endsWith(text(p)) ? text(s).slice(0, -text(p).length) : text(s)),
    ljust: (args) => pad(args, 'right'),
    rjust: (args) => pad(args, 'left'),
    center: (args) => pad(args, 'both'),
    zfill: ([s, w]) => {
      const [, sign = '', digits = ''] = /^([+-]?)([\s\S]*)$/.exec(text(s))!;
      return make(sign + digits.padStart(Math.min(integer(w, 0), 10_000_000) - sign.length, '0'));
    },
    expandtabs: (args, named) => {
      const width = integer(argument(args, named, 1, 'tabsize'), 8);
      let column = 0;
      return make(
        text(args[0]).replace(/\t|[\s\S]/g, (c) => {
          if (c === '\t') {
            const n = width > 0 ? width - (column % width) : 0;
            column += n;
            return ' '.repeat(n);
          }
          column = c === '\n' || c === '\r' ? 0 : column + 1;
          return c;
        }),
      );
    },
    isdigit: every(kind === 'str' ? /^[\d\p{No}]+$/u : /^\d+$/),
    isalpha: every(kind === 'str' ? /^\p{L}+$/u : /^[A-Za-z]+$/),
    isalnum: every(kind === 'str' ? /^[\p{L}\p{N}]+$/u : /^[A-Za-z0-9]+$/),
    isspace: every(/^\s+$/),
    isupper: ([s]) => /\p{Lu}/u.test(text(s)) && !/\p{Ll}/u.test(text(s)),
    islower: ([s]) => /\p{Ll}/u.test(text(s)) && !/\p{Lu}/u.test(text(s)),
    istitle: every(/^[^a-z]*(?:[A-Z][a-z]*[^A-Za-z]*)+$/),
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is the point
    isascii: ([s]) => /^[\x00-\x7f]*$/.test(text(s)),
  };
}

methods(types.str, common('str'));
methods(types.str, {
  *format(args, named, python) {
    return yield* formatMethod(python, args[0] as string, args.slice(1), named);
  },
  *format_map(args, _named, python) {
    const map =
      args[1] instanceof Dict
        ? new Map([...args[1].entries.values()].map(([k, v]) => [String(k), v] as const))
        : new Map<string, Value>();
    return yield* formatMethod(python, args[0] as string, [], map);
  },
  encode: (args, named) =>
    new ByteString(
      encodeAs(args[0] as string, argument(args, named, 1, 'encoding'), argument(args, named, 2, 'errors')),
    ),
  casefold: ([s]) => (s as string).toLowerCase(),
  isdecimal: ([s]) => /^\p{Nd}+$/u.test(s as string),
  isnumeric: ([s]) => /^\p{N}+$/u.test(s as string),
  isidentifier: ([s]) => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(s as string),
  isprintable: ([s]) => !/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(s as string),
  translate([s, table]) {
    if (!(table instanceof Dict)) return s!;
    return [...(s as string)]
      .map((c) => {
        const to = table.get(BigInt(c.codePointAt(0)!));
        return to === undefined ? c : to === null ? '' : typeof to === 'string' ? to : String.fromCodePoint(Number(to));
      })
      .join('');
  },
  __len__: ([s]) => BigInt(lengthOf(s as string)),
  __str__: ([s]) => s!,
});
types.str.own.delete('__str__');
types.str.own.set(
  'maketrans',
  new Native('maketrans', ([a, b, c]) => {
    const table = new Dict();
    if (a instanceof Dict)
      for (const [k, v] of a.entries.values()) table.set(typeof k === 'string' ? BigInt(k.codePointAt(0)!) : k, v);
    else if (typeof a === 'string' && typeof b === 'string')
      for (const [i, ch] of [...a].entries())
        table.set(BigInt(ch.codePointAt(0)!), BigInt([...b][i]?.codePointAt(0) ?? 0));
    if (typeof c === 'string') for (const ch of c) table.set(BigInt(ch.codePointAt(0)!), null);
    return table;
  }),
);

const ofBytes: Readonly<Record<string, NativeFunction>> = {
  ...common('bytes'),
  decode: (args, named) =>
    decodeAs((args[0] as ByteString).data, argument(args, named, 1, 'encoding'), argument(args, named, 2, 'errors')),
  hex: ([b, separator]) => {
    const hex = Buffer.from((b as ByteString).data, 'latin1').toString('hex');
    return typeof separator === 'string' ? (hex.match(/../g) ?? []).join(separator) : hex;
  },
  translate: ([b, table]) =>
    new ByteString((b as ByteString).data.replace(/[\s\S]/g, (c) => (table as ByteString).data[c.charCodeAt(0)] ?? c)),
  __len__: ([b]) => BigInt((b as ByteString).data.length),
};
methods(types.bytes, ofBytes);
methods(types.bytearray, ofBytes);
methods(types.bytearray, {
  append: ([b, v], _n, python) => {
    (b as ByteString).data += String.fromCharCode(integer(v, 0) & 255);
    python.charge(1);
    return null;
  },
  *extend([b, v], _n, python): Steps<Value> {
    const more =
      v instanceof ByteString
        ? v.data
        : (yield* python.collect(v ?? null)).map((i) => String.fromCharCode(Number(i) & 255)).join('');
    python.charge(more.length);
    (b as ByteString).data += more;
    return null;
  },
});
for (const cls of [types.bytes, types.bytearray])
  cls.own.set(
    'fromhex',
    new Native('fromhex', ([text]) => {
      const digits = String(text).replace(/\s+/g, '');
      const wrong = digits.search(/[^0-9a-fA-F]/);
      if (wrong >= 0 || digits.length % 2)
        raise(
          'ValueError',
          `non-hexadecimal number found in fromhex() arg at position ${wrong < 0 ? digits.length : wrong}`,
        );
      return new ByteString(Buffer.from(digits, 'hex').toString('latin1'), cls === types.bytearray);
    }),
  );

const nameOf = (encoding: Value | undefined) =>
  String(encoding ?? 'utf-8')
    .toLowerCase()
    .replace(/[_ ]/g, '-');

/** str.encode. */
export function encodeAs(text: string, encoding?: Value, errors?: Value): string {
  const name = nameOf(encoding);
  const mode = typeof errors === 'string' ? errors : 'strict';
  if (/^(utf-?8|u8|utf-8-sig)$/.test(name)) {
    const lone =
      isWide(text) || /[\udc00-\udfff]/.test(text)
        ? text.search(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/)
        : -1;
    if (lone >= 0 && mode === 'strict')
      raise(
        'UnicodeEncodeError',
        `'utf-8' codec can't encode character '\\u${text.charCodeAt(lone).toString(16)}' in position ${lone}: surrogates not allowed`,
      );
    return (name === 'utf-8-sig' ? '\xef\xbb\xbf' : '') + encode(text);
  }
  const limit = /^(ascii|us-ascii|646)$/.test(name)
    ? 128
    : /^(latin-?1|iso-?8859-1|l1|8859|cp819)$/.test(name)
      ? 256
      : 0;
  if (limit > 0) {
    let result = '';
    let at = 0;
    for (const c of text) {
      const code = c.codePointAt(0)!;
      if (code < limit) result += c;
      else if (mode === 'replace') result += '?';
      else if (mode === 'xmlcharrefreplace') result += `&#${code};`;
      else if (mode === 'backslashreplace')
        result += code < 256 ? `\\x${code.toString(16)}` : `\\u${code.toString(16).padStart(4, '0')}`;
      else if (mode === 'surrogateescape' && code >= 0xdc80 && code <= 0xdcff)
        result += String.fromCharCode(code - 0xdc00);
      else if (mode !== 'ignore') {
        const shown =
          code < 256
            ? `\\x${code.toString(16)}`
            : code < 65536
              ? `\\u${code.toString(16).padStart(4, '0')}`
              : `\\U${code.toString(16).padStart(8, '0')}`;
        raise(
          'UnicodeEncodeError',
          `'${limit === 128 ? 'ascii' : 'latin-1'}' codec can't encode character '${shown}' in position ${at}: ordinal not in range(${limit})`,
        );
      }
      at++;
    }
    return result;
  }
  if (/^utf-?16(-?le)?$/.test(name))
    return (name.endsWith('le') ? '' : '\xff\xfe') + Buffer.from(text, 'utf16le').toString('latin1');
  if (/^utf-?16-?be$/.test(name)) return Buffer.from(text, 'utf16le').swap16().toString('latin1');
  if (name === 'idna' || name === 'punycode') return encode(text);
  return raise(
    'LookupError',
    `${/^(base64|hex|rot-?13|zlib|bz2|uu)(-codec)?$/.test(name) ? `'${name}' is not a text encoding; use codecs.encode() to handle arbitrary codecs` : `unknown encoding: ${String(encoding)}`}`,
  );
}

/** bytes.decode. */
export function decodeAs(data: string, encoding?: Value, errors?: Value): string {
  const name = nameOf(encoding);
  const mode = typeof errors === 'string' ? errors : 'strict';
  if (/^(utf-?8|u8|utf-8-sig)$/.test(name)) {
    const body = name === 'utf-8-sig' ? data.replace(/^\xef\xbb\xbf/, '') : data;
    if (mode === 'strict') {
      const at = invalidUtf8(body);
      if (at >= 0) unicodeDecodeError('utf-8', body, at);
    }
    if (mode === 'backslashreplace')
      return decode(body).replace(/[\udc80-\udcff]/g, (c) => `\\x${(c.charCodeAt(0) - 0xdc00).toString(16)}`);
    return decode(body, mode === 'ignore' ? 'ignore' : mode === 'replace' ? 'replace' : 'escape');
  }
  if (/^(latin-?1|iso-?8859-1|l1|8859|cp819)$/.test(name)) return data;
  if (/^(ascii|us-ascii|646)$/.test(name)) {
    const at = data.search(/[\x80-\xff]/);
    if (at < 0) return data;
    if (mode === 'ignore') return data.replace(/[\x80-\xff]/g, '');
    if (mode === 'replace') return data.replace(/[\x80-\xff]/g, '\ufffd');
    return raise(
      'UnicodeDecodeError',
      `'ascii' codec can't decode byte 0x${data.charCodeAt(at).toString(16)} in position ${at}: ordinal not in range(128)`,
    );
  }
  if (/^utf-?16(-?le)?$/.test(name))
    return Buffer.from(data, 'latin1')
      .toString('utf16le')
      .replace(/^\ufeff/, '');
  if (name === 'unicode-escape' || name === 'raw-unicode-escape' || name === 'string-escape')
    return data.replace(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([0-7]{1,3})|([nrtabfv\\'"]))/g, (_a, x, u, o, c) =>
      x || u
        ? String.fromCharCode(Number.parseInt(x ?? u, 16))
        : o
          ? String.fromCharCode(Number.parseInt(o, 8))
          : ({ n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v' }[c as string] ?? c),
    );
  return raise(
    'LookupError',
    /^(base64|hex|rot-?13|zlib|bz2|uu)(-codec)?$/.test(name)
      ? `'${name}' is not a text encoding; use codecs.decode() to handle arbitrary codecs`
      : `unknown encoding: ${String(encoding)}`,
  );
}

function unicodeDecodeError(codec: string, data: string, at: number): never {
  const lead = data.charCodeAt(at);
  const need = lead >= 0xf0 && lead < 0xf5 ? 3 : lead >= 0xe0 && lead < 0xf0 ? 2 : lead >= 0xc2 && lead < 0xe0 ? 1 : 0;
  const next = data.slice(at + 1, at + 1 + need);
  const good = /^[\x80-\xbf]*/.exec(next)![0].length;
  if (need === 0)
    return raise(
      'UnicodeDecodeError',
      `'${codec}' codec can't decode byte 0x${lead.toString(16)} in position ${at}: invalid start byte`,
    );
  const end = at + 1 + good >= data.length;
  const where = good > 0 ? `bytes in position ${at}-${at + good}` : `byte 0x${lead.toString(16)} in position ${at}`;
  return raise(
    'UnicodeDecodeError',
    `'${codec}' codec can't decode ${where}: ${end ? 'unexpected end of data' : 'invalid continuation byte'}`,
  );
}

/** What a bytes-like argument holds. */
export function bytesOf(value: Value | undefined): string {
  if (value instanceof ByteString) return value.data;
  if (typeof value === 'string') return raise('TypeError', "a bytes-like object is required, not 'str'");
  return raise('TypeError', `a bytes-like object is required, not '${typeName(value ?? null)}'`);
}
