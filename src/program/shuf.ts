// shuf (GNU coreutils): lines in any order.
import type { Bytes } from '../machine/machine.ts';
import { LARGEST } from './archive/codec.ts';
import { reason } from './failure.ts';
import { openInput } from './input.ts';
import { parseInteger } from './number.ts';
import { gnu } from './program.ts';
import { quote, quoteIfNeeded } from './quote.ts';

export const names = ['shuf'];

export const main = gnu({
  short: 'ei:n:o:rz',
  long: {
    echo: 'e',
    'input-range=': 'i',
    'head-count=': 'n',
    'output=': 'o',
    'random-source=': 'source',
    repeat: 'r',
    'zero-terminated': 'z',
  },
  usage: '[OPTION]... [FILE]',
  async run(run) {
    const { process, operands } = run;
    const end = run.has('z') ? '\0' : '\n';
    const range = run.value('i');
    const text = run.value('n');
    const count = text === undefined ? Number.POSITIVE_INFINITY : parseInteger(text);
    if (count === undefined || count < 0) return run.fail(`invalid line count: ${quote(process, text!)}`);
    let lines: Bytes[] = [];
    if (run.has('e')) lines = [...operands];
    else if (range !== undefined) {
      const match = /^(\d+)-(\d+)$/.exec(range);
      if (!match || Number(match[2]) < Number(match[1]))
        return run.fail(`invalid input range: ${quote(process, range)}`);
      const [low, high] = [Number(match[1]), Number(match[2])];
      if (high - low < 1e6) lines = Array.from({ length: high - low + 1 }, (_, i) => String(low + i));
      else
        lines = Array.from({ length: Math.min(count, 1e5) }, () =>
          String(low + Math.floor(process.machine.random() * (high - low + 1))),
        );
    } else {
      if (operands.length > 1) return run.wrongUse(`extra operand ${quote(process, operands[1]!)}`);
      try {
        const input = openInput(process, operands[0] ?? '-');
        input.delimiter = end;
        let size = 0;
        for (let batch: Bytes[] | undefined; (batch = await input.batch()); ) {
          for (const line of batch) {
            lines.push(line);
            size += line.length + 8;
          }
          if (size > LARGEST) return run.fail('memory exhausted');
        }
      } catch (error) {
        return run.fail(`${quoteIfNeeded(operands[0] ?? '-')}: ${reason(error)}`);
      }
    }
    if (run.has('r')) {
      if (lines.length === 0 && count > 0) return run.fail('no lines to repeat');
      for (let i = 0; i < count; i++) {
        const turn = process.step(2);
        if (turn) await turn;
        run.put(lines[Math.floor(process.machine.random() * lines.length)]! + end);
        await run.drain();
      }
      return 0;
    }
    for (let i = 0; i < Math.min(count, lines.length); i++) {
      const j = i + Math.floor(process.machine.random() * (lines.length - i));
      [lines[i], lines[j]] = [lines[j]!, lines[i]!];
      run.put(lines[i]! + end);
      await run.drain();
    }
    return 0;
  },
});
