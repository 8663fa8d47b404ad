// Packs the bundled country and network data at build time: from the npm packages of ip-location-db into files of dist/geo.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAddress } from './address.ts';
import { COUNTRY_FILE, NETWORK_FILE } from './bundled.ts';
import { readMmdb } from './mmdb.ts';
import { type PackedHead, packRanges, unpackRanges } from './packed-ranges.ts';
import { RangeBuilder, type RangeTable } from './ranges.ts';

const NOTICE =
  'Its makers say that what they publish through npm has known errors and is no longer updated. Newer data: https://github.com/sapics/ip-location-db/releases';

/**
 * Files that are there already, made of the same packages, stay.
 * @param packages the folder node_modules/@ip-location-db
 * @param target the folder that gets the files
 */
export async function packBundled(packages: string, target: string): Promise<void> {
  mkdirSync(target, { recursive: true });
  const pack = async (file: string, folder: string, about: Omit<PackedHead, 'name' | 'built'>, read: Read) => {
    const { version, built } = versionOf(join(packages, folder));
    const name = `@ip-location-db/${folder} ${version}`;
    if (isPacked(join(target, file), name)) return;
    const table = await read((own) => readFileSync(join(packages, folder, own)));
    writeFileSync(join(target, file), packRanges({ name, built, ...about }, table));
  };
  await pack(
    COUNTRY_FILE,
    'geo-whois-asn-country-mmdb',
    {
      licence: 'CC0-1.0 (the compilation), CC BY 4.0 (NRO statistics)',
      attribution: [
        'Country data: ip-location-db, made with statistics of the Number Resource Organization (https://www.nro.net/), CC BY 4.0',
      ],
      notice: NOTICE,
    },
    async (file) => (await readMmdb(file('geo-whois-asn-country.mmdb'))).table,
  );
  await pack(
    NETWORK_FILE,
    'asn',
    {
      licence: 'CC BY 4.0',
      attribution: [
        'Network data: ip-location-db, merged of RouteViews (https://www.routeviews.org/), NRO statistics (https://www.nro.net/) and IP to ASN Lite by DB-IP, CC BY 4.0',
        'IP Geolocation by DB-IP (https://db-ip.com/)',
      ],
      notice: NOTICE,
    },
    async (file) => networksOf(['asn-ipv4.csv', 'asn-ipv6.csv'].map((name) => file(name).toString('utf8'))),
  );
}

type Read = (file: (name: string) => Buffer) => Promise<RangeTable>;

function isPacked(path: string, name: string): boolean {
  try {
    return unpackRanges(readFileSync(path)).head.name === name;
  } catch {
    return false;
  }
}

/** The versions of these packages end in the hour of their data: 2.3.2026061719. */
function versionOf(folder: string): { version: string; built: number } {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  const [, year, month, day, hour] = /(\d{4})(\d\d)(\d\d)(\d\d)$/.exec(version)!;
  return { version, built: Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour)) };
}

/** Rows `first,last,number,name`, both addresses included, ascending. */
function networksOf(files: readonly string[]): RangeTable {
  const builder = new RangeBuilder();
  for (const text of files) {
    let end: Uint32Array | undefined;
    let version: 4 | 6 = 4;
    for (const line of text.split('\n')) {
      const [, first, last, asn, quoted] = /^([^,]+),([^,]+),(\d+),(.*?)\r?$/.exec(line) ?? [];
      if (first === undefined) continue;
      const start = parseAddress(first)!;
      version = start.version;
      if (end && compare(start.words, end) > 0) builder.from(version, end, 0);
      const name = quoted!.startsWith('"') ? quoted!.slice(1, -1).replaceAll('""', '"') : quoted!;
      builder.from(version, start.words, builder.place({ asn: Number(asn), ...(name === '' ? {} : { asName: name }) }));
      end = next(parseAddress(last!)!.words, version);
    }
    if (end) builder.from(version, end, 0);
  }
  return builder.build();
}

/** The address after one; undefined after the last. */
function next(words: Uint32Array, version: 4 | 6): Uint32Array | undefined {
  const following = words.slice();
  for (let i = 3; i >= (version === 4 ? 3 : 0); i--) {
    following[i] = following[i]! + 1;
    if (following[i] !== 0) return following;
  }
  return undefined;
}

function compare(a: Uint32Array, b: Uint32Array): number {
  for (let i = 0; i < 4; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
