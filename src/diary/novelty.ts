// First seen: names, passwords, clients, commands, addresses of files and files that were never recorded before.
import type { Count, Dimension } from '../observatory/store.ts';
import type { Claim, Evidence, FirstSeen, Novel, Novelty } from './claim.ts';
import type { Context } from './context.ts';
import type { Rule, Sighting } from './knowledge.ts';
import { quote } from './visits.ts';

/** How interesting a new value of a dimension is in itself. */
const WEIGHT: Partial<Record<Novel, number>> = {
  hash: 30,
  url: 28,
  key: 26,
  client: 22,
  shape: 20,
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
const TRACES = 40;
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
  const known = new Map<Dimension, Count[]>();
  const fresh = (dimension: Dimension): Count[] => {
    let values = known.get(dimension);
    if (!values)
      known.set(dimension, (values = store.firstSeen(dimension, news, LOOKED_AT).filter(({ value }) => value !== '')));
    return values;
  };
  const traces = new Map<string, string>();
  const found = (Object.keys(WEIGHT) as Novel[]).flatMap((dimension): (FirstSeen | Novelty)[] => {
    const values = newValues(context, dimension, fresh, traces);
    if (values.length === 0) return [];
    const firsts = new Set(traces.values());
    const isFirstOfShape = (command: string) => firsts.has(command);
    const claims = values.map(({ value, count, firstSeen }): FirstSeen => {
      const rules = knowledge.about(sightingOf(dimension, value));
      const telling = Math.max(0, ...rules.map((rule) => KINDS[rule.kind]));
      return {
        kind: 'first seen',
        subject: { dimension, value },
        numbers: { count, at: firstSeen },
        rules,
        evidence: [],
        score:
          WEIGHT[dimension]! +
          telling +
          (dimension === 'command' && isFirstOfShape(value) ? 6 : 0) +
          Math.min(10, Math.log2(count + 1)),
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
  for (const claim of best.slice(0, QUOTED)) claim.evidence = quoted(context, claim, traces);
  return found;
}

/** What is new of a kind. @param traces gets the command that each shape and key came with first */
function newValues(
  { store, news }: Context,
  dimension: Novel,
  fresh: (dimension: Dimension) => Count[],
  traces: Map<string, string>,
): Count[] {
  if (dimension === 'pair') return newlyPaired(fresh);
  if (dimension !== 'shape' && dimension !== 'key') return fresh(dimension);
  if (fresh('command').length === 0) return [];
  const found = dimension === 'shape' ? store.newShapes(news, TRACES) : store.newKeys(news, TRACES);
  for (const { value, command } of found) traces.set(value, command);
  return found;
}

function quoted(context: Context, { subject, numbers }: FirstSeen, traces: Map<string, string>): Evidence[] {
  const { dimension, value } = subject;
  return dimension === 'shape' || dimension === 'key'
    ? quote(context, 'command', traces.get(value)!, numbers.at)
    : quote(context, dimension, value, numbers.at);
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
export function sightingOf(dimension: Novel, value: string): Sighting {
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
