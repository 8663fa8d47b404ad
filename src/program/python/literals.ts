// Python's string literals: prefixes, escapes, joined neighbours and the fields of f-strings.
import type { Token } from './tokens.ts';
import type { Expression, Formatted, Place } from './tree.ts';
import { SyntaxFault } from './tree.ts';

/** Parses what stands in the braces of an f-string. */
type Around = (source: string) => Expression;

/** Makes one expression of adjacent string tokens. @throws SyntaxFault */
export function literal(tokens: Token[], next: Place, around: Around): Expression {
  const [first, last] = [tokens[0]!, tokens.at(-1)!];
  const at: Place = [first.at[0], first.at[1], last.at[2], last.at[3]];
  const parts: (string | Formatted)[] = [];
  let bytes: boolean | undefined;
  let joined = false;
  for (const token of tokens) {
    const [, prefix = '', quote = ''] = /^([a-zA-Z]*)('''|"""|'|")/.exec(token.text)!;
    const kind = prefix.toLowerCase();
    const body = token.text.slice(prefix.length + quote.length, -quote.length);
    const isBytes = kind.includes('b');
    if (bytes !== undefined && bytes !== isBytes) throw new SyntaxFault('cannot mix bytes and nonbytes literals', at);
    bytes = isBytes;
    if (kind.includes('f')) {
      joined = true;
      parts.push(...fields(body, kind.includes('r'), next, around, 0));
    } else if (isBytes) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is the point
      if (/[^\x00-\x7f]/.test(body)) throw new SyntaxFault('bytes can only contain ASCII literal characters', token.at);
      parts.push(kind.includes('r') ? body : unescape(body, true, token.at));
    } else parts.push(kind.includes('r') ? body : unescape(body, false, token.at));
  }
  if (joined) return { type: 'joined', parts, at };
  const value = parts.join('');
  return bytes ? { type: 'bytes', value, at } : { type: 'constant', value, at };
}

const SIMPLE: Record<string, string> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function unescape(body: string, bytes: boolean, at: Place): string {
  if (!body.includes('\\')) return body;
  let result = '';
  for (let i = 0; i < body.length; i++) {
    if (body[i] !== '\\') {
      result += body[i];
      continue;
    }
    const c = body[++i]!;
    const simple = SIMPLE[c];
    if (simple !== undefined) result += simple;
    else if (c >= '0' && c <= '7') {
      const digits = /^[0-7]{1,3}/.exec(body.slice(i, i + 3))![0];
      const code = Number.parseInt(digits, 8);
      result += String.fromCharCode(bytes ? code & 255 : code);
      i += digits.length - 1;
    } else if (c === 'x' || (!bytes && (c === 'u' || c === 'U'))) {
      const count = c === 'x' ? 2 : c === 'u' ? 4 : 8;
      const digits = /^[0-9a-fA-F]*/.exec(body.slice(i + 1, i + 1 + count))![0];
      if (digits.length < count) {
        if (bytes) throw new SyntaxFault(`(value error) invalid \\x escape at position ${i - 1}`, at);
        const form = c === 'x' ? '\\xXX' : c === 'u' ? '\\uXXXX' : '\\UXXXXXXXX';
        throw new SyntaxFault(
          `(unicode error) 'unicodeescape' codec can't decode bytes in position ${i - 1}-${i + digits.length}: truncated ${form} escape`,
          at,
        );
      }
      const code = Number.parseInt(digits, 16);
      if (code > 0x10ffff)
        throw new SyntaxFault(
          `(unicode error) 'unicodeescape' codec can't decode bytes in position ${i - 1}-${i + 8}: illegal Unicode character`,
          at,
        );
      result += String.fromCodePoint(code);
      i += count;
    } else result += `\\${c}`;
  }
  return result;
}

/** The text and fields of an f-string's body. */
function fields(body: string, raw: boolean, at: Place, around: Around, depth: number): (string | Formatted)[] {
  if (depth > 2) throw new SyntaxFault('f-string: expressions nested too deeply', at);
  const parts: (string | Formatted)[] = [];
  let text = '';
  const put = () => {
    if (text !== '') parts.push(raw ? text : unescape(text, false, at));
    text = '';
  };
  for (let i = 0; i < body.length; i++) {
    const c = body[i]!;
    if (c === '\\' && !raw) {
      text += c + (body[++i] ?? '');
      continue;
    }
    if ((c === '{' || c === '}') && body[i + 1] === c && depth === 0) {
      text += c;
      i++;
      continue;
    }
    if (c === '}') throw new SyntaxFault("f-string: single '}' is not allowed", at);
    if (c !== '{') {
      text += c;
      continue;
    }
    put();
    const end = expressionEnd(body, i + 1, at);
    let source = body.slice(i + 1, end);
    if (source.includes('\\')) throw new SyntaxFault('f-string expression part cannot include a backslash', at);
    if (source.trim() === '') throw new SyntaxFault('f-string: empty expression not allowed', at);
    let to = end;
    const shown = /^(.*[^=!<>])=\s*$/s.exec(source);
    if (shown) {
      parts.push(source);
      source = shown[1]!;
    }
    let conversion: Formatted['conversion'] = shown ? 'r' : '';
    if (body[to] === '!') {
      conversion = body[to + 1] as 'r';
      if (!/[rsa]/.test(conversion))
        throw new SyntaxFault(`f-string: invalid conversion character: expected 's', 'r', or 'a'`, at);
      to += 2;
    }
    let format: (string | Formatted)[] = [];
    if (body[to] === ':') {
      const close = formatEnd(body, to + 1);
      format = fields(body.slice(to + 1, close), raw, at, around, depth + 1);
      if (shown && conversion === 'r') conversion = '';
      to = close;
    }
    if (body[to] !== '}') throw new SyntaxFault("f-string: expecting '}'", at);
    parts.push({ value: expression(source, at, around), conversion, format });
    i = to;
  }
  put();
  return parts;
}

function expressionEnd(body: string, from: number, at: Place): number {
  const open: string[] = [];
  for (let i = from; i < body.length; i++) {
    const c = body[i]!;
    if (c === "'" || c === '"') {
      const quote = body.startsWith(c.repeat(3), i) ? c.repeat(3) : c;
      const close = body.indexOf(quote, i + quote.length);
      if (close < 0) throw new SyntaxFault('f-string: unterminated string', at);
      i = close + quote.length - 1;
    } else if ('([{'.includes(c)) open.push(c);
    else if (')]}'.includes(c) && open.length > 0) open.pop();
    else if (open.length === 0 && (c === '}' || c === ':' || (c === '!' && body[i + 1] !== '='))) return i;
  }
  throw new SyntaxFault("f-string: expecting '}'", at);
}

function formatEnd(body: string, from: number): number {
  let depth = 0;
  for (let i = from; i < body.length; i++) {
    if (body[i] === '{') depth++;
    if (body[i] === '}' && depth-- === 0) return i;
  }
  return body.length;
}

function expression(source: string, at: Place, around: Around): Expression {
  try {
    return around(`(${source})`);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    if (error.message.startsWith('f-string')) throw new SyntaxFault(error.message, at);
    const inner = new SyntaxFault(`f-string: ${error.message}`, error.place);
    inner.text = `(${source})`;
    throw inner;
  }
}
