// Bursts: guesses in quick, even succession against one name or from one address, and the list they were taken from.
import type { Burst, Claim } from './claim.ts';
import { type Context, isRealAddress, median } from './context.ts';
import { timeOf } from './day.ts';
import type { Rule } from './knowledge.ts';

/** Fewer guesses are no series. */
const LEAST = 10;
/** A pause longer than this ends a series. */
const PAUSE_MS = 15_000;
/** Events read of one name or address, names and addresses looked at, bursts told. */
const EVENTS = 3_000;
const SUBJECTS = 25;
const TOLD = 4;
/** Names everybody guesses at: many sources together are no series against a name. */
const CROWDED = 200;

interface Attempt {
  at: number;
  username: string;
  password?: string;
  address?: string;
  event: Record<string, unknown>;
}

export function bursts(context: Context): Claim[] {
  const { store, range } = context;
  const found: Burst[] = [];
  for (const { value, count } of store.top('username', range, SUBJECTS)) {
    if (count < LEAST) break;
    const attempts = attemptsOf(context, 'username', value);
    const sources = new Set(attempts.map((attempt) => attempt.address));
    if (sources.size > 3 || count > CROWDED) continue;
    for (const run of runs(attempts)) found.push(burst(context, { username: value, address: sourceOf(run) }, run));
  }
  for (const { value } of store.top('address', range, SUBJECTS)) {
    if (!isRealAddress(value)) continue;
    const attempts = attemptsOf(context, 'address', value);
    for (const run of runs(attempts)) {
      const names = new Set(run.map((attempt) => attempt.username));
      const username = names.size === 1 ? run[0]!.username : undefined;
      found.push(burst(context, { username, address: value }, run));
    }
  }
  return oneEach(found).sort(byScore).slice(0, TOLD);
}

/** The address behind all attempts of a series, when it is one and known. */
function sourceOf(run: Attempt[]): string | undefined {
  const sources = new Set(run.map(({ address }) => address ?? ''));
  const [source] = sources;
  return sources.size === 1 && source !== undefined && isRealAddress(source) ? source : undefined;
}

function attemptsOf({ store, range }: Context, dimension: 'username' | 'address', value: string): Attempt[] {
  return store
    .evidence({ range, dimension, value }, EVENTS)
    .filter(({ eventid }) => eventid === 'cowrie.login.failed' || eventid === 'cowrie.login.success')
    .map((event) => ({
      at: timeOf(event),
      username: String(event['username'] ?? ''),
      password: typeof event['password'] === 'string' ? event['password'] : undefined,
      address: typeof event['src_ip'] === 'string' ? event['src_ip'] : undefined,
      event,
    }))
    .filter(({ at, event }) => at > 0 && event['approximate'] !== true)
    .sort((a, b) => a.at - b.at);
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

function burst({ knowledge, news }: Context, subject: Burst['subject'], run: Attempt[]): Burst {
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
    evidence: [
      ...run.slice(0, 3),
      ...run.filter(({ password }) => telling.some((t) => t.password === password)).slice(-1),
    ]
      .filter((attempt, index, all) => all.indexOf(attempt) === index)
      .map(({ event }) => event),
    score: 24 + Math.min(18, 3 * Math.log2(run.length / LEAST + 1)) + (share >= 0.5 ? 14 : 0) + (isNews ? 6 : 0),
    reason: `${run.length} attempts without a pause above ${PAUSE_MS / 1000} s, median ${Math.round(medianMs)} ms apart`,
  };
}

/** The largest series of each name and of each address. */
function oneEach(found: Burst[]): Burst[] {
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
