// Python's base64, binascii, hashlib, hmac, zlib, gzip, codecs, struct and secrets.
import { createHash, createHmac, getHashes, type Hash, type Hmac, pbkdf2Sync } from 'node:crypto';
import { deflateSync, gunzipSync, gzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { exceptionClass, raise } from '../exceptions.ts';
import type { Interpreter } from '../run.ts';
import { argument, bytesOf, decodeAs, encodeAs, integer, methods } from '../strings.ts';
import {
  ByteString,
  Holder,
  isInt,
  type Module,
  Native,
  type NativeFunction,
  Tuple,
  typeName,
  type Value,
} from '../values.ts';
import { classOf, library, within } from './module.ts';
import { randomBytes } from './os.ts';

/** Uncompressed data of one call. */
const MOST_INFLATED = 16 << 20;

const ascii = (v: Value | undefined): string => {
  if (typeof v === 'string') {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is the point
    if (/[^\x00-\x7f]/.test(v)) raise('ValueError', 'string argument should contain only ASCII characters');
    return v;
  }
  if (v instanceof ByteString) return v.data;
  return raise('TypeError', `argument should be a bytes-like object or ASCII string, not '${typeName(v ?? null)}'`);
};
const made = (b: Buffer | string): ByteString => new ByteString(typeof b === 'string' ? b : b.toString('latin1'));
const buffer = (s: string) => Buffer.from(s, 'latin1');

export const binasciiError = exceptionClass('Error', 'ValueError', 'binascii');
const incomplete = exceptionClass('Incomplete', 'Exception', 'binascii');

/** binascii.a2b_base64: other characters are skipped, the padding must be right. */
function fromBase64(text: string): ByteString {
  let quads = 0;
  let characters = '';
  let padding = 0;
  for (const c of text) {
    if (c === '=') {
      if (quads >= 2 && quads + ++padding >= 4) return made(Buffer.from(characters, 'base64'));
      continue;
    }
    if (!/[A-Za-z0-9+/]/.test(c)) continue;
    padding = 0;
    characters += c;
    quads = (quads + 1) % 4;
  }
  if (quads === 1)
    raise(
      binasciiError,
      `Invalid base64-encoded string: number of data characters (${characters.length}) cannot be 1 more than a multiple of 4`,
    );
  if (quads !== 0) raise(binasciiError, 'Incorrect padding');
  return made(Buffer.from(characters, 'base64'));
}

const ALPHABET32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const ascii85 = (data: string) => {
  let out = '';
  for (let i = 0; i < data.length; i += 4) {
    const part = data.slice(i, i + 4);
    let n = buffer(part.padEnd(4, '\0')).readUInt32BE();
    if (n === 0 && part.length === 4) {
      out += 'z';
      continue;
    }
    let group = '';
    for (let k = 0; k < 5; k++) {
      group = String.fromCharCode(33 + (n % 85)) + group;
      n = Math.floor(n / 85);
    }
    out += group.slice(0, part.length + 1);
  }
  return out;
};

export function base64Module(): Module {
  const encode = (data: Value | undefined) => buffer(bytesOf(data)).toString('base64');
  const decode = (text: string) => within('b64decode', () => fromBase64(text));
  return library('base64', {
    b64encode: ([data, alternative]) => {
      const text = encode(data);
      const pair = alternative instanceof ByteString ? alternative.data : '+/';
      return made(text.replaceAll('+', pair[0]!).replaceAll('/', pair[1]!));
    },
    b64decode: (args, named) => {
      const pair = argument(args, named, 1, 'altchars');
      const text = ascii(args[0]);
      const validate = argument(args, named, 2, 'validate');
      if (validate && /[^A-Za-z0-9+/=]/.test(text)) raise(binasciiError, 'Only base64 data is allowed');
      return decode(
        pair instanceof ByteString ? text.replaceAll(pair.data[0]!, '+').replaceAll(pair.data[1]!, '/') : text,
      );
    },
    standard_b64encode: ([data]) => made(encode(data)),
    standard_b64decode: ([data]) => decode(ascii(data)),
    urlsafe_b64encode: ([data]) => made(encode(data).replaceAll('+', '-').replaceAll('/', '_')),
    urlsafe_b64decode: ([data]) => decode(ascii(data).replaceAll('-', '+').replaceAll('_', '/')),
    encodebytes: ([data]) => made((encode(data).match(/.{1,76}/g) ?? []).map((l) => `${l}\n`).join('')),
    decodebytes: ([data]) => fromBase64(bytesOf(data)),
    b16encode: ([data]) => made(buffer(bytesOf(data)).toString('hex').toUpperCase()),
    b16decode: ([data, fold]) => {
      const text = ascii(data);
      if (!(fold ? /^[0-9A-Fa-f]*$/ : /^[0-9A-F]*$/).test(text))
        within('b16decode', () => raise(binasciiError, 'Non-base16 digit found'));
      if (text.length % 2) raise(binasciiError, 'Odd-length string');
      return made(Buffer.from(text, 'hex'));
    },
    b32encode: ([data]) => {
      const bits = [...bytesOf(data)].map((c) => c.charCodeAt(0).toString(2).padStart(8, '0')).join('');
      const text = (bits.match(/.{1,5}/g) ?? []).map((b) => ALPHABET32[Number.parseInt(b.padEnd(5, '0'), 2)]).join('');
      return made(text.padEnd(Math.ceil(text.length / 8) * 8, '='));
    },
    b32decode: ([data, fold]) => {
      const text = fold ? ascii(data).toUpperCase() : ascii(data);
      if (text.length % 8) within('b32decode', () => raise(binasciiError, 'Incorrect padding'));
      const bits = [...text.replace(/=+$/, '')]
        .map((c) => {
          const at = ALPHABET32.indexOf(c);
          return at < 0 ? raise(binasciiError, 'Non-base32 digit found') : at.toString(2).padStart(5, '0');
        })
        .join('');
      return made((bits.match(/.{8}/g) ?? []).map((b) => String.fromCharCode(Number.parseInt(b, 2))).join(''));
    },
    a85encode: ([data]) => made(ascii85(bytesOf(data))),
  });
}

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});
const crc32: NativeFunction = ([data, start]) => {
  let crc = (integer(start, 0) ^ -1) >>> 0;
  for (const c of bytesOf(data)) crc = crcTable[(crc ^ c.charCodeAt(0)) & 255]! ^ (crc >>> 8);
  return BigInt((crc ^ -1) >>> 0);
};
const unhex: NativeFunction = ([data]) => {
  const text = ascii(data);
  if (text.length % 2) raise(binasciiError, 'Odd-length string');
  if (/[^0-9a-fA-F]/.test(text)) raise(binasciiError, 'Non-hexadecimal digit found');
  return made(Buffer.from(text, 'hex'));
};
const hex: NativeFunction = ([data, separator]) => {
  const text = buffer(bytesOf(data)).toString('hex');
  return made(typeof separator === 'string' ? (text.match(/../g) ?? []).join(separator) : text);
};

export function binasciiModule(): Module {
  return library(
    'binascii',
    {
      hexlify: hex,
      b2a_hex: hex,
      unhexlify: unhex,
      a2b_hex: unhex,
      b2a_base64: (args, named) =>
        made(buffer(bytesOf(args[0])).toString('base64') + (named.get('newline') === false ? '' : '\n')),
      a2b_base64: ([data]) => fromBase64(ascii(data)),
      crc32,
    },
    { Error: binasciiError, Incomplete: incomplete },
    null,
  );
}

const NAMES: Readonly<Record<string, string>> = {
  md5: 'md5', sha1: 'sha1', sha224: 'sha224', sha256: 'sha256', sha384: 'sha384', sha512: 'sha512', sha3_224: 'sha3-224', sha3_256: 'sha3-256', sha3_384: 'sha3-384', sha3_512: 'sha3-512', blake2b: 'blake2b512', blake2s: 'blake2s256', ripemd160: 'ripemd160',
}; // biome-ignore format: one table

interface Digest {
  name: string;
  hash: Hash | Hmac;
}
const hashClass = classOf('HASH', '_hashlib');
const hmacClass = classOf('HMAC', 'hmac');
const digestOf = (v: Value | undefined) => {
  const { hash } = (v as Holder<Digest>).state;
  return 'copy' in hash ? hash.copy().digest() : (hash as Hmac).digest();
};
const hashMethods: Readonly<Record<string, NativeFunction>> = {
  update: ([h, data], _n, python) => {
    if (typeof data === 'string') raise('TypeError', 'Strings must be encoded before hashing');
    (h as Holder<Digest>).state.hash.update(buffer(bytesOf(data)));
    void python.step(bytesOf(data).length >> 6);
    return null;
  },
  digest: ([h]) => made(digestOf(h)),
  hexdigest: ([h]) => digestOf(h).toString('hex'),
  copy: ([h]) => {
    const { name, hash } = (h as Holder<Digest>).state;
    return digestObject(name, (hash as Hash).copy());
  },
  __repr__: ([h]) => `<${(h as Holder<Digest>).state.name} _hashlib.HASH object @ 0x7f1b2c3d4e50>`,
};
methods(hashClass, hashMethods);
methods(hmacClass, hashMethods);

function digestObject(name: string, hash: Hash | Hmac): Holder<Digest> {
  const object = new Holder<Digest>(hashClass, { name, hash });
  const size = { md5: 16, sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 }[name] ?? 64;
  object.attributes = new Map<string, Value>([
    ['name', name],
    ['digest_size', BigInt(size)],
    ['block_size', /384|512/.test(name) ? 128n : 64n],
  ]);
  return object;
}

export function hashlibModule(): Module {
  const start = (name: string, data: Value | undefined) => {
    if (typeof data === 'string') raise('TypeError', 'Strings must be encoded before hashing');
    const hash = createHash(NAMES[name]!);
    if (data !== undefined) hash.update(buffer(bytesOf(data)));
    return digestObject(name, hash);
  };
  const known = Object.keys(NAMES).filter((n) =>
    getHashes().some((h) => h.toLowerCase() === NAMES[n] || h.toLowerCase() === `rsa-${NAMES[n]}`),
  );
  const functions: Record<string, NativeFunction> = {};
  for (const name of known)
    if (name !== 'ripemd160') functions[name] = (args, named) => start(name, argument(args, named, 0, 'string'));
  return library(
    'hashlib',
    {
      ...functions,
      new: (args, named) => {
        const name = String(argument(args, named, 0, 'name'))
          .toLowerCase()
          .replace('-', '_')
          .replace(/^sha_/, 'sha');
        if (!known.includes(name))
          within('hashlib.new', () => raise('ValueError', `unsupported hash type ${String(args[0])}`));
        return start(name, argument(args, named, 1, 'data'));
      },
      pbkdf2_hmac: (args) => {
        const rounds = integer(args[3], 1);
        // A request for hours of work is cut to what does not hold anyone up.
        return made(
          pbkdf2Sync(
            buffer(bytesOf(args[1])),
            buffer(bytesOf(args[2])),
            Math.min(rounds, 20_000),
            integer(args[4], 32),
            NAMES[String(args[0])] ?? 'sha1',
          ),
        );
      },
    },
    { algorithms_available: new Tuple(known), algorithms_guaranteed: new Tuple(known) },
  );
}

export function hmacModule(): Module {
  const algorithm = (v: Value | undefined) => (typeof v === 'string' ? v : v instanceof Native ? v.name : 'md5');
  return library('hmac', {
    new: (args, named) => {
      const name = algorithm(argument(args, named, 2, 'digestmod'));
      const hash = createHmac(NAMES[name] ?? 'md5', buffer(bytesOf(args[0])));
      const data = argument(args, named, 1, 'msg') ?? null;
      if (data !== null) hash.update(buffer(bytesOf(data)));
      const object = digestObject(`hmac-${name}`, hash);
      object.cls = hmacClass;
      return object;
    },
    digest: ([key, data, name]) =>
      made(
        createHmac(NAMES[algorithm(name)] ?? 'md5', buffer(bytesOf(key)))
          .update(buffer(bytesOf(data)))
          .digest(),
      ),
    compare_digest: ([a, b]) => (a instanceof ByteString && b instanceof ByteString ? a.data === b.data : a === b),
  });
}

const zlibError = exceptionClass('error', 'Exception', 'zlib');

/** Inflates; a failure is worded as zlib does. */
function inflate(data: string, raw = false): ByteString {
  try {
    return made((raw ? inflateRawSync : inflateSync)(buffer(data), { maxOutputLength: MOST_INFLATED }));
  } catch (error) {
    const { code = '', message } = error as { code?: string; message: string };
    if (code === 'ERR_BUFFER_TOO_LARGE') return raise('MemoryError');
    if (code === 'Z_BUF_ERROR')
      return raise(zlibError, 'Error -5 while decompressing data: incomplete or truncated stream');
    return raise(zlibError, `Error -3 while decompressing data: ${message}`);
  }
}

export function zlibModule(): Module {
  return library(
    'zlib',
    {
      compress: (args, named) =>
        made(deflateSync(buffer(bytesOf(args[0])), { level: integer(argument(args, named, 1, 'level'), -1) })),
      decompress: (args, named) => {
        const bits = integer(argument(args, named, 1, 'wbits'), 15);
        const data = bytesOf(args[0]);
        return bits > 15 ? gunzip(data) : inflate(data, bits < 0);
      },
      crc32,
      adler32: ([data]) => {
        let [a, b] = [1, 0];
        for (const c of bytesOf(data)) {
          a = (a + c.charCodeAt(0)) % 65521;
          b = (b + a) % 65521;
        }
        return BigInt(((b << 16) | a) >>> 0);
      },
    },
    { error: zlibError, MAX_WBITS: 15n, DEFLATED: 8n, Z_DEFAULT_COMPRESSION: -1n, Z_BEST_COMPRESSION: 9n },
    null,
  );
}

export const badGzip = exceptionClass('BadGzipFile', 'OSError', 'gzip');
export function gunzip(data: string): ByteString {
  if (!data.startsWith('\x1f\x8b')) raise(badGzip, `Not a gzipped file (b'${data.slice(0, 2)}')`);
  try {
    return made(gunzipSync(buffer(data), { maxOutputLength: MOST_INFLATED }));
  } catch {
    return raise('EOFError', 'Compressed file ended before the end-of-stream marker was reached');
  }
}

export function gzipModule(): Module {
  return library(
    'gzip',
    { compress: ([data]) => made(gzipSync(buffer(bytesOf(data)))), decompress: ([data]) => gunzip(bytesOf(data)) },
    { BadGzipFile: badGzip },
  );
}

const rot13 = (text: string) =>
  text.replace(/[a-z]/gi, (c) =>
    String.fromCharCode((((c.charCodeAt(0) & 31) + 12) % 26) + (c.charCodeAt(0) & 96) + 1),
  );

export function codecsModule(python: Interpreter): Module {
  const name = (v: Value | undefined) =>
    String(v ?? 'utf-8')
      .toLowerCase()
      .replace(/[_-]/g, '')
      .replace(/codec$/, '');
  return library(
    'codecs',
    {
      encode: (args, named) => {
        const codec = argument(args, named, 1, 'encoding');
        switch (name(codec)) {
          case 'rot13':
            return rot13(String(args[0]));
          case 'hex':
            return made(buffer(bytesOf(args[0])).toString('hex'));
          case 'base64':
            return made(
              (
                buffer(bytesOf(args[0]))
                  .toString('base64')
                  .match(/.{1,76}/g) ?? []
              )
                .map((l) => `${l}\n`)
                .join(''),
            );
          case 'zlib':
          case 'zip':
            return made(deflateSync(buffer(bytesOf(args[0]))));
          default:
            return new ByteString(encodeAs(String(args[0]), codec, argument(args, named, 2, 'errors')));
        }
      },
      decode: (args, named) => {
        const codec = argument(args, named, 1, 'encoding');
        switch (name(codec)) {
          case 'rot13':
            return rot13(String(args[0]));
          case 'hex':
            return unhex([args[0]!], new Map(), python) as Value;
          case 'base64':
            return fromBase64(bytesOf(args[0]));
          case 'zlib':
          case 'zip':
            return inflate(bytesOf(args[0]));
          default:
            return decodeAs(bytesOf(args[0]), codec, argument(args, named, 2, 'errors'));
        }
      },
      *open(args, _n, p) {
        return yield* p.call(p.modules.get('builtins')?.attributes.get('open') ?? null, args.slice(0, 2));
      },
      lookup: ([codec]) => new Tuple([codec ?? null]),
    },
    { BOM_UTF8: new ByteString('\xef\xbb\xbf') },
  );
}

// struct

const structError = exceptionClass('error', 'Exception', 'struct');
const SIZES: Readonly<Record<string, number>> = {
  x: 1,
  c: 1,
  b: 1,
  B: 1,
  '?': 1,
  h: 2,
  H: 2,
  i: 4,
  I: 4,
  l: 4,
  L: 4,
  q: 8,
  Q: 8,
  n: 8,
  N: 8,
  f: 4,
  d: 8,
  s: 1,
  p: 1,
  P: 8,
  e: 2,
};

function layout(format: Value | undefined): {
  items: { type: string; count: number; at: number }[];
  size: number;
  little: boolean;
} {
  const text = format instanceof ByteString ? format.data : String(format);
  const native = !/^[=<>!]/.test(text);
  const items: { type: string; count: number; at: number }[] = [];
  let size = 0;
  for (const [, digits, type] of text.replace(/^[@=<>!]/, '').matchAll(/\s*(\d*)(.)/gs)) {
    let width = SIZES[type!];
    if (width === undefined) raise(structError, 'bad char in struct format');
    if (native && (type === 'l' || type === 'L')) width = 8;
    const count = digits === '' ? 1 : Number(digits);
    if (count > 16_000_000) raise('MemoryError');
    if (native && type !== 's' && type !== 'x' && count > 0) size = Math.ceil(size / width) * width;
    if (type === 's' || type === 'p') items.push({ type: type!, count, at: size });
    else if (count > 1_000_000) raise('MemoryError');
    else if (type !== 'x')
      for (let i = 0; i < count; i++)
        items.push({
          type: native && /[lL]/.test(type!) ? (type === 'l' ? 'q' : 'Q') : type!,
          count: 1,
          at: size + i * width,
        });
    size += width * count;
  }
  return { items, size, little: !/^[>!]/.test(text) };
}

const RANGES: Readonly<Record<string, [bigint, bigint]>> = {
  b: [-128n, 127n],
  B: [0n, 255n],
  h: [-32768n, 32767n],
  H: [0n, 65535n],
  i: [-2147483648n, 2147483647n],
  I: [0n, 4294967295n],
  l: [-2147483648n, 2147483647n],
  L: [0n, 4294967295n],
};

function pack(args: Value[]): Value {
  const { items, size, little } = layout(args[0]);
  if (args.length - 1 !== items.length)
    raise(structError, `pack expected ${items.length} items for packing (got ${args.length - 1})`);
  const out = Buffer.alloc(size);
  for (const [i, { type, count, at }] of items.entries()) {
    const value = args[i + 1]!;
    if (type === 's' || type === 'p') {
      if (!(value instanceof ByteString)) raise(structError, `argument for '${type}' must be a bytes object`);
      out.write(value.data.slice(0, count), at, 'latin1');
    } else if (type === 'c') {
      if (!(value instanceof ByteString) || value.data.length !== 1)
        raise(structError, 'char format requires a bytes object of length 1');
      out.write(value.data, at, 'latin1');
    } else if (type === 'f' || type === 'd') {
      if (!isInt(value) && typeof value !== 'number') raise(structError, 'required argument is not a float');
      if (type === 'f') little ? out.writeFloatLE(Number(value), at) : out.writeFloatBE(Number(value), at);
      else little ? out.writeDoubleLE(Number(value), at) : out.writeDoubleBE(Number(value), at);
    } else if (type === '?') out[at] = value ? 1 : 0;
    else {
      if (!isInt(value)) raise(structError, 'required argument is not an integer');
      const n = BigInt(value);
      const range = RANGES[type];
      const names: Record<string, string> = { b: 'byte', B: 'ubyte', h: 'short', H: 'ushort' };
      if (range && (n < range[0] || n > range[1]))
        raise(
          structError,
          names[type]
            ? `${names[type]} format requires ${range[0]} <= number <= ${range[1]}`
            : `'${type}' format requires ${range[0]} <= number <= ${range[1]}`,
        );
      const width = SIZES[type]!;
      for (let k = 0; k < width; k++) out[at + (little ? k : width - 1 - k)] = Number((n >> BigInt(8 * k)) & 255n);
    }
  }
  return made(out);
}

function unpack(format: Value | undefined, data: string, offset = 0, exact = true): Tuple {
  const { items, size, little } = layout(format);
  if (exact ? data.length !== size : data.length - offset < size)
    raise(
      structError,
      exact
        ? `unpack requires a buffer of ${size} bytes`
        : `unpack_from requires a buffer of at least ${offset + size} bytes for unpacking ${size} bytes at offset ${offset} (actual buffer size is ${data.length})`,
    );
  const view = buffer(data.slice(offset, offset + size));
  return new Tuple(
    items.map(({ type, count, at }) => {
      if (type === 's' || type === 'p') return made(view.subarray(at, at + count));
      if (type === 'c') return made(view.subarray(at, at + 1));
      if (type === '?') return view[at] !== 0;
      if (type === 'f') return little ? view.readFloatLE(at) : view.readFloatBE(at);
      if (type === 'd') return little ? view.readDoubleLE(at) : view.readDoubleBE(at);
      const width = SIZES[type]!;
      let n = 0n;
      for (let k = 0; k < width; k++) n |= BigInt(view[at + (little ? k : width - 1 - k)]!) << BigInt(8 * k);
      const signed = type === type.toLowerCase() && type !== 'n';
      return signed && n >> BigInt(width * 8 - 1) ? n - (1n << BigInt(width * 8)) : n;
    }),
  );
}

export function structModule(): Module {
  return library(
    'struct',
    {
      pack,
      unpack: ([format, data]) => unpack(format, bytesOf(data)),
      unpack_from: (args, named) =>
        unpack(args[0], bytesOf(args[1]), integer(argument(args, named, 2, 'offset'), 0), false),
      calcsize: ([format]) => BigInt(layout(format).size),
    },
    { error: structError },
  );
}

export function secretsModule(python: Interpreter): Module {
  const bytes = (n: Value | undefined) => randomBytes(python.process, integer(n, 32));
  return library('secrets', {
    token_bytes: ([n]) => made(bytes(n)),
    token_hex: ([n]) => buffer(bytes(n)).toString('hex'),
    token_urlsafe: ([n]) => buffer(bytes(n)).toString('base64url'),
    randbelow: ([n]) => BigInt(Math.floor(python.process.machine.random() * Number(n))),
    *choice([list], _n, p) {
      const all = yield* p.collect(list ?? null);
      return all[Math.floor(p.process.machine.random() * all.length)] ?? null;
    },
  });
}
