// Times in systemd's words (format_timestamp_relative, format_timespan; systemd 252).

const SPANS: readonly [name: string, milliseconds: number][] = [
  ['y', 31_557_600_000],
  ['month', 2_629_800_000],
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** `3 weeks 2 days ago`, `5min ago`; of milliseconds. */
export function ago(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const many = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`;
  const two = (size: number, word: string, rest: number, other: string) => {
    const n = Math.floor(seconds / size);
    const m = Math.floor((seconds % size) / rest);
    return `${many(n, word)}${m > 0 ? ` ${many(m, other)}` : ''} ago`;
  };
  if (seconds >= 31_557_600) return two(31_557_600, 'year', 2_629_800, 'month');
  if (seconds >= 2_629_800) return two(2_629_800, 'month', 86_400, 'day');
  if (seconds >= 604_800) return two(604_800, 'week', 86_400, 'day');
  if (seconds >= 172_800) return `${many(Math.floor(seconds / 86_400), 'day')} ago`;
  if (seconds >= 90_000) return `${many(1, 'day')} ${Math.floor((seconds - 86_400) / 3600)}h ago`;
  if (seconds >= 86_400) return '1 day ago';
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)}h ${Math.floor((seconds % 3600) / 60)}min ago`;
  if (seconds >= 300) return `${Math.floor(seconds / 60)}min ago`;
  if (seconds >= 60) return `${Math.floor(seconds / 60)}min ${seconds % 60}s ago`;
  return seconds > 0 ? `${seconds}s ago` : 'now';
}

/** `1min 3.512s`; of milliseconds, to the millisecond. */
export function span(milliseconds: number): string {
  let rest = Math.round(milliseconds);
  if (rest === 0) return '0';
  const parts: string[] = [];
  for (const [name, size] of SPANS) {
    if (name === 's' && rest >= 1000) {
      parts.push(`${(rest / 1000).toFixed(3)}s`);
      break;
    }
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n > 0) parts.push(`${n}${name}`);
  }
  return parts.join(' ');
}
