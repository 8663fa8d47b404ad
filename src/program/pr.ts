// pr (GNU coreutils): pages and columns for printing.
import type { Bytes } from '../machine/machine.ts';
import { reason } from './failure.ts';
import { openInput } from './input.ts';
import { gnu, type Invocation } from './program.ts';
import { quote, quoteIfNeeded } from './quote.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';

export const names = ['pr'];

/** Lines of one file at most. */
const MOST_LINES = 200_000;

const declared = gnu({
  short: 'acdD:e::Ffh:i::Jl:mn::N:o:rs::S::tTvw:W:',
  long: {
    'pages=': 'pages',
    'columns=': 'columns',
    across: 'a',
    'show-control-chars': 'c',
    'double-space': 'd',
    'date-format=': 'D',
    'expand-tabs=?': 'e',
    'form-feed': 'f',
    'header=': 'h',
    'output-tabs=?': 'i',
    'join-lines': 'J',
    'length=': 'l',
    merge: 'm',
    'number-lines=?': 'n',
    'first-line-number=': 'N',
    'indent=': 'o',
    'no-file-warnings': 'r',
    'separator=?': 's',
    'sep-string=?': 'S',
    'omit-header': 't',
    'omit-pagination': 'T',
    'show-nonprinting': 'v',
    'width=': 'w',
    'page-width=': 'W',
  },
  usage: '[OPTION]... [FILE]...',
  async run(run) {
    const layout = layoutOf(run);
    const files = run.operands.length ? run.operands : ['-'];
    if (run.has('m')) {
      const contents: Bytes[][] = [];
      for (const file of files) {
        const lines = await linesOf(run, file);
        if (lines) contents.push(lines);
      }
      if (contents.length > 0)
        print(run, { ...layout, columns: contents.length }, contents, '', run.process.machine.clock.now());
      return undefined;
    }
    for (const file of files) {
      const lines = await linesOf(run, file);
      if (!lines) continue;
      const time = file === '-' ? run.process.machine.clock.now() : run.process.files.stat(file).mtime;
      print(run, layout, [lines], file === '-' ? '' : file, time);
      await run.drain();
    }
    return undefined;
  },
});

/** `-NUM` is a number of columns, `+FIRST[:LAST]` the pages. */
export const main: typeof declared = (process) => {
  process.argv = process.argv.flatMap((arg, i) => {
    if (i === 0) return [arg];
    const pages = /^\+(\d+(?::\d+)?)$/.exec(arg);
    if (pages) return [`--pages=${pages[1]}`];
    const columns = /^-(\d+)([A-Za-z].*)?$/.exec(arg);
    return columns ? [`--columns=${columns[1]}`, ...(columns[2] ? [`-${columns[2]}`] : [])] : [arg];
  });
  return declared(process);
};

interface Layout {
  columns: number;
  length: number;
  width: number;
  indent: number;
  first: number;
  last: number;
  header: boolean;
  /** Between columns; undefined: they are filled up with blanks. */
  separator: Bytes | undefined;
  numbers: { separator: Bytes; digits: number; first: number } | undefined;
}

function layoutOf(run: Invocation): Layout {
  const { process } = run;
  const number = (key: string, name: string, fallback: number, least: number): number => {
    const text = run.value(key);
    if (text === undefined) return fallback;
    if (!/^-?\d+$/.test(text))
      return run.fail(
        `'${name}' invalid number of lines: ${quote(process, text)}`.replace(
          'lines',
          /w|W/.test(key) ? 'characters' : 'lines',
        ),
      );
    if (Number(text) < least)
      return run.fail(
        `'${name}' invalid number of ${/w|W/.test(key) ? 'characters' : 'lines'}: ${quote(process, text)}: Numerical result out of range`,
      );
    return Number(text);
  };
  const columnsText = run.value('columns');
  if (columnsText !== undefined && !(Number(columnsText) >= 1))
    return run.fail(`invalid number of columns: ${quote(process, columnsText)}: Numerical result out of range`);
  const length = number('l', '-l PAGE_LENGTH', 66, 1);
  const pages = run.value('pages')?.split(':').map(Number) ?? [1];
  const numbered = /^(\D?)(\d*)$/.exec(run.value('n') ?? '');
  const columns = Number(columnsText ?? 1);
  const given = run.has('s') ? (run.value('s') ?? '\t') : run.has('S') ? (run.value('S') ?? '') : undefined;
  const joined = run.has('J') ? (given ?? '\t') : given;
  if (columns > 1 && run.has('m')) return run.fail('cannot specify number of columns when printing in parallel');
  if (run.has('a') && run.has('m')) return run.fail('cannot specify both printing across and printing in parallel');
  return {
    columns,
    length,
    width: run.has('W') ? number('W', '-W PAGE_WIDTH', 72, 1) : number('w', '-w PAGE_WIDTH', 72, 1),
    indent: number('o', '-o MARGIN', 0, 0),
    first: pages[0] || 1,
    last: pages[1] ?? Number.POSITIVE_INFINITY,
    header: !run.has('t') && !run.has('T') && length > 10,
    separator: joined,
    numbers: run.has('n')
      ? { separator: numbered?.[1] || '\t', digits: Number(numbered?.[2] || 5), first: Number(run.value('N') ?? 1) }
      : undefined,
  };
}

async function linesOf(run: Invocation, file: Bytes): Promise<Bytes[] | undefined> {
  const lines: Bytes[] = [];
  try {
    const input = openInput(run.process, file);
    for (let batch: Bytes[] | undefined; lines.length < MOST_LINES && (batch = await input.batch()); )
      lines.push(...batch);
    input.close();
  } catch (error) {
    const words = reason(error);
    if (!run.has('r')) await run.warn(`${quoteIfNeeded(file)}: ${words}`);
    else run.status = 1;
    return undefined;
  }
  return lines.map((line) => visible(run, line));
}

function visible(run: Invocation, line: Bytes): Bytes {
  let text = line;
  if (run.has('e')) {
    const [, tab, width] = /^(\D?)(\d*)$/.exec(run.value('e') ?? '') ?? [];
    text = expand(text, tab || '\t', Number(width || 8));
  }
  if (run.has('v')) return text.replace(/[^\t -~]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`);
  if (!run.has('c')) return text;
  return text.replace(/[^\t -~]/g, (c) => {
    const code = c.charCodeAt(0);
    return code < 32 ? `^${String.fromCharCode(code + 64)}` : code === 127 ? '^?' : `\\${code.toString(8)}`;
  });
}

function expand(text: Bytes, tab: string, width: number): Bytes {
  let result = '';
  for (const c of text) result += c === tab ? ' '.repeat(width - (result.length % width)) : c;
  return result;
}

/** Blanks from one column to another, with tabs where they reach as far. */
function blanks(from: number, to: number): Bytes {
  let text = '';
  let at = from;
  for (; (Math.floor(at / 8) + 1) * 8 <= to && to - at > 1; at = (Math.floor(at / 8) + 1) * 8) text += '\t';
  return text + ' '.repeat(to - at);
}

function print(run: Invocation, layout: Layout, contents: readonly Bytes[][], title: Bytes, time: number): void {
  const { columns, length, width, header, separator, numbers } = layout;
  const body = Math.max(1, (header ? length - 10 : length) / (run.has('d') ? 2 : 1)) | 0;
  const paged = header || run.has('l');
  const merged = run.has('m');
  const total = merged ? Math.max(...contents.map((lines) => lines.length)) : contents[0]!.length;
  const perPage = merged ? body : body * columns;
  const pages = Math.max(header && total === 0 ? 0 : 1, Math.ceil(total / perPage));
  const numberWidth = numbers ? numbers.digits + (numbers.separator === '\t' ? 8 - (numbers.digits % 8) : 1) : 0;
  const usable = merged ? width - numberWidth : width;
  const cell = Math.floor((usable - (columns - 1)) / columns);
  const margin = ' '.repeat(layout.indent);
  let counter = numbers?.first ?? 0;
  const numberOf = (n: number) =>
    numbers ? `${String(n).slice(-numbers.digits).padStart(numbers.digits)}${numbers.separator}` : '';
  for (let page = 1; page <= pages && page <= layout.last; page++) {
    const start = (page - 1) * perPage;
    const count = Math.min(perPage, total - start);
    // Down the columns the last page is balanced.
    const rows = merged ? count : run.has('a') ? Math.ceil(count / columns) : Math.ceil(count / columns);
    const lines: Bytes[] = [];
    const baseNumber = counter;
    for (let row = 0; row < rows; row++) {
      let line = '';
      let at = 0;
      const parts: Bytes[] = [];
      for (let column = 0; column < columns; column++) {
        const tall = Math.floor(count / columns);
        const extra = count % columns;
        const offset = run.has('a') ? row * columns + column : column * tall + Math.min(column, extra) + row;
        const inColumn = merged || run.has('a') || row < tall + (column < extra ? 1 : 0);
        const text = merged
          ? contents[column]![start + row]
          : inColumn && offset < count
            ? contents[0]![start + offset]
            : undefined;
        const label =
          numbers && text !== undefined && (!merged || column === 0)
            ? numberOf(merged ? baseNumber + row : baseNumber + offset)
            : '';
        parts.push(text === undefined ? '' : label + text);
      }
      const last = parts.findLastIndex((part) => part !== '');
      if (separator !== undefined) line = (merged ? parts : parts.slice(0, last + 1)).join(separator);
      else
        for (const [column, part] of parts.entries()) {
          if (column > last) break;
          if (columns === 1) {
            line = part;
            break;
          }
          const shown = part.slice(0, cell);
          const place = column * (cell + 1);
          line += blanks(at, place) + shown;
          at = place + shown.length;
        }
      lines.push(line);
    }
    counter = baseNumber + count;
    if (page < layout.first) continue;
    if (header) run.put(`\n\n${margin}${heading(run, layout, title, time, page)}\n\n\n`);
    for (const line of lines) run.put(`${line === '' ? '' : margin}${line}\n${run.has('d') ? '\n' : ''}`);
    if (header && run.has('f')) run.put('\f');
    else if (paged && header) {
      const used = lines.length * (run.has('d') ? 2 : 1);
      run.put('\n'.repeat(Math.max(0, length - 5 - used)));
    }
  }
}

function heading(run: Invocation, { width }: Layout, title: Bytes, time: number, page: number): Bytes {
  const date = strftime(run.value('D') ?? '%Y-%m-%d %H:%M', breakDown(time, zoneOf(run.process)));
  const middle = run.value('h') ?? title;
  const right = `Page ${page}`;
  const space = Math.max(0, width - date.length - middle.length - right.length);
  const left = space >> 1;
  return `${date}${' '.repeat(left)}${middle}${' '.repeat(space - left)}${right}`;
}
