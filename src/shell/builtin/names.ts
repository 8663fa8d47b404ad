// Builtins about the names of commands: type, command, builtin, hash, alias, unalias, enable, help.
import type { Bytes } from '../../machine/machine.ts';
import type { Interpreter } from '../interpreter.ts';
import { functionText } from '../print.ts';
import { singleQuote } from '../quote.ts';
import type { Builtin } from './table.ts';
import { badOption } from './usage.ts';

export const KEYWORDS = [
  'if',
  'then',
  'elif',
  'else',
  'fi',
  'time',
  'for',
  'in',
  'until',
  'while',
  'do',
  'done',
  'case',
  'esac',
  'coproc',
  'select',
  'function',
  '{',
  '}',
  '[[',
  ']]',
  '!',
];

/** Every file of a name along PATH. */
function files(shell: Interpreter, name: Bytes): Bytes[] {
  if (name.includes('/')) return shell.process.files.access(name, 1) ? [name] : [];
  return (shell.variables.get('PATH') ?? '').split(':').flatMap((folder) => {
    const file = `${folder || '.'}/${name}`;
    try {
      return shell.process.files.stat(file).type === 'file' && shell.process.files.access(file, 1) ? [file] : [];
    } catch {
      return [];
    }
  });
}

async function describe(shell: Interpreter, name: Bytes, short: boolean): Promise<boolean> {
  const say = (text: Bytes) => shell.process.out(`${text}\n`);
  const alias = shell.aliases.get(name);
  const found = shell.functions.get(name);
  if (alias !== undefined)
    await say(
      short
        ? `alias ${name}=${singleQuote(alias)}`
        : shell.dialect === 'bash'
          ? `${name} is aliased to \`${alias}'`
          : `${name} is an alias for ${alias}`,
    );
  else if (
    KEYWORDS.includes(name) &&
    (shell.dialect === 'bash' || !['[[', ']]', 'select', 'function', 'coproc', 'time'].includes(name))
  )
    await say(short ? name : `${name} is a shell keyword`);
  else if (found)
    await say(
      short
        ? name
        : shell.dialect === 'bash'
          ? `${name} is a function\n${functionText(name, found.body)}`
          : `${name} is a shell function`,
    );
  else if (shell.builtins.has(name))
    await say(
      short
        ? name
        : shell.dialect === 'dash' &&
            [
              '.',
              ':',
              'break',
              'continue',
              'eval',
              'exec',
              'exit',
              'export',
              'readonly',
              'return',
              'set',
              'shift',
              'times',
              'trap',
              'unset',
            ].includes(name)
          ? `${name} is a special shell builtin`
          : `${name} is a shell builtin`,
    );
  else {
    const [file] = files(shell, name);
    if (file === undefined) return false;
    await say(short ? file : shell.hashed.has(name) ? `${name} is hashed (${file})` : `${name} is ${file}`);
  }
  return true;
}

const type: Builtin = async (shell, args) => {
  const flags = args.filter((a) => /^-[afptP]+$/.test(a)).join('');
  let status = 0;
  for (const name of args.filter((a) => !/^-[afptP]+$/.test(a))) {
    if (flags.includes('t')) {
      const kind = shell.aliases.has(name)
        ? 'alias'
        : KEYWORDS.includes(name)
          ? 'keyword'
          : shell.functions.has(name)
            ? 'function'
            : shell.builtins.has(name)
              ? 'builtin'
              : files(shell, name).length > 0
                ? 'file'
                : undefined;
      if (kind) await shell.process.out(`${kind}\n`);
      else status = 1;
    } else if (flags.includes('P') || flags.includes('p')) {
      const [file] =
        flags.includes('p') && (shell.functions.has(name) || shell.builtins.has(name)) ? [] : files(shell, name);
      if (file) await shell.process.out(`${file}\n`);
      else if (!shell.builtins.has(name) || flags.includes('P')) status = 1;
    } else if (!(await describe(shell, name, false))) {
      if (shell.dialect === 'bash') await shell.complain(`type: ${name}: not found`);
      else await shell.process.out(`${name}: not found\n`);
      status = shell.dialect === 'bash' ? 1 : 127;
    } else if (flags.includes('a'))
      for (const file of files(shell, name).slice(
        shell.builtins.has(name) || shell.functions.has(name) || shell.aliases.has(name) ? 0 : 1,
      ))
        await shell.process.out(`${name} is ${file}\n`);
  }
  return status;
};

const command: Builtin = async (shell, args) => {
  let verbose = '';
  while (/^-[pvV]+$/.test(args[0] ?? '')) {
    verbose += args[0]!.slice(1);
    args = args.slice(1);
  }
  if (args[0] === '--') args = args.slice(1);
  if (args.length === 0) return 0;
  if (verbose.includes('v') || verbose.includes('V')) {
    let status = shell.dialect === 'bash' ? 1 : 0;
    for (const name of args)
      if (await describe(shell, name, !verbose.includes('V'))) {
        if (shell.dialect === 'bash') status = 0;
      } else {
        if (verbose.includes('V')) await shell.complain(`command: ${name}: not found`);
        if (shell.dialect !== 'bash') status = 127;
      }
    return status;
  }
  const saved = shell.functions.get(args[0]!);
  shell.functions.delete(args[0]!);
  try {
    return await shell.execute(args, [], []);
  } finally {
    if (saved) shell.functions.set(args[0]!, saved);
  }
};

const builtin: Builtin = async (shell, args) => {
  const [name, ...rest] = args;
  if (name === undefined) return 0;
  const found = shell.builtins.get(name);
  if (!found) {
    await shell.complain(`builtin: ${name}: not a shell builtin`);
    return 1;
  }
  return found(shell, rest, name);
};

const alias: Builtin = async (shell, args) => {
  const show = (name: Bytes) =>
    shell.process.out(
      shell.dialect === 'bash'
        ? `alias ${name}=${singleQuote(shell.aliases.get(name)!)}\n`
        : `${name}=${singleQuote(shell.aliases.get(name)!)}\n`,
    );
  const words = args.filter((a) => a !== '-p');
  if (words.length === 0) for (const name of [...shell.aliases.keys()].sort()) await show(name);
  let status = 0;
  for (const word of words) {
    const at = word.indexOf('=');
    if (at > 0) shell.aliases.set(word.slice(0, at), word.slice(at + 1));
    else if (shell.aliases.has(word)) await show(word);
    else {
      await (shell.dialect === 'bash'
        ? shell.complain(`alias: ${word}: not found`)
        : shell.process.err(`alias: ${word} not found\n`));
      status = 1;
    }
  }
  return status;
};

export const names: Record<string, Builtin> = {
  type,
  command,
  builtin,
  alias,
  unalias: async (shell, args) => {
    let status = 0;
    for (const name of args) {
      if (name === '-a') shell.aliases.clear();
      else if (!shell.aliases.delete(name)) {
        await shell.complain(`unalias: ${name}: not found`);
        status = 1;
      }
    }
    return status;
  },
  hash: async (shell, args, name) => {
    const options = new Set<string>();
    let path: Bytes | undefined;
    let words = [...args];
    while (/^-./.test(words[0] ?? '') && words[0] !== '--') {
      const [word] = words.splice(0, 1) as [Bytes];
      for (let i = 1; i < word.length; i++) {
        const letter = word[i]!;
        if (!'lrptd'.includes(letter))
          return badOption(shell, name, `-${letter}`, 'hash [-lr] [-p pathname] [-dt] [name ...]');
        options.add(letter);
        if (letter !== 'p') continue;
        path = word.slice(i + 1) || words.shift();
        if (path === undefined) {
          await shell.complain('hash: -p: option requires an argument');
          await shell.process.err('hash: usage: hash [-lr] [-p pathname] [-dt] [name ...]\n');
          return 2;
        }
        break;
      }
    }
    if (words[0] === '--') words = words.slice(1);
    if (options.has('r')) shell.hashed.clear();
    if (words.length === 0) {
      if (options.has('t') || options.has('d')) {
        await shell.complain(`hash: -${options.has('t') ? 't' : 'd'}: option requires an argument`);
        return 1;
      }
      if (options.has('r') || shell.dialect !== 'bash') return 0;
      if (shell.hashed.size === 0) await shell.process.out('hash: hash table empty\n');
      else if (options.has('l'))
        for (const [command, { file }] of shell.hashed) await shell.process.out(`builtin hash -p ${file} ${command}\n`);
      else
        await shell.process.out(
          `hits\tcommand\n${[...shell.hashed.values()].map(({ file, hits }) => `${String(hits).padStart(4)}\t${file}\n`).join('')}`,
        );
      return 0;
    }
    let status = 0;
    const missing = async (command: Bytes) => {
      await shell.complain(`hash: ${command}: not found`);
      status = 1;
    };
    for (const command of words) {
      if (path !== undefined) shell.hashed.set(command, { file: path, hits: 0 });
      else if (options.has('t')) {
        const known = shell.hashed.get(command);
        if (!known) await missing(command);
        else if (options.has('l')) await shell.process.out(`builtin hash -p ${known.file} ${command}\n`);
        else await shell.process.out(words.length > 1 ? `${command}\t${known.file}\n` : `${known.file}\n`);
      } else if (options.has('d')) {
        if (!shell.hashed.delete(command)) await missing(command);
      } else if (command.includes('/') || shell.builtins.has(command) || shell.functions.has(command)) continue;
      else {
        const file = shell.find(command);
        if (file) shell.hashed.set(command, { file, hits: 0 });
        else await missing(command);
      }
    }
    return status;
  },
  enable: async (shell, args) => {
    const off = args[0] === '-n';
    const words = args.filter((a) => !a.startsWith('-'));
    if (words.length === 0) {
      for (const name of [...shell.builtins.keys()].sort((a, b) => (a < b ? -1 : 1)))
        if (shell.disabled.has(name) === off) await shell.process.out(`enable ${off ? '-n ' : ''}${name}\n`);
      return 0;
    }
    let status = 0;
    for (const name of words) {
      if (!shell.builtins.has(name)) {
        await shell.complain(`enable: ${name}: not a shell builtin`);
        status = 1;
      } else if (off) shell.disabled.add(name);
      else shell.disabled.delete(name);
    }
    return status;
  },
  help: async (shell, args) => {
    if (args.length > 0) {
      shell.process.witness.gap('help', args[0]);
      await shell.complain(
        `help: no help topics match \`${args[0]}'.  Try \`help help' or \`man -k ${args[0]}' or \`info ${args[0]}'.`,
      );
      return 1;
    }
    const { architecture } = shell.process.machine.identity;
    await shell.process.out(
      `GNU bash, version 5.2.15(1)-release (${architecture}-pc-linux-gnu)\nThese shell commands are defined internally.  Type \`help' to see this list.\nType \`help name' to find out more about the function \`name'.\nUse \`info bash' to find out more about the shell in general.\nUse \`man -k' or \`info' to find out more about commands not in this list.\n\nA star (*) next to a name means that the command is disabled.\n\n`,
    );
    for (const name of [...shell.builtins.keys()].sort()) await shell.process.out(` ${name}\n`);
    return 0;
  },
  complete: () => 0,
  compgen: async (shell, args) => {
    const prefix = args.at(-1)?.startsWith('-') ? '' : (args.at(-1) ?? '');
    const words = args.includes('-b')
      ? [...shell.builtins.keys()]
      : args.includes('-v')
        ? shell.variables.names()
        : args.includes('-k')
          ? KEYWORDS
          : args.includes('-A') && args.includes('function')
            ? [...shell.functions.keys()]
            : args.includes('-u')
              ? shell.process.machine.accounts.all().map((a) => a.name)
              : [];
    const found = words.filter((word) => word.startsWith(prefix));
    if (found.length > 0) await shell.process.out(`${found.join('\n')}\n`);
    return found.length > 0 ? 0 : 1;
  },
  compopt: () => 0,
  bind: () => 0,
};
