// Whether two strangers could come upon the same pair by themselves: words of lists, the name itself, rows of keys, and all these dressed up.
import type { Knowledge } from '../knowledge.ts';

/** Bases that every list varies (the top of SecLists' and of honeypots' lists), and rows of keys. */
const BASES = (
  'password passwd pass admin administrator root toor test guest user welcome login letmein changeme default secret master server linux ' +
  'ubuntu debian centos oracle postgres mysql hadoop qwerty asdf zxcvb qazwsx qwaszx monkey dragon football iloveyou sunshine princess ' +
  'shadow superman abc internet computer cisco support service backup demo temp huawei samsung raspberry vagrant docker jenkins tomcat ' +
  'minecraft steam solana ethereum idc nihao woaini'
).split(' ');
const KEYS = [
  '1234567890',
  '0987654321',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  'zaq12wsxcde34rfv',
];
const LEET: Readonly<Record<string, string>> = {
  0: 'o',
  1: 'i',
  3: 'e',
  4: 'a',
  '@': 'a',
  5: 's',
  $: 's',
  7: 't',
  '!': 'i',
};
/** Shorter ones are tried by counting. */
const SHORTEST = 8;

/** A judge of pairs that knows the words of the rules. */
export function guessableBy({ wordlists, rules }: Pick<Knowledge, 'wordlists' | 'rules'>) {
  const words = new Set([
    ...BASES,
    ...wordlists.flatMap((list) => list.words.map((word) => word.toLowerCase())),
    ...rules.flatMap((rule) => [...rule.passwords, ...rule.usernames].map((word) => word.toLowerCase())),
  ]);
  return (username: string, password: string): boolean => {
    if (password.length < SHORTEST) return true;
    const small = password.toLowerCase();
    const plain = [...small].map((c) => LEET[c] ?? c).join('');
    const name = username.toLowerCase();
    for (const text of [small, plain]) {
      const letters = text.replace(/[^a-z]/g, '');
      // What remains without its own digits and signs is a word of a list, or hardly anything.
      if (letters.length < 4 || words.has(text) || words.has(letters)) return true;
      if (name.length > 1 && text.includes(name)) return true;
      if (BASES.some((base) => base.length >= 4 && text.startsWith(base) && text.length <= base.length + 6))
        return true;
      if (KEYS.some((row) => isWalk(text, row))) return true;
    }
    return new Set(small).size < 5;
  };
}

/** More than half of it is a piece of a row of keys. */
function isWalk(text: string, row: string): boolean {
  for (let length = Math.min(text.length, row.length); length * 2 > text.length && length >= 4; length--)
    for (let at = 0; at + length <= text.length; at++) if (row.includes(text.slice(at, at + length))) return true;
  return false;
}
