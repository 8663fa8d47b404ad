// What can be planted: the truth that the diary has to find, and who carries it.
import { type Actor, type BotnetSpec, botnet, type Doing, rhythmOf, type Visit, wordsOf } from './actor.ts';
import { Random } from './random.ts';
import { addressIn, clientOf, network } from './vocabulary.ts';

/** Something that a session can have. */
export type Carried =
  | { dimension: 'username' | 'password' | 'command' | 'url' | 'hash' | 'key' | 'address'; value: string }
  | { dimension: 'pair'; username: string; password: string }
  /** Version and fingerprint are made from the value: both are new. */
  | { dimension: 'client'; value: string }
  | { dimension: 'port'; port: number };

/** Times are ms, UTC. `id` is the label of the sessions that carry it. */
export type Plant =
  /** A tool with a list, a script, a client, a key and a payload of its own. */
  | ({ kind: 'campaign'; id: string; from: number; to?: number } & Pick<
      BotnetSpec,
      'sessions' | 'addresses' | 'networks'
    > &
      Partial<BotnetSpec>)
  /** The background, or one botnet of it, comes so many times as often. */
  | { kind: 'rise' | 'fall'; id: string; of?: string; factor: number; from: number; to: number }
  /** Many sources at once: so many sessions within the time. */
  | { kind: 'burst'; id: string; from: number; to: number; sessions: number }
  /** One source with many guesses in quick succession against one name. */
  | { kind: 'series'; id: string; at: number; username: string; attempts: number; pace: number }
  /** The sensor (all of them without a name) hears nothing. */
  | { kind: 'gap'; id: string; from: number; to: number; sensor?: string }
  /** A value that comes for the first time at `at`, in so many sessions within the next hours. */
  | { kind: 'first seen'; id: string; at: number; sessions: number; carried: Carried }
  /** A value that came daily, stayed away, and comes again. */
  | { kind: 'return'; id: string; perDay: number; until: number; back: number; carried: Carried }
  /** A value that always comes, so often a day, and from then to then so many times as often. */
  | { kind: 'value'; id: string; perDay: number; factor: number; from: number; to: number; carried: Carried };

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const STEADY = { daily: 0.3, peak: 12, weekend: 1, mood: 0.05 };

/** One actor for each plant, in any case: streams of randomness stay apart. */
export function actorsOf(plant: Plant, seed: string): Actor[] {
  switch (plant.kind) {
    case 'campaign': {
      const { id, from, to = Number.POSITIVE_INFINITY, factor = () => 1 } = plant;
      return [
        botnet(`planted ${seed}`, {
          list: 41,
          tries: 6,
          success: 0.2,
          lines: 6,
          key: true,
          fetch: true,
          rhythm: STEADY,
          pace: 700,
          ...plant,
          label: id,
          factor: (at) => (at >= from && at < to ? factor(at) : 0),
        }),
      ];
    }
    case 'burst':
      return [
        carrier(plant.id, seed, (at) =>
          at >= plant.from && at < plant.to ? perDay(plant.sessions, plant.to - plant.from) : 0,
        ),
      ];
    case 'series':
      return [series(plant, seed)];
    case 'first seen':
      return [once(plant, seed)];
    case 'return': {
      const rhythm = rhythmOf(`${seed} ${plant.id}`, STEADY);
      return [
        carrier(
          plant.id,
          seed,
          (at) => (at < plant.until || at >= plant.back ? plant.perDay * rhythm(at) : 0),
          plant.carried,
        ),
      ];
    }
    case 'value': {
      const rhythm = rhythmOf(`${seed} ${plant.id}`, STEADY);
      return [
        carrier(
          plant.id,
          seed,
          (at) => plant.perDay * rhythm(at) * (at >= plant.from && at < plant.to ? plant.factor : 1),
          plant.carried,
        ),
      ];
    }
    default:
      return [nobody(plant.id)];
  }
}

const perDay = (sessions: number, length: number): number => (sessions * DAY) / length;

/** Is a sensor away? */
export function quietOf(plants: readonly Plant[], sensors: readonly string[]): (at: number, sensor: number) => boolean {
  const gaps = plants.filter((plant) => plant.kind === 'gap');
  if (gaps.length === 0) return () => false;
  return (at, sensor) =>
    gaps.some((gap) => at >= gap.from && at < gap.to && (gap.sensor === undefined || gap.sensor === sensors[sensor]));
}

/** How many times as often the background comes. */
export function strengthOf(plants: readonly Plant[]): (label: string | undefined, at: number) => number {
  const changes = plants.filter(
    (plant): plant is Plant & { kind: 'rise' | 'fall'; factor: number } =>
      plant.kind === 'rise' || plant.kind === 'fall',
  );
  return (label, at) =>
    changes.reduce(
      (factor, plant) =>
        at >= plant.from && at < plant.to && (plant.of === undefined || plant.of === label)
          ? factor * plant.factor
          : factor,
      1,
    );
}

function nobody(label: string): Actor {
  return {
    label,
    random: new Random(label),
    pause: 0,
    rate: () => 0,
    visit: () => ({ address: '', connections: 0, position: 0 }),
    doing: () => ({ telnet: false, attempts: [], success: false, commands: [], pace: 0 }),
  };
}

/** Ordinary visitors, one connection each, that all carry the same thing, if any. */
function carrier(label: string, seed: string, rate: (at: number) => number, carried?: Carried): Actor {
  const random = new Random(`${seed} ${label}`);
  const words = wordsOf(`world ${seed} words`);
  const nets = Array.from({ length: 12 }, () => network(random));
  const client = carried?.dimension === 'client' ? clientOf(random, carried.value) : undefined;
  return {
    label,
    random,
    pause: 0,
    rate,
    visit: () => ({
      address: carried?.dimension === 'address' ? carried.value : addressIn(random, random.pick(nets)),
      connections: 1,
      position: 0,
    }),
    doing: (): Doing => {
      const [username, password] = words.pair(random);
      const doing: Doing = {
        telnet: false,
        client: client ?? words.client(random),
        attempts: [[username, password]],
        success: false,
        commands: [],
        pace: 900,
      };
      return carried ? carrying(doing, carried) : doing;
    },
  };
}

function carrying(doing: Doing, carried: Carried): Doing {
  const [username, password] = doing.attempts[0]!;
  switch (carried.dimension) {
    case 'username':
      return { ...doing, attempts: [[carried.value, password]] };
    case 'password':
      return { ...doing, attempts: [[username, carried.value]] };
    case 'pair':
      return { ...doing, attempts: [[carried.username, carried.password]] };
    case 'command':
      return { ...doing, success: true, commands: [carried.value] };
    case 'url':
    case 'hash': {
      const digits = new Random(carried.value).hex(64);
      const url = carried.dimension === 'url' ? carried.value : `http://192.88.99.1/${digits.slice(0, 8)}`;
      const hash = carried.dimension === 'hash' ? carried.value : digits;
      return { ...doing, success: true, commands: [`wget ${url}`], download: { url, hash } };
    }
    case 'key':
      return { ...doing, fingerprint: carried.value };
    case 'port':
      return { ...doing, success: true, tunnel: { host: '192.88.99.7', port: carried.port } };
    default:
      return doing;
  }
}

/** Exactly so many sessions within six hours, the first at once. */
function once({ id, at, sessions, carried }: Plant & { kind: 'first seen' }, seed: string): Actor {
  const times = Array.from({ length: sessions }, (_, index) => at + (index * 6 * HOUR) / sessions);
  return { ...carrier(id, seed, () => 0, carried), certain: within(times) };
}

function series({ id, at, username, attempts, pace }: Plant & { kind: 'series' }, seed: string): Actor {
  const actor = carrier(id, seed, () => 0);
  const random = new Random(`${seed} ${id} list`);
  return {
    ...actor,
    certain: within([at]),
    doing: (visit: Visit, now: number): Doing => ({
      ...actor.doing(visit, now),
      attempts: Array.from({ length: attempts }, (): [string, string] => [username, `${username}${random.below(1e6)}`]),
      pace,
    }),
  };
}

const within =
  (times: number[]) =>
  (hour: number): number[] =>
    times.filter((at) => at >= hour && at < hour + HOUR);
