// Python's prompt: `>>> ` and `... `, one statement at a time, values shown as they come.

import type { Bytes } from '../../machine/machine.ts';
import { exceptions } from './exceptions.ts';
import { VERSION } from './modules/sys.ts';
import { parseProgram } from './parse.ts';
import type { Interpreter } from './run.ts';
import { traceback } from './traceback.ts';
import { SyntaxFault } from './tree.ts';
import { decode, encode } from './unicode.ts';
import { Native, Raised, type Steps } from './values.ts';

/** Longest input that is held for one statement. */
const LONGEST = 1 << 20;

/** Reads and runs statements until exit() or the end of the input. */
export function* prompt(python: Interpreter, quiet: boolean): Steps<void> {
  const { process } = python;
  if (!quiet)
    yield* python.write(
      2,
      `Python ${VERSION} on linux\nType "help", "copyright", "credits" or "license" for more information.\n`,
    );
  python.show = function* (value) {
    if (value === null) return;
    (python.builtins as Map<string, typeof value>).set('_', value);
    const leaving = value instanceof Native && /^(exit|quit)$/.test(value.name) ? value.name : undefined;
    if (leaving !== undefined) {
      yield* python.write(1, `Use ${leaving}() or Ctrl-D (i.e. EOF) to exit\n`);
      return;
    }
    yield* python.write(1, encode(`${yield* python.repr(value)}\n`));
  };
  const terminal = process.descriptors.get(0)?.terminal;
  let rest = '';
  let ended = false;
  // A read that Ctrl-C has interrupted is still under way: the next line is its.
  let pending: Promise<Bytes> | undefined;
  const line = function* (shown: string): Steps<string | undefined> {
    yield* python.flush();
    // A terminal's readline writes the prompt to standard output, a pipe gets it on standard error.
    yield* terminal ? python.write(1, shown) : python.write(2, shown);
    yield* python.flush();
    while (!rest.includes('\n') && !ended) {
      const chunk: Bytes | Promise<Bytes> = pending ?? process.read(0, 65536);
      if (typeof chunk !== 'string') pending = chunk;
      const data = (typeof chunk === 'string' ? chunk : yield chunk) as Bytes;
      pending = undefined;
      if (data === '') ended = true;
      rest += data;
      if (rest.length > LONGEST) rest = rest.slice(0, LONGEST) + '\n';
    }
    if (rest === '') return undefined;
    const end = rest.indexOf('\n');
    const text = end < 0 ? rest : rest.slice(0, end);
    rest = end < 0 ? '' : rest.slice(end + 1);
    process.witness.input('python3', text);
    return decode(text);
  };
  for (;;) {
    try {
      let source = yield* line('>>> ');
      if (source === undefined) break;
      if (source.trim() === '') continue;
      while (!complete(source)) {
        const next: string | undefined = yield* line('... ');
        if (next === undefined) break;
        // A block ends with an empty line: what comes at its left edge before one is out of place.
        if (/^[^\s#]/.test(next) && !/^(elif|else|except|finally|case)\b|^[)\]}]/.test(next) && isBlock(source)) {
          source += `\n${next}`;
          throw python.syntaxError(
            new SyntaxFault('invalid syntax', [
              source.split('\n').length,
              0,
              source.split('\n').length,
              /^\w+|^./.exec(next)![0].length,
            ]),
            `${source}\n`,
            '<stdin>',
          );
        }
        source += `\n${next}`;
        if (source.length > LONGEST) break;
      }
      yield* python.execute(`${source}\n`, '<stdin>', python.main.attributes);
    } catch (error) {
      if (!(error instanceof Raised)) throw error;
      if (error.value.cls.is(exceptions.get('SystemExit')!)) throw error;
      yield* python.flush();
      if (error.value.cls === exceptions.get('KeyboardInterrupt')) yield* python.write(2, '\nKeyboardInterrupt\n');
      else yield* python.write(2, encode(yield* traceback(python, error)));
      ended = false;
    }
  }
  yield* terminal ? python.write(1, '\n') : python.write(2, '\n');
}

/** A block that could end here. */
function isBlock(source: string): boolean {
  try {
    const [first] = parseProgram(`${source}\n`);
    return first !== undefined && /^(if|while|for|try|with|function|class|match)$/.test(first.type);
  } catch {
    return false;
  }
}

/** A statement is complete; a block ends with an empty line. */
function complete(source: string): boolean {
  try {
    const [first] = parseProgram(`${source}\n`);
    const block = first !== undefined && /^(if|while|for|try|with|function|class|match)$/.test(first.type);
    return !block || /\n[ \t]*$/.test(source);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) return true;
    if (error.incomplete) return false;
    return true;
  }
}
