// Builtins about jobs and processes: jobs, fg, bg, wait, kill, disown, suspend.
import { SystemError, strerror } from '../../machine/errno.ts';
import type { Bytes, Process } from '../../machine/machine.ts';
import type { Interpreter } from '../interpreter.ts';
import { type Job, line } from '../jobs.ts';
import { signalNames, signalNumber, signalOf, statusOf } from '../signals.ts';
import type { Builtin } from './table.ts';

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
  else await process.out(`[${job.number}]${job === shell.jobs.find('%+') ? '+' : ' '} ${job.text} &\n`);
  job.state = 'Running';
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

const wait: Builtin = async (shell, args) => {
  const words = args.filter((a) => a !== '-n' && a !== '-f');
  const forget = (job: Job) => shell.jobs.forget(job);
  if (words.length === 0) {
    let status = 0;
    for (const job of [...shell.jobs.list]) {
      if (job.state === 'Stopped') continue;
      for (const child of job.processes) status = await waitFor(shell, child);
      forget(job);
      if (args.includes('-n')) return status;
    }
    return args.includes('-n') ? 127 : 0;
  }
  let status = 0;
  for (const word of words) {
    const job = word.startsWith('%')
      ? shell.jobs.find(word)
      : shell.jobs.list.find((j) => j.processes.some((p) => String(p.pid) === word));
    if (!job) {
      await shell.complain(
        word.startsWith('%')
          ? `wait: ${word}: no such job`
          : /^\d+$/.test(word)
            ? `wait: pid ${word} is not a child of this shell`
            : `wait: \`${word}': not a pid or valid job spec`,
      );
      status = 127;
      continue;
    }
    for (const child of job.processes) status = await waitFor(shell, child);
    forget(job);
  }
  return status;
};

const kill: Builtin = async (shell, args) => {
  let signal: ReturnType<typeof signalOf> = 'TERM';
  let words = args;
  const bad = async (text: Bytes) => {
    await shell.complain(
      shell.dialect === 'bash' ? `kill: ${text}: invalid signal specification` : `kill: Illegal option ${text}`,
    );
    return 1;
  };
  if (args[0] === '-l' || args[0] === '-L') {
    if (args.length > 1) {
      for (const text of args.slice(1)) {
        const found = signalOf(/^\d+$/.test(text) && Number(text) > 128 ? String(Number(text) - 128) : text);
        if (!found) return bad(text);
        await shell.process.out(/^\d+$/.test(text) ? `${found}\n` : `${signalNumber(found)}\n`);
      }
      return 0;
    }
    if (shell.dialect !== 'bash') {
      await shell.process.out(`${signalNames.join('\n')}\n`);
      return 0;
    }
    const all = [
      ...signalNames.map((s, i) => [i + 1, `SIG${s}`] as const),
      ...Array.from(
        { length: 31 },
        (_, i) =>
          [
            34 + i,
            i === 0 ? 'SIGRTMIN' : i < 16 ? `SIGRTMIN+${i}` : i === 30 ? 'SIGRTMAX' : `SIGRTMAX-${30 - i}`,
          ] as const,
      ),
    ];
    for (let i = 0; i < all.length; i += 5)
      await shell.process.out(
        `${all
          .slice(i, i + 5)
          .map(([n, s]) => `${String(n).padStart(2)}) ${s}`)
          .join('\t')}\n`,
      );
    return 0;
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
      shell.dialect === 'bash'
        ? 'kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n'
        : 'Usage: kill [-s sigspec | -signum | -sigspec] [pid | job]... or\nkill -l [exitstatus]\n',
    );
    return 2;
  }
  let status = 0;
  for (const word of words) {
    const job = word.startsWith('%') ? shell.jobs.find(word) : undefined;
    const pid = job ? -job.group : Number(word);
    if ((word.startsWith('%') && !job) || Number.isNaN(pid)) {
      await shell.complain(
        word.startsWith('%')
          ? `kill: ${word}: no such job`
          : shell.dialect === 'bash'
            ? `kill: ${word}: arguments must be process or job IDs`
            : `kill: Illegal number: ${word}`,
      );
      status = 1;
      continue;
    }
    try {
      if (job && !shell.options.has('monitor'))
        for (const child of job.processes) shell.process.kill(child.pid, signal!);
      else shell.process.kill(pid, signal!);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      await shell.complain(
        shell.dialect === 'bash' ? `kill: (${word}) - ${strerror(error.code)}` : `kill: ${strerror(error.code)}\n`,
      );
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
  jobs: async (shell, args) => {
    await shell.jobs.reap();
    const pids = args.includes('-p');
    for (const job of [...shell.jobs.list]) {
      await shell.process.out(pids ? `${job.group}\n` : `${line(job, shell.jobs.list, args.includes('-l'))}\n`);
      if (job.state === 'Done') shell.jobs.list.splice(shell.jobs.list.indexOf(job), 1);
    }
    return 0;
  },
  disown: async (shell, args) => {
    if (args.includes('-a')) shell.jobs.list.length = 0;
    else {
      const job = shell.jobs.find(args.find((a) => !a.startsWith('-')));
      if (!job) {
        await shell.complain(`disown: ${args[0] ?? 'current'}: no such job`);
        return 1;
      }
      shell.jobs.list.splice(shell.jobs.list.indexOf(job), 1);
    }
    return 0;
  },
  suspend: async (shell) => {
    await shell.complain(
      shell.login ? 'suspend: cannot suspend a login shell' : 'suspend: cannot suspend: no job control',
    );
    return 1;
  },
};
