// The diary: the entry of a day as it would be published, and the days that have one.
import { useState } from 'preact/hooks';
import type { Diary } from '../../src/web/schema.ts';
import { post, useApi } from '../api.ts';
import { locale } from '../format.ts';
import { Entry } from '../parts/entry.tsx';
import { ShareButton } from '../parts/sharebutton.tsx';
import { Nothing, Show } from '../parts/states.tsx';
import { A, go, url } from '../router.tsx';
import { settings } from '../settings.ts';
import { base, shared } from '../share.ts';
import { words } from '../words/words.ts';

interface Day {
  day: string;
  events: number;
}

export function DiaryPage({ date }: { date?: string }) {
  // A link to one day knows no others.
  const alone = shared() === 'diary';
  const answer = useApi<{ days: Day[] }>(alone ? undefined : '/diary');
  if (alone) return <Volume days={[]} date={date ?? ''} />;
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

type Written = Diary & { week?: string; month?: string; since?: number };

function Volume({ days, date }: { days: readonly Day[]; date: string }) {
  const w = words().diary;
  // Counts how often remarks were kept: the entry is asked for again.
  const [kept, setKept] = useState(0);
  const answer = useApi<Written>(url(`/diary/${date}`, { lang: settings.language }), kept);
  const isDay = /^\d{4}-\d\d-\d\d$/.test(date);
  const before = isDay ? days.findLast(({ day }) => day < date) : undefined;
  const after = isDay ? days.find(({ day }) => day > date) : undefined;
  const { week, month } = answer.data ?? {};
  return (
    <div class="volume">
      {days.length > 0 && (
        <aside class="volume-days">
          <h2>{w.days}</h2>
          <Months days={days} date={date} />
        </aside>
      )}
      <div class="volume-page">
        <nav class="turn" aria-label={w.title}>
          {before ? <A href={`/diary/${before.day}`}>← {w.previous}</A> : <span />}
          {days.length > 0 && (
            <label>
              <span class="sr">{w.choose}</span>
              <input
                type="date"
                value={isDay ? date : ''}
                min={days[0]!.day}
                max={days.at(-1)!.day}
                onChange={(event) => {
                  const { value } = event.currentTarget;
                  if (/^\d{4}-\d\d-\d\d$/.test(value)) go(`/diary/${value}`);
                }}
              />
            </label>
          )}
          {after ? <A href={`/diary/${after.day}`}>{w.next} →</A> : <span />}
        </nav>
        <p class="spans">
          {week && week !== date && <A href={`/diary/${week}`}>{w.week}</A>}
          {month && month !== date && <A href={`/diary/${month}`}>{w.month}</A>}
          {date !== 'since' && <A href="/diary/since">{w.since}</A>}
        </p>
        <Show answer={answer} lines={10}>
          {({ text, since }) => (
            <>
              {date === 'since' && (
                <p class="quiet">
                  {since !== undefined && w.sinceWhen(new Date(since).toLocaleString(locale()))}{' '}
                  <button
                    type="button"
                    onClick={() => {
                      void post('/diary/looked', {}).then(() => setKept(kept + 1));
                    }}
                  >
                    {w.read}
                  </button>
                </p>
              )}
              <Entry html={text} />
            </>
          )}
        </Show>
        {date !== 'since' && base === '' && <Remarks key={date} date={date} onKept={() => setKept(kept + 1)} />}
        {date !== 'since' && <ShareButton show={{ kind: 'diary', date }} />}
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

/** The operator's own words on the day: they are shown in the entry, and kept as a file. */
function Remarks({ date, onKept }: { date: string; onKept: () => void }) {
  const w = words().diary;
  const answer = useApi<{ text: string }>(`/diary/${date}/remarks`);
  const [state, set] = useState<'' | 'kept' | Error>('');
  const save = (event: Event & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get('text') ?? '');
    post(`/diary/${date}/remarks`, { text }).then(
      () => {
        set('kept');
        onKept();
      },
      (error: Error) => set(error),
    );
  };
  return (
    <details class="remarks">
      <summary>{w.remarks}</summary>
      <Show answer={answer}>
        {({ text }) => (
          <form onSubmit={save}>
            <p class="quiet" id="remarks-hint">
              {w.remarksHint}
            </p>
            <textarea
              name="text"
              rows={6}
              maxLength={65_536}
              aria-label={w.remarks}
              aria-describedby="remarks-hint"
              defaultValue={text}
            />
            <p>
              <button type="submit">{w.keep}</button>{' '}
              <span role="status">{state === 'kept' ? w.kept : state === '' ? '' : state.message}</span>
            </p>
          </form>
        )}
      </Show>
    </details>
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
