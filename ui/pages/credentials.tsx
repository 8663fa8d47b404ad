// Credentials: which user names are tried with which passwords, the most frequent of both, and what was tried for the first time.
import type { Matrix } from '../../src/web/schema.ts';
import { useApi } from '../api.ts';
import { number } from '../format.ts';
import { Inert, inert } from '../parts/inert.tsx';
import { RangePicker, rangeFrom } from '../parts/range.tsx';
import { Nothing, Show } from '../parts/states.tsx';
import { type Span, TopList } from '../parts/toplist.tsx';
import { A, url } from '../router.tsx';
import { words } from '../words/words.ts';

export function Credentials({ query }: { query: URLSearchParams }) {
  const w = words();
  const { span, preset } = rangeFrom(query);
  return (
    <>
      <header class="page-head">
        <h1>{w.credentials.title}</h1>
        <RangePicker query={query} preset={preset} span={span} path="/credentials" />
      </header>
      <Pairs span={span} />
      <div class="tops">
        {(['username', 'password', 'pair'] as const).map((dimension) => (
          <TopList key={dimension} dimension={dimension} span={span} limit={20} exports />
        ))}
      </div>
    </>
  );
}

function Pairs({ span }: { span: Span }) {
  const w = words();
  const answer = useApi<Matrix>(url('/matrix', { ...span, usernames: 14, passwords: 14 }));
  return (
    <section class="sheet matrix">
      <h2>{w.credentials.matrix}</h2>
      <p class="quiet">{w.credentials.matrixLead}</p>
      <Show answer={answer} lines={8}>
        {({ usernames, passwords, counts }) => {
          if (usernames.length === 0) return <Nothing />;
          const most = Math.max(1, ...counts.flat());
          return (
            <div class="scroll">
              <table>
                <caption class="sr">{w.credentials.matrix}</caption>
                <thead>
                  <tr>
                    <th scope="col">
                      <span class="sr">{w.dimension.username}</span>
                    </th>
                    {passwords.map((password) => (
                      <th key={password} scope="col" class="matrix-password">
                        <span>
                          <Inert text={password} most={16} />
                        </span>
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {usernames.map((username, row) => (
                    <tr key={username}>
                      <th scope="row">
                        <Inert text={username} most={20} />
                      </th>
                      {passwords.map((password, column) => {
                        const count = counts[row]![column]!;
                        return (
                          <td key={password} class={count > most / 3 ? 'matrix-much' : undefined}>
                            {count > 0 && (
                              <A
                                href={url('/sessions', { username, password, ...span })}
                                aria-label={`${inert(username, 40)} / ${inert(password, 40)}: ${number(count)}`}
                              >
                                <svg viewBox="0 0 10 10" aria-hidden="true">
                                  <rect
                                    width="10"
                                    height="10"
                                    rx="1"
                                    fill-opacity={Math.max(0.08, Math.sqrt(count / most))}
                                  />
                                </svg>
                                <span class="matrix-count">{number(count)}</span>
                              </A>
                            )}
                          </td>
                        );
                      })}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          );
        }}
      </Show>
    </section>
  );
}
