// `kansatsuki mask`: hides every address and host name of a text or a log, from files or standard input to standard output.
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { hostname } from 'node:os';
import { createInterface } from 'node:readline';
import { Command, Option } from 'commander';
import { hiddenHosts, masking } from '../diary/share.ts';
import { type MaskStyle, maskText } from '../event/mask.ts';
import { setup } from './options.ts';

export function mask(): Command {
  return new Command('mask')
    .description('hide the addresses and host names of a text or a log')
    .argument('[file...]', 'files to read; none or - for standard input')
    .addOption(new Option('--style <style>', 'how addresses are hidden').choices(['circles', 'network', 'alias']))
    .option('--host <name...>', 'names to hide besides the name of this host')
    .option('--keep-links', 'leave links as they are')
    .action(
      async (
        files: string[],
        options: { style?: MaskStyle; host?: string[]; keepLinks?: boolean },
        command: Command,
      ) => {
        const { config, dataDirectory } = setup(command);
        const hosts = hiddenHosts([hostname(), config.sensor.name, ...(options.host ?? [])]);
        const rules = {
          ...masking(options.style ?? config.diary.mask, dataDirectory, hosts),
          defang: options.keepLinks !== true,
        };
        for (const file of files.length > 0 ? files : ['-']) {
          const input = file === '-' ? process.stdin : createReadStream(file);
          const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
          for await (const line of lines)
            if (!process.stdout.write(`${maskText(line, rules)}\n`)) await once(process.stdout, 'drain');
        }
      },
    );
}
