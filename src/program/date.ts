// date (GNU coreutils): shows or sets the time.
import { reason } from './failure.ts';
import { Input } from './input.ts';
import { gnu } from './program.ts';
import { quote, quoteIfNeeded } from './quote.ts';
import { breakDown, parseDate, strftime, zoneOf } from './strftime.ts';

export const names = ['date'];

export const main = gnu({
  short: 'd:f:I::r:Rs:u',
  long: {
    'date=': 'd',
    debug: 'debug',
    'file=': 'f',
    'iso-8601=?': 'I',
    'reference=': 'r',
    'rfc-2822': 'R',
    'rfc-email': 'R',
    'rfc-3339=': 'rfc-3339',
    resolution: 'resolution',
    'set=': 's',
    utc: 'u',
    universal: 'u',
    uct: 'u',
  },
  words: {
    I: { name: '--iso-8601', groups: ['hours', 'minutes', 'date', 'seconds', 'ns'] },
    'rfc-3339': { name: '--rfc-3339', groups: ['date', 'seconds', 'ns'] },
  },
  usage: '[OPTION]... [+FORMAT]',
  async run(run) {
    const { process } = run;
    const now = process.machine.clock.now();
    const zone = run.has('u') ? 'UTC' : zoneOf(process);
    let format: string | undefined;
    const set = (text: string) => {
      if (format !== undefined) run.fail('multiple output formats specified');
      format = text;
    };
    if (run.has('I')) {
      const spec = run.value('I') ?? 'date';
      const kinds: Record<string, string> = {
        date: '%Y-%m-%d',
        hours: '%Y-%m-%dT%H%:z',
        minutes: '%Y-%m-%dT%H:%M%:z',
        seconds: '%Y-%m-%dT%H:%M:%S%:z',
        ns: '%Y-%m-%dT%H:%M:%S,%N%:z',
      };
      const kind = Object.keys(kinds).find((k) => k.startsWith(spec));
      if (!kind)
        return run.wrongUse(
          `invalid argument ${quote(process, spec)} for ${quote(process, '--iso-8601')}\nValid arguments are:\n${Object.keys(
            kinds,
          )
            .map((k) => `  - ${quote(process, k)}`)
            .join('\n')}`,
        );
      set(kinds[kind]!);
    }
    if (run.has('R')) set('%a, %d %b %Y %H:%M:%S %z');
    const rfc = run.value('rfc-3339');
    if (rfc !== undefined) {
      const kinds: Record<string, string> = {
        date: '%Y-%m-%d',
        seconds: '%Y-%m-%d %H:%M:%S%:z',
        ns: '%Y-%m-%d %H:%M:%S.%N%:z',
      };
      set(kinds[Object.keys(kinds).find((k) => k.startsWith(rfc)) ?? ''] ?? '%Y-%m-%d');
    }
    const [operand, extra] = run.operands;
    if (extra !== undefined) return run.wrongUse(`extra operand ${quote(process, extra)}`);
    if (operand?.startsWith('+')) set(operand.slice(1));
    const show = (at: number) => run.put(`${strftime(format ?? '%a %b %e %H:%M:%S %Z %Y', breakDown(at, zone))}\n`);
    if (operand !== undefined && !operand.startsWith('+')) {
      if (run.has('d') || run.has('r') || run.has('f')) {
        return run.wrongUse(
          `the argument ${quote(process, operand)} lacks a leading '+';\nwhen using an option to specify date(s), any non-option\nargument must be a format string beginning with '+'`,
        );
      }
      const match = /^(\d\d)(\d\d)(\d\d)(\d\d)((?:\d\d)?\d\d)?(?:\.(\d\d))?$/.exec(operand);
      if (!match) return run.fail(`invalid date ${quote(process, operand)}`);
      await run.warn('cannot set date: Operation not permitted');
      return 1;
    }
    if (run.has('s')) {
      const at = parseDate(run.value('s')!, now, zone);
      if (at === undefined) return run.fail(`invalid date ${quote(process, run.value('s')!)}`);
      if (process.credentials.euid !== 0) await run.warn('cannot set date: Operation not permitted');
      show(at);
      return undefined;
    }
    const file = run.value('f');
    if (file !== undefined) {
      const input = new Input(process, file === '-' ? 0 : process.open(file, { read: true }));
      for (let line: string | undefined; (line = await input.next()) !== undefined; ) {
        const at = parseDate(line, now, zone);
        if (at === undefined) await run.warn(`invalid date ${quote(process, line)}`);
        else show(at);
      }
      return undefined;
    }
    let at: number | undefined = now;
    const reference = run.value('r');
    if (reference !== undefined) {
      try {
        at = process.files.stat(reference).mtime;
      } catch (error) {
        return run.fail(`${quoteIfNeeded(reference)}: ${reason(error)}`);
      }
    }
    const text = run.value('d');
    if (text !== undefined) {
      at = parseDate(text, now, zone);
      if (at === undefined) return run.fail(`invalid date ${quote(process, text)}`);
    }
    show(at);
    return 0;
  },
});
