// The syntax tree of a Python program (the subset of Python 3.11 that is emulated), as CPython's `ast` module names its parts.

/** Where a node stands: first line and column, last line and end column. Lines count from 1, columns in characters from 0. */
export type Place = readonly [line: number, column: number, endLine: number, endColumn: number];

export type Expression = { at: Place } & (
  | { type: 'constant'; value: null | boolean | bigint | number | string }
  | { type: 'bytes'; value: string }
  | { type: 'ellipsis' }
  | { type: 'name'; name: string }
  | { type: 'joined'; parts: (string | Formatted)[] }
  | { type: 'list' | 'tuple' | 'set'; items: Expression[] }
  | { type: 'dict'; keys: (Expression | undefined)[]; values: Expression[] }
  | { type: 'unary'; operator: '-' | '+' | '~' | 'not'; operand: Expression }
  | { type: 'binary'; operator: string; left: Expression; right: Expression; operatorAt: Place }
  | { type: 'boolean'; operator: 'and' | 'or'; left: Expression; right: Expression }
  | { type: 'compare'; left: Expression; operators: string[]; rights: Expression[] }
  | { type: 'conditional'; test: Expression; yes: Expression; otherwise: Expression }
  | { type: 'call'; callee: Expression; args: Argument[] }
  | { type: 'attribute'; object: Expression; name: string }
  | { type: 'subscript'; object: Expression; index: Expression }
  | { type: 'slice'; start?: Expression | undefined; stop?: Expression | undefined; step?: Expression | undefined }
  | { type: 'starred'; value: Expression }
  | { type: 'lambda'; parameters: Parameters; body: Expression }
  | {
      type: 'comprehension';
      kind: 'list' | 'set' | 'dict' | 'generator';
      key?: Expression;
      element: Expression;
      loops: Loop[];
    }
  | { type: 'walrus'; name: string; value: Expression }
  | { type: 'yield'; value?: Expression | undefined }
  | { type: 'yieldFrom'; value: Expression }
  | { type: 'await'; value: Expression }
);
export type ExpressionOf<T extends Expression['type']> = Extract<Expression, { type: T }>;

/** One `{…}` of an f-string. */
export interface Formatted {
  value: Expression;
  conversion: '' | 'r' | 's' | 'a';
  format: (string | Formatted)[];
}

export interface Argument {
  /** Keyword; `*` and `**` unpack. */
  name?: string | undefined;
  value: Expression;
}

export interface Loop {
  target: Expression;
  iterable: Expression;
  conditions: Expression[];
}

export interface Parameters {
  names: string[];
  /** How many of `names` are positional only. */
  positionalOnly: number;
  defaults: Map<string, Expression>;
  rest?: string | undefined;
  keywordOnly: string[];
  keywords?: string | undefined;
}

export interface Handler {
  at: Place;
  exception?: Expression | undefined;
  name?: string | undefined;
  body: Statement[];
}

export interface FunctionDefinition {
  name: string;
  parameters: Parameters;
  body: Statement[];
  decorators: Expression[];
  isAsync: boolean;
  /** Calling it gives a generator. */
  yields?: boolean;
}

export type Statement = { at: Place } & (
  | { type: 'expression'; value: Expression }
  | { type: 'assign'; targets: Expression[]; value: Expression }
  | { type: 'augmented'; target: Expression; operator: string; value: Expression }
  | { type: 'annotated'; target: Expression; value?: Expression | undefined }
  | { type: 'if'; test: Expression; body: Statement[]; otherwise: Statement[] }
  | { type: 'while'; test: Expression; body: Statement[]; otherwise: Statement[] }
  | { type: 'for'; target: Expression; iterable: Expression; body: Statement[]; otherwise: Statement[] }
  | { type: 'try'; body: Statement[]; handlers: Handler[]; otherwise: Statement[]; finally: Statement[] }
  | { type: 'with'; items: { value: Expression; target?: Expression | undefined }[]; body: Statement[] }
  | { type: 'function'; definition: FunctionDefinition }
  | { type: 'class'; name: string; args: Argument[]; body: Statement[]; decorators: Expression[] }
  | { type: 'return'; value?: Expression | undefined }
  | { type: 'delete'; targets: Expression[] }
  | { type: 'pass' | 'break' | 'continue' }
  | { type: 'raise'; exception?: Expression | undefined; cause?: Expression | undefined }
  | { type: 'assert'; test: Expression; message?: Expression | undefined }
  | { type: 'global' | 'nonlocal'; names: string[] }
  | { type: 'import'; names: { name: string; as?: string | undefined }[] }
  | { type: 'from'; module: string; level: number; names: { name: string; as?: string | undefined }[] }
  | {
      type: 'match';
      subject: Expression;
      cases: { pattern: Pattern; guard?: Expression | undefined; body: Statement[] }[];
    }
);

export type Pattern =
  | { type: 'capture'; name?: string | undefined }
  | { type: 'value'; value: Expression }
  | { type: 'or'; patterns: Pattern[] }
  | { type: 'as'; pattern: Pattern; name: string }
  | { type: 'sequence'; patterns: Pattern[] }
  | { type: 'rest'; name?: string | undefined };

/** Source that is no Python; `message` as CPython words it, `place` what it underlines. */
export class SyntaxFault extends Error {
  readonly kind: 'SyntaxError' | 'IndentationError' | 'TabError';
  readonly place: Place;
  /** The interactive prompt would ask for more: the source ends too early. */
  readonly incomplete: boolean;
  /** The line that is shown in place of the source's: an f-string's field. */
  text?: string;
  /** Found after parsing: the line is looked up in the file, if there is one. */
  late = false;
  constructor(message: string, place: Place, kind: SyntaxFault['kind'] = 'SyntaxError', incomplete = false) {
    super(message);
    this.place = place;
    this.kind = kind;
    this.incomplete = incomplete;
  }
}
