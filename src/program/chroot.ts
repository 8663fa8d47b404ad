// chroot (GNU coreutils): another root folder. A new root without programs of its own ends as it does on a real machine.
import { errnoOf, reason, tryTo } from './failure.ts';
import { gnu } from './program.ts';
import { quote, quoteAlways } from './quote.ts';
import { runCommand } from './run-command.ts';

export const names = ['chroot'];

export const main = gnu({
  short: '+',
  long: { 'groups=': 'groups', 'userspec=': 'userspec', 'skip-chdir': 'skip' },
  failure: 125,
  usage: '[OPTION] NEWROOT [COMMAND [ARG]...]',
  async run(run) {
    const { process } = run;
    const [root, ...command] = run.operands;
    if (root === undefined) return run.wrongUse('missing operand');
    const target = tryTo(() => process.files.realpath(root));
    if (run.has('skip') && target !== '/')
      return run.wrongUse(`option --skip-chdir only permitted if NEWROOT is old ${quote(process, '/')}`);
    try {
      if (process.files.stat(root).type !== 'directory')
        return run.fail(`cannot change root directory to ${quoteAlways(root)}: Not a directory`);
    } catch (error) {
      return run.fail(`cannot change root directory to ${quoteAlways(root)}: ${reason(error)}`);
    }
    if (process.credentials.euid !== 0)
      return run.fail(`cannot change root directory to ${quoteAlways(root)}: Operation not permitted`);
    const argv = command.length > 0 ? command : [process.environment.get('SHELL') || '/bin/sh', '-i'];
    const name = argv[0]!;
    if (target !== '/') {
      // What is in there were copies of the machine's own programs: their libraries are missing.
      const path = `${target}${name.startsWith('/') ? '' : '/bin/'}${name}`;
      if (!tryTo(() => process.files.stat(`${target}/lib64`)) || !tryTo(() => process.files.stat(path)))
        return run.fail(`failed to run command ${quote(process, name)}: No such file or directory`, 127);
    }
    try {
      return await runCommand(process, argv, { cwd: run.has('skip') ? process.cwd : '/' });
    } catch (error) {
      const missing = errnoOf(error) === 'ENOENT';
      return run.fail(`failed to run command ${quote(process, name)}: ${reason(error)}`, missing ? 127 : 126);
    }
  },
});
