// Ages, sizes and shares as people write them: "90d", "10GB", "5%".

export const AGE_PATTERN = /^(never|\d{1,6}(\.\d{1,3})? ?([hdwy]|days?|weeks?|years?|hours?)?)$/i;
export const SIZE_PATTERN = /^(never|\d{1,2}(\.\d{1,3})? ?%|\d{1,15}(\.\d{1,3})? ?([KMGT]i?B?|B)?)$/i;
export const SHARE_PATTERN = /^(\d{1,2}(\.\d{1,3})? ?%|\d{1,15}(\.\d{1,3})? ?([KMGT]i?B?|B)?)$/i;

const HOUR = 3_600_000;
const HOURS: Record<string, number> = { h: 1, d: 24, w: 168, y: 8_766 };

/** Milliseconds of an age such as `90d`, `12h`, `2w`, `1y`; a bare number counts days. Undefined: never, or 0. */
export function ageOf(value: string | number): number | undefined {
  const { number, unit } = parts(value);
  return number > 0 ? number * (HOURS[unit[0] ?? 'd'] ?? 24) * HOUR : undefined;
}

/**
 * Bytes of a size such as `10GB` (10⁹ each) or `512MiB` (2²⁰ each), or of a share of the disk, `5%`; a bare number counts bytes.
 * Undefined: never, or 0.
 * @param total bytes of the disk
 */
export function sizeOf(value: string | number, total: number): number | undefined {
  const { number, unit } = parts(value);
  if (!(number > 0)) return undefined;
  if (unit === '%') return Math.round((total * number) / 100);
  const power = 'bkmgt'.indexOf(unit[0] ?? 'b');
  return Math.round(number * (unit[1] === 'i' ? 1024 : 1000) ** power);
}

/**
 * Bytes of a share of a disk: `5%`, or a size, which counts as at most a fifth of the disk, for on a small one it would be all of it.
 * @param total bytes of the disk
 */
export function shareOf(value: string | number, total: number): number {
  const bytes = sizeOf(value, total) ?? 0;
  return String(value).endsWith('%') ? bytes : Math.min(bytes, Math.floor(total / 5));
}

function parts(value: string | number): { number: number; unit: string } {
  const text = String(value).trim().toLowerCase();
  const number = Number.parseFloat(text);
  return { number: Number.isNaN(number) ? 0 : number, unit: text.replace(/^[\d.]+\s*/, '') };
}
