// Alike sessions as one line: what they did, how many there were, and a link to all of them.
import type { FoldSurvey } from '../../src/web/schema.ts';
import { useGrowing } from '../api.ts';
import { moment, number } from '../format.ts';
import { A, url } from '../router.tsx';
import { words } from '../words/words.ts';
import { Inert } from './inert.tsx';
import { Nothing, Show } from './states.tsx';

/** Shapes of commands that one line shows. */
const SHAPES = 6;

/** @param filters under the names of the API */
export function FoldList({ filters, limit = 60 }: { filters: Partial<Record<string, string>>; limit?: number }) {
  const w = words();
  const answer = useGrowing<FoldSurvey>(url('/survey/folds', { ...filters, limit }));
  return (
    <Show answer={answer} lines={8}>
      {({ items, sessions, done }) =>
        items.length === 0 && done ? (
          <Nothing text={w.sessions.none} hint={w.sessions.noneHint} />
        ) : (
          <>
            <p class="quiet list-count" role="status">
              {done
                ? w.sessions.foldedOf(items.length, sessions, items.length === limit)
                : w.sessions.countedIn(sessions)}
            </p>
            <ol class="folds">
              {items.map((fold) => (
                <li key={fold.value}>
                  <A href={url('/sessions', { ...filters, behaviour: fold.value })} class="fold-count">
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
                      <A href={`/sessions/${fold.example.id}`}>
                        {w.sessions.newestOfThem(moment(fold.example.started))}
                      </A>
                    </p>
                  </div>
                </li>
              ))}
            </ol>
          </>
        )
      }
    </Show>
  );
}
