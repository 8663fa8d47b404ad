// The tree of a script: what the parser makes and the interpreter walks. Lines count from 1 in the text that was read.
import type { Bytes } from '../machine/machine.ts';

/** A word of the source. Without parts it stands for its text: nothing in it is quoted, expanded, a pattern, a tilde or a brace. */
export interface Word {
  type: 'Word';
  /** As written, without line continuations. */
  text: Bytes;
  parts?: readonly WordPart[];
  /** It has the form NAME=VALUE, whatever its place in the command. */
  assignment?: Assignment;
}

export type WordPart =
  | { type: 'Literal'; text: Bytes } // unquoted: backslashes, tildes and pattern characters count
  | { type: 'Quoted'; value: Bytes; escaped?: Bytes } // with `escaped`, the text between the quotes of $'…'
  | { type: 'DoubleQuoted'; parts: readonly WordPart[] }
  | { type: 'Parameter'; name: string } // $x
  | BracedParameter
  | CommandSubstitution
  | { type: 'Arithmetic'; text: Bytes; expression: Bytes }
  | { type: 'Process'; text: Bytes; operator: '<' | '>'; body: Statement[] };

/** `${…}`: taken apart when it is first expanded, for what is wrong in it is an error of that moment. */
export interface BracedParameter {
  type: 'Braced';
  text: Bytes;
  operation?: Operation | 'bad';
}

export interface CommandSubstitution {
  type: 'Command';
  text: Bytes;
  /** Of `$(…)`, read with the script; of backquotes only the text is known. */
  body?: Statement[];
  inner: Bytes;
}

export interface Operation {
  /** `#` asks for the length, `!` for the variable that is named. */
  prefix: '' | '#' | '!';
  name: string;
  index?: Bytes;
  /** `:-`, `##`, `//`, `^^`, `:` (slice), `@` (transform), `names` (`${!x*}`); '' for none. */
  operator: string;
  /** What stands behind the operator; of a slice the offset, of a replacement the pattern. */
  operand?: Bytes;
  /** The length of a slice, the replacement. */
  second?: Bytes;
  /** The operands as words, made when they are wanted: one outside and one inside of double quotes. */
  words: Map<string, Word>;
}

export interface Assignment {
  type: 'Assignment';
  name: string;
  index?: Bytes;
  append: boolean;
  value: Word | ArrayValue;
}

export interface ArrayValue {
  type: 'Array';
  text: Bytes;
  elements: ArrayElement[];
}

export interface ArrayElement {
  /** The text between the brackets of `[KEY]=VALUE`. */
  key?: Bytes;
  append: boolean;
  word: Word;
}

export interface Redirection {
  operator: '<' | '>' | '>>' | '<>' | '<&' | '>&' | '>|' | '&>' | '&>>' | '<<<' | '<<' | '<<-';
  /** A number, or the name of the variable in `{name}>file`. */
  descriptor?: number | string;
  target: Word;
  document?: HereDocument;
}

export interface HereDocument {
  delimiter: Bytes;
  /** Nothing in it is expanded. */
  quoted: boolean;
  /** Without the tabs that `<<-` takes away, and without the delimiter. */
  body: Bytes;
  /** The line of the command. */
  line: number;
  /** Present: the text ended, in this line, before the delimiter came. */
  endedAt?: number;
  word?: Word;
}

export interface Command {
  type: 'Command';
  line: number;
  /** Where it begins and ends in the text that was read; of bash's grammar only. */
  span?: readonly [from: number, to: number];
  assignments: readonly Assignment[];
  words: readonly Word[];
  redirects: readonly Redirection[];
}

export type Compound =
  | { type: 'Group'; body: Statement[] }
  | { type: 'Subshell'; line: number; body: Statement[] }
  | { type: 'If'; branches: { test: Statement[]; body: Statement[] }[]; otherwise?: Statement[] }
  | { type: 'While'; until: boolean; test: Statement[]; body: Statement[] }
  | { type: 'For'; line: number; name: Word; words?: readonly Word[]; body: Statement[] }
  | { type: 'Select'; line: number; name: Word; words?: readonly Word[]; body: Statement[] }
  | { type: 'ArithmeticFor'; line: number; parts: [Bytes, Bytes, Bytes]; body: Statement[] }
  | CaseCommand
  | { type: 'Condition'; line: number; expression: Condition }
  | { type: 'ArithmeticCommand'; line: number; expression: Bytes };

export interface CaseCommand {
  type: 'Case';
  line: number;
  word: Word;
  items: { patterns: readonly Word[]; body: Statement[]; end: ';;' | ';&' | ';;&' | '' }[];
}

export type Condition =
  | { type: 'And' | 'Or'; left: Condition; right: Condition }
  | { type: 'Not'; operand: Condition }
  | { type: 'Parentheses'; operand: Condition }
  | { type: 'Unary'; operator: string; operand: Word }
  | { type: 'Binary'; operator: string; left: Word; right: Word };

export interface FunctionDefinition {
  type: 'Function';
  line: number;
  name: Bytes;
  body: CommandNode;
}

export interface Redirected {
  type: 'Redirected';
  command: Compound;
  redirects: readonly Redirection[];
}

export interface Coprocess {
  type: 'Coprocess';
  name: Bytes;
  body: CommandNode;
}

export type CommandNode = Command | Compound | Redirected | FunctionDefinition | Coprocess;

export interface Pipeline {
  type: 'Pipeline';
  negated: boolean;
  /** `time`, `time -p`. */
  timed?: 'time' | 'posix';
  commands: readonly CommandNode[];
  /** Whether the pipe behind each command takes its standard error too: `|&`. */
  both: readonly boolean[];
}

export interface AndOr {
  type: 'AndOr';
  commands: readonly (CommandNode | Pipeline)[];
  operators: readonly ('&&' | '||')[];
}

export type Node = CommandNode | Pipeline | AndOr;

export interface Statement {
  command: Node;
  background: boolean;
}

/** Why a text is no script. */
export interface SyntaxProblem {
  /**
   * `token`: it may not stand there. `end`: the text ends too early. `open`: a quote or bracket is not closed. `condition`: inside of
   * `[[ ]]`. `array`: inside of `x=( )`.
   */
  what: 'token' | 'end' | 'open' | 'condition' | 'array';
  token: Bytes;
  /** The token is a word, and none of the reserved ones. */
  word: boolean;
  line: number;
  /** The line of the source that the reader was in. */
  source: Bytes;
  /** What closes that which is open. */
  closer?: string;
  /** The only token that could stand there. */
  expecting?: string;
  /** What bash says in place of `syntax error near unexpected token`. */
  messages?: readonly { line: number; text: Bytes }[];
  /** $? afterwards, where it is not 2. */
  status?: number;
  /** It is in a command substitution. */
  substituted?: boolean;
}
