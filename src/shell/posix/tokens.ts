// Tokens of the POSIX shell grammar as dash and BusyBox' ash read and name them in their messages.
import type { Redirection, Word } from '../syntax.ts';

/** What the grammar asks for: an operator, a reserved word, or one of the kinds that carry something. */
export type TokenKind = 'end' | 'newline' | 'word' | 'redirection' | Operator | Reserved;

export type Operator = ';' | ';;' | '&' | '&&' | '|' | '||' | '(' | ')' | '`';

export const RESERVED = [
  '!',
  'case',
  'do',
  'done',
  'elif',
  'else',
  'esac',
  'fi',
  'for',
  'if',
  'in',
  'then',
  'until',
  'while',
  '{',
  '}',
] as const;

/** `function` is one of ash's only. */
export type Reserved = (typeof RESERVED)[number] | 'function';

export interface Token {
  kind: TokenKind;
  pos: number;
  end: number;
  line: number;
  /** Of a word. */
  word?: Word;
  /** Any part of the word is quoted: it is neither a reserved word nor an alias. */
  quoted?: boolean;
  /** Of a redirection: its operator and descriptor; the grammar reads the target. */
  redirect?: { operator: Redirection['operator']; descriptor: number | undefined };
}

/** Tokens that end a list inside of a compound command. */
export const ENDS_LIST: ReadonlySet<TokenKind> = new Set([
  'end',
  ';;',
  ')',
  '`',
  'do',
  'done',
  'elif',
  'else',
  'esac',
  'fi',
  'then',
  '}',
]);

const NAMES: Partial<Record<TokenKind, string>> = {
  end: 'end of file',
  newline: 'newline',
  word: 'word',
  redirection: 'redirection',
};

/** How a message names a token: `end of file`, `"fi"`. */
export const tokenName = (kind: TokenKind): string => NAMES[kind] ?? `"${kind}"`;

/** Which of its own shell a text is read for. */
export type PosixDialect = 'dash' | 'ash';

/** The text cannot be read on; the shell words it. */
export class PosixSyntaxError extends Error {
  /** The line, from 1. */
  readonly line: number;
  /** More text could complete it: a shell that reads lines asks for more. */
  readonly atEnd: boolean;
  constructor(message: string, line: number, atEnd: boolean) {
    super(message);
    this.line = line;
    this.atEnd = atEnd;
  }
}
