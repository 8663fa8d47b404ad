// Records what a real daemon says to every probe: node test/real/telnet/record.ts inetutils-2.4|netkit-0.17|busybox-1.36 [words]. Needs root
// and the daemon (servers.ts). Each probe is asked several times; where processes race, every answer is kept.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Client } from './client.ts';
import { recorded as alreadyRecorded } from './compare.ts';
import { areas } from './probes.ts';
import { type DaemonName, daemonIsMissing, startDaemon } from './servers.ts';

const [name = '', words = ''] = process.argv.slice(2);
const missing = daemonIsMissing(name as DaemonName);
if (missing) {
  console.error(missing);
  process.exit(1);
}
const daemon = await startDaemon(name as DaemonName);
/** Times that each probe is asked at least, and at most while it still answers something new. */
const [LEAST, MOST] = [3, 8];
const recorded: Record<string, string[][]> = {};
const waiting = Object.entries(areas).flatMap(([area, probes]) =>
  Object.entries(probes).map(([what, probe]) => ({ title: `${area}: ${what}`, probe })),
);
for (const { title } of waiting) recorded[title] = [];
const lane = async () => {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { title, probe } = next;
    if (!title.includes(words)) continue;
    const seen: string[][] = [];
    recorded[title] = seen;
    for (let turn = 0, news = 0; turn < Math.min(MOST, LEAST + 2 * Math.max(0, news - 1)); turn++) {
      const client = new Client(daemon.port, 1 + turn / 4);
      const observed = await probe(client);
      client.close();
      if (!seen.some((one) => isDeepStrictEqual(one, observed))) news = seen.push(observed);
    }
  }
};
await Promise.all(Array.from({ length: 12 }, lane));
// Those that were not asked keep what is known of them; those that no longer exist go.
const known = words === '' ? {} : alreadyRecorded(name as DaemonName);
const titles = Object.keys(recorded);
const kept = titles.map((title) => [title, recorded[title]!.length > 0 ? recorded[title] : known[title]]);
const file = join(import.meta.dirname, '../fixtures/telnet', `${name}.json`);
writeFileSync(file, `${JSON.stringify(Object.fromEntries(kept), undefined, 1)}\n`);
await daemon.stop();
