// dash's and ash's builtins about jobs and processes: jobs, fg, bg, wait, kill.
import { SystemError, strerror } from '../../../machine/errno.ts';
import type { Bytes, Process } from '../../../machine/machine.ts';
import type { Builtin } from '../../builtin/table.ts';
import type { Interpreter } from '../../interpreter.ts';
import { type Job, signalWord } from '../../jobs.ts';
import { signalNames, signalOf, statusOf } from '../../signals.ts';
import { bare, Complaint, natural, takeOptions, words } from '../complaint.ts';

/** @throws Complaint */
function find(shell: Interpreter, spec: Bytes | undefined): Job {
  const job = shell.jobs.find(spec);
  if (job) return job;
  if (spec === undefined || /^%[%+]?$/.test(spec)) throw new Complaint('No current job');
  throw new Complaint(words(shell).noJob(spec));
}

/** `[1] + Done                       sleep 1` */
function line(shell: Interpreter, job: Job): Bytes {
  const mark = job === shell.jobs.find('%+') || job === shell.jobs.list.at(-1) ? '+' : ' ';
  const head = `[${job.number}]${shell.dialect === 'ash' ? `${mark} ` : ` ${mark}`} `;
  const { ending } = job;
  const state =
    job.state !== 'Done'
      ? job.state
      : ending && 'signal' in ending
        ? (signalWord(ending.signal) ?? ending.signal)
        : ending?.code
          ? `Done(${ending.code})`
          : 'Done';
  return `${(head + state).padEnd(33)}${shell.options.has('monitor') ? job.text : ''}\n`;
}

async function end(shell: Interpreter, child: Process): Promise<number> {
  const ending = child.ended ?? (await shell.process.waitFor(child))?.ending;
  if (!ending) return 127;
  if (child.ended) await shell.process.waitFor(child, { noHang: true });
  const word = 'signal' in ending ? signalWord(ending.signal) : undefined;
  if (word) await shell.process.err(`${word}\n`);
  return statusOf(ending);
}

const wait: Builtin = async (shell, args) => {
  const finish = async (job: Job): Promise<number> => {
    let status = 0;
    for (const child of job.processes) status = await end(shell, child);
    job.state = 'Done';
    const ending = job.processes.at(-1)?.ended;
    if (ending) job.ending = ending;
    job.waited = true;
    return status;
  };
  if (args.length === 0) {
    for (const job of [...shell.jobs.list]) if (job.state !== 'Stopped') await finish(job);
    return 0;
  }
  let status = 0;
  for (const word of args) {
    const job = word.startsWith('%')
      ? find(shell, word)
      : shell.jobs.list.find((j) => j.processes.some((p) => p.pid === natural(word)));
    if (!word.startsWith('%')) natural(word);
    status = job ? await finish(job) : 127;
  }
  return status;
};

const resume: Builtin = async (shell, args, name) => {
  const job = find(shell, args[0] === undefined || args[0].startsWith('%') ? args[0] : `%${args[0]}`);
  if (!shell.options.has('monitor')) throw new Complaint(`job ${args[0] ?? '(null)'} not created under job control`);
  const { process } = shell;
  await process.out(name === 'fg' ? `${job.text}\n` : `[${job.number}] ${job.text}\n`);
  job.state = 'Running';
  if (name === 'fg' && process.terminal) process.terminal.foreground = job.group;
  process.kill(-job.group, 'CONT');
  if (name === 'bg') return 0;
  return (await shell.jobs.foreground(job.processes, () => job.text, job.group, job)).at(-1) ?? 0;
};

const kill: Builtin = async (shell, args) => {
  const ash = shell.dialect === 'ash';
  const usage = 'Usage: kill [-s sigspec | -signum | -sigspec] [pid | job]... or\nkill -l [exitstatus]';
  if (args[0] === '-l') {
    const [, ...numbers] = args;
    if (numbers.length === 0) {
      if (ash)
        for (const [i, name] of signalNames.entries())
          await shell.process.out(`${String(i + 1).padStart(2)}) ${name}\n`);
      else await shell.process.out(`0\n${signalNames.join('\n')}\n`);
      return 0;
    }
    for (const text of numbers) {
      const number = /^\d+$/.test(text) ? Number(text) & 127 : undefined;
      const found = signalOf(number === undefined ? text : String(number));
      if (!found) {
        if (!ash) throw new Complaint(`invalid signal number or exit status: ${text}`);
        await bare(shell, `unknown signal '${text}'`);
        return 1;
      }
      await shell.process.out(`${number === undefined ? signalNames.indexOf(found) + 1 : found}\n`);
    }
    return 0;
  }
  let signal: ReturnType<typeof signalOf> = 'TERM';
  let rest = args;
  if (args[0] === '-s') {
    signal = signalOf(args[1] ?? '');
    rest = args.slice(2);
    if (signal === undefined && !ash) throw new Complaint(`invalid signal number or name: ${args[1] ?? ''}`);
  } else if (/^-./.test(args[0] ?? '') && args[0] !== '--') {
    signal = signalOf(args[0]!.slice(1));
    rest = args.slice(1);
    if (signal === undefined && !ash) throw new Complaint(words(shell).option(args[0]!.slice(0, 2)));
  }
  if (signal === undefined) {
    await bare(shell, `bad signal name '${(args[0] === '-s' ? args[1] : args[0]!.slice(1)) ?? ''}'`);
    return 1;
  }
  if (rest[0] === '--') rest = rest.slice(1);
  if (rest.length === 0) {
    if (!ash) throw new Complaint(usage);
    await bare(shell, 'you need to specify whom to kill');
    return 1;
  }
  let status = 0;
  for (const word of rest) {
    const job = word.startsWith('%') ? find(shell, word) : undefined;
    if (!job && !/^-?\d+$/.test(word)) {
      if (!ash) throw new Complaint(`Illegal number: ${word}`);
      await bare(shell, `invalid number '${word}'`);
      status = 1;
      continue;
    }
    const targets = !job
      ? [Number(word)]
      : shell.options.has('monitor')
        ? [-job.group]
        : job.processes.map((p) => p.pid);
    for (const pid of targets) {
      try {
        shell.process.kill(pid, signal);
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        if (ash) await bare(shell, `can't kill pid ${word}: ${strerror(error.code)}`);
        else await shell.complain(`${strerror(error.code)}\n`);
        status = 1;
      }
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
  jobs: async (shell, args) => {
    const rest = [...args];
    const pids = takeOptions(shell, rest, 'lp').some(([letter]) => letter === 'p');
    await shell.jobs.reap();
    for (const job of rest.length > 0 ? rest.map((spec) => find(shell, spec)) : [...shell.jobs.list]) {
      await shell.process.out(pids ? `${job.group}\n` : line(shell, job));
      if (job.state === 'Done') shell.jobs.list.splice(shell.jobs.list.indexOf(job), 1);
    }
    return 0;
  },
};
