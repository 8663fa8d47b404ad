// jq 1.6: a filter for JSON.
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { reason } from './failure.ts';
import { builtins, DEFINITIONS } from './jq/builtins.ts';
import { type Filter, JqSyntaxError, type Json, type Pattern, parseFilter } from './jq/parse.ts';
import { Halt, Runner, Scope } from './jq/run.ts';
import { JsonError, Reader, type Style, write } from './jq/text.ts';
import { JqError } from './jq/values.ts';

export const names = ['jq'];

/** Arguments that an option takes. */
const TAKES: Readonly<Record<string, number>> = {
  arg: 2,
  argjson: 2,
  slurpfile: 2,
  rawfile: 2,
  argfile: 2,
  indent: 1,
  'from-file': 0,
};
const LETTERS: Readonly<Record<string, string>> = {
  c: 'compact-output',
  r: 'raw-output',
  j: 'join-output',
  a: 'ascii-output',
  s: 'slurp',
  n: 'null-input',
  R: 'raw-input',
  C: 'color-output',
  M: 'monochrome-output',
  S: 'sort-keys',
  e: 'exit-status',
  f: 'from-file',
  h: 'help',
  V: 'version',
  L: 'library',
};
const KNOWN = new Set([
  ...Object.keys(TAKES),
  ...Object.values(LETTERS),
  'tab',
  'args',
  'jsonargs',
  'seq',
  'stream',
  'unbuffered',
  'exit-status',
]);

const decode = (bytes: Bytes) => Buffer.from(bytes, 'latin1').toString('utf8');
const encode = (text: string): Bytes => Buffer.from(text, 'utf8').toString('latin1');

export async function main(process: Process): Promise<number> {
  const set = new Set<string>();
  const variables = new Map<string, Json>();
  const positional: Json[] = [];
  const files: Bytes[] = [];
  let program: string | undefined;
  let indent = 2;
  let rest: 'files' | 'args' | 'jsonargs' = 'files';
  const args = process.argv.slice(1);
  const called = process.argv[0]?.startsWith('/') ? process.argv[0] : (process.argv[0] ?? 'jq');
  const usage = async (text: string, status = 2) => {
    await process.err(text);
    return status;
  };
  const hint = `Use ${called} --help for help with command-line options,\nor see the jq manpage, or online docs  at https://stedolan.github.io/jq\n`;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (!arg.startsWith('-') || arg === '-') {
      if (program === undefined && !set.has('from-file')) program = decode(arg);
      else if (rest === 'files') files.push(arg);
      else if (rest === 'args') positional.push(decode(arg));
      else
        try {
          positional.push(new Reader(decode(arg)).next() ?? null);
        } catch {
          return usage(`${called}: Invalid JSON text passed to --jsonargs\n${hint}`);
        }
      continue;
    }
    const options = arg.startsWith('--') ? [arg.slice(2)] : [...arg.slice(1)].map((l) => LETTERS[l] ?? `-${l}`);
    for (const o of options) {
      if (!KNOWN.has(o)) return usage(`${called}: Unknown option ${arg}\n${hint}`);
      const values = args.slice(at + 1, at + 1 + (TAKES[o] ?? 0)).map(decode);
      if (values.length < (TAKES[o] ?? 0)) {
        const [what, example] = {
          arg: ['two parameters', '--arg varname value'],
          argjson: ['two parameters', '--argjson varname text'],
          indent: ['one parameter', ''],
        }[o] ?? ['two parameters', `--${o} varname filename`];
        return usage(
          o === 'indent'
            ? `${called}: --indent takes one parameter\n${hint}`
            : `${called}: --${o} takes ${what} (e.g. ${example})\n${hint}`,
        );
      }
      at += values.length;
      const [name = '', value = ''] = values;
      if (o === 'arg') variables.set(name, value);
      else if (o === 'argjson')
        try {
          variables.set(name, new Reader(value).next() ?? null);
        } catch {
          return usage(`${called}: Invalid JSON text passed to --argjson\n${hint}`);
        }
      else if (o === 'slurpfile' || o === 'rawfile' || o === 'argfile')
        try {
          const text = decode(process.readFile(encode(value)));
          variables.set(name, o === 'rawfile' ? text : all(text));
        } catch (error) {
          const why = error instanceof JsonError ? error.message : reason(error);
          return usage(`${called}: Bad JSON in --${o} ${name} ${value}: Could not open ${value}: ${why}\n`);
        }
      else if (o === 'indent') {
        indent = Number(name);
        if (indent > 7) return usage(`${called}: Cannot indent more than 7 characters\n`);
      } else if (o === 'args' || o === 'jsonargs') rest = o;
      else set.add(o);
    }
  }
  if (set.has('help')) {
    await process.out(recordedRun(process, 'jq', '--help')?.stdout ?? '');
    return 0;
  }
  if (set.has('version')) {
    await process.out('jq-1.6\n');
    return 0;
  }
  if (set.has('from-file')) {
    const file = program !== undefined ? encode(program) : files.shift();
    try {
      program = decode(process.readFile(file ?? ''));
    } catch (error) {
      return usage(`jq: error: Could not open ${file}: ${reason(error)}\n`);
    }
  }
  if (program === undefined) {
    const terminals = process.descriptors.get(0)?.terminal && process.descriptors.get(1)?.terminal;
    if (terminals || args.length > 0) return usage(recordedRun(process, 'jq', '--help')?.stdout ?? '');
    program = '.';
  }
  let filter: Filter;
  try {
    filter = parseFilter(program);
    variables.set('ARGS', { positional, named: Object.fromEntries(variables) });
    check(filter, new Set(Object.keys(builtins)), new Set(variables.keys()));
  } catch (error) {
    if (!(error instanceof JqSyntaxError)) throw error;
    const syntax = error.message.startsWith('syntax error');
    const line = program.slice(0, error.at).split('\n').length;
    const text = program.split('\n')[line - 1] ?? '';
    const column = error.at - (program.lastIndexOf('\n', error.at - 1) + 1);
    return usage(
      encode(
        `jq: error: ${error.message}${syntax ? ' (Unix shell quoting issues?)' : ''} at <top-level>, line ${line}:\n${text}${' '.repeat(Math.max(0, column))}\n${error.second ? `jq: error: ${error.second} at <top-level>, line ${line}:\n${text}\n` : ''}jq: ${error.second ? '2 compile errors' : '1 compile error'}\n`,
      ),
      3,
    );
  }
  const color =
    set.has('color-output') || (Boolean(process.descriptors.get(1)?.terminal) && !set.has('monochrome-output'));
  const style: Style = {
    indent: set.has('compact-output')
      ? undefined
      : set.has('tab')
        ? '\t'
        : indent === 0
          ? undefined
          : ' '.repeat(indent),
    sort: set.has('sort-keys'),
    ascii: set.has('ascii-output'),
    color,
  };
  return evaluate(process, filter, { set, files, variables, style });
}

const all = (text: string): Json[] => {
  const reader = new Reader(text);
  const values: Json[] = [];
  for (let v = reader.next(); v !== undefined; v = reader.next()) values.push(v);
  return values;
};

/** Finds names that are not defined, as jq does before it runs. @throws JqSyntaxError */
function check(filter: Filter, functions: Set<string>, variables: Set<string>): void {
  const known = new Set([
    ...functions,
    ...[...DEFINITIONS.matchAll(/^def (\w+)(?:\(([^)]*)\))?:/gm)].map(
      ([, n, p]) => `${n}/${p === undefined ? 0 : p.split(';').length}`,
    ),
  ]);
  walk(filter, known, variables);
}

function walk(node: unknown, functions: ReadonlySet<string>, variables: ReadonlySet<string>): void {
  if (Array.isArray(node)) {
    for (const n of node) walk(n, functions, variables);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const f = node as Filter;
  if (f.type === 'call' && !functions.has(`${f.name}/${f.args.length}`))
    throw new JqSyntaxError(`${f.name}/${f.args.length} is not defined`, f.at);
  if (f.type === 'variable' && !variables.has(f.name) && f.name !== 'ENV')
    throw new JqSyntaxError(`$${f.name} is not defined`, f.at);
  if (
    f.type === 'binary' &&
    (f.operator === '/' || f.operator === '%') &&
    f.left.type === 'literal' &&
    f.right.type === 'literal' &&
    f.right.value === 0
  )
    throw new JqSyntaxError('Division by zero?', f.at);
  if (f.type === 'literal') return;
  if (f.type === 'define') {
    const name = `${f.name}/${f.parameters.length}`;
    walk(
      f.body,
      new Set([...functions, name, ...f.parameters.map((p) => `${p.replace('$', '')}/0`)]),
      new Set([...variables, ...f.parameters.filter((p) => p.startsWith('$')).map((p) => p.slice(1))]),
    );
    walk(f.rest, new Set([...functions, name]), variables);
    return;
  }
  if (f.type === 'bind' || f.type === 'reduce' || f.type === 'foreach') {
    walk(f.source, functions, variables);
    const bound = new Set([...variables, ...(f.type === 'bind' ? f.patterns : [f.pattern]).flatMap(bindings)]);
    if (f.type !== 'bind') walk(f.init, functions, variables);
    walk(f.type === 'bind' ? f.body : [f.update, 'extract' in f ? f.extract : undefined], functions, bound);
    return;
  }
  for (const inner of Object.values(node)) walk(inner, functions, variables);
}
const bindings = (p: Pattern): string[] =>
  p.type === 'name'
    ? [p.name]
    : p.type === 'array'
      ? p.items.flatMap(bindings)
      : p.entries.flatMap((e) => [...(e.bind !== undefined ? [e.bind] : []), ...(e.value ? bindings(e.value) : [])]);

async function evaluate(
  process: Process,
  filter: Filter,
  {
    set,
    files,
    variables,
    style,
  }: { set: ReadonlySet<string>; files: readonly Bytes[]; variables: ReadonlyMap<string, Json>; style: Style },
): Promise<number> {
  let status = 0;
  let text = '';
  for (const file of files.length ? files : set.has('null-input') && process.descriptors.get(0)?.terminal ? [] : ['-'])
    try {
      text += decode(file === '-' ? await process.readAll(0) : process.readFile(file));
    } catch (error) {
      await process.err(`jq: error: Could not open file ${file}: ${reason(error)}\n`);
      status = 2;
    }
  const reader = new Reader(text);
  const lines = set.has('raw-input')
    ? set.has('slurp')
      ? [text]
      : text.split('\n').slice(0, text.endsWith('\n') || text === '' ? -1 : undefined)
    : undefined;
  let slurped = false;
  let started = false;
  const next = (): Json | undefined => {
    started = true;
    if (lines) return lines.shift();
    if (!set.has('slurp')) return reader.next();
    if (slurped) return undefined;
    slurped = true;
    return all(text);
  };
  const runner = new Runner(process, next, builtins, DEFINITIONS);
  const scope = new Scope(runner.root);
  for (const [k, v] of variables) scope.variables.set(k, v);
  const raw = set.has('raw-output') || set.has('join-output');
  let last: Json | undefined;
  let none = true;
  const where = () =>
    !started
      ? '<unknown>'
      : `${files.at(-1) ?? '<stdin>'}:${lines ? 0 : slurped ? text.split('\n').length - 1 : reader.line}`;
  for (let first = true; ; first = false) {
    let input: Json | undefined;
    try {
      input = set.has('null-input') ? (first ? null : undefined) : next();
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      await process.err(encode(`parse error: ${error.message}\n`));
      return 4;
    }
    if (input === undefined) break;
    try {
      for await (const value of runner.values(filter, input, scope)) {
        last = value;
        none = false;
        const shown = raw && typeof value === 'string' ? value : write(value, style);
        await process.out(encode(`${set.has('seq') ? '\x1e' : ''}${shown}${set.has('join-output') ? '' : '\n'}`));
      }
    } catch (error) {
      if (error instanceof Halt) {
        if (error.value !== undefined && error.value !== null)
          await process.err(
            encode(
              typeof error.value === 'string'
                ? error.value
                : `${write(error.value, { ...style, indent: undefined, color: false })}\n`,
            ),
          );
        return error.status;
      }
      if (error instanceof JsonError) {
        await process.err(encode(`jq: error (at ${where()}): ${error.message}\n`));
        return 2;
      }
      if (error instanceof RangeError) {
        await process.err('jq: error: cannot allocate memory\n');
        process.kill(process.pid, 'ABRT');
        return 134;
      }
      if (!(error instanceof JqError)) throw error;
      const place = where();
      await process.err(
        encode(
          typeof error.value === 'string'
            ? `jq: error (at ${place}): ${error.message}\n`
            : `jq: error (at ${place}) (not a string): ${write(error.value, { ...style, indent: undefined, color: false })}\n`,
        ),
      );
      status = 5;
    }
  }
  if (status !== 0) return status;
  if (!set.has('exit-status')) return 0;
  return none ? 4 : last === null || last === false ? 1 : 0;
}
