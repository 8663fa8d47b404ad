// Credentials: which user names are tried with which passwords, the most frequent of both, and what was tried for the first time.
import type { Counts, Matrix, Rare, Totals } from '../../src/web/schema.ts';
import { useApi } from '../api.ts';
import { moment, number, roughly } from '../format.ts';
import { periodBefore } from '../parts/change.tsx';
import { Choice } from '../parts/choice.tsx';
import { Inert, inert } from '../parts/inert.tsx';
import { RangePicker, rangeFrom } from '../parts/range.tsx';
import { Nothing, Show } from '../parts/states.tsx';
import { type Span, sessionsUrl, TopList, Value } from '../parts/toplist.tsx';
import { WordlistsOf } from '../parts/wordlists.tsx';
import { A, go, url } from '../router.tsx';
import { apiUrl } from '../share.ts';
import { words } from '../words/words.ts';

const SHOWN = ['frequent', 'wordlists', 'first', 'rare'] as const;
const WORDS = ['username', 'password', 'pair'] as const;

export function Credentials({ query }: { query: URLSearchParams }) {
  const w = words();
  const { span, preset } = rangeFrom(query);
  const shown = SHOWN.find((name) => name === query.get('show')) ?? 'frequent';
  const before = periodBefore(span, useApi<Totals>('/totals').data?.first);
  return (
    <>
      <header class="page-head">
        <h1>{w.credentials.title}</h1>
        <RangePicker query={query} preset={preset} span={span} path="/credentials" />
      </header>
      <Choice
        label={w.credentials.title}
        options={SHOWN.map((name) => [name, w.credentials.shown[name]] as const)}
        value={shown}
        onChoose={(name) =>
          go(url('/credentials', { ...Object.fromEntries(query), show: name === 'frequent' ? undefined : name }))
        }
      />
      {shown === 'frequent' && (
        <>
          <Pairs span={span} />
          <div class="tops">
            {WORDS.map((dimension) => (
              <TopList
                key={dimension}
                dimension={dimension}
                span={span}
                limit={20}
                exports
                change={before ? 'shown' : undefined}
              />
            ))}
          </div>
        </>
      )}
      {shown === 'wordlists' && <WordlistsOf span={span} />}
      {shown === 'first' && (
        <div class="tops">
          {WORDS.map((dimension) => (
            <FirstSeen key={dimension} dimension={dimension} span={span} />
          ))}
        </div>
      )}
      {shown === 'rare' && (
        <>
          <p class="quiet">{w.credentials.rareLead}</p>
          <div class="tops">
            {(['username', 'password'] as const).map((dimension) => (
              <RareOnes key={dimension} dimension={dimension} />
            ))}
          </div>
        </>
      )}
    </>
  );
}

function Pairs({ span }: { span: Span }) {
  const w = words();
  const answer = useApi<Matrix>(url('/matrix', { ...span, usernames: 14, passwords: 14 }));
  return (
    <section class="sheet matrix">
      <h2>{w.credentials.matrix}</h2>
      <p class="quiet">{w.credentials.matrixLead}</p>
      <Show answer={answer} lines={8}>
        {({ usernames, passwords, counts }) => {
          if (usernames.length === 0) return <Nothing />;
          const most = Math.max(1, ...counts.flat());
          return (
            <div class="scroll">
              <table>
                <caption class="sr">{w.credentials.matrix}</caption>
                <thead>
                  <tr>
                    <th scope="col">
                      <span class="sr">{w.dimension.username}</span>
                    </th>
                    {passwords.map((password) => (
                      <th key={password} scope="col" class="matrix-password">
                        <A href={url('/sessions', { password, ...span })}>
                          <Inert text={password} most={16} />
                        </A>
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {usernames.map((username, row) => (
                    <tr key={username}>
                      <th scope="row">
                        <A href={url('/sessions', { username, ...span })}>
                          <Inert text={username} most={20} />
                        </A>
                      </th>
                      {passwords.map((password, column) => {
                        const count = counts[row]![column]!;
                        return (
                          <td key={password} class={count > most / 3 ? 'matrix-much' : undefined}>
                            {count > 0 && (
                              <A
                                href={url('/sessions', { username, password, ...span })}
                                aria-label={`${inert(username, 40)} / ${inert(password, 40)}: ${number(count)}`}
                              >
                                <svg viewBox="0 0 10 10" preserveAspectRatio="none" aria-hidden="true">
                                  <rect
                                    width="10"
                                    height="10"
                                    rx="1"
                                    fill-opacity={Math.max(0.08, Math.sqrt(count / most))}
                                  />
                                </svg>
                                <span class="matrix-count">{roughly(count)}</span>
                              </A>
                            )}
                          </td>
                        );
                      })}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          );
        }}
      </Show>
    </section>
  );
}

type Novel = Counts['items'][number];

/** Values with when they came first, each with its sessions. */
function Novelties({
  dimension,
  items,
  span,
}: {
  dimension: (typeof WORDS)[number];
  items: readonly Novel[];
  span: Span;
}) {
  if (items.length === 0) return <Nothing text={words().explore.noneNew} />;
  return (
    <ol>
      {items.map((item) => (
        <li key={item.value}>
          <A href={sessionsUrl(dimension, item, span)}>
            <span class="toplist-value">
              <Value dimension={dimension} item={item} most={60} />
            </span>
            <span class="toplist-count">
              <time dateTime={new Date(item.firstSeen).toISOString()}>{moment(item.firstSeen)}</time> ×
              {number(item.count)}
            </span>
          </A>
        </li>
      ))}
    </ol>
  );
}

function FirstSeen({ dimension, span }: { dimension: (typeof WORDS)[number]; span: Span }) {
  const w = words();
  const path = (more: object) => url(`/first-seen/${dimension}`, { ...span, ...more });
  const answer = useApi<Counts>(path({ limit: 60 }));
  return (
    <section class="toplist">
      <header>
        <h3>{w.dimension[dimension]}</h3>
        <Exports path={(format) => path({ limit: 10_000, format })} name={w.dimension[dimension]} />
      </header>
      <Show answer={answer} lines={8}>
        {({ items }) => <Novelties dimension={dimension} items={items} span={span} />}
      </Show>
    </section>
  );
}

function RareOnes({ dimension }: { dimension: 'username' | 'password' }) {
  const w = words();
  const answer = useApi<Rare>(url(`/rare/${dimension}`, { limit: 60 }));
  return (
    <section class="toplist">
      <header>
        <h3>{w.dimension[dimension]}</h3>
        <Exports path={(format) => url(`/rare/${dimension}`, { limit: 1000, format })} name={w.dimension[dimension]} />
      </header>
      <Show answer={answer} lines={8}>
        {({ items }) => <Novelties dimension={dimension} items={items} span={{}} />}
      </Show>
    </section>
  );
}

function Exports({ path, name }: { path: (format: 'csv' | 'ndjson') => string; name: string }) {
  return (
    <span class="exports">
      {(['csv', 'ndjson'] as const).map((format) => (
        <a
          key={format}
          href={apiUrl(path(format))}
          download
          aria-label={`${words().explore.download} ${format.toUpperCase()}: ${name}`}
        >
          {format}
        </a>
      ))}
    </span>
  );
}
