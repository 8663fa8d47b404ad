// yes (GNU coreutils): a line over and over, until nobody reads it.
import { gnu } from './program.ts';

export const names = ['yes'];

export const main = gnu({
  short: '+',
  usage: '[STRING]...',
  async run(run) {
    const line = `${run.operands.length ? run.operands.join(' ') : 'y'}\n`;
    const block = line.repeat(Math.max(1, Math.floor(8192 / line.length)));
    for (;;) {
      const turn = run.process.step(10);
      if (turn) await turn;
      await run.process.out(block);
    }
  },
});
