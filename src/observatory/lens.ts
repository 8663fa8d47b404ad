// The store as tables that anyone can query in SQL: temporary views over the packed sessions, and an authorizer that lets nothing but reading pass.
import { constants, type DatabaseSync } from 'node:sqlite';
import { PROTOCOLS } from '../event/event.ts';
import { messageOf } from '../event/message.ts';
import { formatMicros } from '../event/time.ts';
import { unpack } from './packed.ts';
import { PROTOCOL, protocolFlags } from './protocol.ts';
import { APPROXIMATE, CLOSED, ID_STEP, LOGGED_IN, LONG_MS, SENSOR } from './schema.ts';
import { SqliteStore } from './sqlite.ts';
import type { Range } from './store.ts';

export type View = (typeof views)[number]['name'];

const word = (kind: string, column: string) => `(SELECT value FROM word_${kind} WHERE id = ${column})`;
const time = (micros: string) => `iso(${micros})`;
const protocol = `CASE s.flags & ${PROTOCOL} ${PROTOCOLS.map((name) => `WHEN ${protocolFlags(name)} THEN '${name}'`).join(' ')} END`;
const session = `CASE WHEN s.flags & ${SENSOR} THEN NULL WHEN typeof(s.sid) = 'integer' THEN printf('%012x', s.sid) ELSE substr(s.sid, 2) END`;

/** What a row of a session's event is found by. */
const whose = [
  ['sensor', word('sensor', 's.sensor')],
  ['session', session],
  ['session_id', `CASE WHEN s.flags & ${SENSOR} THEN NULL ELSE s.id END`],
  ['protocol', protocol],
  ['src_ip', word('address', 's.address')],
] as const;

/** Where the address of a session comes from. */
const ofAddress = (sql: string) => `(SELECT ${sql} FROM word_address a WHERE a.id = s.address)`;
const origin = [
  ['country', ofAddress(word('country', 'a.country'))],
  ['asn', ofAddress(word('asn', 'a.asn'))],
  ['organisation', ofAddress('(SELECT name FROM word_asn WHERE id = a.asn)')],
  ['scanner', ofAddress(word('text', 'a.scanner'))],
] as const;

/** Ids and fields of a view over single events: the fields come out of an event's JSON, `=` marks the id itself. */
const overEvents = {
  auth: {
    eventids: ['cowrie.login.success', 'cowrie.login.failed'],
    columns: [
      ['username', `e.value ->> 'username'`],
      ['password', `e.value ->> 'password'`],
      ['success', `e.value ->> '=' = 'cowrie.login.success'`],
      ['fingerprint', `e.value ->> 'fingerprint'`],
    ],
    where: 's.logins > 0',
  },
  commands: {
    eventids: ['cowrie.command.input'],
    columns: [['input', `e.value ->> 'input'`]],
    where: 's.commands > 0',
  },
  downloads: {
    eventids: ['cowrie.session.file_download', 'cowrie.session.file_download.failed', 'cowrie.session.file_upload'],
    columns: [
      ['kind', `substr(e.value ->> '=', 16)`],
      ['url', `e.value ->> 'url'`],
      ['shasum', `e.value ->> 'shasum'`],
      ['path', `coalesce(nullif(e.value ->> 'destfile', ''), e.value ->> 'filename')`],
    ],
    where: '1',
  },
} as const;
type OverEvents = keyof typeof overEvents;

const eventView = (name: OverEvents) => ({
  name,
  ranged: true,
  columns: [['time', `e.value ->> '@'`], ...whose, ...overEvents[name].columns] as readonly (readonly [
    string,
    string,
  ])[],
  from: (reach: string) =>
    `session s, json_each(unpack(s.id, '${name}')) e WHERE ${overEvents[name].where} AND ${reach}`,
});
const dictionary = <Name extends string>(name: Name, kind: string, more: [string, string][] = []) => ({
  name,
  ranged: false,
  columns: [['value', 'value'], ['count', 'n'], ['first_seen', time('first * 1000')], ...more] as readonly (readonly [
    string,
    string,
  ])[],
  from: () => `word_${kind} WHERE n > 0`,
});

/** The views, their columns with what each is made of, and where they read; `ranged` ones are confined by the range of the lens. */
export const views = [
  {
    name: 'sessions',
    ranged: true,
    columns: [
      ['id', 's.id'],
      ['started', time(`s.id / ${ID_STEP} * 1000`)],
      ['ended', `CASE WHEN s.flags & ${CLOSED} THEN iso((s.id / ${ID_STEP} + s.last) * 1000) END`],
      ['duration_ms', 's.last'],
      ['sensor', word('sensor', 's.sensor')],
      ['session', session],
      ['protocol', protocol],
      ['src_ip', word('address', 's.address')],
      ...origin,
      ['src_port', 's.port'],
      ['dst_ip', word('text', 's.dst')],
      ['dst_port', 's.dport'],
      ['client', word('client', 's.client')],
      ['hassh', word('hassh', 's.hassh')],
      ['username', word('username', 's.username')],
      ['password', word('password', 's.password')],
      ['logged_in', `s.flags & ${LOGGED_IN} <> 0`],
      ['logins', 's.logins'],
      ['commands', 's.commands'],
      ['downloads', 's.downloads'],
      ['approximate', `s.flags & ${APPROXIMATE} <> 0`],
    ],
    from: (_reach: string, begun: string) => `session s WHERE s.flags & ${SENSOR} = 0 AND ${begun}`,
  },
  {
    name: 'events',
    ranged: true,
    columns: [
      ['time', `e.value ->> '@'`],
      ['eventid', `e.value ->> '='`],
      ...whose,
      [
        'message',
        `message(e.value, ${session}, ${protocol}, ${word('address', 's.address')}, s.port, ${word('text', 's.dst')}, s.dport)`,
      ],
      ['fields', `json_remove(e.value, '$."@"', '$."="')`],
    ],
    from: (reach: string) => `session s, json_each(unpack(s.id, '')) e WHERE ${reach}`,
  },
  eventView('auth'),
  eventView('commands'),
  eventView('downloads'),
  {
    name: 'addresses',
    ranged: true,
    columns: [
      ['src_ip', word('address', 's.address')],
      ...origin,
      ['first_seen', '(SELECT iso(first * 1000) FROM word_address WHERE id = s.address)'],
      ['last_started', `iso(max(s.id) / ${ID_STEP} * 1000)`],
      ['sessions', 'count(*)'],
      ['logged_in', `sum(s.flags & ${LOGGED_IN} <> 0)`],
      ['logins', 'sum(s.logins)'],
      ['commands', 'sum(s.commands)'],
      ['downloads', 'sum(s.downloads)'],
    ],
    from: (_reach: string, begun: string) =>
      `session s WHERE s.flags & ${SENSOR} = 0 AND s.address IS NOT NULL AND ${begun} GROUP BY s.address`,
  },
  dictionary('usernames', 'username'),
  dictionary('passwords', 'password'),
  {
    name: 'pairs',
    ranged: false,
    columns: [
      ['username', word('username', 'p.username')],
      ['password', word('password', 'p.password')],
      ['count', 'p.n'],
      ['first_seen', time('p.first * 1000')],
    ],
    from: () => 'pair p WHERE p.n > 0',
  },
  dictionary('inputs', 'command'),
  dictionary('clients', 'client'),
  dictionary('hasshs', 'hassh'),
  dictionary('urls', 'url'),
  dictionary('samples', 'hash'),
  dictionary('countries', 'country'),
  dictionary('asns', 'asn', [['organisation', 'name']]),
] as const satisfies readonly {
  name: string;
  ranged: boolean;
  columns: readonly (readonly [name: string, sql: string])[];
  from: (reach: string, begun: string) => string;
}[];

const READING: ReadonlySet<number> = new Set([
  constants.SQLITE_SELECT,
  constants.SQLITE_READ,
  constants.SQLITE_FUNCTION,
  constants.SQLITE_RECURSIVE,
]);
/** Pragmas that describe: of the first what they are given is a name, the others would set what they are given. FTS5 asks for data_version itself. */
const DESCRIBING = new Set([
  'table_info',
  'table_xinfo',
  'table_list',
  'index_list',
  'index_info',
  'index_xinfo',
  'foreign_key_list',
]);
const TELLING = new Set([
  'data_version',
  'user_version',
  'schema_version',
  'encoding',
  'journal_mode',
  'page_count',
  'page_size',
  'freelist_count',
  'function_list',
  'compile_options',
]);

/**
 * Prepares a read-only connection for statements of a curious person: makes the views, confined to a range of milliseconds where one is given,
 * and from then on refuses whatever is no reading.
 */
export function focus(database: DatabaseSync, range?: Range): void {
  const store = new SqliteStore(database, '');
  const { scanner, words } = store;
  const from = range ? range.from * 1000 : Number.NEGATIVE_INFINITY;
  const to = range ? range.to * 1000 : Number.POSITIVE_INFINITY;
  const resolve: Parameters<typeof unpack>[1] = (kind, id) => words.text(kind, id);
  const wanted = new Map<string, ReadonlySet<number>>(
    Object.entries(overEvents).map(([name, { eventids }]) => [
      name,
      new Set(eventids.map((eventid) => scanner.eventidOf(eventid))),
    ]),
  );
  database.function('iso', { deterministic: true }, (micros) =>
    micros === null ? null : formatMicros(Number(micros)),
  );
  /** The events of a session as a JSON array: their fields, the time under `@`, the id under `=`. */
  database.function('unpack', { useBigIntArguments: true }, (id, which) => {
    const record = scanner.record(Number(id));
    if (!record) return '[]';
    const ids = wanted.get(which as string);
    const found: string[] = [];
    scanner.each(record, (micros, body) => {
      if (micros < from || micros >= to || (ids && !ids.has(scanner.eventid(body)))) return;
      const { eventid, fields } = unpack(body, resolve);
      // Ours last: a log that was made up may have such fields itself.
      found.push(JSON.stringify({ ...fields, '@': formatMicros(micros), '=': eventid }));
    });
    return `[${found.join(',')}]`;
  });
  database.function(
    'message',
    { deterministic: true },
    (json, session, protocol, src_ip, src_port, dst_ip, dst_port) => {
      const fields = JSON.parse(String(json)) as Record<string, unknown>;
      if (typeof fields['message'] === 'string') return fields['message'];
      const connection = Object.entries({ session, protocol, src_ip, src_port, dst_ip, dst_port });
      return (
        messageOf({
          ...Object.fromEntries(connection.filter(([, value]) => value !== null)),
          ...fields,
          eventid: fields['='],
        }) ?? ''
      );
    },
  );
  const low = range ? range.from * ID_STEP : 0;
  const high = range ? range.to * ID_STEP : 0;
  const begun = range ? `s.id >= ${low} AND s.id < ${high}` : '1';
  const reach = range
    ? `(s.id >= ${(range.from - LONG_MS) * ID_STEP} AND s.id < ${high} OR s.last >= ${LONG_MS} AND s.id < ${low} AND s.id / ${ID_STEP} + s.last >= ${range.from})`
    : '1';
  for (const { name, columns, from: source } of views)
    database.exec(
      `CREATE TEMP VIEW ${name} AS SELECT ${columns.map(([column, sql]) => `${sql} AS ${column}`).join(', ')} FROM ${source(reach, begun)}`,
    );
  database.exec('PRAGMA query_only = ON');
  database.setAuthorizer((action, name, value) => {
    const describes =
      action === constants.SQLITE_PRAGMA &&
      (DESCRIBING.has(String(name)) || (TELLING.has(String(name)) && value === null));
    return READING.has(action) || describes ? constants.SQLITE_OK : constants.SQLITE_DENY;
  });
}

/** What follows the first statement of a text, comments and semicolons aside: there must be nothing. */
export function rest(text: string, first: string): string {
  const at = text.indexOf(first);
  return text
    .slice(at < 0 ? 0 : at + first.length)
    .replace(/--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[\s;]+/g, '')
    .trim();
}
