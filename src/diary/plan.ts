// What of all claims an entry tells, and where: the same choice for every language.
import type {
  Behaviour,
  Burst,
  CampaignClaim,
  Change,
  Claim,
  Credential,
  Curiosity,
  Download,
  Evidence,
  Extreme,
  FirstSeen,
  Gap,
  HandOff,
  Novel,
  Novelty,
  Observations,
  Return,
  Surge,
  Target,
  Trend,
} from './claim.ts';
import { loginAttempts } from './context.ts';
import { keyOfRange } from './keys.ts';
import type { Group, Rule } from './knowledge.ts';

export interface Plan {
  /** One or two claims of different kinds, the most interesting. */
  headline: Claim[];
  novelties: { novelty: Novelty; told: FirstSeen[] }[];
  targets: Target[];
  /** Devices of one group, when at least three of them were tried: told together. */
  groups: { group: Group; targets: Target[] }[];
  /** Targets that only came by as names of long lists. */
  inPassing: Target[];
  /** `again`: later series with the same list, told with the first. */
  bursts: (Burst & { again: Burst[] })[];
  trend?: Trend;
  /** Totals. */
  changes: Change[];
  /** Single values. */
  shifts: Change[];
  surges: Surge[];
  returns: Return[];
  /** Sessions longer or deeper than any on record. */
  records: Extreme[];
  behaviours: Behaviour[];
  downloads: Download[];
  handOffs: HandOff[];
  gaps: Gap[];
  /** Campaigns found without rules, of each the most telling. */
  campaigns: CampaignClaim[];
  curiosity?: Curiosity;
  excerpts: { claim: Target | Burst | FirstSeen | Curiosity | Behaviour | HandOff; events: Evidence[] }[];
}

/** Below this score a claim is no headline. */
const HEADLINE = 30;
const TARGETS = 6;
/** With this share of the sessions a country leads; with half of it a network stands out. */
export const LEADING = 0.5;
const GROUPED = 3;
/** Single values that rose or fell. */
const SHIFTS = 9;
/** A target is in the headline when it has this share of all guesses, or its worm came. */
const HEADLINE_SHARE = 0.01;
const EXCERPTS = 4;
const HAND_OFFS = 5;
/** A new value below it needs no excerpt: the list has its name already. */
const EXCERPT_SCORE = 32;

/** Kinds that can stand in a headline. */
export const HEADLINES: ReadonlySet<Claim['kind']> = new Set<Claim['kind']>([
  'target',
  'burst',
  'trend',
  'rise',
  'fall',
  'surge',
  'return',
  'behaviour',
  'first seen',
  'gap',
  'curiosity',
  'hand-off',
]);

export function planOf(observations: Observations): Plan {
  // Networks have changed hands since: of what is old, today's registers would tell falsely.
  const claims = observations.origins.stale
    ? observations.claims.filter(({ subject }) => !('dimension' in subject && subject.dimension === 'asn'))
    : observations.claims;
  const of = <Kind extends Claim['kind']>(kind: Kind) =>
    claims.filter((claim): claim is Extract<Claim, { kind: Kind }> => claim.kind === kind);
  const bursts = together(of('burst'));
  const curiosity = of('curiosity')[0];
  const aimed = of('target').filter((claim) => claim.aimed && claim.subject.rule.kind !== 'account');
  const groups = observations.groups
    .map((group) => ({ group, targets: aimed.filter(({ subject }) => subject.rule.group === group.id) }))
    .filter((told) => told.targets.length >= GROUPED);
  const targets = aimed
    .filter((claim) => !groups.some((told) => told.targets.includes(claim)))
    .slice(0, TARGETS)
    // The curiosity tells of the client at length: the target need not.
    .map((claim) => (curiosity?.subject.what === 'own kind' ? { ...claim, clients: [] } : claim));
  const firsts = of('first seen');
  const changed = claims.filter((claim): claim is Change => claim.kind === 'rise' || claim.kind === 'fall');
  const headline = distinct(
    claims.filter((claim) => HEADLINES.has(claim.kind) && claim.score >= HEADLINE && isNews(claim, observations)),
  ).slice(0, 2);
  return {
    headline,
    // The commands that are told are those of new shapes: the shapes say the same again.
    novelties: of('novelty')
      .filter(({ subject }) => subject.dimension !== 'shape')
      .map((novelty) => ({
        novelty,
        told: firsts.filter(({ subject }) => subject.dimension === novelty.subject.dimension),
      })),
    targets,
    groups,
    inPassing: of('target').filter((claim) => !aimed.includes(claim)),
    bursts,
    trend: of('trend')[0],
    changes: changed.filter(({ subject }) => 'measure' in subject),
    shifts: changed.filter(({ subject }) => 'dimension' in subject).slice(0, SHIFTS),
    surges: of('surge').sort((a, b) => a.numbers.from - b.numbers.from),
    returns: of('return'),
    records: [...of('longest session'), ...of('deepest session')].filter(({ record }) => record),
    behaviours: of('behaviour'),
    downloads: of('download'),
    handOffs: of('hand-off').slice(0, HAND_OFFS),
    gaps: of('gap')
      .filter(({ numbers }) => numbers.from < observations.range.to && numbers.to > observations.range.from)
      .sort((a, b) => a.numbers.from - b.numbers.from),
    campaigns: campaignsOf(claims),
    curiosity,
    excerpts: excerptsOf(headline, [
      ...targets.filter((claim) => claim.isNew || claim.score >= 40),
      ...groups.flatMap((told) => told.targets.slice(0, 1)),
      ...bursts.slice(0, 2),
      ...of('behaviour').slice(0, 2),
      ...(curiosity ? [curiosity] : []),
      ...of('hand-off').slice(0, 1),
      ...firsts.filter(({ score }) => score >= EXCERPT_SCORE).slice(0, 1),
    ]),
  };
}

/** Series of the same passwords against as many names are one story. */
function together(bursts: readonly Burst[]): Plan['bursts'] {
  const told = new Map<string, Burst[]>();
  for (const claim of bursts) {
    const { username } = claim.subject;
    const key = JSON.stringify([username, claim.numbers.usernames, claim.passwords.toSorted()]);
    told.set(key, [...(told.get(key) ?? []), claim]);
  }
  return [...told.values()].map(([first, ...again]) => ({
    ...first!,
    again: again.sort((a, b) => a.numbers.from - b.numbers.from),
  }));
}

const CAMPAIGNS = 6;

/** One claim of each campaign, the most interesting first. */
function campaignsOf(claims: readonly Claim[]): CampaignClaim[] {
  const told = new Set<string>();
  return claims
    .filter((claim): claim is CampaignClaim => 'key' in claim.subject && 'does' in claim.subject)
    .filter(({ subject: { key } }) => !told.has(key) && told.add(key))
    .slice(0, CAMPAIGNS);
}

/** A value as it is read: user name and password of a pair with a slash between. */
export const valueText = ({ dimension, value }: { dimension: Novel; value: string }): string =>
  dimension === 'pair' ? value.replace('\0', '/') : value;

/** What is told every day again (a known target, an old kind of visit), or is too little, makes no headline. */
export function isNews(claim: Claim, { totals }: Observations): boolean {
  switch (claim.kind) {
    case 'target': {
      const { rule } = claim.subject;
      const worm = claim.credentials.some(({ rules }) => rules.some(({ target }) => target === rule.id));
      const attempts = loginAttempts(totals);
      const enough = worm || claim.numbers.attempts >= Math.max(2, attempts * HEADLINE_SHARE);
      return claim.isNew && claim.aimed && enough && rule.kind !== 'account' && rule.kind !== 'curiosity';
    }
    case 'first seen':
      return ['hash', 'url'].includes(claim.subject.dimension) && claim.rules.length === 0;
    case 'hand-off':
      return claim.sure === 'certain';
    case 'rise':
    case 'fall':
      return 'measure' in claim.subject;
    case 'behaviour':
      return claim.isNew || claim.rules.some(({ kind }) => kind === 'campaign');
    default:
      return true;
  }
}

function distinct(claims: Claim[]): Claim[] {
  const stories = new Set<string>();
  return claims.filter((claim) => {
    const story = storyOf(claim);
    if (stories.has(story)) return false;
    stories.add(story);
    return true;
  });
}

/** A rising number and the series that makes it rise are one story; so are a campaign's credentials and its visits. */
function storyOf(claim: Claim): string {
  if (claim.kind === 'trend' || claim.kind === 'burst') return 'brute force';
  if (claim.kind === 'curiosity' && claim.subject.what === 'one source') return 'brute force';
  if (claim.kind === 'target' && claim.subject.rule.kind === 'campaign') return 'behaviour';
  return claim.kind;
}

/** What the headline says is shown first. */
function excerptsOf(headline: Claim[], claims: Plan['excerpts'][number]['claim'][]): Plan['excerpts'] {
  const seen = new Set<string>();
  return claims
    .sort((a, b) => Number(headline.includes(b)) - Number(headline.includes(a)) || b.score - a.score)
    .flatMap((claim): Plan['excerpts'] => {
      const events = claim.evidence.filter((event) => {
        const key = JSON.stringify([event['timestamp'], event['session'], event['eventid'], event['message']]);
        return !seen.has(key) && seen.add(key);
      });
      return events.length > 0 ? [{ claim, events }] : [];
    })
    .slice(0, EXCERPTS);
}

/** The word on a new value: its name where that says enough, the whole note of campaigns and of oddities. */
export function wordOn(rule: Rule, lang: 'en' | 'ja'): string {
  return rule.kind === 'campaign' || rule.target !== undefined || rule.spelledOut ? rule.note[lang] : rule.name[lang];
}

/** What a reader learns from a rule's note beyond its name; nothing when the note only repeats it. */
export const informative = ({ subject: { rule } }: Target, lang: 'en' | 'ja'): string | undefined =>
  rule.kind === 'campaign' || (rule.pairs.length > 0 && rule.passwords.length === 0) ? rule.note[lang] : undefined;

/** Why a credential tells of the target: another rule's word on it, or that it is the factory default. */
export function tellingOf(
  { subject: { rule } }: Target,
  { password, rules }: Credential,
): Rule | 'default' | undefined {
  const other = rules.find(({ target }) => target === rule.id);
  if (other) return other;
  return rule.kind === 'device' &&
    rule.usernames.length > 0 &&
    password !== undefined &&
    rule.passwords.includes(password)
    ? 'default'
    : undefined;
}

/** What an entry compares its period with. */
export function earlierOf({ range, days }: Observations): 'day' | 'week' | 'days' | 'period' {
  if (days === 1) return 'day';
  const key = keyOfRange(range);
  return key === undefined ? 'period' : key.includes('W') ? 'week' : 'days';
}

/** Fragments of a log: what they hold says nothing about the hours between. */
export const isFragment = ({ heard, hours }: Observations): boolean => heard * 4 < hours;

/** With so few events on both sides nothing can be called a change, or the absence of one. */
export const tooFew = ({ totals, before }: Observations): boolean =>
  before !== undefined && totals.sessions + before.totals.sessions < 20;

/** Totals that differ by much without being claimed as a change: one busy source can do that. */
export function unclaimedSwing({ totals, before, hours }: Observations): boolean {
  if (!before || hours === 0 || before.hours === 0) return false;
  return (['sessions', 'loginsFailed', 'loginsSucceeded', 'commands'] as const).some((measure) => {
    const [now, then] = [totals[measure] / hours, before.totals[measure] / before.hours];
    return totals[measure] + before.totals[measure] >= 30 && (now > then * 1.4 || then > now * 1.4);
  });
}
