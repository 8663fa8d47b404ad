// Samples: the files that attackers brought, the newest first; each with what it is, where it came from, and a safe way out.
import type { Sample, Samples } from '../../src/web/schema.ts';
import { useApi } from '../api.ts';
import { bytes, dateTime, moment, number } from '../format.ts';
import { Inert } from '../parts/inert.tsx';
import { Nothing, Show } from '../parts/states.tsx';
import { A, url } from '../router.tsx';
import { words } from '../words/words.ts';

/** Where others may know a file by its hash: the reader's browser goes there, when he follows the link. */
const LOOKUPS: readonly [name: string, of: (hash: string) => string][] = [
  ['VirusTotal', (hash) => `https://www.virustotal.com/gui/file/${hash}`],
  ['MalwareBazaar', (hash) => `https://bazaar.abuse.ch/sample/${hash}/`],
];
const SHA256 = /^[0-9a-f]{64}$/;

export function SamplesPage({ query }: { query: URLSearchParams }) {
  const w = words().samples;
  const cursor = query.get('cursor') ?? undefined;
  const answer = useApi<Samples>(url('/samples', { limit: 25, cursor }));
  return (
    <>
      <header class="page-head">
        <div>
          <h1>{w.title}</h1>
          <p class="quiet">{w.lead}</p>
        </div>
      </header>
      <Show answer={answer} lines={12}>
        {({ items, next }) =>
          items.length === 0 ? (
            <Nothing text={w.none} hint={w.noneHint} />
          ) : (
            <>
              <ol class="samples">
                {items.map((sample) => (
                  <li key={sample.hash} class="sheet">
                    <One sample={sample} />
                  </li>
                ))}
              </ol>
              <nav class="pager" aria-label={w.title}>
                {cursor && <A href="/samples">{w.newest}</A>}
                {next && (
                  <A class="next" href={url('/samples', { cursor: next })}>
                    {w.older} →
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

function One({ sample }: { sample: Sample }) {
  const w = words().samples;
  const { hash, count, firstSeen, lastSeen, kind, detail, urls, address, path } = sample;
  return (
    <>
      <h2>
        {kind === undefined ? w.unknown : w.kinds[kind]}
        {detail !== undefined && (
          <small>
            {' '}
            <Inert text={detail} most={60} />
          </small>
        )}
      </h2>
      <p class="hash">
        <Inert text={hash} most={80} />
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
                <Inert text={from} most={120} />
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
      {stored ? (
        <details>
          <summary>
            {w.download}
            <span class="sr"> {hash.slice(0, 12)}</span>
          </summary>
          <p>{w.warning}</p>
          <a class="button strong" href={`/api/v1/samples/${hash}`} download>
            {w.take}
            <span class="sr"> {hash.slice(0, 12)}</span>
          </a>
        </details>
      ) : (
        <p class="quiet">{removed ? w.removed(dateTime(removed.at)) : w.notKept}</p>
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
