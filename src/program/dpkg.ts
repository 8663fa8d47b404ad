// dpkg and dpkg-query (1.21.22): questions about installed packages; changes are refused as a locked database refuses them.
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { tryTo } from './failure.ts';
import { fnmatch } from './fnmatch.ts';
import { type Package, packages } from './packages.ts';
import { calledAs } from './program.ts';

export const names = ['dpkg', 'dpkg-query'];

export async function main(process: Process): Promise<number> {
  const called = calledAs(process);
  const args = process.argv.slice(1);
  const action = args.find(
    (arg) =>
      arg.startsWith('-') &&
      !/^--(no-pager|force|admindir|root|instdir)/.test(arg) &&
      arg !== '-f' &&
      !arg.startsWith('--showformat'),
  );
  const operands = args.filter((arg, i) => !arg.startsWith('-') && !/^-f$/.test(args[i - 1] ?? ''));
  const fault = async (message: string, status = 2) => {
    await process.err(`${called}: error: ${message}\n`);
    return status;
  };
  const hint =
    called === 'dpkg'
      ? "\nType dpkg --help for help about installing and deinstalling packages [*];\nUse 'apt' or 'aptitude' for user-friendly package management;\nType dpkg -Dhelp for a list of dpkg debug flag values;\nType dpkg --force-help for a list of forcing options;\nType dpkg-deb --help for help about manipulating *.deb files;\n\nOptions marked [*] produce a lot of output - pipe it through 'less' or 'more' !"
      : '\nUse --help for help about querying packages.';
  switch (action?.replace(/=.*/, '')) {
    case undefined: {
      const run = recordedRun(process, called, '');
      if (run?.stderr) {
        await process.err(run.stderr);
        return run.status;
      }
      return fault(`need an action option\n${hint}`);
    }
    case '-l':
    case '--list':
      return list(process, operands);
    case '-s':
    case '--status':
    case '-p':
    case '--print-avail':
      return status(process, called, operands);
    case '-L':
    case '--listfiles':
      return files(process, operands);
    case '-S':
    case '--search':
      return search(process, operands);
    case '-W':
    case '--show':
      return show(process, args, operands);
    case '--get-selections': {
      for (const { name, architecture, stanza } of packages(process))
        await process.out(`${shown(name, architecture, stanza)}\t${tabs(shown(name, architecture, stanza))}install\n`);
      return 0;
    }
    case '--print-architecture':
      await process.out('amd64\n');
      return 0;
    case '--print-foreign-architectures':
    case '-C':
    case '--audit':
    case '--clear-avail':
      return 0;
    case '--version':
    case '--help':
    case '-?':
      await process.out(recordedRun(process, called, action === '-?' ? '--help' : action!)?.stdout ?? '');
      return 0;
    case '--configure':
      if (operands.length === 0 && !args.includes('-a') && !args.includes('--pending'))
        return fault('--configure needs at least one package name argument');
      return 0;
    case '-a':
    case '--pending':
      return 0;
    case '-i':
    case '--install':
    case '--unpack':
      if (process.credentials.euid !== 0) return fault('requested operation requires superuser privilege');
      if (operands.length === 0)
        return fault(
          `${action === '-i' ? '--install' : action} needs at least one package archive file argument\n${hint}`,
        );
      for (const operand of operands) {
        if (tryTo(() => process.files.stat(operand))) {
          await process.err(
            `dpkg-deb: error: '${operand}' is not a Debian format archive\ndpkg: error processing archive ${operand} (--install):\n dpkg-deb --control subprocess returned error exit status 2\n`,
          );
        } else await process.err(`dpkg: error: cannot access archive '${operand}': No such file or directory\n`);
        if (!tryTo(() => process.files.stat(operand))) return 2;
      }
      await process.err(`Errors were encountered while processing:\n${operands.map((o) => ` ${o}\n`).join('')}`);
      return 1;
    case '-r':
    case '--remove':
    case '-P':
    case '--purge':
      if (process.credentials.euid !== 0) return fault('requested operation requires superuser privilege');
      for (const operand of operands)
        if (!packages(process).some(({ name }) => name === operand))
          await process.err(`dpkg: warning: ignoring request to remove ${operand} which isn't installed\n`);
        else {
          await process.err(
            `dpkg: dependency problems prevent removal of ${operand}:\n other packages depend on ${operand}.\n\ndpkg: error processing package ${operand} (--remove):\n dependency problems - not removing\nErrors were encountered while processing:\n ${operand}\n`,
          );
          return 1;
        }
      return 0;
    default: {
      const long = action!.startsWith('--');
      const run = recordedRun(process, called, long ? '--zzz' : '-@');
      if (!run) return fault(`unknown option ${action}\n${hint}`);
      const put = (text = '') => text.replaceAll(long ? '--zzz' : '-@', long ? action! : action!.slice(0, 2));
      if (run.stdout) await process.out(put(run.stdout));
      await process.err(put(run.stderr));
      return run.status;
    }
  }
}

const tabs = (name: string) => '\t'.repeat(Math.max(0, Math.ceil((47 - name.length) / 8) - 1));
/** `libc6:amd64` where the package may be installed for several architectures. */
const shown = (name: Bytes, architecture: Bytes, stanza: Bytes) =>
  /^Multi-Arch: same$/m.test(stanza) ? `${name}:${architecture}` : name;

function matching(process: Process, patterns: readonly Bytes[]): readonly Package[] {
  const all = packages(process);
  if (patterns.length === 0) return all;
  return all.filter((p) => patterns.some((pattern) => fnmatch(pattern.replace(/:\w+$/, ''), p.name)));
}

async function list(process: Process, operands: Bytes[]): Promise<number> {
  const rows = matching(process, operands);
  let result = 0;
  if (rows.length > 0) {
    const cells = rows.map(
      (p) => [shown(p.name, p.architecture, p.stanza), p.version, p.architecture, p.description] as const,
    );
    const columns = process.descriptors.get(1)?.terminal?.columns;
    const width = (i: 0 | 1 | 2, least: number) => Math.max(least, ...cells.map((row) => row[i].length));
    const widths = [width(0, 14), width(1, 12), width(2, 12)] as const;
    const room = columns
      ? Math.max(10, columns - widths[0] - widths[1] - widths[2] - 7)
      : Math.max(33, ...cells.map((row) => row[3].length));
    await process.out(
      `Desired=Unknown/Install/Remove/Purge/Hold\n| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend\n|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)\n||/ ${'Name'.padEnd(widths[0])} ${'Version'.padEnd(widths[1])} ${'Architecture'.padEnd(widths[2])} Description\n+++-${'='.repeat(widths[0])}-${'='.repeat(widths[1])}-${'='.repeat(widths[2])}-${'='.repeat(room)}\n`,
    );
    for (const [name, version, architecture, description] of cells)
      await process.out(
        `ii  ${name.padEnd(widths[0])} ${version.padEnd(widths[1])} ${architecture.padEnd(widths[2])} ${description.slice(0, room)}\n`,
      );
  }
  for (const pattern of operands)
    if (matching(process, [pattern]).length === 0) {
      await process.err(`dpkg-query: no packages found matching ${pattern}\n`);
      result = 1;
    }
  return result;
}

async function status(process: Process, called: string, operands: Bytes[]): Promise<number> {
  let result = 0;
  if (operands.length === 0) {
    if (called === 'dpkg-query' || called === 'dpkg') {
      await process.err(
        `dpkg-query: error: --status needs at least one package name argument\n\nUse --help for help about querying packages.\n`,
      );
      return 2;
    }
  }
  for (const [index, operand] of operands.entries()) {
    const one = packages(process).find(({ name }) => name === operand.replace(/:\w+$/, ''));
    if (index > 0) await process.out('\n');
    if (one) await process.out(`${one.stanza}\n`);
    else {
      await process.err(`dpkg-query: package '${operand}' is not installed and no information is available\n`);
      result = 1;
    }
  }
  if (result) await process.err('Use dpkg --info (= dpkg-deb --info) to examine archive files.\n');
  return result;
}

function fileList(process: Process, name: Bytes): Bytes | undefined {
  const base = name.replace(/:\w+$/, '');
  return (
    tryTo(() => process.readFile(`/var/lib/dpkg/info/${base}.list`)) ??
    tryTo(() => process.readFile(`/var/lib/dpkg/info/${base}:amd64.list`))
  );
}

async function files(process: Process, operands: Bytes[]): Promise<number> {
  let result = 0;
  for (const operand of operands) {
    const known = packages(process).some(({ name }) => name === operand.replace(/:\w+$/, ''));
    const text = known ? fileList(process, operand) : undefined;
    if (text !== undefined && /^(\/[^\n]*\n)+$/.test(text)) await process.out(text);
    else if (!known) {
      await process.err(
        `dpkg-query: package '${operand}' is not installed\nUse dpkg --contents (= dpkg-deb --contents) to list archive files contents.\n`,
      );
      result = 1;
    } else process.witness.gap('dpkg', '-L');
  }
  return result;
}

async function search(process: Process, operands: Bytes[]): Promise<number> {
  let result = 0;
  if (operands.length === 0) {
    await process.err(
      'dpkg-query: error: --search needs at least one file name pattern argument\n\nUse --help for help about querying packages.\n',
    );
    return 2;
  }
  for (const operand of operands) {
    let any = false;
    const pattern = /[*?[]/.test(operand) ? operand : operand.startsWith('/') ? operand : `*${operand}*`;
    for (const { name, architecture, stanza } of packages(process)) {
      const turn = process.step(50);
      if (turn) await turn;
      for (const path of (fileList(process, name) ?? '').split('\n'))
        if (path === pattern || (pattern !== operand && fnmatch(pattern, path))) {
          any = true;
          await process.out(`${shown(name, architecture, stanza)}: ${path}\n`);
        }
    }
    if (!any) {
      await process.err(`dpkg-query: no path found matching pattern ${operand}\n`);
      result = 1;
    }
  }
  return result;
}

async function show(process: Process, args: Bytes[], operands: Bytes[]): Promise<number> {
  const format =
    args.find((_, i) => args[i - 1] === '-f') ??
    args.find((arg) => /^(-f|--showformat)=/.test(arg))?.replace(/^[^=]*=/, '') ??
    '${binary:Package}\\t${Version}\\n';
  let result = 0;
  for (const one of matching(process, operands)) {
    const text = format.replace(
      /\$\{([^};]+)(?:;(-?\d+))?\}|\\(.)/g,
      (all, field: string | undefined, width: string | undefined, escape: string | undefined) => {
        if (escape !== undefined) return { n: '\n', t: '\t', '\\': '\\', r: '\r' }[escape] ?? all;
        const value =
          field === 'binary:Package'
            ? shown(one.name, one.architecture, one.stanza)
            : field === 'db:Status-Abbrev'
              ? 'ii '
              : field === 'db:Status-Status'
                ? 'installed'
                : field === 'binary:Summary'
                  ? one.description
                  : (new RegExp(`^${field!.replace(/[^\w-]/g, '\\$&')}: *(.*(?:\\n .*)*)$`, 'mi').exec(
                      one.stanza,
                    )?.[1] ?? '');
        const n = Number(width ?? 0);
        return n < 0 ? value.padEnd(-n).slice(0, -n) : n > 0 ? value.padStart(n) : value;
      },
    );
    await process.out(text);
  }
  for (const pattern of operands)
    if (matching(process, [pattern]).length === 0) {
      await process.err(`dpkg-query: no packages found matching ${pattern}\n`);
      result = 1;
    }
  return result;
}
