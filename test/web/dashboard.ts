// A dashboard over a real store, filled by real ingest from a journal that a test writes.
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, configSchema } from '../../src/config/config.ts';
import { Book } from '../../src/diary/book.ts';
import { loadKnowledge } from '../../src/diary/knowledge.ts';
import { encodeTtyRecord, ttyName } from '../../src/event/tty.ts';
import { removalsOf } from '../../src/journal/chain.ts';
import { Ingest } from '../../src/observatory/ingest.ts';
import { openStore } from '../../src/observatory/open.ts';
import type { Locate } from '../../src/observatory/origins.ts';
import { storePath } from '../../src/observatory/place.ts';
import type { GeoState, Trouble } from '../../src/web/options.ts';
import { loadPages, startWeb } from '../../src/web/web.ts';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  text: string;
}

export interface Ask {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** One request with exactly the headers given, `Host` too. */
export function ask(url: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const all = Buffer.concat(chunks);
        resolve({ status: response.statusCode!, headers: response.headers, body: all, text: all.toString('utf8') });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

export type Fields = Record<string, unknown> & { eventid: string };

let sessions = 0;

/** Events of one connection, a second apart, with the envelope that Cowrie writes. */
export function sessionEvents(started: number, events: Fields[], src_ip = '203.0.113.7'): Record<string, unknown>[] {
  const session = (++sessions).toString(16).padStart(12, '0');
  return events.map((fields, index) => ({
    session,
    protocol: 'ssh',
    src_ip,
    src_port: 40_000 + sessions,
    dst_ip: '192.0.2.1',
    dst_port: 2222,
    sensor: 'kansatsu-test',
    uuid: '00000000-0000-4000-8000-000000000000',
    timestamp: new Date(started + index * 1000).toISOString().replace('Z', '000Z'),
    ...fields,
  }));
}

/** A recording in Cowrie's form; returns its name. */
export function writeRecording(data: string, started: number, output: string[], input: string[] = []): string {
  const records = [
    { type: 'open' as const, at: started, data: Buffer.alloc(0) },
    ...output.map((text, index) => ({
      type: 'output' as const,
      at: started + 1000 * (index + 1),
      data: Buffer.from(text),
    })),
    ...input.map((text, index) => ({
      type: 'input' as const,
      at: started + 1000 * (index + 1),
      data: Buffer.from(text),
    })),
    { type: 'close' as const, at: started + 1000 * (output.length + 1), data: Buffer.alloc(0) },
  ];
  const name = ttyName(records);
  mkdirSync(join(data, 'tty'), { recursive: true });
  writeFileSync(
    join(data, 'tty', name),
    Buffer.concat(records.map(({ type, at, data }) => encodeTtyRecord(type, at, data))),
  );
  return name;
}

export interface DashboardOptions {
  data?: string;
  web?: Partial<Config['web']>;
  now?: () => number;
  pages?: string;
  diary?: boolean;
  /** Where addresses come from. */
  locate?: Locate;
  geo?: GeoState;
  troubles?: readonly Trouble[];
}

const running = new Set<Dashboard>();

/** For `after`: whatever a failed test left. */
export async function stopAll(): Promise<void> {
  for (const dashboard of running) await dashboard.stop();
}

export class Dashboard {
  readonly data: string;
  readonly web: Awaited<ReturnType<typeof startWeb>>;
  readonly ingest: Ingest;
  readonly errors: unknown[];
  readonly store: ReturnType<typeof openStore>;

  private constructor(
    data: string,
    store: ReturnType<typeof openStore>,
    ingest: Ingest,
    web: Awaited<ReturnType<typeof startWeb>>,
    errors: unknown[],
  ) {
    this.data = data;
    this.store = store;
    this.ingest = ingest;
    this.web = web;
    this.errors = errors;
  }

  static async start(options: DashboardOptions = {}): Promise<Dashboard> {
    const data = options.data ?? mkdtempSync(join(tmpdir(), 'kansatsuki-web-'));
    mkdirSync(join(data, 'log'), { recursive: true });
    const store = openStore(storePath(data));
    store.writer.origins.locate = options.locate;
    const ingest = new Ingest(store, { directories: [join(data, 'log')], interval: 50 });
    ingest.catchUp();
    ingest.start();
    const config = configSchema.parse({ web: { listen: '127.0.0.1:0', ...options.web } });
    const errors: unknown[] = [];
    const knowledge = loadKnowledge();
    const diary = new Book({ store, dataDirectory: data, config, knowledge, now: options.now ?? Date.now });
    try {
      const web = await startWeb({
        store,
        feed: (listener) => ingest.onFeed(listener),
        config,
        dataDirectory: data,
        version: '0.0.0-test',
        pages: options.pages === undefined ? new Map() : loadPages(options.pages),
        knowledge,
        collection: () => ({
          counts: ingest.counts,
          troubles: options.troubles ?? [{ at: 1, sentence: 'A trouble.', half: 'sensor' }],
        }),
        onError: (error) => errors.push(error),
        ...(options.diary === false ? {} : { diary }),
        removals: (names) => removalsOf(join(data, 'log'), names),
        geo: () => options.geo,
        ...(options.now ? { now: options.now } : {}),
      });
      const dashboard = new Dashboard(data, store, ingest, web, errors);
      running.add(dashboard);
      return dashboard;
    } catch (error) {
      ingest.stop();
      store.close();
      if (options.data === undefined) rmSync(data, { recursive: true });
      throw error;
    }
  }

  append(events: readonly Record<string, unknown>[]): void {
    appendFileSync(join(this.data, 'log/cowrie.json'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  }

  /** Reads what was appended into the store now. */
  read(): void {
    this.ingest.catchUp();
  }

  get token(): string {
    return new URL(this.web.loginUrl).searchParams.get('token')!;
  }

  url(path: string): string {
    return new URL(path, this.web.url).href;
  }

  /** Asks with the token of the login link. */
  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return ask(this.url(path), { headers: { authorization: `Bearer ${this.token}`, ...headers } });
  }

  async json<T>(path: string): Promise<T> {
    const { status, text } = await this.get(`/api/v1${path}`);
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
    return JSON.parse(text) as T;
  }

  /** The cookie that the login link gives. */
  async login(): Promise<string> {
    const { headers } = await ask(this.web.loginUrl);
    return headers['set-cookie']![0]!.split(';')[0]!;
  }

  async stop(keep = false): Promise<void> {
    if (!running.delete(this)) return;
    await this.web.stop();
    this.ingest.stop();
    this.store.close();
    if (!keep) rmSync(this.data, { recursive: true });
  }
}
