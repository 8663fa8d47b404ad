// printenv (GNU coreutils): environment variables.
import { gnu } from './program.ts';

export const names = ['printenv'];

export const main = gnu({
  short: '+0',
  long: { null: '0' },
  failure: 2,
  usage: '[OPTION]... [VARIABLE]...',
  run(run) {
    const end = run.has('0') ? '\0' : '\n';
    const { environment } = run.process;
    if (run.operands.length === 0) for (const [name, value] of environment) run.put(`${name}=${value}${end}`);
    let missing = false;
    for (const name of run.operands) {
      const value = environment.get(name);
      if (value === undefined) missing = true;
      else run.put(value + end);
    }
    return missing ? 1 : 0;
  },
});
