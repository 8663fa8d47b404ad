// Builtins about variables: export, readonly, declare, local, unset, set, shopt, getopts.
import type { Bytes } from '../../machine/machine.ts';
import type { Interpreter } from '../interpreter.ts';
import { attributes, declaration, singleQuote } from '../quote.ts';
import { isArray, isAssociative, ReadonlyError, type Variable } from '../variables.ts';
import type { Builtin } from './table.ts';

async function list(
  shell: Interpreter,
  keep: (variable: Variable) => boolean,
  form: (name: string, variable: Variable) => Bytes,
): Promise<number> {
  let out = '';
  for (const name of shell.variables.names()) {
    const variable = shell.variables.find(name)!;
    if (keep(variable)) out += `${form(name, variable)}\n`;
  }
  if (out !== '') await shell.process.out(out);
  return 0;
}

/** declare, typeset, local, export, readonly: flags, then NAME or NAME=VALUE. */
const declare: Builtin = async (shell, args, command) => {
  const on = new Set<string>();
  const off = new Set<string>();
  let i = 0;
  for (; i < args.length && /^[-+][a-zA-Z]+$/.test(args[i]!); i++)
    for (const c of args[i]!.slice(1)) (args[i]![0] === '-' ? on : off).add(c);
  if (args[i] === '--') i++;
  const words = args.slice(i);
  if (command === 'export') {
    if (on.has('n')) off.add('x');
    else on.add('x');
  }
  if (command === 'readonly') on.add('r');
  const functions = on.has('f') || on.has('F');
  if (command === 'local' && !shell.variables.inFunction) {
    await shell.complain(
      shell.dialect === 'bash' ? 'local: can only be used in a function' : 'local: not in a function',
    );
    return 1;
  }
  if (functions && command !== 'export' && command !== 'readonly') {
    let status = 0;
    for (const name of words.length > 0 ? words : [...shell.functions.keys()].sort()) {
      const found = shell.functions.get(name);
      if (!found) status = 1;
      else
        await shell.process.out(
          on.has('F') ? (words.length > 0 ? `${name}\n` : `declare -f ${name}\n`) : `${functionText(name, found)}\n`,
        );
    }
    return status;
  }
  if (words.length === 0) {
    if (command === 'export' || command === 'readonly') {
      const keep = (v: Variable) => (command === 'export' ? v.exported === true : v.readonly === true);
      if (shell.dialect !== 'bash')
        return list(
          shell,
          keep,
          (name, v) => `${command} ${name}${typeof v.value === 'string' ? `=${singleQuote(v.value)}` : ''}`,
        );
      return list(shell, keep, declaration);
    }
    if (on.size > 0)
      return list(shell, (v) => [...on].every((c) => c === 'p' || attributes(v).includes(c)), declaration);
    return list(
      shell,
      (v) => v.value !== undefined,
      (name, v) =>
        typeof v.value === 'string' ? `${name}=${plain(v.value)}` : declaration(name, v).replace(/^declare \S+ /, ''),
    );
  }
  if (on.has('p') && (command === 'declare' || command === 'typeset')) {
    let status = 0;
    for (const name of words) {
      const variable = shell.variables.find(name);
      if (variable) await shell.process.out(`${declaration(name, variable)}\n`);
      else {
        await shell.complain(`${command}: ${name}: not found`);
        status = 1;
      }
    }
    return status;
  }
  let status = 0;
  for (const word of words) {
    const match = /^([a-zA-Z_]\w*)(?:\[([^\]]*)\])?(?:(\+?)=([\s\S]*))?$/.exec(word);
    if (!match) {
      await shell.complain(
        shell.dialect === 'bash'
          ? `${command}: \`${word}': not a valid identifier`
          : `${command}: ${word.split('=')[0]}: bad variable name`,
      );
      status = 1;
      continue;
    }
    const [, name, index, append, value] = match as unknown as [
      string,
      string,
      string | undefined,
      string | undefined,
      string | undefined,
    ];
    const local =
      (command === 'local' || ((command === 'declare' || command === 'typeset') && !on.has('g'))) &&
      shell.variables.inFunction;
    const variable = local ? shell.variables.local(name) : shell.variables.obtain(name);
    if (variable.readonly && value !== undefined) throw new ReadonlyError(name);
    if (on.has('A') && !isAssociative(variable.value)) variable.value = { keys: new Map() };
    if (on.has('a') && !isArray(variable.value) && !isAssociative(variable.value))
      variable.value = new Map(variable.value === undefined ? [] : [[0, variable.value as Bytes]]);
    for (const [letter, key] of [
      ['i', 'integer'],
      ['l', 'lower'],
      ['u', 'upper'],
      ['x', 'exported'],
      ['n', 'reference'],
    ] as const) {
      if (on.has(letter) && !(letter === 'n' && command === 'export')) variable[key] = true;
      if (off.has(letter)) variable[key] = false;
    }
    const array = shell.pendingArrays.get(name);
    if (array && array.value.type === 'ArrayValue') {
      await shell.assign(array, local);
    } else if (value !== undefined) {
      const text = variable.integer
        ? String(await shell.expander.arithmetic(append ? `${shell.variables.get(name) ?? 0}+(${value})` : value))
        : value;
      shell.variables.assign(variable, name, text, index, append === '+' && !variable.integer);
    }
    if (on.has('r')) variable.readonly = true;
  }
  return status;
};

const plain = (text: Bytes): Bytes => (/^[\w./:=,@%+-]*$/.test(text) ? text : singleQuote(text));

/** A function as `declare -f` and `type` print it: its source with bash's frame. */
export function functionText(
  name: string,
  { node, source }: { node: { body: { pos: number; end: number } }; source: Bytes },
): Bytes {
  const body = source.slice(node.body.pos, node.body.end);
  const inner = /^\{\s*([\s\S]*?)\s*;?\s*\}$/.exec(body)?.[1] ?? body;
  const lines = inner.split(/\s*(?:\n|;(?!;))\s*/).filter((line) => line !== '');
  return `${name} () \n{ \n${lines.map((line, i) => `    ${line}${i < lines.length - 1 ? ';' : ''}`).join('\n')}\n}`;
}

const unset: Builtin = async (shell, args) => {
  const functions = args[0] === '-f';
  const names = /^-[fvn]$/.test(args[0] ?? '') ? args.slice(1) : args;
  let status = 0;
  for (const name of names) {
    const match = /^([a-zA-Z_]\w*)\[([\s\S]*)\]$/.exec(name);
    try {
      if (match) {
        const value = shell.variables.find(match[1]!)?.value;
        if (isArray(value)) value.delete(Number(await shell.expander.arithmetic(match[2]!)));
        else if (isAssociative(value)) value.keys.delete(match[2]!);
      } else if (functions) shell.functions.delete(name);
      else if (!shell.variables.unset(name) && args[0] !== '-v') shell.functions.delete(name);
    } catch (error) {
      if (!(error instanceof ReadonlyError)) throw error;
      await shell.complain(`unset: ${name}: cannot unset: readonly variable`);
      status = 1;
    }
  }
  return status;
};

const LETTERS: Record<string, string> = {
  a: 'allexport',
  b: 'notify',
  e: 'errexit',
  f: 'noglob',
  h: 'hashall',
  k: 'keyword',
  m: 'monitor',
  n: 'noexec',
  p: 'privileged',
  t: 'onecmd',
  u: 'nounset',
  v: 'verbose',
  x: 'xtrace',
  B: 'braceexpand',
  C: 'noclobber',
  E: 'errtrace',
  H: 'histexpand',
  P: 'physical',
  T: 'functrace',
};
const OPTIONS = [
  ...Object.values(LETTERS),
  'emacs',
  'vi',
  'history',
  'ignoreeof',
  'interactive-comments',
  'nolog',
  'pipefail',
  'posix',
].sort();

/** Applies `set`'s flags; returns what is left, or undefined after an error was said. */
export async function applyFlags(
  shell: Interpreter,
  args: Bytes[],
): Promise<{ rest: Bytes[] | undefined; status: number }> {
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (word === '--') return { rest: args.slice(i + 1), status: 0 };
    if (word === '-') {
      shell.options.delete('xtrace');
      shell.options.delete('verbose');
      return { rest: args.length > i + 1 ? args.slice(i + 1) : undefined, status: 0 };
    }
    if (!/^[-+]./.test(word)) return { rest: args.slice(i), status: 0 };
    const on = word[0] === '-';
    for (const letter of word.slice(1)) {
      let option: string | undefined = LETTERS[letter];
      if (letter === 'o') {
        option = args[++i];
        if (option === undefined) {
          for (const name of OPTIONS)
            await shell.process.out(
              on
                ? `${name.padEnd(15)}\t${shell.options.has(name) ? 'on' : 'off'}\n`
                : `set ${shell.options.has(name) ? '-' : '+'}o ${name}\n`,
            );
          return { rest: undefined, status: 0 };
        }
        if (!OPTIONS.includes(option)) {
          await shell.complain(
            shell.dialect === 'bash'
              ? `set: ${option}: invalid option name`
              : `set: Illegal option ${word[0]}o ${option}`,
          );
          return { rest: undefined, status: 2 };
        }
      }
      if (!option) {
        await shell.process.err(
          shell.dialect === 'bash'
            ? `${shell.prefix}set: ${word[0]}${letter}: invalid option\nset: usage: set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]\n`
            : `${shell.prefix}set: Illegal option ${word[0]}${letter}\n`,
        );
        return { rest: undefined, status: 2 };
      }
      if (on) shell.options.add(option);
      else shell.options.delete(option);
    }
  }
  return { rest: undefined, status: 0 };
}

const set: Builtin = async (shell, args) => {
  if (args.length === 0) {
    await list(
      shell,
      (v) => v.value !== undefined,
      (name, v) =>
        typeof v.value === 'string'
          ? `${name}=${shell.dialect === 'bash' ? plain(v.value) : singleQuote(v.value)}`
          : declaration(name, v).replace(/^declare \S+ /, ''),
    );
    if (shell.dialect === 'bash')
      for (const [name, found] of [...shell.functions].sort())
        await shell.process.out(`${functionText(name, found)}\n`);
    return 0;
  }
  const { rest, status } = await applyFlags(shell, args);
  if (rest) shell.positional = rest;
  return status;
};

const SHOPT = [
  'autocd',
  'cdable_vars',
  'cdspell',
  'checkhash',
  'checkjobs',
  'checkwinsize',
  'cmdhist',
  'complete_fullquote',
  'direxpand',
  'dirspell',
  'dotglob',
  'execfail',
  'expand_aliases',
  'extdebug',
  'extglob',
  'extquote',
  'failglob',
  'force_fignore',
  'globasciiranges',
  'globskipdots',
  'globstar',
  'gnu_errfmt',
  'histappend',
  'histreedit',
  'histverify',
  'hostcomplete',
  'huponexit',
  'inherit_errexit',
  'interactive_comments',
  'lastpipe',
  'lithist',
  'localvar_inherit',
  'localvar_unset',
  'login_shell',
  'mailwarn',
  'no_empty_cmd_completion',
  'nocaseglob',
  'nocasematch',
  'noexpand_translation',
  'nullglob',
  'patsub_replacement',
  'progcomp',
  'progcomp_alias',
  'promptvars',
  'restricted_shell',
  'shift_verbose',
  'sourcepath',
  'varredir_close',
  'xpg_echo',
];
const SHOPT_ON = new Set([
  'checkwinsize',
  'cmdhist',
  'complete_fullquote',
  'extquote',
  'force_fignore',
  'globasciiranges',
  'globskipdots',
  'hostcomplete',
  'interactive_comments',
  'patsub_replacement',
  'progcomp',
  'promptvars',
  'sourcepath',
]);

const shopt: Builtin = async (shell, args) => {
  const flags = args.filter((a) => /^-[supqo]+$/.test(a)).join('');
  const names = args.filter((a) => !a.startsWith('-'));
  const has = (name: string) => shell.options.has(name) || (SHOPT_ON.has(name) && !shell.options.has(`no:${name}`));
  const known = flags.includes('o') ? OPTIONS : SHOPT;
  for (const name of names)
    if (!known.includes(name)) {
      await shell.complain(`shopt: ${name}: invalid shell option name`);
      return 1;
    }
  if (flags.includes('s') || flags.includes('u')) {
    for (const name of names) {
      if (flags.includes('s')) {
        shell.options.add(name);
        shell.options.delete(`no:${name}`);
      } else {
        shell.options.delete(name);
        if (SHOPT_ON.has(name)) shell.options.add(`no:${name}`);
      }
    }
    if (names.length > 0) return 0;
  }
  if (!flags.includes('q'))
    for (const name of names.length > 0 ? names : known)
      await shell.process.out(
        flags.includes('p')
          ? `shopt ${has(name) ? '-s' : '-u'} ${name}\n`
          : `${name.padEnd(15)}\t${has(name) ? 'on' : 'off'}\n`,
      );
  return names.every(has) ? 0 : 1;
};

const getopts: Builtin = async (shell, args) => {
  const [spec, name, ...words] = args;
  if (spec === undefined || name === undefined) {
    await shell.process.err(`${shell.prefix}getopts: usage: getopts optstring name [arg ...]\n`);
    return 2;
  }
  const given = words.length > 0 ? words : shell.positional;
  const silent = spec.startsWith(':');
  let index = Number(shell.variables.get('OPTIND') ?? 1);
  if (index !== shell.getoptsAt.index) shell.getoptsAt = { index, letter: 1 };
  const word = given[index - 1];
  if (word === undefined || !/^-./.test(word) || word === '--') {
    if (word === '--') shell.variables.set('OPTIND', String(index + 1));
    shell.variables.set(name, '?');
    return 1;
  }
  const letter = word[shell.getoptsAt.letter]!;
  let at = shell.getoptsAt.letter + 1;
  const where = spec.indexOf(letter, silent ? 1 : 0);
  shell.variables.unset('OPTARG');
  let result = letter;
  if (where < 0 || letter === ':') {
    result = '?';
    if (silent) shell.variables.set('OPTARG', letter);
    else await shell.process.err(`${shell.name}: illegal option -- ${letter}\n`);
  } else if (spec[where + 1] === ':') {
    if (at < word.length) shell.variables.set('OPTARG', word.slice(at));
    else if (given[index] !== undefined) shell.variables.set('OPTARG', given[index++]!);
    else {
      result = silent ? ':' : '?';
      if (silent) shell.variables.set('OPTARG', letter);
      else await shell.process.err(`${shell.name}: option requires an argument -- ${letter}\n`);
    }
    at = word.length;
  }
  if (at >= word.length) {
    index++;
    at = 1;
  }
  shell.variables.set('OPTIND', String(index));
  shell.getoptsAt = { index, letter: at };
  shell.variables.set(name, result);
  return 0;
};

export const variables: Record<string, Builtin> = {
  declare,
  typeset: declare,
  local: declare,
  export: declare,
  readonly: declare,
  unset,
  set,
  shopt,
  getopts,
};
