// Addresses and names hidden in a recording that is shared: in output and typed keys piece by piece, in a command as a whole.
import { maskPieces } from '../../event/mask.ts';
import type { CastEvent } from '../../event/tty.ts';

export function maskCast(events: readonly CastEvent[], hosts: readonly string[]): CastEvent[] {
  const masked = new Map<CastEvent, string>();
  // Output and typed keys are a stream each: an address may come digit by digit.
  const streams = [
    ...(['o', 'i'] as const).map((code) => events.filter((event) => event[1] === code)),
    ...events.filter((event) => event[1] === 'm').map((event) => [event]),
  ];
  for (const stream of streams) {
    const pieces = maskPieces(
      stream.map(([, , text]) => text),
      hosts,
    );
    for (const [i, event] of stream.entries()) masked.set(event, pieces[i]!);
  }
  return events.map((event) => [event[0], event[1], masked.get(event) ?? event[2]]);
}
