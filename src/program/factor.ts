// factor (GNU coreutils): prime factors.
import { Input } from './input.ts';
import { gnu } from './program.ts';
import { quote } from './quote.ts';

export const names = ['factor'];

export const main = gnu({
  short: 'h',
  long: { exponents: 'h' },
  usage: '[OPTION] [NUMBER]...',
  async run(run) {
    const one = async (text: string) => {
      if (!/^\+?\d{1,18}$/.test(text)) return run.warn(`${quote(run.process, text)} is not a valid positive integer`);
      const turn = run.process.step(5);
      if (turn) await turn;
      const factors: bigint[] = [];
      let left = BigInt(text.replace('+', ''));
      for (let p = 2n, turns = 0; p * p <= left; p += p === 2n ? 1n : 2n) {
        while (left % p === 0n) {
          factors.push(p);
          left /= p;
        }
        if ((++turns & 1023) === 0) {
          const turn = run.process.step(500);
          if (turn) await turn;
        }
      }
      if (left > 1n) factors.push(left);
      run.put(`${BigInt(text.replace('+', ''))}:${factors.map((f) => ` ${f}`).join('')}\n`);
    };
    for (const text of run.operands) await one(text);
    if (run.operands.length === 0) {
      const input = new Input(run.process, 0);
      for (let line: string | undefined; (line = await input.next()) !== undefined; ) {
        for (const word of line.split(/\s+/).filter(Boolean)) await one(word);
        await run.flush();
      }
    }
    return undefined;
  },
});
