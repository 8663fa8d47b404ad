// Counts a log anew, line by line, sharing no code with the store: what report, API and engines are held against.
import type { Event } from './golden.ts';

type Counted = [value: string, count: number][];

export interface Counts {
  total: number;
  events_by_id: Record<string, number>;
  sessions: number;
  unique_src_ip: number;
  top_usernames: Counted;
  top_passwords: Counted;
  top_pairs: [string, string, number][];
  top_commands: Counted;
  downloads: number;
  per_day: Record<string, number>;
  first: string | null;
  last: string | null;
  logins_failed: number;
  logins_succeeded: number;
  commands: number;
  top_src_ip: Counted;
  top_clients: Counted;
  top_hassh: Counted;
  top_samples: Counted;
  top_urls: Counted;
  sensors: Counted;
  protocols: Counted;
  /** The golden log's addresses are looked up nowhere. */
  top_countries: Counted;
  top_asns: [string, number, string | null][];
}

const bytes = (text: string) => Buffer.from(text.toWellFormed());

function ranked(values: readonly unknown[], limit: number): Counted {
  const counts = new Map<string, number>();
  for (const value of values) if (typeof value === 'string') counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || Buffer.compare(bytes(a[0]), bytes(b[0]))).slice(0, limit);
}

/** The report of a range (milliseconds, the end not included) as a person would count it in an editor. */
export function count(log: readonly Event[], range: { from: number; to: number } | undefined, limit: number): Counts {
  const distinct = [...new Map(log.map((event) => [JSON.stringify(event), event])).values()];
  const within = (timestamp: string) => {
    const at = Date.parse(timestamp);
    return range === undefined || (at >= range.from && at < range.to);
  };
  const events = distinct.filter(({ timestamp }) => within(timestamp));
  const of = (...ids: string[]) => events.filter(({ eventid }) => ids.includes(eventid));
  const logins = of('cowrie.login.success', 'cowrie.login.failed');
  const begun = new Map<string, Event>();
  for (const event of distinct)
    if (typeof event['session'] === 'string') {
      const key = JSON.stringify([event['sensor'], event['session']]);
      const before = begun.get(key);
      if (!before || event.timestamp < before.timestamp) begun.set(key, event);
    }
  const sessions = [...begun.values()].filter(({ timestamp }) => within(timestamp));
  const times = events.map(({ timestamp }) => timestamp).sort();
  const pairs = ranked(
    logins
      .filter((event) => typeof event['username'] === 'string' && typeof event['password'] === 'string')
      .map((event) => JSON.stringify([event['username'], event['password']])),
    Number.POSITIVE_INFINITY,
  )
    .map(([pair, n]): [string, string, number] => [...(JSON.parse(pair) as [string, string]), n])
    .sort(
      (a, b) => b[2] - a[2] || Buffer.compare(bytes(a[0]), bytes(b[0])) || Buffer.compare(bytes(a[1]), bytes(b[1])),
    );
  const ids = ranked(
    events.map(({ eventid }) => eventid),
    Number.POSITIVE_INFINITY,
  );
  const days = ranked(
    times.map((time) => time.slice(0, 10)),
    Number.POSITIVE_INFINITY,
  );
  return {
    total: events.length,
    events_by_id: Object.fromEntries(ids),
    sessions: sessions.length,
    unique_src_ip: new Set(sessions.map((event) => event['src_ip'])).size,
    top_usernames: ranked(
      logins.map((event) => event['username']),
      limit,
    ),
    top_passwords: ranked(
      logins.map((event) => event['password']),
      limit,
    ),
    top_pairs: pairs.slice(0, limit),
    top_commands: ranked(
      of('cowrie.command.input').map((event) => event['input']),
      limit,
    ),
    downloads: of('cowrie.session.file_download').length,
    per_day: Object.fromEntries(days.sort((a, b) => (a[0] < b[0] ? -1 : 1))),
    first: times[0] ?? null,
    last: times.at(-1) ?? null,
    logins_failed: of('cowrie.login.failed').length,
    logins_succeeded: of('cowrie.login.success').length,
    commands: of('cowrie.command.input').length,
    top_src_ip: ranked(
      sessions.map((event) => event['src_ip']),
      limit,
    ),
    top_clients: ranked(
      of('cowrie.client.version').map((event) => event['version']),
      limit,
    ),
    top_hassh: ranked(
      of('cowrie.client.kex').map((event) => event['hassh']),
      limit,
    ),
    top_samples: ranked(
      of('cowrie.session.file_download', 'cowrie.session.file_upload').map((event) => event['shasum']),
      limit,
    ),
    top_urls: ranked(
      of(
        'cowrie.session.file_download',
        'cowrie.session.file_download.failed',
        'kansatsuki.session.download_request',
        'kansatsuki.session.download_result',
      ).map((event) => event['url']),
      limit,
    ),
    sensors: ranked(
      sessions.map((event) => event['sensor']),
      limit,
    ),
    protocols: ranked(
      sessions.map((event) => event['protocol']),
      limit,
    ),
    top_countries: [],
    top_asns: [],
  };
}
