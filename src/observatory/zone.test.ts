import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Zone } from './zone.ts';

test('hour and weekday in zones with halves, quarters and changes of the clock', () => {
  for (const [zone, at, weekday, hour] of [
    ['UTC', '1970-01-01T00:00:00Z', 3, 0],
    ['UTC', '1969-12-31T23:59:59.999Z', 2, 23],
    ['Asia/Tokyo', '2026-03-01T15:00:00Z', 0, 0],
    ['Asia/Kolkata', '2026-03-01T18:29:59Z', 6, 23],
    ['Asia/Kolkata', '2026-03-01T18:30:00Z', 0, 0],
    ['Asia/Kathmandu', '2026-03-01T18:15:00Z', 0, 0],
    // Summer time begins on 2026-03-29 at 01:00 UTC: two o'clock becomes three.
    ['Europe/Berlin', '2026-03-29T00:59:59Z', 6, 1],
    ['Europe/Berlin', '2026-03-29T01:00:00Z', 6, 3],
    ['Europe/Berlin', '2026-10-25T00:30:00Z', 6, 2],
    ['Europe/Berlin', '2026-10-25T01:30:00Z', 6, 2],
    ['America/St_Johns', '2026-01-05T03:29:00Z', 6, 23],
    ['Pacific/Apia', '2026-01-05T11:00:00Z', 1, 0],
  ] as const)
    assert.deepEqual(new Zone(zone).hourOfWeek(Date.parse(at)), { weekday, hour }, `${zone} ${at}`);
  assert.throws(() => new Zone('Mars/Olympus'), RangeError);
});
