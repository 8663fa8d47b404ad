// ps (procps 4.0.2): the processes of the machine, with UNIX, BSD and GNU options.
import type { ProcessInfo } from '../machine/machine.ts';
import { commandLine, memory, processes, ttyName, uptime } from './proc.ts';
import { gnu, type Invocation } from './program.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';

export const names = ['ps'];

interface Column {
  title: string;
  width: number;
  left?: boolean;
  value(p: ProcessInfo, c: Context): string;
}

interface Context {
  run: Invocation;
  now: number;
  zone: string;
  uptime: number;
  memory: number;
  foreground: Map<string, number>;
  forest: Map<number, string>;
}

const percent = (value: number) => Math.min(value, 999).toFixed(1);
const used = (p: ProcessInfo, c: Context) => (100 * p.cpu) / Math.max(1, c.now - p.started);
const userOf = (id: number, c: Context) => c.run.process.machine.accounts.byId(id)?.name ?? String(id);
const shortUser = (id: number, c: Context, width = 8) => {
  const name = userOf(id, c);
  return name.length <= width ? name : `${name.slice(0, width - 1)}+`;
};
const clock = (ms: number, days = false) => {
  const s = Math.floor(ms / 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  if (!days) return `${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  const d = Math.floor(s / 86400);
  const h = Math.floor(s / 3600) % 24;
  return `${d ? `${two(d)}-` : ''}${d || h ? `${two(h)}:` : ''}${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
};
const bsdTime = (ms: number) => `${Math.floor(ms / 60000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}`;
const letter = (p: ProcessInfo) => {
  const named: Record<string, string> = { running: 'R', sleeping: 'S', stopped: 'T', zombie: 'Z' };
  return named[p.state] ?? p.state[0] ?? 'S';
};
const stat = (p: ProcessInfo, c: Context) => {
  if (p.state.length > 1 && !/^(running|sleeping|stopped|zombie)$/.test(p.state)) return p.state;
  const flags = (p.nice < 0 ? '<' : p.nice > 0 ? 'N' : '') + (p.sid === p.pid ? 's' : '');
  return letter(p) + flags + (c.foreground.get(ttyName(p)) === p.pgid && ttyName(p) !== '?' ? '+' : '');
};
const start = (p: ProcessInfo, c: Context) => {
  const then = breakDown(p.started, c.zone);
  const today = breakDown(c.now, c.zone);
  if (c.now - p.started < 86_400_000 && then.day === today.day) return strftime('%H:%M', then);
  return then.year === today.year ? strftime('%b%d', then) : String(then.year);
};
const stime = start;
const command = (p: ProcessInfo, c: Context) => (c.forest.get(p.pid) ?? '') + commandLine(p);
const comm = (p: ProcessInfo, c: Context) =>
  (c.forest.get(p.pid) ?? '') + p.comm + (letter(p) === 'Z' ? ' <defunct>' : '');

const COLUMNS: Record<string, Column> = {
  pid: { title: 'PID', width: 7, value: (p) => String(p.pid) },
  ppid: { title: 'PPID', width: 7, value: (p) => String(p.ppid) },
  pgid: { title: 'PGID', width: 7, value: (p) => String(p.pgid) },
  sid: { title: 'SID', width: 7, value: (p) => String(p.sid) },
  tpgid: { title: 'TPGID', width: 7, value: (p, c) => String(c.foreground.get(ttyName(p)) ?? -1) },
  tty: { title: 'TT', width: 8, left: true, value: (p) => ttyName(p) },
  tname: { title: 'TTY', width: 8, left: true, value: (p) => ttyName(p) },
  time: { title: 'TIME', width: 8, value: (p) => clock(p.cpu) },
  bsdtime: { title: 'TIME', width: 6, value: (p) => bsdTime(p.cpu) },
  cmd: { title: 'CMD', width: 27, left: true, value: command },
  args: { title: 'COMMAND', width: 27, left: true, value: command },
  comm: { title: 'COMMAND', width: 15, left: true, value: comm },
  ucmd: { title: 'CMD', width: 15, left: true, value: comm },
  user: { title: 'USER', width: 8, left: true, value: (p, c) => shortUser(p.uid, c) },
  uid: { title: 'UID', width: 5, value: (p) => String(p.uid) },
  uname: { title: 'UID', width: 8, left: true, value: (p, c) => shortUser(p.uid, c) },
  gid: { title: 'GID', width: 5, value: (p) => String(p.uid) },
  group: { title: 'GROUP', width: 8, left: true, value: (p, c) => shortUser(p.uid, c) },
  pcpu: { title: '%CPU', width: 4, value: (p, c) => percent(used(p, c)) },
  c: { title: 'C', width: 2, value: (p, c) => String(Math.min(99, Math.floor(used(p, c)))) },
  pmem: { title: '%MEM', width: 4, value: (p, c) => percent((100 * p.resident) / c.memory) },
  vsz: { title: 'VSZ', width: 6, value: (p) => String(p.virtual) },
  rss: { title: 'RSS', width: 5, value: (p) => String(p.resident) },
  sz: { title: 'SZ', width: 5, value: (p) => String(Math.floor(p.virtual / 4)) },
  stat: { title: 'STAT', width: 4, left: true, value: stat },
  s: { title: 'S', width: 1, value: letter },
  start: { title: 'START', width: 5, value: start },
  stime: { title: 'STIME', width: 5, left: true, value: stime },
  lstart: {
    title: 'STARTED',
    width: 24,
    value: (p, c) => strftime('%a %b %e %H:%M:%S %Y', breakDown(p.started, c.zone)),
  },
  etime: { title: 'ELAPSED', width: 11, value: (p, c) => clock(c.now - p.started, true) },
  etimes: { title: 'ELAPSED', width: 7, value: (p, c) => String(Math.floor((c.now - p.started) / 1000)) },
  cputimes: { title: 'TIME', width: 8, value: (p) => String(Math.floor(p.cpu / 1000)) },
  ni: { title: 'NI', width: 3, value: (p) => String(p.nice) },
  pri: { title: 'PRI', width: 3, value: (p) => String(19 - p.nice) },
  opri: { title: 'PRI', width: 3, value: (p) => String(80 + p.nice) },
  f: { title: 'F', width: 1, value: (p) => (p.argv.length === 0 ? '1' : p.uid === 0 ? '4' : '0') },
  addr: { title: 'ADDR', width: 4, value: () => '-' },
  wchan: { title: 'WCHAN', width: 6, left: true, value: () => '-' },
  nlwp: { title: 'NLWP', width: 4, value: () => '1' },
  lwp: { title: 'LWP', width: 7, value: (p) => String(p.pid) },
  psr: { title: 'PSR', width: 3, value: (p, c) => String(p.pid % c.run.process.machine.identity.cpuCount) },
  cls: { title: 'CLS', width: 3, value: () => 'TS' },
  label: { title: 'LABEL', width: 25, left: true, value: () => 'unconfined' },
};
const ALIAS: Record<string, string> = {
  '%cpu': 'pcpu',
  '%mem': 'pmem',
  command: 'args',
  euser: 'user',
  ruser: 'user',
  euid: 'uid',
  ruid: 'uid',
  tt: 'tty',
  rssize: 'rss',
  rsz: 'rss',
  vsize: 'vsz',
  nice: 'ni',
  state: 's',
  cputime: 'time',
  start_time: 'stime',
  pgrp: 'pgid',
  sess: 'sid',
  session: 'sid',
  ucomm: 'comm',
  fname: 'comm',
  spid: 'lwp',
  tid: 'lwp',
  thcount: 'nlwp',
  bsdstart: 'start',
  egroup: 'group',
  egid: 'gid',
  rgroup: 'group',
  tmout: 'time',
  priority: 'pri',
  flags: 'f',
};

const COLUMNS_OF: Record<string, string[]> = {
  default: ['pid', 'tname', 'time', 'ucmd'],
  full: ['uname', 'pid', 'ppid', 'c', 'stime', 'tname', 'time', 'cmd'],
  extra: ['uname', 'pid', 'ppid', 'c', 'sz', 'rss', 'psr', 'stime', 'tname', 'time', 'cmd'],
  long: ['f', 's', 'uid', 'pid', 'ppid', 'c', 'opri', 'ni', 'addr', 'sz', 'wchan', 'tname', 'time', 'ucmd'],
  longFull: [
    'f',
    's',
    'uname',
    'pid',
    'ppid',
    'c',
    'opri',
    'ni',
    'addr',
    'sz',
    'wchan',
    'stime',
    'tname',
    'time',
    'cmd',
  ],
  bsd: ['pid', 'tname', 'stat', 'bsdtime', 'args'],
  user: ['user', 'pid', 'pcpu', 'pmem', 'vsz', 'rss', 'tname', 'stat', 'start', 'bsdtime', 'args'],
  bsdLong: ['f', 'uid', 'pid', 'ppid', 'opri', 'ni', 'vsz', 'rss', 'wchan', 'stat', 'tname', 'bsdtime', 'args'],
  jobs: ['ppid', 'pid', 'pgid', 'sid', 'tname', 'tpgid', 'stat', 'uid', 'bsdtime', 'args'],
  unixJobs: ['pid', 'pgid', 'sid', 'tname', 'time', 'ucmd'],
};

interface Request {
  all?: 'every' | 'terminal' | 'noLeaders' | undefined;
  bsdAll?: boolean;
  bsdNoTty?: boolean;
  pids: number[];
  parents: number[];
  users: string[];
  ttys: string[];
  commands: string[];
  sessions: number[];
  layout: string;
  bsd: boolean;
  columns: { name: string; title?: string }[];
  sort: { key: string; down: boolean }[];
  forest: boolean;
  headers: boolean;
  wide: number;
  negate: boolean;
  running: boolean;
  environment: boolean;
}

const USAGE =
  "\nUsage:\n ps [options]\n\n Try 'ps --help <simple|list|output|threads|misc|all>'\n  or 'ps --help <s|l|o|t|m|a>'\n for additional help text.\n\nFor more details see ps(1).\n";

export const main = gnu({
  usage: '[options]',
  release: 'procps-ng 4.0.2',
  async run(run) {
    const { process } = run;
    const request = parse(run.operands, run);
    if (typeof request === 'string') {
      await process.err(`error: ${request}\n${USAGE}`);
      return 1;
    }
    if (run.operands.some((a) => a === '--version' || a === '-V' || a === 'V')) {
      run.put('ps from procps-ng 4.0.2\n');
      return 0;
    }
    const context: Context = {
      run,
      now: process.machine.clock.now(),
      zone: zoneOf(process),
      uptime: uptime(process),
      memory: memory(process).get('MemTotal') ?? process.machine.identity.memory / 1024,
      foreground: new Map(),
      forest: new Map(),
    };
    if (process.terminal)
      context.foreground.set(process.terminal.path.replace(/^\/dev\//, ''), process.terminal.foreground);
    let shown = select(request, processes(process), run);
    if (request.sort.length) {
      const value = (p: ProcessInfo, key: string) => {
        if (key === 'pcpu') return used(p, context);
        if (key === 'pmem') return p.resident;
        const text = COLUMNS[key]!.value(p, context);
        return /^-?[\d.]+$/.test(text)
          ? Number(text)
          : key === 'time' || key === 'bsdtime'
            ? p.cpu
            : key === 'start' || key === 'lstart'
              ? p.started
              : text;
      };
      shown.sort((a, b) => {
        for (const { key, down } of request.sort) {
          const [x, y] = [value(a, key), value(b, key)];
          if (x !== y) return (x < y ? -1 : 1) * (down ? -1 : 1);
        }
        return a.pid - b.pid;
      });
    }
    if (request.forest) shown = forest(shown, context, request.bsd);
    const terminal = process.descriptors.get(1)?.terminal;
    const columns = Number(process.environment.get('COLUMNS')) || (terminal && (terminal.columns || 80));
    const width =
      request.wide >= 2 || !columns ? Number.POSITIVE_INFINITY : request.wide === 1 ? Math.max(132, columns) : columns;
    print(run, request, shown, context, width);
    return shown.length ? 0 : 1;
  },
});

const numbers = (text: string) =>
  text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(Number);
const words = (text: string) => text.split(/[\s,]+/).filter(Boolean);

/** The request, or what is wrong with it. */
function parse(args: readonly string[], run: Invocation): Request | string {
  const r: Request = {
    pids: [],
    parents: [],
    users: [],
    ttys: [],
    commands: [],
    sessions: [],
    layout: 'default',
    bsd: false,
    columns: [],
    sort: [],
    forest: false,
    headers: true,
    wide: 0,
    negate: false,
    running: false,
    environment: false,
  };
  const rest = [...args];
  let full = false;
  let long = false;
  const addColumns = (text: string): string | undefined => {
    for (const [i, part] of text.split(/[\s,]+/).entries()) {
      const equals = part.indexOf('=');
      const name = (equals < 0 ? part : part.slice(0, equals)).toLowerCase();
      const known = ALIAS[name] ?? name;
      if (!COLUMNS[known])
        return i === 0 && name === '' ? 'improper list' : `unknown user-defined format specifier "${part}"`;
      const title =
        equals < 0
          ? ALIAS[name]
            ? titleOf(name)
            : undefined
          : /^[\w%]+=,/.test(text.slice(text.indexOf(part)))
            ? ''
            : text.slice(text.indexOf(part) + equals + 1);
      r.columns.push(title === undefined ? { name: known } : { name: known, title });
      // A title reaches to the end, unless it is empty.
      if (equals >= 0 && (equals < part.length - 1 || !/^[\w%]+=,/.test(text.slice(text.indexOf(part))))) break;
    }
    return undefined;
  };
  const addSort = (text: string): string | undefined => {
    for (const part of text.split(',')) {
      const name = part.replace(/^[-+]/, '').toLowerCase();
      const known = ALIAS[name] ?? name;
      if (!COLUMNS[known]) return 'unknown sort specifier';
      r.sort.push({ key: known, down: part.startsWith('-') });
    }
    return undefined;
  };
  while (rest.length) {
    const arg = rest.shift()!;
    if (arg.startsWith('--')) {
      const [name, ...more] = arg.slice(2).split('=');
      const value = () => (arg.includes('=') ? more.join('=') : (rest.shift() ?? ''));
      if (name === 'sort') {
        const wrong = addSort(value());
        if (wrong) return wrong;
      } else if (name === 'format') {
        const wrong = addColumns(value());
        if (wrong) return wrong;
      } else if (name === 'forest') r.forest = true;
      else if (name === 'no-headers' || name === 'no-heading' || name === 'noheader' || name === 'noheaders')
        r.headers = false;
      else if (name === 'headers') r.headers = true;
      else if (name === 'pid') r.pids.push(...numbers(value()));
      else if (name === 'ppid') r.parents.push(...numbers(value()));
      else if (name === 'user' || name === 'User') r.users.push(...words(value()));
      else if (name === 'tty') r.ttys.push(...words(value()));
      else if (name === 'sid') r.sessions.push(...numbers(value()));
      else if (name === 'deselect') r.negate = true;
      else if (name === 'width' || name === 'cols' || name === 'columns') value();
      else if (name === 'cumulative' || name === 'lines' || name === 'rows') continue;
      else return 'unknown gnu long option';
      continue;
    }
    const dashed = arg.startsWith('-');
    const letters = dashed ? arg.slice(1) : arg;
    if (!dashed && /^\d+(,\d+)*$/.test(arg)) {
      r.pids.push(...numbers(arg));
      r.layout = r.layout === 'default' ? 'bsd' : r.layout;
      r.bsd = true;
      continue;
    }
    for (let i = 0; i < letters.length; i++) {
      const c = letters[i]!;
      const value = () => {
        const attached = letters.slice(i + 1);
        i = letters.length;
        return attached || (rest.shift() ?? '');
      };
      if (dashed) {
        if (c === 'e' || c === 'A') r.all = 'every';
        else if (c === 'a') r.all = 'terminal';
        else if (c === 'd') r.all = 'noLeaders';
        else if (c === 'N') r.negate = true;
        else if (c === 'f') full = true;
        else if (c === 'F') r.layout = 'extra';
        else if (c === 'l') long = true;
        else if (c === 'j') r.layout = 'unixJobs';
        else if (c === 'H') r.forest = true;
        else if (c === 'w') r.wide++;
        else if ('yMLTmcZ'.includes(c)) continue;
        else if (c === 'o' || c === 'O') {
          const text = value();
          if (text === '') return 'list of process format names must follow -o'.replace('names', 'specifiers');
          const wrong = addColumns(text);
          if (wrong) return wrong;
        } else if (c === 'p' || c === 'q') {
          const text = value();
          if (!/^[\d\s,]+$/.test(text)) return 'process ID list syntax error';
          r.pids.push(...numbers(text));
        } else if (c === 'u' || c === 'U') {
          // `ps -aux` is meant as `ps aux` unless there is a user called x.
          if (letters.slice(i + 1) === 'x' && letters.startsWith('a') && !run.process.machine.accounts.byName('x')) {
            r.all = undefined;
            r.bsdAll = r.bsdNoTty = r.bsd = true;
            r.layout = 'user';
            i = letters.length;
          } else {
            const names = words(value());
            if (names.length === 0)
              return 'list of users must follow -u'.replace('users', c === 'u' ? 'users' : 'real users');
            for (const name of names) {
              if (!run.process.machine.accounts.byName(name) && !/^\d+$/.test(name)) return 'user name does not exist';
            }
            r.users.push(...names);
          }
        } else if (c === 't') r.ttys.push(...words(value()));
        else if (c === 'C') r.commands.push(...words(value()));
        else if (c === 's' || c === 'g') r.sessions.push(...numbers(value()));
        else if (c === 'x') r.bsdNoTty = true;
        else return 'unsupported SysV option';
      } else {
        r.bsd = true;
        if (c === 'a') r.bsdAll = true;
        else if (c === 'x') r.bsdNoTty = true;
        else if (c === 'u') r.layout = 'user';
        else if (c === 'l') r.layout = 'bsdLong';
        else if (c === 'j') r.layout = 'jobs';
        else if (c === 'f') r.forest = true;
        else if (c === 'w') r.wide++;
        else if (c === 'h') r.headers = false;
        else if (c === 'r') r.running = true;
        else if (c === 'e') r.environment = true;
        else if (c === 'o') {
          const wrong = addColumns(value());
          if (wrong) return wrong;
        } else if (c === 'k') {
          const wrong = addSort(value());
          if (wrong) return wrong;
        } else if (c === 'p') r.pids.push(...numbers(value()));
        else if (c === 'U') r.users.push(...words(value()));
        else if (c === 't') r.ttys.push(...words(letters.slice(i + 1)));
        else if ('cnsvTgLmSXZ'.includes(c)) continue;
        else return 'unsupported option (BSD syntax)';
      }
    }
  }
  if (r.bsd && r.layout === 'default' && !full && !long) r.layout = 'bsd';
  if (full) r.layout = long ? 'longFull' : 'full';
  else if (long) r.layout = 'long';
  return r;
}

const titleOf = (alias: string) =>
  ({
    command: 'COMMAND',
    euser: 'EUSER',
    ruser: 'RUSER',
    nice: 'NI',
    ucomm: 'COMMAND',
    '%cpu': '%CPU',
    '%mem': '%MEM',
    start_time: 'START',
    tt: 'TT',
    state: 'S',
    egroup: 'EGROUP',
    pgrp: 'PGRP',
    sess: 'SESS',
  })[alias];

function select(r: Request, all: ProcessInfo[], run: Invocation): ProcessInfo[] {
  const { process } = run;
  const { accounts } = process.machine;
  const mine = ttyName({ tty: process.terminal?.path ?? '?' } as ProcessInfo);
  const ids = r.users.map((u) => accounts.byName(u)?.uid ?? Number(u));
  const lists =
    r.pids.length + r.parents.length + r.users.length + r.ttys.length + r.commands.length + r.sessions.length > 0;
  const matches = (p: ProcessInfo) => {
    const tty = ttyName(p);
    if (r.all === 'every') return true;
    if (r.all === 'terminal' && p.pid !== p.sid && tty !== '?') return true;
    if (r.all === 'noLeaders' && p.pid !== p.sid) return true;
    if (lists) {
      return (
        r.pids.includes(p.pid) ||
        r.parents.includes(p.ppid) ||
        ids.includes(p.uid) ||
        r.ttys.some((t) => t.replace(/^\/dev\//, '') === tty || `pts/${t}` === tty) ||
        r.commands.includes(p.comm) ||
        r.sessions.includes(p.sid)
      );
    }
    if (r.all) return false;
    const own = p.uid === process.credentials.euid;
    if (r.bsd || r.bsdNoTty) return (r.bsdAll || own) && (r.bsdNoTty || tty !== '?');
    return own && tty === mine;
  };
  let shown = all.filter((p) => matches(p) !== r.negate);
  if (r.running) shown = shown.filter((p) => 'RD'.includes(letter(p)));
  return shown;
}

/** Children below parents, with ` \_ ` in front (indented by blanks for -H). */
function forest(shown: ProcessInfo[], context: Context, bsd: boolean): ProcessInfo[] {
  const here = new Set(shown.map((p) => p.pid));
  const children = new Map<number, ProcessInfo[]>();
  const roots: ProcessInfo[] = [];
  for (const p of shown) {
    if (here.has(p.ppid) && p.ppid !== p.pid) children.set(p.ppid, [...(children.get(p.ppid) ?? []), p]);
    else roots.push(p);
  }
  const order: ProcessInfo[] = [];
  const visit = (p: ProcessInfo, front: string, depth: number) => {
    order.push(p);
    if (depth > 100) return;
    const below = children.get(p.pid) ?? [];
    for (const [i, child] of below.entries()) {
      context.forest.set(child.pid, bsd ? `${front} \\_ ` : `${front}  `);
      visit(child, bsd ? `${front}${i < below.length - 1 ? ' |  ' : '    '}` : `${front}  `, depth + 1);
    }
  };
  for (const root of roots) visit(root, '', 0);
  return order;
}

function print(run: Invocation, r: Request, shown: ProcessInfo[], context: Context, width: number): void {
  const wanted = r.columns.length
    ? r.columns
    : COLUMNS_OF[r.layout]!.map((name) => ({ name, title: undefined as string | undefined }));
  const columns = wanted.map(({ name, title }) => {
    const column = COLUMNS[name]!;
    const own = r.layout === 'user' && name === 'tname' && r.columns.length === 0 ? 'TTY' : column.title;
    return { ...column, title: title ?? own, width: Math.max(column.width, title?.length ?? 0) };
  });
  const line = (cells: string[]) => {
    let text = '';
    for (const [i, column] of columns.entries()) {
      const cell = cells[i]!;
      const last = i === columns.length - 1;
      // A cell too wide for its column eats into the next one's padding, as procps does.
      const room = Math.max(
        0,
        columns.slice(0, i).reduce((sum, c) => sum + c.width + 1, 0) + column.width - text.length,
      );
      text += last && column.left ? cell : column.left ? cell.padEnd(room) : cell.padStart(room);
      if (!last) text += ' ';
    }
    return `${Number.isFinite(width) ? text.slice(0, width) : text}\n`;
  };
  if (r.headers && columns.some((c) => c.title !== '')) run.put(line(columns.map((c) => c.title)));
  for (const p of shown) run.put(line(columns.map((c) => c.value(p, context))));
}
