// dash's and ash's builtins that read and write: echo, printf, read, and umask and ulimit beside them.
import { SystemError, strerror } from '../../../machine/errno.ts';
import type { Bytes } from '../../../machine/machine.ts';
import type { Builtin } from '../../builtin/table.ts';
import type { Interpreter } from '../../interpreter.ts';
import { bare, Complaint, checkName, takeOptions, words } from '../complaint.ts';
import { fields, format } from './format.ts';

const SIMPLE: Record<string, string> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** Backslash escapes of echo and of printf's %b. `hex`: \xHH, which dash lacks; `bare`: \NNN beside \0NNN. */
function escapes(text: Bytes, { hex = false, bare: octal = true }): { text: Bytes; stop: boolean } {
  let stop = false;
  const out = text.replace(
    /\\(?:0([0-7]{0,3})|([1-7][0-7]{0,2})|x([0-9a-fA-F]{1,2})|([abefnrtv\\])|(c)[\s\S]*)/g,
    (all, zero?: string, bare?: string, digits?: string, simple?: string, end?: string) => {
      if (end) {
        stop = true;
        return '';
      }
      if (simple) return SIMPLE[simple]!;
      if (digits !== undefined) return hex ? String.fromCharCode(Number.parseInt(digits, 16)) : all;
      if (bare !== undefined) return octal ? String.fromCharCode(Number.parseInt(bare, 8) & 255) : all;
      return String.fromCharCode(Number.parseInt(zero || '0', 8) & 255);
    },
  );
  return { text: out, stop };
}

const write = async (shell: Interpreter, name: Bytes, text: Bytes): Promise<number> => {
  try {
    await shell.process.out(text);
    return 0;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (shell.dialect === 'ash') await bare(shell, `write error: ${strerror(error.code)}`);
    else await shell.complain(`${name}: I/O error`);
    return 1;
  }
};

const echo: Builtin = async (shell, args) => {
  const rest = [...args];
  let newline = true;
  let interpret = shell.dialect === 'dash';
  const option = shell.dialect === 'dash' ? /^-n$/ : /^-[neE]+$/;
  while (rest[0] !== undefined && option.test(rest[0])) {
    for (const letter of rest.shift()!.slice(1)) {
      if (letter === 'n') newline = false;
      else interpret = letter === 'e';
    }
    if (shell.dialect === 'dash') break;
  }
  const line = rest.join(' ');
  if (!interpret) return write(shell, 'echo', newline ? `${line}\n` : line);
  const { text, stop } = escapes(line, { hex: shell.dialect === 'ash', bare: shell.dialect === 'dash' });
  return write(shell, 'echo', newline && !stop ? `${text}\n` : text);
};

/** The format up to a directive that is none, and that directive with what follows it. */
function splitFormat(template: Bytes): [good: Bytes, wrong?: Bytes] {
  for (const { 0: directive, index } of template.matchAll(
    /%%|%[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d*))?[hlLjzt]*[diouxXeEfFgGaAcsb]|%/g,
  ))
    if (directive === '%') return [template.slice(0, index), template.slice(index)];
  return [template];
}

/** Octal takes three digits in a format; what comes out of an escape is not looked at again. */
const formatEscapes = (template: Bytes, hex: boolean): Bytes =>
  template.replace(/\\(?:([0-7]{1,3})|(x)(?=[0-9a-fA-F])|[\s\S])/g, (all, octal?: string, x?: string) => {
    if (x) return hex ? all : '\\\\x';
    if (!octal) return all;
    const c = String.fromCharCode(Number.parseInt(octal, 8) & 255);
    return c === '%' || c === '\\' ? (c === '%' ? '%%' : '\\\\') : c;
  });

const printf: Builtin = async (shell, args) => {
  const ash = shell.dialect === 'ash';
  const rest = [...args];
  if (ash) {
    if (rest[0] === '--') rest.shift();
  } else takeOptions(shell, rest, '');
  const [template, ...values] = rest;
  if (template === undefined) {
    if (!ash) throw new Complaint('usage: printf format [arg ...]');
    await bare(shell, 'usage: printf FORMAT [ARGUMENT...]');
    return 2;
  }
  const [good, directive] = splitFormat(template);
  const unescaped = formatEscapes(good, ash);
  const numbers: Bytes[] = [];
  const { text, status } = await format(
    unescaped,
    directive === undefined ? values : values.slice(0, (good.replaceAll('%%', '').match(/%/g) ?? []).length),
    (message) => {
      numbers.push(message.replace(/: invalid number$/, ''));
    },
    shell.process.machine.clock.now(),
    (count) => shell.process.step(count),
    (text) => escapes(text, { hex: ash }),
  );
  for (const number of numbers) {
    if (ash) await bare(shell, `invalid number '${number}'`);
    else if (/^\s*[-+]?\d/.test(number)) await shell.complain(`${number}: not completely converted`);
    else await shell.complain(`${number}: expected numeric value`);
  }
  const written = await write(shell, 'printf', text);
  if (directive === undefined) return written || status;
  if (!ash) throw new Complaint(`${/^%[-+ #0]*\d*(?:\.\d*)?[\s\S]?/.exec(directive)![0]}: invalid directive`);
  await bare(shell, `%${directive.replace(/^%[-+ #0]*\d*(?:\.\d*)?[hlLjzt]*/, '')}: invalid format`);
  return 1;
};

const read: Builtin = async (shell, args) => {
  const ash = shell.dialect === 'ash';
  const names = [...args];
  const options = new Map(takeOptions(shell, names, ash ? 'p:u:rt:n:sd:' : 'p:r'));
  const raw = options.has('r');
  if (names.length === 0 && !ash) throw new Complaint('arg count');
  if (ash)
    for (const name of names)
      if (!/^[a-zA-Z_]\w*$/.test(name)) {
        await bare(shell, `read: '${name}': bad variable name`);
        return 1;
      }
  const descriptor = Number(options.get('u') ?? 0);
  const terminal = shell.process.descriptors.get(descriptor)?.terminal;
  const prompt = options.get('p');
  if (prompt !== undefined && terminal) await shell.process.err(prompt);
  const most = options.has('n') ? Number(options.get('n')) : Number.POSITIVE_INFINITY;
  const delimiter = (options.get('d') ?? '\n').slice(0, 1) || '\0';
  const before = terminal && { ...terminal.settings };
  if (terminal && (options.has('s') || options.has('n')))
    terminal.settings = {
      ...terminal.settings,
      ...(options.has('s') ? { echo: false } : {}),
      ...(options.has('n') ? { icanon: false } : {}),
    };
  let line = '';
  let status = 1;
  const take = async () => {
    while (line.length < Math.min(most, 1 << 20)) {
      const c = await shell.process.read(descriptor, 1);
      if (c === '') return;
      if (c === delimiter) break;
      if (c === '\\' && !raw) {
        const next = await shell.process.read(descriptor, 1);
        if (next !== '\n') line += c + next;
      } else if (c !== '\0') line += c;
    }
    status = 0;
  };
  try {
    const seconds = options.get('t');
    if (seconds === undefined) await take();
    else {
      const taking = take();
      taking.catch(() => {});
      const late = shell.process.sleep(Number(seconds) * 1000);
      late.catch(() => {});
      await shell.process.wait(Promise.race([taking, late]));
    }
  } finally {
    if (terminal && before) terminal.settings = before;
  }
  if (names.length === 0) {
    shell.variables.set('REPLY', raw ? line : line.replace(/\\([\s\S])/g, '$1'));
    return status;
  }
  const values = fields(line, shell.variables.get('IFS') ?? ' \t\n', names.length, raw);
  for (const [i, name] of names.entries()) {
    checkName(name);
    shell.variables.set(name, values[i] ?? '');
  }
  return status;
};

const symbolic = (mask: number): Bytes =>
  ['u', 'g', 'o']
    .map((who, i) => `${who}=${['r', 'w', 'x'].filter((_, bit) => !(mask & (0o400 >> (i * 3 + bit)))).join('')}`)
    .join(',');

const umask: Builtin = async (shell, args) => {
  const { process } = shell;
  const rest = [...args];
  const letters = takeOptions(shell, rest, 'S').length > 0;
  const [value] = rest;
  if (value === undefined) {
    await process.out(`${letters ? symbolic(process.umask) : process.umask.toString(8).padStart(4, '0')}\n`);
    return 0;
  }
  const illegal = () => new Complaint(words(shell).mode(value));
  if (/^\d/.test(value)) {
    if (!/^[0-7]{1,4}$/.test(value))
      throw shell.dialect === 'ash' ? illegal() : new Complaint(`Illegal number: ${value}`);
    process.umask = Number.parseInt(value, 8) & 0o777;
    return 0;
  }
  let allowed = ~process.umask & 0o777;
  for (const clause of value.split(',')) {
    const match = /^([ugoa]*)([-+=])([rwxst]*)$/.exec(clause);
    if (!match) throw illegal();
    let [bits, all] = [0, 0];
    for (const who of match[1] === '' || match[1]!.includes('a') ? 'ugo' : match[1]!) {
      const shift = { u: 6, g: 3, o: 0 }[who]!;
      all |= 7 << shift;
      for (const bit of match[3]!) bits |= ({ r: 4, w: 2, x: 1 }[bit] ?? 0) << shift;
    }
    allowed = match[2] === '+' ? allowed | bits : match[2] === '-' ? allowed & ~bits : (allowed & ~all) | bits;
  }
  process.umask = ~allowed & 0o777;
  return 0;
};

type Limit = [letter: string, dash: string | undefined, ash: string, value: Bytes];
/** In the order of `ulimit -a` of ash; dash lists some of them under names of its own. */
const LIMITS: Limit[] = [
  ['c', 'coredump(blocks)', 'core file size (blocks)', '0'],
  ['d', 'data(kbytes)', 'data seg size (kb)', 'unlimited'],
  ['e', undefined, 'scheduling priority', '0'],
  ['f', 'file(blocks)', 'file size (blocks)', 'unlimited'],
  ['i', undefined, 'pending signals', '3700'],
  ['l', 'locked memory(kbytes)', 'max locked memory (kb)', '124012'],
  ['m', 'memory(kbytes)', 'max memory size (kb)', 'unlimited'],
  ['n', 'nofiles', 'open files', '1024'],
  ['p', 'process', 'pipe size (512 bytes)', '3700'],
  ['q', undefined, 'POSIX message queues (bytes)', '819200'],
  ['r', 'rtprio', 'real-time priority', '0'],
  ['s', 'stack(kbytes)', 'stack size (kb)', '8192'],
  ['t', 'time(seconds)', 'cpu time (seconds)', 'unlimited'],
  ['u', undefined, 'max user processes', '3700'],
  ['v', 'vmemory(kbytes)', 'virtual memory (kb)', 'unlimited'],
  ['w', 'locks', '', 'unlimited'],
  ['x', undefined, 'file locks', 'unlimited'],
];
const DASH_ORDER = 'tfdscmlpnvwr';

const ulimit: Builtin = async (shell, args) => {
  const ash = shell.dialect === 'ash';
  const known = LIMITS.filter(([letter, dash]) => (ash ? letter !== 'w' && letter !== 'p' : dash !== undefined));
  const rest = [...args];
  let options: string[];
  try {
    options = takeOptions(shell, rest, `HSa${known.map(([letter]) => letter).join('')}`).map(([letter]) => letter);
  } catch (error) {
    if (!(error instanceof Complaint) || !ash) throw error;
    await shell.process.err(`ulimit: invalid option -- '${error.message.at(-1)}'\n`);
    return 1;
  }
  const show = ([letter, , , value]: Limit) => shell.limits.get(letter) ?? value;
  if (options.includes('a')) {
    if (ash)
      for (const limit of known) await shell.process.out(`${limit[2].padEnd(32)}(-${limit[0]}) ${show(limit)}\n`);
    else
      for (const letter of DASH_ORDER) {
        const limit = known.find(([l]) => l === letter)!;
        await shell.process.out(`${limit[1]!.padEnd(20)} ${show(limit)}\n`);
      }
    return 0;
  }
  const letter = options.filter((c) => c !== 'H' && c !== 'S').at(-1) ?? 'f';
  const limit = known.find(([l]) => l === letter)!;
  const [value] = rest;
  if (value === undefined) await shell.process.out(`${show(limit)}\n`);
  else if (value !== 'unlimited' && !/^\d+$/.test(value)) {
    if (!ash) throw new Complaint('bad number');
    await bare(shell, `invalid number '${value}'`);
    return 1;
  } else shell.limits.set(letter, value);
  return 0;
};

export const io: Record<string, Builtin> = { echo, printf, read, umask, ulimit };
