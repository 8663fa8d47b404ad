// The shells of a machine: bash, dash (sh) and BusyBox's ash, as programs. Start here: options, start-up files, then lines.
import { SystemError, strerror } from '../machine/errno.ts';
import type { Bytes, Main, Process } from '../machine/machine.ts';
import { Interrupted } from '../machine/process.ts';
import { owe } from '../machine/work.ts';
import { applyFlags } from './builtin/variables.ts';
import { Return } from './control.ts';
import { readHistory, saveHistory } from './history.ts';
import { interact } from './interactive.ts';
import { Interpreter } from './interpreter.ts';
import { invocation } from './invocation.ts';
import { fileExists } from './launch.ts';
import { told } from './line.ts';
import { SET_OPTIONS, SHOPT_OPTIONS } from './options.ts';
import { awaits, LONGEST } from './parse.ts';
import { startPosix } from './posix/start.ts';

export const bash: Main = start;
export const dash: Main = (process) => startPosix(process, 'dash');
export const ash: Main = (process) => startPosix(process, 'ash');

async function start(process: Process): Promise<number> {
  const [zero = 'bash', first] = process.argv;
  const base = zero.replace(/^.*\//, '');
  if (base === 'sh' || base === '-sh') return startPosix(process, 'dash');
  if (first === '--version') {
    const { architecture } = process.machine.identity;
    await process.out(
      `GNU bash, version 5.2.15(1)-release (${architecture}-pc-linux-gnu)\nCopyright (C) 2022 Free Software Foundation, Inc.\nLicense GPLv3+: GNU GPL version 3 or later <http://gnu.org/licenses/gpl.html>\n\nThis is free software; you are free to change and redistribute it.\nThere is NO WARRANTY, to the extent permitted by law.\n`,
    );
    return 0;
  }
  const called = invocation(process.argv);
  if ('refusal' in called) {
    await process.err(called.refusal);
    return 2;
  }
  const { text, script, login, name, positional, startFiles } = called;
  const terminal =
    process.descriptors.get(0)?.terminal !== undefined && process.descriptors.get(2)?.terminal !== undefined;
  const interactive = called.interactive || (text === undefined && script === undefined && terminal);
  const shell = new Interpreter(process, { dialect: 'bash', name, positional, interactive, login });
  shell.commandString = text !== undefined;
  shell.readsStandardInput = text === undefined && script === undefined;
  shell.source = name;
  if (text !== undefined) shell.variables.obtain('BASH_EXECUTION_STRING').value = text;
  for (const { flag, name: option } of called.options) {
    if (flag[1] === 'O' && SHOPT_OPTIONS.includes(option!)) shell.options[flag[0] === '-' ? 'add' : 'delete'](option!);
    else if (flag[1] === 'O' || (flag[1] === 'o' && !SET_OPTIONS.includes(option!))) {
      const what = flag[1] === 'O' ? 'shell option' : 'option';
      await process.err(`${zero}: line 0: ${flag[1] === 'O' ? '' : `${zero}: `}${option}: invalid ${what} name\n`);
      return 2;
    } else await applyFlags(shell, option === undefined ? [flag] : [flag, option]);
  }
  if (called.posix) shell.options.add('posix');
  return shell.toEnd(async () => {
    if (startFiles) await startUp(shell);
    if (called.restricted) shell.options.add('restricted_shell');
    if (text !== undefined) {
      const string = text.endsWith('\\') ? `${text}\\` : text;
      return told(shell, text, () => shell.run(string, { from: '-c', last: true }));
    }
    if (script !== undefined) return runFile(shell, script);
    if (interactive) return converse(shell);
    return runInput(shell);
  });
}

/** Lines from a person until the shell ends; what he typed is kept also when he hangs up. */
async function converse(shell: Interpreter): Promise<number> {
  try {
    return await interact(shell);
  } catch (error) {
    const hungUp = error instanceof Interrupted && 'signal' in error.ending && error.ending.signal === 'HUP';
    if (error instanceof Interrupted && !hungUp) shell.historyNew = 0;
    throw error;
  } finally {
    saveHistory(shell);
  }
}

/** /etc/profile and ~/.profile of a login shell, bashrc of an interactive one. */
async function startUp(shell: Interpreter): Promise<void> {
  const home = shell.variables.get('HOME') ?? '';
  const read = async (path: Bytes): Promise<boolean> => {
    let text: Bytes;
    try {
      text = shell.process.readFile(path);
    } catch {
      return false;
    }
    const { line } = shell;
    shell.line = 1;
    shell.sourced++;
    try {
      await shell.run(text, { source: path });
    } catch (error) {
      if (!(error instanceof Return)) throw error;
    } finally {
      shell.sourced--;
      shell.line = line;
    }
    return true;
  };
  if (shell.login) {
    await read('/etc/profile');
    for (const file of ['.bash_profile', '.bash_login', '.profile']) if (await read(`${home}/${file}`)) break;
  } else if (shell.interactive) {
    await read('/etc/bash.bashrc');
    await read(`${home}/.bashrc`);
  } else if (shell.variables.get('SSH_CLIENT') !== undefined && Number(shell.variables.get('SHLVL')) < 2) {
    // Debian's bash (SSH_SOURCE_BASHRC): a command that sshd runs reads them, too.
    await read('/etc/bash.bashrc');
    await read(`${home}/.bashrc`);
  } else {
    const file = shell.variables.get('BASH_ENV');
    if (file) await read(await shell.expander.quoted(file));
  }
  if (shell.interactive) {
    try {
      readHistory(shell, shell.variables.get('HISTFILE') ?? '');
    } catch {
      // No history yet.
    }
  }
  shell.status = 0;
  shell.line = 1;
}

async function runFile(shell: Interpreter, script: Bytes): Promise<number> {
  let text: Bytes;
  try {
    // A name alone may stand in PATH, too.
    const file = script.includes('/') || fileExists(shell, script) ? script : (shell.find(script) ?? script);
    text = shell.process.readFile(file);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const zero = error.code === 'EISDIR' ? script : shell.process.argv[0];
    await shell.process.err(`${zero}: ${script}: ${strerror(error.code)}\n`);
    return error.code === 'ENOENT' ? 127 : 126;
  }
  const first = text.slice(0, 80).split('\n')[0]!;
  if (text.startsWith('\x7fELF') || first.includes('\0')) {
    await shell.process.err(`${script}: ${script}: cannot execute binary file\n`);
    return 126;
  }
  shell.scriptFile = script;
  return told(shell, text.replace(/\n$/, ''), () => shell.run(text, { source: script }));
}

/** Commands piped in: read line by line, so that a program inside reads what follows it. */
async function runInput(shell: Interpreter): Promise<number> {
  let text = '';
  let first = 1;
  let awaited: Bytes | undefined;
  const run = async () => {
    if (text.trim() === '') {
      if (shell.options.has('verbose')) await shell.process.err(text);
      return;
    }
    shell.line = first;
    await told(shell, text.replace(/\n$/, ''), () => shell.run(text));
  };
  for (let line = 1; ; line++) {
    const next = await shell.readLine();
    if (next === undefined) break;
    text += `${next}\n`;
    if (text.length < LONGEST) {
      // What cannot bring the end needs no look at the whole.
      if (awaited && !next.includes(awaited)) continue;
      owe(text.length >> 6);
      awaited = awaits(text.slice(0, -1), shell.reading());
      if (awaited !== undefined) continue;
    }
    await run();
    text = '';
    first = line + 1;
  }
  if (text !== '') await run();
  return shell.status;
}
