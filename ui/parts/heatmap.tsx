// The week by hour and weekday: when they come. A square a hour, darker with more.
import type { HeatMap as Answer, Timeline } from '../../src/web/schema.ts';
import { useApi } from '../api.ts';
import { locale, number, zoneName } from '../format.ts';
import { url } from '../router.tsx';
import { words } from '../words/words.ts';
import { Show } from './states.tsx';
import type { Span } from './toplist.tsx';

/** A Monday, for the names of the weekdays. */
const MONDAY = Date.UTC(2024, 0, 1);

type Series = keyof Omit<Timeline['points'][number], 'at'>;

export function HeatMap({ span, series }: { span: Span; series: Series }) {
  const w = words();
  const zone = zoneName();
  const answer = useApi<Answer>(url('/heat-map', { ...span, zone, what: series }));
  const weekday = new Intl.DateTimeFormat(locale(), { weekday: 'short', timeZone: 'UTC' });
  return (
    <section class="heat sheet">
      <h3>{w.explore.heat(w.totals[series])}</h3>
      <Show answer={answer} lines={5}>
        {({ counts }) => {
          const most = Math.max(1, ...counts.flat());
          return (
            <div class="scroll">
              <table>
                <caption class="sr">{w.explore.heat(w.totals[series])}</caption>
                <thead>
                  <tr>
                    <th scope="col">
                      <span class="sr">{w.explore.weekday}</span>
                    </th>
                    {counts[0]!.map((_, hour) => (
                      <th key={`${hour}`} scope="col">
                        {hour % 3 === 0 ? hour : <span class="sr">{hour}</span>}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {counts.map((hours, day) => (
                    <tr key={`${day}`}>
                      <th scope="row">{weekday.format(MONDAY + day * 86_400_000)}</th>
                      {hours.map((count, hour) => (
                        <td key={`${hour}`} title={`${hour}:00 · ${number(count)}`}>
                          <svg viewBox="0 0 10 10" aria-hidden="true">
                            <rect width="10" height="10" rx="1.5" fill-opacity={Math.sqrt(count / most)} />
                          </svg>
                          <span class="sr">{number(count)}</span>
                        </td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          );
        }}
      </Show>
      <p class="quiet">{zone}</p>
    </section>
  );
}
