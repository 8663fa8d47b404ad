// Python's subprocess and pty: children of the virtual machine with their pipes.
import type { Bytes, Ending, OpenFile, Process } from '../../../machine/machine.ts';
import { startCommand } from '../../run-command.ts';
import { exceptionClass, makeException, raise, raiseErrno, translated } from '../exceptions.ts';
import { BinaryFile, BinaryWriter, type FileState, fileObject, pathOf, TextFile } from '../files.ts';
import { decodeAs, encodeAs, integer, methods } from '../strings.ts';
import {
  ByteString,
  Dict,
  Holder,
  Instance,
  isInt,
  List,
  type Module,
  type Named,
  type Python,
  Raised,
  type Steps,
  Tuple,
  type Value,
} from '../values.ts';
import { classOf, inside, library, withinSteps } from './module.ts';
import { signalNumber } from './signal.ts';

const PIPE = -1n;
const STDOUT = -2n;
const DEVNULL = -3n;

interface Child {
  process: Process;
  args: Value;
  text: boolean;
  stdin?: number | undefined;
  stdout?: number | undefined;
  stderr?: number | undefined;
  status?: number;
}

const SubprocessError = exceptionClass('SubprocessError', 'Exception', 'subprocess');
const CalledProcessError = exceptionClass('CalledProcessError', SubprocessError, 'subprocess');
const TimeoutExpired = exceptionClass('TimeoutExpired', SubprocessError, 'subprocess');
const popenClass = classOf('Popen', 'subprocess');
const completedClass = classOf('CompletedProcess', 'subprocess');

methods(CalledProcessError, {
  *__str__([e], _n, python) {
    const code = Number((e as Instance).attributes?.get('returncode'));
    const cmd = `'${yield* python.text((e as Instance).attributes?.get('cmd') ?? null)}'`;
    return code < 0
      ? `Command ${cmd} died with <Signals.SIG${signalNames(-code)}: ${-code}>.`
      : `Command ${cmd} returned non-zero exit status ${code}.`;
  },
});
methods(TimeoutExpired, {
  *__str__([e], _n, python) {
    const a = (e as Instance).attributes;
    return `Command '${yield* python.text(a?.get('cmd') ?? null)}' timed out after ${yield* python.text(a?.get('timeout') ?? null)} seconds`;
  },
});
const signalNames = (n: number) =>
  ({ 1: 'HUP', 2: 'INT', 6: 'ABRT', 9: 'KILL', 11: 'SEGV', 13: 'PIPE', 15: 'TERM' })[n] ?? String(n);

const codeOf = (ending: Ending | undefined) =>
  !ending ? 0 : 'code' in ending ? ending.code : -signalNumber(ending.signal);

/** The options that Popen's callers pass on. */
function* popen(python: Python, args: Value[], named: Named): Steps<Child> {
  const { process } = python;
  const command =
    args[0] ??
    named.get('args') ??
    raise('TypeError', "Popen.__init__() missing 1 required positional argument: 'args'");
  const shell = yield* python.truth(named.get('shell') ?? false);
  const textual =
    (yield* python.truth(named.get('text') ?? false)) ||
    (yield* python.truth(named.get('universal_newlines') ?? false)) ||
    (named.get('encoding') ?? null) !== null;
  let argv: Bytes[] = [];
  if (command instanceof List || command instanceof Tuple)
    for (const a of command.items) argv.push(yield* pathOf(python, a));
  else argv = [yield* pathOf(python, command)];
  if (argv.length === 0) raise('IndexError', 'list index out of range');
  if (shell) argv = ['/bin/sh', '-c', ...argv];
  const descriptors = new Map<number, OpenFile>();
  for (const [d, file] of process.descriptors) if (d < 3) descriptors.set(d, file);
  const ours: number[] = [];
  const theirs: number[] = [];
  const child: Child = { process, args: command, text: textual };
  const redirect = function* (name: 'stdin' | 'stdout' | 'stderr', d: number, value: Value): Steps<void> {
    if (value === null || value === undefined) return;
    if (isInt(value)) {
      const n = BigInt(value);
      if (n === PIPE) {
        const [read, write] = process.pipe();
        const [own, given] = d === 0 ? [write, read] : [read, write];
        descriptors.set(d, process.descriptors.get(given)!);
        theirs.push(given);
        ours.push(own);
        child[name] = own;
      } else if (n === STDOUT) descriptors.set(d, descriptors.get(1)!);
      else if (n === DEVNULL) {
        const given = process.open('/dev/null', { read: true, write: true });
        descriptors.set(d, process.descriptors.get(given)!);
        theirs.push(given);
      } else {
        const file = process.descriptors.get(Number(n));
        if (file) descriptors.set(d, file);
      }
      return;
    }
    const number = yield* python.call(yield* python.getAttribute(value, 'fileno'), []);
    if (value instanceof Holder && (value.cls === TextFile || value.cls === BinaryWriter))
      yield* python.call(yield* python.getAttribute(value, 'flush'), []);
    const file = process.descriptors.get(Number(number));
    if (file) descriptors.set(d, file);
  };
  yield* redirect('stdin', 0, named.get('stdin') ?? null);
  yield* redirect('stdout', 1, named.get('stdout') ?? null);
  yield* redirect('stderr', 2, named.get('stderr') ?? null);
  const environment = named.get('env') ?? null;
  const cwd = named.get('cwd') ?? null;
  const bytes = (v: Value) => encodeAs(String(v), 'utf-8', 'surrogateescape');
  try {
    child.process = startCommand(process, argv, {
      descriptors,
      ...(environment instanceof Dict && {
        environment: new Map([...environment.entries.values()].map(([k, v]) => [bytes(k), bytes(v)])),
      }),
      ...(cwd !== null && { cwd: process.files.realpath(yield* pathOf(python, cwd)) }),
      ...((yield* python.truth(named.get('start_new_session') ?? false)) && { newSession: true }),
    });
  } catch (error) {
    for (const d of [...ours, ...theirs]) process.close(d);
    throw translated(error, command instanceof List || command instanceof Tuple ? command.items[0]! : command);
  }
  for (const d of theirs) process.close(d);
  return child;
}

function popenObject(child: Child): Value {
  const made = new Holder<Child>(popenClass, child);
  const file = (d: number | undefined, mode: string) =>
    d === undefined
      ? null
      : fileObject(child.text ? TextFile : mode === 'r' ? BinaryFile : BinaryWriter, d, BigInt(d), mode);
  made.attributes = new Map<string, Value>([
    ['args', child.args], ['pid', BigInt(child.process.pid)], ['returncode', null],
    ['stdin', file(child.stdin, 'w')], ['stdout', file(child.stdout, 'r')], ['stderr', file(child.stderr, 'r')],
  ]); // biome-ignore format: one table
  return made;
}

function* ended(python: Python, child: Child, timeout: Value = null): Steps<number> {
  if (child.status !== undefined) return child.status;
  const waiting = python.process.waitFor(child.process);
  let done: Awaited<typeof waiting>;
  if (timeout === null) done = (yield waiting) as Awaited<typeof waiting>;
  else {
    const limit = python.process.sleep(Number(timeout) * 1000).then(() => 'late' as const);
    const first = (yield Promise.race([waiting, limit])) as Awaited<typeof waiting> | 'late';
    if (first === 'late') {
      waiting.catch(() => {});
      const error = makeException(TimeoutExpired, child.args, timeout);
      error.attributes?.set('cmd', child.args);
      error.attributes?.set('timeout', timeout);
      throw new Raised(error);
    }
    limit.catch(() => {});
    done = first;
  }
  child.status = codeOf(done?.ending);
  return child.status;
}

/** Feeds standard input, gathers both outputs, waits for the end. */
function* communicate(python: Python, child: Child, input: Value, timeout: Value): Steps<[Value, Value]> {
  const { process } = python;
  const writing = async () => {
    if (child.stdin === undefined) return;
    try {
      const data = input === null ? '' : input instanceof ByteString ? input.data : encodeAs(String(input));
      if (data !== '') await process.write(child.stdin, data);
    } catch (error) {
      const broken = translated(error);
      if (!(broken instanceof Raised)) throw error;
    } finally {
      process.close(child.stdin);
      child.stdin = undefined;
    }
  };
  const all = async (d: number | undefined) => {
    if (d === undefined) return undefined;
    const data = await process.readAll(d);
    process.close(d);
    return data;
  };
  const work = Promise.all([writing(), all(child.stdout), all(child.stderr)]);
  let out: Bytes | undefined;
  let err: Bytes | undefined;
  if (timeout !== null) {
    const limit = process.sleep(Number(timeout) * 1000).then(() => 'late' as const);
    const first = (yield Promise.race([work, limit])) as Awaited<typeof work> | 'late';
    if (first === 'late') {
      work.catch(() => {});
      try {
        process.kill(child.process.pid, 'KILL');
      } catch {
        // It has just ended.
      }
      const error = makeException(TimeoutExpired, child.args, timeout);
      error.attributes?.set('cmd', child.args);
      error.attributes?.set('timeout', timeout);
      throw new Raised(error);
    }
    limit.catch(() => {});
    [, out, err] = first;
  } else [, out, err] = (yield work) as Awaited<typeof work>;
  python.charge((out?.length ?? 0) + (err?.length ?? 0));
  yield* ended(python, child);
  const value = (data: Bytes | undefined): Value =>
    data === undefined ? null : child.text ? decodeAs(data.replace(/\r\n?/g, '\n')) : new ByteString(data);
  return [value(out), value(err)];
}

function* setCode(object: Value, steps: Steps<number>): Steps<Value> {
  const code = BigInt(yield* steps);
  (object as Holder<Child>).attributes?.set('returncode', code);
  return code;
}

const popenMethods = {
  *wait([p, timeout]: Value[], named: Named, python: Python): Steps<Value> {
    return yield* setCode(p!, ended(python, (p as Holder<Child>).state, timeout ?? named.get('timeout') ?? null));
  },
  *poll([p]: Value[], _n: Named, python: Python): Steps<Value> {
    const child = (p as Holder<Child>).state;
    if (child.status === undefined) {
      const waiting = python.process.waitFor(child.process, { noHang: true });
      const done = (yield waiting) as Awaited<typeof waiting>;
      if (!done) return null;
      child.status = codeOf(done.ending);
    }
    (p as Holder<Child>).attributes?.set('returncode', BigInt(child.status));
    return BigInt(child.status);
  },
  *communicate([p, input, timeout]: Value[], named: Named, python: Python): Steps<Value> {
    const child = (p as Holder<Child>).state;
    // What Python has read or written of the pipes already is done with.
    const stdin = (p as Holder<Child>).attributes?.get('stdin');
    if (stdin instanceof Holder) yield* python.call(yield* python.getAttribute(stdin, 'flush'), []);
    const result = yield* communicate(
      python,
      child,
      input ?? named.get('input') ?? null,
      timeout ?? named.get('timeout') ?? null,
    );
    (p as Holder<Child>).attributes?.set('returncode', BigInt(child.status ?? 0));
    for (const name of ['stdin', 'stdout', 'stderr']) {
      const file = (p as Holder<Child>).attributes?.get(name);
      if (file instanceof Holder) (file.state as FileState).closed = true;
    }
    return new Tuple(result);
  },
  send_signal: ([p, signal]: Value[], _n: Named, python: Python) => kill(python, p, integer(signal, 15)),
  kill: ([p]: Value[], _n: Named, python: Python) => kill(python, p, 9),
  terminate: ([p]: Value[], _n: Named, python: Python) => kill(python, p, 15),
  __enter__: ([p]: Value[]) => p!,
  *__exit__([p]: Value[], _n: Named, python: Python): Steps<Value> {
    yield* ended(python, (p as Holder<Child>).state);
    return null;
  },
  *__repr__([p]: Value[], _n: Named, python: Python): Steps<Value> {
    const a = (p as Holder<Child>).attributes;
    return `<Popen: returncode: ${yield* python.text(a?.get('returncode') ?? null)} args: ${yield* python.repr(a?.get('args') ?? null)}>`;
  },
};
methods(popenClass, popenMethods);
popenClass.make = function* (_c, args, named, python): Steps<Value> {
  return popenObject(yield* withinSteps('Popen', popen(python, args, named)));
};

function kill(python: Python, p: Value | undefined, signal: number): Value {
  const { process, status } = (p as Holder<Child>).state;
  if (status !== undefined) return null;
  try {
    python.process.kill(process.pid, signalNames(signal) as 'TERM');
  } catch (error) {
    const raised = translated(error);
    if (!(raised instanceof Raised)) throw error;
  }
  return null;
}

methods(completedClass, {
  check_returncode: ([c]) => {
    const a = (c as Instance).attributes!;
    if (a.get('returncode') !== 0n)
      throw failure(
        a.get('returncode') ?? null,
        a.get('args') ?? null,
        a.get('stdout') ?? null,
        a.get('stderr') ?? null,
      );
    return null;
  },
  *__repr__([c], _n, python) {
    const a = (c as Instance).attributes!;
    let text = `CompletedProcess(args=${yield* python.repr(a.get('args') ?? null)}, returncode=${yield* python.text(a.get('returncode') ?? null)}`;
    for (const name of ['stdout', 'stderr'])
      if ((a.get(name) ?? null) !== null) text += `, ${name}=${yield* python.repr(a.get(name)!)}`;
    return `${text})`;
  },
});

function failure(code: Value, cmd: Value, output: Value, stderr: Value): Raised {
  const error = makeException(CalledProcessError, code, cmd);
  for (const [k, v] of [
    ['returncode', code],
    ['cmd', cmd],
    ['output', output],
    ['stdout', output],
    ['stderr', stderr],
  ] as const)
    error.attributes?.set(k, v);
  return new Raised(error);
}

function* run(python: Python, args: Value[], named: Map<string, Value>, caller: string): Steps<Value> {
  const options = new Map(named);
  const input = options.get('input') ?? null;
  if (input !== null) options.set('stdin', PIPE);
  if (yield* python.truth(options.get('capture_output') ?? false)) {
    options.set('stdout', PIPE);
    options.set('stderr', PIPE);
  }
  const child = yield* withinSteps(`${caller}`, popen(python, args, options));
  const [out, err] = yield* withinSteps(
    'run:timeout',
    communicate(python, child, input, options.get('timeout') ?? null),
  );
  const code = BigInt(child.status ?? 0);
  if (code !== 0n && (yield* python.truth(options.get('check') ?? false)))
    throw inside(`${caller}:status`, failure(code, child.args, out, err));
  const made = new Instance(completedClass);
  made.attributes = new Map<string, Value>([
    ['args', child.args],
    ['returncode', code],
    ['stdout', out],
    ['stderr', err],
  ]);
  return made;
}

export function subprocessModule(): Module {
  return library(
    'subprocess',
    {
      *run(args, named, python) {
        return yield* run(python, args, new Map(named), 'run');
      },
      *call(args, named, python) {
        return BigInt(
          yield* ended(python, yield* withinSteps('call', popen(python, args, named)), named.get('timeout') ?? null),
        );
      },
      *check_call(args, named, python) {
        const child = yield* withinSteps('check_call', popen(python, args, named));
        const code = BigInt(yield* ended(python, child));
        if (code !== 0n) throw inside('check_call:status', failure(code, child.args, null, null));
        return 0n;
      },
      *check_output(args, named, python) {
        const result = yield* run(python, args, new Map([...named, ['stdout', PIPE], ['check', true]]), 'check_output');
        return (result as Instance).attributes?.get('stdout') ?? null;
      },
      *getoutput([command], _n, python) {
        return (yield* status(python, command ?? null))[1];
      },
      *getstatusoutput([command], _n, python) {
        return new Tuple(yield* status(python, command ?? null));
      },
      *list2cmdline([list], _n, python) {
        return (yield* python.collect(list ?? null))
          .map((a) => (/[\s"]|^$/.test(String(a)) ? `"${String(a)}"` : String(a)))
          .join(' ');
      },
    },
    {
      Popen: popenClass,
      CompletedProcess: completedClass,
      PIPE,
      STDOUT,
      DEVNULL,
      SubprocessError,
      CalledProcessError,
      TimeoutExpired,
    },
  );
}

function* status(python: Python, command: Value): Steps<[bigint, string]> {
  const named = new Map<string, Value>([
    ['shell', true],
    ['stdout', PIPE],
    ['stderr', STDOUT],
    ['text', true],
  ]);
  const child = yield* popen(python, [command], named);
  const [out] = yield* communicate(python, child, null, null);
  return [BigInt(child.status ?? 0), String(out).replace(/\n$/, '')];
}

export function ptyModule(): Module {
  return library(
    'pty',
    {
      // The child gets the terminal itself (or what there is): what an attacker sees of it is the same.
      *spawn([argv], _n, python) {
        const words: Bytes[] = [];
        if (argv instanceof List || argv instanceof Tuple)
          for (const a of argv.items) words.push(yield* pathOf(python, a));
        else words.push(yield* pathOf(python, argv ?? null));
        let child: Process;
        try {
          child = startCommand(python.process, words);
        } catch (error) {
          // The fork has succeeded: it is the child that fails, and says so.
          const raised = translated(error);
          if (raised instanceof Raised) raiseErrno('ENOENT', 'No such file or directory');
          throw error;
        }
        const waiting = python.process.waitFor(child);
        const done = (yield waiting) as Awaited<typeof waiting>;
        const code = codeOf(done?.ending);
        return BigInt(code < 0 ? -code : code << 8);
      },
      openpty: () => raise('OSError', 'out of pty devices'),
      fork: () => raise('OSError', 'out of pty devices'),
    },
    { STDIN_FILENO: 0n, STDOUT_FILENO: 1n, STDERR_FILENO: 2n },
  );
}
