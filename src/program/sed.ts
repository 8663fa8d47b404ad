// sed (GNU sed 4.8): edits a stream.
import { Failure, reason } from './failure.ts';
import { gnu } from './program.ts';
import { isUtf8 } from './quote.ts';
import { parseScript, ScriptError } from './sed/parse.ts';
import { Editor } from './sed/run.ts';
import { USAGE } from './sed/usage.ts';

export const names = ['sed'];

export const main = gnu({
  short: 'bsnrzuEe:f:l:i::V:s',
  long: {
    binary: 'b',
    debug: 'debug',
    'follow-symlinks': 'follow',
    'in-place=?': 'i',
    'expression=': 'e',
    'file=': 'f',
    'line-length=': 'l',
    'null-data': 'z',
    'zero-terminated': 'z',
    quiet: 'n',
    posix: 'posix',
    silent: 'n',
    sandbox: 'sandbox',
    separate: 's',
    unbuffered: 'u',
    'regexp-extended': 'E',
  },
  usage: '[OPTION]... {script-only-if-no-other-script} [input-file]...',
  release: 'GNU sed 4.9',
  hint: USAGE,
  gaps: ['debug'],
  async run(run) {
    const operands = [...run.operands];
    const pieces: { text: string; file?: string }[] = [];
    for (const [key, value] of run.options) {
      if (key === 'e') pieces.push({ text: value! });
      if (key === 'f') {
        try {
          pieces.push({ text: run.process.readFile(value!), file: value! });
        } catch (error) {
          return run.fail(`couldn't open file ${value}: ${reason(error)}`, 4);
        }
      }
    }
    if (pieces.length === 0) {
      const script = operands.shift();
      if (script === undefined) {
        await run.process.err(USAGE.replaceAll('%', run.name));
        return 1;
      }
      pieces.push({ text: script });
    }
    if (run.options.some(([k]) => k === 'i') && operands.length === 0) return run.fail('no input files', 4);
    const utf8 = isUtf8(run.process);
    try {
      const quiet = run.has('n') || /^#n(\n|$)/.test(pieces[0]!.text);
      const script = parseScript(pieces, {
        extended: run.has('E') || run.has('r'),
        posix: run.has('posix'),
        multiline: !run.has('z'),
        sandbox: run.has('sandbox'),
        utf8,
      });
      const editor = new Editor(run, script, {
        quiet,
        inPlace: run.options.some(([k]) => k === 'i'),
        suffix: run.value('i') ?? '',
        separate: run.has('s') || run.has('i'),
        delimiter: run.has('z') ? '\0' : '\n',
        utf8,
        lineLength: Number(run.value('l') ?? 70),
      });
      return await editor.run(operands.length ? operands : ['-']);
    } catch (error) {
      if (error instanceof ScriptError)
        throw new Failure(error.message, error.message.startsWith("can't find label") ? 4 : 1);
      throw error;
    }
  },
});
