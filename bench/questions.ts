// What the pages ask, as many questions as wanted: ranges of every length that begin and end at odd moments, values frequent and rare.
import type { SqliteStore } from '../src/observatory/sqlite.ts';
import type { Dimension, Range } from '../src/observatory/store.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export interface Question {
  /** For people. */
  label: string;
  range: Range | undefined;
  /** Never without ends. */
  span: Range;
  /** A value of a dimension, by turns among the most frequent, in the middle, rare. */
  value(dimension: Dimension): string;
  /** Below 1, repeatable. */
  random(): number;
}

const DIMENSIONS: readonly Dimension[] = [
  'username',
  'password',
  'pair',
  'command',
  'address',
  'client',
  'hassh',
  'url',
  'hash',
  'sensor',
  'protocol',
  'country',
  'asn',
  'behaviour',
];

export class Questions {
  readonly #all: Range;
  readonly #values = new Map<Dimension, string[]>();
  #state = 1;

  constructor(store: SqliteStore) {
    const { first = 0, last = 0 } = store.totals();
    this.#all = { from: first, to: last + 1 };
    for (const dimension of DIMENSIONS) {
      const top = store.top(dimension, undefined, 3000).map(({ value }) => value);
      const rare = store
        .firstSeen(dimension, { from: first + (last - first) / 3, to: last }, 200)
        .map(({ value }) => value);
      this.#values.set(dimension, [...top.slice(0, 10), ...top.slice(100, 110), ...top.slice(-10), ...rare.slice(-20)]);
    }
  }

  next(i: number): Question {
    const random = () => {
      this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
      return this.#state / 2 ** 32;
    };
    const { from, to } = this.#all;
    const lengths: [string, number][] = [
      ['an hour', HOUR],
      ['a day', DAY],
      ['7 days', 7 * DAY],
      ['30 days', 30 * DAY],
      ['two thirds', ((to - from) * 2) / 3],
      ['all', 0],
    ];
    const [name, length] = lengths[i % lengths.length]!;
    // Every other one is the newest of its length, as a page asks first.
    const end = i % 4 < 2 ? to : Math.floor(from + length + random() * Math.max(0, to - from - length));
    const span = length === 0 ? this.#all : { from: Math.max(from, end - length), to: end };
    return {
      label: `${name}${length === 0 || end === to ? '' : ` to ${new Date(end).toISOString().slice(0, 16)}`}`,
      range: length === 0 ? undefined : span,
      span,
      random,
      value: (dimension) => {
        const values = this.#values.get(dimension)!;
        return values[Math.floor(random() * values.length)] ?? 'nothing';
      },
    };
  }
}

export interface Case {
  name: string;
  /** What it returns, when it is a text, is printed beside the slowest run. */
  run(store: SqliteStore, question: Question): unknown;
}

const WORDS = [
  'uname',
  'busybox',
  'authorized_keys',
  'wget http',
  'chmod 777',
  'rm -rf',
  'nosuchword',
  'cpuinfo model',
];
const PARTS = ['uthorized', 'cpuinf', 'xyzzyq', '/tm', 'mdrfck', 'etc/pass'];
const of = <T>(list: readonly T[], random: () => number): T => list[Math.floor(random() * list.length)]!;
const ranged = (range: Range | undefined) => (range ? { range } : {});

export const cases: Case[] = [
  { name: 'totals', run: (store, { range }) => store.totals(range) },
  { name: 'events by id', run: (store, { range }) => store.eventsById(range) },
  {
    name: 'timeline',
    run: (store, { span }) => {
      const length = span.to - span.from;
      store.timeline(
        span,
        length <= 3 * HOUR ? 'minute' : length <= 3 * DAY ? 'quarter' : length <= 40 * DAY ? 'hour' : 'day',
      );
    },
  },
  {
    name: 'timeline, minutes of a day',
    run: (store, { span }) => store.timeline({ from: span.to - DAY, to: span.to }, 'minute'),
  },
  { name: 'per day', run: (store, { range }) => store.perDay(range) },
  ...DIMENSIONS.map(
    (dimension): Case => ({
      name: `top ${dimension}`,
      run: (store, { range }) => store.top(dimension, range, 20),
    }),
  ),
  { name: 'top password, 1000', run: (store, { range }) => store.top('password', range, 1000) },
  ...(['password', 'pair', 'command', 'address'] as const).map(
    (dimension): Case => ({
      name: `first seen ${dimension}`,
      run: (store, { span }) => store.firstSeen(dimension, span, 20),
    }),
  ),
  { name: 'sessions', run: (store, { range }) => store.sessions(ranged(range), 50) },
  {
    name: 'sessions, deep page',
    run: (store, { range, span, random }) =>
      store.sessions(ranged(range), 50, String(Math.floor((span.from + random() * (span.to - span.from)) * 1024))),
  },
  { name: 'sessions, logged in', run: (store, { range }) => store.sessions({ ...ranged(range), loggedIn: true }, 50) },
  {
    name: 'sessions, with commands',
    run: (store, { range }) => store.sessions({ ...ranged(range), withCommands: true }, 50),
  },
  ...(['address', 'country', 'asn', 'username', 'password', 'client', 'hassh', 'hash'] as const).map(
    (dimension): Case => ({
      name: `sessions of ${dimension}`,
      run: (store, { range, value }) => {
        const wanted = value(dimension);
        store.sessions({ ...ranged(range), [dimension]: wanted }, 50);
        return wanted;
      },
    }),
  ),
  {
    name: 'sessions of a pair',
    run: (store, { range, value }) => {
      const [username = '', password = ''] = value('pair').split('\0');
      store.sessions({ ...ranged(range), username, password }, 50);
      return `${username} ${password}`;
    },
  },
  {
    name: 'sessions by words',
    run: (store, { range, random }) => {
      const command = of(WORDS, random);
      store.sessions({ ...ranged(range), command }, 50);
      return command;
    },
  },
  {
    name: 'sessions by part of a word',
    run: (store, { range, random }) => {
      const command = of(PARTS, random);
      store.sessions({ ...ranged(range), command }, 50);
      return command;
    },
  },
  {
    name: 'sessions, several filters',
    run: (store, { range, value, random }) => {
      const filter = {
        ...ranged(range),
        username: value('username'),
        ...(random() < 0.5 ? { client: value('client') } : { loggedIn: true }),
        ...(random() < 0.5 ? { protocol: 'ssh' as const } : { command: of(WORDS, random) }),
      };
      store.sessions(filter, 50);
      return JSON.stringify({ ...filter, range: undefined });
    },
  },
  {
    name: 'one session',
    run: (store, { span, random }) => {
      const at = String(Math.floor((span.from + random() * (span.to - span.from)) * 1024));
      const id = store.scanner.prepare('SELECT id FROM session WHERE id >= ? LIMIT 1').get(at)?.['id'];
      store.session((id as number | undefined) ?? 0);
    },
  },
  ...(['username', 'password', 'pair', 'command', 'address', 'client', 'hash', 'url'] as const).map(
    (dimension): Case => ({
      name: `evidence of ${dimension}`,
      run: (store, { span, value }) => {
        const wanted = value(dimension);
        store.evidence({ range: span, dimension, value: wanted }, 3);
        return wanted;
      },
    }),
  ),
  { name: 'downloads', run: (store, { range }) => store.downloads(range, 50) },
  ...(['sessions', 'loginsFailed', 'commands'] as const).map(
    (what): Case => ({
      name: `heat map of ${what}`,
      run: (store, { span }) => store.heatMap(span, 'Asia/Tokyo', what),
    }),
  ),
  ...(['username', 'password', 'address'] as const).map(
    (dimension): Case => ({
      name: `heat map of a ${dimension}`,
      run: (store, { span, value }) => store.heatMap(span, 'Europe/Berlin', { dimension, value: value(dimension) }),
    }),
  ),
  { name: 'pulse', run: (store, { span }) => store.pulse(span.to) },
  { name: 'facets of a range', run: (store, { range }) => store.facets(ranged(range), 10) },
  ...(['username', 'client', 'address', 'hassh', 'password'] as const).map(
    (dimension): Case => ({
      name: `facets of a ${dimension}`,
      run: (store, { range, value }) => {
        const { sessions, next } = store.facets({ ...ranged(range), [dimension]: value(dimension) }, 10);
        return `${sessions} sessions${next === undefined ? '' : ' and more'}`;
      },
    }),
  ),
  ...(['username', 'password', 'pair', 'command', 'address', 'hassh'] as const).map(
    (dimension): Case => ({
      name: `top ${dimension}, with change`,
      run: (store, { span }) => store.topChange(dimension, span, 20),
    }),
  ),
  { name: 'folded sessions', run: (store, { range }) => store.folds(ranged(range), 50) },
  {
    name: 'sessions of a behaviour',
    run: (store, { range, value }) => store.sessions({ ...ranged(range), behaviour: value('behaviour') }, 50),
  },
  {
    name: 'sessions by outcome',
    run: (store, { range, random }) => {
      const outcome = of(['silent', 'refused', 'login', 'command', 'download'] as const, random);
      store.sessions({ ...ranged(range), outcome }, 50);
      return outcome;
    },
  },
  {
    name: 'sessions by event',
    run: (store, { range, random }) => {
      const eventid = of(['cowrie.session.file_upload', 'cowrie.direct-tcpip.request', 'cowrie.client.size'], random);
      store.sessions({ ...ranged(range), eventid }, 50);
      return eventid;
    },
  },
  {
    name: 'crossing of HASSH and address',
    run: (store, { range }) => {
      const { sessions, next } = store.crossings(['hassh', 'address'], ranged(range), 50);
      return `${sessions} sessions${next === undefined ? '' : ' and more'}`;
    },
  },
  { name: 'matrix of 20 × 20', run: (store, { range }) => store.matrix(range, 20, 20) },
  {
    name: 'relations of an address',
    run: (store, { range, value }) => {
      const found = store.relations(value('address'), range, 20);
      return `${found?.examined} of ${found?.sessions} sessions`;
    },
  },
  { name: 'tries of an address', run: (store, { value }) => store.tries(value('address'), 200) },
  { name: 'feed', run: (store) => store.feed(100) },
  { name: 'health', run: (store) => store.health() },
];
