// The functions that keys are bound to, by readline's names: moving, changing, killing and yanking, history, completion.
import type { Bytes } from '../../machine/machine.ts';
import type { LineEditor } from './editor.ts';
import { complete } from './listing.ts';
import { incrementalSearch, search } from './search.ts';
import { viFunctions } from './vi.ts';
import { isWord, wordEnd, wordStart } from './words.ts';

export type EditorFunction = (editor: LineEditor, count: number, key: Bytes) => void | Promise<void>;

/** Largest numeric argument; repetitions beyond a line's length do nothing more. */
const MOST = 1_000_000;
const MOST_REPEATED = 16 << 10;

const decode = (character: Bytes): string => Buffer.from(character, 'latin1').toString('utf8');
const isBlank = (character: Bytes | undefined): boolean => character === ' ' || character === '\t';
const notBlank = (character: Bytes | undefined): boolean => character !== undefined && !/^[\s;&|<>()]$/.test(character);

function characterwise(editor: LineEditor, count: number): void {
  const wanted = editor.point + count;
  if (wanted < 0 || wanted > editor.line.length) editor.ding();
  editor.point = Math.max(0, Math.min(editor.line.length, wanted));
}

function wordwise(editor: LineEditor, count: number, inside = isWord): number {
  let at = editor.point;
  for (let n = Math.min(Math.abs(count), MOST_REPEATED); n > 0; n--)
    at = count > 0 ? wordEnd(editor.line, at, inside) : wordStart(editor.line, at, inside);
  return at;
}

function changeCase(editor: LineEditor, count: number, change: (word: string, at: number) => string): void {
  const end = wordwise(editor, count);
  const [from, to] = [Math.min(editor.point, end), Math.max(editor.point, end)];
  let inside = 0;
  const text = editor.line.slice(from, to).map((character) => {
    inside = isWord(character) ? inside + 1 : 0;
    return inside > 0 ? Buffer.from(change(decode(character), inside - 1), 'utf8').toString('latin1') : character;
  });
  editor.together(() => {
    editor.remove(from, to);
    editor.point = from;
    editor.insert(text);
  });
  editor.point = to;
}

function rubout(editor: LineEditor, count: number): void {
  if (count < 0) return forward(editor, -count);
  if (editor.point === 0) return editor.ding();
  if (count > 1 || editor.explicit) {
    const from = editor.point;
    editor.kill(from, Math.max(0, from - count));
  } else {
    const gone = editor.line[editor.point - 1]!;
    editor.remove(editor.point - 1, editor.point);
    if (
      !editor.multibyte &&
      editor.point === editor.line.length &&
      gone >= ' ' &&
      gone !== '\x7f' &&
      editor.display.column > 0
    )
      editor.display.eraseAtEnd(1);
  }
}

function forward(editor: LineEditor, count: number): void {
  if (count < 0) return rubout(editor, -count);
  if (editor.point >= editor.line.length) return editor.ding();
  if (count > 1 || editor.explicit) {
    const from = editor.point;
    editor.kill(from, Math.min(editor.line.length, from + count));
    editor.point = from;
  } else editor.remove(editor.point, editor.point + 1);
}

function yank(editor: LineEditor): void {
  const text = editor.kills[editor.killIndex];
  if (!text) return editor.ding();
  editor.mark = editor.point;
  editor.insert(text);
}

async function selfInsert(editor: LineEditor, count: number, key: Bytes): Promise<void> {
  const first = await character(editor, key);
  const times = Math.max(0, Math.min(count, MOST_REPEATED));
  if (times > 1) return editor.insert(new Array<Bytes>(times).fill(first));
  if (times === 0) return;
  // What waits already and inserts itself is shown in one go (rl_insert in text.c).
  const text = [first];
  while (editor.queued) {
    const next = await editor.key();
    if (next === '') break;
    if (!editor.inserts(next)) {
      editor.push(next);
      break;
    }
    text.push(await character(editor, next));
  }
  const one = text.every((c) => c.length === 1);
  if (one && text.length <= 20) for (const c of text) editor.insert([c]);
  else editor.insert(text);
}

/** The character that a byte begins. */
async function character(editor: LineEditor, first: Bytes): Promise<Bytes> {
  const code = first.charCodeAt(0);
  if (!editor.multibyte || code < 0xc2 || code > 0xf4) return first;
  let whole = first;
  for (let more = code < 0xe0 ? 1 : code < 0xf0 ? 2 : 3; more > 0; more--) {
    const next = await editor.key();
    if (next === '') break;
    if ((next.charCodeAt(0) & 0xc0) !== 0x80) {
      editor.push(whole.slice(1) + next);
      return first;
    }
    whole += next;
  }
  return whole;
}

function history(editor: LineEditor, count: number): void {
  const { length } = editor.context.history;
  if (length === 0 && count < 0) return;
  if (count < 0 && editor.place === 0) return editor.ding();
  if (count > 0 && editor.place >= length) return editor.ding();
  editor.goTo(Math.max(0, Math.min(length, editor.place + count)));
}

/** An argument of a history line: words as bash's history expansion sees them. */
export function argumentOf(line: Bytes, which: number | 'last'): Bytes | undefined {
  const words =
    line.match(
      /(?:[^\s"'`\\;&|<>()$]|\\.|"(?:[^"\\]|\\.)*"?|'[^']*'?|`[^`]*`?|\$\((?:[^()]|\([^()]*\))*\)?|\$)+|[<>]{1,3}&?|[;&|()]+/g,
    ) ?? [];
  if (which === 'last') return words.at(-1);
  return which < 0 ? words.at(which) : words[which];
}

function yankArgument(editor: LineEditor, which: number | 'last', skip: number): boolean {
  const line = editor.context.history[editor.place - 1 - skip];
  const text = line === undefined ? undefined : argumentOf(line, which);
  if (!text) {
    editor.ding();
    return false;
  }
  editor.together(() => {
    editor.mark = editor.point;
    editor.insert(editor.split(text));
  });
  return true;
}

/** M-1, M-- and what follows of a number; then the function it is for. */
async function digitArgument(editor: LineEditor, key: Bytes): Promise<void> {
  let minus = false;
  editor.push(key);
  for (;;) {
    editor.display.message(`(arg: ${editor.sign * editor.argument}) `);
    editor.redisplay();
    const next = await editor.key();
    if (/^[0-9]$/.test(next)) {
      editor.argument = editor.explicit ? editor.argument * 10 + Number(next) : Number(next);
      editor.explicit = true;
      if (editor.argument <= MOST) continue;
      editor.ding();
    } else if (next === '-' && !editor.explicit && !minus) {
      editor.argument = 1;
      editor.sign = -1;
      minus = true;
      continue;
    }
    if (minus && editor.argument === 1) editor.explicit = true;
    editor.display.message(undefined);
    editor.redisplay();
    if (next === '' || editor.argument > MOST) return;
    return editor.dispatch(next);
  }
}

async function characterSearch(editor: LineEditor, count: number): Promise<void> {
  const wanted = await character(editor, await editor.key());
  let at = editor.point;
  for (let n = Math.min(Math.abs(count), MOST_REPEATED); n > 0; n--) {
    at = count > 0 ? editor.line.indexOf(wanted, at + 1) : at === 0 ? -1 : editor.line.lastIndexOf(wanted, at - 1);
    if (at < 0) return editor.ding();
  }
  editor.point = at;
}

export const functions: Readonly<Record<string, EditorFunction>> = {
  'self-insert': selfInsert,
  'beginning-of-line': (editor) => void (editor.point = 0),
  'end-of-line': (editor) => void (editor.point = editor.line.length),
  'forward-char': (editor, count) => characterwise(editor, count),
  'backward-char': (editor, count) => characterwise(editor, -count),
  'forward-word': (editor, count) => void (editor.point = wordwise(editor, count)),
  'backward-word': (editor, count) => void (editor.point = wordwise(editor, -count)),
  'shell-forward-word': (editor, count) => void (editor.point = wordwise(editor, count, notBlank)),
  'shell-backward-word': (editor, count) => void (editor.point = wordwise(editor, -count, notBlank)),
  'clear-screen': (editor) => editor.redraw(editor.explicit ? 'refresh' : 'clear'),
  'clear-display': (editor) => editor.redraw('clear-scrolled'),
  'redraw-current-line': (editor) => editor.redraw('refresh'),
  'accept-line': (editor) => {
    if (editor.marked) {
      editor.marked = false;
      editor.redisplay();
    }
    editor.done = true;
    if (editor.echoing) editor.display.end();
  },
  'operate-and-get-next': (editor, count, key) => {
    editor.nextPlace = editor.place + 1;
    return functions['accept-line']!(editor, count, key);
  },
  'delete-char': forward,
  'backward-delete-char': rubout,
  'forward-backward-delete-char': (editor, count) =>
    editor.point >= editor.line.length ? rubout(editor, count) : forward(editor, count),
  'quoted-insert': async (editor, count) => {
    const { terminal } = editor.process;
    const isig = terminal?.settings.isig ?? false;
    if (terminal) terminal.settings = { ...terminal.settings, isig: false };
    const key = await editor.key().finally(() => {
      if (terminal) terminal.settings = { ...terminal.settings, isig };
    });
    if (key !== '')
      editor.insert(new Array<Bytes>(Math.max(0, Math.min(count, 1000))).fill(await character(editor, key)));
  },
  'tab-insert': (editor) => editor.insert(['\t']),
  'transpose-chars': (editor, count) => {
    if (editor.point === 0 || editor.line.length < 2) return editor.ding();
    editor.together(() => {
      const atEnd = editor.point === editor.line.length;
      const at = atEnd ? editor.point - 1 : editor.point;
      const [moved] = editor.line.slice(at - 1, at);
      editor.remove(at - 1, at);
      editor.point = Math.max(0, Math.min(editor.line.length, at - 1 + (atEnd ? 1 : count)));
      editor.insert([moved!]);
    });
  },
  'transpose-words': (editor, count) => {
    const origin = editor.point;
    const end = wordwise(editor, count);
    const start = wordStart(editor.line, end);
    let before = start;
    for (let n = Math.min(Math.abs(count), MOST_REPEATED); n > 0; n--) before = wordStart(editor.line, before);
    const beforeEnd = wordEnd(editor.line, before);
    if (before === start || start < beforeEnd) {
      editor.point = origin;
      return editor.ding();
    }
    const [one, two] = [editor.line.slice(before, beforeEnd), editor.line.slice(start, end)];
    editor.together(() => {
      editor.remove(start, end);
      editor.point = start;
      editor.insert(one);
      editor.remove(before, beforeEnd);
      editor.point = before;
      editor.insert(two);
    });
    editor.point = end;
  },
  'upcase-word': (editor, count) => changeCase(editor, count, (c) => c.toUpperCase()),
  'downcase-word': (editor, count) => changeCase(editor, count, (c) => c.toLowerCase()),
  'capitalize-word': (editor, count) =>
    changeCase(editor, count, (c, at) => (at === 0 ? c.toUpperCase() : c.toLowerCase())),
  'kill-line': (editor, count) => {
    if (count < 0) return functions['backward-kill-line']!(editor, 1, '');
    editor.kill(editor.point, editor.line.length);
  },
  'backward-kill-line': (editor) => {
    if (editor.point === 0) return editor.ding();
    editor.kill(editor.point, 0);
  },
  'unix-line-discard': (editor) => {
    if (editor.point === 0) return editor.ding();
    editor.kill(editor.point, 0);
  },
  'kill-whole-line': (editor) => editor.kill(editor.line.length, 0),
  'kill-word': (editor, count) => {
    const from = editor.point;
    editor.kill(from, wordwise(editor, count));
    editor.point = Math.min(from, editor.point);
  },
  'shell-kill-word': (editor, count) => editor.kill(editor.point, wordwise(editor, count, notBlank)),
  'backward-kill-word': (editor, count) => editor.kill(editor.point, wordwise(editor, -count)),
  'unix-word-rubout': (editor, count) => {
    if (editor.point === 0) return editor.ding();
    let at = editor.point;
    for (let n = Math.max(1, Math.min(count, MOST_REPEATED)); n > 0; n--) {
      while (at > 0 && isBlank(editor.line[at - 1])) at--;
      while (at > 0 && !isBlank(editor.line[at - 1])) at--;
    }
    editor.kill(editor.point, at);
  },
  'delete-horizontal-space': (editor) => {
    let from = editor.point;
    let to = editor.point;
    while (from > 0 && isBlank(editor.line[from - 1])) from--;
    while (isBlank(editor.line[to])) to++;
    editor.remove(from, to);
  },
  yank: (editor) => yank(editor),
  'yank-pop': (editor) => {
    const text = editor.kills[editor.killIndex];
    if (!text || !/^yank(-pop)?$/.test(editor.lastFunction)) return editor.ding();
    editor.remove(editor.point - text.length, editor.point);
    editor.killIndex = (editor.killIndex + editor.kills.length - 1) % editor.kills.length;
    yank(editor);
  },
  'yank-nth-arg': (editor, count) => void yankArgument(editor, editor.explicit ? count : 1, 0),
  'yank-last-arg': (editor, count) => {
    const state = editor.lastArgument;
    if (editor.lastFunction !== 'yank-last-arg')
      Object.assign(state, { skip: 0, explicit: editor.explicit, count, direction: 1 });
    else {
      if (state.undo) editor.undo();
      if (count < 0) state.direction = -state.direction;
      state.skip = Math.max(0, state.skip + state.direction);
    }
    state.undo = yankArgument(editor, state.explicit ? state.count : 'last', state.skip);
  },
  undo: (editor, count) => {
    for (let n = Math.min(count, MOST_REPEATED); n > 0; n--) if (!editor.undo()) return editor.ding();
  },
  'revert-line': (editor) => {
    if (!editor.changed) return editor.ding();
    while (editor.undo());
  },
  'previous-history': (editor, count) => history(editor, -count),
  'next-history': (editor, count) => history(editor, count),
  'beginning-of-history': (editor) => history(editor, -editor.place),
  'end-of-history': (editor) => {
    if (editor.place < editor.context.history.length) editor.goTo(editor.context.history.length);
  },
  'history-search-backward': (editor) => search(editor, -1, editor.line.slice(0, editor.point).join('')),
  'history-search-forward': (editor) => search(editor, 1, editor.line.slice(0, editor.point).join('')),
  'reverse-search-history': (editor) => incrementalSearch(editor, -1),
  'forward-search-history': (editor) => incrementalSearch(editor, 1),
  'digit-argument': (editor, _count, key) => digitArgument(editor, key),
  'set-mark': (editor) => void (editor.mark = editor.point),
  'exchange-point-and-mark': (editor) => {
    [editor.point, editor.mark] = [Math.min(editor.mark, editor.line.length), editor.point];
  },
  'character-search': (editor, count) => characterSearch(editor, count),
  'character-search-backward': (editor, count) => characterSearch(editor, -count),
  abort: (editor) => editor.ding(),
  complete: (editor) =>
    complete(editor, editor.lastFunction === 'complete' && !editor.completionChanged ? 'list' : 'insert'),
  'possible-completions': (editor) => complete(editor, 'list'),
  'insert-completions': (editor) => complete(editor, 'all'),
  'complete-filename': (editor) => complete(editor, 'insert', 'files'),
  'complete-command': (editor) => complete(editor, 'insert', 'commands'),
  'complete-variable': (editor) => complete(editor, 'insert', 'variables'),
  'complete-username': (editor) => complete(editor, 'insert', 'users'),
  'insert-comment': (editor, count, key) => {
    editor.point = 0;
    editor.insert(['#']);
    editor.redisplay();
    return functions['accept-line']!(editor, count, key);
  },
  'shell-expand-line': async (editor) => {
    const text = await editor.context.expand?.(editor.line.join(''));
    if (text === undefined) return;
    editor.together(() => {
      editor.remove(0, editor.line.length);
      editor.insert(editor.split(text));
    });
  },
  'history-expand-line': (editor, count, key) => functions['shell-expand-line']!(editor, count, key),
  'bracketed-paste-begin': async (editor) => {
    const text: Bytes[] = [];
    let end = '';
    let bytes = 0;
    while (end !== '\x1b[201~') {
      const key = await editor.key();
      if (key === '') break;
      end = (end + key).slice(-6);
      if (++bytes > MOST_REPEATED && text.length > MOST_REPEATED) continue;
      text.push(key === '\r' ? '\n' : key);
    }
    if (end === '\x1b[201~') text.splice(Math.max(0, text.length - 6));
    editor.mark = editor.point;
    editor.insert(editor.split(text.join('')));
    editor.marked = editor.keepMark = true;
  },
  'emacs-editing-mode': (editor) => void (editor.map = 'emacs'),
  'vi-editing-mode': (editor) => void (editor.map = 'vi-insert'),
  're-read-init-file': (editor) => editor.forget(),
  'display-shell-version': (editor) => {
    editor.display.put('\nGNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)\n');
    editor.redraw('here');
  },
  ...viFunctions,
};
