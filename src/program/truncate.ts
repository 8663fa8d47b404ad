// truncate (GNU coreutils): sets the size of files.
import { errnoOf, reason } from './failure.ts';
import { parseSize } from './number.ts';
import { gnu } from './program.ts';
import { quote, quoteAlways } from './quote.ts';

export const names = ['truncate', 'fallocate'];

export const main = gnu({
  short: 'cor:s:l:n',
  long: { 'no-create': 'c', 'io-blocks': 'o', 'reference=': 'r', 'size=': 's', 'length=': 'l' },
  usage: 'OPTION... FILE...',
  async run(run) {
    const { process } = run;
    const text = run.value('s') ?? run.value('l');
    const reference = run.value('r');
    if (text === undefined && reference === undefined)
      return run.wrongUse(`you must specify either ${quote(process, '--size')} or ${quote(process, '--reference')}`);
    if (run.operands.length === 0) return run.wrongUse('missing file operand');
    const match = /^\s*([+\-<>/%]?)\s*(\S+)$/.exec(text ?? '0');
    const size = parseSize(match?.[2] ?? '');
    const amount = size !== undefined && run.has('o') ? size * 4096 : size;
    if (!match || amount === undefined) return run.fail(`Invalid number: ${quote(process, text!)}`);
    let base: number | undefined;
    if (reference !== undefined) {
      try {
        base = process.files.stat(reference).size;
      } catch (error) {
        return run.fail(`cannot stat ${quoteAlways(reference)}: ${reason(error)}`);
      }
    }
    for (const path of run.operands) {
      try {
        if (!run.has('c')) process.close(process.open(path, { write: true, create: true }, 0o666));
        const old = base ?? process.files.stat(path).size;
        const sizes: Record<string, number> = {
          '': text === undefined ? old : amount,
          '+': old + amount,
          '-': Math.max(0, old - amount),
          '<': Math.min(old, amount),
          '>': Math.max(old, amount),
          '/': old - (old % (amount || 1)),
          '%': Math.ceil(old / (amount || 1)) * amount,
        };
        process.files.truncate(path, sizes[match[1]!]!);
      } catch (error) {
        if (run.has('c') && errnoOf(error) === 'ENOENT') continue;
        await run.warn(`cannot open ${quoteAlways(path)} for writing: ${reason(error)}`);
      }
    }
    return undefined;
  },
});
