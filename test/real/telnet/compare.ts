// Holds our sensor against a real daemon, or against what one was recorded to say (record.ts): `node test/real/telnet/compare.ts PROFILE
// [words of a probe's name]`, or `… PROFILE --random SECONDS SEED` with probes made by chance, for which the daemon has to be here.
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { Client } from './client.ts';
import type { Probe } from './probe.ts';
import { areas } from './probes.ts';
import { randomProbe } from './random.ts';
import { type DaemonName, startDaemon, startSensor } from './servers.ts';

export async function observe(probe: Probe, port: number, patience = 1): Promise<string[]> {
  const client = new Client(port, patience);
  try {
    return await probe(client);
  } finally {
    client.close();
  }
}

/** What the real daemon was recorded to say to each probe; several answers where its processes race. */
export function recorded(profile: DaemonName): Record<string, string[][]> {
  return JSON.parse(readFileSync(new URL(`../fixtures/telnet/${profile}.json`, import.meta.url), 'utf8'));
}

/**
 * What a login that a signal has ended says last (the mark, and the character's echo) is lost or not, depending on which of the daemon's
 * sources it looks at first.
 */
function withoutRace(seen: readonly string[]): string[] {
  const closed = seen.indexOf('closed');
  let from = closed;
  while (from > 0 && /^(DM|"\^.{1,2}")$/.test(seen[from - 1]!)) from--;
  return closed < 0 ? [...seen] : [...seen.slice(0, from), ...seen.slice(closed)];
}

const same = (one: readonly string[], other: readonly string[]) =>
  isDeepStrictEqual(withoutRace(one), withoutRace(other));

/** Ours has to be one of the known answers; asked again, with more patience, where it is not. The last answer comes back otherwise. */
export async function differs(probe: Probe, port: number, known: readonly string[][]): Promise<string[] | undefined> {
  let last: string[] = [];
  for (const patience of [1, 1.5, 2.5]) {
    last = await observe(probe, port, patience);
    if (known.some((one) => same(one, last))) return undefined;
  }
  return last;
}

/** Both are asked; where they differ, again: what is only a race of theirs shows every answer after a while. */
export async function differsFromReal(
  probe: Probe,
  real: number,
  ours: number,
): Promise<{ real: string[][]; ours: string[] } | undefined> {
  const seen: string[][] = [];
  let last: string[] = [];
  for (const patience of [1, 1.5, 2, 2.5]) {
    const [theirs, own] = await Promise.all([observe(probe, real, patience), observe(probe, ours, patience)]);
    if (!seen.some((one) => same(one, theirs))) seen.push(theirs);
    last = own;
    if (seen.some((one) => same(one, own))) return undefined;
  }
  return { real: seen, ours: last };
}

if (import.meta.main) {
  const [name = 'inetutils-2.4', words = '', seconds = '', seed = ''] = process.argv.slice(2);
  const profile = name as DaemonName;
  const sensor = await startSensor(profile);
  let asked = 0;
  let differ = 0;
  const tell = (title: string, real: string[][], ours: string[]) => {
    differ++;
    console.log(`DIFFERS ${title}`);
    for (const one of real) console.log(`  real ${one.join(' ')}`);
    console.log(`  ours ${ours.join(' ')}`);
  };
  if (words === '--random') {
    const daemon = await startDaemon(profile);
    const end = performance.now() + Number(seconds) * 1000;
    let next = Number(seed);
    const lane = async () => {
      while (performance.now() < end) {
        const { title, probe } = randomProbe(next++);
        const difference = await differsFromReal(probe, daemon.port, sensor.port);
        asked++;
        if (difference) tell(title, difference.real, difference.ours);
      }
    };
    await Promise.all(Array.from({ length: 10 }, lane));
    await daemon.stop();
  } else {
    const known = recorded(profile);
    const waiting = Object.entries(areas).flatMap(([area, probes]) =>
      Object.entries(probes).map(([what, probe]) => ({ title: `${area}: ${what}`, probe })),
    );
    const lane = async () => {
      for (let one = waiting.shift(); one; one = waiting.shift()) {
        if (!one.title.includes(words)) continue;
        const ours = await differs(one.probe, sensor.port, known[one.title] ?? []);
        asked++;
        if (ours) tell(one.title, known[one.title] ?? [], ours);
      }
    };
    await Promise.all(Array.from({ length: 16 }, lane));
  }
  console.log(`${asked} probes, ${differ} differ`);
  await sensor.stop();
}
