// sleep (GNU coreutils): waits.
import type { Bytes } from '../machine/machine.ts';
import { gnu } from './program.ts';
import { quote } from './quote.ts';

export const names = ['sleep'];

const UNIT: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86400 };

/** Seconds of a duration such as `1.5`, `2m`, `inf`; undefined if it is none. */
export function parseDuration(text: Bytes): number | undefined {
  const match = /^\+?(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+|inf(?:inity)?)([smhd]?)$/i.exec(text);
  if (!match) return undefined;
  return (/^inf/i.test(match[1]!) ? Number.POSITIVE_INFINITY : Number(match[1])) * (UNIT[match[2] || 's'] ?? 1);
}

export const main = gnu({
  short: '+',
  usage: 'NUMBER[SUFFIX]...',
  async run(run) {
    if (run.operands.length === 0) return run.wrongUse('missing operand');
    let seconds = 0;
    let wrong = false;
    for (const operand of run.operands) {
      const duration = parseDuration(operand);
      if (duration === undefined) {
        await run.warn(`invalid time interval ${quote(run.process, operand)}`);
        wrong = true;
      } else seconds += duration;
    }
    if (wrong) return run.wrongUse();
    let left = seconds * 1000;
    for (; left > 1e9; left -= 1e9) await run.process.sleep(1e9);
    await run.process.sleep(left);
    return 0;
  },
});
