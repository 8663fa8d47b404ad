// Measures what is known of addresses: loading, memory, look-ups, an operator's database, and what it costs an import and a whole store.
//
//   npm run build && node --expose-gc bench/geo.ts [FILE...]   (Cowrie JSON lines for the import)
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDatabase } from '../src/observatory/geo/database.ts';
import { Gazetteer } from '../src/observatory/geo/gazetteer.ts';
import { importPaths } from '../src/observatory/import.ts';
import { openStore } from '../src/observatory/open.ts';
import { Relocation } from '../src/observatory/relocation.ts';

const files = process.argv.slice(2);
const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const resident = (): number => {
  globalThis.gc?.();
  return process.memoryUsage.rss() / 1e6;
};
const line = (name: string, text: string) => console.log(`${name.padEnd(22)} ${text}`);

const before = resident();
let started = cpu();
const gazetteer = await Gazetteer.open();
line(
  'load bundled data',
  `${((cpu() - started) * 1000).toFixed(0)} ms CPU; ${(gazetteer.sources.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6).toFixed(1)} MB of tables, RSS +${(resident() - before).toFixed(0)} MB`,
);
if (gazetteer.troubles.length > 0) throw new Error(gazetteer.troubles.join('\n'));

const addresses = Array.from({ length: 300_000 }, (_, i) => {
  const hash = Math.imul(i + 1, 2654435761) >>> 0;
  return i % 8 === 0
    ? `2${(hash & 0xfff).toString(16).padStart(3, '0')}:${(hash >>> 16).toString(16)}::${(i & 0xffff).toString(16)}`
    : [hash >>> 24, (hash >>> 16) & 255, (hash >>> 8) & 255, hash & 255].join('.');
});
for (const address of addresses.slice(0, 20_000)) gazetteer.find(address);
started = cpu();
let known = 0;
for (const address of addresses) if (gazetteer.find(address).country !== undefined) known++;
line(
  'look-up',
  `${(((cpu() - started) * 1e6) / addresses.length).toFixed(2)} µs an address (${addresses.length} random ones, an eighth IPv6; ${known} known)`,
);

const mmdb = join(
  import.meta.dirname,
  '../node_modules/@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb',
);
started = cpu();
const { table } = await readDatabase(mmdb);
line(
  'read a database',
  `${((cpu() - started) * 1000).toFixed(0)} ms CPU for ${(statSync(mmdb).size / 1e6).toFixed(1)} MB (${table.ranges} ranges, ${(table.bytes / 1e6).toFixed(1)} MB)`,
);

const directory = mkdtempSync(join(tmpdir(), 'geo-'));
try {
  const seconds: number[] = [];
  for (const locating of [false, true, false, true]) {
    if (files.length === 0) break;
    const path = join(directory, `${seconds.length}.sqlite`);
    const store = openStore(path);
    if (locating) while (new Relocation(store, gazetteer).step());
    started = cpu();
    const { events } = await importPaths(store, files);
    seconds.push(cpu() - started);
    const count = store.totals().addresses;
    store.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    line(
      locating ? 'import, looking up' : 'import without',
      `${seconds.at(-1)!.toFixed(1)} s CPU, ${(statSync(path).size / events).toFixed(2)} bytes an event (${events} events, ${count} addresses)`,
    );
    if (!locating && seconds.length === 3) {
      // A store of which nothing is known yet: everything is looked up in steps.
      const relocation = new Relocation(store, gazetteer);
      started = cpu();
      let [steps, longest] = [0, 0];
      for (let more = true; more; steps++) {
        const at = performance.now();
        more = relocation.step();
        longest = Math.max(longest, performance.now() - at);
      }
      line(
        'look all up anew',
        `${(cpu() - started).toFixed(1)} s CPU in ${steps} steps, the longest ${longest.toFixed(0)} ms`,
      );
    }
    store.close();
  }
} finally {
  rmSync(directory, { recursive: true });
}
