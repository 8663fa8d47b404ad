// Patches as diff writes them (unified, context and normal), read into hunks of one shape.
import type { Bytes } from '../../machine/machine.ts';

export interface Hunk {
  oldStart: number;
  oldCount: number;
  newStart: number;
  newCount: number;
  /** As in a unified diff: each begins with a blank, `-` or `+`. */
  lines: Bytes[];
  /** The last line of the old or new text has no end. */
  oldEndless: boolean;
  newEndless: boolean;
}

export interface FilePatch {
  oldName?: Bytes;
  newName?: Bytes;
  /** Of an `Index:` line. */
  index?: Bytes;
  /** Whole lines behind `---` and `+++`. */
  oldHeader?: Bytes;
  newHeader?: Bytes;
  creates: boolean;
  deletes: boolean;
  /** The first line of its hunks, from one; and the lines before it. */
  line: number;
  leading: Bytes[];
  hunks: Hunk[];
}

/** The name in a header line, without its time. */
const nameIn = (header: Bytes): Bytes => header.replace(/\t.*$/, '').replace(/ +$/, '');

/** Reads all patches of a text; what lies between them is passed over. */
export function parsePatch(text: Bytes): FilePatch[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const patches: FilePatch[] = [];
  let index: Bytes | undefined;
  let begun = 0;
  for (let at = 0; at < lines.length; ) {
    const line = lines[at]!;
    const next = lines[at + 1] ?? '';
    if (line.startsWith('Index: ')) index = line.slice(7).trim();
    const unified = line.startsWith('--- ') && next.startsWith('+++ ');
    const context = line.startsWith('*** ') && next.startsWith('--- ') && /^\*{15}/.test(lines[at + 2] ?? '');
    const bare = /^@@ -\d/.test(line);
    const normal = /^\d+(?:,\d+)?[acd]\d+(?:,\d+)?$/.test(line) && /^[<>] /.test(next);
    if (!unified && !context && !bare && !normal) {
      at++;
      continue;
    }
    const headed = unified || context;
    const patch: FilePatch = {
      creates: false,
      deletes: false,
      line: at + (headed ? 3 : 1),
      leading: lines.slice(begun, at + (headed ? 2 : 0)),
      hunks: [],
      ...(index === undefined ? {} : { index }),
      ...(headed
        ? {
            oldHeader: line.slice(4),
            newHeader: next.slice(4),
            oldName: nameIn(line.slice(4)),
            newName: nameIn(next.slice(4)),
          }
        : {}),
    };
    if (headed) at += 2;
    const read = context ? contextHunk : normal ? normalHunk : unifiedHunk;
    for (let found: { hunk: Hunk; at: number } | undefined; (found = read(lines, at)); at = found.at)
      patch.hunks.push(found.hunk);
    if (patch.hunks.length === 0) {
      at++;
      continue;
    }
    const [first] = patch.hunks;
    const epoch = (header: Bytes | undefined) => /\t1970-01-01 0|\t1969-12-31 /.test(header ?? '');
    patch.creates =
      patch.hunks.length === 1 &&
      first!.oldCount === 0 &&
      first!.oldStart === 0 &&
      (patch.oldName === '/dev/null' || epoch(patch.oldHeader) || patch.oldName === undefined);
    patch.deletes =
      patch.hunks.length === 1 &&
      first!.newCount === 0 &&
      first!.newStart === 0 &&
      (patch.newName === '/dev/null' || epoch(patch.newHeader));
    patches.push(patch);
    index = undefined;
    begun = at;
  }
  return patches;
}

const endless = (line: Bytes | undefined): boolean => line !== undefined && line.startsWith('\\ ');

function unifiedHunk(lines: readonly Bytes[], start: number): { hunk: Hunk; at: number } | undefined {
  const match = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(lines[start] ?? '');
  if (!match) return undefined;
  const hunk: Hunk = {
    oldStart: Number(match[1]),
    oldCount: Number(match[2] ?? 1),
    newStart: Number(match[3]),
    newCount: Number(match[4] ?? 1),
    lines: [],
    oldEndless: false,
    newEndless: false,
  };
  let [old, fresh] = [hunk.oldCount, hunk.newCount];
  let at = start + 1;
  while (at < lines.length && (old > 0 || fresh > 0 || endless(lines[at]))) {
    const line = lines[at++]!;
    if (endless(line)) {
      const kind = hunk.lines.at(-1)?.[0];
      if (kind !== '+') hunk.oldEndless = true;
      if (kind !== '-') hunk.newEndless = true;
      continue;
    }
    const whole = line === '' ? ' ' : line;
    if (!' -+'.includes(whole[0]!)) break;
    if (whole[0] !== '+') old--;
    if (whole[0] !== '-') fresh--;
    hunk.lines.push(whole);
  }
  return { hunk, at };
}

function contextHunk(lines: readonly Bytes[], start: number): { hunk: Hunk; at: number } | undefined {
  if (!/^\*{15}/.test(lines[start] ?? '')) return undefined;
  const first = /^\*\*\* (\d+)(?:,(\d+))? \*\*\*\*/.exec(lines[start + 1] ?? '');
  if (!first) return undefined;
  let at = start + 2;
  const old: Bytes[] = [];
  const fresh: Bytes[] = [];
  let [oldEndless, newEndless] = [false, false];
  for (; at < lines.length && /^(?:[ \-!] |\\ )/.test(lines[at]!) && !lines[at]!.startsWith('--- '); at++)
    if (endless(lines[at])) oldEndless = true;
    else old.push(lines[at]!);
  const second = /^--- (\d+)(?:,(\d+))? ----/.exec(lines[at] ?? '');
  if (!second) return undefined;
  for (at++; at < lines.length && /^(?:[ +!] |\\ )/.test(lines[at]!); at++)
    if (endless(lines[at])) newEndless = true;
    else fresh.push(lines[at]!);
  // A side without changes is left out: it is the other's context.
  if (old.length === 0) old.push(...fresh.filter((line) => line[0] === ' '));
  if (fresh.length === 0) fresh.push(...old.filter((line) => line[0] === ' '));
  if (!old.some((line) => line[0] !== ' ')) oldEndless ||= newEndless && fresh.at(-1)?.[0] === ' ';
  if (!fresh.some((line) => line[0] !== ' ')) newEndless ||= oldEndless && old.at(-1)?.[0] === ' ';
  const merged: Bytes[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < fresh.length) {
    const [a, b] = [old[i], fresh[j]];
    if (a !== undefined && a[0] !== ' ') merged.push(`-${old[i++]!.slice(2)}`);
    else if (b !== undefined && b[0] !== ' ') merged.push(`+${fresh[j++]!.slice(2)}`);
    else {
      merged.push(` ${(a ?? b)!.slice(2)}`);
      i++;
      j++;
    }
  }
  const count = (kind: string) => merged.filter((line) => line[0] !== kind).length;
  return {
    hunk: {
      oldStart: Number(first[1]),
      oldCount: count('+'),
      newStart: Number(second[1]),
      newCount: count('-'),
      lines: merged,
      oldEndless,
      newEndless,
    },
    at,
  };
}

function normalHunk(lines: readonly Bytes[], start: number): { hunk: Hunk; at: number } | undefined {
  const match = /^(\d+)(?:,(\d+))?([acd])(\d+)(?:,(\d+))?$/.exec(lines[start] ?? '');
  if (!match) return undefined;
  const [, from, , kind, to] = match;
  const hunk: Hunk = {
    oldStart: Number(from),
    oldCount: 0,
    newStart: Number(to),
    newCount: 0,
    lines: [],
    oldEndless: false,
    newEndless: false,
  };
  let at = start + 1;
  for (; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.startsWith('< ')) {
      hunk.lines.push(`-${line.slice(2)}`);
      hunk.oldCount++;
    } else if (line.startsWith('> ')) {
      hunk.lines.push(`+${line.slice(2)}`);
      hunk.newCount++;
    } else if (endless(line)) {
      if (hunk.lines.at(-1)?.[0] === '-') hunk.oldEndless = true;
      else hunk.newEndless = true;
    } else if (line !== '---' || kind !== 'c') break;
  }
  return { hunk, at };
}

/** The patch that takes another back. */
export function reversed(patch: FilePatch): FilePatch {
  const flip: Record<string, string> = { '-': '+', '+': '-', ' ': ' ' };
  const result: FilePatch = {
    ...patch,
    creates: patch.deletes,
    deletes: patch.creates,
    hunks: patch.hunks.map((hunk) => ({
      oldStart: hunk.newStart,
      oldCount: hunk.newCount,
      newStart: hunk.oldStart,
      newCount: hunk.oldCount,
      lines: hunk.lines.map((line) => flip[line[0]!] + line.slice(1)),
      oldEndless: hunk.newEndless,
      newEndless: hunk.oldEndless,
    })),
  };
  if (patch.newName !== undefined) result.oldName = patch.newName;
  if (patch.oldName !== undefined) result.newName = patch.oldName;
  return result;
}
