// The longest and the deepest session of a period, and whether any on record was more so.
import type { Extreme } from './claim.ts';
import type { Context } from './context.ts';

/** Shorter and shallower sessions are nothing to tell of. */
const LEAST_SECONDS = 60;
const LEAST_COMMANDS = 6;
/** Sessions of the period, and before it, that are looked at: the newest. */
const LOOKED_AT = 300_000;
const LOOKED_BACK = 10_000;

export function extremes({ store, range, news, beginning }: Context): Extreme[] {
  const here = store.extremes(range, LOOKED_AT);
  const before = store.extremes({ from: 0, to: range.from }, LOOKED_BACK);
  // On the first day on record nothing is a record.
  const compared = beginning !== undefined && beginning < range.from && news.from < news.to;
  const claim = (kind: Extreme['kind'], id: number, record: boolean, reason: string): Extreme[] => {
    const session = store.session(id);
    // A length that was guessed, or a session without an end, is no measure.
    if (!session || session.approximate || session.ended === undefined) return [];
    const seconds = Math.round((session.durationMs ?? session.ended - session.started) / 1000);
    return [
      {
        kind,
        subject: { sessionId: id, username: session.username, address: session.address },
        numbers: {
          seconds,
          commands: session.commands,
          at: session.started,
          ...(whole ? {} : { among: before.sessions }),
        },
        record,
        evidence: [],
        score: record ? 26 : 6,
        reason,
      },
    ];
  };
  const { longest, deepest } = here;
  const back = `of the ${before.sessions} sessions before at most`;
  const whole = before.sessions < LOOKED_BACK;
  return [
    ...(longest && longest.ms >= LEAST_SECONDS * 1000
      ? claim(
          'longest session',
          longest.id,
          compared && longest.ms > (before.longest?.ms ?? 0),
          `lasted ${Math.round(longest.ms / 1000)} s, the longest of the period; ${back} ${Math.round((before.longest?.ms ?? 0) / 1000)} s`,
        )
      : []),
    ...(deepest && deepest.commands >= LEAST_COMMANDS
      ? claim(
          'deepest session',
          deepest.id,
          compared && deepest.commands > (before.deepest?.commands ?? 0),
          `${deepest.commands} commands, the most of the period; ${back} ${before.deepest?.commands ?? 0}`,
        )
      : []),
  ];
}
