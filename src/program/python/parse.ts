// Python's statements: turns source into the tree that run.ts walks; complaints as CPython 3.11 words them.
import { across, ExpressionParser, KEYWORDS } from './expressions.ts';
import { tokenize } from './tokens.ts';
import type { Expression, FunctionDefinition, Handler, Pattern, Place, Statement } from './tree.ts';
import { SyntaxFault } from './tree.ts';

const AUGMENTED = new Set(['+=', '-=', '*=', '/=', '//=', '%=', '**=', '>>=', '<<=', '&=', '^=', '|=', '@=']);
/** Blocks inside blocks; CPython allows 20 in one frame and 100 indentations. */
const DEEPEST = 90;

/** Parses a whole program. @throws SyntaxFault */
export function parseProgram(source: string): Statement[] {
  try {
    return new StatementParser(tokenize(source)).program();
  } catch (error) {
    throw preferred(error);
  }
}

/** A bracket that is never closed is told only if nothing before it is wrong. */
function preferred(error: unknown): unknown {
  if (!(error instanceof SyntaxFault) || !('tokens' in error)) return error;
  const tokens = [...(error.tokens as ReturnType<typeof tokenize>)];
  const last = tokens.at(-1)!.at;
  const end: Place = [last[2] + 1, 0, last[2] + 1, 0];
  try {
    new StatementParser([...tokens, { type: 'end', text: '', at: end }]).program();
  } catch (earlier) {
    if (!(earlier instanceof SyntaxFault) || earlier.incomplete) return error;
    const plain = /^invalid syntax$|^expected ':'/.test(earlier.message);
    if (!plain || earlier.place[0] <= error.place[0]) return earlier;
  }
  return error;
}

/** Parses an expression for `eval`. @throws SyntaxFault */
export function parseExpression(source: string): Expression {
  return new StatementParser(tokenize(source.replace(/^[ \t]+/, ''))).onlyExpression();
}

class StatementParser extends ExpressionParser {
  #depth = 0;
  #loops = 0;

  program(): Statement[] {
    const statements: Statement[] = [];
    while (this.token.type !== 'end') {
      if (this.token.type === 'newline') this.position++;
      else if (this.token.type === 'indent')
        this.#indentation('unexpected indent', this.tokens[this.position + 1]?.at ?? this.token.at);
      else statements.push(...this.statement());
    }
    return statements;
  }

  onlyExpression(): Expression {
    const value = this.expressions();
    if (this.token.type === 'newline') this.position++;
    if (this.token.type !== 'end') this.fail();
    return value;
  }

  #indentation(message: string, at: Place, incomplete = false): never {
    throw new SyntaxFault(message, [at[0], at[1], at[0], at[1] + 1], 'IndentationError', incomplete);
  }

  private statement(): Statement[] {
    const compound = this.compound();
    if (compound) return [compound];
    const statements = [this.simple()];
    while (this.take(';')) {
      if (this.token.type === 'newline') break;
      statements.push(this.simple());
    }
    if (this.token.type === 'newline') this.position++;
    else if (this.token.type !== 'end') this.fail();
    return statements;
  }

  private compound(): Statement | undefined {
    const { text, type, at } = this.token;
    if (type === 'operator' && text === '@') return this.decorated();
    if (type !== 'name') return undefined;
    switch (text) {
      case 'if':
        return this.if();
      case 'while': {
        this.position++;
        const test = this.named();
        const body = this.loop('while', at);
        return { type: 'while', test, body, otherwise: this.otherwise(), at };
      }
      case 'for':
        return this.for();
      case 'try':
        return this.try();
      case 'with':
        return this.with();
      case 'def':
        return this.function([], false);
      case 'class':
        return this.class([]);
      case 'match':
        return this.match();
      case 'async': {
        this.position++;
        if (this.is('def')) return this.function([], true, at);
        if (this.is('for')) return this.for();
        if (this.is('with')) return this.with();
        return this.fail();
      }
      default:
        return undefined;
    }
  }

  /** `: statements` on the line, or an indented block. `what` names it in complaints: `'if' statement`. */
  private block(what: string, start: Place): Statement[] {
    if (!this.is(':')) {
      if (this.is('=')) this.fail("invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
      if (this.token.type === 'newline' || !this.begins())
        this.fail(this.token.type === 'newline' ? "expected ':'" : 'invalid syntax');
      this.fail();
    }
    this.position++;
    if (++this.#depth > DEEPEST) this.fail('too many statically nested blocks');
    try {
      if (this.token.type !== 'newline') return this.statement();
      this.position++;
      while (this.token.type === 'newline') this.position++;
      if (this.token.type !== 'indent')
        this.#indentation(
          `expected an indented block after ${what} on line ${start[0]}`,
          this.token.at,
          this.token.type === 'end',
        );
      this.position++;
      const statements: Statement[] = [];
      while (this.token.type !== 'dedent' && this.token.type !== 'end') {
        if (this.token.type === 'newline') this.position++;
        else if (this.token.type === 'indent')
          this.#indentation('unexpected indent', this.tokens[this.position + 1]?.at ?? this.token.at);
        else statements.push(...this.statement());
      }
      if (this.token.type === 'dedent') this.position++;
      return statements;
    } finally {
      this.#depth--;
    }
  }

  private loop(name: string, start: Place): Statement[] {
    this.#loops++;
    const body = this.block(`'${name}' statement`, start);
    this.#loops--;
    return body;
  }

  private otherwise(): Statement[] {
    const { at } = this.token;
    return this.take('else') ? this.block("'else' statement", at) : [];
  }

  private if(): Statement {
    const { at, text } = this.token;
    this.position++;
    const test = this.named();
    if (this.is('=')) {
      const value = test;
      if (value.type === 'name') {
        this.position++;
        const right = this.named();
        this.fail("invalid syntax. Maybe you meant '==' or ':=' instead of '='?", across(value.at, right.at));
      }
      this.fail(`cannot assign to ${kindOf(value)} here. Maybe you meant '==' instead of '='?`, value.at);
    }
    const body = this.block(`'${text}' statement`, at);
    if (this.is('elif')) return { type: 'if', test, body, otherwise: [this.if()], at };
    return { type: 'if', test, body, otherwise: this.otherwise(), at };
  }

  private for(): Statement {
    const { at } = this.need('for');
    const target = this.assignable(this.targets());
    if (!this.take('in')) this.fail();
    const iterable = this.expressions();
    const body = this.loop('for', at);
    return { type: 'for', target, iterable, body, otherwise: this.otherwise(), at };
  }

  private try(): Statement {
    const { at } = this.need('try');
    const body = this.block("'try' statement", at);
    const handlers: Handler[] = [];
    while (this.is('except')) {
      const start = this.need('except').at;
      if (this.take('*')) this.fail();
      let exception: Expression | undefined;
      let name: string | undefined;
      if (!this.is(':')) {
        exception = this.expression();
        if (this.is(',')) {
          const first = exception;
          this.position++;
          let last = this.expression();
          while (this.take(',')) last = this.expression();
          if (!this.is(':') && !this.is('as')) this.fail();
          this.fail('multiple exception types must be parenthesized', across(first.at, last.at));
        }
        if (this.take('as')) name = this.identifier();
      }
      handlers.push({ at: start, exception, name, body: this.block("'except' statement", start) });
    }
    const otherwise = handlers.length > 0 ? this.otherwise() : [];
    const last = this.token.at;
    const final = this.take('finally') ? this.block("'finally' statement", last) : [];
    if (handlers.length === 0 && final.length === 0) this.fail("expected 'except' or 'finally' block");
    const bare = handlers.findIndex((h) => h.exception === undefined);
    if (bare >= 0 && bare < handlers.length - 1) this.fail("default 'except:' must be last", handlers[bare]!.at);
    return { type: 'try', body, handlers, otherwise, finally: final, at };
  }

  private with(): Statement {
    const { at } = this.need('with');
    const items: { value: Expression; target?: Expression | undefined }[] = [];
    const parenthesized = this.is('(') && this.#withParentheses();
    if (parenthesized) this.position++;
    do {
      if (parenthesized && this.is(')')) break;
      const value = this.expression();
      items.push({ value, target: this.take('as') ? this.assignable(this.primaryTarget()) : undefined });
    } while (this.take(','));
    if (parenthesized) this.need(')');
    return { type: 'with', items, body: this.block("'with' statement", at), at };
  }

  private primaryTarget(): Expression {
    return this.primary();
  }

  /** Whether the parenthesis after `with` holds its items: the colon follows its end and an `as` is inside. */
  #withParentheses(): boolean {
    let depth = 0;
    let as = false;
    for (let i = this.position; i < this.tokens.length; i++) {
      const { text, type } = this.tokens[i]!;
      if (type === 'operator' && '([{'.includes(text)) depth++;
      if (type === 'name' && text === 'as' && depth === 1) as = true;
      if (type === 'operator' && ')]}'.includes(text) && --depth === 0) return as && this.tokens[i + 1]?.text === ':';
    }
    return false;
  }

  private decorated(): Statement {
    const decorators: Expression[] = [];
    while (this.take('@')) {
      decorators.push(this.named());
      if (this.token.type !== 'newline') this.fail();
      this.position++;
    }
    if (this.is('class')) return this.class(decorators);
    const isAsync = this.take('async');
    if (!this.is('def')) this.fail();
    return this.function(decorators, isAsync);
  }

  private function(decorators: Expression[], isAsync: boolean, start = this.token.at): Statement {
    this.need('def');
    const name = this.identifier();
    if (!this.is('(')) this.fail("expected '('");
    this.position++;
    const parameters = this.parameters(')', true);
    this.need(')');
    if (this.take('->')) this.expression();
    const state = { isAsync, yields: false };
    this.functions.push(state);
    const loops = this.#loops;
    this.#loops = 0;
    const body = this.block('function definition', start);
    this.#loops = loops;
    this.functions.pop();
    const definition: FunctionDefinition = { name, parameters, body, decorators, isAsync };
    return { type: 'function', definition: Object.assign(definition, { yields: state.yields }), at: start };
  }

  private class(decorators: Expression[]): Statement {
    const { at } = this.need('class');
    const name = this.identifier();
    const args = this.is('(') ? this.args() : [];
    const around = this.functions;
    this.functions = [];
    const body = this.block('class definition', at);
    this.functions = around;
    return { type: 'class', name, args, body, decorators, at };
  }

  private simple(): Statement {
    const { text, type, at } = this.token;
    if (type === 'name')
      switch (text) {
        case 'pass':
          this.position++;
          return { type: text, at };
        case 'break':
        case 'continue':
          this.position++;
          if (this.#loops === 0)
            this.late(text === 'break' ? "'break' outside loop" : "'continue' not properly in loop", at);
          return { type: text, at };
        case 'return': {
          this.position++;
          if (this.functions.length === 0) {
            const end = this.begins() || this.is('*') ? this.expressions().at : at;
            this.late("'return' outside function", across(at, end));
          }
          const value = this.begins() || this.is('*') || this.is('yield') ? this.expressions() : undefined;
          return { type: 'return', value, at: across(at, this.previous.at) };
        }
        case 'raise': {
          this.position++;
          const exception = this.begins() ? this.expression() : undefined;
          const cause = exception && this.take('from') ? this.expression() : undefined;
          return { type: 'raise', exception, cause, at: across(at, this.previous.at) };
        }
        case 'global':
        case 'nonlocal': {
          this.position++;
          const names = [this.identifier()];
          while (this.take(',')) names.push(this.identifier());
          return { type: text, names, at };
        }
        case 'del': {
          this.position++;
          const target = this.expressions();
          const targets = target.type === 'tuple' ? target.items : [target];
          for (const t of targets)
            if (!/^(name|attribute|subscript)$/.test(t.type)) this.fail(`cannot delete ${kindOf(t)}`, t.at);
          return { type: 'delete', targets, at: across(at, this.previous.at) };
        }
        case 'assert': {
          this.position++;
          const test = this.expression();
          const message = this.take(',') ? this.expression() : undefined;
          return { type: 'assert', test, message, at: across(at, this.previous.at) };
        }
        case 'import':
        case 'from':
          return this.import();
      }
    return this.assignment();
  }

  private import(): Statement {
    const { at } = this.token;
    const dotted = () => {
      let name = this.identifier();
      while (this.take('.')) name += `.${this.identifier()}`;
      return name;
    };
    const as = () => (this.take('as') ? this.identifier() : undefined);
    if (this.take('import')) {
      const names = [];
      do names.push({ name: dotted(), as: as() });
      while (this.take(','));
      return { type: 'import', names, at: across(at, this.previous.at) };
    }
    this.need('from');
    let level = 0;
    while (this.is('.') || this.is('...')) {
      level += this.token.text.length;
      this.position++;
    }
    const module = this.is('import') ? '' : dotted();
    this.need('import');
    const names: { name: string; as?: string | undefined }[] = [];
    if (this.take('*')) names.push({ name: '*' });
    else {
      const parenthesized = this.take('(');
      do {
        if (parenthesized && this.is(')')) break;
        names.push({ name: this.identifier(), as: as() });
      } while (this.take(','));
      if (parenthesized) this.need(')');
    }
    return { type: 'from', module, level, names, at: across(at, this.previous.at) };
  }

  private assignment(): Statement {
    const { at } = this.token;
    const first = this.expressions();
    if (this.token.type === 'operator' && AUGMENTED.has(this.token.text)) {
      const operator = this.token.text.slice(0, -1);
      if (!/^(name|attribute|subscript)$/.test(first.type))
        this.fail(`'${kindOf(first)}' is an illegal expression for augmented assignment`, first.at);
      this.position++;
      const value = this.expressions();
      return { type: 'augmented', target: first, operator, value, at: across(at, value.at) };
    }
    if (this.is(':') && /^(name|attribute|subscript)$/.test(first.type)) {
      this.position++;
      this.expression();
      const value = this.take('=') ? this.expressions() : undefined;
      return { type: 'annotated', target: first, value, at: across(at, this.previous.at) };
    }
    const targets: Expression[] = [];
    let value = first;
    while (this.is('=')) {
      this.#checkTarget(value);
      targets.push(value);
      this.position++;
      value = this.expressions();
    }
    if (targets.length === 0) return { type: 'expression', value: first, at: first.at };
    return { type: 'assign', targets, value, at: across(at, value.at) };
  }

  #checkTarget(target: Expression, inside = false): void {
    if (target.type === 'tuple' || target.type === 'list')
      for (const item of target.items) this.#checkTarget(item, true);
    else if (target.type === 'starred') this.#checkTarget(target.value, true);
    else if (!/^(name|attribute|subscript)$/.test(target.type)) {
      const kind = kindOf(target);
      if (inside || /^(True|False|None|lambda|f-string)/.test(kind)) this.fail(`cannot assign to ${kind}`, target.at);
      this.fail(`cannot assign to ${kind} here. Maybe you meant '==' instead of '='?`, target.at);
    }
  }

  private assignable(target: Expression): Expression {
    this.#checkTarget(target, true);
    return target;
  }

  /** `match` is a keyword only where a block of cases follows. */
  private match(): Statement | undefined {
    const start = this.position;
    const { at } = this.token;
    this.position++;
    if (!this.begins() && !this.is('*')) {
      this.position = start;
      return undefined;
    }
    let subject: Expression;
    try {
      subject = this.expressions();
    } catch (error) {
      if (!(error instanceof SyntaxFault)) throw error;
      this.position = start;
      return undefined;
    }
    if (
      !this.is(':') ||
      this.tokens[this.position + 1]?.type !== 'newline' ||
      this.tokens[this.position + 2]?.type !== 'indent'
    ) {
      this.position = start;
      return undefined;
    }
    this.position += 3;
    const cases = [];
    while (this.token.text === 'case') {
      const place = this.token.at;
      this.position++;
      const pattern = this.patterns();
      const guard = this.take('if') ? this.named() : undefined;
      cases.push({ pattern, guard, body: this.block("'case' statement", place) });
    }
    if (this.token.type === 'dedent') this.position++;
    else this.fail();
    return { type: 'match', subject, cases, at };
  }

  private patterns(): Pattern {
    const first = this.pattern();
    if (!this.is(',')) return first;
    const patterns = [first];
    while (this.take(',')) if (!this.is(':') && !this.is('if')) patterns.push(this.pattern());
    return { type: 'sequence', patterns };
  }

  private pattern(): Pattern {
    const patterns = [this.onePattern()];
    while (this.take('|')) patterns.push(this.onePattern());
    const pattern: Pattern = patterns.length === 1 ? patterns[0]! : { type: 'or', patterns };
    return this.take('as') ? { type: 'as', pattern, name: this.identifier() } : pattern;
  }

  private onePattern(): Pattern {
    if (this.take('*')) {
      const name = this.identifier();
      return { type: 'rest', name: name === '_' ? undefined : name };
    }
    if (this.is('[') || this.is('(')) {
      const closing = this.token.text === '[' ? ']' : ')';
      this.position++;
      const patterns: Pattern[] = [];
      let comma = closing === ']';
      while (!this.is(closing)) {
        patterns.push(this.pattern());
        if (!this.take(',')) break;
        comma = true;
      }
      this.need(closing);
      return comma || patterns.length !== 1 ? { type: 'sequence', patterns } : patterns[0]!;
    }
    if (this.token.type === 'name' && !KEYWORDS.has(this.token.text) && this.tokens[this.position + 1]?.text !== '.') {
      const name = this.identifier();
      return { type: 'capture', name: name === '_' ? undefined : name };
    }
    return { type: 'value', value: this.binary(2) };
  }
}

/** An expression's kind in complaints about assignments. */
function kindOf(value: Expression): string {
  switch (value.type) {
    case 'constant':
      return value.value === null
        ? 'None'
        : value.value === true
          ? 'True'
          : value.value === false
            ? 'False'
            : 'literal';
    case 'bytes':
      return 'literal';
    case 'joined':
      return 'f-string expression';
    case 'call':
      return 'function call';
    case 'compare':
      return 'comparison';
    case 'conditional':
      return 'conditional expression';
    case 'dict':
      return 'dict literal';
    case 'set':
      return 'set display';
    case 'lambda':
      return 'lambda';
    case 'comprehension':
      return value.kind === 'generator' ? 'generator expression' : `${value.kind} comprehension`;
    case 'ellipsis':
      return 'ellipsis';
    case 'yield':
    case 'yieldFrom':
      return 'yield expression';
    case 'await':
      return 'await expression';
    case 'walrus':
      return 'named expression';
    case 'tuple':
    case 'list':
      return value.type;
    default:
      return 'expression';
  }
}
