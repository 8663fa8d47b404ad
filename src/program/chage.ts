// chage (shadow 4.13): how long a password is good for.
import type { Bytes } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { readTable, today, writeTable } from './accounts.ts';
import { gnu, type Invocation } from './program.ts';
import { breakDown, strftime } from './strftime.ts';

export const names = ['chage'];

/** Columns of /etc/shadow. */
const COLUMNS = { d: 2, m: 3, M: 4, W: 5, I: 6, E: 7 } as const;

export const main = gnu({
  short: 'd:E:hiI:lm:M:R:W:',
  long: {
    'lastday=': 'd',
    'expiredate=': 'E',
    iso8601: 'i',
    'inactive=': 'I',
    list: 'l',
    'mindays=': 'm',
    'maxdays=': 'M',
    'root=': 'R',
    'warndays=': 'W',
  },
  failure: 2,
  usage: '[options] LOGIN',
  release: 'shadow 4.13',
  async run(run) {
    const { process } = run;
    const usage = async () => {
      await process.err(recordedRun(process, 'chage', '')?.stderr ?? 'Usage: chage [options] LOGIN\n');
      return 2;
    };
    if (run.has('h')) {
      run.put(recordedRun(process, 'chage', '--help')?.stdout ?? '');
      return 0;
    }
    const [name] = run.operands;
    if (name === undefined || run.operands.length > 1) return usage();
    const own = process.machine.accounts.byId(process.credentials.uid)?.name === name;
    if (process.credentials.euid !== 0 && !(run.has('l') && own)) return run.fail('Permission denied.', 1);
    const rows = readTable(process, 'shadow');
    const row = rows.find(([user]) => user === name);
    if (!process.machine.accounts.byName(name) || (!row && process.credentials.euid === 0))
      return run.fail(`user '${name}' does not exist in /etc/passwd`, 1);
    if (!row) return 0;
    if (run.has('l')) {
      list(run, row);
      return 0;
    }
    let changed = false;
    for (const [key, column] of Object.entries(COLUMNS)) {
      const value = run.value(key);
      if (value === undefined) continue;
      const days = key === 'd' || key === 'E' ? dayNumber(value) : /^-?\d+$/.test(value) ? Number(value) : undefined;
      if (days === undefined) {
        await process.err(
          key === 'd' || key === 'E'
            ? `chage: invalid date '${value}'\n`
            : `chage: invalid numeric argument '${value}'\n`,
        );
        return usage();
      }
      row[column] = days < 0 ? '' : String(days);
      changed = true;
    }
    if (changed) {
      await writeTable(process, 'shadow', rows);
      return 0;
    }
    // Without options it asks for each in turn.
    run.put(`Changing the aging information for ${name}\nEnter the new value, or press ENTER for the default\n\n`);
    run.put(`\tMinimum Password Age [${row[3] || 0}]: `);
    await run.flush();
    const answer = await process.read(0, 256);
    if (answer === '') {
      run.put('\n');
      return 1;
    }
    if (/^\d+$/.test(answer.trim())) row[3] = answer.trim();
    await writeTable(process, 'shadow', rows);
    return 0;
  },
});

/** Days since the epoch: `2027-01-01`, `-1`, `0`. */
function dayNumber(text: Bytes): number | undefined {
  if (/^-?\d+$/.test(text)) return Number(text);
  const at = /^\d{4}-\d{1,2}-\d{1,2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.floor(at / 86_400_000);
}

function list(run: Invocation, row: readonly Bytes[]): void {
  const [, , last = '', least = '', most = '', warn = '', inactive = '', expires = ''] = row;
  const date = (days: number) => strftime(run.has('i') ? '%F' : '%b %d, %Y', breakDown(days * 86_400_000, 'UTC'));
  const must = last === '0';
  const limit = most === '' || Number(most) >= 10_000 ? undefined : Number(last || today(run.process)) + Number(most);
  const never = 'never';
  const ends = must ? 'password must be changed' : limit === undefined || last === '' ? never : date(limit);
  const stops = must
    ? 'password must be changed'
    : limit === undefined || last === '' || inactive === ''
      ? never
      : date(limit + Number(inactive));
  run.put(
    `Last password change\t\t\t\t\t: ${must ? 'password must be changed' : last === '' ? never : date(Number(last))}\n` +
      `Password expires\t\t\t\t\t: ${ends}\nPassword inactive\t\t\t\t\t: ${stops}\n` +
      `Account expires\t\t\t\t\t\t: ${expires === '' ? never : date(Number(expires))}\n` +
      `Minimum number of days between password change\t\t: ${least || -1}\n` +
      `Maximum number of days between password change\t\t: ${most || -1}\n` +
      `Number of days of warning before password expires\t: ${warn || -1}\n`,
  );
}
