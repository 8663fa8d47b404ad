// `kansatsuki observe`: the observer alone, beside a sensor or over the logs of any Cowrie.
import { Command } from 'commander';
import { become } from './become.ts';
import { prepare } from './datadir.ts';
import { followOption, setup, webOption } from './options.ts';

export function observe(): Command {
  return followOption(webOption(new Command('observe')))
    .description('run the observer alone: follow the journal, store it, show it')
    .action(async (_, command: Command) => {
      process.exitCode = await become('observer', prepare(setup(command)));
    });
}
