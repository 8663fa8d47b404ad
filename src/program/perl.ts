// perl (5.36.0 of Debian 12): scripts, -e with -n, -p, -i, -l, -a, standard input, run by the interpreter in perl/.
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { reason } from './failure.ts';
import { functions } from './perl/functions.ts';
import { finishInPlace, flushAll, io } from './perl/io.ts';
import { loadModule } from './perl/modules.ts';
import { Parser } from './perl/parse.ts';
import { OutOfMemory, Perl } from './perl/run.ts';
import { type Node, PerlSyntaxError } from './perl/tree.ts';
import { Cell, Died, Exiting, Leaving, type Steps, text } from './perl/values.ts';

export const names = ['perl', 'perl5.36.0', 'perl5.36-x86_64-linux-gnu'];

const BUILTINS = new Map([...Object.entries(functions), ...Object.entries(io)]);

interface Options {
  code: Bytes[];
  modules: string[];
  loop: '' | 'n' | 'p';
  inPlace: string | undefined;
  lineEnds: boolean;
  /** -l's output record separator. */
  output: string | undefined;
  separator: string | undefined | null;
  autosplit: boolean;
  splitBy: string | undefined;
  check: boolean;
  includes: Bytes[];
}

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const o: Options = {
    code: [],
    modules: [],
    loop: '',
    inPlace: undefined,
    lineEnds: false,
    output: undefined,
    separator: null,
    autosplit: false,
    splitBy: undefined,
    check: false,
    includes: [],
  };
  while (args[0]?.startsWith('-') && args[0] !== '-') {
    const arg = args.shift()!;
    if (arg === '--') break;
    if (arg === '--help' || arg === '-h') {
      await process.out(recordedRun(process, 'perl', '--help')?.stdout ?? '');
      return 0;
    }
    if (arg === '--version') {
      await process.out(
        recordedRun(process, 'perl', '-v')?.stdout ?? recordedRun(process, 'perl', '--version')?.stdout ?? '',
      );
      return 0;
    }
    const status = await option(process, arg, args, o);
    if (status !== undefined) return status;
  }
  let file = '-e';
  let source: Bytes;
  if (o.code.length > 0) source = o.code.join('\n');
  else {
    file = args.shift() ?? '-';
    if (file === '-') {
      source = await process.readAll(0);
      if (process.descriptors.get(0)?.kind !== 'file')
        for (const line of source.split('\n').slice(0, 200)) if (line !== '') process.witness.input('perl', line);
    } else {
      try {
        if (process.files.stat(file).type === 'directory') {
          await process.err(`Can't open perl script "${file}": Is a directory\n`);
          return 25;
        }
        source = process.readFile(file);
      } catch (error) {
        await process.err(`Can't open perl script "${file}": ${reason(error)}\n`);
        return 2;
      }
    }
  }
  const interpreter = /^#!(?!.*perl)(\S+)[^\n]*/.exec(source);
  const switches = /^#!.*perl\S*\s+-(\S+)/.exec(source)?.[1];
  if (switches) await option(process, `-${switches.replace(/[wTt]/g, '')}`, [], o);
  void interpreter;
  return run(process, file, source, args, o);
}

/** One argument of switches; a number: the program ends with it. */
async function option(process: Process, arg: Bytes, rest: Bytes[], o: Options): Promise<number | undefined> {
  for (let i = 1; i < arg.length; i++) {
    const tail = arg.slice(i + 1);
    switch (arg[i]) {
      case 'e':
      case 'E': {
        const code = tail !== '' ? tail : rest.shift();
        if (code === undefined) {
          await process.err(`No code specified for -${arg[i]}.\n`);
          return 29;
        }
        o.code.push(code);
        return undefined;
      }
      case 'n':
      case 'p':
        o.loop = arg[i] === 'p' || o.loop === 'p' ? 'p' : 'n';
        break;
      case 'i':
        o.inPlace = tail;
        return undefined;
      case 'l': {
        const octal = /^[0-7]{1,4}/.exec(tail)?.[0] ?? '';
        o.lineEnds = true;
        o.output = octal === '' ? undefined : String.fromCharCode(Number.parseInt(octal, 8));
        i += octal.length;
        break;
      }
      case '0': {
        const octal = /^(?:x([0-9a-fA-F]+)|[0-7]*)/.exec(tail)!;
        const code = octal[1] ? Number.parseInt(octal[1], 16) : octal[0] === '' ? 0 : Number.parseInt(octal[0], 8);
        o.separator = octal[0] === '0' && !octal[1] ? '' : code === 0o777 ? undefined : String.fromCharCode(code);
        i += octal[0].length;
        break;
      }
      case 'a':
        o.autosplit = true;
        o.loop ||= 'n';
        break;
      case 'F':
        o.splitBy = tail;
        o.autosplit = true;
        o.loop ||= 'n';
        return undefined;
      case 'M':
      case 'm': {
        const spec = tail !== '' ? tail : (rest.shift() ?? '');
        const [, no, name = '', list] = /^(-?)([\w:]+)(?:=(.*))?$/s.exec(spec.trim()) ?? [];
        o.modules.push(
          name === ''
            ? `use ${spec};`
            : list === undefined
              ? `${no ? 'no' : 'use'} ${spec.replace(/^-/, '')};`
              : `use ${name} split(/,/,q{${list}});`,
        );
        return undefined;
      }
      case 'I':
        o.includes.push(tail !== '' ? tail : (rest.shift() ?? ''));
        return undefined;
      case 'c':
        o.check = true;
        break;
      case 'v':
        await process.out(
          recordedRun(process, 'perl', '-v')?.stdout ?? recordedRun(process, 'perl', '--version')?.stdout ?? '',
        );
        return 0;
      case 'V':
        await process.out(recordedRun(process, 'perl', '-V')?.stdout ?? '');
        return 0;
      case 'h':
      case '?':
        await process.out(recordedRun(process, 'perl', '--help')?.stdout ?? '');
        return 0;
      case 'C':
      case 'D':
        return undefined;
      case 'w':
      case 'W':
      case 'X':
      case 't':
      case 'T':
      case 'u':
      case 'U':
      case 's':
      case 'S':
      case 'f':
      case 'd':
      case 'x':
      case '-':
      case '\r':
        break;
      default:
        await process.err(`Unrecognized switch: -${arg.slice(i)}  (-h will show valid options).\n`);
        return 29;
    }
  }
  return undefined;
}

async function run(process: Process, file: string, source: Bytes, args: Bytes[], o: Options): Promise<number> {
  const perl = new Perl(process, file, BUILTINS, loadModule);
  perl.array_('ARGV').items = args;
  perl.scalar_('0').value = file;
  const architecture =
    process.machine.identity.architecture === 'armv7l'
      ? 'arm-linux-gnueabihf'
      : `${process.machine.identity.architecture}-linux-gnu`;
  perl.array_('INC').items = [
    ...o.includes,
    '/etc/perl',
    `/usr/local/lib/${architecture}/perl/5.36.0`,
    '/usr/local/share/perl/5.36.0',
    `/usr/lib/${architecture}/perl5/5.36`,
    '/usr/share/perl5',
    `/usr/lib/${architecture}/perl-base`,
    `/usr/lib/${architecture}/perl/5.36`,
    '/usr/share/perl/5.36',
    '/usr/local/lib/site_perl',
  ];
  for (const [k, v] of process.environment) perl.hash_('ENV').map.set(k, v);
  const values: [string, string | number | undefined][] = [
    ['"', ' '],
    [',', undefined],
    [';', '\x1c'],
    [']', '5.036000'],
    ['^O', 'linux'],
    ['^X', '/usr/bin/perl'],
    ['^T', Math.floor(process.machine.clock.now() / 1000)],
    ['^W', 0],
    ['^V', 'v5.36.0'],
  ];
  for (const [k, v] of values) if (v !== undefined) perl.globals.set(`$main::${k}`, new Cell(v));
  for (const [name, descriptor] of [
    ['STDIN', 0],
    ['STDOUT', 1],
    ['STDERR', 2],
  ] as const) {
    const handle = perl.handle_(name)!;
    handle.descriptor = descriptor;
    handle.readable = descriptor === 0;
    handle.writable = descriptor !== 0;
  }
  perl.selected = perl.handle_('STDOUT');
  perl.inPlace = o.inPlace;
  if (o.separator !== null) perl.globals.set('$main::/', new Cell(o.separator));
  let parser = new Parser(looped(source, o), file);
  let body: Node[];
  try {
    body = parser.program();
  } catch (error) {
    if (!(error instanceof PerlSyntaxError)) throw error;
    const placed = / line \d+/.test(error.message);
    await process.err(
      placed
        ? `${error.message}\n${/^syntax|^Missing|^Unmatched/.test(error.message) ? `${file === '-e' ? 'Execution of -e aborted due to compilation errors.' : `Execution of ${file} aborted due to compilation errors.`}\n` : ''}`
        : `${error.message} at ${file} line ${parser.scan.line}.\n`,
    );
    return 255;
  }
  if (parser.scan.data !== undefined && file !== '-e') {
    const data = perl.handle_('DATA')!;
    data.memory = new Cell(parser.scan.data);
    data.buffer = parser.scan.data;
    data.readable = true;
  }
  if (o.check) {
    await process.err(`${file} syntax OK\n`);
    return 0;
  }
  if (o.lineEnds) perl.globals.set('$main::\\', new Cell(o.output ?? '\n'));
  for (const use of [...o.modules].reverse()) {
    parser = new Parser(use, file);
    body.unshift(...parser.program().map((n) => ({ ...n, line: 0 })));
  }
  let status = 0;
  const guarded = async (steps: Steps<unknown>): Promise<void> => {
    try {
      await perl.drive(steps, (promise) => promise);
    } catch (error) {
      status = await ending(perl, error);
    }
  };
  body.unshift(
    ...taken(body, (n) => n.type === 'block' && n.begin === true),
    ...(o.loop ? taken(body, (n) => n.type === 'sub') : []),
  );
  perl.declare(body, perl.scope);
  await guarded(perl.run([...hoisted(body)], perl.scope));
  await guarded(finishInPlace(perl));
  for (const code of perl.ends) await guarded(perl.call(code, [], 'scalar'));
  await guarded(flushAll(perl));
  return status;
}

/** `use` is done before the rest, as at compile time. */
function hoisted(body: readonly Node[]): Node[] {
  return [...body.filter((n) => n.type === 'use'), ...body.filter((n) => n.type !== 'use')];
}

/** Takes BEGIN blocks, or subs and END, out of the program and of the loop around it: they are there before the rest runs. */
function taken(body: Node[], which: (node: Node) => boolean): Node[] {
  const found: Node[] = [];
  for (let i = 0; i < body.length; i++) {
    const node = body[i]!;
    if (which(node)) found.push(...body.splice(i--, 1));
    else if (node.type === 'while' && node.label === 'LINE' && node.body.type === 'block')
      found.push(...taken(node.body.body, which));
  }
  return found;
}

/** The program inside of the loop that -n, -p, -a and -l put around it, as perl does: by text. */
function looped(source: Bytes, o: Options): Bytes {
  if (!o.loop) return source;
  const by = o.splitBy === undefined ? "' '" : /^([/"']).*\1$/s.test(o.splitBy) ? o.splitBy : `/${o.splitBy}/`;
  const split = o.autosplit ? `our @F = split(${by});` : '';
  const end = o.loop === 'p' ? '} continue { print; }' : '}';
  return `LINE: while (<>) {${o.lineEnds ? 'chomp;' : ''}${split}${source}\n;${end}`;
}

/** What an exception at the top leaves: its text on standard error and the exit status. */
async function ending(perl: Perl, error: unknown): Promise<number> {
  if (error instanceof Exiting) return error.status;
  try {
    await perl.drive(flushAll(perl), (promise) => promise);
  } catch (other) {
    if (!(other instanceof Died)) throw other;
  }
  if (
    error instanceof OutOfMemory ||
    (error instanceof RangeError && /call stack|Invalid (string|array) length/.test(error.message))
  ) {
    await perl.process.err('Out of memory!\n');
    return 1;
  }
  if (error instanceof Leaving) {
    await perl.process.err(`Can't "${error.kind}" outside a loop block${perl.place()}`);
    return 255;
  }
  if (!(error instanceof Died)) throw error;
  await perl.process.err(text(error.value));
  return perl.errno || 255;
}
