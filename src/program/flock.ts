// flock (util-linux 2.38.1): runs a command while holding a lock; nobody else holds one in this machine.
import { reason, tryTo } from './failure.ts';
import { gnu } from './program.ts';
import { runCommand } from './run-command.ts';

export const names = ['flock'];

export const main = gnu({
  short: '+sexnuw:oFc:E:Vh',
  long: {
    shared: 's',
    exclusive: 'x',
    unlock: 'u',
    nonblock: 'n',
    nb: 'n',
    'wait=': 'w',
    'timeout=': 'w',
    close: 'o',
    'no-fork': 'F',
    'command=': 'c',
    'conflict-exit-code=': 'E',
    verbose: 'verbose',
  },
  failure: 64,
  usage: '[options] <file>|<directory> <command> [<argument>...]',
  release: 'util-linux 2.38.1',
  async run(run) {
    const { process } = run;
    const [file, ...words] = run.operands;
    if (file === undefined) return run.fail('requires file descriptor, file or directory', 64);
    let command = words;
    if (words[0] === '-c' || words[0] === '--command') command = ['/bin/sh', '-c', words[1] ?? ''];
    if (command.length === 0) {
      if (!/^\d+$/.test(file)) return run.fail(`bad file descriptor: '${file}'`, 64);
      return process.descriptors.has(Number(file)) ? 0 : run.fail(`${file}: Bad file descriptor`, 65);
    }
    try {
      const folder = tryTo(() => process.files.stat(file))?.type === 'directory';
      process.close(process.open(file, folder ? { read: true, directory: true } : { read: true, create: true }, 0o666));
    } catch (error) {
      return run.fail(`cannot open lock file ${file}: ${reason(error)}`, 66);
    }
    try {
      return await runCommand(process, command);
    } catch (error) {
      return run.fail(`failed to execute ${command[0]}: ${reason(error)}`, 69);
    }
  },
});
