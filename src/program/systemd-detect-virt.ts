// systemd-detect-virt (systemd 252): what the machine runs on.
import type { Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';

export const names = ['systemd-detect-virt'];

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const quiet = args.some((word) => /^(-q|--quiet)$/.test(word));
  for (const word of args) {
    if (/^(-h|--help|--version|--list)$/.test(word)) {
      await process.out(recordedRun(process, 'systemd-detect-virt', word === '-h' ? '--help' : word)?.stdout ?? '');
      return 0;
    }
    if (/^(-r|--chroot|--private-users)$/.test(word)) return 1;
  }
  const containers = args.some((word) => /^(-c|--container)$/.test(word));
  const found = (containers ? undefined : process.machine.persona.facts.platform?.virtualization) ?? 'none';
  if (!quiet) await process.out(`${found}\n`);
  return found === 'none' ? 1 : 0;
}
