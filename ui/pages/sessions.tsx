// Sessions: the list, newest first, with filters that live in the URL.
import type { Survey } from '../../src/web/schema.ts';
import { useGrowing } from '../api.ts';
import { country, dateTime, weekdayName } from '../format.ts';
import { Choice } from '../parts/choice.tsx';
import { FacetPanel, outcomeName } from '../parts/facets.tsx';
import { FoldList } from '../parts/folds.tsx';
import { inert } from '../parts/inert.tsx';
import { momentOf } from '../parts/range.tsx';
import { SessionList } from '../parts/sessionlist.tsx';
import { A, go, url } from '../router.tsx';
import { apiUrl } from '../share.ts';
import { words } from '../words/words.ts';

const TEXTS = [
  'command',
  'address',
  'username',
  'password',
  'client',
  'hassh',
  'hash',
  'country',
  'asn',
  'sensor',
  'outcome',
  'eventid',
] as const;
const PROTOCOLS = Object.entries({
  ssh: 'SSH',
  telnet: 'Telnet',
  ftp: 'FTP',
  http: 'HTTP',
  pop3: 'POP3',
  imap: 'IMAP',
  smtp: 'SMTP',
  mysql: 'MySQL',
  postgresql: 'PostgreSQL',
  redis: 'Redis',
  vnc: 'VNC',
  rdp: 'RDP',
});
export const FILTERS = [
  ...TEXTS,
  'url',
  'behaviour',
  'campaign',
  'protocol',
  'loggedIn',
  'withCommands',
  'weekday',
  'hour',
  'zone',
  'from',
  'to',
] as const;
type Filter = (typeof FILTERS)[number];
export type Filters = Partial<Record<Filter, string>>;

/** The filters that a URL holds. */
export const filtersOf = (query: URLSearchParams): Filters =>
  Object.fromEntries(FILTERS.flatMap((name) => (query.get(name) === null ? [] : [[name, query.get(name)!]])));

export function SessionsPage({ query }: { query: URLSearchParams }) {
  const w = words().sessions;
  const filters = filtersOf(query);
  const cursor = query.get('cursor') ?? undefined;
  const folded = query.get('view') === 'folded';
  const state = folded ? { view: 'folded' } : {};
  const survey = useGrowing<Survey>(url('/survey', { ...filters, limit: 8 }));

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const given = Object.fromEntries(
      [...form].flatMap(([name, value]) => (value === '' ? [] : [[name, String(value)]])),
    );
    // An empty user name or password is a filter of its own, which only a link can set.
    const empty = Object.fromEntries(
      TEXTS.filter((name) => filters[name] === '' && !given[name]).map((name) => [name, '']),
    );
    const { from, to, weekday, hour, zone } = filters;
    go(url('/sessions', { ...state, from, to, weekday, hour, zone, ...empty, ...given }));
  };

  return (
    <>
      <header class="page-head">
        <h1>{w.title}</h1>
        <span class="exports">
          {(['csv', 'ndjson'] as const).map((format) => (
            <a
              key={format}
              href={apiUrl(url('/sessions', { ...filters, format }))}
              download
              aria-label={`${words().explore.download} ${format.toUpperCase()}`}
            >
              {format}
            </a>
          ))}
        </span>
      </header>
      <form class="filters" onSubmit={submit} key={query.toString()}>
        <label class="wide">
          {w.command}
          <input type="search" name="command" value={filters.command} placeholder="wget, chmod, uname …" />
        </label>
        {TEXTS.slice(1, 4).map((name) => (
          <label key={name}>
            {w[name]}
            <input type="search" name={name} value={filters[name]} autocomplete="off" spellcheck={false} />
          </label>
        ))}
        {([...TEXTS.slice(4), 'url', 'behaviour', 'campaign'] as const).map(
          (name) => filters[name] && <input key={name} type="hidden" name={name} value={filters[name]} />,
        )}
        <label>
          {w.protocol}
          <select name="protocol">
            <option value="">{w.any}</option>
            {PROTOCOLS.map(([value, name]) => (
              <option key={value} value={value} selected={filters.protocol === value}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <Both name="loggedIn" label={w.outcome} yes={w.in} no={w.out} value={filters.loggedIn} />
        <Both
          name="withCommands"
          label={w.commands}
          yes={w.withCommands}
          no={w.withoutCommands}
          value={filters.withCommands}
        />
        <button type="submit" class="strong">
          {w.filter}
        </button>
      </form>
      <Chips filters={filters} page="/sessions" state={state} />
      <Choice
        label={w.title}
        options={[
          ['each', w.each],
          ['folded', w.folded],
        ]}
        value={folded ? 'folded' : 'each'}
        onChoose={(view) => go(url('/sessions', { ...(view === 'folded' ? { view } : {}), ...filters }))}
      />
      <div class="with-facets">
        <FacetPanel filters={filters} page="/sessions" state={state} answer={survey} />
        {folded ? (
          <FoldList filters={filters} />
        ) : (
          <div>
            {cursor && (
              <p>
                <A href={url('/sessions', filters)}>↑ {w.newest}</A>
              </p>
            )}
            <SessionList filters={filters} start={cursor} total={cursor ? undefined : survey.data} />
          </div>
        )}
      </div>
    </>
  );
}

interface ChipsProps {
  filters: Filters;
  page: string;
  /** What of the page's state is no filter. */
  state: Partial<Record<string, string>>;
}

/** What is filtered, each with a way to take it back. */
export function Chips({ filters, page, state }: ChipsProps) {
  const w = words().sessions;
  const chips = chipsOf(filters);
  if (chips.length === 0) return null;
  return (
    <ul class="chips">
      {chips.map(([names, text]) => {
        const rest = Object.fromEntries(Object.entries(filters).filter(([name]) => !names.includes(name as Filter)));
        return (
          <li key={names[0]}>
            <A href={url(page, { ...state, ...rest })} aria-label={w.remove(text)}>
              {text} <span aria-hidden="true">×</span>
            </A>
          </li>
        );
      })}
      <li>
        <A href={url(page, state)} class="quiet">
          {w.clear}
        </A>
      </li>
    </ul>
  );
}

function Both({
  name,
  label,
  yes,
  no,
  value,
}: {
  name: string;
  label: string;
  yes: string;
  no: string;
  value?: string;
}) {
  return (
    <label>
      {label}
      <select name={name}>
        <option value="">{words().sessions.any}</option>
        <option value="true" selected={value === 'true'}>
          {yes}
        </option>
        <option value="false" selected={value === 'false'}>
          {no}
        </option>
      </select>
    </label>
  );
}

/** `Wed 14:00 – 15:00 (Asia/Tokyo)` */
function hourOfWeek({ weekday, hour, zone = 'UTC' }: Filters): string {
  const day = weekday === undefined ? [] : [weekdayName(Number(weekday))];
  const hours = hour === undefined ? [] : [`${hour}:00 – ${Number(hour) + 1}:00`];
  return `${[...day, ...hours].join(' ')} (${inert(zone, 40)})`;
}

/** What is filtered, in words: the names that one chip takes away, and its text. */
function chipsOf(filters: Filters): [names: Filter[], text: string][] {
  const w = words().sessions;
  const chips: [Filter[], string][] = [];
  for (const name of TEXTS) {
    const value = filters[name];
    if (value === undefined) continue;
    const shown = name === 'outcome' ? outcomeName(value) : inert(name === 'country' ? country(value) : value, 48);
    chips.push([[name], `${w[name]}: ${shown}`]);
  }
  if (filters.url !== undefined) chips.push([['url'], `${w.url}: ${inert(filters.url, 48)}`]);
  if (filters.weekday ?? filters.hour) chips.push([['weekday', 'hour', 'zone'], hourOfWeek(filters)]);
  if (filters.behaviour) chips.push([['behaviour'], w.alike]);
  if (filters.campaign) chips.push([['campaign'], `${words().campaigns.title}: ${inert(filters.campaign, 16)}`]);
  if (filters.protocol) chips.push([['protocol'], `${w.protocol}: ${filters.protocol}`]);
  if (filters.loggedIn) chips.push([['loggedIn'], filters.loggedIn === 'true' ? w.in : w.out]);
  if (filters.withCommands)
    chips.push([['withCommands'], filters.withCommands === 'true' ? w.withCommands : w.withoutCommands]);
  if (filters.from ?? filters.to) {
    const [from, to] = [filters.from, filters.to].map((text) => {
      const at = momentOf(text);
      return at === undefined ? '…' : dateTime(at);
    });
    chips.push([['from', 'to'], `${w.range}: ${from} – ${to}`]);
  }
  return chips;
}
