// The options that every command has, and what follows from them: the configuration, the language, where to write.
import { type Command, Option } from 'commander';
import { loadConfig, type Settings } from '../config/load.ts';
import type { Lang } from '../config/problem.ts';
import { type Texts, texts } from './texts.ts';

export interface Setup extends Settings {
  lang: Lang;
  json: boolean;
  quiet: boolean;
  texts: Texts;
}

/** Options that set a key of the configuration: the option's name and the key's path. */
const SETTING: Record<string, string> = {
  ssh: 'sensor.ssh',
  telnet: 'sensor.telnet',
  persona: 'sensor.persona',
  web: 'web.listen',
  follow: 'observe.follow',
};

/** Adds the common options; they are understood before and after the command's name. */
export function withCommonOptions(command: Command): Command {
  return command
    .addOption(new Option('--config <file>', 'configuration file'))
    .addOption(new Option('--data <dir>', 'data directory (default: ./kansatsuki-data)'))
    .addOption(new Option('--json', 'answer in JSON'))
    .addOption(new Option('--lang <language>', 'language of the answer').choices(['en', 'ja']))
    .addOption(new Option('--quiet', 'say nothing but results and errors'));
}

export const sensorOptions = (command: Command): Command =>
  command
    .option('--ssh <address:port>', 'where SSH listens, or off')
    .option('--telnet <address:port>', 'where Telnet listens, or off')
    .option('--persona <name>', 'the machine attackers see');

export const webOption = (command: Command): Command =>
  command.option('--web <address:port>', 'where the dashboard listens, or off');

export const followOption = (command: Command): Command =>
  command.option(
    '--follow <dir>',
    'follow the logs of another Cowrie, too (may be given several times)',
    (path: string, before: string[] = []) => [...before, path],
  );

/** Reads the configuration for a command. @throws ConfigError */
export function setup(command: Command): Setup {
  const options = command.optsWithGlobals<Record<string, string | string[] | boolean | undefined>>();
  const settings = loadConfig({
    file: options['config'] as string | undefined,
    data: options['data'] as string | undefined,
    env: process.env,
    cwd: process.cwd(),
    options: Object.entries(SETTING).flatMap(([name, path]) => {
      const value = options[name];
      if (Array.isArray(value)) return [{ path, name: `--${name}`, value: value.map((one) => `${one}\0`).join('') }];
      return typeof value === 'string' ? [{ path, name: `--${name}`, value }] : [];
    }),
  });
  const lang = (options['lang'] as Lang | undefined) ?? settings.config.web.language;
  return { ...settings, lang, json: options['json'] === true, quiet: options['quiet'] === true, texts: texts(lang) };
}

/** The language asked for on the command line, for errors that come before a configuration could be read. */
export function languageOf(argv: readonly string[]): Lang {
  const at = argv.findIndex((word) => word === '--lang' || word.startsWith('--lang='));
  const value = at < 0 ? undefined : argv[at]!.includes('=') ? argv[at]!.split('=')[1] : argv[at + 1];
  return value === 'ja' ? 'ja' : 'en';
}
