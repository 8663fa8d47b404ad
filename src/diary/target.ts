// Who was meant: credentials that are the default of a device, the account of a program, or the mark of a campaign.
import type { Claim, Credential, Target } from './claim.ts';
import { type Context, isRealAddress } from './context.ts';
import type { Rule } from './knowledge.ts';
import { quote, visitsOf } from './visits.ts';

/** Pairs looked at: beyond the most frequent the counts are too small to matter. */
const PAIRS = 5_000;
const TOLD_CREDENTIALS = 6;
/** Targets whose events are looked up: an entry has room for no more excerpts. */
const QUOTED = 5;

const WEIGHT: Partial<Record<Rule['kind'], number>> = {
  campaign: 34,
  device: 30,
  software: 22,
  account: 10,
};

export function targets(context: Context): Claim[] {
  const { store, range, before, news } = context;
  const now = gather(context, store.top('pair', range, PAIRS));
  const then = before ? gather(context, store.top('pair', before.range, PAIRS)) : undefined;
  const claims = [...now].flatMap(([rule, { credentials, attempts, firstSeen }]): Target[] => {
    const weight = WEIGHT[rule.kind];
    // A campaign that has a device as its target is told with the device.
    if (weight === undefined || rule.target) return [];
    const earlier = then ? (then.get(rule)?.attempts ?? 0) : undefined;
    const isNew = firstSeen >= news.from && news.from < news.to;
    const aimed = isAimed(context, rule, credentials, attempts);
    const worm = credentials.some((credential) => credential.rules.some((r) => r.target === rule.id));
    return [
      {
        kind: 'target',
        subject: { rule },
        numbers: { attempts, before: earlier, firstSeen },
        credentials: credentials.slice(0, TOLD_CREDENTIALS),
        clients: clientsOf(context, rule),
        isNew,
        aimed,
        evidence: [],
        score:
          weight +
          (isNew && aimed ? 25 : 0) -
          (aimed ? 0 : 10) +
          (worm ? 20 : 0) +
          Math.min(12, Math.log2(attempts + 1)),
        reason: `${attempts} login attempts with credentials of rule ${rule.id} (${rule.source})`,
      },
    ];
  });
  claims.sort((a, b) => b.score - a.score);
  for (const claim of claims.slice(0, QUOTED)) claim.evidence = evidenceOf(context, claim.credentials);
  return claims;
}

interface Gathered {
  credentials: Credential[];
  attempts: number;
  firstSeen: number;
}

function gather(
  { knowledge }: Context,
  pairs: { value: string; count: number; firstSeen: number }[],
): Map<Rule, Gathered> {
  const found = new Map<Rule, Gathered>();
  for (const { value, count, firstSeen } of pairs) {
    const nul = value.indexOf('\0');
    const [username, password] = nul < 0 ? [value, undefined] : [value.slice(0, nul), value.slice(nul + 1)];
    const rules = knowledge.about({ username, password });
    // A vendor's default password under another name (`RPM` with `ubnt`) is a word of a list, not an attack on that vendor.
    const meant = new Set(rules.filter((rule) => isMeant(rule, username, password)));
    for (const rule of [...meant]) {
      const device = rule.target ? knowledge.rule(rule.target) : undefined;
      if (device) meant.add(device);
    }
    for (const rule of meant) {
      const gathered = found.get(rule) ?? { credentials: [], attempts: 0, firstSeen };
      gathered.attempts += count;
      gathered.firstSeen = Math.min(gathered.firstSeen, firstSeen);
      gathered.credentials.push({ username, password, count, firstSeen, rules });
      found.set(rule, gathered);
    }
  }
  for (const { credentials } of found.values())
    credentials.sort((a, b) => telling(b) - telling(a) || b.count - a.count || compare(a, b));
  return found;
}

function isMeant(rule: Rule, username: string, password: string | undefined): boolean {
  if (password !== undefined && rule.pairs.includes(`${username}/${password}`)) return true;
  if (rule.usernames.includes(username)) return true;
  if (rule.usernames.length > 0) return false;
  return ['root', 'admin', 'Admin', 'pi', 'administrator'].includes(username) || rule.kind !== 'device';
}

/** A source that tries more names than this works through a list. */
const LIST = 8;
/** Guesses of sources that do not, which make an effort of it. */
const EFFORT = 5;

/**
 * A password or pair that only this device has is aimed at it. A name alone is, when sources that tried few
 * others made an effort of it: `steam` among 130 names, or once, is no attack on game servers.
 */
function isAimed(context: Context, rule: Rule, credentials: Credential[], attempts: number): boolean {
  const specific = credentials.some(
    ({ username, password }) =>
      password !== undefined && (rule.passwords.includes(password) || rule.pairs.includes(`${username}/${password}`)),
  );
  if (specific && rule.kind !== 'account') return true;
  if (attempts < EFFORT || rule.kind === 'account') return false;
  const meant = new Set(credentials.map(({ username }) => username));
  const names = new Map<string, Set<string>>();
  for (const { address, username } of visitsOf(context)) {
    const tried = names.get(address);
    if (tried) tried.add(username);
    else names.set(address, new Set([username]));
  }
  let effort = 0;
  // A masked address stands for many: nothing is known of its other guesses.
  for (const { address, username, attempts: guesses } of visitsOf(context))
    if (meant.has(username) && (!isRealAddress(address) || names.get(address)!.size <= LIST)) effort += guesses;
  return effort >= EFFORT;
}

/** A worm's password tells more than a default; both tell more than a name alone. */
const telling = ({ rules }: Credential): number =>
  Number(rules.some((rule) => rule.target)) * 2 + Number(rules.length > 1);

const compare = (a: Credential, b: Credential): number =>
  a.username < b.username ? -1 : a.username > b.username ? 1 : (a.password ?? '') < (b.password ?? '') ? -1 : 1;

/** Versions of clients that give themselves away as such a device. */
function clientsOf({ store, range, knowledge }: Context, rule: Rule): string[] {
  if (!knowledge.rules.some(({ target, clients }) => target === rule.id && clients.length > 0)) return [];
  return store
    .top('client', range, 200)
    .map(({ value }) => value)
    .filter((client) => knowledge.about({ client }).some(({ target }) => target === rule.id))
    .sort()
    .slice(0, 2);
}

function evidenceOf(context: Context, credentials: Credential[]): Record<string, unknown>[] {
  return credentials
    .slice(0, 2)
    .flatMap(({ username, password, firstSeen }) =>
      password === undefined
        ? quote(context, 'username', username, firstSeen)
        : quote(context, 'pair', `${username}\0${password}`, firstSeen),
    );
}
