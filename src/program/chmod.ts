// chmod (GNU coreutils): changes permissions.
import type { Bytes } from '../machine/machine.ts';
import { reason, tryTo } from './failure.ts';
import { applyMode, modeString, parseMode } from './mode.ts';
import { gnu, type Invocation } from './program.ts';
import { quote, quoteAlways } from './quote.ts';
import { DEEPEST, join, namesIn } from './tree.ts';

export const names = ['chmod'];

const declared = gnu({
  short: 'cfvR',
  long: {
    changes: 'c',
    quiet: 'f',
    silent: 'f',
    'no-preserve-root': 'no-preserve-root',
    'preserve-root': 'preserve-root',
    'reference=': 'reference',
    recursive: 'R',
    verbose: 'v',
  },
  usage: '[OPTION]... MODE[,MODE]... FILE...',
  async run(run) {
    const operands = [...run.operands];
    const reference = run.value('reference');
    let text: Bytes;
    if (reference !== undefined) {
      const stat = await statOrWarn(run, reference);
      if (!stat) return 1;
      text = (stat.mode & 0o7777).toString(8);
    } else {
      if (operands.length === 0) return run.wrongUse('missing operand');
      text = operands.shift()!;
    }
    if (operands.length === 0) return run.wrongUse(`missing operand after ${quote(run.process, text)}`);
    const mode = parseMode(text);
    if (!mode) return run.wrongUse(`invalid mode: ${quote(run.process, text)}`);
    for (const path of operands) {
      if (run.has('R') && run.has('preserve-root') && tryTo(() => run.process.files.realpath(path)) === '/') {
        await run.warn(`it is dangerous to operate recursively on ${quoteAlways(path)}`);
        await run.warn('use --no-preserve-root to override this failsafe', 0);
        continue;
      }
      await change(run, path, (old, directory) => applyMode(mode, old, directory, run.process.umask), 0);
    }
    return undefined;
  },
});

/** A mode may begin with `-`: it is no option then. */
export const main: typeof declared = (process) => {
  const at = process.argv.findIndex(
    (arg, i) => i > 0 && /^-[rwxXstugoa0-7]*(,|$|[-+=])/.test(arg) && /^-[rwxXstugo0-7,+=-]+$/.test(arg),
  );
  const before = process.argv.slice(1, at);
  if (at > 0 && !before.includes('--') && before.every((arg) => arg.startsWith('-')) && process.argv[at] !== '--') {
    process.argv = [process.argv[0]!, ...before, '--', ...process.argv.slice(at)];
    // Options after the mode would be lost behind `--`: none of chmod's begin with a mode letter but -R, -v, -c, -f.
    const late = process.argv.slice(at + 2).filter((arg) => /^-[Rvcf]+$/.test(arg));
    process.argv = [process.argv[0]!, ...late, ...process.argv.slice(1).filter((arg) => !late.includes(arg))];
  }
  return declared(process);
};

async function statOrWarn(run: Invocation, path: Bytes) {
  try {
    return run.process.files.stat(path);
  } catch (error) {
    await run.warn(`failed to get attributes of ${quoteAlways(path)}: ${reason(error)}`);
    return undefined;
  }
}

async function change(
  run: Invocation,
  path: Bytes,
  next: (old: number, directory: boolean) => number,
  depth: number,
): Promise<void> {
  const { files } = run.process;
  const turn = run.process.step(4);
  if (turn) await turn;
  const quiet = run.has('f');
  let old: number;
  let type: ReturnType<typeof files.stat>['type'];
  try {
    if (depth > 0 && files.stat(path, false).type === 'symlink') return;
    ({ mode: old, type } = files.stat(path));
  } catch (error) {
    const dangling = tryTo(() => files.stat(path, false)) !== undefined;
    if (quiet) run.status = 1;
    else if (dangling) {
      await run.warn(`cannot operate on dangling symlink ${quoteAlways(path)}`);
      if (run.has('v')) run.put(`${quoteAlways(path)} could not be accessed\n`);
    } else await run.warn(`cannot access ${quoteAlways(path)}: ${reason(error)}`);
    return;
  }
  const mode = next(old & 0o7777, type === 'directory');
  const show = (bits: number) => `${bits.toString(8).padStart(4, '0')} (${modeString(type, bits).slice(1)})`;
  try {
    files.chmod(path, mode);
    if (mode !== (old & 0o7777) && (run.has('v') || run.has('c')))
      run.put(`mode of ${quoteAlways(path)} changed from ${show(old & 0o7777)} to ${show(mode)}\n`);
    else if (run.has('v'))
      run.put(`mode of ${quoteAlways(path)} ${run.applet ? 'changed to' : 'retained as'} ${show(mode)}\n`);
  } catch (error) {
    const words = reason(error);
    if (quiet) run.status = 1;
    else await run.warn(`changing permissions of ${quoteAlways(path)}: ${words}`);
  }
  await run.drain();
  if (!run.has('R') || type !== 'directory' || depth > DEEPEST) return;
  let names: Bytes[];
  try {
    names = namesIn(run, path);
  } catch (error) {
    await run.warn(`cannot read directory ${quoteAlways(path)}: ${reason(error)}`);
    return;
  }
  for (const name of names) await change(run, join(path, name), next, depth + 1);
}
