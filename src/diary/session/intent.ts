// How far a session meant to go: from a look at the port to spreading, by its events and by its parsed commands, never by substring.

import type { SessionEvent } from '../../observatory/store.ts';
import { LONGEST_KEPT, type Techniques } from '../techniques.ts';
import type { Signs } from './signs.ts';

/** In the order in which an intrusion goes on. */
export const INTENTS = [
  'scan',
  'guess',
  'login',
  'discovery',
  'prepare',
  'persist',
  'load',
  'execute',
  'spread',
] as const;
export type Intent = (typeof INTENTS)[number];

/** What it was for, where the commands tell. */
export const PURPOSES = ['miner', 'flood', 'proxy', 'key', 'account', 'destruction'] as const;
export type Purpose = (typeof PURPOSES)[number];

export interface Step {
  intent: Intent;
  /** ATT&CK techniques that show it, and the first line that did; an event's id where no line is. */
  techniques: string[];
  line?: string;
  event?: string;
}

export interface Intents {
  /** The furthest. */
  intent: Intent;
  /** Every stage that was reached, in order. */
  steps: Step[];
  purposes: Purpose[];
}

const BY_TACTIC: Readonly<Record<string, Intent>> = {
  discovery: 'discovery',
  'credential-access': 'discovery',
  collection: 'discovery',
  'privilege-escalation': 'prepare',
  'defense-evasion': 'prepare',
  persistence: 'persist',
  impact: 'execute',
  'lateral-movement': 'spread',
  exfiltration: 'execute',
};
/** Where the tactic alone misleads: fetching is loading, guessing from here is spreading, a password change keeps the way in. */
const BY_TECHNIQUE: Readonly<Record<string, Intent>> = {
  T1105: 'load',
  T1110: 'spread',
  T1046: 'spread',
  'T1021.004': 'spread',
  T1531: 'persist',
  T1489: 'prepare',
  T1090: 'execute',
  T1572: 'execute',
  'T1497.001': 'discovery',
};
const PURPOSE: Readonly<Record<string, Purpose>> = {
  T1496: 'miner',
  'T1496.001': 'miner',
  T1498: 'flood',
  T1090: 'proxy',
  T1572: 'proxy',
  'T1098.004': 'key',
  T1098: 'account',
  'T1136.001': 'account',
  T1485: 'destruction',
};
/** Events that show a stage whatever was typed. */
const BY_EVENT: Readonly<Record<string, Intent>> = {
  'cowrie.session.file_download': 'load',
  'cowrie.session.file_download.failed': 'load',
  'cowrie.session.file_upload': 'load',
  'kansatsuki.session.download_request': 'load',
  'kansatsuki.session.binary': 'execute',
  'cowrie.direct-tcpip.request': 'execute',
  'kansatsuki.forward.request': 'execute',
};

/** Different lines that are read, and those of them whose reading is not kept for the next who asks. */
const MOST_LINES = 300;
const MOST_LONG = 10;

export function intentsOf(
  signs: Signs,
  events: readonly SessionEvent[],
  techniques: Pick<Techniques, 'read'>,
): Intents {
  const steps = new Map<Intent, Step>([['scan', { intent: 'scan', techniques: [] }]]);
  const purposes = new Set<Purpose>();
  const step = (intent: Intent, shown: { technique?: string; line?: string; event?: string }) => {
    let found = steps.get(intent);
    if (!found) {
      const { line, event } = shown;
      found = {
        intent,
        techniques: [],
        ...(line === undefined ? {} : { line }),
        ...(event === undefined ? {} : { event }),
      };
      steps.set(intent, found);
    }
    if (shown.technique !== undefined && found.techniques.length < 8 && !found.techniques.includes(shown.technique))
      found.techniques.push(shown.technique);
  };
  if (signs.tries.length > 0 || signs.keyOffered) step('guess', { event: 'cowrie.login.failed' });
  if (signs.loggedIn) step('login', { event: 'cowrie.login.success' });
  let long = MOST_LONG;
  for (const line of [...new Set(signs.lines)].slice(0, MOST_LINES)) {
    if (line.length > LONGEST_KEPT && --long < 0) continue;
    const reading = techniques.read(line);
    for (const { technique } of reading.techniques) {
      const intent = BY_TECHNIQUE[technique.id] ?? BY_TACTIC[technique.tactic];
      if (intent) step(intent, { technique: technique.id, line });
      const purpose = PURPOSE[technique.id];
      if (purpose) purposes.add(purpose);
    }
    if (reading.starts) step('execute', { technique: 'T1059.004', line });
  }
  for (const { eventid, fields } of events) {
    const intent = BY_EVENT[eventid];
    if (intent === undefined) continue;
    step(intent, { event: eventid });
    if (eventid === 'cowrie.direct-tcpip.request' || fields['kind'] === 'remote') purposes.add('proxy');
  }
  const ordered = INTENTS.flatMap((intent) => steps.get(intent) ?? []);
  return { intent: ordered.at(-1)!.intent, steps: ordered, purposes: [...purposes] };
}
