// Counts everything anew from the sessions: when the rollups are of an older form, or are doubted.
import type { DatabaseSync } from 'node:sqlite';
import { Behaviours, outcomeNumber } from './behaviour.ts';
import { Counted } from './counted.ts';
import { Dictionary, Words } from './dictionary.ts';
import { Remembered } from './remembered.ts';
import { Scanner } from './scan.ts';
import { counted, ID_STEP, type Kind } from './schema.ts';
import { type SessionRecord, sessionOf } from './session.ts';
import { SESSIONS, Tallies } from './tallies.ts';

/** Rows that are held in memory between two flushes. */
const HELD = 250_000;
const AT_ONCE = 2000;

/** Empties the rollups, fills them from the events, and tells the behaviour of every session. The caller opens the transaction. */
export function recount(database: DatabaseSync): void {
  for (const table of ['tally', 'tally_fresh', 'pair']) database.exec(`DELETE FROM ${table}`);
  for (const kind of counted)
    database.exec(`UPDATE word_${kind} SET n = 0, first = NULL WHERE n <> 0 OR first IS NOT NULL`);
  const words = new Words(database);
  const scanner = new Scanner(database, words);
  const tallies = new Tallies(database);
  const what = new Counted(scanner);
  const text = (kind: Kind, id: number) => words.text(kind, id);
  const behaviour = new Dictionary(database, 'behaviour', new Remembered());
  const behaviours = new Behaviours(
    (kind, value) => (kind === 'behaviour' ? behaviour.id(value) : (words.find(kind, value) ?? -1)),
    text,
  );
  const next = database.prepare(`SELECT * FROM session WHERE id > ? ORDER BY id LIMIT ${AT_ONCE}`);
  const update = database.prepare('UPDATE session SET flags = ?, behaviour = ? WHERE id = ?');
  for (let last = -1, more = true; more; ) {
    const records = next.all(last) as unknown as SessionRecord[];
    for (const record of records) {
      const start = Math.floor(record.id / ID_STEP) * 1000;
      const session = sessionOf(record, '', text);
      behaviours.settle(session, noTallies, (visit) => scanner.each(record, visit));
      if (session.flags !== record.flags || session.behaviour !== (record.behaviour ?? 0)) {
        record.flags = session.flags;
        record.behaviour = session.behaviour || null;
        update.run(record.flags, record.behaviour, record.id);
      }
      if (what.session(record, (kind, word) => tallies.word(start, kind, word))) tallies.event(start, SESSIONS);
      const outcome = outcomeNumber(record.flags);
      if (outcome !== 0) tallies.count(start, 'outcome', outcome, 1);
      scanner.each(record, (micros, body) => {
        tallies.event(micros, scanner.eventid(body));
        what.event(
          body,
          (kind, word) => tallies.word(micros, kind, word),
          (username, password) => tallies.pair(micros, username, password),
        );
      });
    }
    if (tallies.size > HELD) tallies.flush();
    last = records.at(-1)?.id ?? last;
    more = records.length === AT_ONCE;
  }
  tallies.flush();
}

/** What `settle` would count is counted here with everything else. */
const noTallies: Pick<Tallies, 'word' | 'count'> = { word: () => {}, count: () => {} };
