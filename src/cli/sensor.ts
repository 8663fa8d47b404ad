// `kansatsuki sensor`: the sensor alone. The command settles the configuration, then becomes the unprivileged process.
import { Command } from 'commander';
import { become } from './become.ts';
import { prepare } from './datadir.ts';
import { sensorOptions, setup } from './options.ts';

export function sensor(): Command {
  return sensorOptions(new Command('sensor'))
    .description('run the sensor alone: SSH and Telnet, writing the journal')
    .action(async (_, command: Command) => {
      process.exitCode = await become('sensor', prepare(setup(command)));
    });
}
