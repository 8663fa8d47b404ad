// The entry of a day or a period: observed, planned, written in a language, rendered, masked, and checked for leaks.
import type { Config } from '../config/config.ts';
import { type MaskOptions, maskText } from '../event/mask.ts';
import type { Range, Store } from '../observatory/store.ts';
import type { Claim, Observations } from './claim.ts';
import { isoDay } from './day.ts';
import { writeEnglish } from './english/entry.ts';
import { toHtml } from './html.ts';
import { writeJapanese } from './japanese/entry.ts';
import { rangeOfKey } from './keys.ts';
import { type Knowledge, loadKnowledge } from './knowledge.ts';
import { toMarkdown } from './markdown.ts';
import { observe } from './observe.ts';
import { remarkBlocks } from './remark.ts';
import { gate, hiddenNames, knownIn } from './share.ts';
import { shownWith } from './shown.ts';
import { visibleJson } from './visible.ts';

export type Lang = 'en' | 'ja';
export type Format = 'md' | 'html' | 'json';

export interface DiaryOptions {
  /** ms; default: that of `date`. */
  range?: Range;
  /** A UTC day, week or month: `2026-11-24`, `2026-W48`, `2026-11`. */
  date?: string;
  lang: Lang;
  /** `html` is a fragment, an <article>; html.ts makes a page of it. */
  format: Format;
  config: { diary: Pick<Config['diary'], 'mask' | 'style'> };
  /** ms; a range that ends later is written as unfinished. */
  now: number;
  /** Key of the aliases, and names to hide besides the host's and the sensors'. */
  masking?: Pick<MaskOptions, 'key' | 'hosts'>;
  /** The operator's own remarks, Markdown. */
  remarks?: string;
  knowledge?: Knowledge;
}

export interface Diary {
  title: string;
  text: string;
  /** Unmasked: for the operator's own eyes. */
  claims: Claim[];
}

let rules: Knowledge | undefined;

/** What an entry is written from, in every language and form. */
export interface Observed {
  store: Store;
  observations: Observations;
  mask: MaskOptions;
}

/**
 * Writes the entry. Same store, options and rules: same text.
 * @throws RangeError for a date that is none; LeakError when masking missed an address or a name.
 */
export function writeDiary(store: Store, options: DiaryOptions): Diary {
  return compose(observed(store, options), options);
}

/** @throws RangeError for a date that is none */
export function observed(
  store: Store,
  options: Pick<DiaryOptions, 'range' | 'date' | 'config' | 'now' | 'masking' | 'knowledge'>,
): Observed {
  const { config, masking, now } = options;
  const observations = observe(store, rangeOf(options), options.knowledge ?? (rules ??= loadKnowledge()), now);
  const mask: MaskOptions = {
    style: config.diary.mask,
    key: masking?.key,
    hosts: hiddenNames(store, masking?.hosts),
    known: knownIn(store),
  };
  // Ten rows of ○○○.○○○.○○○.○○○ tell nothing.
  if (mask.style === 'circles') observations.tops.address = [];
  return { store, observations, mask };
}

/** @throws LeakError when masking missed an address or a name */
export function compose(
  { store, observations, mask }: Observed,
  { lang, format, config, remarks = '' }: Pick<DiaryOptions, 'lang' | 'format' | 'config' | 'remarks'>,
): Diary {
  const blocks = remarkBlocks(remarks);
  const entry =
    lang === 'ja' ? writeJapanese(observations, config.diary.style, blocks) : writeEnglish(observations, blocks);
  const shown = shownWith(mask, lang);
  const text =
    format === 'md'
      ? toMarkdown(entry, shown)
      : format === 'html'
        ? toHtml(entry, shown, lang, `figure-${isoDay(observations.range.from)}`)
        : `${visibleJson(JSON.stringify(plain(entry.title, observations, mask), undefined, 2))}\n`;
  gate(text, store, mask);
  return { title: entry.title, text, claims: observations.claims };
}

function rangeOf({ range, date }: Pick<DiaryOptions, 'range' | 'date'>): Range {
  const found = range ?? (date === undefined ? undefined : rangeOfKey(date));
  if (found === undefined)
    throw new RangeError(
      `expected a day, week or month (2026-11-24, 2026-W48, 2026-11), found ${JSON.stringify(date)}`,
    );
  return found;
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
