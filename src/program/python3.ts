// python3 (CPython 3.11.2 of Debian 12): scripts, -c, -m, standard input and the prompt, run by the interpreter in python/.

import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { reason, tryTo } from './failure.ts';
import { calledAs } from './program.ts';
import { builtinNames } from './python/builtins.ts';
import { exceptions, makeException } from './python/exceptions.ts';
import { closeAll } from './python/files.ts';
import { runModule } from './python/main-modules.ts';
import { sysModule } from './python/modules/sys.ts';
import { findModule } from './python/modules/table.ts';
import { prompt } from './python/prompt.ts';
import { Interpreter } from './python/run.ts';
import { traceback } from './python/traceback.ts';
import { decode, encode } from './python/unicode.ts';
import { isInt, Module, Raised, type Steps, type Value } from './python/values.ts';

export const names = ['python3', 'python3.11', 'python'];

/** Options without a value that change nothing here. */
const SILENT = 'bBdEIOPsSuvxq';

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const called = calledAs(process);
  let interactive = false;
  let quiet = false;
  for (let at = 0; ; at++) {
    const arg = args[at];
    if (arg === undefined || arg === '-' || !arg.startsWith('-')) {
      if (arg === undefined || arg === '-')
        return start(
          process,
          called,
          { from: 'input', argv: ['-'.slice(arg === undefined ? 1 : 0), ...args.slice(at + 1)] },
          interactive,
          quiet,
        );
      return start(process, called, { from: 'file', path: arg, argv: args.slice(at) }, interactive, quiet);
    }
    if (arg === '--help' || arg === '-h' || arg === '-?' || arg.startsWith('-h')) {
      const run = recordedRun(process, 'python3', '--help');
      await process.out((run?.stdout ?? '').replaceAll('python3', called));
      return 0;
    }
    if (arg === '--version') {
      await process.out('Python 3.11.2\n');
      return 0;
    }
    if (arg.startsWith('--')) {
      if (arg === '--') continue;
      await process.err(
        `unknown option ${arg}\nusage: ${process.argv[0]} [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry \`python -h' for more information.\n`,
      );
      return 2;
    }
    for (let i = 1; i < arg.length; i++) {
      const letter = arg[i]!;
      if (letter === 'V') {
        const long = arg.slice(i).startsWith('VV');
        await process.out(long ? 'Python 3.11.2 (main, May 12 2026, 05:17:27) [GCC 12.2.0]\n' : 'Python 3.11.2\n');
        return 0;
      }
      if (letter === 'c' || letter === 'm' || letter === 'W' || letter === 'X') {
        const attached = arg.slice(i + 1);
        const value = attached !== '' ? attached : args[++at];
        if (value === undefined) {
          await process.err(
            `Argument expected for the -${letter} option\nusage: ${process.argv[0]} [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry \`python -h' for more information.\n`,
          );
          return 2;
        }
        if (letter === 'c')
          return start(
            process,
            called,
            { from: 'command', source: value, argv: ['-c', ...args.slice(at + 1)] },
            interactive,
            quiet,
          );
        if (letter === 'm')
          return start(process, called, { from: 'module', name: value, argv: args.slice(at) }, interactive, quiet);
        break;
      }
      if (letter === 'i') interactive = true;
      else if (letter === 'q') quiet = true;
      else if (!SILENT.includes(letter)) {
        await process.err(
          `Unknown option: -${letter}\nusage: ${process.argv[0]} [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry \`python -h' for more information.\n`,
        );
        return 2;
      }
    }
  }
}

type Source =
  | { from: 'command'; source: Bytes; argv: Bytes[] }
  | { from: 'file'; path: Bytes; argv: Bytes[] }
  | { from: 'input'; argv: Bytes[] }
  | { from: 'module'; name: Bytes; argv: Bytes[] };

/** Ctrl-C: the KeyboardInterrupt that ends whatever is being waited for. */
class Interruption {
  #reject: ((error: Raised) => void) | undefined;

  constructor(process: Process) {
    process.onSignal('INT', () => {
      const reject = this.#reject;
      this.#reject = undefined;
      reject?.(new Raised(makeException(exceptions.get('KeyboardInterrupt')!)));
    });
  }

  wait(promise: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      promise.then(resolve, reject);
    });
  }
}

async function start(
  process: Process,
  called: string,
  source: Source,
  interactive: boolean,
  quiet: boolean,
): Promise<number> {
  const python = new Interpreter(process, findModule);
  const directory = source.from === 'file' ? scriptDirectory(process, source.path) : '';
  const path = [
    directory,
    '/usr/lib/python311.zip',
    '/usr/lib/python3.11',
    '/usr/lib/python3.11/lib-dynload',
    '/usr/local/lib/python3.11/dist-packages',
    '/usr/lib/python3/dist-packages',
  ];
  python.modules.set(
    'sys',
    sysModule(
      python,
      source.argv.map((a) => decode(a)),
      path,
    ),
  );
  const builtins = new Module('builtins', builtinNames());
  python.builtins = builtins.attributes;
  python.modules.set('builtins', builtins);
  for (const [k, v] of [
    ['__builtins__', builtins],
    ['__doc__', null],
    ['__package__', null],
    ['__spec__', null],
    ['__loader__', null],
  ] as const)
    python.main.attributes.set(k, v);
  const interruption = new Interruption(process);
  const run = <T>(steps: Steps<T>) => python.drive(steps, (promise) => interruption.wait(promise));
  let status = 0;
  const ending = async (steps: Steps<unknown>): Promise<void> => {
    try {
      await run(steps);
    } catch (error) {
      status = await run(endOf(python, error));
    }
  };
  if (source.from === 'command') {
    await ending(python.execute(`${decode(source.source)}\n`, '<string>', python.main.attributes));
  } else if (source.from === 'file') {
    const text = await script(process, source.path);
    if (typeof text === 'number') return text;
    const file = decode(
      source.path.startsWith('/')
        ? source.path
        : `${process.cwd === '/' ? '' : process.cwd}/${source.path.replace(/^(\.\/)+/, '')}`,
    );
    python.main.attributes.set('__file__', file);
    await ending(python.execute(text, file, python.main.attributes));
  } else if (source.from === 'module') await ending(runModule(python, decode(source.name)));
  else if (process.descriptors.get(0)?.terminal || interactive) {
    await ending(prompt(python, quiet));
    interactive = false;
  } else {
    const text = await process.readAll(0);
    for (const line of text.split('\n')) if (line !== '') process.witness.input('python3', line);
    await ending(python.execute(decode(text), '<stdin>', python.main.attributes));
  }
  if (interactive) await ending(prompt(python, true));
  await ending(
    (function* () {
      yield* closeAll(python);
      yield* python.flush();
    })(),
  );
  void called;
  return status;
}

/** The directory of a script: first in sys.path. */
function scriptDirectory(process: Process, path: Bytes): string {
  const real = tryTo(() => process.files.realpath(path)) ?? path;
  return decode(real.includes('/') ? real.replace(/\/[^/]*$/, '') || '/' : process.cwd);
}

/** A script's text; the exit status after the complaint that it cannot be opened. */
async function script(process: Process, path: Bytes): Promise<string | number> {
  const shown = process.argv[0];
  const complain = async (number: number, words: string) => {
    await process.err(
      `${shown}: can't open file '${path.startsWith('/') ? path : `${process.cwd === '/' ? '' : process.cwd}/${path}`}': [Errno ${number}] ${words}\n`,
    );
    return 2;
  };
  try {
    const stat = process.files.stat(path);
    if (stat.type === 'directory') {
      const whole = shown?.startsWith('/') ? shown : `/usr/bin/${shown}`;
      await process.err(
        `${whole}: can't find '__main__' module in '${path.startsWith('/') ? path : `${process.cwd}/${path}`}'\n`,
      );
      return 1;
    }
    return decode(process.readFile(path).replace(/^\xef\xbb\xbf/, ''));
  } catch (error) {
    const words = reason(error);
    return complain(
      { 'No such file or directory': 2, 'Permission denied': 13, 'Not a directory': 20 }[words] ?? 5,
      words,
    );
  }
}

/** What an uncaught exception leaves: SystemExit's code, or a traceback and 1. */
function* endOf(python: Interpreter, error: unknown): Steps<number> {
  if (!(error instanceof Raised)) throw error;
  if (error.value.cls.is(exceptions.get('SystemExit')!)) {
    const code: Value = error.value.attributes?.get('code') ?? null;
    if (code === null) return 0;
    if (isInt(code)) return Number(BigInt.asUintN(8, BigInt(code)));
    yield* python.flush();
    yield* python.write(2, encode(`${yield* python.text(code)}\n`));
    return 1;
  }
  yield* python.flush();
  yield* python.write(2, encode(yield* traceback(python, error)));
  return error.value.cls === exceptions.get('KeyboardInterrupt') ? 130 : 1;
}
