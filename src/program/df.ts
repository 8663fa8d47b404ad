// df (GNU coreutils): space on file systems.
import type { Mount } from '../machine/machine.ts';
import { reason } from './failure.ts';
import { humanSize, parseSize } from './number.ts';
import { gnu } from './program.ts';
import { quote, quoteIfNeeded } from './quote.ts';

export const names = ['df'];

const FIELDS: Record<string, [title: string, left?: boolean]> = {
  source: ['Filesystem', true],
  fstype: ['Type', true],
  itotal: ['Inodes'],
  iused: ['IUsed'],
  iavail: ['IFree'],
  ipcent: ['IUse%'],
  size: ['1K-blocks'],
  used: ['Used'],
  avail: ['Available'],
  pcent: ['Use%'],
  file: ['File', true],
  target: ['Mounted on', true],
};

export const main = gnu({
  short: 'aB:iF:hHklmPTt:vx:',
  long: {
    all: 'a',
    'block-size=': 'B',
    'human-readable': 'h',
    si: 'H',
    inodes: 'i',
    local: 'l',
    'no-sync': 'no-sync',
    'output=?': 'output',
    portability: 'P',
    sync: 'sync',
    total: 'total',
    'type=': 't',
    'print-type': 'T',
    'exclude-type=': 'x',
  },
  usage: '[OPTION]... [FILE]...',
  async run(run) {
    const { files } = run.process;
    const all = files.mounts();
    let rows: { mount: Mount; file: string }[] = [];
    for (const path of run.operands) {
      try {
        const real = files.realpath(path);
        const type = files.stat(real).type;
        let mount = all
          .filter((m) => real === m.target || `${real}/`.startsWith(m.target === '/' ? '/' : `${m.target}/`))
          .sort((a, b) => b.target.length - a.target.length)[0];
        if (type === 'block') mount = all.find((m) => m.source === real) ?? mount;
        if (mount) rows.push({ mount, file: path });
      } catch (error) {
        await run.warn(`${quoteIfNeeded(path)}: ${reason(error)}`);
      }
    }
    if (run.operands.length === 0) {
      const seen = new Set<string>();
      for (const mount of all) {
        if (!run.has('a') && (mount.size === 0 || mount.type === 'autofs')) continue;
        // A device mounted twice is shown once.
        if (!run.has('a') && mount.source.startsWith('/dev/')) {
          if (seen.has(mount.source)) continue;
          seen.add(mount.source);
        }
        rows.push({ mount, file: '-' });
      }
    } else if (rows.length === 0) return 1;
    const types = run.values('t');
    if (types.length) rows = rows.filter((r) => types.includes(r.mount.type));
    const excluded = run.values('x');
    rows = rows.filter((r) => !excluded.includes(r.mount.type));
    if (rows.length === 0) return run.fail('no file systems processed');
    const human = run.options.findLast(([k]) => ['h', 'H', 'B', 'k', 'm'].includes(k))?.[0];
    const blockText = run.value('B');
    const block = human === 'm' ? 1 << 20 : human === 'B' ? parseBlock(blockText ?? '') : 1024;
    if (block === undefined) return run.fail(`invalid -B argument ${quote(run.process, blockText ?? '')}`);
    const size = (bytes: number) =>
      human === 'h'
        ? humanSize(bytes, 1024)
        : human === 'H'
          ? humanSize(bytes, 1000)
          : String(Math.ceil(bytes / block));
    const count = (n: number) => (human === 'h' ? humanSize(n, 1024) : human === 'H' ? humanSize(n, 1000) : String(n));
    const percent = (used: number, available: number) =>
      used + available > 0 ? `${Math.ceil((100 * used) / (used + available))}%` : '-';
    let fields: string[];
    const output = run.options.find(([k]) => k === 'output');
    if (output) fields = output[1] === undefined ? Object.keys(FIELDS) : output[1].split(',');
    else {
      fields = ['source', ...(run.has('T') ? ['fstype'] : [])];
      fields.push(
        ...(run.has('i') ? ['itotal', 'iused', 'iavail', 'ipcent'] : ['size', 'used', 'avail', 'pcent']),
        'target',
      );
    }
    for (const field of fields)
      if (!FIELDS[field]) run.wrongUse(`option --output: field ${quote(run.process, field)} unknown`);
    const cell = (field: string, m: Mount, file: string): string => {
      const none = m.size === 0;
      switch (field) {
        case 'source':
          return m.source;
        case 'fstype':
          return m.type;
        case 'itotal':
          return count(m.inodes);
        case 'iused':
          return count(m.inodesUsed);
        case 'iavail':
          return count(m.inodes - m.inodesUsed);
        case 'ipcent':
          return percent(m.inodesUsed, m.inodes - m.inodesUsed);
        case 'size':
          return none ? '0' : size(m.size);
        case 'used':
          return none ? '0' : size(m.used);
        case 'avail':
          return none ? '0' : size(m.available);
        case 'pcent':
          return percent(m.used, m.available);
        case 'file':
          return file;
        default:
          return m.target;
      }
    };
    const title = (field: string) => {
      const [text] = FIELDS[field]!;
      if (field === 'avail') return human === 'h' || human === 'H' ? 'Avail' : 'Available';
      if (field === 'pcent' && run.has('P')) return 'Capacity';
      if (field !== 'size') return text;
      if (human === 'h' || human === 'H') return 'Size';
      if (run.has('P')) return `${block}-blocks`;
      return human === 'B' ? `${blockTitle(blockText ?? '', block)}-blocks` : human === 'm' ? '1M-blocks' : '1K-blocks';
    };
    const table = [fields.map(title), ...rows.map(({ mount, file }) => fields.map((f) => cell(f, mount, file)))];
    if (run.has('total')) {
      const sum = rows.reduce(
        (t, { mount: m }) => ({
          ...t,
          size: t.size + m.size,
          used: t.used + m.used,
          available: t.available + m.available,
          inodes: t.inodes + m.inodes,
          inodesUsed: t.inodesUsed + m.inodesUsed,
        }),
        {
          source: 'total',
          target: '-',
          type: '-',
          options: '',
          size: 0,
          used: 0,
          available: 0,
          inodes: 0,
          inodesUsed: 0,
        } as Mount,
      );
      table.push(fields.map((f) => cell(f, sum, '-')));
    }
    const minimum = (field: string) => (field === 'source' ? 14 : ['size', 'used', 'avail'].includes(field) ? 5 : 0);
    const widths = fields.map((f, i) => Math.max(minimum(f), ...table.map((row) => row[i]!.length)));
    for (const row of table) {
      const line = row.map((text, i) =>
        i === row.length - 1 && FIELDS[fields[i]!]![1]
          ? text
          : FIELDS[fields[i]!]![1]
            ? text.padEnd(widths[i]!)
            : text.padStart(widths[i]!),
      );
      run.put(`${line.join(' ').trimEnd()}\n`);
    }
    return undefined;
  },
});

function parseBlock(text: string): number | undefined {
  if (/^[KMGTPEZY](i?B)?$/.test(text)) return parseSize(`1${text}`);
  return parseSize(text);
}

function blockTitle(text: string, block: number): string {
  const match = /^(\d*)([KMGT]B?)$/.exec(text);
  if (match) return `${match[1] || 1}${match[2]}`;
  return block % 1024 === 0 && block >= 1024 ? humanSize(block, 1024) : `${block}B`.replace(/^(\d+)B$/, '$1B');
}
