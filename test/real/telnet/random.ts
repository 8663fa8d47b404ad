// Probes made by chance: a client of one kind or another, then a few pieces, right or damaged. The same seed makes the same probe.
import { Random } from '../../fuzz/random.ts';
import { type Client, command, DO, DONT, SB, sub, text, verb, WILL, WONT } from './client.ts';
import { able, NO, NO_AGAIN, o, type Probe, prompted, VALUES, YES, YES_AGAIN } from './probe.ts';

const OPTIONS = [0, 1, 3, 5, 6, 24, 31, 32, 33, 34, 35, 36, 39];
const VERBS = [WILL, WONT, DO, DONT];

/** One piece that leaves no race behind: what ends a login is the other probes' business. */
function piece(random: Random): Buffer {
  switch (random.below(9)) {
    case 0:
    case 1:
    case 2:
      return verb(random.pick(VERBS), random.one(6) ? 40 + random.below(80) : random.pick(OPTIONS));
    case 3:
      return Buffer.concat(
        Array.from({ length: 2 + random.below(4) }, () => verb(random.pick(VERBS), random.pick(OPTIONS))),
      );
    case 4:
      return random.pick([
        sub(o.STATUS, 1),
        sub(o.NAWS, 0, 1 + random.below(200), 0, 1 + random.below(60)),
        sub(o['TERMINAL-TYPE'], 0, 'vt100'),
        sub(o.LINEMODE, 1, random.below(8)),
        sub(o.LINEMODE, 3, random.below(20), random.below(4), 1 + random.below(30)),
        sub(o['TERMINAL-SPEED'], 0, '9600,9600'),
        Buffer.of(255, SB, o.STATUS, 1, 255, 246),
      ]);
    case 5:
      return command(random.pick([241, 242, 246, 247, 248, 249]));
    case 6:
      return text(random.pick(['abc', 'x\x7f', 'one two\x17', 'a\x15b', 'tab\t', '\x01\x02']));
    case 7:
      return Buffer.of(255, random.below(236));
    default:
      return text(String.fromCharCode(97 + random.below(26)).repeat(1 + random.below(5)));
  }
}

export function randomProbe(seed: number): { title: string; probe: Probe } {
  const random = new Random(seed, 0);
  const kind = random.pick(['opening', 'no', 'yes'] as const);
  const pieces = Array.from({ length: 1 + random.below(6) }, () => piece(random));
  const together = random.one(2);
  const sent = together ? [Buffer.concat(pieces)] : pieces;
  const steps = [...sent.flatMap((one) => [one, 250]), '\r\n', 600];
  const opening = async (client: Client) => {
    const seen = [...(await client.rest(250)), '|'];
    const first = random.one(2) ? NO : Buffer.concat([YES, VALUES]);
    client.send(first, ...sent);
    seen.push(...(await client.rest(400)), '|');
    client.send(first === NO ? NO_AGAIN : YES_AGAIN);
    return [...seen, ...(await client.rest(800))];
  };
  const probe = kind === 'opening' ? opening : kind === 'no' ? prompted(...steps) : able(...steps);
  const shown = pieces.map((one) => JSON.stringify(one.toString('latin1'))).join(' ');
  return { title: `seed ${seed}, ${kind}${together ? ', together' : ''}: ${shown}`, probe };
}
