// getconf (glibc 2.36): configuration values; those of the computer itself come from the machine.
import type { Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';

export const names = ['getconf'];

const USAGE = 'Usage: getconf [-v specification] variable_name [pathname]\n       getconf -a [pathname]\n';

/** Name and value of every variable, as the real program lists them. */
function variables(process: Process): [string, string][] {
  const { identity } = process.machine;
  const free = /^MemFree:\s+(\d+)/m.exec(process.readFile('/proc/meminfo'))?.[1] ?? '0';
  const total = /^MemTotal:\s+(\d+)/m.exec(process.readFile('/proc/meminfo'))?.[1] ?? '0';
  const own: Record<string, string> = {
    _NPROCESSORS_CONF: String(identity.cpuCount),
    _NPROCESSORS_ONLN: String(identity.cpuCount),
    _PHYS_PAGES: String(Math.floor(Number(total) / 4)),
    _AVPHYS_PAGES: String(Math.floor(Number(free) / 4)),
    LONG_BIT: identity.architecture === 'x86_64' || identity.architecture === 'aarch64' ? '64' : '32',
  };
  const text = recordedRun(process, 'getconf', '-a')?.stdout ?? '';
  if (text === '')
    return Object.entries({
      ...own,
      PAGE_SIZE: '4096',
      PAGESIZE: '4096',
      ARG_MAX: '2097152',
      OPEN_MAX: '1024',
      PATH_MAX: '4096',
      CLK_TCK: '100',
    });
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, name = '', value = ''] = /^(\S+)\s*(.*)$/.exec(line)!;
      return [name, own[name] ?? value];
    });
}

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  if (args[0] === '-v') args.splice(0, 2);
  if (args[0] === '-a') {
    for (const [name, value] of variables(process)) await process.out(`${name.padEnd(34)} ${value}\n`);
    return 0;
  }
  const [name, , extra] = args;
  if (name === undefined || extra !== undefined) {
    await process.err(USAGE);
    return 2;
  }
  const found = variables(process).find(
    ([other]) => other === name || other === `_POSIX_${name}` || other === name.replace(/^_POSIX_/, ''),
  );
  if (!found) {
    await process.err(`getconf: Unrecognized variable \`${name}'\n`);
    return 2;
  }
  await process.out(`${found[1] === '' ? 'undefined' : found[1]}\n`);
  return 0;
}
