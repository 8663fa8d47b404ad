// apt, apt-get, apt-cache and apt-mark (2.6.1): what is installed, from dpkg's status, and archives that cannot be reached.
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { tryTo } from './failure.ts';
import { type Package, packages } from './packages.ts';
import { calledAs } from './program.ts';

export const names = ['apt', 'apt-get', 'apt-cache', 'apt-mark'];

const COMMANDS =
  'update upgrade dist-upgrade full-upgrade install reinstall remove purge autoremove autopurge clean autoclean check download source build-dep changelog list search show showpkg policy depends rdepends edit-sources satisfy dselect-upgrade dump dumpavail unmet stats pkgnames madison auto manual hold unhold showauto showmanual showhold moo indextargets markauto unmarkauto help'.split(
    ' ',
  );

export async function main(process: Process): Promise<number> {
  const called = calledAs(process);
  const args = process.argv.slice(1);
  const options = args.filter((arg) => arg.startsWith('-'));
  const [command, ...operands] = args.filter((arg, i) => !arg.startsWith('-') && !/^-[oct]$/.test(args[i - 1] ?? ''));
  if (options.some((o) => o === '-v' || o === '--version')) {
    await process.out(recordedRun(process, called, '--version')?.stdout ?? 'apt 2.6.1 (amd64)\n');
    return 0;
  }
  if (command === undefined || command === 'help' || options.includes('-h') || options.includes('--help')) {
    const run = recordedRun(
      process,
      called,
      command === undefined && !options.some((o) => /^-h|help/.test(o)) ? '' : '--help',
    );
    await process.out(run?.stdout ?? '');
    return run?.status ?? 0;
  }
  const wrong = options.find((o) => /^-[^-]/.test(o) && !/^-[yqfdsmuVbthocVv=]/.test(o));
  if (wrong !== undefined) {
    await process.err(
      `E: Command line option '${wrong[1]}' [from ${wrong}] is not understood in combination with the other options.\n`,
    );
    return 100;
  }
  if (!COMMANDS.includes(command)) {
    await process.err(`E: Invalid operation ${command}\n`);
    return 100;
  }
  const terminal = process.descriptors.get(1)?.kind === 'terminal';
  if (called === 'apt' && !terminal)
    await process.err('\nWARNING: apt does not have a stable CLI interface. Use with caution in scripts.\n\n');
  const changing =
    /^(update|upgrade|dist-upgrade|full-upgrade|install|reinstall|remove|purge|autoremove|autopurge|clean|autoclean|build-dep|satisfy)$/;
  if (changing.test(command) && process.credentials.euid !== 0) return locked(process, command);
  switch (command) {
    case 'update':
      return update(process, called);
    case 'install':
    case 'reinstall':
      return install(process, command, operands);
    case 'remove':
    case 'purge':
    case 'autoremove':
    case 'autopurge':
      return remove(process, operands, options);
    case 'upgrade':
    case 'dist-upgrade':
    case 'full-upgrade':
      await lists(process);
      await process.out(
        `Calculating upgrade... Done\n0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n`,
      );
      return 0;
    case 'list':
      return list(process, operands, options);
    case 'search':
      return search(process, operands, called);
    case 'show':
      return show(process, operands);
    case 'policy':
      return policy(process, operands);
    case 'pkgnames':
      for (const { name } of packages(process)) if (name.startsWith(operands[0] ?? '')) await process.out(`${name}\n`);
      return 0;
    case 'moo':
      await process.out(
        '                 (__) \n                 (oo) \n           /------\\/ \n          / |    ||   \n         *  /\\---/\\ \n            ~~   ~~   \n..."Have you mooed today?"...\n',
      );
      return 0;
    case 'showmanual':
      for (const { name, priority } of packages(process))
        if (/required|important|standard/.test(priority)) await process.out(`${name}\n`);
      return 0;
    case 'depends':
    case 'rdepends':
    case 'madison':
    case 'source':
    case 'download':
    case 'changelog':
      for (const operand of operands)
        if (!packages(process).some(({ name }) => name === operand)) {
          await process.err(
            command === 'madison'
              ? `N: Unable to locate package ${operand}\n`
              : `E: Unable to locate package ${operand}\n`,
          );
          return 100;
        }
      return 0;
  }
  return 0;
}

async function locked(process: Process, command: string): Promise<number> {
  if (command === 'update') {
    await process.out('Reading package lists... Done\n');
    await process.err(
      'E: Could not open lock file /var/lib/apt/lists/lock - open (13: Permission denied)\nE: Unable to lock directory /var/lib/apt/lists/\nW: Problem unlinking the file /var/cache/apt/pkgcache.bin - RemoveCaches (13: Permission denied)\nW: Problem unlinking the file /var/cache/apt/srcpkgcache.bin - RemoveCaches (13: Permission denied)\n',
    );
  } else
    await process.err(
      'E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?\n',
    );
  return 100;
}

const lists = async (process: Process) => {
  await process.out('Reading package lists...');
  await process.sleep(400);
  await process.out(' Done\nBuilding dependency tree...');
  await process.sleep(150);
  await process.out(' Done\nReading state information... Done\n');
};

/** Sources of /etc/apt: address and suite. */
function sources(process: Process): { uri: string; suite: string }[] {
  const found: { uri: string; suite: string }[] = [];
  const read = (path: string) => tryTo(() => process.readFile(path)) ?? '';
  const files = ['/etc/apt/sources.list'];
  for (const { name } of tryTo(() => process.files.readdir('/etc/apt/sources.list.d')) ?? [])
    files.push(`/etc/apt/sources.list.d/${name}`);
  for (const file of files) {
    const text = read(file);
    for (const [, uri, suite] of text.matchAll(/^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)/gm))
      found.push({ uri: uri!.replace(/\/$/, ''), suite: suite! });
    const uris = /^URIs:\s*(.*)$/m.exec(text)?.[1]?.split(/\s+/) ?? [];
    const suites = /^Suites:\s*(.*)$/m.exec(text)?.[1]?.split(/\s+/) ?? [];
    for (const uri of uris)
      for (const suite of suites)
        found.push({ uri: uri.replace(/^mirror\+file:.*/, 'http://deb.debian.org/debian').replace(/\/$/, ''), suite });
  }
  return found.length > 0 ? found : [{ uri: 'http://deb.debian.org/debian', suite: 'bookworm' }];
}

/** The mirrors do not answer: each is tried, then the old lists are used. */
async function update(process: Process, called: string): Promise<number> {
  const all = sources(process);
  const failed: string[] = [];
  for (const [index, { uri, suite }] of all.entries()) {
    const host = /^\w+:\/\/([^/]+)/.exec(uri)?.[1] ?? uri;
    await process.sleep(index === 0 ? 5000 : 500);
    await process.out(`Err:${index + 1} ${uri} ${suite} InRelease\n  Temporary failure resolving '${host}'\n`);
    failed.push(`W: Failed to fetch ${uri}/dists/${suite}/InRelease  Temporary failure resolving '${host}'\n`);
  }
  await process.out('Reading package lists... Done\n');
  if (called === 'apt')
    await process.out(
      'Building dependency tree... Done\nReading state information... Done\nAll packages are up to date.\n',
    );
  await process.err(
    `${failed.join('')}W: Some index files failed to download. They have been ignored, or old ones used instead.\n`,
  );
  return 0;
}

async function install(process: Process, command: string, operands: Bytes[]): Promise<number> {
  await lists(process);
  const all = packages(process);
  const wanted = operands.map((operand) => operand.replace(/[=/].*/, '').replace(/:\w+$/, ''));
  const unknown = operands.filter(
    (operand, i) => !all.some(({ name }) => name === wanted[i]) && !operand.includes('/'),
  );
  for (const operand of operands)
    if (operand.includes('/') && !tryTo(() => process.files.stat(operand))) {
      await process.err(`E: Unsupported file ${operand} given on commandline\n`);
      return 100;
    }
  for (const operand of unknown) await process.err(`E: Unable to locate package ${operand}\n`);
  if (unknown.length > 0) return 100;
  if (command === 'install')
    for (const name of wanted) {
      const one = all.find((p) => p.name === name);
      if (one) await process.out(`${name} is already the newest version (${one.version}).\n`);
    }
  await process.out('0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n');
  return 0;
}

async function remove(process: Process, operands: Bytes[], options: Bytes[]): Promise<number> {
  await lists(process);
  const all = packages(process);
  const there: Package[] = [];
  for (const operand of operands) {
    const one = all.find(({ name }) => name === operand);
    if (one) there.push(one);
    else {
      await process.err(`E: Unable to locate package ${operand}\n`);
      return 100;
    }
  }
  if (there.length === 0) {
    await process.out('0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n');
    return 0;
  }
  const size = there.reduce((sum, { size: kib }) => sum + kib, 0);
  await process.out(
    `The following packages will be REMOVED:\n  ${there.map(({ name }) => name).join(' ')}\n0 upgraded, 0 newly installed, ${there.length} to remove and 0 not upgraded.\nAfter this operation, ${size >= 1024 ? `${Math.floor(size / 1024).toLocaleString('en')} MB` : `${size} kB`} disk space will be freed.\n`,
  );
  if (!options.some((o) => /^-[a-zA-Z]*y|^--yes|^--assume-yes/.test(o))) {
    await process.out('Do you want to continue? [Y/n] ');
    const answer = await process.read(0);
    process.witness.input(calledAs(process), answer.replace(/\n$/, ''));
    if (!/^(y|Y|\n)/.test(answer)) {
      await process.out('Abort.\n');
      return 1;
    }
  }
  await process.err('E: Sub-process /usr/bin/dpkg returned an error code (1)\n');
  return 100;
}

async function list(process: Process, operands: Bytes[], options: Bytes[]): Promise<number> {
  await process.out('Listing... Done\n'.replace(' Done', process.descriptors.get(1)?.terminal ? ' Done' : ''));
  if (options.includes('--upgradable')) return 0;
  for (const one of packages(process))
    if (
      operands.length === 0 ||
      operands.some((o) => one.name === o || (o.includes('*') && one.name.startsWith(o.split('*')[0]!)))
    )
      await process.out(`${one.name}/now ${one.version} ${one.architecture} [installed,local]\n`);
  return 0;
}

async function search(process: Process, operands: Bytes[], called: string): Promise<number> {
  if (called === 'apt') await process.out('Sorting...\nFull Text Search...\n');
  for (const one of packages(process)) {
    if (!operands.every((o) => one.name.includes(o) || one.description.toLowerCase().includes(o.toLowerCase())))
      continue;
    await process.out(
      called === 'apt'
        ? `${one.name}/now ${one.version} ${one.architecture} [installed,local]\n  ${one.description}\n\n`
        : `${one.name} - ${one.description}\n`,
    );
  }
  return 0;
}

async function show(process: Process, operands: Bytes[]): Promise<number> {
  let result = 0;
  for (const operand of operands) {
    const one = packages(process).find(({ name }) => name === operand);
    if (one) await process.out(`${one.stanza.replace(/^Status: .*\n/m, '')}\n\n`);
    else {
      await process.err(`N: Unable to locate package ${operand}\n`);
      result = 100;
    }
  }
  if (result) await process.err('E: No packages found\n');
  return result;
}

async function policy(process: Process, operands: Bytes[]): Promise<number> {
  if (operands.length === 0) {
    await process.out('Package files:\n 100 /var/lib/dpkg/status\n     release a=now\nPinned packages:\n');
    return 0;
  }
  for (const operand of operands) {
    const one = packages(process).find(({ name }) => name === operand);
    if (!one) await process.err(`N: Unable to locate package ${operand}\n`);
    else
      await process.out(
        `${one.name}:\n  Installed: ${one.version}\n  Candidate: ${one.version}\n  Version table:\n *** ${one.version} 100\n        100 /var/lib/dpkg/status\n`,
      );
  }
  return 0;
}
