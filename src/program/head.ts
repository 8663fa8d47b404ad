// head (GNU coreutils): the beginning of files.
import type { Bytes } from '../machine/machine.ts';
import { reason } from './failure.ts';
import { type Input, openInput } from './input.ts';
import { parseSize } from './number.ts';
import { gnu, type Invocation } from './program.ts';
import { quote, quoteAlways } from './quote.ts';

export const names = ['head'];

const declared = gnu({
  short: 'c:n:qvz',
  long: { 'bytes=': 'c', 'lines=': 'n', quiet: 'q', silent: 'q', verbose: 'v', 'zero-terminated': 'z' },
  usage: '[OPTION]... [FILE]...',
  async run(run) {
    const [unit, text] = run.options.findLast(([k]) => k === 'n' || k === 'c') ?? ['n', '10'];
    const allButLast = text!.startsWith('-');
    const count = parseSize(text!.replace(/^[-+]/, ''));
    if (count === undefined)
      return run.fail(
        `invalid number of ${unit === 'c' ? 'bytes' : 'lines'}: ${quote(run.process, text!.replace(/^-/, ''))}`,
      );
    const loud = run.options.findLast(([k]) => k === 'q' || k === 'v')?.[0];
    const titled = loud === 'v' || (loud !== 'q' && run.operands.length > 1);
    let first = true;
    for (const name of run.operands.length ? run.operands : ['-']) {
      let input: Input;
      try {
        input = openInput(run.process, name);
      } catch (error) {
        await run.warn(`cannot open ${quoteAlways(name)} for reading: ${reason(error)}`);
        continue;
      }
      if (titled) run.put(`${first ? '' : '\n'}==> ${name === '-' ? 'standard input' : name} <==\n`);
      first = false;
      if (run.has('z')) input.delimiter = '\0';
      try {
        if (allButLast) await dropEnd(run, input, unit, count);
        else if (unit === 'c') await bytes(run, input, count);
        else await lines(run, input, count);
      } catch (error) {
        await run.warn(`error reading ${quoteAlways(name)}: ${reason(error)}`);
      }
      await run.flush();
      input.close();
    }
    return undefined;
  },
});

/** The obsolete form `head -20` comes first in the arguments. */
export const main: typeof declared = (process) => {
  const match = /^-(\d+)([ckmblqvz]*)$/.exec(process.argv[1] ?? '');
  if (match) {
    const unit = /[ckmb]/.exec(match[2]!)?.[0];
    const flags = [...match[2]!.replace(/[ckmbl]/g, '')].map((c) => `-${c}`);
    const size = unit && unit !== 'c' ? `${match[1]}${unit}` : match[1]!;
    process.argv = [process.argv[0]!, unit ? '-c' : '-n', size, ...flags, ...process.argv.slice(2)];
  }
  return declared(process);
};

async function bytes(run: Invocation, input: Input, count: number): Promise<void> {
  for (let left = count; left > 0; ) {
    const chunk = await input.read(Math.min(left, 8192));
    if (chunk === '') break;
    left -= chunk.length;
    await run.process.out(chunk);
  }
}

async function lines(run: Invocation, input: Input, count: number): Promise<void> {
  let left = count;
  while (left > 0) {
    const chunk = await input.read(8192);
    if (chunk === '') break;
    let at = 0;
    while (left > 0) {
      const next = chunk.indexOf(input.delimiter, at);
      if (next < 0) break;
      at = next + 1;
      left--;
    }
    run.put(left > 0 ? chunk : chunk.slice(0, at));
    await run.flush();
    // What was read too much is given back, so that `(head -1; cat) < file` works.
    if (left === 0 && at < chunk.length) {
      const file = run.process.descriptors.get(input.descriptor);
      if (file?.kind === 'file') file.seek(at - chunk.length, 'current');
    }
  }
}

/** `-n -5`: all but the last five. */
async function dropEnd(run: Invocation, input: Input, unit: string, count: number): Promise<void> {
  if (unit === 'c') {
    let held = '';
    for (let chunk: Bytes; (chunk = await input.read()) !== ''; ) {
      held += chunk;
      if (held.length > count) {
        run.put(held.slice(0, held.length - count));
        held = held.slice(held.length - count);
        await run.flush();
      }
    }
    return;
  }
  let held: Bytes[] = [];
  for (let batch: Bytes[] | undefined; (batch = await input.batch()); ) {
    held.push(...batch.map((line, i) => (i < batch!.length - 1 || input.terminated ? line + input.delimiter : line)));
    if (held.length > count) {
      run.put(held.slice(0, held.length - count).join(''));
      held = count ? held.slice(-count) : [];
      await run.flush();
    }
  }
}
