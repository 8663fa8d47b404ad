// The functions of readline's vi mode: movement, operators with a movement, and the way into and out of inserting.
import type { Bytes } from '../../machine/machine.ts';
import type { EditorFunction } from './commands.ts';
import type { LineEditor } from './editor.ts';

const MOST_REPEATED = 16 << 10;

type Kind = 'blank' | 'word' | 'other';
const kindOf = (character: Bytes | undefined, big: boolean): Kind =>
  character === undefined || /^\s$/.test(character)
    ? 'blank'
    : big || /^[A-Za-z0-9_]$/.test(character) || character.length > 1
      ? 'word'
      : 'other';

function nextWord(line: readonly Bytes[], from: number, big: boolean): number {
  let at = from;
  const kind = kindOf(line[at], big);
  while (at < line.length && kind !== 'blank' && kindOf(line[at], big) === kind) at++;
  while (at < line.length && kindOf(line[at], big) === 'blank') at++;
  return at;
}

function previousWord(line: readonly Bytes[], from: number, big: boolean): number {
  let at = from;
  while (at > 0 && kindOf(line[at - 1], big) === 'blank') at--;
  const kind = kindOf(line[at - 1], big);
  while (at > 0 && kindOf(line[at - 1], big) === kind) at--;
  return at;
}

function endOfWord(line: readonly Bytes[], from: number, big: boolean): number {
  let at = from + 1;
  while (at < line.length && kindOf(line[at], big) === 'blank') at++;
  const kind = kindOf(line[at], big);
  while (at + 1 < line.length && kindOf(line[at + 1], big) === kind) at++;
  return Math.min(at, Math.max(0, line.length - 1));
}

const times = (count: number, move: () => void): void => {
  for (let n = Math.min(Math.max(1, Math.abs(count)), MOST_REPEATED); n > 0; n--) move();
};

/** The character a command works on is never behind the last one. */
function inside(editor: LineEditor): void {
  if (editor.map === 'vi-command' && editor.line.length > 0 && editor.point >= editor.line.length)
    editor.point = editor.line.length - 1;
}

const found = new WeakMap<LineEditor, { key: Bytes; wanted: Bytes }>();

async function characterSearch(editor: LineEditor, count: number, key: Bytes): Promise<number> {
  const again = key === ';' || key === ',';
  const last = found.get(editor);
  const wanted = again ? last?.wanted : await editor.key();
  if (!wanted) return -1;
  let command = again ? last!.key : key;
  if (!again) found.set(editor, { key, wanted });
  if (key === ',') command = /[a-z]/.test(command) ? command.toUpperCase() : command.toLowerCase();
  let at = editor.point;
  const back = command === 'F' || command === 'T';
  times(count, () => {
    if (at < 0) return;
    at = back ? (at === 0 ? -1 : editor.line.lastIndexOf(wanted, at - 1)) : editor.line.indexOf(wanted, at + 1);
  });
  if (at < 0) return -1;
  return command === 't' ? at - 1 : command === 'T' ? at + 1 : at;
}

/** Where a movement after an operator leads; undefined: no movement. */
async function movement(
  editor: LineEditor,
  key: Bytes,
  operator: Bytes,
  count: number,
): Promise<[number, number] | undefined> {
  const { line, point } = editor;
  const to = (target: number): [number, number] => [Math.min(point, target), Math.max(point, target)];
  let at = point;
  const big = key === 'W' || key === 'B' || key === 'E';
  switch (key) {
    case operator:
      return [0, line.length];
    case '0':
      return to(0);
    case '^':
      return to(
        Math.max(
          0,
          line.findIndex((c) => !/^\s$/.test(c)),
        ),
      );
    case '$':
      return to(line.length);
    case 'h':
      return to(Math.max(0, point - Math.max(1, count)));
    case 'l':
    case ' ':
      return to(Math.min(line.length, point + Math.max(1, count)));
    case 'w':
    case 'W':
      // cw changes to the end of the word.
      if (operator === 'c' && kindOf(line[at], big) !== 'blank') {
        times(count, () => (at = endOfWord(line, at - 1 < point ? at - 1 : at, big)));
        return to(at + 1);
      }
      times(count, () => (at = nextWord(line, at, big)));
      return to(at);
    case 'b':
    case 'B':
      times(count, () => (at = previousWord(line, at, big)));
      return to(at);
    case 'e':
    case 'E':
      times(count, () => (at = endOfWord(line, at, big)));
      return to(Math.min(line.length, at + 1));
    case 'f':
    case 't':
    case 'F':
    case 'T':
    case ';':
    case ',': {
      const target = await characterSearch(editor, count, key);
      if (target < 0) return undefined;
      return target >= point ? to(target + 1) : to(target);
    }
  }
  return undefined;
}

const operator =
  (name: Bytes): EditorFunction =>
  async (editor, count, key) => {
    let range: [number, number] | undefined;
    if (key === key.toUpperCase())
      range = key === 'Y' || key === 'S' ? [0, editor.line.length] : [editor.point, editor.line.length];
    else {
      let next = await editor.key();
      let digits = '';
      while (/^[1-9]$/.test(next) || (digits !== '' && next === '0')) {
        if (digits.length < 5) digits += next;
        next = await editor.key();
      }
      range = await movement(editor, next, name, digits === '' ? count : Number(digits));
    }
    if (!range) return editor.ding();
    const [from, to] = range;
    if (name === 'y') {
      editor.kills.push(editor.line.slice(from, to));
      editor.killIndex = editor.kills.length - 1;
      return;
    }
    editor.killed = 0;
    if (from !== to) editor.kill(from, to);
    editor.point = from;
    if (name === 'c') editor.map = 'vi-insert';
    inside(editor);
  };

const insertAt =
  (place: (editor: LineEditor) => number): EditorFunction =>
  (editor) => {
    editor.point = place(editor);
    editor.map = 'vi-insert';
  };

const move =
  (to: (line: readonly Bytes[], from: number, big: boolean) => number): EditorFunction =>
  (editor, count, key) => {
    const big = key === key.toUpperCase();
    times(count, () => (editor.point = to(editor.line, editor.point, big)));
    inside(editor);
  };

export const viFunctions: Readonly<Record<string, EditorFunction>> = {
  'vi-movement-mode': (editor) => {
    if (editor.point > 0) editor.point--;
    editor.map = 'vi-command';
  },
  'vi-nothing': () => {},
  'vi-insertion-mode': insertAt((editor) => editor.point),
  'vi-append-mode': insertAt((editor) => Math.min(editor.line.length, editor.point + 1)),
  'vi-append-eol': insertAt((editor) => editor.line.length),
  'vi-insert-beg': insertAt(() => 0),
  'vi-first-print': (editor) => {
    editor.point = Math.max(
      0,
      editor.line.findIndex((c) => !/^\s$/.test(c)),
    );
  },
  'vi-next-word': move(nextWord),
  'vi-prev-word': move(previousWord),
  'vi-end-word': move(endOfWord),
  'vi-char-search': async (editor, count, key) => {
    const target = await characterSearch(editor, count, key);
    if (target < 0) editor.ding();
    else editor.point = target;
  },
  'vi-delete-to': operator('d'),
  'vi-change-to': operator('c'),
  'vi-yank-to': operator('y'),
  'vi-subst': (editor, count, key) => {
    const whole = key === 'S';
    editor.kill(
      whole ? 0 : editor.point,
      whole ? editor.line.length : Math.min(editor.line.length, editor.point + Math.max(1, count)),
    );
    if (whole) editor.point = 0;
    editor.map = 'vi-insert';
  },
  'vi-delete': (editor, count) => {
    if (editor.line.length === 0) return editor.ding();
    editor.killed = 0;
    editor.kill(editor.point, Math.min(editor.line.length, editor.point + Math.max(1, count)));
    inside(editor);
  },
  'vi-rubout': (editor, count) => {
    if (editor.point === 0) return editor.ding();
    editor.killed = 0;
    editor.kill(Math.max(0, editor.point - Math.max(1, count)), editor.point);
  },
  'vi-put': (editor, _count, key) => {
    const text = editor.kills[editor.killIndex];
    if (!text) return editor.ding();
    if (key === 'p' && editor.line.length > 0) editor.point = Math.min(editor.line.length, editor.point + 1);
    editor.insert(text);
    editor.point--;
  },
  'vi-change-char': async (editor) => {
    const key = await editor.key();
    if (key === '\x1b' || key === '' || editor.line.length === 0) return;
    const { point } = editor;
    editor.together(() => {
      editor.remove(point, point + 1);
      editor.point = point;
      editor.insert([key]);
    });
    editor.point = point;
  },
  'vi-change-case': (editor, count) => {
    times(count, () => {
      const character = editor.line[editor.point];
      if (character === undefined) return;
      const { point } = editor;
      editor.together(() => {
        editor.remove(point, point + 1);
        editor.point = point;
        editor.insert([/[a-z]/.test(character) ? character.toUpperCase() : character.toLowerCase()]);
      });
    });
    inside(editor);
  },
  'vi-undo': (editor) => {
    if (!editor.undo()) editor.ding();
    inside(editor);
  },
  'vi-unix-word-rubout': (editor) => {
    if (editor.point === 0) return editor.ding();
    editor.kill(editor.point, previousWord(editor.line, editor.point, false));
  },
  'vi-eof-maybe': (editor) => {
    editor.done = true;
    if (editor.echoing) editor.display.end();
  },
  'vi-fetch-history': (editor, count) => {
    const last = editor.context.history.length - 1;
    if (last >= 0) editor.goTo(editor.explicit ? Math.max(0, Math.min(last, count - 1)) : last);
  },
  'vi-arg-digit': async (editor, _count, key) => {
    let next = key;
    let digits = '';
    while (/^[0-9]$/.test(next)) {
      if (digits.length < 6) digits += next;
      next = await editor.key();
    }
    if (next === '') return;
    editor.explicit = true;
    editor.argument = Number(digits);
    return editor.dispatch(next);
  },
};
