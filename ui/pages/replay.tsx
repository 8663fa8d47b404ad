// Replay: a recording in the player, with speed, shortened pauses, and the commands as marks to jump to.
import type { Player } from 'asciinema-player';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, getText, useApi } from '../api.ts';
import { duration } from '../format.ts';
import { masked } from '../mask.ts';
import { Choice } from '../parts/choice.tsx';
import { Inert } from '../parts/inert.tsx';
import { Nothing, Show } from '../parts/states.tsx';
import { A, go, url } from '../router.tsx';
import { visible } from '../visible.ts';
import { words } from '../words/words.ts';

const SPEEDS = ['0.25', '0.5', '1', '2', '4', '8', '16', '32'] as const;
const IDLES = ['0.5', '2', '5', 'none'] as const;

interface Cast {
  text: string;
  markers: [seconds: number, text: string][];
  length: number;
}

/** asciicast 2: a header, then `[seconds, code, data]` a line. Screenshot mode hides addresses in the output too. */
function parseCast(text: string): Cast {
  const markers: Cast['markers'] = [];
  const kept: string[] = [];
  let length = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const event = JSON.parse(line) as unknown;
    if (!Array.isArray(event)) kept.push(line);
    else if (event[1] === 'm') markers.push([Number(event[0]), String(event[2])]);
    else {
      if (event[1] === 'o') length = Number(event[0]);
      kept.push(JSON.stringify([event[0], event[1], masked(String(event[2]))]));
    }
  }
  return { text: kept.join('\n'), markers, length };
}

export function Replay({ name, query }: { name: string; query: URLSearchParams }) {
  const w = words().replay;
  const session = query.get('session') ?? undefined;
  const answer = useApi(url(`/recordings/${encodeURIComponent(name)}`, { session }), 0, getText);
  return (
    <>
      <header class="page-head">
        <h1>{w.title}</h1>
        <p class="actions">
          {session && <A href={`/sessions/${session}`}>{w.session}</A>}
          <a href={`/api/v1${url(`/recordings/${encodeURIComponent(name)}`, { session })}`} download>
            {w.cast}
          </a>
          <a href={`/api/v1/recordings/${encodeURIComponent(name)}/raw`} download>
            {w.raw}
          </a>
        </p>
      </header>
      {answer.error instanceof ApiError && [404, 410].includes(answer.error.status) ? (
        <Nothing text={answer.error.status === 410 ? w.removed : w.gone} />
      ) : (
        <Show answer={answer}>{(text) => <Stage text={text} query={query} />}</Show>
      )}
    </>
  );
}

function Stage({ text, query }: { text: string; query: URLSearchParams }) {
  const w = words().replay;
  const cast = parseCast(text);
  const speed = SPEEDS.find((value) => value === query.get('speed')) ?? '1';
  const idle = IDLES.find((value) => value === query.get('idle')) ?? '2';
  const frame = useRef<HTMLDivElement>(null);
  const player = useRef<Player>(undefined);
  const [failed, setFailed] = useState(false);
  const [copied, setCopied] = useState(false);
  const set = (changes: Record<string, string | undefined>) => {
    const t = player.current?.getCurrentTime() ?? 0;
    go(url(location.pathname, { ...Object.fromEntries(query), ...changes, t: t.toFixed(1) }), true);
  };

  useEffect(() => {
    let gone = false;
    void Promise.all([import('asciinema-player'), import('../player.ts')])
      .then(([{ create }]) => {
        if (gone || !frame.current) return;
        player.current = create({ data: cast.text }, frame.current, {
          fit: 'both',
          preload: true,
          speed: Number(speed),
          ...(idle === 'none' ? {} : { idleTimeLimit: Number(idle) }),
          startAt: Number(query.get('t') ?? 0) || 0,
          autoPlay: true,
          markers: cast.markers.map(([at, marker]): [number, string] => [at, visible(masked(marker)).slice(0, 200)]),
          terminalFontFamily: "ui-monospace, 'DejaVu Sans Mono', 'Noto Sans Mono CJK JP', monospace",
        });
      })
      .catch(() => setFailed(true));
    return () => {
      gone = true;
      player.current?.dispose();
      player.current = undefined;
    };
  }, [cast.text, speed, idle]);

  const share = () => {
    const t = player.current?.getCurrentTime() ?? 0;
    const link = new URL(url(location.pathname, { ...Object.fromEntries(query), t: t.toFixed(1) }), location.href);
    history.replaceState(null, '', link);
    void navigator.clipboard?.writeText(link.href).then(
      () => setCopied(true),
      () => {},
    );
  };

  if (cast.length === 0 && cast.markers.length === 0) return <Nothing text={w.empty} />;
  return (
    <div class="stage">
      <div>
        {failed && <Nothing text={w.incomplete} />}
        <div ref={frame} class="player" />
        <div class="stage-tools">
          <span>{w.speed}</span>
          <Choice
            label={w.speed}
            options={SPEEDS.map((value) => [value, `×${value}`] as const)}
            value={speed}
            onChoose={(value) => set({ speed: value })}
          />
          <span>{w.idle}</span>
          <Choice
            label={w.idle}
            options={IDLES.map(
              (value) => [value, value === 'none' ? w.noLimit : duration(Number(value) * 1000)] as const,
            )}
            value={idle}
            onChoose={(value) => set({ idle: value })}
          />
          <button type="button" class="plain" onClick={share}>
            {copied ? w.copied : w.link}
          </button>
        </div>
        <p class="quiet">{w.keys}</p>
      </div>
      <section>
        <h2>{w.markers}</h2>
        {cast.markers.length === 0 ? (
          <p class="quiet">{w.noMarkers}</p>
        ) : (
          <ol class="marks">
            {cast.markers.map(([at, marker], index) => (
              <li key={`${at} ${index}`}>
                <button type="button" onClick={() => void player.current?.seek({ marker: index })}>
                  <time>{duration(at * 1000)}</time>
                  <code>
                    <Inert text={marker} most={120} />
                  </code>
                </button>
              </li>
            ))}
          </ol>
        )}
      </section>
    </div>
  );
}
