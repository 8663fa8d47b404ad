// Moments of a recording as people write them: 0:07, 12:31.5, 1:02:03; and read back from a link.

/** @param tenths with one digit after the seconds */
export function clock(seconds: number, tenths = false): string {
  const all = tenths ? Math.floor(seconds * 10) / 10 : Math.floor(seconds);
  const [hours, minutes] = [Math.floor(all / 3600), Math.floor((all % 3600) / 60)];
  const rest = (all % 60).toFixed(tenths ? 1 : 0).padStart(tenths ? 4 : 2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** Seconds of `90`, `90.5`, `1:30` or `1:02:03`; undefined for anything else. */
export function secondsOf(text: string | null): number | undefined {
  if (text === null || !/^(?:\d{1,4}:){0,2}\d{1,7}(?:\.\d{1,6})?s?$/.test(text)) return undefined;
  return text
    .replace('s', '')
    .split(':')
    .reduce((sum, part) => sum * 60 + Number(part), 0);
}
