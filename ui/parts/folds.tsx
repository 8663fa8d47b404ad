// Alike sessions as one line: what they did, how many there were, and a link to all of them.
import type { Folds } from '../../src/web/schema.ts';
import { useApi } from '../api.ts';
import { moment, number } from '../format.ts';
import { A, url } from '../router.tsx';
import { words } from '../words/words.ts';
import { Inert } from './inert.tsx';
import { Nothing, Show } from './states.tsx';
import type { Span } from './toplist.tsx';

/** Shapes of commands that one line shows. */
const SHAPES = 6;

export function FoldList({ span, limit = 60 }: { span: Span; limit?: number }) {
  const w = words();
  const answer = useApi<Folds>(url('/folds', { ...span, limit }));
  return (
    <Show answer={answer} lines={8}>
      {({ items }) =>
        items.length === 0 ? (
          <Nothing text={w.sessions.none} />
        ) : (
          <ol class="folds">
            {items.map((fold) => (
              <li key={fold.value}>
                <A href={url('/sessions', { behaviour: fold.value, ...span })} class="fold-count">
                  ×{number(fold.count)}
                </A>
                <div>
                  <p>
                    <span
                      class={`kind k-${fold.outcome === 'refused' || fold.outcome === 'silent' ? 'failed' : 'succeeded'}`}
                    >
                      {w.outcome[fold.outcome]}
                    </span>{' '}
                    <span class="protocol">{fold.protocol}</span>{' '}
                    {fold.client !== '' && <Inert text={fold.client} most={60} />}
                    {fold.logins > 0 && <span class="quiet"> · {w.sessions.atLeast(fold.logins)}</span>}
                  </p>
                  {fold.commands.length > 0 && (
                    <p class="fold-commands">
                      {fold.commands.slice(0, SHAPES).map((shape, index) => (
                        <code key={`${index}`}>
                          <Inert text={shape} most={90} />
                        </code>
                      ))}
                      {fold.commands.length > SHAPES && (
                        <span class="quiet">{w.sessions.more(fold.commands.length - SHAPES)}</span>
                      )}
                    </p>
                  )}
                  <p class="quiet">
                    {w.sessions.firstSeen(moment(fold.firstSeen))} ·{' '}
                    <A href={`/sessions/${fold.example.id}`}>{w.sessions.newestOfThem(moment(fold.example.started))}</A>
                  </p>
                </div>
              </li>
            ))}
          </ol>
        )
      }
    </Show>
  );
}
