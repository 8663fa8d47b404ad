// Parameters: what the shell sets at its start, and the special ones that it computes when asked.
import type { Bytes } from '../machine/machine.ts';
import type { Interpreter } from './interpreter.ts';
import { isOn, SET_OPTIONS, SHOPT_OPTIONS } from './options.ts';
import { wholeScript } from './parse.ts';
import { letters } from './posix/builtin/variables.ts';

/** Variables at the start: the environment, and what the shell sets itself. */
export function setInitialVariables(shell: Interpreter): void {
  const { process, variables } = shell;
  for (const [name, value] of process.environment) {
    if (!/^[a-zA-Z_][a-zA-Z_0-9]*$/.test(name)) {
      if (!(shell.dialect === 'bash' && importFunction(shell, name, value))) shell.foreign.set(name, value);
      continue;
    }
    const variable = variables.obtain(name);
    variable.value = value;
    variable.exported = true;
  }
  const set = (name: string, value: Bytes, exported = false) => {
    const variable = variables.obtain(name);
    variable.value = value;
    if (exported) variable.exported = true;
  };
  set('IFS', ' \t\n');
  set('PWD', process.cwd, true);
  set('OPTIND', '1');
  set('PPID', String(process.ppid));
  if (variables.get('PATH') === undefined)
    set(
      'PATH',
      shell.dialect === 'bash'
        ? '/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin:.'
        : '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      shell.dialect !== 'bash',
    );
  if (shell.dialect !== 'bash') {
    set('PS1', shell.dialect === 'ash' ? '\\w \\$ ' : process.credentials.euid === 0 ? '# ' : '$ ');
    if (shell.dialect === 'ash') {
      set('HOSTNAME', process.machine.identity.hostname);
      const level = Number(variables.get('SHLVL') ?? 0);
      set('SHLVL', String(Number.isInteger(level) ? level + 1 : 1), true);
    }
    set('PS2', '> ');
    set('PS4', '+ ');
    return;
  }
  const level = Number(variables.get('SHLVL') ?? 0);
  set('SHLVL', String(Number.isInteger(level) ? level + 1 : 1), true);
  if (variables.get('OLDPWD') === undefined) variables.obtain('OLDPWD').exported = true;
  if (variables.get('TERM') === undefined) set('TERM', 'dumb');
  set('OPTERR', '1');
  set('BASH', '/usr/bin/bash');
  set(
    'BASH_LOADABLES_PATH',
    '/usr/local/lib/bash:/usr/lib/bash:/opt/local/lib/bash:/usr/pkg/lib/bash:/opt/pkg/lib/bash:.',
  );
  // Shown by `set`; their values come when they are asked for.
  for (const name of ['BASHOPTS', 'SHELLOPTS']) set(name, '');
  for (const name of ['BASH_ALIASES', 'BASH_CMDS']) variables.obtain(name).value = { keys: new Map() };
  for (const name of ['BASH_ARGV', 'BASH_LINENO', 'BASH_SOURCE', 'DIRSTACK', 'GROUPS'])
    variables.obtain(name).value = new Map();
  for (const name of ['BASH_ARGC', 'PIPESTATUS']) variables.obtain(name).value = new Map([[0, '0']]);
  set('BASH_VERSION', '5.2.15(1)-release');
  variables.obtain('BASH_VERSINFO').value = new Map(
    ['5', '2', '15', '1', 'release', `${process.machine.identity.architecture}-pc-linux-gnu`].map((v, i) => [i, v]),
  );
  for (const name of ['BASH_VERSINFO', 'BASHOPTS', 'SHELLOPTS', 'PPID']) variables.obtain(name).readonly = true;
  set('HOSTNAME', process.machine.identity.hostname);
  set('HOSTTYPE', process.machine.identity.architecture);
  set('MACHTYPE', `${process.machine.identity.architecture}-pc-linux-gnu`);
  set('OSTYPE', 'linux-gnu');
  set('PS4', '+ ');
  set('_', process.argv[0] ?? 'bash');
  for (const [name, value] of [
    ['UID', process.credentials.uid],
    ['EUID', process.credentials.euid],
  ] as const) {
    set(name, String(value));
    variables.obtain(name).readonly = true;
  }
  if (shell.interactive) {
    set('PS1', '\\s-\\v\\$ ');
    set('PS2', '> ');
    set('HISTSIZE', '500');
    set('HISTFILESIZE', '500');
    set('HISTFILE', `${variables.get('HOME') ?? ''}/.bash_history`);
  }
}

/** `BASH_FUNC_name%%=() { …`: a function that the shell above exported. True if it was one. */
function importFunction(shell: Interpreter, name: Bytes, value: Bytes): boolean {
  const function_ = /^BASH_FUNC_(.+)%%$/.exec(name)?.[1];
  if (function_ === undefined || !value.startsWith('() {')) return false;
  const { statements, problem } = wholeScript(`${function_} ${value}`, { dialect: 'bash', extglob: false });
  const [only, more] = statements;
  if (problem || more || only?.command.type !== 'Function') return true;
  const { body, line } = only.command;
  shell.functions.set(function_, { body, line, offset: 0, source: 'environment', exported: true });
  return true;
}

export function parameterOf(shell: Interpreter, name: string, index?: Bytes): Bytes | undefined {
  switch (name) {
    case '?':
      return String(shell.status);
    case '$':
      return String(shell.shellPid());
    case '!':
      return shell.lastBackground || undefined;
    case '#':
      return String(shell.positional.length);
    case '-':
      return shell.dialect === 'bash' ? flags(shell) : letters(shell);
    case '0':
      return shell.name;
    case '_':
      return shell.lastArgument ?? shell.variables.get('_');
    case '@':
    case '*':
      return shell.positional.join(' ');
  }
  const c = name.charCodeAt(0);
  if (c >= 48 && c <= 57) return shell.positional[Number(name) - 1];
  if (shell.dialect === 'bash') {
    const dynamic = dynamicOf(name);
    if (dynamic && !shell.variables.isUnsetDynamic(name)) {
      const value = dynamic(shell);
      if (typeof value === 'string') return index === undefined || index === '0' ? value : undefined;
      return value[Number(index ?? 0)];
    }
  } else if (shell.dialect === 'ash') {
    if (name === 'LINENO') return String(shell.line);
    if (name === 'RANDOM') return String(Math.floor(shell.process.machine.random() * 32768));
  }
  return shell.variables.get(name, index);
}

/** Variables that have their value when they are asked for it: it is lost for good when they are unset. */
export const DYNAMIC: Record<string, (shell: Interpreter) => Bytes | Bytes[]> = {
  RANDOM: (shell) => {
    if (shell.randomSeed === undefined) return String(Math.floor(shell.process.machine.random() * 32768));
    // bash's own generator: the minimal standard one, its halves folded together.
    const { randomSeed } = shell;
    const seed = randomSeed === 0 ? 123459876 : randomSeed;
    const next = 16807 * (seed % 127773) - 2836 * Math.trunc(seed / 127773);
    shell.randomSeed = (next < 0 ? next + 0x7fffffff : next) >>> 0;
    return String(((shell.randomSeed >>> 16) ^ (shell.randomSeed & 65535)) & 32767);
  },
  SRANDOM: (shell) => String(Math.floor(shell.process.machine.random() * 2 ** 32)),
  SECONDS: (shell) => String(Math.floor((shell.process.machine.clock.now() - shell.startedAt) / 1000) + shell.seconds),
  LINENO: (shell) => String(shell.line),
  BASH_COMMAND: (shell) => shell.command,
  EPOCHSECONDS: (shell) => String(Math.floor(shell.process.machine.clock.now() / 1000)),
  EPOCHREALTIME: (shell) => (shell.process.machine.clock.now() / 1000).toFixed(6),
  BASHPID: (shell) => String(shell.process.pid),
  BASH_SUBSHELL: (shell) => String(shell.level),
  PIPESTATUS: (shell) => shell.pipeStatus.map(String),
  FUNCNAME: (shell) => (shell.callers.length > 0 ? frames(shell).map(({ name }) => name) : []),
  BASH_LINENO: (shell) => frames(shell).map(({ line }) => String(line)),
  BASH_SOURCE: (shell) => frames(shell).map(({ file }) => file),
  DIRSTACK: (shell) => [shell.variables.get('PWD') ?? shell.process.cwd, ...shell.directories],
  GROUPS: (shell) => [...new Set([shell.process.credentials.gid, ...shell.process.credentials.groups])].map(String),
  SHELLOPTS: (shell) => SET_OPTIONS.filter((option) => shell.options.has(option)).join(':'),
  BASHOPTS: (shell) => SHOPT_OPTIONS.filter((option) => isOn(shell, option)).join(':'),
  COMP_WORDBREAKS: () => ' \t\n"\'><=;|&(:',
  HISTCMD: (shell) => String(shell.history.length + 1),
  BASH_ARGV0: (shell) => shell.name,
  BASH_ALIASES: (shell) => [...shell.aliases.values()],
  BASH_CMDS: (shell) => [...shell.hashed.values()].map(({ file }) => file),
};

/** A path with the home directory as `~`, as `dirs` shows it. */
export function tilde(shell: Interpreter, path: Bytes): Bytes {
  const home = shell.variables.get('HOME');
  return home && home !== '/' && (path === home || path.startsWith(`${home}/`)) ? `~${path.slice(home.length)}` : path;
}

/** The calls from the innermost one out; below them stands the script itself, if there is one. */
function frames(shell: Interpreter): { name: string; line: number; file: Bytes }[] {
  const { callers } = shell;
  if (shell.scriptFile === undefined)
    return callers.filter((caller) => caller.name !== 'source' || callers.length > 0) as never;
  return [...callers, { name: 'main', line: 0, file: shell.scriptFile }];
}

/** `__proto__` is a variable's name, too. */
const dynamicOf = (name: string) => (Object.hasOwn(DYNAMIC, name) ? DYNAMIC[name] : undefined);

/** The elements of an array, the shell's own ones included. */
export function elementsOf(shell: Interpreter, name: string): Bytes[] {
  const dynamic = shell.dialect === 'bash' ? dynamicOf(name) : undefined;
  if (!dynamic || shell.variables.isUnsetDynamic(name)) return shell.variables.elements(name);
  const value = dynamic(shell);
  if (name === 'FUNCNAME' && shell.callers.length === 0) return [];
  return typeof value === 'string' ? [value] : value;
}

export function indicesOf(shell: Interpreter, name: string): Bytes[] {
  const dynamic = shell.dialect === 'bash' ? dynamicOf(name) : undefined;
  if (!dynamic || shell.variables.isUnsetDynamic(name))
    return shell.variables.indices(shell.variables.resolve(name)[0]);
  return elementsOf(shell, name).map((_, i) => String(i));
}

const FLAGS: [option: string, letter: string][] = [
  ['allexport', 'a'],
  ['notify', 'b'],
  ['errexit', 'e'],
  ['noglob', 'f'],
  ['hashall', 'h'],
  ['interactive', 'i'],
  ['keyword', 'k'],
  ['monitor', 'm'],
  ['noexec', 'n'],
  ['privileged', 'p'],
  ['onecmd', 't'],
  ['nounset', 'u'],
  ['verbose', 'v'],
  ['xtrace', 'x'],
  ['braceexpand', 'B'],
  ['noclobber', 'C'],
  ['errtrace', 'E'],
  ['histexpand', 'H'],
  ['physical', 'P'],
  ['functrace', 'T'],
];

/** `$-`. */
export function flags(shell: Interpreter): string {
  let letters = '';
  for (const [option, letter] of FLAGS)
    if (option === 'interactive' ? shell.interactive : shell.options.has(option)) letters += letter;
  return letters + (shell.commandString ? 'c' : shell.readsStandardInput ? 's' : '');
}
