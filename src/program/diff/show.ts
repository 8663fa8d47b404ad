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

/** -f: like an ed script, but from the beginning and with the ranges in front of nothing. */
export function showForwardEd(put: Put, two: Side, changes: readonly Change[]): void {
  for (const { a, b } of changes) {
    const kind = a[0] === a[1] ? 'a' : b[0] === b[1] ? 'd' : 'c';
    put(`${kind}${range(...a).replace(',', ' ')}\n`);
    if (kind === 'd') continue;
    for (let j = b[0]; j < b[1]; j++) put(`${two.lines[j]}\n`);
    put('.\n');
  }
}

/** -n: as RCS stores it. */
export function showRcs(put: Put, two: Side, changes: readonly Change[]): void {
  for (const { a, b } of changes) {
    if (a[0] < a[1]) put(`d${a[0] + 1} ${a[1] - a[0]}\n`);
    if (b[0] === b[1]) continue;
    put(`a${a[1]} ${b[1] - b[0]}\n`);
    for (let j = b[0]; j < b[1]; j++) put(two.lines[j] + (two.cut && j === two.lines.length - 1 ? '' : '\n'));
  }
}

/** -D: both texts in one, for the C preprocessor. */
export function showMerged(put: Put, one: Side, two: Side, changes: readonly Change[], name: Bytes): void {
  const lines = (side: Side, from: number, to: number) => {
    for (let i = from; i < to; i++) put(`${side.lines[i]}\n`);
  };
  let at = 0;
  for (const { a, b } of changes) {
    lines(one, at, a[0]);
    at = a[1];
    if (a[0] < a[1]) {
      put(`#ifndef ${name}\n`);
      lines(one, ...a);
      if (b[0] < b[1]) put(`#else /* ${name} */\n`);
    } else put(`#ifdef ${name}\n`);
    lines(two, ...b);
    put(`#endif /* ${a[0] < a[1] && b[0] === b[1] ? '! ' : ''}${name} */\n`);
  }
  lines(one, at, one.lines.length);
}

/** --line-format and its kin: `%L` the line, `%l` without its end, `%%`, `%dn` its number. */
export function showLines(
  put: Put,
  one: Side,
  two: Side,
  changes: readonly Change[],
  formats: { old: Bytes; new: Bytes; unchanged: Bytes },
): void {
  const line = (format: Bytes, side: Side, i: number) =>
    put(
      format.replace(
        /%(?:([lL%])|[-'0]*(\d*)(?:\.\d+)?([doxX])n|c'((?:[^'\\]|\\[0-7]{1,3})*)')/g,
        (_, c, width, base, literal) => {
          if (c === '%') return '%';
          if (literal !== undefined)
            return literal.replace(/^\\([0-7]{1,3})$/, (_all: string, octal: string) =>
              String.fromCharCode(Number.parseInt(octal, 8)),
            );
          if (base) return (i + 1).toString(base === 'd' ? 10 : base === 'o' ? 8 : 16).padStart(Number(width || 0));
          const end = side.cut && i === side.lines.length - 1 ? '' : '\n';
          return c === 'l' ? side.lines[i]! : side.lines[i]! + end;
        },
      ),
    );
  let at = 0;
  for (const { a, b } of changes) {
    for (; at < a[0]; at++) line(formats.unchanged, one, at);
    for (; at < a[1]; at++) line(formats.old, one, at);
    for (let j = b[0]; j < b[1]; j++) line(formats.new, two, j);
  }
  for (; at < one.lines.length; at++) line(formats.unchanged, one, at);
}

/** --changed-group-format and its kin: `%<` lines of the first file, `%>` of the second, `%=` of both. */
export function showGroups(
  put: Put,
  one: Side,
  two: Side,
  changes: readonly Change[],
  formats: { old: Bytes; new: Bytes; unchanged: Bytes; changed: Bytes },
): void {
  const lines = (side: Side, from: number, to: number) =>
    side.lines
      .slice(from, to)
      .map((text, i) => (side.cut && from + i === side.lines.length - 1 ? text : `${text}\n`))
      .join('');
  const group = (format: Bytes, a: readonly [number, number], b: readonly [number, number]) =>
    put(
      format.replace(/%(?:([<>=%])|c'([^']*)'|([efln])([dox])n)/g, (_, what) =>
        what === '<' || what === '=' ? lines(one, ...a) : what === '>' ? lines(two, ...b) : (what ?? ''),
      ),
    );
  let [i, j] = [0, 0];
  for (const { a, b } of changes) {
    if (i < a[0]) group(formats.unchanged, [i, a[0]], [j, b[0]]);
    group(a[0] === a[1] ? formats.new : b[0] === b[1] ? formats.old : formats.changed, a, b);
    [i, j] = [a[1], b[1]];
  }
  if (i < one.lines.length) group(formats.unchanged, [i, one.lines.length], [j, two.lines.length]);
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
  options: { width: number; leftOnly: boolean; suppress: boolean; expandTabs?: boolean },
): void {
  const tab = 8;
  const gutter = 3;
  // As diff lays it out: the second column begins at a tab stop, the gutter stands before it.
  const spread = options.expandTabs ? 1 : tab;
  const offset = Math.floor(Math.floor((options.width + spread + gutter) / 2) / spread) * spread;
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
  const row = (left: Bytes | undefined, mark: string, rightText: Bytes | undefined, ended = true) => {
    const { shown, column } = fit(left ?? '');
    let text = shown;
    let at = column;
    const reach = (to: number) => {
      while (!options.expandTabs && at - (at % tab) + tab <= to) {
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
    put(ended ? `${text}\n` : text);
  };
  const lacks = (side: Side, index: number) => side.cut && index === side.lines.length - 1;
  let i = 0;
  let j = 0;
  const common = (until: number) => {
    for (; i < until; i++, j++)
      if (!options.suppress)
        row(
          one.lines[i],
          options.leftOnly ? '(' : ' ',
          options.leftOnly ? undefined : two.lines[j],
          !(lacks(one, i) && lacks(two, j)),
        );
  };
  for (const { a, b } of changes) {
    common(a[0]);
    for (; i < a[1] && j < b[1]; i++, j++)
      row(
        one.lines[i],
        lacks(two, j) && !lacks(one, i) && one.lines[i] === two.lines[j] ? '\\' : '|',
        two.lines[j],
        !lacks(two, j),
      );
    for (; i < a[1]; i++) row(one.lines[i], '<', undefined, !lacks(one, i));
    for (; j < b[1]; j++) row('', '>', two.lines[j], !lacks(two, j));
  }
  common(one.lines.length);
}
