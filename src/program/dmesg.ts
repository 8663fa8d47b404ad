// dmesg (util-linux 2.38.1): the kernel's messages since boot, from what the kernel found in this machine.
import type { Process } from '../machine/machine.ts';
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

/** Seconds after boot, and the line. */
export function kernelMessages(process: Process): [number, string][] {
  const { identity, persona } = process.machine;
  const read = (path: string) => process.readFile(path).trim();
  const { dmi, facts } = { dmi: persona.facts.dmi, facts: persona.facts };
  const cpu = facts.cpus.find(({ model }) => model === identity.cpuModel);
  const kib = Math.floor(identity.memory / 1024);
  const product = facts.sizes.find((size) => size.memory >= identity.memory)?.product ?? '';
  const early = [
    read('/proc/version'),
    `Command line: ${read('/proc/cmdline')}`,
    'BIOS-provided physical RAM map:',
    'BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable',
    'BIOS-e820: [mem 0x000000000009fc00-0x000000000009ffff] reserved',
    'BIOS-e820: [mem 0x00000000000f0000-0x00000000000fffff] reserved',
    `BIOS-e820: [mem 0x0000000000100000-0x${(Math.min(identity.memory, 0xbffea000) - 1).toString(16).padStart(16, '0')}] usable`,
    'NX (Execute Disable) protection: active',
    'SMBIOS 2.7 present.',
    `DMI: ${dmi['sys_vendor'] ?? ''} ${product}/, BIOS ${dmi['bios_version'] ?? ''} ${dmi['bios_date'] ?? ''}`,
    'Hypervisor detected: KVM',
    'kvm-clock: Using msrs 4b564d01 and 4b564d00',
    `tsc: Detected ${identity.cpuMHz.toFixed(3)} MHz processor`,
  ];
  const lines: [number, string][] = early.map((text) => [0, text]);
  const later: [number, string][] = [
    [0.001, 'last_pfn = 0x' + Math.floor(kib / 4).toString(16) + ' max_arch_pfn = 0x400000000'],
    [0.012, 'ACPI: Early table checksum verification disabled'],
    [0.051, `smpboot: Allowing ${identity.cpuCount} CPUs, 0 hotplug CPUs`],
    [
      0.058,
      `Memory: ${Math.floor(kib * 0.962)}K/${kib}K available (14342K kernel code, 2334K rwdata, 9060K rodata, 2792K init, 17424K bss, ${kib - Math.floor(kib * 0.962)}K reserved, 0K cma-reserved)`,
    ],
    [0.059, `SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs=${identity.cpuCount}, Nodes=1`],
    [
      0.112,
      `smpboot: CPU0: ${identity.cpuModel} (family: 0x${(cpu?.family ?? 6).toString(16)}, model: 0x${(cpu?.modelNumber ?? 85).toString(16)}, stepping: 0x${(cpu?.stepping ?? 7).toString(16)})`,
    ],
    [0.156, `smp: Brought up 1 node, ${identity.cpuCount} CPUs`],
    [0.234, 'NET: Registered PF_NETLINK/PF_ROUTE protocol family'],
    [0.412, 'PCI: Using configuration type 1 for base access'],
    [0.611, 'clocksource: Switched to clocksource kvm-clock'],
    [0.842, 'TCP: Hash tables configured (established 32768 bind 32768)'],
    [1.104, 'Trying to unpack rootfs image as initramfs...'],
    [1.873, `nvme nvme0: pci function 0000:00:04.0`],
    [1.902, `nvme nvme0: ${identity.cpuCount}/0/0 default/read/poll queues`],
    [1.921, ` ${facts.disk}: ${facts.partitions.map(({ suffix }) => suffix).join(' ')}`],
    [2.115, 'ena 0000:00:05.0: Elastic Network Adapter (ENA) found at mem 80004000, mac addr ' + identity.mac],
    [2.214, `ena 0000:00:05.0 ${facts.interface}: renamed from eth0`],
    [
      2.655,
      `EXT4-fs (${facts.disk}${facts.partitions[0]?.suffix ?? ''}): mounted filesystem with ordered data mode. Quota mode: none.`,
    ],
    [
      2.981,
      'systemd[1]: systemd 252.39-1~deb12u1 running in system mode (+PAM +AUDIT +SELINUX +APPARMOR +IMA +SMACK +SECCOMP +GCRYPT -GNUTLS +OPENSSL +ACL +BLKID +CURL +ELFUTILS +FIDO2 +IDN2 -IDN +IPTC +KMOD +LIBCRYPTSETUP +LIBFDISK +PCRE2 -PWQUALITY +P11KIT +QRENCODE +TPM2 +BZIP2 +LZ4 +XZ +ZLIB +ZSTD -BPF_FRAMEWORK -XKBCOMMON +UTMP +SYSVINIT default-hierarchy=unified)',
    ],
    [2.982, 'systemd[1]: Detected virtualization amazon.'],
    [2.983, 'systemd[1]: Detected architecture x86-64.'],
    [2.991, `systemd[1]: Hostname set to <${identity.hostname}>.`],
    [3.517, `systemd[1]: Started systemd-journald.service - Journal Service.`],
    [3.702, `EXT4-fs (${facts.disk}${facts.partitions[0]?.suffix ?? ''}): re-mounted. Quota mode: none.`],
    [4.251, 'input: AT Translated Set 2 keyboard as /devices/platform/i8042/serio0/input/input0'],
    [6.034, `IPv6: ADDRCONF(NETDEV_CHANGE): ${facts.interface}: link becomes ready`],
  ];
  return [...lines, ...later];
}
