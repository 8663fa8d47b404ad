// The guarded fetcher: the only part of the sensor that ever connects to somebody, when the operator has turned it on.
//
// A name is resolved once and every address it has must be allowed (reach.ts); the connection goes to that address and no other, so a
// second answer of the name server changes nothing. Redirects are the emulated program's to follow: each is a request of its own here.
// Only files are asked for (GET, HEAD, RETR, RRQ), never anything sent, so that nobody is attacked through us.
import type { Bytes, FetchAnswer, FetchRequest } from '../../machine/machine.ts';
import type { Budget } from './budget.ts';
import { ftp } from './ftp.ts';
import { http } from './http.ts';
import type { Reach } from './reach.ts';
import { tftp } from './tftp.ts';
import type { Asking, Ending, Sink, Target, Transfer } from './transfer.ts';

const TRANSFERS: Record<string, Transfer> = { http, https: http, ftp, tftp };
const PORTS: Record<string, number> = { http: 80, https: 443, ftp: 21, tftp: 69 };
const MOST_URL = 2_048;
/**
 * Never asked: ports where a request for a file would only be noise in somebody's log, or an attack through us (the Fetch standard's bad
 * ports, and remote logins). Anything else may serve malware.
 */
const CLOSED = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 22, 23, 25, 37, 42, 43, 53, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111,
  113, 115, 117, 119, 123, 135, 137, 138, 139, 143, 161, 162, 179, 389, 427, 445, 465, 512, 513, 514, 515, 526, 530,
  531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 993, 995, 1433, 1521, 1719, 1720, 1723, 2049, 3306, 3389, 3659,
  4045, 4190, 5060, 5061, 5432, 5900, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 9100, 10080, 11211,
  27017,
]);
/** What a client may say of itself; others could carry an attack on a third party. */
const HEADERS = new Set(['accept', 'accept-language', 'authorization', 'cookie', 'range', 'referer']);
const MOST_HEADER = 512;

export interface FetcherOptions {
  reach: Reach;
  budget: Budget;
  /** Of one file; the rest is not taken. */
  fileBytes: number;
  /** Of one transfer, name resolution included. */
  seconds: number;
  /** All addresses of a name; rejects when it has none. */
  lookup(host: string): Promise<string[]>;
}

/** `denied`: not even tried, and why. */
export interface Fetched {
  answer: FetchAnswer;
  denied?: string;
  why?: string;
  address?: string;
  status?: number;
  bytes: number;
  /** SHA-256 of the server's certificate. */
  tls?: string;
}

export class Fetcher {
  readonly #options: FetcherOptions;

  constructor(options: FetcherOptions) {
    this.#options = options;
  }

  /** Never rejects. `keep` gets each piece of the file as it comes; `source` is the attacker's address. */
  async fetch(request: FetchRequest, keep: (chunk: Buffer) => void, source = ''): Promise<Fetched> {
    const denied = (reason: string): Fetched => ({ answer: { outcome: 'unreachable' }, denied: reason, bytes: 0 });
    const method = request.method ?? 'GET';
    if ((method !== 'GET' && method !== 'HEAD') || request.body !== undefined) return denied('sends something');
    const parsed = parse(request.url);
    if (!parsed) return denied('no URL that is fetched');
    if (CLOSED.has(parsed.port)) return denied('port not allowed');
    const place = this.#options.budget.begin(source);
    if (!place) return denied('budget spent');
    const signal = AbortSignal.timeout(this.#options.seconds * 1_000);
    try {
      const addresses = await within(signal, this.#options.lookup(parsed.host));
      if (addresses === undefined || addresses.length === 0)
        return { answer: { outcome: 'unresolved' }, why: 'name not resolved', bytes: 0 };
      const forbidden = addresses.find((address) => !this.#options.reach.allows(address));
      if (forbidden !== undefined) return { ...denied('address not allowed'), address: forbidden };
      const target: Target = { ...parsed, address: addresses[0]! };
      const chunks: Buffer[] = [];
      let bytes = 0;
      const sink: Sink = (chunk) => {
        const part = chunk.subarray(0, this.#options.fileBytes - bytes);
        bytes += part.length;
        chunks.push(part);
        keep(part);
        return place.spend(chunk.length) && bytes < this.#options.fileBytes;
      };
      const ending = await TRANSFERS[target.scheme]!(target, { ...asking(request), method }, sink, signal);
      return { ...told(ending, chunks, target.address), address: target.address, bytes };
    } finally {
      place.end();
    }
  }
}

function told(ending: Ending, chunks: Buffer[], address: string): Pick<Fetched, 'answer' | 'status' | 'why' | 'tls'> {
  if (ending.outcome === 'refused') return { answer: { outcome: 'refused' }, why: 'refused' };
  if (ending.outcome === 'unreachable') return { answer: { outcome: 'unreachable' }, why: ending.why };
  const { status, reason, headers, cut, tls } = ending;
  return {
    answer: { outcome: 'response', status, reason, headers, body: Buffer.concat(chunks).toString('latin1'), address },
    status,
    ...(cut ? { why: 'cut off' } : {}),
    ...(tls === undefined ? {} : { tls }),
  };
}

function parse(url: Bytes): Omit<Target, 'address'> | undefined {
  if (url.length > MOST_URL) return undefined;
  const encoded = url.replace(
    /[^\x21-\x7e]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  );
  const parsed = URL.parse(encoded);
  const scheme = parsed?.protocol.slice(0, -1) ?? '';
  if (!parsed || !Object.hasOwn(TRANSFERS, scheme) || parsed.hostname === '') return undefined;
  const port = parsed.port === '' ? PORTS[scheme]! : Number(parsed.port);
  const decoded = (text: string) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  return {
    scheme: scheme as Target['scheme'],
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port,
    path: `${parsed.pathname || '/'}${parsed.search}`,
    user: decoded(parsed.username),
    password: decoded(parsed.password),
  };
}

function asking(request: FetchRequest): Omit<Asking, 'method'> {
  const clean = (value: Bytes) => value.replace(/[^\x20-\x7e]/g, '').slice(0, MOST_HEADER);
  return {
    userAgent: request.userAgent === undefined ? undefined : clean(request.userAgent),
    headers: (request.headers ?? [])
      .filter(([name]) => HEADERS.has(name.trim().toLowerCase()))
      .map(([name, value]) => [name.trim(), clean(value)]),
  };
}

async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T | undefined> {
  const over = new Promise<undefined>((resolve) =>
    signal.addEventListener('abort', () => resolve(undefined), { once: true }),
  );
  return Promise.race([work.catch(() => undefined), over]);
}
