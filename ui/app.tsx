// The frame of every page: masthead, navigation, how it is viewed; and which page is shown.
import type { ComponentChild } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Counts, Me } from '../src/web/schema.ts';
import { type ApiError, get, onLoginNeeded, post } from './api.ts';
import { dateTime } from './format.ts';
import { Keys } from './keys.tsx';
import { useLive } from './live.ts';
import { hide } from './mask.ts';
import { Explore } from './pages/explore.tsx';
import { Login } from './pages/login.tsx';
import { Now } from './pages/now.tsx';
import { SessionsPage } from './pages/sessions.tsx';
import { Choice } from './parts/choice.tsx';
import { Foot } from './parts/foot.tsx';
import { later } from './parts/later.tsx';
import { Nothing, Waiting } from './parts/states.tsx';
import { Zone } from './parts/zone.tsx';
import { A, cameBack, decoded, go, type Place, usePlace } from './router.tsx';
import { change, onChange, settings } from './settings.ts';
import { base, leadsTo, shared, showing } from './share.ts';
import { words } from './words/words.ts';

const NAV = [
  ['now', '/'],
  ['explore', '/explore'],
  ['sessions', '/sessions'],
  ['attackers', '/attackers'],
  ['replay', '/replay'],
  ['credentials', '/credentials'],
  ['samples', '/samples'],
  ['campaigns', '/campaigns'],
  ['diary', '/diary'],
  ['health', '/health'],
] as const;

// The first load holds what is looked at first; each of the others comes when it is wanted.
const AddressPage = later(() => import('./pages/address.tsx').then((page) => page.AddressPage));
const AttackerPage = later(() => import('./pages/attackers.tsx').then((page) => page.AttackerPage));
const AttackersPage = later(() => import('./pages/attackers.tsx').then((page) => page.AttackersPage));
const CampaignPage = later(() => import('./pages/campaigns.tsx').then((page) => page.CampaignPage));
const CampaignsPage = later(() => import('./pages/campaigns.tsx').then((page) => page.CampaignsPage));
const Credentials = later(() => import('./pages/credentials.tsx').then((page) => page.Credentials));
const DiaryPage = later(() => import('./pages/diary.tsx').then((page) => page.DiaryPage));
const HealthPage = later(() => import('./pages/health.tsx').then((page) => page.HealthPage));
const Replay = later(() => import('./pages/replay.tsx').then((page) => page.Replay));
const SamplePage = later(() => import('./pages/samples.tsx').then((page) => page.SamplePage));
const SamplesPage = later(() => import('./pages/samples.tsx').then((page) => page.SamplesPage));
const SessionPage = later(() => import('./pages/session.tsx').then((page) => page.SessionPage));

function pageOf({ path, query }: Place): [title: string, page: ComponentChild] {
  const w = words();
  const [, section = '', rest, value] = path.split('/');
  switch (section) {
    case '':
      return [w.now.title, <Now />];
    case 'explore':
      return [w.explore.title, <Explore query={query} />];
    case 'sessions':
      return rest === undefined
        ? [w.sessions.title, <SessionsPage query={query} />]
        : [w.session.title, <SessionPage id={rest} />];
    case 'credentials':
      return [w.credentials.title, <Credentials query={query} />];
    case 'samples':
      return rest === undefined
        ? [w.samples.title, <SamplesPage query={query} />]
        : [w.samples.title, <SamplePage key={path} hash={decoded(rest)} />];
    case 'campaigns':
      return rest === undefined
        ? [w.campaigns.title, <CampaignsPage query={query} />]
        : [w.campaigns.title, <CampaignPage id={rest} />];
    case 'addresses':
      return [w.address.title, <AddressPage key={path} address={decoded(rest ?? '')} />];
    case 'attackers':
      return rest === undefined
        ? [w.attackers.title, <AttackersPage query={query} />]
        : [w.attackers.title, <AttackerPage key={path} kind={rest} value={decoded(value ?? '')} query={query} />];
    case 'replay':
      return [w.replay.title, <Replay name={rest ?? ''} query={query} />];
    case 'diary':
      return [w.diary.title, <DiaryPage date={rest} />];
    case 'health':
      return [w.health.title, <HealthPage />];
    default:
      return [w.notFoundPage, <Nothing page text={w.notFoundPage} hint={<A href="/">{w.home}</A>} />];
  }
}

export function App() {
  const [, redraw] = useState(0);
  const [login, setLogin] = useState<ApiError>();
  const place = usePlace();
  useEffect(() => onChange(() => redraw((n) => n + 1)), []);
  useEffect(() => onLoginNeeded(setLogin), []);
  // Every name of ours is known before a picture is taken, on whatever page.
  useEffect(() => {
    if (!settings.mask || login || base !== '') return;
    void get<Counts>('/top/sensor?limit=1000').then(
      ({ items }) => {
        for (const { value } of items) hide(value);
        redraw((n) => n + 1);
      },
      () => {},
    );
  }, [settings.mask, login]);
  const me = useMe();
  // What the link does not show is not even asked for.
  const [title, page] = me === 'ended' || !leadsTo(place.path) ? [words().name] : pageOf(place);
  useEffect(() => {
    document.title = `${title} · ${words().name}`;
  }, [title]);
  useEffect(() => {
    // Back leads to where the reader was, which the browser and the page know.
    if (!cameBack()) scrollTo(0, 0);
  }, [place.path]);
  if (login)
    return <Login password={login.password} invalid={place.query.has('login')} onDone={() => setLogin(undefined)} />;

  const w = words();
  return (
    <>
      <a class="skip" href="#content">
        {w.skip}
      </a>
      <header class="masthead">
        <A href="/" class="mark">
          <img src="/icon.svg" width="28" height="28" alt="" />
          <span class="mark-name">{w.name}</span>
          <span class="mark-sub">{w.subtitle}</span>
        </A>
        <nav aria-label={w.name}>
          {NAV.filter(([, href]) => leadsTo(href)).map(([name, href]) => (
            <A href={href} aria-current={isHere(place.path, href) ? 'page' : undefined}>
              {w.nav[name]}
            </A>
          ))}
        </nav>
        {(base === '' || shared() === 'dashboard') && <LiveMark />}
        <Tools />
      </header>
      <main id="content" tabIndex={-1} key={settings.language}>
        {typeof me === 'object' && <p class="shared-note">{w.share.note(dateTime(me.ends ?? 0))}</p>}
        {me !== 'ended' && !leadsTo(place.path) && <Waiting />}
        {me === 'ended' && <Nothing page text={w.share.ended} hint={w.share.endedHint} />}
        {page}
      </main>
      {me !== 'ended' && me !== 'waiting' && <Foot />}
      <Keys />
    </>
  );
}

/** What a link shows, once that is known; the operator is not asked. */
function useMe(): Me | 'waiting' | 'ended' | undefined {
  const [me, set] = useState<Me | 'waiting' | 'ended' | undefined>(base === '' ? undefined : 'waiting');
  useEffect(() => {
    if (base === '') return;
    get<Me>('/me').then(
      (found) => {
        showing(found);
        set(found.page === undefined ? 'ended' : found);
        // A link to one thing opens that.
        if (found.page !== undefined && !leadsTo(location.pathname.slice(base.length) || '/')) go(found.page, true);
      },
      () => set('ended'),
    );
  }, []);
  return me;
}

const isHere = (path: string, href: string): boolean =>
  href === '/' ? path === '/' : path.startsWith(href) || (href === '/attackers' && path.startsWith('/addresses'));

function LiveMark() {
  const { connected } = useLive();
  const w = words();
  return (
    <span class={connected ? 'live-mark on' : 'live-mark'} role="status">
      <span class="live-word">{connected ? w.live.on : w.live.off}</span>
    </span>
  );
}

function Tools() {
  const w = words().tools;
  const sheet = useRef<HTMLDetailsElement>(null);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const onPointerDown = ({ target }: PointerEvent) => {
      if (sheet.current && !sheet.current.contains(target as Node)) sheet.current.open = false;
    };
    addEventListener('pointerdown', onPointerDown);
    return () => removeEventListener('pointerdown', onPointerDown);
  }, []);
  return (
    <details
      ref={sheet}
      class="tools"
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') event.currentTarget.open = false;
      }}
    >
      <summary>{w.open}</summary>
      <div class="tools-sheet">
        <span>{w.language}</span>
        <Choice
          label={w.language}
          options={[
            ['en', 'English'],
            ['ja', '日本語'],
          ]}
          value={settings.language}
          onChoose={(language) => change({ language })}
        />
        <span>{w.theme}</span>
        <Choice
          label={w.theme}
          options={[
            ['auto', w.auto],
            ['light', w.light],
            ['dark', w.dark],
          ]}
          value={settings.theme}
          onChoose={(theme) => change({ theme })}
        />
        <span>{w.zone}</span>
        <Zone label={w.zone} all={open} />
        <span>{w.mask}</span>
        <Choice
          label={w.mask}
          options={[
            ['off', w.maskOff],
            ['on', w.maskOn],
          ]}
          value={settings.mask ? 'on' : 'off'}
          onChoose={(mask) => change({ mask: mask === 'on' })}
        />
        <span>{w.keys}</span>
        <Choice
          label={w.keys}
          options={[
            ['on', w.keysOn],
            ['off', w.keysOff],
          ]}
          value={settings.keys ? 'on' : 'off'}
          onChoose={(keys) => change({ keys: keys === 'on' })}
        />
        {base === '' && (
          <button
            type="button"
            class="plain logout"
            onClick={() => void post('/logout', {}).then(() => location.assign('/'))}
          >
            {w.logout}
          </button>
        )}
      </div>
    </details>
  );
}
