// split (GNU coreutils): a file in pieces.
import type { Bytes } from '../machine/machine.ts';
import { LARGEST } from './archive/codec.ts';
import { reason } from './failure.ts';
import { openInput } from './input.ts';
import { parseSize } from './number.ts';
import { gnu } from './program.ts';
import { quote, quoteAlways } from './quote.ts';

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
  gaps: ['filter', 'C', 't'],
  async run(run) {
    const { process } = run;
    const [name = '-', prefix = 'x', extra] = run.operands;
    if (extra !== undefined) return run.wrongUse(`extra operand ${quote(process, extra)}`);
    const size = (key: string, what: string) => {
      const text = run.value(key);
      if (text === undefined) return undefined;
      const value = parseSize(text.replace(/^l\//, ''));
      if (!value) return run.fail(`invalid number of ${what}: ${quote(process, text)}`);
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
    const put = async (content: Bytes) => {
      if (index > MOST) run.fail('No space left on device');
      const file = prefix + suffix() + (run.value('additional') ?? '');
      if (run.has('verbose')) run.put(`creating file ${quoteAlways(file)}\n`);
      const descriptor = process.open(file, { write: true, create: true, truncate: true }, 0o666);
      await process.write(descriptor, content);
      process.close(descriptor);
    };
    let held = '';
    // Nothing is cut before so much is there: without a line end it is only looked at again when it has doubled.
    let enough = 0;
    for (let chunk: Bytes; (chunk = await input.read()) !== ''; ) {
      held += chunk;
      if (held.length > LARGEST) return run.fail('memory exhausted');
      if (chunks) continue;
      if (bytes) {
        for (; held.length >= bytes; held = held.slice(bytes)) await put(held.slice(0, bytes));
        continue;
      }
      if (held.length < enough) continue;
      for (;;) {
        const turn = process.step(held.length >> 9);
        if (turn) await turn;
        let at = -1;
        let left = lines;
        while (left > 0 && (at = held.indexOf('\n', at + 1)) >= 0) left--;
        if (left > 0) break;
        await put(held.slice(0, at + 1));
        held = held.slice(at + 1);
      }
      enough = held.length * 2;
    }
    if (chunks) {
      const each = Math.floor(held.length / chunks);
      for (let i = 0; i < Math.min(chunks, MOST); i++)
        await put(held.slice(i * each, i === chunks - 1 ? undefined : (i + 1) * each));
    } else if (held) await put(held);
    return 0;
  },
});

/** `split -5`. */
export const main: typeof declared = (process) => {
  process.argv = process.argv.map((arg, i) => (i > 0 && /^-\d+$/.test(arg) ? `-l${arg.slice(1)}` : arg));
  return declared(process);
};
