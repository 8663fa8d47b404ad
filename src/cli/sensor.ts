// `kansatsuki sensor`: the sensor alone. The command settles the configuration, then becomes the unprivileged process.
import { Command } from 'commander';
import { sensorArguments } from './child.ts';
import { prepare } from './datadir.ts';
import { sensorOptions, setup } from './options.ts';
import { RESOLVED } from './resolved.ts';

export function sensor(): Command {
  return sensorOptions(new Command('sensor'))
    .description('run the sensor alone: SSH and Telnet, writing the journal')
    .action((_, command: Command) => {
      const resolved = prepare(setup(command));
      const environment = { ...process.env, [RESOLVED]: JSON.stringify(resolved) };
      process.execve!(process.execPath, [process.execPath, ...sensorArguments(resolved)], environment);
    });
}
