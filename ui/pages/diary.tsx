// The diary: the entry of a day as it would be published, and the days that have one.
import type { Diary } from '../../src/web/schema.ts';
import { useApi } from '../api.ts';
import { locale } from '../format.ts';
import { Entry } from '../parts/entry.tsx';
import { Nothing, Show } from '../parts/states.tsx';
import { A, go, url } from '../router.tsx';
import { settings } from '../settings.ts';
import { words } from '../words/words.ts';

interface Day {
  day: string;
  events: number;
}

export function DiaryPage({ date }: { date?: string }) {
  const answer = useApi<{ days: Day[] }>('/diary');
  return (
    <Show answer={answer}>
      {({ days }) =>
        days.length === 0 ? (
          <Nothing text={words().diary.none} hint={words().diary.noneHint} />
        ) : (
          <Volume days={days} date={date ?? days.at(-1)!.day} />
        )
      }
    </Show>
  );
}

function Volume({ days, date }: { days: readonly Day[]; date: string }) {
  const w = words().diary;
  const answer = useApi<Diary>(url(`/diary/${date}`, { lang: settings.language }));
  const before = days.findLast(({ day }) => day < date);
  const after = days.find(({ day }) => day > date);
  return (
    <div class="volume">
      <aside class="volume-days">
        <h2>{w.days}</h2>
        <Months days={days} date={date} />
      </aside>
      <div class="volume-page">
        <nav class="turn" aria-label={w.title}>
          {before ? <A href={`/diary/${before.day}`}>← {w.previous}</A> : <span />}
          <label>
            <span class="sr">{w.choose}</span>
            <input
              type="date"
              value={date}
              min={days[0]!.day}
              max={days.at(-1)!.day}
              onChange={(event) => {
                const { value } = event.currentTarget;
                if (/^\d{4}-\d\d-\d\d$/.test(value)) go(`/diary/${value}`);
              }}
            />
          </label>
          {after ? <A href={`/diary/${after.day}`}>{w.next} →</A> : <span />}
        </nav>
        <Show answer={answer} lines={10}>
          {({ text }) => <Entry html={text} />}
        </Show>
        <p class="quiet colophon">
          {w.masked}{' '}
          <button type="button" class="plain" onClick={() => print()}>
            {w.print}
          </button>
        </p>
      </div>
    </div>
  );
}

/** Days as squares in weeks, darker with more events; the last year of the diary. */
function Months({ days, date }: { days: readonly Day[]; date: string }) {
  const w = words().diary;
  const months = new Map<string, Day[]>();
  for (const day of days.slice(-366)) {
    const month = day.day.slice(0, 7);
    months.set(month, [...(months.get(month) ?? []), day]);
  }
  const most = Math.max(...days.map(({ events }) => events));
  const name = new Intl.DateTimeFormat(locale(), { year: 'numeric', month: 'long', timeZone: 'UTC' });
  return (
    <div class="months">
      {[...months].reverse().map(([month, own]) => {
        const known = new Map(own.map(({ day, events }) => [Number(day.slice(8)), events]));
        const first = new Date(`${month}-01T00:00:00Z`);
        const length = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
        return (
          <section key={month}>
            <h3>{name.format(first)}</h3>
            <div class="month">
              {Array.from({ length: (first.getUTCDay() + 6) % 7 }, (_, index) => (
                <span key={`before ${index}`} />
              ))}
              {Array.from({ length }, (_, index) => {
                const events = known.get(index + 1);
                const day = `${month}-${String(index + 1).padStart(2, '0')}`;
                if (events === undefined)
                  return (
                    <span key={day} class="day none">
                      {index + 1}
                    </span>
                  );
                const level = Math.ceil(Math.sqrt(events / most) * 4);
                return (
                  <A
                    key={day}
                    href={`/diary/${day}`}
                    class={`day level${level}`}
                    aria-current={day === date ? 'date' : undefined}
                    title={w.events(events)}
                  >
                    {index + 1}
                    <span class="sr"> {w.events(events)}</span>
                  </A>
                );
              })}
            </div>
          </section>
        );
      })}
    </div>
  );
}
