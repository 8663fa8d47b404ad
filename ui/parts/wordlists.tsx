// Wordlists: lists that several addresses tried in the same order, and what each of them left out or added.
import type { Wordlists } from '../../src/web/schema.ts';
import { useGrowing } from '../api.ts';
import { moment, number } from '../format.ts';
import { A, url } from '../router.tsx';
import { apiUrl } from '../share.ts';
import { words } from '../words/words.ts';
import { Inert } from './inert.tsx';
import { Nothing, Show } from './states.tsx';
import type { Span } from './toplist.tsx';

type Family = Wordlists['items'][number];
type Pair = Family['tries'][number];

const SHOWN = 12;

export function WordlistsOf({ span }: { span: Span }) {
  const w = words();
  const answer = useGrowing<Wordlists>(url('/wordlists', { ...span }));
  return (
    <section class="wordlists">
      <div class="list-head">
        <p class="quiet">{w.credentials.wordlistsLead}</p>
        <span class="exports">
          <a
            href={apiUrl(url('/wordlists', { ...span, format: 'csv' }))}
            download
            aria-label={`${w.explore.download} CSV: ${w.credentials.shown.wordlists}`}
          >
            csv
          </a>
        </span>
      </div>
      <Show answer={answer} lines={8}>
        {({ items, examined, of, done }) => (
          <>
            <p class="quiet counting" role="status">
              {done ? w.credentials.compared(examined) : w.credentials.comparing(examined, of)}
            </p>
            {done && items.length === 0 && <Nothing text={w.credentials.noWordlists} />}
            {items.map((family, index) => (
              <One key={`${index}`} family={family} span={span} />
            ))}
          </>
        )}
      </Show>
    </section>
  );
}

function One({ family: { tries, addresses, members }, span }: { family: Family; span: Span }) {
  const w = words().credentials;
  return (
    <section class="sheet wordlist">
      <h2>{w.list(addresses, tries.length)}</h2>
      <div class="wordlist-columns">
        <Tries tries={tries} span={span} />
        <div class="scroll">
          <Members members={members.slice(0, SHOWN)} whole={tries.length} span={span} />
          {members.length > SHOWN && (
            <details>
              <summary>{words().sessions.more(addresses - SHOWN)}</summary>
              <Members members={members.slice(SHOWN)} whole={tries.length} span={span} />
              {addresses > members.length && <p class="quiet">{words().sessions.more(addresses - members.length)}</p>}
            </details>
          )}
        </div>
      </div>
    </section>
  );
}

function Members({ members, whole, span }: { members: Family['members']; whole: number; span: Span }) {
  const w = words().credentials;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{words().sessions.address}</th>
          <th scope="col" class="n">
            {w.tried}
          </th>
          <th scope="col">{w.differs}</th>
          <th scope="col">{words().samples.firstSeen}</th>
        </tr>
      </thead>
      <tbody>
        {members.map((member) => (
          <tr key={member.address}>
            <td>
              <A href={`/addresses/${encodeURIComponent(member.address)}`}>
                <Inert text={member.address} most={45} />
              </A>
            </td>
            <td class="n">
              <A href={url('/sessions', { address: member.address, ...span })}>{number(member.length)}</A>
            </td>
            <td>
              <Difference member={member} whole={whole} />
            </td>
            <td>
              <time dateTime={new Date(member.first).toISOString()}>{moment(member.first)}</time>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Difference({ member, whole }: { member: Family['members'][number]; whole: number }) {
  const w = words().credentials;
  const { length, prefix, shared, inOrder, own, ownCount } = member;
  if (prefix === whole && length === whole) return <>{w.same}</>;
  if (prefix === length) return <>{w.beginning(length, whole)}</>;
  return (
    <>
      {w.common(prefix)}
      {inOrder < shared && `; ${w.otherOrder(shared - inOrder)}`}
      {shared < whole && `; ${w.without(whole - shared)}`}
      {ownCount > 0 && (
        <details>
          <summary>{w.own(ownCount)}</summary>
          <ol class="tries-plain">
            {own.map((pair) => (
              <li key={`${pair.username}\0${pair.password}`}>
                <PairText pair={pair} />
              </li>
            ))}
          </ol>
        </details>
      )}
    </>
  );
}

function Tries({ tries, span }: { tries: readonly Pair[]; span: Span }) {
  const list = (some: readonly Pair[], start: number) => (
    <ol class="tries-plain" start={start}>
      {some.map((pair) => (
        <li key={`${pair.username}\0${pair.password}`}>
          <A href={url('/sessions', { ...pair, ...span })}>
            <PairText pair={pair} />
          </A>
        </li>
      ))}
    </ol>
  );
  return (
    <div>
      {list(tries.slice(0, SHOWN), 1)}
      {tries.length > SHOWN && (
        <details>
          <summary>{words().sessions.more(tries.length - SHOWN)}</summary>
          {list(tries.slice(SHOWN), SHOWN + 1)}
        </details>
      )}
    </div>
  );
}

const PairText = ({ pair: { username, password } }: { pair: Pair }) => (
  <>
    <Inert text={username} most={40} />
    <span class="slash"> / </span>
    <Inert text={password} most={40} />
  </>
);
