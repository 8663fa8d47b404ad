// The `kansatsuki` command: registers one builder a command and turns every failure into one sentence and an exit code.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { ConfigError, problemText } from '../config/problem.ts';
import { backup } from './backup.ts';
import { check } from './check.ts';
import { diary } from './diary.ts';
import { doctor } from './doctor.ts';
import { exportOut } from './export.ts';
import { Failure, systemSentence } from './failure.ts';
import { gaps } from './gaps.ts';
import { geo } from './geo.ts';
import { health } from './health.ts';
import { importLogs } from './import.ts';
import { init } from './init.ts';
import { mask } from './mask.ts';
import { observe } from './observe.ts';
import { languageOf, withCommonOptions } from './options.ts';
import { persona } from './persona.ts';
import { replay } from './replay.ts';
import { report } from './report.ts';
import { restore } from './restore.ts';
import { rules } from './rules.ts';
import { sensor } from './sensor.ts';
import { sql } from './sql.ts';
import { today } from './today.ts';
import { up } from './up.ts';
import { verify } from './verify.ts';

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
  version: string;
};

const program = withCommonOptions(new Command('kansatsuki'))
  .description('A honeypot that keeps its own diary.')
  .version(version, '--version', 'print the version')
  .showSuggestionAfterError()
  .enablePositionalOptions();

const builders = [
  up,
  sensor,
  observe,
  importLogs,
  report,
  diary,
  today,
  replay,
  mask,
  exportOut,
  sql,
  gaps,
  geo,
  persona,
  rules,
  check,
  init,
  doctor,
  health,
  backup,
  restore,
  verify,
];
for (const build of builders) program.addCommand(build());
for (const command of family(program)) {
  if (command !== program) withCommonOptions(command);
  command
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`kansatsuki: ${text.replace(/^error: /, '')}`) });
}

// `kansatsuki report | head` closes the pipe early: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

if (process.argv.length <= 2) program.outputHelp();
else await program.parseAsync().catch(end);

function family(command: Command): Command[] {
  return [command, ...command.commands.flatMap(family)];
}

function end(error: unknown): void {
  if (error instanceof CommanderError) {
    // Commander has printed the help, the version or the sentence already.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return;
  }
  if (process.env['KANSATSUKI_DEBUG']) console.error(error);
  if (error instanceof ConfigError) {
    const lang = languageOf(process.argv);
    for (const problem of error.problems) console.error(`kansatsuki: ${problemText(problem, lang)}`);
    process.exitCode = 2;
    return;
  }
  const sentence = error instanceof Error ? (systemSentence(error) ?? error.message) : String(error);
  console.error(`kansatsuki: ${sentence}`);
  process.exitCode = error instanceof Failure ? error.code : 1;
}
