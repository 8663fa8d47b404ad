// The most frequent values of one kind, each with its share as a bar and a link to the sessions behind it.
import type { Changes, Counted, Dimension } from '../../src/web/schema.ts';
import { useApi } from '../api.ts';
import { country, number } from '../format.ts';
import { A, url } from '../router.tsx';
import { apiUrl } from '../share.ts';
import { words } from '../words/words.ts';
import { Change } from './change.tsx';
import { Inert } from './inert.tsx';
import { Origin } from './origin.tsx';
import { Nothing, Show } from './states.tsx';

export interface Span {
  from?: number;
  to?: number;
}

/** The sessions in which a value occurs. */
export function sessionsUrl(dimension: Dimension, item: Counted, span: Span): string {
  const { from, to } = span;
  const { value, username, password } = item;
  switch (dimension) {
    case 'pair':
      return url('/sessions', { username, password, from, to });
    default:
      return url('/sessions', { [dimension]: value, from, to });
  }
}

/** The page about a value, where there is one. */
export function pageOfValue(dimension: Dimension, value: string): string | undefined {
  // A path cannot hold these parts alone.
  if (value === '' || value === '.' || value === '..') return undefined;
  const part = encodeURIComponent(value);
  switch (dimension) {
    case 'address':
      return `/addresses/${part}`;
    case 'asn':
    case 'country':
    case 'client':
    case 'hassh':
      return `/attackers/${dimension}/${part}`;
    case 'hash':
      return `/samples/${part}`;
    default:
      return undefined;
  }
}

export function Value({ dimension, item, most }: { dimension: Dimension; item: Counted; most?: number }) {
  switch (dimension) {
    case 'pair':
      return (
        <>
          <Inert text={item.username} most={most} />
          <span class="slash"> / </span>
          <Inert text={item.password} most={most} />
        </>
      );
    case 'country':
      return <>{country(item.value)}</>;
    case 'asn':
      return (
        <>
          {item.asName !== undefined && <Inert text={item.asName} most={most} />} <small>{item.value}</small>
        </>
      );
    case 'address':
      return (
        <>
          <Inert text={item.value} most={most} /> <Origin {...item} />
        </>
      );
    default:
      return <Inert text={item.value} most={most} />;
  }
}

interface Props {
  dimension: Dimension;
  span: Span;
  limit?: number;
  version?: unknown;
  heading?: 2 | 3;
  exports?: boolean;
  /** Ask for each count in the period before too (the span has both ends), and show how it has changed. */
  change?: 'asked' | 'shown';
}

type Ranked = { items: (Counted & Partial<Changes['items'][number]>)[] };

export function TopList({ dimension, span, limit = 10, version, exports = false, change }: Props) {
  const w = words();
  const path = url(`/${change ? 'change' : 'top'}/${dimension}`, { from: span.from, to: span.to, limit });
  const answer = useApi<Ranked>(path, version);
  return (
    <section class="toplist">
      <header>
        <h3>{w.dimension[dimension]}</h3>
        {exports && (
          <span class="exports">
            {(['csv', 'ndjson'] as const).map((format) => (
              <a
                href={apiUrl(url(`/top/${dimension}`, { from: span.from, to: span.to, limit: 10_000, format }))}
                download
                aria-label={`${w.explore.download} ${format.toUpperCase()}: ${w.dimension[dimension]}`}
              >
                {format}
              </a>
            ))}
          </span>
        )}
      </header>
      <Show answer={answer} lines={limit / 2}>
        {({ items }) => {
          if (items.length === 0) return <Nothing />;
          const most = items[0]!.count;
          return (
            <ol>
              {items.map((item) => {
                const href = sessionsUrl(dimension, item, span);
                const row = (
                  <>
                    <span class="toplist-value">
                      <Value dimension={dimension} item={item} most={80} />
                    </span>
                    <span class="toplist-count">
                      {number(item.count)}
                      {change === 'shown' && item.before !== undefined && (
                        <Change count={item.count} before={item.before} fresh={item.firstSeen >= span.from!} />
                      )}
                    </span>
                    <svg class="share" aria-hidden="true" preserveAspectRatio="none" viewBox="0 0 100 1">
                      <rect width={Math.max(0.5, (item.count / most) * 100)} height="1" />
                    </svg>
                  </>
                );
                return (
                  <li key={item.value}>
                    <A href={href}>{row}</A>
                  </li>
                );
              })}
            </ol>
          );
        }}
      </Show>
    </section>
  );
}
