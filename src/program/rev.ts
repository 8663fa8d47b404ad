// rev (util-linux): each line backwards.
import { characters } from './characters.ts';
import { reason } from './failure.ts';
import { openInput } from './input.ts';
import { gnu } from './program.ts';
import { isUtf8 } from './quote.ts';

export const names = ['rev'];

export const main = gnu({
  short: 'hV0',
  long: { zero: '0' },
  usage: '[options] [file ...]',
  release: 'util-linux 2.38.1',
  async run(run) {
    const utf8 = isUtf8(run.process);
    for (const name of run.operands.length ? run.operands : ['-']) {
      try {
        const input = openInput(run.process, name);
        for (let lines: string[] | undefined; (lines = await input.batch()); ) {
          for (const [i, line] of lines.entries())
            run.put(characters(line, utf8).reverse().join('') + (i < lines.length - 1 || input.terminated ? '\n' : ''));
          await run.flush();
        }
        input.close();
      } catch (error) {
        await run.warn(`cannot open ${name}: ${reason(error)}`);
      }
    }
    return undefined;
  },
});
