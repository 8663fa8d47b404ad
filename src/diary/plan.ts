// What of all claims an entry tells, and where: the same choice for every language.
import type {
  Behaviour,
  Burst,
  Change,
  Claim,
  Curiosity,
  Download,
  Evidence,
  FirstSeen,
  Gap,
  Novelty,
  Observations,
  Shift,
  Target,
  Trend,
} from './claim.ts';

export interface Plan {
  /** One or two claims of different kinds, the most interesting. */
  headline: Claim[];
  novelties: { novelty: Novelty; told: FirstSeen[] }[];
  targets: Target[];
  bursts: Burst[];
  trend?: Trend;
  changes: Change[];
  shifts: Shift[];
  behaviours: Behaviour[];
  downloads: Download[];
  gaps: Gap[];
  curiosity?: Curiosity;
  excerpts: { claim: Target | Burst | FirstSeen | Curiosity; events: Evidence[] }[];
}

/** Below this score a claim is no headline. */
const HEADLINE = 30;
const TARGETS = 6;
const EXCERPTS = 4;

/** Kinds that can stand in a headline. */
const HEADLINES = new Set<Claim['kind']>([
  'target',
  'burst',
  'trend',
  'change',
  'behaviour',
  'first seen',
  'gap',
  'curiosity',
]);

export function planOf({ claims }: Observations): Plan {
  const of = <Kind extends Claim['kind']>(kind: Kind) =>
    claims.filter((claim): claim is Extract<Claim, { kind: Kind }> => claim.kind === kind);
  const bursts = of('burst');
  const targets = of('target').slice(0, TARGETS);
  const firsts = of('first seen');
  const curiosity = of('curiosity')[0];
  const headline = distinct(
    claims.filter((claim) => HEADLINES.has(claim.kind) && claim.score >= HEADLINE && isNews(claim)),
  ).slice(0, 2);
  return {
    headline,
    novelties: of('novelty').map((novelty) => ({
      novelty,
      told: firsts.filter(({ subject }) => subject.dimension === novelty.subject.dimension),
    })),
    targets,
    bursts,
    trend: of('trend')[0],
    changes: of('change'),
    shifts: of('shift'),
    behaviours: of('behaviour'),
    downloads: of('download'),
    gaps: of('gap').sort((a, b) => a.numbers.from - b.numbers.from),
    curiosity,
    excerpts: excerptsOf([
      ...targets.filter((claim) => claim.isNew || claim.score >= 40),
      ...bursts,
      ...(curiosity ? [curiosity] : []),
      ...firsts.filter(({ subject }) => ['username', 'client'].includes(subject.dimension)),
    ]),
  };
}

/** What is told every day again (a known target, an old kind of visit) makes no headline. */
const isNews = (claim: Claim): boolean =>
  claim.kind === 'target'
    ? claim.isNew && claim.subject.rule.kind !== 'account'
    : claim.kind === 'first seen'
      ? ['hash', 'url'].includes(claim.subject.dimension)
      : true;

function distinct(claims: Claim[]): Claim[] {
  const kinds = new Set<string>();
  return claims.filter((claim) => {
    // A rising number and the series that makes it rise are one story.
    const kind = claim.kind === 'trend' || claim.kind === 'burst' ? 'brute force' : claim.kind;
    if (kinds.has(kind)) return false;
    kinds.add(kind);
    return true;
  });
}

function excerptsOf(claims: Plan['excerpts'][number]['claim'][]): Plan['excerpts'] {
  const seen = new Set<string>();
  return claims
    .sort((a, b) => b.score - a.score)
    .flatMap((claim): Plan['excerpts'] => {
      const events = claim.evidence.filter((event) => {
        const key = JSON.stringify([event['timestamp'], event['session'], event['eventid'], event['message']]);
        return !seen.has(key) && seen.add(key);
      });
      return events.length > 0 ? [{ claim, events }] : [];
    })
    .slice(0, EXCERPTS);
}
