// free (procps): memory in use.
import { parseSize } from './number.ts';
import { memory } from './proc.ts';
import { gnu } from './program.ts';
import { parseDuration } from './sleep.ts';

export const names = ['free'];

const UNITS: Record<string, number> = {
  bytes: 1,
  b: 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  tebi: 1024 ** 4,
  pebi: 1024 ** 5,
  kilo: 1e3,
  mega: 1e6,
  giga: 1e9,
  tera: 1e12,
  peta: 1e15,
};

export const main = gnu({
  short: 'bkmghltc:ws:vV',
  long: {
    bytes: 'b',
    kibi: 'k',
    mebi: 'm',
    gibi: 'g',
    tebi: 'tebi',
    pebi: 'pebi',
    kilo: 'kilo',
    mega: 'mega',
    giga: 'giga',
    tera: 'tera',
    peta: 'peta',
    human: 'h',
    si: 'si',
    lohi: 'l',
    total: 't',
    committed: 'v',
    'seconds=': 's',
    'count=': 'c',
    wide: 'w',
  },
  usage: '[options]',
  release: 'procps-ng 4.0.2',
  async run(run) {
    if (run.has('V')) {
      run.put(`free from procps-ng 4.0.2\n`);
      return 0;
    }
    const human = run.has('h');
    const base = run.has('si') ? 1000 : 1024;
    const chosen = run.options.findLast(([k]) => k in UNITS)?.[0] ?? 'k';
    let unit = UNITS[chosen]!;
    if (base === 1000 && 'kmg'.includes(chosen)) unit = 1000 ** ('kmg'.indexOf(chosen) + 1);
    const show = (kib: number) => {
      const bytes = kib * 1024;
      if (!human) return String(Math.floor(bytes / unit));
      return scaled(bytes, base);
    };
    const repeat = run.value('s');
    const count =
      run.value('c') !== undefined
        ? (parseSize(run.value('c')!) ?? 1)
        : repeat === undefined
          ? 1
          : Number.POSITIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const m = memory(run.process);
      const at = (name: string) => m.get(name) ?? 0;
      const total = at('MemTotal');
      const cache = at('Cached') + at('SReclaimable');
      const cached = at('Buffers') + cache;
      const used =
        total - at('MemAvailable') > 0 && m.has('MemAvailable')
          ? total - at('MemAvailable')
          : total - at('MemFree') - cached;
      const row = (title: string, values: string[]) =>
        run.put(`${title.padEnd(9)}${values.map((v) => v.padStart(11)).join(' ')}\n`);
      const wide = run.has('w');
      const heads = ['total', 'used', 'free', 'shared', ...(wide ? ['buffers', 'cache'] : ['buff/cache']), 'available'];
      run.put(`         ${heads.map((h) => h.padStart(11)).join(' ')}\n`);
      row(
        'Mem:',
        [
          total,
          used,
          at('MemFree'),
          at('Shmem'),
          ...(wide ? [at('Buffers'), cache] : [cached]),
          at('MemAvailable'),
        ].map(show),
      );
      if (run.has('l')) {
        row('Low:', [total, total - at('MemFree'), at('MemFree')].map(show));
        row('High:', [0, 0, 0].map(show));
      }
      const swap = [at('SwapTotal'), at('SwapTotal') - at('SwapFree'), at('SwapFree')];
      row('Swap:', swap.map(show));
      if (run.has('t')) row('Total:', [total + swap[0]!, used + swap[1]!, at('MemFree') + swap[2]!].map(show));
      if (run.has('v'))
        row('Comm:', [at('CommitLimit'), at('Committed_AS'), at('CommitLimit') - at('Committed_AS')].map(show));
      await run.flush();
      if (i + 1 < count) {
        run.put('\n');
        await run.process.sleep((parseDuration(repeat ?? '1') ?? 1) * 1000);
      }
    }
    return 0;
  },
});

/** `1.9Gi`, `512Mi`, `0B`: at most three characters of number. */
function scaled(bytes: number, base: 1000 | 1024): string {
  const units = base === 1024 ? ['B', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'] : ['B', 'K', 'M', 'G', 'T', 'P'];
  for (const [power, unit] of units.entries()) {
    const value = bytes / base ** power;
    if (power === 0) {
      if (`${bytes}B`.length <= 4) return `${bytes}B`;
      continue;
    }
    const tenths = value.toFixed(1) + unit;
    if (tenths.length <= (base === 1024 ? 5 : 4)) return tenths;
    const whole = Math.floor(value) + unit;
    if (whole.length <= (base === 1024 ? 5 : 4)) return whole;
  }
  return `${bytes}`;
}
