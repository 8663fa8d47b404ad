// chmod's modes: octal and symbolic (`u+x,go-w`, `a=rX`, `+t`), and how ls shows them.
import type { Bytes, FileType } from '../machine/machine.ts';

interface Clause {
  who: number;
  operator: '+' | '-' | '=';
  permissions: number;
  /** `X`: x only for a directory or where someone has x. */
  conditional: boolean;
  copy?: 'u' | 'g' | 'o';
  /** No `ugoa` given: the umask holds bits back. */
  masked: boolean;
}

export type Mode = { octal: number; digits: number } | { clauses: Clause[] };

const WHO: Record<string, number> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 };
const PERMISSION: Record<string, number> = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: 0o1000 };

/** Parses a mode; undefined if it is none. */
export function parseMode(text: Bytes): Mode | undefined {
  if (/^[0-7]+$/.test(text)) {
    const octal = Number.parseInt(text, 8);
    return octal > 0o7777 ? undefined : { octal, digits: text.length };
  }
  const clauses: Clause[] = [];
  for (const part of text.split(',')) {
    const match = /^([ugoa]*)((?:[-+=](?:[0-7]+|[ugo]|[rwxXst]*))+)$/.exec(part);
    if (!match) return undefined;
    const letters = match[1]!;
    const who = letters ? [...letters].reduce((bits, c) => bits | WHO[c]!, 0) : 0o7777;
    for (const [, operator, permissions] of match[2]!.matchAll(/([-+=])([0-7]+|[ugo]|[rwxXst]*)/g)) {
      const clause: Clause = {
        who,
        operator: operator as '+',
        permissions: 0,
        conditional: false,
        masked: letters === '',
      };
      if (/^[0-7]+$/.test(permissions!)) clause.permissions = Number.parseInt(permissions!, 8);
      else if (/^[ugo]$/.test(permissions!)) clause.copy = permissions as 'u';
      else
        for (const c of permissions!) {
          if (c === 'X') clause.conditional = true;
          else clause.permissions |= PERMISSION[c]!;
        }
      clauses.push(clause);
    }
  }
  return { clauses };
}

/** The permission bits after applying `mode` to `old`. */
export function applyMode(mode: Mode, old: number, directory: boolean, umask: number): number {
  if ('octal' in mode) {
    // GNU chmod keeps a directory's setuid and setgid unless five digits say otherwise.
    const kept = directory && mode.digits < 5 ? old & 0o6000 : 0;
    return mode.octal | kept;
  }
  let bits = old;
  for (const clause of mode.clauses) {
    let value = clause.permissions;
    if (clause.copy) {
      const shift = { u: 6, g: 3, o: 0 }[clause.copy];
      const three = (bits >> shift) & 7;
      value = (three << 6) | (three << 3) | three;
    }
    if (clause.conditional && (directory || bits & 0o111)) value |= 0o111;
    let affected = clause.who;
    if (clause.masked) affected &= ~(umask & 0o777);
    value &= affected;
    if (clause.operator === '+') bits |= value;
    else if (clause.operator === '-') bits &= ~value;
    else {
      const kept = directory && clause.who !== 0 ? bits & 0o6000 & ~clause.permissions : 0;
      bits = (bits & ~clause.who) | value | kept;
    }
  }
  return bits & 0o7777;
}

const LETTER: Record<FileType, string> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  fifo: 'p',
  socket: 's',
  character: 'c',
  block: 'b',
};

/** `drwxr-xr-t`. */
export function modeString(type: FileType, mode: number): string {
  const three = (shift: number, special: number, letter: string) => {
    const bits = (mode >> shift) & 7;
    const x = mode & special ? (bits & 1 ? letter : letter.toUpperCase()) : bits & 1 ? 'x' : '-';
    return (bits & 4 ? 'r' : '-') + (bits & 2 ? 'w' : '-') + x;
  };
  return LETTER[type] + three(6, 0o4000, 's') + three(3, 0o2000, 's') + three(0, 0o1000, 't');
}

/** st_mode's file type bits. */
export const TYPE_BITS: Record<FileType, number> = {
  file: 0o100000,
  directory: 0o040000,
  symlink: 0o120000,
  fifo: 0o010000,
  socket: 0o140000,
  character: 0o020000,
  block: 0o060000,
};

/** GNU's name of a file type, as stat and rm say it. */
export function typeName(type: FileType, size: number): string {
  if (type === 'file') return size === 0 ? 'regular empty file' : 'regular file';
  const names = { directory: 'directory', symlink: 'symbolic link', fifo: 'fifo', socket: 'socket' } as const;
  return type === 'character' ? 'character special file' : type === 'block' ? 'block special file' : names[type];
}
