// What is known of addresses: the operator's databases or the bundled ones for country and network, and the list of research scanners.
import { stat } from 'node:fs/promises';
import { isMasked } from '../../event/mask.ts';
import type { Origin } from '../origins.ts';
import { type Address, parseAddress } from './address.ts';
import { COUNTRY_FILE, loadBundled, NETWORK_FILE } from './bundled.ts';
import { readDatabase } from './database.ts';
import type { Place, RangeTable } from './ranges.ts';
import { loadScanners, Scanners } from './scanners.ts';
import { type Scope, scopeOf } from './scope.ts';

/** Why nothing is looked up: not an address, a masked one, or one that is not global. */
export type Nowhere = Scope | 'masked' | 'no address';

export interface Finding extends Origin {
  nowhere?: Nowhere;
}

/** A loaded table and what is said of it. */
export interface Source {
  /** What the data are called by their maker. */
  name: string;
  /** The operator's file; undefined for bundled data. */
  path?: string;
  /** Milliseconds since the epoch. */
  built?: number;
  licence?: string;
  attribution: readonly string[];
  notice?: string;
  gives: { country: boolean; asn: boolean };
  /** Ranges of addresses. */
  records: number;
  /** In memory. */
  bytes: number;
}

export interface GazetteerOptions {
  /** The operator's databases, absolute; each is asked for what it has, in this order. */
  files?: readonly string[];
  /** The operator's list of scanners; it need not exist. */
  scanners?: string;
  /** Folder of the bundled data. */
  bundled?: string;
}

interface Loaded {
  source: Source;
  table: RangeTable;
  identity: string;
}

/** One of the operator's databases, and the state of its file that was last looked at. */
interface Watched {
  path: string;
  loaded: Loaded | undefined;
  /** State of the file that was read, well or not. */
  read: string | undefined;
  /** State at the last look: a file that still changes is not read. */
  seen: string | undefined;
  trouble: string | undefined;
}

export class Gazetteer {
  #scanners: Scanners = new Scanners([], '');
  #scannersState: string | undefined;
  #scannersTrouble: string | undefined;
  readonly #files: Watched[];
  readonly #bundled = new Map<string, Loaded | { trouble: string }>();
  readonly #options: GazetteerOptions;
  #tables: { country: Loaded[]; asn: Loaded[] } = { country: [], asn: [] };

  private constructor(options: GazetteerOptions) {
    this.#options = options;
    this.#files = (options.files ?? []).map((path) => ({
      path,
      loaded: undefined,
      read: undefined,
      seen: undefined,
      trouble: undefined,
    }));
  }

  /** Loads everything. What cannot be read is in `troubles`, and left out. */
  static async open(options: GazetteerOptions = {}): Promise<Gazetteer> {
    const gazetteer = new Gazetteer(options);
    for (const file of gazetteer.#files) {
      file.seen = await stateOf(file.path);
      await gazetteer.#read(file);
    }
    await gazetteer.#readScanners();
    gazetteer.#choose();
    return gazetteer;
  }

  /** Sentences on what cannot be read as it is configured. */
  get troubles(): string[] {
    return [
      ...this.#files.map(({ trouble }) => trouble),
      ...[...this.#bundled.values()].map((one) => ('trouble' in one ? one.trouble : undefined)),
      this.#scannersTrouble,
    ].filter((trouble) => trouble !== undefined);
  }

  get scanners(): Scanners {
    return this.#scanners;
  }

  /** What is in use. */
  get sources(): Source[] {
    return [...new Set([...this.#tables.country, ...this.#tables.asn])].map(({ source }) => source);
  }

  /** What is in use, to be shown. */
  get state(): { sources: Source[]; scanners: { count: number; date: string } } {
    return { sources: this.sources, scanners: { count: this.#scanners.all.length, date: this.#scanners.date } };
  }

  /** Changes whenever an answer of `find` may have changed. */
  get identity(): string {
    const { country, asn } = this.#tables;
    const of = (tables: readonly Loaded[]) => tables.map(({ identity }) => identity).join('+');
    return `country ${of(country)}; network ${of(asn)}; scanners ${this.#scanners.identity}`;
  }

  /** Country, network and scanner of an address. */
  find(text: string): Finding {
    const address = parseAddress(text);
    if (!address) return { nowhere: isMasked(text) ? 'masked' : 'no address' };
    const scope = scopeOf(address);
    if (scope) return { nowhere: scope };
    const finding: Finding = {};
    const country = lookUp(this.#tables.country, address, (place) => place.country !== undefined);
    if (country) finding.country = country.country!;
    const network = lookUp(this.#tables.asn, address, (place) => place.asn !== undefined);
    if (network) {
      finding.asn = network.asn!;
      if (network.asName !== undefined) finding.asName = network.asName;
    }
    const scanner = this.#scanners.byAddress(address);
    if (scanner !== undefined) finding.scanner = scanner;
    return finding;
  }

  /** Whose host a confirmed name is. */
  scannerOf(host: string): string | undefined {
    return this.#scanners.byName(host);
  }

  /**
   * Reads again what has changed on disk since: a file only once it has stayed the same from one look to the next, as a
   * half-written one is worth nothing. One that cannot be read leaves what was loaded from it in use.
   * @returns whether anything changed, troubles included
   */
  async refresh(): Promise<boolean> {
    let changed = false;
    for (const file of this.#files) {
      const state = await stateOf(file.path);
      const settled = state === file.seen;
      file.seen = state;
      if (!settled || state === file.read) continue;
      await this.#read(file);
      changed = true;
    }
    if (await this.#readScanners()) changed = true;
    if (changed) this.#choose();
    return changed;
  }

  async #read(file: Watched): Promise<void> {
    file.read = file.seen;
    try {
      const { type, built, table, description } = await readDatabase(file.path);
      const { gives } = table;
      if (!gives.country && !gives.asn) throw new Error('it has neither countries nor networks');
      file.loaded = {
        table,
        identity: `${type} ${built ?? ''} ${file.seen}`,
        source: {
          name: type || description || 'MaxMind DB',
          path: file.path,
          ...(built === undefined ? {} : { built }),
          attribution: attributionOf(type, description),
          gives,
          records: table.ranges,
          bytes: table.bytes,
        },
      };
      file.trouble = undefined;
    } catch (error) {
      const kept = file.loaded ? '; what was read from it before stays in use' : '';
      file.trouble = `${file.path} cannot be used: ${reason(error)}${kept}.`;
    }
  }

  async #readScanners(): Promise<boolean> {
    const { scanners } = this.#options;
    const state = (scanners && (await stateOf(scanners))) ?? 'none';
    if (state === this.#scannersState) return false;
    this.#scannersState = state;
    try {
      this.#scanners = loadScanners(scanners);
      this.#scannersTrouble = undefined;
    } catch (error) {
      this.#scannersTrouble = `${(error as Error).message}.`;
      if (this.#scanners.all.length === 0) this.#scanners = loadScanners(undefined);
    }
    return true;
  }

  /** The operator's databases take the place of the bundled data: of countries, of networks, or of both. */
  #choose(): void {
    const own = this.#files.map(({ loaded }) => loaded).filter((loaded) => loaded !== undefined);
    const giving = (kind: 'country' | 'asn', bundled: string): Loaded[] => {
      const tables = own.filter(({ source }) => source.gives[kind]);
      if (tables.length > 0) return tables;
      const loaded = this.#loadBundled(bundled);
      return loaded ? [loaded] : [];
    };
    this.#tables = { country: giving('country', COUNTRY_FILE), asn: giving('asn', NETWORK_FILE) };
  }

  #loadBundled(file: string): Loaded | undefined {
    let loaded = this.#bundled.get(file);
    if (!loaded) {
      try {
        const { head, table } = loadBundled(file, this.#options.bundled);
        loaded = {
          table,
          identity: head.name,
          source: { ...head, gives: table.gives, records: table.ranges, bytes: table.bytes },
        };
      } catch (error) {
        loaded = { trouble: (error as Error).message };
      }
      this.#bundled.set(file, loaded);
    }
    return 'trouble' in loaded ? undefined : loaded;
  }
}

/** Of the tables in their order, the first that knows the address; of one that carries an IPv4 address, also by that. */
function lookUp(tables: readonly Loaded[], address: Address, has: (place: Place) => boolean): Place | undefined {
  for (const { table } of tables) {
    const place = table.find(address);
    if (place && has(place)) return place;
  }
  const inner = embedded(address);
  return inner && scopeOf(inner) === undefined ? lookUp(tables, inner, has) : undefined;
}

/** The IPv4 address that an IPv6 address stands for: 6to4 (RFC 3056), NAT64 (RFC 6052), Teredo's client (RFC 4380 §4). */
function embedded({ version, words }: Address): Address | undefined {
  if (version === 4) return undefined;
  const of = (value: number): Address => ({ version: 4, words: Uint32Array.of(0, 0, 0, value) });
  if (words[0]! >>> 16 === 0x2002) return of(words[0]! * 0x10000 + (words[1]! >>> 16));
  if (words[0] === 0x64ff9b && words[1] === 0 && words[2] === 0) return of(words[3]!);
  if (words[0] === 0x20010000) return of(~words[3]!);
  return undefined;
}

/** What tells one state of a file from another; undefined when there is none. */
async function stateOf(path: string): Promise<string | undefined> {
  try {
    const { size, mtimeMs, ino } = await stat(path);
    return `${size} ${mtimeMs} ${ino}`;
  } catch {
    return undefined;
  }
}

/** What the makers of databases ask to be shown with what comes of them. */
function attributionOf(type: string, description: string): string[] {
  const about = `${type} ${description}`;
  if (/dbip|db-ip/i.test(about)) return ['IP Geolocation by DB-IP (https://db-ip.com/)'];
  if (/ipinfo/i.test(about)) return ['IP address data powered by IPinfo (https://ipinfo.io/)'];
  if (/ip2location/i.test(about)) return ['IP geolocation by IP2Location (https://www.ip2location.com/)'];
  if (/geolite/i.test(about))
    return ['This product includes GeoLite Data created by MaxMind, available from https://www.maxmind.com.'];
  return [];
}

function reason(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
      return 'it may not be read';
    case 'EISDIR':
      return 'it is a folder';
    default:
      return (error as Error).message;
  }
}
