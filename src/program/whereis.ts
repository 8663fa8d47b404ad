// whereis (util-linux 2.38.1): where a command's binary, source and manual page are.
import type { Process } from '../machine/machine.ts';
import { tryTo } from './failure.ts';
import { gnu } from './program.ts';

export const names = ['whereis'];

const BINARIES = [
  '/usr/bin',
  '/usr/sbin',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib',
  '/usr/lib64',
  '/etc',
  '/usr/games',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/usr/local/etc',
  '/usr/local/lib',
  '/usr/local/games',
  '/usr/include',
  '/usr/local',
  '/usr/libexec',
  '/usr/share',
];
const MANUALS = Array.from({ length: 8 }, (_, i) => `/usr/share/man/man${i + 1}`);

export const main = gnu({
  short: '+bmsuB:M:S:flgV',
  usage: '[options] [-BMS <dir>... -f] <name>',
  release: 'util-linux 2.38.1',
  run(run) {
    const { process } = run;
    if (run.operands.length === 0) return run.fail('not enough arguments');
    const only = ['b', 'm', 's'].some((key) => run.has(key));
    for (const operand of run.operands) {
      const name = operand.slice(operand.lastIndexOf('/') + 1);
      const found = [
        ...(run.has('b') || !only ? inFolders(process, BINARIES, name) : []),
        ...(run.has('m') || !only ? inFolders(process, MANUALS, name) : []),
      ];
      run.put(`${name}:${found.map((path) => ` ${path}`).join('')}\n`);
    }
    return 0;
  },
});

/** `NAME`, `NAME.1.gz`, `NAME.conf`: the name up to its first dot. */
function inFolders(process: Process, folders: readonly string[], name: string): string[] {
  return folders.flatMap((folder) =>
    (tryTo(() => process.files.readdir(folder)) ?? [])
      .filter(
        (entry) =>
          entry.name === name ||
          (entry.name.startsWith(`${name}.`) && /^\.(\w+|\dp?\w*\.gz|so[.\d]*)$/.test(entry.name.slice(name.length))),
      )
      .map((entry) => `${folder}/${entry.name}`),
  );
}
