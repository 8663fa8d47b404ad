// at, atq, atrm and batch's `at -q b` (at 3.2.5): commands for later, kept in /var/spool/cron/atjobs.
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { reason, tryTo } from './failure.ts';
import { getopt, WrongUse } from './getopt.ts';
import { calledAs } from './program.ts';
import { breakDown, momentOf, strftime, zoneOf } from './strftime.ts';

export const names = ['at', 'atq', 'atrm'];

const SPOOL = '/var/spool/cron/atjobs';
/** A job larger than this is not taken. */
const LARGEST = 1 << 20;

interface Job {
  file: Bytes;
  queue: string;
  number: number;
  /** Milliseconds since the epoch. */
  at: number;
  uid: number;
}

export async function main(process: Process): Promise<number> {
  const called = calledAs(process);
  let parsed: ReturnType<typeof getopt>;
  try {
    parsed = getopt(process.argv.slice(1), called === 'at' ? 'q:f:t:mMu:bvlcdrVo:' : 'q:Vo:');
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    const usage = recordedRun(process, called, '-@') ?? recordedRun(process, 'at', '-@');
    await process.err(
      usage?.stderr?.replace(/^.*invalid option.*$/m, `${called}: ${error.message}`) ?? `${called}: ${error.message}\n`,
    );
    return 1;
  }
  const has = (key: string) => parsed.options.some(([k]) => k === key);
  const value = (key: string) => parsed.options.findLast(([k]) => k === key)?.[1];
  if (has('V')) {
    await process.err(
      'at version 3.2.5\nPlease report bugs to the Debian bug tracking system (http://bugs.debian.org/)\nor contact the maintainers (at@packages.debian.org).\n',
    );
    return 0;
  }
  // Set-user-id: they reach the spool whoever runs them.
  const caller = process.credentials;
  process.credentials = { ...caller, euid: 0 };
  if (called === 'atq' || has('l')) return list(process, value('q'), caller.uid);
  if (called === 'atrm' || has('d') || has('r')) return remove(process, parsed.operands, caller.uid);
  if (has('c')) {
    for (const id of parsed.operands) {
      const job = jobs(process).find(({ number }) => String(number) === id);
      if (!job) {
        await process.err(`Cannot find jobid ${id}\n`);
        return 1;
      }
      await process.out(process.readFile(`${SPOOL}/${job.file}`));
    }
    return 0;
  }
  const now = process.machine.clock.now();
  let at: number | undefined;
  const queue = value('q') ?? (has('b') ? 'b' : 'a');
  if (has('t')) at = touchTime(value('t')!, now, zoneOf(process));
  else if ((queue === 'b' || has('b')) && parsed.operands.length === 0) at = now;
  else {
    const text = parsed.operands.join(' ');
    at = moment(text, now, zoneOf(process));
    if (at === undefined) {
      const letter = /[a-z]/i.exec(text)?.[0];
      await process.err(`${letter ? `syntax error. Last token seen: ${letter}\n` : ''}Garbled time\n`);
      return 1;
    }
  }
  if (at === undefined) {
    await process.err('invalid date format: ' + `${value('t')}\n`);
    return 1;
  }
  const first = queue === 'b' && parsed.operands.length === 0;
  if (!first && at < now - 60_000) {
    await process.err('at: refusing to create job destined in the past\n');
    return 1;
  }
  await process.err('warning: commands will be executed using /bin/sh\n');
  let text: Bytes;
  if (has('f')) {
    process.credentials = caller;
    try {
      text = process.readFile(value('f')!);
    } catch (error) {
      await process.err(`Cannot open input file ${value('f')}: ${reason(error)}\n`);
      return 1;
    }
    process.credentials = { ...caller, euid: 0 };
  } else text = await typed(process, at);
  return store(process, text, at, queue, caller.uid, caller.gid);
}

/** Reads the commands; on a terminal with at's prompt. */
async function typed(process: Process, at: number): Promise<Bytes> {
  if (!process.descriptors.get(0)?.terminal) return process.readAll(0, LARGEST);
  await process.err(`at ${strftime('%a %b %e %H:%M:%S %Y', breakDown(at, zoneOf(process)))}\n`);
  let all = '';
  for (;;) {
    await process.out('at> ');
    const line = await process.read(0, 4096);
    if (line === '') break;
    process.witness.input('at', line.replace(/\n$/, ''));
    all += line;
    if (all.length > LARGEST) break;
  }
  await process.out('<EOT>\n');
  return all;
}

async function store(
  process: Process,
  text: Bytes,
  at: number,
  queue: string,
  uid: number,
  gid: number,
): Promise<number> {
  const { clock } = process.machine;
  const sequence = `${SPOOL}/.SEQ`;
  const number = (Number.parseInt(tryTo(() => process.readFile(sequence)) ?? '0', 16) || 0) + 1;
  const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0');
  const minute = Math.floor(at / 60_000) * 60_000;
  const file = `${queue}${hex(number, 5)}${hex(minute / 60_000, 8)}`;
  const umask = process.umask.toString(8).padStart(3, '0');
  const variables = [...process.environment]
    .filter(([name]) => !/^(TERM|DISPLAY|_|SHELLOPTS|BASH_VERSINFO|EUID|GROUPS|PPID|UID)$/.test(name))
    .map(([name, value]) => `${name}=${value.replace(/[^\w/.,@%+=:-]/g, '\\$&')}; export ${name}\n`)
    .join('');
  const user = process.machine.accounts.byId(uid)?.name ?? String(uid);
  const script = `#!/bin/sh\n# atrun uid=${uid} gid=${gid}\n# mail ${user} 0\numask ${Number(umask).toString()}\n${variables}cd ${process.cwd} || {\n\t echo 'Execution directory inaccessible' >&2\n\t exit 1\n}\n${text}\n`;
  try {
    if (!tryTo(() => process.files.stat(SPOOL))) process.files.mkdir(SPOOL, 0o1770);
    const put = async (path: Bytes, content: Bytes, mode: number) => {
      const descriptor = process.open(path, { write: true, create: true, truncate: true }, mode);
      await process.write(descriptor, content);
      process.close(descriptor);
    };
    await put(sequence, `${hex(number, 5)}\n`, 0o600);
    await put(`${SPOOL}/${file}`, script, 0o700);
    tryTo(() => process.files.chown(`${SPOOL}/${file}`, uid, gid));
  } catch (error) {
    await process.err(`Cannot create atjob file ${SPOOL}/${file}: ${reason(error)}\n`);
    return 1;
  }
  await process.err(
    `job ${number} at ${strftime('%a %b %e %H:%M:%S %Y', breakDown(queue === 'b' ? clock.now() - (clock.now() % 60_000) : minute, zoneOf(process)))}\n`,
  );
  if (![...process.machine.processes.values()].some(({ comm }) => comm === 'atd'))
    await process.err("Can't open /run/atd.pid to signal atd. No atd running?\n");
  return 0;
}

function jobs(process: Process): Job[] {
  const found: Job[] = [];
  for (const { name } of tryTo(() => process.files.readdir(SPOOL)) ?? []) {
    const parts = /^([a-zA-Z=])([0-9a-f]{5})([0-9a-f]{8})$/.exec(name);
    const stat = parts && tryTo(() => process.files.stat(`${SPOOL}/${name}`));
    if (!parts || !stat) continue;
    const [, queue = 'a', number = '0', at = '0'] = parts;
    found.push({
      file: name,
      queue,
      number: Number.parseInt(number, 16),
      at: Number.parseInt(at, 16) * 60_000,
      uid: stat.uid,
    });
  }
  return found;
}

async function list(process: Process, queue: Bytes | undefined, uid: number): Promise<number> {
  const zone = zoneOf(process);
  for (const job of jobs(process)) {
    if ((queue !== undefined && job.queue !== queue) || (uid !== 0 && job.uid !== uid)) continue;
    const user = process.machine.accounts.byId(job.uid)?.name ?? String(job.uid);
    await process.out(
      `${job.number}\t${strftime('%a %b %e %H:%M:%S %Y', breakDown(job.at, zone))} ${job.queue} ${user}\n`,
    );
  }
  return 0;
}

async function remove(process: Process, ids: readonly Bytes[], uid: number): Promise<number> {
  let status = 0;
  for (const id of ids) {
    const job = jobs(process).find(({ number }) => String(number) === id);
    if (!job) await process.err(`Cannot find jobid ${id}\n`);
    else if (uid !== 0 && uid !== job.uid) await process.err(`${id}: Not owner\n`);
    else {
      tryTo(() => process.files.unlink(`${SPOOL}/${job.file}`));
      continue;
    }
    status = 1;
  }
  return status;
}

/** `[[CC]YY]MMDDhhmm[.ss]` */
function touchTime(text: Bytes, now: number, zone: string): number | undefined {
  const [, century, year, month, day, hour, minute, second] =
    /^(?:(\d\d)?(\d\d))?(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d\d))?$/.exec(text) ?? [];
  if (month === undefined) return undefined;
  const full = year === undefined ? breakDown(now, zone).year : Number(`${century ?? 20}${year}`);
  return momentOf(full, Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second ?? 0), zone);
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const UNITS: Record<string, number> = {
  min: 60_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};

/** at's time specification (parsetime.y): `now + 5 minutes`, `23:59 tomorrow`, `teatime`, `10am Jul 31`. Milliseconds, or undefined. */
export function moment(text: Bytes, now: number, zone: string): number | undefined {
  const words = text
    .toLowerCase()
    .replace(/\+/g, ' + ')
    .replace(/(\d)(am|pm)\b/g, '$1 $2')
    .replace(/(\d)(min|minutes?|hours?|days?|weeks?)\b/g, '$1 $2')
    .split(/[\s,]+/)
    .filter(Boolean);
  if (words.length === 0) return undefined;
  const t = breakDown(now, zone);
  let { year, month, day, hour, minute } = t;
  let second = 0;
  let timed = false;
  let dated = false;
  let shift = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const clock = /^(\d{1,2})(?::|h|\.)?(\d\d)$/.exec(word) ?? /^(\d{1,2})$/.exec(word);
    const date = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(word) ?? /^(\d{1,2})[./](\d{1,2})[./](\d{2,4})$/.exec(word);
    if (word === 'now') {
      timed = dated = true;
      second = t.second;
    } else if (word === 'noon' || word === 'midnight' || word === 'teatime') {
      hour = { noon: 12, midnight: 0, teatime: 16 }[word];
      minute = 0;
      timed = true;
    } else if (word === 'today') dated = true;
    else if (word === 'tomorrow') {
      day++;
      dated = true;
    } else if (word === '+' || word === 'next') {
      const amount = word === 'next' ? 1 : Number(words[++i]);
      const unit = (words[++i] ?? '').replace(/s$/, '');
      const named = DAYS.indexOf(unit.slice(0, 3));
      if (!Number.isFinite(amount)) return undefined;
      if (UNITS[unit] !== undefined) shift += amount * UNITS[unit];
      else if (unit === 'month') month += amount;
      else if (unit === 'year') year += amount;
      else if (named >= 0) day += ((named - t.weekday + 6) % 7) + 1;
      else return undefined;
      if (!timed) {
        timed = dated = true;
        second = t.second;
      }
    } else if (date && word.includes('-')) {
      [year, month, day] = [Number(date[1]), Number(date[2]) - 1, Number(date[3])];
      dated = true;
    } else if (date) {
      const european = word.includes('.');
      [day, month] = european ? [Number(date[1]), Number(date[2]) - 1] : [Number(date[2]), Number(date[1]) - 1];
      year = Number(date[3]) + (Number(date[3]) < 100 ? 2000 : 0);
      dated = true;
    } else if (MONTHS.includes(word.slice(0, 3)) && /^\d+$/.test(words[i + 1] ?? '')) {
      month = MONTHS.indexOf(word.slice(0, 3));
      day = Number(words[++i]);
      if (/^\d{4}$/.test(words[i + 1] ?? '')) year = Number(words[++i]);
      dated = true;
    } else if (DAYS.includes(word.slice(0, 3)) && !timed === false) {
      day += (DAYS.indexOf(word.slice(0, 3)) - t.weekday + 7) % 7;
      dated = true;
    } else if (clock && !timed) {
      hour = Number(clock[1]);
      minute = Number(clock[2] ?? 0);
      const half = words[i + 1];
      if (half === 'am' || half === 'pm') {
        if (hour < 1 || hour > 12) return undefined;
        hour = (hour % 12) + (half === 'pm' ? 12 : 0);
        i++;
      }
      if (hour > 23 || minute > 59) return undefined;
      timed = true;
    } else if (word !== 'utc') return undefined;
  }
  if (!timed && !dated) return undefined;
  let at = momentOf(year, month, day, hour, minute, second, zone) + shift;
  // A time of day that is over means tomorrow's.
  if (!dated && at <= now) at += 86_400_000;
  return at;
}
