// Searching the history from within a line: key by key (isearch), or for what stands before the cursor.
import type { Bytes } from '../../machine/machine.ts';
import { owe } from '../../machine/work.ts';
import type { LineEditor } from './editor.ts';
import { wordEnd } from './words.ts';

/** Longest text that is searched for. */
const LONGEST = 1024;

/** C-r and C-s: shows the nearest line with what is typed, until a key that is no part of it. */
export async function incrementalSearch(editor: LineEditor, direction: 1 | -1): Promise<void> {
  const lines = editor.lines();
  const origin = { place: editor.place, point: editor.point, line: editor.line };
  if (editor.place < editor.context.history.length) lines[editor.place] = editor.line.join('');
  let reverse = direction < 0;
  let wanted = '';
  let place = Math.min(origin.place, lines.length - 1);
  let found = place;
  let foundLine: Bytes | undefined;
  let line = editor.line.join('');
  let index = editor.line.slice(0, editor.point).join('').length;
  const put = (text: Bytes, at: number) => {
    editor.line = editor.split(text);
    editor.point = Math.max(0, Math.min(editor.line.length, editor.split(text.slice(0, Math.max(0, at))).length));
  };
  const show = (failed: boolean) => {
    if (wanted === '') editor.display.quick();
    editor.display.message(`(${failed ? 'failed ' : ''}${reverse ? 'reverse-' : ''}i-search)\`${wanted}': `);
    editor.redisplay();
  };
  editor.marked = false;
  show(false);
  for (;;) {
    const key = await editor.key();
    if (key === '\x07') {
      editor.line = origin.line;
      editor.point = origin.point;
      editor.marked = false;
      editor.display.message(undefined);
      editor.redisplay();
      return;
    }
    const bound = editor.settings.maps[editor.map].get(key);
    if (bound === 'reverse-search-history' || bound === 'forward-search-history') {
      if ((bound === 'reverse-search-history') === reverse) {
        if (wanted === '') {
          if (editor.lastSearch === '') continue;
          wanted = editor.lastSearch;
          show(false);
        } else if (reverse) index--;
        else if (index < line.length) index++;
        else editor.ding();
      } else reverse = !reverse;
    } else if (key === '\x7f' || key === '\b') {
      if (wanted !== '') wanted = editor.split(wanted).slice(0, -1).join('');
      if (wanted === '') editor.ding();
    } else if (bound === 'unix-word-rubout' || bound === 'yank') {
      const from = editor.point + editor.split(wanted).length;
      const to = bound === 'yank' ? editor.line.length : wordEnd(editor.line, from);
      if (from >= editor.line.length) editor.ding();
      else wanted += editor.line.slice(from, to).join('');
    } else if (key === '' || key < ' ') {
      if (key === '\x1b' ? editor.queued : key !== '\n' && key !== '') editor.push(key);
      break;
    } else {
      let character = key;
      if (editor.multibyte && key >= '\xc2')
        for (let more = key < '\xe0' ? 1 : key < '\xf0' ? 2 : 3; more > 0; more--) character += await editor.key();
      if (wanted.length < LONGEST) wanted += character;
    }
    let hit = false;
    let failed = wanted === '';
    while (!failed) {
      owe(1 + (line.length >> 8));
      const at = reverse ? (index < 0 ? -1 : line.lastIndexOf(wanted, index)) : line.indexOf(wanted, index);
      if (at >= 0) {
        index = at;
        hit = true;
        break;
      }
      if (reverse) index = Math.min(index, 0);
      do {
        place += reverse ? -1 : 1;
        if (place < 0 || place >= lines.length) {
          failed = true;
          break;
        }
        line = lines[place]!;
      } while (line === foundLine || wanted.length > line.length);
      if (!failed) index = reverse ? line.length - wanted.length : 0;
    }
    if (failed) {
      index = Math.max(0, index);
      editor.ding();
      place = found;
      editor.marked = false;
    } else if (hit) {
      foundLine = line;
      found = place;
      put(line, index);
      editor.marked = true;
      editor.mark = editor.point + editor.split(wanted).length;
    }
    show(failed);
  }
  // Goes to the line that was found, the cursor on the match.
  editor.lastSearch = wanted;
  editor.line = origin.line;
  editor.point = origin.point;
  if (found !== origin.place) editor.goTo(found);
  put(editor.line.join(''), index);
  editor.marked = false;
  editor.display.message(undefined);
  editor.redisplay();
}

/** The nearest line of the history that begins as this one does; the empty beginning goes line by line. */
export function search(editor: LineEditor, direction: 1 | -1, prefix: Bytes): void {
  const { history } = editor.context;
  const { length } = history;
  const { point } = editor;
  const now = editor.line.join('');
  for (let place = editor.place + direction; place >= 0 && place <= length; place += direction) {
    if (place === length) {
      if (prefix !== '' || editor.place === length) break;
      return editor.goTo(place);
    }
    if (!history[place]!.startsWith(prefix) || (prefix !== '' && history[place] === now)) continue;
    editor.goTo(place);
    if (prefix !== '') editor.point = point;
    return;
  }
  editor.ding();
}
