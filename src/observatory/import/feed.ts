// The live page of a store that was only imported shows its newest events.
import { messageOf } from '../../event/message.ts';
import { unpack } from '../packed.ts';
import { SENSOR } from '../schema.ts';
import { sidText } from '../sid.ts';
import type { SqliteStore } from '../sqlite.ts';

const SHOWN = 200;

/** Fills the feed unless there is something in it. */
export function seedFeed({ scanner, words, writer }: SqliteStore): void {
  if (scanner.all('SELECT 1 FROM feed LIMIT 1').length > 0) return;
  const items: { micros: number; eventid: string; session: number; message: string }[] = [];
  const rows = scanner.all(`SELECT id FROM session WHERE flags & ${SENSOR} = 0 ORDER BY id DESC LIMIT 50`);
  for (const row of rows) {
    const record = scanner.record(row['id'] as number)!;
    scanner.each(record, (micros, body) => {
      const { eventid, fields } = unpack(body, (kind, id) => words.text(kind, id));
      const whole = {
        ...fields,
        eventid,
        session: sidText(record.sid),
        src_ip: record.address === null ? '' : words.text('address', record.address),
      };
      const message = typeof fields['message'] === 'string' ? fields['message'] : (messageOf(whole) ?? '');
      items.push({ micros, eventid, session: record.id, message: message.slice(0, 2000) });
    });
    if (items.length > 500) break;
  }
  items.sort((a, b) => a.micros - b.micros);
  if (items.length > 0) writer.seedFeed(items.slice(-SHOWN));
}
