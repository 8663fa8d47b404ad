// `kansatsuki observe`: the observer alone, beside a sensor or over the logs of any Cowrie.
import { Command } from 'commander';
import { observerArguments } from './child.ts';
import { prepare } from './datadir.ts';
import { setup, webOption } from './options.ts';
import { RESOLVED } from './resolved.ts';

export function observe(): Command {
  return webOption(new Command('observe'))
    .description('run the observer alone: follow the journal, store it, show it')
    .action((_, command: Command) => {
      const resolved = prepare(setup(command));
      const environment = { ...process.env, [RESOLVED]: JSON.stringify(resolved) };
      process.execve!(process.execPath, [process.execPath, ...observerArguments()], environment);
    });
}
