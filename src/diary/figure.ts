// The pictures of an entry as data: a map of where sessions came from, and the rhythm of a period. svg.ts draws them, text has a sparkline.
import type { Observations } from './claim.ts';
import { DAY, HOUR } from './day.ts';
import type { World } from './world.ts';

export type Figure = MapFigure | RhythmFigure;

export interface MapFigure {
  kind: 'map';
  world: World;
  places: { code: string; name: string; count: number }[];
}

export interface RhythmFigure {
  kind: 'rhythm';
  /** `value` undefined: nothing is known of that hour. `tick`: its label on the axis. */
  bars: { label: string; tick?: string; value?: number }[];
}

/** A title, a sentence for those who cannot see the picture, and the picture. */
export interface Titled {
  figure: Figure;
  title: string;
  description: string;
}

export interface FigureWords {
  /** Title of the map; its description. */
  map: { title: string; description(places: MapFigure['places']): string };
  rhythm: {
    /** Its title, by what is counted and by what. */
    title(measure: 'sessions' | 'attempts', unit: 'hour' | 'day'): string;
    description(busiest: { label: string; value: number }, quietest: { label: string; value: number }): string;
  };
  countryName(code: string): string;
  dayName(at: number): string;
}

/** Fewer bars are no rhythm, and fewer events make none. */
const LEAST_BARS = 4;
const LEAST_EVENTS = 20;
/** Fewer countries need no map. */
const LEAST_PLACES = 2;

export function rhythmOf({ rhythm, days }: Observations, words: FigureWords): Titled | undefined {
  const { unit, measure, points } = rhythm;
  const known = points.filter((point) => point.value !== undefined);
  const total = known.reduce((sum, { value }) => sum + value!, 0);
  if (known.length < LEAST_BARS || total < LEAST_EVENTS) return undefined;
  const bars = points.map(({ at, value }, index) => {
    const hour = new Date(at).getUTCHours();
    const clock = `${String(hour).padStart(2, '0')}:00`;
    const label = unit === 'day' ? words.dayName(at) : days > 1 ? `${words.dayName(at)} ${clock}` : clock;
    const every = Math.ceil(points.length / 8);
    const tick = unit === 'day' ? (index % every === 0 ? label : undefined) : hour % 6 === 0 ? String(hour) : undefined;
    return { label, ...(value === undefined ? {} : { value }), ...(tick === undefined ? {} : { tick }) };
  });
  const said = bars.filter((bar): bar is { label: string; value: number } => bar.value !== undefined);
  const busiest = said.reduce((a, b) => (b.value > a.value ? b : a));
  const quietest = said.reduce((a, b) => (b.value < a.value ? b : a));
  return {
    figure: { kind: 'rhythm', bars },
    title: words.rhythm.title(measure, unit),
    description: words.rhythm.description(busiest, quietest),
  };
}

export function mapOf({ origins, world }: Observations, words: FigureWords): Titled | undefined {
  if (!world) return undefined;
  const places = origins.countries
    .filter(({ value }) => world.places[value] !== undefined)
    .map(({ value, count }) => ({ code: value, name: words.countryName(value), count }));
  if (places.length < LEAST_PLACES) return undefined;
  return {
    figure: { kind: 'map', world, places },
    title: words.map.title,
    description: words.map.description(places),
  };
}

/** The widths of time of a rhythm: hours up to two days, days beyond. */
export const rhythmUnit = (length: number): { unit: 'hour' | 'day'; ms: number } =>
  length <= 2 * DAY ? { unit: 'hour', ms: HOUR } : { unit: 'day', ms: DAY };

const BLOCKS = '▁▂▃▄▅▆▇█';

/** One character a bar: `·` for nothing, a space where nothing is known. */
export function sparkline({ bars }: RhythmFigure): string {
  const most = Math.max(1, ...bars.map(({ value = 0 }) => value));
  return bars
    .map(({ value }) =>
      value === undefined ? ' ' : value === 0 ? '·' : BLOCKS[Math.min(7, Math.floor((value / most) * 8))]!,
    )
    .join('');
}
