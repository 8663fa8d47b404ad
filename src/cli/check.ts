// `kansatsuki check`: reads the configuration and the userdb, names every mistake with its line and its fix, and says what `up` would do.
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Command } from 'commander';
import { keys } from '../config/keys.ts';
import { listensOf, personasOf } from '../config/listen.ts';
import { scannersPath } from '../observatory/place.ts';
import { openGazetteer } from './atlas.ts';
import { knowledgeOf } from './knowledge.ts';
import { type Setup, sensorOptions, setup, webOption } from './options.ts';
import { personaNames, profileNames } from './personas.ts';
import { printJson, printLine } from './print.ts';

export function check(): Command {
  return webOption(sensorOptions(new Command('check')))
    .description('check the configuration and say what it means')
    .action(async (_, command: Command) => {
      const found = setup(command);
      const { json, quiet, texts } = found;
      const userdb = await checkUserdb(found);
      const problems = [
        ...userdb.problems,
        ...checkPersona(found),
        ...checkListeners(found),
        ...(await checkGeo(found)),
        ...(await checkRules(found)),
      ];
      if (json) printJson({ file: found.file, problems, ...plan(found) });
      else {
        if (!quiet) {
          printLine(found.file ? texts.checkGood(shown(found.file)) : texts.checkNoFile);
          for (const line of userdb.said) printLine(line);
        }
        for (const problem of problems) console.error(`kansatsuki: ${problem}`);
        if (!quiet && problems.length === 0) for (const line of planLines(found)) printLine(line);
      }
      if (problems.length > 0) process.exitCode = 2;
    });
}

const shown = (path: string): string => {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') || short === '' ? path : short;
};

async function checkUserdb({ config, dataDirectory, texts }: Setup): Promise<{ said: string[]; problems: string[] }> {
  const file = config.auth.userdb || join(dataDirectory, 'etc/userdb.txt');
  if (!existsSync(file))
    return config.auth.userdb
      ? { said: [], problems: [texts.checkUserdbMissing(file)] }
      : { said: [texts.checkUserdbDefault(shown(file))], problems: [] };
  const { parseUserdb } = await import('../sensor/userdb.ts');
  const found = parseUserdb(readFileSync(file, 'latin1'));
  if (!('count' in found)) {
    const where = found.line > 0 ? `${shown(file)}:${found.line}` : shown(file);
    return { said: [], problems: [`${where}: ${found.reason}`] };
  }
  return {
    said: [
      texts.checkUserdb(shown(file), found.count),
      ...found.skipped.map(({ line, reason }) => `${shown(file)}:${line}: ${reason}`),
    ],
    problems: [],
  };
}

/** The operator's own rules. */
async function checkRules({ config, dataDirectory }: Setup): Promise<string[]> {
  try {
    await knowledgeOf(config, dataDirectory);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** Databases of addresses and the list of scanners, where the operator has his own. */
async function checkGeo({ config, dataDirectory }: Setup): Promise<string[]> {
  if (config.geo.files.length === 0 && !existsSync(scannersPath(dataDirectory))) return [];
  return (await openGazetteer(config, dataDirectory)).troubles;
}

function checkPersona({ config, texts }: Setup): string[] {
  const { persona, ssh, telnet, ssh_profile, telnet_profile } = config.sensor;
  const machines = personaNames();
  const profiles = profileNames('ssh');
  const daemons = profileNames('telnet');
  const named = { persona: personasOf(persona), ssh: namedBy(ssh), telnet: namedBy(telnet) };
  return [
    ...Object.entries(named).flatMap(([key, names]) =>
      names
        .filter((name) => !machines.includes(name))
        .map((name) => texts.checkPersona(`sensor.${key}`, name, machines)),
    ),
    ...(ssh_profile === '' || profiles.includes(ssh_profile) ? [] : [texts.checkSshProfile(ssh_profile, profiles)]),
    ...(telnet_profile === '' || daemons.includes(telnet_profile)
      ? []
      : [texts.checkTelnetProfile(telnet_profile, daemons)]),
  ];
}

const namedBy = (listens: string | string[]): string[] => listensOf(listens).flatMap(({ personas }) => personas);

function checkListeners({ config, texts }: Setup): string[] {
  const wanted = [config.sensor.ssh, config.sensor.telnet].flat();
  return wanted.every((where) => where === 'off') ? [texts.checkNothingListens] : [];
}

function plan({ config, dataDirectory }: Setup) {
  const { ssh, telnet, persona } = config.sensor;
  return { ssh, telnet, persona, web: config.web.listen, dataDirectory };
}

function planLines({ config, dataDirectory, texts }: Setup): string[] {
  const where = (value: string | string[]) =>
    [value]
      .flat()
      .map((one) => (one === 'off' ? texts.checkOff : one))
      .join(', ');
  const changed = keys
    .filter(({ section, name, default: usual }) => {
      const value = (config as Record<string, Record<string, unknown>>)[section]?.[name];
      return JSON.stringify(value) !== JSON.stringify(usual);
    })
    .map(({ path }) => path);
  return [
    texts.checkPlan,
    `  ${texts.checkSsh(where(config.sensor.ssh))}`,
    `  ${texts.checkTelnet(where(config.sensor.telnet))}`,
    `  ${texts.checkWeb(where(config.web.listen))}`,
    `  ${texts.checkPersonaIs(config.sensor.persona)}`,
    `  ${texts.checkData(dataDirectory)}`,
    ...(changed.length > 0 ? [`  ${texts.checkChanged(changed.join(', '))}`] : []),
  ];
}
