// How a list of changes is printed: normal, context, unified, side by side, ed.
import type { Bytes } from '../../machine/machine.ts';
import type { Change } from './compare.ts';

/** A file as diff shows it: lines without their ends. */
export interface Side {
  label: Bytes;
  lines: Bytes[];
  /** The last line has no newline. */
  cut: boolean;
}

const NO_NEWLINE = '\\ No newline at end of file\n';

type Put = (text: Bytes) => void;

/** Line `i` behind a mark, and the notice when the file ends in it without a newline. */
const line = (side: Side, i: number, mark: string) =>
  `${mark}${side.lines[i]}\n${side.cut && i === side.lines.length - 1 ? NO_NEWLINE : ''}`;

export type Paint = (code: 'header' | 'add' | 'delete' | 'line', text: Bytes) => Bytes;

/** `3`, `3,5`; an empty range is named by the line before it. */
const range = (from: number, to: number) =>
  to - from <= 1 ? String(to - from === 0 ? from : to) : `${from + 1},${to}`;

export function showNormal(put: Put, one: Side, two: Side, changes: readonly Change[], paint: Paint): void {
  for (const { a, b } of changes) {
    const kind = a[0] === a[1] ? 'a' : b[0] === b[1] ? 'd' : 'c';
    put(`${paint('line', `${range(...a)}${kind}${range(...b)}`)}\n`);
    for (let i = a[0]; i < a[1]; i++) put(painted(paint, 'delete', line(one, i, '< ')));
    if (kind === 'c') put('---\n');
    for (let i = b[0]; i < b[1]; i++) put(painted(paint, 'add', line(two, i, '> ')));
  }
}

const painted = (paint: Paint, code: 'add' | 'delete', text: Bytes) => {
  const end = text.indexOf('\n');
  return paint(code, text.slice(0, end)) + text.slice(end);
};

/** Changes whose contexts touch are one hunk. */
function hunks(changes: readonly Change[], context: number): Change[][] {
  const groups: Change[][] = [];
  for (const change of changes) {
    const last = groups.at(-1);
    if (last && change.a[0] - last.at(-1)!.a[1] <= 2 * context) last.push(change);
    else groups.push([change]);
  }
  return groups;
}

/** `name`, function line after @@ with -p: `heading(i)` finds it. */
export function showUnified(
  put: Put,
  one: Side,
  two: Side,
  changes: readonly Change[],
  context: number,
  paint: Paint,
  heading: (line: number) => Bytes,
): void {
  put(`${paint('header', `--- ${one.label}`)}\n${paint('header', `+++ ${two.label}`)}\n`);
  for (const group of hunks(changes, context)) {
    const [first, last] = [group[0]!, group.at(-1)!];
    const before = Math.min(context, first.a[0]);
    const after = Math.min(context, one.lines.length - last.a[1]);
    const from = first.a[0] - before;
    const to = last.a[1] + after;
    const other = [first.b[0] - before, last.b[1] + after] as const;
    const span = (start: number, end: number) =>
      end - start === 1 ? String(end) : end === start ? `${start},0` : `${start + 1},${end - start}`;
    put(`${paint('line', `@@ -${span(from, to)} +${span(...other)} @@`)}${heading(from)}\n`);
    let i = from;
    for (const { a, b } of group) {
      for (; i < a[0]; i++) put(line(one, i, ' '));
      for (; i < a[1]; i++) put(painted(paint, 'delete', line(one, i, '-')));
      for (let j = b[0]; j < b[1]; j++) put(painted(paint, 'add', line(two, j, '+')));
    }
    for (; i < to; i++) put(line(one, i, ' '));
  }
}

export function showContext(
  put: Put,
  one: Side,
  two: Side,
  changes: readonly Change[],
  context: number,
  heading: (line: number) => Bytes,
): void {
  put(`*** ${one.label}\n--- ${two.label}\n`);
  for (const group of hunks(changes, context)) {
    const [first, last] = [group[0]!, group.at(-1)!];
    const before = Math.min(context, first.a[0]);
    const after = Math.min(context, one.lines.length - last.a[1]);
    const spans = [
      [first.a[0] - before, last.a[1] + after],
      [first.b[0] - before, last.b[1] + after],
    ] as const;
    const span = ([from, to]: readonly [number, number]) => (to - from <= 1 ? String(to) : `${from + 1},${to}`);
    put(`***************${heading(spans[0][0])}\n*** ${span(spans[0])} ****\n`);
    if (group.some(({ a }) => a[0] < a[1])) side(put, one, spans[0], group, 'a', '-');
    put(`--- ${span(spans[1])} ----\n`);
    if (group.some(({ b }) => b[0] < b[1])) side(put, two, spans[1], group, 'b', '+');
  }
}

function side(
  put: Put,
  file: Side,
  [from, to]: readonly [number, number],
  group: readonly Change[],
  key: 'a' | 'b',
  mark: string,
): void {
  for (let i = from; i < to; i++) {
    const change = group.find((c) => c[key][0] <= i && i < c[key][1]);
    const both = change && change.a[0] < change.a[1] && change.b[0] < change.b[1];
    put(line(file, i, change ? (both ? '! ' : `${mark} `) : '  '));
  }
}

/** -e: an ed script, from the end. */
export function showEd(put: Put, two: Side, changes: readonly Change[]): void {
  for (const { a, b } of changes.toReversed()) {
    const kind = a[0] === a[1] ? 'a' : b[0] === b[1] ? 'd' : 'c';
    put(`${range(...a)}${kind}\n`);
    if (kind === 'd') continue;
    for (let j = b[0]; j < b[1]; j++) put(`${two.lines[j]}\n`);
    put('.\n');
  }
}

/** -y: two columns; the gutter marks what changed (`|`, `<`, `>`). */
export function showSideBySide(
  put: Put,
  one: Side,
  two: Side,
  changes: readonly Change[],
  options: { width: number; leftOnly: boolean; suppress: boolean },
): void {
  const tab = 8;
  const gutter = 3;
  const available = options.width + tab - gutter;
  const offset = Math.max(0, available - (available % (2 * tab))) / 2 || 0;
  const half = Math.max(0, Math.min(offset - gutter, options.width - offset));
  const right = half ? offset : options.width;
  const fit = (text: Bytes) => {
    let shown = '';
    let column = 0;
    for (const c of text) {
      const step = c === '\t' ? tab - (column % tab) : c < ' ' ? 0 : 1;
      if (column + step > half) break;
      shown += c;
      column += step;
    }
    return { shown, column };
  };
  const row = (left: Bytes | undefined, mark: string, rightText: Bytes | undefined) => {
    const { shown, column } = fit(left ?? '');
    let text = shown;
    let at = column;
    const reach = (to: number) => {
      while (at - (at % tab) + tab <= to) {
        text += '\t';
        at += tab - (at % tab);
      }
      while (at < to) {
        text += ' ';
        at++;
      }
    };
    if (mark !== ' ') {
      reach((half + right - 1) >> 1);
      text += mark;
      at++;
    }
    if (rightText !== undefined && rightText !== '') {
      reach(right);
      text += fit(rightText).shown;
    }
    put(`${text}\n`);
  };
  let i = 0;
  let j = 0;
  const common = (until: number) => {
    for (; i < until; i++, j++)
      if (!options.suppress)
        row(one.lines[i], options.leftOnly ? '(' : ' ', options.leftOnly ? undefined : two.lines[j]);
  };
  for (const { a, b } of changes) {
    common(a[0]);
    for (; i < a[1] && j < b[1]; i++, j++) row(one.lines[i], '|', two.lines[j]);
    for (; i < a[1]; i++) row(one.lines[i], '<', undefined);
    for (; j < b[1]; j++) row('', '>', two.lines[j]);
  }
  common(one.lines.length);
}
