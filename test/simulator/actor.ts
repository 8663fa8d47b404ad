// Who attacks: background actors and planted ones, each with addresses, tools, words and a rhythm of its own.
import { Random, Zipf } from './random.ts';
import {
  addressIn,
  type Client,
  clientOf,
  commonClients,
  filled,
  keyOf,
  madeUpName,
  madeUpPassword,
  network,
  type Own,
  PASSWORDS,
  scriptOf,
  USERNAMES,
  word,
} from './vocabulary.ts';

/** What one connection does. */
export interface Doing {
  telnet: boolean;
  client?: Client;
  attempts: readonly (readonly [username: string, password: string])[];
  /** The last attempt gets in. */
  success: boolean;
  commands: readonly string[];
  download?: { url: string; hash: string };
  /** A public key that is offered before the passwords. */
  fingerprint?: string;
  tunnel?: { host: string; port: number };
  /** Milliseconds between what it does, on average. */
  pace: number;
}

/** One address that comes for some connections in a row. */
export interface Visit {
  address: string;
  connections: number;
  /** Where in its list a campaign is. */
  position: number;
}

export interface Actor {
  /** The label of its sessions; background without a common tool has none. */
  label?: string;
  /** Visits a day, at a moment (ms). */
  rate(at: number): number;
  /** Moments (ms) of visits in the hour that begins then, besides those by chance. */
  certain?(hour: number): number[];
  visit(at: number): Visit;
  doing(visit: Visit, at: number): Doing;
  /** Milliseconds between the connections of a visit, on average. */
  pause: number;
  random: Random;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** How the hours of the day and the days of the week differ; the mean is about 1. */
export interface Rhythm {
  /** 0: every hour alike. */
  daily: number;
  /** Hour of UTC with the most visits. */
  peak: number;
  /** Saturdays and Sundays against other days. */
  weekend: number;
  /** Standard deviation of the logarithm of a day's rate. */
  mood: number;
}

export function rhythmOf(seed: string, { daily, peak, weekend, mood }: Rhythm): (at: number) => number {
  let day = -1;
  let today = 1;
  return (at) => {
    if (Math.floor(at / DAY) !== day) {
      day = Math.floor(at / DAY);
      // 1 January 1970 was a Thursday.
      const weekday = (day + 3) % 7;
      today = Math.exp(mood * new Random(`${seed} day ${day}`).normal() - mood ** 2 / 2) * (weekday > 4 ? weekend : 1);
    }
    return today * (1 + daily * Math.cos((2 * Math.PI * ((at % DAY) / HOUR - peak)) / 24));
  };
}

/** Many who have nothing in common: common clients, words of common lists and some of their own. */
export function loners(seed: string, visits: number): Actor {
  const random = new Random(`${seed} loners`);
  const rhythm = rhythmOf(`${seed} loners`, { daily: 0.25, peak: 14, weekend: 0.9, mood: 0.08 });
  const words = wordsOf(`${seed} words`);
  const nets = Array.from({ length: 300 }, () => network(random));
  const netOf = new Zipf(nets.length, 0.7);
  const regulars = Array.from({ length: 400 }, () => addressIn(random, nets[netOf.rank(random)]!));
  const regular = new Zipf(regulars.length, 1);
  const scripts = Array.from({ length: 12 }, () => scriptOf(random, 1 + random.below(5)));
  const scriptRank = new Zipf(scripts.length, 1);
  const own: Own = { name: 'x', key: keyOf(random), hosts: nets.slice(0, 20).map((net) => addressIn(random, net)) };
  return {
    random,
    pause: 20_000,
    rate: (at) => visits * rhythm(at),
    visit: () => ({
      address: random.chance(0.5) ? regulars[regular.rank(random)]! : addressIn(random, nets[netOf.rank(random)]!),
      connections: random.pareto(1.6, 60),
      position: 0,
    }),
    doing: () => {
      const telnet = random.chance(0.1);
      const kind = random.unit();
      const success = kind > 0.93;
      const attempts = kind < 0.25 ? [] : Array.from({ length: random.pareto(1.3, 6) }, () => words.pair(random));
      return {
        telnet,
        client: telnet || kind < 0.1 ? undefined : words.client(random),
        attempts,
        success,
        commands:
          success && random.chance(0.7)
            ? scripts[scriptRank.rank(random)]!.map((line) =>
                filled(line, random, own, random.pick(own.hosts), random.token(8)),
              )
            : [],
        pace: 900,
      };
    },
  };
}

/** Common names, passwords and clients by their frequency, with a tail of words made up for once. */
export function wordsOf(seed: string) {
  const random = new Random(seed);
  const names = [...USERNAMES, ...Array.from({ length: 400 }, () => madeUpName(random))];
  const passwords = [...PASSWORDS, ...Array.from({ length: 3_000 }, () => madeUpPassword(random))];
  const clients = commonClients(random, 60);
  const [nameRank, passwordRank, clientRank] = [
    new Zipf(names.length, 1.2),
    new Zipf(passwords.length, 0.95),
    new Zipf(clients.length, 1.3),
  ];
  return {
    client: (by: Random): Client => clients[clientRank.rank(by)]!,
    pair: (by: Random): [string, string] => [
      by.chance(0.01) ? madeUpName(by) : names[nameRank.rank(by)]!,
      by.chance(0.08) ? madeUpPassword(by) : passwords[passwordRank.rank(by)]!,
    ],
  };
}

export interface BotnetSpec {
  label: string;
  /** Sessions a day. */
  sessions: number;
  addresses: number;
  networks: number;
  telnet?: boolean;
  /** Pairs of its list, tried in order. */
  list: number;
  /** Attempts in a connection. */
  tries: number;
  /** Share of connections whose last attempt gets in. */
  success: number;
  lines: number;
  key?: boolean;
  fetch?: boolean;
  rhythm: Rhythm;
  /** Milliseconds between attempts. */
  pace: number;
  /** Rate against the usual, at a moment. */
  factor?: (at: number) => number;
  /** From then on (ms) it comes from other addresses, of other networks. */
  movedAt?: number;
  /** From then on (ms) it has another client. */
  toolAt?: number;
  /** From then on (ms) it has so many times as many addresses. */
  grewAt?: { at: number; factor: number };
}

/** Addresses with one tool, one list and one script. */
export function botnet(
  seed: string,
  spec: BotnetSpec,
): Actor & { own: Own; clients: Client[]; list: [string, string][] } {
  const random = new Random(`${seed} ${spec.label}`);
  const clients = [clientOf(random), clientOf(random)];
  const own: Own = {
    name: word(random, 3),
    key: keyOf(random),
    hosts: Array.from({ length: 2 }, () => addressIn(random, network(random))),
  };
  const list = Array.from({ length: spec.list }, (): [string, string] => [
    random.chance(0.6) ? random.pick(USERNAMES) : madeUpName(random),
    random.chance(0.5) ? random.pick(PASSWORDS) : madeUpPassword(random),
  ]);
  const script = scriptOf(random, spec.lines, spec);
  const payload = new Random(`${seed} ${spec.label} payload`).hex(64);
  const pools = ['first', 'second'].map((place) => poolOf(`${seed} ${spec.label} ${place}`, spec));
  const rhythm = rhythmOf(`${seed} ${spec.label}`, spec.rhythm);
  const connections = Math.max(1, Math.ceil(spec.list / spec.tries));
  return {
    label: spec.label,
    own,
    clients,
    list,
    random,
    pause: spec.pace * 3,
    rate: (at) => (spec.sessions / connections) * rhythm(at) * (spec.factor?.(at) ?? 1),
    visit: (at) => {
      const pool = pools[spec.movedAt !== undefined && at >= spec.movedAt ? 1 : 0]!;
      const size = spec.addresses * (spec.grewAt && at >= spec.grewAt.at ? spec.grewAt.factor : 1);
      return { address: pool(random, size), connections, position: 0 };
    },
    doing: (visit, at) => {
      const attempts = list.slice(visit.position, visit.position + spec.tries);
      visit.position += spec.tries;
      const success = attempts.length > 0 && random.chance(spec.success);
      const token = random.token(8 + random.below(4));
      const host = random.pick(own.hosts);
      return {
        telnet: spec.telnet === true,
        client: spec.telnet ? undefined : clients[spec.toolAt !== undefined && at >= spec.toolAt ? 1 : 0],
        attempts,
        success,
        commands: success ? script.map((line) => filled(line, random, own, host, token)) : [],
        download: success && spec.fetch ? { url: `http://${host}/${own.name}.sh`, hash: payload } : undefined,
        pace: spec.pace,
      };
    },
  };
}

/** Addresses of some networks, the first of which come most. */
function poolOf(seed: string, { networks }: { networks: number }): (random: Random, size: number) => string {
  const own = new Random(seed);
  const nets = Array.from({ length: networks }, () => network(own));
  const addresses: string[] = [];
  return (random, size) => {
    while (addresses.length < size) addresses.push(addressIn(own, own.pick(nets)));
    return addresses[Math.floor(random.unit() ** 1.6 * size)]!;
  };
}
