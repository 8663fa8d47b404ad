// Prometheus' text format. No label carries anything that an attacker writes: addresses and names would make series without end.
import type { Vitals } from './collection.ts';
import type { WebOptions } from './options.ts';

type Kind = 'counter' | 'gauge';

/** Text exposition format 0.0.4. */
export function metrics({ store, collection, version }: WebOptions, { hub, startedAt, loopDelay }: Vitals): string {
  const totals = store.totals();
  const { bytes, sources } = store.health();
  const { counts } = collection?.() ?? {};
  const { user, system } = process.cpuUsage();
  const lines: string[] = [];
  const metric = (name: string, kind: Kind, help: string, ...values: [labels: string, value: number][]) => {
    if (values.length === 0) return;
    lines.push(`# HELP kansatsuki_${name} ${help}`, `# TYPE kansatsuki_${name} ${kind}`);
    for (const [labels, value] of values) lines.push(`kansatsuki_${name}${labels && `{${labels}}`} ${value}`);
  };
  metric('info', 'gauge', 'Version.', [`version="${version.replace(/[^\w.+-]/g, '')}"`, 1]);
  metric('start_time_seconds', 'gauge', 'Start of the observer.', ['', startedAt / 1000]);
  metric('events', 'gauge', 'Events in the store.', ['', totals.events]);
  metric('sessions', 'gauge', 'Sessions in the store.', ['', totals.sessions]);
  metric('source_addresses', 'gauge', 'Distinct source addresses in the store.', ['', totals.addresses]);
  metric(
    'logins',
    'gauge',
    'Login attempts in the store.',
    ['result="failed"', totals.loginsFailed],
    ['result="succeeded"', totals.loginsSucceeded],
  );
  metric('commands', 'gauge', 'Commands in the store.', ['', totals.commands]);
  metric('downloads', 'gauge', 'Files in the store.', ['', totals.downloads]);
  if (totals.last !== undefined)
    metric('last_event_timestamp_seconds', 'gauge', 'Time of the newest event.', ['', totals.last / 1000]);
  metric('store_bytes', 'gauge', 'Size of the database.', ['', bytes]);
  const behind = sources.reduce((sum, { offset, size }) => sum + Math.max(0, size - offset), 0);
  metric('journal_behind_bytes', 'gauge', 'Bytes of the journals seen but not stored.', ['', behind]);
  if (counts)
    metric(
      'ingested_total',
      'counter',
      'Lines read since the start of the observer.',
      ['outcome="added"', counts.events],
      ['outcome="duplicate"', counts.duplicates],
      ['outcome="malformed"', counts.malformed],
    );
  metric('viewers', 'gauge', 'Open live feeds.', ['', hub.viewers]);
  metric('resident_memory_bytes', 'gauge', 'Memory of the observer.', ['', process.memoryUsage.rss()]);
  metric('cpu_seconds_total', 'counter', 'CPU time of the observer.', ['', (user + system) / 1e6]);
  metric(
    'event_loop_delay_seconds',
    'gauge',
    'Delay of the event loop.',
    ...[50, 99].map((p): [string, number] => [`quantile="${p / 100}"`, loopDelay(p) / 1e3]),
  );
  return `${lines.join('\n')}\n`;
}
