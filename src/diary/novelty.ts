// First seen: names, passwords, clients, commands, addresses of files and files that were never recorded before.
import type { Count, Dimension } from '../observatory/store.ts';
import type { Claim, FirstSeen, Novelty } from './claim.ts';
import type { Context } from './context.ts';
import type { Rule, Sighting } from './knowledge.ts';
import { quote } from './visits.ts';

/** How interesting a new value of a dimension is in itself. */
const WEIGHT: Partial<Record<Dimension, number>> = {
  hash: 30,
  url: 28,
  client: 22,
  command: 20,
  hassh: 16,
  asn: 14,
  country: 14,
  username: 12,
  password: 8,
  pair: 4,
};
/** New values looked at, and told, of one dimension. */
const LOOKED_AT = 5_000;
const TOLD = 8;
const QUOTED = 2;

const KINDS: Record<Rule['kind'], number> = {
  campaign: 12,
  curiosity: 10,
  device: 9,
  software: 6,
  technique: 5,
  tool: 4,
  account: 3,
};

export function novelties(context: Context): Claim[] {
  const { store, news, knowledge } = context;
  if (news.from >= news.to) return [];
  const fresh = (dimension: Dimension) =>
    store.firstSeen(dimension, news, LOOKED_AT).filter(({ value }) => value !== '');
  const found = (Object.keys(WEIGHT) as Dimension[]).flatMap((dimension): (FirstSeen | Novelty)[] => {
    const values = dimension === 'pair' ? newlyPaired(fresh) : fresh(dimension);
    if (values.length === 0) return [];
    const claims = values.map(({ value, count, firstSeen }): FirstSeen => {
      const rules = knowledge.about(sightingOf(dimension, value));
      const known = Math.max(0, ...rules.map((rule) => KINDS[rule.kind]));
      return {
        kind: 'first seen',
        subject: { dimension, value },
        numbers: { count, at: firstSeen },
        rules,
        evidence: [],
        score: WEIGHT[dimension]! + known + Math.min(10, Math.log2(count + 1)),
        reason: `first recorded at ${new Date(firstSeen).toISOString()}, ${context.historyDays} days on record before`,
      };
    });
    claims.sort(
      (a, b) => b.score - a.score || a.numbers.at - b.numbers.at || (a.subject.value < b.subject.value ? -1 : 1),
    );
    const told = claims.slice(0, TOLD);
    return [
      {
        kind: 'novelty',
        subject: { dimension },
        numbers: { fresh: values.length, atLeast: values.length === LOOKED_AT },
        evidence: [],
        score: 0,
        reason: `${values.length} values of ${dimension} first recorded in the period`,
      },
      ...told,
    ];
  });
  // Looking up an event costs more than all of the above: only the best are quoted.
  const best = found
    .filter((claim): claim is FirstSeen => claim.kind === 'first seen')
    .sort((a, b) => b.score - a.score);
  for (const claim of best.slice(0, QUOTED))
    claim.evidence = quote(context, claim.subject.dimension, claim.subject.value, claim.numbers.at);
  return found;
}

/** Pairs of a name and a password that were both known, each for itself: what has a new word in it is told by that. */
function newlyPaired(fresh: (dimension: Dimension) => Count[]): Count[] {
  const [names, passwords] = [fresh('username'), fresh('password')].map(
    (values) => new Set(values.map(({ value }) => value)),
  ) as [Set<string>, Set<string>];
  return fresh('pair').filter(({ value }) => {
    const nul = value.indexOf('\0');
    return !names.has(value.slice(0, nul)) && !passwords.has(value.slice(nul + 1));
  });
}

/** What rules can know of a value; of places they know nothing. */
export function sightingOf(dimension: Dimension, value: string): Sighting {
  switch (dimension) {
    case 'username':
      return { username: value };
    case 'password':
      return { password: value };
    case 'pair': {
      const nul = value.indexOf('\0');
      return { username: value.slice(0, nul), password: value.slice(nul + 1) };
    }
    case 'client':
      return { client: value };
    case 'url':
      return { url: value };
    case 'hash':
      return { hash: value };
    default:
      return { command: dimension === 'command' ? value : '' };
  }
}
