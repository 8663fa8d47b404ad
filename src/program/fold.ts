// fold (GNU coreutils): wraps lines.
import { forEachInput } from './input.ts';
import { parseInteger } from './number.ts';
import { gnu } from './program.ts';
import { quote } from './quote.ts';

export const names = ['fold'];

const declared = gnu({
  short: 'bsw:',
  long: { bytes: 'b', spaces: 's', 'width=': 'w' },
  usage: '[OPTION]... [FILE]...',
  async run(run) {
    const text = run.value('w');
    const width = text === undefined ? 80 : parseInteger(text);
    if (width === undefined || width < 1)
      return run.fail(
        `invalid number of columns: ${quote(run.process, text!)}${width === 0 ? ': Numerical result out of range' : ''}`,
      );
    const advance = (column: number, c: string) =>
      run.has('b')
        ? column + 1
        : c === '\t'
          ? column + 8 - (column % 8)
          : c === '\b'
            ? Math.max(0, column - 1)
            : c === '\r'
              ? 0
              : column + 1;
    await forEachInput(run, run.operands, async (input) => {
      for (let lines: string[] | undefined; (lines = await input.batch()); ) {
        for (const [i, line] of lines.entries()) {
          let held = '';
          let column = 0;
          for (const c of line) {
            let next = advance(column, c);
            if (next > width && held !== '') {
              const blank = run.has('s') ? Math.max(held.lastIndexOf(' '), held.lastIndexOf('\t')) : -1;
              const cut = blank >= 0 ? blank + 1 : held.length;
              run.put(`${held.slice(0, cut)}\n`);
              held = held.slice(cut);
              column = 0;
              for (const h of held) column = advance(column, h);
              next = advance(column, c);
            }
            held += c;
            column = next;
          }
          run.put(held + (i < lines.length - 1 || input.terminated ? '\n' : ''));
          await run.drain();
        }
        await run.flush();
      }
    });
    return undefined;
  },
});

/** `fold -20`. */
export const main: typeof declared = (process) => {
  process.argv = process.argv.map((arg, i) => (i > 0 && /^-\d+$/.test(arg) ? `-w${arg.slice(1)}` : arg));
  return declared(process);
};
