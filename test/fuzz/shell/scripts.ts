// Command lines to start from: the snippets recorded from the real bash and programs, and the abusive ones; and damage that keeps them lines.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mutateBytes } from '../mutate.ts';
import type { Random } from '../random.ts';
import type { Case } from '../target.ts';

const read = (path: string) => JSON.parse(readFileSync(join(import.meta.dirname, '../..', path), 'utf8'));
export const scripts: readonly string[] = [
  ...(read('real/fixtures/shell.json') as { script: string }[]).map(({ script }) => script),
  ...(read('e2e/fixtures/abuse.json') as string[]),
];

const pieces = [
  ';',
  '|',
  '&',
  '&&',
  '||',
  '(',
  ')',
  '{',
  '}',
  '$(',
  '`',
  '"',
  "'",
  '${',
  '}',
  '$((',
  '))',
  '<<E',
  '\n',
  '<(',
  '>',
  '2>&1',
  '[[',
  ']]',
  ' ',
  '\\',
  '*',
  '?',
  '[',
  ']',
  '!',
  '#',
  '$',
  '~',
  '=',
  '+=',
  '()',
  'if',
  'then',
  'fi',
  'do',
  'done',
  'case',
  'esac',
  'in',
  ';;',
  '-',
  '--help',
  '%s',
  '\\x',
  '\0',
  '\xff',
  '{1..9}',
  '$@',
  '$*',
  '$#',
  '"$@"',
  '/etc/passwd',
  '/dev/null',
  '-n',
  '-c',
  '-r',
];

/** One script, damaged. */
export function text(random: Random, corpus: readonly Case[]): Buffer {
  let script = corpus.length > 0 && random.one(10) ? random.pick(corpus)[0]!.toString('latin1') : random.pick(scripts);
  for (let times = 1 + random.below(4); times > 0; times--) {
    const at = random.below(script.length + 1);
    switch (random.below(6)) {
      case 0:
        script = script.slice(0, at) + random.pick(pieces) + script.slice(at);
        break;
      case 1: {
        const words = script.split(' ');
        words.splice(
          random.below(words.length),
          1 + random.below(2),
          ...random.pick(scripts).split(' ').slice(0, random.below(4)),
        );
        script = words.join(' ');
        break;
      }
      case 2: {
        const other = random.pick(scripts);
        script = script.slice(0, at) + other.slice(random.below(other.length));
        break;
      }
      case 3:
        script = script.slice(0, at) + script.slice(at + random.below(8));
        break;
      case 4:
        script =
          script.slice(0, at) +
          random.pick(pieces).repeat(random.one(20) ? random.size(2000) : random.below(5)) +
          script.slice(at);
        break;
      default:
        script = mutateBytes(Buffer.from(script, 'latin1'), random).toString('latin1');
    }
  }
  return Buffer.from(script.slice(0, 20_000), 'latin1');
}
