// A session as a row: when, who, how it got in, what it did.
import type { Session } from '../../src/web/schema.ts';
import { duration, moment, number } from '../format.ts';
import { hide } from '../mask.ts';
import { A } from '../router.tsx';
import { words } from '../words/words.ts';
import { Inert } from './inert.tsx';
import { Origin } from './origin.tsx';

export function SessionHead() {
  const w = words().sessions;
  return (
    <thead>
      <tr>
        <th scope="col">{w.started}</th>
        <th scope="col">{w.who}</th>
        <th scope="col">{w.login}</th>
        <th scope="col" class="n">
          {w.attempts}
        </th>
        <th scope="col" class="n">
          {w.commands}
        </th>
        <th scope="col" class="n">
          {w.files}
        </th>
        <th scope="col" class="n">
          {w.lasted}
        </th>
        <th scope="col">{w.client}</th>
      </tr>
    </thead>
  );
}

/** @param index place in the list, from 0 */
export function SessionLine({ row, index }: { row: Session; index: number }) {
  const w = words();
  hide(row.sensor);
  return (
    <tr class={row.loggedIn ? 'in' : undefined} aria-rowindex={index + 2}>
      <td>
        <A href={`/sessions/${row.id}`}>
          <span class="sr">{w.sessions.open} </span>
          {row.approximate && '≈ '}
          <time dateTime={new Date(row.started).toISOString()}>{moment(row.started)}</time>
        </A>
      </td>
      <td>
        <span class="line">
          {row.protocol && <span class="protocol">{row.protocol}</span>} <Inert text={row.address} most={40} />
        </span>
        <span class="line">
          <Origin {...row} />
        </span>
      </td>
      <td class="login-cell">
        {row.username !== undefined && (
          <>
            {row.loggedIn && <span class="kind k-succeeded">{w.kind.succeeded}</span>}
            <Inert text={row.username} most={32} />
            {row.password !== undefined && (
              <>
                <span class="slash"> / </span>
                <Inert text={row.password} most={32} />
              </>
            )}
          </>
        )}
      </td>
      <Count n={row.loginAttempts} label={w.sessions.attempts} />
      <Count n={row.commands} label={w.sessions.commands} />
      <Count n={row.downloads} label={w.sessions.files} />
      <td class="n" data-label={w.sessions.lasted}>
        {row.durationMs === undefined ? '–' : duration(row.durationMs)}
      </td>
      <td class="client">
        {row.recordings.length > 0 && (
          <span class="recorded" title={w.sessions.recorded}>
            <span class="sr">{w.sessions.recorded}</span>▶
          </span>
        )}
        <Inert text={row.client?.replace(/^SSH-2\.0-(?=.)/, '')} most={40} />
      </td>
    </tr>
  );
}

function Count({ n, label }: { n: number; label: string }) {
  return (
    <td class={n === 0 ? 'n zero' : 'n'} data-label={label}>
      {number(n)}
    </td>
  );
}
