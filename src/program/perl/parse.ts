// Perl's grammar: statements, expressions by precedence, quotes; complaints as perl words them.
import { type Inner, interpolate, Scanner } from './scan.ts';
import { type Node, type Part, PerlSyntaxError } from './tree.ts';
import { LIST, NONE, ON_TOPIC, UNARY } from './words.ts';

/** Operator → strength and side; `!` and its kin are read elsewhere. */
const BINARY: readonly [RegExp, number, 'left' | 'right' | 'none'][] = [
  [/\*\*(?!=)/y, 16, 'right'],
  [/=~|!~/y, 14, 'left'],
  [/\*(?![*=])|\/(?![/=])|%(?!=)|x(?![\w=]|\s*=>)|x(?=\d)/y, 13, 'left'],
  [/[+-](?![=])|\.(?![.=\d])|\.(?=\d)/y, 12, 'left'],
  [/<<(?!=)|>>(?!=)/y, 11, 'left'],
  [/<=(?!>)|>=|<(?![<=])|>(?![>=])|(?:lt|gt|le|ge)\b(?!\s*=>)/y, 9, 'none'],
  [/<=>|==|!=|(?:eq|ne|cmp)\b(?!\s*=>)/y, 8, 'none'],
  [/&(?![&=])/y, 7, 'left'],
  [/[|^](?![|=])/y, 6, 'left'],
  [/&&(?!=)/y, 5, 'left'],
  [/\|\|(?!=)|\/\/(?!=)/y, 4, 'left'],
  [/\.\.\.?/y, 3, 'none'],
];
const ASSIGN = /(?:\*\*|\|\||&&|\/\/|<<|>>|[-+*/.%x&|^])?=(?![=~>])/y;
const DEEPEST = 200;
const NAME = /(?:::)?[A-Za-z_]\w*(?:(?:::|')[A-Za-z_]\w*)*(?:::)?/y;
const SPECIAL = /\^\w|[!@/\\,;.&`'+0-9$<>()[\]:?|"~=%^-]|\d+/y;

export class Parser {
  readonly scan: Scanner;
  #depth = 0;
  /** Names of subs declared so far: callable without parentheses. */
  readonly subs = new Set<string>();

  constructor(source: string, file: string, firstLine = 1) {
    this.scan = new Scanner(source, file, firstLine);
  }

  program(): Node[] {
    const body = this.statements(false);
    this.scan.space();
    if (this.scan.at < this.scan.source.length) {
      if (this.scan.source[this.scan.at] === '}') {
        const { file } = this.scan;
        throw new PerlSyntaxError(
          `Unmatched right curly bracket at ${file} line ${this.scan.line}, at end of line\n${this.#near()}`,
        );
      }
      this.scan.fail();
    }
    return body;
  }

  #near(): string {
    try {
      return this.scan.fail();
    } catch (error) {
      return (error as Error).message;
    }
  }

  private statements(inBlock: boolean): Node[] {
    const body: Node[] = [];
    for (;;) {
      this.scan.space();
      if (this.scan.at >= this.scan.source.length) {
        if (inBlock) {
          const line = this.scan.lineAt(Math.max(0, this.scan.source.trimEnd().length - 1));
          throw new PerlSyntaxError(
            `Missing right curly or square bracket at ${this.scan.file} line ${line}, at end of line\nsyntax error at ${this.scan.file} line ${line}, at EOF`,
          );
        }
        return body;
      }
      if (this.scan.source[this.scan.at] === '}') return body;
      const end = this.scan.look(/__(END|DATA)__\b[^\n]*\n?/y);
      if (end) {
        this.scan.data = this.scan.source.slice(this.scan.at + end[0].length);
        this.scan.at = this.scan.source.length;
        return body;
      }
      if (this.scan.take(/;/y)) continue;
      const s = this.statement();
      if (s) body.push(s);
    }
  }

  private block(): Node {
    const { line } = this.scan;
    if (!this.scan.take(/\{/y)) this.scan.fail();
    if (++this.#depth > DEEPEST) this.scan.fail();
    const body = this.statements(true);
    this.#depth--;
    if (!this.scan.take(/\}/y)) this.scan.fail();
    return { type: 'block', body, line };
  }

  private statement(): Node | undefined {
    this.scan.space();
    const { line } = this.scan;
    const label = this.scan.look(/([A-Za-z_]\w*)\s*:(?![:])/y);
    let name: string | undefined;
    if (label && !/^(default|s|y|m|q|qq|qw|qr|tr)$/.test(label[1]!)) {
      this.scan.take(/([A-Za-z_]\w*)\s*:/y);
      name = label[1];
      this.scan.space();
    }
    const word = this.scan.look(/[A-Za-z_]\w*/y)?.[0];
    switch (word) {
      case 'if':
      case 'unless':
        return this.conditional();
      case 'while':
      case 'until': {
        this.scan.take(/\w+/y);
        this.need(/\(/y);
        const test = this.scan.look(/\)/y) ? undefined : this.expression();
        this.need(/\)/y);
        const body = this.block();
        const next = this.scan.take(/continue\b/y) ? this.block() : undefined;
        return { type: 'while', label: name, test, until: word === 'until', body, next, line };
      }
      case 'for':
      case 'foreach':
        return this.loop(name);
      case 'my':
      case 'sub': {
        if (!this.scan.look(/(?:my\s+)?sub\s+[A-Za-z_]/y)) break;
        this.scan.take(/my(?=\s+sub)/y);
        this.scan.take(/sub\b/y);
        const sub = this.scan.take(NAME)![0];
        this.subs.add(sub);
        this.scan.take(/\([\\$@%&*;+_\s]*\)/y);
        if (this.scan.take(/;/y)) return undefined;
        const signature = this.signature();
        const body = this.block();
        if (signature && body.type === 'block') body.body.unshift(signature);
        return { type: 'sub', name: sub, body, line };
      }
      case 'package': {
        this.scan.take(/package\b/y);
        const pack = this.scan.take(NAME)?.[0] ?? this.scan.fail();
        if (this.scan.look(/\{/y)) return { type: 'package', name: pack, body: this.block(), line };
        this.end();
        return { type: 'package', name: pack, line };
      }
      case 'use':
      case 'no':
        return this.use(word === 'no');
      case 'BEGIN':
      case 'END':
      case 'INIT':
      case 'CHECK':
        if (this.scan.look(/\w+\s*\{/y)) {
          this.scan.take(/\w+/y);
          const body = this.block();
          if (word === 'END') return { type: 'sub', name: 'END', body, line };
          return { type: 'block', body: body.type === 'block' ? body.body : [body], begin: true, line };
        }
        break;
      case 'return':
        break;
      default:
    }
    if (this.scan.look(/\{(?!\s*(?:[A-Za-z_]\w*|"[^"\n]*"|'[^'\n]*'|\$\w+)\s*(?:=>|,))(?!\s*%\$?\w+\s*[,}])/y)) {
      const body = this.block();
      // A bare block is a loop that runs once.
      return { type: 'while', label: name, until: false, body, post: true, line, test: undefined };
    }
    let node: Node = this.expression();
    for (;;) {
      const modifier = this.scan.take(/(if|unless|while|until|for|foreach)\b/y)?.[1];
      if (!modifier) break;
      const test = this.expression();
      const body: Node = node;
      if (modifier === 'if' || modifier === 'unless') {
        const condition: Node = modifier === 'if' ? test : { type: 'unary', operator: '!', value: test, line };
        node = { type: 'logic', operator: '&&', left: condition, right: body, line };
      } else if (modifier === 'while' || modifier === 'until')
        node = {
          type: 'while',
          test,
          until: modifier === 'until',
          body,
          line,
          post: node.type === 'do',
          label: 'do while',
        };
      else node = { type: 'foreach', list: test, body, line };
    }
    this.end();
    return node;
  }

  private need(pattern: RegExp): void {
    if (!this.scan.take(pattern)) this.scan.fail();
  }

  private end(): void {
    if (this.scan.take(/;/y)) return;
    this.scan.space();
    if (this.scan.at >= this.scan.source.length || this.scan.source[this.scan.at] === '}') return;
    this.scan.fail();
  }

  private conditional(): Node {
    const { line } = this.scan;
    const branches: { test: Node; body: Node }[] = [];
    let otherwise: Node | undefined;
    for (let word = this.scan.take(/if|unless/y)?.[0]; word; ) {
      this.need(/\(/y);
      const test = this.expression();
      this.need(/\)/y);
      branches.push({
        test: word === 'unless' ? { type: 'unary', operator: '!', value: test, line } : test,
        body: this.block(),
      });
      word = this.scan.take(/elsif\b/y)?.[0];
    }
    if (this.scan.look(/else\s+if\b/y)) {
      this.scan.take(/else/y);
      this.scan.fail();
    }
    if (this.scan.take(/else\b/y)) otherwise = this.block();
    return { type: 'if', branches, otherwise, line };
  }

  private loop(label: string | undefined): Node {
    const { line } = this.scan;
    this.scan.take(/\w+/y);
    let variable: Node | undefined;
    const my = this.scan.take(/(my|our|state)\s*(?=\$)/y);
    if (this.scan.look(/\$\w/y)) {
      const name = this.scan.take(/\$(\w+(?:::\w+)*)/y)![1]!;
      variable = { type: 'scalar', name, line };
      if (my) variable = { type: 'my', kind: 'my', targets: [variable], list: false, line };
    }
    this.need(/\(/y);
    if (!variable) {
      const init = this.scan.look(/;/y) ? undefined : this.scan.look(/\)/y) ? undefined : this.expression();
      if (this.scan.take(/;/y)) {
        const test = this.scan.look(/;/y) ? undefined : this.expression();
        this.need(/;/y);
        const step = this.scan.look(/\)/y) ? undefined : this.expression();
        this.need(/\)/y);
        return { type: 'while', label, test, until: false, body: this.block(), step, init, line };
      }
      this.need(/\)/y);
      return { type: 'foreach', label, list: init ?? { type: 'list', items: [], line }, body: this.block(), line };
    }
    const list: Node = this.scan.look(/\)/y) ? { type: 'list', items: [], line } : this.expression();
    this.need(/\)/y);
    return { type: 'foreach', label, variable, list, body: this.block(), line };
  }

  /** A signature of Perl 5.36 as the assignment it stands for. */
  private signature(): Node | undefined {
    const { line } = this.scan;
    if (!this.scan.take(/\(/y)) return undefined;
    const targets: Node[] = [];
    while (!this.scan.take(/\)/y)) {
      const found = this.scan.take(/([$@%])(\w*)/y) ?? this.scan.fail();
      targets.push({
        type: found[1] === '$' ? 'scalar' : found[1] === '@' ? 'array' : 'hash',
        name: found[2] || '_unused',
        line,
      });
      if (this.scan.take(/(?:\/\/|\|\|)?=/y)) this.assignment();
      this.scan.take(/,/y);
    }
    return {
      type: 'assign',
      operator: '=',
      left: { type: 'my', kind: 'my', targets, list: true, line },
      right: { type: 'array', name: '_', line },
      line,
    };
  }

  private use(no: boolean): Node | undefined {
    const { line } = this.scan;
    this.scan.take(/use|no/y);
    if (this.scan.take(/v?[\d._]+(?=\s*;|\s*\})|v?[\d._]+/y)) {
      this.end();
      return undefined;
    }
    const module = this.scan.take(NAME)?.[0] ?? this.scan.fail();
    this.scan.take(/v?\d[\d._]*(?=\s*[;\s])/y);
    const args = this.scan.look(/;|\}/y) || this.atEnd() ? [] : [this.expression()];
    this.end();
    if (module === 'constant') for (const name of constantNames(args)) this.subs.add(name);
    return { type: 'use', module, args, no, line };
  }

  private atEnd(): boolean {
    this.scan.space();
    return this.scan.at >= this.scan.source.length;
  }

  // Expressions

  /** The lowest: `or xor`, `and`, `not`, then lists. */
  expression(): Node {
    if (++this.#depth > DEEPEST) this.scan.fail();
    let left = this.low();
    for (;;) {
      const { line } = this.scan;
      const operator = this.scan.take(/(or|xor)\b/y)?.[1];
      if (!operator) break;
      const right = this.low();
      left =
        operator === 'or'
          ? { type: 'logic', operator: '||', left, right, line }
          : { type: 'binary', operator: 'xor', left, right, line };
    }
    this.#depth--;
    return left;
  }

  private low(): Node {
    let left = this.not();
    for (;;) {
      const { line } = this.scan;
      if (!this.scan.take(/and\b/y)) return left;
      left = { type: 'logic', operator: '&&', left, right: this.not(), line };
    }
  }

  private not(): Node {
    const { line } = this.scan;
    if (this.scan.take(/not\b/y)) return { type: 'unary', operator: '!', value: this.not(), line };
    return this.comma();
  }

  private comma(): Node {
    const { line } = this.scan;
    const first = this.assignment();
    if (!this.scan.look(/,|=>/y)) return first;
    const items = [first];
    while (this.scan.take(/,|=>/y)) {
      if (this.stops()) break;
      items.push(this.assignment());
    }
    return { type: 'list', items, line };
  }

  /** Nothing of an expression follows. */
  private stops(): boolean {
    this.scan.space();
    const c = this.scan.source[this.scan.at];
    return (
      c === undefined ||
      /[)\]};:,]/.test(c) ||
      this.scan.look(
        /(?:or|and|if|unless|while|until|foreach|for|xor)\b(?!\s*=>)|=(?![~=])|\?|=>|==|=~|\|\||&&(?!\w)|\.(?!\d)|\*(?![\w{])|x\b(?!\s*=>)|(?:eq|ne|lt|gt|le|ge|cmp)\b(?!\s*=>)/y,
      ) !== null
    );
  }

  assignment(): Node {
    const { line } = this.scan;
    const left = this.ternary();
    const operator = this.scan.take(ASSIGN)?.[0];
    if (operator === undefined) return left;
    const right = this.assignment();
    return { type: 'assign', operator, left, right, line };
  }

  private ternary(): Node {
    const test = this.binary(3);
    const { line } = this.scan;
    if (!this.scan.take(/\?/y)) return test;
    const yes = this.assignment();
    this.need(/:/y);
    const no = this.assignment();
    return { type: 'ternary', test, yes, no, line };
  }

  private binary(least: number): Node {
    let left = this.unary();
    for (;;) {
      this.scan.space();
      const found = this.#operator(least);
      if (!found) return left;
      const [operator, strength, side] = found;
      const { line } = this.scan;
      const right = this.binary(side === 'right' ? strength : strength + 1);
      if (operator === '=~' || operator === '!~') left = this.bound(left, right, operator === '!~', line);
      else if (operator === '&&' || operator === '||' || operator === '//')
        left = { type: 'logic', operator, left, right, line };
      else if (operator.startsWith('..')) left = { type: 'range', left, right, line };
      else left = { type: 'binary', operator, left, right, line };
    }
  }

  #operator(least: number): [string, number, 'left' | 'right' | 'none'] | undefined {
    for (const [pattern, strength, side] of BINARY) {
      if (strength < least) return undefined;
      const found = this.scan.look(pattern);
      if (!found) continue;
      if (this.scan.look(ASSIGN)) return undefined;
      this.scan.take(pattern);
      return [found[0], strength, side];
    }
    return undefined;
  }

  private bound(left: Node, right: Node, negative: boolean, line: number): Node {
    if (right.type === 'match' || right.type === 'substitute') return { ...right, target: left, negative };
    if (right.type === 'translate') return { ...right, target: left };
    return { type: 'match', target: left, pattern: [{ scalar: right }], flags: '', negative, line };
  }

  private unary(): Node {
    this.scan.space();
    const { line } = this.scan;
    if (++this.#depth > DEEPEST) this.scan.fail();
    try {
      const test =
        this.scan.look(/-([a-zA-Z])(?![\w])(?!\s*(?:=>|\())/y) ?? this.scan.look(/-([edfrwxszl])\s*\((?=\s*["'$])/y);
      if (test && /[edfrwxszlpSbctugkoRWXOTBAMC]/.test(test[1]!)) {
        this.scan.take(/-[a-zA-Z]/y);
        const value: Node = this.stops() ? { type: 'scalar', name: '_', line } : this.unary();
        return { type: 'test', letter: test[1]!, value, line };
      }
      const operator = this.scan.take(/!(?!~)|~(?!~)|\\|\+\+|--|-|\+/y)?.[0];
      if (operator === undefined) return this.power();
      if (operator === '++' || operator === '--')
        return { type: 'increment', operator, prefix: true, value: this.unary(), line };
      if (operator === '\\') return { type: 'reference', value: this.unary(), line };
      if (operator === '+') return this.unary();
      if (operator === '-') {
        const word = this.scan.look(/[A-Za-z_]\w*/y)?.[0];
        if (word !== undefined && !this.subs.has(word) && !UNARY.has(word) && !LIST.has(word)) {
          this.scan.take(/\w+/y);
          return { type: 'string', value: `-${word}`, line };
        }
        const value = this.binary(16);
        return { type: 'unary', operator: '-', value, line };
      }
      return { type: 'unary', operator, value: this.unary(), line };
    } finally {
      this.#depth--;
    }
  }

  private power(): Node {
    const { line } = this.scan;
    const value = this.postfix(this.primary());
    const operator = this.scan.take(/\+\+|--/y)?.[0] as '++' | undefined;
    if (operator) return { type: 'increment', operator, prefix: false, value, line };
    if (this.scan.look(/\*\*(?!=)/y)) {
      this.scan.take(/\*\*/y);
      return { type: 'binary', operator: '**', left: value, right: this.unary(), line };
    }
    return value;
  }

  /** Subscripts, calls and methods behind a value. */
  private postfix(start: Node): Node {
    let value = start;
    for (;;) {
      const { line } = this.scan;
      const subscripted =
        value.type === 'element' || value.type === 'entry' || value.type === 'invoke' || value.type === 'method';
      if (this.scan.take(/->/y)) {
        if (this.scan.look(/\[/y))
          value = { type: 'element', array: { type: 'deref', sigil: '@', value, line }, index: this.index(), line };
        else if (this.scan.look(/\{/y))
          value = { type: 'entry', hash: { type: 'deref', sigil: '%', value, line }, key: this.key(), line };
        else if (this.scan.look(/\(/y)) value = { type: 'invoke', callee: value, args: this.parenthesized(), line };
        else if (this.scan.take(/@\*/y)) value = { type: 'deref', sigil: '@', value, line };
        else if (this.scan.take(/%\*/y)) value = { type: 'deref', sigil: '%', value, line };
        else if (this.scan.take(/\$\*/y)) value = { type: 'deref', sigil: '$', value, line };
        else if (this.scan.look(/\$\w/y)) {
          const name: Node = { type: 'scalar', name: this.scan.take(/\$(\w+)/y)![1]!, line };
          value = {
            type: 'method',
            object: value,
            name,
            args: this.scan.look(/\(/y) ? this.parenthesized() : [],
            line,
          };
        } else {
          const name = this.scan.take(NAME)?.[0] ?? this.scan.fail();
          value = {
            type: 'method',
            object: value,
            name,
            args: this.scan.look(/\(/y) ? this.parenthesized() : [],
            line,
          };
        }
      } else if (subscripted && this.scan.source[this.scan.at] === '[')
        value = { type: 'element', array: { type: 'deref', sigil: '@', value, line }, index: this.index(), line };
      else if (subscripted && this.scan.source[this.scan.at] === '{')
        value = { type: 'entry', hash: { type: 'deref', sigil: '%', value, line }, key: this.key(), line };
      else if (
        (value.type === 'element' || value.type === 'entry' || value.type === 'invoke') &&
        this.scan.source[this.scan.at] === '('
      )
        value = { type: 'invoke', callee: value, args: this.parenthesized(), line };
      else return value;
    }
  }

  private index(): Node {
    this.need(/\[/y);
    const value = this.expression();
    this.need(/\]/y);
    return value;
  }

  /** `{word}` or `{expression}`. */
  private key(): Node {
    this.need(/\{/y);
    const { line } = this.scan;
    const word = this.scan.look(/(-?[A-Za-z_]\w*)\s*\}/y);
    if (word) {
      this.scan.take(/(-?[A-Za-z_]\w*)\s*\}/y);
      return { type: 'string', value: word[1]!, line };
    }
    const value = this.expression();
    this.need(/\}/y);
    return value;
  }

  private parenthesized(): Node[] {
    this.need(/\(/y);
    if (this.scan.take(/\)/y)) return [];
    const value = this.expression();
    this.need(/\)/y);
    return value.type === 'list' ? value.items : [value];
  }

  private primary(): Node {
    this.scan.space();
    const { line } = this.scan;
    const c = this.scan.source[this.scan.at];
    if (c === undefined) this.scan.fail();
    if (
      c === '$' ||
      c === '@' ||
      (c === '%' && /[\w{$:^+!-]/.test(this.scan.source[this.scan.at + 1] ?? '')) ||
      (c === '&' && this.scan.source[this.scan.at + 1] !== '&') ||
      (c === '*' && /[\w{:]/.test(this.scan.source[this.scan.at + 1] ?? ''))
    )
      return this.variable();
    if (c === '(') {
      const items = this.parenthesized();
      if (this.scan.source[this.scan.at] === '[')
        return { type: 'slice', of: 'list', base: { type: 'list', items, line }, keys: this.index(), line };
      return { type: 'list', items, line };
    }
    if (c === '[') {
      this.need(/\[/y);
      const items = this.scan.look(/\]/y) ? [] : [this.expression()];
      this.need(/\]/y);
      return { type: 'anonArray', items, line };
    }
    if (c === '{') {
      this.need(/\{/y);
      const items = this.scan.look(/\}/y) ? [] : [this.expression()];
      this.need(/\}/y);
      return { type: 'anonHash', items, line };
    }
    const number = this.scan.take(
      /0[xX][\da-fA-F_]+|0[bB][01_]+|0[0-7_]+(?![.\d])|v\d+(?:\.\d+)+|(?:\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y,
    )?.[0];
    if (number !== undefined) {
      if (number.startsWith('v'))
        return {
          type: 'string',
          value: number
            .slice(1)
            .split('.')
            .map((n) => String.fromCharCode(Number(n)))
            .join(''),
          line,
        };
      const plain = number.replace(/_/g, '');
      return {
        type: 'number',
        value: /^0[xXbB]/.test(plain) ? Number(plain) : /^0\d/.test(plain) ? Number.parseInt(plain, 8) : Number(plain),
        line,
      };
    }
    if (c === '"' || c === "'" || c === '`') {
      this.scan.take(/(?=["'`])/y);
      if (c === "'") return { type: 'string', value: single(this.scan.quoted()), line };
      const text = this.scan.quoted(true);
      return c === '"'
        ? this.interpolated(unescapeDelimiter(text, '"'), line)
        : { type: 'backtick', parts: interpolate(unescapeDelimiter(text, '`'), line, this.inner), line };
    }
    if (c === '/') {
      this.scan.take(/(?=\/)/y);
      return this.match('m', line);
    }
    if (c === '<') return this.angle(line);
    const word = this.scan.look(NAME)?.[0];
    if (word === undefined) this.scan.fail();
    return this.word(word, line);
  }

  private interpolated(text: string, line: number): Node {
    const parts = interpolate(text, line, this.inner);
    if (parts.length === 0) return { type: 'string', value: '', line };
    if (parts.length === 1 && typeof parts[0] === 'string') return { type: 'string', value: parts[0], line };
    return { type: 'interpolated', parts, line };
  }

  /** Parses a variable of a string. */
  readonly inner: Inner = (source, line) => {
    const inner = new Parser(source.replace(/^([$@])\{\s*(\^?\w+)\s*\}/, '$1{$2}'), this.scan.file, line);
    return inner.postfix(inner.variable());
  };

  private variable(): Node {
    this.scan.space();
    const { line } = this.scan;
    const sigil = this.scan.take(/\$#(?=[\w{$:])|[$@%&*]/y)![0];
    if (sigil === '$#') {
      const array: Node =
        this.scan.look(/\{/y) || this.scan.look(/\$/y)
          ? { type: 'deref', sigil: '@', value: this.target(), line }
          : { type: 'array', name: this.scan.take(NAME)![0], line };
      return { type: 'last', array, line };
    }
    const next = this.scan.source[this.scan.at] ?? '';
    let name: string | undefined;
    const braced = /\{\s*(\^\w+|(?:::)?[A-Za-z_]\w*(?:::\w+)*|\d+|[!@/\\,;.&])\s*\}/y;
    braced.lastIndex = this.scan.at;
    const inBraces = braced.exec(this.scan.source);
    if (inBraces && !(sigil === '&')) {
      this.scan.at += inBraces[0].length;
      name = inBraces[1]!;
    } else if (next === '{' || (next === '$' && /[\w{$:]/.test(this.scan.source[this.scan.at + 1] ?? ''))) {
      const value = this.target();
      if (sigil === '&')
        return {
          type: 'invoke',
          callee: value,
          args: this.scan.look(/\(/y) ? this.parenthesized() : [{ type: 'array', name: '_', line }],
          line,
        };
      if (sigil === '$') {
        if (this.scan.source[this.scan.at] === '[')
          return { type: 'element', array: { type: 'deref', sigil: '@', value, line }, index: this.index(), line };
        if (this.scan.source[this.scan.at] === '{')
          return { type: 'entry', hash: { type: 'deref', sigil: '%', value, line }, key: this.key(), line };
      }
      if (sigil === '@') {
        if (this.scan.source[this.scan.at] === '[')
          return {
            type: 'slice',
            of: 'array',
            base: { type: 'deref', sigil: '@', value, line },
            keys: this.index(),
            line,
          };
        if (this.scan.source[this.scan.at] === '{')
          return {
            type: 'slice',
            of: 'hash',
            base: { type: 'deref', sigil: '%', value, line },
            keys: this.key(),
            line,
          };
      }
      return { type: 'deref', sigil: sigil as '$', value, line };
    } else {
      NAME.lastIndex = this.scan.at;
      SPECIAL.lastIndex = this.scan.at;
      const found =
        NAME.exec(this.scan.source)?.[0] ??
        (sigil === '$' || (sigil === '@' && /[-+_]/.test(next)) || (sigil === '%' && /[-+!^]/.test(next))
          ? SPECIAL.exec(this.scan.source)?.[0]
          : undefined);
      if (found === undefined) this.scan.fail();
      name = found.replace(/'/g, (q) => (found.length > 1 ? '::' : q));
      const digits = /\d+/y;
      digits.lastIndex = this.scan.at;
      const number = sigil === '$' ? digits.exec(this.scan.source)?.[0] : undefined;
      if (number) name = number;
      this.scan.at += number?.length ?? found.length;
    }
    if (sigil === '&')
      return {
        type: 'call',
        name,
        args: this.scan.look(/\(/y) ? this.parenthesized() : [{ type: 'array', name: '_', line }],
        ampersand: true,
        line,
      };
    const after = this.scan.source[this.scan.at];
    if (sigil === '$' && after === '[' && name !== '$')
      return { type: 'element', array: { type: 'array', name, line }, index: this.index(), line };
    if (sigil === '$' && after === '{')
      return { type: 'entry', hash: { type: 'hash', name, line }, key: this.key(), line };
    if (sigil === '@' && after === '[')
      return { type: 'slice', of: 'array', base: { type: 'array', name, line }, keys: this.index(), line };
    if (sigil === '@' && after === '{')
      return { type: 'slice', of: 'hash', base: { type: 'hash', name, line }, keys: this.key(), line };
    if (sigil === '%' && after === '{')
      return { type: 'slice', of: 'hash', base: { type: 'hash', name, line }, keys: this.key(), pairs: true, line };
    return { type: ({ $: 'scalar', '@': 'array', '%': 'hash', '*': 'typeglob' } as const)[sigil as '$'], name, line };
  }

  /** What is dereferenced: `{expression}` or another scalar. */
  private target(): Node {
    const { line } = this.scan;
    if (this.scan.look(/\{/y)) {
      const body = this.block();
      return body.type === 'block' && body.body.length === 1 ? body.body[0]! : { type: 'do', body, line };
    }
    this.scan.take(/\$/y);
    if (this.scan.source[this.scan.at] === '$') return { type: 'deref', sigil: '$', value: this.target(), line };
    const name = this.scan.take(NAME)?.[0] ?? this.scan.fail();
    return { type: 'scalar', name, line };
  }

  private angle(line: number): Node {
    const here = this.scan.take(/<<(~?)(?:"([^"\n]*)"|'([^'\n]*)'|([A-Za-z_]\w*))/y);
    if (here) {
      const tag = here[2] ?? here[3] ?? here[4]!;
      const node: Node = { type: 'interpolated', parts: [], line };
      this.scan.hereDocument(tag, here[1] === '~', (body) => {
        node.parts = here[3] !== undefined ? [body] : interpolate(body, line + 1, this.inner);
      });
      return node;
    }
    const handle = this.scan.take(/<(\$?\w*(?:::\w+)*)>/y);
    if (handle) {
      const name = handle[1]!;
      return {
        type: 'readline',
        handle: name.startsWith('$') ? { type: 'scalar', name: name.slice(1), line } : name === '' ? 'ARGV' : name,
        line,
      };
    }
    const glob = this.scan.take(/<([^>\n]+)>/y);
    if (glob) return { type: 'fileglob', pattern: interpolate(glob[1]!, line, this.inner), line };
    return this.scan.fail();
  }

  private match(kind: 'm' | 'qr', line: number): Node {
    const delimiter = this.scan.source[this.scan.at]!;
    const text = this.patternText();
    const flags = /[a-z]*/y;
    flags.lastIndex = this.scan.at;
    const letters = flags.exec(this.scan.source)![0];
    this.scan.at += letters.length;
    const pattern: Part[] = delimiter === "'" ? [text] : interpolate(text, line, this.inner, true);
    return kind === 'm'
      ? { type: 'match', pattern, flags: letters, negative: false, line }
      : { type: 'pattern', pattern, flags: letters, line };
  }

  private patternText(): string {
    const delimiter = this.scan.source[this.scan.at]!;
    try {
      const text = this.scan.quoted(true);
      // An escaped delimiter that means nothing in a pattern loses its backslash.
      return /[/!,#"'@%~;:=]/.test(delimiter) ? text.replaceAll(`\\${delimiter}`, delimiter) : text;
    } catch (error) {
      if (error instanceof PerlSyntaxError && delimiter === '/')
        throw new PerlSyntaxError('Search pattern not terminated');
      throw error;
    }
  }

  /** Quote-like words: q qq qw m s tr y qr qx. */
  private quoteLike(word: string, line: number): Node {
    this.scan.take(NAME);
    this.scan.space();
    this.scan.token = this.scan.at;
    const delimiter = this.scan.source[this.scan.at]!;
    switch (word) {
      case 'q':
        return { type: 'string', value: single(this.scan.quoted()), line };
      case 'qq':
        return this.interpolated(unescapeDelimiter(this.scan.quoted(true), delimiter), line);
      case 'qx':
        return {
          type: 'backtick',
          parts:
            delimiter === "'"
              ? [this.scan.quoted()]
              : interpolate(unescapeDelimiter(this.scan.quoted(true), delimiter), line, this.inner),
          line,
        };
      case 'qw': {
        const items = this.scan
          .quoted()
          .split(/\s+/)
          .filter(Boolean)
          .map((value): Node => ({ type: 'string', value, line }));
        if (this.scan.source[this.scan.at] === '[')
          return { type: 'slice', of: 'list', base: { type: 'list', items, line }, keys: this.index(), line };
        return { type: 'list', items, line };
      }
      case 'm':
        return this.match('m', line);
      case 'qr':
        return this.match('qr', line);
      case 's': {
        const text = this.patternText();
        if (/[([{<]/.test(delimiter)) this.scan.space();
        else this.scan.at--;
        const second = this.scan.source[this.scan.at];
        let by: string;
        try {
          by = this.scan.quoted(true);
        } catch {
          throw new PerlSyntaxError('Substitution replacement not terminated');
        }
        const flags = /[a-z]*/y;
        flags.lastIndex = this.scan.at;
        const letters = flags.exec(this.scan.source)![0];
        this.scan.at += letters.length;
        const pattern: Part[] = delimiter === "'" ? [text] : interpolate(text, line, this.inner, true);
        if (letters.includes('e')) {
          const inner = new Parser(unescapeDelimiter(by, second!), this.scan.file, line);
          for (const name of this.subs) inner.subs.add(name);
          const body: Node = { type: 'block', body: inner.program(), line };
          return { type: 'substitute', pattern, by: { type: 'do', body, line }, flags: letters, negative: false, line };
        }
        return {
          type: 'substitute',
          pattern,
          by: second === "'" ? [by] : interpolate(unescapeDelimiter(by, second!), line, this.inner),
          flags: letters,
          negative: false,
          line,
        };
      }
      default: {
        const from = this.scan.quoted();
        if (/[([{<]/.test(delimiter)) this.scan.space();
        else this.scan.at--;
        const to = this.scan.quoted();
        const flags = /[a-z]*/y;
        flags.lastIndex = this.scan.at;
        const letters = flags.exec(this.scan.source)![0];
        this.scan.at += letters.length;
        return { type: 'translate', from, to, flags: letters, line };
      }
    }
  }

  private word(word: string, line: number): Node {
    if (this.scan.look(/[A-Za-z_]\w*\s*=>/y)) {
      this.scan.take(NAME);
      return { type: 'string', value: word, line };
    }
    if (/^(q|qq|qw|m|s|tr|y|qr|qx)$/.test(word) && this.scan.look(/\w+\s*(?![\s\w,;)=]|=>)|\w+(?==(?![=>~]))/y))
      return this.quoteLike(word, line);
    switch (word) {
      case 'my':
      case 'our':
      case 'local':
      case 'state': {
        this.scan.take(NAME);
        if (word === 'local') {
          const target = this.postfix(this.primary());
          return {
            type: 'my',
            kind: 'local',
            targets: target.type === 'list' ? target.items : [target],
            list: target.type === 'list',
            line,
          };
        }
        if (this.scan.look(/\(/y)) {
          const targets = this.parenthesized();
          return { type: 'my', kind: word, targets, list: true, line };
        }
        return { type: 'my', kind: word, targets: [this.variable()], list: false, line };
      }
      case 'do':
        this.scan.take(NAME);
        if (this.scan.look(/\{/y)) return { type: 'do', body: this.block(), line };
        return { type: 'builtin', name: 'do', args: [this.unary()], line };
      case 'eval':
        this.scan.take(NAME);
        if (this.scan.look(/\{/y)) return { type: 'eval', body: this.block(), line };
        return {
          type: 'builtin',
          name: 'eval',
          args: this.stops() ? [{ type: 'scalar', name: '_', line }] : [this.unary()],
          line,
        };
      case 'sub': {
        this.scan.take(NAME);
        this.scan.take(/\([\\$@%&*;+_\s]*\)/y);
        const signature = this.signature();
        const body = this.block();
        if (signature && body.type === 'block') body.body.unshift(signature);
        return { type: 'anonSub', body, line };
      }
      case 'return':
        this.scan.take(NAME);
        return { type: 'return', value: this.stops() ? undefined : this.comma(), line };
      case 'next':
      case 'last':
      case 'redo': {
        this.scan.take(NAME);
        const label = this.scan.look(/[A-Z_][A-Z0-9_]*\b/y) ? this.scan.take(/[A-Z_]\w*/y)![0] : undefined;
        return { type: 'leave', kind: word, label, line };
      }
      case 'wantarray':
        this.scan.take(NAME);
        this.scan.take(/\(\s*\)/y);
        return { type: 'wantarray', line };
      case '__PACKAGE__':
      case '__FILE__':
      case '__LINE__':
        this.scan.take(NAME);
        return word === '__LINE__'
          ? { type: 'number', value: line, line }
          : word === '__FILE__'
            ? { type: 'string', value: this.scan.file, line }
            : { type: 'builtin', name: word, args: [], line };
      case 'print':
      case 'printf':
      case 'say':
        return this.printing(word, line);
      case 'sort':
      case 'map':
      case 'grep':
        return this.blockFirst(word, line);
    }
    this.scan.take(NAME);
    if (this.scan.look(/->|::/y) || word.endsWith('::'))
      return { type: 'string', value: word.replace(/::$/, ''), line };
    if (!this.subs.has(word) || word === 'ref') {
      if (NONE.has(word)) {
        this.scan.take(/\(\s*\)/y);
        return { type: 'builtin', name: word, args: [], line };
      }
      if (UNARY.has(word)) return this.unaryFunction(word, line);
      if (LIST.has(word)) {
        if (this.scan.look(/\(/y)) return { type: 'builtin', name: word, args: this.parenthesized(), line };
        const args = this.stops() ? [] : this.items();
        return { type: 'builtin', name: word, args, line };
      }
    }
    if (
      /^(first|any|all|none|notall|reduce|reductions|pairmap|pairgrep|sum_by|max_by|min_by)$/.test(word) &&
      this.scan.look(/\{/y)
    ) {
      const block: Node = { type: 'anonSub', body: this.block(), line };
      this.scan.take(/,/y);
      return { type: 'call', name: word, args: [block, ...(this.stops() ? [] : this.items())], ampersand: false, line };
    }
    if (this.scan.look(/\(/y)) return { type: 'call', name: word, args: this.parenthesized(), ampersand: false, line };
    if (this.subs.has(word))
      return {
        type: 'call',
        name: word,
        args: this.stops() || this.scan.look(/[<>*/%?=]|-(?!\w)|\+(?!\w)/y) ? [] : this.items(),
        ampersand: false,
        line,
      };
    // `new IO::Socket::INET(…)`: the indirect object.
    const indirect = word === 'new' ? this.scan.look(/[A-Za-z_]\w*(?:::\w+)*/y) : undefined;
    if (indirect) {
      this.scan.take(NAME);
      const args = this.scan.look(/\(/y)
        ? this.parenthesized()
        : this.stops() || this.scan.look(/->/y)
          ? []
          : this.items();
      return { type: 'method', object: { type: 'string', value: indirect[0], line }, name: 'new', args, line };
    }
    if (/^(STDIN|STDOUT|STDERR|ARGV|DATA)$/.test(word)) return { type: 'filehandle', name: word, line };
    return { type: 'call', name: word, args: [], ampersand: false, bare: true, line };
  }

  private items(): Node[] {
    const value = this.comma();
    return value.type === 'list' && !this.#wasParenthesized(value) ? value.items : [value];
  }

  #wasParenthesized(_value: Node): boolean {
    return false;
  }

  private unaryFunction(name: string, line: number): Node {
    const topic: Node[] = ON_TOPIC.has(name) ? [{ type: 'scalar', name: '_', line }] : [];
    if (this.scan.look(/\(/y)) {
      const args = this.parenthesized();
      return { type: 'builtin', name, args: args.length ? args : topic, line };
    }
    if (this.stops() || this.scan.look(/[?<>=*.|^]|\/\/|-(?=\s)|\+(?=\s)|&&|(?:lt|gt|le|ge|eq|ne|cmp|x)\b/y))
      return { type: 'builtin', name, args: topic, line };
    if (name === 'require' || name === 'shift' || name === 'pop') {
      const word = name === 'require' ? this.scan.take(NAME)?.[0] : undefined;
      if (word !== undefined) return { type: 'use', module: word, args: [], no: false, require: true, line };
    }
    return { type: 'builtin', name, args: [this.binary(10)], line };
  }

  /** print with its handle: `print STDERR …`, `print $fh …`, `print {$fh} …`. */
  private printing(name: string, line: number): Node {
    this.scan.take(NAME);
    const parenthesis = this.scan.look(/\(/y);
    const start = this.scan.at;
    if (parenthesis) this.scan.take(/\(/y);
    let handle: Node | string | undefined;
    if (this.scan.look(/\{/y)) {
      const body = this.block();
      handle = body.type === 'block' && body.body.length === 1 ? body.body[0]! : { type: 'do', body, line };
    } else {
      const bare = this.scan.look(
        /([A-Z][A-Za-z0-9_]*)(?=\s*[^\s\w,;(.=>-]|\s+[\w"'$@<(]|\s*;|\s*\))(?!\s*(?:\(|,|=>|->|::|\.))/y,
      );
      const scalar =
        this.scan.look(
          /\$(\w+)\s+(?=["'$@\w\\<%])(?!(?:x|eq|ne|lt|gt|le|ge|cmp|and|or|if|unless|while|until|for|foreach|xor)\b)/y,
        ) ?? this.scan.look(/\$(\w+)(?=\s*["'])/y);
      if (bare && !this.subs.has(bare[1]!)) {
        this.scan.take(/\w+/y);
        handle = bare[1]!;
      } else if (scalar) {
        this.scan.take(/\$\w+/y);
        handle = { type: 'scalar', name: scalar[1]!, line };
      }
    }
    let args: Node[] = [];
    if (parenthesis) {
      if (!this.scan.look(/\)/y)) {
        const value = this.expression();
        args = value.type === 'list' ? value.items : [value];
      }
      this.need(/\)/y);
      void start;
    } else if (!this.stops() || this.scan.look(/\.\d/y)) args = this.items();
    if (args.length === 0) args = [{ type: 'scalar', name: '_', line }];
    return { type: 'builtin', name, args, handle, line };
  }

  /** sort, map and grep: a block or expression, then a list. */
  private blockFirst(name: string, line: number): Node {
    this.scan.take(NAME);
    const parenthesis = this.scan.take(/\(/y);
    let block: Node | undefined;
    let args: Node[] = [];
    if (this.scan.look(/\{/y) && !(name === 'map' && this.#isHash())) {
      block = this.block();
      this.scan.take(/,/y);
    } else if (
      name === 'sort' &&
      this.scan.look(/(\$?[A-Za-z_]\w*)\s+[@(\w$]/y) &&
      !this.scan.look(/(?:map|grep|keys|values|reverse|sort|split|qw|@|uniq)\b/y)
    ) {
      const found = this.scan.take(/(\$?)([A-Za-z_]\w*)/y)!;
      block = found[1]
        ? { type: 'invoke', callee: { type: 'scalar', name: found[2]!, line }, args: [], line }
        : { type: 'call', name: found[2]!, args: [], ampersand: true, line };
    } else if (name !== 'sort') {
      block = this.assignment();
      this.need(/,|=>/y);
    }
    if (parenthesis ? !this.scan.look(/\)/y) : !this.stops()) {
      const value = parenthesis ? this.expression() : this.comma();
      args = value.type === 'list' ? value.items : [value];
    }
    if (parenthesis) this.need(/\)/y);
    return { type: 'builtin', name, args, block, line };
  }

  /** `map { "a" => 1 }, …` and `map {; …}`: a hash is told by the comma after its brace. */
  #isHash(): boolean {
    const { source } = this.scan;
    let depth = 0;
    for (let i = this.scan.at; i < Math.min(source.length, this.scan.at + 400); i++) {
      if (source[i] === '{') depth++;
      else if (source[i] === '}' && --depth === 0) return /^\s*,/.test(source.slice(i + 1, i + 20));
    }
    return false;
  }
}

const single = (text: string) => text.replace(/\\\\/g, '\\');

/** In a string only the delimiter's own backslash is dropped. */
function unescapeDelimiter(text: string, delimiter: string): string {
  if (/[([{<"`]/.test(delimiter) || /\w/.test(delimiter)) return text;
  return text.replaceAll(`\\${delimiter}`, delimiter);
}

function constantNames(args: Node[]): string[] {
  const [first] = args;
  if (!first) return [];
  const nodes =
    first.type === 'anonHash'
      ? first.items.flatMap((i) => (i.type === 'list' ? i.items : [i])).filter((_, i) => i % 2 === 0)
      : first.type === 'list'
        ? first.items.slice(0, 1)
        : [first];
  return nodes.flatMap((n) => (n.type === 'string' ? [n.value] : []));
}
