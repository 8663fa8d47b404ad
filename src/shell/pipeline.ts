// Lists and pipelines: `&&`, `||`, `!`, `time`, and commands joined by pipes.
import { SystemError, strerror } from '../machine/errno.ts';
import type { Bytes, OpenFile, Process } from '../machine/machine.ts';
import type { Interpreter } from './interpreter.ts';
import type { CommandNode, PipelineNode } from './parse.ts';

export async function runAndOr(
  shell: Interpreter,
  commands: readonly PipelineNode[],
  operators: readonly string[],
  source: Bytes,
  base: number,
): Promise<number> {
  let status = 0;
  for (const [i, command] of commands.entries()) {
    if (i > 0 && (operators[i - 1] === '&&') !== (status === 0)) continue;
    const last = i === commands.length - 1;
    status = last
      ? await shell.node(command, source, base)
      : await shell.condition(() => shell.node(command, source, base));
    shell.status = status;
  }
  return status;
}

export async function runPipeline(
  shell: Interpreter,
  node: Extract<PipelineNode, { type: 'Pipeline' }>,
  source: Bytes,
  base: number,
): Promise<number> {
  const negated = node.prefixes.filter((prefix) => prefix.type === 'Negation').length % 2 === 1;
  const timed = node.prefixes.find((prefix) => prefix.type === 'Time');
  const started = shell.process.machine.clock.now();
  const run = async () => {
    if (node.commands.length === 0) return 0;
    if (node.commands.length === 1) return shell.node(node.commands[0]!, source, base);
    return runPipe(shell, node.commands, node.operators, source, base);
  };
  let status = negated ? await shell.condition(run) : await run();
  if (timed) {
    const real = (shell.process.machine.clock.now() - started) / 1000;
    const format = (seconds: number) => `${Math.floor(seconds / 60)}m${(seconds % 60).toFixed(3)}s`;
    await shell.process.err(
      timed.type === 'Time' && timed.posix
        ? `real ${real.toFixed(2)}\nuser 0.00\nsys 0.00\n`
        : `\nreal\t${format(real)}\nuser\t${format(Math.min(real, 0.001))}\nsys\t${format(Math.min(real, 0.002))}\n`,
    );
  }
  if (negated) status = status === 0 ? 1 : 0;
  return status;
}

export async function runPipe(
  shell: Interpreter,
  commands: readonly CommandNode[],
  operators: readonly string[],
  source: Bytes,
  base: number,
): Promise<number> {
  const children: Process[] = [];
  let input: OpenFile | undefined;
  const group = shell.options.has('monitor') ? 0 : undefined;
  let leader = 0;
  for (const [i, command] of commands.entries()) {
    const last = i === commands.length - 1;
    const descriptors = new Map(shell.process.descriptors);
    let read: number | undefined;
    let write: number | undefined;
    if (input) descriptors.set(0, input);
    if (!last) {
      [read, write] = shell.process.pipe();
      descriptors.set(1, shell.process.descriptors.get(write)!);
      if (operators[i] === '|&') descriptors.set(2, shell.process.descriptors.get(write)!);
    }
    try {
      children.push(
        shell.fork((shell) => shell.node(command, source, base), {
          descriptors,
          ...(group === undefined ? {} : { pgid: leader }),
        }),
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
  const statuses = await shell.jobs.foreground(children, source.slice(commands[0]!.pos, commands.at(-1)!.end), leader);
  shell.pipeStatus = statuses;
  const status = shell.options.has('pipefail')
    ? ([...statuses].reverse().find((s) => s !== 0) ?? 0)
    : (statuses.at(-1) ?? 254);
  return shell.checked(status);
}
