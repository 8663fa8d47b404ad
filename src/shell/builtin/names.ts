// Builtins about the names of commands: type, command, builtin, hash, alias, unalias, enable, help.
import type { Bytes } from '../../machine/machine.ts';
import { RESERVED } from '../grammar.ts';
import type { Interpreter } from '../interpreter.ts';
import { SET_OPTIONS, SHOPT_OPTIONS } from '../options.ts';
import { functionText } from '../print.ts';
import { reusableQuote } from '../quote.ts';
import { signalNames } from '../signals.ts';
import { help } from './help.ts';
import { special } from './special.ts';
import type { Builtin } from './table.ts';
import { badOption } from './usage.ts';

export const KEYWORDS: readonly string[] = [...RESERVED.bash];

/** Every file of a name along PATH. */
function files(shell: Interpreter, name: Bytes): Bytes[] {
  if (name.includes('/')) {
    try {
      return shell.process.files.stat(name).type !== 'directory' && shell.process.files.access(name, 1) ? [name] : [];
    } catch {
      return [];
    }
  }
  const hashed = shell.hashed.get(name)?.file;
  if (hashed !== undefined) return [hashed];
  return (shell.variables.get('PATH') ?? '').split(':').flatMap((folder) => {
    const file = `${folder || '.'}/${name}`;
    try {
      return shell.process.files.stat(file).type === 'file' && shell.process.files.access(file, 1) ? [file] : [];
    } catch {
      return [];
    }
  });
}

/** What a name can be, in the order in which a shell looks. */
interface Meaning {
  kind: 'alias' | 'keyword' | 'function' | 'builtin' | 'file';
  /** `command -v`, `type`. */
  short: Bytes;
  long: Bytes;
}

/** All that a name means. `functions` off: as `type -f` sees it. */
function meanings(shell: Interpreter, name: Bytes, functions = true): Meaning[] {
  const found: Meaning[] = [];
  const alias = !shell.options.has('expand_aliases') ? undefined : shell.aliases.get(name);
  if (alias !== undefined)
    found.push({
      kind: 'alias',
      short: `alias ${name}=${reusableQuote(alias)}`,
      long: `${name} is aliased to \`${alias}'`,
    });
  if (RESERVED.bash.has(name)) found.push({ kind: 'keyword', short: name, long: `${name} is a shell keyword` });
  const definition = functions ? shell.functions.get(name) : undefined;
  if (definition)
    found.push({
      kind: 'function',
      short: name,
      long: `${name} is a function\n${functionText(name, definition.body)}`,
    });
  if (shell.builtin(name))
    found.push({
      kind: 'builtin',
      short: name,
      long: `${name} is a shell builtin`,
    });
  const hashed = name.includes('/') ? undefined : shell.hashed.get(name)?.file;
  for (const file of files(shell, name))
    found.push({
      kind: 'file',
      short: file,
      long:
        hashed === file && found.every(({ kind }) => kind !== 'file')
          ? `${name} is hashed (${file})`
          : `${name} is ${file}`,
    });
  return found;
}

const TYPE = 'type [-afptP] name [name ...]';
const type: Builtin = async (shell, args, command) => {
  const flags = new Set<string>();
  let names = args;
  while (/^-./.test(names[0] ?? '') && names[0] !== '--') {
    for (const letter of names[0]!.slice(1)) {
      if (!'afptP'.includes(letter)) return badOption(shell, command, `-${letter}`, TYPE);
      flags.add(letter);
    }
    names = names.slice(1);
  }
  if (names[0] === '--') names = names.slice(1);
  let status = 0;
  for (const name of names) {
    let found = meanings(shell, name, !flags.has('f'));
    if (flags.has('P')) found = found.filter(({ kind }) => kind === 'file');
    if (!flags.has('a')) found = found.slice(0, 1);
    if (found.length === 0) {
      status = 1;
      if (flags.has('t') || flags.has('p') || flags.has('P')) continue;
      await shell.complain(`type: ${name}: not found`);
      continue;
    }
    for (const { kind, short, long } of found) {
      if (flags.has('t')) await shell.process.out(`${kind}\n`);
      else if (flags.has('p') || flags.has('P')) {
        if (kind === 'file') await shell.process.out(`${short}\n`);
      } else await shell.process.out(`${long}\n`);
    }
  }
  return status;
};

const command: Builtin = async (shell, args, self) => {
  let verbose = '';
  let standard = false;
  let words = args;
  while (/^-./.test(words[0] ?? '') && words[0] !== '--') {
    for (const letter of words[0]!.slice(1)) {
      if (letter === 'p') standard = true;
      else if (letter === 'v' || letter === 'V') verbose = letter;
      else return badOption(shell, self, `-${letter}`, 'command [-pVv] command [arg ...]');
    }
    words = words.slice(1);
  }
  if (words[0] === '--') words = words.slice(1);
  if (words.length === 0) return 0;
  if (verbose !== '') {
    let status = 1;
    for (const name of words) {
      const [found] = meanings(shell, name);
      if (found) {
        await shell.process.out(`${verbose === 'v' ? found.short : found.long}\n`);
        status = 0;
        continue;
      }
      if (verbose === 'V') await shell.complain(`command: ${name}: not found`);
    }
    return status;
  }
  const [name] = words as [Bytes];
  const saved = shell.functions.get(name);
  shell.functions.delete(name);
  const path = shell.variables.find('PATH');
  const before = path?.value;
  if (standard) shell.variables.set('PATH', '/bin:/usr/bin:/sbin:/usr/sbin');
  try {
    return await shell.execute(words, [], []);
  } finally {
    if (saved && !shell.functions.has(name)) shell.functions.set(name, saved);
    if (standard && path) path.value = before;
  }
};

const builtin: Builtin = async (shell, args, command) => {
  if (/^-./.test(args[0] ?? '') && args[0] !== '--')
    return badOption(shell, command, args[0]!.slice(0, 2), 'builtin [shell-builtin [arg ...]]');
  const [name, ...rest] = args[0] === '--' ? args.slice(1) : args;
  if (name === undefined) return 0;
  const found = shell.builtins.get(name);
  if (!found) {
    await shell.complain(`builtin: ${name}: not a shell builtin`);
    return 1;
  }
  return found(shell, rest, name);
};

const alias: Builtin = async (shell, args, command) => {
  const show = (name: Bytes) => shell.process.out(`alias ${name}=${reusableQuote(shell.aliases.get(name)!)}\n`);
  let words = args;
  let all = false;
  while (/^-./.test(words[0] ?? '') && words[0] !== '--') {
    const wrong = /[^p]/.exec(words[0]!.slice(1))?.[0];
    if (wrong !== undefined) return badOption(shell, command, `-${wrong}`, 'alias [-p] [name[=value] ... ]');
    all = true;
    words = words.slice(1);
  }
  if (words[0] === '--') words = words.slice(1);
  if (words.length === 0 || all) for (const name of [...shell.aliases.keys()].sort()) await show(name);
  let status = 0;
  for (const word of words) {
    const at = word.indexOf('=', 1);
    if (at > 0) {
      const name = word.slice(0, at);
      if (/[ \t\n/$`'"\\;|&()<>]/.test(name)) {
        await shell.complain(`alias: \`${name}': invalid alias name`);
        status = 1;
      } else shell.aliases.set(name, word.slice(at + 1));
    } else if (shell.aliases.has(word)) await show(word);
    else {
      await shell.complain(`alias: ${word}: not found`);
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
  unalias: async (shell, args, command) => {
    let words = args;
    let status = 0;
    if (/^-./.test(words[0] ?? '') && words[0] !== '--') {
      if (words[0] !== '-a') return badOption(shell, command, words[0]!.slice(0, 2), 'unalias [-a] name [name ...]');
      shell.aliases.clear();
      return 0;
    }
    if (words[0] === '--') words = words.slice(1);
    if (words.length === 0) {
      await shell.process.err('unalias: usage: unalias [-a] name [name ...]\n');
      return 2;
    }
    for (const name of words)
      if (!shell.aliases.delete(name)) {
        await shell.complain(`unalias: ${name}: not found`);
        status = 1;
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
      if (options.has('r')) return 0;
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
        if (known) known.hits++;
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
  enable: async (shell, args, command) => {
    const flags = new Set<string>();
    let words = args;
    while (/^-./.test(words[0] ?? '') && words[0] !== '--') {
      for (const letter of words[0]!.slice(1)) {
        if (!'adfnps'.includes(letter))
          return badOption(shell, command, `-${letter}`, 'enable [-a] [-dnps] [-f filename] [name ...]');
        flags.add(letter);
      }
      words = words.slice(1);
    }
    if (words[0] === '--') words = words.slice(1);
    if (words.length === 0 || flags.has('p')) {
      for (const name of [...shell.builtins.keys()].sort((a, b) => (a < b ? -1 : 1))) {
        const off = shell.disabled.has(name);
        if (flags.has('s') && !special.has(name) && name !== 'source') continue;
        if (flags.has('a') || off === flags.has('n')) await shell.process.out(`enable ${off ? '-n ' : ''}${name}\n`);
      }
      return 0;
    }
    let status = 0;
    for (const name of words) {
      if (!shell.builtins.has(name)) {
        await shell.complain(`enable: ${name}: not a shell builtin`);
        status = 1;
      } else if (flags.has('n')) shell.disabled.add(name);
      else shell.disabled.delete(name);
    }
    return status;
  },
  help,
  complete: () => 0,
  compgen: async (shell, args, name) => {
    const sources: Bytes[] = [];
    let [before, behind, prefix] = ['', '', ''];
    const files = (only: boolean) => {
      const slash = prefix.lastIndexOf('/') + 1;
      try {
        return shell.process.files
          .readdir(slash ? prefix.slice(0, slash) : '.')
          .filter(({ name: entry, type: kind }) => entry !== '.' && entry !== '..' && (!only || kind === 'directory'))
          .map(({ name: entry }) => prefix.slice(0, slash) + entry);
      } catch {
        return [];
      }
    };
    const actions: Record<string, () => Iterable<Bytes>> = {
      alias: () => shell.aliases.keys(),
      arrayvar: () => shell.variables.names().filter((n) => typeof shell.variables.find(n)?.value === 'object'),
      builtin: () => shell.builtins.keys(),
      command: () => [...shell.aliases.keys(), ...KEYWORDS, ...shell.functions.keys(), ...shell.builtins.keys()],
      directory: () => files(true),
      disabled: () => shell.disabled,
      enabled: () => [...shell.builtins.keys()].filter((n) => !shell.disabled.has(n)),
      export: () => shell.variables.names().filter((n) => shell.variables.find(n)?.exported),
      file: () => files(false),
      function: () => shell.functions.keys(),
      group: () => [],
      job: () => shell.jobs.list.map(({ text }) => text.split(' ')[0]!),
      keyword: () => KEYWORDS,
      setopt: () => SET_OPTIONS,
      shopt: () => SHOPT_OPTIONS,
      signal: () => ['EXIT', ...signalNames.map((n) => `SIG${n}`), 'DEBUG', 'ERR', 'RETURN'],
      user: () => shell.process.machine.accounts.all().map((account) => account.name),
      variable: () => shell.variables.names().filter((n) => shell.variables.find(n)?.value !== undefined),
    };
    const letters: Record<string, string> = {
      a: 'alias',
      b: 'builtin',
      c: 'command',
      d: 'directory',
      e: 'export',
      f: 'file',
      g: 'group',
      j: 'job',
      k: 'keyword',
      s: 'service',
      u: 'user',
      v: 'variable',
    };
    const wanted: string[] = [];
    const words: Bytes[] = [];
    for (let i = 0; i < args.length; i++) {
      const word = args[i]!;
      if (!/^-./.test(word)) {
        words.push(word);
        continue;
      }
      if (word === '--') {
        words.push(...args.slice(i + 1));
        break;
      }
      for (const letter of word.slice(1)) {
        if ('AWPSGFCXo'.includes(letter)) {
          const value = args[++i] ?? '';
          if (letter === 'A') {
            if (!actions[value]) {
              await shell.complain(`compgen: ${value}: invalid action name`);
              return 2;
            }
            wanted.push(value);
          } else if (letter === 'W') sources.push(value);
          else if (letter === 'P') before = value;
          else if (letter === 'S') behind = value;
        } else if (letters[letter]) wanted.push(letters[letter]!);
        else
          return badOption(
            shell,
            name,
            `-${letter}`,
            'compgen [-abcdefgjksuv] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix] [word]',
          );
      }
    }
    prefix = words[0] ?? '';
    const found = new Set<Bytes>();
    for (const action of wanted) {
      const candidates = [...(actions[action]?.() ?? [])];
      for (const candidate of action === 'keyword' ? candidates : candidates.sort()) found.add(candidate);
    }
    for (const list of sources)
      for (const candidate of (await shell.expander.quoted(list)).split(/[ \t\n]+/))
        if (candidate !== '') found.add(candidate);
    const out = [...found]
      .filter((candidate) => candidate.startsWith(prefix))
      .map((candidate) => before + candidate + behind);
    if (out.length > 0) await shell.process.out(`${out.join('\n')}\n`);
    return out.length > 0 ? 0 : 1;
  },
  compopt: async (shell, args) => {
    const names = args.filter((word) => !/^[-+]/.test(word));
    for (const name of names) await shell.complain(`compopt: ${name}: no completion specification`);
    return names.length > 0 ? 1 : 0;
  },
};
