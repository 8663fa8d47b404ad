// Who was meant: credentials that are the default of a device, the account of a program, or the mark of a campaign.
import type { Claim, Credential, Target } from './claim.ts';
import { type Context, isRealAddress } from './context.ts';
import type { Rule } from './knowledge.ts';

/** Pairs looked at: beyond the most frequent the counts are too small to matter. */
const PAIRS = 5_000;
const TOLD_CREDENTIALS = 6;

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
  return [...now].flatMap(([rule, { credentials, attempts, firstSeen }]): Target[] => {
    const weight = WEIGHT[rule.kind];
    // A campaign that has a device as its target is told with the device.
    if (weight === undefined || rule.target) return [];
    const earlier = then ? (then.get(rule)?.attempts ?? 0) : undefined;
    const isNew = firstSeen >= news.from && news.from < news.to;
    const clients = clientsOf(context, credentials);
    const aimed = isAimed(context, rule, credentials);
    const worm = credentials.some((credential) => credential.rules.some((r) => r.target === rule.id));
    return [
      {
        kind: 'target',
        subject: { rule },
        numbers: { attempts, before: earlier, firstSeen },
        credentials: credentials.slice(0, TOLD_CREDENTIALS),
        clients,
        isNew,
        aimed,
        evidence: evidenceOf(context, credentials),
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
      gathered.credentials.push({ username, password, count, rules });
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

/** Sources looked at for one target, and events of each. */
const SOURCES = 6;
const EVENTS = 300;
/** A source that tries more names than this works through a list. */
const LIST = 8;
/** Guesses of such sources that make an effort of it. */
const EFFORT = 5;

/**
 * A password or pair that only this device has is aimed at it. A name alone is, when sources that tried few
 * others made an effort of it: `steam` among 130 names, or once, is no attack on game servers.
 */
function isAimed({ store, range }: Context, rule: Rule, credentials: Credential[]): boolean {
  const specific = credentials.some(
    ({ username, password }) =>
      password !== undefined && (rule.passwords.includes(password) || rule.pairs.includes(`${username}/${password}`)),
  );
  if (specific && rule.kind !== 'account') return true;
  const guesses = new Map<string, number>();
  for (const username of new Set(credentials.slice(0, SOURCES).map((credential) => credential.username)))
    for (const event of store.evidence({ range, dimension: 'username', value: username }, EVENTS)) {
      const address = String(event['src_ip'] ?? '');
      guesses.set(address, (guesses.get(address) ?? 0) + 1);
    }
  let aimed = 0;
  for (const [address, count] of [...guesses].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, SOURCES)) {
    // A masked address stands for many: nothing is known of its other attempts.
    const names = new Set<string>();
    if (isRealAddress(address))
      for (const event of store.evidence({ range, dimension: 'address', value: address }, EVENTS))
        if (typeof event['username'] === 'string') names.add(event['username']);
    if (names.size <= LIST) aimed += count;
  }
  return aimed >= EFFORT;
}

/** A worm's password tells more than a default; both tell more than a name alone. */
const telling = ({ rules }: Credential): number =>
  Number(rules.some((rule) => rule.target)) * 2 + Number(rules.length > 1);

const compare = (a: Credential, b: Credential): number =>
  a.username < b.username ? -1 : a.username > b.username ? 1 : (a.password ?? '') < (b.password ?? '') ? -1 : 1;

/** Versions of the clients that tried the most telling credentials, when a rule knows them as machines of the same kind. */
function clientsOf({ store, range, knowledge }: Context, credentials: Credential[]): string[] {
  const clients = new Set<string>();
  for (const { username, password } of credentials.slice(0, 3)) {
    const { items } = store.sessions({ range, username, password }, 20);
    for (const { client } of items)
      if (client && knowledge.about({ client }).some((rule) => rule.target)) clients.add(client);
  }
  if (clients.size === 0 && credentials.some(({ rules }) => rules.some((rule) => rule.id === 'raspberry-pi'))) {
    // Fragments of a log do not always join a client to its login.
    for (const { value } of store.top('client', range, 50))
      if (knowledge.about({ client: value }).some((rule) => rule.target === 'raspberry-pi')) clients.add(value);
  }
  return [...clients].sort().slice(0, 2);
}

function evidenceOf({ store, range }: Context, credentials: Credential[]): Record<string, unknown>[] {
  return credentials.slice(0, 2).flatMap(({ username, password }) => {
    const value = password === undefined ? username : `${username}\0${password}`;
    return store.evidence({ range, dimension: password === undefined ? 'username' : 'pair', value }, 1);
  });
}
