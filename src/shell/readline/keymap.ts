// Which keys do what: readline's emacs and vi bindings, the terminal's own keys, and what inputrc and `bind` add to them.
import type { Bytes } from '../../machine/machine.ts';
import type { Capabilities } from './capabilities.ts';

/** The keymaps of readline by the names that `bind -m` and inputrc know. */
export type MapName = 'emacs' | 'vi-insert' | 'vi-command';

/** Name of a function, or a macro: characters typed in place of the keys. */
export type Binding = Bytes | { macro: Bytes };

/** Keys in their order to what they do. */
export type Keymap = Map<Bytes, Binding>;

/** Bindings kept at most, so that `bind` in a loop stays small. */
const MOST = 2000;

const EMACS: Readonly<Record<Bytes, Bytes>> = {
  '\0': 'set-mark',
  '\x01': 'beginning-of-line',
  '\x02': 'backward-char',
  '\x04': 'delete-char',
  '\x05': 'end-of-line',
  '\x06': 'forward-char',
  '\x07': 'abort',
  '\b': 'backward-delete-char',
  '\t': 'complete',
  '\n': 'accept-line',
  '\x0b': 'kill-line',
  '\f': 'clear-screen',
  '\r': 'accept-line',
  '\x0e': 'next-history',
  '\x0f': 'operate-and-get-next',
  '\x10': 'previous-history',
  '\x11': 'quoted-insert',
  '\x12': 'reverse-search-history',
  '\x13': 'forward-search-history',
  '\x14': 'transpose-chars',
  '\x15': 'unix-line-discard',
  '\x16': 'quoted-insert',
  '\x17': 'unix-word-rubout',
  '\x19': 'yank',
  '\x1d': 'character-search',
  '\x1f': 'undo',
  '\x7f': 'backward-delete-char',
  '\x1b\x07': 'abort',
  '\x1b\b': 'backward-kill-word',
  '\x1b\x05': 'shell-expand-line',
  '\x1b\x02': 'shell-backward-word',
  '\x1b\x04': 'shell-kill-word',
  '\x1b\x06': 'shell-forward-word',
  '\x1b\n': 'vi-editing-mode',
  '\x1b\f': 'clear-display',
  '\x1b\r': 'vi-editing-mode',
  '\x1b\x12': 'revert-line',
  '\x1b\x19': 'yank-nth-arg',
  '\x1b\x1b': 'complete',
  '\x1b\x1d': 'character-search-backward',
  '\x1b ': 'set-mark',
  '\x1b#': 'insert-comment',
  '\x1b&': 'tilde-expand',
  '\x1b*': 'insert-completions',
  '\x1b-': 'digit-argument',
  '\x1b.': 'yank-last-arg',
  '\x1b<': 'beginning-of-history',
  '\x1b=': 'possible-completions',
  '\x1b>': 'end-of-history',
  '\x1b?': 'possible-completions',
  '\x1b\\': 'delete-horizontal-space',
  '\x1b^': 'history-expand-line',
  '\x1b_': 'yank-last-arg',
  '\x1bb': 'backward-word',
  '\x1bc': 'capitalize-word',
  '\x1bd': 'kill-word',
  '\x1bf': 'forward-word',
  '\x1bl': 'downcase-word',
  '\x1bn': 'non-incremental-forward-search-history',
  '\x1bp': 'non-incremental-reverse-search-history',
  '\x1br': 'revert-line',
  '\x1bt': 'transpose-words',
  '\x1bu': 'upcase-word',
  '\x1by': 'yank-pop',
  '\x1b~': 'complete-username',
  '\x1b/': 'complete-filename',
  '\x1b$': 'complete-variable',
  '\x1b!': 'complete-command',
  '\x1b\x7f': 'backward-kill-word',
  '\x18\x07': 'abort',
  '\x18\x12': 're-read-init-file',
  '\x18\x15': 'undo',
  '\x18\x16': 'display-shell-version',
  '\x18\x18': 'exchange-point-and-mark',
  '\x18\x7f': 'backward-kill-line',
  '\x18*': 'glob-expand-word',
};

const VI_INSERT: Readonly<Record<Bytes, Bytes>> = {
  '\x04': 'vi-eof-maybe',
  '\b': 'backward-delete-char',
  '\t': 'complete',
  '\n': 'accept-line',
  '\r': 'accept-line',
  '\x12': 'reverse-search-history',
  '\x13': 'forward-search-history',
  '\x14': 'transpose-chars',
  '\x15': 'unix-line-discard',
  '\x16': 'quoted-insert',
  '\x17': 'vi-unix-word-rubout',
  '\x19': 'yank',
  '\x1b': 'vi-movement-mode',
  '\x1f': 'undo',
  '\x7f': 'backward-delete-char',
};

const VI_COMMAND: Readonly<Record<Bytes, Bytes>> = {
  '\x04': 'vi-eof-maybe',
  '\b': 'backward-char',
  '\f': 'clear-screen',
  '\n': 'accept-line',
  '\r': 'accept-line',
  '\x0e': 'next-history',
  '\x10': 'previous-history',
  '\x12': 'reverse-search-history',
  '\x13': 'forward-search-history',
  '\x15': 'unix-line-discard',
  '\x16': 'quoted-insert',
  '\x17': 'vi-unix-word-rubout',
  '\x19': 'yank',
  '\x7f': 'backward-char',
  ' ': 'forward-char',
  '#': 'insert-comment',
  $: 'end-of-line',
  '+': 'next-history',
  '-': 'previous-history',
  '0': 'beginning-of-line',
  '^': 'vi-first-print',
  '/': 'vi-search',
  '?': 'vi-search',
  n: 'vi-search-again',
  N: 'vi-search-again',
  A: 'vi-append-eol',
  B: 'vi-prev-word',
  C: 'vi-change-to',
  D: 'vi-delete-to',
  E: 'vi-end-word',
  F: 'vi-char-search',
  G: 'vi-fetch-history',
  I: 'vi-insert-beg',
  P: 'vi-put',
  S: 'vi-subst',
  T: 'vi-char-search',
  U: 'vi-undo',
  W: 'vi-next-word',
  X: 'vi-rubout',
  Y: 'vi-yank-to',
  a: 'vi-append-mode',
  b: 'vi-prev-word',
  c: 'vi-change-to',
  d: 'vi-delete-to',
  e: 'vi-end-word',
  f: 'vi-char-search',
  h: 'backward-char',
  i: 'vi-insertion-mode',
  j: 'next-history',
  k: 'previous-history',
  l: 'forward-char',
  p: 'vi-put',
  r: 'vi-change-char',
  s: 'vi-subst',
  t: 'vi-char-search',
  u: 'vi-undo',
  w: 'vi-next-word',
  x: 'vi-delete',
  y: 'vi-yank-to',
  '~': 'vi-change-case',
  '\x1b': 'vi-nothing',
};

/** What an editor is set to: keymaps and the variables of inputrc that it heeds. */
export interface Settings {
  readonly maps: Readonly<Record<MapName, Keymap>>;
  variables: Map<string, string>;
}

export function defaults(can: Capabilities): Settings {
  const map = (table: Readonly<Record<Bytes, Bytes>>): Keymap => {
    const keymap: Keymap = new Map(Object.entries(table));
    for (const [name, sequences] of Object.entries(can.keys))
      for (const sequence of sequences) if (!keymap.has(sequence)) keymap.set(sequence, name);
    keymap.set('\x1b[200~', 'bracketed-paste-begin');
    return keymap;
  };
  const make: Record<MapName, () => Keymap> = {
    emacs: () => {
      const emacs = map(EMACS);
      for (let digit = 0; digit <= 9; digit++) emacs.set(`\x1b${digit}`, 'digit-argument');
      return emacs;
    },
    'vi-insert': () => map(VI_INSERT),
    'vi-command': () => {
      const command = map(VI_COMMAND);
      for (let digit = 1; digit <= 9; digit++) command.set(String(digit), 'vi-arg-digit');
      return command;
    },
  };
  // Each is made when it is first wanted: hardly any session leaves emacs', and a thousand editors wait for a key.
  const made: Partial<Record<MapName, Keymap>> = {};
  const maps = {
    get emacs() {
      return (made.emacs ??= make.emacs());
    },
    get 'vi-insert'() {
      return (made['vi-insert'] ??= make['vi-insert']());
    },
    get 'vi-command'() {
      return (made['vi-command'] ??= make['vi-command']());
    },
  };
  return { maps, variables: new Map() };
}

/** `"\C-x\e[A"` of inputrc: the keys it stands for. */
export function keySequence(text: Bytes): Bytes {
  const named: Record<string, Bytes> = {
    a: '\x07',
    b: '\b',
    d: '\x7f',
    e: '\x1b',
    f: '\f',
    n: '\n',
    r: '\r',
    t: '\t',
    v: '\v',
  };
  return text.replace(
    /\\(?:C-\\M-|M-\\C-)(.)|\\C-(\\?.)|\\M-(.)|\\([0-7]{1,3})|\\x([\da-f]{1,2})|\\(.)/gis,
    (all, both?: string, control?: string, meta?: string, octal?: string, hex?: string, other?: string) => {
      const controlled = (c: string) => (c === '?' ? '\x7f' : String.fromCharCode(c.toUpperCase().charCodeAt(0) & 31));
      if (both !== undefined) return `\x1b${controlled(both)}`;
      if (control !== undefined) return controlled(control.at(-1)!);
      if (meta !== undefined) return `\x1b${meta}`;
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      return other === undefined ? all : (named[other] ?? other);
    },
  );
}

const KEY_NAMES: Readonly<Record<string, Bytes>> = {
  del: '\x7f',
  esc: '\x1b',
  escape: '\x1b',
  lfd: '\n',
  newline: '\n',
  ret: '\r',
  return: '\r',
  rubout: '\x7f',
  space: ' ',
  spc: ' ',
  tab: '\t',
};

/** Takes in one line of inputrc, as `bind` gets it, too; false: not understood. */
export function setting(settings: Settings, line: Bytes, map: MapName = 'emacs'): boolean {
  const variable = /^\s*set\s+(\S+)\s*(.*?)\s*$/i.exec(line);
  if (variable) {
    settings.variables.set(variable[1]!.toLowerCase(), variable[2]!);
    return true;
  }
  const binding = /^\s*(?:"((?:\\.|[^"\\])*)"|([^\s":]+))\s*:\s*(?:"((?:\\.|[^"\\])*)"|'([^']*)'|(\S+))/s.exec(line);
  if (!binding) return /^\s*(#|$)/.test(line);
  const [, quoted, name, macro, single, command] = binding;
  let keys: Bytes;
  if (quoted !== undefined) keys = keySequence(quoted);
  else {
    const parts = /^((?:(?:C|Control|M|Meta)-)*)(.+)$/i.exec(name!)!;
    keys = KEY_NAMES[parts[2]!.toLowerCase()] ?? parts[2]![0]!;
    if (/(^|-)C(ontrol)?-/i.test(parts[1]!)) keys = String.fromCharCode(keys.toUpperCase().charCodeAt(0) & 31);
    if (/(^|-)M(eta)?-/i.test(parts[1]!)) keys = `\x1b${keys}`;
  }
  const target = settings.maps[map];
  if (keys === '' || (target.size >= MOST && !target.has(keys))) return false;
  const typed = macro ?? single;
  target.set(keys, typed === undefined ? command!.toLowerCase() : { macro: keySequence(typed) });
  return true;
}

/** Takes in an inputrc; `term` and `mode` decide its $if. */
export function readInputrc(settings: Settings, text: Bytes, term: Bytes): void {
  const open: boolean[] = [];
  for (const line of text.slice(0, 64 << 10).split('\n')) {
    const directive = /^\s*\$(if|else|endif|include)\b\s*(.*?)\s*$/.exec(line);
    if (directive?.[1] === 'if') {
      const [name, value] = directive[2]!.split('=');
      open.push(
        name === 'mode'
          ? value === 'emacs'
          : name === 'term'
            ? value === term || value === term.split('-')[0]
            : /^bash$/i.test(directive[2]!),
      );
    } else if (directive?.[1] === 'else') open.push(!open.pop());
    else if (directive?.[1] === 'endif') open.pop();
    else if (!directive && open.every((yes) => yes)) setting(settings, line);
  }
}
