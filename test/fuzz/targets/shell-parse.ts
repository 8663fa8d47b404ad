// The lexer and the grammar: any text gives trees or a syntax error in bash's words, at once, and in lines that the text has.

import { SyntaxFailure } from '../../../src/shell/lexer.ts';
import { awaits, operationOf, Script, wholeWord } from '../../../src/shell/parse.ts';
import { commandText } from '../../../src/shell/print.ts';
import { scripts, text } from '../shell/scripts.ts';
import { fault, type Target } from '../target.ts';

const reading = { dialect: 'bash', extglob: true } as const;

export default {
  make: (random, corpus) => [text(random, corpus)],
  run([source = Buffer.alloc(0)]) {
    const text = source.toString('latin1');
    const lines = text.split('\n').length;
    const script = new Script(text);
    let end = 0;
    let line = 1;
    for (let i = 0; ; i++) {
      const complete = script.command(i, reading);
      if (!complete) break;
      if (complete.end <= end) fault(`a command that ends at ${complete.end}, behind one that ends at ${end}`);
      if (complete.line < line || complete.lastLine > lines + 1)
        fault(`a command in the lines ${complete.line} to ${complete.lastLine}`);
      ({ end, lastLine: line } = complete);
      const { problem } = complete;
      if (problem && (problem.line < 1 || problem.line > lines + 1)) fault(`an error in line ${problem.line}`);
      for (const { command } of complete.statements) commandText(command);
    }
    awaits(text, reading);
    operationOf({ type: 'Braced', text: `\${${text.slice(0, 200)}}` });
    try {
      wholeWord(text.slice(0, 200));
    } catch (error) {
      if (!(error instanceof SyntaxFailure)) throw error;
    }
    return undefined;
  },
} satisfies Target;

if (scripts.length < 100) throw new Error('expected the recorded snippets to start from');
