// How attacker's bytes become text in an event: Cowrie's three normal forms, and the way back out of Python literals.

/** A string whose characters are bytes (0x00–0xff), or the bytes themselves. */
export type BytesLike = string | Uint8Array;

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const toBuffer = (bytes: BytesLike): Uint8Array => (typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
const toLatin1 = (bytes: BytesLike): string =>
  typeof bytes === 'string' ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
const hex2 = (code: number): string => code.toString(16).padStart(2, '0');

/**
 * Rule "escape" (client ident, user names and passwords): every byte outside 0x20–0x7e becomes `\xNN`, a backslash
 * becomes `\\`. `pä` in UTF-8 is `p\xc3\xa4`.
 */
export function escapeBytes(bytes: BytesLike): string {
  const text = toLatin1(bytes);
  if (/^[\x20-\x5b\x5d-\x7e]*$/.test(text)) return text;
  return text.replace(/[^\x20-\x5b\x5d-\x7e]/g, (c) => (c === '\\' ? '\\\\' : `\\x${hex2(c.charCodeAt(0) & 0xff)}`));
}

/** Rule "lossy" (shell lines, environment, Telnet fields): UTF-8, invalid sequences become U+FFFD. */
export function lossyText(bytes: BytesLike): string {
  if (typeof bytes === 'string' && /^[\x00-\x7f]*$/.test(bytes)) return bytes;
  return utf8.decode(toBuffer(bytes));
}

/** Rule "Python repr" (forwarded data): `b'GET / HTTP/1.1\r\n'`, as CPython's `repr(bytes)` writes it. */
export function pythonRepr(bytes: BytesLike): string {
  const text = toLatin1(bytes);
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = '';
  for (const c of text) {
    const code = c.charCodeAt(0);
    if (c === quote || c === '\\') out += `\\${c}`;
    else if (c === '\t') out += '\\t';
    else if (c === '\n') out += '\\n';
    else if (c === '\r') out += '\\r';
    else if (code < 0x20 || code >= 0x7f) out += `\\x${hex2(code)}`;
    else out += c;
  }
  return `b${quote}${out}${quote}`;
}

/** Any other byte string in an event (paths, names): UTF-8, or its Python literal when it is not valid UTF-8. */
export function textOrRepr(bytes: BytesLike): string {
  if (typeof bytes === 'string' && /^[\x00-\x7f]*$/.test(bytes)) return bytes;
  try {
    return strictUtf8.decode(toBuffer(bytes));
  } catch {
    return pythonRepr(bytes);
  }
}

/**
 * Takes the wrapper `b'…'`, `b"…"`, `'…'` or `"…"` off a value that a Python `repr` got into a log (2018–2021), and
 * undoes the escaping of the quote and of the backslash; `\xNN` stays, as rule "escape" writes it too.
 * Anything that is no complete literal comes back unchanged.
 */
export function unwrapLiteral(text: string): string {
  const start = text.charCodeAt(0) === 0x62 ? 1 : 0;
  const quote = text[start];
  if ((quote !== "'" && quote !== '"') || text.length < start + 2 || text.at(-1) !== quote) return text;
  const body = text.slice(start + 1, -1);
  if (!body.includes('\\')) return body.includes(quote) ? text : body;
  // The closing quote must not be escaped, and no bare quote may stand inside.
  if (!new RegExp(`^(?:[^\\\\${quote}]|\\\\[\\s\\S])*$`).test(body)) return text;
  return body.replace(/\\(['"])/g, '$1');
}

/** The bytes that a Python bytes literal such as `b'\x16\x03\n'` stands for; undefined when it is none. */
export function parsePythonBytes(text: string): Buffer | undefined {
  const match = /^b?(['"])([\s\S]*)\1$/.exec(text);
  if (!match) return undefined;
  const simple: Record<string, string> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v', '0': '\0' };
  const decoded = match[2]!.replace(/\\(x[0-9a-fA-F]{2}|[\s\S])/g, (_, c: string) =>
    c.length === 3 ? String.fromCharCode(Number.parseInt(c.slice(1), 16)) : (simple[c] ?? c),
  );
  return Buffer.from(decoded, /[^\x00-\xff]/.test(decoded) ? 'utf8' : 'latin1');
}

/** Everything that could act on a terminal or reorder a line (controls, bidirectional marks, lone surrogates) as `\\n`, `\\xNN` or `\\uNNNN`. */
export function visible(text: string): string {
  return text.replace(
    /[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    (c) => {
      const code = c.charCodeAt(0);
      if (c === '\n' || c === '\t' || c === '\r') return c === '\n' ? '\\n' : c === '\t' ? '\\t' : '\\r';
      return code < 0x100 ? `\\x${hex2(code)}` : `\\u${code.toString(16).padStart(4, '0')}`;
    },
  );
}

/** Bytes as visible text: UTF-8 where they are such, else every byte outside printable ASCII as `\\xNN`. */
export function visibleBytes(bytes: BytesLike): string {
  if (typeof bytes === 'string' && /^[\x20-\x7e]*$/.test(bytes)) return bytes;
  try {
    return visible(strictUtf8.decode(toBuffer(bytes)));
  } catch {
    return escapeBytes(bytes);
  }
}
