// tsort (GNU coreutils): orders pairs.
import { reason } from './failure.ts';
import { openInput } from './input.ts';
import { gnu } from './program.ts';
import { quote, quoteIfNeeded } from './quote.ts';

export const names = ['tsort'];

export const main = gnu({
  short: '',
  usage: '[OPTION] [FILE]',
  async run(run) {
    if (run.operands.length > 1) return run.wrongUse(`extra operand ${quote(run.process, run.operands[1]!)}`);
    const name = run.operands[0] ?? '-';
    const words: string[] = [];
    try {
      const input = openInput(run.process, name);
      for (let lines: string[] | undefined; (lines = await input.batch()); )
        for (const line of lines) words.push(...line.split(/\s+/).filter(Boolean));
    } catch (error) {
      return run.fail(`${quoteIfNeeded(name)}: ${reason(error)}`);
    }
    if (words.length % 2) return run.fail(`${name}: input contains an odd number of tokens`);
    const after = new Map<string, string[]>();
    const before = new Map<string, number>();
    for (const word of words) if (!before.has(word)) before.set(word, 0);
    for (let i = 0; i < words.length; i += 2) {
      const [a, b] = [words[i]!, words[i + 1]!];
      if (a === b) continue;
      after.set(a, [...(after.get(a) ?? []), b]);
      before.set(b, before.get(b)! + 1);
    }
    const ready = [...before]
      .filter(([, n]) => n === 0)
      .map(([w]) => w)
      .sort();
    while (before.size > 0) {
      let word = ready.shift();
      if (word === undefined) {
        await run.warn(`${name}: input contains a loop:`);
        word = [...before.keys()].sort()[0]!;
        await run.warn(word);
      }
      if (!before.delete(word)) continue;
      run.put(`${word}\n`);
      for (const next of after.get(word) ?? []) {
        if (!before.has(next)) continue;
        const left = before.get(next)! - 1;
        before.set(next, left);
        if (left === 0) ready.push(next);
      }
      const turn = run.process.step(3);
      if (turn) await turn;
    }
    return undefined;
  },
});
