// getent (glibc 2.36): entries of the name service's databases.
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { tryTo } from './failure.ts';

export const names = ['getent'];

const FILES: Record<
  string,
  { path: Bytes; key: RegExp; names: (line: Bytes) => Bytes[]; show: (line: Bytes) => Bytes }
> = {
  passwd: { path: '/etc/passwd', key: /:/, names: (l) => [l.split(':')[0]!, l.split(':')[2]!], show: (l) => l },
  group: { path: '/etc/group', key: /:/, names: (l) => [l.split(':')[0]!, l.split(':')[2]!], show: (l) => l },
  shadow: { path: '/etc/shadow', key: /:/, names: (l) => [l.split(':')[0]!], show: (l) => l },
  gshadow: { path: '/etc/gshadow', key: /:/, names: (l) => [l.split(':')[0]!], show: (l) => l },
  services: { path: '/etc/services', key: /\s/, names: (l) => serviceNames(l), show: (l) => columns(l, 21) },
  protocols: { path: '/etc/protocols', key: /\s/, names: (l) => l.split(/\s+/), show: (l) => columns(l, 21) },
  networks: { path: '/etc/networks', key: /\s/, names: (l) => l.split(/\s+/), show: (l) => columns(l, 22) },
  rpc: { path: '/etc/rpc', key: /\s/, names: (l) => l.split(/\s+/), show: (l) => columns(l, 15) },
  ethers: { path: '/etc/ethers', key: /\s/, names: (l) => l.split(/\s+/), show: (l) => l },
};

function serviceNames(line: Bytes): Bytes[] {
  const [name = '', port = '', ...aliases] = line.split(/\s+/);
  const protocol = port.split('/')[1] ?? '';
  return [name, port, port.split('/')[0]!, `${name}/${protocol}`, ...aliases];
}

/** Name in a column, the number and the aliases behind it. */
function columns(line: Bytes, width: number): Bytes {
  const [name = '', ...rest] = line.split(/\s+/);
  return `${name.padEnd(width)} ${rest.join(' ')}`;
}

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const operands = args.filter((arg) => !arg.startsWith('-'));
  const wrong = args.find(
    (arg) => /^--?[^-]/.test(arg) && !/^(-i|-s.*|--service.*|--no-idn|--help|--version|-\?|--usage|-V)$/.test(arg),
  );
  if (wrong !== undefined) {
    const run = recordedRun(process, 'getent', wrong.startsWith('--') ? '--zzz' : '-@');
    const name = wrong.replace(/^-+/, '');
    await process.err((run?.stderr ?? '').replace('zzz', name).replace('@', name[0]!));
    return 64;
  }
  for (const [option, argument] of [
    ['--help', '--help'],
    ['-?', '--help'],
    ['--version', '--version'],
    ['-V', '--version'],
  ])
    if (args.includes(option!)) {
      await process.out(recordedRun(process, 'getent', argument!)?.stdout ?? '');
      return 0;
    }
  const [database, ...keys] = operands;
  if (database === undefined) {
    await process.err(`${process.argv[0]}: wrong number of arguments\n`);
    await process.out(hint(process));
    return 1;
  }
  if (/^(ahosts|ahostsv4|ahostsv6|hosts)$/.test(database)) return hosts(process, database, keys);
  if (database === 'initgroups') return initgroups(process, keys);
  if (database === 'netgroup' || database === 'aliases' || database === 'netgroups') return keys.length > 0 ? 2 : 3;
  const file = Object.hasOwn(FILES, database) ? FILES[database] : undefined;
  if (!file) {
    await process.err(`Unknown database: ${database}\n`);
    await process.out(hint(process));
    return 1;
  }
  const text = tryTo(() => process.readFile(file.path)) ?? '';
  const lines = text
    .split('\n')
    .map((line) => (file.key.source === ':' ? line : line.replace(/#.*/, '').trim()))
    .filter((line) => line !== '');
  if (keys.length === 0) {
    for (const line of lines) await process.out(`${file.show(line)}\n`);
    return 0;
  }
  let status = 0;
  for (const key of keys) {
    const found = lines.find((line) => file.names(line).includes(key));
    if (found === undefined) status = 2;
    else await process.out(`${file.show(found)}\n`);
  }
  return status;
}

const hint = (process: Process) =>
  `Try \`${process.argv[0]} --help' or \`${process.argv[0]} --usage' for more information.\n`;

/** /etc/hosts first, then the name server. */
async function hosts(process: Process, database: string, keys: readonly Bytes[]): Promise<number> {
  const entries = (tryTo(() => process.readFile('/etc/hosts')) ?? '')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
    .filter((words) => words.length > 1);
  if (keys.length === 0) {
    for (const [address = '', ...own] of entries) await process.out(`${address.padEnd(15)} ${own.join(' ')}\n`);
    return 0;
  }
  let status = 0;
  for (const key of keys) {
    const matches = entries.filter((words) => words.includes(key));
    const address =
      (matches.find(([a]) => a?.includes(':') === (database !== 'ahostsv4')) ?? matches[0])?.[0] ??
      (/^[\d.]+$/.test(key) ? undefined : process.machine.network.resolve(key));
    if (address === undefined && !(database !== 'hosts' && /^\d+\.\d+\.\d+\.\d+$/.test(key))) {
      status = 2;
      continue;
    }
    if (database === 'hosts') {
      const own = matches.find(([a]) => a === address)?.slice(1) ?? [key];
      await process.out(`${address!.padEnd(15)} ${own.join(' ')}\n`);
      continue;
    }
    const shown = address ?? key;
    for (const [index, kind] of ['STREAM', 'DGRAM', 'RAW'].entries())
      await process.out(
        `${shown.padEnd(15)} ${kind}${index === 0 ? ` ${key}` : ''}\n`.replace(/^(\S+\s+)(DGRAM|RAW)\n/, '$1$2    \n'),
      );
  }
  return status;
}

async function initgroups(process: Process, keys: readonly Bytes[]): Promise<number> {
  if (keys.length === 0) {
    await process.err('Enumeration not supported on initgroups\n');
    return 3;
  }
  for (const key of keys) {
    const groups = process.machine.accounts.byName(key) ? process.machine.accounts.groupsOf(key) : [];
    const own = process.machine.accounts.byName(key)?.gid;
    await process.out(
      `${key.padEnd(21)}${groups
        .filter((gid) => gid !== own)
        .map((gid) => ` ${gid}`)
        .join('')}\n`,
    );
  }
  return 0;
}
