// Indicators as a MISP feed: an event a day, the manifest that lists them and the hashes by which MISP looks values up (misp-core-format).
import { createHash } from 'node:crypto';
import type { Range } from '../observatory/store.ts';
import { isoDay } from './blocklist.ts';
import { type Indicators, indicatorsOf } from './indicators.ts';
import { times, visits } from './saying.ts';
import type { Producer, Tlp } from './stix.ts';
import { NAMESPACE, uuid5 } from './uuid.ts';
import { daysOf, type Source } from './visitors.ts';

/** Files of a feed by name. */
export type Feed = Map<string, string>;

const COLOURS: Record<Tlp, string> = { clear: '#ffffff', green: '#339900', amber: '#ffc000', red: '#cc0033' };
/** Undefined or low: what comes to a honeypot was aimed at nobody. */
const THREAT_LEVEL = '3';
const COMPLETED = '2';

interface Attribute {
  uuid: string;
  type: 'ip-src' | 'sha256' | 'url';
  category: 'Network activity' | 'Payload delivery';
  value: string;
  comment: string;
  to_ids: boolean;
  timestamp: string;
  first_seen?: string;
  last_seen?: string;
}

/**
 * One file an event, `manifest.json` and `hashes.csv`; days without indicators have none.
 * @param range whole days of UTC
 * @param limit of each kind a day: the most frequent
 */
export async function mispFeed(source: Source, range: Range, limit: number, producer: Producer): Promise<Feed> {
  const feed: Feed = new Map();
  const manifest: Record<string, unknown> = {};
  const hashes: string[] = [];
  for (const day of daysOf(range)) {
    const found = eventOf(await indicatorsOf(source, day, limit), producer);
    if (!found) continue;
    const { event, summary } = found;
    manifest[event.uuid] = summary;
    feed.set(`${event.uuid}.json`, `${JSON.stringify({ Event: event }, undefined, 1)}\n`);
    for (const { value } of event.Attribute)
      hashes.push(`${createHash('md5').update(value).digest('hex')},${event.uuid}\n`);
  }
  feed.set('manifest.json', `${JSON.stringify(manifest, undefined, 1)}\n`);
  feed.set('hashes.csv', hashes.join(''));
  return feed;
}

function eventOf(indicators: Indicators, { name, tlp }: Producer) {
  const { range, addresses, files, links } = indicators;
  const date = isoDay(range.from);
  const uuid = uuid5(NAMESPACE, `misp event ${name} ${date}`);
  const moments = [
    ...addresses.map(({ last }) => last),
    ...files.map(({ last }) => last),
    ...links.map(({ last }) => last),
  ];
  if (addresses.length + files.length + links.length === 0) return undefined;
  // The event is as new as what it tells: the same day written again is the same event.
  const timestamp = String(Math.floor(Math.max(range.from, ...moments) / 1000));
  const attribute = (
    type: Attribute['type'],
    value: string,
    rest: Omit<Attribute, 'uuid' | 'type' | 'value' | 'to_ids' | 'timestamp'>,
  ) => ({
    uuid: uuid5(NAMESPACE, `misp attribute ${uuid} ${type} ${value}`),
    type,
    value,
    to_ids: true,
    timestamp,
    ...rest,
  });
  const Attribute: Attribute[] = [
    ...addresses.map(({ address, sessions, entered, last }) =>
      attribute('ip-src', address, {
        category: 'Network activity',
        comment: visits(sessions, entered),
        last_seen: isoTime(last),
      }),
    ),
    ...files.map(({ hash, count, first, last, bytes }) =>
      attribute('sha256', hash, {
        category: 'Payload delivery',
        comment: `brought or made ${times(count)}${bytes === undefined ? '' : `, ${bytes} bytes`}`,
        first_seen: isoTime(first),
        last_seen: isoTime(last),
      }),
    ),
    ...links.map(({ url, count, first, last }) =>
      attribute('url', url, {
        category: 'Network activity',
        comment: `asked for ${times(count)} by those who had logged in`,
        first_seen: isoTime(first),
        last_seen: isoTime(last),
      }),
    ),
  ];
  const summary = {
    Orgc: { name, uuid: uuid5(NAMESPACE, `misp organisation ${name}`) },
    Tag: [{ name: `tlp:${tlp}`, colour: COLOURS[tlp] }],
    info: `SSH and Telnet honeypot: attackers of ${date}`,
    date,
    analysis: COMPLETED,
    threat_level_id: THREAT_LEVEL,
    timestamp,
  };
  return { summary, event: { uuid, ...summary, published: true, publish_timestamp: timestamp, Attribute } };
}

const isoTime = (at: number): string => new Date(at).toISOString();
