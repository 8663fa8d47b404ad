// `kansatsuki mask`: hides every address and host name of a text or a log, from files or standard input to standard output.
import { once } from 'node:events';
import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Command, Option } from 'commander';
import { gate, hiddenHosts, knownIn, LeakError, masking, ownNames } from '../diary/share.ts';
import { type MaskOptions, type MaskStyle, maskText } from '../event/mask.ts';
import { openStore } from '../observatory/open.ts';
import { storePath } from '../observatory/place.ts';
import { Failure } from './failure.ts';
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
        const { config, dataDirectory, texts } = setup(command);
        const path = storePath(dataDirectory);
        const store = existsSync(path) ? openStore(path, { readOnly: true }) : undefined;
        const names = new Set(hiddenHosts([...ownNames(config.sensor.name), ...(options.host ?? [])]));
        const rules: MaskOptions = {
          ...masking(options.style ?? config.diary.mask, dataDirectory, [...names]),
          ...(store ? { known: knownIn(store) } : {}),
          defang: options.keepLinks !== true,
        };
        try {
          for (const file of files.length > 0 ? files : ['-']) {
            const input = file === '-' ? process.stdin : createReadStream(file);
            let number = 0;
            for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
              number++;
              for (const name of hiddenHosts(sensorsOf(line))) names.add(name);
              const hidden = { ...rules, hosts: [...names] };
              const masked = maskText(line, hidden);
              try {
                gate(masked, store, hidden);
              } catch (error) {
                if (!(error instanceof LeakError)) throw error;
                throw new Failure(texts.maskLeak(file, number, error.leaks.length), 1);
              }
              if (!process.stdout.write(`${masked}\n`)) await once(process.stdout, 'drain');
            }
          }
        } finally {
          store?.close();
        }
      },
    );
}

/** The name of the sensor that a line of `cowrie.json`, whole or cut out of it, gives. */
const sensorsOf = (line: string): string[] =>
  [...line.matchAll(/"sensor":\s*"([^"\\]{1,255})"/g)].map(([, name]) => name!);
