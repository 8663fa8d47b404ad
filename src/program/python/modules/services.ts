// Python's modules about the system around it: time, datetime, io, shutil, glob, tempfile, getpass, pwd, threading, http.server and their kin.

import { breakDown, strftime } from '../../strftime.ts';
import { ERRNO, exceptions, raise, system } from '../exceptions.ts';
import {
  BinaryFile,
  BinaryWriter,
  BytesIO,
  openFile,
  pathOf,
  StringIO,
  TextFile,
  UnsupportedOperation,
} from '../files.ts';
import type { Interpreter } from '../run.ts';
import { argument, encodeAs, methods } from '../strings.ts';
import { traceback } from '../traceback.ts';
import {
  Dict,
  Holder,
  Instance,
  List,
  type Module,
  type Named,
  Native,
  type NativeFunction,
  type Python,
  Raised,
  type Steps,
  Tuple,
  types,
  type Value,
} from '../values.ts';
import { classOf, library, withinSteps } from './module.ts';
import { accounts, text } from './os.ts';

const structTime = classOf('struct_time', 'time', types.tuple);
const TIME_FIELDS = ['tm_year', 'tm_mon', 'tm_mday', 'tm_hour', 'tm_min', 'tm_sec', 'tm_wday', 'tm_yday', 'tm_isdst'];

/** The machine's clock is in UTC, as its /etc/localtime. */
function timeTuple(seconds: number): Tuple {
  const d = new Date(seconds * 1000);
  const yearDay =
    Math.floor(
      (Date.UTC(d.getUTCFullYear(), d.getUTCMonth(), d.getUTCDate()) - Date.UTC(d.getUTCFullYear(), 0, 1)) / 86_400_000,
    ) + 1;
  return new Tuple(
    [
      d.getUTCFullYear(),
      d.getUTCMonth() + 1,
      d.getUTCDate(),
      d.getUTCHours(),
      d.getUTCMinutes(),
      d.getUTCSeconds(),
      (d.getUTCDay() + 6) % 7,
      yearDay,
      0,
    ].map(BigInt),
    structTime,
    TIME_FIELDS,
  );
}
const ofTuple = (t: Value | undefined): number => {
  const [y = 1970n, mo = 1n, d = 1n, h = 0n, mi = 0n, s = 0n] = (t as Tuple).items.map((v) => BigInt(v as bigint));
  return Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s)) / 1000;
};
const formatted = (format: string, ms: number) => strftime(format, breakDown(ms, 'UTC'));
const ctime = (seconds: number) => formatted('%a %b %e %H:%M:%S %Y', seconds * 1000);

export function timeModule(python: Interpreter): Module {
  const { clock } = python.process.machine;
  const now = () => clock.now() / 1000;
  const since = () => (clock.now() - clock.bootTime) / 1000;
  return library('time', {
    time: () => now(), time_ns: () => BigInt(clock.now()) * 1_000_000n, monotonic: () => since(), perf_counter: () => since(), process_time: () => python.process.cpu / 1000, clock: () => python.process.cpu / 1000,
    *sleep([seconds], _n, p) {
      if (Number(seconds) < 0) raise('ValueError', 'sleep length must be non-negative');
      yield p.process.sleep(Math.min(Number(seconds) * 1000, 2_000_000_000));
      return null;
    },
    gmtime: ([s]) => timeTuple(s === undefined || s === null ? now() : Number(s)),
    localtime: ([s]) => timeTuple(s === undefined || s === null ? now() : Number(s)),
    mktime: ([t]) => ofTuple(t),
    strftime: ([format, t]) => formatted(String(format), (t === undefined ? now() : ofTuple(t)) * 1000),
    ctime: ([s]) => ctime(s === undefined || s === null ? now() : Number(s)),
    asctime: ([t]) => ctime(t === undefined ? now() : ofTuple(t)),
  }, { timezone: 0n, altzone: 0n, daylight: 0n, tzname: new Tuple(['UTC', 'UTC']), struct_time: structTime }, null); // biome-ignore format: one table
}

// datetime

interface Moment {
  ms: number;
  micro: number;
  date: boolean;
}
const datetimeClass = classOf('datetime', 'datetime');
const dateClass = classOf('date', 'datetime');
const deltaClass = classOf('timedelta', 'datetime');
const zoneClass = classOf('timezone', 'datetime');
const pad = (n: number, width = 2) => String(n).padStart(width, '0');

function moment(ms: number, date = false, micro = 0): Holder<Moment> {
  const made = new Holder<Moment>(date ? dateClass : datetimeClass, { ms: Math.floor(ms), micro, date });
  const d = new Date(made.state.ms);
  made.attributes = new Map<string, Value>([
    ['year', BigInt(d.getUTCFullYear())],
    ['month', BigInt(d.getUTCMonth() + 1)],
    ['day', BigInt(d.getUTCDate())],
  ]);
  if (!date)
    for (const [k, v] of [
      ['hour', d.getUTCHours()],
      ['minute', d.getUTCMinutes()],
      ['second', d.getUTCSeconds()],
      ['microsecond', d.getUTCMilliseconds() * 1000 + micro],
    ] as const)
      made.attributes.set(k, BigInt(v));
  return made;
}
const iso = (m: Moment, separator = 'T') => {
  const d = new Date(m.ms);
  const day = `${pad(d.getUTCFullYear(), 4)}-${pad(d.getUTCMonth() + 1)}-${pad(d.getUTCDate())}`;
  if (m.date) return day;
  const micro = d.getUTCMilliseconds() * 1000 + m.micro;
  return `${day}${separator}${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}:${pad(d.getUTCSeconds())}${micro ? `.${pad(micro, 6)}` : ''}`;
};
const state = (v: Value | undefined) => (v as Holder<Moment>).state;

function delta(ms: number): Holder<{ ms: number }> {
  const days = Math.floor(ms / 86_400_000);
  const rest = ms - days * 86_400_000;
  const made = new Holder(deltaClass, { ms });
  made.attributes = new Map<string, Value>([
    ['days', BigInt(days)],
    ['seconds', BigInt(Math.floor(rest / 1000))],
    ['microseconds', BigInt(Math.round((rest % 1000) * 1000))],
  ]);
  return made;
}
methods(deltaClass, {
  total_seconds: ([d]) => (d as Holder<{ ms: number }>).state.ms / 1000,
  __str__: ([d]) => {
    const { ms } = (d as Holder<{ ms: number }>).state;
    const days = Math.floor(ms / 86_400_000);
    const s = (ms - days * 86_400_000) / 1000;
    const micro = Math.round((s % 1) * 1e6);
    return `${days ? `${days} day${Math.abs(days) === 1 ? '' : 's'}, ` : ''}${Math.floor(s / 3600)}:${pad(Math.floor((s % 3600) / 60))}:${pad(Math.floor(s % 60))}${micro ? `.${pad(micro, 6)}` : ''}`;
  },
  __add__: ([a, b]) =>
    b instanceof Holder && b.cls === deltaClass
      ? delta((a as Holder<{ ms: number }>).state.ms + (b.state as { ms: number }).ms)
      : moment(state(b).ms + (a as Holder<{ ms: number }>).state.ms, state(b).date),
  __sub__: ([a, b]) => delta((a as Holder<{ ms: number }>).state.ms - (b as Holder<{ ms: number }>).state.ms),
  __lt__: ([a, b]) => (a as Holder<{ ms: number }>).state.ms < (b as Holder<{ ms: number }>).state.ms,
  __gt__: ([a, b]) => (a as Holder<{ ms: number }>).state.ms > (b as Holder<{ ms: number }>).state.ms,
});
deltaClass.make = (_c, args, named) => {
  const units = {
    days: 86_400_000,
    seconds: 1000,
    microseconds: 0.001,
    milliseconds: 1,
    minutes: 60_000,
    hours: 3_600_000,
    weeks: 604_800_000,
  };
  let ms = 0;
  for (const [i, [name, unit]] of Object.entries(units).entries())
    ms += Number(argument(args, named, i, name) ?? 0) * unit;
  return delta(ms);
};
const momentMethods: Readonly<Record<string, NativeFunction>> = {
  strftime: ([m, format]) =>
    formatted(
      String(format).replaceAll('%f', pad((((state(m).ms % 1000) + 1000) % 1000) * 1000 + state(m).micro, 6)),
      state(m).ms,
    ),
  isoformat: ([m, separator]) => iso(state(m), String(separator ?? 'T')),
  timestamp: ([m]) => state(m).ms / 1000,
  date: ([m]) => moment(state(m).ms - (state(m).ms % 86_400_000), true),
  weekday: ([m]) => BigInt((new Date(state(m).ms).getUTCDay() + 6) % 7),
  isoweekday: ([m]) => BigInt(new Date(state(m).ms).getUTCDay() || 7),
  timetuple: ([m]) => timeTuple(Math.floor(state(m).ms / 1000)),
  ctime: ([m]) => ctime(state(m).ms / 1000),
  replace: ([m], named) => {
    const a = (m as Holder<Moment>).attributes!;
    const get = (k: string) => Number(named.get(k) ?? a.get(k) ?? 0);
    return moment(
      Date.UTC(get('year'), get('month') - 1, get('day'), get('hour'), get('minute'), get('second')),
      state(m).date,
    );
  },
  __str__: ([m]) => iso(state(m), ' '),
  __repr__: ([m]) =>
    `datetime.${state(m).date ? 'date' : 'datetime'}(${[...(m as Holder<Moment>).attributes!.values()].filter((v, i, all) => i < 5 || (i === 5 ? v !== 0n || all[6] !== 0n : v !== 0n)).join(', ')})`,
  __sub__: ([a, b]) =>
    b instanceof Holder && b.cls === deltaClass
      ? moment(state(a).ms - (b.state as { ms: number }).ms, state(a).date)
      : delta(state(a).ms - state(b).ms),
  __add__: ([a, b]) => moment(state(a).ms + (b as Holder<{ ms: number }>).state.ms, state(a).date),
  __eq__: ([a, b]) => b instanceof Holder && b.cls === (a as Holder<Moment>).cls && state(a).ms === state(b).ms,
  __lt__: ([a, b]) => state(a).ms < state(b).ms,
  __gt__: ([a, b]) => state(a).ms > state(b).ms,
  __le__: ([a, b]) => state(a).ms <= state(b).ms,
  __ge__: ([a, b]) => state(a).ms >= state(b).ms,
};
methods(datetimeClass, momentMethods);
methods(dateClass, momentMethods);
dateClass.make = (_c, args) => moment(Date.UTC(Number(args[0]), Number(args[1]) - 1, Number(args[2])), true);
datetimeClass.make = (_c, args) =>
  moment(
    Date.UTC(
      Number(args[0]),
      Number(args[1]) - 1,
      Number(args[2]),
      Number(args[3] ?? 0),
      Number(args[4] ?? 0),
      Number(args[5] ?? 0),
      Math.floor(Number(args[6] ?? 0) / 1000),
    ),
  );

export function datetimeModule(python: Interpreter): Module {
  const { clock } = python.process.machine;
  const now = () => moment(clock.now(), false, Math.floor(python.process.machine.random() * 1000));
  for (const name of ['now', 'utcnow', 'today']) datetimeClass.own.set(name, new Native(name, now));
  datetimeClass.own.set('fromtimestamp', new Native('fromtimestamp', ([s]) => moment(Number(s) * 1000)));
  datetimeClass.own.set('utcfromtimestamp', new Native('utcfromtimestamp', ([s]) => moment(Number(s) * 1000)));
  dateClass.own.set('today', new Native('today', () => moment(clock.now() - (clock.now() % 86_400_000), true)));
  const utc = new Holder(zoneClass, null);
  zoneClass.own.set('utc', utc);
  return library(
    'datetime',
    {},
    {
      datetime: datetimeClass,
      date: dateClass,
      timedelta: deltaClass,
      timezone: zoneClass,
      UTC: utc,
      MINYEAR: 1n,
      MAXYEAR: 9999n,
    },
  );
}

export function ioModule(): Module {
  return library(
    'io',
    {
      *open(args, named, python) {
        return yield* openFile(python, args, named);
      },
    },
    {
      StringIO,
      BytesIO,
      TextIOWrapper: TextFile,
      BufferedReader: BinaryFile,
      BufferedWriter: BinaryWriter,
      UnsupportedOperation,
      SEEK_SET: 0n,
      SEEK_CUR: 1n,
      SEEK_END: 2n,
      DEFAULT_BUFFER_SIZE: 8192n,
    },
  );
}

// Files

function* copyFile(python: Python, from: Value, to: Value, mode: boolean): Steps<Value> {
  const source = yield* pathOf(python, from);
  let target = yield* pathOf(python, to);
  const { files } = python.process;
  const data = system(() => python.process.readFile(source), from);
  let directory = false;
  try {
    directory = files.stat(target).type === 'directory';
  } catch {
    // It is new.
  }
  if (directory) target = `${target}/${source.replace(/.*\//, '')}`;
  const fd = system(() => python.process.open(target, { write: true, create: true, truncate: true }), to);
  const done = python.process.write(fd, data);
  if (done) yield done;
  python.process.close(fd);
  if (mode) system(() => files.chmod(target, files.stat(source).mode));
  return to;
}

function* removeTree(python: Python, path: string): Steps<void> {
  for (const e of system(() => python.process.files.readdir(path), text(path))) {
    const turn = python.step(4);
    if (turn) yield turn;
    if (e.type === 'directory') yield* removeTree(python, `${path}/${e.name}`);
    else system(() => python.process.files.unlink(`${path}/${e.name}`), text(e.name));
  }
  system(() => python.process.files.rmdir(path), text(path));
}

export function shutilModule(): Module {
  const usage = classOf('usage', 'shutil', types.tuple);
  return library('shutil', {
    *copy([a = null, b = null], _n, python) { return yield* withinSteps('shutil.copy', copyFile(python, a, b, true)); },
    *copy2([a = null, b = null], _n, python) { return yield* withinSteps('shutil.copy', copyFile(python, a, b, true)); },
    *copyfile([a = null, b = null], _n, python) { return yield* copyFile(python, a, b, false); },
    *copyfileobj([from, to], _n, python) {
      const data = yield* python.call(yield* python.getAttribute(from ?? null, 'read'), []);
      yield* python.call(yield* python.getAttribute(to ?? null, 'write'), [data]);
      return null;
    },
    *move([a = null, b = null], _n, python) {
      const [from, to] = [yield* pathOf(python, a), yield* pathOf(python, b)];
      let target = to;
      try {
        if (python.process.files.stat(to).type === 'directory') target = `${to}/${from.replace(/\/+$/, '').replace(/.*\//, '')}`;
      } catch {
        // It is new.
      }
      yield* withinSteps('shutil.move', (function* () { system(() => python.process.files.rename(from, target), a); })());
      return b;
    },
    *rmtree(args, named, python) {
      const path = yield* pathOf(python, args[0] ?? null);
      const ignore = yield* python.truth(argument(args, named, 1, 'ignore_errors') ?? false);
      try {
        yield* withinSteps('shutil.rmtree', removeTree(python, path));
      } catch (error) {
        if (!(ignore && error instanceof Raised)) throw error;
      }
      return null;
    },
    which: ([name], _n, python) => {
      for (const d of (python.process.environment.get('PATH') ?? '/bin:/usr/bin').split(':')) {
        const full = `${d}/${encodeAs(String(name))}`;
        try {
          if (python.process.files.stat(full).type === 'file' && python.process.files.access(full, 1)) return text(full);
        } catch {
          // Not there.
        }
      }
      return null;
    },
    disk_usage: (_a, _n, python) => {
      const m = python.process.files.mounts().find((f) => f.target === '/');
      return new Tuple([BigInt(m?.size ?? 0), BigInt(m?.used ?? 0), BigInt(m?.available ?? 0)], usage, ['total', 'used', 'free']);
    },
    get_terminal_size: (_a, _n, python) => {
      const t = python.process.descriptors.get(1)?.terminal;
      return new Tuple([BigInt(t?.columns ?? 80), BigInt(t?.rows ?? 24)], classOf('terminal_size', 'os', types.tuple), ['columns', 'lines']);
    },
  }); // biome-ignore format: one table
}

/** A shell pattern of one path component as a test. */
function component(pattern: string): (name: string) => boolean {
  const source = pattern.replace(/\*|\?|\[(!?)([^\]]+)\]|[.+^${}()|\\/[\]]/g, (c, not, set) =>
    c === '*' ? '[^/]*' : c === '?' ? '[^/]' : set ? `[${not ? '^' : ''}${set.replace(/\\/g, '\\\\')}]` : `\\${c}`,
  );
  // Stars in a row cost nothing more than one.
  const test = new RegExp(`^${source.replace(/(\[\^\/\]\*)+/g, '[^/]*')}$`);
  return (name) => test.test(name);
}

export function globModule(): Module {
  const glob = function* (args: Value[], named: Named, python: Python): Steps<Value> {
    const pattern = encodeAs(String(args[0]));
    const recursive = yield* python.truth(named.get('recursive') ?? false);
    let found = [pattern.startsWith('/') ? '/' : ''];
    const parts = pattern.split('/').filter(Boolean).slice(0, 40);
    for (const [i, part] of parts.entries()) {
      const next: string[] = [];
      const starts = recursive && part === '**';
      for (const base of found) {
        const turn = python.step(8);
        if (turn) yield turn;
        const path = (name: string) => (base === '' || base.endsWith('/') ? base + name : `${base}/${name}`);
        if (starts) {
          const queue = [base];
          for (let d = queue.pop(); d !== undefined && next.length < 20_000; d = queue.pop()) {
            next.push(d);
            try {
              for (const e of python.process.files.readdir(d || '.'))
                if (e.type === 'directory') queue.push(d === '' || d.endsWith('/') ? d + e.name : `${d}/${e.name}`);
            } catch {
              // Not to be read.
            }
          }
          continue;
        }
        if (!/[*?[]/.test(part)) {
          if (python.process.files.access(path(part), 0)) next.push(path(part));
          continue;
        }
        const fits = component(part);
        try {
          for (const e of python.process.files.readdir(base || '.'))
            if (
              fits(e.name) &&
              (part.startsWith('.') || !e.name.startsWith('.')) &&
              (i === parts.length - 1 || e.type !== 'file')
            )
              next.push(path(e.name));
        } catch {
          // Not a directory.
        }
      }
      found = next;
    }
    return new List(found.map(text));
  };
  return library('glob', { glob, iglob: glob });
}

export function fnmatchModule(): Module {
  const test: NativeFunction = ([name, pattern]) => component(String(pattern).replaceAll('/', '\\/'))(String(name));
  return library('fnmatch', {
    fnmatch: test,
    fnmatchcase: test,
    *filter([names, pattern], _n, python) {
      const fits = component(String(pattern));
      return new List((yield* python.collect(names ?? null)).filter((n) => fits(String(n))));
    },
  });
}

export function tempfileModule(python: Interpreter): Module {
  const { process } = python;
  const name = () =>
    `/tmp/tmp${Array.from({ length: 8 }, () => 'abcdefghijklmnopqrstuvwxyz0123456789_'[Math.floor(process.machine.random() * 37)]).join('')}`;
  const file = function* (args: Value[], named: Named, p: Python): Steps<Value> {
    void args;
    const path = name() + String(named.get('suffix') ?? '');
    return yield* openFile(p, [path, String(named.get('mode') ?? 'w+b')], new Map());
  };
  return library(
    'tempfile',
    {
      gettempdir: () => '/tmp',
      mktemp: () => name(),
      mkdtemp: () => {
        const path = name();
        system(() => process.files.mkdir(path, 0o700));
        return path;
      },
      mkstemp: (_a, named) => {
        const path = name() + String(named.get('suffix') ?? '');
        return new Tuple([
          BigInt(system(() => process.open(path, { read: true, write: true, create: true }, 0o600))),
          path,
        ]);
      },
      NamedTemporaryFile: file,
      TemporaryFile: file,
    },
    { tempdir: null },
  );
}

export function pwdModule(): Module {
  const cls = classOf('struct_passwd', 'pwd', types.tuple);
  const entry = (a: string[]) =>
    new Tuple([a[0] ?? '', a[1] ?? '', BigInt(a[2] || 0), BigInt(a[3] || 0), a[4] ?? '', a[5] ?? '', a[6] ?? ''], cls, [
      'pw_name',
      'pw_passwd',
      'pw_uid',
      'pw_gid',
      'pw_gecos',
      'pw_dir',
      'pw_shell',
    ]);
  return library(
    'pwd',
    {
      getpwnam: ([name], _n, python) =>
        entry(
          accounts(python).find((a) => a[0] === name) ??
            raise('KeyError', `getpwnam(): name not found: '${String(name)}'`),
        ),
      getpwuid: ([uid], _n, python) =>
        entry(
          accounts(python).find((a) => a[2] === String(uid)) ??
            raise('KeyError', `getpwuid(): uid not found: ${String(uid)}`),
        ),
      getpwall: (_a, _n, python) => new List(accounts(python).map(entry)),
    },
    {},
    null,
  );
}

export function getpassModule(python: Interpreter): Module {
  return library('getpass', {
    getuser: () =>
      text(
        python.process.environment.get('LOGNAME') ??
          python.process.environment.get('USER') ??
          accounts(python).find((a) => a[2] === String(python.process.credentials.uid))?.[0] ??
          'root',
      ),
    *getpass(args, named, p) {
      yield* p.write(2, encodeAs(String(argument(args, named, 0, 'prompt') ?? 'Password: ')));
      const terminal = p.process.descriptors.get(0)?.terminal;
      const before = terminal?.settings.echo ?? false;
      if (terminal) terminal.settings = { ...terminal.settings, echo: false };
      const line = yield* p.call(p.modules.get('builtins')?.attributes.get('input') ?? null, []);
      if (terminal) {
        terminal.settings = { ...terminal.settings, echo: before };
        yield* p.write(2, '\n');
      }
      return line;
    },
  });
}

// threading: a thread runs to its end where it is started.

const threadClass = classOf('Thread', 'threading');
const lockClass = classOf('lock', '_thread');
const eventClass = classOf('Event', 'threading');
threadClass.make = (cls, args, named) => {
  const made = new Instance(cls);
  made.attributes = new Map<string, Value>([
    ['_target', argument(args, named, 1, 'target') ?? null], ['_args', named.get('args') ?? new Tuple([])], ['_kwargs', named.get('kwargs') ?? new Dict()],
    ['name', named.get('name') ?? 'Thread-1'], ['daemon', named.get('daemon') ?? false],
  ]); // biome-ignore format: one table
  return made;
};
methods(threadClass, {
  __init__: () => null,
  *run([t], _n, python) {
    const a = (t as Instance).attributes!;
    const target = a.get('_target') ?? null;
    if (target !== null) yield* python.call(target, yield* python.collect(a.get('_args') ?? new Tuple([])));
    return null;
  },
  *start([t], _n, python) {
    try {
      yield* python.call(yield* python.getAttribute(t!, 'run'), []);
    } catch (error) {
      const own = python as Interpreter;
      if (!(error instanceof Raised) || own.isA(error, 'SystemExit')) {
        if (error instanceof Raised) return null;
        throw error;
      }
      const name = String((t as Instance).attributes?.get('name'));
      yield* python.write(
        2,
        `Exception in thread ${name} (${yield* threadName(python, t!)}):\n${encodeAs(yield* traceback(own, error))}`,
      );
    }
    return null;
  },
  join: () => null,
  is_alive: () => false,
  isAlive: () => false,
  setDaemon: () => null,
});
function* threadName(python: Python, t: Value): Steps<string> {
  const target = (t as Instance).attributes?.get('_target') ?? null;
  return target === null ? 'run' : yield* python.text((yield* python.lookup(target, '__name__')) ?? 'run');
}
methods(lockClass, {
  acquire: () => true,
  release: () => null,
  locked: () => false,
  __enter__: () => true,
  __exit__: () => null,
});
methods(eventClass, { set: () => null, clear: () => null, is_set: () => true, wait: () => true });
const lock = () => new Instance(lockClass);
lockClass.make = lock;
eventClass.make = () => new Instance(eventClass);

export function threadingModule(): Module {
  return library('threading', {
    Lock: lock, RLock: lock, Semaphore: lock, BoundedSemaphore: lock, Condition: lock, active_count: () => 1n, activeCount: () => 1n, get_ident: () => 140245670881088n,
    current_thread: () => threadClass.make!(threadClass, [], new Map([['name', 'MainThread']]), null as never) as Value, enumerate: () => new List([]),
    Timer: ([, f, args]) => threadClass.make!(threadClass, [null, f ?? null], new Map([['args', args ?? new Tuple([])]]), null as never) as Value,
  }, { Thread: threadClass, Event: eventClass }); // biome-ignore format: one table
}

export function selectModule(): Module {
  return library(
    'select',
    {
      *select([read, write, , timeout], _n, python) {
        const [readers, writers] = [
          yield* python.collect(read ?? new List([])),
          yield* python.collect(write ?? new List([])),
        ];
        const deadline = timeout === undefined || timeout === null ? undefined : Number(timeout) * 1000;
        const ready: Value[] = [];
        const waits: Promise<Value>[] = [];
        const cancel: (() => void)[] = [];
        for (const r of readers) {
          const fd =
            typeof r === 'bigint' ? Number(r) : Number(yield* python.call(yield* python.getAttribute(r, 'fileno'), []));
          const file = python.process.descriptors.get(fd);
          if (file) waits.push(new Promise((resolve) => cancel.push(file.onReadable(() => resolve(r)))));
        }
        if (writers.length === 0 && waits.length > 0) {
          const race: Promise<Value>[] = [...waits];
          if (deadline !== undefined) race.push(python.process.sleep(deadline).then(() => null));
          const first = (yield python.process.wait(Promise.race(race))) as Value;
          if (first !== null) ready.push(first);
        } else if (writers.length === 0 && deadline !== undefined) yield python.process.sleep(deadline);
        for (const c of cancel) c();
        return new Tuple([new List(ready), new List(writers), new List([])]);
      },
    },
    { POLLIN: 1n, error: exceptions.get('OSError')! },
    null,
  );
}

export function errnoModule(): Module {
  return library(
    'errno',
    {},
    {
      ...Object.fromEntries(Object.entries(ERRNO).map(([k, v]) => [k, BigInt(v)])),
      errorcode: new Dict(Object.entries(ERRNO).map(([k, v]) => [BigInt(v), k] as const)),
    },
    null,
  );
}

export function statModule(): Module {
  const kind =
    (type: number): NativeFunction =>
    ([m]) =>
      (Number(m) & 0o170000) === type;
  return library('stat', { S_ISDIR: kind(0o040000), S_ISREG: kind(0o100000), S_ISLNK: kind(0o120000), S_ISSOCK: kind(0o140000), S_ISFIFO: kind(0o010000), S_IMODE: ([m]) => BigInt(Number(m) & 0o7777) }, {
    S_IRWXU: 0o700n, S_IRUSR: 0o400n, S_IWUSR: 0o200n, S_IXUSR: 0o100n, S_IRWXG: 0o070n, S_IRGRP: 0o040n, S_IXGRP: 0o010n, S_IRWXO: 0o007n, S_IROTH: 0o004n, S_IWOTH: 0o002n, S_IXOTH: 0o001n, S_ISUID: 0o4000n,
  }); // biome-ignore format: one table
}

export function uuidModule(python: Interpreter): Module {
  const cls = classOf('UUID', 'uuid');
  methods(cls, {
    __str__: ([u]) => (u as Holder<string>).state,
    __repr__: ([u]) => `UUID('${(u as Holder<string>).state}')`,
  });
  const make = (version: number) => () => {
    const hex = Array.from({ length: 32 }, () => Math.floor(python.process.machine.random() * 16).toString(16));
    hex[12] = String(version);
    hex[16] = '89ab'[Math.floor(python.process.machine.random() * 4)]!;
    const flat = hex.join('');
    const value = `${flat.slice(0, 8)}-${flat.slice(8, 12)}-${flat.slice(12, 16)}-${flat.slice(16, 20)}-${flat.slice(20)}`;
    return new Holder(cls, value, new Map<string, Value>([['hex', flat]]));
  };
  return library(
    'uuid',
    {
      uuid1: make(1),
      uuid4: make(4),
      getnode: () => BigInt(`0x${python.process.machine.identity.mac.replaceAll(':', '')}`),
    },
    { UUID: cls },
  );
}
