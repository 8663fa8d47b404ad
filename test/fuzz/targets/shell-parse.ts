// The parser's adapter: any text gives a tree or an error in bash's words, at once.
import { parseScript, parseWord } from '../../../src/shell/parse.ts';
import { scripts, text } from '../shell/scripts.ts';
import { fault, type Target } from '../target.ts';

export default {
  make: (random, corpus) => [text(random, corpus)],
  run([source = Buffer.alloc(0)]) {
    const script = source.toString('latin1');
    const { statements, error } = parseScript(script);
    let last = 0;
    for (const { pos, end } of statements) {
      if (pos < last || end < pos || end > script.length)
        fault(`a statement from ${pos} to ${end} behind one that ends at ${last}`);
      last = pos;
    }
    if (error && (error.line < 1 || error.line > script.split('\n').length + 1))
      fault(`an error in line ${error.line}`);
    parseWord(script.slice(0, 200));
    return undefined;
  },
} satisfies Target;

if (scripts.length < 100) throw new Error('expected the recorded snippets to start from');
