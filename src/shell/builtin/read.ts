// Builtins that read: read, mapfile (readarray).
import type { Bytes } from '../../machine/machine.ts';
import type { Interpreter } from '../interpreter.ts';
import { characters } from '../letters.ts';
import { isAssociative } from '../variables.ts';
import type { Builtin } from './table.ts';
import { badOption, missingArgument } from './usage.ts';

const READ_USAGE =
  'read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] [-t timeout] [-u fd] [name ...]';
const MAPFILE_USAGE = '[-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]';
/** Longest line that is read, and most lines. */
const LONGEST = 1 << 20;
const MOST_LINES = 100_000;

const NAME = /^[a-zA-Z_]\w*(?:\[[\s\S]+\])?$/;

/** A text for read; a character that a backslash quoted is no separator. */
interface Line {
  text: Bytes;
  /** Positions of quoted characters. */
  quoted: ReadonlySet<number>;
}

/** Splits a line at IFS into as many fields as there are names: the last one gets the rest. */
function fields({ text, quoted }: Line, ifs: Bytes, count: number): Bytes[] {
  const out: Bytes[] = [];
  const separates = (i: number) => ifs.includes(text[i]!) && !quoted.has(i);
  const blank = (i: number) => separates(i) && ' \t\n'.includes(text[i]!);
  let at = 0;
  while (at < text.length && blank(at)) at++;
  /** Past a field and the separator behind it. */
  const field = (): Bytes => {
    const from = at;
    while (at < text.length && !separates(at)) at++;
    const word = text.slice(from, at);
    while (at < text.length && blank(at)) at++;
    if (at < text.length && separates(at) && !blank(at)) {
      at++;
      while (at < text.length && blank(at)) at++;
    }
    return word;
  };
  while (at < text.length && out.length < count - 1) out.push(field());
  if (at >= text.length) return out;
  if (count === Number.POSITIVE_INFINITY) {
    while (at < text.length) out.push(field());
    return out;
  }
  // One field and its separator are that field; more are all of the rest without blanks at its end.
  const from = at;
  const word = field();
  if (at >= text.length) out.push(word);
  else {
    let end = text.length;
    while (end > from && blank(end - 1)) end--;
    out.push(text.slice(from, end));
  }
  return out;
}

interface ReadOptions {
  raw: boolean;
  silent: boolean;
  array?: Bytes;
  prompt?: Bytes;
  delimiter: Bytes;
  /** Characters at most, or (`exact`) whatever the delimiter. */
  most?: number;
  exact: boolean;
  /** Milliseconds. */
  timeout?: number;
  descriptor: number;
  names: Bytes[];
}

/** The options of read; a number when one was refused. */
async function readOptions(shell: Interpreter, args: Bytes[]): Promise<ReadOptions | number> {
  const options: ReadOptions = {
    raw: false,
    silent: false,
    delimiter: '\n',
    exact: false,
    descriptor: 0,
    names: [...args],
  };
  const { names } = options;
  const refuse = async (message: Bytes) => {
    await shell.complain(`read: ${message}`);
    return 1;
  };
  while (names[0]?.startsWith('-') && names[0].length > 1) {
    const option = names.shift()!;
    if (option === '--') break;
    for (let i = 1; i < option.length; i++) {
      const letter = option[i]!;
      if (letter === 'r') options.raw = true;
      else if (letter === 's') options.silent = true;
      else if (letter === 'e') continue;
      else if ('adinNptu'.includes(letter)) {
        const value = i + 1 < option.length ? option.slice(i + 1) : names.shift();
        if (value === undefined) return missingArgument(shell, 'read', `-${letter}`, READ_USAGE);
        i = option.length;
        if (letter === 'a') options.array = value;
        else if (letter === 'd') options.delimiter = value.slice(0, 1) || '\0';
        else if (letter === 'p') options.prompt = value;
        else if (letter === 'n' || letter === 'N') {
          if (!/^[+]?\d+$/.test(value)) return refuse(`${value}: invalid number`);
          options.most = Number(value);
          options.exact = letter === 'N';
        } else if (letter === 't') {
          if (!/^\d*\.?\d*$/.test(value) || value === '' || value === '.')
            return refuse(`${value}: invalid timeout specification`);
          options.timeout = Number(value) * 1000;
        } else if (letter === 'u') {
          if (!/^\d+$/.test(value)) return refuse(`${value}: invalid file descriptor specification`);
          options.descriptor = Number(value);
          if (!shell.process.descriptors.has(options.descriptor))
            return refuse(`${value}: invalid file descriptor: Bad file descriptor`);
        }
      } else return badOption(shell, 'read', `-${letter}`, READ_USAGE);
    }
  }
  for (const name of options.array === undefined ? names : [options.array])
    if (!NAME.test(name)) return refuse(`\`${name}': not a valid identifier`);
  return options;
}

export const read: Builtin = async (shell, args) => {
  const options = await readOptions(shell, args);
  if (typeof options === 'number') return options;
  const { raw, silent, array, prompt, delimiter, most, exact, timeout, descriptor, names } = options;
  const { process } = shell;
  const file = process.descriptors.get(descriptor);
  if (!file) {
    await shell.complain(`read: read error: ${descriptor}: Bad file descriptor`);
    return 1;
  }
  if (timeout === 0) return 0;
  const { terminal } = file;
  if (prompt !== undefined && terminal) await process.err(prompt);
  const before = terminal && { ...terminal.settings };
  if (terminal && (silent || most !== undefined || delimiter !== '\n'))
    terminal.settings = {
      ...terminal.settings,
      ...(silent ? { echo: false } : {}),
      ...(most === undefined && delimiter === '\n' ? {} : { icanon: false }),
    };
  let line = '';
  let count = 0;
  const quoted = new Set<number>();
  let ended = false;
  const take = async () => {
    for (;;) {
      // A character of several bytes counts when its last one has come.
      if (most !== undefined && (count = count >= most ? count : characters(line).length) >= most && !partial(line))
        return;
      const read = process.read(descriptor, 1);
      const c = typeof read === 'string' ? read : await read;
      if (c === '') {
        ended = true;
        return;
      }
      if (c === delimiter && !exact) return;
      if (c === '\0') continue;
      if (c === '\\' && !raw) {
        const next = await process.read(descriptor, 1);
        if (next === '\n') continue;
        if (next !== '' && next !== '\0') {
          quoted.add(line.length);
          line += next;
        }
        if (next === '') {
          ended = true;
          return;
        }
      } else line += c;
      if (line.length > LONGEST) return;
    }
  };
  let late = false;
  try {
    if (timeout === undefined) await take();
    else {
      const taking = take();
      taking.catch(() => {});
      const timer = process.sleep(timeout).then(() => (late = true));
      timer.catch(() => {});
      await process.wait(Promise.race([taking, timer]));
    }
  } finally {
    if (terminal && before) terminal.settings = before;
  }
  const status = late ? 142 : ended ? 1 : 0;
  const ifs = shell.variables.get('IFS') ?? ' \t\n';
  if (array !== undefined) {
    const words = fields({ text: line, quoted }, ifs, Number.POSITIVE_INFINITY);
    const variable = shell.variables.obtain(array);
    if (variable.readonly) {
      await shell.complain(`${array}: readonly variable`);
      return 1;
    }
    if (isAssociative(variable.value)) {
      await shell.complain(`read: ${array}: cannot convert associative to indexed array`);
      return 1;
    }
    variable.value = new Map(words.map((word, i) => [i, word]));
    return status;
  }
  if (names.length === 0) {
    shell.variables.set('REPLY', line);
    return status;
  }
  const words = exact ? [line] : fields({ text: line, quoted }, ifs, names.length);
  for (const [i, name] of names.entries()) if (!(await shell.give('read', name, words[i] ?? ''))) return 1;
  return status;
};

/** Does a text end within a UTF-8 character? */
const partial = (text: Bytes): boolean =>
  /(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})$/.test(text);

export const mapfile: Builtin = async (shell, args, command) => {
  let trim = false;
  let delimiter = '\n';
  let most = 0;
  let skip = 0;
  let origin: number | undefined;
  let descriptor = 0;
  let callback: Bytes | undefined;
  let quantum = 5000;
  const words = [...args];
  const usage = `${command} ${MAPFILE_USAGE}`;
  const refuse = async (message: Bytes) => {
    await shell.complain(`${command}: ${message}`);
    return 1;
  };
  while (/^-./.test(words[0] ?? '') && words[0] !== '--') {
    const option = words.shift()!;
    for (let i = 1; i < option.length; i++) {
      const letter = option[i]!;
      if (letter === 't') {
        trim = true;
        continue;
      }
      if (!'dnOsuCc'.includes(letter)) return badOption(shell, command, `-${letter}`, usage);
      const value = i + 1 < option.length ? option.slice(i + 1) : words.shift();
      if (value === undefined) return missingArgument(shell, command, `-${letter}`, usage);
      i = option.length;
      const number = /^\d+$/.test(value) ? Number(value) : undefined;
      if (letter === 'd') delimiter = value.slice(0, 1) || '\0';
      else if (letter === 'C') callback = value;
      else if (letter === 'u') {
        if (number === undefined) return refuse(`${value}: invalid file descriptor specification`);
        if (!shell.process.descriptors.has(number))
          return refuse(`${value}: invalid file descriptor: Bad file descriptor`);
        descriptor = number;
      } else if (number === undefined || (letter === 'c' && number === 0))
        return refuse(
          `${value}: invalid ${letter === 'O' ? 'array origin' : letter === 'c' ? 'callback quantum' : 'line count'}`,
        );
      else if (letter === 'n') most = number;
      else if (letter === 's') skip = number;
      else if (letter === 'O') origin = number;
      else quantum = number;
    }
  }
  if (words[0] === '--') words.shift();
  const name = words[0] ?? 'MAPFILE';
  if (name === '') return refuse('empty array variable name');
  if (!/^[a-zA-Z_]\w*$/.test(name)) return refuse(`\`${name}': not a valid identifier`);
  const variable = shell.variables.obtain(name);
  if (variable.readonly) return refuse(`${name}: readonly variable`);
  if (isAssociative(variable.value)) return refuse(`${name}: not an indexed array`);
  const array = origin === undefined || !(variable.value instanceof Map) ? new Map<number, Bytes>() : variable.value;
  variable.value = array;
  delete variable.bare;
  const next = async (): Promise<Bytes | undefined> => {
    let line = '';
    for (;;) {
      const read = shell.process.read(descriptor, 1);
      const c = typeof read === 'string' ? read : await read;
      if (c === '') return line === '' ? undefined : line;
      if (c !== '\0' || delimiter === '\0') line += c;
      if (c === delimiter || line.length > LONGEST) return line;
    }
  };
  for (; skip > 0; skip--) if ((await next()) === undefined) return 0;
  for (let i = 0; (most === 0 || i < most) && i < MOST_LINES; i++) {
    const line = await next();
    if (line === undefined) break;
    const text = (trim || delimiter === '\0') && line.endsWith(delimiter) ? line.slice(0, -1) : line;
    const index = (origin ?? 0) + i;
    if (callback !== undefined && (i + 1) % quantum === 0)
      await shell.run(`${callback} ${index} ${shell.quoteWord(text)}`, { from: command });
    shell.variables.grow(text.length + 48);
    array.set(index, shell.variables.shaped(variable, text));
  }
  return 0;
};
