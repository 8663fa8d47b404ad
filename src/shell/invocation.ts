// How bash was called: the options of its command line, what it runs, and what it says of a wrong one.
import type { Bytes } from '../machine/machine.ts';
import { LETTERS } from './options.ts';

export interface Invocation {
  login: boolean;
  interactive: boolean;
  /** The text of -c. */
  text?: Bytes;
  script?: Bytes;
  /** -s. */
  standardInput: boolean;
  startFiles: boolean;
  posix: boolean;
  restricted: boolean;
  /** `set`'s and `shopt`'s options, as they were given: `-x`, `+o NAME`, `-O NAME`. */
  options: { flag: string; name?: Bytes }[];
  /** $0, and the positional parameters. */
  name: Bytes;
  positional: Bytes[];
}

const LONG =
  'debug debugger dump-po-strings dump-strings help init-file login noediting noprofile norc posix pretty-print rcfile restricted verbose version'.split(
    ' ',
  );

/** What stands below a message about an option that does not exist. */
const usage = (zero: Bytes): Bytes =>
  `Usage:\t${zero} [GNU long option] [option] ...\n\t${zero} [GNU long option] [option] script-file ...\nGNU long options:\n` +
  `${LONG.map((name) => `\t--${name}\n`).join('')}Shell options:\n\t-ilrsD or -c command or -O shopt_option\t\t(invocation only)\n\t-abefhkmnptuvxBCEHPT or -o option\n`;

/** Reads a command line; a refusal is what to say on standard error before ending with 2. */
export function invocation(argv: readonly Bytes[]): Invocation | { refusal: Bytes } {
  const [zero = 'bash', ...words] = argv;
  const called: Invocation = {
    login: zero.startsWith('-'),
    interactive: false,
    standardInput: false,
    startFiles: true,
    posix: false,
    restricted: /(^|\/)-?rbash$/.test(zero),
    options: [],
    name: zero,
    positional: words,
  };
  let command = false;
  while (words[0]?.startsWith('--') && words[0] !== '--') {
    const word = words.shift()!;
    const long = word.slice(2);
    if (!LONG.includes(long)) return { refusal: `${zero}: ${word}: invalid option\n${usage(zero)}` };
    if (long === 'login') called.login = true;
    else if (long === 'posix') called.posix = true;
    else if (long === 'restricted') called.restricted = true;
    else if (long === 'verbose') called.options.push({ flag: '-v' });
    else if (long === 'norc' || long === 'noprofile') called.startFiles = false;
    else if (long === 'rcfile' || long === 'init-file') {
      if (words.shift() === undefined) return { refusal: `${zero}: ${word}: option requires an argument\n` };
    }
  }
  while (/^[-+]./.test(words[0] ?? '') || words[0] === '-') {
    const word = words.shift()!;
    if (word === '--' || word === '-') break;
    for (const letter of word.slice(1)) {
      if (letter === 'c') command = true;
      else if (letter === 'i') called.interactive = true;
      else if (letter === 's') called.standardInput = true;
      else if (letter === 'l') called.login = true;
      else if (letter === 'r') called.restricted = true;
      else if (letter === 'D') called.options.push({ flag: '-n' });
      else if (letter === 'o' || letter === 'O')
        called.options.push({ flag: `${word[0]}${letter}`, name: words.shift() ?? '' });
      else if (LETTERS[letter]) called.options.push({ flag: `${word[0]}${letter}` });
      else return { refusal: `${zero}: ${word[0]}${letter}: invalid option\n${usage(zero)}` };
    }
  }
  if (command) {
    const text = words.shift();
    if (text === undefined) return { refusal: `${zero}: -c: option requires an argument\n` };
    called.text = text;
    called.name = words.shift() ?? zero;
  } else if (!called.standardInput && words.length > 0) {
    called.script = words.shift()!;
    called.name = called.script;
  }
  return called;
}
