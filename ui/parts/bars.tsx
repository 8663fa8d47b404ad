// Bars over time with units and a caption that reads out the bar under the pointer; dragging or Shift + arrows choose a range.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Bucket, TimelinePoint } from '../../src/web/schema.ts';
import { dateTime, day, hourMinute, number, offsetAt } from '../format.ts';
import { words } from '../words/words.ts';

export type Series = 'sessions' | 'loginsFailed' | 'loginsSucceeded' | 'commands' | 'downloads';

const SIZE: Record<Bucket | 'quarter', number> = { minute: 60_000, quarter: 900_000, hour: 3_600_000, day: 86_400_000 };
/** Of a text of 15 pixels (ui/style/base.css); large screens have a larger one. */
const LEFT = 46;
const BOTTOM = 22;
const TOP = 8;
const scaleOf = (): number => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 15;

interface Props {
  label: string;
  unit: string;
  points: readonly TimelinePoint[];
  from: number;
  to: number;
  bucket: Bucket | 'quarter';
  series: Series;
  /** Drawn in the accent before the bars of the series. */
  highlight?: Series;
  height?: number;
  onRange?: (from: number, to: number) => void;
}

export function Bars({ label, unit, points, from, to, bucket, series, highlight, height = 160, onRange }: Props) {
  const w = words();
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(640);
  const [cursor, setCursor] = useState<number>();
  const [anchor, setAnchor] = useState<number>();
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) =>
      setWidth(Math.max(200, Math.round(entry!.contentRect.width / scaleOf()))),
    );
    watch.observe(frame.current!);
    return () => watch.disconnect();
  }, []);

  const size = SIZE[bucket];
  const first = Math.floor(from / size);
  const buckets = Math.max(1, Math.ceil(to / size) - first);
  const scale = scaleOf();
  const plot = width - LEFT;
  const step = plot / buckets;
  const deep = height - TOP - BOTTOM;
  const at = (index: number) => points.find((point) => Math.floor(point.at / size) === first + index);
  const most = Math.max(
    1,
    ...points.map((point) => point[series]),
    ...(highlight ? points.map((p) => p[highlight]) : []),
  );
  const ceiling = roundUp(most);
  const path = (name: Series) =>
    points
      .filter((point) => point[name] > 0)
      .map((point) => {
        const x = LEFT + (Math.floor(point.at / size) - first) * step;
        const tall = Math.max(1, (point[name] / ceiling) * deep);
        const gap = step > 3 ? 1 : 0;
        return `M${x.toFixed(2)} ${(height - BOTTOM).toFixed(2)}v${(-tall).toFixed(2)}h${(step - gap).toFixed(2)}v${tall.toFixed(2)}z`;
      })
      .join('');

  const indexOf = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return Math.min(buckets - 1, Math.max(0, Math.floor(((event.clientX - box.left) / scaleOf() - LEFT) / step)));
  };
  const choose = (a: number, b: number) => {
    const [low, high] = a < b ? [a, b] : [b, a];
    onRange?.((first + low) * size, (first + high + 1) * size);
    setAnchor(undefined);
    setCursor(undefined);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (by !== 0) {
      const next = Math.min(buckets - 1, Math.max(0, (cursor ?? (by > 0 ? -1 : buckets)) + by));
      if (event.shiftKey && onRange) setAnchor(anchor ?? cursor ?? next);
      else setAnchor(undefined);
      setCursor(next);
    } else if (event.key === 'Enter' && onRange && cursor !== undefined) choose(anchor ?? cursor, cursor);
    else if (event.key === 'Escape') {
      setAnchor(undefined);
      setCursor(undefined);
    } else return;
    event.preventDefault();
  };

  const shown = cursor === undefined ? undefined : at(cursor);
  const reading =
    cursor === undefined ? undefined : `${dateTime((first + cursor) * size)}: ${number(shown?.[series] ?? 0)}`;
  const total = points.reduce((sum, point) => sum + point[series], 0);
  const low = Math.min(cursor ?? 0, anchor ?? cursor ?? 0);
  const high = Math.max(cursor ?? 0, anchor ?? cursor ?? 0);
  return (
    <figure class="bars">
      <figcaption aria-live="polite">
        <span class="bars-label">{label}</span>
        {highlight && (
          <span class="legend quiet">
            <span>{w.totals[series]}</span>
            <span class="highlight">{w.totals[highlight]}</span>
          </span>
        )}
        <span class="quiet">
          {cursor === undefined ? (
            unit
          ) : anchor !== undefined && anchor !== cursor ? (
            `${dateTime((first + low) * size)} – ${dateTime((first + high + 1) * size)}`
          ) : (
            <>
              {dateTime((first + cursor) * size)} · <b>{number(shown?.[series] ?? 0)}</b>{' '}
              {w.totals[series].toLowerCase()}
              {highlight && ` · ${number(shown?.[highlight] ?? 0)} ${w.totals[highlight].toLowerCase()}`}
            </>
          )}
        </span>
      </figcaption>
      <div
        ref={frame}
        class="bars-frame"
        role="slider"
        tabIndex={0}
        aria-label={`${label}: ${number(total)} ${w.totals[series]}, ${unit}`}
        aria-valuemin={0}
        aria-valuemax={buckets - 1}
        aria-valuenow={cursor ?? buckets - 1}
        aria-valuetext={reading}
        onKeyDown={onKeyDown}
        onBlur={() => {
          setAnchor(undefined);
          setCursor(undefined);
        }}
      >
        <svg
          width={width * scale}
          height={height * scale}
          viewBox={`0 0 ${width} ${height}`}
          aria-hidden="true"
          class={onRange ? 'brush' : undefined}
          onPointerDown={(event) => {
            if (!onRange) return;
            (event.currentTarget as Element).setPointerCapture(event.pointerId);
            setAnchor(indexOf(event));
            setCursor(indexOf(event));
          }}
          onPointerMove={(event) => setCursor(indexOf(event))}
          onPointerUp={(event) => {
            if (anchor === undefined) return;
            const end = indexOf(event);
            if (end !== anchor) choose(anchor, end);
            else setAnchor(undefined);
          }}
          onPointerLeave={() => {
            if (anchor === undefined) setCursor(undefined);
          }}
        >
          {[0.5, 1].map((part) => (
            <g class="grid">
              <line x1={LEFT} x2={width} y1={TOP + deep * (1 - part)} y2={TOP + deep * (1 - part)} />
              {ceiling * part >= 1 && Number.isInteger(ceiling * part) && (
                <text x={LEFT - 6} y={TOP + deep * (1 - part) + 4} text-anchor="end">
                  {number(ceiling * part)}
                </text>
              )}
            </g>
          ))}
          <path class="bar" d={path(series)} />
          {highlight && <path class="bar highlight" d={path(highlight)} />}
          <line class="base" x1={LEFT} x2={width} y1={height - BOTTOM} y2={height - BOTTOM} />
          {cursor !== undefined && (
            <rect class="cursor" x={LEFT + low * step} width={(high - low + 1) * step} y={TOP} height={deep} />
          )}
          {ticks(first, buckets, size, plot).map(([index, text]) => (
            <text
              class="tick"
              x={LEFT + index * step}
              y={height - 5}
              text-anchor={index * step > plot - 40 ? 'end' : 'start'}
            >
              {text}
            </text>
          ))}
        </svg>
      </div>
    </figure>
  );
}

/** A round number of which the half is round too. */
function roundUp(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  const steps = power >= 10 ? [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10] : [1, 2, 4, 6, 8, 10];
  return (steps.find((n) => n * power >= most) ?? 10) * power;
}

function ticks(first: number, buckets: number, size: number, plot: number): [index: number, text: string][] {
  const wanted = Math.max(2, Math.floor(plot / 85));
  const every = niceStep(Math.ceil(buckets / wanted), size);
  const found: [number, string][] = [];
  const offset = size < SIZE.day ? -offsetAt(first * size) : 0;
  for (let index = 0; index < buckets; index++) {
    const at = (first + index) * size;
    if (Math.round((at - offset) / size) % every !== 0) continue;
    found.push([index, size * every >= SIZE.day ? day(at) : hourMinute(at)]);
  }
  return found;
}

function niceStep(least: number, size: number): number {
  const steps =
    size === SIZE.day
      ? [1, 2, 5, 7, 14, 30, 60, 90, 180, 365]
      : size === SIZE.hour
        ? [1, 2, 3, 6, 12, 24, 48, 96, 168]
        : [1, 5, 10, 15, 30, 60, 120, 180, 360, 720];
  return steps.find((step) => step >= least) ?? least;
}
