// The vocabulary of the diary: what can be claimed about a day, each with its numbers, its evidence and the reason it is claimed.
import type { Dimension, Range, Totals } from '../observatory/store.ts';
import type { Group, Rule } from './knowledge.ts';
import type { Reason } from './session/verdict.ts';
import type { Technique } from './techniques.ts';
import type { World } from './world.ts';

/** An original event of the journal, unmasked: it is masked where it is written. */
export type Evidence = Record<string, unknown>;

interface About<Kind extends string, Subject, Numbers> {
  kind: Kind;
  subject: Subject;
  numbers: Numbers;
  /** One to three events, in order of time; none where a count is the evidence. */
  evidence: Evidence[];
  /** Interest, for the order in which things are told and for the headline: about 0 to 100. */
  score: number;
  /** Why it is claimed, in one English sentence with the test that was passed. */
  reason: string;
  /** Of claims that chance could fake: how often it would. Those that were believed share a false discovery rate. */
  p?: number;
  /** Sensor hours that the numbers stand for. Filled in by observe(). */
  hours?: number;
  /** Path and query of the API that gives the number. Filled in by observe(). */
  query?: string;
  /** Page of the dashboard that shows it. Filled in by observe(). */
  page?: string;
}

/** What can be new: a value of a dimension, the shape of a command, or a public key that a command leaves behind. */
export type Novel = Dimension | 'shape' | 'key';

/** A value that was never seen before. `at`: first time, ms. */
export type FirstSeen = About<'first seen', { dimension: Novel; value: string }, { count: number; at: number }> & {
  rules: Rule[];
};

/** How many values of a dimension were new. */
export type Novelty = About<'novelty', { dimension: Novel }, { fresh: number; atLeast: boolean }>;

/** Credentials that point to one kind of device, software or campaign. */
export type Target = About<'target', { rule: Rule }, { attempts: number; before?: number; firstSeen: number }> & {
  credentials: Credential[];
  clients: string[];
  isNew: boolean;
  /** False when its names only came by as a few of a long list: then nobody aimed at it. */
  aimed: boolean;
};

export interface Credential {
  username: string;
  password?: string;
  count: number;
  /** First time ever, ms. */
  firstSeen: number;
  /** The rules it matches, the most telling first. */
  rules: Rule[];
}

/** Login attempts in quick and even succession against one name or from one address. Times in ms. */
export type Burst = About<
  'burst',
  { username?: string; address?: string },
  {
    attempts: number;
    from: number;
    to: number;
    medianMs: number;
    usernames: number;
    passwords: number;
    /** How many of the passwords stand in the list of vendor defaults. */
    defaults: number;
    /** How many attempts tried the name itself as its password, or the name with something added. */
    derived: number;
  }
> & { passwords: string[]; telling: { password: string; rule: Rule }[] };

export type Measure = 'sessions' | 'addresses' | 'loginAttempts' | 'loginsSucceeded' | 'commands' | 'downloads';

/** Something usual that came more, or less, often than is usual, beyond chance. */
export type Change = About<'rise' | 'fall', { measure: Measure } | Value, ChangeNumbers>;

/** A value of a dimension. */
export interface Value {
  dimension: Dimension;
  value: string;
}

export interface ChangeNumbers {
  now: number;
  /** The period before. */
  before: number;
  /** Sensor hours. */
  hoursNow: number;
  hoursBefore: number;
  /** Against `expected`, which is what is usual in the hours that were watched. */
  factor: number;
  expected: number;
  /** Days that the usual is made of; 0: it is the period before alone. */
  days: number;
}

/** Hours in which far more came than usual in these hours. Times in ms. */
export type Surge = About<
  'surge',
  { measure: 'sessions' | 'loginAttempts' },
  {
    now: number;
    expected: number;
    factor: number;
    from: number;
    to: number;
    hours: number;
    weeks: number;
    days: number;
  }
>;

/** Something regular that stayed away for long and is back. Times in ms. */
export type Return = About<
  'return',
  Value,
  { count: number; at: number; absentDays: number; lastSeen: number; seenDays: number; ofDays: number }
> & { rules: Rule[] };

/** The session of the period that lasted longest, or in which most was typed. */
export type Extreme = About<
  'longest session' | 'deepest session',
  { sessionId: number; username?: string; address: string },
  { seconds: number; commands: number; at: number /** Only so many sessions before were looked at. */; among?: number }
> & {
  /** None before was longer, or deeper. */
  record: boolean;
};

/** Login attempts within a period of several days: the later half against the earlier. `middle`: ms. */
export type Trend = About<
  'trend',
  { direction: 'rise' | 'fall' },
  { early: number; late: number; middle: number; days: number }
> & { carriedBy?: { username: string; count: number } };

/** Sessions that got in and typed the same thing. */
export type Behaviour = About<
  'behaviour',
  { shape: string },
  { sessions: number; addresses: number; commands: number; variants: number }
> & {
  /** Never typed before. */
  isNew: boolean;
  commands: string[];
  rules: Rule[];
  credential?: { username: string; password: string };
  sessionId: number;
};

/** A file or address that was fetched or uploaded. */
export type Download = About<
  'download',
  { url?: string; hash?: string },
  { count: number; addresses: number; at: number }
> & { isNew: boolean; rules: Rule[] };

/** A silence too long for chance: the sensor, or its network, was probably away. Without a name: all of them. Times in ms. */
export type Gap = About<'gap', { sensor?: string }, { from: number; to: number; hours: number; expected: number }>;

/** An address logged in at once with what another had found by guessing. Times in ms. */
export type HandOff = About<
  'hand-off',
  { scanner: string; receiver: string; username: string; password: string },
  { found: number; used: number; guesses: number; others: number; commands: number; sessionId: number }
> & { sure: 'certain' | 'likely' };

/** Something worth a paragraph of its own. */
export type Curiosity = About<'curiosity', CuriositySubject, Record<string, number>>;

export type CuriositySubject =
  | { what: 'rule'; rule: Rule; value: string }
  | { what: 'own kind'; rule: Rule; client: string; target: Rule }
  | { what: 'one source'; address: string }
  | { what: 'long password'; username: string; password: string }
  | { what: 'by hand'; username: string; client?: string; commands: string[]; reasons: readonly Reason[] }
  | { what: 'long session'; username: string; commands: number };

/** Sessions that belong together (src/diary/campaign). `does`: in a few words, in both languages. */
export type CampaignClaim = About<
  'new campaign' | 'campaign grew' | 'campaign ended' | 'campaign moved' | 'tool changed',
  { key: string; name: string; does: { en: string; ja: string } },
  Record<string, number>
> & {
  /** Of a move or a changed tool: what most of it came from, or with, then and now. */
  change?: { what: 'network' | 'client' | 'file' | 'host'; from?: string; to: string };
};

export type Claim =
  | CampaignClaim
  | FirstSeen
  | Novelty
  | Target
  | Burst
  | Change
  | Surge
  | Return
  | Extreme
  | Trend
  | Behaviour
  | Download
  | Gap
  | Curiosity
  | HandOff;

export interface TopRow {
  value: string;
  count: number;
  /** Count in the period before; undefined when there is no such period. */
  before?: number;
  isNew: boolean;
  /** Of a network, its organisation. */
  name?: string;
}

export type TopDimension = 'username' | 'password' | 'pair' | 'command' | 'client' | 'address';

/** A MITRE ATT&CK technique and the typed lines that show it, among the most frequent of the period. */
export interface TechniqueRow {
  technique: Technique;
  count: number;
  /** Undefined when there is no such period. */
  before?: number;
}

/** Everything that an entry is written from. */
export interface Observations {
  range: Range;
  /** UTC days that the range touches: 1 only for one whole day. */
  days: number;
  /** Hours of the range. */
  span: number;
  /** The range reaches to the present: the entry is not complete. */
  unfinished: boolean;
  totals: Totals;
  /** Hours in which any sensor was watching, as far as the events show. */
  hours: number;
  /** The same, of all sensors together. */
  sensorHours: number;
  /** Hours of the range in which anything was recorded. */
  heard: number;
  /** Distinct addresses; undefined when the log came with masked ones, which tell nothing apart. */
  addresses?: number;
  /** The equally long period before, when anything was recorded in it. */
  before?: { range: Range; totals: Totals; hours: number };
  /** Why there is no comparison. */
  comparison: 'possible' | 'first days' | 'nothing recorded before';
  /** What is usual is known from so many days (0: from the period before alone), hour by hour of the week, of the day, or not. */
  baseline: { days: number; by: 'hour of the week' | 'hour of the day' | 'day' };
  /** Start of the observation, ms, when the store holds anything; and the days on record before the range. */
  beginning?: number;
  historyDays: number;
  /** Sessions (or login attempts, where lines came without their sessions) by hour or day; undefined where nobody watched. */
  rhythm: { unit: 'hour' | 'day'; measure: 'sessions' | 'attempts'; points: { at: number; value?: number }[] };
  /** Outline of the world for a map, when there is one. */
  world?: World;
  perDay: { at: number; sessions: number; attempts: number; succeeded: number; commands: number }[];
  tops: Record<TopDimension, TopRow[]>;
  /** Where sessions came from: every country, the largest networks, and of how many sessions it is known. */
  origins: {
    countries: TopRow[];
    networks: TopRow[];
    located: number;
    /** The registers that say so are more than a year younger than the events. */
    stale: boolean;
  };
  techniques: TechniqueRow[];
  claims: Claim[];
  /** Sessions that typed something, and in how many ways; not complete when there were more than are read. */
  typing: { sessions: number; ways: number; complete: boolean };
  /** Names tried on the first day on record, in order of time, when that day is in the range. */
  firstNames: string[];
  /** Names of the groups that targets may belong to. */
  groups: readonly Group[];
  environment: { sensors: string[]; restarts: number; approximate: boolean };
}
