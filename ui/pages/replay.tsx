// Replay: a recording in the player, one or two of them, finished or still being made; and what there is to watch.
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Recordings, Session, SessionDetail } from '../../src/web/schema.ts';
import { ApiError, useApi } from '../api.ts';
import { dateTime, duration, moment } from '../format.ts';
import { hide, masked } from '../mask.ts';
import { Choice } from '../parts/choice.tsx';
import { Inert } from '../parts/inert.tsx';
import { ShareButton } from '../parts/sharebutton.tsx';
import { Failed, Nothing, Show, Waiting } from '../parts/states.tsx';
import { clock, secondsOf } from '../replay/clock.ts';
import { hideAddresses } from '../replay/hide.ts';
import { type Loaded, type Source, useRecording } from '../replay/load.ts';
import { same } from '../replay/painter.ts';
import { IDLES, SPEEDS } from '../replay/playback.ts';
import { Player, type PlayerState, type Shown } from '../replay/player.tsx';
import { type ReplayWords, replayWords } from '../replay/words.ts';
import { A, go, url } from '../router.tsx';
import { settings } from '../settings.ts';
import { apiUrl, base, leadsTo } from '../share.ts';
import '../replay/page.css';

/** How often the list of running recordings is asked for. */
const ASK_MS = 3000;

export function Replay({ name, query }: { name: string; query: URLSearchParams }) {
  return name === '' ? <Shelf /> : <Stage name={decodeURIComponent(name)} query={query} key={name} />;
}

/** The address as it is now: the player writes into it without the page being drawn again. */
const here = (changes: Record<string, string | undefined> = {}): string =>
  url(location.pathname, { ...Object.fromEntries(new URLSearchParams(location.search)), ...changes });

function Stage({ name, query }: { name: string; query: URLSearchParams }) {
  const w = replayWords(settings.language);
  const session = query.get('session') ?? undefined;
  const second = query.get('with') ?? undefined;
  const secondSession = query.get('withSession') ?? undefined;
  const apart = query.get('sync') === 'off';
  const one = useRecording({ name, session }, settings.mask);
  const two = useRecording(second === undefined ? undefined : { name: second, session: secondSession }, settings.mask);
  // A link to a recording does not show its session.
  const known = session !== undefined && leadsTo(`/sessions/${session}`);
  const who = useApi<SessionDetail>(known ? `/sessions/${session}` : undefined);
  const whoElse = useApi<SessionDetail>(secondSession === undefined ? undefined : `/sessions/${secondSession}`);
  if (who.data) hide(who.data.sensor);
  if (whoElse.data) hide(whoElse.data.sensor);

  // A recording that is finished has another name: the address follows, the picture stays.
  useEffect(() => {
    if (one.finished !== undefined)
      history.replaceState(null, '', here().replace(/^\/replay\/[^?]*/, `/replay/${one.finished}`));
  }, [one.finished]);

  const titles = [titleOf(who.data, name, w), titleOf(whoElse.data, second ?? '', w)] as const;
  const ready = one.recording && (second === undefined || two.recording);
  return (
    <>
      <header class="page-head">
        <div>
          <h1>{w.region}</h1>
          {second === undefined && <p class="replay-who">{titles[0]}</p>}
        </div>
        <Actions
          name={one.finished ?? name}
          session={session}
          growing={one.growing}
          second={second !== undefined}
          who={who.data}
          w={w}
        />
      </header>
      {second !== undefined && (
        <p class="pace">
          <Choice
            label={w.pace}
            options={[
              ['on', w.together],
              ['off', w.apart],
            ]}
            value={apart ? 'off' : 'on'}
            onChoose={(sync) => go(here({ sync: sync === 'off' ? 'off' : undefined }), true)}
          />
          <button
            type="button"
            class="plain"
            onClick={() => go(here({ with: undefined, withSession: undefined, sync: undefined }))}
          >
            {w.alone}
          </button>
        </p>
      )}
      <Trouble loaded={one} w={w} />
      {second !== undefined && <Trouble loaded={two} w={w} />}
      {!ready ? (
        !one.error && !two.error && <Waiting lines={12} />
      ) : two.recording && apart ? (
        <div class="two-replays">
          <One loaded={one} title={titles[0]} query={query} w={w} keys />
          <One loaded={two} title={titles[1]} query={new URLSearchParams()} w={w} silent />
        </div>
      ) : (
        <Together loaded={two.recording ? [one, two] : [one]} titles={titles} query={query} w={w} />
      )}
    </>
  );
}

function titleOf(session: Session | undefined, name: string, w: ReplayWords): string {
  if (!session) return name.length > 24 ? `${name.slice(0, 12)}…` : name;
  const index = session.recordings.indexOf(name);
  return [
    masked(session.address),
    dateTime(session.started),
    ...(session.recordings.length > 1 && index >= 0 ? [w.part(index + 1)] : []),
  ].join(' · ');
}

function Trouble({ loaded: { error, lost }, w }: { loaded: Loaded; w: ReplayWords }) {
  if (lost)
    return (
      <p class="quiet" role="status">
        {w.lost}
      </p>
    );
  if (!error) return null;
  if (error instanceof ApiError && error.status === 410) return <Nothing text={w.removed} />;
  if ((error instanceof ApiError && error.status === 404) || error.message === 'gone') return <Nothing text={w.gone} />;
  return error instanceof SyntaxError ? <Nothing text={w.broken} /> : <Failed error={error} />;
}

interface OneProps {
  loaded: Loaded;
  title: string;
  query: URLSearchParams;
  w: ReplayWords;
  keys?: boolean;
  /** It keeps its place to itself. */
  silent?: boolean;
}

const One = ({ loaded, title, ...rest }: OneProps) => (
  <Together loaded={[loaded]} titles={[title]} {...rest} named keys={rest.keys ?? false} />
);

interface TogetherProps {
  loaded: readonly Loaded[];
  titles: readonly string[];
  query: URLSearchParams;
  w: ReplayWords;
  keys?: boolean;
  named?: boolean;
  silent?: boolean;
}

function Together({ loaded, titles, query, w, keys = true, named, silent = false }: TogetherProps) {
  const recordings = loaded.map(({ recording }) => recording!);
  const shown = useMemo<Shown[]>(
    () => recordings.map((recording, i) => ({ recording, title: titles[i]! })),
    [...recordings, ...titles],
  );
  const { started } = recordings[0]!;
  const growing = loaded.some((one) => one.growing);
  if (!growing && recordings.every(({ times, marks }) => times.length === 0 && marks.length === 0))
    return <Nothing text={w.empty} />;
  return (
    <Player
      shown={shown}
      w={w}
      start={startOf(query)}
      keys={keys && settings.keys}
      named={named}
      grown={loaded.reduce((sum, one) => sum + one.grown, 0)}
      growing={growing}
      hide={settings.mask ? hideAddresses : same}
      {...(started > 0 ? { wall: (at: number) => dateTime(started + at * 1000) } : {})}
      {...(silent ? {} : { onState: remember })}
    />
  );
}

function startOf(query: URLSearchParams): PlayerState {
  const idle = query.get('idle');
  return {
    at: secondsOf(query.get('t') ?? /^#t=(.+)$/.exec(location.hash)?.[1] ?? null) ?? 0,
    speed: SPEEDS.find((speed) => String(speed) === query.get('speed')) ?? 1,
    idle: idle === 'none' ? Number.POSITIVE_INFINITY : (IDLES.find((limit) => String(limit) === idle) ?? 2),
    find: (query.get('find') ?? '').slice(0, 200),
  };
}

/** Keeps the moment and how it is viewed in the address. */
function remember({ at, speed, idle, find }: PlayerState): void {
  const next = here({
    t: at > 0 ? clock(at, true) : undefined,
    speed: speed === 1 ? undefined : String(speed),
    idle: idle === 2 ? undefined : Number.isFinite(idle) ? String(idle) : 'none',
    find: find === '' ? undefined : find,
  });
  if (next !== location.pathname + location.search) history.replaceState(null, '', next);
}

interface ActionsProps {
  name: string;
  session: string | undefined;
  growing: boolean;
  second: boolean;
  who: SessionDetail | undefined;
  w: ReplayWords;
}

function Actions({ name, session, growing, second, who, w }: ActionsProps) {
  const [copied, setCopied] = useState(false);
  const path = `/recordings/${encodeURIComponent(name)}`;
  const save = (form: string, values: Record<string, string | undefined> = {}) =>
    apiUrl(url(path + form, { session, ...values }));
  const mask = settings.mask ? 'circles' : undefined;
  return (
    <div class="actions">
      {session !== undefined && <A href={`/sessions/${session}`}>{w.back}</A>}
      <button
        type="button"
        class="plain"
        onClick={() =>
          void navigator.clipboard?.writeText(location.href).then(
            () => setCopied(true),
            () => {},
          )
        }
        onBlur={() => setCopied(false)}
      >
        {copied ? w.copied : w.link}
      </button>
      {!second && base === '' && <Beside name={name} who={who} w={w} />}
      {session !== undefined && !growing && <ShareButton show={{ kind: 'replay', name, session: Number(session) }} />}
      {!growing && (
        <details class="menu">
          <summary>{w.downloads}</summary>
          <ul>
            <li>
              <a href={save('', { mask })} download>
                {w.cast}
              </a>
            </li>
            <li>
              <a href={save('/text', { mask })} download>
                {w.text}
              </a>
            </li>
            <li>
              <a href={save('/html', { lang: settings.language })} download>
                {w.html}
              </a>
            </li>
            {base === '' && (
              <li>
                <a href={apiUrl(`${path}/raw`)} download>
                  {w.raw}
                </a>
              </li>
            )}
          </ul>
        </details>
      )}
    </div>
  );
}

/** Chooses the recording to compare with: another of the session, one of the latest, or that of a link. */
function Beside({ name, who, w }: { name: string; who: SessionDetail | undefined; w: ReplayWords }) {
  const [open, setOpen] = useState(false);
  const [wrong, setWrong] = useState(false);
  const latest = useApi<Recordings>(open ? '/recordings?recent=20' : undefined);
  const choose = (source: Source) => go(here({ with: source.name, withSession: source.session }));
  const others = (latest.data?.recent ?? []).filter(({ id }) => id !== who?.id);
  const own = who?.recordings.filter((recording) => recording !== name) ?? [];
  return (
    <details class="menu" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{w.beside}</summary>
      <div class="menu-sheet">
        <p class="quiet">{own.length + others.length > 0 ? w.besideHint : w.besideNone}</p>
        <ul>
          {own.map((recording) => (
            <li key={recording}>
              <button type="button" class="plain" onClick={() => choose({ name: recording, session: String(who!.id) })}>
                {w.part(who!.recordings.indexOf(recording) + 1)}
              </button>
            </li>
          ))}
          {others.map((row) => (
            <li key={row.id}>
              <button
                type="button"
                class="plain"
                onClick={() => choose({ name: row.kept[0]!, session: String(row.id) })}
              >
                {titleOf(row, '', w)}
              </button>
            </li>
          ))}
        </ul>
        <label>
          {w.besideLink}
          <input
            type="url"
            aria-invalid={wrong}
            onInput={() => setWrong(false)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter') return;
              const source = sourceOf(event.currentTarget.value);
              if (source) choose(source);
              else setWrong(true);
            }}
          />
        </label>
        {wrong && (
          <p class="quiet" role="alert">
            {w.besideWrong}
          </p>
        )}
      </div>
    </details>
  );
}

/** The recording that a pasted link of ours plays. */
function sourceOf(link: string): Source | undefined {
  try {
    const { pathname, searchParams } = new URL(link, location.href);
    const [, name] = /^\/replay\/([\w-][\w.-]{0,127})$/.exec(pathname) ?? [];
    const session = searchParams.get('session') ?? undefined;
    return name === undefined ? undefined : { name, ...(session === undefined ? {} : { session }) };
  } catch {
    return undefined;
  }
}

/** What there is to watch. */
function Shelf() {
  const w = replayWords(settings.language);
  const [asked, ask] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) ask((n) => n + 1);
    }, ASK_MS);
    return () => clearInterval(timer);
  }, []);
  const running = useApi<Recordings>('/recordings?recent=0', asked);
  const finished = running.data?.running.map(({ name }) => name).join();
  const latest = useApi<Recordings>('/recordings', finished);
  return (
    <>
      <header class="page-head">
        <h1>{w.region}</h1>
      </header>
      <section>
        <h2>{w.runningNow}</h2>
        <Show answer={running} lines={1}>
          {({ running: items }) =>
            items.length === 0 ? (
              <p class="quiet">{w.runningNone}</p>
            ) : (
              <ul class="shelf">
                {items.map((item) => (
                  <li key={item.name}>
                    <A href={url(`/replay/${item.name}`, { session: item.id })}>
                      <span class="on-air-mark" />
                      <b>{item.address === undefined ? item.session : <Inert text={item.address} most={60} />}</b>
                      <span>{item.kind === 'exec' ? w.exec : w.interactive}</span>
                      <time>{w.since(moment(item.started))}</time>
                      <span class="shelf-go">{w.watch}</span>
                    </A>
                  </li>
                ))}
              </ul>
            )
          }
        </Show>
      </section>
      <section>
        <h2>{w.recent}</h2>
        <Show answer={latest}>
          {({ recent: items }) =>
            items.length === 0 ? (
              <Nothing text={w.recentNone} />
            ) : (
              <ul class="shelf">
                {items.map((row) => (
                  <li key={row.id}>
                    <A href={url(`/replay/${encodeURIComponent(row.kept[0]!)}`, { session: row.id })}>
                      <time>{dateTime(row.started)}</time>
                      <b>
                        <Inert text={row.address} most={60} />
                      </b>
                      <span>{row.username !== undefined && <Inert text={row.username} most={24} />}</span>
                      <span>{row.durationMs === undefined ? '' : duration(row.durationMs)}</span>
                      <span>{w.ran(row.commands)}</span>
                    </A>
                  </li>
                ))}
              </ul>
            )
          }
        </Show>
      </section>
    </>
  );
}
