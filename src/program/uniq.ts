// uniq (GNU coreutils): reports or drops repeated lines.
import type { Bytes } from '../machine/machine.ts';
import { reason } from './failure.ts';
import { openInput } from './input.ts';
import { parseInteger } from './number.ts';
import { gnu } from './program.ts';
import { quote, quoteAlways, quoteIfNeeded } from './quote.ts';

export const names = ['uniq'];

const declared = gnu({
  short: 'cdDf:is:uw:z',
  long: {
    count: 'c',
    repeated: 'd',
    'all-repeated=?': 'D',
    'skip-fields=': 'f',
    'group=?': 'group',
    'ignore-case': 'i',
    'skip-chars=': 's',
    unique: 'u',
    'check-chars=': 'w',
    'zero-terminated': 'z',
  },
  words: {
    D: { name: '--all-repeated', groups: ['none', 'prepend', 'separate'] },
    group: { name: '--group', groups: ['prepend', 'append', 'separate', 'both'] },
  },
  usage: '[OPTION]... [INPUT [OUTPUT]]',
  async run(run) {
    const { process, operands } = run;
    if (operands.length > 2) return run.wrongUse(`extra operand ${quote(process, operands[2]!)}`);
    const number = (key: string, what: string) => {
      const text = run.value(key);
      if (text === undefined) return undefined;
      const value = parseInteger(text);
      if (value === undefined || value < 0)
        return run.fail(`${text}: invalid number of ${what} to ${key === 'w' ? 'compare' : 'skip'}`);
      return value;
    };
    const fields = number('f', 'fields') ?? 0;
    const chars = number('s', 'bytes') ?? 0;
    const most = number('w', 'bytes');
    const all = run.has('D');
    const group = run.has('group') ? (run.value('group') ?? 'separate') : undefined;
    if (all && run.has('c')) return run.wrongUse('printing all duplicated lines and repeat counts is meaningless');
    if (group && (run.has('c') || run.has('d') || all || run.has('u')))
      return run.wrongUse('--group is mutually exclusive with -c/-d/-D/-u');
    const separate = all ? (run.value('D') ?? 'none') : 'none';
    const keyOf = (line: Bytes) => {
      let at = 0;
      for (let i = 0; i < fields && at < line.length; i++) {
        while (at < line.length && (line[at] === ' ' || line[at] === '\t')) at++;
        while (at < line.length && line[at] !== ' ' && line[at] !== '\t') at++;
      }
      at += chars;
      const key = line.slice(at, most === undefined ? undefined : at + most);
      return run.has('i') ? key.toUpperCase() : key;
    };
    const source = operands[0] ?? '-';
    let input: ReturnType<typeof openInput>;
    try {
      input = openInput(process, source);
    } catch (error) {
      return run.fail(`${quoteIfNeeded(source)}: ${reason(error)}`);
    }
    const target =
      operands[1] !== undefined && operands[1] !== '-'
        ? process.open(operands[1], { write: true, create: true, truncate: true }, 0o666)
        : 1;
    const end = run.has('z') ? '\0' : '\n';
    input.delimiter = end;
    let first: Bytes | undefined;
    let key = '';
    let count = 0;
    let groups = 0;
    let text = '';
    const finish = () => {
      if (first === undefined || all || group) return;
      if (count === 1 ? run.has('d') : run.has('u')) return;
      if (run.has('u') && run.has('d')) return;
      text += (run.has('c') ? `${String(count).padStart(7)} ` : '') + first + end;
    };
    const next = async () => {
      try {
        return await input.batch();
      } catch (error) {
        reason(error);
        return run.fail(`error reading ${quoteAlways(source)}`);
      }
    };
    for (let batch: Bytes[] | undefined; (batch = await next()); ) {
      for (const line of batch) {
        const itsKey = keyOf(line);
        const same = first !== undefined && itsKey === key;
        if (same) {
          count++;
          if (all) {
            if (count === 2)
              text += (separate === 'prepend' || (separate === 'separate' && groups > 0) ? end : '') + first + end;
            if (count === 2) groups++;
            text += line + end;
          } else if (group) text += line + end;
          continue;
        }
        finish();
        if (group) {
          if (groups > 0 ? group !== 'none' : group === 'prepend' || group === 'both') text += end;
          text += line + end;
          groups++;
        }
        first = line;
        key = itsKey;
        count = 1;
      }
      if (text) await process.write(target, text);
      text = '';
    }
    finish();
    if (group && groups > 0 && (group === 'append' || group === 'both')) text += end;
    if (text) await process.write(target, text);
    if (target !== 1) process.close(target);
    input.close();
    return 0;
  },
});

/** The old `-N` skips fields, the old `+N` bytes. */
export const main: typeof declared = (process) => {
  process.argv = process.argv.map((arg, i) =>
    i === 0 ? arg : arg.replace(/^-(\d+)$/, '-f$1').replace(/^\+(\d+)$/, '-s$1'),
  );
  return declared(process);
};
