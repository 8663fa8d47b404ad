// The names of days and months in English, as C's locale has them.

export const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

const short = (name: string): string => name.slice(0, 3);
export const SHORT_DAYS: readonly string[] = DAYS.map(short);
export const SHORT_MONTHS: readonly string[] = MONTHS.map(short);
