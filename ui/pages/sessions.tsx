// Sessions: the list, newest first, with filters that live in the URL.
import type { Sessions } from '../../src/web/schema.ts';
import { useApi } from '../api.ts';
import { country, dateTime } from '../format.ts';
import { Choice } from '../parts/choice.tsx';
import { FacetPanel, outcomeName } from '../parts/facets.tsx';
import { FoldList } from '../parts/folds.tsx';
import { inert } from '../parts/inert.tsx';
import { SessionTable } from '../parts/sessiontable.tsx';
import { Nothing, Show } from '../parts/states.tsx';
import { A, go, url } from '../router.tsx';
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
const FILTERS = [...TEXTS, 'behaviour', 'protocol', 'loggedIn', 'withCommands', 'from', 'to'] as const;
type Filter = (typeof FILTERS)[number];

export function SessionsPage({ query }: { query: URLSearchParams }) {
  const w = words().sessions;
  const filters = Object.fromEntries(
    FILTERS.flatMap((name) => (query.get(name) === null ? [] : [[name, query.get(name)!]])),
  ) as Partial<Record<Filter, string>>;
  const cursor = query.get('cursor') ?? undefined;
  const folded = query.get('view') === 'folded';
  const answer = useApi<Sessions>(folded ? undefined : url('/sessions', { ...filters, limit: 50, cursor }));
  const chips = chipsOf(filters);

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
    go(url('/sessions', { from: filters.from, to: filters.to, ...empty, ...given }));
  };

  return (
    <>
      <header class="page-head">
        <h1>{w.title}</h1>
        <span class="exports">
          {(['csv', 'ndjson'] as const).map((format) => (
            <a
              key={format}
              href={`/api/v1${url('/sessions', { ...filters, format })}`}
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
        {([...TEXTS.slice(4), 'behaviour'] as const).map(
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
      {chips.length > 0 && (
        <ul class="chips">
          {chips.map(([names, text]) => {
            const rest = Object.fromEntries(
              Object.entries(filters).filter(([name]) => !names.includes(name as Filter)),
            );
            return (
              <li key={names[0]}>
                <A href={url('/sessions', rest)} aria-label={w.remove(text)}>
                  {text} <span aria-hidden="true">×</span>
                </A>
              </li>
            );
          })}
          <li>
            <A href="/sessions" class="quiet">
              {w.clear}
            </A>
          </li>
        </ul>
      )}
      <Choice
        label={w.title}
        options={[
          ['each', w.each],
          ['folded', w.folded],
        ]}
        value={folded ? 'folded' : 'each'}
        onChoose={(view) =>
          go(url('/sessions', view === 'folded' ? { from: filters.from, to: filters.to, view } : filters))
        }
      />
      {folded && <FoldList span={spanOf(filters)} />}
      {!folded && (
        <div class="with-facets">
          <FacetPanel filters={filters} />
          <Show answer={answer} lines={12}>
            {({ items, next }) =>
              items.length === 0 ? (
                <Nothing text={w.none} hint={w.noneHint} />
              ) : (
                <>
                  <SessionTable items={items} />
                  <nav class="pager" aria-label={w.title}>
                    {cursor && <A href={url('/sessions', filters)}>{w.newest}</A>}
                    {next && (
                      <A class="next" href={url('/sessions', { ...filters, cursor: next })}>
                        {w.older} →
                      </A>
                    )}
                  </nav>
                </>
              )
            }
          </Show>
        </div>
      )}
    </>
  );
}

const spanOf = ({ from, to }: Partial<Record<Filter, string>>) => ({
  from: from === undefined ? undefined : Number(from),
  to: to === undefined ? undefined : Number(to),
});

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

/** What is filtered, in words: the names that one chip takes away, and its text. */
function chipsOf(filters: Partial<Record<Filter, string>>): [names: Filter[], text: string][] {
  const w = words().sessions;
  const chips: [Filter[], string][] = [];
  for (const name of TEXTS) {
    const value = filters[name];
    if (value === undefined) continue;
    const shown = name === 'outcome' ? outcomeName(value) : inert(name === 'country' ? country(value) : value, 48);
    chips.push([[name], `${w[name]}: ${shown}`]);
  }
  if (filters.behaviour) chips.push([['behaviour'], w.alike]);
  if (filters.protocol) chips.push([['protocol'], `${w.protocol}: ${filters.protocol}`]);
  if (filters.loggedIn) chips.push([['loggedIn'], filters.loggedIn === 'true' ? w.in : w.out]);
  if (filters.withCommands)
    chips.push([['withCommands'], filters.withCommands === 'true' ? w.withCommands : w.withoutCommands]);
  if (filters.from ?? filters.to) {
    const [from, to] = [filters.from, filters.to].map((text) => (text ? dateTime(Number(text)) : '…'));
    chips.push([['from', 'to'], `${w.range}: ${from} – ${to}`]);
  }
  return chips;
}
