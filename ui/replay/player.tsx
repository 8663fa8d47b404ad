// The player: screens, the time under them, the commands beside them. The same on the page and in a file that stands alone.
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { visible } from '../visible.ts';
import { clock } from './clock.ts';
import { Icon } from './icons.tsx';
import { press } from './keys.ts';
import { same } from './painter.ts';
import { IDLES, type OwnHit, Playback, SPEEDS } from './playback.ts';
import type { Recording } from './recording.ts';
import { Scrubber } from './scrubber.tsx';
import { type Draw, Terminal } from './terminal.tsx';
import type { ReplayWords } from './words.ts';
import './replay.css';

export interface Shown {
  recording: Recording;
  title: string;
}

export interface PlayerState {
  /** Seconds as they were. */
  at: number;
  speed: number;
  idle: number;
  find: string;
}

interface Props {
  shown: readonly Shown[];
  w: ReplayWords;
  start: PlayerState;
  /** Told at times where the replay stands, so that a link can say it. */
  onState?: (state: PlayerState) => void;
  /** Hides addresses in what is drawn; keeps the number of characters. */
  hide?: (text: string) => string;
  /** The recordings grow: a number that grows with them. */
  grown?: number;
  /** One of them is still being recorded. */
  growing?: boolean;
  /** Keys pressed where nothing has the focus come here. */
  keys?: boolean;
  /** Says of each screen whose it is; default: when there are several. */
  named?: boolean;
  /** What a moment was by the clock on the wall. */
  wall?: (at: number) => string;
  more?: ComponentChildren;
}

/** How often others are told of the time that passes, in milliseconds. */
const TELL_MS = 1000;
/** Controls follow the screen at this pace. */
const CONTROLS_MS = 100;
const MOST_MARKS = 500;
/** As long as the pages wait for the second key of `g n`. */
const GO_MS = 1500;
const STILL = '(prefers-reduced-motion: reduce)';

export function Player({
  shown,
  w,
  start,
  onState,
  hide = same,
  grown = 0,
  growing = false,
  keys,
  wall,
  more,
  named = shown.length > 1,
}: Props) {
  const [, redraw] = useState(0);
  const [find, setFind] = useState(start.find);
  const [hits, setHits] = useState<OwnHit[]>([]);
  const [searched, setSearched] = useState('');
  const [chosen, setChosen] = useState(-1);
  const help = useRef<HTMLDialogElement>(null);
  const whole = useRef<HTMLElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const draws = useRef<(Draw | undefined)[]>([]);
  const wake = useRef(() => {});

  const playback = useMemo(
    () => {
      const made = new Playback(
        shown.map(({ recording }) => recording),
        start,
        () => wake.current(),
      );
      made.at = Math.min(start.at, made.length);
      if (growing && start.at === 0) made.goLive();
      else made.playing = !matchMedia(STILL).matches && start.find === '';
      return made;
    },
    shown.map(({ recording }) => recording),
  );

  const view = useRef({ hide, find });
  view.current = { hide, find };
  const told = useRef(0);
  const tell = (now: number, force = false) => {
    if (!force && now - told.current < TELL_MS) return;
    told.current = now;
    onState?.({ at: playback.at, speed: playback.speed, idle: playback.idle, find: view.current.find });
  };
  // One loop of frames for screens and controls, which rests when nothing moves.
  useEffect(() => {
    let frame = 0;
    let drawn = Number.NEGATIVE_INFINITY;
    let cost = 0;
    let controls = 0;
    const tick = (now: number) => {
      frame = 0;
      const going = playback.frame(now);
      // A screen that is costly to draw is drawn less often.
      if (!going || now - drawn > cost * 3) {
        const began = performance.now();
        for (const [i, draw] of draws.current.entries())
          draw?.({
            hide: view.current.hide,
            wanted: view.current.find,
            current: playback.shownHit?.reel === i,
          });
        drawn = now;
        cost = performance.now() - began;
      }
      if (!going || now - controls > CONTROLS_MS) {
        controls = now;
        redraw((n) => n + 1);
        tell(now, !going);
      }
      if (going) frame = requestAnimationFrame(tick);
    };
    wake.current = () => {
      if (frame === 0) frame = requestAnimationFrame(tick);
    };
    wake.current();
    return () => {
      cancelAnimationFrame(frame);
      wake.current = () => {};
    };
  }, [playback]);
  useEffect(() => wake.current(), [hide, find]);

  useEffect(() => {
    if (grown > 0) playback.grew();
    if (!growing) playback.close();
  }, [grown, growing, playback]);

  useEffect(() => {
    const stop = new AbortController();
    setChosen(-1);
    const timer = setTimeout(
      () =>
        void playback.find(find, stop.signal).then(
          (found) => {
            setHits(found);
            setSearched(find);
          },
          () => {},
        ),
      150,
    );
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [find, playback]);

  const goHit = (direction: 1 | -1) => {
    if (hits.length === 0) return;
    let next = chosen + direction;
    // The first time, from where the replay stands.
    if (chosen < 0) {
      const later = hits.findIndex(({ at }) => at >= playback.at - 0.001);
      next = direction > 0 ? Math.max(0, later) : (later < 0 ? hits.length : later) - 1;
    }
    next = (next + hits.length) % hits.length;
    setChosen(next);
    playback.show(hits[next]!);
  };
  const full = () => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void whole.current?.requestFullscreen?.();
  };
  const actions = {
    playback,
    search: () => {
      field.current?.focus();
      field.current?.select();
    },
    hit: goHit,
    full,
    help: () => (help.current?.open ? help.current.close() : help.current?.showModal()),
  };
  const latest = useRef(actions);
  latest.current = actions;
  const onKeyDown = (event: KeyboardEvent) => {
    if (press(event, latest.current)) event.preventDefault();
  };
  useEffect(() => {
    if (!keys) return;
    let waiting = Number.NEGATIVE_INFINITY;
    const onPage = (event: KeyboardEvent) => {
      if (event.target !== document.body && event.target !== document.documentElement) return;
      // The key after `g` says which page to go to; and the arrows that scroll this one stay with it.
      const going = event.timeStamp - waiting < GO_MS;
      waiting = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (!going && !/^(ArrowUp|ArrowDown|Home|End)$/.test(event.key)) onKeyDown(event);
    };
    // Before the keys that every page has: here they mean this.
    addEventListener('keydown', onPage, true);
    return () => removeEventListener('keydown', onPage, true);
  }, [keys]);

  const { marks, at } = playback;
  const current = marks.findLastIndex((mark) => mark.at <= at + 0.01);
  const shape = `${grown} ${playback.idle}`;
  return (
    <section ref={whole} class="replay" aria-label={w.region} onKeyDown={onKeyDown}>
      <div class="replay-main">
        <div class={`screens of-${shown.length}`}>
          {playback.reels.map((reel, i) => (
            <figure>
              {named && <figcaption>{visible(hide(shown[i]!.title))}</figcaption>}
              <Terminal
                reel={reel}
                label={shown.length > 1 ? `${w.screen}: ${visible(hide(shown[i]!.title))}` : w.screen}
                onReady={(draw) => {
                  draws.current[i] = draw;
                }}
              />
            </figure>
          ))}
        </div>
        <Scrubber playback={playback} hits={hits} shape={`${shape} ${shown.length}`} w={w} />
        <div class="deck">
          <div class="deck-part">
            <button
              type="button"
              class="flat"
              title={w.previous}
              aria-label={w.previous}
              onClick={() => playback.mark(-1)}
            >
              <Icon name="previous" />
            </button>
            <PlayButton playback={playback} w={w} />
            <button type="button" class="flat" title={w.next} aria-label={w.next} onClick={() => playback.mark(1)}>
              <Icon name="next" />
            </button>
            <p class="time">
              <b>{clock(at, true)}</b> <span>/ {clock(playback.length)}</span>
              {wall && <time class="wall">{wall(at)}</time>}
            </p>
            {growing && (
              <button
                type="button"
                class={playback.live ? 'on-air now' : 'on-air'}
                aria-pressed={playback.live}
                title={w.toLive}
                onClick={() => playback.goLive()}
              >
                {w.live}
              </button>
            )}
          </div>
          <Search
            w={w}
            find={find}
            hits={searched === find ? hits : undefined}
            chosen={chosen}
            field={field}
            onFind={setFind}
            onGo={goHit}
          />
          <div class="deck-part">
            <Speed playback={playback} w={w} />
            <label class="idle">
              {w.idle}
              <select
                value={String(playback.idle)}
                onChange={(event) => playback.setIdle(Number(event.currentTarget.value))}
              >
                {IDLES.map((idle) => (
                  <option value={String(idle)}>{Number.isFinite(idle) ? w.seconds(idle) : w.asItWas}</option>
                ))}
              </select>
            </label>
            <button type="button" class="flat" title={w.full} aria-label={w.full} onClick={full}>
              <Icon name="full" />
            </button>
            <button type="button" class="flat word" title={w.help} aria-label={w.help} onClick={actions.help}>
              ?
            </button>
          </div>
        </div>
        <p class="replay-state" role="status">
          {playback.busy ? w.catchingUp : ''}
        </p>
        <Notes shown={shown} w={w} />
        {more}
      </div>
      <Marks playback={playback} current={current} hide={hide} w={w} />
      <Help dialog={help} w={w} />
    </section>
  );
}

function PlayButton({ playback, w }: { playback: Playback; w: ReplayWords }) {
  const [name, label] = playback.playing
    ? (['pause', w.pause] as const)
    : playback.ended && playback.length > 0
      ? (['again', w.again] as const)
      : (['play', w.play] as const);
  return (
    <button type="button" class="play" title={label} aria-label={label} onClick={() => playback.toggle()}>
      <Icon name={name} />
    </button>
  );
}

function Speed({ playback, w }: { playback: Playback; w: ReplayWords }) {
  const { speed } = playback;
  return (
    <fieldset class="speed">
      <legend class="sr">{w.speed}</legend>
      <button
        type="button"
        class="flat word"
        aria-label={w.slower}
        title={w.slower}
        disabled={speed <= SPEEDS[0]}
        onClick={() => playback.faster(-1)}
      >
        −
      </button>
      <select
        aria-label={w.speed}
        value={String(speed)}
        onChange={(event) => playback.setSpeed(Number(event.currentTarget.value))}
      >
        {SPEEDS.map((value) => (
          <option value={String(value)}>×{value}</option>
        ))}
      </select>
      <button
        type="button"
        class="flat word"
        aria-label={w.faster}
        title={w.faster}
        disabled={speed >= SPEEDS.at(-1)!}
        onClick={() => playback.faster(1)}
      >
        +
      </button>
    </fieldset>
  );
}

interface SearchProps {
  w: ReplayWords;
  find: string;
  /** Not yet known while it is looked for. */
  hits: readonly OwnHit[] | undefined;
  chosen: number;
  field: { current: HTMLInputElement | null };
  onFind: (text: string) => void;
  onGo: (direction: 1 | -1) => void;
}

function Search({ w, find, hits, chosen, field, onFind, onGo }: SearchProps) {
  const some = hits !== undefined && hits.length > 0;
  const count =
    find === '' || !hits
      ? ''
      : hits.length === 0
        ? w.none
        : hits.length >= 10_000
          ? w.most(hits.length)
          : w.hits(chosen + 1, hits.length);
  return (
    <search class="find">
      <input
        ref={field}
        type="search"
        aria-label={w.search}
        placeholder={w.search}
        value={find}
        maxLength={200}
        spellcheck={false}
        onInput={(event) => onFind(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onGo(event.shiftKey ? -1 : 1);
          else if (event.key === 'Escape') {
            if (find !== '') onFind('');
            event.currentTarget.blur();
          } else return;
          event.preventDefault();
        }}
      />
      <output aria-live="polite">{count}</output>
      <button
        type="button"
        class="flat"
        disabled={!some}
        title={w.previousHit}
        aria-label={w.previousHit}
        onClick={() => onGo(-1)}
      >
        <Icon name="up" />
      </button>
      <button
        type="button"
        class="flat"
        disabled={!some}
        title={w.nextHit}
        aria-label={w.nextHit}
        onClick={() => onGo(1)}
      >
        <Icon name="down" />
      </button>
    </search>
  );
}

function Marks({
  playback,
  current,
  hide,
  w,
}: {
  playback: Playback;
  current: number;
  hide: (text: string) => string;
  w: ReplayWords;
}) {
  const list = useRef<HTMLOListElement>(null);
  const { marks } = playback;
  // The list is moved, never the page.
  useEffect(() => {
    const [box, item] = [list.current, list.current?.children[current] as HTMLElement | undefined];
    if (!box || !item) return;
    const [top, bottom] = [item.offsetTop - box.offsetTop, item.offsetTop - box.offsetTop + item.offsetHeight];
    if (top < box.scrollTop || bottom > box.scrollTop + box.clientHeight) box.scrollTop = top - box.clientHeight / 3;
  }, [current]);
  return (
    <div class="replay-marks">
      <h2>
        {w.commands} {marks.length > 0 && <span class="count">{marks.length}</span>}
      </h2>
      {marks.length === 0 ? (
        <p class="quiet">{w.noCommands}</p>
      ) : (
        <ol ref={list} class="marks">
          {marks.slice(0, MOST_MARKS).map((mark, i) => (
            <li key={`${mark.at} ${i}`}>
              <button
                type="button"
                aria-current={i === current ? 'step' : undefined}
                class={i <= current ? 'past' : undefined}
                onClick={() => playback.seek(mark.at)}
              >
                <time>{clock(mark.at)}</time>
                <code>
                  {playback.reels.length > 1 && <b>{mark.reel + 1} </b>}
                  {visible(hide(mark.text.slice(0, 300)))}
                </code>
              </button>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

/** What a viewer should know of what is not seen. */
function Notes({ shown, w }: { shown: readonly Shown[]; w: ReplayWords }) {
  const kept = shown.map(({ recording }) => recording.withheld);
  const kinds = (['strings', 'sequences', 'controls', 'characters'] as const).flatMap((kind) => {
    const n = kept.reduce((sum, withheld) => sum + withheld[kind], 0);
    return n > 0 ? [w[kind](n)] : [];
  });
  return (
    <>
      {kinds.length > 0 && <p class="quiet">{w.withheld(kinds.join(', '))}</p>}
      {shown.some(({ recording }) => !recording.complete) && <p class="quiet">{w.cutOff}</p>}
    </>
  );
}

function Help({ dialog, w }: { dialog: { current: HTMLDialogElement | null }; w: ReplayWords }) {
  return (
    <dialog
      ref={dialog}
      class="replay-keys"
      aria-label={w.help}
      onClick={(event) => {
        if (event.target === event.currentTarget) event.currentTarget.close();
      }}
      onKeyDown={(event) => {
        if (event.key === '?') event.currentTarget.close();
      }}
    >
      <div class="replay-keys-sheet">
        <h2>{w.help}</h2>
        <dl>
          {w.keys.map(([key, what]) => (
            <div>
              <dt>
                {key.split(' ').map((one) => (
                  <kbd>{one}</kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <button type="button" onClick={() => dialog.current?.close()}>
          {w.close}
        </button>
      </div>
    </dialog>
  );
}
