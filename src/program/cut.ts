// cut (GNU coreutils): selects parts of each line.
import type { Bytes } from '../machine/machine.ts';
import { forEachInput } from './input.ts';
import { gnu, type Invocation } from './program.ts';
import { quote } from './quote.ts';

export const names = ['cut'];

/** Lines of one file at most, where they are the fields. */
const MOST_LINES = 200_000;

/** Sorted, merged ranges, from one, inclusive. */
type Ranges = [from: number, to: number][];

export const main = gnu({
  short: 'b:c:d:f:nsz',
  long: {
    'bytes=': 'b',
    'characters=': 'c',
    'delimiter=': 'd',
    'fields=': 'f',
    complement: 'complement',
    'only-delimited': 's',
    'output-delimiter=': 'output',
    'zero-terminated': 'z',
  },
  usage: 'OPTION... [FILE]...',
  async run(run) {
    const lists = run.options.filter(([k]) => k === 'b' || k === 'c' || k === 'f');
    if (lists.length > 1) return run.wrongUse('only one list may be specified');
    const list = lists[0];
    if (!list) return run.wrongUse('you must specify a list of bytes, characters, or fields');
    const byFields = list[0] === 'f';
    const delimiterText = run.value('d');
    if (!byFields && delimiterText !== undefined)
      return run.wrongUse('an input delimiter may be specified only when operating on fields');
    if (!byFields && run.has('s'))
      return run.wrongUse('suppressing non-delimited lines makes sense\n\tonly when operating on fields');
    if (delimiterText !== undefined && delimiterText.length > 1)
      return run.wrongUse('the delimiter must be a single character');
    const delimiter = delimiterText === undefined ? '\t' : delimiterText || '\0';
    let ranges = parseRanges(run, list[1] ?? '', byFields);
    if (run.has('complement')) ranges = complement(ranges);
    const joiner = run.value('output') ?? (byFields ? delimiter : '');
    const end = run.has('z') ? '\0' : '\n';
    const cutFields = (line: Bytes): Bytes | undefined => {
      if (!line.includes(delimiter)) return run.has('s') ? undefined : line;
      const fields = line.split(delimiter);
      const chosen: Bytes[] = [];
      for (const [from, to] of ranges) {
        if (from > fields.length) break;
        for (let i = from; i <= Math.min(to, fields.length); i++) chosen.push(fields[i - 1]!);
      }
      return chosen.join(joiner);
    };
    const cutBytes = (line: Bytes) => {
      const chosen: Bytes[] = [];
      for (const [from, to] of ranges) {
        if (from > line.length) break;
        chosen.push(line.slice(from - 1, to));
      }
      return chosen.join(joiner);
    };
    await forEachInput(run, run.operands, async (input) => {
      input.delimiter = end;
      if (byFields && delimiter === end) {
        // Lines themselves are the fields.
        const lines: Bytes[] = [];
        for (let batch: Bytes[] | undefined; lines.length < MOST_LINES && (batch = await input.batch()); )
          lines.push(...batch);
        run.put(lines.length < 2 && run.has('s') ? '' : (cutFields(lines.join(delimiter)) ?? '') + end);
        return;
      }
      for (let batch: Bytes[] | undefined; (batch = await input.batch()); ) {
        for (const line of batch) {
          const turn = run.process.step(1 + (line.length >> 4));
          if (turn) await turn;
          const shown = byFields ? cutFields(line) : cutBytes(line);
          if (shown !== undefined) run.put(shown + end);
        }
        await run.flush();
      }
    });
    return undefined;
  },
});

function parseRanges(run: Invocation, text: Bytes, fields: boolean): Ranges {
  const what = fields ? 'fields' : 'byte/character positions';
  const ranges: Ranges = [];
  for (const part of text.split(/[, \t]/)) {
    const match = /^(\d*)(-?)(\d*)$/.exec(part);
    if (!match || (match[3] && !match[2])) {
      const range = /^\d*-\d*-/.test(part);
      if (range) return run.wrongUse(fields ? 'invalid field range' : 'invalid byte or character range');
      const wrong = /[^\d-].*/s.exec(part)?.[0] ?? part;
      return run.wrongUse(
        fields
          ? `invalid field value ${quote(run.process, wrong)}`
          : `invalid byte/character position ${quote(run.process, wrong)}`,
      );
    }
    const [, from, dash, to] = match;
    for (const number of [from!, to!])
      if (number.length > 19 || BigInt(number || 0) >= 2n ** 64n - 1n)
        return run.wrongUse(
          `${fields ? 'field number' : 'byte/character offset'} ${quote(run.process, number)} is too large`,
        );
    if (!from && !to) {
      if (dash) return run.wrongUse('invalid range with no endpoint: -');
      return run.wrongUse(`${fields ? 'fields' : 'byte/character positions'} are numbered from 1`);
    }
    if ((from && Number(from) === 0) || (to && Number(to) === 0 && !from))
      return run.wrongUse(`${what} are numbered from 1`);
    const low = from ? Number(from) : 1;
    const high = dash ? (to ? Number(to) : Number.POSITIVE_INFINITY) : low;
    if (high < low) return run.wrongUse('invalid decreasing range');
    ranges.push([low, high]);
  }
  ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const merged: Ranges = [];
  for (const range of ranges) {
    const last = merged.at(-1);
    // GNU joins ranges that overlap; with an output delimiter adjacent ones stay apart.
    if (last && range[0] <= last[1]) last[1] = Math.max(last[1], range[1]);
    else merged.push([range[0], range[1]]);
  }
  return merged;
}

function complement(ranges: Ranges): Ranges {
  const result: Ranges = [];
  let next = 1;
  for (const [from, to] of ranges) {
    if (from > next) result.push([next, from - 1]);
    next = to + 1;
  }
  if (next !== Number.POSITIVE_INFINITY) result.push([next, Number.POSITIVE_INFINITY]);
  return result;
}
