// Reads the operator's diary: log excerpts in fenced blocks, masked, cut off, and often without a time of their own.
import type { RawEvent } from '../event/legacy.ts';
import { formatMicros } from '../event/time.ts';
import { looseEvents, parseLine } from './lines.ts';
import { type TextEvent, TextSessions } from './textsessions.ts';

export interface DiaryExcerpts {
  events: (TextEvent & { line: number; salvaged: boolean })[];
  /** Blocks that held no event we could read. */
  empty: { line: number }[];
}

interface Heading {
  year?: number;
  month: number;
  day: number;
}

const CIRCA = '[~～〜–-]?';
/** `5/3～`, `## 2018/5/3`, `2018-05-03`, `5月3日`, with or without year, alone at the beginning of a line. */
const HEADING = new RegExp(
  `^\\s{0,3}(?:#{1,6}\\s*)?(?:[*_]{0,2})(?:(\\d{4})\\s*[-/.年]\\s*)?(\\d{1,2})\\s*[-/.月]\\s*(\\d{1,2})\\s*日?\\s*${CIRCA}`,
);

/**
 * Takes the events out of a Markdown diary. A line without a time takes the day of the heading above it, in the year
 * of the nearest dated line, and is marked approximate.
 * @param fallbackYear when no line of the diary is dated
 */
export function readDiary(markdown: string, fallbackYear: number): DiaryExcerpts {
  const lines = markdown.replaceAll('\r', '').split('\n');
  const years = lines.flatMap((line, number) =>
    [...line.matchAll(/(?<!\d)(20\d\d)-\d\d-\d\d[T ]\d\d:\d\d/g)].map((match) => ({ number, year: Number(match[1]) })),
  );
  const yearNear = (number: number): number =>
    years.reduce<{ number: number; year: number } | undefined>(
      (best, dated) => (!best || Math.abs(dated.number - number) < Math.abs(best.number - number) ? dated : best),
      undefined,
    )?.year ?? fallbackYear;

  const result: DiaryExcerpts = { events: [], empty: [] };
  let heading: { heading: Heading; number: number } | undefined;
  let block: { start: number; lines: string[] } | undefined;
  const close = () => {
    if (!block) return;
    const before = result.events.length;
    const day = heading && dayOf(heading.heading, yearNear(heading.number));
    readBlock(block.lines, block.start, day, result);
    if (result.events.length === before && block.lines.some((line) => line.trim() !== ''))
      result.empty.push({ line: block.start });
    block = undefined;
  };
  for (const [index, line] of lines.entries()) {
    if (/^\s*(?:```|~~~)/.test(line)) {
      if (block) close();
      else block = { start: index + 2, lines: [] };
    } else if (block) block.lines.push(line);
    else {
      const match = HEADING.exec(line);
      const month = Number(match?.[2]);
      const day = Number(match?.[3]);
      if (match && month >= 1 && month <= 12 && day >= 1 && day <= 31)
        heading = { heading: { ...(match[1] ? { year: Number(match[1]) } : {}), month, day }, number: index };
    }
  }
  close();
  return result;
}

/** Microseconds of the day's beginning. */
function dayOf({ year, month, day }: Heading, nearYear: number): number {
  return Date.UTC(year ?? nearYear, month - 1, day) * 1000;
}

function readBlock(lines: readonly string[], start: number, day: number | undefined, result: DiaryExcerpts): void {
  let number = start;
  // Lines without time keep their order by microseconds within the day.
  let order = 0;
  const timeless = (): number | undefined => (day === undefined ? undefined : day + order++);
  const text = new TextSessions({
    emit: (event) => result.events.push({ ...event, line: number, salvaged: false }),
    timeless,
  });
  const loose: { line: number; text: string }[] = [];
  for (const [index, line] of lines.entries()) {
    const bare = line.trim();
    if (bare === '') continue;
    if (bare.startsWith('[') || /^\d{4}-\d\d-\d\d[T ]\d\d:/.test(bare)) {
      number = start + index - 1;
      text.line(bare);
      number = start + index;
    } else if (bare.startsWith('{') && bare.endsWith('}')) {
      for (const event of parseLine(bare).events)
        result.events.push({ ...dated(event, timeless), line: start + index, salvaged: false });
    } else loose.push({ line: start + index, text: line });
  }
  text.end();
  if (loose.length > 0)
    for (const event of looseEvents(loose.map((part) => part.text).join('\n')))
      result.events.push({ ...dated(event, timeless), line: loose[0]!.line, salvaged: true });
}

function dated(event: RawEvent, timeless: () => number | undefined): TextEvent {
  const has = typeof event['timestamp'] === 'string';
  if (!has) {
    const micros = timeless();
    if (micros !== undefined) event['timestamp'] = formatMicros(micros);
  }
  return { event, coarse: false, approximate: !has };
}
