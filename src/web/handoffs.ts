// What an address was told by another, and to whom it told what it had found.
import { guessableBy } from '../diary/handoff/guessable.ts';
import { handOffsOf } from '../diary/handoff/handoff.ts';
import type { WebOptions } from './options.ts';
import { type Route, route } from './route.ts';
import * as schema from './schema.ts';

export function handOffs({ store, knowledge }: WebOptions): Route[] {
  const guessable = knowledge && guessableBy(knowledge);
  return [
    route({
      path: '/addresses/{address}/hand-offs',
      summary: 'Passwords that it was handed by another address, and those it found that others used',
      params: schema.addressParams,
      response: schema.handOffs,
      handle: (_, __, { address }) => ({ items: guessable ? handOffsOf(store, address, guessable) : [] }),
    }),
  ];
}
