// One session: who came, how it got in, what was typed, what was brought, and every event as recorded.
import type { ComponentChild } from 'preact';
import { useState } from 'preact/hooks';
import type { SessionDetail, SessionEvent } from '../../src/web/schema.ts';
import { ApiError, useApi } from '../api.ts';
import { detailOf, type Kind, kindOf } from '../events.ts';
import { country, dateTime, duration, fullDay, number } from '../format.ts';
import { hide } from '../mask.ts';
import { Choice } from '../parts/choice.tsx';
import { Inert, inert } from '../parts/inert.tsx';
import { JudgementPart } from '../parts/judgement.tsx';
import { ShareButton } from '../parts/sharebutton.tsx';
import { Nothing, Show } from '../parts/states.tsx';
import { pageOfValue } from '../parts/toplist.tsx';
import { Decoded, TechniqueLink, TypedLine } from '../parts/typed.tsx';
import { A, url } from '../router.tsx';
import { words } from '../words/words.ts';
import { CampaignLink } from './campaigns.tsx';

export function SessionPage({ id }: { id: string }) {
  const answer = useApi<SessionDetail>(`/sessions/${encodeURIComponent(id)}`);
  if (answer.error instanceof ApiError && answer.error.status === 404)
    return <Nothing text={words().session.missing} hint={<A href="/sessions">{words().sessions.title}</A>} />;
  return <Show answer={answer}>{(session) => <Whole session={session} />}</Show>;
}

/** Lines of the transcript, and events, that are drawn at once. */
const LINES = 200;
const EVENTS = 200;

const text = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

function Whole({ session }: { session: SessionDetail }) {
  const w = words();
  hide(session.sensor);
  const { events, started } = session;
  const tries = events.filter(({ eventid }) => eventid.startsWith('cowrie.login.'));
  return (
    <article class="session">
      <header class="page-head">
        <div>
          <p class="date">
            {session.approximate && '≈ '}
            {dateTime(started)}
          </p>
          <h1>
            <A href={`/addresses/${encodeURIComponent(session.address)}`}>
              <Inert text={session.address} />
            </A>
          </h1>
          {session.scanner !== undefined && (
            <p>
              <span class="scanner">
                {w.origin.scanner}: {session.scanner}
              </span>
            </p>
          )}
          <p class={session.loggedIn ? 'verdict in' : 'verdict'}>
            {session.loggedIn
              ? w.session.outcomeIn(inert(session.username ?? ''), Math.max(1, session.loginAttempts))
              : w.session.outcomeOut(session.loginAttempts)}
          </p>
          {session.approximate && <p class="quiet">{w.approximate}</p>}
        </div>
        <div class="actions">
          {session.recordings.map((name, index) => {
            const removed = session.removed.find((one) => one.name === name);
            return removed ? (
              <span key={name} class="quiet">
                {w.session.removed(fullDay(removed.at))}
              </span>
            ) : (
              <A
                key={name}
                class={index === 0 ? 'button strong' : 'button'}
                href={url(`/replay/${encodeURIComponent(name)}`, { session: session.id })}
              >
                {index === 0 ? `▶ ${w.session.replay}` : <span class="sr">{w.session.replay} </span>}
                {session.recordings.length > 1 && ` ${number(index + 1)}`}
              </A>
            );
          })}
          <ShareButton show={{ kind: 'session', id: session.id }} />
        </div>
      </header>
      <Facts session={session} />
      <div class="session-columns">
        <div>
          <Transcript session={session} />
          <Artefacts session={session} />
        </div>
        <div>
          {session.judgement && <JudgementPart judgement={session.judgement} />}
          {tries.length > 0 && <Tries tries={tries} entered={session.loggedIn} />}
          <TechniqueList session={session} />
          <Related session={session} />
        </div>
      </div>
      <EventTable session={session} />
    </article>
  );
}

function Facts({ session }: { session: SessionDetail }) {
  const w = words().session;
  const { country: code, asn, asName, hostName } = session;
  const { port, destinationPort, durationMs, client, hassh, sensor, protocol } = session;
  return (
    <dl class="facts">
      {session.campaign && (
        <div>
          <dt>{words().campaigns.title}</dt>
          <dd>
            <CampaignLink campaign={session.campaign} />
          </dd>
        </div>
      )}
      {code !== undefined && (
        <div>
          <dt>{words().sessions.country}</dt>
          <dd>
            <A href={pageOfValue('country', code)!}>{country(code)}</A>
          </dd>
        </div>
      )}
      {asn !== undefined && (
        <div>
          <dt>{words().sessions.asn}</dt>
          <dd>
            <A href={pageOfValue('asn', `AS${asn}`)!}>
              {asName !== undefined && <Inert text={asName} most={60} />} AS{asn}
            </A>
          </dd>
        </div>
      )}
      {hostName !== undefined && (
        <div>
          <dt>{words().origin.hostName}</dt>
          <dd>
            <Inert text={hostName} most={80} />
          </dd>
        </div>
      )}
      <div>
        <dt>{w.port}</dt>
        <dd>
          {port ?? '–'} → {destinationPort ?? '–'} {protocol && <span class="protocol">{protocol}</span>}
        </dd>
      </div>
      <div>
        <dt>{w.lasted}</dt>
        <dd>{durationMs === undefined ? w.stillOpen : duration(durationMs)}</dd>
      </div>
      {client !== undefined && (
        <div>
          <dt>{w.client}</dt>
          <dd>
            <A href={pageOfValue('client', client) ?? url('/sessions', { client })}>
              <Inert text={client} most={80} />
            </A>
          </dd>
        </div>
      )}
      {hassh !== undefined && (
        <div>
          <dt>HASSH</dt>
          <dd>
            <A href={pageOfValue('hassh', hassh) ?? url('/sessions', { hassh })}>
              <Inert text={hassh} />
            </A>
          </dd>
        </div>
      )}
      <div>
        <dt>{w.sensor}</dt>
        <dd>
          <A href={url('/sessions', { sensor })}>
            <Inert text={sensor} most={60} />
          </A>
        </dd>
      </div>
      <div>
        <dt>{w.name}</dt>
        <dd>
          <Inert text={session.session} />
        </dd>
      </div>
    </dl>
  );
}

/** Ways to the sessions that have something in common with this one. */
function Related({ session }: { session: SessionDetail }) {
  const w = words().session;
  const { address, username, password, client, hassh, behaviour, events } = session;
  const file = events.map(({ fields }) => fields['shasum']).find((hash) => typeof hash === 'string');
  const brought = events.some(({ eventid }) => /^cowrie\.session\.file_(?:download|upload)$/.test(eventid));
  const ways: [string, Record<string, string> | undefined][] = [
    [w.alike, behaviour === undefined ? undefined : { behaviour }],
    [w.sameAddress, { address }],
    [w.sameCredential, username === undefined || password === undefined ? undefined : { username, password }],
    [w.sameClient, client === undefined ? undefined : { client }],
    [w.sameHassh, hassh === undefined ? undefined : { hassh }],
    [w.sameFile, brought && file !== undefined ? { hash: file } : undefined],
  ];
  return (
    <section>
      <h2>{w.related}</h2>
      <ul class="related">
        {ways.map(
          ([text, filter]) =>
            filter && (
              <li key={text}>
                <A href={url('/sessions', filter)}>{text} →</A>
              </li>
            ),
        )}
      </ul>
    </section>
  );
}

const TYPED = new Set(['cowrie.command.input', 'cowrie.session.input']);

function TechniqueList({ session: { techniques } }: { session: SessionDetail }) {
  if (techniques.length === 0) return null;
  return (
    <section>
      <h2>{words().session.techniques}</h2>
      <ul class="techniques">
        {techniques.map((technique) => (
          <li key={technique.id}>
            <TechniqueLink technique={technique} />
            <span class="toplist-count">×{number(technique.lines)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Transcript({ session: { events, started, techniques } }: { session: SessionDetail }) {
  const w = words().session;
  const named = new Map(techniques.map((technique) => [technique.id, technique]));
  // Old logs say `command.failed` or `command.success` again after the line itself.
  const missing = new Set(
    events
      .filter(({ eventid }) => eventid === 'cowrie.command.failed')
      .map(({ fields }) => text(fields['input']).trim()),
  );
  const typed = events.filter(({ eventid }) => TYPED.has(eventid));
  const { shown, turn } = useSlice(typed, LINES);
  // Each line's own account comes when it has ended.
  const ends = new Map<string, Record<string, unknown>[]>();
  for (const { eventid, fields } of events)
    if (eventid === 'kansatsuki.session.line') {
      const input = text(fields['input']);
      ends.set(input, [...(ends.get(input) ?? []), fields]);
    }
  return (
    <section>
      <h2>{w.transcript}</h2>
      {typed.length === 0 ? (
        <p class="quiet">{w.noCommands}</p>
      ) : (
        <ol class="transcript">
          {shown.map(({ at, fields, reading }, index) => {
            const input = text(fields['input']);
            return (
              <li key={`${at} ${index}`}>
                <time>+{duration(Math.max(0, at - started))}</time>
                <code>
                  <span class="prompt" aria-hidden="true">
                    $
                  </span>
                  <TypedLine input={input} reading={reading} />
                </code>
                <Decoded reading={reading} />
                {reading && reading.techniques.length > 0 && (
                  <span class="line-techniques">
                    {reading.techniques.map(
                      ({ id }) => named.has(id) && <TechniqueLink key={id} technique={named.get(id)!} />,
                    )}
                  </span>
                )}
                <Account fields={ends.get(input.slice(0, 1024))?.shift()} />
                {missing.has(input.trim()) && <span class="kind k-notFound">{w.notEmulated}</span>}
              </li>
            );
          })}
        </ol>
      )}
      {turn}
    </section>
  );
}

/** What a line came to: a failure's exit code, the keys that it brought. */
function Account({ fields }: { fields: Record<string, unknown> | undefined }) {
  const w = words().session;
  if (!fields) return null;
  const list = (name: string) => (Array.isArray(fields[name]) ? (fields[name] as Record<string, unknown>[]) : []);
  const code = fields['exit_code'];
  return (
    <>
      {typeof code === 'number' && code !== 0 && (
        <span class="kind">
          {w.exitCode} {number(code)}
        </span>
      )}
      {list('ssh_keys').map((key, index) => (
        <code class="decoded" key={`${index}`}>
          <span class="kind k-key">{text(key['type'])}</span> <Inert text={text(key['fingerprint'])} most={80} />{' '}
          {key['comment'] !== undefined && <Inert text={text(key['comment'])} most={80} />}
        </code>
      ))}
    </>
  );
}

/** What can be seen of a long list at once, and the way through it. */
function useSlice<T>(items: readonly T[], size: number): { shown: readonly T[]; first: number; turn: ComponentChild } {
  const w = words().session;
  const [page, turnTo] = useState(0);
  const first = Math.min(page * size, Math.max(0, Math.ceil(items.length / size) - 1) * size);
  const end = Math.min(first + size, items.length);
  const turn = items.length > size && (
    <nav class="slice" aria-label={w.timeline}>
      <button type="button" disabled={first === 0} onClick={() => turnTo(first / size - 1)}>
        ← {w.earlier}
      </button>
      <span role="status">{w.slice(first + 1, end, items.length)}</span>
      <button type="button" disabled={end === items.length} onClick={() => turnTo(first / size + 1)}>
        {w.later} →
      </button>
    </nav>
  );
  return { shown: items.slice(first, end), first, turn };
}

function Artefacts({ session: { events, removed } }: { session: SessionDetail }) {
  const w = words().session;
  const found = events.filter(({ eventid }) => ['file', 'request'].includes(kindOf(eventid)));
  if (found.length === 0) return null;
  return (
    <section>
      <h2>{w.files}</h2>
      <ul class="artefacts">
        {found.map(({ at, eventid, fields }, index) => {
          const hash = typeof fields['shasum'] === 'string' ? fields['shasum'] : undefined;
          const name = fields['url'] ?? fields['destfile'] ?? fields['filename'];
          return (
            <li key={`${at} ${index}`}>
              <span class={`kind k-${kindOf(eventid)}`}>{hash ? w.kept : w.requested}</span>
              <div>
                {name !== undefined && name !== '' && <Inert text={text(name)} most={400} />}
                {hash && (
                  <A class="hash" href={pageOfValue('hash', hash) ?? url('/sessions', { hash })}>
                    <Inert text={hash} />
                  </A>
                )}
                {removed
                  .filter((one) => one.name === hash)
                  .map((one) => (
                    <p key={one.name} class="quiet">
                      {w.removed(fullDay(one.at))}
                    </p>
                  ))}
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Tries({ tries, entered }: { tries: readonly SessionEvent[]; entered: boolean }) {
  const w = words();
  const row = ({ at, eventid, fields }: SessionEvent, index: number) => {
    const kind = kindOf(eventid);
    return (
      <li key={`${at} ${index}`}>
        <span class={`kind k-${kind}`}>{w.kind[kind]}</span>
        <span>
          <Inert text={text(fields['username'] ?? '')} most={64} />
          {fields['password'] !== undefined && (
            <>
              <span class="slash"> / </span>
              <Inert text={text(fields['password'])} most={64} />
            </>
          )}
          {fields['fingerprint'] !== undefined && (
            <>
              {' '}
              <Inert text={text(fields['fingerprint'])} most={64} />
            </>
          )}
        </span>
      </li>
    );
  };
  const shown = tries.length > 12 ? tries.slice(-8) : tries;
  return (
    <section>
      <h2>{entered ? w.session.login : w.session.triedLogin}</h2>
      <ol class="tries">{shown.map(row)}</ol>
      {shown !== tries && (
        <details>
          <summary>{w.session.allTries(tries.length)}</summary>
          <ol class="tries">{tries.slice(0, 2000).map(row)}</ol>
        </details>
      )}
    </section>
  );
}

/** What is worth a line of each event: its message, or the fields that matter. */
function summary({ eventid, fields }: SessionEvent): string {
  const kind = kindOf(eventid);
  if (typeof fields['message'] === 'string') return detailOf(eventid, fields['message'], duration);
  if (kind === 'failed' || kind === 'succeeded') return [fields['username'], fields['password']].map(text).join('/');
  for (const name of [
    'input',
    'url',
    'version',
    'hassh',
    'fingerprint',
    'path',
    'stage',
    'technique',
    'scheme',
    'shasum',
    'ttylog',
    'name',
    'reason',
    'arch',
  ])
    if (typeof fields[name] === 'string') return fields[name];
  if (typeof fields['width'] === 'number') return `${fields['width']} × ${text(fields['height'])}`;
  if (typeof fields['duration_ms'] === 'number') return duration(fields['duration_ms']);
  if (kind === 'connect' && fields['dst_port'] !== undefined) return `:${text(fields['dst_port'])}`;
  if (kind === 'forward') return `${text(fields['dst_ip'])}:${text(fields['dst_port'])}`;
  return detailOf(eventid, '', duration);
}

function EventTable({ session: { events, started, truncated } }: { session: SessionDetail }) {
  const w = words();
  const [chosen, choose] = useState<Kind>();
  const kinds = new Map<Kind, number>();
  for (const { eventid } of events) kinds.set(kindOf(eventid), (kinds.get(kindOf(eventid)) ?? 0) + 1);
  const fitting = chosen === undefined ? events : events.filter(({ eventid }) => kindOf(eventid) === chosen);
  const { shown, first, turn } = useSlice(fitting, EVENTS);
  return (
    <section>
      <h2>{w.session.timeline}</h2>
      {truncated && <p class="quiet">{w.session.truncated}</p>}
      {events.length > 30 && kinds.size > 1 && (
        <Choice
          label={w.session.timeline}
          options={[
            ['', `${w.session.allKinds} ${number(events.length)}`] as const,
            ...[...kinds].map(([kind, n]) => [kind, `${w.kind[kind]} ${number(n)}`] as const),
          ]}
          value={chosen ?? ''}
          onChoose={(kind) => choose(kind === '' ? undefined : kind)}
        />
      )}
      {turn}
      <ol class="events">
        {shown.map((event, index) => (
          <EventLine key={`${event.at} ${first + index}`} event={event} started={started} />
        ))}
      </ol>
      {turn}
    </section>
  );
}

/** Its fields are drawn when it is opened. */
function EventLine({ event, started }: { event: SessionEvent; started: number }) {
  const [open, set] = useState(false);
  const kind = kindOf(event.eventid);
  const said = summary(event);
  return (
    <li>
      <details onToggle={({ currentTarget }) => set(currentTarget.open)}>
        <summary>
          <time dateTime={new Date(event.at).toISOString()}>+{duration(Math.max(0, event.at - started))}</time>
          <span class={`kind k-${kind}`}>{words().kind[kind]}</span>
          <span class="feed-detail">{said !== '' && <Inert text={said} most={200} />}</span>
        </summary>
        {open && <Raw event={event} />}
      </details>
    </li>
  );
}

function Raw({ event }: { event: SessionEvent }) {
  return (
    <dl class="raw">
      <dt>eventid</dt>
      <dd>
        <Inert text={event.eventid} />
      </dd>
      {Object.entries(event.fields).map(([name, value]) => (
        <>
          <dt>
            <Inert text={name} most={60} />
          </dt>
          <dd>
            <Inert text={text(value)} most={4000} />
          </dd>
        </>
      ))}
    </dl>
  );
}
