// touch (GNU coreutils): makes files and sets their times.
import { SystemError } from '../machine/errno.ts';
import { errnoOf, reason, tryTo } from './failure.ts';
import { gnu } from './program.ts';
import { quote, quoteAlways } from './quote.ts';
import { breakDown, momentOf, parseDate, zoneOf } from './strftime.ts';

export const names = ['touch'];

export const main = gnu({
  short: 'acd:fhmr:t:',
  long: { 'no-create': 'c', 'date=': 'd', 'no-dereference': 'h', 'reference=': 'r', 'time=': 'time' },
  words: { time: { name: '--time', groups: ['atime,access,use', 'mtime,modify'] } },
  usage: '[OPTION]... FILE...',
  async run(run) {
    const { process } = run;
    const { files } = process;
    if (run.operands.length === 0) return run.wrongUse('missing file operand');
    const now = process.machine.clock.now();
    const zone = zoneOf(process);
    let [atime, mtime] = [now, now];
    const reference = run.value('r');
    if (reference !== undefined) {
      try {
        ({ atime, mtime } = files.stat(reference, !run.has('h')));
      } catch (error) {
        return run.fail(`failed to get attributes of ${quoteAlways(reference)}: ${reason(error)}`);
      }
    }
    const date = run.value('d');
    if (date !== undefined) {
      const at = parseDate(date, now, zone);
      if (at === undefined) return run.fail(`invalid date format ${quote(process, date)}`);
      atime = mtime = at;
    }
    const stamp = run.value('t');
    if (stamp !== undefined) {
      const match = /^(?:(\d\d)?(\d\d))?(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d\d))?$/.exec(stamp);
      if (!match || Number(match[3]) > 12 || Number(match[3]) < 1 || Number(match[4]) > 31)
        return run.fail(`invalid date format ${quote(process, stamp)}`);
      const [, century, short, month, day, hour, minute, second] = match;
      const year =
        short === undefined
          ? breakDown(now, zone).year
          : century === undefined
            ? Number(short) + (Number(short) < 69 ? 2000 : 1900)
            : Number(century + short);
      atime = mtime = momentOf(
        year,
        Number(month) - 1,
        Number(day),
        Number(hour),
        Number(minute),
        Number(second ?? 0),
        zone,
      );
    }
    const word = run.value('time');
    const onlyAccess = run.has('a') || (word !== undefined && /^(atime|access|use)/.test(word));
    const onlyModify = run.has('m') || (word !== undefined && /^(mtime|modify)/.test(word));
    for (const path of run.operands) {
      const turn = run.process.step(8);
      if (turn) await turn;
      const old = tryTo(() => files.stat(path, !run.has('h')));
      try {
        if (path === '') throw new SystemError('ENOENT');
        if (!old) {
          if (run.has('c') || run.has('h')) {
            if (run.has('h') && !run.has('c')) files.stat(path, false);
            continue;
          }
          process.close(process.open(path, { write: true, create: true }, 0o666));
        }
        const stat = old ?? files.stat(path);
        const both = onlyAccess === onlyModify;
        files.utimes(
          path,
          both || onlyAccess ? atime : stat.atime,
          both || onlyModify ? mtime : stat.mtime,
          !run.has('h'),
        );
      } catch (error) {
        const what = old || (errnoOf(error) === 'ENOENT' && run.has('h')) ? 'setting times of' : 'cannot touch';
        await run.warn(
          `${what === 'setting times of' && errnoOf(error) !== 'EPERM' ? 'cannot touch' : what} ${quoteAlways(path)}: ${reason(error)}`,
        );
      }
    }
    return undefined;
  },
});
