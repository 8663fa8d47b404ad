// What a line editor asks of a terminal, by its name: the entries of ncurses' database (6.4, package ncurses-base) that concern it.
import type { Bytes } from '../../machine/machine.ts';

/** Named as in terminfo(5); absent: the terminal cannot. */
export interface Capabilities {
  /** Automatic margins of the VT100 kind: a character in the last column wraps only with the next one (am and xenl). */
  wraps: boolean;
  cuu1?: Bytes;
  cuf1?: Bytes;
  cub1?: Bytes;
  clear?: Bytes;
  /** Clears what was scrolled off (the extended E3). */
  clearScrolled?: Bytes;
  el?: Bytes;
  /** Opens space for, or deletes, a number of characters. */
  ich?: (count: number) => Bytes;
  dch?: (count: number) => Bytes;
  ich1?: Bytes;
  dch1?: Bytes;
  smir?: Bytes;
  rmir?: Bytes;
  smso?: Bytes;
  rmso?: Bytes;
  /** Keys, by the function that readline binds them to. */
  keys: Readonly<Record<string, readonly Bytes[]>>;
}

const CURSOR = {
  'previous-history': ['\x1b[A', '\x1bOA'],
  'next-history': ['\x1b[B', '\x1bOB'],
  'forward-char': ['\x1b[C', '\x1bOC'],
  'backward-char': ['\x1b[D', '\x1bOD'],
};
const keys = (home: Bytes, end: Bytes, more: Record<string, Bytes[]> = {}) => ({
  ...CURSOR,
  'beginning-of-line': ['\x1b[H', '\x1bOH', home],
  'end-of-line': ['\x1b[F', '\x1bOF', end],
  'delete-char': ['\x1b[3~'],
  'history-search-backward': ['\x1b[5~'],
  'history-search-forward': ['\x1b[6~'],
  ...more,
});

/** ECMA-48 as most terminals speak it. */
const ECMA: Capabilities = {
  wraps: true,
  cuu1: '\x1b[A',
  cuf1: '\x1b[C',
  cub1: '\b',
  clear: '\x1b[H\x1b[J',
  el: '\x1b[K',
  ich: (count) => `\x1b[${count}@`,
  dch: (count) => `\x1b[${count}P`,
  dch1: '\x1b[P',
  smir: '\x1b[4h',
  rmir: '\x1b[4l',
  smso: '\x1b[7m',
  rmso: '\x1b[27m',
  keys: keys('\x1b[1~', '\x1b[4~'),
};
const XTERM: Capabilities = {
  ...ECMA,
  clear: '\x1b[H\x1b[2J',
  clearScrolled: '\x1b[3J',
  keys: keys('\x1bOH', '\x1bOF'),
};
const { ich: _, ...WITHOUT_ICH } = XTERM;
const XTERM_OLD: Capabilities = { ...WITHOUT_ICH, rmso: '\x1b[m' };
const SCREEN: Capabilities = { ...ECMA, cuu1: '\x1bM', smso: '\x1b[3m', rmso: '\x1b[23m' };
const TMUX: Capabilities = { ...ECMA, cuu1: '\x1bM', clearScrolled: '\x1b[3J' };
const RXVT: Capabilities = { ...ECMA, clear: '\x1b[H\x1b[2J', keys: keys('\x1b[7~', '\x1b[8~') };
const CONSOLE: Capabilities = { ...ECMA, wraps: false, rmso: '\x1b[m', keys: keys('\x1b[H', '\x1b[F') };

/** Padding: milliseconds at the 38400 baud of a pseudo terminal, as NUL characters. */
const padded = (sequence: Bytes, ms: number): Bytes => sequence + '\0'.repeat(Math.floor((ms * 38400) / 9000));
const VT100: Capabilities = {
  wraps: true,
  cuu1: padded('\x1b[A', 2),
  cuf1: padded('\x1b[C', 2),
  cub1: '\b',
  clear: padded('\x1b[H\x1b[J', 50),
  el: padded('\x1b[K', 3),
  smso: padded('\x1b[7m', 2),
  rmso: padded('\x1b[m', 2),
  keys: keys('\x1b[1~', '\x1b[4~'),
};
const NOTHING: Capabilities = { wraps: false, keys: CURSOR };
const VT52: Capabilities = {
  wraps: false,
  cuu1: '\x1bA',
  cuf1: '\x1bC',
  cub1: '\x1bD',
  clear: '\x1bH\x1bJ',
  el: '\x1bK',
  keys: CURSOR,
};

const TERMINALS: Readonly<Record<string, Capabilities>> = {
  ansi: { ...CONSOLE, cub1: '\x1b[D' },
  cons25: CONSOLE,
  cygwin: { ...ECMA, wraps: false },
  dumb: NOTHING,
  Eterm: RXVT,
  linux: { ...ECMA, clearScrolled: '\x1b[3J' },
  pcansi: { ...CONSOLE, cub1: '\x1b[D' },
  rxvt: RXVT,
  'rxvt-unicode': RXVT,
  'rxvt-unicode-256color': RXVT,
  screen: SCREEN,
  'screen-256color': SCREEN,
  'screen-256color-bce': SCREEN,
  'screen-bce': SCREEN,
  'screen.xterm-256color': { ...XTERM, keys: keys('\x1b[1~', '\x1b[4~') },
  sun: { ...CONSOLE, clear: '\f' },
  tmux: TMUX,
  'tmux-256color': TMUX,
  vt100: VT100,
  vt102: { ...VT100, dch1: '\x1b[P', smir: '\x1b[4h', rmir: '\x1b[4l' },
  vt220: ECMA,
  vt52: VT52,
  wsvt25: RXVT,
  xterm: XTERM,
  'xterm-256color': XTERM,
  'xterm-color': XTERM_OLD,
  'xterm-debian': XTERM,
  'xterm-mono': XTERM_OLD,
  'xterm-r5': { ...XTERM, keys: keys('\x1b[1~', '\x1b[4~') },
  'xterm-r6': XTERM_OLD,
  'xterm-vt220': { ...XTERM, keys: keys('\x1b[1~', '\x1b[4~') },
  'xterm-xfree86': XTERM,
};

/** Capabilities of a terminal; undefined: the database lacks it. */
export function capabilitiesOf(terminal: Bytes): Capabilities | undefined {
  return Object.hasOwn(TERMINALS, terminal) ? TERMINALS[terminal] : undefined;
}

/** A terminal nobody knows: readline types on in one line. */
export const UNKNOWN: Capabilities = NOTHING;
