// findmnt (util-linux 2.38.1): the mounted file systems as a tree, a list, pairs or JSON.
import type { Bytes, Mount } from '../machine/machine.ts';
import { tryTo } from './failure.ts';
import { gnu } from './program.ts';
import { utf8 } from './systemd/bus.ts';

export const names = ['findmnt'];

type Column =
  | 'TARGET'
  | 'SOURCE'
  | 'FSTYPE'
  | 'OPTIONS'
  | 'SIZE'
  | 'AVAIL'
  | 'USED'
  | 'USE%'
  | 'VFS-OPTIONS'
  | 'FS-OPTIONS'
  | 'LABEL'
  | 'UUID'
  | 'PROPAGATION'
  | 'FSROOT'
  | 'MAJ:MIN'
  | 'ID';
const DEFAULT: Column[] = ['TARGET', 'SOURCE', 'FSTYPE', 'OPTIONS'];
const DF: Column[] = ['SOURCE', 'FSTYPE', 'SIZE', 'USED', 'AVAIL', 'USE%', 'TARGET'];
const RIGHT = new Set<Column>(['SIZE', 'AVAIL', 'USED', 'USE%', 'ID']);

export const main = gnu({
  short: 'AabCcDd:eF:fiJklmM:N:no:O:Pp::RrsS:T:t:uvVw:xy',
  long: {
    all: 'A',
    ascii: 'a',
    bytes: 'b',
    canonicalize: 'c',
    df: 'D',
    'direction=': 'd',
    evaluate: 'e',
    'tab-file=': 'F',
    'first-only': 'f',
    invert: 'i',
    json: 'J',
    kernel: 'k',
    list: 'l',
    'mountpoint=': 'M',
    noheadings: 'n',
    nofsroot: 'v',
    'options=': 'O',
    'output=': 'o',
    pairs: 'P',
    raw: 'r',
    real: 'real',
    pseudo: 'pseudo',
    submounts: 'R',
    fstab: 's',
    'source=': 'S',
    'target=': 'T',
    'types=': 't',
    notruncate: 'u',
    uniq: 'U',
  },
  usage: '[options] [device|mountpoint]',
  release: 'util-linux 2.38.1',
  async run(run) {
    const { process } = run;
    if (run.has('V')) {
      run.put('findmnt from util-linux 2.38.1\n');
      return 0;
    }
    const all = process.files.mounts();
    const columns = run.has('o')
      ? run
          .value('o')!
          .toUpperCase()
          .replace(/^\+/, `${DEFAULT.join(',')},`)
          .split(',')
          .filter(Boolean)
      : run.has('D')
        ? DF
        : DEFAULT;
    for (const column of columns)
      if (!cell(all[0]!, column as Column, true) && cell(all[0]!, column as Column, true) !== '')
        return run.fail(`unknown column: ${column}`);
    const under = (path: Bytes): Mount | undefined => {
      const real = tryTo(() => process.files.realpath(path)) ?? path;
      return [...all]
        .filter((m) => real === m.target || real.startsWith(m.target === '/' ? '/' : `${m.target}/`))
        .sort((a, b) => b.target.length - a.target.length)[0];
    };
    const types = run.value('t')?.split(',');
    const [word, second] = run.operands;
    let chosen = all.filter(
      (m) =>
        (!types ||
          (types[0]!.startsWith('no')
            ? !types.map((t) => t.replace(/^no/, '')).includes(m.type)
            : types.includes(m.type)) !== run.has('i')) &&
        (!run.has('S') || m.source === run.value('S')) &&
        (!run.has('M') || m.target === run.value('M')) &&
        (!run.has('O') ||
          run
            .value('O')!
            .split(',')
            .every((option) => m.options.split(',').includes(option))) &&
        (word === undefined || m.target === word || m.source === word || m.target === word.replace(/(.)\/$/, '$1')) &&
        (second === undefined || m.target === second) &&
        (!run.has('real') || m.source.startsWith('/')) &&
        (!run.has('pseudo') || !m.source.startsWith('/')),
    );
    if (run.has('T')) {
      const one = under(run.value('T')!);
      chosen = one ? [one] : [];
    }
    if (run.has('D')) chosen = chosen.filter((m) => m.size > 0);
    if (run.has('f')) chosen = chosen.slice(0, 1);
    if (chosen.length === 0) return 1;
    const picked = columns as Column[];
    const value = (m: Mount, column: Column) => cell(m, column, run.has('b')) ?? '';
    if (run.has('P')) {
      for (const m of chosen) run.put(`${picked.map((c) => `${c.replace(/\W/g, '_')}="${value(m, c)}"`).join(' ')}\n`);
      return 0;
    }
    const whole = chosen.length === all.length;
    const rows =
      whole && !run.has('l') && !run.has('r') && !run.has('D')
        ? tree(all, run.has('a') || !utf8(process))
        : chosen.map((m): [Mount, string] => [m, '']);
    if (run.has('J')) {
      const record = (m: Mount): object => ({
        ...Object.fromEntries(picked.map((c) => [c.toLowerCase(), value(m, c)])),
        ...(whole && children(all, m).length > 0 ? { children: children(all, m).map(record) } : {}),
      });
      const top = whole ? chosen.filter(({ target }) => target === '/') : chosen;
      run.put(`${JSON.stringify({ filesystems: top.map(record) }, undefined, 3)}\n`);
      return 0;
    }
    const cells = rows.map(([m, front]) => picked.map((c) => (c === 'TARGET' ? front : '') + value(m, c)));
    const shown = run.has('n') ? cells : [picked as string[], ...cells];
    if (run.has('r')) {
      for (const row of shown) run.put(`${row.map((text) => text.replace(/ /g, '\\x20')).join(' ')}\n`);
      return 0;
    }
    const length = (text: string) => Buffer.from(text, 'latin1').toString('utf8').length;
    const width = picked.map((_, n) => Math.max(...shown.map((row) => length(row[n]!))));
    for (const row of shown) {
      const parts = row.map((text, n) => {
        const space = ' '.repeat(width[n]! - length(text));
        return RIGHT.has(picked[n]!) ? space + text : n === row.length - 1 ? text : text + space;
      });
      run.put(`${parts.join(' ')}\n`);
    }
    return 0;
  },
});

function cell(m: Mount, column: Column, bytes: boolean): string | undefined {
  const size = (n: number) => (m.size === 0 ? '0' : bytes ? String(n) : short(n));
  const options = m.options.split(',');
  const own = /^(rw|ro|nosuid|nodev|noexec|relatime|noatime|nodiratime)$/;
  switch (column) {
    case 'TARGET':
      return m.target;
    case 'SOURCE':
      return m.source;
    case 'FSTYPE':
      return m.type;
    case 'OPTIONS':
      return m.options;
    case 'VFS-OPTIONS':
      return options.filter((option) => own.test(option)).join(',');
    case 'FS-OPTIONS':
      return ['rw', ...options.filter((option) => !own.test(option))].join(',');
    case 'SIZE':
      return size(m.size);
    case 'AVAIL':
      return size(m.available);
    case 'USED':
      return size(m.used);
    case 'USE%':
      return m.size === 0 ? '-' : `${Math.ceil((100 * m.used) / (m.used + m.available || 1))}%`;
    case 'FSROOT':
      return '/';
    case 'PROPAGATION':
      return 'shared';
    case 'LABEL':
    case 'UUID':
    case 'MAJ:MIN':
    case 'ID':
      return '';
  }
  return undefined;
}

/** 49.1G, as libsmartcols shows sizes. */
function short(bytes: number): string {
  const units = ['B', 'K', 'M', 'G', 'T', 'P'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value === Math.floor(value) ? value : value.toFixed(1).replace(/\.0$/, '')}${units[unit]}`;
}

/** The one a file system hangs in: the longest target that its own begins with. */
function parent(all: readonly Mount[], m: Mount): Mount | undefined {
  return all
    .filter(
      (other) =>
        other !== m && other.target !== m.target && (other.target === '/' || m.target.startsWith(`${other.target}/`)),
    )
    .sort((a, b) => b.target.length - a.target.length)[0];
}

const children = (all: readonly Mount[], m: Mount): Mount[] =>
  all.filter((other) => other !== m && parent(all, other) === m);

function tree(all: readonly Mount[], ascii: boolean): [Mount, string][] {
  const [branch, end, down] = ascii
    ? ['|-', '`-', '| ']
    : ['\xe2\x94\x9c\xe2\x94\x80', '\xe2\x94\x94\xe2\x94\x80', '\xe2\x94\x82 '];
  const rows: [Mount, string][] = [];
  const add = (m: Mount, front: string, mark: string) => {
    rows.push([m, front + mark]);
    const below = children(all, m);
    for (const [n, child] of below.entries())
      add(child, mark === '' ? front : front + (mark === end ? '  ' : down), n === below.length - 1 ? end : branch);
  };
  for (const m of all) if (!parent(all, m)) add(m, '', '');
  return rows;
}
