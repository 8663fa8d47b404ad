// tac (GNU coreutils): lines in reverse.
import type { Bytes } from '../machine/machine.ts';
import { LARGEST } from './archive/codec.ts';
import { reason } from './failure.ts';
import { openInput } from './input.ts';
import { gnu } from './program.ts';
import { quoteAlways } from './quote.ts';

export const names = ['tac'];

export const main = gnu({
  short: 'brs:',
  long: { before: 'b', regex: 'r', 'separator=': 's' },
  usage: '[OPTION]... [FILE]...',
  gaps: ['r', 'b'],
  async run(run) {
    const separator = run.value('s') || '\n';
    for (const name of run.operands.length ? run.operands : ['-']) {
      let input: ReturnType<typeof openInput>;
      try {
        input = openInput(run.process, name);
      } catch (error) {
        await run.warn(`failed to open ${quoteAlways(name)} for reading: ${reason(error)}`);
        continue;
      }
      try {
        const parts: Bytes[] = [];
        let size = 0;
        for (let chunk: Bytes; (chunk = await input.read()) !== ''; ) {
          parts.push(chunk);
          size += chunk.length;
          if (size > LARGEST) return run.fail('memory exhausted');
        }
        const text = parts.join('');
        // From the end, as it is written: a separator belongs to what stands before it.
        let end = text.lastIndexOf(separator) + separator.length;
        if (end < separator.length) end = 0;
        run.put(text.slice(end));
        while (end > 0) {
          const room = end - 2 * separator.length;
          const before = room < 0 ? -1 : text.lastIndexOf(separator, room);
          const start = before < 0 ? 0 : before + separator.length;
          run.put(text.slice(start, end));
          end = start;
          const turn = run.process.step(1);
          if (turn) await turn;
          await run.drain();
        }
      } catch (error) {
        await run.warn(`${name}: read error: ${reason(error)}`);
      }
      input.close();
    }
    return undefined;
  },
});
