// The shells of a machine: bash, dash (sh) and BusyBox's ash, as programs. Start here: options, start-up files, then lines.
import { SystemError, strerror } from '../machine/errno.ts';
import type { Bytes, Main, Process } from '../machine/machine.ts';
import { owe } from '../machine/work.ts';
import { applyFlags } from './builtin/variables.ts';
import { interact } from './interactive.ts';
import { Interpreter } from './interpreter.ts';
import { told } from './line.ts';
import { awaits, LONGEST } from './parse.ts';
import { startPosix } from './posix/start.ts';

export const bash: Main = start;
export const dash: Main = (process) => startPosix(process, 'dash');
export const ash: Main = (process) => startPosix(process, 'ash');

async function start(process: Process): Promise<number> {
  const [zero = 'bash', ...words] = process.argv;
  const base = zero.replace(/^.*\//, '');
  if (base === 'sh' || base === '-sh') return startPosix(process, 'dash');
  let login = zero.startsWith('-');
  let interactive = false;
  let command = false;
  let standardInput = false;
  let startFiles = true;
  const flags: Bytes[] = [];
  while (words.length > 0 && /^[-+]./.test(words[0]!)) {
    const word = words.shift()!;
    if (word === '--') break;
    if (word === '--version') {
      await process.out(
        'GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)\nCopyright (C) 2022 Free Software Foundation, Inc.\nLicense GPLv3+: GNU GPL version 3 or later <http://gnu.org/licenses/gpl.html>\n\nThis is free software; you are free to change and redistribute it.\nThere is NO WARRANTY, to the extent permitted by law.\n',
      );
      return 0;
    }
    if (word === '--login') login = true;
    else if (/^--(norc|noprofile|posix|noediting|verbose)$/.test(word)) startFiles &&= !/no(rc|profile)/.test(word);
    else if (word === '--rcfile' || word === '--init-file') words.shift();
    else if (word.startsWith('--')) {
      await process.err(
        `${zero}: ${word}: invalid option\nUsage:\t${zero} [GNU long option] [option] ...\n\t${zero} [GNU long option] [option] script-file ...\n`,
      );
      return 2;
    } else {
      for (const letter of word.slice(1)) {
        if (letter === 'c') command = true;
        else if (letter === 'i') interactive = true;
        else if (letter === 's') standardInput = true;
        else if (letter === 'l') login = true;
        else if (letter === 'o' || letter === 'O') flags.push(`${word[0]}${letter}`, words.shift() ?? '');
        else flags.push(`${word[0]}${letter}`);
      }
    }
  }
  const text = command ? words.shift() : undefined;
  if (command && text === undefined) {
    await process.err(`${base}: -c: option requires an argument\n`);
    return 2;
  }
  const script = text === undefined && !standardInput ? words.shift() : undefined;
  const terminal =
    process.descriptors.get(0)?.terminal !== undefined && process.descriptors.get(2)?.terminal !== undefined;
  interactive ||= text === undefined && script === undefined && terminal;
  const name = text !== undefined ? (words.shift() ?? zero) : (script ?? zero);
  const shell = new Interpreter(process, { dialect: 'bash', name, positional: words, interactive, login });
  shell.commandString = text !== undefined;
  shell.readsStandardInput = text === undefined && script === undefined;
  shell.source = text !== undefined || script === undefined ? base : script;
  if (text !== undefined && name !== zero) shell.source = name;
  for (let i = 0; i < flags.length; i++) {
    const flag = flags[i]!;
    if (flag[1] === 'O') {
      shell.options[flag[0] === '-' ? 'add' : 'delete'](flags[++i]!);
      continue;
    }
    const args = flag[1] === 'o' ? [flag, flags[++i]!] : [flag];
    const { status } = await applyFlags(shell, args);
    if (status !== 0) return status;
  }
  return shell.toEnd(async () => {
    if (startFiles) await startUp(shell);
    if (text !== undefined) {
      const string = text.endsWith('\\') ? `${text}\\` : text;
      return told(shell, text, () => shell.run(string, { from: '-c', last: true }));
    }
    if (script !== undefined) return runFile(shell, script);
    if (interactive) return interact(shell);
    return runInput(shell);
  });
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
    await shell.run(text, { source: path });
    shell.sourced--;
    shell.line = line;
    return true;
  };
  if (shell.login) {
    await read('/etc/profile');
    for (const file of ['.bash_profile', '.bash_login', '.profile']) if (await read(`${home}/${file}`)) break;
  } else if (shell.interactive) {
    await read('/etc/bash.bashrc');
    await read(`${home}/.bashrc`);
  }
  if (shell.interactive) {
    try {
      shell.history.push(
        ...shell.process
          .readFile(shell.variables.get('HISTFILE') ?? '')
          .split('\n')
          .filter((l) => l !== ''),
      );
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
    text = shell.process.readFile(script);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    await shell.process.err(`${shell.process.argv[0]}: ${script}: ${strerror(error.code)}\n`);
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
