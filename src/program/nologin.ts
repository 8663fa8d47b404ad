// nologin (shadow's, Debian 12): the shell of those who may not log in.
import type { Process } from '../machine/machine.ts';
import { tryTo } from './failure.ts';

export const names = ['nologin'];

export async function main(process: Process): Promise<number> {
  await process.out(tryTo(() => process.readFile('/etc/nologin.txt')) ?? 'This account is currently not available.\n');
  return 1;
}
