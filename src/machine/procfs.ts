// /proc: the kernel's view of the machine and its processes, made from the same model as ps, free, df and uname.
import type { Computer } from './computer.ts';
import type { Bytes, ProcessInfo, Route } from './machine.ts';
import type { Facts } from './persona.ts';
import type { Proc } from './process.ts';
import { sysctlTree } from './procsys.ts';
import {
  joined,
  type Looker,
  type Tree,
  type Virtual,
  virtualDirectory,
  virtualFile,
  virtualLink,
  virtualTree,
} from './virtual.ts';

/** KiB values of /proc/meminfo: what free, top and vmstat show too. */
export function memoryKiB(machine: Computer): Record<string, number> {
  const { identity, origin, clock } = machine;
  const total = Math.floor(identity.memory / 1024);
  const breath = Math.sin(clock.now() / 97_000) * 0.004 + Math.sin(clock.now() / 13_000) * 0.001;
  const used = Math.floor(total * (0.11 + origin.fate.number('memory') * 0.06 + breath));
  const cached = Math.floor(total * (0.32 + origin.fate.number('cached') * 0.2));
  const buffers = Math.floor(total * (0.02 + origin.fate.number('buffers') * 0.02));
  const slab = Math.floor(total * 0.045);
  const free = Math.max(Math.floor(total * 0.05), total - used - cached - buffers - slab);
  const all: Record<string, number> = {
    MemTotal: total,
    MemFree: free,
    MemAvailable: Math.floor(free + (cached + buffers) * 0.86),
    Buffers: buffers,
    Cached: cached,
    SwapCached: 0,
    Active: Math.floor(cached * 0.55 + used * 0.3),
    Inactive: Math.floor(cached * 0.4 + used * 0.5),
    'Active(anon)': 600 + origin.fate.between('anon', 0, 900),
    'Inactive(anon)': Math.floor(used * 0.5),
    'Active(file)': Math.floor(cached * 0.5),
    'Inactive(file)': Math.floor(cached * 0.38),
    Unevictable: 12_288,
    Mlocked: 12_288,
    SwapTotal: 0,
    SwapFree: 0,
    Zswap: 0,
    Zswapped: 0,
    Dirty: 60 + Math.floor(Math.abs(breath) * 9000),
    Writeback: 0,
    AnonPages: Math.floor(used * 0.52),
    Mapped: Math.floor(used * 0.6),
    Shmem: 740,
    KReclaimable: Math.floor(slab * 0.6),
    Slab: slab,
    SReclaimable: Math.floor(slab * 0.6),
    SUnreclaim: Math.floor(slab * 0.4),
    KernelStack: 2_140,
    PageTables: 2_300,
    SecPageTables: 0,
    NFS_Unstable: 0,
    Bounce: 0,
    WritebackTmp: 0,
    CommitLimit: Math.floor(total / 2),
    Committed_AS: Math.floor(used * 2.1),
    VmallocTotal: 34_359_738_367,
    VmallocUsed: 11_800,
    VmallocChunk: 0,
    Percpu: 1_200,
    HardwareCorrupted: 0,
    AnonHugePages: 0,
    ShmemHugePages: 0,
    ShmemPmdMapped: 0,
    FileHugePages: 0,
    FilePmdMapped: 0,
    Hugepagesize: 2_048,
    Hugetlb: 0,
    DirectMap4k: 120_000,
    DirectMap2M: Math.max(0, total - 120_000),
  };
  const { meminfo } = machine.persona.facts;
  if (!meminfo) return all;
  return Object.fromEntries(
    Object.entries(meminfo).map(([name, value]) => [name, value === true ? all[name]! : value]),
  );
}

/** The three averages: a quiet server, moved by what runs now. */
export function loadAverage(machine: Computer): [number, number, number] {
  // The kernel looks every five seconds.
  const turn = Math.floor(machine.clock.now() / 5000);
  const known = loads.get(machine);
  if (known?.turn === turn) return known.load;
  const load = measuredLoad(machine);
  loads.set(machine, { turn, load });
  return load;
}
const loads = new WeakMap<Computer, { turn: number; load: [number, number, number] }>();

function measuredLoad(machine: Computer): [number, number, number] {
  const running = [...machine.running.values()].filter((process) => process.state === 'running').length;
  const base = 0.01 + machine.origin.fate.number('load') * 0.08;
  const wave = (period: number) => Math.max(0, Math.sin(machine.clock.now() / period) * 0.05);
  return [base + wave(41_000) + Math.min(running, 8) * 0.05, base + wave(211_000), base + wave(883_000) * 0.5];
}

/** The modules in the kernel now. */
const modules = (machine: Computer) =>
  (machine.settings.get('modules') ?? machine.persona.facts.modules) as Facts['modules'];

export function procTree(machine: Computer): Virtual {
  const system = { device: 0x13, time: () => machine.clock.now() };
  const { identity, origin } = machine;
  const { facts } = machine.persona;
  const uptime = () => (machine.clock.now() - origin.bootTime) / 1000;
  const file = (path: Bytes, content: () => Bytes, mode = 0o444) => virtualFile(system, path, content, { mode });

  const fixed: Tree = {
    cmdline: `BOOT_IMAGE=/boot/vmlinuz-${identity.kernelRelease} root=PARTUUID=${origin.fate.uuid('root')} ro console=tty0 console=ttyS0,115200 earlyprintk=ttyS0,115200 consoleblank=0\n`,
    cpuinfo: () => cpuinfo(machine),
    meminfo: () =>
      `${Object.entries(memoryKiB(machine))
        .map(([name, value]) => `${`${name}:`.padEnd(16)}${String(value).padStart(8)} kB\n`)
        .join('')}`,
    version: `Linux version ${identity.kernelRelease} ${machine.origin.kernel.builder} ${identity.kernelVersion}\n`,
    uptime: () => `${uptime().toFixed(2)} ${(uptime() * identity.cpuCount * 0.985).toFixed(2)}\n`,
    loadavg: () => {
      const processes = machine.processes;
      return `${loadAverage(machine)
        .map((load) => load.toFixed(2))
        .join(' ')} 1/${processes.size + 60} ${Math.max(...processes.keys())}\n`;
    },
    mounts: '->self/mounts',
    net: '->self/net',
    self: virtualLink(system, '/proc/self', (by) => String(by?.pid ?? 1)) as unknown as Bytes,
    'thread-self': virtualLink(
      system,
      '/proc/thread-self',
      (by) => `${by?.pid ?? 1}/task/${by?.pid ?? 1}`,
    ) as unknown as Bytes,
    filesystems: facts.filesystems.map((name) => `${name}\n`).join(''),
    modules: () =>
      modules(machine)
        .map(
          ({ name, size, users }) =>
            `${name} ${size} ${users.length} ${users.length ? `${users.join(',')},` : '-'} Live 0x0000000000000000\n`,
        )
        .join(''),
    partitions: () =>
      `major minor  #blocks  name\n\n${machine
        .partitions()
        .map(
          ({ name, minor, bytes }) =>
            `${String(facts.diskMajor).padStart(4)}${String(minor).padStart(9)}${String(Math.floor(bytes / 1024)).padStart(11)} ${name}\n`,
        )
        .join('')}`,
    stat: () => stat(machine, uptime()),
    swaps: 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n',
    devices:
      'Character devices:\n  1 mem\n  4 /dev/vc/0\n  4 tty\n  4 ttyS\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n  7 vcs\n 10 misc\n 13 input\n128 ptm\n136 pts\n254 nvme\n\nBlock devices:\n259 blkext\n',
    diskstats: () =>
      `${String(facts.diskMajor).padStart(4)}       0 ${facts.disk} ${Math.floor(9000 + uptime() / 60)} 2400 ${Math.floor(700_000 + uptime())} 8000 ${Math.floor(uptime() / 3)} ${Math.floor(uptime() / 5)} ${Math.floor(uptime() * 7)} 40000 0 ${Math.floor(uptime() / 9)} 48000 0 0 0 0 0 0\n`,
    interrupts: () => interrupts(machine, uptime()),
    sys: sysctlTree(machine, system),
  };
  const base = virtualTree(system, '/proc', joined(fixed, facts.proc ?? {}));
  return virtualDirectory(
    system,
    '/proc',
    (name, by) => {
      if (!/^\d+$/.test(name)) return base.lookup!(name, by);
      const info = machine.processes.get(Number(name));
      return info && processDirectory(machine, system, info, file);
    },
    () => [...machine.processes.keys()].map(String).concat([...base.list!(undefined)]),
    { links: 150 },
  );
}

/** /proc/interrupts: the network, the disk and the timers, by processor. */
function interrupts({ identity, origin, persona }: Computer, seconds: number): Bytes {
  const { fate } = origin;
  const each = Array.from({ length: identity.cpuCount }, (_, i) => i);
  const row = (name: string, perSecond: number, end: string) =>
    `${name.padStart(3)}:${each.map((i) => String(Math.floor(seconds * perSecond * (0.8 + fate.number(`irq ${name} ${i}`) * 0.4))).padStart(11)).join('')}   ${end}\n`;
  const { disk, interface: link } = persona.facts;
  return (
    `    ${each.map((i) => `CPU${i}`.padStart(11)).join('')}\n` +
    row('24', 1.3 + fate.number('irq disk'), `${disk}`) +
    row('27', 4 + fate.number('irq net') * 3, `${link}-Tx-Rx-0`) +
    row('LOC', 38 + fate.number('irq timer') * 20, 'Local timer interrupts') +
    row('RES', 0.9, 'Rescheduling interrupts') +
    row('CAL', 0.3, 'Function call interrupts')
  );
}

function cpuinfo(machine: Computer): Bytes {
  const { identity, origin } = machine;
  const { cpu } = origin;
  let text = '';
  const width = cpu.cpuinfo?.width ?? 16;
  const line = ([name, value]: readonly [string, string | number]) =>
    name === '' ? '\n' : `${name}${'\t'.repeat(Math.max(0, Math.ceil((width - name.length) / 8)))}: ${value}\n`;
  if (cpu.cpuinfo) {
    const { start = [], each, end } = cpu.cpuinfo;
    // The network card of a Raspberry Pi has the last three bytes of the board's serial number.
    const serial = `00000000${origin.fate.hex('board', 2)}${identity.mac.replaceAll(':', '').slice(6)}`;
    text = start.map(line).join('');
    for (let i = 0; i < identity.cpuCount; i++) text += `${line(['processor', i])}${each.map(line).join('')}\n`;
    return text + end.map(([name, value]) => line([name, value.replace('{serial}', serial)])).join('');
  }
  for (let i = 0; i < identity.cpuCount; i++) {
    const rows: [string, string | number][] = [
      ['processor', i],
      ['vendor_id', cpu.vendor],
      ['cpu family', cpu.family],
      ['model', cpu.modelNumber],
      ['model name', cpu.model],
      ['stepping', cpu.stepping],
      ['microcode', cpu.microcode],
      ['cpu MHz', cpu.mhz.toFixed(3)],
      ['cache size', `${cpu.cacheKiB} KB`],
      ['physical id', 0],
      ['siblings', identity.cpuCount],
      ['core id', i >> 1],
      ['cpu cores', Math.max(1, identity.cpuCount >> 1)],
      ['apicid', i],
      ['initial apicid', i],
      ['fpu', 'yes'],
      ['fpu_exception', 'yes'],
      ['cpuid level', 13],
      ['wp', 'yes'],
      ['flags', cpu.flags],
      ['bugs', cpu.bugs],
      ['bogomips', (cpu.mhz * 2).toFixed(2)],
      ['clflush size', 64],
      ['cache_alignment', 64],
      ['address sizes', '46 bits physical, 48 bits virtual'],
      ['power management', ''],
    ];
    text += `${rows.map(line).join('')}\n`;
  }
  return text;
}

function stat(machine: Computer, seconds: number): Bytes {
  const { identity, origin } = machine;
  const ticks = Math.floor(seconds * 100);
  const row = (user: number, system: number) =>
    `${Math.floor(ticks * user)} 210 ${Math.floor(ticks * system)} ${Math.floor(ticks * (1 - user - system))} ${Math.floor(ticks * 0.001)} 0 ${Math.floor(ticks * 0.0004)} ${Math.floor(ticks * 0.0006)} 0 0`;
  const one = row(0.006, 0.004);
  const all = one
    .split(' ')
    .map((n) => Number(n) * identity.cpuCount)
    .join(' ');
  let text = `cpu  ${all}\n`;
  for (let i = 0; i < identity.cpuCount; i++) text += `cpu${i} ${one}\n`;
  return `${text}intr ${ticks * 3} 0 9 0\nctxt ${ticks * 5}\nbtime ${Math.floor(origin.bootTime / 1000)}\nprocesses ${Math.max(...machine.processes.keys())}\nprocs_running 1\nprocs_blocked 0\nsoftirq ${ticks * 2} 0 0 0 0 0 0 0 0 0 0\n`;
}

const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');
const hexAddress = (address: string) =>
  address
    .split('.')
    .reverse()
    .map((part) => hex(Number(part), 2))
    .join('');

/** 32 hex digits of an IPv6 address; `words`: each of its four words in the byte order of the machine, as /proc/net/tcp6 has it. */
function hexAddress6(address: string, words: boolean): string {
  const mapped = /^(?:::ffff:)?(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const [head = '', tail] = mapped
    ? ['0:0:0:0:0:ffff', `${hex((+mapped[1]! << 8) | +mapped[2]!, 4)}:${hex((+mapped[3]! << 8) | +mapped[4]!, 4)}`]
    : address.split('::');
  const groups = (part: string) => part.split(':').filter((group) => group !== '');
  const before = groups(head);
  const after = groups(tail ?? '');
  const all = [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after];
  const digits = all.map((group) => hex(Number.parseInt(group, 16), 4)).join('');
  return words ? digits.replace(/(..)(..)(..)(..)/g, '$4$3$2$1') : digits;
}

/** /proc/net/tcp and its kin (net/ipv4/tcp_ipv4.c, get_tcp4_sock). */
function socketTable(machine: Computer, protocol: 'tcp' | 'tcp6' | 'udp' | 'udp6'): Bytes {
  const states: Record<string, string> = { LISTEN: '0A', ESTABLISHED: '01' };
  const six = protocol.endsWith('6');
  const end = (address: string, port: number) =>
    `${six ? hexAddress6(address, true) : hexAddress(address)}:${hex(port, 4)}`;
  const rows = machine.network
    .sockets()
    .filter((socket) => socket.protocol === protocol)
    .map(
      (s, i) =>
        `${String(i).padStart(protocol.startsWith('udp') ? 5 : 4)}: ${end(s.local, s.localPort)} ${end(s.remote, s.remotePort)} ${states[s.state] ?? '07'} 00000000:00000000 00:00000000 00000000 ${String(s.uid).padStart(5)}        0 ${s.inode} ${protocol.startsWith('udp') ? '2 0000000000000000 0' : '1 0000000000000000 100 0 0 10 0'}\n`,
    );
  const head = six
    ? `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode`
    : protocol === 'udp'
      ? '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops'
      : '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
  return `${head}${protocol === 'udp6' ? ' ref pointer drops' : ''}\n${rows.join('')}`;
}

/** /proc/net/route (net/ipv4/fib_trie.c, fib_route_seq_show). */
function routeTable(routes: readonly Route[]): Bytes {
  const rows = routes.map(({ to, type, via, dev, metric = 0 }) => {
    const [address = '', length = to === 'default' ? '0' : '32'] = to === 'default' ? ['0.0.0.0'] : to.split('/');
    const mask = (0xffffffff << (32 - Number(length))) >>> 0;
    const bits = Number(length) === 0 ? 0 : mask;
    const dotted = [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
    const flags = 1 | (via ? 2 : 0) | (length === '32' ? 4 : 0) | (type ? 0x200 : 0);
    return `${type ? '*' : dev}\t${hexAddress(address)}\t${hexAddress(via ?? '0.0.0.0')}\t${hex(flags, 4)}\t0\t0\t${metric}\t${hexAddress(dotted)}\t0\t0\t0`.padEnd(
      127,
    );
  });
  return `${['Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'.padEnd(127), ...rows].join('\n')}\n`;
}

function processDirectory(
  machine: Computer,
  system: { device: number; time(): number },
  info: ProcessInfo,
  file: (path: Bytes, content: () => Bytes, mode?: number) => Virtual,
  thread = false,
): Virtual {
  const path = thread ? `/proc/${info.pid}/task/${info.pid}` : `/proc/${info.pid}`;
  const running = machine.running.get(info.pid) as Proc | undefined;
  const options = { uid: info.uid, gid: running?.credentials.gid ?? info.uid, time: info.started };
  const letter = info.state[0] ?? 'S';
  const ticks = Math.floor(info.cpu / 10);
  const start = Math.max(0, Math.floor((info.started - machine.origin.bootTime) / 10));
  const groups = () => {
    const group = running?.credentials;
    const ids = group ? [group.uid, group.euid, group.gid, group.egid] : [info.uid, info.uid, info.uid, info.uid];
    return `Uid:\t${ids[0]}\t${ids[1]}\t${ids[1]}\t${ids[1]}\nGid:\t${ids[2]}\t${ids[3]}\t${ids[3]}\t${ids[3]}\nFDSize:\t256\nGroups:\t${(group?.groups ?? []).join(' ')} \n`;
  };
  const words: Record<string, string> = {
    R: 'R (running)',
    S: 'S (sleeping)',
    T: 'T (stopped)',
    Z: 'Z (zombie)',
    I: 'I (idle)',
    D: 'D (disk sleep)',
  };
  const { network } = machine;
  const sockets = (protocol: 'tcp' | 'tcp6' | 'udp' | 'udp6') => socketTable(machine, protocol);
  const net: Tree = {
    dev: () =>
      `Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n${network.interfaces
        .map(
          (i) =>
            `${i.name.padStart(6)}: ${String(i.rxBytes()).padStart(7)} ${String(i.rxPackets()).padStart(7)}    0    0    0     0          0         0 ${String(i.txBytes()).padStart(8)} ${String(i.txPackets()).padStart(7)}    0    0    0     0       0          0\n`,
        )
        .join('')}`,
    arp: () =>
      `IP address       HW type     Flags       HW address            Mask     Device\n${network.neighbours
        .map(
          ({ address, mac, device, state }) =>
            `${address.padEnd(17)}0x1         ${state === 'PERMANENT' ? '0x6' : '0x2'}         ${mac}     *        ${device}\n`,
        )
        .join('')}`,
    route: () => routeTable(network.routes),
    tcp: () => sockets('tcp'),
    tcp6: () => sockets('tcp6'),
    udp: () => sockets('udp'),
    udp6: () => sockets('udp6'),
    if_inet6: () =>
      network.interfaces
        .map(
          (i, n) =>
            `${hexAddress6(i.ipv6, false).toLowerCase()} ${hex(n + 1, 2)} ${i.loopback ? '80 10' : '40 20'} 80 ${i.name.padStart(8)}\n`,
        )
        .join(''),
  };
  const mounts = () =>
    machine
      .mounts()
      .map((m) => `${m.source} ${m.target} ${m.type} ${m.options} 0 0\n`)
      .join('');
  const tree: Record<Bytes, () => Virtual> = {
    cmdline: () => file(`${path}/cmdline`, () => (info.argv.length > 0 ? `${info.argv.join('\0')}\0` : '')),
    comm: () => file(`${path}/comm`, () => `${info.comm}\n`, 0o644),
    status: () =>
      file(
        `${path}/status`,
        () =>
          `Name:\t${info.comm}\nUmask:\t0022\nState:\t${words[letter] ?? words['S']}\nTgid:\t${info.pid}\nNgid:\t0\nPid:\t${info.pid}\nPPid:\t${info.ppid}\nTracerPid:\t0\n${groups()}NStgid:\t${info.pid}\nNSpid:\t${info.pid}\nNSpgid:\t${info.pgid}\nNSsid:\t${info.sid}\n${info.virtual ? `VmPeak:\t${String(info.virtual).padStart(8)} kB\nVmSize:\t${String(info.virtual).padStart(8)} kB\nVmLck:\t       0 kB\nVmPin:\t       0 kB\nVmHWM:\t${String(info.resident).padStart(8)} kB\nVmRSS:\t${String(info.resident).padStart(8)} kB\nVmSwap:\t       0 kB\n` : ''}Threads:\t1\nSigQ:\t0/3700\nSeccomp:\t0\nCpus_allowed_list:\t0${machine.identity.cpuCount > 1 ? `-${machine.identity.cpuCount - 1}` : ''}\nvoluntary_ctxt_switches:\t${ticks + 12}\nnonvoluntary_ctxt_switches:\t${ticks >> 2}\n`,
      ),
    stat: () =>
      file(
        `${path}/stat`,
        () =>
          `${info.pid} (${info.comm}) ${letter} ${info.ppid} ${info.pgid} ${info.sid} ${info.tty === '?' ? 0 : 34816 + Number(info.tty.replace(/\D/g, ''))} ${running?.terminal?.foreground ?? -1} 4194560 800 0 0 0 ${ticks} ${ticks >> 1} 0 0 20 ${info.nice} 1 0 ${start} ${info.virtual * 1024} ${info.resident >> 2} 18446744073709551615 1 1 0 0 0 0 0 4096 65536 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n`,
      ),
    statm: () =>
      file(
        `${path}/statm`,
        () => `${info.virtual >> 2} ${info.resident >> 2} ${info.resident >> 3} 1 0 ${info.resident >> 3} 0\n`,
      ),
    environ: () =>
      file(
        `${path}/environ`,
        () => (running ? [...running.environment].map(([name, value]) => `${name}=${value}\0`).join('') : ''),
        0o400,
      ),
    exe: () => virtualLink(system, `${path}/exe`, () => running?.executable ?? executableOf(info)),
    cwd: () => virtualLink(system, `${path}/cwd`, () => running?.cwd ?? '/'),
    root: () => virtualLink(system, `${path}/root`, () => '/'),
    limits: () =>
      file(
        `${path}/limits`,
        () =>
          'Limit                     Soft Limit           Hard Limit           Units     \nMax cpu time              unlimited            unlimited            seconds   \nMax file size             unlimited            unlimited            bytes     \nMax processes             3700                 3700                 processes \nMax open files            1024                 1048576              files     \n',
      ),
    maps: () =>
      file(`${path}/maps`, () =>
        info.argv.length > 0
          ? `55a1f2a00000-55a1f2a2f000 r--p 00000000 103:01 1300                       ${running?.executable ?? executableOf(info)}\n7ffc12c3f000-7ffc12c60000 rw-p 00000000 00:00 0                          [stack]\n`
          : '',
      ),
    mounts: () => file(`${path}/mounts`, mounts),
    mountinfo: () =>
      file(`${path}/mountinfo`, () =>
        machine
          .mounts()
          .map(
            (m, i) =>
              `${22 + i} ${i === 5 ? 1 : 28} 0:${20 + i} / ${m.target} ${m.options
                .split(',')
                .filter((o) => /^(rw|ro|nosuid|nodev|noexec|relatime)$/.test(o))
                .join(',')} shared:${i + 1} - ${m.type} ${m.source} rw\n`,
          )
          .join(''),
      ),
    cgroup: () =>
      file(`${path}/cgroup`, () => (running ? '0::/user.slice/user-0.slice/session-1.scope\n' : '0::/system.slice\n')),
    oom_score_adj: () => file(`${path}/oom_score_adj`, () => '0\n', 0o644),
    net: () => virtualTree(system, `${path}/net`, net),
    fd: () => descriptors(system, path, running, options),
    task: () =>
      virtualDirectory(
        system,
        `${path}/task`,
        (name) => (name === String(info.pid) ? processDirectory(machine, system, info, file, true) : undefined),
        () => [String(info.pid)],
        options,
      ),
  };
  // A thread has none of its own.
  if (thread) delete tree['task'];
  return virtualDirectory(
    system,
    path,
    (name) => (Object.hasOwn(tree, name) ? tree[name]!() : undefined),
    () => Object.keys(tree),
    options,
  );
}

const executableOf = (info: ProcessInfo): Bytes =>
  info.argv[0]?.startsWith('/') ? info.argv[0].split(' ')[0]! : info.argv.length > 0 ? `/usr/sbin/${info.comm}` : '';

function descriptors(
  system: { device: number; time(): number },
  path: Bytes,
  running: Proc | undefined,
  options: { uid: number; gid: number },
): Virtual {
  return virtualDirectory(
    system,
    `${path}/fd`,
    (name, _by: Looker | undefined) => {
      const file = /^\d+$/.test(name) ? running?.descriptors.get(Number(name)) : undefined;
      return (
        file &&
        virtualLink(
          system,
          `${path}/fd/${name}`,
          () => file.path,
          () => ({ file }),
          { mode: 0o100 | (file.readable ? 0o400 : 0) | (file.writable ? 0o200 : 0), ...options },
        )
      );
    },
    () => [...(running?.descriptors.keys() ?? [])].map(String),
    { mode: 0o500, ...options },
  );
}
