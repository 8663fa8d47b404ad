// The only place that knows the parser: source text to tree, bash's wording of its errors, and "is more input needed?".

import type { Statement, Word } from 'unbash';
import { parse } from 'unbash';
import type { Bytes } from '../machine/machine.ts';

export type * from 'unbash';

/** Longest text handed to the parser at once. */
export const LONGEST = 128 << 10;
/** Deepest nesting that is walked. */
export const DEEPEST = 100;

export interface Parsed {
  statements: readonly Statement[];
  source: Bytes;
  /** Present: the text is wrong from this statement on. */
  error?: { token: string; line: number; unexpectedEnd: boolean; message: string };
  /** The text stops in the middle: a shell that reads lines asks for more. */
  incomplete: boolean;
}

const cache = new Map<Bytes, Parsed>();

export function parseScript(source: Bytes): Parsed {
  const known = cache.get(source);
  if (known) return known;
  const parsed = read(source);
  if (source.length < 2048) {
    if (cache.size > 200) cache.clear();
    cache.set(source, parsed);
  }
  return parsed;
}

function read(source: Bytes): Parsed {
  if (source.length > LONGEST)
    return {
      statements: [],
      source,
      incomplete: false,
      error: { token: '', line: 1, unexpectedEnd: false, message: 'line too long' },
    };
  const script = parse(source);
  const errors = script.errors ?? [];
  const unclosed = openHereDocument(script.commands);
  if (errors.length === 0)
    return {
      statements: script.commands,
      source,
      incomplete: unclosed || (/(^|[^\\])(\\\\)*\\\n?$/.test(source) && source.endsWith('\\')),
    };
  const [first] = errors;
  const position = first!.pos;
  const written = source.trimEnd().length;
  // An empty body that is not closed either: the rest is to come.
  const openBody =
    first!.message.startsWith('expected command') &&
    /^\s*(\{|\(|do|then|else)\s*(#.*\s*)*$/.test(source.slice(first!.pos)) &&
    errors.some((e) => e.pos >= written && e.message.startsWith("expected '"));
  const atEnd =
    openBody ||
    (source.slice(position).trim() === '' &&
      first!.message !== 'expected redirect target' &&
      first!.message !== "expected word after 'for'") ||
    first!.message.startsWith('unterminated');
  const wrong = atEnd
    ? script.commands.at(-1)
    : script.commands.find((s) => errors.some((e) => e.pos >= s.pos && e.pos < s.end));
  const good = script.commands.filter(
    (statement) =>
      statement !== wrong &&
      statement.end <= position &&
      !errors.some((e) => e.pos >= statement.pos && e.pos < statement.end),
  );
  return {
    // Bash has run the lines before that of the statement that is wrong.
    statements: good.filter((s) => source.slice(s.end, Math.min(position, wrong?.pos ?? position)).includes('\n')),
    source,
    incomplete: atEnd,
    error: {
      token: tokenAt(source, position),
      line: source.slice(0, position).split('\n').length,
      unexpectedEnd: atEnd,
      message: first!.message,
    },
  };
}

function openHereDocument(statements: readonly Statement[]): boolean {
  const last = statements.at(-1)?.command;
  if (!last) return false;
  const redirects = last.type === 'Command' ? last.redirects : last.type === 'Redirected' ? last.redirects : [];
  if (redirects.some((r) => r.type === 'HereDoc' && !r.closing)) return true;
  if (last.type === 'Pipeline' || last.type === 'AndOr')
    return last.commands.some(
      (c) =>
        (c.type === 'Command' || c.type === 'Redirected') &&
        c.redirects.some((r) => r.type === 'HereDoc' && !r.closing),
    );
  return false;
}

/** The token that bash names in its error: what stands at the position. */
function tokenAt(source: Bytes, position: number): string {
  const rest = source.slice(position).replace(/^[ \t]+/, '');
  if (rest === '' || rest[0] === '\n') return 'newline';
  return (
    /^(;;&|;;|;&|&&|\|\||\|&|<<<|<<-|<<|>>|<&|>&|<>|>\||&>>|&>|[;&|()<>{}]|[^\s;&|()<>]+)/.exec(rest)?.[0] ?? rest[0]!
  );
}

/** A text as if it stood between double quotes. */
export function parseQuoted(text: Bytes): Word {
  const script = parse(`: "${text.replace(/(^|[^\\])"/g, '$1\\"')}"`);
  const command = script.commands[0]!.command as { suffix: readonly Word[] };
  return command.suffix[0]!;
}

/** One word out of a text that is one. */
export function parseWord(text: Bytes): Word | undefined {
  const script = parse(`: ${text}`);
  const command = script.commands[0]?.command as { suffix?: readonly Word[] } | undefined;
  return command?.suffix?.[0];
}
