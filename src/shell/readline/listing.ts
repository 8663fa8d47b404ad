// Completion at the cursor: the common part of the candidates is inserted, or they are listed in columns, a screen at a time.
import type { Bytes } from '../../machine/machine.ts';
import { owe } from '../../machine/work.ts';
import type { Completion, LineEditor } from './editor.ts';
import { columnsOf } from './width.ts';

/** completion-query-items */
const ASK_FROM = 100;

export async function complete(
  editor: LineEditor,
  how: 'insert' | 'list' | 'all',
  kind?: 'files' | 'commands' | 'variables' | 'users',
): Promise<void> {
  const before = editor.line.join('');
  const completion = editor.context.complete(editor.line, editor.point, kind);
  const candidates = [...new Set(completion.candidates)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  owe(20 + (candidates.length >> 2));
  editor.completionChanged = false;
  if (candidates.length === 0) return editor.ding();
  const put = (text: Bytes) =>
    editor.together(() => {
      editor.remove(completion.start, editor.point);
      editor.point = completion.start;
      editor.insert(editor.split(text));
    });
  if (how === 'all') {
    put(candidates.map((candidate) => `${completion.quoted(candidate, true)} `).join(''));
  } else if (how === 'list') await list(editor, completion, candidates);
  else if (candidates.length > 1) {
    const common = commonStart(editor, candidates);
    if (common !== '') put(completion.quoted(common, false));
    editor.ding();
  } else {
    const [only] = candidates as [Bytes];
    const folder = completion.files && completion.directory(only);
    put(completion.quoted(only, !folder));
    if (folder) {
      if (editor.line[editor.point] !== '/' && editor.line[editor.point - 1] !== '/') editor.insert(['/']);
    } else if (editor.point === editor.line.length && !completion.bare) editor.insert([' ']);
  }
  editor.completionChanged = editor.line.join('') !== before;
}

function commonStart(editor: LineEditor, candidates: readonly Bytes[]): Bytes {
  let common = editor.split(candidates[0]!);
  for (const candidate of candidates) {
    const other = editor.split(candidate);
    let length = 0;
    while (length < common.length && common[length] === other[length]) length++;
    common = common.slice(0, length);
  }
  return common.join('');
}

const widthOf = (editor: LineEditor, text: Bytes): number => {
  let columns = 0;
  for (const c of editor.split(text)) columns += c < ' ' || c === '\x7f' ? 2 : columnsOf(c);
  return columns;
};
const visible = (text: Bytes): Bytes =>
  text.replace(/[\0-\x1f\x7f]/g, (c) => (c === '\x7f' ? '^?' : `^${String.fromCharCode(c.charCodeAt(0) ^ 64)}`));

async function list(editor: LineEditor, completion: Completion, candidates: readonly Bytes[]): Promise<void> {
  const { display } = editor;
  const names = candidates.map((candidate) => (completion.files ? candidate.replace(/^.*\/(?=[^/])/s, '') : candidate));
  display.below();
  if (names.length >= ASK_FROM) {
    display.put(`Display all ${names.length} possibilities? (y or n)`);
    if (!(await confirmed(editor, false))) {
      display.put('\n');
      return editor.redraw('here');
    }
    display.put('\n');
  }
  const widths = names.map((name) => widthOf(editor, name));
  const columns = Math.min(display.columns, Number(editor.context.variable('COLUMNS')) || display.columns);
  const cell = widths.reduce((most, width) => Math.max(most, width), 0) + 2;
  let perRow = Math.floor(columns / cell);
  if (perRow !== 1 && perRow * cell === columns) perRow--;
  perRow = Math.max(1, perRow);
  const rows = Math.ceil(names.length / perRow);
  let shown = 0;
  for (let row = 0; row < rows; row++) {
    let text = '';
    for (let column = 0; column < perRow; column++) {
      const at = column * rows + row;
      const name = names[at];
      if (name === undefined) break;
      const folder = completion.files && completion.directory(candidates[at]!);
      text += visible(name) + (folder ? '/' : '');
      if (column + 1 < perRow) text += ' '.repeat(Math.max(1, cell - widths[at]! - (folder ? 1 : 0)));
    }
    display.put(`${text}\n`);
    owe(perRow >> 1);
    if (++shown >= display.lines - 1 && row + 1 < rows) {
      display.put('--More--');
      const answer = await confirmed(editor, true);
      display.eraseLine();
      if (!answer) break;
      shown = answer === 'line' ? shown - 1 : 0;
    }
  }
  editor.redraw('here');
}

async function confirmed(editor: LineEditor, pages: boolean): Promise<boolean | 'line'> {
  for (;;) {
    const key = await editor.key();
    if (/^[yY ]$/.test(key)) return true;
    if (/^[nN\x7f\x07]?$/.test(key) || (pages && /^[qQ]$/.test(key))) return false;
    if (pages && /^[\r\n]$/.test(key)) return 'line';
    editor.ding();
  }
}
