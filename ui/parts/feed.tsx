// What happens, as it happens: one entry a visitor, with what it tried and did; it can be held still to be read.
import { useMemo, useState } from 'preact/hooks';
import type { FeedItem } from '../../src/web/schema.ts';
import { country as countryName, duration, time } from '../format.ts';
import { A } from '../router.tsx';
import { settings } from '../settings.ts';
import { type Visit, visitsOf } from '../visits.ts';
import { words } from '../words/words.ts';
import { Inert } from './inert.tsx';
import { Nothing } from './states.tsx';

/** Visits shown, and deeds of one visit. */
const VISITS = 40;
const DEEDS = 4;

export function Feed({ items }: { items: readonly FeedItem[] }) {
  const w = words();
  const [held, hold] = useState<readonly FeedItem[]>();
  const visits = useMemo(() => visitsOf(held ?? items, duration).slice(0, VISITS), [held ?? items, settings.language]);
  const newest = held?.[0]?.id;
  const fresh = newest === undefined ? 0 : items.findIndex(({ id }) => id <= newest);
  return (
    <section class="feed">
      <header>
        <h2>{w.now.feed}</h2>
        {items.length > 0 && (
          <button
            type="button"
            class="plain"
            aria-pressed={held !== undefined}
            onClick={() => hold(held ? undefined : items)}
          >
            {held ? w.now.resume(fresh < 0 ? items.length : fresh) : w.now.pause}
          </button>
        )}
      </header>
      {visits.length === 0 ? (
        <Nothing text={w.now.feedEmpty} hint={<code>{w.now.feedTry}</code>} />
      ) : (
        <ol class="feed-lines">
          {visits.map((visit) => (
            <Entry key={visit.key} visit={visit} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Entry({ visit }: { visit: Visit }) {
  const w = words();
  const { sessionId, at, kind, address, country, sensor, detail, tries, client, lines, ended, lasted } = visit;
  const shown = lines.slice(-DEEDS);
  const head = (
    <>
      <time dateTime={new Date(at).toISOString()}>{time(at)}</time>
      <span class={`kind k-${kind}`}>{w.kind[kind]}</span>
      <span class="feed-who">
        <Inert text={address || sensor} most={40} />
        {country !== undefined && <small title={countryName(country)}>{country}</small>}
      </span>
      <span class="feed-detail">
        {detail !== '' && <Inert text={detail} most={160} />}
        {tries > 1 && <small>{w.now.tries(tries)}</small>}
      </span>
      <span class="feed-end">
        {client !== undefined && <Inert text={client.replace(/^SSH-2\.0-/, '')} most={28} />}
        {ended ? lasted !== undefined && <small>{lasted}</small> : sessionId !== undefined && <Here at={at} />}
      </span>
    </>
  );
  return (
    <li class={kind === 'connect' || kind === 'client' ? 'dim' : undefined}>
      {sessionId === undefined ? <span class="row">{head}</span> : <A href={`/sessions/${sessionId}`}>{head}</A>}
      {shown.length > 0 && (
        <ul class="deeds">
          {lines.length > shown.length && <li class="quiet">{w.now.earlier(lines.length - shown.length)}</li>}
          {shown.map(({ id, kind, text }) => (
            <li key={id}>
              <span class={`kind k-${kind}`}>{w.kind[kind]}</span>
              {text !== '' && <Inert text={text} most={240} />}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

/** A session may end unseen (a crash, an imported log that stops): after this time nobody is said to be here. */
const STAYS = 3_600_000;

function Here({ at }: { at: number }) {
  return Date.now() - at > STAYS ? null : <small class="here">{words().now.here}</small>;
}
