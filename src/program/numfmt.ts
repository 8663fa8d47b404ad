// numfmt (GNU coreutils): numbers to and from human-readable forms.
import { Input } from './input.ts';
import { gnu } from './program.ts';
import { quote } from './quote.ts';

export const names = ['numfmt'];

const POWERS = 'KMGTPEZY';

export const main = gnu({
  short: 'd:z',
  long: {
    'from=': 'from',
    'to=': 'to',
    'from-unit=': 'from-unit',
    'to-unit=': 'to-unit',
    'round=': 'round',
    'suffix=': 'suffix',
    'padding=': 'padding',
    grouping: 'grouping',
    'header=?': 'header',
    'field=': 'field',
    'format=': 'format',
    'invalid=': 'invalid',
    'delimiter=': 'd',
    debug: 'debug',
    'zero-terminated': 'z',
  },
  failure: 1,
  usage: '[OPTION]... [NUMBER]...',
  async run(run) {
    const from = run.value('from') ?? 'none';
    const to = run.value('to') ?? 'none';
    const convert = async (text: string): Promise<string> => {
      const match = /^\s*(-?\d+(?:\.\d+)?)([KMGTPEZYk]?)(i?)(.*)$/.exec(text);
      if (!match) {
        await run.warn(`invalid number: ${quote(run.process, text)}`, 2);
        return text;
      }
      const [, digits, power, i] = match;
      if (power && from === 'none') {
        await run.warn(`rejecting suffix in input: ${quote(run.process, text)} (consider using --from)`, 2);
        return text;
      }
      const base = from === 'si' || (from === 'auto' && !i) ? 1000 : 1024;
      const value =
        Number(digits) *
        (power ? base ** (POWERS.indexOf(power.toUpperCase()) + 1) : 1) *
        Number(run.value('from-unit') ?? 1);
      return show(value / Number(run.value('to-unit') ?? 1), to) + (run.value('suffix') ?? '');
    };
    const field = Number(run.value('field') ?? 1);
    const padding = Number(run.value('padding') ?? 0);
    const line = async (text: string) => {
      const delimiter = run.value('d');
      const parts = delimiter === undefined ? text.split(/(\s+)/) : text.split(delimiter);
      const words = delimiter === undefined ? parts.filter((p) => /\S/.test(p)) : parts;
      const word = words[field - 1];
      if (word === undefined) return run.put(`${text}\n`);
      const shown = await convert(word);
      const at = parts.indexOf(word);
      parts[at] = padding > 0 ? shown.padStart(padding) : shown.padEnd(-padding);
      run.put(`${parts.join(delimiter ?? '')}\n`);
    };
    for (const text of run.operands) await line(text);
    if (run.operands.length === 0) {
      const input = new Input(run.process, 0);
      for (let text: string | undefined; (text = await input.next()) !== undefined; ) await line(text);
    }
    return undefined;
  },
});

function show(value: number, to: string): string {
  if (to === 'none') return Number.isInteger(value) ? String(value) : String(Math.ceil(value));
  const base = to === 'si' ? 1000 : 1024;
  let power = 0;
  let v = value;
  while (Math.abs(v) >= base && power < POWERS.length) {
    v /= base;
    power++;
  }
  const away = (n: number) => (n < 0 ? Math.floor(n) : Math.ceil(n));
  if (power === 0) return String(away(v));
  let text = Math.abs(v) < 10 ? (away(v * 10) / 10).toFixed(1) : String(away(v));
  if (Number(text) >= base) {
    text = '1.0';
    power++;
  }
  return text + (to === 'si' && power === 1 ? 'K' : POWERS[power - 1]) + (to === 'iec-i' ? 'i' : '');
}
