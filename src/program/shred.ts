// shred (GNU coreutils): overwrites files, and removes them if asked.
import { errnoOf, reason } from './failure.ts';
import { parseSize } from './number.ts';
import { gnu, type Invocation } from './program.ts';
import { quote, quoteIfNeeded } from './quote.ts';

export const names = ['shred'];

export const main = gnu({
  short: 'fn:s:uvxz',
  long: {
    exact: 'x',
    force: 'f',
    'iterations=': 'n',
    'size=': 's',
    'random-source=': 'random-source',
    'remove=?': 'remove',
    verbose: 'v',
    zero: 'z',
  },
  usage: '[OPTION]... FILE...',
  async run(run) {
    if (run.operands.length === 0) return run.wrongUse('missing file operand');
    const text = run.value('n') ?? '3';
    if (!/^\d{1,9}$/.test(text)) return run.fail(`invalid number of passes: ${quote(run.process, text)}`);
    const size = run.value('s');
    if (size !== undefined && parseSize(size) === undefined)
      return run.fail(`invalid file size: ${quote(run.process, size)}`);
    for (const file of run.operands) await shred(run, file, Math.min(Number(text), 1000), size);
    return undefined;
  },
});

async function shred(run: Invocation, file: string, passes: number, wanted: string | undefined): Promise<void> {
  const { process } = run;
  const shown = quoteIfNeeded(file);
  let descriptor: number;
  try {
    if (process.files.stat(file).type === 'directory')
      return run.warn(`${shown}: failed to open for writing: Is a directory`);
    if (run.has('f') && !process.files.access(file, 2)) process.files.chmod(file, 0o600);
    descriptor = process.open(file, { write: true });
  } catch (error) {
    errnoOf(error);
    return run.warn(`${shown}: failed to open for writing: ${reason(error)}`);
  }
  const { size } = process.files.stat(file);
  const length = wanted !== undefined ? parseSize(wanted)! : run.has('x') ? size : Math.ceil(size / 4096) * 4096;
  const total = passes + (run.has('z') ? 1 : 0);
  for (let pass = 1; pass <= total; pass++) {
    const kind = pass > passes ? '000000' : 'random';
    if (run.has('v')) await process.err(`${run.name}: ${shown}: pass ${pass}/${total} (${kind})...\n`);
    process.descriptors.get(descriptor)?.seek(0, 'start');
    for (let left = length; left > 0; left -= 4096) {
      let block = '';
      const here = Math.min(4096, left);
      for (let i = 0; i < here; i++)
        block += kind === 'random' ? String.fromCharCode(Math.floor(process.machine.random() * 256)) : '\0';
      await process.write(descriptor, block);
      const turn = process.step(200);
      if (turn) await turn;
    }
  }
  process.close(descriptor);
  if (!run.has('u') && !run.has('remove')) return;
  if (run.has('v')) await process.err(`${run.name}: ${shown}: removing\n`);
  let last = file;
  const slash = file.lastIndexOf('/') + 1;
  for (let n = file.length - slash; n > 0; n--) {
    const next = file.slice(0, slash) + '0'.repeat(n);
    await run.attempt(shown, () => process.files.rename(last, next));
    if (run.has('v')) await process.err(`${run.name}: ${quoteIfNeeded(last)}: renamed to ${quoteIfNeeded(next)}\n`);
    last = next;
  }
  await run.attempt(`${shown}: failed to remove`, () => process.files.unlink(last));
  if (run.has('v')) await process.err(`${run.name}: ${shown}: removed\n`);
}
