// What a session shows of who sat behind it, gathered in one pass over its events; pure, and bounded whatever was sent.
import type { TtyRecord } from '../../event/tty.ts';
import type { SessionEvent, SessionRow } from '../../observatory/store.ts';
import { type Keys, keysOf } from './keys.ts';

/** What a client program does of itself, in the order in which it does it: lists are joined by commas. */
export interface Conduct {
  /** Its version, or what it sent in place of one. */
  client?: string;
  hassh?: string;
  /** Authentication methods, `none,password,password`. */
  methods?: string;
  /** `open session,request pty-req,request exec`. */
  asked?: string;
  /** TERM. */
  term?: string;
  /** Of its DISCONNECT. */
  disconnect?: string;
  /** Telnet options, `WILL NAWS,DO SGA`. */
  telnet?: string;
}

export interface Signs {
  protocol: string;
  conduct: Conduct;
  /** Milliseconds since the connection, of each login attempt. */
  tries: number[];
  passwords: number;
  loggedIn: boolean;
  keyOffered: boolean;
  /** Lines in order, and when each came, ms since the connection. */
  lines: string[];
  times: number[];
  /** Lines after the first of which the one before had failed as a command and was retyped almost the same. */
  retyped: number;
  /** Sizes of the terminal, `width`x`height`, each new one. */
  sizes: string[];
  terminal: boolean;
  /** It is known which requests came: our own sensor's journal. */
  told: boolean;
  locale?: string;
  /** Times of the session were guessed on import. */
  approximate: boolean;
  keys?: Keys;
}

/** Lines that are looked at. */
const MOST_LINES = 300;
const MOST_TRIES = 1_000;
const LONGEST = 4_096;
/** Nobody sees a mistake and corrects it sooner. */
const FASTEST_RETYPED_MS = 600;

/** @param recordings of its terminals, where they are at hand */
export function signsOf(
  row: Pick<SessionRow, 'protocol' | 'started' | 'loggedIn' | 'approximate' | 'client' | 'hassh'>,
  events: readonly SessionEvent[],
  recordings: readonly (readonly TtyRecord[])[] = [],
): Signs {
  const conduct: Conduct = { client: row.client, hassh: row.hassh };
  const signs: Signs = {
    protocol: row.protocol ?? 'ssh',
    conduct,
    tries: [],
    passwords: 0,
    loggedIn: row.loggedIn,
    keyOffered: false,
    lines: [],
    times: [],
    retyped: 0,
    sizes: [],
    terminal: false,
    told: false,
    approximate: row.approximate,
    keys: keysOf(recordings),
  };
  const began = events[0]?.at ?? row.started;
  const passwords = new Set<string>();
  let failed: string | undefined;
  let before: string | undefined;
  const input = (at: number, fields: Record<string, unknown>) => {
    const line = text(fields['input']).slice(0, LONGEST);
    if (signs.lines.length >= MOST_LINES) return;
    const soon = at - began - (signs.times.at(-1) ?? 0) < FASTEST_RETYPED_MS;
    if (failed !== undefined && before === failed && !soon && isRetyped(failed, line)) signs.retyped++;
    failed = undefined;
    before = line.trim();
    signs.lines.push(line);
    signs.times.push(at - began);
  };
  // Old Cowries (2016–2018) logged `.success` and `.failed` in place of `.input`.
  const old = !events.some(({ eventid }) => eventid === 'cowrie.command.input');
  for (const { at, eventid, fields } of events) {
    switch (eventid) {
      case 'cowrie.login.success':
      case 'cowrie.login.failed':
        if (fields['password'] === undefined) signs.keyOffered = true;
        else if (signs.tries.length < MOST_TRIES) {
          signs.tries.push(at - began);
          passwords.add(text(fields['password']));
        }
        break;
      case 'cowrie.command.input':
        input(at, fields);
        break;
      case 'cowrie.command.success':
        if (old) input(at, fields);
        break;
      case 'cowrie.command.failed':
        if (old) input(at, fields);
        failed = text(fields['input']).trim();
        break;
      case 'cowrie.client.size': {
        signs.terminal = true;
        const [width, height] = [Number(fields['width']), Number(fields['height'])];
        // Cowrie before 2020 wrote rows as width and columns as height.
        const size = width < 60 && height >= 80 ? `${height}x${width}` : `${width}x${height}`;
        if (signs.sizes.length < 20 && signs.sizes.at(-1) !== size) signs.sizes.push(size);
        break;
      }
      case 'cowrie.client.var':
        if (/^(LANG|LC_ALL|LC_CTYPE)$/.test(text(fields['name']))) signs.locale ??= text(fields['value']).slice(0, 64);
        break;
      case 'kansatsuki.client.profile':
        signs.told = true;
        conduct.methods = joined(fields['auth_methods']);
        conduct.asked = joined(fields['asked']);
        conduct.term = optional(fields['term']);
        conduct.disconnect = optional(fields['disconnect']);
        if (conduct.asked?.includes('pty-req')) signs.terminal = true;
        break;
      case 'kansatsuki.client.telnet':
        signs.told = true;
        conduct.telnet = joined(fields['negotiation']);
        if (typeof fields['window'] === 'string' && signs.sizes.length === 0) signs.sizes.push(fields['window']);
        break;
    }
  }
  signs.passwords = passwords.size;
  return signs;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const optional = (value: unknown): string | undefined =>
  typeof value === 'string' ? value.slice(0, LONGEST) : undefined;
const joined = (value: unknown): string | undefined =>
  Array.isArray(value) ? value.slice(0, 64).map(String).join(',').slice(0, LONGEST) : undefined;

/** `whoa` and `whoami`, `sl` and `ls`: short, not the same, at most two letters apart. */
function isRetyped(wrong: string, right: string): boolean {
  const [a, b] = [wrong.trim(), right.trim()];
  if (a === b || a.length < 2 || a.length > 40 || b.length > 40 || Math.abs(a.length - b.length) > 2) return false;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + Number(a[i - 1] !== b[j - 1])));
    row = next;
  }
  return row[b.length]! <= 2;
}
