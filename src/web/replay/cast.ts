// A recording as it leaves us: made harmless, with its commands as marks, masked where it is asked for.
import { gate, LeakError } from '../../diary/share.ts';
import { Harmless } from '../../event/harmless.ts';
import { type CastEvent, type TtyRecord, toAsciicast } from '../../event/tty.ts';
import type { SessionEvent } from '../../observatory/store.ts';
import { maskCast } from './mask.ts';

/** What the journal adds to a recording: plain data, so that a thread can have it. */
export interface Beside {
  /** Sizes of the terminal over time, in milliseconds since the epoch. */
  sizes: { at: number; width: number; height: number }[];
  commands: { at: number; input: string }[];
}

export interface CastOptions extends Beside {
  /** Of asciicast; default 2. */
  version?: 2 | 3;
  title?: string;
  /** Longest pause kept, in seconds. */
  idleLimit?: number;
  /** Let every control sequence through. */
  raw?: boolean;
  /** Names to hide, and every address; undefined hides nothing. */
  hidden?: readonly string[];
  /** Hide every digit and every long run of letters, too: for a recording that spells an address or a key in some way of its own. */
  strict?: boolean;
  /** The file ends as it should. */
  complete?: boolean;
}

/** Of a session's events, what belongs to its recordings. Cowrie before 2020 wrote rows as width and columns as height. */
export function beside(events: readonly SessionEvent[]): Beside {
  const sizes: Beside['sizes'] = [];
  const commands: Beside['commands'] = [];
  for (const { at, eventid, fields } of events)
    if (eventid === 'cowrie.command.input') commands.push({ at, input: String(fields['input']) });
    else if (eventid === 'cowrie.client.size') {
      const [width, height] = [Number(fields['width']), Number(fields['height'])];
      sizes.push(width < 60 && height >= 80 ? { at, width: height, height: width } : { at, width, height });
    }
  return { sizes, commands };
}

/**
 * An asciicast. Its header says in `kansatsuki` what a player cannot see: whether it is an exec request (the command is its only mark), whether its
 * end is missing, and how much was kept back (`Withheld` of harmless.ts).
 */
export function castOf(records: readonly TtyRecord[], options: CastOptions): string {
  const { version, sizes, commands, title, idleLimit, raw = false, hidden, strict = false, complete = true } = options;
  const filter = new Harmless({ crlf: true });
  const start = records[0]?.at ?? 0;
  return toAsciicast(records, {
    ...(version ? { version } : {}),
    sizes,
    ...(title === undefined ? {} : { title }),
    ...(idleLimit === undefined ? {} : { idleLimit }),
    ...(raw ? {} : { output: (data: Uint8Array) => filter.write(data) }),
    header: () => ({
      kansatsuki: {
        ...(records.some(({ type }) => type === 'interact') ? { exec: true } : {}),
        ...(complete ? {} : { complete }),
        ...(raw ? {} : { withheld: filter.withheld }),
      },
    }),
    rewrite: (events) => {
      const all = withCommands(events, start, commands);
      if (!hidden) return all;
      const masked = maskCast(all, hidden);
      return strict ? masked.map(([at, code, text]) => [at, code, code === 'r' ? text : strictly(text)]) : masked;
    },
  });
}

/** Adds a marker (`m`) at each command that was typed while the recording ran; the exec command has one already. */
function withCommands(events: readonly CastEvent[], start: number, commands: Beside['commands']): CastEvent[] {
  const all = [...events];
  if (all.some(([, code]) => code === 'm')) return all;
  const end = all.at(-1)?.[0] ?? 0;
  for (const { at, input } of commands) {
    const seconds = Math.round(at - start) / 1000;
    // The journal and the recording read the clock apart: a moment outside is meant to be at the edge.
    if (seconds >= -1 && seconds <= end + 1) all.push([Math.min(end, Math.max(0, seconds)), 'm', input]);
  }
  // Stable: what the recording holds comes before a marker of the same moment.
  return all.sort((a, b) => a[0] - b[0]);
}

const strictly = (text: string): string =>
  text.replace(/\x1b\[[0-?]*[ -/]*[@-~]|\x1b[ -/]?.|[\w+/]{16,}|\p{N}/gu, (found) =>
    found.startsWith('\x1b') ? found : '\u25cb'.repeat(found.length),
  );

/** What the gate finds in a masked asciicast without knowing the store. */
export interface Inspected {
  leaks: string[];
  /** What is an address only if the store knows it. */
  doubtful: string[];
}

/** Holds the gate to what would be seen: the output as a whole, the keys, the commands. */
export function inspect(cast: string, hosts: readonly string[]): Inspected {
  const texts: Record<string, string[]> = { o: [], i: [], m: [] };
  const [header = '', ...lines] = cast.split('\n').filter((line) => line !== '');
  for (const line of lines) {
    const [, code, text] = JSON.parse(line) as CastEvent;
    texts[code]?.push(text);
  }
  const { title = '' } = JSON.parse(header) as { title?: string };
  const seen = [texts['o']!.join(''), texts['i']!.join(''), texts['m']!.join('\n'), title]
    .join('\n')
    .replace(/\x1b\[[0-?]*[ -/]*[@-~]|\x1b[ -/]?./g, '');
  const doubtful = new Set<string>();
  const known = (address: string) => {
    doubtful.add(address);
    return false;
  };
  try {
    gate(seen, undefined, { style: 'circles', hosts, known });
    return { leaks: [], doubtful: [...doubtful] };
  } catch (error) {
    if (error instanceof LeakError) return { leaks: error.leaks, doubtful: [...doubtful] };
    throw error;
  }
}
