// What the sessions that fit have in common: the most frequent values of each facet, each a link that narrows or widens the list.
import type { Counts, Survey } from '../../src/web/schema.ts';
import { type Answer, useApi } from '../api.ts';
import { country, number } from '../format.ts';
import { hide } from '../mask.ts';
import { A, url } from '../router.tsx';
import { words } from '../words/words.ts';
import { Inert, inert } from './inert.tsx';
import { Nothing, Show } from './states.tsx';
import type { Span } from './toplist.tsx';

export const FACETS = [
  'eventid',
  'outcome',
  'protocol',
  'sensor',
  'country',
  'asn',
  'username',
  'password',
  'client',
  'hassh',
] as const;
type Facet = (typeof FACETS)[number];

/** How far a session came, in words; the text itself where it is none of the outcomes. */
export function outcomeName(value: string): string {
  const names: Record<string, string> = words().outcome;
  return Object.hasOwn(names, value) ? names[value]! : inert(value);
}

interface Props {
  /** What the list is filtered by, under the names of the API. */
  filters: Partial<Record<string, string>>;
  /** The page that a choice leads to, and what of its state is no filter. */
  page: string;
  state?: Partial<Record<string, string>>;
}

/**
 * @param answer of `/survey`, as far as it is counted
 * @param span the range, where it is no filter
 */
export function FacetPanel({ answer, span, ...props }: Props & { answer: Answer<Survey>; span?: Span }) {
  const w = words().sessions;
  const { filters } = props;
  if (filters['sensor']) hide(filters['sensor']);
  const networks = useApi<Counts>(url('/top/asn', { from: filters['from'], to: filters['to'], ...span, limit: 200 }));
  const names = new Map(networks.data?.items.map(({ value, asName }) => [value, asName]));
  return (
    <details class="facets" open={matchMedia('(min-width: 75rem)').matches}>
      <summary>
        <h2 class="small">{w.facets}</h2>
      </summary>
      <Show answer={answer} lines={8}>
        {({ sessions, facets, done }) => {
          for (const { value } of facets['sensor'] ?? []) hide(value);
          const shown = FACETS.filter((name) => (facets[name] ?? []).length > 0);
          return (
            <>
              {!done && <Counting sessions={sessions} />}
              {done && shown.length === 0 && <Nothing />}
              {shown.map((name) => (
                <section key={name}>
                  <h3>{w[name]}</h3>
                  <ul>
                    {facets[name]!.slice(0, 8).map(({ value, count }) => (
                      <Choice
                        key={value}
                        {...props}
                        name={name}
                        value={value}
                        count={count}
                        network={name === 'asn' ? names.get(value) : undefined}
                      />
                    ))}
                  </ul>
                </section>
              ))}
            </>
          );
        }}
      </Show>
    </details>
  );
}

/** Says that a count goes on. */
export function Counting({ sessions }: { sessions: number }) {
  return (
    <p class="quiet counting" role="status">
      {words().sessions.countedIn(sessions)}
    </p>
  );
}

interface ChoiceProps extends Props {
  name: Facet;
  value: string;
  count: number;
  /** Who a network belongs to. */
  network?: string;
}

function Choice({ name, value, count, filters, page, state, network }: ChoiceProps) {
  const chosen = filters[name] === value;
  const text = name === 'outcome' ? outcomeName(value) : name === 'country' ? inert(country(value), 48) : undefined;
  return (
    <li>
      <A
        href={url(page, { ...state, ...filters, [name]: chosen ? undefined : value })}
        class={chosen ? 'chosen' : undefined}
        {...(chosen ? { 'aria-label': words().sessions.remove(text ?? inert(value, 48)) } : {})}
      >
        <span class="facet-value" title={text === undefined ? inert(value) : undefined}>
          {text ?? <Inert text={network ?? value} most={60} />}
          {network !== undefined && <small> {value}</small>}
        </span>
        <span class="toplist-count">{chosen ? <span aria-hidden="true">×</span> : number(count)}</span>
      </A>
    </li>
  );
}
