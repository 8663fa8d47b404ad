// lsblk, blkid, fdisk -l, swapon and blockdev (util-linux 2.38.1): the disk and its parts.
import { createHash } from 'node:crypto';
import type { Bytes, Mount, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { tryTo } from './failure.ts';
import { getopt, WrongUse } from './getopt.ts';
import { calledAs } from './program.ts';

export const names = ['lsblk', 'blkid', 'fdisk', 'swapon', 'swapoff', 'blockdev'];

interface Device {
  name: string;
  numbers: string;
  /** In bytes. */
  size: number;
  /** First sector. */
  start: number;
  type: 'disk' | 'part';
  mount?: Mount;
  uuid: string;
  partUuid: string;
  fstype: string;
}

/** The disk and its partitions, as /proc/partitions, the mounts and fstab have them. */
function devices(process: Process): Device[] {
  const text = tryTo(() => process.readFile('/proc/partitions')) ?? '';
  const mounts = process.files.mounts();
  const fstab = tryTo(() => process.readFile('/etc/fstab')) ?? '';
  const { facts } = process.machine.persona;
  const seed = (what: string) =>
    createHash('sha256').update(`${process.machine.identity.machineId} ${what}`).digest('hex');
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words.length === 4 && /^\d+$/.test(words[0]!))
    .map(([major, minor, blocks, name = '']) => {
      const part = facts.partitions.find(({ suffix }) => `${facts.disk}${suffix}` === name);
      const mount = mounts.find(({ source }) => source === `/dev/${name}`);
      const hex = seed(name);
      const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
      const other = seed(`${name} part`);
      const partUuid = `${other.slice(0, 8)}-${other.slice(8, 12)}-4${other.slice(13, 16)}-9${other.slice(17, 20)}-${other.slice(20, 32)}`;
      // What fstab says of the mounted ones holds.
      const named =
        mount &&
        new RegExp(`^(PARTUUID|UUID)=(\\S+)\\s+${mount.target.replace(/[^\w/]/g, '\\$&')}\\s`, 'm').exec(fstab);
      return {
        name,
        numbers: `${major}:${minor}`,
        size: (Number(tryTo(() => process.readFile(`/sys/class/block/${name}/size`))) || Number(blocks) * 2) * 512,
        start: part?.start ?? 0,
        type: part ? 'part' : 'disk',
        fstype: part ? (mount?.type ?? '') : '',
        uuid:
          named?.[1] === 'UUID'
            ? named[2]!
            : mount?.type === 'vfat'
              ? hex
                  .slice(0, 8)
                  .toUpperCase()
                  .replace(/^(.{4})/, '$1-')
              : uuid,
        partUuid: named?.[1] === 'PARTUUID' ? named[2]! : partUuid,
        ...(mount && { mount }),
      } satisfies Device;
    });
}

export async function main(process: Process): Promise<number> {
  switch (calledAs(process)) {
    case 'blkid':
      return blkid(process);
    case 'fdisk':
      return fdisk(process);
    case 'swapon':
    case 'swapoff':
      return swap(process);
    case 'blockdev':
      return blockdev(process);
    default:
      return lsblk(process);
  }
}

/** `50G`, `49.9G`, `3M`: one decimal at most, as lsblk rounds. */
function human(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < 5) {
    value /= 1024;
    unit++;
  }
  const rounded = Math.round(value * 10) / 10;
  return `${Number.isInteger(rounded) ? rounded : rounded.toFixed(1)}${'BKMGTP'[unit]}`;
}

const COLUMNS: Record<string, { left?: boolean; of: (d: Device, o: { bytes: boolean; paths: boolean }) => string }> = {
  NAME: { left: true, of: (d, o) => (o.paths ? `/dev/${d.name}` : d.name) },
  KNAME: { left: true, of: (d) => d.name },
  PATH: { left: true, of: (d) => `/dev/${d.name}` },
  'MAJ:MIN': {
    left: true,
    of: (d) => d.numbers.replace(/^(\d+):(\d+)$/, (_, a, b) => `${String(a).padStart(3)}:${String(b).padEnd(2)}`),
  },
  RM: { of: () => '0' },
  RO: { of: () => '0' },
  SIZE: { of: (d, o) => (o.bytes ? String(d.size) : human(d.size)) },
  TYPE: { left: true, of: (d) => d.type },
  MOUNTPOINT: { left: true, of: (d) => d.mount?.target ?? '' },
  MOUNTPOINTS: { left: true, of: (d) => d.mount?.target ?? '' },
  FSTYPE: { left: true, of: (d) => d.fstype },
  FSVER: { left: true, of: (d) => ({ ext4: '1.0', vfat: 'FAT16' })[d.fstype] ?? '' },
  LABEL: { left: true, of: () => '' },
  UUID: { left: true, of: (d) => (d.fstype ? d.uuid : '') },
  PARTUUID: { left: true, of: (d) => (d.type === 'part' ? d.partUuid : '') },
  FSAVAIL: { of: (d) => (d.mount ? human(d.mount.available) : '') },
  FSUSED: { of: (d) => (d.mount ? human(d.mount.used) : '') },
  FSSIZE: { of: (d) => (d.mount ? human(d.mount.size) : '') },
  'FSUSE%': { of: (d) => (d.mount ? `${Math.floor((d.mount.used * 100) / d.mount.size)}%` : '') },
  MODEL: { left: true, of: (d) => (d.type === 'disk' ? 'Amazon Elastic Block Store' : '') },
  SERIAL: { left: true, of: (d) => (d.type === 'disk' ? `vol0${d.uuid.replaceAll('-', '').slice(0, 16)}` : '') },
  VENDOR: { left: true, of: () => '' },
  STATE: { left: true, of: (d) => (d.type === 'disk' ? 'live' : '') },
  OWNER: { left: true, of: () => 'root' },
  GROUP: { left: true, of: () => 'disk' },
  MODE: { left: true, of: () => 'brw-rw----' },
  TRAN: { left: true, of: () => 'nvme' },
  ROTA: { of: () => '0' },
  'LOG-SEC': { of: () => '512' },
  'PHY-SEC': { of: () => '512' },
  PKNAME: { left: true, of: (d) => (d.type === 'part' ? d.name.replace(/p\d+$/, '') : '') },
};

async function lsblk(process: Process): Promise<number> {
  let parsed: ReturnType<typeof getopt>;
  try {
    parsed = getopt(process.argv.slice(1), 'AabDdE:e:fhI:iJlMmNno:OPpQ:rST::tVvw:x:yz', {
      noempty: 'A',
      all: 'a',
      bytes: 'b',
      discard: 'D',
      nodeps: 'd',
      'exclude=': 'e',
      fs: 'f',
      'include=': 'I',
      ascii: 'i',
      json: 'J',
      list: 'l',
      merge: 'M',
      perms: 'm',
      nvme: 'N',
      noheadings: 'n',
      'output=': 'o',
      'output-all': 'O',
      pairs: 'P',
      paths: 'p',
      raw: 'r',
      scsi: 'S',
      'tree=?': 'T',
      topology: 't',
      'sort=': 'x',
    });
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`lsblk: ${error.message}\nTry 'lsblk --help' for more information.\n`);
    return 1;
  }
  const has = (key: string) => parsed.options.some(([k]) => k === key);
  const value = (key: string) => parsed.options.findLast(([k]) => k === key)?.[1];
  if (has('h') || has('V')) {
    await process.out(recordedRun(process, 'lsblk', has('h') ? '--help' : '--version')?.stdout ?? '');
    return 0;
  }
  let columns = ['NAME', 'MAJ:MIN', 'RM', 'SIZE', 'RO', 'TYPE', 'MOUNTPOINTS'];
  if (has('f')) columns = ['NAME', 'FSTYPE', 'FSVER', 'LABEL', 'UUID', 'FSAVAIL', 'FSUSE%', 'MOUNTPOINTS'];
  if (has('m')) columns = ['NAME', 'SIZE', 'OWNER', 'GROUP', 'MODE'];
  if (has('O')) columns = Object.keys(COLUMNS);
  const wanted = value('o');
  if (wanted !== undefined) {
    const names = wanted.replace(/^\+/, '').toUpperCase().split(',');
    const unknown = names.find((name) => !COLUMNS[name]);
    if (unknown !== undefined) {
      await process.err(`lsblk: unknown column: ${unknown.toLowerCase()}\n`);
      return 1;
    }
    columns = wanted.startsWith('+') ? [...columns, ...names] : names;
  }
  let all = devices(process);
  if (has('S')) all = [];
  let status = 0;
  if (parsed.operands.length > 0) {
    const chosen: Device[] = [];
    for (const operand of parsed.operands) {
      const device = all.find(({ name }) => `/dev/${name}` === operand || name === operand);
      if (!device) {
        await process.err(`lsblk: ${operand}: not a block device\n`);
        status = 32;
      } else chosen.push(device, ...(device.type === 'disk' ? all.filter((d) => d.type === 'part') : []));
    }
    all = chosen;
  }
  if (has('d')) all = all.filter(({ type }, i) => type === 'disk' || (parsed.operands.length > 0 && i === 0));
  const tree = !has('l') && !has('r') && !has('P') && !has('J') && columns.includes('NAME');
  const options = { bytes: has('b'), paths: has('p') };
  const cells = all.map((device, i) =>
    columns.map((column) => {
      const text = COLUMNS[column]!.of(device, options);
      if (!tree || column !== 'NAME' || device.type !== 'part' || all[0]?.type === 'part') return text;
      const last = all.slice(i + 1).every(({ type }) => type !== 'part');
      const ascii =
        has('i') || !/utf-?8/i.test(process.environment.get('LC_ALL') ?? process.environment.get('LANG') ?? '');
      return (ascii ? (last ? '`-' : '|-') : last ? '\xe2\x94\x94\xe2\x94\x80' : '\xe2\x94\x9c\xe2\x94\x80') + text;
    }),
  );
  if (has('J')) {
    const record = (device: Device): Record<string, unknown> => {
      const own: Record<string, unknown> = {};
      for (const column of columns) {
        const text = COLUMNS[column]!.of(device, options).trim();
        const key = column.toLowerCase();
        own[key] = key === 'mountpoints' ? [text || null] : key === 'rm' || key === 'ro' ? text === '1' : text || null;
      }
      const children = device.type === 'disk' ? all.filter((d) => d.type === 'part').map(record) : [];
      return children.length > 0 ? { ...own, children } : own;
    };
    const json = JSON.stringify({ blockdevices: all.filter((d) => d.type === 'disk').map(record) }, null, 3);
    await process.out(`${json}\n`);
    return status;
  }
  if (has('P')) {
    for (const row of cells) await process.out(`${row.map((cell, i) => `${columns[i]}="${cell.trim()}"`).join(' ')}\n`);
    return status;
  }
  if (has('r')) {
    if (!has('n')) await process.out(`${columns.join(' ')}\n`);
    for (const row of cells) await process.out(`${row.map((cell) => cell.trim()).join(' ')}\n`);
    return status;
  }
  const length = (text: string) => text.replace(/[\x80-\xbf]/g, '').length;
  const widths = columns.map((column, i) =>
    Math.max(has('n') ? 0 : column.length, ...cells.map((row) => length(row[i]!))),
  );
  const show = (row: string[]) =>
    row
      .map((cell, i) => {
        const pad = ' '.repeat(Math.max(0, widths[i]! - length(cell)));
        return COLUMNS[columns[i]!]!.left ? (i === row.length - 1 ? cell : cell + pad) : pad + cell;
      })
      .join(' ');
  if (!has('n') && cells.length > 0) await process.out(`${show(columns)}\n`);
  for (const row of cells) await process.out(`${show(row)}\n`);
  return status;
}

async function blkid(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const option = (letter: string) => args.find((arg, i) => args[i - 1] === `-${letter}` && arg);
  const tag = option('s');
  const output = option('o');
  const operands = args.filter((arg, i) => !arg.startsWith('-') && !/^-[sotLUcn]$/.test(args[i - 1] ?? ''));
  let shown = devices(process).filter((d) => d.type === 'part');
  if (operands.length > 0) shown = shown.filter((d) => operands.includes(`/dev/${d.name}`));
  const match = option('t') ?? (option('U') !== undefined ? `UUID=${option('U')}` : undefined);
  let any = false;
  for (const device of shown) {
    const tags: [string, string][] = [];
    if (device.fstype) {
      if (device.fstype === 'vfat') tags.push(['SEC_TYPE', 'msdos']);
      tags.push(['UUID', device.uuid]);
      tags.push(['BLOCK_SIZE', device.fstype === 'vfat' ? '512' : '4096'], ['TYPE', device.fstype]);
    }
    tags.push(['PARTUUID', device.partUuid]);
    if (match !== undefined && !tags.some(([k, v]) => `${k}=${v}` === match.replaceAll('"', ''))) continue;
    const kept = tags.filter(([k]) => tag === undefined || k === tag);
    if (kept.length === 0) continue;
    any = true;
    if (output === 'value') await process.out(kept.map(([, v]) => `${v}\n`).join(''));
    else if (output === 'export')
      await process.out(`DEVNAME=/dev/${device.name}\n${kept.map(([k, v]) => `${k}=${v}\n`).join('')}`);
    else if (output === 'device' || option('U') !== undefined) await process.out(`/dev/${device.name}\n`);
    else await process.out(`/dev/${device.name}: ${kept.map(([k, v]) => `${k}="${v}"`).join(' ')}\n`);
  }
  return any ? 0 : 2;
}

async function fdisk(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const all = devices(process);
  const disk = all.find((d) => d.type === 'disk');
  if (args.length === 0 || !disk) {
    const run = recordedRun(process, 'fdisk', '');
    await process.err(run?.stderr ?? "fdisk: bad usage\nTry 'fdisk --help' for more information.\n");
    return 1;
  }
  const operands = args.filter((arg) => !arg.startsWith('-'));
  if (args.some((arg) => /^-[a-z]*s/.test(arg))) {
    for (const operand of operands) {
      const device = all.find(({ name }) => `/dev/${name}` === operand);
      if (device) await process.out(`${device.size / 1024}\n`);
    }
    return 0;
  }
  const listing = args.some((arg) => /^-[a-zA-Z]*l|^--list/.test(arg));
  let status = 0;
  for (const operand of operands.length > 0 ? operands : [`/dev/${disk.name}`]) {
    const device = all.find(({ name }) => `/dev/${name}` === operand);
    if (!device || process.credentials.euid !== 0) {
      const words = device
        ? 'Permission denied'
        : tryTo(() => process.files.stat(operand))
          ? 'Inappropriate ioctl for device'
          : 'No such file or directory';
      await process.err(`fdisk: cannot open ${operand}: ${words}\n`);
      status = 1;
      continue;
    }
    const sectors = Math.floor(device.size / 512);
    const gib = (bytes: number) => {
      const text = human(bytes);
      return text.replace(/([KMGTP])$/, ' $1iB');
    };
    await process.out(`Disk ${operand}: ${gib(device.size)}, ${device.size} bytes, ${sectors} sectors\n`);
    if (device.type === 'disk') await process.out('Disk model: Amazon Elastic Block Store              \n');
    await process.out(
      'Units: sectors of 1 * 512 = 512 bytes\nSector size (logical/physical): 512 bytes / 512 bytes\nI/O size (minimum/optimal): 4096 bytes / 4096 bytes\n',
    );
    if (device.type === 'disk') {
      await process.out(`Disklabel type: gpt\nDisk identifier: ${device.uuid.toUpperCase()}\n\n`);
      const rows = all
        .filter((d) => d.type === 'part')
        .map((d) => {
          const count = Math.floor(d.size / 512);
          const kind = d.fstype === 'vfat' ? 'EFI System' : d.fstype ? 'Linux root (x86-64)' : 'BIOS boot';
          return [`/dev/${d.name}`, String(d.start), String(d.start + count - 1), String(count), human(d.size), kind];
        });
      const heads = ['Device', 'Start', 'End', 'Sectors', 'Size', 'Type'];
      const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]!.length)));
      const line = (row: string[]) =>
        row
          .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : i === 5 ? cell : cell.padStart(widths[i]!)))
          .join(' ');
      await process.out(`${[heads, ...rows].map(line).join('\n')}\n`);
      const starts = rows.map((row) => Number(row[1]));
      if (starts.some((start, i) => i > 0 && start < starts[i - 1]!))
        await process.out('\nPartition table entries are not in disk order.\n');
    }
    if (!listing) {
      await process.out(
        `\nWelcome to fdisk (util-linux 2.38.1).\nChanges will remain in memory only, until you decide to write them.\nBe careful before using the write command.\n\nThis disk is currently in use - repartitioning is probably a bad idea.\nIt's recommended to umount all file systems, and swapoff all swap\npartitions on this disk.\n\n\nCommand (m for help): `,
      );
      return prompts(process);
    }
  }
  return status;
}

/** fdisk's questions: it is left again, nothing is written. */
async function prompts(process: Process): Promise<number> {
  for (let held = ''; ; ) {
    const chunk = await process.read(0);
    if (chunk === '') return 1;
    held += chunk;
    for (let end = held.indexOf('\n'); end >= 0; end = held.indexOf('\n')) {
      const command = held.slice(0, end).trim();
      held = held.slice(end + 1);
      process.witness.input('fdisk', command);
      if (command === 'q' || command === 'w') {
        await process.out(command === 'q' ? '\n' : 'The partition table is unchanged (--no-act).\nSyncing disks.\n\n');
        return 0;
      }
      await process.out(`${command === '' ? '' : `${command[0]}: unknown command\n`}\nCommand (m for help): `);
    }
  }
}

async function swap(process: Process): Promise<number> {
  const called = calledAs(process);
  const operands: Bytes[] = process.argv.slice(1).filter((arg) => !arg.startsWith('-'));
  const option = process.argv.slice(1).find((arg) => arg.startsWith('-'));
  if (operands.length === 0) {
    if (called === 'swapon') {
      const text = tryTo(() => process.readFile('/proc/swaps')) ?? '';
      if (option === '-s' || option === '--summary') {
        if (text.trim().split('\n').length > 1) await process.out(text);
      }
      return 0;
    }
    if (option === '-a' || option === '--all') return 0;
    const run = recordedRun(process, called, '');
    await process.err(run?.stderr ?? `${called}: bad usage\nTry '${called} --help' for more information.\n`);
    return run?.status ?? 1;
  }
  for (const operand of operands) {
    const stat = tryTo(() => process.files.stat(operand));
    if (process.credentials.euid !== 0)
      await process.err(
        `${called}: ${called === 'swapon' ? `cannot open ${operand}: Permission denied` : 'Not superuser.'}\n`,
      );
    else if (!stat) await process.err(`${called}: cannot open ${operand}: No such file or directory\n`);
    else if (called === 'swapoff') await process.err(`swapoff: ${operand}: swapoff failed: Invalid argument\n`);
    else if (stat.type === 'file' && stat.mode & 0o077)
      await process.err(
        `swapon: ${operand}: insecure permissions ${(stat.mode & 0o7777).toString(8).padStart(4, '0')}, 0600 suggested.\nswapon: ${operand}: read swap header failed\n`,
      );
    else await process.err(`swapon: ${operand}: read swap header failed\n`);
  }
  return called === 'swapoff' ? 4 : 255;
}

async function blockdev(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const all = devices(process);
  const device = all.find(({ name }) => args.includes(`/dev/${name}`));
  if (args[0] === '--report') {
    await process.out('RO    RA   SSZ   BSZ        StartSec            Size   Device\n');
    for (const d of all)
      await process.out(
        `rw   256   512  4096 ${String(d.start).padStart(15)} ${String(d.size).padStart(15)}   /dev/${d.name}\n`,
      );
    return 0;
  }
  if (!device) {
    const operand = args.find((arg) => !arg.startsWith('-'));
    if (operand === undefined) {
      await process.err("blockdev: bad usage\nTry 'blockdev --help' for more information.\n");
      return 1;
    }
    await process.err(`blockdev: cannot open ${operand}: No such file or directory\n`);
    return 1;
  }
  const answers: Record<string, number> = {
    '--getsize64': device.size,
    '--getsz': device.size / 512,
    '--getsize': device.size / 512,
    '--getss': 512,
    '--getpbsz': 512,
    '--getbsz': 4096,
    '--getro': 0,
    '--getra': 256,
  };
  for (const arg of args) if (arg in answers) await process.out(`${answers[arg]}\n`);
  return 0;
}
