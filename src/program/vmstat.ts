// vmstat (procps 4.0.2): memory, paging, disks and processors, from /proc.
import type { Process } from '../machine/machine.ts';
import { tryTo } from './failure.ts';
import { memory, uptime } from './proc.ts';
import { gnu, type Invocation } from './program.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';

export const names = ['vmstat'];

export const main = gnu({
  short: 'afmnsdDp:S:twyhV',
  long: {
    active: 'a',
    forks: 'f',
    slabs: 'm',
    'one-header': 'n',
    stats: 's',
    disk: 'd',
    'disk-sum': 'D',
    'partition=': 'p',
    'unit=': 'S',
    timestamp: 't',
    wide: 'w',
    'no-first': 'y',
  },
  usage: '[options] [delay [count]]',
  release: 'procps-ng 4.0.2',
  async run(run) {
    const { process } = run;
    const [delay, count] = run.operands.map(Number);
    if (run.operands.some((word) => !/^\d+$/.test(word)))
      return run.fail(`failed to parse argument: '${run.operands.find((word) => !/^\d+$/.test(word))}'`);
    if (delay === 0) return run.fail('delay must be positive integer');
    if (run.has('f')) {
      run.put(`${String(counters(process).forks).padStart(13)} forks\n`);
      return 0;
    }
    if (run.has('s')) {
      totals(run);
      return 0;
    }
    if (run.has('d') || run.has('D') || run.has('m') || run.has('p')) {
      process.witness.gap('vmstat', ['d', 'D', 'm', 'p'].find((key) => run.has(key))!);
      return 0;
    }
    const rounds = delay === undefined ? 1 : (count ?? Number.POSITIVE_INFINITY);
    let before: Counters | undefined;
    for (let n = 0; n < rounds; n++) {
      if (n === 0 || (!run.has('n') && n % 22 === 0)) head(run);
      const now = counters(process);
      row(run, now, before);
      before = now;
      await run.flush();
      if (n + 1 < rounds) await process.sleep(delay! * 1000);
    }
    return 0;
  },
});

interface Counters {
  /** Ticks: user and nice, system, idle, waiting, stolen. */
  cpu: [us: number, sy: number, id: number, wa: number, st: number];
  interrupts: number;
  switches: number;
  forks: number;
  running: number;
  blocked: number;
  /** Sectors. */
  read: number;
  written: number;
  /** Seconds since boot. */
  at: number;
}

function counters(process: Process): Counters {
  const stat = tryTo(() => process.readFile('/proc/stat')) ?? '';
  const value = (name: string) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(stat)?.[1] ?? 0);
  const cpu = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? '').split(' ').map(Number);
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0, steal = 0] = cpu;
  let [read, written] = [0, 0];
  for (const line of (tryTo(() => process.readFile('/proc/diskstats')) ?? '').split('\n')) {
    const cells = line.trim().split(/\s+/);
    if (cells[2] === undefined || /(\dp\d+|[hsv]d[a-z]\d+)$/.test(cells[2]) || /^(loop|ram)/.test(cells[2])) continue;
    read += Number(cells[5]);
    written += Number(cells[9]);
  }
  return {
    cpu: [user + nice, system + irq + soft, idle, wait, steal],
    interrupts: value('intr'),
    switches: value('ctxt'),
    forks: value('processes'),
    running: value('procs_running'),
    blocked: value('procs_blocked'),
    read,
    written,
    at: uptime(process),
  };
}

/** Bytes of -S. */
const unitOf = (run: Invocation): number =>
  ({ b: 1, B: 1, k: 1000, K: 1024, m: 1_000_000, M: 1_048_576 })[run.value('S') ?? 'K'] ?? 1024;

function head(run: Invocation): void {
  const active = run.has('a');
  if (run.has('w')) {
    run.put(
      `--procs-- -----------------------memory---------------------- ---swap-- -----io---- -system-- --------cpu--------${run.has('t') ? ' -----timestamp-----' : ''}\n` +
        `   r    b         swpd         free ${active ? '       inact       active' : '        buff        cache'}   si   so    bi    bo   in   cs  us  sy  id  wa  st${run.has('t') ? '                 UTC' : ''}\n`,
    );
    return;
  }
  run.put(
    `procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----${run.has('t') ? ' -----timestamp-----' : ''}\n` +
      ` r  b   swpd   free ${active ? ' inact active' : '  buff  cache'}   si   so    bi    bo   in   cs us sy id wa st${run.has('t') ? '                 UTC' : ''}\n`,
  );
}

function row(run: Invocation, now: Counters, before: Counters | undefined): void {
  const { process } = run;
  const kib = memory(process);
  const unit = unitOf(run);
  const size = (name: string) => Math.floor(((kib.get(name) ?? 0) * 1024) / unit);
  const seconds = now.at - (before?.at ?? 0) || 1;
  const rate = (key: 'interrupts' | 'switches' | 'read' | 'written') => (now[key] - (before?.[key] ?? 0)) / seconds;
  const ticks = now.cpu.map((value, n) => value - (before?.cpu[n] ?? 0));
  const sum = ticks.reduce((a, b) => a + b, 0) || 1;
  const percent = ticks.map((value) => Math.round((100 * value) / sum));
  const wide = run.has('w');
  const pad = (value: number, width: number) => String(Math.round(value)).padStart(width);
  const memories = run.has('a')
    ? [size('Inactive'), size('Active')]
    : [size('Buffers'), size('Cached') + size('SReclaimable')];
  const swapped = (kib.get('SwapTotal') ?? 0) - (kib.get('SwapFree') ?? 0);
  const first = wide ? [4, 4, 12, 12, 12, 12] : [2, 2, 6, 6, 6, 6];
  const cells = [
    ...[now.running, now.blocked, Math.floor((swapped * 1024) / unit), size('MemFree'), ...memories].map((v, n) =>
      pad(v, first[n]!),
    ),
    pad(0, 4),
    pad(0, 4),
    pad(rate('read') / 2, 5),
    pad(rate('written') / 2, 5),
    pad(rate('interrupts'), 4),
    pad(rate('switches'), 4),
    ...percent.map((value) => pad(value, wide ? 3 : 2)),
  ];
  const stamp = run.has('t')
    ? ` ${strftime('%Y-%m-%d %H:%M:%S', breakDown(process.machine.clock.now(), zoneOf(process)))}`
    : '';
  run.put(`${cells.join(' ')}${stamp}\n`);
}

function totals(run: Invocation): void {
  const { process } = run;
  const kib = memory(process);
  const now = counters(process);
  const unit = unitOf(run);
  const word = run.value('S') === undefined || run.value('S') === 'K' ? 'K' : run.value('S')!;
  const m = (name: string) => kib.get(name) ?? 0;
  const cached = m('Cached') + m('SReclaimable');
  const used = m('MemTotal') - m('MemAvailable');
  const sizes: [number, string][] = [
    [m('MemTotal'), 'total memory'],
    [used, 'used memory'],
    [m('Active'), 'active memory'],
    [m('Inactive'), 'inactive memory'],
    [m('MemFree'), 'free memory'],
    [m('Buffers'), 'buffer memory'],
    [cached, 'swap cache'],
    [m('SwapTotal'), 'total swap'],
    [m('SwapTotal') - m('SwapFree'), 'used swap'],
    [m('SwapFree'), 'free swap'],
  ];
  for (const [value, name] of sizes)
    run.put(`${String(Math.floor((value * 1024) / unit)).padStart(13)} ${word} ${name}\n`);
  const line = (value: number, name: string) => run.put(`${String(Math.floor(value)).padStart(13)} ${name}\n`);
  const [us, sy, id, wa, st] = now.cpu;
  line(us, 'non-nice user cpu ticks');
  line(0, 'nice user cpu ticks');
  line(sy, 'system cpu ticks');
  line(id, 'idle cpu ticks');
  line(wa, 'IO-wait cpu ticks');
  line(0, 'IRQ cpu ticks');
  line(0, 'softirq cpu ticks');
  line(st, 'stolen cpu ticks');
  line(0, 'non-nice guest cpu ticks');
  line(0, 'nice guest cpu ticks');
  line(now.read / 2, 'K paged in');
  line(now.written / 2, 'K paged out');
  line(0, 'pages swapped in');
  line(0, 'pages swapped out');
  line(now.interrupts, 'interrupts');
  line(now.switches, 'CPU context switches');
  line(process.machine.clock.bootTime / 1000, 'boot time');
  line(now.forks, 'forks');
}
