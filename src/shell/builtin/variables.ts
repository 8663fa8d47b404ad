// Builtins about variables: export, readonly, declare, local, unset, set, shopt, getopts.
import type { Bytes } from '../../machine/machine.ts';
import { assignScalar, unwinding } from '../assignment.ts';
import type { Interpreter } from '../interpreter.ts';
import { isOn, LETTERS, SET_OPTIONS, SHOPT_ON, SHOPT_OPTIONS } from '../options.ts';
import { DYNAMIC } from '../parameters.ts';
import { functionText } from '../print.ts';
import { attributes, declaration, listText, reusableQuote } from '../quote.ts';
import { traceLine, traceQuote } from '../trace.ts';
import { isArray, isAssociative, ReadonlyError, type Variable } from '../variables.ts';
import type { Builtin } from './table.ts';
import { badOption } from './usage.ts';

/** A variable as it is shown: one of the shell's own has the value that it has now. */
function shown(shell: Interpreter, name: string, variable: Variable): Variable {
  const dynamic = !shell.variables.isUnsetDynamic(name) ? DYNAMIC[name] : undefined;
  if (!dynamic || isAssociative(variable.value)) return variable;
  const value = dynamic(shell);
  // Some show nothing until they were used.
  if (Array.isArray(value) && name !== 'PIPESTATUS' && name !== 'FUNCNAME') return variable;
  return { ...variable, value: Array.isArray(value) ? new Map(value.map((text, i) => [i, text])) : value };
}

async function list(
  shell: Interpreter,
  keep: (variable: Variable) => boolean,
  form: (name: string, variable: Variable) => Bytes,
): Promise<number> {
  let out = '';
  for (const name of shell.variables.names()) {
    const variable = shown(shell, name, shell.variables.find(name)!);
    if (keep(variable)) out += `${form(name, variable)}\n`;
  }
  if (out !== '') await shell.process.out(out);
  return 0;
}

const USAGE: Record<string, string> = {
  declare: 'declare [-aAfFgiIlnrtux] [name[=value] ...] or declare -p [-aAfFilnrtux] [name ...]',
  typeset: 'typeset [-aAfFgiIlnrtux] name[=value] ... or typeset -p [-aAfFilnrtux] [name ...]',
  local: 'local [option] name[=value] ...',
  export: 'export [-fn] [name[=value] ...] or export -p',
  readonly: 'readonly [-aAf] [name[=value] ...] or readonly -p',
};
const DECLARE_LETTERS: Record<string, string> = {
  export: 'fnp',
  readonly: 'aAfp',
  declare: 'aAcfFgiIlnprtux',
  typeset: 'aAcfFgiIlnprtux',
  local: 'aAcfFgiIlnprtux',
};
const ATTRIBUTES = [
  ['i', 'integer'],
  ['l', 'lower'],
  ['u', 'upper'],
  ['c', 'capital'],
  ['x', 'exported'],
  ['n', 'reference'],
  ['t', 'traced'],
] as const;

/** declare, typeset, local, export, readonly: flags, then NAME or NAME=VALUE. */
const declare: Builtin = async (shell, args, command) => {
  const on = new Set<string>();
  const off = new Set<string>();
  let i = 0;
  for (; i < args.length && /^[-+]./.test(args[i]!) && args[i] !== '--'; i++)
    for (const c of args[i]!.slice(1)) {
      if (!DECLARE_LETTERS[command]!.includes(c))
        return badOption(shell, command, `${args[i]![0]}${c}`, USAGE[command]!);
      (args[i]![0] === '-' ? on : off).add(c);
    }
  if (args[i] === '--') i++;
  const words = args.slice(i);
  if (command === 'export') {
    if (on.delete('n')) off.add('x');
    else on.add('x');
  }
  if (command === 'readonly') on.add('r');
  if (command === 'local' && !shell.variables.inFunction) {
    await shell.complain('local: can only be used in a function');
    return 1;
  }
  if (on.has('f') || on.has('F')) return functions(shell, words, on, off, command);
  if (words.length === 0) return listed(shell, on, command);
  if (on.has('p') && command !== 'export' && command !== 'readonly') {
    let status = 0;
    for (const name of words) {
      const variable = shell.variables.own(name);
      if (
        variable &&
        !(variable.value === undefined && attributes(variable) === '--' && !shell.variables.isLocal(name))
      )
        await shell.process.out(`${declaration(name, variable)}\n`);
      else {
        await shell.complain(`${command}: ${name}: not found`);
        status = 1;
      }
    }
    return status;
  }
  let status = 0;
  for (const word of words)
    if (!(await unwinding(() => declareOne(shell, word, on, off, command), `${command}: `))) status = 1;
  return status;
};

/** `declare -f`, `-F`, `export -f`, `readonly -f`. */
async function functions(
  shell: Interpreter,
  words: Bytes[],
  on: Set<string>,
  off: Set<string>,
  command: Bytes,
): Promise<number> {
  let status = 0;
  if (words.length === 0) {
    const wanted = [...shell.functions]
      .filter(
        ([, f]) => (command !== 'export' && !on.has('x') ? true : f.exported) && (on.has('r') ? f.readonly : true),
      )
      .sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [name, found] of wanted) {
      const letters = `f${found.readonly ? 'r' : ''}${found.exported ? 'x' : ''}`;
      if (!on.has('F')) await shell.process.out(`${functionText(name, found.body)}\n`);
      if (on.has('F') || letters !== 'f') await shell.process.out(`declare -${letters} ${name}\n`);
    }
    return 0;
  }
  for (const name of words) {
    const found = shell.functions.get(name);
    if (!found) {
      status = 1;
      if (command === 'export' || command === 'readonly') await shell.complain(`${command}: ${name}: not a function`);
      continue;
    }
    const changes = on.has('x') || on.has('r') || off.size > 0 || on.has('t');
    if (on.has('r')) found.readonly = true;
    if (on.has('x')) found.exported = true;
    if (off.has('x')) found.exported = false;
    if (changes) continue;
    if (on.has('F'))
      await shell.process.out(shell.options.has('extdebug') ? `${name} ${found.line} ${found.source}\n` : `${name}\n`);
    else {
      await shell.process.out(`${functionText(name, found.body)}\n`);
      const letters = `${found.readonly ? 'r' : ''}${found.exported ? 'x' : ''}`;
      if (on.has('p') && letters !== '') await shell.process.out(`declare -f${letters} ${name}\n`);
    }
  }
  return status;
}

async function listed(shell: Interpreter, on: Set<string>, command: Bytes): Promise<number> {
  if (command === 'export' || command === 'readonly') {
    const keep = (v: Variable) =>
      (command === 'export' ? v.exported === true : v.readonly === true) &&
      (!on.has('a') || isArray(v.value)) &&
      (!on.has('A') || isAssociative(v.value));
    return list(shell, keep, declaration);
  }
  if (command === 'local') {
    const names = shell.variables.localNames();
    for (const name of names) {
      const variable = shell.variables.own(name)!;
      if (variable.value !== undefined)
        await shell.process.out(`${on.has('p') ? declaration(name, variable) : setText(name, variable)}\n`);
    }
    return 0;
  }
  if (on.size > 0)
    return list(shell, (v) => [...on].every((c) => 'pgI'.includes(c) || attributes(v).includes(c)), declaration);
  await list(shell, (v) => v.value !== undefined, setText);
  for (const [name, found] of [...shell.functions].sort(([a], [b]) => (a < b ? -1 : 1)))
    await shell.process.out(`${functionText(name, found.body)}\n`);
  return 0;
}

/** A variable as `set` shows it. */
const setText = (name: string, { value }: Variable): Bytes =>
  `${name}=${typeof value === 'string' ? plain(value) : listText(value)}`;

/** One NAME or NAME=VALUE; false when it was refused, which was said. */
async function declareOne(
  shell: Interpreter,
  word: Bytes,
  on: Set<string>,
  off: Set<string>,
  command: Bytes,
): Promise<boolean> {
  const refuse = async (message: Bytes) => {
    // export and readonly do not name themselves here.
    const unnamed = /^(export|readonly)$/.test(command) && message.endsWith(': readonly variable');
    await shell.complain(unnamed ? message : `${command}: ${message}`);
    return false;
  };
  if (word === '-' && command === 'local') {
    shell.savedOptions[shell.calls] ??= new Set(shell.options);
    return true;
  }
  const match = /^([a-zA-Z_]\w*)(?:\[([\s\S]*?)\])?(?:(\+?)=([\s\S]*))?$/.exec(word);
  if (!match) return refuse(`\`${word}': not a valid identifier`);
  const [, name, index, append, value] = match as unknown as [string, string, string?, string?, string?];
  const reference = on.has('n') || off.has('n');
  if (on.has('n') && value !== undefined) {
    if (value === name && !shell.variables.inFunction)
      return refuse(`${name}: nameref variable self references not allowed`);
    if (!/^[a-zA-Z_]\w*(\[[\s\S]*\])?$/.test(value))
      return refuse(`\`${value}': invalid variable name for name reference`);
  }
  const inFunction = shell.variables.inFunction && !on.has('g');
  const local = inFunction && (command === 'local' || command === 'declare' || command === 'typeset');
  const target = local || reference ? name : shell.variables.resolve(name)[0];
  const outer = local && !shell.variables.isLocal(name) ? shell.variables.own(name) : undefined;
  if (outer?.readonly && command === 'local') return refuse(`${name}: readonly variable`);
  const variable = local
    ? shell.variables.local(target)
    : on.has('g')
      ? shell.variables.global(target)
      : reference
        ? (shell.variables.own(target) ?? shell.variables.global(target))
        : shell.variables.obtain(target);
  if (outer && (on.has('I') || shell.options.has('localvar_inherit'))) Object.assign(variable, outer);
  if (
    variable.readonly &&
    (value !== undefined || shell.pendingArrays.has(name) || off.has('r') || on.has('a') || on.has('A'))
  )
    return refuse(`${name}: readonly variable`);
  if (on.has('A') && !isAssociative(variable.value)) {
    if (isArray(variable.value)) return refuse(`${name}: cannot convert indexed to associative array`);
    variable.value = { keys: new Map() };
    variable.bare = true;
  }
  if (on.has('a') && !isArray(variable.value)) {
    if (isAssociative(variable.value)) return refuse(`${name}: cannot convert associative to indexed array`);
    if (variable.value === undefined) variable.bare = true;
    variable.value = new Map(variable.value === undefined ? [] : [[0, variable.value as Bytes]]);
  }
  if ((off.has('a') && isArray(variable.value)) || (off.has('A') && isAssociative(variable.value)))
    return refuse(`${name}: cannot destroy array variables in this way`);
  for (const [letter, key] of ATTRIBUTES) {
    if (on.has(letter)) variable[key] = true;
    if (off.has(letter)) delete variable[key];
  }
  // The last of -l, -u and -c holds.
  if (on.has('l') && !on.has('u')) delete variable.upper;
  if (on.has('u') && !on.has('l')) delete variable.lower;
  if (on.has('l') && on.has('u')) {
    delete variable.upper;
    delete variable.lower;
  }
  const array = shell.pendingArrays.get(name);
  if (array && array.value.type === 'Array') {
    delete variable.bare;
    await shell.assign(array, local);
  } else if (value !== undefined) {
    if (command === 'export' || command === 'readonly')
      await traceLine(shell, `${name}${append}=${value === '' ? '' : traceQuote(value)}`);
    if (on.has('n')) variable.value = value;
    else if (on.has('a') || on.has('A')) {
      // A list that came out of an expansion is read again.
      const text = /^\(([\s\S]*)\)$/.exec(value) && index === undefined ? value : undefined;
      delete variable.bare;
      if (text) await shell.assignListText(name, text, append === '+', local);
      else
        assignScalar(
          shell,
          variable,
          target,
          value,
          isAssociative(variable.value) ? (index ?? '0') : index,
          append === '+',
        );
    } else
      assignScalar(
        shell,
        variable,
        target,
        value,
        index === undefined ? undefined : await shell.subscript(target, index),
        append === '+',
      );
  }
  if (on.has('r')) variable.readonly = true;
  return true;
}

const plain = (text: Bytes): Bytes => (/^[\w./:=,@%+-]*$/.test(text) ? text : reusableQuote(text));

const unset: Builtin = async (shell, args, command) => {
  const options = new Set<string>();
  let names = [...args];
  while (/^-./.test(names[0] ?? '') && names[0] !== '--') {
    for (const letter of names[0]!.slice(1)) {
      if (!'fvn'.includes(letter)) return badOption(shell, command, `-${letter}`, 'unset [-f] [-v] [-n] [name ...]');
      options.add(letter);
    }
    names.shift();
  }
  if (names[0] === '--') names = names.slice(1);
  if (options.has('f') && options.has('v')) {
    await shell.complain('unset: cannot simultaneously unset a function and a variable');
    return 1;
  }
  let status = 0;
  for (const name of names) {
    const match = /^([a-zA-Z_]\w*)(?:\[([\s\S]*)\])?$/.exec(name);
    if (options.has('f')) {
      if (shell.functions.get(name)?.readonly) {
        await shell.complain(`unset: ${name}: cannot unset: readonly function`);
        status = 1;
      } else shell.functions.delete(name);
      continue;
    }
    if (!match) {
      if (!options.has('v')) {
        shell.functions.delete(name);
        continue;
      }
      await shell.complain(`unset: \`${name}': not a valid identifier`);
      status = 1;
      continue;
    }
    try {
      if (!(await unsetOne(shell, match[1]!, match[2], options))) status = 1;
    } catch (error) {
      if (!(error instanceof ReadonlyError)) throw error;
      await shell.complain(`unset: ${name}: cannot unset: readonly variable`);
      status = 1;
    }
  }
  return status;
};

async function unsetOne(
  shell: Interpreter,
  given: string,
  subscript: Bytes | undefined,
  options: Set<string>,
): Promise<boolean> {
  const [name, element] = options.has('n') ? ([given, undefined] as const) : shell.variables.resolve(given);
  const index = subscript ?? element;
  if (index === undefined) {
    if (DYNAMIC[name]) shell.variables.gone.add(name);
    if (!shell.variables.unset(name) && !options.has('v') && !options.has('n') && given === name) {
      if (shell.functions.get(name)?.readonly) {
        await shell.complain(`unset: ${name}: cannot unset: readonly function`);
        return false;
      }
      shell.functions.delete(name);
    }
    return true;
  }
  const variable = shell.variables.find(name);
  if (variable?.readonly) throw new ReadonlyError(name);
  const value = variable?.value;
  if (index === '@' || index === '*') {
    if (isAssociative(value)) value.keys.delete(index);
    else shell.variables.unset(name);
    return true;
  }
  if (value === undefined) return true;
  if (typeof value === 'string') {
    if (Number(await shell.expander.arithmetic(index)) === 0) {
      shell.variables.unset(name);
      return true;
    }
    await shell.complain(`unset: ${name}: not an array variable`);
    return false;
  }
  const key = await shell.subscript(name, index);
  if (key === undefined) {
    await shell.complain(`unset: [${index}]: bad array subscript`);
    return false;
  }
  if (isArray(value)) value.delete(Number(key));
  else value.keys.delete(key);
  return true;
}

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
          for (const name of SET_OPTIONS)
            await shell.process.out(
              on
                ? `${name.padEnd(15)}\t${shell.options.has(name) ? 'on' : 'off'}\n`
                : `set ${shell.options.has(name) ? '-' : '+'}o ${name}\n`,
            );
          return { rest: undefined, status: 0 };
        }
        if (!SET_OPTIONS.includes(option)) {
          await shell.complain(`set: ${option}: invalid option name`);
          return { rest: undefined, status: 2 };
        }
      }
      if (!option) {
        await shell.process.err(
          `${shell.prefix}set: ${word[0]}${letter}: invalid option\nset: usage: set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]\n`,
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
  if (args.length === 0) return listed(shell, new Set(), 'declare');
  const { rest, status } = await applyFlags(shell, args);
  if (rest) shell.positional = rest;
  return status;
};

const shopt: Builtin = async (shell, args, command) => {
  const flags = new Set<string>();
  let names = [...args];
  while (/^-./.test(names[0] ?? '') && names[0] !== '--') {
    for (const letter of names.shift()!.slice(1)) {
      if (!'supqo'.includes(letter)) return badOption(shell, command, `-${letter}`, 'shopt [-pqsu] [-o] [optname ...]');
      flags.add(letter);
    }
  }
  if (names[0] === '--') names = names.slice(1);
  if (flags.has('s') && flags.has('u')) {
    await shell.complain('shopt: cannot set and unset shell options simultaneously');
    return 1;
  }
  const known = flags.has('o') ? SET_OPTIONS : SHOPT_OPTIONS;
  const has = (name: string) => (flags.has('o') ? shell.options.has(name) : isOn(shell, name));
  const changes = flags.has('s') || flags.has('u');
  let status = 0;
  const right: string[] = [];
  for (const name of names) {
    if (known.includes(name)) {
      right.push(name);
      continue;
    }
    await shell.complain(`shopt: ${name}: invalid ${flags.has('o') ? '' : 'shell '}option name`);
    status = 1;
  }
  if (changes && names.length > 0) {
    for (const name of right) {
      if (flags.has('s')) {
        shell.options.add(name);
        shell.options.delete(`no:${name}`);
      } else {
        shell.options.delete(name);
        if (SHOPT_ON.has(name)) shell.options.add(`no:${name}`);
      }
    }
    return status;
  }
  const shown = names.length > 0 ? right : known.filter((name) => !changes || has(name) === flags.has('s'));
  if (!flags.has('q'))
    for (const name of shown)
      await shell.process.out(
        flags.has('p')
          ? flags.has('o')
            ? `set ${has(name) ? '-' : '+'}o ${name}\n`
            : `shopt ${has(name) ? '-s' : '-u'} ${name}\n`
          : `${name.padEnd(15)}\t${has(name) ? 'on' : 'off'}\n`,
      );
  return names.length === 0 ? 0 : right.every(has) ? status : 1;
};

const GETOPTS = 'getopts optstring name [arg ...]';
const getopts: Builtin = async (shell, args, command) => {
  if (/^-./.test(args[0] ?? '') && args[0] !== '--') return badOption(shell, command, args[0]!.slice(0, 2), GETOPTS);
  const [spec, name, ...words] = args[0] === '--' ? args.slice(1) : args;
  if (spec === undefined || name === undefined) {
    await shell.process.err(`getopts: usage: ${GETOPTS}\n`);
    return 2;
  }
  const { variables } = shell;
  const given = words.length > 0 ? words : shell.positional;
  const silent = spec.startsWith(':');
  const quiet = silent || variables.get('OPTERR') === '0';
  let index = Number(variables.get('OPTIND') ?? 1) || 1;
  if (index !== shell.getoptsAt.index) shell.getoptsAt = { index, letter: 1 };
  const finish = async (result: Bytes, status: number, at: number) => {
    variables.set('OPTIND', String(index));
    shell.getoptsAt = { index, letter: at };
    return (await shell.give('getopts', name, result)) ? status : 1;
  };
  const word = given[index - 1];
  if (word === undefined || !/^-./.test(word) || word === '--') {
    if (word === '--') index++;
    variables.unset('OPTARG');
    return finish('?', 1, 1);
  }
  const letter = word[shell.getoptsAt.letter]!;
  let at = shell.getoptsAt.letter + 1;
  const where = spec.indexOf(letter, silent ? 1 : 0);
  variables.unset('OPTARG');
  let result = letter;
  const complaint = async (text: Bytes) => {
    if (!quiet) await shell.process.err(`${shell.name}: ${text} -- ${letter}\n`);
  };
  if (where < 0 || letter === ':') {
    result = '?';
    if (silent) variables.set('OPTARG', letter);
    else await complaint('illegal option');
  } else if (spec[where + 1] === ':') {
    if (at < word.length) variables.set('OPTARG', word.slice(at));
    else if (given[index] !== undefined) variables.set('OPTARG', given[index++]!);
    else {
      result = silent ? ':' : '?';
      if (silent) variables.set('OPTARG', letter);
      else await complaint('option requires an argument');
    }
    at = word.length;
  }
  if (at >= word.length) {
    index++;
    at = 1;
  }
  return finish(result, 0, at);
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
