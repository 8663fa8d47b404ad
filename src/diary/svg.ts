// Draws an entry's figures as SVG: no script, style or link, colours of the text around it, a title and a description for those who do not see it.
import { entities } from './entities.ts';
import type { Figure, MapFigure, RhythmFigure, Titled } from './figure.ts';

/** Radius of the largest disc of a map, and of the smallest; units of its drawing. */
const LARGEST = 22;
const SMALLEST = 2.5;
/** A rhythm's drawing: bars over an axis. */
const WIDTH = 720;
const HEIGHT = 132;
const AXIS = 112;
const TOP = 8;

/** @param id unique in the page, for title and description (WAI-ARIA `aria-labelledby`) */
export function toSvg({ figure, title, description }: Titled, id: string): string {
  const { width, height, body } = drawn(figure);
  const label = `<title id="${id}-title">${entities(title)}</title><desc id="${id}-desc">${entities(description)}</desc>`;
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-desc" xmlns="http://www.w3.org/2000/svg">${label}${body}</svg>`;
}

function drawn(figure: Figure): { width: number; height: number; body: string } {
  return figure.kind === 'map'
    ? { width: figure.world.width, height: figure.world.height, body: map(figure) }
    : { width: WIDTH, height: HEIGHT, body: rhythm(figure) };
}

function map({ world, places }: MapFigure): string {
  const most = Math.max(1, ...places.map(({ count }) => count));
  const discs = places.map(({ code, name, count }) => {
    const [x, y] = world.places[code]!;
    const r = Math.max(SMALLEST, LARGEST * Math.sqrt(count / most)).toFixed(1);
    return `<circle class="disc" cx="${x}" cy="${y}" r="${r}" fill="#b5452c" fill-opacity="0.55"><title>${entities(`${name}: ${count.toLocaleString('en-US')}`)}</title></circle>`;
  });
  return `<path class="land" d="${entities(world.land)}" fill="currentColor" fill-opacity="0.16"/>${discs.join('')}`;
}

function rhythm({ bars }: RhythmFigure): string {
  const step = WIDTH / bars.length;
  const most = Math.max(1, ...bars.map(({ value = 0 }) => value));
  const drawnBars = bars.map(({ label, value }, index) => {
    const x = (index * step + step * 0.12).toFixed(1);
    const wide = (step * 0.76).toFixed(1);
    // A grey ground says: nobody was watching. An empty place says: nobody came.
    if (value === undefined)
      return `<rect class="unknown" x="${x}" y="${TOP}" width="${wide}" height="${AXIS - TOP}" fill="currentColor" fill-opacity="0.07"/>`;
    const tall = value === 0 ? 0 : Math.max(1, ((AXIS - TOP) * value) / most);
    return `<rect class="bar" x="${x}" y="${(AXIS - tall).toFixed(1)}" width="${wide}" height="${tall.toFixed(1)}" fill="#b5452c" fill-opacity="0.8"><title>${entities(`${label}: ${value.toLocaleString('en-US')}`)}</title></rect>`;
  });
  const ticks = bars.flatMap(({ tick }, index) =>
    tick === undefined
      ? []
      : [
          `<text class="tick" x="${(index * step + step * 0.12).toFixed(1)}" y="${HEIGHT - 4}" font-size="13" fill="currentColor" fill-opacity="0.75">${entities(tick)}</text>`,
        ],
  );
  const axis = `<path class="axis" d="M0,${AXIS + 0.5}H${WIDTH}" stroke="currentColor" stroke-opacity="0.4"/>`;
  return `${drawnBars.join('')}${axis}${ticks.join('')}`;
}

/** A bar beside a number of a table, which says the same: hidden from those who hear it. */
export function barSvg(share: number): string {
  const wide = Math.max(1, Math.round(share * 100));
  return `<svg viewBox="0 0 100 10" class="share" aria-hidden="true" preserveAspectRatio="none"><rect class="bar" x="0" y="0" width="${wide}" height="10" fill="#b5452c" fill-opacity="0.45"/></svg>`;
}
