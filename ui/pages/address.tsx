// One address: since when it comes, its days, what it tried in which order, what it typed and brought.
import type { HandOffs, Relations, Session, Sessions, Tries } from '../../src/web/schema.ts';
import { ApiError, useApi } from '../api.ts';
import { country, dateTime, day, number, time } from '../format.ts';
import { Inert } from '../parts/inert.tsx';
import { Profile, useSurvey } from '../parts/profile.tsx';
import { Nothing, Show } from '../parts/states.tsx';
import { A, url } from '../router.tsx';
import { words } from '../words/words.ts';

/** Days that are drawn. */
const DAYS = 90;

export function AddressPage({ address }: { address: string }) {
  const answer = useApi<Relations>(url(`/addresses/${encodeURIComponent(address)}`, { limit: 1 }));
  if (answer.error instanceof ApiError && answer.error.status === 404)
    return <Nothing text={words().address.missing} hint={<A href="/sessions">{words().sessions.title}</A>} />;
  return <Show answer={answer}>{(relations) => <Whole relations={relations} />}</Show>;
}

function Whole({ relations }: { relations: Relations }) {
  const w = words();
  const { address, sessions, firstSeen, days } = relations;
  const survey = useSurvey({ address });
  // Where it comes from: its newest session tells.
  const newest = useApi<Sessions>(url('/sessions', { address, limit: 1 })).data?.items[0];
  return (
    <article class="address-page">
      <header class="page-head">
        <div>
          <p class="date">{w.address.title}</p>
          <h1>
            <Inert text={address} />
          </h1>
          {newest ? <Whence session={newest} /> : <p class="whence">{'\u00a0'}</p>}
          <p>
            {w.address.lead(sessions, dateTime(firstSeen), days.length)}{' '}
            <A href={url('/sessions', { address })}>{w.sessions.title} →</A>
          </p>
        </div>
      </header>
      <Days days={days} address={address} />
      <Profile filters={{ address }} answer={survey} without={['address', 'asn', 'country']} />
      <HandOffList address={address} />
      <Order address={address} />
    </article>
  );
}

function Whence({ session: { country: code, asn, asName, hostName, scanner } }: { session: Session }) {
  const w = words();
  return (
    <p class="whence">
      {code !== undefined && <A href={`/attackers/country/${code}`}>{country(code)}</A>}
      {asn !== undefined && (
        <A href={`/attackers/asn/AS${asn}`}>
          {asName !== undefined && <Inert text={asName} most={60} />} AS{asn}
        </A>
      )}
      {hostName !== undefined && (
        <span>
          {w.origin.hostName}: <Inert text={hostName} most={80} />
        </span>
      )}
      {scanner !== undefined && (
        <span class="scanner">
          {w.origin.scanner}: {scanner}
        </span>
      )}
    </p>
  );
}

function Days({ days, address }: { days: Relations['days']; address: string }) {
  const w = words();
  const shown = days.slice(-DAYS);
  const most = Math.max(1, ...shown.map(([, count]) => count));
  return (
    <ol class="day-strip" aria-label={w.address.days}>
      {shown.map(([date, count]) => (
        <li key={date} title={`${day(Date.parse(date))}: ${number(count)}`}>
          <A href={url('/sessions', { address, from: Date.parse(date), to: Date.parse(date) + 86_400_000 })}>
            <svg viewBox="0 0 8 40" preserveAspectRatio="none" aria-hidden="true">
              <rect x="1" width="6" y={40 - (38 * count) / most} height={(38 * count) / most} />
            </svg>
            <span class="sr">{`${day(Date.parse(date))}: ${number(count)}`}</span>
          </A>
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
      <p class="quiet">
        <A href="/credentials?range=all&show=wordlists">{w.address.compare} →</A>
      </p>
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
