// fmt (GNU coreutils): fills paragraphs.
import { forEachInput } from './input.ts';
import { parseInteger } from './number.ts';
import { gnu } from './program.ts';
import { quote } from './quote.ts';

export const names = ['fmt'];

export const main = gnu({
  short: 'cg:p:stuw:',
  long: {
    'crown-margin': 'c',
    'prefix=': 'p',
    'split-only': 's',
    'tagged-paragraph': 't',
    'uniform-spacing': 'u',
    'width=': 'w',
    'goal=': 'g',
  },
  usage: '[-WIDTH] [OPTION]... [FILE]...',
  async run(run) {
    const text = run.value('w');
    const width = text === undefined ? 75 : parseInteger(text);
    if (width === undefined || width < 0) return run.fail(`invalid width: ${quote(run.process, text!)}`);
    const goal = Math.floor((width * 187) / 200);
    let indent = '';
    let words: string[] = [];
    const flush = () => {
      let line = '';
      for (const word of words) {
        const longer = line === '' ? indent + word : `${line} ${word}`;
        if (line !== '' && (longer.length > width || (longer.length > goal + 3 && line.length >= goal - 3))) {
          run.put(`${line}\n`);
          line = indent + word;
        } else line = longer;
      }
      if (line) run.put(`${line}\n`);
      words = [];
    };
    await forEachInput(run, run.operands, async (input) => {
      for (let lines: string[] | undefined; (lines = await input.batch()); ) {
        for (const line of lines) {
          const lead = /^[ \t]*/.exec(line)![0];
          if (line.trim() === '') {
            flush();
            run.put('\n');
            continue;
          }
          if (lead !== indent || run.has('s')) flush();
          indent = lead;
          words.push(...line.trim().split(/\s+/));
        }
        await run.drain();
      }
      flush();
    });
    return undefined;
  },
});
