// What can be said of one session: human or bot, the tool, how far it meant to go; each with its reasons.
import type { TtyRecord } from '../../event/tty.ts';
import type { SessionDetail } from '../../observatory/store.ts';
import type { Knowledge } from '../knowledge.ts';
import type { Rule } from '../rule.ts';
import { type Intents, intentsOf } from './intent.ts';
import { signsOf } from './signs.ts';
import type { Identification } from './tool.ts';
import { type Verdict, verdictOf } from './verdict.ts';

export interface Judgement {
  verdict: Verdict;
  tool: Identification;
  intents: Intents;
}

/** Lines that are looked up in the rules. */
const LINES = 100;

/**
 * Pure, and bounded: of any number of events, the first lines and login attempts count.
 * @param recordings of its terminals, where they are at hand: records in order of time
 */
export function judge(
  session: SessionDetail,
  knowledge: Knowledge,
  recordings: readonly (readonly TtyRecord[])[] = [],
): Judgement {
  const signs = signsOf(session, session.events, recordings);
  const typed = new Set<Rule>();
  for (const command of new Set(signs.lines.slice(0, LINES)))
    for (const rule of knowledge.about({ command })) typed.add(rule);
  const tool = knowledge.tools.identify(signs.conduct, [...typed]);
  const known = [...typed].some(({ kind }) => kind === 'campaign' || kind === 'tool');
  return {
    verdict: verdictOf(signs, tool, known),
    tool,
    intents: intentsOf(signs, session.events, knowledge.techniques),
  };
}
