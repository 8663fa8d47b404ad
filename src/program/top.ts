// top (procps 4.0.2): processes by use, once in batches or over and over on a terminal.
import type { ProcessInfo } from '../machine/machine.ts';
import { memory, processes } from './proc.ts';
import { gnu, type Invocation } from './program.ts';
import { parseDuration } from './sleep.ts';
import { summary } from './uptime.ts';

export const names = ['top'];

const declared = gnu({
  short: 'bcd:E:e:hHin:O:o:p:sSu:U:vVw::1',
  long: {},
  usage: '[options]',
  release: 'procps-ng 4.0.2',
  async run(run) {
    const { process } = run;
    if (run.has('v') || run.has('V')) {
      run.put('top from procps-ng 4.0.2\n');
      return 0;
    }
    const terminal = process.descriptors.get(1)?.terminal;
    const batch = run.has('b');
    if (!batch && !terminal) {
      await process.err('top: failed tty get\n');
      return 1;
    }
    const delay = parseDuration(run.value('d') ?? '3') ?? 3;
    const count = run.value('n') === undefined ? Number.POSITIVE_INFINITY : Number(run.value('n'));
    const user = run.value('u') ?? run.value('U');
    if (user !== undefined && !process.machine.accounts.byName(user) && !/^\d+$/.test(user)) {
      await process.err(`top: Invalid user\n`);
      return 1;
    }
    const before = new Map<number, number>();
    let last = process.machine.clock.now();

    const settings = batch ? undefined : terminal?.settings;
    const saved = settings && { icanon: settings.icanon, echo: settings.echo };
    if (settings) {
      settings.icanon = false;
      settings.echo = false;
      run.put('\x1b[?1h\x1b=\x1b[?25l\x1b[H\x1b[2J');
    }
    try {
      for (let i = 0; i < count; i++) {
        const now = process.machine.clock.now();
        const text = screen(
          run,
          before,
          i === 0 ? undefined : now - last,
          terminal && !batch ? terminal.rows : undefined,
          Number(run.value('w')) || terminal?.columns || 512,
        );
        last = now;
        run.put(batch ? `${i > 0 ? '\n' : ''}${text}` : `\x1b[H${text.replaceAll('\n', '\x1b[K\n')}\x1b[J`);
        await run.flush();
        if (i + 1 >= count) break;
        if (batch || !terminal) await process.sleep(delay * 1000);
        else if (await keyPressed(run, delay * 1000)) break;
      }
    } finally {
      if (settings && saved) {
        Object.assign(settings, saved);
        run.put(`\x1b[?1l\x1b>\x1b[${terminal!.rows + 1};1H\n\x1b[?12l\x1b[?25h\x1b[K`);
      }
    }
    return 0;
  },
});

/** `top -bn1`, `top -n 1 -b`, and the BSD-like `top b n1`. */
export const main: typeof declared = (process) => {
  process.argv = process.argv.map((arg, i) =>
    i > 0 && /^[bcHiSs]+n?\d*$/.test(arg) && !process.argv[i - 1]!.match(/^-\w*[dnopuUEe]$/) ? `-${arg}` : arg,
  );
  return declared(process);
};

/** Waits for `ms` or a key; true: the user wants to quit. */
async function keyPressed(run: Invocation, ms: number): Promise<boolean> {
  const { process } = run;
  let cancel = () => {};
  const timer = new Promise<'time'>((resolve) => {
    cancel = process.machine.clock.after(ms, () => resolve('time'));
  });
  const file = process.descriptors.get(0);
  let forget = () => {};
  const key = new Promise<'key'>((resolve) => {
    if (file) forget = file.onReadable(() => resolve('key'));
  });
  const first = await process.wait(Promise.race([timer, key]));
  cancel();
  forget();
  if (first === 'time') return false;
  const typed = await process.read(0, 64);
  return typed === '' || /[qQ\x03]/.test(typed);
}

function screen(
  run: Invocation,
  before: Map<number, number>,
  elapsed: number | undefined,
  rows: number | undefined,
  columns: number,
): string {
  const { process } = run;
  const { machine } = process;
  const all = processes(process);
  const m = memory(process);
  const at = (name: string) => (m.get(name) ?? 0) / 1024;
  const state = (p: ProcessInfo) =>
    ({ running: 'R', sleeping: 'S', stopped: 'T', zombie: 'Z' })[p.state] ?? p.state[0] ?? 'S';
  const tally = (wanted: string) => all.filter((p) => wanted.includes(state(p))).length;
  const since = elapsed ?? Math.max(1000, machine.clock.now() - machine.clock.bootTime);
  const used = new Map(
    all.map((p) => [
      p.pid,
      elapsed === undefined ? 0 : Math.max(0, ((p.cpu - (before.get(p.pid) ?? p.cpu)) * 100) / since),
    ]),
  );
  for (const p of all) before.set(p.pid, p.cpu);
  const busy = Math.min(
    96,
    [...used.values()].reduce((a, b) => a + b, 0) / machine.identity.cpuCount + machine.random() * 1.2,
  );
  const cached = at('Buffers') + at('Cached') + at('SReclaimable');
  const n = (v: number, w: number) => v.toFixed(1).padStart(w);
  const running = tally('R');
  const five = (v: number) => `${n(v, 4)}`;
  let text = `top -${summary(run)}\n`;
  text += `Tasks: ${String(all.length).padStart(3)} total, ${String(Math.max(1, running)).padStart(3)} running, ${String(all.length - Math.max(1, running) - tally('T') - tally('Z')).padStart(3)} sleeping, ${String(tally('T')).padStart(3)} stopped, ${String(tally('Z')).padStart(3)} zombie\n`;
  text += `%Cpu(s): ${five(busy * 0.6)} us, ${five(busy * 0.4)} sy, ${five(0)} ni,${n(100 - busy, 5)} id, ${five(0)} wa, ${five(0)} hi, ${five(0)} si, ${five(0)} st\n`;
  text += `MiB Mem : ${n(at('MemTotal'), 8)} total, ${n(at('MemFree'), 8)} free, ${n(at('MemTotal') - at('MemAvailable'), 8)} used, ${n(cached, 8)} buff/cache     \n`;
  text += `MiB Swap: ${n(at('SwapTotal'), 8)} total, ${n(at('SwapFree'), 8)} free, ${n(at('SwapTotal') - at('SwapFree'), 8)} used. ${n(at('MemAvailable'), 8)} avail Mem \n\n`;
  const header = '    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND';
  text += `${rows === undefined ? header : `\x1b[7m${header.padEnd(columns)}\x1b[m`}\n`;
  const user = run.value('u') ?? run.value('U');
  const uid = user === undefined ? undefined : (machine.accounts.byName(user)?.uid ?? Number(user));
  const pids = run.values('p').flatMap((p) => p.split(',').map(Number));
  const key = run.value('o')?.replace(/^[-+]/, '').toUpperCase();
  const sorted = all
    .filter((p) => (uid === undefined || p.uid === uid) && (pids.length === 0 || pids.includes(p.pid)))
    .sort((a, b) => {
      const by =
        key === '%MEM' || key === 'RES'
          ? b.resident - a.resident
          : key === 'TIME+' || key === 'TIME'
            ? b.cpu - a.cpu
            : key === 'PID'
              ? b.pid - a.pid
              : used.get(b.pid)! - used.get(a.pid)!;
      return by || a.pid - b.pid;
    });
  const total = (m.get('MemTotal') ?? 1) || 1;
  const scaled = (kib: number, width: number) =>
    (String(kib).length <= width ? String(kib) : `${(kib / 1024 / 1024).toFixed(1)}g`).padStart(width);
  for (const p of rows === undefined ? sorted : sorted.slice(0, Math.max(1, rows - 8))) {
    const name = machine.accounts.byId(p.uid)?.name ?? String(p.uid);
    const seconds = p.cpu / 1000;
    const time = `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(2).padStart(5, '0')}`;
    const command = run.has('c') && p.argv.length ? p.argv.join(' ') : p.comm;
    const line = `${String(p.pid).padStart(7)} ${(name.length > 8 ? `${name.slice(0, 7)}+` : name).padEnd(8)} ${String(20 + p.nice).padStart(3)} ${String(p.nice).padStart(3)} ${scaled(p.virtual, 7)} ${scaled(p.resident, 6)} ${scaled(Math.floor(p.resident * 0.7), 6)} ${state(p)} ${n(used.get(p.pid)!, 5)} ${n((100 * p.resident) / total, 5)} ${time.padStart(9)} ${command}`;
    text += `${line.slice(0, columns)}\n`;
  }
  return text;
}
