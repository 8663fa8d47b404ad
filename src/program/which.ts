// which (debianutils): where a command is found.
import type { Process } from '../machine/machine.ts';
import { tryTo } from './failure.ts';
import { findCommand } from './run-command.ts';

export const names = ['which', 'which.debianutils'];

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  let all = false;
  while (args[0]?.startsWith('-')) {
    const option = args.shift()!;
    if (option === '--') break;
    for (const letter of option.slice(1)) {
      if (letter === 'a') all = true;
      else {
        await process.err(`Illegal option -${letter}\n`);
        await process.out(`Usage: ${findCommand(process, process.argv[0] ?? 'which')} [-a] args\n`);
        return 2;
      }
    }
  }
  let missing = args.length === 0;
  for (const name of args) {
    const candidates = name.includes('/')
      ? [name]
      : (process.environment.get('PATH') ?? '').split(':').map((d) => `${d || '.'}/${name}`);
    let found = false;
    for (const path of candidates) {
      if (tryTo(() => process.files.stat(path))?.type !== 'file' || !process.files.access(path, 1)) continue;
      await process.out(`${path}\n`);
      found = true;
      if (!all) break;
    }
    if (!found) missing = true;
  }
  return missing ? 1 : 0;
}
