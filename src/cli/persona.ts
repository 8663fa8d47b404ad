// `kansatsuki persona build`: makes a persona's image from a real root folder, or from one that debootstrap makes.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { Failure } from './failure.ts';
import { setup } from './options.ts';
import { printJson, printLine } from './print.ts';

export function persona(): Command {
  const command = new Command('persona').description('the machines that attackers see');
  command.addCommand(
    new Command('build')
      .description('make image.bin and NOTICE of a persona')
      .argument('<source>', 'root folder of a Debian system, or debootstrap:SUITE[/ARCHITECTURE] to make one (root)')
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
          : buildPersona(source, folder);
        if (json) printJson(built);
        else if (!quiet) printLine(`${join(folder, 'image.bin')}: ${built.entries} entries, ${built.bytes} bytes`);
      }),
  );
  return command;
}
