// nl (GNU coreutils): numbers lines.
import { forEachInput } from './input.ts';
import { parseInteger } from './number.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import { gnu } from './program.ts';
import { quote } from './quote.ts';

export const names = ['nl'];

export const main = gnu({
  short: 'b:d:f:h:i:l:n:ps:v:w:',
  long: {
    'body-numbering=': 'b',
    'section-delimiter=': 'd',
    'footer-numbering=': 'f',
    'header-numbering=': 'h',
    'line-increment=': 'i',
    'join-blank-lines=': 'l',
    'number-format=': 'n',
    'no-renumber': 'p',
    'number-separator=': 's',
    'starting-line-number=': 'v',
    'number-width=': 'w',
  },
  usage: '[OPTION]... [FILE]...',
  async run(run) {
    const number = (key: string, otherwise: number, what: string) => {
      const text = run.value(key);
      if (text === undefined) return otherwise;
      const value = parseInteger(text);
      if (value === undefined) return run.fail(`invalid ${what}: ${quote(run.process, text)}`);
      return value;
    };
    const width = number('w', 6, 'line number field width');
    const step = number('i', 1, 'line number increment');
    let next = number('v', 1, 'starting line number');
    const separator = run.value('s') ?? '\t';
    const styles: Record<string, string> = {
      b: run.value('b') ?? 't',
      h: run.value('h') ?? 'n',
      f: run.value('f') ?? 'n',
    };
    const patterns = new Map<string, Pattern>();
    for (const [section, style] of Object.entries(styles)) {
      if (!/^[atn]$|^p/.test(style))
        return run.wrongUse(
          `invalid ${{ b: 'body', h: 'header', f: 'footer' }[section]} numbering style: ${quote(run.process, style)}`,
        );
      if (style.startsWith('p')) patterns.set(section, compilePattern(style.slice(1)));
    }
    const format = run.value('n') ?? 'rn';
    let section = 'b';
    const shown = () => {
      const text = String(next);
      next += step;
      return format === 'ln' ? text.padEnd(width) : text.padStart(width, format === 'rz' ? '0' : ' ');
    };
    const blank = ' '.repeat(width + separator.length);
    await forEachInput(run, run.operands, async (input) => {
      for (let lines: string[] | undefined; (lines = await input.batch()); ) {
        for (const line of lines) {
          const mark = { '\\:\\:\\:': 'h', '\\:\\:': 'b', '\\:': 'f' }[line];
          if (mark) {
            section = mark;
            if (!run.has('p')) next = number('v', 1, '');
            run.put('\n');
            continue;
          }
          const style = styles[section]!;
          const numbered =
            style === 'a' || (style === 't' && line !== '') || patterns.get(section)?.find(line, 0) !== undefined;
          run.put(numbered ? `${shown()}${separator}${line}\n` : line === '' ? `${blank}\n` : `${blank}${line}\n`);
        }
        await run.flush();
      }
    });
    return undefined;
  },
});
