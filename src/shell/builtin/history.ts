// Builtins about typed lines: fc and bind.
import type { Bytes } from '../../machine/machine.ts';
import { type MapName, setting } from '../readline/keymap.ts';
import type { Builtin } from './table.ts';

const fc: Builtin = async (shell, args) => {
  // The command itself is in the history already, and does not count.
  const lines = shell.interactive ? shell.history.slice(0, -1) : shell.history;
  const find = (text: Bytes | undefined, otherwise: number): number => {
    if (text === undefined) return otherwise;
    if (/^-\d+$/.test(text)) return Math.max(0, lines.length + Number(text));
    if (/^\d+$/.test(text)) return Math.max(0, Math.min(lines.length - 1, Number(text) - 1));
    return lines.findLastIndex((line) => line.startsWith(text));
  };
  let [listing, numbers, reverse, again] = [false, true, false, false];
  const words = [...args];
  while (/^-[elnrs]+$/.test(words[0] ?? '')) {
    const option = words.shift()!;
    if (option.includes('e')) {
      if (words[0] === '-') again = true;
      words.shift();
    }
    listing ||= option.includes('l');
    numbers &&= !option.includes('n');
    reverse ||= option.includes('r');
    again ||= option.includes('s');
  }
  if (again) {
    const changes = words.filter((word) => word.includes('=')).map((word) => word.split('=') as [Bytes, Bytes]);
    let line =
      lines[
        find(
          words.find((word) => !word.includes('=')),
          lines.length - 1,
        )
      ];
    if (line === undefined) {
      await shell.complain('fc: no command found');
      return 1;
    }
    for (const [old, by] of changes) if (old !== '') line = line.replaceAll(old, () => by);
    await shell.process.err(`${line}\n`);
    if (shell.interactive) shell.history[shell.history.length - 1] = line;
    return shell.run(line);
  }
  let from = find(words[0], Math.max(0, lines.length - (listing ? 16 : 1)));
  let to = find(words[1], listing ? lines.length - 1 : from);
  if (from < 0 || to < 0) {
    if (lines.length === 0) return 0;
    await shell.complain('fc: history specification out of range');
    return 1;
  }
  if (!listing) {
    // Without an editor that could be waited for, what would be edited is shown and run.
    for (const line of lines.slice(Math.min(from, to), Math.max(from, to) + 1)) {
      await shell.process.err(`${line}\n`);
      await shell.run(line);
    }
    return shell.status;
  }
  if (from > to) {
    [from, to] = [to, from];
    reverse = !reverse;
  }
  const out = lines.slice(from, to + 1).map((line, i) => `${numbers ? i + from + 1 : ''}\t ${line}\n`);
  await shell.process.out((reverse ? out.reverse() : out).join(''));
  return 0;
};

const MAPS: Readonly<Record<string, MapName>> = {
  emacs: 'emacs',
  'emacs-standard': 'emacs',
  vi: 'vi-command',
  'vi-move': 'vi-command',
  'vi-command': 'vi-command',
  'vi-insert': 'vi-insert',
};

/** bind (readline's keys and variables), as far as the line editor heeds them. */
const bind: Builtin = async (shell, args) => {
  const editor = shell.editor;
  if (!editor) {
    await shell.complain('bind: warning: line editing not enabled');
    return args.length > 0 ? 1 : 0;
  }
  let map: MapName = 'emacs';
  const words = [...args];
  while (words[0] === '-m') {
    map = MAPS[words[1] ?? ''] ?? map;
    words.splice(0, 2);
  }
  const [first] = words;
  if (first === '-v' || first === '-V') {
    for (const [name, value] of [...editor.settings.variables].sort())
      await shell.process.out(first === '-v' ? `set ${name} ${value}\n` : `${name} is set to \`${value}'\n`);
    return 0;
  }
  if (first === '-r') {
    editor.settings.maps[map].delete(words[1] ?? '');
    return 0;
  }
  if (first?.startsWith('-')) return 0;
  for (const line of words) setting(editor.settings, line, map);
  return 0;
};

export const histories: Record<string, Builtin> = { fc, bind };
