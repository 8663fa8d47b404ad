// Parameters: what the shell sets at its start, and the special ones that it computes when asked.
import type { Bytes } from '../machine/machine.ts';
import type { Interpreter } from './interpreter.ts';

/** Variables at the start: the environment, and what the shell sets itself. */
export function setInitialVariables(shell: Interpreter): void {
  const { process, variables } = shell;
  for (const [name, value] of process.environment) {
    if (!/^[a-zA-Z_][a-zA-Z_0-9]*$/.test(name)) continue;
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
    set('PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', shell.dialect !== 'bash' || false);
  if (shell.dialect !== 'bash') {
    set('PS1', process.credentials.euid === 0 ? '# ' : '$ ');
    set('PS2', '> ');
    set('PS4', '+ ');
    return;
  }
  const level = Number(variables.get('SHLVL') ?? 0);
  set('SHLVL', String(Number.isInteger(level) ? level + 1 : 1), true);
  set('BASH', '/bin/bash');
  set('BASH_VERSION', '5.2.15(1)-release');
  variables.obtain('BASH_VERSINFO').value = new Map(
    ['5', '2', '15', '1', 'release', 'x86_64-pc-linux-gnu'].map((v, i) => [i, v]),
  );
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
      return flags(shell);
    case '0':
      return shell.name;
    case '_':
      return shell.lastArgument || shell.variables.get('_');
    case '@':
    case '*':
      return shell.positional.join(' ');
  }
  if (/^[1-9]\d*$/.test(name)) return shell.positional[Number(name) - 1];
  if (shell.dialect === 'bash') {
    switch (name) {
      case 'RANDOM':
        return String(Math.floor(shell.process.machine.random() * 32768));
      case 'SRANDOM':
        return String(Math.floor(shell.process.machine.random() * 2 ** 32));
      case 'SECONDS':
        return String(Math.floor((shell.process.machine.clock.now() - shell.startedAt) / 1000) + shell.seconds);
      case 'LINENO':
        return String(shell.line);
      case 'BASH_COMMAND':
        return shell.command;
      case 'EPOCHSECONDS':
        return String(Math.floor(shell.process.machine.clock.now() / 1000));
      case 'EPOCHREALTIME':
        return (shell.process.machine.clock.now() / 1000).toFixed(6);
      case 'BASHPID':
        return String(shell.process.pid);
      case 'BASH_SUBSHELL':
        return String(shell.level);
      case 'PIPESTATUS':
        return String(shell.pipeStatus[Number(index ?? 0)] ?? '');
      case 'FUNCNAME':
        return shell.callers[Number(index ?? 0)];
      case 'SHELLOPTS':
        return [...shell.options]
          .filter((o) => !/glob$|expand_aliases/.test(o) || o === 'noglob')
          .sort()
          .join(':');
    }
  } else if (name === 'LINENO') return String(shell.line);
  return shell.variables.get(name, index);
}

/** The elements of an array, the shell's own ones included. */
export function elementsOf(shell: Interpreter, name: string): Bytes[] {
  if (shell.dialect === 'bash' && name === 'PIPESTATUS') return shell.pipeStatus.map(String);
  if (shell.dialect === 'bash' && name === 'FUNCNAME') return [...shell.callers];
  return shell.variables.elements(name);
}

export function flags(shell: Interpreter): string {
  const letters: Record<string, string> = {
    allexport: 'a',
    errexit: 'e',
    noglob: 'f',
    hashall: 'h',
    monitor: 'm',
    nounset: 'u',
    verbose: 'v',
    xtrace: 'x',
    braceexpand: 'B',
    noclobber: 'C',
    histexpand: 'H',
  };
  let flags = '';
  for (const [option, letter] of Object.entries(letters)) if (shell.options.has(option)) flags += letter;
  if (shell.interactive) flags = flags.replace(/(?=[mBCH]|$)/, 'i');
  return flags + (shell.commandString ? 'c' : shell.readsStandardInput ? 's' : '');
}
