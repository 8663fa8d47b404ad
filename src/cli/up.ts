// `kansatsuki up`: settles the configuration, then becomes the supervisor.
import { join } from 'node:path';
import { Command } from 'commander';
import { SMALL } from './child.ts';
import { prepare } from './datadir.ts';
import { followOption, sensorOptions, setup, webOption } from './options.ts';
import { RESOLVED } from './resolved.ts';
import { activatedSockets } from './socket-activation.ts';
import { type Supervised, supervise } from './supervisor.ts';

export function up(): Command {
  return followOption(webOption(sensorOptions(new Command('up'))))
    .description('start the sensor and the observer, and watch them (what npm start does)')
    .action(async (_, command: Command) => {
      const settings = setup(command);
      const { lang, quiet } = settings;
      const sockets = activatedSockets(process.env, process.pid);
      const supervised: Supervised = { ...prepare(settings), sockets, lang, quiet };
      // What reads a configuration takes 25 MB, which the supervisor would keep for months; but Node closes passed sockets on exec.
      if (sockets.length === 0) startAfresh(supervised);
      process.exitCode = await supervise(supervised);
    });
}

/** Becomes a process of the supervisor alone, under the same process id. Does not return. */
function startAfresh(supervised: Supervised): void {
  const file = `supervisor-process.${import.meta.filename.endsWith('.ts') ? 'ts' : 'js'}`;
  const command = [...SMALL, '--disable-warning=ExperimentalWarning', join(import.meta.dirname, file)];
  process.execve!(process.execPath, [process.execPath, ...command], {
    ...process.env,
    [RESOLVED]: JSON.stringify(supervised),
  });
}
