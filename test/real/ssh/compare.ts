// Runs probes against both servers and says where they differ: `node test/real/ssh/compare.ts [words of a probe's name]`, or
// `… --random SECONDS SEED` with probes made by chance.
import { isDeepStrictEqual } from 'node:util';
import { areas } from './areas.ts';
import { Client } from './client.ts';
import type { Probe } from './probe.ts';
import { randomProbe } from './random.ts';
import { startSensor, startSshd } from './servers.ts';

/** Of sshd, where two of its processes race: orders of messages that are tried to be seen. */
const REPETITIONS = 4;

/** A probe that did not come to its question has observed nothing. */
const THREW = 'threw ';

async function observe(probe: Probe, port: number, patience: number): Promise<string[]> {
  const client = new Client(port, patience);
  try {
    return await probe(client);
  } catch (error) {
    return [`${THREW}${(error as Error).message}`];
  } finally {
    client.close();
  }
}

export interface Comparison {
  alike: boolean;
  ours: string[];
  /** Every observation made of sshd. */
  sshd: string[][];
}

/**
 * Whether EOF comes before or after exit-status (and eow@openssh.com with it) depends on which of two sshd notices first, the end of the
 * output or of the process; on a busy host one of both may not be seen at all. Nothing else is put in order.
 */
function withoutRace(lines: string[]): string[] {
  const race = /^message 96 |^CHANNEL_REQUEST \d+ "(exit-status|exit-signal|eow@openssh\.com)"/;
  const ordered: string[] = [];
  let run: string[] = [];
  for (const line of [...lines, '']) {
    if (race.test(line)) run.push(line);
    else {
      ordered.push(...run.sort(), line);
      run = [];
    }
  }
  return ordered;
}

/**
 * Both are asked once; where they differ, again, with more patience each time. Ours has to be like one of the observations of sshd
 * every time from the second on.
 */
export async function compare(probe: Probe, sshdPort: number, ourPort: number): Promise<Comparison> {
  const [theirs, ours] = await Promise.all([observe(probe, sshdPort, 1), observe(probe, ourPort, 1)]);
  const sshd = [theirs];
  if (isDeepStrictEqual(theirs, ours) && !theirs[0]?.startsWith(THREW)) return { alike: true, ours, sshd };
  let last = ours;
  for (let turn = 1; turn <= REPETITIONS; turn++) {
    const patience = 1 + turn / 2;
    const [again, own] = await Promise.all([observe(probe, sshdPort, patience), observe(probe, ourPort, patience)]);
    if (!sshd.some((known) => isDeepStrictEqual(known, again))) sshd.push(again);
    last = own;
    if (turn === REPETITIONS && sshd.some((known) => isDeepStrictEqual(withoutRace(known), withoutRace(own))))
      return { alike: true, ours: own, sshd };
    if (turn > 1 && !own[0]?.startsWith(THREW) && sshd.some((known) => isDeepStrictEqual(known, own)))
      return { alike: true, ours: own, sshd };
  }
  return { alike: false, ours: last, sshd };
}

if (import.meta.main) {
  const [what = '', seconds = '', seed = ''] = process.argv.slice(2);
  const [sshd, sensor] = await Promise.all([startSshd(), startSensor()]);
  const chance = what === '--random';
  const wanted = chance ? randomProbes(Number(seconds), Number(seed)) : namedProbes(what);
  let asked = 0;
  let differ = 0;
  const worker = async () => {
    for (const { name, probe } of wanted) {
      const { alike, ours, sshd: observed } = await compare(probe, sshd.port, sensor.port);
      asked++;
      if (alike && (what === '' || chance)) continue;
      if (!alike) differ++;
      console.log(alike ? 'alike' : 'DIFFERS', name);
      for (const observation of observed) console.log('  sshd', observation);
      if (!alike) console.log('  ours', ours);
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  console.log(`${asked} probes, ${differ} differ`);
  await Promise.all([sshd.stop(), sensor.stop()]);
}

function* namedProbes(words: string): Generator<{ name: string; probe: Probe }> {
  for (const [area, probes] of Object.entries(areas))
    for (const [what, probe] of Object.entries(probes)) {
      const name = `${area}: ${what}`;
      if (name.includes(words)) yield { name, probe };
    }
}

function* randomProbes(seconds: number, from: number): Generator<{ name: string; probe: Probe }> {
  const end = performance.now() + seconds * 1000;
  for (let seed = from; performance.now() < end; seed++) {
    const { phase, payloads, probe } = randomProbe(seed);
    const sent = payloads.map((payload) => `\n  sent ${payload[0]} ${JSON.stringify(payload.toString('latin1', 1))}`);
    yield { name: `seed ${seed}, ${phase}${sent.join('')}`, probe };
  }
}
