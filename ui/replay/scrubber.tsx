// Where the replay stands: how much happened when, the commands, the places found, and a handle to move.
import { useMemo, useRef, useState } from 'preact/hooks';
import { visible } from '../visible.ts';
import { clock } from './clock.ts';
import type { OwnHit, Playback } from './playback.ts';
import type { ReplayWords } from './words.ts';

const BARS = 160;
const MOST_TICKS = 400;

interface Props {
  playback: Playback;
  hits: readonly OwnHit[];
  /** Changes when the recordings or the pauses do. */
  shape: unknown;
  w: ReplayWords;
}

/** Heights from 0 to 1: how much was shown in each part of the time, on a logarithmic scale. */
function silhouette({ reels, timeline }: Playback): number[] {
  const sums = Array<number>(BARS).fill(0);
  const { total } = timeline;
  if (total === 0) return sums;
  for (const { recording } of reels)
    for (const [i, at] of recording.times.entries()) {
      const bar = Math.min(BARS - 1, Math.floor((timeline.shown(at) / total) * BARS));
      sums[bar] = sums[bar]! + recording.texts[i]!.length;
    }
  const most = Math.log1p(Math.max(...sums));
  return sums.map((sum) => (most === 0 ? 0 : Math.log1p(sum) / most));
}

export function Scrubber({ playback, hits, shape, w }: Props) {
  const { timeline, at } = playback;
  const { total } = timeline;
  const bar = useRef<HTMLDivElement>(null);
  const [hover, setHover] = useState<number>();
  const heights = useMemo(() => silhouette(playback), [shape]);
  const part = (seconds: number) => (total === 0 ? 0 : Math.min(1, timeline.shown(seconds) / total));
  const ticks = useMemo(() => playback.marks.slice(0, MOST_TICKS).map((mark) => part(mark.at)), [shape]);
  const found = useMemo(() => [...new Set(hits.map((hit) => Math.round(part(hit.at) * 1000)))], [hits, shape]);
  const partOf = (event: PointerEvent) => {
    const { left, width } = bar.current!.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / width));
  };
  const hovered = hover === undefined ? undefined : timeline.truth(hover * total);
  const near = hovered === undefined ? undefined : playback.marks.findLast((mark) => mark.at <= hovered + 0.01);
  const pause = hovered === undefined ? undefined : timeline.pause(hovered);
  return (
    <div
      class="scrubber"
      role="slider"
      tabIndex={0}
      aria-label={w.position}
      aria-valuemin={0}
      aria-valuemax={Math.round(playback.length)}
      aria-valuenow={Math.round(at)}
      aria-valuetext={`${clock(at)} / ${clock(playback.length)}`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        playback.seekPart(partOf(event));
      }}
      onPointerMove={(event) => {
        setHover(partOf(event));
        if (event.currentTarget.hasPointerCapture(event.pointerId)) playback.seekPart(partOf(event));
      }}
      onPointerLeave={() => setHover(undefined)}
    >
      <div ref={bar} class="track">
        <svg viewBox={`0 0 ${BARS} 40`} preserveAspectRatio="none" aria-hidden="true">
          <g class="bars-drawn">
            {heights.map((height, i) =>
              height > 0 ? (
                <rect
                  class={(i + 0.5) / BARS <= part(at) ? 'done' : undefined}
                  x={i + 0.15}
                  width={0.7}
                  y={40 - 34 * height}
                  height={34 * height}
                />
              ) : null,
            )}
          </g>
        </svg>
        <svg class="scrubber-marks" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
          <rect class="rail" x="0" y="0" width="1000" height="2.5" />
          <rect class="gone" x="0" y="0" width={1000 * part(at)} height="2.5" />
          {ticks.map((x) => (
            <rect class="tick" x={Math.min(997, x * 1000)} y="0" width="2" height="10" />
          ))}
          {found.map((x) => (
            <rect class="place" x={Math.min(996, x)} y="4" width="3" height="6" />
          ))}
        </svg>
        <i class="playhead" style={{ left: `${part(at) * 100}%` }} />
        {hover !== undefined && hovered !== undefined && (
          <div class={hover > 0.5 ? 'peek left' : 'peek'} style={{ left: `${hover * 100}%` }} aria-hidden="true">
            <b>{clock(hovered)}</b>
            {pause !== undefined && <span class="quiet">{w.pausedFor(clock(pause))}</span>}
            {near && <code>{visible(near.text.slice(0, 60))}</code>}
          </div>
        )}
      </div>
    </div>
  );
}
