// Quoting: any bytes that bash writes so that they can be read again are the same bytes then.
import { awaits, wholeScript } from '../../../src/shell/parse.ts';
import { backslashQuote, doubleQuote, reusableQuote } from '../../../src/shell/quote.ts';
import type { WordPart } from '../../../src/shell/syntax.ts';
import { fault, type Target } from '../target.ts';

const reading = { dialect: 'bash', extglob: true } as const;
const WRITERS = { 'printf %q': backslashQuote, 'declare -p': doubleQuote, '@Q': reusableQuote };

/** What a part stands for; nothing in it may be expanded. */
function meaning(part: WordPart, quoted: boolean): string {
  switch (part.type) {
    case 'Literal':
      if (/(^|[^\\])(\\\\)*[*?[{]|^~/.test(part.text)) fault(`${part.text} is a pattern, a brace or a tilde`);
      return part.text.replace(/\\([\s\S])/g, '$1');
    case 'Quoted':
      return part.value;
    case 'DoubleQuoted':
      if (quoted) fault('quotes inside of quotes');
      return part.parts.map((inner) => meaning(inner, true)).join('');
    default:
      return fault(`an expansion: ${part.type}`);
  }
}

export default {
  make: (random) => {
    const size = random.size(60);
    // Half of them are the characters that mean something.
    const special = ' \t\n\r"\'\\$`!#&*()[]{}<>?|;~=+-^%,@:/\x1b\x7f\x80\xc3\xa9\xff';
    return [
      Buffer.from(
        Array.from({ length: size }, () =>
          random.one(2) ? special.charCodeAt(random.below(special.length)) : 1 + random.below(255),
        ),
      ),
    ];
  },
  run([bytes = Buffer.alloc(0)]) {
    const text = bytes.toString('latin1').replaceAll('\0', '');
    for (const [name, write] of Object.entries(WRITERS)) {
      const written = write(text);
      const line = `: ${written}`;
      if (awaits(line, reading) !== undefined) fault(`${name}: ${written} goes on`);
      const { statements, problem } = wholeScript(line, reading);
      const [only, more] = statements;
      if (problem || more || only?.background || only?.command.type !== 'Command')
        fault(`${name}: ${written} is no word`);
      const { words, redirects, assignments } = only.command;
      const [, word, another] = words;
      if (!word || another || redirects.length + assignments.length > 0) fault(`${name}: ${written} is not one word`);
      const read = (word.parts ?? [{ type: 'Literal', text: word.text } as const])
        .map((part) => meaning(part, false))
        .join('');
      if (read !== text) fault(`${name}: ${JSON.stringify(text)} came back as ${JSON.stringify(read)}`);
    }
    return undefined;
  },
} satisfies Target;
