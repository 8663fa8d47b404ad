// split (GNU coreutils): a file in pieces.
import type { Bytes } from '../machine/machine.ts';
import { LARGEST } from './archive/codec.ts';
import { reason } from './failure.ts';
import { openInput } from './input.ts';
import { parseSize } from './number.ts';
import { gnu } from './program.ts';
import { quote, quoteAlways } from './quote.ts';
import { startCommand } from './run-command.ts';

export const names = ['split'];

/** Files made at most. */
const MOST = 10_000;

const declared = gnu({
  short: 'a:b:C:dexl:n:ut:',
  long: {
    'suffix-length=': 'a',
    'additional-suffix=': 'additional',
    'bytes=': 'b',
    'line-bytes=': 'C',
    'numeric-suffixes=?': 'd',
    'hex-suffixes=?': 'x',
    'elide-empty-files': 'e',
    'filter=': 'filter',
    'lines=': 'l',
    'number=': 'n',
    unbuffered: 'u',
    verbose: 'verbose',
    'separator=': 't',
  },
  usage: '[OPTION]... [FILE [PREFIX]]',

  async run(run) {
    const { process } = run;
    const [name = '-', prefix = 'x', extra] = run.operands;
    if (extra !== undefined) return run.wrongUse(`extra operand ${quote(process, extra)}`);
    const size = (key: string, what: string) => {
      const text = run.value(key);
      if (text === undefined) return undefined;
      const value = parseSize(text.replace(/^[lr]\//, '').replace(/^\d+\//, ''));
      if (!value)
        return run.fail(
          `invalid number of ${what}: ${quote(process, text)}${value === 0 ? ': Numerical result out of range' : ''}`,
        );
      return value;
    };
    const bytes = size('b', 'bytes') ?? size('C', 'bytes');
    const chunks = size('n', 'chunks');
    const lines = size('l', 'lines') ?? 1000;
    let input: ReturnType<typeof openInput>;
    try {
      input = openInput(process, name);
    } catch (error) {
      return run.fail(`cannot open ${quoteAlways(name)} for reading: ${reason(error)}`);
    }
    const numeric = run.has('d') || run.has('x');
    const digits = Number(run.value('a') ?? 2);
    let index = Number(run.value('d') ?? run.value('x') ?? 0);
    const suffix = () => {
      const base = run.has('x') ? 16 : 10;
      if (numeric) return (index++).toString(base).padStart(digits, '0');
      let text = '';
      let value = index++;
      for (let i = 0; i < digits; i++) {
        text = 'abcdefghijklmnopqrstuvwxyz'[value % 26] + text;
        value = Math.floor(value / 26);
      }
      if (value > 0) run.fail('output file suffixes exhausted');
      return text;
    };
    const filter = run.value('filter');
    const put = async (content: Bytes) => {
      if (content === '' && run.has('e')) return;
      if (index > MOST) run.fail('No space left on device');
      const file = prefix + suffix() + (run.value('additional') ?? '');
      if (run.has('verbose')) run.put(`creating file ${quoteAlways(file)}\n`);
      if (filter !== undefined) {
        const [read, write] = process.pipe();
        const descriptors = new Map(process.descriptors);
        descriptors.set(0, process.descriptors.get(read)!);
        descriptors.delete(read);
        descriptors.delete(write);
        const child = startCommand(process, ['/bin/sh', '-c', filter], {
          descriptors,
          environment: new Map([...process.environment, ['FILE', file]]),
        });
        process.close(read);
        await process.write(write, content);
        process.close(write);
        await process.waitFor(child);
        return;
      }
      const descriptor = process.open(file, { write: true, create: true, truncate: true }, 0o666);
      await process.write(descriptor, content);
      process.close(descriptor);
    };
    const separator = run.value('t') === undefined ? '\n' : run.value('t') === '\\0' ? '\0' : run.value('t')!;
    let held = '';
    // Nothing is cut before so much is there: without a line end it is only looked at again when it has doubled.
    let enough = 0;
    for (let chunk: Bytes; (chunk = await input.read()) !== ''; ) {
      held += chunk;
      if (held.length > LARGEST) return run.fail('memory exhausted');
      if (chunks) continue;
      if (bytes) {
        for (; held.length >= bytes; ) {
          // -C keeps lines whole where they fit.
          const end = run.has('C') ? held.lastIndexOf(separator, bytes - 1) + 1 : 0;
          await put(held.slice(0, end || bytes));
          held = held.slice(end || bytes);
        }
        continue;
      }
      if (held.length < enough) continue;
      for (;;) {
        const turn = process.step(held.length >> 9);
        if (turn) await turn;
        let at = -1;
        let left = lines;
        while (left > 0 && (at = held.indexOf(separator, at + 1)) >= 0) left--;
        if (left > 0) break;
        await put(held.slice(0, at + 1));
        held = held.slice(at + 1);
      }
      enough = held.length * 2;
    }
    if (chunks) {
      const [, kind, only] = /^([lr]\/)?(?:(\d+)\/)?\d/.exec(run.value('n')!) ?? [];
      const parts =
        kind === 'r/' ? roundRobin(held, chunks, separator) : pieces(held, chunks, kind ? separator : undefined);
      if (only !== undefined) {
        if (Number(only) < 1 || Number(only) > chunks) return run.fail(`invalid chunk number: ${quote(process, only)}`);
        run.put(parts[Number(only) - 1]!);
        return 0;
      }
      for (const part of parts) await put(part);
    } else if (held) await put(held);
    return 0;
  },
});

/** Parts of about equal size; with a separator none ends inside a line. */
function pieces(text: Bytes, count: number, separator: string | undefined): Bytes[] {
  const each = Math.floor(text.length / count);
  const parts: Bytes[] = [];
  let from = 0;
  for (let i = 0; i < Math.min(count, MOST); i++) {
    let to = i === count - 1 ? text.length : Math.max(from, (i + 1) * each);
    if (separator !== undefined && to > from && to < text.length) {
      const end = text.indexOf(separator, to - 1);
      to = end < 0 ? text.length : end + 1;
    }
    parts.push(text.slice(from, to));
    from = to;
  }
  return parts;
}

/** Lines in turn. */
function roundRobin(text: Bytes, count: number, separator: string): Bytes[] {
  const parts = new Array<Bytes>(Math.min(count, MOST)).fill('');
  let index = 0;
  for (let from = 0; from < text.length; index++) {
    const end = text.indexOf(separator, from);
    const to = end < 0 ? text.length : end + 1;
    parts[index % parts.length] += text.slice(from, to);
    from = to;
  }
  return parts;
}

/** `split -5`. */
export const main: typeof declared = (process) => {
  process.argv = process.argv.map((arg, i) => (i > 0 && /^-\d+$/.test(arg) ? `-l${arg.slice(1)}` : arg));
  return declared(process);
};
