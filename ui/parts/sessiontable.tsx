// Sessions as rows: when, who, how it got in, what it did.
import type { Session } from '../../src/web/schema.ts';
import { duration, moment, number } from '../format.ts';
import { hide } from '../mask.ts';
import { A } from '../router.tsx';
import { words } from '../words/words.ts';
import { Inert } from './inert.tsx';
import { Origin } from './origin.tsx';

export function SessionTable({ items }: { items: readonly Session[] }) {
  const w = words();
  for (const { sensor } of items) hide(sensor);
  return (
    <table class="sessions">
      <thead>
        <tr>
          <th scope="col">{w.sessions.started}</th>
          <th scope="col">{w.sessions.who}</th>
          <th scope="col">{w.sessions.login}</th>
          <th scope="col" class="n">
            {w.sessions.attempts}
          </th>
          <th scope="col" class="n">
            {w.sessions.commands}
          </th>
          <th scope="col" class="n">
            {w.sessions.files}
          </th>
          <th scope="col" class="n">
            {w.sessions.lasted}
          </th>
          <th scope="col">{w.sessions.client}</th>
        </tr>
      </thead>
      <tbody>
        {items.map((row) => (
          <tr key={row.id} class={row.loggedIn ? 'in' : undefined}>
            <td>
              <A href={`/sessions/${row.id}`}>
                <span class="sr">{w.sessions.open} </span>
                {row.approximate && '≈ '}
                <time dateTime={new Date(row.started).toISOString()}>{moment(row.started)}</time>
              </A>
            </td>
            <td>
              {row.protocol && <span class="protocol">{row.protocol}</span>} <Inert text={row.address} most={40} />
              <Origin {...row} />
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
              <Inert text={row.client} most={40} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Count({ n, label }: { n: number; label: string }) {
  return (
    <td class={n === 0 ? 'n zero' : 'n'} data-label={label}>
      {number(n)}
    </td>
  );
}
