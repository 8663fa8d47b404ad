// ls of BusyBox: its options, its columns, its colours.
import type { Bytes, Stat } from '../../machine/machine.ts';
import { reason, tryTo } from '../failure.ts';
import { modeString } from '../mode.ts';
import { gnu, type Invocation } from '../program.ts';
import { breakDown, strftime, zoneOf } from '../strftime.ts';
import { human } from './human.ts';
import { usageOf } from './usage.ts';

interface Entry {
  name: Bytes;
  path: Bytes;
  stat: Stat;
}

/** Foreground and boldness by what a file is. */
const COLORS: Partial<Record<Stat['type'] | 'executable', string>> = {
  directory: '1;34',
  symlink: '1;36',
  fifo: '0;35',
  character: '1;35',
  block: '1;35',
  socket: '1;35',
  executable: '1;32',
  file: '0;0',
};

export const ls = gnu({
  short: '1AaCxdLHRFplinshrSXvctueTkw:',
  long: { 'color=?': 'color', 'full-time': 'full-time', 'group-directories-first': 'group-directories-first' },
  usage: '[FILE]...',
  async run(run) {
    const { files } = run.process;
    const follow = run.has('L') || run.has('H');
    const single: Entry[] = [];
    const folders: Entry[] = [];
    for (const path of run.operands.length > 0 ? run.operands : ['.']) {
      try {
        const stat = files.stat(path, follow || (!run.has('l') && !run.has('F') && !run.has('d')));
        (stat.type === 'directory' && !run.has('d') ? folders : single).push({ name: path, path, stat });
      } catch (error) {
        const link = tryTo(() => files.stat(path, false));
        if (link) single.push({ name: path, path, stat: link });
        else await run.warn(`${path}: ${reason(error)}`);
      }
    }
    if (single.length > 0) await show(run, sorted(run, single));
    const heading = run.operands.length > 1 || run.has('R');
    await list(run, sorted(run, folders), heading, single.length === 0);
    return undefined;
  },
});

/** Folder after folder; `first`: nothing has been printed yet. */
async function list(run: Invocation, folders: readonly Entry[], heading: boolean, first: boolean): Promise<void> {
  const { files } = run.process;
  for (const folder of folders) {
    let entries: Entry[];
    try {
      const names = files.readdir(folder.path).map(({ name }) => name);
      entries = ['.', '..', ...names].flatMap((name) => {
        if (name.startsWith('.') && !run.has('a') && (!run.has('A') || name === '.' || name === '..')) return [];
        const path = `${folder.path.replace(/\/$/, '')}/${name}`;
        const stat = tryTo(() => files.stat(path, run.has('L'))) ?? tryTo(() => files.stat(path, false));
        return stat ? [{ name, path, stat }] : [];
      });
    } catch (error) {
      await run.warn(`can't open '${folder.path}': ${reason(error)}`);
      continue;
    }
    if (heading) run.put(`${first ? '' : '\n'}${folder.path}:\n`);
    first = false;
    const turn = run.process.step(entries.length);
    if (turn) await turn;
    if (run.has('l') || run.has('s'))
      run.put(`total ${entries.reduce((sum, { stat }) => sum + Math.ceil(stat.blocks / 2), 0)}\n`);
    await show(run, sorted(run, entries));
    if (!run.has('R')) continue;
    const inner = entries.filter(({ name, stat }) => stat.type === 'directory' && name !== '.' && name !== '..');
    await list(run, sorted(run, inner), true, false);
  }
}

function sorted(run: Invocation, entries: Entry[]): Entry[] {
  const time = ({ stat }: Entry) => (run.has('c') ? stat.ctime : run.has('u') ? stat.atime : stat.mtime);
  const extension = ({ name }: Entry) => /\.[^.]*$/.exec(name)?.[0] ?? '';
  const byName = (a: Entry, b: Entry) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  const natural = (a: Entry, b: Entry) => a.name.localeCompare(b.name, 'en', { numeric: true });
  const order = run.options.findLast(([key]) => 'SXvctu'.includes(key))?.[0];
  const compare = (a: Entry, b: Entry): number => {
    if (order === 'S') return b.stat.size - a.stat.size || byName(a, b);
    if (order === 'X') return extension(a) < extension(b) ? -1 : extension(a) > extension(b) ? 1 : byName(a, b);
    if (order === 'v') return natural(a, b);
    if (order === 'c' || order === 't' || order === 'u') return time(b) - time(a) || byName(a, b);
    return byName(a, b);
  };
  const list = [...entries].sort(compare);
  return run.has('r') ? list.reverse() : list;
}

async function show(run: Invocation, entries: readonly Entry[]): Promise<void> {
  const terminal = run.process.descriptors.get(1)?.terminal;
  const format = run.options.findLast(([key]) => '1Cxl'.includes(key))?.[0] ?? (terminal ? 'C' : '1');
  const cells = entries.map((entry) => cell(run, entry));
  if (run.has('l') || format === '1') {
    for (const [i, entry] of entries.entries())
      run.put(`${run.has('l') ? long(run, entry, cells[i]!) : shownIn(cells[i]!)}\n`);
    return run.flush();
  }
  const width = Number(run.value('w')) || terminal?.columns || 80;
  const column = Math.max(0, ...cells.map(({ plain, front }) => front.length + plain.length)) + 2;
  const perRow = Math.max(1, Math.floor(width / column));
  const rows = Math.ceil(cells.length / perRow);
  for (let row = 0; row < rows; row++) {
    let line = '';
    let gap = 0;
    for (let i = 0; i < perRow; i++) {
      const found = cells[format === 'x' ? row * perRow + i : i * rows + row];
      if (!found) break;
      line += ' '.repeat(gap) + shownIn(found);
      gap = column - found.front.length - found.plain.length;
    }
    run.put(`${line}\n`);
  }
  await run.flush();
}

interface Cell {
  /** Inode and blocks. */
  front: string;
  plain: Bytes;
  shown: Bytes;
}

const shownIn = ({ front, shown }: Cell): Bytes => front + shown;

function cell(run: Invocation, { name, stat }: Entry): Cell {
  const { type, mode } = stat;
  const mark = run.has('F') ? markOf(type, mode) : run.has('p') && type === 'directory' ? '/' : '';
  const front =
    (run.has('i') ? `${String(stat.inode).padStart(7)} ` : '') +
    (run.has('s') ? `${String(Math.ceil(stat.blocks / 2)).padStart(6)} ` : '');
  // What cannot be printed is not.
  const plain = name.replace(/[\x00-\x1f\x7f]/g, '?');
  const color = COLORS[type === 'file' && (mode & 0o111) !== 0 ? 'executable' : type] ?? '0;0';
  return { front, plain: plain + mark, shown: colored(run) ? `\x1b[${color}m${plain}\x1b[m${mark}` : plain + mark };
}

const markOf = (type: Stat['type'], mode: number): string => {
  const marks: Partial<Record<Stat['type'], string>> = { directory: '/', symlink: '@', fifo: '|', socket: '=' };
  return marks[type] ?? (type === 'file' && (mode & 0o111) !== 0 ? '*' : '');
};

/** A BusyBox that knows colours uses them on a terminal, unless told otherwise. */
function colored(run: Invocation): boolean {
  const terminal = run.process.descriptors.get(1)?.terminal !== undefined;
  const wanted = run.options.findLast(([key]) => key === 'color');
  if (!wanted) return terminal && (usageOf(run.process, 'ls') ?? '').includes('--color');
  return wanted[1] === undefined || wanted[1] === 'always' || (wanted[1] === 'auto' && terminal);
}

function long(run: Invocation, { path, stat }: Entry, cell: Cell): Bytes {
  const { accounts } = run.process.machine;
  const who = (id: number, name: Bytes | undefined) =>
    (run.has('n') ? String(id) : (name ?? String(id)).slice(0, 8)).padEnd(8);
  const size = stat.rdev
    ? `${String(stat.rdev[0]).padStart(4)}, ${String(stat.rdev[1]).padStart(3)}`
    : run.has('h')
      ? human(stat.size).padStart(7)
      : String(stat.size).padStart(9);
  const time = run.has('c') ? stat.ctime : run.has('u') ? stat.atime : stat.mtime;
  const target = stat.type === 'symlink' ? ` -> ${tryTo(() => run.process.files.readlink(path)) ?? ''}` : '';
  return (
    `${cell.front}${modeString(stat.type, stat.mode)} ${String(stat.links).padStart(4)} ${who(stat.uid, accounts.byId(stat.uid)?.name)} ` +
    `${who(stat.gid, accounts.groupById(stat.gid)?.name)} ${size} ${timeText(run, time)} ${cell.shown}${target}`
  );
}

/** `Jan  2 03:04` of what is younger than half a year, `Jan  2  2020` of the rest, all of it with -e. */
function timeText(run: Invocation, ms: number): string {
  const time = breakDown(ms, zoneOf(run.process));
  if (run.has('full-time')) return strftime('%Y-%m-%d %H:%M:%S %z', time);
  if (run.has('e')) return strftime('%a %b %e %H:%M:%S %Y', time);
  const age = (run.process.machine.clock.now() - ms) / 1000;
  return strftime(age < (3600 * 24 * 365) / 2 && age > -15 * 60 ? '%b %e %H:%M' : '%b %e  %Y', time);
}
