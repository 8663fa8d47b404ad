// awk (mawk 1.3.4): scans and processes patterns; gawk and mawk by name.

import { SystemError } from '../machine/errno.ts';
import type { Bytes, Process } from '../machine/machine.ts';
import { Evaluator, RunError } from './awk/run.ts';
import { GrammarError, parseProgram } from './awk/syntax.ts';
import { reason } from './failure.ts';
import { calledAs } from './program.ts';

export const names = ['awk', 'mawk', 'gawk', 'nawk'];

const USAGE =
  'Usage: mawk [Options] [Program] [file ...]\n\nProgram:\n    The -f option value is the name of a file containing program text.\n    If no -f option is given, a "--" ends option processing; the following\n    parameters are the program text.\n\nOptions:\n    -f program-file  Program  text is read from file instead of from the\n                     command-line.  Multiple -f options are accepted.\n    -F value         sets the field separator, FS, to value.\n    -v var=value     assigns value to program variable var.\n    --               unambiguous end of options.\n\n    Implementation-specific options are prefixed with "-W".  They can be\n    abbreviated:\n\n    -W version       show version information and exit.\n    -W dump          show assembler-like listing of program and exit.\n    -W help          show this message and exit.\n    -W interactive   set unbuffered output, line-buffered input.\n    -W exec file     use file as program as well as last option.\n    -W random=number set initial random seed.\n    -W sprintf=number adjust size of sprintf buffer.\n    -W posix_space   do not consider "\\n" a space.\n    -W usage         show this message and exit.\n';

export async function main(process: Process): Promise<number> {
  const name = calledAs(process);
  const args = process.argv.slice(1);
  const assignments: Bytes[] = [];
  const sources: Bytes[] = [];
  const complain = async (text: Bytes) => {
    await process.err(`${name}: ${text}\n`);
    return 2;
  };
  while (args[0]?.startsWith('-') && args[0] !== '-') {
    const arg = args.shift()!;
    if (arg === '--') break;
    if (arg === '--version') {
      await process.out(
        'mawk 1.3.4 20200120\nCopyright 2008-2019,2020, Thomas E. Dickey\nCopyright 1991-1996,2014, Michael D. Brennan\n',
      );
      return 0;
    }
    const value = () => (arg.length > 2 ? arg.slice(2) : args.shift());
    if (arg.startsWith('-F')) assignments.push(`FS=${value() ?? ' '}`);
    else if (arg.startsWith('-v')) {
      const assignment = value() ?? '';
      if (!/^[A-Za-z_]\w*=/.test(assignment)) return complain(`improper assignment: -v ${assignment}`);
      assignments.push(assignment);
    } else if (arg.startsWith('-f')) {
      const file = value();
      if (file === undefined) return complain('option -f lacks argument');
      try {
        sources.push(file === '-' ? await process.readAll(0) : process.readFile(file));
      } catch (error) {
        return complain(`cannot open ${file} (${reason(error)})`);
      }
    } else if (arg.startsWith('-W')) {
      const word = value() ?? '';
      if (/^v/.test(word)) {
        await process.out(
          'mawk 1.3.4 20200120\nCopyright 2008-2019,2020, Thomas E. Dickey\nCopyright 1991-1996,2014, Michael D. Brennan\n\n',
        );
        await process.err(
          'random-funcs:       srandom/random\nregex-funcs:        internal\ncompiled limits:\nsprintf buffer      8192\nmaximum-integer     2147483647\n',
        );
        return 0;
      }
      if (/^[hu]/.test(word)) {
        await process.err(USAGE);
        return 0;
      }
    } else return complain(`not an option: ${arg}`);
  }
  if (sources.length === 0) {
    const source = args.shift();
    if (source === undefined) {
      await process.err(USAGE);
      return 0;
    }
    sources.push(source);
  }
  try {
    return await new Evaluator(process, name, parseProgram(sources.join('\n')), args, assignments).run();
  } catch (error) {
    if (error instanceof GrammarError || error instanceof RunError) return complain(error.message);
    if (error instanceof SystemError && error.errno === 'ENOMEM') return complain('out of memory');
    if (error instanceof SystemError && error.errno === 'EISDIR') return complain(`read error (${reason(error)})`);
    if (error instanceof SystemError) return complain(`cannot open (${reason(error)})`);
    throw error;
  }
}
