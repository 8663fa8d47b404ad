// A conversation behind the first keys: made by its grammar, damaged, and held against a server whose keys cost nothing.
import { mutateBytes, mutateCase, mutateOrder } from '../mutate.ts';
import { Random, seedOf } from '../random.ts';
import type { Case, Target } from '../target.ts';
import { encode, type Message, mutateMessage } from './message.ts';
import { owner } from './owner.ts';
import { cut, frame, nullKey, nullProfile, opening, Pair } from './pair.ts';

/** A target for one phase: `conversation` makes what is right in it, `before` brings the server there. */
export function conversationTarget(
  conversation: (random: Random) => Message[],
  words: readonly string[],
  before: readonly Message[] = [],
): Target {
  const start = Buffer.concat([opening, ...before.map((message) => frame(encode(message)))]);
  const options = { profile: nullProfile, hostKeys: [nullKey] };
  return {
    make(random, corpus) {
      if (corpus.length > 0 && random.one(8)) return mutateCase(random.pick(corpus), random, corpus);
      const said = conversation(random);
      for (let times = 1 + random.below(3); times > 0; times--) {
        if (said.length === 0 || random.one(3)) mutateOrder(said, random, () => conversation(random));
        else {
          const at = random.below(said.length);
          said[at] = mutateMessage(said[at]!, random, words);
        }
      }
      const payloads = said.map(encode);
      if (payloads.length > 0 && random.one(4)) {
        const at = random.below(payloads.length);
        payloads[at] = mutateBytes(payloads[at]!, random);
      }
      return payloads;
    },
    run: (input: Case) => converse(start, input, options),
  };
}

async function converse(start: Buffer, input: Case, options: ConstructorParameters<typeof Pair>[2]): Promise<number> {
  const random = new Random(seedOf(input));
  const pair: Pair = new Pair(
    random,
    owner(() => pair),
    options,
  );
  pair.receive(start);
  pair.settle();
  await undefined;
  pair.settle();
  const packets = input.filter((payload) => payload.length > 0 && payload.length < 200_000).map(frame);
  for (const chunk of cut(Buffer.concat(packets), random)) {
    if (pair.closed) break;
    pair.receive(chunk);
    if (random.one(2)) await undefined;
  }
  pair.settle();
  await undefined;
  pair.end();
  pair.checkFrames();
  return pair.longest;
}
