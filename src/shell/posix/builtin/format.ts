// What dash's and ash's printf and read do with their texts: conversions, and fields of a line.
import { SystemError } from '../../../machine/errno.ts';
import type { Bytes, Process } from '../../../machine/machine.ts';
import { echoEscapes } from '../../escape.ts';
import { reusableQuote } from '../../quote.ts';
import { strftime } from '../../time.ts';

/** Longest text that printf makes. */
const LARGEST = 16 << 20;

/** Formats as printf does. `complain` gets messages without the name; `step` is the process'. */
export async function format(
  template: Bytes,
  args: Bytes[],
  complain: (message: Bytes) => void | Promise<void>,
  now: number,
  step: Process['step'],
  unescape: typeof echoEscapes = echoEscapes,
): Promise<{ text: Bytes; status: number }> {
  let out = '';
  let status = 0;
  let used = 0;
  const next = (): Bytes | undefined => args[used++];
  const number = async (text: Bytes | undefined): Promise<bigint> => {
    if (text === undefined || text === '') return 0n;
    if (/^['"]/.test(text)) return BigInt(text.length > 1 ? text.charCodeAt(1) : 0);
    const match = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(text);
    const value = match ? BigInt(/^0[0-7]+$/.test(match[2]!) ? `0o${match[2]!.slice(1)}` : match[2]!) : 0n;
    if (!match || match[0].length < text.length) {
      await complain(`${text}: invalid number`);
      status = 1;
    }
    return BigInt.asIntN(64, match?.[1] === '-' ? -value : value);
  };
  do {
    const turn = step(2);
    if (turn) await turn;
    if (out.length > LARGEST) throw new SystemError('ENOMEM');
    const before = used;
    let at = 0;
    const pattern =
      /%%|%([-+ #0']*)(\*|\d+)?(?:\.(\*|-?\d*))?(?:[hlLjzt]*)(?:\((.*?)\)T|([diouxXeEfFgGaAcsbqQ]))|%([\s\S]?)|\\([\s\S])/g;
    let consumed = false;
    for (const match of template.matchAll(pattern)) {
      if (match.index < at) continue;
      out += template.slice(at, match.index);
      at = match.index + match[0].length;
      if (match[0] === '%%') {
        out += '%';
        continue;
      }
      if (match[7] !== undefined) {
        const done = echoEscapes(
          template
            .slice(match.index)
            .match(/^\\(?:0?[0-7]{1,3}|x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|["'?]|[\s\S])/)![0]
            .replace(/^\\([0-7])/, '\\0$1')
            .replace(/^\\00([0-7]{2})/, '\\0$1'),
        );
        const raw = template
          .slice(match.index)
          .match(/^\\(?:[0-7]{1,3}|x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|[\s\S])/)![0];
        if (done.stop) return { text: out, status };
        out += /^\\["'?]$/.test(raw) ? raw[1]! : done.text;
        at = match.index + raw.length;
        continue;
      }
      if (match[6] !== undefined) {
        await complain(match[6] === '' ? `\`%': missing format character` : `\`${match[6]}': invalid format character`);
        return { text: out, status: 1 };
      }
      consumed = true;
      let flags = match[1]!;
      let width = match[2] === '*' ? Number(await number(next())) : match[2] ? Number(match[2]) : 0;
      const precision =
        match[3] === undefined
          ? undefined
          : match[3] === '*'
            ? Number(await number(next()))
            : Math.max(0, Number(match[3] || 0));
      if (width < 0) {
        flags += '-';
        width = -width;
      }
      width = Math.min(width, 1 << 20);
      const kind = match[5] ?? 'T';
      let text: Bytes;
      if (kind === 's' || kind === 'c') {
        const value = next() ?? '';
        text = kind === 'c' ? value.slice(0, 1) : precision === undefined ? value : value.slice(0, precision);
      } else if (kind === 'b') {
        const done = unescape(next() ?? '', true);
        text = precision === undefined ? done.text : done.text.slice(0, precision);
        if (done.stop) return { text: out + text, status };
      } else if (kind === 'q' || kind === 'Q') {
        const value = next() ?? '';
        text =
          value === ''
            ? "''"
            : /^[\w./:=,@%+^-]+$/.test(value) && !value.startsWith('~')
              ? value
              : /[\x00-\x1f\x7f]/.test(value)
                ? reusableQuote(value)
                : value.replace(/[^\w./:=,@%+-]/g, '\\$&');
      } else if (kind === 'T') {
        const value = next();
        const when = value === undefined || value === '-1' || value === '-2' ? now : Number(value) * 1000;
        text = strftime(match[4] || '%X', new Date(when));
      } else if ('diouxX'.includes(kind)) {
        const value = await number(next());
        const unsigned = BigInt.asUintN(64, value);
        let digits = 'di'.includes(kind)
          ? (value < 0n ? -value : value).toString()
          : kind === 'o'
            ? unsigned.toString(8)
            : kind === 'u'
              ? unsigned.toString()
              : unsigned.toString(16);
        if (kind === 'X') digits = digits.toUpperCase();
        if (precision !== undefined)
          digits = precision === 0 && value === 0n ? '' : digits.padStart(Math.min(precision, 1 << 16), '0');
        let sign = 'di'.includes(kind)
          ? value < 0n
            ? '-'
            : flags.includes('+')
              ? '+'
              : flags.includes(' ')
                ? ' '
                : ''
          : '';
        if (flags.includes('#') && value !== 0n)
          sign = kind === 'o' ? '0' : kind === 'x' ? '0x' : kind === 'X' ? '0X' : sign;
        if (flags.includes('0') && !flags.includes('-') && precision === undefined)
          digits = digits.padStart(width - sign.length, '0');
        text = sign + digits;
      } else {
        const raw = next() ?? '';
        const value = raw === '' ? 0 : Number(raw);
        if (Number.isNaN(value)) {
          await complain(`${raw}: invalid number`);
          status = 1;
        }
        text = float(kind, Number.isNaN(value) ? 0 : value, precision, flags);
        if (flags.includes('0') && !flags.includes('-'))
          text = text.replace(/^([+ -]?)/, (_, sign: string) => sign + '0'.repeat(Math.max(0, width - text.length)));
      }
      out += flags.includes('-') ? text.padEnd(width) : text.padStart(width);
    }
    out += template.slice(at);
    if (!consumed || used === before) break;
  } while (used < args.length && out.length < 1 << 20);
  return { text: out, status };
}

function float(kind: string, value: number, precision = 6, flags: string): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const size = Math.abs(value);
  const digits = Math.min(precision, 100);
  const exponent = (text: string) => text.replace(/e([+-])(\d)$/, 'e$10$2');
  let text: string;
  if (!Number.isFinite(size)) text = Number.isNaN(size) ? 'nan' : 'inf';
  else if (kind === 'f' || kind === 'F')
    text =
      size >= 1e21
        ? BigInt(Math.round(size)).toString() + (digits ? `.${'0'.repeat(digits)}` : '')
        : size.toFixed(digits);
  else if (kind === 'e' || kind === 'E') text = exponent(size.toExponential(digits));
  else {
    const significant = digits === 0 ? 1 : digits;
    const power = size === 0 ? 0 : Number(size.toExponential(significant - 1).split('e')[1]);
    text =
      power < -4 || power >= significant
        ? exponent(size.toExponential(significant - 1).replace(/\.?0+e/, 'e'))
        : size.toFixed(Math.max(0, significant - 1 - power));
    if (text.includes('.') && !text.includes('e')) text = text.replace(/\.?0+$/, '');
  }
  return sign + (/[EGF]/.test(kind) ? text.toUpperCase() : text);
}

/** Splits a line for read: the last name gets the rest. */
export function fields(text: Bytes, ifs: Bytes, count: number, raw: boolean): Bytes[] {
  const out: Bytes[] = [];
  const space = [...ifs].filter((c) => ' \t\n'.includes(c)).join('');
  let at = 0;
  const skip = () => {
    while (at < text.length && space.includes(text[at]!)) at++;
  };
  skip();
  while (out.length < count - 1 && at < text.length) {
    let word = '';
    while (at < text.length && !ifs.includes(text[at]!)) {
      if (!raw && text[at] === '\\') at++;
      word += text[at++] ?? '';
    }
    out.push(word);
    skip();
    if (at < text.length && ifs.includes(text[at]!) && !space.includes(text[at]!)) {
      at++;
      skip();
    }
  }
  if (at < text.length || out.length === 0) {
    let rest = text.slice(at);
    while (rest !== '' && space.includes(rest.at(-1)!) && (raw || rest.at(-2) !== '\\')) rest = rest.slice(0, -1);
    out.push(raw ? rest : rest.replace(/\\([\s\S])/g, '$1'));
  }
  return out;
}
