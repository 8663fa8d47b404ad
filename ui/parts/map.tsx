// The world as the honeypot sees it: a disc for each country by its sessions, and an arc (a ripple, where our own place is not known) for each that arrives.
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Counts, FeedItem } from '../../src/web/schema.ts';
import { useApi } from '../api.ts';
import { country as countryName, number } from '../format.ts';
import { useGeo } from '../geo.ts';
import { A, url } from '../router.tsx';
import { settings } from '../settings.ts';
import { words } from '../words/words.ts';
import { Show } from './states.tsx';
import type { Span } from './toplist.tsx';

type Point = readonly [x: number, y: number];

interface World {
  width: number;
  height: number;
  /** Path of the land's outline. */
  land: string;
  /** By ISO 3166-1 alpha-2. */
  places: Record<string, Point | undefined>;
}

/** Radius of the largest disc, and of the smallest. */
const LARGEST = 22;
const SMALLEST = 2.5;
/** Countries named beside the map. */
const LISTED = 8;
/** Arrivals drawn at once; what comes beyond them is in the discs soon. */
const AT_ONCE = 30;

/** The outline is loaded once, after the page has its first content. */
let loading: Promise<World> | undefined;
function useWorld(): World | undefined {
  const [world, set] = useState<World>();
  useEffect(() => {
    loading ??= import('../../rules/world.json').then((module) => module.default as unknown as World);
    loading.then(set, () => {
      loading = undefined;
    });
  }, []);
  return world;
}

interface Arrival {
  id: number;
  country: string;
}

/** Connections that came since the page was opened, until they have been drawn. */
function useArrivals(items: readonly FeedItem[]): [readonly Arrival[], (id: number) => void] {
  const [arrivals, set] = useState<readonly Arrival[]>([]);
  const seen = useRef<number>(undefined);
  useEffect(() => {
    const newest = items[0]?.id;
    if (newest === undefined) return;
    const last = seen.current;
    seen.current = newest;
    if (last === undefined || last >= newest || document.hidden) return;
    const fresh = items.flatMap(({ id, eventid, country }) =>
      id > last && eventid === 'cowrie.session.connect' && country ? [{ id, country }] : [],
    );
    if (fresh.length > 0) set((old) => [...old, ...fresh].slice(-AT_ONCE));
  }, [items]);
  return [arrivals, (id) => set((old) => old.filter((arrival) => arrival.id !== id))];
}

interface Props {
  span: Span;
  version: unknown;
  items: readonly FeedItem[];
  /** Sessions of the span in all: those of no known country are told, not drawn. */
  sessions: number | undefined;
}

export function WorldMap({ span, version, items, sessions }: Props) {
  const w = words().map;
  const world = useWorld();
  const answer = useApi<Counts>(url('/top/country', { from: span.from, to: span.to, limit: 300 }), version);
  const [arrivals, drawn] = useArrivals(items);
  const here = useGeo()?.here;
  const home = here && !settings.mask ? world?.places[here] : undefined;
  return (
    <section class="world" aria-label={w.title}>
      <header>
        <h2>{w.title}</h2>
        <p class="quiet">{answer.data && w.lead(answer.data.items.length)}</p>
      </header>
      <Show answer={answer} lines={8}>
        {({ items: countries }) => {
          const most = Math.max(1, ...countries.map(({ count }) => count));
          // Of none, and of countries that the map has no place for.
          const placed = countries.filter(({ value }) => !world || world.places[value]);
          const unplaced = (sessions ?? 0) - placed.reduce((sum, { count }) => sum + count, 0);
          const rest = countries.slice(LISTED);
          return (
            <div class="world-frame">
              <svg viewBox={world ? `0 0 ${world.width} ${world.height}` : '0 0 1000 438'} aria-label={w.title}>
                {world && <path class="land" d={world.land} />}
                {countries.map(({ value, count }) => {
                  const place = world?.places[value];
                  if (!place) return null;
                  const label = `${countryName(value)}: ${w.sessions(count)}`;
                  return (
                    <A key={value} href={url('/sessions', { country: value, ...span })} aria-label={label}>
                      <circle
                        class="disc"
                        cx={place[0]}
                        cy={place[1]}
                        r={Math.max(SMALLEST, LARGEST * Math.sqrt(count / most))}
                      >
                        <title>{label}</title>
                      </circle>
                    </A>
                  );
                })}
                {arrivals.map(({ id, country }) => {
                  const from = world?.places[country];
                  return from && <Arriving key={id} from={from} to={home} onEnd={() => drawn(id)} />;
                })}
                {home && <circle class="home" cx={home[0]} cy={home[1]} r="4" />}
              </svg>
              <ol class="world-list">
                {countries.slice(0, LISTED).map(({ value, count }) => (
                  <li key={value}>
                    <A href={url('/sessions', { country: value, ...span })}>
                      <span>{countryName(value)}</span>
                      <span class="toplist-count">{number(count)}</span>
                    </A>
                  </li>
                ))}
                {rest.length > 0 && (
                  <li class="row">
                    <span>{w.others(rest.length)}</span>
                    <span class="toplist-count">{number(rest.reduce((sum, { count }) => sum + count, 0))}</span>
                  </li>
                )}
                {unplaced > 0 && (
                  <li class="row unplaced">
                    <span>{w.unplaced}</span>
                    <span class="toplist-count">{number(unplaced)}</span>
                  </li>
                )}
              </ol>
            </div>
          );
        }}
      </Show>
    </section>
  );
}

function Arriving({ from, to, onEnd }: { from: Point; to: Point | undefined; onEnd: () => void }): JSX.Element {
  const [x, y] = from;
  if (!to || (to[0] === x && to[1] === y)) return <circle class="ripple" cx={x} cy={y} r="16" onAnimationEnd={onEnd} />;
  const rise = Math.hypot(to[0] - x, to[1] - y) * 0.3;
  const path = `M${x},${y}Q${(x + to[0]) / 2},${Math.min(y, to[1]) - rise} ${to[0]},${to[1]}`;
  return <path class="arc" d={path} pathLength="1" onAnimationEnd={onEnd} />;
}
