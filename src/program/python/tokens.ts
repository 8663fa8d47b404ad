// Python's tokenizer: lines with their indentation, names, numbers, strings and operators.
import { type Place, SyntaxFault } from './tree.ts';

export interface Token {
  type: 'name' | 'number' | 'string' | 'operator' | 'newline' | 'indent' | 'dedent' | 'end';
  text: string;
  at: Place;
  value?: bigint | number;
  imaginary?: boolean;
}

const OPERATORS = [
  '**=', '//=', '>>=', '<<=', '...', '!=', '->', '**', '//', '>>', '<<', '<=', '>=', '==', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=',
  '@=', ':=', '<>', '+', '-', '*', '/', '%', '@', '&', '|', '^', '~', '<', '>', '(', ')', '[', ']', '{', '}', ',', ':', '.', ';', '=',
]; // biome-ignore format: one table
const CLOSING: Record<string, string> = { ')': '(', ']': '[', '}': '{' };
const NAME = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}_]*/uy;
const NUMBER =
  /0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*)?\.\d(?:_?\d)*(?:[eE][+-]?\d(?:_?\d)*)?[jJ]?|\d(?:_?\d)*(?:\.(?:[eE][+-]?\d(?:_?\d)*)?|[eE][+-]?\d(?:_?\d)*)?[jJ]?/y;
const STRING = /(?:[bB][rR]?|[rR][bBfF]?|[fF][rR]?|[uU])?(?:'''|"""|'|")/y;
/** Brackets inside brackets. */
const DEEPEST = 200;

/** Splits source (text, not bytes) into tokens. @throws SyntaxFault */
export function tokenize(source: string): Token[] {
  const text = source.replace(/\r\n?/g, '\n');
  const tokens: Token[] = [];
  const indents = [0];
  const open: { text: string; at: Place }[] = [];
  let at = 0;
  let line = 1;
  let lineStart = 0;
  const place = (from: number, to: number): Place => [line, from - lineStart, line, to - lineStart];
  const push = (type: Token['type'], from: number, to: number) => {
    const token: Token = { type, text: text.slice(from, to), at: place(from, to) };
    tokens.push(token);
    return token;
  };
  let fresh = true;
  while (at < text.length) {
    if (fresh && open.length === 0) {
      fresh = false;
      let column = 0;
      const start = at;
      for (; text[at] === ' ' || text[at] === '\t' || text[at] === '\f'; at++) {
        if (text[at] === '\t') column = (column >> 3) * 8 + 8;
        else if (text[at] === '\f') column = 0;
        else column++;
      }
      if (text[at] === '\n' || text[at] === '#' || at >= text.length) {
        while (at < text.length && text[at] !== '\n') at++;
        at++;
        line++;
        lineStart = at;
        fresh = true;
        continue;
      }
      if (column > indents.at(-1)!) {
        if (indents.length > 99)
          throw new SyntaxFault('too many levels of indentation', place(start, at), 'IndentationError');
        indents.push(column);
        push('indent', start, at);
      }
      while (column < indents.at(-1)!) {
        indents.pop();
        if (column > indents.at(-1)!) {
          const end = text.indexOf('\n', at) < 0 ? text.length : text.indexOf('\n', at);
          const fault: Place = [line, end - lineStart, line, end - lineStart + 1];
          throw new SyntaxFault('unindent does not match any outer indentation level', fault, 'IndentationError');
        }
        push('dedent', at, at);
      }
    }
    const c = text[at]!;
    if (c === ' ' || c === '\t' || c === '\f') {
      at++;
      continue;
    }
    if (c === '#') {
      while (at < text.length && text[at] !== '\n') at++;
      continue;
    }
    if (c === '\\') {
      if (text[at + 1] === '\n') {
        at += 2;
        line++;
        lineStart = at;
        if (at >= text.length)
          throw new SyntaxFault('unexpected EOF while parsing', [line - 1, 0, line - 1, 1], 'SyntaxError', true);
        continue;
      }
      if (at + 1 >= text.length)
        throw new SyntaxFault('unexpected EOF while parsing', place(at, at + 1), 'SyntaxError', true);
      throw new SyntaxFault('unexpected character after line continuation character', place(at + 1, at + 1));
    }
    if (c === '\n') {
      if (open.length === 0) {
        push('newline', at, at + 1);
        fresh = true;
      }
      at++;
      line++;
      lineStart = at;
      continue;
    }
    STRING.lastIndex = at;
    const quote = STRING.exec(text)?.[0];
    if (quote !== undefined) {
      at = string(quote);
      continue;
    }
    NAME.lastIndex = at;
    const name = NAME.exec(text)?.[0];
    if (name !== undefined) {
      push('name', at, at + name.length);
      at += name.length;
      continue;
    }
    if (/[0-9]/.test(c) || (c === '.' && /[0-9]/.test(text[at + 1] ?? ''))) {
      at = number();
      continue;
    }
    const operator = OPERATORS.find((o) => text.startsWith(o, at));
    if (operator === undefined || operator === '<>') {
      if (operator === '<>' || c === '$' || c === '?' || c === '!' || c === '`')
        throw new SyntaxFault('invalid syntax', place(at, at + (operator ? 2 : 1)));
      const code = text.codePointAt(at)!;
      if (code < 32 || code === 127)
        throw new SyntaxFault(`invalid non-printable character U+${hex(code)}`, place(at, at + 1));
      throw new SyntaxFault(`invalid character '${String.fromCodePoint(code)}' (U+${hex(code)})`, place(at, at + 1));
    }
    if ('([{'.includes(operator)) {
      if (open.length >= DEEPEST) throw new SyntaxFault('too many nested parentheses', place(at, at + 1));
      open.push({ text: operator, at: place(at, at + 1) });
    }
    if (CLOSING[operator]) {
      const last = open.pop();
      if (!last) throw new SyntaxFault(`unmatched '${operator}'`, place(at, at + 1));
      if (last.text !== CLOSING[operator]) {
        const where = last.at[0] === line ? '' : ` on line ${last.at[0]}`;
        throw new SyntaxFault(
          `closing parenthesis '${operator}' does not match opening parenthesis '${last.text}'${where}`,
          place(at, at + 1),
        );
      }
    }
    push('operator', at, at + operator.length);
    at += operator.length;
  }
  if (open.length > 0) {
    const last = open.at(-1)!;
    const fault = new SyntaxFault(`'${last.text}' was never closed`, last.at, 'SyntaxError', true);
    throw Object.assign(fault, { tokens });
  }
  if (tokens.length && tokens.at(-1)!.type !== 'newline' && tokens.at(-1)!.type !== 'dedent')
    push('newline', at, at + 1);
  if (lineStart === at && line > 1) line--;
  for (let i = indents.length - 1; i > 0; i--)
    tokens.push({ type: 'dedent', text: '', at: [line + 1, 0, line + 1, 0] });
  tokens.push({ type: 'end', text: '', at: [line + 1, 0, line + 1, 0] });
  return tokens;

  function string(quote: string): number {
    const [from, startLine, startColumn] = [at, line, at - lineStart];
    const delimiter = quote.replace(/^[a-zA-Z]+/, '');
    let to = at + quote.length;
    for (;;) {
      if (to >= text.length || (delimiter.length === 1 && text[to] === '\n')) {
        const triple = delimiter.length === 3;
        const message = triple ? 'unterminated triple-quoted string literal' : 'unterminated string literal';
        const last = triple ? line - (text.endsWith('\n') ? 1 : 0) : line;
        throw new SyntaxFault(
          `${message} (detected at line ${last})`,
          [startLine, startColumn, startLine, startColumn],
          'SyntaxError',
          triple,
        );
      }
      if (text.startsWith(delimiter, to)) break;
      if (text[to] === '\\') to++;
      if (text[to] === '\n') {
        line++;
        lineStart = to + 1;
      }
      to++;
    }
    to += delimiter.length;
    tokens.push({ type: 'string', text: text.slice(from, to), at: [startLine, startColumn, line, to - lineStart] });
    return to;
  }

  function number(): number {
    NUMBER.lastIndex = at;
    const literal = NUMBER.exec(text)?.[0] ?? '0';
    const to = at + literal.length;
    const digits = literal.replace(/_/g, '');
    if (/^0[xX]$|^0[oO]$|^0[bB]$/.test(literal + (text[to] ?? '')))
      throw new SyntaxFault(
        `invalid ${{ x: 'hexadecimal', o: 'octal', b: 'binary' }[text[to]!.toLowerCase()]} literal`,
        place(to, to),
      );
    if (/^0\d*[1-9]\d*$/.test(digits) || (/^0\d+$/.test(digits) && /[1-9]/.test(digits)))
      throw new SyntaxFault(
        'leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers',
        place(at, at + /^0*/.exec(literal)![0].length),
      );
    NAME.lastIndex = to;
    const tail = NAME.exec(text)?.[0];
    if (tail !== undefined && !/^(and|else|for|if|in|is|not|or)/.test(tail)) {
      const kind = /^0[xX]/.test(literal)
        ? 'hexadecimal'
        : /^0[oO]/.test(literal)
          ? 'octal'
          : /^0[bB]/.test(literal)
            ? 'binary'
            : 'decimal';
      throw new SyntaxFault(`invalid ${kind} literal`, place(to - 1, to - 1));
    }
    if (/^0[oO]/.test(literal) && /\d/.test(text[to] ?? ''))
      throw new SyntaxFault(`invalid digit '${text[to]}' in octal literal`, place(to, to));
    const token = push('number', at, to);
    token.imaginary = /[jJ]$/.test(digits);
    token.value =
      /[.jJ]|^\d+[eE]/.test(digits) && !/^0[xX]/.test(digits)
        ? Number.parseFloat(digits)
        : BigInt(digits.length > 4300 && !/^0[xX]/.test(digits) ? 0 : digits);
    return to;
  }
}

const hex = (code: number) => code.toString(16).toUpperCase().padStart(4, '0');
