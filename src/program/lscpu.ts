// lscpu (util-linux 2.38.1): the processor, out of /proc/cpuinfo.
import { tryTo } from './failure.ts';
import { gnu } from './program.ts';

export const names = ['lscpu'];

export const main = gnu({
  short: 'abBcCde::hJp::s:xyVr',
  long: {
    all: 'a',
    online: 'b',
    bytes: 'B',
    offline: 'c',
    'caches=?': 'C',
    'extended=?': 'e',
    json: 'J',
    'parse=?': 'p',
    'sysroot=': 's',
    hex: 'x',
    physical: 'y',
    raw: 'r',
    'output-all': 'output-all',
  },
  usage: '[options]',
  release: 'util-linux 2.38.1',
  gaps: ['C', 'J'],
  run(run) {
    const { process } = run;
    const { identity, persona } = process.machine;
    const text = tryTo(() => process.readFile('/proc/cpuinfo')) ?? '';
    const info = new Map([...text.matchAll(/^([^\t:]+?)\s*: ?(.*)$/gm)].map(([, k, v]) => [k!, v!] as const).reverse());
    const count = identity.cpuCount;
    if (run.has('V')) {
      run.put('lscpu from util-linux 2.38.1\n');
      return 0;
    }
    if (run.has('p')) {
      run.put(
        '# The following is the parsable format, which can be fed to other\n# programs. Each different item in every column has an unique ID\n# starting usually from zero.\n# CPU,Core,Socket,Node,,L1d,L1i,L2,L3\n',
      );
      for (let i = 0; i < count; i++) run.put(`${i},${i >> 1},0,0,,${i >> 1},${i >> 1},${i >> 1},0\n`);
      return 0;
    }
    if (run.has('e')) {
      run.put('CPU NODE SOCKET CORE L1d:L1i:L2:L3 ONLINE\n');
      for (let i = 0; i < count; i++)
        run.put(
          `${String(i).padStart(3)}    0      0 ${String(i >> 1).padStart(4)} ${i >> 1}:${i >> 1}:${i >> 1}:0          yes\n`,
        );
      return 0;
    }
    const arm = /^(arm|aarch)/.test(identity.architecture);
    const threads = !arm && count > 1 ? 2 : 1;
    const cores = Math.max(1, count / threads);
    const [l1d, l1i, l2, l3] = persona.facts.cpus.find((c) => c.model === identity.cpuModel)?.caches ?? [
      32, 32, 1024, 0,
    ];
    const size = (kib: number) =>
      kib >= 1024 && kib % 1024 === 0
        ? `${kib / 1024} MiB`
        : kib >= 10240
          ? `${Number((kib / 1024).toFixed(1))} MiB`
          : `${kib} KiB`;
    const cache = (kib: number, instances: number) =>
      `${size(kib * instances)} (${instances} instance${instances > 1 ? 's' : ''})`;
    const list = count > 1 ? `0-${count - 1}` : '0';
    const flags = info.get('flags') ?? info.get('Features') ?? '';
    const rows: [string, string | undefined][] = [
      ['Architecture:', identity.architecture],
      ['  CPU op-mode(s):', arm ? undefined : '32-bit, 64-bit'],
      ['  Address sizes:', info.get('address sizes')],
      ['  Byte Order:', 'Little Endian'],
      ['CPU(s):', String(count)],
      ['  On-line CPU(s) list:', list],
      ['Vendor ID:', info.get('vendor_id') ?? 'ARM'],
      ['  Model name:', info.get('model name') ?? identity.cpuModel],
      ['    CPU family:', info.get('cpu family')],
      ['    Model:', info.get('model') ?? '4'],
      ['    Thread(s) per core:', String(threads)],
      [arm ? '    Core(s) per cluster:' : '    Core(s) per socket:', String(cores)],
      ['    Socket(s):', arm ? '-' : '1'],
      ['    Stepping:', info.get('stepping') ?? 'r0p4'],
      ['    BogoMIPS:', info.get('bogomips') ?? info.get('BogoMIPS')],
      ['    Flags:', flags.trim()],
      ['Virtualization features:', / hypervisor\b/.test(flags) ? '' : undefined],
      ['  Hypervisor vendor:', / hypervisor\b/.test(flags) ? 'KVM' : undefined],
      ['  Virtualization type:', / hypervisor\b/.test(flags) ? 'full' : undefined],
      ['Caches (sum of all):', l2 ? '' : undefined],
      ['  L1d:', cache(l1d, cores)],
      ['  L1i:', cache(l1i, cores)],
      ['  L2:', cache(l2, arm ? 1 : cores)],
      ['  L3:', l3 ? cache(l3, 1) : undefined],
      ['NUMA:', arm ? undefined : ''],
      ['  NUMA node(s):', arm ? undefined : '1'],
      ['  NUMA node0 CPU(s):', arm ? undefined : list],
    ];
    const bugs = info.get('bugs')?.trim().split(' ') ?? [];
    if (bugs.length > 0) rows.push(['Vulnerabilities:', ''], ...vulnerabilities(bugs));
    // Only a terminal gets the indented tree; a pipe gets plain columns.
    const tree = run.process.descriptors.get(1)?.terminal !== undefined;
    const shown = rows
      .filter(([, v]) => v !== undefined && (tree || v !== ''))
      .map(([k, v]) => [tree ? k : k.trimStart(), v!] as const);
    const renamed = shown.map(
      ([k, v]) =>
        [
          !tree && rows.findIndex(([r]) => r.trimStart() === k) > 19 && /^L\d[di]?:$/.test(k)
            ? k.replace(':', ' cache:')
            : k,
          v,
        ] as const,
    );
    const wide = Math.max(...renamed.map(([k]) => k.length), tree ? 0 : 40);
    for (const [k, v] of renamed) run.put(v === '' ? `${k.padEnd(wide + 1)}\n` : `${k.padEnd(wide)} ${v}\n`);
    return 0;
  },
});

const ALL: [name: string, title: string, affected: string][] = [
  ['gds', 'Gather data sampling', 'Unknown: Dependent on hypervisor status'],
  ['itlb_multihit', 'Itlb multihit', 'KVM: Mitigation: VMX unsupported'],
  ['l1tf', 'L1tf', 'Mitigation; PTE Inversion'],
  ['mds', 'Mds', 'Vulnerable: Clear CPU buffers attempted, no microcode; SMT Host state unknown'],
  ['cpu_meltdown', 'Meltdown', 'Mitigation; PTI'],
  [
    'mmio_stale_data',
    'Mmio stale data',
    'Vulnerable: Clear CPU buffers attempted, no microcode; SMT Host state unknown',
  ],
  ['retbleed', 'Retbleed', 'Vulnerable'],
  ['spec_store_bypass', 'Spec store bypass', 'Vulnerable'],
  ['spectre_v1', 'Spectre v1', 'Mitigation; usercopy/swapgs barriers and __user pointer sanitization'],
  [
    'spectre_v2',
    'Spectre v2',
    'Mitigation; Retpolines; STIBP disabled; RSB filling; PBRSB-eIBRS Not affected; BHI Retpoline',
  ],
  ['srbds', 'Srbds', 'Vulnerable'],
  ['taa', 'Tsx async abort', 'Vulnerable'],
];

const vulnerabilities = (bugs: readonly string[]): [string, string][] =>
  ALL.map(([name, title, affected]) => [`  ${title}:`, bugs.includes(name) ? affected : 'Not affected']);
