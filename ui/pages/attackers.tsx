// Attackers: by address, network, country, client or HASSH, each with its days; and what all sessions of one of them are like.
import type { AttackerKind, Attackers } from '../../src/web/schema.ts';
import { useApi } from '../api.ts';
import { country, moment, number } from '../format.ts';
import { Change } from '../parts/change.tsx';
import { Choice } from '../parts/choice.tsx';
import { DayLine } from '../parts/dayline.tsx';
import { Inert, inert } from '../parts/inert.tsx';
import { Profile, useSurvey } from '../parts/profile.tsx';
import { RangePicker, rangeFrom } from '../parts/range.tsx';
import { Nothing, Show } from '../parts/states.tsx';
import { pageOfValue, sessionsUrl, Value } from '../parts/toplist.tsx';
import { A, go, url } from '../router.tsx';
import { apiUrl } from '../share.ts';
import { words } from '../words/words.ts';

const KINDS = ['address', 'asn', 'country', 'client', 'hassh'] as const satisfies readonly AttackerKind[];
const LIMIT = 50;

export function AttackersPage({ query }: { query: URLSearchParams }) {
  const w = words();
  const { span, preset } = rangeFrom(query);
  const kind = KINDS.find((name) => name === query.get('kind')) ?? 'address';
  const path = (more: object) => url(`/attackers/${kind}`, { ...span, ...more });
  const answer = useApi<Attackers>(path({ limit: LIMIT }));
  return (
    <>
      <header class="page-head">
        <h1>{w.attackers.title}</h1>
        <RangePicker query={query} preset={preset} span={span} path="/attackers" />
      </header>
      <div class="list-head">
        <Choice
          label={w.attackers.by}
          options={KINDS.map((name) => [name, w.dimension[name]] as const)}
          value={kind}
          onChoose={(name) =>
            go(url('/attackers', { ...Object.fromEntries(query), kind: name === 'address' ? undefined : name }))
          }
        />
        <span class="exports">
          {(['csv', 'ndjson'] as const).map((format) => (
            <a
              key={format}
              href={apiUrl(path({ limit: 200, format }))}
              download
              aria-label={`${w.explore.download} ${format.toUpperCase()}: ${w.dimension[kind]}`}
            >
              {format}
            </a>
          ))}
        </span>
      </div>
      <Show answer={answer} lines={12}>
        {({ items, kind: shown, from, to }) =>
          items.length === 0 ? (
            <Nothing />
          ) : (
            <div class="scroll">
              <table class="attackers">
                <thead>
                  <tr>
                    <th scope="col">{w.sessions[shown]}</th>
                    <th scope="col" class="n">
                      {w.totals.sessions}
                    </th>
                    <th scope="col">{w.attackers.history(days(from, to))}</th>
                    <th scope="col">{w.attackers.firstSeen}</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((item) => (
                    <tr key={item.value}>
                      <td class="attacker">
                        <A href={pageOfValue(shown, item.value) ?? sessionsUrl(shown, item, span)}>
                          <Value dimension={shown} item={item} most={70} />
                        </A>
                      </td>
                      <td class="n">
                        <A href={sessionsUrl(shown, item, span)} aria-label={w.map.sessions(item.count)}>
                          {number(item.count)}
                        </A>
                        {item.before !== undefined && (
                          <Change count={item.count} before={item.before} fresh={item.firstSeen >= (span.from ?? 0)} />
                        )}
                      </td>
                      <td>
                        <DayLine days={item.days} from={from} to={to} />
                      </td>
                      <td>
                        <time dateTime={new Date(item.firstSeen).toISOString()}>{moment(item.firstSeen)}</time>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Show>
    </>
  );
}

const days = (from: number, to: number): number => Math.max(1, Math.round((to - from) / 86_400_000));

const isKind = (name: string): name is Exclude<AttackerKind, 'address'> =>
  name !== 'address' && (KINDS as readonly string[]).includes(name);

/** One network, country, client or HASSH. */
export function AttackerPage({ kind, value, query }: { kind: string; value: string; query: URLSearchParams }) {
  return isKind(kind) ? <One kind={kind} value={value} query={query} /> : <Nothing text={words().notFoundPage} />;
}

function One({
  kind,
  value,
  query,
}: {
  kind: Exclude<AttackerKind, 'address'>;
  value: string;
  query: URLSearchParams;
}) {
  const w = words();
  const { span, preset } = rangeFrom(query, 'all');
  const filters = {
    [kind]: value,
    ...(span.from === undefined ? {} : { from: String(span.from) }),
    ...(span.to === undefined ? {} : { to: String(span.to) }),
  };
  const survey = useSurvey(filters);
  const here = location.pathname;
  return (
    <article class="attacker-page">
      <header class="page-head">
        <div>
          <p class="date">
            <A href={url('/attackers', { kind })}>{w.sessions[kind]}</A>
          </p>
          <h1>{kind === 'country' ? inert(country(value), 60) : <Inert text={value} most={90} />}</h1>
          {kind === 'asn' && <NetworkName asn={value} />}
        </div>
        <RangePicker query={query} preset={preset} span={span} path={here} />
      </header>
      <Profile filters={filters} answer={survey} without={[kind]} onRange={(from, to) => go(url(here, { from, to }))} />
    </article>
  );
}

/** Whose a network is: its newest session tells. */
function NetworkName({ asn }: { asn: string }) {
  const { data } = useApi<{ items: { asName?: string }[] }>(url('/sessions', { asn, limit: 1 }));
  const name = data?.items[0]?.asName;
  return name === undefined ? null : (
    <p class="lead">
      <Inert text={name} most={90} />
    </p>
  );
}
