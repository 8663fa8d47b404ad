// The range of time that a page looks at: a preset that ends now, or two chosen moments, held in the URL.
import type { Totals } from '../../src/web/schema.ts';
import { useApi } from '../api.ts';
import { dateTime, fromWall, offsetAt, zoneName } from '../format.ts';
import { A, go, url } from '../router.tsx';
import { words } from '../words/words.ts';
import { Choice } from './choice.tsx';
import type { Span } from './toplist.tsx';

const HOUR = 3_600_000;
const PRESETS = { hour: HOUR, day: 24 * HOUR, week: 168 * HOUR, month: 720 * HOUR, quarter: 2160 * HOUR } as const;
type Preset = keyof typeof PRESETS | 'all';
const NAMES: readonly Preset[] = ['hour', 'day', 'week', 'month', 'quarter', 'all'];

/** Reads `range=week` or `from=…&to=…`; without either, the usual: the last week. */
export function rangeFrom(
  query: URLSearchParams,
  usual: 'week' | 'all' = 'week',
): { span: Span; preset: Preset | 'custom' } {
  const [from, to] = ['from', 'to'].map((name) => momentOf(query.get(name)));
  if (from !== undefined || to !== undefined) return { span: { from, to }, preset: 'custom' };
  const preset = NAMES.find((name) => name === query.get('range')) ?? usual;
  if (preset === 'all') return { span: {}, preset };
  // The end is rounded up, so that drawing again asks the same question again.
  const step = preset === 'hour' ? 60_000 : HOUR;
  const end = Math.ceil(Date.now() / step) * step;
  return { span: { from: end - PRESETS[preset], to: end }, preset };
}

/** Milliseconds, or ISO 8601 as a person writes it and the diary links it. */
export function momentOf(text: string | null | undefined): number | undefined {
  if (!text) return undefined;
  const at = /^-?\d{1,16}$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

interface Props {
  query: URLSearchParams;
  preset: Preset | 'custom';
  span: Span;
  path: string;
}

export function RangePicker({ query, preset, span, path }: Props) {
  const w = words().explore;
  const rest = Object.fromEntries(query);
  const choose = (name: Preset | 'custom') => {
    if (name !== 'custom') go(url(path, { ...rest, from: undefined, to: undefined, range: name }));
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const from = parseInput(form.get('from'));
    const to = parseInput(form.get('to'));
    if (from !== undefined && to !== undefined && from < to) go(url(path, { ...rest, range: undefined, from, to }));
  };
  return (
    <div class="range">
      <Choice
        label={w.range}
        options={[
          ...NAMES.map((name) => [name, w.ranges[name]] as const),
          ...(preset === 'custom' ? [['custom', w.custom] as const] : []),
        ]}
        value={preset}
        onChoose={choose}
      />
      <details class="range-custom" key={`${span.from} ${span.to}`}>
        <summary>
          {span.from === undefined && span.to === undefined
            ? w.ranges.all
            : `${span.from === undefined ? '…' : dateTime(span.from)} – ${span.to === undefined ? '…' : dateTime(span.to)}`}
        </summary>
        <form onSubmit={submit}>
          <label>
            {w.from}
            <input type="datetime-local" name="from" required value={toInput(span.from)} />
          </label>
          <label>
            {w.to}
            <input type="datetime-local" name="to" required value={toInput(span.to ?? Date.now())} />
          </label>
          <button type="submit">{w.apply}</button>
          <span class="quiet">{zoneName()}</span>
        </form>
      </details>
      <Newest span={span} preset={preset} link={(shown) => url(path, { ...rest, range: undefined, ...shown })} />
    </div>
  );
}

/** Of logs that were imported the newest may be years old: where they are, when the usual range holds nothing of them. */
function Newest({ span, preset, link }: Pick<Props, 'span' | 'preset'> & { link: (span: Span) => string }) {
  const last = useApi<Totals>(preset === 'custom' || preset === 'all' ? undefined : '/totals').data?.last;
  if (last === undefined || span.from === undefined || last >= span.from) return null;
  const to = Math.ceil((last + 1) / HOUR) * HOUR;
  return (
    <p class="range-newest">
      {words().explore.newest(dateTime(last))}{' '}
      <A href={link({ from: to - PRESETS.week, to })}>{words().explore.toNewest}</A>
    </p>
  );
}

/** The value of `datetime-local` is a wall clock: that of the reader's zone. */
const toInput = (at: number | undefined): string =>
  at === undefined ? '' : new Date(at + offsetAt(at)).toISOString().slice(0, 16);

function parseInput(value: FormDataEntryValue | null): number | undefined {
  const wall = Date.parse(`${String(value)}Z`);
  return Number.isNaN(wall) ? undefined : fromWall(wall);
}
