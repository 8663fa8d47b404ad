// What a reader asks to see a claim's number: the query of the API that gives it, and the page that shows it.
import type { Range } from '../observatory/store.ts';
import type { Claim, Novel } from './claim.ts';

/** Filters of the list of sessions by dimension. */
const FILTERS = new Set([
  'command',
  'address',
  'username',
  'password',
  'client',
  'hassh',
  'hash',
  'url',
  'country',
  'asn',
  'sensor',
  'protocol',
  'behaviour',
]);

type Parameters = Record<string, string | number>;

/** Paths below `/api`, and of the dashboard; times are ISO 8601, as both take them. */
export function backingOf(claim: Claim, range: Range): { query: string; page: string } {
  const span = { from: iso(range.from), to: iso(range.to) };
  switch (claim.kind) {
    case 'first seen':
      return of(`first-seen/${storedAs(claim.subject.dimension)}`, span, filterOf(claim.subject), span);
    case 'novelty':
      return of(`first-seen/${storedAs(claim.subject.dimension)}`, span, {}, span);
    case 'rise':
    case 'fall':
      return 'measure' in claim.subject
        ? of('totals', span, {}, span)
        : of(`change/${claim.subject.dimension}`, span, filterOf(claim.subject), span);
    case 'return':
      return of(`top/${claim.subject.dimension}`, span, filterOf(claim.subject), span);
    case 'surge':
    case 'gap': {
      const hours = { from: iso(claim.numbers.from), to: iso(claim.numbers.to) };
      const sensor: Parameters =
        'sensor' in claim.subject && claim.subject.sensor ? { sensor: claim.subject.sensor } : {};
      return of('timeline', { ...hours, bucket: 'hour' }, sensor, hours);
    }
    case 'burst': {
      const { username, address } = claim.subject;
      const filter: Parameters = {
        ...(username === undefined ? {} : { username }),
        ...(address === undefined ? {} : { address }),
      };
      const time = { from: iso(claim.numbers.from - 60_000), to: iso(claim.numbers.to + 60_000) };
      return of('sessions', { ...filter, ...time }, filter, time);
    }
    case 'longest session':
    case 'deepest session':
      return session(claim.subject.sessionId);
    case 'behaviour':
      return session(claim.sessionId);
    case 'download': {
      const { hash, url } = claim.subject;
      return of('downloads', span, hash === undefined ? { url: url ?? '' } : { hash }, span);
    }
    case 'target': {
      const username = claim.credentials[0]?.username;
      return of('top/pair', span, username === undefined ? {} : { username }, span);
    }
    case 'new campaign':
    case 'campaign grew':
    case 'campaign ended':
    case 'campaign moved':
    case 'tool changed':
      return { query: `/api/v1/campaigns/${claim.subject.key}`, page: `/campaigns/${claim.subject.key}` };
    case 'trend':
      return of('timeline', { ...span, bucket: 'day' }, {}, span);
    case 'hand-off':
      return session(claim.numbers.sessionId);
    case 'curiosity': {
      const id = claim.numbers['sessionId'];
      if (id !== undefined) return session(id);
      const { subject } = claim;
      const filter: Parameters =
        subject.what === 'one source'
          ? { address: subject.address }
          : 'client' in subject && subject.client !== undefined
            ? { client: subject.client }
            : 'username' in subject
              ? { username: subject.username }
              : {};
      return of('sessions', { ...filter, ...span }, filter, span);
    }
  }
}

const session = (id: number): { query: string; page: string } => ({
  query: `/api/v1/sessions/${id}`,
  page: `/sessions/${id}`,
});

const of = (
  path: string,
  query: Parameters,
  filter: Parameters,
  span: Parameters,
): { query: string; page: string } => ({
  query: `/api/v1/${path}?${encoded(query)}`,
  page: `/sessions?${encoded({ ...filter, ...span })}`,
});

/** Shapes and keys are parts of commands. */
const storedAs = (dimension: Novel): string => (dimension === 'shape' || dimension === 'key' ? 'command' : dimension);

function filterOf({ dimension, value }: { dimension: Novel; value: string }): Parameters {
  if (dimension === 'pair') {
    const nul = value.indexOf('\0');
    return { username: value.slice(0, nul), password: value.slice(nul + 1) };
  }
  return FILTERS.has(dimension) ? { [dimension]: value } : {};
}

const encoded = (parameters: Parameters): string =>
  Object.entries(parameters)
    // A lone surrogate has no form in UTF-8.
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value).toWellFormed())}`)
    .join('&');

const iso = (at: number): string => new Date(at).toISOString();
