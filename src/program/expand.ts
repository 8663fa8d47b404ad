// expand and unexpand (GNU coreutils): tabs to blanks and back.
import type { Bytes } from '../machine/machine.ts';
import { forEachInput } from './input.ts';
import { calledAs, gnu } from './program.ts';

export const names = ['expand', 'unexpand'];

const declared = gnu({
  short: 'ait:',
  long: { all: 'a', initial: 'i', 'first-only': 'first', 'tabs=': 't' },
  usage: '[OPTION]... [FILE]...',
  async run(run) {
    const list = (run.value('t') ?? '8').split(/[, ]+/).filter(Boolean);
    const stops = list.map((text) => {
      if (!/^\d+$/.test(text)) return run.fail(`tab size contains invalid character(s): ${text}`);
      if (Number(text) === 0) return run.fail('tab size cannot be 0');
      return Number(text);
    });
    const next = (column: number) =>
      stops.length === 1 ? column + stops[0]! - (column % stops[0]!) : (stops.find((s) => s > column) ?? column + 1);
    const expanding = calledAs(run.process) === 'expand';
    const everywhere = (run.has('a') || run.has('t')) && !run.has('first');
    await forEachInput(run, run.operands, async (input) => {
      for (let lines: Bytes[] | undefined; (lines = await input.batch()); ) {
        for (const [i, line] of lines.entries())
          run.put(
            (expanding ? expand(line, next, run.has('i')) : unexpand(line, next, everywhere)) +
              (i < lines.length - 1 || input.terminated ? '\n' : ''),
          );
        await run.flush();
      }
    });
    return undefined;
  },
});

export const main: typeof declared = (process) => {
  process.argv = process.argv.map((arg, i) => (i > 0 && /^-[\d,]+$/.test(arg) ? `-t${arg.slice(1)}` : arg));
  return declared(process);
};

function expand(line: Bytes, next: (column: number) => number, initial: boolean): Bytes {
  let text = '';
  let column = 0;
  let leading = true;
  for (const c of line) {
    if (c === '\t' && (leading || !initial)) {
      const to = next(column);
      text += ' '.repeat(to - column);
      column = to;
      continue;
    }
    if (c !== ' ') leading = false;
    text += c;
    column = c === '\b' ? Math.max(0, column - 1) : column + 1;
  }
  return text;
}

function unexpand(line: Bytes, next: (column: number) => number, everywhere: boolean): Bytes {
  let text = '';
  let column = 0;
  let start = 0;
  let pending = '';
  let leading = true;
  for (const c of line) {
    if ((c === ' ' || c === '\t') && (leading || everywhere)) {
      if (pending === '') start = column;
      pending += c;
      column = c === '\t' ? next(column) : column + 1;
      continue;
    }
    text += blanks(pending, start, column, next);
    pending = '';
    leading = false;
    text += c;
    column++;
  }
  return text + blanks(pending, start, column, next);
}

/** Blanks from one column to another, as tabs where they reach a stop; a lone blank stays one. */
function blanks(pending: Bytes, from: number, to: number, next: (column: number) => number): Bytes {
  if (pending.length <= 1 && pending !== '\t') return pending;
  let text = '';
  let column = from;
  for (let stop = next(column); stop <= to && stop > column; stop = next(column)) {
    text += '\t';
    column = stop;
  }
  return text + ' '.repeat(to - column);
}
