// The list of sessions, however long: only the rows in sight are drawn, only the pages around them are in memory.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Session, Sessions } from '../../src/web/schema.ts';
import { get } from '../api.ts';
import { number } from '../format.ts';
import { LongList } from '../longlist.ts';
import { cameBack, url } from '../router.tsx';
import { words } from '../words/words.ts';
import { SessionHead, SessionLine } from './sessiontable.tsx';
import { Failed, Nothing, Waiting } from './states.tsx';

const PAGE = 200;
/** Rows drawn above and below those in sight. */
const BEYOND = 10;
/** What a row is taken for before the first is drawn, in pixels. */
const HEIGHT = 52;
/** Lists that are kept for Back. */
const KEPT = 3;

interface Kept {
  list: LongList<Session>;
  scrolled: number;
  selected: number | undefined;
  /** Of a row, as it was drawn last. */
  height: number;
  /** Draws again when rows have come. */
  draw: () => void;
}
const kept = new Map<string, Kept>();

function listOf(path: string, start: string | undefined): Kept {
  const key = `${path} ${start}`;
  let found = cameBack() ? kept.get(key) : undefined;
  if (!found) {
    const list = new LongList<Session>(
      (cursor) =>
        get<Sessions>(`${path}&${new URLSearchParams({ limit: String(PAGE), ...(cursor ? { cursor } : {}) })}`),
      () => kept.get(key)?.draw(),
      start,
    );
    found = { list, scrolled: 0, selected: undefined, height: HEIGHT, draw: () => {} };
  }
  kept.delete(key);
  kept.set(key, found);
  if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
  return found;
}

interface Props {
  /** Under the names of the API. */
  filters: Partial<Record<string, string>>;
  /** Cursor to begin with. */
  start?: string;
  /** How many there are in all, as far as it is counted. */
  total?: { sessions: number; done: boolean };
}

export function SessionList({ filters, start, total }: Props) {
  const path = `${url('/sessions', filters)}${Object.keys(filters).length > 0 ? '' : '?'}`;
  const w = words().sessions;
  const [, draw] = useState(0);
  const [state, set] = useState<Kept>(() => listOf(path, start));
  const frame = useRef<HTMLDivElement>(null);
  const [height, setHeight] = useState(state.height);
  const [top, setTop] = useState(0);
  const { list } = state;
  state.draw = () => draw((n) => n + 1);

  const shownPath = useRef(`${path} ${start}`);
  useEffect(() => {
    if (shownPath.current === `${path} ${start}`) return;
    shownPath.current = `${path} ${start}`;
    set(listOf(path, start));
  }, [path, start]);

  // Where the window stands over the list.
  useEffect(() => {
    let waiting = 0;
    const look = () => {
      waiting = 0;
      if (!frame.current) return;
      state.scrolled = scrollY;
      setTop(-frame.current.getBoundingClientRect().top);
    };
    const soon = () => {
      waiting ||= requestAnimationFrame(look);
    };
    addEventListener('scroll', soon, { passive: true });
    addEventListener('resize', soon);
    const before = state.scrolled;
    look();
    // After the page has been put to its top.
    const back = before > 0 ? setTimeout(() => scrollTo(0, before)) : undefined;
    return () => {
      removeEventListener('scroll', soon);
      removeEventListener('resize', soon);
      cancelAnimationFrame(waiting);
      clearTimeout(back);
    };
  }, [state]);

  const inSight = Math.ceil(innerHeight / height);
  const first = Math.max(0, Math.min(list.length - 1, Math.floor(top / height) - BEYOND));
  const last = first + inSight + 2 * BEYOND;
  const rows = list.rows(first, last);

  // All rows are as tall as the first, whatever the font or the screen.
  useLayoutEffect(() => {
    const drawn = frame.current?.querySelectorAll('tbody tr');
    if (!drawn?.length) return;
    const box = drawn[drawn.length - 1]!.getBoundingClientRect();
    const each = (box.bottom - drawn[0]!.getBoundingClientRect().top) / drawn.length;
    if (Math.abs(each - height) <= 0.5) return;
    state.height = each;
    setHeight(each);
  });

  // j and k go from row to row, Enter follows the link that has the focus.
  const focusOn = useRef<number | undefined>(undefined);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const by = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0;
      const { target } = event;
      if (by === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
      if (target instanceof Element && target.matches('input, select, textarea, [role=slider]')) return;
      event.preventDefault();
      const begin = Math.max(0, Math.ceil(top / height));
      const next = state.selected === undefined ? begin : state.selected + by;
      state.selected = Math.max(0, Math.min(list.length - 1, next));
      focusOn.current = state.selected;
      state.draw();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [state, top, height]);
  useLayoutEffect(() => {
    const wanted = focusOn.current;
    if (wanted === undefined || !frame.current) return;
    const row = frame.current.querySelector<HTMLElement>(`tr[aria-rowindex="${wanted + 2}"] a`);
    if (!row) {
      scrollBy(0, wanted * height - top - innerHeight / 2);
      return;
    }
    focusOn.current = undefined;
    row.focus({ preventScroll: true });
    const box = row.closest('tr')!.getBoundingClientRect();
    // The head of the table sticks to the top.
    if (box.top < 60) scrollBy(0, box.top - 60);
    else if (box.bottom > innerHeight - 20) scrollBy(0, box.bottom - innerHeight + 20);
  });

  if (!list.started) return list.error ? <Failed error={list.error} /> : <Waiting lines={12} />;
  if (list.length === 0) {
    if (list.done) return <Nothing text={w.none} hint={w.noneHint} />;
    return (
      <>
        <p class="quiet">{w.searching}</p>
        <Waiting lines={12} />
      </>
    );
  }
  const known = total && (total.done || total.sessions > list.length) ? total.sessions : list.length;
  const whole = list.done || total?.done === true;
  return (
    <div class="session-list">
      <p class="quiet list-count">
        <span role="status">{w.counted(list.done && !start ? list.length : known, whole)}</span>
        <span class="keys-hint">{w.keys}</span>
      </p>
      <div ref={frame}>
        <Spacer height={first * height} />
        <table class="sessions" aria-rowcount={list.done ? list.length + 1 : -1}>
          <SessionHead />
          <tbody>
            {rows.map((row, index) =>
              row ? (
                <SessionLine key={first + index} row={row} index={first + index} />
              ) : (
                <tr key={first + index} aria-busy="true">
                  <td colSpan={8}>…</td>
                </tr>
              ),
            )}
          </tbody>
        </table>
        <Spacer height={Math.max(0, list.length - first - rows.length) * height} />
      </div>
      {list.error && (
        <>
          <Failed error={list.error} />
          <button type="button" onClick={() => list.again()}>
            {w.again}
          </button>
        </>
      )}
      {!list.done && !list.error && <p class="quiet">{w.reading(number(list.length))}</p>}
    </div>
  );
}

/** Room for rows that are not drawn. */
const Spacer = ({ height }: { height: number }) =>
  height > 0 ? <svg class="spacer" width="1" height={height} aria-hidden="true" /> : null;
