// numfmt (GNU coreutils): numbers to and from human-readable forms.
import { Input } from './input.ts';
import { parseSize } from './number.ts';
import { gnu, type Invocation } from './program.ts';
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
  words: {
    to: { name: '--to', groups: ['none', 'si', 'iec', 'iec-i'] },
    from: { name: '--from', groups: ['none', 'auto', 'si', 'iec', 'iec-i'] },
    round: { name: '--round', groups: ['up', 'down', 'from-zero', 'towards-zero', 'nearest'] },
    invalid: { name: '--invalid', groups: ['abort', 'fail', 'warn', 'ignore'] },
  },
  usage: '[OPTION]... [NUMBER]...',
  async run(run) {
    const { process } = run;
    const from = run.value('from') ?? 'none';
    const to = run.value('to') ?? 'none';
    const invalid = run.value('invalid') ?? 'abort';
    const unit = (key: string) => {
      const text = run.value(key);
      const value = text === undefined ? 1 : parseSize(text);
      return value || run.fail(`invalid unit size: ${quote(process, text!)}`);
    };
    const [fromUnit, toUnit] = [unit('from-unit'), unit('to-unit')];
    const format = formatOf(run);
    const suffix = run.value('suffix') ?? '';
    /** Says what is wrong with a number: `abort` ends with it. */
    const refuse = async (text: string, message: string): Promise<string> => {
      if (invalid === 'abort') return run.fail(message, 2);
      if (invalid !== 'ignore') await run.warn(message, invalid === 'fail' ? 2 : 0);
      return text;
    };
    const convert = async (given: string): Promise<string> => {
      const text = suffix !== '' && given.endsWith(suffix) ? given.slice(0, -suffix.length) : given;
      const shown = quote(process, given);
      const match = /^\s*(-?\d+(?:\.\d*)?|-?\.\d+)(.*)$/s.exec(text);
      if (!match) return refuse(given, `invalid number: ${shown}`);
      const [, digits, tail = ''] = match;
      const power = tail === '' ? -1 : POWERS.indexOf(tail[0]!.toUpperCase());
      if (tail !== '' && (power < 0 || !/^[KMGTPEZYk](i?)$/.test(tail)))
        return refuse(given, `invalid suffix in input: ${shown}`);
      if (power >= 0 && from === 'none')
        return refuse(given, `rejecting suffix in input: ${shown} (consider using --from)`);
      if (from === 'iec-i' && power >= 0 && !tail.endsWith('i'))
        return refuse(given, `missing 'i' suffix in input: ${shown} (e.g Ki/Mi/Gi)`);
      if (tail.endsWith('i') && from !== 'auto' && from !== 'iec-i')
        return refuse(given, `invalid suffix in input: ${shown}`);
      const base = from === 'si' || (from === 'auto' && !tail.endsWith('i')) ? 1000 : 1024;
      const value = Number(digits) * (power >= 0 ? base ** (power + 1) : 1) * fromUnit;
      const fraction = to === 'none' ? (/\.(\d*)/.exec(digits!)?.[1]?.length ?? 0) : 0;
      return format.pad(
        show(value / toUnit, to, run.value('round') ?? 'from-zero', format.precision, fraction) + suffix,
        run,
      );
    };
    const chosenFields = fieldsOf(run);
    const line = async (text: string, end: string) => {
      const delimiter = run.value('d');
      const parts = delimiter === undefined ? (text.match(/[ \t]*[^ \t]+|^$/g) ?? ['']) : text.split(delimiter);
      for (let i = 0; i < parts.length; i++) {
        if (!chosenFields(i + 1)) continue;
        const blank = delimiter === undefined ? /^[ \t]*/.exec(parts[i]!)![0] : '';
        const converted = await convert(parts[i]!.slice(blank.length));
        // Blanks in front count for the width when a field is not the first.
        parts[i] = i > 0 && delimiter === undefined ? blank.slice(0, 1) + converted : blank + converted;
      }
      run.put(parts.join(delimiter ?? '') + end);
    };
    for (const text of run.operands) await line(text, '\n');
    if (run.operands.length === 0) {
      const input = new Input(process, 0);
      const end = run.has('z') ? '\0' : '\n';
      input.delimiter = end;
      let header = run.has('header') ? Number(run.value('header') ?? 1) : 0;
      for (let text: string | undefined; (text = await input.next()) !== undefined; ) {
        if (header-- > 0) run.put(text + end);
        else await line(text, end);
      }
    }
    return undefined;
  },
});

/** --field's list: `2`, `2-`, `-3`, `1,4`. */
function fieldsOf(run: Invocation): (field: number) => boolean {
  const list = run.value('field') ?? '1';
  if (list === '-') return () => true;
  const ranges = list.split(',').map((part) => {
    const match = /^(\d*)(-?)(\d*)$/.exec(part);
    if (!match || part === '' || (match[1] && Number(match[1]) === 0))
      return run.fail(`invalid field value ${quote(run.process, part)}`);
    const low = Number(match[1] || 1);
    return [low, match[2] ? Number(match[3] || Number.POSITIVE_INFINITY) : low] as const;
  });
  return (field) => ranges.some(([low, high]) => field >= low && field <= high);
}

interface Format {
  precision: number | undefined;
  pad(text: string, run: Invocation): string;
}

/** --format and --padding. */
function formatOf(run: Invocation): Format {
  const text = run.value('format');
  const padding = run.value('padding');
  if (padding !== undefined && !(/^-?\d+$/.test(padding) && Number(padding) !== 0))
    return run.fail(`invalid padding value ${quote(run.process, padding)}`);
  const fill = (shown: string, width: number, zero = false) =>
    width < 0 ? shown.padEnd(-width) : zero ? shown.padStart(width, '0') : shown.padStart(width);
  if (text === undefined) return { precision: undefined, pad: (shown) => fill(shown, Number(padding ?? 0)) };
  const match = /^((?:[^%]|%%)*)%(0?)('?)(-?)(\d*)(?:\.(\d+))?f((?:[^%]|%%)*)$/s.exec(text);
  if (!match) {
    const shown = quote(run.process, text);
    if (!/%(?!%)/.test(text.replaceAll('%%', ''))) return run.fail(`format ${shown} has no % directive`);
    return run.fail(`invalid format ${shown}, directive must be %[0]['][-][N][.][N]f`);
  }
  const [, before, zero, , minus, width, precision, after] = match;
  return {
    precision: precision === undefined ? undefined : Number(precision),
    pad: (shown) =>
      before!.replaceAll('%%', '%') +
      fill(shown, Number(width) * (minus ? -1 : 1) || Number(padding ?? 0), zero === '0') +
      after!.replaceAll('%%', '%'),
  };
}

const ROUNDINGS: Record<string, (n: number) => number> = {
  up: Math.ceil,
  down: Math.floor,
  'from-zero': (n) => (n < 0 ? Math.floor(n) : Math.ceil(n)),
  'towards-zero': Math.trunc,
  nearest: (n) => Math.sign(n) * Math.round(Math.abs(n)),
};

/** A value with `precision` digits, or as many as it came with, or one below ten where it is scaled. */
function show(value: number, to: string, round: string, precision: number | undefined, fraction: number): string {
  const rounded = (n: number, digits: number) => {
    const scale = 10 ** Math.min(digits, 15);
    // Noise of binary fractions is no reason to round.
    return (ROUNDINGS[round]!(Number((n * scale).toPrecision(15))) / scale).toFixed(digits);
  };
  if (to === 'none') return rounded(value, precision ?? fraction);
  const base = to === 'si' ? 1000 : 1024;
  let power = 0;
  let v = value;
  while (Math.abs(v) >= base && power < POWERS.length) {
    v /= base;
    power++;
  }
  const digits = (n: number) => precision ?? (power > 0 && Math.abs(Number(rounded(n, 1))) < 10 ? 1 : 0);
  let text = rounded(v, digits(v));
  if (Math.abs(Number(text)) >= base && power < POWERS.length) {
    power++;
    text = rounded(Number(text) / base, digits(Number(text) / base));
  }
  return power === 0 ? text : text + POWERS[power - 1] + (to === 'iec-i' ? 'i' : '');
}
