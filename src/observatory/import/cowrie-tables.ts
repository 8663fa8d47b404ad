// The tables of Kippo's and Cowrie's databases (MySQL, PostgreSQL, SQLite), and the events that their rows stand for.
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { RawEvent } from '../../event/legacy.ts';
import { formatMicros, parseTime } from '../../event/time.ts';
import { readTty } from '../../event/tty.ts';
import type { Sink } from './reader.ts';
import type { SqlRow, SqlValue } from './sql-statements.ts';

/** Tables and their columns, of every version of the schema. */
const TABLES: Record<string, readonly string[]> = {
  sensors: ['id', 'ip'],
  clients: ['id', 'version'],
  sessions: ['id', 'starttime', 'endtime', 'sensor', 'ip', 'termsize', 'client', 'ttylog'],
  auth: ['id', 'session', 'success', 'username', 'password', 'timestamp'],
  input: ['id', 'session', 'timestamp', 'realm', 'success', 'input'],
  downloads: ['id', 'session', 'timestamp', 'url', 'outfile', 'shasum'],
  ttylog: ['id', 'session', 'ttylog', 'size'],
  keyfingerprints: ['id', 'session', 'username', 'fingerprint'],
  params: ['id', 'session', 'arch'],
  ipforwards: ['id', 'session', 'timestamp', 'dst_ip', 'dst_port'],
  ipforwardsdata: ['id', 'session', 'timestamp', 'dst_ip', 'dst_port', 'data'],
};
/** Other names: Kippo's first schema, and a fork's. */
const OTHER_NAMES: Record<string, string> = { session: 'sessions' };
const OTHER_COLUMNS: Record<string, Record<string, string>> = { sessions: { id_session: 'id' } };

export const isCowrieTable = (table: string): boolean => table in TABLES || table in OTHER_NAMES;

/** Rows gathered in a temporary database, which SQLite keeps in memory while it is small: a session's row comes after those of its logins. */
export class CowrieTables {
  readonly #database = new DatabaseSync('');
  readonly #inserts = new Map<string, (values: SQLInputValue[]) => void>();

  constructor() {
    this.#database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16000');
    for (const [table, columns] of Object.entries(TABLES)) {
      this.#database.exec(`CREATE TABLE "${table}"(${columns.map((name) => `"${name}"`).join(', ')})`);
      const insert = this.#database.prepare(`INSERT INTO "${table}" VALUES (${columns.map(() => '?').join(', ')})`);
      this.#inserts.set(table, (values) => void insert.run(...values));
    }
    this.#database.exec('BEGIN');
  }

  add(name: string, row: SqlRow): void {
    const table = OTHER_NAMES[name] ?? name;
    const renamed = OTHER_COLUMNS[table];
    if (renamed) for (const [from, to] of Object.entries(renamed)) if (row.has(from)) row.set(to, row.get(from)!);
    const insert = this.#inserts.get(table);
    insert?.(TABLES[table]!.map((column) => value(row.get(column))));
  }

  /** Tells all events: a session's own first, then what happened in it, in order of time. */
  async events(sink: Sink): Promise<void> {
    this.#database.exec(
      `COMMIT; ${['sessions', 'sensors', 'clients'].map((table) => `CREATE INDEX "of ${table}" ON "${table}"("id")`).join('; ')}`,
    );
    // As between the chunks of a log: many rows shall not gather in memory.
    let rows = 0;
    const rest = () => {
      if (++rows % 4096 > 0) return;
      const { writer } = sink.store;
      if (writer.full) writer.commit();
      else writer.relieve();
    };
    for (const row of this.#rows(SESSIONS)) {
      session(row, sink);
      rest();
    }
    for (const [table, read] of Object.entries(readers)) {
      // Equal rows of one second are as many events.
      let second = '';
      const repeats = new Map<string, number>();
      for (const row of this.#rows(ofTable(table))) {
        rest();
        const event = read(row);
        if (!event) {
          sink.malformed('a row without a time');
          continue;
        }
        if (event['timestamp'] !== second) repeats.clear();
        second = event['timestamp'] as string;
        const key = JSON.stringify(event);
        const repeat = repeats.get(key) ?? 0;
        repeats.set(key, repeat + 1);
        if (repeat > 0) event['repeat'] = repeat;
        sink.add(event, SOURCE);
        if (row['ttylog'] instanceof Uint8Array)
          await sink.recording(String(event['ttylog']), Buffer.from(row['ttylog']));
      }
    }
  }

  close(): void {
    this.#database.close();
  }

  #rows(sql: string): IterableIterator<Row> {
    return this.#database.prepare(sql).iterate() as IterableIterator<Row>;
  }
}

type Row = Record<string, SqlValue | Uint8Array>;
const SOURCE = { text: true, coarse: true };

const SESSIONS = `SELECT sessions.id AS session, starttime, endtime, sessions.ip AS address, termsize, version, sessions.ttylog AS ttylog,
    coalesce(sensors.ip, sessions.sensor) AS sensor
  FROM sessions LEFT JOIN sensors ON sensors.id = sessions.sensor LEFT JOIN clients ON clients.id = sessions.client
  ORDER BY starttime, sessions.id`;

const ofTable = (table: string): string =>
  `SELECT "${table}".*, sessions.starttime, sessions.endtime, sessions.ip AS address, coalesce(sensors.ip, sessions.sensor) AS sensor
  FROM "${table}" LEFT JOIN sessions ON sessions.id = "${table}".session LEFT JOIN sensors ON sensors.id = sessions.sensor
  ORDER BY ${TABLES[table]!.includes('timestamp') ? 'timestamp' : 'starttime'}, "${table}".id`;

/** MySQL gives a datetime without its zone: taken as UTC. */
function timeOf(...candidates: unknown[]): string | undefined {
  for (const candidate of candidates) {
    const micros = parseTime(candidate);
    if (micros > 0) return formatMicros(micros);
  }
  return undefined;
}

function envelope(row: Row): RawEvent {
  return {
    session: String(row['session']),
    ...(typeof row['address'] === 'string' && row['address'] !== '' ? { src_ip: row['address'] } : {}),
    ...(row['sensor'] === null || row['sensor'] === undefined ? {} : { sensor: String(row['sensor']) }),
  };
}

function session(row: Row, sink: Sink): void {
  const base = envelope(row);
  const timestamp = timeOf(row['starttime']);
  if (timestamp === undefined) return sink.malformed('a session without a time');
  sink.add({ ...base, eventid: 'cowrie.session.connect', timestamp }, SOURCE);
  if (typeof row['version'] === 'string')
    sink.add({ ...base, eventid: 'cowrie.client.version', timestamp, version: row['version'] }, SOURCE);
  const size = /^(\d+)x(\d+)$/.exec(String(row['termsize'] ?? ''));
  if (size)
    sink.add(
      { ...base, eventid: 'cowrie.client.size', timestamp, width: Number(size[1]), height: Number(size[2]) },
      SOURCE,
    );
  const end = timeOf(row['endtime']);
  if (end !== undefined)
    sink.add(
      {
        ...base,
        eventid: 'cowrie.session.closed',
        timestamp: end,
        duration_ms: Math.max(0, Math.round((parseTime(end) - parseTime(timestamp)) / 1000)),
      },
      SOURCE,
    );
}

/** The event of a row; undefined when nothing tells its time. */
const readers: Record<string, (row: Row) => RawEvent | undefined> = {
  params: (row) => at(row, row['starttime'], { eventid: 'cowrie.session.params', arch: row['arch'] }),
  keyfingerprints: (row) =>
    at(row, row['starttime'], {
      eventid: 'cowrie.client.fingerprint',
      username: row['username'],
      fingerprint: row['fingerprint'],
    }),
  auth: (row) =>
    at(row, row['timestamp'], {
      eventid: truth(row['success']) ? 'cowrie.login.success' : 'cowrie.login.failed',
      username: text(row['username']),
      password: text(row['password']),
    }),
  input: (row) => {
    const { realm, success } = row;
    if (typeof realm === 'string' && realm !== '')
      return at(row, row['timestamp'], { eventid: 'cowrie.session.input', realm, input: text(row['input']) });
    const failed = success !== null && !truth(success);
    return at(row, row['timestamp'], {
      eventid: failed ? 'cowrie.command.failed' : 'cowrie.command.input',
      input: text(row['input']),
    });
  },
  downloads: (row) => {
    const { url, outfile, shasum } = row;
    const failed = outfile === null && shasum === null;
    return at(row, row['timestamp'], {
      eventid: `cowrie.session.file_download${failed ? '.failed' : ''}`,
      ...(typeof url === 'string' && url !== '' ? { url } : {}),
      ...(typeof outfile === 'string' ? { outfile } : {}),
      ...(typeof shasum === 'string' && shasum !== '' ? { shasum } : {}),
    });
  },
  ttylog: (row) => {
    const { ttylog } = row;
    const blob = ttylog instanceof Uint8Array ? ttylog : undefined;
    // Kippo kept the recording itself; Cowrie where it lies.
    const path = blob ? `ttylog-${row['session']}-${row['id']}.log` : text(ttylog);
    return at(row, row['endtime'] ?? (blob && readTty(blob).records.at(-1)?.at) ?? row['starttime'], {
      eventid: 'cowrie.log.closed',
      ttylog: path,
      ...(typeof row['size'] === 'number' ? { size: row['size'] } : {}),
      ...(/[0-9a-f]{64}$/.test(String(path)) ? { shasum: String(path).slice(-64) } : {}),
    });
  },
  ipforwards: (row) =>
    at(row, row['timestamp'], {
      eventid: 'cowrie.direct-tcpip.request',
      dst_ip: row['dst_ip'],
      dst_port: row['dst_port'],
    }),
  ipforwardsdata: (row) =>
    at(row, row['timestamp'], {
      eventid: 'cowrie.direct-tcpip.data',
      dst_ip: row['dst_ip'],
      dst_port: row['dst_port'],
      data: text(row['data']),
    }),
};

function at(row: Row, time: unknown, fields: RawEvent): RawEvent | undefined {
  const timestamp = timeOf(time);
  return timestamp === undefined ? undefined : { ...envelope(row), ...fields, timestamp };
}

const truth = (value: unknown): boolean => value === 1 || value === '1' || value === 't' || value === 'true';
const text = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : value === null || value === undefined ? undefined : String(value);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** A text as SQLite keeps it; what is no UTF-8 stays Latin-1. */
function value(found: SqlValue | undefined): SQLInputValue {
  if (typeof found !== 'string') return found ?? null;
  if (/^[\x00-\x7f]*$/.test(found)) return found;
  try {
    return utf8.decode(Buffer.from(found, 'latin1'));
  } catch {
    return found;
  }
}
