// Dates in words: strftime(3) as %(…)T and prompts use it, in UTC.
import { DAYS, MONTHS } from '../machine/calendar.ts';
import type { Bytes } from '../machine/machine.ts';

/** The few of strftime's letters that %(…)T and prompts need, in UTC. */
export function strftime(template: Bytes, date: Date): Bytes {
  const two = (n: number) => String(n).padStart(2, '0');
  const field = (letter: string): string => {
    switch (letter) {
      case 'Y':
        return String(date.getUTCFullYear());
      case 'y':
        return two(date.getUTCFullYear() % 100);
      case 'm':
        return two(date.getUTCMonth() + 1);
      case 'd':
        return two(date.getUTCDate());
      case 'e':
        return String(date.getUTCDate()).padStart(2);
      case 'H':
        return two(date.getUTCHours());
      case 'I':
        return two(date.getUTCHours() % 12 || 12);
      case 'M':
        return two(date.getUTCMinutes());
      case 'S':
        return two(date.getUTCSeconds());
      case 'p':
        return date.getUTCHours() < 12 ? 'AM' : 'PM';
      case 'a':
        return DAYS[date.getUTCDay()]!.slice(0, 3);
      case 'A':
        return DAYS[date.getUTCDay()]!;
      case 'b':
        return MONTHS[date.getUTCMonth()]!.slice(0, 3);
      case 'B':
        return MONTHS[date.getUTCMonth()]!;
      case 's':
        return String(Math.floor(date.getTime() / 1000));
      case 'F':
        return strftime('%Y-%m-%d', date);
      case 'T':
      case 'X':
        return strftime('%H:%M:%S', date);
      case 'D':
      case 'x':
        return strftime('%m/%d/%y', date);
      case 'c':
        return strftime('%a %b %e %H:%M:%S %Y', date);
      case 'Z':
        return 'UTC';
      case 'z':
        return '+0000';
      case 'n':
        return '\n';
      case 't':
        return '\t';
      case '%':
        return '%';
      default:
        return `%${letter}`;
    }
  };
  return template.replace(/%([a-zA-Z%])/g, (_, letter: string) => field(letter));
}
