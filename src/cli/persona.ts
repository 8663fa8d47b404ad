// `kansatsuki persona`: lists personas and SSH profiles, makes a persona's image from a real root folder, and asks an SSH server what it is.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Facts } from '../machine/persona.ts';
import { loadProfile } from '../wire/ssh/profile.ts';
import { Failure, systemSentence } from './failure.ts';
import { setup } from './options.ts';
import { personaNames, personasFolder, profileNames } from './personas.ts';
import { printJson, printLine, table } from './print.ts';

export function persona(): Command {
  const command = new Command('persona').description('the machines that attackers see');
  command.addCommand(
    new Command('build')
      .description('make image.bin and NOTICE of a persona')
      .argument(
        '<source>',
        'root folder of a machine, debootstrap:SUITE[/ARCHITECTURE] to make one (root), or none: all is in additions.json',
      )
      .argument('<folder>', 'the persona: persona.json and additions.json; packages.txt for debootstrap')
      .option('--mirror <url>', 'for debootstrap')
      .action(async (source: string, folder: string, { mirror }: { mirror?: string }, build: Command) => {
        const { json, quiet } = setup(build);
        const { buildPersona } = await import('./persona/build.ts');
        const { packagesOf, parseRecipe, withDebootstrap } = await import('./persona/debootstrap.ts');
        for (const file of ['persona.json', 'additions.json'])
          if (!existsSync(join(folder, file))) throw new Failure(`${join(folder, file)} is missing.`, 2);
        const recipe = parseRecipe(source);
        const built = recipe
          ? withDebootstrap({ ...recipe, packages: packagesOf(folder), ...(mirror ? { mirror } : {}) }, (root) =>
              buildPersona(root, folder),
            )
          : buildPersona(source === 'none' ? undefined : source, folder);
        if (json) printJson(built);
        else if (!quiet) printLine(`${join(folder, 'image.bin')}: ${built.entries} entries, ${built.bytes} bytes`);
      }),
  );
  command.addCommand(
    new Command('list')
      .description('the personas, and the SSH servers that they can be')
      .action((_: object, list: Command) => {
        const { json, texts, config } = setup(list);
        const personas = personaNames().map((name) => {
          const facts = JSON.parse(readFileSync(join(personasFolder, name, 'persona.json'), 'utf8')) as Facts;
          return { name, title: facts.title, ssh: facts.ssh };
        });
        const profiles = profileNames('ssh').map((name) => {
          const { ident, hostKeys } = loadProfile(join(personasFolder, 'ssh', `${name}.json`));
          return { name, ident, hostKeys: Object.keys(hostKeys) };
        });
        if (json) return printJson({ personas, profiles });
        const { persona, ssh_profile } = config.sensor;
        const mine = (name: string, chosen: boolean) => `${chosen ? '*' : ' '} ${name}`;
        const used = ssh_profile || personas.find(({ name }) => name === persona)?.ssh;
        process.stdout.write(
          table(
            [texts.personaName, texts.personaTitle, texts.personaSsh],
            personas.map(({ name, title, ssh }) => [mine(name, name === persona), title, ssh]),
          ),
        );
        printLine();
        process.stdout.write(
          table(
            [texts.personaSsh, texts.personaIdent, texts.personaKeys],
            profiles.map(({ name, ident, hostKeys }) => [mine(name, name === used), ident, hostKeys.join(', ')]),
          ),
        );
      }),
  );
  command.addCommand(
    new Command('probe')
      .description('ask an SSH server of yours what it is, and print the profile that a client can see')
      .argument('<host:port>', 'HOST, HOST:PORT or [IPV6]:PORT')
      .action(async (target: string, _: object, command: Command) => {
        const { json, quiet, texts } = setup(command);
        const parts = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:\s]+))(?::(\d{1,5}))?$/.exec(target);
        const port = Number(parts?.[3] ?? 22);
        if (!parts || port < 1 || port > 65_535) throw new Failure(texts.probeTarget(target), 2);
        const { probe, UNSEEN } = await import('./persona/probe.ts');
        const { seen, remarks } = await probe(parts[1] ?? parts[2]!, port).catch((error: Error) => {
          throw new Failure(`${target}: ${systemSentence(error) ?? error.message}`);
        });
        if (json) return printJson({ seen, unseen: UNSEEN, remarks });
        printLine(JSON.stringify(seen, null, 2));
        if (quiet) return;
        for (const remark of remarks) console.error(texts.probeRemark(remark));
        console.error(texts.probeUnseen(UNSEEN.join(', ')));
      }),
  );
  return command;
}
