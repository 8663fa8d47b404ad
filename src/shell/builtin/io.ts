// Builtins that read and write: echo, printf, read, mapfile, test.
import { SystemError } from '../../machine/errno.ts';
import type { Bytes, Process } from '../../machine/machine.ts';
import { TestError, test } from '../condition.ts';
import { echoEscapes } from '../escape.ts';
import type { Interpreter } from '../interpreter.ts';
import { singleQuote } from '../quote.ts';
import { strftime } from '../time.ts';
import type { Builtin } from './table.ts';

/** Longest text that printf makes. */
const LARGEST = 16 << 20;

const echo: Builtin = async (shell, args) => {
  let newline = true;
  let escapes = shell.dialect === 'dash' || shell.options.has('xpg_echo');
  let first = 0;
  const options = shell.dialect === 'dash' ? /^-n$/ : /^-[neE]+$/;
  for (; first < args.length && options.test(args[first]!); first++)
    for (const c of args[first]!.slice(1)) {
      if (c === 'n') newline = false;
      else escapes = c === 'e';
    }
  let text = args.slice(first).join(' ');
  if (escapes) {
    const done = echoEscapes(text);
    text = done.text;
    if (done.stop) newline = false;
  }
  await shell.process.out(newline ? `${text}\n` : text);
  return 0;
};

/** Formats as printf does. `complain` gets messages without the name; `step` is the process'. */
export async function format(
  template: Bytes,
  args: Bytes[],
  complain: (message: Bytes) => void | Promise<void>,
  now: number,
  step: Process['step'],
  unescape: typeof echoEscapes = echoEscapes,
): Promise<{ text: Bytes; status: number }> {
  let out = '';
  let status = 0;
  let used = 0;
  const next = (): Bytes | undefined => args[used++];
  const number = async (text: Bytes | undefined): Promise<bigint> => {
    if (text === undefined || text === '') return 0n;
    if (/^['"]/.test(text)) return BigInt(text.length > 1 ? text.charCodeAt(1) : 0);
    const match = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(text);
    const value = match ? BigInt(/^0[0-7]+$/.test(match[2]!) ? `0o${match[2]!.slice(1)}` : match[2]!) : 0n;
    if (!match || match[0].length < text.length) {
      await complain(`${text}: invalid number`);
      status = 1;
    }
    return BigInt.asIntN(64, match?.[1] === '-' ? -value : value);
  };
  do {
    const turn = step(2);
    if (turn) await turn;
    if (out.length > LARGEST) throw new SystemError('ENOMEM');
    const before = used;
    let at = 0;
    const pattern =
      /%%|%([-+ #0']*)(\*|\d+)?(?:\.(\*|-?\d*))?(?:[hlLjzt]*)(?:\((.*?)\)T|([diouxXeEfFgGaAcsbqQ]))|%([\s\S]?)|\\([\s\S])/g;
    let consumed = false;
    for (const match of template.matchAll(pattern)) {
      if (match.index < at) continue;
      out += template.slice(at, match.index);
      at = match.index + match[0].length;
      if (match[0] === '%%') {
        out += '%';
        continue;
      }
      if (match[7] !== undefined) {
        const done = echoEscapes(
          template
            .slice(match.index)
            .match(/^\\(?:0?[0-7]{1,3}|x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|["'?]|[\s\S])/)![0]
            .replace(/^\\([0-7])/, '\\0$1')
            .replace(/^\\00([0-7]{2})/, '\\0$1'),
        );
        const raw = template
          .slice(match.index)
          .match(/^\\(?:[0-7]{1,3}|x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|[\s\S])/)![0];
        if (done.stop) return { text: out, status };
        out += /^\\["'?]$/.test(raw) ? raw[1]! : done.text;
        at = match.index + raw.length;
        continue;
      }
      if (match[6] !== undefined) {
        await complain(match[6] === '' ? `\`%': missing format character` : `\`${match[6]}': invalid format character`);
        return { text: out, status: 1 };
      }
      consumed = true;
      let flags = match[1]!;
      let width = match[2] === '*' ? Number(await number(next())) : match[2] ? Number(match[2]) : 0;
      const precision =
        match[3] === undefined
          ? undefined
          : match[3] === '*'
            ? Number(await number(next()))
            : Math.max(0, Number(match[3] || 0));
      if (width < 0) {
        flags += '-';
        width = -width;
      }
      width = Math.min(width, 1 << 20);
      const kind = match[5] ?? 'T';
      let text: Bytes;
      if (kind === 's' || kind === 'c') {
        const value = next() ?? '';
        text = kind === 'c' ? value.slice(0, 1) : precision === undefined ? value : value.slice(0, precision);
      } else if (kind === 'b') {
        const done = unescape(next() ?? '', true);
        text = precision === undefined ? done.text : done.text.slice(0, precision);
        if (done.stop) return { text: out + text, status };
      } else if (kind === 'q' || kind === 'Q') {
        const value = next() ?? '';
        text =
          value === ''
            ? "''"
            : /^[\w./:=,@%+^-]+$/.test(value) && !value.startsWith('~')
              ? value
              : /[\x00-\x1f\x7f]/.test(value)
                ? singleQuote(value)
                : value.replace(/[^\w./:=,@%+-]/g, '\\$&');
      } else if (kind === 'T') {
        const value = next();
        const when = value === undefined || value === '-1' || value === '-2' ? now : Number(value) * 1000;
        text = strftime(match[4] || '%X', new Date(when));
      } else if ('diouxX'.includes(kind)) {
        const value = await number(next());
        const unsigned = BigInt.asUintN(64, value);
        let digits = 'di'.includes(kind)
          ? (value < 0n ? -value : value).toString()
          : kind === 'o'
            ? unsigned.toString(8)
            : kind === 'u'
              ? unsigned.toString()
              : unsigned.toString(16);
        if (kind === 'X') digits = digits.toUpperCase();
        if (precision !== undefined)
          digits = precision === 0 && value === 0n ? '' : digits.padStart(Math.min(precision, 1 << 16), '0');
        let sign = 'di'.includes(kind)
          ? value < 0n
            ? '-'
            : flags.includes('+')
              ? '+'
              : flags.includes(' ')
                ? ' '
                : ''
          : '';
        if (flags.includes('#') && value !== 0n)
          sign = kind === 'o' ? '0' : kind === 'x' ? '0x' : kind === 'X' ? '0X' : sign;
        if (flags.includes('0') && !flags.includes('-') && precision === undefined)
          digits = digits.padStart(width - sign.length, '0');
        text = sign + digits;
      } else {
        const raw = next() ?? '';
        const value = raw === '' ? 0 : Number(raw);
        if (Number.isNaN(value)) {
          await complain(`${raw}: invalid number`);
          status = 1;
        }
        text = float(kind, Number.isNaN(value) ? 0 : value, precision, flags);
        if (flags.includes('0') && !flags.includes('-'))
          text = text.replace(/^([+ -]?)/, (_, sign: string) => sign + '0'.repeat(Math.max(0, width - text.length)));
      }
      out += flags.includes('-') ? text.padEnd(width) : text.padStart(width);
    }
    out += template.slice(at);
    if (!consumed || used === before) break;
  } while (used < args.length && out.length < 1 << 20);
  return { text: out, status };
}

function float(kind: string, value: number, precision = 6, flags: string): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const size = Math.abs(value);
  const digits = Math.min(precision, 100);
  const exponent = (text: string) => text.replace(/e([+-])(\d)$/, 'e$10$2');
  let text: string;
  if (!Number.isFinite(size)) text = Number.isNaN(size) ? 'nan' : 'inf';
  else if (kind === 'f' || kind === 'F')
    text =
      size >= 1e21
        ? BigInt(Math.round(size)).toString() + (digits ? `.${'0'.repeat(digits)}` : '')
        : size.toFixed(digits);
  else if (kind === 'e' || kind === 'E') text = exponent(size.toExponential(digits));
  else {
    const significant = digits === 0 ? 1 : digits;
    const power = size === 0 ? 0 : Number(size.toExponential(significant - 1).split('e')[1]);
    text =
      power < -4 || power >= significant
        ? exponent(size.toExponential(significant - 1).replace(/\.?0+e/, 'e'))
        : size.toFixed(Math.max(0, significant - 1 - power));
    if (text.includes('.') && !text.includes('e')) text = text.replace(/\.?0+$/, '');
  }
  return sign + (/[EGF]/.test(kind) ? text.toUpperCase() : text);
}

const printf: Builtin = async (shell, args) => {
  let variable: Bytes | undefined;
  if (args[0] === '-v' && shell.dialect === 'bash') {
    variable = args[1];
    args = args.slice(2);
  }
  if (args[0] === '--') args = args.slice(1);
  const [template, ...rest] = args;
  if (template === undefined) {
    await shell.process.err(
      shell.dialect === 'bash'
        ? 'printf: usage: printf [-v var] format [arguments]\n'
        : `${shell.prefix}printf: usage: printf format [arg ...]\n`,
    );
    return 2;
  }
  const { text, status } = await format(
    template,
    rest,
    (message) => shell.complain(`printf: ${message}`),
    shell.process.machine.clock.now(),
    (count) => shell.process.step(count),
  );
  if (variable !== undefined) {
    const match = /^(\w+)(?:\[(.*)\])?$/.exec(variable);
    shell.variables.set(match?.[1] ?? variable, text.replaceAll('\0', ''), match?.[2]);
  } else await shell.process.out(text);
  return status;
};

/** Splits a line for read: the last name gets the rest. */
export function fields(text: Bytes, ifs: Bytes, count: number, raw: boolean): Bytes[] {
  const out: Bytes[] = [];
  const space = [...ifs].filter((c) => ' \t\n'.includes(c)).join('');
  let at = 0;
  const skip = () => {
    while (at < text.length && space.includes(text[at]!)) at++;
  };
  skip();
  while (out.length < count - 1 && at < text.length) {
    let word = '';
    while (at < text.length && !ifs.includes(text[at]!)) {
      if (!raw && text[at] === '\\') at++;
      word += text[at++] ?? '';
    }
    out.push(word);
    skip();
    if (at < text.length && ifs.includes(text[at]!) && !space.includes(text[at]!)) {
      at++;
      skip();
    }
  }
  if (at < text.length || out.length === 0) {
    let rest = text.slice(at);
    while (rest !== '' && space.includes(rest.at(-1)!) && (raw || rest.at(-2) !== '\\')) rest = rest.slice(0, -1);
    out.push(raw ? rest : rest.replace(/\\([\s\S])/g, '$1'));
  }
  return out;
}

const read: Builtin = async (shell, args) => {
  let raw = false;
  let silent = false;
  let array: Bytes | undefined;
  let prompt: Bytes | undefined;
  let delimiter = '\n';
  let most: number | undefined;
  let exact = false;
  let seconds: number | undefined;
  let descriptor = 0;
  const names = [...args];
  while (names[0]?.startsWith('-') && names[0].length > 1) {
    const option = names.shift()!;
    if (option === '--') break;
    for (let i = 1; i < option.length; i++) {
      const letter = option[i]!;
      const value = () => {
        const rest = option.slice(i + 1);
        i = option.length;
        return rest !== '' ? rest : (names.shift() ?? '');
      };
      if (letter === 'r') raw = true;
      else if (letter === 's') silent = true;
      else if (letter === 'e') continue;
      else if (letter === 'p') prompt = value();
      else if (letter === 'a') array = value();
      else if (letter === 'd') delimiter = value().slice(0, 1) || '\0';
      else if (letter === 'n' || letter === 'N') {
        exact = letter === 'N';
        most = Number(value());
      } else if (letter === 't') seconds = Number(value());
      else if (letter === 'u') descriptor = Number(value());
      else if (letter === 'i') value();
      else {
        await shell.process.err(
          `${shell.prefix}read: -${letter}: invalid option\nread: usage: read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] [-t timeout] [-u fd] [name ...]\n`,
        );
        return 2;
      }
    }
  }
  for (const name of names)
    if (!/^[a-zA-Z_]\w*(\[.*\])?$/.test(name)) {
      await shell.complain(`read: \`${name}': not a valid identifier`);
      return 1;
    }
  const file = shell.process.descriptors.get(descriptor);
  const terminal = file?.terminal;
  if (prompt !== undefined && terminal) await shell.process.err(prompt);
  const before = terminal && { ...terminal.settings };
  if (terminal && (silent || most !== undefined))
    terminal.settings = {
      ...terminal.settings,
      ...(silent ? { echo: false } : {}),
      ...(most === undefined ? {} : { icanon: false }),
    };
  let line = '';
  let ended = false;
  const take = async () => {
    for (;;) {
      if (most !== undefined && line.length >= most) return;
      const c = await shell.process.read(descriptor, 1);
      if (c === '') {
        ended = true;
        return;
      }
      if (c === delimiter && !exact) return;
      if (c === '\0') continue;
      if (c === '\\' && !raw && !exact) {
        const next = await shell.process.read(descriptor, 1);
        if (next === '\n') continue;
        line += c + next;
      } else line += c;
      if (line.length > 1 << 20) return;
    }
  };
  let late = false;
  try {
    if (seconds === undefined) await take();
    else {
      const taking = take();
      taking.catch(() => {});
      const timer = shell.process.sleep(seconds * 1000).then(() => (late = true));
      timer.catch(() => {});
      await shell.process.wait(Promise.race([taking, timer]));
    }
  } finally {
    if (terminal && before) terminal.settings = before;
  }
  if (late) ended = true;
  const ifs = shell.variables.get('IFS') ?? ' \t\n';
  if (array !== undefined) {
    const words = line === '' ? [] : fields(line, ifs, Number.POSITIVE_INFINITY, raw);
    shell.variables.obtain(array).value = new Map(words.map((word, i) => [i, word]));
  } else if (names.length === 0) shell.variables.set('REPLY', raw ? line : line.replace(/\\([\s\S])/g, '$1'));
  else {
    const words = exact ? [line] : fields(line, ifs, names.length, raw);
    for (const [i, name] of names.entries()) {
      const match = /^(\w+)(?:\[(.*)\])?$/.exec(name)!;
      shell.variables.set(match[1]!, words[i] ?? '', match[2]);
    }
  }
  return late ? 142 : ended ? 1 : 0;
};

const mapfile: Builtin = async (shell, args) => {
  let trim = false;
  let most = Number.POSITIVE_INFINITY;
  let name = 'MAPFILE';
  let skip = 0;
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '-t') trim = true;
    else if (args[i] === '-n') most = Number(args[++i]) || Number.POSITIVE_INFINITY;
    else if (args[i] === '-s') skip = Number(args[++i]) || 0;
    else if (/^-[dOucC]$/.test(args[i]!)) i++;
    else name = args[i]!;
  }
  for (; skip > 0; skip--) if ((await shell.readLine()) === undefined) break;
  const array = new Map<number, Bytes>();
  while (array.size < Math.min(most, 100_000)) {
    const line = await shell.readLine();
    if (line === undefined) break;
    array.set(array.size, trim ? line : `${line}\n`);
  }
  shell.variables.obtain(name).value = array;
  return 0;
};

const condition: Builtin = async (shell, args, name) => {
  if (name === '[') {
    if (args.at(-1) !== ']') {
      await shell.complain(shell.dialect === 'bash' ? "[: missing `]'" : '[: missing ]');
      return 2;
    }
    args = args.slice(0, -1);
  }
  try {
    return (await test(shell as Interpreter, args)) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof TestError)) throw error;
    const message =
      shell.dialect === 'bash'
        ? error.message
        : error.message
            .replace(/^(.*): integer expression expected$/, 'Illegal number: $1')
            .replace(/^(.*): unary operator expected$/, '$1: unexpected operator')
            .replace(/^(.*): binary operator expected$/, '$1: unexpected operator');
    await shell.complain(`${name}: ${message}`);
    return 2;
  }
};

export const io: Record<string, Builtin> = {
  echo,
  printf,
  read,
  mapfile,
  readarray: mapfile,
  test: condition,
  '[': condition,
};
