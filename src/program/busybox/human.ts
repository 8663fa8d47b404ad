// Sizes as BusyBox' applets print them for -h: `20.0K`, `1.5G`, small ones as they are.

/** @param bytes what is told in the largest unit that leaves something before the point */
export function human(bytes: number): string {
  if (bytes < 1024) return String(bytes);
  let unit = 0;
  let value = bytes / 1024;
  for (; value >= 1023.95 && unit < 4; unit++) value /= 1024;
  return `${value.toFixed(1)}${'KMGTP'[unit]}`;
}
