// seq (GNU coreutils): numbers in a row.
import { readEscapes } from './escape.ts';
import { formatNumber } from './format.ts';
import { gnu } from './program.ts';
import { quote } from './quote.ts';

export const names = ['seq'];

const declared = gnu({
  short: '+f:s:w',
  long: { 'format=': 'f', 'separator=': 's', 'equal-width': 'w' },
  usage: '[OPTION]... LAST',
  async run(run) {
    const { operands } = run;
    if (operands.length === 0) return run.wrongUse('missing operand');
    if (operands.length > 3) return run.wrongUse(`extra operand ${quote(run.process, operands[3]!)}`);
    const values = operands.map((text) => {
      const trimmed = text.trim();
      if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(trimmed) && !/^[-+]?(inf|0x[0-9a-f]+)$/i.test(trimmed))
        return run.wrongUse(
          /^[-+]?nan$/i.test(trimmed)
            ? `invalid ${quote(run.process, 'not-a-number')} argument: ${quote(run.process, text)}`
            : `invalid floating point argument: ${quote(run.process, text)}`,
        );
      return {
        value: /inf/i.test(trimmed) ? Number.POSITIVE_INFINITY * (trimmed.startsWith('-') ? -1 : 1) : Number(trimmed),
        text: trimmed,
      };
    });
    if (
      operands.every((text) => /^\d{1,200}$/.test(text)) &&
      run.options.every(([k]) => k === 's') &&
      operands.some((text) => text.length > 15)
    ) {
      const numbers = operands.map(BigInt);
      const by = numbers.length > 2 ? numbers[1]! : 1n;
      if (by === 0n) return run.wrongUse(`invalid Zero increment value: ${quote(run.process, operands[1]!)}`);
      const between = readEscapes(run.value('s') ?? '\n').bytes;
      let n = numbers.length > 1 ? numbers[0]! : 1n;
      for (let i = 0; n <= numbers.at(-1)!; n += by, i++) {
        run.put(i > 0 ? between + n : String(n));
        const turn = run.process.step(2);
        if (turn) await turn;
        await run.drain();
      }
      run.put('\n');
      return 0;
    }
    const one = { value: 1, text: '1' };
    const first = values.length > 1 ? values[0]! : one;
    const step = values.length > 2 ? values[1]! : one;
    const last = values.at(-1)!;
    if (step.value === 0) return run.wrongUse(`invalid Zero increment value: ${quote(run.process, operands[1]!)}`);
    const decimals = (text: string) => (/e/i.test(text) ? 0 : (text.split('.')[1]?.length ?? 0));
    const places = Math.max(decimals(first.text), decimals(step.text));
    const format = run.value('f');
    if (format !== undefined && !/^(?:[^%]|%%)*%[-+ #0']*\d*(?:\.\d*)?L?[efgaEFGA](?:[^%]|%%)*$/.test(format)) {
      const directive = /%/.test(format.replaceAll('%%', ''));
      return run.fail(
        directive
          ? `format ${quote(run.process, format)} has unknown %${/%[-+ #0'.\d]*(.)/.exec(format)?.[1] ?? ''} directive`
          : `format ${quote(run.process, format)} has no % directive`,
      );
    }
    if (format !== undefined && run.has('w'))
      return run.wrongUse('format string may not be specified when printing equal width strings');
    const separator = readEscapes(run.value('s') ?? '\n').bytes;
    const count = Math.floor((last.value - first.value) / step.value + 1e-10);
    const plain = (value: number) =>
      places ? value.toFixed(places) : Math.abs(value) < 1e21 ? String(BigInt(Math.round(value))) : String(value);
    let width = 0;
    if (run.has('w')) {
      const shown = (n: { value: number }) => plain(n.value).length;
      width = Math.max(shown(first), plain(first.value + count * step.value).length);
    }
    for (let i = 0; i <= count; i++) {
      const value = first.value + i * step.value;
      let text = format === undefined ? plain(value) : formatNumber(format, value);
      if (width) text = text.startsWith('-') ? `-${text.slice(1).padStart(width - 1, '0')}` : text.padStart(width, '0');
      if (text === '-0') text = '-0';
      run.put(i > 0 ? separator + text : text);
      if ((i & 63) === 0) {
        const turn = run.process.step(64);
        if (turn) await turn;
        await run.drain();
      }
    }
    if (count >= 0) run.put('\n');
    return 0;
  },
});

/** Negative numbers are operands: getopt must not take them for options. */
export const main: typeof declared = (process) => {
  const at = process.argv.findIndex(
    (arg, i) => i > 0 && (!arg.startsWith('-') || /^-[\d.]/.test(arg)) && !/^-[fs]$/.test(process.argv[i - 1]!),
  );
  if (at > 0 && !process.argv.slice(0, at).includes('--')) process.argv = process.argv.toSpliced(at, 0, '--');
  return declared(process);
};
