// The interactive shell: prompts, history, aliases, unfinished input, and the loop over typed lines.
import { SystemError } from '../machine/errno.ts';
import type { Bytes, Signal } from '../machine/machine.ts';
import { complete } from './complete.ts';
import { Aborted, Break, Continue, Discard, Exit, ExpansionError, Return } from './control.ts';
import { delimiter, historyExpand, remember } from './history.ts';
import type { Interpreter } from './interpreter.ts';
import { told } from './line.ts';
import { awaits } from './parse.ts';
import { posixIncomplete } from './posix/run.ts';
import { promptText } from './prompt.ts';
import { LineEditor } from './readline/editor.ts';
import { IGNORED_WHEN_INTERACTIVE } from './signals.ts';
import { ReadonlyError } from './variables.ts';

/** Reads and runs lines until the end of input; the status of the shell. */
export async function interact(shell: Interpreter): Promise<number> {
  const { process } = shell;
  const { terminal } = process;
  if (terminal) terminal.foreground = process.pgid;
  for (const signal of IGNORED_WHEN_INTERACTIVE) shell.disposition(signal);
  const editor =
    shell.dialect === 'bash' && terminal
      ? new LineEditor(process, {
          history: shell.history,
          complete: (line, point, kind) => complete(shell, line, point, kind),
          variable: (name) => shell.variables.get(name),
          vi: () => shell.options.has('vi'),
          resized: () => knowSize(shell),
          expand: async (line) => (await historyExpand(shell, line))?.text ?? line,
        })
      : undefined;
  shell.editor = editor;
  for (;;) {
    await shell.jobs.announce();
    if (editor) knowSize(shell);
    const command = shell.variables.get('PROMPT_COMMAND');
    if (command && shell.dialect === 'bash') await shell.run(command);
    const read = await readCommand(shell, editor);
    if (read === 'timeout') {
      await process.err('\x07timed out waiting for input: auto-logout\n');
      return shell.status;
    }
    if (read === 'end') {
      if (shell.options.has('ignoreeof')) {
        await process.err(`Use "${shell.login ? 'logout' : 'exit'}" to leave the shell.\n`);
        continue;
      }
      if (shell.dialect === 'bash') {
        if (editor) await process.err(shell.login ? 'logout\n' : 'exit\n');
        if (await shell.jobs.holdsBack()) continue;
      } else if (terminal) await process.err('\n');
      return shell.status;
    }
    if (read === undefined) continue;
    remember(shell, read.remembered);
    if (read.text.trim() === '') continue;
    const status = await runLine(shell, read.text, editor !== undefined);
    if (status !== undefined) return status;
  }
}

/** Runs one complete command as it was typed; a status: the shell ends. */
export async function runLine(shell: Interpreter, text: Bytes, edited: boolean): Promise<number | undefined> {
  const { process } = shell;
  shell.line = shell.dialect === 'bash' ? shell.history.length || 1 : shell.line;
  const before = shell.variables.get('PS0');
  if (edited && before) await process.err((await promptText(shell, before)).replace(/[\x01\x02]/g, ''));
  shell.commandNumber++;
  try {
    await told(shell, text, () => shell.run(text));
    // Another command in between, and stopped jobs are told of again; to list them is no other command.
    if (!/^\s*(exit|logout|jobs)\b/.test(text)) shell.jobs.leaving = false;
  } catch (error) {
    if (error instanceof Exit) return error.code;
    if (error instanceof Discard) shell.status = 1;
    else if (
      error instanceof Aborted ||
      error instanceof Return ||
      error instanceof Break ||
      error instanceof Continue
    ) {
      // Back to the prompt.
    } else if (error instanceof ExpansionError || error instanceof ReadonlyError || error instanceof SystemError) {
      await shell.complain(error.message);
      shell.status = 1;
    } else throw error;
  }
  if (shell.dialect !== 'bash') shell.line++;
  return undefined;
}

/** One command over as many lines as it takes; undefined: given up. */
async function readCommand(
  shell: Interpreter,
  editor: LineEditor | undefined,
): Promise<{ text: Bytes; remembered: Bytes } | 'end' | 'timeout' | undefined> {
  let text = '';
  let remembered = '';
  const timeout = Number(shell.variables.get('TMOUT') ?? 0) || 0;
  let missing: Bytes | undefined;
  for (let first = true; ; first = false) {
    const template = shell.variables.get(first ? 'PS1' : 'PS2') ?? '';
    const prompt = await promptText(shell, template, editor !== undefined);
    const line = editor ? await editor.read(prompt, timeout) : await plainLine(shell, prompt);
    if (editor) for (const signal of ['INT', 'WINCH'] as Signal[]) shell.disposition(signal);
    if (shell.pending.length > 0) await shell.runTraps();
    if (line === 'timeout') return 'timeout';
    if (line === 'interrupted') {
      shell.status = 130;
      return undefined;
    }
    if (line === undefined) {
      if (first) return 'end';
      await shell.run(text);
      return undefined;
    }
    let expanded = line;
    if (shell.options.has('histexpand') && missing !== "'") {
      const done = await historyExpand(shell, line);
      if (!done) return undefined;
      expanded = done.text;
      if (done.shown) {
        remember(shell, remembered + expanded);
        return undefined;
      }
    }
    if (first) [text, remembered] = [expanded, expanded];
    else {
      const joined = /(^|[^\\])(\\\\)*\\$/.test(text) && missing !== "'";
      if (joined) [text, remembered] = [text.slice(0, -1) + expanded, remembered.slice(0, -1) + expanded];
      else {
        remembered += delimiter(text, missing) + expanded;
        text += `\n${expanded}`;
      }
    }
    missing = shell.dialect === 'bash' ? awaits(text, shell.reading()) : posixIncomplete(shell, text) ? '' : undefined;
    if (missing === undefined) return { text, remembered };
  }
}

/** COLUMNS and LINES follow the terminal (checkwinsize). */
function knowSize(shell: Interpreter): void {
  const { terminal } = shell.process;
  if (!terminal || !(terminal.columns > 0 && terminal.rows > 0)) return;
  if (shell.variables.get('COLUMNS') !== String(terminal.columns))
    shell.variables.set('COLUMNS', String(terminal.columns));
  if (shell.variables.get('LINES') !== String(terminal.rows)) shell.variables.set('LINES', String(terminal.rows));
}

/** A line in the terminal's own cooked mode, as dash and ash read it. */
async function plainLine(shell: Interpreter, prompt: Bytes): Promise<Bytes | undefined | 'interrupted'> {
  const { process } = shell;
  await process.err(prompt);
  let interrupted: (() => void) | undefined;
  const interrupt = new Promise<'interrupted'>((resolve) => (interrupted = () => resolve('interrupted')));
  process.onSignal('INT', () => interrupted!());
  try {
    const line = shell.readLine();
    line.catch(() => {});
    const got = await Promise.race([line, interrupt]);
    if (got === 'interrupted') await process.err('\n');
    return got;
  } finally {
    shell.disposition('INT');
  }
}
