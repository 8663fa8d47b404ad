// column (util-linux 2.38.1): lines into columns or a table.
import type { Bytes } from '../machine/machine.ts';
import { widthOf } from './characters.ts';
import { forEachInput } from './input.ts';
import { gnu, type Invocation } from './program.ts';
import { isUtf8 } from './quote.ts';

export const names = ['column'];

/** Lines held at most. */
const MOST_LINES = 200_000;

export const main = gnu({
  short: 'c:dE:ehH:i:Jl:LN:n:O:o:p:R:r:s:T:tVW:x',
  long: {
    columns: 'c',
    'output-width=': 'c',
    fillrows: 'x',
    separator: 's',
    'separator=': 's',
    'output-separator=': 'o',
    table: 't',
    'table-columns=': 'N',
    'table-columns-limit=': 'l',
    'table-noheadings': 'd',
    'table-order=': 'O',
    'table-right=': 'R',
    'table-truncate=': 'T',
    'table-wrap=': 'W',
    'table-empty-lines': 'L',
    'table-hide=': 'H',
    'table-name=': 'n',
    'table-noextreme=': 'E',
    'table-header-repeat': 'e',
    'keep-empty-lines': 'L',
    json: 'J',
    'tree=': 'r',
    'tree-id=': 'i',
    'tree-parent=': 'p',
    help: '--help',
    version: 'V',
  },
  usage: '[options] [<file>...]',
  release: 'util-linux 2.38.1',
  gaps: ['r', 'W', 'T'],
  async run(run) {
    if (run.has('V')) {
      run.put('column from util-linux 2.38.1\n');
      return 0;
    }
    const wanted = run.value('c');
    if (wanted !== undefined && !/^\d+$/.test(wanted) && wanted !== 'unlimited')
      return run.fail(`invalid columns argument: '${wanted}'`);
    const width =
      wanted === 'unlimited'
        ? Number.POSITIVE_INFINITY
        : Number(
            wanted ??
              (run.process.descriptors.get(1)?.terminal?.columns || run.process.environment.get('COLUMNS') || 80),
          );
    const lines: Bytes[] = [];
    await forEachInput(run, run.operands, async (input) => {
      for (let batch: Bytes[] | undefined; lines.length < MOST_LINES && (batch = await input.batch()); )
        for (const line of batch) if (run.has('L') || /[^ \t]/.test(line)) lines.push(line);
    });
    if (run.operands.length > 0 && lines.length === 0) return undefined;
    if (run.has('t') || run.has('J')) table(run, lines);
    else if (run.has('x')) fill(run, lines, width, true);
    else fill(run, lines, width, false);
    return undefined;
  },
});

/** Columns as wide as the longest entry, at tab stops. */
function fill(run: Invocation, lines: readonly Bytes[], width: number, rowsFirst: boolean): void {
  const utf8 = isUtf8(run.process);
  const entries = lines.map((line) => line.trimStart());
  const widest = entries.reduce((most, entry) => Math.max(most, widthOf(entry, utf8)), 0);
  const cell = (Math.floor(widest / 8) + 1) * 8;
  const columns = Math.max(1, Math.floor(Math.min(width, 1 << 20) / cell));
  if (widest >= width || columns === 1) {
    for (const entry of entries) run.put(`${entry}\n`);
    return;
  }
  const rows = Math.ceil(entries.length / columns);
  for (let row = 0; row < rows; row++) {
    const line: Bytes[] = [];
    for (let column = 0; column < columns; column++) {
      const entry = entries[rowsFirst ? row * columns + column : column * rows + row];
      if (entry !== undefined) line.push(entry);
    }
    run.put(
      `${line
        .map((entry, i) =>
          i === line.length - 1 ? entry : entry + '\t'.repeat(Math.ceil((cell - widthOf(entry, utf8)) / 8)),
        )
        .join('')}\n`,
    );
  }
}

interface Column {
  name: Bytes;
  right: boolean;
  hidden: boolean;
}

/** -t and -J: the lines' fields in columns, under names if there are some. */
function table(run: Invocation, lines: readonly Bytes[]): void {
  const utf8 = isUtf8(run.process);
  const separator = run.value('s');
  const limit = Number(run.value('l') ?? 0);
  const rows = lines.map((line) => {
    if (separator === undefined) {
      const fields = line.trim() === '' ? [] : line.replace(/^[ \t]+|[ \t]+$/g, '').split(/[ \t]+/);
      return limit > 0 && fields.length > limit
        ? [...fields.slice(0, limit - 1), fields.slice(limit - 1).join(' ')]
        : fields;
    }
    const fields: Bytes[] = [''];
    for (const c of line) {
      if (separator.includes(c) && !(limit > 0 && fields.length >= limit)) fields.push('');
      else fields[fields.length - 1] += c;
    }
    return fields;
  });
  const given = run.value('N')?.split(',') ?? [];
  const count = Math.max(given.length, ...rows.slice(0, 10_000).map((row) => row.length), 0);
  const columns: Column[] = Array.from({ length: count }, (_, i) => ({
    name: given[i] ?? '',
    right: false,
    hidden: false,
  }));
  const find = (list: Bytes | undefined): Column[] =>
    (list ?? '').split(',').flatMap((word) => {
      if (word === '') return [];
      if (word === '0') return columns;
      const index = /^-?\d+$/.test(word) ? Number(word) : columns.findIndex((c) => c.name === word) + 1;
      const column = columns[index < 0 ? columns.length + index : index - 1];
      if (!column) return run.fail(`undefined column name '${word}'`);
      return [column];
    });
  for (const column of find(run.value('R'))) column.right = true;
  for (const column of run.value('H') === '-' ? columns.filter((c) => c.name === '') : find(run.value('H')))
    column.hidden = true;
  const order = [...new Set([...find(run.value('O')), ...columns])].filter((column) => !column.hidden);
  const cells = (row: readonly Bytes[]) => order.map((column) => row[columns.indexOf(column)] ?? '');
  if (run.has('J')) {
    json(run, order, rows.map(cells));
    return;
  }
  const shown = rows.map(cells);
  if (given.length > 0 && !run.has('d')) shown.unshift(order.map((column) => column.name));
  const widths = order.map((_, i) => shown.reduce((most, row) => Math.max(most, widthOf(row[i]!, utf8)), 0));
  const between = run.value('o') ?? '  ';
  for (const row of shown) {
    const parts = row.map((cell, i) => {
      const space = ' '.repeat(Math.max(0, widths[i]! - widthOf(cell, utf8)));
      if (order[i]!.right) return space + cell;
      return i === row.length - 1 ? cell : cell + space;
    });
    run.put(`${parts.join(between)}\n`);
  }
}

function json(run: Invocation, columns: readonly Column[], rows: readonly Bytes[][]): void {
  const escape = (text: Bytes) =>
    text.replace(/["\\\x00-\x1f]/g, (c) =>
      c === '"' || c === '\\' ? `\\${c}` : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  const objects = rows.map(
    (row) =>
      `      {\n${row.map((cell, i) => `         "${escape(columns[i]!.name.toLowerCase())}": ${cell === '' ? 'null' : `"${escape(cell)}"`}`).join(',\n')}\n      }`,
  );
  run.put(
    `{\n   "${escape(run.value('n') ?? 'table')}": [\n${objects.join(',').replaceAll('},      {', '},{')}\n   ]\n}\n`,
  );
}
