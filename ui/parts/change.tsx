// How a count has changed against the period of the same length before: more, fewer, or never seen until now.
import { number } from '../format.ts';
import { words } from '../words/words.ts';
import type { Span } from './toplist.tsx';

/** The period of the same length just before, where the record holds all of it: else nothing can be said. */
export function periodBefore({ from, to }: Span, first: number | undefined): { from: number; to: number } | undefined {
  if (from === undefined || to === undefined || first === undefined) return undefined;
  const start = from - (to - from);
  return start >= first ? { from: start, to: from } : undefined;
}

interface Props {
  count: number;
  before: number;
  /** Never seen before the range. */
  fresh: boolean;
}

export function Change({ count, before, fresh }: Props) {
  const w = words().explore.change;
  const by = count - before;
  const [sign, said] = fresh
    ? [w.fresh, w.freshLong]
    : by === 0
      ? ['±0', w.same(before)]
      : by > 0
        ? [`+${number(by)}`, w.more(by, before)]
        : [`−${number(-by)}`, w.fewer(-by, before)];
  return (
    <span class={fresh ? 'change fresh' : 'change'} title={said}>
      <span aria-hidden="true">{sign}</span>
      <span class="sr">, {said}</span>
    </span>
  );
}
