// Text logs of Cowrie and Kippo: what they tell beyond the JSON log of the same time.

import { parseTimestamp } from '../../event/time.ts';
import { FROM_TEXT, ID_STEP, LONG_MS, SENSOR } from '../schema.ts';
import type { SessionRecord } from '../session.ts';
import { sidText } from '../sid.ts';
import type { SqliteStore } from '../sqlite.ts';
import { TextSessions } from '../textsessions.ts';
import { envelopeOf } from './envelope.ts';
import { eachLine } from './lines.ts';
import type { Reader, Sink } from './reader.ts';

const LINE =
  /^(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*\s+)?\[(?:[^\]\n]*(?:Transport|Factory|SSHService|SSHChannel)[^\n]*|(?:ssh|telnet),[^\]\n]+|-)\] /m;
/** `audit.log`: time, session, message. */
const AUDIT =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S* [0-9a-f]{8}(?:[0-9a-f]{4})? (?:New connection: |login attempt \[|CMD: |Remote SSH version: |SSH client hassh|Connection lost)/m;
const FIRST_TIME = /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?/;
const DATED = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S* /;

/** Whether one of the lines is of Twisted's log. */
export const isTextLog = (text: string): boolean => LINE.test(text);

/** Whether a log in envelopes has such a line inside. */
function isWrapped(text: string): boolean {
  const lines = text.split('\n', 200);
  const open = envelopeOf(lines[0]!, (line) => DATED.test(line));
  return open !== undefined && lines.some((line) => isTextLog(open(line) ?? ''));
}

export const textLogs: Reader = {
  kind: 'text',
  turn: 2,
  recognises: ({ text }) =>
    isWrapped(text) ||
    ((isTextLog(text) || AUDIT.test(text)) &&
      !text.startsWith('{') &&
      (text[0] !== '[' || isTextLog(text.slice(0, 400)))),
  begins({ text }) {
    const micros = parseTimestamp(FIRST_TIME.exec(text)?.[0] ?? '');
    return Number.isNaN(micros) ? undefined : micros;
  },
  begin(sink) {
    // What the JSON logs said must be found by query.
    sink.store.writer.commit();
    // Text logs of one folder are one log: its sessions run on from file to file.
    const folders = new Map<string, TextSessions>();
    return async (log) => {
      let sessions = folders.get(log.folder);
      if (!sessions) folders.set(log.folder, (sessions = open(sink)));
      let first = true;
      let envelope: ReturnType<typeof envelopeOf>;
      await eachLine(log, sink, (line) => {
        if (first) envelope = envelopeOf(line, (within) => DATED.test(within));
        first = false;
        sessions.line(envelope?.(line) ?? line);
      });
      sessions.end();
    };
  },
};

function open(sink: Sink): TextSessions {
  return new TextSessions({
    emit: ({ event, coarse }) => sink.add(event, { text: true, coarse }),
    resolve: (address, micros, eventid) => sessionAt(sink.store, address, micros, eventid),
    covered: (micros) => covered(sink.store, micros),
    onCovered: () => sink.duplicate('names no connection; the JSON log of that time counts'),
  });
}

/** The session of an address with an event of an id at a time. */
export function sessionAt(store: SqliteStore, address: string, micros: number, eventid: string): string | undefined {
  const { scanner, words } = store;
  const wanted = scanner.eventidOf(eventid);
  const id = words.find('address', address);
  if (wanted < 0 || id === undefined) return undefined;
  const ms = Math.floor(micros / 1000);
  const end = (ms + 1001) * ID_STEP;
  const rows = [
    ...scanner.all(
      'SELECT * FROM session WHERE address = ? AND id >= ? AND id < ? ORDER BY id DESC LIMIT 200',
      id,
      (ms - LONG_MS) * ID_STEP,
      end,
    ),
    ...scanner.all(
      `SELECT * FROM session WHERE address = ? AND id >= ? AND id < ? AND last >= ${LONG_MS} ORDER BY id DESC LIMIT 200`,
      id,
      (ms - 86_400_000) * ID_STEP,
      end,
    ),
  ] as unknown as SessionRecord[];
  const slack = micros % 1e6 === 0 ? 1e6 : 1;
  for (const record of rows) {
    if (record.flags & SENSOR || Math.floor(record.id / ID_STEP) + record.last < ms - 1000) continue;
    let hit = false;
    scanner.each(record, (at, body) => {
      hit ||= at >= micros && at - micros < slack && scanner.eventid(body) === wanted;
    });
    if (hit) return sidText(record.sid);
  }
  return undefined;
}

/** Whether a JSON log has a session that was open at a time. */
function covered(store: SqliteStore, micros: number): boolean {
  const ms = Math.floor(micros / 1000);
  for (const record of store.scanner.sessions({ from: ms - 1000, to: ms + 1 }))
    if ((record.flags & (SENSOR | FROM_TEXT)) === 0 && Math.floor(record.id / ID_STEP) + record.last >= ms - 1000)
      return true;
  return false;
}
