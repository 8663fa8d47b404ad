// What the operator has handed out: links and tokens in force, with their end, and how to make and revoke them; and other browsers.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { MadeToken, Shares, Tokens } from '../../src/web/schema.ts';
import { post, remove, useApi } from '../api.ts';
import { dateTime, fullDay } from '../format.ts';
import { A } from '../router.tsx';
import { words } from '../words/words.ts';
import { Choice } from './choice.tsx';
import { Inert } from './inert.tsx';
import { Secret, ShareButton } from './sharebutton.tsx';
import { Show } from './states.tsx';

export function Handed() {
  return (
    <>
      <SharedLinks />
      <ProgramTokens />
      <Browsers />
    </>
  );
}

function SharedLinks() {
  const w = words().share;
  const [version, set] = useState(0);
  const answer = useApi<Shares>('/shares', version);
  const again = () => set((n) => n + 1);
  return (
    <section id="links">
      <h2>{w.title}</h2>
      <p class="quiet">{w.about}</p>
      <ShareButton show={{ kind: 'dashboard' }} onMade={again} />
      <Show answer={answer} lines={2}>
        {({ items }) => (
          <List head={[w.shows, w.made, w.ends, w.used]} none={w.none} rows={items.length}>
            {items.map(({ id, shown, page, at, ends, used }) => (
              <tr key={id}>
                <td>{page ? <A href={page}>{w.kind[shown.kind]}</A> : `${w.kind[shown.kind]} (${w.gone})`}</td>
                <td>{fullDay(at)}</td>
                <td>{dateTime(ends)}</td>
                <td>{used === undefined ? w.never : fullDay(used)}</td>
                <Revoke path={`/shares/${id}`} onDone={again} />
              </tr>
            ))}
          </List>
        )}
      </Show>
    </section>
  );
}

function ProgramTokens() {
  const w = words().share;
  const [version, set] = useState(0);
  const [scope, setScope] = useState<'read' | 'all'>('read');
  const [days, setDays] = useState<'30' | '365' | 'none'>('365');
  const [made, setMade] = useState<MadeToken>();
  const [error, setError] = useState<string>();
  const answer = useApi<Tokens>('/tokens', version);
  const again = () => set((n) => n + 1);
  const make = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const name = new FormData(form).get('name');
    post<MadeToken>('/tokens', { name, scope, ...(days === 'none' ? {} : { days: Number(days) }) }).then(
      (token) => {
        setMade(token);
        setError(undefined);
        form.reset();
        again();
      },
      (failure: Error) => setError(failure.message),
    );
  };
  return (
    <section id="tokens">
      <h2>{w.tokens}</h2>
      <p class="quiet">
        {w.tokensAbout} <code>Authorization: Bearer …</code>
      </p>
      <form class="token-form" onSubmit={make}>
        <label>
          {w.name} <input name="name" required maxLength={80} autocomplete="off" />
        </label>
        <Choice
          label={w.scope}
          options={[
            ['read', w.read],
            ['all', w.all],
          ]}
          value={scope}
          onChoose={setScope}
        />
        <Choice
          label={w.days}
          options={[
            ['30', w.dayCount(30)],
            ['365', w.dayCount(365)],
            ['none', w.forever],
          ]}
          value={days}
          onChoose={setDays}
        />
        <button type="submit">{w.makeToken}</button>
      </form>
      {made && <Secret label={made.name} text={made.secret} />}
      {error && (
        <p class="failure" role="alert">
          {error}
        </p>
      )}
      <Show answer={answer} lines={2}>
        {({ items }) => (
          <List head={[w.name, w.scope, w.made, w.ends, w.used]} none={w.noTokens} rows={items.length}>
            {items.map(({ id, name, scope: may, at, ends, used }) => (
              <tr key={id}>
                <td>
                  <Inert text={name} />
                </td>
                <td>{may === 'all' ? w.all : w.read}</td>
                <td>{fullDay(at)}</td>
                <td>{ends === undefined ? w.forever : dateTime(ends)}</td>
                <td>{used === undefined ? w.never : fullDay(used)}</td>
                <Revoke path={`/tokens/${id}`} onDone={again} />
              </tr>
            ))}
          </List>
        )}
      </Show>
    </section>
  );
}

function Browsers() {
  const w = words().share;
  const [done, setDone] = useState<string>();
  const out = () =>
    void post('/logout', { everywhere: true }).then(
      () => setDone(w.loggedOut),
      (failure: Error) => setDone(failure.message),
    );
  return (
    <section>
      <h2>{w.browsers}</h2>
      <p class="quiet">{w.browsersAbout}</p>
      <p>
        <button type="button" onClick={out}>
          {w.logOut}
        </button>{' '}
        <span role="status">{done}</span>
      </p>
    </section>
  );
}

interface ListProps {
  head: readonly string[];
  none: string;
  rows: number;
  children: ComponentChildren;
}

function List({ head, none, rows, children }: ListProps) {
  if (rows === 0) return <p class="quiet">{none}</p>;
  return (
    <div class="scroll">
      <table class="handed">
        <thead>
          <tr>
            {head.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
            <td />
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

function Revoke({ path, onDone }: { path: string; onDone: () => void }) {
  return (
    <td>
      <button type="button" class="plain" onClick={() => void remove(path).then(onDone, onDone)}>
        {words().share.revoke}
      </button>
    </td>
  );
}
