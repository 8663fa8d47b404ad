// One address: since when it comes, its days, what it tried in which order, what it typed and brought.
import type { HandOffs, Relations, Tries } from '../../src/web/schema.ts';
import { ApiError, useApi } from '../api.ts';
import { dateTime, day, number, time } from '../format.ts';
import { Inert } from '../parts/inert.tsx';
import { Nothing, Show } from '../parts/states.tsx';
import { A, url } from '../router.tsx';
import { words } from '../words/words.ts';

const VALUES = ['username', 'password', 'client', 'hassh', 'command', 'hash', 'url', 'sensor'] as const;
/** Days that are drawn. */
const DAYS = 90;

export function AddressPage({ address }: { address: string }) {
  const answer = useApi<Relations>(url(`/addresses/${encodeURIComponent(address)}`, { limit: 12 }));
  if (answer.error instanceof ApiError && answer.error.status === 404)
    return <Nothing text={words().address.missing} hint={<A href="/sessions">{words().sessions.title}</A>} />;
  return <Show answer={answer}>{(relations) => <Whole relations={relations} />}</Show>;
}

function Whole({ relations }: { relations: Relations }) {
  const w = words();
  const { address, sessions, firstSeen, days, examined, complete, values } = relations;
  return (
    <article class="address-page">
      <header class="page-head">
        <div>
          <p class="date">{w.address.title}</p>
          <h1>
            <Inert text={address} />
          </h1>
          <p>
            {w.address.lead(sessions, dateTime(firstSeen), days.length)}{' '}
            <A href={url('/sessions', { address })}>{w.sessions.title} →</A>
          </p>
        </div>
      </header>
      <Days days={days} />
      {!complete && <p class="quiet">{w.address.partly(examined)}</p>}
      <h2 class="sr">{w.explore.tops}</h2>
      <div class="tops">
        {VALUES.map((name) => {
          const items = values[name] ?? [];
          if (items.length === 0) return null;
          return (
            <section class="toplist" key={name}>
              <header>
                <h3>{w.dimension[name]}</h3>
              </header>
              <ol>
                {items.map(({ value, count }) => (
                  <li key={value}>
                    <span class="row">
                      <span class="toplist-value">
                        <Inert text={value} most={80} />
                      </span>
                      <span class="toplist-count">{number(count)}</span>
                    </span>
                  </li>
                ))}
              </ol>
            </section>
          );
        })}
      </div>
      <HandOffList address={address} />
      <Order address={address} />
    </article>
  );
}

function Days({ days }: { days: Relations['days'] }) {
  const w = words();
  const shown = days.slice(-DAYS);
  const most = Math.max(1, ...shown.map(([, count]) => count));
  return (
    <ol class="day-strip" aria-label={w.address.days}>
      {shown.map(([date, count]) => (
        <li key={date} title={`${day(Date.parse(date))}: ${number(count)}`}>
          <svg viewBox="0 0 8 40" preserveAspectRatio="none" aria-hidden="true">
            <rect x="1" width="6" y={40 - (38 * count) / most} height={(38 * count) / most} />
          </svg>
          <span class="sr">{`${day(Date.parse(date))}: ${number(count)}`}</span>
        </li>
      ))}
    </ol>
  );
}

/** Whom it told what it had found, and who told it. */
function HandOffList({ address }: { address: string }) {
  const w = words().address;
  const answer = useApi<HandOffs>(`/addresses/${encodeURIComponent(address)}/hand-offs`);
  const items = answer.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <section>
      <h2>{w.handOffs}</h2>
      <ul class="hand-offs">
        {items.map((one) => {
          const told = one.receiver === address;
          const other = told ? one.scanner : one.receiver;
          return (
            <li key={one.receiver}>
              {told ? w.toldBy : w.toldTo}{' '}
              <A href={`/addresses/${encodeURIComponent(other)}`}>
                <Inert text={other} />
              </A>
              : <Inert text={one.username} most={48} /> / <Inert text={one.password} most={48} />{' '}
              <span class="quiet">
                <A href={`/sessions/${one.scannerSession}`}>{dateTime(one.found)}</A> →{' '}
                <A href={`/sessions/${one.receiverSession}`}>{dateTime(one.used)}</A>;{' '}
                {one.sure === 'certain' ? w.handedCertain : w.handedLikely(one.guesses, one.others)}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** Its list of words, in its own order. */
function Order({ address }: { address: string }) {
  const w = words();
  const answer = useApi<Tries>(url(`/addresses/${encodeURIComponent(address)}/tries`, { limit: 200 }));
  return (
    <section>
      <h2>{w.address.order}</h2>
      <Show answer={answer}>
        {({ items, next }) =>
          items.length === 0 ? (
            <p class="quiet">{w.address.noTries}</p>
          ) : (
            <>
              <ol class="tries order">
                {items.map(({ at, username, password, success, sessionId }, index) => (
                  <li key={`${index}`}>
                    <A href={`/sessions/${sessionId}`}>
                      <time dateTime={new Date(at).toISOString()}>{`${day(at)} ${time(at)}`}</time>
                    </A>{' '}
                    <span class={success ? 'accent' : undefined}>
                      <Inert text={username} most={48} />
                      {password !== undefined && (
                        <>
                          <span class="slash"> / </span>
                          <Inert text={password} most={48} />
                        </>
                      )}
                    </span>
                  </li>
                ))}
              </ol>
              {next && <p class="quiet">{w.address.firstTries(items.length)}</p>}
            </>
          )
        }
      </Show>
    </section>
  );
}
