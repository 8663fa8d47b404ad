// Lists and pipelines: `&&`, `||`, `!`, `time`, and commands joined by pipes.
import { SystemError, strerror } from '../machine/errno.ts';
import type { Bytes, OpenFile, Process } from '../machine/machine.ts';
import type { Interpreter } from './interpreter.ts';
import { commandText } from './print.ts';
import type { AndOr, Pipeline } from './syntax.ts';

export async function runAndOr(shell: Interpreter, { commands, operators }: AndOr): Promise<number> {
  const { last } = shell;
  shell.last = false;
  let status = 0;
  for (const [i, command] of commands.entries()) {
    if (i > 0 && (operators[i - 1] === '&&') !== (status === 0)) continue;
    if (i === commands.length - 1) {
      shell.last = last;
      status = await shell.node(command);
    } else status = await shell.condition(() => shell.node(command));
    shell.status = status;
  }
  return status;
}

export async function runPipeline(shell: Interpreter, node: Pipeline): Promise<number> {
  const started = shell.process.machine.clock.now();
  const run = async () => {
    if (node.commands.length === 0) return 0;
    return node.commands.length === 1 ? shell.node(node.commands[0]!) : runPipe(shell, node);
  };
  let status = node.negated ? await shell.condition(run) : await run();
  if (node.timed) {
    const real = (shell.process.machine.clock.now() - started) / 1000;
    const format = node.timed === 'posix' ? 'real %2R\nuser %2U\nsys %2S' : shell.variables.get('TIMEFORMAT');
    const text = timeText(
      format ?? '\nreal\t%3lR\nuser\t%3lU\nsys\t%3lS',
      real,
      Math.min(real, 0.001),
      Math.min(real, 0.002),
    );
    if (text !== '') await shell.process.err(`${text}\n`);
  }
  if (node.negated) status = status === 0 ? 1 : 0;
  return status;
}

/** TIMEFORMAT: `%[p][l]R`, U and S in seconds, `%P` the share of the processor, `%%`. */
function timeText(format: Bytes, real: number, user: number, system: number): Bytes {
  return format.replace(/%(?:(%)|(\d)?(l)?([RUS])|(P))/g, (_, percent, digits, long, letter, share) => {
    if (percent) return '%';
    if (share) return (real === 0 ? 0 : Math.min(100, ((user + system) * 100) / real)).toFixed(2);
    const seconds = letter === 'R' ? real : letter === 'U' ? user : system;
    const places = Math.min(3, Number(digits ?? 3));
    return long ? `${Math.floor(seconds / 60)}m${(seconds % 60).toFixed(places)}s` : seconds.toFixed(places);
  });
}

async function runPipe(shell: Interpreter, node: Pipeline): Promise<number> {
  const { commands, both } = node;
  const children: Process[] = [];
  let input: OpenFile | undefined;
  const group = shell.options.has('monitor') ? 0 : undefined;
  // With lastpipe the last side runs in this shell itself.
  const here = shell.options.has('lastpipe') && group === undefined && shell.dialect === 'bash';
  let leader = 0;
  let own: number | undefined;
  for (const [i, command] of commands.entries()) {
    const last = i === commands.length - 1;
    if (last && here && input) {
      own = await withInput(shell, input, () => shell.node(command));
      input = undefined;
      break;
    }
    const descriptors = new Map(shell.process.descriptors);
    let read: number | undefined;
    let write: number | undefined;
    if (input) descriptors.set(0, input);
    if (!last) {
      [read, write] = shell.process.pipe();
      descriptors.set(1, shell.process.descriptors.get(write)!);
      if (both[i]) descriptors.set(2, shell.process.descriptors.get(write)!);
      descriptors.delete(read);
      if (write > 2) descriptors.delete(write);
    }
    try {
      children.push(
        shell.fork(
          (inner) => {
            // A simple command is no subshell of its own.
            if (command.type === 'Command') inner.level--;
            return inner.tail(command);
          },
          {
            descriptors,
            ...(group === undefined ? {} : { pgid: leader, foreground: true }),
          },
        ),
      );
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      await shell.complain(`fork: ${error.code === 'EAGAIN' ? 'retry: ' : ''}${strerror(error.code)}`);
    }
    leader ||= children[0]?.pid ?? 0;
    if (write !== undefined) shell.process.close(write);
    if (input) input.release();
    input = undefined;
    if (read !== undefined) {
      input = shell.process.descriptors.get(read)!.retain();
      shell.process.close(read);
    }
  }
  const statuses = await shell.jobs.foreground(children, () => commandText(node), leader);
  if (own !== undefined) statuses.push(own);
  shell.pipeStatus = statuses;
  const status = shell.options.has('pipefail')
    ? ([...statuses].reverse().find((s) => s !== 0) ?? 0)
    : (statuses.at(-1) ?? 254);
  return shell.checked(status);
}

/** Runs something of this shell with another standard input. */
async function withInput(shell: Interpreter, input: OpenFile, run: () => Promise<number>): Promise<number> {
  const { descriptors } = shell.process;
  const before = descriptors.get(0);
  descriptors.set(0, input);
  try {
    return await shell.condition(run);
  } finally {
    if (!shell.process.ended) {
      descriptors.get(0)?.release();
      if (before) descriptors.set(0, before);
      else descriptors.delete(0);
    }
  }
}
