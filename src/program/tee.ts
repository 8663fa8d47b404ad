// tee (GNU coreutils): copies standard input to files and standard output.
import type { Bytes } from '../machine/machine.ts';
import { reason } from './failure.ts';
import { Input } from './input.ts';
import { gnu } from './program.ts';
import { quoteIfNeeded } from './quote.ts';

export const names = ['tee'];

export const main = gnu({
  short: 'aip',
  long: { append: 'a', 'ignore-interrupts': 'i', 'output-error=?': 'p' },
  words: { p: { name: '--output-error', groups: ['warn', 'warn-nopipe', 'exit', 'exit-nopipe'] } },
  usage: '[OPTION]... [FILE]...',
  async run(run) {
    const { process } = run;
    if (run.has('i')) process.onSignal('INT', 'ignore');
    const outputs: { name: Bytes; descriptor: number }[] = [{ name: 'standard output', descriptor: 1 }];
    for (const name of run.operands) {
      try {
        const flags = { write: true, create: true, append: run.has('a'), truncate: !run.has('a') };
        outputs.push({ name, descriptor: process.open(name, flags, 0o666) });
      } catch (error) {
        await run.warn(`${quoteIfNeeded(name)}: ${reason(error)}`);
      }
    }
    const input = new Input(process, 0);
    for (let chunk: Bytes; (chunk = await input.read()) !== ''; ) {
      for (const output of [...outputs]) {
        try {
          await process.write(output.descriptor, chunk);
        } catch (error) {
          await run.warn(`${quoteIfNeeded(output.name)}: ${reason(error)}`);
          outputs.splice(outputs.indexOf(output), 1);
        }
      }
    }
    for (const output of outputs) if (output.descriptor > 2) process.close(output.descriptor);
    return undefined;
  },
});
