// Bursts: guesses in quick, even succession against one name or from one address, and the list they were taken from.
import type { Visit } from '../observatory/store.ts';
import type { Burst, Claim } from './claim.ts';
import { type Context, isRealAddress, median } from './context.ts';
import { timeOf } from './day.ts';
import type { Rule } from './knowledge.ts';
import { quote, visitsOf } from './visits.ts';

/** Fewer guesses are no series. */
const LEAST = 10;
/** A pause longer than this ends a series. */
const PAUSE_MS = 15_000;
/** Names and addresses looked at, sessions and events read of each, bursts told. */
const SUBJECTS = 12;
const SESSIONS = 600;
const EVENTS = 2_000;
const TOLD = 4;
/** More guesses at a name than this come from many sides: no series against it. */
const CROWDED = 200;
const NAMES = 60;
/** A series against a name comes from this many sources at most. */
const SOURCES = 3;

/** A claim with its guesses, of which a few are quoted when it is told. */
type Found = Burst & { run: Attempt[] };

interface Attempt {
  at: number;
  username: string;
  password?: string;
  address: string;
}

export function bursts(context: Context): Claim[] {
  const byName = new Map<string, Visit[]>();
  const byAddress = new Map<string, Visit[]>();
  for (const visit of visitsOf(context)) {
    if (visit.approximate) continue;
    add(byName, visit.username, visit);
    if (isRealAddress(visit.address)) add(byAddress, visit.address, visit);
  }
  const found: Found[] = [];
  for (const [username, visits] of busiest(byName)) {
    if (sum(visits) > CROWDED || new Set(visits.map(({ address }) => address)).size > SOURCES) continue;
    const attempts = attemptsOf(context, visits).filter((attempt) => attempt.username === username);
    for (const run of runs(attempts)) found.push(burst(context, { username, address: sourceOf(run) }, run));
  }
  for (const [address, visits] of busiest(byAddress).slice(0, SUBJECTS))
    for (const run of runs(attemptsOf(context, visits))) {
      const names = new Set(run.map(({ username }) => username));
      found.push(burst(context, { username: names.size === 1 ? run[0]!.username : undefined, address }, run));
    }
  for (const username of withoutSessions(context, byName))
    for (const run of runs(fragments(context, username))) found.push(burst(context, { username }, run));
  const told = oneEach(found).sort(byScore).slice(0, TOLD);
  for (const claim of told)
    claim.evidence = quotedOf(claim).flatMap(({ at, username }) => quote(context, 'username', username, at));
  return told.map(({ run: _, ...claim }) => claim);
}

function add(map: Map<string, Visit[]>, key: string, visit: Visit): void {
  const visits = map.get(key);
  if (visits) visits.push(visit);
  else map.set(key, [visit]);
}

const sum = (visits: Visit[]): number => visits.reduce((total, { attempts }) => total + attempts, 0);

/** Those with enough guesses for a series, the most first. */
const busiest = (map: Map<string, Visit[]>): [string, Visit[]][] =>
  [...map]
    .map(([key, visits]) => ({ key, visits, guesses: sum(visits) }))
    .filter(({ guesses }) => guesses >= LEAST)
    .sort((a, b) => b.guesses - a.guesses || (a.key < b.key ? -1 : 1))
    .slice(0, NAMES)
    .map(({ key, visits }) => [key, visits]);

function attemptsOf({ store, range }: Context, visits: Visit[]): Attempt[] {
  return visits
    .slice(-SESSIONS)
    .flatMap(({ id, address }) =>
      (store.session(id)?.events ?? [])
        .filter(({ eventid, at }) => isLogin(eventid) && at >= range.from && at < range.to)
        .map(({ at, fields }) => ({
          at,
          username: String(fields['username'] ?? ''),
          password: typeof fields['password'] === 'string' ? fields['password'] : undefined,
          address,
        })),
    )
    .sort((a, b) => a.at - b.at);
}

const isLogin = (eventid: unknown): boolean => eventid === 'cowrie.login.failed' || eventid === 'cowrie.login.success';

/** Names whose guesses stand in lines without a session: fragments of a log. */
function withoutSessions({ store, range }: Context, byName: Map<string, Visit[]>): string[] {
  return store
    .top('username', range, NAMES)
    .filter(({ value, count }) => count >= LEAST && count <= CROWDED && sum(byName.get(value) ?? []) * 2 < count)
    .slice(0, SUBJECTS)
    .map(({ value }) => value);
}

function fragments({ store, range }: Context, username: string): Attempt[] {
  return store
    .evidence({ range, dimension: 'username', value: username }, EVENTS)
    .filter((event) => isLogin(event['eventid']) && event['approximate'] !== true && timeOf(event) > 0)
    .map((event) => ({
      at: timeOf(event),
      username,
      password: typeof event['password'] === 'string' ? event['password'] : undefined,
      address: String(event['src_ip'] ?? ''),
    }))
    .sort((a, b) => a.at - b.at);
}

/** The address behind all attempts of a series, when it is one and known. */
function sourceOf(run: Attempt[]): string | undefined {
  const sources = new Set(run.map(({ address }) => address));
  const [source] = sources;
  return sources.size === 1 && source !== undefined && isRealAddress(source) ? source : undefined;
}

/** Maximal series of attempts without a pause, in which no two in three happen at the same moment. */
function runs(attempts: Attempt[]): Attempt[][] {
  const found: Attempt[][] = [];
  let run: Attempt[] = [];
  for (const attempt of attempts) {
    if (run.length > 0 && attempt.at - run.at(-1)!.at > PAUSE_MS) {
      found.push(run);
      run = [];
    }
    run.push(attempt);
  }
  found.push(run);
  return found.filter((series) => series.length >= LEAST);
}

function burst({ knowledge, news }: Context, subject: Burst['subject'], run: Attempt[]): Found {
  const [first, last] = [run[0]!, run.at(-1)!];
  const medianMs = median(run.slice(1).map((attempt, index) => attempt.at - run[index]!.at));
  const passwords = [...new Set(run.flatMap(({ password }) => (password === undefined ? [] : [password])))];
  const defaults = new Set(knowledge.wordlists.find(({ id }) => id === 'vendor-defaults')?.words ?? []);
  const inList = passwords.filter((password) => defaults.has(password)).length;
  const telling = passwords.flatMap((password): { password: string; rule: Rule }[] => {
    const rule = knowledge.about({ password }).find(({ kind }) => kind === 'device' || kind === 'campaign');
    return rule ? [{ password, rule }] : [];
  });
  const share = passwords.length > 0 ? inList / passwords.length : 0;
  const names = new Set(run.map(({ username }) => username)).size;
  const isNews = news.from < news.to && first.at >= news.from;
  return {
    kind: 'burst',
    subject,
    numbers: {
      attempts: run.length,
      from: first.at,
      to: last.at,
      medianMs,
      usernames: names,
      passwords: passwords.length,
      defaults: inList,
      derived: run.filter(({ username, password }) => isDerived(username, password)).length,
    },
    passwords,
    telling,
    evidence: [],
    run,
    score: 24 + Math.min(18, 3 * Math.log2(run.length / LEAST + 1)) + (share >= 0.5 ? 14 : 0) + (isNews ? 6 : 0),
    reason: `${run.length} attempts without a pause above ${PAUSE_MS / 1000} s, median ${Math.round(medianMs)} ms apart`,
  };
}

/** The first three guesses, and the last that tells something. */
const quotedOf = ({ telling, run }: Found): Attempt[] => [
  ...new Set([
    ...run.slice(0, 3),
    ...run.filter(({ password }) => telling.some((told) => told.password === password)).slice(-1),
  ]),
];

/** The largest series of each name and of each address. */
function oneEach(found: Found[]): Found[] {
  const seen = new Set<string>();
  return found.sort(byScore).filter(({ subject }) => {
    const key = subject.address ?? `name ${subject.username}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

const isDerived = (username: string, password = ''): boolean =>
  username.length >= 3 && password.toLowerCase().startsWith(username.toLowerCase());

const byScore = (a: Burst, b: Burst): number => b.score - a.score || a.numbers.from - b.numbers.from;
