// The week by hour and weekday: when they come. A square an hour, darker with more, that leads to its sessions.
import type { ComponentChildren } from 'preact';
import type { HeatMap as Answer, Timeline } from '../../src/web/schema.ts';
import { useApi } from '../api.ts';
import { number, weekdayName, zoneName } from '../format.ts';
import { A, url } from '../router.tsx';
import { words } from '../words/words.ts';
import { Show } from './states.tsx';
import type { Span } from './toplist.tsx';

type Series = keyof Omit<Timeline['points'][number], 'at'>;

/** What the sessions behind a square have, beside their time. */
const BEHIND: Record<Series, Record<string, string>> = {
  sessions: {},
  loginsFailed: { eventid: 'cowrie.login.failed' },
  loginsSucceeded: { eventid: 'cowrie.login.success' },
  commands: { withCommands: 'true' },
  downloads: { eventid: 'cowrie.session.file_download' },
};

export function HeatMap({ span, series }: { span: Span; series: Series }) {
  const answer = useApi<Answer>(url('/heat-map', { ...span, zone: zoneName(), what: series }));
  return (
    <Week title={words().explore.heat(words().totals[series])} filters={{ ...span, ...BEHIND[series] }}>
      {(draw) => (
        <Show answer={answer} lines={5}>
          {({ counts }) => draw(counts)}
        </Show>
      )}
    </Week>
  );
}

interface WeekProps {
  title: string;
  /** Of the sessions that are counted, under the names of the API. */
  filters: Record<string, string | number | undefined>;
  children: (draw: (counts: readonly (readonly number[])[]) => ComponentChildren) => ComponentChildren;
}

/** The frame, and what draws counts by weekday from Monday and hour in the reader's zone: each square leads to its sessions. */
export function Week({ title, filters, children }: WeekProps) {
  const w = words();
  const zone = zoneName();
  const draw = (counts: readonly (readonly number[])[]) => {
    const most = Math.max(1, ...counts.flat());
    return (
      <div class="scroll">
        <table>
          <caption class="sr">{title}</caption>
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
            {counts.map((hours, weekday) => (
              <tr key={`${weekday}`}>
                <th scope="row">{weekdayName(weekday)}</th>
                {hours.map((count, hour) => (
                  <td key={`${hour}`} title={`${weekdayName(weekday)} ${hour}:00 · ${number(count)}`}>
                    <Square
                      count={count}
                      most={most}
                      href={url('/sessions', { ...filters, weekday, hour, zone })}
                      label={`${weekdayName(weekday)} ${hour}:00: ${number(count)}`}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    );
  };
  return (
    <section class="heat sheet">
      <h2 class="small">{title}</h2>
      {children(draw)}
      <p class="quiet">{zone}</p>
    </section>
  );
}

function Square({ count, most, href, label }: { count: number; most: number; href: string; label: string }) {
  const square = (
    <svg viewBox="0 0 10 10" preserveAspectRatio="none" aria-hidden="true">
      <rect width="10" height="10" fill-opacity={Math.sqrt(count / most)} />
    </svg>
  );
  return count > 0 ? (
    <A href={href} aria-label={label}>
      {square}
      <span class="sr">{number(count)}</span>
    </A>
  ) : (
    <>
      {square}
      <span class="sr">{number(count)}</span>
    </>
  );
}
