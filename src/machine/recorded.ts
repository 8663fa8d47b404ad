// What real programs say that is always the same (--help, --version, wrong options), as the persona's texts.json has it.
import type { Bytes, Main, Process } from './machine.ts';

/** One recorded run: what came out and the exit status. */
export interface RecordedRun {
  status: number;
  stdout?: Bytes;
  stderr?: Bytes;
}

/** By the only argument (`''`: none; `-@` and `--zzz`: an option that does not exist); a text names another argument with the same outcome. */
export type RecordedRuns = Readonly<Record<string, RecordedRun | string>>;

/** The recorded run of a program with one argument or none, its name replaced by how it was called. */
export function recordedRun(process: Process, name: string, argument: string): RecordedRun | undefined {
  const runs = process.machine.persona.texts.get(name);
  let run = runs?.[argument];
  if (typeof run === 'string') run = runs?.[run];
  if (typeof run !== 'object') return undefined;
  const called = process.argv[0] ?? name;
  // --version tells the program's own name, whatever it was called.
  if (called === name || argument === '--version') return run;
  const rename = (text: Bytes) =>
    text
      .replace(/^(Usage: |usage: )?([^\s:]+)(?=[: ])/gm, (all, usage = '', word) =>
        word === name ? `${usage}${called}` : all,
      )
      .replaceAll(`'${name} --`, () => `'${called} --`);
  return { ...run, stdout: rename(run.stdout ?? ''), stderr: rename(run.stderr ?? '') };
}

/** Does this text of --help speak of an option? */
function hasOption(process: Process, name: string, option: string): boolean {
  const help = ['--help', '-h', '-?', '']
    .map((argument) => recordedRun(process, name, argument))
    .map((run) => (run?.stdout ?? '') + (run?.stderr ?? ''))
    .join('\n');
  const escaped = option.replace(/[^A-Za-z0-9-]/g, '\\$&');
  return new RegExp(`(?:^|[\\s,|/(<\\[])${escaped}(?![A-Za-z0-9-])`, 'm').test(help);
}

/**
 * A program of the persona that exists only in what it says: its recorded texts, and its complaint about an option that it does
 * not have. Anything else ends quietly, and the operator hears of a gap.
 */
export function recorded(canonical: string): Main {
  return async (process) => {
    const called = (process.argv[0] ?? '').replace(/^.*\//, '');
    const name = process.machine.persona.texts.has(called) ? called : canonical;
    const args = process.argv.slice(1);
    const play = async (run: RecordedRun) => {
      if (run.stdout) await process.out(run.stdout);
      if (run.stderr) await process.err(run.stderr);
      return run.status;
    };
    if (args.length === 0) {
      const run = recordedRun(process, name, '');
      if (run) return play(run);
    }
    for (const argument of args) {
      if (argument === '--') break;
      if (/^(--help|--version|-h|-V|-\?)$/.test(argument)) {
        const run = recordedRun(process, name, argument);
        if (run) return play(run);
      }
      const long = /^--([A-Za-z0-9][\w-]*)/.exec(argument)?.[1];
      const letter = /^-([A-Za-z0-9])/.exec(argument)?.[1];
      const wrong = long
        ? !hasOption(process, name, `--${long}`) && recordedRun(process, name, '--zzz')
        : letter && !hasOption(process, name, `-${letter}`) && recordedRun(process, name, '-@');
      if (!wrong) continue;
      const put = (text: Bytes = '') =>
        long ? text.replaceAll('zzz', long) : text.replace(/-@|'@'|-- @/, (place) => place.replace('@', letter!));
      return play({ status: wrong.status, stdout: put(wrong.stdout), stderr: put(wrong.stderr) });
    }
    process.witness.gap(name, args[0]);
    return 0;
  };
}
