// A campaign's sessions by day, small: one bar a day from the first day given to the last.
import type { Campaign } from '../../src/web/schema.ts';
import { number } from '../format.ts';
import { words } from '../words/words.ts';

const DAY = 86_400_000;
const HEIGHT = 28;
/** Days of which each has a bar of its own; of more, some share one. */
const MOST = 90;

export function Spark({ days, height = HEIGHT }: { days: Campaign['days']; height?: number }) {
  if (days.length === 0) return null;
  const at = (day: string) => Math.floor(Date.parse(day) / DAY);
  const [first, last] = [at(days[0]!.day), at(days.at(-1)!.day)];
  const width = Math.max(1, Math.ceil((last - first + 1) / MOST));
  const bars = new Map<number, number>();
  for (const { day, sessions } of days) {
    const bar = Math.floor((at(day) - first) / width);
    bars.set(bar, (bars.get(bar) ?? 0) + sessions);
  }
  const count = Math.max(12, Math.floor((last - first) / width) + 1);
  const most = Math.max(...bars.values());
  const path = [...bars]
    .map(([bar, sessions]) => {
      const tall = Math.max(1.5, (sessions / most) * height);
      return `M${bar * 6} ${height}v${(-tall).toFixed(1)}h5v${tall.toFixed(1)}z`;
    })
    .join('');
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${count * 6} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={words().campaigns.byDay(number(most))}
    >
      <path d={path} />
    </svg>
  );
}
