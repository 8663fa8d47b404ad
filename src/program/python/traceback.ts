// Writes an uncaught exception as CPython 3.11 does: the levels with their lines and underlines, what it came from, and its text.

import { exceptions } from './exceptions.ts';
import type { Interpreter } from './run.ts';
import { Instance, type Level, Raised, type Steps, type Value } from './values.ts';

/** The whole text on standard error. */
export function* traceback(python: Interpreter, raised: Raised, depth = 0): Steps<string> {
  const { value } = raised;
  let text = '';
  const cause = value.attributes?.get('__cause__') ?? null;
  const context = value.attributes?.get('__context__') ?? null;
  const earlier = cause instanceof Instance ? cause : value.attributes?.has('__cause__') ? null : context;
  if (earlier instanceof Instance && depth < 10) {
    const before = python.levels.get(earlier) ?? new Raised(earlier);
    text += yield* traceback(python, before, depth + 1);
    text +=
      cause instanceof Instance
        ? '\nThe above exception was the direct cause of the following exception:\n\n'
        : '\nDuring handling of the above exception, another exception occurred:\n\n';
  }
  if (raised.levels.length > 0) {
    text += 'Traceback (most recent call last):\n';
    text += levels(python, [...raised.levels].reverse());
  }
  return text + (yield* lastLine(python, value));
}

function levels(python: Interpreter, all: Level[]): string {
  let text = '';
  const files = new Map<string, string[] | undefined>();
  let repeated = 0;
  let before = '';
  for (const level of all) {
    if (level.verbatim !== undefined) {
      text += level.verbatim;
      continue;
    }
    const key = `${level.file}\0${level.line}\0${level.name}`;
    if (key === before) {
      if (++repeated >= 3) continue;
    } else {
      text += more(repeated);
      repeated = 0;
    }
    before = key;
    text += `  File "${level.file}", line ${level.line}, in ${level.name}\n`;
    if (level.file.startsWith('<')) continue;
    if (!files.has(level.file)) files.set(level.file, python.readSource(level.file)?.split(/\r?\n/));
    const line = files.get(level.file)?.[level.line - 1];
    if (line === undefined) continue;
    text += `    ${line.trim()}\n${underline(line, level)}`;
  }
  return text + more(repeated);
}

const more = (repeated: number) =>
  repeated < 3 ? '' : `  [Previous line repeated ${repeated - 2} more time${repeated === 3 ? '' : 's'}]\n`;

function underline(line: string, level: Level): string {
  if (!level.at || level.at[0] !== level.line) return '';
  const indent = line.length - line.trimStart().length;
  const text = line.trim();
  const from = level.at[1] - indent;
  const to = level.at[2] === level.at[0] ? level.at[3] - indent : text.length;
  if (from < 0 || to <= from || (from === 0 && to >= text.length)) {
    if (!(level.anchor && from === 0 && to === text.length)) return '';
  }
  let marks = '';
  for (let i = from; i < Math.min(to, text.length); i++) {
    const inside = !level.anchor || (i >= level.anchor[0] - indent && i < level.anchor[1] - indent);
    marks += inside ? '^' : '~';
  }
  return `    ${' '.repeat(from)}${marks}\n`;
}

/** `ValueError: text`, with the place for a SyntaxError. */
export function* lastLine(python: Interpreter, value: Instance): Steps<string> {
  let head = '';
  if (value.cls.is(exceptions.get('SyntaxError')!) && value.attributes?.has('lineno')) head = place(value);
  let text: string;
  try {
    text = yield* python.text(value.attributes?.get('msg') ?? value);
  } catch (error) {
    if (!(error instanceof Raised)) throw error;
    text = '<exception str() failed>';
  }
  const { cls } = value;
  const module = cls.module === 'builtins' || cls.module === '__main__' ? '' : `${cls.module}.`;
  const name = `${module}${cls.name}`;
  const hint = suggestion(python, value, text);
  return `${head}${text === '' ? name : `${name}: ${text}${hint}`}\n`;
}

function place(value: Instance): string {
  const get = (name: string): Value => value.attributes?.get(name) ?? null;
  let text = `  File "${get('filename')}", line ${get('lineno')}\n`;
  const line = get('text');
  if (typeof line !== 'string') return text;
  const shown = line.trimStart();
  const indent = line.length - shown.length;
  text += `    ${shown.replace(/\n$/, '')}\n`;
  const from = Number(get('offset')) - 1 - indent;
  let to = get('end_lineno') === get('lineno') ? Number(get('end_offset')) - 1 - indent : shown.trimEnd().length;
  if (from < 0 || from >= shown.length || get('msg') === 'unexpected indent') return text;
  if (to <= from) to = from + 1;
  return `${text}    ${' '.repeat(from)}${'^'.repeat(to - from)}\n`;
}

/** `. Did you mean: 'x'?` for a name or attribute that almost exists. */
function suggestion(python: Interpreter, value: Instance, text: string): string {
  const name = /^name '([^']+)' is not defined$/.exec(text)?.[1];
  let candidates: string[] = [];
  let wanted = name;
  if (name !== undefined && value.cls === exceptions.get('NameError')) {
    const frame = value.attributes?.get(' names');
    candidates = [...python.main.attributes.keys(), ...python.builtins.keys()];
    if (typeof frame === 'string') candidates.push(...frame.split(' '));
  } else if (value.cls === exceptions.get('AttributeError')) {
    const object = value.attributes?.get('obj');
    const missing = value.attributes?.get('name');
    if (object !== undefined && typeof missing === 'string') {
      wanted = missing;
      candidates = python.attributeNames(object);
    }
  }
  if (wanted === undefined) return '';
  const best = closest(wanted, candidates);
  return best === undefined ? '' : `. Did you mean: '${best}'?`;
}

/** CPython's choice: edit distance with cheap changes of case, at most a third of both lengths. */
function closest(wanted: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates.slice(0, 750)) {
    if (candidate === wanted) continue;
    const most = Math.min(Math.floor(((wanted.length + candidate.length + 3) * 2) / 6), least - 1);
    const d = distance(wanted, candidate, most);
    if (d <= most && d < least) {
      least = d;
      best = candidate;
    }
  }
  return best;
}

function distance(a: string, b: string, most: number): number {
  if (a.length > 40 || b.length > 40 || Math.abs(a.length - b.length) * 2 > most) return most + 1;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i * 2);
  for (let i = 1; i <= a.length; i++) {
    const next = [i * 2];
    for (let j = 1; j <= b.length; j++) {
      const [x, y] = [a[i - 1]!, b[j - 1]!];
      const change = x === y ? 0 : x.toLowerCase() === y.toLowerCase() ? 1 : 2;
      next[j] = Math.min(row[j]! + 2, next[j - 1]! + 2, row[j - 1]! + change);
    }
    row = next;
  }
  return row[b.length]!;
}
