// Campaigns: sessions that belong together, by what they share; the list, and one with all that holds it together.
import type { ComponentChildren } from 'preact';
import type { Campaign, CampaignDetail, Campaigns } from '../../src/web/schema.ts';
import { useApi } from '../api.ts';
import { country, date, dateTime, number } from '../format.ts';
import { Choice } from '../parts/choice.tsx';
import { Inert, inert } from '../parts/inert.tsx';
import { RangePicker, rangeFrom } from '../parts/range.tsx';
import { SessionHead, SessionLine } from '../parts/sessiontable.tsx';
import { Spark } from '../parts/spark.tsx';
import { Nothing, Show } from '../parts/states.tsx';
import { A, go, url } from '../router.tsx';
import { settings } from '../settings.ts';
import { apiUrl } from '../share.ts';
import { words } from '../words/words.ts';

const ORDERS = ['last', 'sessions', 'addresses', 'first'] as const;
/** Credentials of a list, and lines of a script, that are shown at once. */
const SHOWN = 60;

export function CampaignsPage({ query }: { query: URLSearchParams }) {
  const w = words().campaigns;
  const asked = new URLSearchParams(query);
  if (!['range', 'from', 'to'].some((name) => asked.has(name))) asked.set('range', 'all');
  const { span, preset } = rangeFrom(asked);
  const order = ORDERS.find((name) => name === query.get('order')) ?? 'last';
  const cursor = query.get('cursor') ?? undefined;
  const rest = Object.fromEntries([...query].filter(([name]) => name !== 'cursor'));
  const answer = useApi<Campaigns>(url('/campaigns', { ...span, order, cursor, limit: 30 }));
  return (
    <>
      <header class="page-head">
        <div>
          <h1>{w.title}</h1>
          <p class="quiet">{w.lead}</p>
        </div>
        <span class="exports">
          {(['csv', 'ndjson'] as const).map((format) => (
            <a
              key={format}
              href={apiUrl(url('/campaigns', { ...span, order, format }))}
              download
              aria-label={`${words().explore.download} ${format.toUpperCase()}`}
            >
              {format}
            </a>
          ))}
        </span>
      </header>
      <RangePicker query={new URLSearchParams(rest)} preset={preset} span={span} path="/campaigns" />
      <div class="campaign-order">
        <Choice
          label={w.order}
          options={ORDERS.map((name) => [name, w.orders[name]] as const)}
          value={order}
          onChoose={(name) => go(url('/campaigns', { ...rest, order: name }))}
        />
      </div>
      <Show answer={answer} lines={12}>
        {({ items, next }) =>
          items.length === 0 ? (
            <Nothing text={w.none} hint={w.noneHint} />
          ) : (
            <>
              <ol class="campaigns">
                {items.map((item) => (
                  <li key={item.key} class="sheet">
                    <Short campaign={item} />
                  </li>
                ))}
              </ol>
              <nav class="pager" aria-label={w.title}>
                {cursor && <A href={url('/campaigns', rest)}>{w.start}</A>}
                {next && (
                  <A class="next" href={url('/campaigns', { ...rest, cursor: next })}>
                    {w.more} →
                  </A>
                )}
              </nav>
            </>
          )
        }
      </Show>
    </>
  );
}

function Short({ campaign }: { campaign: Campaign }) {
  const w = words().campaigns;
  return (
    <>
      <div class="campaign-name">
        <h2>
          <A href={`/campaigns/${campaign.key}`}>{campaign.name}</A>
        </h2>
        <p>{inert(campaign.words[settings.language])}</p>
      </div>
      <p class="campaign-size">
        <b>{w.sessions(campaign.sessions)}</b> {spread(campaign)}
      </p>
      <Spark days={campaign.days} />
      <p class="quiet campaign-time">
        {date(campaign.first)}
        {date(campaign.last) !== date(campaign.first) && ` – ${date(campaign.last)}`}
      </p>
    </>
  );
}

const spread = ({ addresses, networks, countries }: Campaign): string => {
  const w = words().campaigns;
  return [
    w.addresses(addresses),
    ...(networks > 0 ? [w.networks(networks)] : []),
    ...(countries > 0 ? [w.countries(countries)] : []),
  ].join(' · ');
};

/** On the page of a session: where it belongs. */
export function CampaignLink({ campaign }: { campaign: Campaign }) {
  return (
    <>
      <A href={`/campaigns/${campaign.key}`}>{campaign.name}</A>{' '}
      <small>{inert(campaign.words[settings.language], 80)}</small>
    </>
  );
}

export function CampaignPage({ id }: { id: string }) {
  const answer = useApi<CampaignDetail>(`/campaigns/${encodeURIComponent(id)}`);
  return (
    <Show answer={answer} lines={16}>
      {(campaign) => <One campaign={campaign} />}
    </Show>
  );
}

function One({ campaign }: { campaign: CampaignDetail }) {
  const w = words().campaigns;
  const { key, days, lists, scripts, keys, files, origins, clients, places, hosts, evidence, techniques } = campaign;
  return (
    <article>
      <header class="page-head">
        <div>
          <h1>{campaign.name}</h1>
          <p class="quiet">{inert(campaign.words[settings.language], 160)}</p>
        </div>
        <A class="button strong" href={url('/sessions', { campaign: key })}>
          {w.allSessions}
        </A>
      </header>
      <ul class="campaign-why">
        {campaign.explanation.map((said) => (
          <li key={said.en}>{inert(said[settings.language], 300)}</li>
        ))}
      </ul>
      <dl class="facts">
        <Fact label={w.size}>{w.sessions(campaign.sessions)}</Fact>
        <Fact label={w.from}>{spread(campaign)}</Fact>
        <Fact label={w.firstSeen}>{dateTime(campaign.first)}</Fact>
        <Fact label={w.lastSeen}>{dateTime(campaign.last)}</Fact>
        <Fact label={w.since}>{dateTime(campaign.since)}</Fact>
        <Fact label={w.key}>
          <code>{key}</code>
          {campaign.formerKeys.length > 0 && ` ${w.formerly(campaign.formerKeys.join(', '))}`}
        </Fact>
      </dl>
      <section>
        <h2>{w.timeline}</h2>
        <Spark days={days} height={60} />
        <p class="quiet campaign-axis">
          <span>{date(Date.parse(days[0]?.day ?? ''))}</span>
          <span>{w.perDay(Math.max(...days.map(({ sessions }) => sessions)))}</span>
          <span>{date(Date.parse(days.at(-1)?.day ?? ''))}</span>
        </p>
      </section>
      <div class="session-columns">
        <div>
          {lists.slice(0, 4).map((list, index) => (
            <section key={`${index}`}>
              <h2>{w.list(list.value.length)}</h2>
              <p class="quiet">{w.shownBy(list.visits)}</p>
              <ol class="campaign-list">
                {list.value.slice(0, SHOWN).map(([username, password], place) => (
                  <li key={`${place}`}>
                    <A href={url('/sessions', { campaign: key, username, password })}>
                      <Inert text={username} most={32} /> <span class="slash">/</span>{' '}
                      <Inert text={password} most={40} />
                    </A>
                  </li>
                ))}
              </ol>
              {list.value.length > SHOWN && <p class="quiet">{w.further(list.value.length - SHOWN)}</p>}
            </section>
          ))}
          {scripts.slice(0, 4).map((script, index) => (
            <section key={`${index}`}>
              <h2>{w.script(script.value.length)}</h2>
              <p class="quiet">
                {w.shownBy(script.visits)} <A href={`/sessions/${script.session}`}>{w.forInstance}</A>
              </p>
              <ol class="campaign-script">
                {script.value.map((line, place) => (
                  <li key={`${place}`}>
                    <code>
                      <Inert text={line} most={240} />
                    </code>
                  </li>
                ))}
              </ol>
            </section>
          ))}
        </div>
        <div>
          <Table
            title={w.keys}
            rows={keys.map(({ value, comment, visits }) => [<Both a={value} b={comment} />, visits])}
          />
          <Table
            title={w.files}
            rows={files.map(({ value, visits, first }) => [
              <>
                <A href={url('/sessions', { hash: value })}>
                  <Inert text={value} most={20} />
                </A>{' '}
                <small>{date(first)}</small>
              </>,
              visits,
            ])}
          />
          <Table
            title={w.origins}
            rows={origins.map(({ value, visits }) => [<Inert text={value} most={60} />, visits])}
          />
          <Table
            title={w.clients}
            rows={clients.map(({ client, hassh, visits }) => [
              client === '' ? <i class="empty-value">{w.noClient}</i> : <Both a={client} b={hassh} />,
              visits,
            ])}
          />
          {techniques.length > 0 && (
            <section>
              <h2>MITRE ATT&amp;CK</h2>
              <ul class="campaign-techniques">
                {techniques.map(({ id, name }) => (
                  <li key={id}>
                    <span class="technique-id">{id}</span> {name[settings.language]}
                  </li>
                ))}
              </ul>
            </section>
          )}
          <Table
            title={words().sessions.country}
            unit={w.ofAddresses}
            rows={places.countries
              .slice(0, 12)
              .map(({ value, addresses }) => [
                <A href={url('/sessions', { campaign: key, country: value })}>{country(value)}</A>,
                addresses,
              ])}
          />
          <Table
            title={words().sessions.asn}
            unit={w.ofAddresses}
            rows={places.networks.slice(0, 12).map(({ value, name, addresses }) => [
              <A href={url('/sessions', { campaign: key, asn: value })}>
                <Inert text={name ?? value} most={48} />
              </A>,
              addresses,
            ])}
          />
          <Table
            title={w.hosts}
            unit={w.ofSessions}
            rows={hosts.slice(0, 15).map(({ address, sessions, country: code }) => [
              <A href={`/addresses/${encodeURIComponent(address)}`}>
                <Inert text={address} most={40} /> {code && <small>{code}</small>}
              </A>,
              sessions,
            ])}
          />
        </div>
      </div>
      {evidence.length > 0 && (
        <section>
          <h2>{w.newest}</h2>
          <table class="sessions">
            <SessionHead />
            <tbody>
              {evidence.map((row, index) => (
                <SessionLine key={row.id} row={row} index={index} />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </article>
  );
}

const Fact = ({ label, children }: { label: string; children: ComponentChildren }) => (
  <div>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
);

const Both = ({ a, b }: { a: string; b?: string }) => (
  <>
    <Inert text={a} most={60} />
    {b !== undefined && (
      <small>
        {' '}
        <Inert text={b} most={40} />
      </small>
    )}
  </>
);

function Table({
  title,
  unit = words().campaigns.ofVisits,
  rows,
}: {
  title: string;
  unit?: string;
  rows: [what: ComponentChildren, count: number][];
}) {
  if (rows.length === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      <table class="campaign-table">
        <thead class="sr">
          <tr>
            <th scope="col">{title}</th>
            <th scope="col">{unit}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([what, count], index) => (
            <tr key={`${index}`}>
              <td>{what}</td>
              <td class="n" title={unit}>
                {number(count)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
