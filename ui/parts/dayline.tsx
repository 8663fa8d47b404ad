// A value's days as a line of small bars.
import { day, number } from '../format.ts';
import { words } from '../words/words.ts';

const DAY = 86_400_000;

interface Props {
  /** UTC days with their counts, ascending. */
  days: readonly (readonly [day: string, count: number])[];
  from: number;
  to: number;
}

export function DayLine({ days, from, to }: Props) {
  const first = Math.floor(from / DAY);
  const length = Math.max(1, Math.ceil(to / DAY) - first);
  const most = Math.max(1, ...days.map(([, n]) => n));
  const peak = days.find(([, n]) => n === most);
  const said = words().attackers.days(
    days.length,
    length,
    peak ? `${day(Date.parse(peak[0]))}: ${number(peak[1])}` : undefined,
  );
  const path = days
    .map(([date, n]) => {
      const x = Date.parse(date) / DAY - first;
      const tall = Math.max(1.5, (n / most) * 20);
      return `M${x} 20v${-tall.toFixed(2)}h.8v${tall.toFixed(2)}z`;
    })
    .join('');
  return (
    <svg class="day-line" viewBox={`0 0 ${length} 20`} preserveAspectRatio="none" role="img" aria-label={said}>
      <title>{said}</title>
      <path d={path} />
    </svg>
  );
}
