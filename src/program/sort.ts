// sort (GNU coreutils): orders lines.
import type { Bytes } from '../machine/machine.ts';
import { errnoOf, reason } from './failure.ts';
import { type Input, openInput } from './input.ts';
import { compareVersions } from './ls.ts';
import { gnu, type Invocation } from './program.ts';
import { isUtf8, quote, quoteAlways, quoteIfNeeded } from './quote.ts';

export const names = ['sort'];

interface Key {
  fromField: number;
  fromChar: number;
  toField: number;
  toChar: number;
  flags: string;
}

type Compare = (a: Bytes, b: Bytes) => number;

/** Lines held in memory at most, in bytes. */
const MEMORY = 64 << 20;

const declared = gnu({
  short: 'bcCdfghik:mMno:rRsS:t:T:uVz',
  long: {
    'ignore-leading-blanks': 'b',
    'check=?': 'check',
    'compress-program=': 'compress',
    debug: 'debug',
    'dictionary-order': 'd',
    'ignore-case': 'f',
    'files0-from=': 'files0',
    'general-numeric-sort': 'g',
    'ignore-nonprinting': 'i',
    'key=': 'k',
    merge: 'm',
    'month-sort': 'M',
    'numeric-sort': 'n',
    'human-numeric-sort': 'h',
    'version-sort': 'V',
    'random-sort': 'R',
    'sort=': 'sort',
    'output=': 'o',
    reverse: 'r',
    stable: 's',
    'batch-size=': 'batch',
    'buffer-size=': 'S',
    'field-separator=': 't',
    'temporary-directory=': 'T',
    unique: 'u',
    'zero-terminated': 'z',
    'parallel=': 'parallel',
    'random-source=': 'random-source',
  },
  failure: 2,
  usage: '[OPTION]... [FILE]...',
  words: {
    sort: {
      name: '--sort',
      groups: ['general-numeric', 'human-numeric', 'month', 'numeric', 'random', 'version'],
    },
    check: { name: '--check', groups: ['quiet,silent', 'diagnose-first'] },
  },
  gaps: ['debug'],
  async run(run) {
    const separator = separatorOf(run);
    const words: Record<string, string> = {
      'general-numeric': 'g',
      'human-numeric': 'h',
      month: 'M',
      numeric: 'n',
      random: 'R',
      version: 'V',
    };
    let global = run.options
      .map(([k]) => k)
      .filter((k) => k.length === 1 && 'bdfghiMnRrV'.includes(k))
      .join('');
    const word = run.value('sort');
    if (word !== undefined) global += words[word]!;
    const keys = run.values('k').map((text) => parseKey(run, text));
    for (const key of keys) if (key.flags === '') key.flags = global;
    const ordering = (flags: string) => [...new Set(flags.replace(/[^ghMnRV]/g, ''))];
    for (const flags of [global, ...keys.map((k) => k.flags)]) {
      if (ordering(flags).length > 1) return run.fail(`options '-${ordering(flags).sort().join('')}' are incompatible`);
    }
    if (run.has('debug') && !keys.length && global === '')
      await run.warn(
        `text ordering performed using ${isUtf8(run.process) ? `${quote(run.process, 'C.UTF-8')} sorting rules` : 'simple byte comparison'}`,
        0,
      );
    const compareKeys = comparison(
      run,
      keys.length ? keys : [{ fromField: 0, fromChar: 0, toField: -1, toChar: 0, flags: global }],
      separator,
    );
    const reverse = global.includes('r');
    const unique = run.has('u');
    const stable = run.has('s') || unique;
    const plain = keys.length === 0 && global.replace('r', '') === '';
    const bytewise: Compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    const compare: Compare = (a, b) => {
      const order = plain ? (reverse ? bytewise(b, a) : bytewise(a, b)) : compareKeys(a, b);
      if (order !== 0 || stable || plain) return order;
      return reverse ? bytewise(b, a) : bytewise(a, b);
    };
    const size = run.value('S');
    if (size !== undefined && !/^\d+(?:[%bKMGTPEZY]|)$/.test(size)) return run.fail(`invalid -S argument '${size}'`);
    const batch = run.value('batch');
    if (batch !== undefined && !(Number(batch) >= 2)) {
      await run.warn(`invalid --batch-size argument ${quote(run.process, batch)}`, 2);
      return run.fail(`minimum --batch-size argument is ${quote(run.process, '2')}`);
    }
    const operands = operandsOf(run);
    const check = run.options.find(([k]) => k === 'c' || k === 'C' || k === 'check');
    if (check) {
      if (operands.length > 1)
        return run.fail(`extra operand ${quoteAlways(operands[1]!)} not allowed with -${check[0] === 'C' ? 'C' : 'c'}`);
      const quiet = check[0] === 'C' || check[1] === 'quiet';
      return checkOrder(run, operands[0]!, compare, unique, quiet);
    }
    const delimiter = run.has('z') ? '\0' : '\n';
    let lines: Bytes[] = [];
    let held = 0;
    const merged: Bytes[][] = [];
    for (const name of operands) {
      const input = open(run, name);
      input.delimiter = delimiter;
      try {
        for (let batch: Bytes[] | undefined; (batch = await input.batch()); ) {
          for (const line of batch) {
            lines.push(line);
            held += line.length + 16;
          }
          if (held > MEMORY) return run.fail('memory exhausted');
        }
      } catch (error) {
        return run.fail(`read failed: ${quoteIfNeeded(name)}: ${reason(error)}`);
      } finally {
        input.close();
      }
      if (run.has('m')) {
        merged.push(lines);
        lines = [];
      }
    }
    // Merging takes the files for sorted: each line comes where its file's turn is.
    lines = run.has('m') ? await mergeRuns(run, merged, compare) : await mergeSort(run, lines, compare);
    if (unique) lines = lines.filter((line, i) => i === 0 || compare(lines[i - 1]!, line) !== 0);
    const output = run.value('o');
    let descriptor = 1;
    if (output !== undefined) {
      try {
        descriptor = run.process.open(output, { write: true, create: true, truncate: true }, 0o666);
      } catch (error) {
        return run.fail(`open failed: ${quoteIfNeeded(output)}: ${reason(error)}`);
      }
    }
    for (let i = 0; i < lines.length; i += 512) {
      await run.process.write(
        descriptor,
        lines
          .slice(i, i + 512)
          .map((line) => line + delimiter)
          .join(''),
      );
      const turn = run.process.step(64);
      if (turn) await turn;
    }
    if (descriptor !== 1) run.process.close(descriptor);
    return 0;
  },
});

/** The old `+FIELD[.CHAR] [-FIELD[.CHAR]]` becomes a key. */
export const main: typeof declared = (process) => {
  process.argv = process.argv.flatMap((arg, i) => {
    const old = i > 0 ? /^\+(\d+)(?:\.(\d+))?([bdfghiMnRrV]*)$/.exec(arg) : null;
    return old ? ['-k', `${Number(old[1]) + 1}.${Number(old[2] ?? 0) + 1}${old[3]}`] : [arg];
  });
  return declared(process);
};

function open(run: Invocation, name: Bytes): Input {
  try {
    return openInput(run.process, name);
  } catch (error) {
    return run.fail(`cannot read: ${quoteIfNeeded(name)}: ${errnoOf(error) ? reason(error) : ''}`);
  }
}

/** The operands: the old `+FIELD` is a key, --files0-from a list of names. */
function operandsOf(run: Invocation): Bytes[] {
  const list = run.value('files0');
  if (list === undefined) return run.operands.length ? run.operands : ['-'];
  let text: Bytes;
  try {
    text = run.process.readFile(list === '-' ? '/dev/stdin' : list);
  } catch (error) {
    return run.fail(`open failed: ${quoteIfNeeded(list)}: ${reason(error)}`);
  }
  return text.split('\0').filter((name) => name !== '');
}

function separatorOf(run: Invocation): string | undefined {
  const text = run.value('t');
  if (text === undefined) return undefined;
  if (text === '') return run.fail('empty tab');
  if (text === '\\0') return '\0';
  if (text.length > 1) return run.fail(`multi-character tab ${quote(run.process, text)}`);
  return text;
}

/** A bottom-up merge sort that gives way between runs, so that a big sort holds nobody up. */
async function mergeSort(run: Invocation, lines: Bytes[], compare: Compare): Promise<Bytes[]> {
  const RUN = 256;
  const runs: Bytes[][] = [];
  for (let i = 0; i < lines.length; i += RUN) {
    runs.push(lines.slice(i, i + RUN).sort(compare));
    const turn = run.process.step(RUN);
    if (turn) await turn;
  }
  return mergeRuns(run, runs, compare);
}

async function mergeRuns(run: Invocation, runs: Bytes[][], compare: Compare): Promise<Bytes[]> {
  let level = runs;
  while (level.length > 1) {
    const next: Bytes[][] = [];
    for (let i = 0; i < level.length; i += 2) {
      const a = level[i]!;
      const b = level[i + 1];
      if (!b) {
        next.push(a);
        continue;
      }
      const merged: Bytes[] = [];
      let [x, y] = [0, 0];
      while (x < a.length && y < b.length) {
        merged.push(compare(a[x]!, b[y]!) <= 0 ? a[x++]! : b[y++]!);
        if ((merged.length & 511) === 0) {
          const turn = run.process.step(512);
          if (turn) await turn;
        }
      }
      while (x < a.length || y < b.length) {
        merged.push(x < a.length ? a[x++]! : b[y++]!);
        if ((merged.length & 4095) === 0) {
          const turn = run.process.step(512);
          if (turn) await turn;
        }
      }
      next.push(merged);
    }
    level = next;
  }
  return level[0] ?? [];
}

async function checkOrder(
  run: Invocation,
  name: Bytes,
  compare: Compare,
  unique: boolean,
  quiet: boolean,
): Promise<number> {
  const input = open(run, name);
  let previous: Bytes | undefined;
  let number = 0;
  for (let line: Bytes | undefined; (line = input.nextReady() ?? (await input.next())) !== undefined; previous = line) {
    number++;
    if (previous === undefined) continue;
    const order = compare(previous, line);
    if (order > 0 || (unique && order === 0)) {
      if (!quiet) await run.warn(`${quoteIfNeeded(name)}:${number}: disorder: ${line}`);
      return 1;
    }
  }
  return 0;
}

/** POS1[,POS2] with flags: fields and characters count from one; 0-based here, `toField` -1: to the end of the line. */
function parseKey(run: Invocation, text: Bytes): Key {
  const match = /^(\d+)(?:\.(\d+))?([bdfgiMhnRrV]*)(?:,(\d+)(?:\.(\d+))?([bdfgiMhnRrV]*))?/.exec(text);
  if (!match) return run.fail(`invalid number at field start: invalid count at start of ${quote(run.process, text)}`);
  const rest = text.slice(match[0].length);
  if (/^,[^\d]/.test(rest))
    return run.fail(`invalid number after ',': invalid count at start of ${quote(run.process, rest.slice(1))}`);
  if (rest) return run.fail(`stray character in field spec: invalid field specification ${quote(run.process, text)}`);
  const [, field, char, flags, toField, toChar, toFlags] = match;
  if (Number(field) === 0)
    return run.fail(`field number is zero: invalid field specification ${quote(run.process, text)}`);
  if (char !== undefined && Number(char) === 0)
    return run.fail(`character offset is zero: invalid field specification ${quote(run.process, text)}`);
  return {
    fromField: Number(field) - 1,
    fromChar: Number(char ?? 1) - 1,
    toField: toField === undefined ? -1 : Number(toField),
    toChar: Number(toChar ?? 0),
    flags: flags! + (toFlags ?? ''),
  };
}

/** Where each field of a line begins and ends. */
function fieldBounds(line: Bytes, separator: string | undefined, upTo: number): [number, number][] {
  const bounds: [number, number][] = [];
  let at = 0;
  while (bounds.length <= upTo) {
    if (separator !== undefined) {
      const next = line.indexOf(separator, at);
      bounds.push([at, next < 0 ? line.length : next]);
      if (next < 0) break;
      at = next + 1;
    } else {
      let end = at;
      while (end < line.length && isBlank(line.charCodeAt(end))) end++;
      while (end < line.length && !isBlank(line.charCodeAt(end))) end++;
      bounds.push([at, end]);
      if (end >= line.length) break;
      at = end;
    }
  }
  return bounds;
}

const isBlank = (code: number) => code === 32 || code === 9 || code === 10;

function keyText(line: Bytes, key: Key, separator: string | undefined): Bytes {
  if (key.fromField === 0 && key.fromChar === 0 && key.toField < 0) return line;
  const bounds = fieldBounds(line, separator, Math.max(key.fromField, key.toField));
  const start = bounds[key.fromField];
  if (!start) return '';
  let from = start[0];
  if (key.flags.includes('b')) while (from < line.length && isBlank(line.charCodeAt(from))) from++;
  from = Math.min(from + key.fromChar, line.length);
  let to = line.length;
  if (key.toField > 0) {
    const end = bounds[key.toField - 1];
    if (end) {
      to = end[1];
      if (key.toChar > 0) {
        let at = end[0];
        if (key.flags.includes('b')) while (at < line.length && isBlank(line.charCodeAt(at))) at++;
        to = Math.min(at + key.toChar, line.length);
      }
    }
  }
  return from < to ? line.slice(from, to) : '';
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

function comparison(run: Invocation, keys: Key[], separator: string | undefined): Compare {
  const salt =
    run.has('R') || keys.some((k) => k.flags.includes('R')) ? Math.floor(run.process.machine.random() * 2 ** 31) : 0;
  const compareOne = keys.map((key) => {
    const { flags } = key;
    const prepare = (text: Bytes) => {
      if (flags.includes('b')) text = text.replace(/^[ \t]+/, '');
      if (flags.includes('d')) text = text.replace(/[^A-Za-z0-9 \t]/g, '');
      if (flags.includes('i')) text = text.replace(/[^ -~]/g, '');
      return flags.includes('f') ? text.toUpperCase() : text;
    };
    const number: ((text: Bytes) => number) | undefined = flags.includes('n')
      ? leadingNumber
      : flags.includes('g')
        ? generalNumber
        : flags.includes('h')
          ? humanNumber
          : flags.includes('M')
            ? (text) => MONTHS.indexOf(text.trimStart().slice(0, 3).toUpperCase())
            : flags.includes('R')
              ? (text) => scramble(prepare(text), salt)
              : undefined;
    return (x: Bytes, y: Bytes) => {
      const a = keyText(x, key, separator);
      const b = keyText(y, key, separator);
      let order: number;
      if (number) {
        const [m, n] = [number(a), number(b)];
        order = m < n ? -1 : m > n ? 1 : 0;
      } else if (flags.includes('V')) order = compareVersions(prepare(a), prepare(b));
      else {
        const [p, q] = [prepare(a), prepare(b)];
        order = p < q ? -1 : p > q ? 1 : 0;
      }
      return flags.includes('r') ? -order : order;
    };
  });
  return (a, b) => {
    for (const compare of compareOne) {
      const order = compare(a, b);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function leadingNumber(text: Bytes): number {
  const match = /^[ \t]*(-?\d*(?:\.\d*)?)/.exec(text);
  return Number(match?.[1] || 0) || 0;
}

function generalNumber(text: Bytes): number {
  const hexadecimal = /^[ \t]*([-+]?)(0x[0-9a-f]+)/i.exec(text);
  if (hexadecimal) return Number(hexadecimal[2]) * (hexadecimal[1] === '-' ? -1 : 1);
  const match = /^[ \t]*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?inf)/i.exec(text);
  if (!match) return Number.NEGATIVE_INFINITY;
  return /inf/i.test(match[1]!)
    ? match[1]!.startsWith('-')
      ? -Number.MAX_VALUE
      : Number.POSITIVE_INFINITY
    : Number(match[1]);
}

function humanNumber(text: Bytes): number {
  const match = /^[ \t]*(-?\d*(?:\.\d*)?)([kKMGTPEZY]?)/.exec(text);
  const value = Number(match?.[1] || 0) || 0;
  const power = 'KMGTPEZY'.indexOf((match?.[2] ?? '').toUpperCase() || '?') + 1;
  return value === 0 ? 0 : Math.sign(value) * (power * 1e9 + Math.min(Math.abs(value), 1e8));
}

/** A hash for -R: equal keys stay together. */
function scramble(text: Bytes, salt: number): number {
  let hash = salt ^ 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
