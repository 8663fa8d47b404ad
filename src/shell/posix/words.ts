// Reads one word of the POSIX shell language out of a text: quotes, `$`-expansions and backquotes, into the parts that the expander knows.
import type { Bytes } from '../../machine/machine.ts';
import { ansiC } from '../escape.ts';
import type { CommandSubstitution, Statement, Word, WordPart } from '../syntax.ts';
import type { PosixDialect } from './tokens.ts';

/** What the words need of the text they stand in. */
export interface Text {
  readonly dialect: PosixDialect;
  text: Bytes;
  at: number;
  /** Ends the reading with a message; `atEnd`: more text could complete it. */
  fail(message: string, atEnd: boolean): never;
  /** Reads what stands inside of something else, as deep as a shell's stack goes. */
  nested<T>(read: () => T): T;
  /** Reads commands up to the `)` of `$(…)` or `<(…)`; the text stands behind it then. */
  commands(): Statement[];
}

const NAME = /[a-zA-Z_][a-zA-Z_0-9]*/y;
const DIGITS = /[0-9]+/y;
const SPECIAL = '!#$*-0123456789?@';
/** Ends a word that is not quoted. */
const META = ' \t\n;&|<>()';
/** Has no meaning of its own in a word. */
const PLAIN = /[^ \t\n;&|<>()'"\\$`]*/y;
/** Makes a plain text more than itself: a tilde, a pattern. */
const MEANS = /^~|:~|=~|[*?[]/;

/** Reads the word at the place; undefined: none stands there. `quoted` tells whether any of it is. */
export function readWord(text: Text): { word: Word; quoted: boolean } | undefined {
  const from = text.at;
  PLAIN.lastIndex = from;
  const plain = PLAIN.exec(text.text)![0];
  const c = text.text[from + plain.length];
  if (c === undefined || META.includes(c)) {
    if (plain === '' && !processSubstitutionAt(text)) return undefined;
    if (plain !== '') {
      text.at = from + plain.length;
      const parts: WordPart[] | undefined = MEANS.test(plain) ? [{ type: 'Literal', text: plain }] : undefined;
      return { word: { type: 'Word', text: plain, ...(parts && { parts }) }, quoted: false };
    }
  }
  const parts = readParts(text);
  const raw = text.text.slice(from, text.at).replaceAll('\\\n', '');
  const quoted = parts.some((p) => p.type.endsWith('Quoted') || (p.type === 'Literal' && p.text.includes('\\')));
  return { word: { type: 'Word', text: raw, parts }, quoted };
}

/** The parts up to an unquoted character that ends a word, or to the end of the text. */
function readParts(text: Text): WordPart[] {
  const parts: WordPart[] = [];
  let from = text.at;
  const literal = (to: number) => {
    if (to > from) parts.push({ type: 'Literal', text: text.text.slice(from, to).replaceAll('\\\n', '') });
  };
  while (text.at < text.text.length) {
    const c = text.text[text.at]!;
    const before = text.at;
    let part: WordPart | undefined;
    if (processSubstitutionAt(text)) part = processSubstitution(text);
    else if (META.includes(c)) break;
    else if (c === '\\') {
      text.at = Math.min(text.at + 2, text.text.length);
      continue;
    } else if (c === "'") part = singleQuoted(text);
    else if (c === '"') part = doubleQuoted(text);
    else if (c === '`') part = backquoted(text, false);
    else if (c === '$')
      part = text.dialect === 'ash' && text.text[text.at + 1] === "'" ? ansiQuoted(text) : dollar(text, false);
    if (!part) {
      text.at++;
      continue;
    }
    literal(before);
    parts.push(part);
    from = text.at;
  }
  literal(text.at);
  return parts;
}

function singleQuoted(text: Text): WordPart {
  const from = text.at + 1;
  const end = text.text.indexOf("'", from);
  if (end < 0) unterminated(text);
  text.at = end + 1;
  return { type: 'Quoted', value: text.text.slice(from, end) };
}

function unterminated(text: Text): never {
  text.at = text.text.length;
  return text.fail('quote', true);
}

function ansiQuoted(text: Text): WordPart {
  const from = text.at + 2;
  let at = from;
  while (at < text.text.length && text.text[at] !== "'") at += text.text[at] === '\\' ? 2 : 1;
  if (at >= text.text.length) unterminated(text);
  text.at = at + 1;
  const escaped = text.text.slice(from, at);
  return { type: 'Quoted', value: ansiC(escaped), escaped };
}

function doubleQuoted(text: Text): WordPart {
  text.at++;
  const parts: WordPart[] = [];
  let value = '';
  for (;;) {
    const c = text.text[text.at];
    if (c === undefined) unterminated(text);
    if (c === '"') break;
    if (c === '\\') {
      const next = text.text[text.at + 1] ?? '';
      if (next !== '\n') value += '$`\\"'.includes(next) ? next : `\\${next}`;
      text.at = Math.min(text.at + 2, text.text.length);
      continue;
    }
    const part = c === '`' ? backquoted(text, true) : c === '$' ? dollar(text, true) : undefined;
    if (!part) {
      value += c;
      text.at++;
      continue;
    }
    if (value !== '') parts.push({ type: 'Quoted', value });
    value = '';
    parts.push(part);
  }
  text.at++;
  if (value !== '') parts.push({ type: 'Quoted', value });
  return { type: 'DoubleQuoted', parts };
}

/** What a `$` begins; undefined: it is an ordinary character. The text stands behind it. */
function dollar(text: Text, quoted: boolean): WordPart | undefined {
  const from = text.at;
  const c = text.text[from + 1];
  if (c === '(') return text.nested(() => (text.text[from + 2] === '(' ? arithmetic(text) : command(text)));
  if (c === '{') return text.nested(() => parameter(text, quoted));
  if (c === undefined) return undefined;
  NAME.lastIndex = from + 1;
  const name = NAME.exec(text.text)?.[0] ?? (SPECIAL.includes(c) ? c : undefined);
  if (name === undefined) return undefined;
  text.at = from + 1 + name.length;
  return { type: 'Parameter', name };
}

function command(text: Text): CommandSubstitution {
  const from = text.at;
  text.at += 2;
  const body = text.commands();
  const whole = text.text.slice(from, text.at);
  return { type: 'Command', text: whole, body, inner: whole.slice(2, -1) };
}

/** `…`: what a backslash quotes in it is read once more, as a text of its own. */
function backquoted(text: Text, quoted: boolean): CommandSubstitution {
  const from = text.at;
  let inner = '';
  for (text.at++; ; text.at++) {
    const c = text.text[text.at];
    if (c === undefined) text.fail('EOF in backquote substitution', true);
    if (c === '`') break;
    if (c !== '\\') {
      inner += c;
      continue;
    }
    const next = text.text[++text.at] ?? '';
    if (next === '\n') continue;
    inner += '\\`$'.includes(next) || (quoted && next === '"') ? next : `\\${next}`;
  }
  text.at++;
  return { type: 'Command', text: text.text.slice(from, text.at), inner };
}

const processSubstitutionAt = (text: Text): boolean =>
  text.dialect === 'ash' && '<>'.includes(text.text[text.at] ?? '.') && text.text[text.at + 1] === '(';

function processSubstitution(text: Text): WordPart {
  const from = text.at;
  const operator = text.text[from] as '<' | '>';
  text.at += 2;
  const body = text.commands();
  return { type: 'Process', text: text.text.slice(from, text.at), operator, body };
}

function arithmetic(text: Text): WordPart {
  const from = text.at;
  text.at += 3;
  for (let depth = 0; ; ) {
    const c = text.text[text.at];
    if (c === undefined) text.fail("missing '))'", true);
    if (c === '\\') text.at += 2;
    else if (c === '`') backquoted(text, true);
    else if (c === '$' && dollar(text, true)) continue;
    else {
      if (c === ')' && depth === 0 && text.text[text.at + 1] === ')') break;
      if (c === '(') depth++;
      else if (c === ')' && depth > 0) depth--;
      text.at++;
    }
  }
  text.at += 2;
  const whole = text.text.slice(from, text.at);
  return { type: 'Arithmetic', text: whole, expression: whole.slice(3, -2) };
}

/** `${…}`: only its end is looked for; what is wrong in it is an error when it is expanded. */
function parameter(text: Text, quoted: boolean): WordPart {
  const from = text.at;
  text.at += 2;
  for (const name of [NAME, DIGITS]) {
    name.lastIndex = text.at;
    text.at += name.exec(text.text)?.[0].length ?? 0;
  }
  // Of ${#}, ${?} and their like the sign is no operator.
  if (text.at === from + 2 && text.text[text.at] !== '}') text.at++;
  // Between double quotes single quotes are ordinary, but not in a pattern.
  const ordinary = quoted && !/[#%]/.test(text.text[text.at] ?? '');
  for (;;) {
    const c = text.text[text.at];
    if (c === undefined) text.fail(quoted ? 'quote' : "missing '}'", true);
    if (c === '}') break;
    if (c === '\\') text.at += 2;
    else if (c === '`') backquoted(text, true);
    else if (c === '"') doubleQuoted(text);
    else if (c === "'" && !ordinary) singleQuoted(text);
    else if (c !== '$' || !dollar(text, ordinary)) text.at++;
  }
  text.at++;
  return { type: 'Braced', text: text.text.slice(from, text.at) };
}
