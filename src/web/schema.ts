// The API's vocabulary as zod schemas: queries are parsed by them, the OpenAPI document is made of them, the pages take their types.

import { z } from 'zod';
import { INTENTS, PURPOSES } from '../diary/session/intent.ts';
import { REASONS } from '../diary/session/verdict.ts';
import { PROTOCOLS } from '../event/event.ts';
import { scope, shown } from './passes.ts';

/** Text of the journal as recorded: hostile. */
const hostile = z.string();
const count = z.number().int().min(0);
export const at = z.number().describe('Milliseconds since the epoch (UTC)');

// Milliseconds or a date; analysts write `from=2026-08-21`.
const moment = z
  .union([
    z
      .string()
      .regex(/^-?\d{1,16}$/)
      .transform(Number),
    z
      .string()
      .regex(/^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:?\d\d)?)?$/)
      .transform((text) => Date.parse(/T/.test(text) && !/(Z|[+-]\d\d:?\d\d)$/.test(text) ? `${text}Z` : text)),
  ])
  .pipe(z.number().min(-8.64e15).max(8.64e15))
  .describe('Milliseconds since the epoch, or YYYY-MM-DD[THH:MM[:SS]][Z]');

const whole = (least: number, most: number, usual: number) =>
  z.coerce.number().int().min(least).max(most).default(usual);
const yesNo = z.enum(['true', 'false']).transform((text) => text === 'true');
const text = z.string().max(4096);

export const rangeQuery = z.object({
  from: moment.optional().describe('Start, included'),
  to: moment.optional().describe('End, not included'),
});

export const exportFormat = z.enum(['json', 'csv', 'ndjson']).default('json');

export const dimension = z.enum([
  'username',
  'password',
  'pair',
  'command',
  'address',
  'client',
  'hassh',
  'url',
  'hash',
  'sensor',
  'protocol',
  'country',
  'asn',
]);
export const bucket = z.enum(['minute', 'hour', 'day']);

export const topQuery = rangeQuery.extend({ limit: whole(1, 10_000, 20), format: exportFormat });
export const timelineQuery = rangeQuery.extend({
  bucket: bucket.optional().describe('Default: what gives at most 500 points'),
});

export const cursor = z
  .string()
  .regex(/^[\w.~-]{1,128}$/)
  .optional()
  .describe('`next` of the page before');
const newestCursor = z
  .string()
  .regex(/^\d{1,14}\.\d{1,9}$/)
  .optional()
  .describe('`next` of the page before');
export const outcome = z
  .enum(['silent', 'refused', 'login', 'command', 'download'])
  .describe('How far a session came: no login tried, none granted, in, a command, a file');
const zone = z
  .string()
  .max(64)
  .refine((name) => {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
    } catch {
      return false;
    }
  }, 'this time zone is not known');
export const rowDimension = z.enum(['address', 'sensor', 'protocol', 'country', 'asn', 'client', 'hassh', 'behaviour']);
export const campaignKey = z.string().regex(/^[a-z2-7]{8}$/, 'expected eight letters or digits from 2 to 7');
const sessionsFilter = rangeQuery.extend({
  address: text.optional(),
  country: text
    .transform((code) => code.toUpperCase())
    .optional()
    .describe('ISO 3166-1 alpha-2'),
  asn: text
    .transform((asn) => asn.toUpperCase().replace(/^(?=\d)/, 'AS'))
    .optional()
    .describe('Autonomous system: AS15169 or 15169'),
  username: text.optional(),
  password: text.optional(),
  client: text.optional(),
  hassh: text.optional(),
  hash: text.optional().describe('SHA-256 of a file'),
  url: text.optional().describe('Asked for'),
  protocol: z.enum(PROTOCOLS).optional(),
  sensor: text.optional(),
  outcome: outcome.optional(),
  behaviour: text.optional().describe('`value` of a fold'),
  campaign: campaignKey.optional().describe('`key` of a campaign'),
  weekday: z.coerce.number().int().min(0).max(6).optional().describe('Begun on this day of the week, 0 for Monday'),
  hour: z.coerce.number().int().min(0).max(23).optional().describe('Begun in this hour of the day'),
  zone: zone.optional().describe('IANA name of the time zone of weekday and hour; default UTC'),
  eventid: text.optional().describe('At least one event of this id'),
  loggedIn: yesNo.optional().describe('Reached a shell'),
  withCommands: yesNo.optional().describe('At least one command'),
  command: text.optional().describe('Words of a command'),
});
export const sessionsQuery = sessionsFilter.extend({ limit: whole(1, 500, 50), cursor, format: exportFormat });
const facetName = z.enum([...dimension.options, 'eventid', 'outcome']);
export const facetsQuery = sessionsFilter.extend({
  limit: whole(1, 50, 8),
  cursor,
  names: z
    .string()
    .transform((names) => names.split(','))
    .pipe(z.array(facetName).max(facetName.options.length))
    .optional()
    .describe('Facets wanted, with commas between; default: those that tell sessions apart best'),
});
export const foldsQuery = sessionsFilter.extend({ limit: whole(1, 1000, 100), cursor });
export const surveyQuery = facetsQuery
  .omit({ cursor: true })
  .extend({ clock: zone.default('UTC').describe('IANA name of the time zone of the heat map') });
export const foldSurveyQuery = foldsQuery.omit({ cursor: true });
export const crossingsQuery = sessionsFilter.extend({ limit: whole(1, 200, 30), cursor });
export const attackerKind = z.enum(['address', 'asn', 'country', 'client', 'hassh']);
export const attackersQuery = rangeQuery.extend({ limit: whole(1, 200, 40), format: exportFormat });
export const historyQuery = rangeQuery.extend({ value: text });
export const wordlistsQuery = rangeQuery.extend({
  limit: whole(1, 100, 30),
  format: z.enum(['ndjson', 'csv']).default('ndjson'),
});
export const rareDimension = z.enum(['username', 'password', 'command', 'client', 'hassh']);
export const rareQuery = z.object({
  limit: whole(1, 1_000, 60),
  most: whole(1, 100, 2).describe('At most so often'),
  cursor: newestCursor,
  format: exportFormat,
});
export const pageLimit = whole(1, 1000, 200);
export const heatMapQuery = rangeQuery.extend({
  zone: zone.default('UTC').describe('IANA name of the time zone'),
  what: z.enum(['sessions', 'loginsFailed', 'loginsSucceeded', 'commands', 'downloads']).default('sessions'),
});
export const matrixQuery = rangeQuery.extend({ usernames: whole(1, 40, 12), passwords: whole(1, 40, 12) });

export const feedQuery = z.object({
  limit: whole(1, 500, 100),
  after: z.coerce.number().int().min(0).optional().describe('Only items that came later than this id, oldest first'),
});
export const limitQuery = rangeQuery.extend({ limit: whole(1, 1000, 100) });
export const campaignsQuery = rangeQuery.extend({
  order: z
    .enum(['last', 'sessions', 'addresses', 'first'])
    .default('last')
    .describe('Descending: by last session, by size, by addresses, or by first session'),
  limit: whole(1, 200, 50),
  cursor,
  format: exportFormat,
});
const sampleKind = z.enum(['empty', 'program', 'script', 'archive', 'image', 'document', 'key', 'text', 'data']);
export const samplesQuery = z.object({
  limit: whole(1, 100, 25),
  cursor: newestCursor,
  kind: z
    .enum([...sampleKind.options, 'gone'])
    .optional()
    .describe('By its first bytes; gone: not kept here'),
  origin: text.optional().describe('Part of where it was fetched from, of its path, or who brought it'),
  format: exportFormat,
});
export const diaryQuery = z.object({
  lang: z.enum(['en', 'ja']).optional(),
  format: z.enum(['html', 'md']).default('html'),
});
export const settingsQuery = z.object({
  lang: z.enum(['en', 'ja']).optional().describe('Of what the keys are for'),
});
const ofSession = {
  session: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .describe('Number of the session, for the terminal’s size and the commands'),
};
const mask = z.enum(['none', 'circles']).optional();
export const recordingQuery = z.object({
  ...ofSession,
  idle: z.coerce.number().min(0.1).max(3600).optional().describe('Longest pause in seconds'),
  mask: mask.describe('`circles` hides addresses and our own names, digit by digit'),
  raw: z
    .enum(['true', 'false'])
    .optional()
    .describe('With titles, links, clipboard texts and whatever else acts on a terminal'),
});
export const transcriptQuery = z.object({ ...ofSession, mask });
export const replayPageQuery = z.object({
  ...ofSession,
  lang: z.enum(['en', 'ja']).optional(),
  mask: mask.describe('`none` hides nothing'),
});
export const recordingsQuery = z.object({ recent: whole(0, 100, 50).describe('How many of the latest sessions') });
export const followQuery = z.object({ mask });

/** A recording that is being made. */
export const runningRecording = z.object({
  name: z.string(),
  session: z.string(),
  kind: z.enum(['interactive', 'exec']),
  started: at,
  /** Of the last output or key. */
  changed: at,
  bytes: count,
  id: z.number().optional().describe('Number of the session, once it is stored'),
  address: hostile.optional(),
});
export const totals = z.object({
  events: count,
  sessions: count,
  addresses: count,
  loginsFailed: count,
  loginsSucceeded: count,
  commands: count,
  downloads: count,
  first: at.optional(),
  last: at.optional(),
});
export const eventCounts = z.object({ items: z.array(z.object({ eventid: z.string(), count })) });
export const timelinePoint = z.object({
  at,
  sessions: count,
  loginsFailed: count,
  loginsSucceeded: count,
  commands: count,
  downloads: count,
});
export const timeline = z.object({
  from: at,
  to: at,
  bucket,
  points: z.array(timelinePoint).describe('Buckets without anything are left out'),
});
/** Where an address comes from, as far as it is known. */
const origin = {
  country: z.string().optional().describe('ISO 3166-1 alpha-2'),
  asn: z.number().int().optional().describe('Number of the autonomous system'),
  asName: hostile.optional().describe('Its organisation'),
  hostName: hostile.optional().describe('Forward-confirmed reverse DNS, where it is turned on'),
  scanner: z.string().optional().describe('The research scanner that it belongs to'),
};
export const counted = z.object({
  value: hostile,
  count,
  firstSeen: at.describe('First time ever seen, not only in the range'),
  username: hostile.optional().describe('Of a pair'),
  password: hostile.optional().describe('Of a pair'),
  ...origin,
});
export const counts = z.object({ dimension, items: z.array(counted) });
export const changes = z.object({
  dimension,
  items: z.array(counted.extend({ before: count.describe('In the period of the same length just before') })),
});
const facetCount = z.object({ value: hostile, count });
export const facets = z.object({
  sessions: count,
  facets: z.record(z.string(), z.array(facetCount)),
  begun: z.array(z.tuple([at, count])).describe('Quarters of an hour with the sessions counted that began in them'),
  next: z.string().optional().describe('There is more than one answer reads: ask on, and add the counts'),
});
export const heatMap = z.object({
  zone: z.string(),
  counts: z.array(z.array(count)).describe('Seven weekdays from Monday, of 24 hours each'),
});
export const survey = z.object({
  sessions: count.describe('Counted so far, the newest first'),
  done: z.boolean(),
  facets: z.record(z.string(), z.array(facetCount)),
  from: at,
  to: at,
  bucket: z.enum(['quarter', 'hour', 'day']),
  timeline: z.array(z.tuple([at, count])).describe('Buckets with the sessions that began in them'),
  heat: z.array(z.array(count)).describe('Sessions by weekday from Monday and hour'),
  first: at.optional().describe('Quarter of an hour of the first session'),
  last: at.optional().describe('Quarter of an hour of the last session'),
});
const pair = { username: hostile, password: hostile };
export const wordlists = z.object({
  items: z.array(
    z.object({
      tries: z.array(z.object(pair)).describe('The longest of them, in its order'),
      addresses: count,
      members: z.array(
        z.object({
          address: hostile,
          length: count.describe('Different pairs'),
          first: at,
          last: at,
          prefix: count.describe('Pairs at the beginning that are those of the list'),
          shared: count.describe('Pairs that are on the list'),
          inOrder: count.describe('Of those, how many come in its order'),
          own: z.array(z.object(pair)).describe('Pairs that are not on it, at most 20'),
          ownCount: count,
        }),
      ),
    }),
  ),
  examined: count.describe('Addresses read so far'),
  of: count,
  done: z.boolean(),
});
export const rare = z.object({ dimension: rareDimension, items: z.array(counted), next: z.string().optional() });
const days = z.array(z.tuple([z.string(), count])).describe('UTC days on which it came, and how often');
export const attackers = z.object({
  kind: attackerKind,
  from: at.describe('Of the days'),
  to: at,
  items: z.array(
    counted.extend({ before: count.optional().describe('In the period of the same length before'), days }),
  ),
});
export const history = z.object({ from: at, to: at, days });
const usual = z.object({
  count,
  samples: count.describe('Earlier spans that it is compared with'),
  median: z.number().optional(),
  mad: z.number().optional().describe('Median absolute deviation'),
});
const pulseWindow = z.object({
  from: at,
  to: at,
  basis: z.enum(['week', 'day']).describe('The same span of earlier weeks, or of earlier days'),
  sessions: usual,
  loginsFailed: usual,
  loginsSucceeded: usual,
  commands: usual,
  downloads: usual,
});
export const pulse = z.object({ hour: pulseWindow, day: pulseWindow });
export const matrix = z.object({
  usernames: z.array(hostile),
  passwords: z.array(hostile),
  counts: z.array(z.array(count)).describe('By user name, then password'),
});
export const crossings = z.object({
  items: z.array(z.object({ a: hostile, b: hostile, sessions: count })),
  sessions: count,
  next: z.string().optional(),
});
export const relations = z.object({
  address: hostile,
  sessions: count,
  firstSeen: at,
  days: z.array(z.tuple([z.string(), count])).describe('UTC days with their sessions'),
  examined: count.describe('Of the newest sessions, so many were looked through'),
  complete: z.boolean(),
  values: z.record(z.string(), z.array(facetCount)),
});
export const addressParams = z.object({ address: z.string().min(1).max(128) });
/** One address found a pair by guessing, another logged in with it at once. */
export const handOffs = z.object({
  items: z.array(
    z.object({
      scanner: hostile,
      receiver: hostile,
      username: hostile,
      password: hostile,
      sure: z
        .enum(['certain', 'likely'])
        .describe('Certain: the sensor gave the pair to the scanner alone (`@decoy/N` of the userdb)'),
      found: at.describe('When the scanner got in with it'),
      used: at,
      guesses: count.describe('Pairs that the scanner had tried in vain before'),
      others: count.describe('Other addresses that ever tried the pair'),
      commands: count.describe('Of the session that used it'),
      scannerSession: z.number().int(),
      receiverSession: z.number().int(),
    }),
  ),
});
export const tries = z.object({
  items: z.array(
    z.object({
      at,
      username: hostile,
      password: hostile.optional(),
      success: z.boolean(),
      sessionId: z.number().int(),
    }),
  ),
  next: z.string().optional(),
});
export const session = z.object({
  id: z.number().int().describe('The store’s own number'),
  sensor: z.string(),
  session: z.string(),
  protocol: z.enum(PROTOCOLS).optional(),
  address: hostile,
  ...origin,
  port: z.number().optional(),
  destinationPort: z.number().optional(),
  started: at,
  ended: at.optional(),
  durationMs: z.number().optional(),
  client: hostile.optional(),
  hassh: hostile.optional(),
  username: hostile.optional(),
  password: hostile.optional(),
  loggedIn: z.boolean(),
  loginAttempts: count,
  commands: count,
  downloads: count,
  recordings: z.array(z.string()),
  approximate: z.boolean().describe('Times were guessed on import'),
});
const fold = z.object({
  value: hostile.describe('For the filter `behaviour`'),
  protocol: z.string(),
  client: hostile,
  outcome,
  logins: count.describe('At least so many login attempts, and less than four times as many'),
  commands: z.array(hostile).describe('Shapes of the commands: what varies is abstracted'),
  count,
  firstSeen: at,
  example: session,
});
export const folds = z.object({
  items: z.array(fold),
  sessions: count.describe('Ended sessions that were counted'),
  next: z.string().optional().describe('There is more than one answer reads: ask on, and add the counts'),
});
const soFar = { sessions: count.describe('Counted so far'), done: z.boolean() };
export const foldSurvey = z.object({ items: z.array(fold), ...soFar });
export const recordings = z.object({
  running: z.array(runningRecording),
  recent: z
    .array(session.extend({ kept: z.array(z.string()).describe('Of its recordings, those that are still there') }))
    .describe('The latest sessions of which a recording is kept, newest first'),
});
export type Recordings = z.infer<typeof recordings>;

export const sessions = z.object({ items: z.array(session), next: z.string().optional() });
export const reading = z.object({
  techniques: z.array(
    z.object({
      id: z.string().describe('MITRE ATT&CK id'),
      spans: z.array(z.tuple([count, count])).describe('Characters of the line that show it: from, to'),
    }),
  ),
  decoded: z
    .array(z.object({ how: z.string(), text: hostile, bytes: count }))
    .describe('What the line had encoded, the outermost first'),
});
export const sessionEvent = z.object({
  at,
  eventid: z.string(),
  fields: z.record(z.string(), z.unknown()),
  reading: reading.optional().describe('Of a typed line: what it says'),
});
const inTwoLanguages = z.object({ en: z.string(), ja: z.string() });
const ruleName = z.object({ id: z.string().describe('Id of a rule'), name: inTwoLanguages });
/** Who sat behind a session, with what, and how far it meant to go. */
export const judgement = z.object({
  who: z.enum(['human', 'bot', 'unclear']).describe('`unclear`: it cannot be told'),
  human: z.number().min(0).max(1).describe('From 0, a program, to 1, a person'),
  reasons: z
    .array(
      z.object({
        name: z.enum(REASONS),
        weight: z.number().describe('Log-odds: above 0 for a person'),
        numbers: z.record(z.string(), z.number()),
      }),
    )
    .describe('The weightiest first'),
  recordings: count.describe('Terminal recordings that were read for it'),
  tools: z
    .array(
      ruleName.extend({
        layer: z.enum(['program', 'library', 'client']),
        note: inTwoLanguages,
        source: z.string(),
        sure: z.enum(['certain', 'likely', 'possible']),
        by: z.array(z.enum(['client', 'hassh', 'conduct', 'commands'])).describe('What gave it away'),
      }),
    )
    .describe('The most telling first'),
  masquerade: z
    .object({ says: ruleName, is: ruleName })
    .optional()
    .describe('The version string names one client, the HASSH is that of another'),
  intent: z.enum(INTENTS).describe('The furthest stage'),
  steps: z
    .array(
      z.object({
        intent: z.enum(INTENTS),
        techniques: z.array(z.string()).describe('MITRE ATT&CK ids that show it'),
        line: hostile.optional().describe('The first line that does'),
        event: z.string().optional().describe('Id of the first event that does, where no line was typed'),
      }),
    )
    .describe('Every stage that was reached, in order'),
  purposes: z.array(z.enum(PURPOSES)),
});
const said = z.object({ en: z.string(), ja: z.string() });
export const campaign = z.object({
  key: campaignKey.describe('Stays for ever; the filter `campaign`'),
  name: z.string().describe('Two words made of the key'),
  words: said.describe('What most tells it, in words'),
  trait: z.object({
    kind: z.enum(['key', 'script', 'file', 'host', 'list']),
    text: z.string().optional(),
    size: count.optional().describe('Credentials or commands'),
  }),
  client: z.string().optional(),
  sessions: count.describe('Within the range'),
  addresses: count,
  networks: count,
  countries: count,
  first: at,
  last: at,
  since: at.describe('When there were enough of them to be called a campaign'),
  days: z
    .array(z.object({ day: z.string(), sessions: count, visits: count.describe('An address with one client') }))
    .describe('UTC days with any, ascending'),
});
export const campaigns = z.object({ items: z.array(campaign), next: z.string().optional() });
const shared = { visits: count.describe('Visits that showed it'), first: at, last: at };
export const campaignDetail = campaign.extend({
  explanation: z.array(said).describe('Why it is one'),
  formerKeys: z.array(campaignKey).describe('Keys of campaigns that turned out to be this one'),
  visits: count.describe('What one address did with one client on one UTC day'),
  clients: z.array(z.object({ client: hostile, hassh: hostile.optional(), visits: count })),
  places: z.object({
    countries: z.array(z.object({ value: z.string(), addresses: count })),
    networks: z.array(z.object({ value: z.string(), name: hostile.optional(), addresses: count })),
  }),
  hosts: z.array(
    z.object({
      address: hostile,
      sessions: count,
      country: z.string().optional(),
      asn: z.string().optional(),
      asName: hostile.optional(),
    }),
  ),
  lists: z.array(z.object({ value: z.array(z.tuple([hostile, hostile])).describe('In order'), ...shared })),
  scripts: z.array(z.object({ value: z.array(hostile), session: z.number().int(), ...shared })),
  keys: z.array(z.object({ value: hostile, comment: hostile.optional(), ...shared })),
  files: z.array(z.object({ value: hostile.describe('SHA-256'), ...shared })),
  origins: z.array(z.object({ value: hostile.describe('Host that files were fetched from'), ...shared })),
  everyMs: z.number().optional().describe('About how long it waits between two tries'),
  techniques: z.array(z.object({ id: z.string(), name: said })),
  evidence: z.array(session).describe('Its newest sessions'),
});
export const sessionDetail = session.extend({
  campaign: campaign.optional().describe('The campaign that it belongs to'),
  judgement: judgement.optional().describe('Absent where no rules are at hand'),
  behaviour: hostile.optional().describe('What it has in common with alike sessions: the filter `behaviour`'),
  events: z.array(sessionEvent),
  techniques: z
    .array(
      z.object({
        id: z.string(),
        name: z.object({ en: z.string(), ja: z.string() }),
        tactic: z.string(),
        lines: count,
      }),
    )
    .describe('MITRE ATT&CK techniques of its lines'),
  removed: z
    .array(z.object({ name: z.string(), at, reason: z.string() }))
    .describe('Recordings and samples of it that retention has removed'),
  truncated: z.boolean().describe('Only the first 20,000 events are given'),
});
export const feedItem = z.object({
  id: z.number().int(),
  at,
  eventid: z.string(),
  sensor: z.string(),
  session: z.string(),
  sessionId: z.number().int().optional(),
  address: hostile,
  country: z.string().optional().describe('Of the address, ISO 3166-1 alpha-2'),
  protocol: z.enum(PROTOCOLS).optional(),
  message: hostile,
});
export const feed = z.object({ items: z.array(feedItem) });
export const download = z.object({
  at,
  hash: z.string().optional(),
  bytes: count.optional().describe('Of a file that lay beside an imported log'),
  url: hostile.optional(),
  sessionId: z.number().int(),
  address: hostile,
  path: hostile.optional(),
});
export const sample = z.object({
  hash: hostile.describe('SHA-256'),
  count: count.describe('How often it came'),
  firstSeen: at,
  lastSeen: at.optional().describe('Of what is still stored'),
  sessionId: z.number().int().optional().describe('The last session that brought it'),
  address: hostile.optional().describe('Who brought it first'),
  urls: z.array(hostile).describe('Where it was fetched from, the first time and the last'),
  path: hostile.optional().describe('Where it was put first'),
  stored: z.boolean().describe('Whether the file is kept here'),
  bytes: count.optional(),
  kind: sampleKind.optional().describe('By its first bytes'),
  detail: hostile.optional().describe('Format and machine, or interpreter'),
  removed: z.object({ at, reason: z.string() }).optional().describe('When and why retention removed it'),
});
export const samples = z.object({ items: z.array(sample), next: z.string().optional() });
export const downloads = z.object({ items: z.array(download) });
export const diary = z.object({
  date: z.string(),
  lang: z.enum(['en', 'ja']),
  title: z.string(),
  text: z.string().describe('HTML fragment without script or style, or Markdown'),
});
export const remarks = z.object({
  text: z.string().max(65_536).describe('Markdown: paragraphs, lists, **strong** and `code`'),
});
export const health = z.object({
  version: z.string(),
  now: at,
  upSeconds: z.number(),
  store: z.object({
    bytes: count,
    schema: count,
    sources: z.array(z.object({ path: z.string(), offset: count, size: count, at })),
  }),
  lastEvent: at.optional(),
  disk: z.object({ freeBytes: count, totalBytes: count, reserveBytes: count }).optional(),
  process: z.object({ residentBytes: count, loopDelayP99Ms: z.number() }),
  viewers: count,
  sensorEvents: z.array(z.object({ eventid: z.string(), count })).describe('Our own events of the last day'),
  storage: z
    .array(z.object({ what: z.enum(['journal', 'recordings', 'samples']), bytes: count, files: count }))
    .describe('What is kept beside the store; counted every ten minutes, empty before the first count'),
  sensors: z
    .array(z.object({ name: hostile, sessionsDay: count, sessionsMonth: count }))
    .describe('Sensors of the last 30 days, at most 30, with their sessions of the last 24 hours and of the 30 days'),
  silenceMs: count.optional().describe('Longest time of the last day without a session, in whole quarters of an hour'),
  troubles: z
    .array(z.object({ at, sentence: hostile, half: z.enum(['sensor', 'observer']) }))
    .describe('What went wrong in our own processes: the latest, oldest first'),
  counts: z.object({ events: count, duplicates: count, malformed: count }).optional(),
  keeping: z
    .object({
      head: z
        .object({ n: count, hash: z.string() })
        .optional()
        .describe('Last line of the journal’s chain: note it elsewhere'),
      ranAt: at.optional(),
      removed: z.array(z.object({ what: z.string(), count, bytes: count, reason: z.string() })),
    })
    .optional()
    .describe('What retention sealed and removed since the start'),
});
export const geo = z.object({
  sources: z.array(
    z.object({
      name: z.string(),
      path: z.string().optional().describe('Of the operator’s file; bundled data have none'),
      built: at.optional(),
      licence: z.string().optional(),
      attribution: z.array(z.string()).describe('To be shown with what comes of the data'),
      notice: z.string().optional(),
      gives: z.object({ country: z.boolean(), asn: z.boolean() }),
      records: count,
    }),
  ),
  scanners: z.object({ count, date: z.string() }),
  here: z.string().optional().describe('Country of the sensor, where the operator tells it'),
});
export const settings = z.object({
  language: z.enum(['en', 'ja']),
  entries: z.array(z.object({ key: z.string(), value: z.string(), changed: z.boolean(), about: z.string() })),
});
const handed = {
  id: z.string(),
  name: z.string(),
  at: at.describe('When it was made'),
  used: at.optional().describe('Last use, to the day'),
};
const token = z.object({ ...handed, ends: at.optional(), scope });
export const tokens = z.object({ items: z.array(token) });
export const madeToken = token.extend({ secret: z.string().describe('Told this once') });
const share = z.object({ ...handed, ends: at, shown });
export const shares = z.object({
  items: z.array(share.extend({ page: z.string().optional().describe('The page that it opens; none: that is gone') })),
});
export const madeShare = share.extend({ path: z.string().describe('The link, behind the address of this dashboard') });
export const me = z.object({
  kind: z.enum(['operator', 'token', 'share']),
  name: z.string().optional().describe('Of the token, or as the proxy says'),
  scope: scope.optional(),
  ends: at.optional(),
  shows: z.enum(['session', 'diary', 'replay', 'dashboard']).optional(),
  page: z.string().optional().describe('The page that the link opens; none: what it showed is gone'),
});
export const problem = z.object({ error: z.string(), password: z.boolean().optional() });

export type Dimension = z.infer<typeof dimension>;
export type Bucket = z.infer<typeof bucket>;
export type Totals = z.infer<typeof totals>;
export type Timeline = z.infer<typeof timeline>;
export type TimelinePoint = z.infer<typeof timelinePoint>;
export type Counted = z.infer<typeof counted>;
export type Counts = z.infer<typeof counts>;
export type Session = z.infer<typeof session>;
export type Sessions = z.infer<typeof sessions>;
export type Folds = z.infer<typeof folds>;
export type Survey = z.infer<typeof survey>;
export type FoldSurvey = z.infer<typeof foldSurvey>;
export type Fold = z.infer<typeof fold>;
export type Wordlists = z.infer<typeof wordlists>;
export type Rare = z.infer<typeof rare>;
export type AttackerKind = z.infer<typeof attackerKind>;
export type Attackers = z.infer<typeof attackers>;
export type History = z.infer<typeof history>;
export type Changes = z.infer<typeof changes>;
export type Facets = z.infer<typeof facets>;
export type HeatMap = z.infer<typeof heatMap>;
export type Pulse = z.infer<typeof pulse>;
export type Matrix = z.infer<typeof matrix>;
export type Relations = z.infer<typeof relations>;
export type Tries = z.infer<typeof tries>;
export type HandOffs = z.infer<typeof handOffs>;
export type SessionDetail = z.infer<typeof sessionDetail>;
export type Judgement = z.infer<typeof judgement>;
export type Reading = z.infer<typeof reading>;
export type SessionEvent = z.infer<typeof sessionEvent>;
export type FeedItem = z.infer<typeof feedItem>;
export type Feed = z.infer<typeof feed>;
export type Downloads = z.infer<typeof downloads>;
export type Diary = z.infer<typeof diary>;
export type Health = z.infer<typeof health>;
export type Geo = z.infer<typeof geo>;
export type Settings = z.infer<typeof settings>;
export type Tokens = z.infer<typeof tokens>;
export type MadeToken = z.infer<typeof madeToken>;
export type Shares = z.infer<typeof shares>;
export type MadeShare = z.infer<typeof madeShare>;
export type Me = z.infer<typeof me>;
export type Problem = z.infer<typeof problem>;
/** A message of the live stream. */
export interface LiveMessage {
  items: FeedItem[];
}
export type Campaign = z.infer<typeof campaign>;
export type Campaigns = z.infer<typeof campaigns>;
export type CampaignDetail = z.infer<typeof campaignDetail>;
export type Sample = z.infer<typeof sample>;
export type Samples = z.infer<typeof samples>;
