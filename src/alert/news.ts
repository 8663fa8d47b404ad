// What of a day's claims is news that nobody was told yet, in sentences of a language.
import { createHash } from 'node:crypto';
import type { Claim, Observations } from '../diary/claim.ts';
import type { Inline } from '../diary/document.ts';
import { headline as english } from '../diary/english/headline.ts';
import { headline as japanese } from '../diary/japanese/headline.ts';
import { HEADLINES, isNews, planOf } from '../diary/plan.ts';
import { shownWith } from '../diary/shown.ts';
import { visible } from '../diary/visible.ts';
import type { MaskOptions } from '../event/mask.ts';
import type { Item } from './digest.ts';

export interface NewsOptions {
  lang: 'en' | 'ja';
  style: 'dearu' | 'desumasu';
  /** Interest (`score` of a claim) from which something is worth a message. */
  least: number;
  /** Undefined: nothing is hidden. */
  mask?: MaskOptions;
  /** Address of the dashboard, without a slash at its end; undefined: no links. */
  dashboard?: string;
}

export interface News extends Item {
  /** The same for what was told already. */
  key: string;
}

/** Characters of one quotation. */
const QUOTED = 120;

/** The most interesting first. */
export function newsOf(observations: Observations, options: NewsOptions): News[] {
  const plan = planOf(observations);
  const write = (claim: Claim): Inline[] =>
    options.lang === 'ja'
      ? japanese(observations, { ...plan, headline: [claim] }, (plain, polite) =>
          options.style === 'dearu' ? plain : polite,
        )
      : english(observations, { ...plan, headline: [claim] });
  const show = options.mask
    ? shownWith(options.mask, options.lang)
    : (text: string, most: number) => visible(text.slice(0, most));
  const [open, close] = options.lang === 'ja' ? ['「', '」'] : ['“', '”'];
  const inlines = (found: Inline[]): string =>
    found
      .map((inline) => {
        if (typeof inline === 'string') return inline;
        if ('quoted' in inline) return `${open}${show(inline.quoted, inline.most ?? QUOTED)}${close}`;
        return 'strong' in inline ? inline.strong : inline.remark;
      })
      .join('');
  return observations.claims
    .filter((claim) => HEADLINES.has(claim.kind) && claim.score >= options.least && isNews(claim, observations))
    .map((claim) => ({
      key: keyOf(claim),
      kind: claim.kind,
      text: inlines(write(claim)) + fileOf(claim),
      score: Math.round(claim.score),
      ...(options.dashboard && claim.page ? { link: `${options.dashboard}${claim.page}` } : {}),
    }));
}

/** Which file: a sentence has no room for it, a message needs it. */
const fileOf = ({ kind, subject }: Claim): string =>
  kind === 'first seen' && subject.dimension === 'hash' ? ` ${visible(subject.value.slice(0, 64))}` : '';

/** A claim grows while its day goes on: what it is about makes it the same, not its numbers. */
function keyOf({ kind, subject }: Claim): string {
  const about = JSON.stringify(subject, (key, value: unknown) =>
    key === 'rule' || key === 'target' ? (value as { id: string }).id : value,
  );
  return createHash('sha256').update(`${kind}\0${about}`).digest('base64url').slice(0, 22);
}
