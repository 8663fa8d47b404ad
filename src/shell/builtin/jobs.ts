// Builtins about jobs and processes: jobs, fg, bg, wait, kill, disown, suspend.
import { SystemError, strerror } from '../../machine/errno.ts';
import type { Bytes, Process } from '../../machine/machine.ts';
import type { Interpreter } from '../interpreter.ts';
import type { Job } from '../jobs.ts';
import { signalNames, signalNumber, signalOf, statusOf } from '../signals.ts';
import type { Builtin } from './table.ts';
import { badOption, missingArgument } from './usage.ts';

const resume: Builtin = async (shell, args, name) => {
  if (!shell.options.has('monitor')) {
    await shell.complain(`${name}: no job control`);
    return 1;
  }
  const spec = args[0] === undefined || args[0].startsWith('%') ? args[0] : `%${args[0]}`;
  const job = shell.jobs.find(spec);
  if (!job || job.state === 'Done') {
    await shell.complain(`${name}: ${args[0] ?? 'current'}: no such job`);
    return 1;
  }
  const { process } = shell;
  if (name === 'fg') await process.out(`${job.text}\n`);
  else if (shell.dialect === 'bash')
    await process.out(`[${job.number}]${shell.jobs.mark(job).padEnd(2)}${job.text} &\n`);
  else await process.out(`[${job.number}] ${job.text}\n`);
  shell.jobs.resume(job, name === 'fg');
  const { terminal } = process;
  if (name === 'fg' && terminal) terminal.foreground = job.group;
  process.kill(-job.group, 'CONT');
  if (name === 'bg') {
    shell.lastBackground = String(job.processes.at(-1)!.pid);
    return 0;
  }
  return (await shell.jobs.foreground(job.processes, () => job.text, job.group, job)).at(-1) ?? 0;
};

async function waitFor(shell: Interpreter, child: Process): Promise<number> {
  if (child.ended) {
    await shell.process.waitFor(child, { noHang: true });
    return statusOf(child.ended);
  }
  const result = await shell.process.waitFor(child);
  return result?.ending ? statusOf(result.ending) : 127;
}

/** Waits for a job as a whole; a trap that is due ends the wait early. */
async function waitForJob(shell: Interpreter, job: Job): Promise<number> {
  let status = 127;
  for (const child of job.processes) status = await interruptible(shell, waitFor(shell, child));
  const ending = job.processes.at(-1)?.ended;
  if (ending && !job.told) {
    job.ending = ending;
    if (shell.options.has('monitor') && !shell.interactive) {
      job.state = 'Done';
      await shell.process.err(`${shell.jobs.line(job)}\n`);
    } else await shell.jobs.tellKilled(job);
  }
  shell.jobs.remember(job, status);
  shell.jobs.forget(job);
  return status;
}

/** A signal with a trap arrived: `wait` ends with 128 and its number. */
class Trapped {
  readonly status: number;
  constructor(status: number) {
    this.status = status;
  }
}

async function interruptible(shell: Interpreter, waiting: Promise<number>): Promise<number> {
  if (shell.traps.size === 0) return waiting;
  waiting.catch(() => {});
  const [result] = await shell.process.wait(
    Promise.race([waiting.then((status) => [status] as const), shell.trapped().then((name) => [name] as const)]),
  );
  if (typeof result === 'number') return result;
  throw new Trapped(128 + signalNumber(result as never));
}

const WAIT = 'wait [-fn] [-p var] [id ...]';
const wait: Builtin = async (shell, args, name) => {
  let words = args;
  let next = false;
  let variable: Bytes | undefined;
  while (/^-./.test(words[0] ?? '') && words[0] !== '--') {
    const option = words[0]!;
    words = words.slice(1);
    for (let i = 1; i < option.length; i++) {
      const letter = option[i]!;
      if (letter === 'n') next = true;
      else if (letter === 'p') {
        variable = option.slice(i + 1) || words[0];
        if (!option.slice(i + 1)) words = words.slice(1);
        if (variable === undefined) return missingArgument(shell, name, '-p', WAIT);
        if (!/^[a-zA-Z_]\w*(\[.*\])?$/.test(variable)) {
          await shell.complain(`wait: \`${variable}': not a valid identifier`);
          return 1;
        }
        break;
      } else if (letter !== 'f') return badOption(shell, name, `-${letter}`, WAIT);
    }
  }
  if (words[0] === '--') words = words.slice(1);
  if (variable !== undefined) shell.variables.unset(variable);
  const ended = (job: Job) => {
    if (variable !== undefined) shell.variables.set(variable, String(job.processes.at(-1)!.pid));
  };
  try {
    if (next) return await waitNext(shell, words, ended);
    if (words.length === 0) {
      for (const job of [...shell.jobs.list])
        if (job.state !== 'Stopped' && shell.jobs.mine(job)) await waitForJob(shell, job);
      return 0;
    }
    let status = 0;
    for (const word of words) {
      const job = shell.jobs.named(word);
      const remembered = job ? undefined : shell.jobs.remembered.get(word);
      if (job) {
        status = await waitForJob(shell, job);
        ended(job);
      } else if (remembered !== undefined) {
        status = remembered;
        if (variable !== undefined) shell.variables.set(variable, word);
      } else {
        await shell.complain(
          word.startsWith('%')
            ? `wait: ${word}: no such job`
            : /^\d+$/.test(word)
              ? `wait: pid ${word} is not a child of this shell`
              : `wait: \`${word}': not a pid or valid job spec`,
        );
        status = /^%|^\d+$/.test(word) ? 127 : 1;
      }
    }
    return status;
  } catch (error) {
    if (error instanceof Trapped) return error.status;
    throw error;
  }
};

/** `wait -n`: the next job to end, of these or of all. */
async function waitNext(shell: Interpreter, words: Bytes[], ended: (job: Job) => void): Promise<number> {
  const jobs: Job[] = [];
  for (const word of words) {
    const job = shell.jobs.named(word);
    if (job) jobs.push(job);
    else await shell.complain(`wait: ${word}: no such job`);
  }
  const candidates =
    words.length > 0 ? jobs : shell.jobs.list.filter((job) => job.state !== 'Stopped' && shell.jobs.mine(job));
  if (candidates.length === 0) return 127;
  const first = await shell.process.wait(
    Promise.race(
      candidates.map(async (job) => {
        const child = job.processes.at(-1)!;
        if (!child.ended) await shell.process.waitFor(child);
        return job;
      }),
    ),
  );
  const status = await waitForJob(shell, first);
  ended(first);
  return status;
}

/** The real-time signals, from 34. */
const REAL_TIME = Array.from({ length: 31 }, (_, i) =>
  i === 0 ? 'RTMIN' : i < 16 ? `RTMIN+${i}` : i === 30 ? 'RTMAX' : `RTMAX-${30 - i}`,
);

const kill: Builtin = async (shell, args) => {
  let signal: ReturnType<typeof signalOf> = 'TERM';
  let words = args;
  const bad = async (text: Bytes) => {
    await shell.complain(`kill: ${text}: invalid signal specification`);
    return 1;
  };
  if (args[0] === '-l' || args[0] === '-L') {
    if (args.length > 1) {
      let failed = 0;
      for (const text of args.slice(1)) {
        const number = /^\d+$/.test(text) ? (Number(text) > 128 ? Number(text) - 128 : Number(text)) : undefined;
        const realTime = number === undefined ? REAL_TIME.indexOf(text.toUpperCase().replace(/^SIG/, '')) : -1;
        if (realTime >= 0 || (number !== undefined && number >= 34 && number <= 64)) {
          await shell.process.out(`${realTime >= 0 ? realTime + 34 : REAL_TIME[number! - 34]}\n`);
          continue;
        }
        if (number === 32 || number === 33) continue;
        const found = number === undefined ? signalOf(text) : number === 0 ? 0 : signalOf(String(number));
        if (found === undefined) failed = await bad(text);
        else
          await shell.process.out(
            number === undefined ? `${found === 0 ? 0 : signalNumber(found)}\n` : `${found === 0 ? 'EXIT' : found}\n`,
          );
      }
      return failed;
    }
    const all = [
      ...signalNames.map((s, i) => [i + 1, `SIG${s}`] as const),
      ...REAL_TIME.map((name, i) => [34 + i, `SIG${name}`] as const),
    ];
    for (let i = 0; i < all.length; i += 5)
      await shell.process.out(
        `${all
          .slice(i, i + 5)
          .map(([n, s]) => `${String(n).padStart(2)}) ${s}`)
          .join('\t')}${i + 5 > all.length ? '\t' : ''}\n`,
      );
    return 0;
  }
  if (/^-[sn]./.test(args[0] ?? '') && signalOf(args[0]!.slice(1)) === undefined)
    args = [args[0]!.slice(0, 2), args[0]!.slice(2), ...args.slice(1)];
  if ((args[0] === '-s' || args[0] === '-n') && args.length === 1) {
    await shell.complain(`kill: ${args[0]}: option requires an argument`);
    return 1;
  }
  if (args[0] === '-s' || args[0] === '-n') {
    signal = signalOf(args[1] ?? '');
    if (signal === undefined) return bad(args[1] ?? '');
    words = args.slice(2);
  } else if (/^-./.test(args[0] ?? '') && args[0] !== '--') {
    signal = signalOf(args[0]!.slice(1));
    if (signal === undefined) return bad(args[0]!.slice(1));
    words = args.slice(1);
  }
  if (words[0] === '--') words = words.slice(1);
  if (words.length === 0) {
    await shell.process.err(
      'kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n',
    );
    return 2;
  }
  let status = 0;
  for (const word of words) {
    const job = word.startsWith('%') ? shell.jobs.find(word) : undefined;
    const pid = job ? -job.group : /^\s*[-+]?\d+\s*$/.test(word) ? Number(word) : Number.NaN;
    if ((word.startsWith('%') && !job) || Number.isNaN(pid)) {
      await shell.complain(
        word.startsWith('%')
          ? `kill: ${word}: no such job`
          : word === ''
            ? "kill: `': not a pid or valid job spec"
            : `kill: ${word}: arguments must be process or job IDs`,
      );
      status = 1;
      continue;
    }
    if (
      job?.state === 'Stopped' &&
      (signal === 'TERM' || signal === 'HUP') &&
      shell.interactive &&
      shell.dialect === 'bash'
    )
      job.disturbed = true;
    try {
      if (job && !shell.options.has('monitor'))
        for (const child of job.processes) shell.process.kill(child.pid, signal!);
      else shell.process.kill(pid, signal!);
      // What is stopped is woken to die of it.
      if (job?.state === 'Stopped' && (signal === 'TERM' || signal === 'HUP')) {
        try {
          shell.process.kill(-job.group, 'CONT');
        } catch {
          // It is gone already.
        }
      }
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      await shell.complain(`kill: (${word}) - ${strerror(error.code)}`);
      status = 1;
    }
  }
  const turn = shell.process.step(1);
  if (turn) await turn;
  return status;
};

export const jobs: Record<string, Builtin> = {
  fg: resume,
  bg: resume,
  wait,
  kill,
  jobs: async (shell, args, name) => {
    await shell.jobs.reap();
    const flags = new Set<string>();
    let words = args;
    while (/^-./.test(words[0] ?? '') && words[0] !== '--') {
      for (const letter of words[0]!.slice(1)) {
        if (!'lnprsx'.includes(letter))
          return badOption(shell, name, `-${letter}`, 'jobs [-lnprs] [jobspec ...] or jobs -x command [args]');
        flags.add(letter);
      }
      words = words.slice(1);
    }
    if (words[0] === '--') words = words.slice(1);
    if (flags.has('x')) {
      if (words.length === 0) return 0;
      return shell.execute(
        words.map((word) => (word.startsWith('%') ? String(shell.jobs.find(word)?.group ?? word) : word)),
        [],
        [],
      );
    }
    let status = 0;
    const wanted: Job[] = words.length === 0 ? shell.jobs.list.filter((job) => !job.told) : [];
    for (const word of words) {
      const job = shell.jobs.find(word.startsWith('%') ? word : `%${word}`);
      if (job) wanted.push(job);
      else {
        await shell.complain(`jobs: ${word}: no such job`);
        status = 1;
      }
    }
    for (const job of wanted) {
      if ((flags.has('r') && job.state !== 'Running') || (flags.has('s') && job.state !== 'Stopped')) continue;
      await shell.process.out(
        flags.has('p') ? `${job.processes[0]?.pid ?? job.group}\n` : `${shell.jobs.line(job, flags.has('l'))}\n`,
      );
      if (job.state === 'Done') shell.jobs.forget(job);
    }
    return status;
  },
  disown: async (shell, args, name) => {
    let words = args;
    const flags = new Set<string>();
    while (/^-./.test(words[0] ?? '') && words[0] !== '--') {
      for (const letter of words[0]!.slice(1)) {
        if (!'ahr'.includes(letter))
          return badOption(shell, name, `-${letter}`, 'disown [-h] [-ar] [jobspec ... | pid ...]');
        flags.add(letter);
      }
      words = words.slice(1);
    }
    if (words.length === 0 && (flags.has('a') || flags.has('r'))) {
      for (const job of [...shell.jobs.list])
        if ((!flags.has('r') || job.state === 'Running') && !flags.has('h')) shell.jobs.forget(job);
      return 0;
    }
    let status = 0;
    for (const word of words.length > 0 ? words : [undefined]) {
      const job = word === undefined ? shell.jobs.find(undefined) : shell.jobs.named(word);
      if (!job) {
        await shell.complain(`disown: ${word ?? 'current'}: no such job`);
        status = 1;
      } else if (!flags.has('h')) shell.jobs.forget(job);
    }
    return status;
  },
  suspend: async (shell, args, name) => {
    if (/^-[^f]/.test(args[0] ?? '')) return badOption(shell, name, args[0]!.slice(0, 2), 'suspend [-f]');
    await shell.complain(
      shell.login ? 'suspend: cannot suspend a login shell' : 'suspend: cannot suspend: no job control',
    );
    return 1;
  },
};
