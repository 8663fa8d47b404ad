// paste (GNU coreutils): lines of files side by side.
import type { Bytes } from '../machine/machine.ts';
import { reason } from './failure.ts';
import { Input } from './input.ts';
import { gnu } from './program.ts';
import { quoteIfNeeded } from './quote.ts';

export const names = ['paste'];

export const main = gnu({
  short: 'd:sz',
  long: { 'delimiters=': 'd', serial: 's', 'zero-terminated': 'z' },
  usage: '[OPTION]... [FILE]...',
  async run(run) {
    const { process } = run;
    const end = run.has('z') ? '\0' : '\n';
    const delimiters = [...(run.value('d') ?? '\t').matchAll(/\\(.)|[\s\S]/g)].map(([all, escape]) =>
      escape === undefined
        ? all
        : (({ n: '\n', t: '\t', '\\': '\\', '0': '' } as Record<string, string>)[escape] ?? escape),
    );
    if (/(?:^|[^\\])(?:\\\\)*\\$/.test(run.value('d') ?? ''))
      return run.fail(`delimiter list ends with an unescaped backslash: ${run.value('d')}`);
    const between = (i: number) => (delimiters.length ? delimiters[i % delimiters.length]! : '');
    const names = run.operands.length ? run.operands : ['-'];
    const standard = new Input(process, 0);
    standard.delimiter = end;
    const open = (name: Bytes): Input => {
      if (name === '-') return standard;
      const input = new Input(process, process.open(name, { read: true }));
      input.delimiter = end;
      return input;
    };
    if (run.has('s')) {
      for (const name of names) {
        try {
          const input = open(name);
          let index = 0;
          for (let lines: Bytes[] | undefined; (lines = await input.batch()); ) {
            for (const line of lines) {
              if (index > 0) run.put(between(index - 1));
              run.put(line);
              index++;
            }
            await run.drain();
          }
          run.put(end);
        } catch (error) {
          await run.warn(`${quoteIfNeeded(name)}: ${reason(error)}`);
        }
      }
      return undefined;
    }
    const inputs: Input[] = [];
    for (const name of names) {
      try {
        inputs.push(open(name));
      } catch (error) {
        return run.fail(`${quoteIfNeeded(name)}: ${reason(error)}`);
      }
    }
    for (;;) {
      const cells: (Bytes | undefined)[] = [];
      for (const input of inputs) cells.push(input.nextReady() ?? (await input.next()));
      if (cells.every((cell) => cell === undefined)) return undefined;
      run.put(cells.map((cell, i) => (i > 0 ? between(i - 1) : '') + (cell ?? '')).join('') + end);
      await run.drain();
    }
  },
});
