// What the sessions that fit a filter are like: when they came, and the most frequent of everything in them, counted on while it is shown.
import type { Counts, Dimension, Survey } from '../../src/web/schema.ts';
import { type Answer, useApi, useGrowing } from '../api.ts';
import { number, zoneName } from '../format.ts';
import { A, url } from '../router.tsx';
import { words } from '../words/words.ts';
import { Bars } from './bars.tsx';
import { Counting, outcomeName } from './facets.tsx';
import { Week } from './heatmap.tsx';
import { Show, Waiting } from './states.tsx';
import { pageOfValue, Value } from './toplist.tsx';

type Filters = Partial<Record<string, string>>;

/** Dimensions whose most frequent values are listed. */
const LISTED = [
  'address',
  'asn',
  'country',
  'username',
  'password',
  'pair',
  'command',
  'hash',
  'url',
  'client',
  'hassh',
  'sensor',
  'protocol',
] as const satisfies readonly Dimension[];
const NAMES = [...LISTED, 'outcome', 'eventid'];

/**
 * @param limit values of each list
 * @param names lists that are wanted
 */
export const useSurvey = (filters: Filters | undefined, limit = 12, names: readonly string[] = NAMES): Answer<Survey> =>
  useGrowing<Survey>(filters && url('/survey', { ...filters, limit, clock: zoneName(), names: names.join(',') }));

interface Props {
  filters: Filters;
  answer: Answer<Survey>;
  /** Lists that would only say what is known. */
  without?: readonly string[];
  onRange?: (from: number, to: number) => void;
}

export function Profile({ filters, answer, without = [], onRange }: Props) {
  const w = words();
  const networks = useApi<Counts>(url('/top/asn', { from: filters['from'], to: filters['to'], limit: 200 }));
  const names = new Map(networks.data?.items.map(({ value, asName }) => [value, asName]));
  // What comes after it is below the fold until it is there.
  if (answer.data === undefined && !answer.error)
    return (
      <div class="later">
        <Waiting lines={10} />
      </div>
    );
  return (
    <Show answer={answer}>
      {(survey) => (
        <>
          <h2 class="sr">{w.totals.sessions}</h2>
          <p class="profile-count">
            <A href={url('/sessions', filters)}>{w.sessions.counted(survey.sessions, survey.done)} →</A>{' '}
            <Outcomes survey={survey} filters={filters} />
          </p>
          {!survey.done && <Counting sessions={survey.sessions} />}
          <div class="profile-when">
            <section class="sheet">
              <Bars
                label={w.totals.sessions}
                unit={w.explore.per[survey.bucket]}
                {...spanOf(survey, filters)}
                points={survey.timeline.map(([at, sessions]) => ({
                  at,
                  sessions,
                  loginsFailed: 0,
                  loginsSucceeded: 0,
                  commands: 0,
                  downloads: 0,
                }))}
                bucket={survey.bucket}
                series="sessions"
                height={200}
                onRange={onRange}
              />
              {onRange && <p class="quiet hint">{w.explore.brushHint}</p>}
            </section>
            <Week title={w.explore.heat(w.totals.sessions)} filters={filters}>
              {(draw) => draw(survey.heat)}
            </Week>
          </div>
          <div class="tops">
            {LISTED.filter((name) => !without.includes(name)).map((name) => (
              <FacetList key={name} name={name} survey={survey} filters={filters} names={names} />
            ))}
          </div>
        </>
      )}
    </Show>
  );
}

/** Where no range was chosen, the days on which anything came. */
function spanOf({ from, to, first, last }: Survey, filters: Filters): { from: number; to: number } {
  if (filters['from'] !== undefined || first === undefined || last === undefined) return { from, to };
  return { from: first, to: last + 900_000 };
}

function Outcomes({ survey, filters }: { survey: Survey; filters: Filters }) {
  return (
    <span class="outcomes">
      {(survey.facets['outcome'] ?? []).map(({ value, count }) => (
        <A key={value} href={url('/sessions', { ...filters, outcome: value })}>
          {outcomeName(value)} {number(count)}
        </A>
      ))}
    </span>
  );
}

interface ListProps {
  name: Dimension;
  survey: Survey;
  filters: Filters;
  /** Of networks. */
  names: ReadonlyMap<string, string | undefined>;
}

function FacetList({ name, survey, filters, names }: ListProps) {
  const items = survey.facets[name] ?? [];
  if (items.length === 0) return null;
  const most = items[0]!.count;
  return (
    <section class="toplist">
      <header>
        <h3>{words().dimension[name]}</h3>
      </header>
      <ol>
        {items.map(({ value, count }) => {
          const [username, password] = name === 'pair' ? split(value) : [];
          const asName = name === 'asn' ? names.get(value) : undefined;
          const item = { value, count, firstSeen: 0, username, password, asName };
          const page = pageOfValue(name, value);
          const sessions = url('/sessions', {
            ...filters,
            ...(name === 'pair' ? { username, password } : { [name]: value }),
          });
          return (
            <li key={value}>
              <span class="row two-links">
                <A href={page ?? sessions} class="toplist-value">
                  <Value dimension={name} item={item} most={80} />
                </A>
                <A href={sessions} class="toplist-count" aria-label={words().map.sessions(count)}>
                  {number(count)}
                </A>
                <svg class="share" aria-hidden="true" preserveAspectRatio="none" viewBox="0 0 100 1">
                  <rect width={Math.max(0.5, (count / most) * 100)} height="1" />
                </svg>
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function split(pair: string): [string, string] {
  const at = pair.indexOf('\0');
  return [pair.slice(0, at), pair.slice(at + 1)];
}
