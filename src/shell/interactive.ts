// The interactive shell: prompts, history, aliases, unfinished input, and the loop over typed lines.
import { SystemError } from '../machine/errno.ts';
import type { Bytes } from '../machine/machine.ts';
import { KEYWORDS } from './builtin/names.ts';
import { builtins } from './builtin/table.ts';
import { Aborted, Break, Continue, Discard, Exit, ExpansionError, Return } from './control.ts';
import { LineEditor } from './editor.ts';
import { expandHistory } from './history-expansion.ts';
import type { Interpreter } from './interpreter.ts';
import { told } from './line.ts';
import { awaits } from './parse.ts';
import { posixIncomplete } from './posix/run.ts';
import { promptText } from './prompt.ts';
import { IGNORED_WHEN_INTERACTIVE } from './signals.ts';
import { ReadonlyError } from './variables.ts';

const MOST_HISTORY = 1000;

const TERMINFO = ['/etc/terminfo', '/lib/terminfo', '/usr/share/terminfo'];

/** TERM names a terminal that the database has, and that can do more than print. */
function ableTerminal({ variables, process }: Interpreter): boolean {
  const name = variables.get('TERM') ?? '';
  if (name === 'dumb' || !/^\w[\w.+-]*$/.test(name)) return false;
  const { filesystem } = process.machine;
  return TERMINFO.some((folder) => {
    try {
      return filesystem.stat(process.credentials, '/', `${folder}/${name[0]}/${name}`).type !== 'directory';
    } catch {
      return false;
    }
  });
}

/** Reads and runs lines until the end of input; the status of the shell. */
export async function interact(shell: Interpreter): Promise<number> {
  const { process } = shell;
  const { terminal } = process;
  if (terminal) terminal.foreground = process.pgid;
  for (const signal of IGNORED_WHEN_INTERACTIVE) process.onSignal(signal, 'ignore');
  const editor =
    shell.dialect === 'bash' && terminal
      ? new LineEditor(process, {
          history: shell.history,
          able: () => ableTerminal(shell),
          complete: (before) => complete(shell, before),
        })
      : undefined;
  for (;;) {
    await shell.jobs.announce();
    const command = shell.variables.get('PROMPT_COMMAND');
    if (command && shell.dialect === 'bash') await shell.run(command);
    let text = '';
    for (let first = true; ; first = false) {
      const prompt = await promptText(shell, shell.variables.get(first ? 'PS1' : 'PS2') ?? '');
      const line = editor ? await editor.read(prompt) : await plainLine(shell, prompt);
      if (line === 'interrupted') {
        shell.status = 130;
        text = '';
        break;
      }
      if (line === undefined) {
        if (text !== '') {
          await shell.run(text);
          text = '';
          break;
        }
        if (shell.options.has('ignoreeof')) {
          await process.err(`Use "${shell.login ? 'logout' : 'exit'}" to leave the shell.\n`);
          break;
        }
        await leave(shell, editor !== undefined);
        return shell.status;
      }
      text += first ? line : `\n${line}`;
      if (text.endsWith('\\') && !text.endsWith('\\\\')) {
        text = text.slice(0, -1);
        continue;
      }
      if (shell.dialect === 'bash' ? awaits(text, shell.reading()) === undefined : !posixIncomplete(shell, text)) break;
    }
    if (text.trim() === '') continue;
    const expanded = shell.options.has('histexpand') ? await historyExpand(shell, text) : text;
    if (expanded === undefined) continue;
    if (shell.dialect === 'bash') remember(shell, expanded);
    shell.line = shell.dialect === 'bash' ? shell.history.length || 1 : shell.line;
    try {
      await told(shell, expanded, () => shell.run(expanded));
    } catch (error) {
      if (error instanceof Exit) {
        if (shell.login && editor && /^\s*(exit|logout)\b/m.test(expanded)) await process.err('logout\n');
        else if (editor && /^\s*exit\b/m.test(expanded)) await process.err('exit\n');
        return error.code;
      }
      if (error instanceof Discard) shell.status = 1;
      else if (
        error instanceof Aborted ||
        error instanceof Return ||
        error instanceof Break ||
        error instanceof Continue
      ) {
        // Back to the prompt.
      } else if (error instanceof ExpansionError || error instanceof ReadonlyError) {
        await shell.complain(error.message);
        shell.status = 1;
      } else if (error instanceof SystemError) {
        await shell.complain(error.message);
        shell.status = 1;
      } else throw error;
    }
    if (shell.dialect !== 'bash') shell.line++;
  }
}

async function leave(shell: Interpreter, edited: boolean): Promise<void> {
  if (edited) await shell.process.err(shell.login ? 'logout\n' : 'exit\n');
  else if (shell.process.terminal && shell.dialect !== 'bash') await shell.process.err('\n');
}

function remember(shell: Interpreter, line: Bytes): void {
  const control = shell.variables.get('HISTCONTROL') ?? '';
  if (/ignore(space|both)/.test(control) && line.startsWith(' ')) return;
  if (/ignore(dups|both)/.test(control) && shell.history.at(-1) === line) return;
  shell.history.push(line);
  if (shell.history.length > MOST_HISTORY) shell.history.shift();
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
    process.onSignal('INT', 'ignore');
  }
}

/** A line after history expansion. Undefined: there is nothing to run, and why was said. */
async function historyExpand(shell: Interpreter, text: Bytes): Promise<Bytes | undefined> {
  if (!/[!^]/.test(text)) return text;
  const expanded = expandHistory(text, shell.history, shell.historyMemory);
  if ('error' in expanded) {
    await shell.complain(expanded.error);
    return undefined;
  }
  if (expanded.text !== text || expanded.shown) await shell.process.err(`${expanded.text}\n`);
  if (!expanded.shown) return expanded.text;
  remember(shell, expanded.text);
  return undefined;
}

function complete(shell: Interpreter, before: Bytes): { word: Bytes; candidates: Bytes[] } {
  const raw = /(?:\\.|[^\s;&|<>()\\])*$/.exec(before)![0];
  const word = raw.replace(/\\(.)/g, '$1').replace(/^["']/, '');
  const first = /(^|[;&|(]|\b(then|do|else|sudo|exec|nohup)\s)\s*$/.test(before.slice(0, before.length - raw.length));
  const { process } = shell;
  if (word.startsWith('$'))
    return {
      word,
      candidates: shell.variables
        .names()
        .filter((n) => n.startsWith(word.slice(1)))
        .map((n) => `$${n}`),
    };
  if (first && !word.includes('/')) {
    const found = new Set<Bytes>(
      [...builtins('bash').keys(), ...KEYWORDS, ...shell.functions.keys(), ...shell.aliases.keys()].filter((n) =>
        n.startsWith(word),
      ),
    );
    for (const folder of (shell.variables.get('PATH') ?? '').split(':')) {
      try {
        for (const { name } of process.files.readdir(folder)) if (name.startsWith(word)) found.add(name);
      } catch {
        // Not there.
      }
    }
    return { word, candidates: word === '' ? [] : [...found].sort() };
  }
  const slash = word.lastIndexOf('/') + 1;
  const [folder, prefix] = [word.slice(0, slash), word.slice(slash)];
  const real = folder.replace(/^~(?=\/)/, shell.variables.get('HOME') ?? '');
  try {
    const names = process.files
      .readdir(real === '' ? '.' : real)
      .filter(
        ({ name }) =>
          name.startsWith(prefix) && name !== '.' && name !== '..' && (prefix !== '' || !name.startsWith('.')),
      )
      .map(({ name, type }) => `${folder}${name}${type === 'directory' ? '/' : ''}`)
      .sort();
    return { word, candidates: names };
  } catch {
    return { word, candidates: [] };
  }
}
