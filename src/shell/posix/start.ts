// dash and BusyBox' ash as programs: options, start-up files, then what they are to run.
import { SystemError, strerror } from '../../machine/errno.ts';
import type { Bytes, Process } from '../../machine/machine.ts';
import { owe } from '../../machine/work.ts';
import { interact } from '../interactive.ts';
import { Interpreter } from '../interpreter.ts';
import { told } from '../line.ts';
import { applyPosixFlags } from './builtin/variables.ts';
import { Complaint } from './complaint.ts';
import { posixIncomplete } from './run.ts';
import type { PosixDialect } from './tokens.ts';

/** Bytes of standard input that they read at once: what a command inside would read is gone then. */
const BLOCK = 8191;

export async function startPosix(process: Process, dialect: PosixDialect): Promise<number> {
  const [zero = dialect, ...words] = process.argv;
  // Messages begin with what it was called by, the dash of a login shell included.
  const name = zero;
  const complain = async (message: Bytes) => {
    await process.err(`${name}: ${dialect === 'dash' ? '0: ' : ''}${message}\n`);
    return 2;
  };
  const { given, flags, wrong } = splitOptions(words, dialect);
  if (wrong !== undefined) return complain(`${dialect === 'dash' ? 'Illegal' : 'illegal'} option ${wrong}`);
  const text = given.has('c') ? words.shift() : undefined;
  if (given.has('c') && text === undefined) return complain('-c requires an argument');
  const script = text === undefined && !given.has('s') ? words.shift() : undefined;
  const { descriptors } = process;
  const terminal = descriptors.get(0)?.terminal !== undefined && descriptors.get(2)?.terminal !== undefined;
  const interactive = given.has('i') || (text === undefined && script === undefined && terminal);
  const shell = new Interpreter(process, {
    dialect,
    name: text !== undefined ? (words.shift() ?? zero) : (script ?? zero),
    positional: words,
    interactive,
    login: zero.startsWith('-') || given.has('l'),
  });
  shell.commandString = text !== undefined;
  shell.readsStandardInput = text === undefined && script === undefined;
  shell.fromFile = script !== undefined;
  shell.source = script ?? (dialect === 'dash' && text !== undefined ? shell.name : name);
  // ash counts the lines of a text that it is given from 0.
  if (dialect === 'ash' && text !== undefined) shell.line = 0;
  try {
    await applyPosixFlags(shell, flags);
  } catch (error) {
    if (!(error instanceof Complaint)) throw error;
    await complain(error.message);
    if (error.status !== 1) return 2;
  }
  return shell.toEnd(async () => {
    if (shell.login) await startUp(shell);
    if (text !== undefined) {
      return told(shell, text, () => shell.run(text, { last: true }));
    }
    if (script !== undefined) return runFile(shell, script);
    if (!interactive) return runInput(shell);
    if (!terminal)
      await process.err(`${name}: ${dialect === 'dash' ? '0: ' : ''}can't access tty; job control turned off\n`);
    const banner =
      dialect === 'ash'
        ? process.machine.persona.facts.busybox?.banner.replace(/ multi-call binary\.$/, '')
        : undefined;
    if (banner)
      await process.out(`\n\n${banner} built-in shell (ash)\nEnter 'help' for a list of built-in commands.\n\n`);
    if (terminal) shell.options.add('monitor');
    return interact(shell);
  });
}

/** Takes the options off the front of `words`: -c, -i, -l and -s are the shell's own, the rest are flags of `set`. */
function splitOptions(words: Bytes[], dialect: PosixDialect): { given: Set<string>; flags: Bytes[]; wrong?: Bytes } {
  const given = new Set<string>();
  const flags: Bytes[] = [];
  while (/^[-+]./.test(words[0] ?? '')) {
    const word = words.shift()!;
    if (word === '--') break;
    // ash has bash's --login, and takes other long options for what bash would.
    if (word.startsWith('--') && dialect === 'ash') {
      if (word === '--login') given.add('l');
      continue;
    }
    for (const letter of word.slice(1)) {
      if (letter === '-') return { given, flags, wrong: '--' };
      if ('cils'.includes(letter)) given.add(letter);
      else if (letter === 'o') flags.push(`${word[0]}o`, ...(words.length > 0 ? [words.shift()!] : []));
      else flags.push(`${word[0]}${letter}`);
    }
  }
  if (words[0] === '-') words.shift();
  return { given, flags };
}

async function startUp(shell: Interpreter): Promise<void> {
  for (const file of ['/etc/profile', `${shell.variables.get('HOME') ?? ''}/.profile`]) {
    let text: Bytes;
    try {
      text = shell.process.readFile(file);
    } catch {
      continue;
    }
    const { line } = shell;
    shell.line = 1;
    shell.sourced++;
    shell.commandName = file;
    await shell.run(text);
    shell.commandName = undefined;
    shell.sourced--;
    shell.line = line;
  }
  shell.status = 0;
}

async function runFile(shell: Interpreter, script: Bytes): Promise<number> {
  const { process, dialect } = shell;
  let text: Bytes;
  try {
    text = process.readFile(script);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    // A directory reads as an empty script.
    if (error.code === 'EISDIR') return 0;
    const name = process.argv[0] ?? '';
    const why = dialect === 'dash' && error.code === 'ENOENT' ? 'No such file' : strerror(error.code);
    await process.err(
      dialect === 'dash' ? `${name}: 0: cannot open ${script}: ${why}\n` : `${name}: can't open '${script}': ${why}\n`,
    );
    return 2;
  }
  return told(shell, text.replace(/\n$/, ''), () => shell.run(text.replaceAll('\0', '')));
}

/** What is piped in, line by line; read in blocks, so that a program inside does not find what follows it. */
async function runInput(shell: Interpreter): Promise<number> {
  let waiting = '';
  let ended = false;
  let text = '';
  let first = 1;
  for (let line = 1; ; line++) {
    while (!ended && !waiting.includes('\n')) {
      const block = await shell.process.read(0, BLOCK);
      if (block === '') ended = true;
      else waiting += block.replaceAll('\0', '');
    }
    if (waiting === '') break;
    const end = waiting.indexOf('\n');
    text += (text === '' ? '' : '\n') + (end < 0 ? waiting : waiting.slice(0, end));
    waiting = end < 0 ? '' : waiting.slice(end + 1);
    owe(text.length >> 6);
    if (posixIncomplete(shell, text) && text.length < 64 << 10 && !(ended && waiting === '')) continue;
    if (text.trim() !== '') {
      const whole = end < 0 ? text : `${text}\n`;
      shell.line = first;
      await told(shell, text, () => shell.run(whole));
    }
    text = '';
    first = line + 1;
  }
  return shell.status;
}
