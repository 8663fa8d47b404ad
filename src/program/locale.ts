// locale (glibc 2.36): the locale's settings, and which locales there are.
import type { Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { isUtf8 } from './quote.ts';

export const names = ['locale'];

const CATEGORIES =
  'CTYPE NUMERIC TIME COLLATE MONETARY MESSAGES PAPER NAME ADDRESS TELEPHONE MEASUREMENT IDENTIFICATION'.split(' ');
const VALUES: Record<string, string> = {
  decimal_point: '.',
  thousands_sep: '',
  int_curr_symbol: '',
  currency_symbol: '',
  mon_decimal_point: '',
  yesexpr: '^[yY]',
  noexpr: '^[nN]',
  yesstr: '',
  nostr: '',
  d_t_fmt: '%a %b %e %H:%M:%S %Y',
  d_fmt: '%m/%d/%y',
  t_fmt: '%H:%M:%S',
  abday: 'Sun;Mon;Tue;Wed;Thu;Fri;Sat',
  day: 'Sunday;Monday;Tuesday;Wednesday;Thursday;Friday;Saturday',
  abmon: 'Jan;Feb;Mar;Apr;May;Jun;Jul;Aug;Sep;Oct;Nov;Dec',
  mon: 'January;February;March;April;May;June;July;August;September;October;November;December',
};

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const env = process.environment;
  const known = (name: string) => /^(C|POSIX|C\.UTF-?8)$/i.test(name);
  const all = env.get('LC_ALL') ?? '';
  const wished = [all, ...CATEGORIES.map((c) => env.get(`LC_${c}`) ?? ''), env.get('LANG') ?? ''].filter(
    (name) => name !== '',
  );
  if (wished.some((name) => !known(name))) {
    await process.err(
      'locale: Cannot set LC_CTYPE to default locale: No such file or directory\nlocale: Cannot set LC_MESSAGES to default locale: No such file or directory\nlocale: Cannot set LC_ALL to default locale: No such file or directory\n',
    );
  }
  if (args.length === 0) {
    const lang = env.get('LANG') ?? '';
    let text = `LANG=${lang}\nLANGUAGE=${env.get('LANGUAGE') ?? ''}\n`;
    for (const category of CATEGORIES) {
      const own = env.get(`LC_${category}`);
      text += own && !all ? `LC_${category}=${own}\n` : `LC_${category}="${all || lang || 'POSIX'}"\n`;
    }
    await process.out(`${text}LC_ALL=${all}\n`);
    return 0;
  }
  if (args.includes('-a') || args.includes('--all-locales')) {
    await process.out('C\nC.utf8\nPOSIX\n');
    return 0;
  }
  const run = recordedRun(process, 'locale', args.join(' '));
  if (run?.stdout && args[0]!.startsWith('-')) {
    await process.out(run.stdout);
    return run.status;
  }
  const wrong = args.find(
    (arg) => arg.startsWith('-') && !/^-([ckavm]+|-category-name|-keyword-name|-verbose|-charmaps)$/.test(arg),
  );
  if (wrong !== undefined) {
    const long = wrong.startsWith('--');
    const told = recordedRun(process, 'locale', long ? '--zzz' : '-@');
    await process.err((told?.stderr ?? '').replaceAll(long ? 'zzz' : '@', wrong.replace(/^-+/, '')));
    return told?.status ?? 64;
  }
  const withName = args.some((arg) => /^-\w*k|--keyword/.test(arg));
  let status = 0;
  for (const name of args.filter((arg) => !arg.startsWith('-'))) {
    const value = name === 'charmap' ? (isUtf8(process) ? 'UTF-8' : 'ANSI_X3.4-1968') : VALUES[name];
    if (value === undefined) {
      await process.err(`locale: unknown name "${name}"\n`);
      status = 1;
    } else await process.out(withName ? `${name}="${value}"\n` : `${value}\n`);
  }
  return status;
}
