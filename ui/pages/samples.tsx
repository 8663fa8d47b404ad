// Samples: the files that attackers brought, the newest first; each with what it is, where it came from, and a safe way out.
import type { Sample, Samples } from '../../src/web/schema.ts';
import { ApiError, useApi } from '../api.ts';
import { bytes, dateTime, moment, number } from '../format.ts';
import { Inert } from '../parts/inert.tsx';
import { Profile, useSurvey } from '../parts/profile.tsx';
import { Nothing, Show } from '../parts/states.tsx';
import { A, go, url } from '../router.tsx';
import { apiUrl, base } from '../share.ts';
import { words } from '../words/words.ts';

/** Where others may know a file by its hash: the reader's browser goes there, when he follows the link. */
const LOOKUPS: readonly [name: string, of: (hash: string) => string][] = [
  ['VirusTotal', (hash) => `https://www.virustotal.com/gui/file/${hash}`],
  ['MalwareBazaar', (hash) => `https://bazaar.abuse.ch/sample/${hash}/`],
];
const SHA256 = /^[0-9a-f]{64}$/;

const KINDS = ['program', 'script', 'archive', 'key', 'text', 'document', 'image', 'data', 'empty', 'gone'] as const;

export function SamplesPage({ query }: { query: URLSearchParams }) {
  const w = words().samples;
  const cursor = query.get('cursor') ?? undefined;
  const kind = KINDS.find((name) => name === query.get('kind'));
  const origin = query.get('origin') || undefined;
  const answer = useApi<Samples>(url('/samples', { limit: 25, kind, origin, cursor }));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    go(
      url('/samples', {
        kind: String(form.get('kind')) || undefined,
        origin: String(form.get('origin')).trim() || undefined,
      }),
    );
  };
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
              href={apiUrl(url('/samples', { kind, origin, format }))}
              download
              aria-label={`${words().explore.download} ${format.toUpperCase()}`}
            >
              {format}
            </a>
          ))}
        </span>
      </header>
      <form class="filters few" onSubmit={submit} key={query.toString()}>
        <label>
          {w.kind}
          <select name="kind">
            <option value="">{words().sessions.any}</option>
            {KINDS.map((name) => (
              <option key={name} value={name} selected={name === kind}>
                {name === 'gone' ? w.gone : w.kinds[name]}
              </option>
            ))}
          </select>
        </label>
        <label class="wide">
          {w.from}
          <input
            type="search"
            name="origin"
            value={origin}
            placeholder={w.fromHint}
            autocomplete="off"
            spellcheck={false}
          />
        </label>
        <button type="submit" class="strong">
          {words().sessions.filter}
        </button>
      </form>
      <Show answer={answer} lines={12}>
        {({ items, next }) => (
          <>
            {items.length === 0 && !next && (
              <Nothing
                text={kind || origin ? w.noneFit : w.none}
                hint={kind || origin ? <A href="/samples">{words().sessions.clear}</A> : w.noneHint}
              />
            )}
            {items.length === 0 && next && <p class="quiet">{w.noneYet}</p>}
            <ol class="samples">
              {items.map((sample) => (
                <li key={sample.hash} class="sheet">
                  <One sample={sample} />
                </li>
              ))}
            </ol>
            <nav class="pager" aria-label={w.title}>
              {cursor && <A href={url('/samples', { kind, origin })}>{w.newest}</A>}
              {next && (
                <A class="next" href={url('/samples', { kind, origin, cursor: next })}>
                  {w.older} →
                </A>
              )}
            </nav>
          </>
        )}
      </Show>
    </>
  );
}

/** One sample: what it is, and all sessions that brought it. */
export function SamplePage({ hash }: { hash: string }) {
  const w = words().samples;
  const answer = useApi<Sample>(`/samples/${encodeURIComponent(hash)}/facts`);
  const survey = useSurvey(answer.data && { hash });
  if (answer.error instanceof ApiError && answer.error.status === 404)
    return <Nothing text={w.missing} hint={<A href="/samples">{w.title}</A>} />;
  return (
    <Show answer={answer}>
      {(sample) => (
        <article>
          <header class="page-head">
            <div>
              <p class="date">
                <A href="/samples">{w.title}</A>
              </p>
              <h1>
                <Kind {...sample} />
              </h1>
            </div>
          </header>
          <div class="samples">
            <div class="sheet">
              <One sample={sample} alone />
            </div>
          </div>
          <h2 class="brought">{w.brought}</h2>
          <Profile filters={{ hash }} answer={survey} without={['hash']} />
        </article>
      )}
    </Show>
  );
}

function Kind({ kind, detail }: Pick<Sample, 'kind' | 'detail'>) {
  const w = words().samples;
  return (
    <>
      {kind === undefined ? w.unknown : w.kinds[kind]}
      {detail !== undefined && (
        <small>
          {' '}
          <Inert text={detail} most={60} />
        </small>
      )}
    </>
  );
}

/** @param alone on its own page */
function One({ sample, alone = false }: { sample: Sample; alone?: boolean }) {
  const w = words().samples;
  const { hash, count, firstSeen, lastSeen, kind, detail, urls, address, path } = sample;
  return (
    <>
      {!alone && (
        <h2>
          <Kind kind={kind} detail={detail} />
        </h2>
      )}
      <p class="hash">
        {alone ? (
          <Inert text={hash} most={400} />
        ) : (
          <A href={`/samples/${encodeURIComponent(hash)}`}>
            <Inert text={hash} most={80} />
          </A>
        )}
      </p>
      <dl class="sample-facts">
        {sample.bytes !== undefined && (
          <div>
            <dt>{w.size}</dt>
            <dd title={`${number(sample.bytes)}`}>{bytes(sample.bytes)}</dd>
          </div>
        )}
        <div>
          <dt>{w.firstSeen}</dt>
          <dd>
            <Moment at={firstSeen} />
          </dd>
        </div>
        {lastSeen !== undefined && lastSeen !== firstSeen && (
          <div>
            <dt>{w.lastSeen}</dt>
            <dd>
              <Moment at={lastSeen} />
            </dd>
          </div>
        )}
        <div>
          <dt>{w.came}</dt>
          <dd>
            <A href={url('/sessions', { hash })}>{w.times(count)}</A>
          </dd>
        </div>
        {address !== undefined && (
          <div>
            <dt>{w.broughtBy}</dt>
            <dd>
              <A href={`/addresses/${encodeURIComponent(address)}`}>
                <Inert text={address} most={60} />
              </A>
            </dd>
          </div>
        )}
        {path !== undefined && (
          <div>
            <dt>{w.path}</dt>
            <dd>
              <Inert text={path} most={80} />
            </dd>
          </div>
        )}
        {urls.length > 0 && (
          <div>
            <dt>{w.origin}</dt>
            {urls.map((from) => (
              <dd key={from}>
                <A href={url('/sessions', { url: from })}>
                  <Inert text={from} most={alone ? 600 : 120} />
                </A>
              </dd>
            ))}
          </div>
        )}
      </dl>
      <Ways sample={sample} />
    </>
  );
}

/** What can be done with it. */
function Ways({ sample: { hash, stored, removed } }: { sample: Sample }) {
  const w = words().samples;
  return (
    <div class="sample-ways">
      {stored && base === '' ? (
        <details>
          <summary>
            {w.download}
            <span class="sr"> {hash.slice(0, 12)}</span>
          </summary>
          <p>{w.warning}</p>
          <a class="button strong" href={apiUrl(`/samples/${hash}`)} download>
            {w.take}
            <span class="sr"> {hash.slice(0, 12)}</span>
          </a>
        </details>
      ) : (
        !stored && <p class="quiet">{removed ? w.removed(dateTime(removed.at)) : w.notKept}</p>
      )}
      {SHA256.test(hash) && (
        <p class="quiet">
          {w.lookUp}{' '}
          {LOOKUPS.map(([name, of]) => (
            <a
              key={name}
              href={of(hash)}
              target="_blank"
              rel="noreferrer"
              aria-label={w.lookUpAt(name, hash.slice(0, 12))}
            >
              {name}
            </a>
          ))}
        </p>
      )}
    </div>
  );
}

const Moment = ({ at }: { at: number }) => (
  <time dateTime={new Date(at).toISOString()} title={dateTime(at)}>
    {moment(at)}
  </time>
);
