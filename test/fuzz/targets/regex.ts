// Regular expressions: what matches, and where it begins, is held against the host's own engine where both mean the same; everything else
// must end in bounded time.
import { SystemError } from '../../../src/machine/errno.ts';
import { settle } from '../../../src/machine/work.ts';
import { compileRegex, RegexError } from '../../../src/shell/regex.ts';
import { mutateBytes } from '../mutate.ts';
import type { Random } from '../random.ts';
import { fault, type Target } from '../target.ts';

/** An extended expression that JavaScript reads alike: no classes by name, no back-references. */
function expression(random: Random, depth = 0): string {
  let out = '';
  for (let parts = 1 + random.below(4); parts > 0; parts--) {
    const kind = random.below(depth > 3 ? 5 : 8);
    const atom =
      kind < 3
        ? random.pick(['a', 'b', 'c', '.', 'ab'])
        : kind === 3
          ? random.pick(['[ab]', '[^a]', '[a-c]'])
          : kind === 4
            ? random.pick(['^', '$'])
            : `(${expression(random, depth + 1)})`;
    const repeated = atom.length > 1 && atom[0] !== '[' && atom[0] !== '(' ? `(${atom})` : atom;
    out +=
      random.one(3) && !'^$'.includes(atom) ? repeated + random.pick(['*', '+', '?', '{2}', '{1,3}', '{0,}']) : atom;
    if (random.one(8)) out += '|';
  }
  return out
    .replace(/\|+$/, '')
    .replace(/\|\|+/g, '|')
    .replace(/^\||\(\|/g, (all) => all.replace('|', 'a|'))
    .replace(/\|\)/g, '|a)');
}

const subject = (random: Random) =>
  Array.from({ length: random.size(16) }, () => random.pick(['a', 'b', 'c', 'a', 'b', 'x'])).join('');

/** Three parts: how (is JavaScript to agree, ignore case), the expression, the text. */
export default {
  make(random) {
    const good = !random.one(4);
    let source = Buffer.from(expression(random), 'latin1');
    let text = Buffer.from(random.one(50) ? 'ab'.repeat(random.size(20_000)) : subject(random), 'latin1');
    if (!good)
      for (let times = random.below(4); times > 0; times--) {
        source = Buffer.from(mutateBytes(source, random));
        if (random.one(4))
          source = Buffer.concat([
            source,
            Buffer.from(random.pick(['\\1', '[[:alpha:]]', '\\<', '{9999}', '\\{', '[]'])),
          ]);
        text = Buffer.from(mutateBytes(text, random));
      }
    return [Buffer.of(good ? 1 : 0, random.below(6)), source, text];
  },
  run([how = Buffer.alloc(2), source = Buffer.alloc(0), subject = Buffer.alloc(0)]) {
    const text = subject.toString('latin1');
    const expected = source.toString('latin1');
    settle();
    const { user, system } = process.threadCpuUsage();
    let found: number[] | undefined;
    try {
      const regex = compileRegex(expected, { extended: true, ignoreCase: how[1]! % 2 === 1 });
      const which = how[0] === 1 || /\\[1-9]/.test(expected) ? 0 : how[1]! % 3;
      if (which === 0) found = regex.exec(text);
      else if (which === 1) regex.shortest(text);
      else regex.lastStart(text);
    } catch (error) {
      // Too much at once, or no expression at all.
      if (error instanceof SystemError || error instanceof RegexError) return undefined;
      throw error;
    }
    const spent = process.threadCpuUsage();
    const took = (spent.user + spent.system - user - system) / 1000;
    // The host's engine tries all ways one after the other: more could keep it busy for years, and what it takes is not ours.
    if (how[0] !== 1 || text.length > 16 || (expected.match(/\)[*+?{]/g)?.length ?? 0) > 1) return took;
    const theirs = new RegExp(expected, how[1]! % 2 === 1 ? 'is' : 's').exec(text);
    if (!theirs !== !found) fault(`${theirs ? 'no match' : 'a match'} of ${expected} in ${text}`);
    // Both find the leftmost; POSIX then takes the longest.
    if (theirs && found && (theirs.index !== found[0] || theirs.index + theirs[0].length > found[1]!))
      fault(
        `${expected} in ${text}: found ${found[0]}-${found[1]}, not ${theirs.index}-${theirs.index + theirs[0].length}`,
      );
    return took;
  },
} satisfies Target;
