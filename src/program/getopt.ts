// Options as glibc's getopt_long(3) parses them: permutation, bundles, abbreviations, and its exact complaints.
import type { Bytes } from '../machine/machine.ts';

/** Wrong use of a program; `gnu()` prints the message and the hint at --help. */
export class WrongUse extends Error {}

export interface Parsed {
  /** In order: the short letter or the key of the long name, and its value. */
  options: [key: string, value: Bytes | undefined][];
  operands: Bytes[];
}

/**
 * Parses arguments (without argv[0]).
 * `short` as getopt takes it (`ab:c::`; a leading `+` stops at the first operand, a leading `-` is not supported); `long` maps a name,
 * with `=` if it requires a value or `=?` if it may have one, to the key to report. Throws `WrongUse` with getopt's message, without the program's name.
 */
export function getopt(
  args: readonly Bytes[],
  short: string,
  long: Readonly<Record<string, string>> = {},
  posix = false,
): Parsed {
  const stop = posix || short.startsWith('+');
  const letters = short.replace(/^[+:]+/, '');
  const names = Object.keys(long).map((spec) => {
    const [name = '', kind] = spec.split('=', 2);
    return { name, takes: kind === undefined ? 'nothing' : kind === '?' ? 'maybe' : 'value', key: long[spec]! };
  });
  const result: Parsed = { options: [], operands: [] };
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (arg === '--') {
      result.operands.push(...args.slice(at + 1));
      break;
    }
    if (arg.startsWith('--')) {
      const equals = arg.indexOf('=');
      const typed = arg.slice(2, equals < 0 ? undefined : equals);
      let matches = names.filter((n) => n.name === typed);
      if (matches.length === 0) matches = names.filter((n) => n.name.startsWith(typed));
      const same = new Set(matches.map((n) => `${n.key} ${n.takes}`)).size === 1;
      if (matches.length > 1 && !same) {
        const list = matches.map((n) => `'--${n.name}'`).join(' ');
        throw new WrongUse(`option '--${typed}' is ambiguous; possibilities: ${list}`);
      }
      const match = matches[0];
      if (!match) throw new WrongUse(`unrecognized option '--${typed}'`);
      let value = equals < 0 ? undefined : arg.slice(equals + 1);
      if (match.takes === 'nothing' && value !== undefined)
        throw new WrongUse(`option '--${match.name}' doesn't allow an argument`);
      if (match.takes === 'value' && value === undefined) {
        value = args[++at];
        if (value === undefined) throw new WrongUse(`option '--${match.name}' requires an argument`);
      }
      result.options.push([match.key, value]);
    } else if (arg.startsWith('-') && arg.length > 1) {
      for (let i = 1; i < arg.length; i++) {
        const letter = arg[i]!;
        const place = letter === ':' ? -1 : letters.indexOf(letter);
        if (place < 0) throw new WrongUse(`invalid option -- '${letter}'`);
        if (letters[place + 1] !== ':') {
          result.options.push([letter, undefined]);
          continue;
        }
        let value: Bytes | undefined = arg.slice(i + 1);
        if (value === '') value = letters[place + 2] === ':' ? undefined : args[++at];
        if (value === undefined && letters[place + 2] !== ':')
          throw new WrongUse(`option requires an argument -- '${letter}'`);
        result.options.push([letter, value]);
        break;
      }
    } else if (stop) {
      result.operands.push(...args.slice(at));
      break;
    } else {
      result.operands.push(arg);
    }
  }
  return result;
}
