// The live feed by visitor: what the events of one connection come to, so that a visit is one entry and not five lines.
import type { FeedItem } from '../src/web/schema.ts';
import { detailOf, type Kind, kindOf } from './events.ts';

export interface VisitLine {
  id: number;
  at: number;
  kind: Kind;
  /** Hostile text. */
  text: string;
}

export interface Visit {
  key: string;
  sessionId: number | undefined;
  /** Milliseconds since the epoch of the first event known of it. */
  at: number;
  /** Id of the newest event that says more than that it came or went: visits stand in its order. */
  newest: number;
  address: string;
  country: string | undefined;
  sensor: string;
  /** How far it came. */
  kind: Kind;
  /** The last name and password tried, or what else its kind is about: hostile text. */
  detail: string;
  tries: number;
  client: string | undefined;
  /** What it did, oldest first. */
  lines: VisitLine[];
  /** It has left; with `lasted`, as the event says it. */
  ended: boolean;
  lasted: string | undefined;
}

/** How far a visit came, the farthest last; the rest says nothing about that. */
const STAGES: readonly Kind[] = ['connect', 'client', 'key', 'violation', 'failed', 'succeeded'];
/** What is worth a line of its own. */
const DEEDS = new Set<Kind>(['command', 'notFound', 'file', 'request', 'exploit', 'binary', 'forward', 'gap']);
/** Comes with every visit, and moves nothing. */
const ROUTINE = new Set<Kind>(['closed', 'summary', 'recording', 'terminal', 'client', 'line']);

/**
 * @param items newest first, as the feed has them
 * @param lasted says a number of milliseconds
 * @returns the visit with the newest deed first
 */
export function visitsOf(items: readonly FeedItem[], lasted: (ms: number) => string): Visit[] {
  const visits = new Map<string, Visit>();
  for (const item of items.toReversed()) {
    const key = item.session === '' ? `${item.id}` : `${item.sensor} ${item.session}`;
    const kind = kindOf(item.eventid);
    const text = detailOf(item.eventid, item.message, lasted);
    let visit = visits.get(key);
    if (!visit) {
      visit = {
        key,
        sessionId: item.sessionId,
        at: item.at,
        newest: item.id,
        address: item.address,
        country: item.country,
        sensor: item.sensor,
        kind: STAGES.includes(kind) || item.session === '' ? kind : 'connect',
        detail: item.session === '' ? text : '',
        tries: 0,
        client: undefined,
        lines: [],
        ended: false,
        lasted: undefined,
      };
      visits.set(key, visit);
    }
    visit.sessionId ??= item.sessionId;
    if (!ROUTINE.has(kind)) visit.newest = item.id;
    take(visit, kind, text, item);
  }
  return [...visits.values()].toSorted((a, b) => b.newest - a.newest);
}

function take(visit: Visit, kind: Kind, text: string, { id, at }: FeedItem): void {
  if (kind === 'closed') {
    visit.ended = true;
    visit.lasted = text;
  } else if (kind === 'client')
    visit.client = text.startsWith('SSH-') || visit.client === undefined ? text : visit.client;
  else if (DEEDS.has(kind)) {
    // A command that is not found is told twice: as it was typed, and that it was not found.
    const last = visit.lines.at(-1);
    if (kind === 'notFound' && last?.kind === 'command' && last.text === text) last.kind = kind;
    else visit.lines.push({ id, at, kind, text });
  }
  if (kind === 'failed' || kind === 'succeeded') {
    visit.tries++;
    if (kind === 'succeeded' || visit.kind !== 'succeeded') visit.detail = text;
  }
  if (STAGES.indexOf(kind) > STAGES.indexOf(visit.kind) && kind !== 'client') visit.kind = kind;
}
