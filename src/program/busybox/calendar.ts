// cal of BusyBox: a month, or a year in rows of three months.
import type { Bytes, Main } from '../../machine/machine.ts';
import { Failure } from '../failure.ts';

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const WEEK = 'Su Mo Tu We Th Fr Sa';

function number(text: Bytes, least: number, most: number): number {
  if (!/^\d+$/.test(text)) throw new Failure(`invalid number '${text}'`);
  const value = Number(text);
  if (value < least || value > most) throw new Failure(`number ${text} is not in ${least}..${most} range`);
  return value;
}

/** The six lines of a month; weeks begin on Sunday. */
function weeks(year: number, month: number): string[] {
  const first = new Date(Date.UTC(2000, month, 1));
  first.setUTCFullYear(year);
  const days = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const cells = [
    ...Array<string>(first.getUTCDay()).fill('  '),
    ...Array.from({ length: days }, (_, i) => String(i + 1).padStart(2)),
  ];
  return Array.from({ length: 6 }, (_, week) => cells.slice(week * 7, week * 7 + 7).join(' '));
}

const centered = (text: string, width: number): string => ' '.repeat(Math.floor((width - text.length) / 2)) + text;

export const cal: Main = async (process) => {
  const words = process.argv.slice(1).filter((word) => !/^-[jy]+$/.test(word));
  const now = new Date(process.machine.clock.now());
  const whole = words.length === 1 || process.argv.some((word) => /^-j?y/.test(word));
  const year = words.length > 0 ? number(words.at(-1)!, 1, 9999) : now.getUTCFullYear();
  if (!whole) {
    const month = words.length > 1 ? number(words[0]!, 1, 12) - 1 : now.getUTCMonth();
    const title = centered(`${MONTHS[month]} ${year}`, 20);
    const lines = weeks(year, month).map((line) => (line === '' ? ' '.repeat(21) : line));
    await process.out(`${[title, WEEK, ...lines].join('\n')}\n`);
    return 0;
  }
  let out = `${centered(String(year), 66)}\n\n`;
  for (let month = 0; month < 12; month += 3) {
    const row = [0, 1, 2].map((i) => weeks(year, month + i));
    out += `${[0, 1, 2]
      .map((i) => centered(MONTHS[month + i]!, 20).padEnd(20))
      .join('   ')
      .trimEnd()}\n`;
    out += `${[WEEK, WEEK, WEEK].join('   ')}\n`;
    for (let line = 0; line < 6; line++)
      out += `${row
        .map((lines) => lines[line]!.padEnd(20))
        .join('   ')
        .trimEnd()}\n`;
  }
  await process.out(out);
  return 0;
};
