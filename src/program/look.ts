// look (util-linux 2.38.1): lines of a sorted file that begin with a string.
import type { Bytes } from '../machine/machine.ts';
import { reason } from './failure.ts';
import { openInput } from './input.ts';
import { gnu } from './program.ts';

export const names = ['look'];

export const main = gnu({
  short: 'adft:Vh',
  long: { alternative: 'a', alphanum: 'd', 'ignore-case': 'f', 'terminate=': 't', help: '--help' },
  usage: '[options] <string> [<file>...]',
  release: 'util-linux 2.38.1',
  async run(run) {
    const [word, file = '/usr/share/dict/words'] = run.operands;
    if (word === undefined) return run.wrongUse('bad usage');
    const dictionary = run.operands.length < 2;
    const end = run.value('t');
    const key = (text: Bytes) => {
      let result = text;
      if (dictionary || run.has('d')) result = result.replace(/[^A-Za-z0-9 \t]/g, '');
      return dictionary || run.has('f') ? result.toLowerCase() : result;
    };
    const wanted = key(end && word.includes(end) ? word.slice(0, word.indexOf(end) + 1) : word);
    let found = false;
    try {
      const input = openInput(run.process, file);
      for (let batch: Bytes[] | undefined; (batch = await input.batch()); ) {
        for (const line of batch) {
          if (!key(line).startsWith(wanted)) continue;
          found = true;
          run.put(`${line}\n`);
        }
        await run.drain();
      }
      input.close();
    } catch (error) {
      return run.fail(`${file}: ${reason(error)}`);
    }
    return found ? 0 : 1;
  },
});
