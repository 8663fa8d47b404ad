// ps and top of BusyBox.
import type { Bytes, ProcessInfo } from '../../machine/machine.ts';
import { load, memory, processes } from '../proc.ts';
import { gnu, type Invocation } from '../program.ts';
import { parseDuration } from '../sleep.ts';
import { usageOf } from './usage.ts';

/** `{comm} argv` where a process hides its name, `[comm]` without arguments: as BusyBox reads /proc. */
function commandOf({ argv, comm }: ProcessInfo): Bytes {
  if (argv.length === 0) return `[${comm}]`;
  const line = argv
    .join(' ')
    .replace(/[\x00-\x1f]/g, ' ')
    .trimEnd();
  const base = (argv[0] ?? '').replace(/^-/, '').replace(/^.*\//, '').slice(0, 15);
  return base === comm || base.startsWith(comm) ? line : `{${comm}} ${line}`;
}

const userOf = (run: Invocation, uid: number): Bytes =>
  (run.process.machine.accounts.byId(uid)?.name ?? String(uid)).slice(0, 8);

/** State of one letter, W without memory, and < or N by niceness. */
const stateOf = ({ state, virtual, nice }: ProcessInfo): string =>
  `${state.slice(0, 1)}${virtual === 0 ? 'W' : ' '}${nice < 0 ? '<' : nice > 0 ? 'N' : ' '}`;

/** KiB in at most `width` characters: `1504`, `12m`. */
function memoryText(kib: number, width: number): string {
  if (String(kib).length <= width) return String(kib);
  return kib < 1024 * 10 ** (width - 1) ? `${Math.floor(kib / 1024)}m` : `${Math.floor(kib / 1024 / 1024)}g`;
}

/** `0:03`, `12h34`, as the desktop's ps tells CPU time. */
function cpuText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3600)];
  if (minutes < 1000) return `${minutes}:${String(seconds % 60).padStart(2, '0')}`.padStart(5);
  return `${hours}h${String(minutes % 60).padStart(2, '0')}`.padStart(5);
}

type Column = readonly [header: string, width: number, text: (run: Invocation, p: ProcessInfo) => Bytes, right?: true];

const COLUMNS: Readonly<Record<string, Column>> = {
  user: ['USER', -8, (run, p) => userOf(run, p.uid)],
  group: ['GROUP', -8, (run, p) => userOf(run, p.uid)],
  comm: ['COMMAND', -16, (_, p) => p.comm],
  args: ['COMMAND', -256, (_, p) => commandOf(p)],
  pid: ['PID', 5, (_, p) => String(p.pid)],
  ppid: ['PPID', 5, (_, p) => String(p.ppid)],
  pgid: ['PGID', 5, (_, p) => String(p.pgid)],
  sid: ['SID', 5, (_, p) => String(p.sid)],
  etime: ['ELAPSED', 7, (run, p) => cpuText(run.process.machine.clock.now() - p.started).trim()],
  nice: ['NI', 5, (_, p) => String(p.nice)],
  time: ['TIME', 5, (_, p) => cpuText(p.cpu)],
  tty: [
    'TT',
    -6,
    (_, p) => (p.tty === '?' || p.tty === '' ? '?' : p.tty.replace(/^\/dev\//, '').replace('pts/', '136,')),
  ],
  vsz: ['VSZ', 4, (_, p) => memoryText(p.virtual, 4)],
  rss: ['RSS', 4, (_, p) => memoryText(p.resident, 4)],
  stat: ['STAT', -4, (_, p) => stateOf(p).trimEnd()],
};

const pad = (text: Bytes, width: number): Bytes => (width < 0 ? text.padEnd(-width) : text.padStart(width));

/** The ps of a desktop's BusyBox has columns to choose, that of a small machine has its own. */
export const ps = gnu({
  short: 'o:Twl',
  usage: '',
  async run(run) {
    const terminal = run.process.descriptors.get(1)?.terminal;
    // A terminal that says nothing of its size is taken for one of 80 columns.
    const width = terminal && (terminal.columns || 80);
    const all = processes(run.process);
    const cut = (line: Bytes) => run.put(`${width === undefined ? line : line.slice(0, Math.max(1, width))}\n`);
    if (!(usageOf(run.process, 'ps') ?? '').includes('-o ')) {
      cut('  PID USER       VSZ STAT COMMAND');
      for (const p of all)
        cut(
          `${String(p.pid).padStart(5)} ${userOf(run, p.uid).padEnd(8)} ${memoryText(p.virtual, 5).padStart(5)} ${stateOf(p)}  ${commandOf(p)}`,
        );
      return 0;
    }
    const wanted = run.values('o').length > 0 ? run.values('o').join(',').split(',') : ['pid', 'user', 'args'];
    const columns: [Column, string][] = [];
    for (const word of wanted) {
      const [name, header] = word.split('=', 2) as [string, string?];
      const column = COLUMNS[name];
      if (!column) return run.fail(`bad -o argument '${name}', supported arguments: ${Object.keys(COLUMNS).join(',')}`);
      columns.push([column, header ?? column[0]]);
    }
    const last = columns.length - 1;
    const line = (cells: readonly Bytes[]) =>
      cut(cells.map((text, i) => (i === last ? text : pad(text, columns[i]![0][1]))).join(' '));
    line(columns.map(([column, header], i) => (i === last ? header : header.padEnd(Math.abs(column[1])))));
    for (const p of all) line(columns.map(([column]) => column[2](run, p)));
    return 0;
  },
});

export const top = gnu({
  short: 'bn:d:mHC',
  usage: '[-b] [-n COUNT] [-d SECONDS]',
  async run(run) {
    const { process } = run;
    const terminal = process.descriptors.get(1)?.terminal;
    const batch = run.has('b') || !terminal;
    const count = Number(run.value('n') ?? Number.POSITIVE_INFINITY);
    const delay = (parseDuration(run.value('d') ?? '5') ?? 5) * 1000;
    for (let i = 0; i < count; i++) {
      if (!batch) run.put('\x1b[H\x1b[J');
      const rows = batch ? Number.POSITIVE_INFINITY : terminal!.rows - 5;
      run.put(screen(run, rows, batch ? 512 : terminal!.columns || 80));
      await run.flush();
      if (i + 1 < count) await process.sleep(delay);
    }
    return 0;
  },
});

function screen(run: Invocation, rows: number, width: number): Bytes {
  const { process } = run;
  const m = memory(process);
  const at = (name: string) => m.get(name) ?? 0;
  const total = at('MemTotal');
  const all = processes(process);
  const running = all.filter((p) => p.state.startsWith('R')).length;
  const head = [
    `Mem: ${total - at('MemFree')}K used, ${at('MemFree')}K free, ${at('Shmem')}K shrd, ${at('Buffers')}K buff, ${at('Cached')}K cached`,
    'CPU:   0% usr   0% sys   0% nic 100% idle   0% io   0% irq   0% sirq',
    `Load average: ${load(process).join(' ')} ${Math.max(1, running)}/${all.length} ${process.pid}`,
    '  PID  PPID USER     STAT   VSZ %VSZ %CPU COMMAND',
  ];
  const lines = [...all]
    .sort((a, b) => b.virtual - a.virtual)
    .slice(0, rows)
    .map((p) => {
      const share = Math.floor((p.virtual * 100) / Math.max(1, total));
      return `${String(p.pid).padStart(5)} ${String(p.ppid).padStart(5)} ${userOf(run, p.uid).padEnd(8)} ${stateOf(p)}  ${memoryText(p.virtual, 5).padStart(5)} ${String(share).padStart(3)}%   0% ${commandOf(p)}`;
    });
  return [...head, ...lines].map((text) => `${text.slice(0, width)}\n`).join('');
}
