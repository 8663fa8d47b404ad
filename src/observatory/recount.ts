// Counts everything anew from the sessions: when the rollups are of an older form, or are doubted.
import type { DatabaseSync } from 'node:sqlite';
import { Counted } from './counted.ts';
import { Words } from './dictionary.ts';
import { Scanner } from './scan.ts';
import { counted, ID_STEP } from './schema.ts';
import type { SessionRecord } from './session.ts';
import { SESSIONS, Tallies } from './tallies.ts';

/** Rows that are held in memory between two flushes. */
const HELD = 250_000;

/** Empties the rollups and fills them from the events. The caller opens the transaction. */
export function recount(database: DatabaseSync): void {
  for (const table of ['tally', 'tally_fresh', 'pair']) database.exec(`DELETE FROM ${table}`);
  for (const kind of counted)
    database.exec(`UPDATE word_${kind} SET n = 0, first = NULL WHERE n <> 0 OR first IS NOT NULL`);
  const scanner = new Scanner(database, new Words(database));
  const tallies = new Tallies(database);
  const what = new Counted(scanner);
  const all = database.prepare('SELECT * FROM session ORDER BY id').iterate() as Iterable<unknown>;
  for (const record of all as Iterable<SessionRecord>) {
    const start = Math.floor(record.id / ID_STEP) * 1000;
    if (what.session(record, (kind, word) => tallies.word(start, kind, word))) tallies.event(start, SESSIONS);
    scanner.each(record, (micros, body) => {
      tallies.event(micros, scanner.eventid(body));
      what.event(
        body,
        (kind, word) => tallies.word(micros, kind, word),
        (username, password) => tallies.pair(micros, username, password),
      );
    });
    if (tallies.size > HELD) tallies.flush();
  }
  tallies.flush();
}
