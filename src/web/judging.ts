// Human or bot, the tool, the stage of one session, as the API says it; recordings are read as far as they tell.

import type { Knowledge, Rule } from '../diary/knowledge.ts';
import { judge } from '../diary/session/judge.ts';
import { readTty, type TtyRecord } from '../event/tty.ts';
import type { SessionDetail } from '../observatory/store.ts';
import type * as schema from './schema.ts';

/** Of a session's terminals, and bytes of each: how somebody types shows early. */
const MOST_RECORDINGS = 4;
const MOST_BYTES = 2 << 20;

/** @param open the bytes of a recording; rejects when it is not kept here */
export async function judged(
  session: SessionDetail,
  knowledge: Knowledge,
  open: (name: string) => Promise<Uint8Array>,
): Promise<schema.Judgement> {
  const recordings: TtyRecord[][] = [];
  for (const name of session.recordings.slice(0, MOST_RECORDINGS))
    try {
      recordings.push(readTty((await open(name)).subarray(0, MOST_BYTES), true).records);
    } catch {
      // It is gone, or never was: the events tell what they can.
    }
  const { verdict, tool, intents } = judge(session, knowledge, recordings);
  return {
    ...verdict,
    recordings: recordings.length,
    tools: tool.tools.map(({ rule, sure, by }) => ({
      ...named(rule),
      layer: rule.layer,
      note: rule.note,
      source: rule.source,
      sure,
      by,
    })),
    ...(tool.masquerade ? { masquerade: { says: named(tool.masquerade.says), is: named(tool.masquerade.is) } } : {}),
    ...intents,
  };
}

const named = ({ id, name }: Rule) => ({ id, name });
