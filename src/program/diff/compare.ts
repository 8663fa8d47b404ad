// Which lines two files have in common: Myers' greedy algorithm, with boundaries moved as GNU diff moves them.
import type { Process } from '../../machine/machine.ts';

/** A run of lines that changed: `[from, to)` in each file, from 0. */
export interface Change {
  a: [from: number, to: number];
  b: [from: number, to: number];
}

/** Beyond so many differences the middle is one change: the work is quadratic in them. */
const MOST_DIFFERENCES = 3000;

/** The changes from `a` to `b`, whose elements are equal where the lines are. */
export async function compareLines(process: Process, a: readonly number[], b: readonly number[]): Promise<Change[]> {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let endA = a.length;
  let endB = b.length;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--;
    endB--;
  }
  const removed = new Uint8Array(a.length + 1);
  const added = new Uint8Array(b.length + 1);
  const path = await shortestEdit(process, a.slice(start, endA), b.slice(start, endB));
  if (path) {
    for (const x of path.removed) removed[start + x] = 1;
    for (const y of path.added) added[start + y] = 1;
  } else {
    removed.fill(1, start, endA);
    added.fill(1, start, endB);
  }
  shiftBoundaries(a, removed, added);
  shiftBoundaries(b, added, removed);
  const changes: Change[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (!removed[i] && !added[j]) {
      i++;
      j++;
      continue;
    }
    const [i0, j0] = [i, j];
    while (i < a.length && removed[i]) i++;
    while (j < b.length && added[j]) j++;
    changes.push({ a: [i0, i], b: [j0, j] });
  }
  return changes;
}

/** Myers, An O(ND) Difference Algorithm: which elements go and which come; undefined beyond the most differences. */
async function shortestEdit(
  process: Process,
  a: readonly number[],
  b: readonly number[],
): Promise<{ removed: number[]; added: number[] } | undefined> {
  const [n, m] = [a.length, b.length];
  const most = Math.min(n + m, MOST_DIFFERENCES);
  const trace: Int32Array[] = [];
  let v = new Int32Array(3);
  let found = -1;
  for (let d = 0; d <= most && found < 0; d++) {
    const next = new Int32Array(2 * d + 3);
    for (let k = -d; k <= d; k += 2) {
      // v holds diagonals -(d-1)…d-1 at index k + d - 1 (+1).
      const down = k === -d || (k !== d && at(v, d - 1, k - 1) < at(v, d - 1, k + 1));
      let x = d === 0 ? 0 : down ? at(v, d - 1, k + 1) : at(v, d - 1, k - 1) + 1;
      let y = x - k;
      while (x < n && y < m && a[x] === b[y]) {
        x++;
        y++;
      }
      next[k + d + 1] = x;
      if (x >= n && y >= m) found = d;
    }
    trace.push(next);
    v = next;
    const turn = process.step(d);
    if (turn) await turn;
  }
  if (found < 0) return undefined;
  const removed: number[] = [];
  const added: number[] = [];
  let x = n;
  let y = m;
  for (let d = found; d > 0; d--) {
    const before = trace[d - 1]!;
    const k = x - y;
    const down = k === -d || (k !== d && at(before, d - 1, k - 1) < at(before, d - 1, k + 1));
    const previous = down ? k + 1 : k - 1;
    const px = at(before, d - 1, previous);
    const py = px - previous;
    if (down) added.push(py);
    else removed.push(px);
    x = px;
    y = py;
  }
  return { removed, added };
}

const at = (v: Int32Array, d: number, k: number) => (k < -d || k > d ? -1 : v[k + d + 1]!);

/** GNU's shift_boundaries: a run of changes is joined with one before it and otherwise slides down as far as it can. */
function shiftBoundaries(lines: readonly number[], changed: Uint8Array, other: Uint8Array): void {
  const end = lines.length;
  let i = 0;
  let j = 0;
  for (;;) {
    while (i < end && !changed[i]) {
      while (other[j++]);
      i++;
    }
    if (i === end) break;
    let start = i;
    while (changed[++i]);
    while (other[j]) j++;
    let runLength: number;
    let corresponding: number;
    do {
      runLength = i - start;
      while (start > 0 && lines[start - 1] === lines[i - 1]) {
        changed[--start] = 1;
        changed[--i] = 0;
        while (start > 0 && changed[start - 1]) start--;
        while (other[--j]);
      }
      corresponding = j > 0 && other[j - 1] ? i : end;
      while (i !== end && lines[start] === lines[i]) {
        changed[start++] = 0;
        changed[i++] = 1;
        while (changed[i]) i++;
        while (other[++j]) corresponding = i;
      }
    } while (runLength !== i - start);
    while (corresponding < i) {
      changed[--start] = 1;
      changed[--i] = 0;
      while (other[--j]);
    }
  }
}
