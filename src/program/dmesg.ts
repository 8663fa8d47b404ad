// dmesg (util-linux 2.38.1): the kernel's messages since boot, from what the kernel found in this machine.
import { createHash } from 'node:crypto';
import type { Process } from '../machine/machine.ts';
import { tryTo } from './failure.ts';
import { gnu } from './program.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';

export const names = ['dmesg'];

const declared = gnu({
  short: 'CcDdEeF:f:HhJkL::l:n:PprSs:TtuVwWx',
  long: {
    clear: 'C',
    'read-clear': 'c',
    human: 'H',
    kernel: 'k',
    'color=?': 'L',
    'level=': 'l',
    ctime: 'T',
    notime: 't',
    follow: 'w',
    decode: 'x',
    nopager: 'P',
    raw: 'r',
    userspace: 'u',
    'facility=': 'f',
    reltime: 'e',
  },
  usage: '[options]',
  release: 'util-linux 2.38.1',
  async run(run) {
    const { process } = run;
    if (process.credentials.euid !== 0) return run.fail('read kernel buffer failed: Operation not permitted');
    if (run.has('C')) return 0;
    if (run.has('l') && !/info|notice|debug/.test(run.value('l')!)) return 0;
    const zone = zoneOf(process);
    for (const [seconds, text] of kernelMessages(process)) {
      const stamp = run.has('t')
        ? ''
        : run.has('T')
          ? `[${strftime('%a %b %e %H:%M:%S %Y', breakDown(process.machine.clock.bootTime + seconds * 1000, zone))}] `
          : `[${seconds.toFixed(6).padStart(12)}] `;
      run.put(`${run.has('x') ? 'kern  :info  : ' : run.has('r') ? '<6>' : ''}${stamp}${text}\n`);
    }
    return 0;
  },
});

export const main = (process: Process): number | Promise<number> => declared(process);

/** Where the persona has no lines of its own. */
const PLAIN: readonly [number, string][] = [
  [0, '{version}'],
  [0, 'Kernel command line: {cmdline}'],
  [0, 'Memory: {memoryFree}K/{memory}K available'],
  [0.9, '{interface}: link up'],
];

/** Seconds after boot, and the line: the persona's `dmesg`, at this machine's own pace. */
export function kernelMessages(process: Process): [number, string][] {
  const { identity, persona } = process.machine;
  const read = (path: string) => (tryTo(() => process.readFile(path)) ?? '').trim();
  const { dmi, dmesg = PLAIN, disk, interface: link, partitions, cpus, sizes } = persona.facts;
  const cpu = cpus.find(({ model }) => model === identity.cpuModel);
  const kib = Math.floor(identity.memory / 1024);
  const hex = (value: number, digits = 0) => value.toString(16).padStart(digits, '0');
  const values: Record<string, string> = {
    version: read('/proc/version'),
    cmdline: read('/proc/cmdline'),
    hostname: read('/etc/hostname'),
    product: sizes.find((size) => size.memory >= identity.memory)?.product ?? '',
    vendor: dmi['sys_vendor'] ?? '',
    bios: `${dmi['bios_version'] ?? ''} ${dmi['bios_date'] ?? ''}`,
    lowEnd: hex(Math.min(identity.memory, 0xbffea000) - 1, 16),
    lastPfn: hex(Math.floor(kib / 4)),
    cpus: String(identity.cpuCount),
    cpu: `${identity.cpuModel} (family: 0x${hex(cpu?.family ?? 6)}, model: 0x${hex(cpu?.modelNumber ?? 85)}, stepping: 0x${hex(cpu?.stepping ?? 7)})`,
    mhz: identity.cpuMHz.toFixed(3),
    memory: String(kib),
    memoryFree: String(Math.floor(kib * 0.962)),
    memoryUsed: String(kib - Math.floor(kib * 0.962)),
    disk,
    partitions: partitions.map(({ suffix }) => suffix).join(' '),
    root: `${disk}${partitions.find(({ mount }) => mount?.target === '/')?.suffix ?? ''}`,
    interface: link,
    mac: identity.mac,
    serial: /^Serial\s*: (\S+)/m.exec(read('/proc/cpuinfo'))?.[1] ?? '',
  };
  // No two machines take equally long over it, nor one machine twice.
  const own = createHash('sha1').update(read('/proc/sys/kernel/random/boot_id')).digest();
  const pace = 0.86 + own[0]! / 800;
  let last = 0;
  return dmesg.map(([seconds, text], n): [number, string] => {
    const digits = createHash('sha1').update(own).update(String(n)).digest().readUInt16LE(0);
    const at = seconds === 0 ? 0 : Math.max(last + 0.000_011, seconds * pace + digits / 3_000_000);
    last = at;
    return [at, text.replace(/\{(\w+)\}/g, (all, name: string) => values[name] ?? all)];
  });
}
