// One session: who came, how it got in, what was typed, what was brought, and every event as recorded.
import type { SessionDetail, SessionEvent } from '../../src/web/schema.ts';
import { ApiError, useApi } from '../api.ts';
import { detailOf, kindOf } from '../events.ts';
import { country, dateTime, duration, fullDay, number } from '../format.ts';
import { hide } from '../mask.ts';
import { Inert, inert } from '../parts/inert.tsx';
import { JudgementPart } from '../parts/judgement.tsx';
import { Nothing, Show } from '../parts/states.tsx';
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
            <Inert text={session.address} />
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
        <p class="actions">
          {session.recordings.map((name, index) => {
            const removed = session.removed.find((one) => one.name === name);
            return removed ? (
              <span key={name} class="quiet">
                {w.session.removed(fullDay(removed.at))}
              </span>
            ) : (
              <A
                key={name}
                class="button strong"
                href={url(`/replay/${encodeURIComponent(name)}`, { session: session.id })}
              >
                ▶ {w.session.replay}
                {session.recordings.length > 1 && ` ${number(index + 1)}`}
              </A>
            );
          })}
        </p>
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
          <p>
            <A href={`/addresses/${encodeURIComponent(session.address)}`}>{w.session.others} →</A>
          </p>
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
            <A href={url('/sessions', { country: code })}>{country(code)}</A>
          </dd>
        </div>
      )}
      {asn !== undefined && (
        <div>
          <dt>{words().sessions.asn}</dt>
          <dd>
            <A href={url('/sessions', { asn: `AS${asn}` })}>
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
            <A href={url('/sessions', { client })}>
              <Inert text={client} most={80} />
            </A>
          </dd>
        </div>
      )}
      {hassh !== undefined && (
        <div>
          <dt>HASSH</dt>
          <dd>
            <A href={url('/sessions', { hassh })}>
              <Inert text={hassh} />
            </A>
          </dd>
        </div>
      )}
      <div>
        <dt>{w.sensor}</dt>
        <dd>
          <Inert text={sensor} most={60} />
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
          {typed.map(({ at, fields, reading }, index) => {
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
                  <A class="hash" href={url('/sessions', { hash })}>
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
  return (
    <section>
      <h2>{w.session.timeline}</h2>
      {truncated && <p class="quiet">{w.session.truncated}</p>}
      <ol class="events">
        {events.slice(0, 500).map((event, index) => {
          const kind = kindOf(event.eventid);
          return (
            <li key={`${event.at} ${index}`}>
              <details>
                <summary>
                  <time dateTime={new Date(event.at).toISOString()}>+{duration(Math.max(0, event.at - started))}</time>
                  <span class={`kind k-${kind}`}>{w.kind[kind]}</span>
                  <span class="feed-detail">{summary(event) !== '' && <Inert text={summary(event)} most={200} />}</span>
                </summary>
                <Raw event={event} />
              </details>
            </li>
          );
        })}
      </ol>
    </section>
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
