// The entry of a day or a period: observed, planned, written in a language, rendered, masked, and checked for leaks.
import { hostname } from 'node:os';
import type { Config } from '../config/config.ts';
import { type MaskOptions, maskText } from '../event/mask.ts';
import type { Range, Store } from '../observatory/store.ts';
import type { Claim, Observations } from './claim.ts';
import { dayOf, isoDay, parseDay } from './day.ts';
import { writeEnglish } from './english/entry.ts';
import { toHtml } from './html.ts';
import { writeJapanese } from './japanese/entry.ts';
import { type Knowledge, loadKnowledge } from './knowledge.ts';
import { toMarkdown } from './markdown.ts';
import { observe } from './observe.ts';
import { gate, hiddenHosts } from './share.ts';
import { shownWith } from './shown.ts';
import { visibleJson } from './visible.ts';

export type Lang = 'en' | 'ja';
export type Format = 'md' | 'html' | 'json';

export interface DiaryOptions {
  /** Whole UTC days, ms. */
  range?: Range;
  /** One UTC day, `YYYY-MM-DD`, in place of a range. */
  date?: string;
  lang: Lang;
  /** `html` is a fragment, an <article>; html.ts makes a page of it. */
  format: Format;
  config: { diary: Pick<Config['diary'], 'mask' | 'style'> };
  /** ms; a range that ends later is written as unfinished. */
  now: number;
  /** Key of the aliases, and names to hide besides the host's and the sensors'. */
  masking?: Pick<MaskOptions, 'key' | 'hosts'>;
  knowledge?: Knowledge;
}

export interface Diary {
  title: string;
  text: string;
  /** Unmasked: for the operator's own eyes. */
  claims: Claim[];
}

let rules: Knowledge | undefined;

/**
 * Writes the entry. Same store, options and rules: same text.
 * @throws RangeError for a date that is none; LeakError when masking missed an address or a name.
 */
export function writeDiary(store: Store, options: DiaryOptions): Diary {
  const range = rangeOf(options);
  const { lang, format, config } = options;
  const observations = observe(store, range, options.knowledge ?? (rules ??= loadKnowledge()), options.now);
  const mask: MaskOptions = {
    style: config.diary.mask,
    key: options.masking?.key,
    hosts: hiddenHosts([hostname(), ...observations.environment.sensors, ...(options.masking?.hosts ?? [])]),
  };
  // Ten rows of ○○○.○○○.○○○.○○○ tell nothing.
  if (mask.style === 'circles') observations.tops.address = [];
  const entry = lang === 'ja' ? writeJapanese(observations, config.diary.style) : writeEnglish(observations);
  const shown = shownWith(mask, lang);
  const text =
    format === 'md'
      ? toMarkdown(entry, shown)
      : format === 'html'
        ? toHtml(entry, shown, lang, `figure-${isoDay(range.from)}`)
        : `${visibleJson(JSON.stringify(plain(entry.title, observations, mask), undefined, 2))}\n`;
  gate(text, store, range, mask);
  return { title: entry.title, text, claims: observations.claims };
}

function rangeOf({ range, date }: DiaryOptions): Range {
  if (range) return range;
  const at = date === undefined ? undefined : parseDay(date);
  if (at === undefined) throw new RangeError(`expected a date as YYYY-MM-DD, found ${JSON.stringify(date)}`);
  return dayOf(at);
}

/** The observations as data: rules by their id, every text masked. */
function plain(
  title: string,
  { range, environment, groups: _, world: __, ...rest }: Observations,
  mask: MaskOptions,
): unknown {
  const data = {
    title,
    from: isoDay(range.from),
    to: isoDay(range.to - 1),
    ...rest,
    environment: { ...environment, sensors: environment.sensors.length },
  };
  return JSON.parse(
    JSON.stringify(data, (key, value: unknown) => {
      // Links into the operator's own dashboard, with values as they are.
      if (key === 'query' || key === 'page') return undefined;
      if (key === 'rule' || key === 'target') return isRule(value) ? value.id : value;
      if (key === 'rules' && Array.isArray(value)) return value.map((rule) => (isRule(rule) ? rule.id : rule));
      return typeof value === 'string' ? maskText(value, mask) : value;
    }),
  );
}

const isRule = (value: unknown): value is { id: string } =>
  typeof value === 'object' && value !== null && 'id' in value && 'source' in value;
