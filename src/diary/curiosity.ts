// Curiosities: what an operator would show a colleague. A placeholder tried as a password, a device attacking its own kind …

import type { Claim, Curiosity } from './claim.ts';
import { type Context, isRealAddress, loginAttempts } from './context.ts';
import { quote } from './visits.ts';

/** A password longer than this was not made for people. */
const LONG = 40;

export function curiosities(context: Context): Claim[] {
  return [...odd(context), ...ownKind(context), ...longPassword(context), ...oneSource(context)];
}

function odd(context: Context): Curiosity[] {
  const { store, range, knowledge, news } = context;
  const passwords = store.top('password', range, 5_000);
  const usernames = store.top('username', range, 2_000);
  const clients = store.top('client', range, 200);
  const sightings = [
    ...passwords.map((row) => ({
      ...row,
      dimension: 'password' as const,
      about: knowledge.about({ password: row.value }),
    })),
    ...usernames.map((row) => ({
      ...row,
      dimension: 'username' as const,
      about: knowledge.about({ username: row.value }),
    })),
    ...clients.map((row) => ({ ...row, dimension: 'client' as const, about: knowledge.about({ client: row.value }) })),
  ];
  const told = new Set<string>();
  return sightings.flatMap(({ value, count, firstSeen, dimension, about }): Curiosity[] => {
    const rule = about.find(({ kind }) => kind === 'curiosity');
    if (!rule || told.has(rule.id)) return [];
    told.add(rule.id);
    const isNew = news.from < news.to && firstSeen >= news.from;
    return [
      {
        kind: 'curiosity',
        subject: { what: 'rule', rule, value },
        numbers: { count, isNew: Number(isNew) },
        evidence: quote(context, dimension, value, firstSeen),
        // A stray request of another protocol comes every week, and is never twice the same.
        score: 21 + (isNew ? (dimension === 'client' ? 4 : 19) : 0),
        reason: `${dimension} matches rule ${rule.id} (${rule.source})`,
      },
    ];
  });
}

/** Attackers whose client gives them away as one of the devices that are attacked. */
function ownKind(context: Context): Curiosity[] {
  const { store, range, news, knowledge } = context;
  const names = new Set(store.top('username', range, 5_000).map(({ value }) => value));
  return store
    .top('client', range, 200)
    .flatMap(({ value, count, firstSeen }): Curiosity[] => {
      const rule = knowledge.about({ client: value }).find(({ target }) => target);
      const target = rule?.target ? knowledge.rule(rule.target) : undefined;
      if (!rule || !target) return [];
      const aimed = target.usernames.some((username) => names.has(username));
      return [
        {
          kind: 'curiosity',
          subject: { what: 'own kind', rule, client: value, target },
          numbers: { count, aimed: Number(aimed) },
          evidence: quote(context, 'client', value, firstSeen),
          score: (news.from < news.to && firstSeen >= news.from ? 36 : 12) + Number(aimed) * 6,
          reason: `client version matches rule ${rule.id} (${rule.source})`,
        },
      ];
    })
    .slice(0, 1);
}

function longPassword(context: Context): Curiosity[] {
  const { store, news, range } = context;
  const period = news.from < news.to ? news : range;
  const longest = store
    .firstSeen('pair', period, 5_000)
    .map(({ value, count, firstSeen }) => ({
      firstSeen,
      username: value.slice(0, value.indexOf('\0')),
      password: value.slice(value.indexOf('\0') + 1),
      count,
    }))
    .filter(({ password }) => password.length > LONG)
    .sort((a, b) => b.password.length - a.password.length || (a.password < b.password ? -1 : 1))[0];
  if (!longest) return [];
  const { username, password, count, firstSeen } = longest;
  return [
    {
      kind: 'curiosity',
      subject: { what: 'long password', username, password },
      numbers: { length: password.length, count },
      evidence: quote(context, 'pair', `${username}\0${password}`, firstSeen),
      score: 26 + Math.min(6, password.length / 40),
      reason: `a password of ${password.length} characters, longer than ${LONG}`,
    },
  ];
}

/** One address behind more than half of everything: the totals of the day are then its totals. */
function oneSource({ store, range, before, totals }: Context): Curiosity[] {
  const leader = store.top('address', range, 1)[0];
  if (!leader || !isRealAddress(leader.value) || totals.addresses < 5 || totals.sessions < 50) return [];
  const share = leader.count / totals.sessions;
  if (share < 0.5 || share > 1) return [];
  const again = before !== undefined && store.top('address', before.range, 1)[0]?.value === leader.value;
  return [
    {
      kind: 'curiosity',
      subject: { what: 'one source', address: leader.value },
      numbers: {
        sessions: leader.count,
        all: totals.sessions,
        attempts: loginAttempts(totals),
        others: totals.addresses - 1,
        again: Number(again),
      },
      evidence: [],
      score: (again ? 10 : 26) + 16 * share,
      reason: `${leader.count} of ${totals.sessions} sessions from one of ${totals.addresses} addresses`,
    },
  ];
}
