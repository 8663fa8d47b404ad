// The day's hand-offs as claims, with the try that found the pair and the one that used it as evidence.
import type { HandOff } from '../claim.ts';
import type { Context } from '../context.ts';
import { guessableBy } from './guessable.ts';
import { handOffsIn } from './handoff.ts';

export function handOffs({ store, range, knowledge }: Context): HandOff[] {
  return handOffsIn(store, range, guessableBy(knowledge)).map((one): HandOff => {
    const { scanner, receiver, username, password, sure, found, used, guesses, others, commands } = one;
    const value = `${username}\0${password}`;
    const quote = (at: number) =>
      store.evidence({ range: { from: at, to: at + 3_600_000 }, dimension: 'pair', value }, 1);
    return {
      kind: 'hand-off',
      subject: { scanner, receiver, username, password },
      numbers: { found, used, guesses, others, commands, sessionId: one.receiverSession },
      sure,
      evidence: [...quote(found), ...quote(used)],
      score: (sure === 'certain' ? 44 : 26) + Math.min(6, commands),
      reason:
        sure === 'certain'
          ? `the sensor gave the pair to ${scanner} alone, and ${receiver} knew it at its first try`
          : `${scanner} found the pair after ${guesses} guesses in vain, ${receiver} knew it at its first try, ${others} other addresses ever tried it`,
    };
  });
}
