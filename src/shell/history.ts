// The history of an interactive bash: what is remembered of a line, its file, and lines with `!` and `^` before they are run.
import { SystemError } from '../machine/errno.ts';
import type { Bytes } from '../machine/machine.ts';
import { expandHistory } from './history-expansion.ts';
import type { Interpreter } from './interpreter.ts';

/** HISTSIZE without one, and no more than this with one. */
const LINES = 500;
const MOST = 2000;

/** Adds a line as HISTCONTROL, HISTIGNORE and HISTSIZE say. */
export function remember(shell: Interpreter, line: Bytes): void {
  if (line === '' || !shell.options.has('history')) return;
  const { history, variables } = shell;
  const control = (variables.get('HISTCONTROL') ?? '').split(':');
  const has = (word: string) => control.includes(word) || (word !== 'erasedups' && control.includes('ignoreboth'));
  if (has('ignorespace') && /^[ \t]/.test(line)) return;
  if (has('ignoredups') && history.at(-1) === line) return;
  for (const pattern of (variables.get('HISTIGNORE') ?? '').split(':')) {
    const parts = pattern.split('*').slice(0, 20);
    if (pattern !== '' && matches(parts, line, history.at(-1))) return;
  }
  if (has('erasedups')) for (let i = history.length - 1; i >= 0; i--) if (history[i] === line) history.splice(i, 1);
  history.push(line);
  shell.historyNew++;
  const size = variables.get('HISTSIZE');
  const limit = size === undefined ? LINES : /^\d+$/.test(size) ? Math.min(MOST, Number(size)) : MOST;
  while (history.length > limit) history.shift();
}

/**
 * Takes up the lines of a history file after the first `known`.
 * @throws SystemError
 */
export function readHistory(shell: Interpreter, path: Bytes, known = 0): void {
  const lines = shell.process.readFile(path).split('\n');
  if (lines.at(-1) === '') lines.pop();
  shell.historyInFile = lines.length;
  for (const line of lines.slice(known)) if (line !== '') shell.history.push(line);
}

/**
 * Adds the new lines to a history file, or writes all of them over it.
 * @throws SystemError
 */
export function writeHistory(shell: Interpreter, path: Bytes, how: 'append' | 'truncate'): void {
  const { history } = shell;
  const lines = how === 'truncate' ? history : history.slice(Math.max(0, history.length - shell.historyNew));
  const file = shell.process.files.open(path, { write: true, create: true, [how]: true }, 0o600);
  const text = lines.map((line) => `${line}\n`).join('');
  if (text !== '') file.write(text);
  file.release();
  shell.historyInFile = lines.length + (how === 'append' ? shell.historyInFile : 0);
  // After `history -w` bash holds them for new still.
  if (how === 'append') shell.historyNew = 0;
}

/** What bash does when it ends, SIGHUP and SIGTERM included (maybe_save_shell_history). */
export function saveHistory(shell: Interpreter): void {
  const path = shell.variables.get('HISTFILE');
  if (!shell.interactive || !path || shell.historyNew <= 0 || !shell.options.has('history')) return;
  const appended = shell.historyNew <= shell.history.length || shell.options.has('histappend');
  try {
    writeHistory(shell, path, appended ? 'append' : 'truncate');
    const most = shell.variables.get('HISTFILESIZE') ?? '';
    if (!/^\d+$/.test(most) || shell.historyInFile <= Number(most)) return;
    const lines = shell.process.readFile(path).split('\n').slice(0, -1);
    const file = shell.process.files.open(path, { write: true, truncate: true }, 0o600);
    const kept = lines.slice(Math.max(0, lines.length - Number(most)));
    if (kept.length > 0) file.write(`${kept.join('\n')}\n`);
    file.release();
  } catch (error) {
    // It cannot be written, or the disk is full: bash says nothing.
    if (!(error instanceof SystemError)) throw error;
  }
}

/** HISTIGNORE's patterns: `*` and `&`, the line before. */
function matches(parts: readonly Bytes[], line: Bytes, before: Bytes | undefined): boolean {
  const fixed = parts.map((part) => (part === '&' ? (before ?? '') : part));
  if (fixed.length === 1) return fixed[0] === line;
  if (!line.startsWith(fixed[0]!) || !line.endsWith(fixed.at(-1)!)) return false;
  let at = fixed[0]!.length;
  for (const part of fixed.slice(1, -1)) {
    const found = line.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= line.length - fixed.at(-1)!.length;
}

/** What stands between two lines of one command when they are remembered as one (cmdhist). */
export function delimiter(before: Bytes, missing: Bytes | undefined): Bytes {
  if (missing !== undefined && (/^["'`]$/.test(missing) || (missing !== '' && /<<-?\s*\S*/.test(before)))) return '\n';
  const code = before.replace(/\s+$/, '');
  if (code === '' || /(^|\s)#[^\n]*$/.test(code)) return code === '' ? '' : '\n';
  return /(?:[{()&;|]|(?:^|[\s;&|(])(?:case|do|else|if|then|until|while|elif|in|!))$/.test(code) ? ' ' : '; ';
}

/** A line after history expansion, `shown`: it is not to be run (`:p`). Undefined: an event was not found, and that was said. */
export async function historyExpand(
  shell: Interpreter,
  text: Bytes,
): Promise<{ text: Bytes; shown: boolean } | undefined> {
  if (!/[!^]/.test(text)) return { text, shown: false };
  const expanded = expandHistory(text, shell.history, shell.historyMemory);
  if ('error' in expanded) {
    await shell.complain(expanded.error);
    return undefined;
  }
  if (expanded.text !== text || expanded.shown) await shell.process.err(`${expanded.text}\n`);
  return expanded;
}
