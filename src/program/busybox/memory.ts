// free and df of BusyBox.
import { tryTo } from '../failure.ts';
import { memory } from '../proc.ts';
import { gnu, type Invocation } from '../program.ts';
import { human } from './human.ts';

export const free = gnu({
  short: 'bkmgh',
  usage: '',
  run(run) {
    const m = memory(run.process);
    const at = (name: string) => m.get(name) ?? 0;
    const unit =
      { b: 1, m: 1 << 20, g: 2 ** 30 }[run.options.findLast(([key]) => 'bkmg'.includes(key))?.[0] ?? 'k'] ?? 1024;
    const show = (kib: number) =>
      (run.has('h') ? human(kib * 1024) : String(Math.floor((kib * 1024) / unit))).padStart(12);
    const cached = at('Buffers') + at('Cached') + at('SReclaimable');
    const [total, left] = [at('MemTotal'), at('MemFree')];
    const row = (title: string, values: readonly number[]) =>
      run.put(`${title.padEnd(7)}${values.map(show).join('')}\n`);
    run.put(
      `       ${['total', 'used', 'free', 'shared', 'buff/cache', 'available'].map((h) => h.padStart(12)).join('')}\n`,
    );
    row('Mem:', [total, total - left - cached, left, at('Shmem'), cached, at('MemAvailable')]);
    row('Swap:', [at('SwapTotal'), at('SwapTotal') - at('SwapFree'), at('SwapFree')]);
    return 0;
  },
});

export const df = gnu({
  short: 'PkmhTaiB:t:',
  usage: '[FILESYSTEM]...',
  async run(run) {
    const { files } = run.process;
    const mounts = files.mounts();
    const block = run.has('m') ? 1 << 20 : 1024;
    const heading = run.has('h')
      ? '     Size'
      : run.has('m')
        ? '1M-blocks'
        : run.has('P')
          ? '1024-blocks'
          : '1K-blocks';
    const type = run.has('T');
    run.put(
      `Filesystem           ${type ? 'Type       ' : ''}${heading}      Used Available ${run.has('P') ? 'Capacity' : 'Use%'} Mounted on\n`,
    );
    let shown = mounts.filter((m) => run.has('a') || m.size > 0);
    if (run.operands.length > 0) {
      shown = [];
      for (const path of run.operands) {
        const mount = mountOf(run, path);
        if (mount) shown.push(mount);
        else await run.warn(`${path}: can't find mount point`);
      }
    }
    const size = (bytes: number) => (run.has('h') ? human(bytes) : String(Math.round(bytes / block))).padStart(9);
    for (const m of shown) {
      const { used } = m;
      const whole = used + m.available;
      const percent = whole === 0 ? 0 : Math.ceil((used * 100) / whole);
      // A long name stands on a line of its own.
      const name = m.source.length > 20 ? `${m.source}\n${' '.repeat(20)}` : m.source.padEnd(20);
      run.put(
        `${name} ${type ? `${m.type.padEnd(10)} ` : ''}${size(m.size)} ${size(used)} ${size(m.available)} ${String(percent).padStart(3)}% ${m.target}\n`,
      );
    }
    return undefined;
  },
});

function mountOf(run: Invocation, path: string) {
  const { files } = run.process;
  const real = tryTo(() => files.realpath(path));
  if (real === undefined || !tryTo(() => files.stat(real))) return undefined;
  return files
    .mounts()
    .filter(
      (m) => m.source === real || real === m.target || `${real}/`.startsWith(m.target === '/' ? '/' : `${m.target}/`),
    )
    .sort((a, b) => b.target.length - a.target.length)[0];
}
