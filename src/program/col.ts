// col, colrm and ul (util-linux 2.38.1): reverse line feeds and backspaces, columns of text, underlining.
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { characters } from './characters.ts';
import { reason } from './failure.ts';
import { Input } from './input.ts';
import { calledAs } from './program.ts';
import { isUtf8 } from './quote.ts';

export const names = ['col', 'colrm', 'ul'];

export async function main(process: Process): Promise<number> {
  const called = calledAs(process);
  const args = process.argv.slice(1);
  const option = args.find((arg) => arg.startsWith('-') && arg.length > 1);
  const help =
    option && recordedRun(process, called, option === '-V' ? '--version' : option === '-h' ? '--help' : option);
  if (help) {
    await process.out(help.stdout ?? '');
    await process.err(help.stderr ?? '');
    return help.status;
  }
  if (called === 'colrm') return columnsRemoved(process, args);
  if (called === 'col')
    return each(process, new Input(process, 0), (line) =>
      settled(line, option?.includes('b') ?? false, !option?.includes('x')),
    );
  return underlined(process, args);
}

async function each(process: Process, input: Input, change: (line: Bytes) => Bytes): Promise<number> {
  for (let batch: Bytes[] | undefined; (batch = await input.batch()); )
    await process.out(batch.map((line) => `${change(line)}\n`).join(''));
  input.close();
  return 0;
}

async function columnsRemoved(process: Process, args: readonly Bytes[]): Promise<number> {
  const numbers: number[] = [];
  for (const [i, arg] of args.entries()) {
    if (/^\d+$/.test(arg)) numbers.push(Number(arg));
    else {
      await process.err(`colrm: ${i === 0 ? 'first' : 'second'} argument: '${arg}'\n`);
      return 1;
    }
  }
  const [first = 0, last = Number.POSITIVE_INFINITY] = numbers;
  const utf8 = isUtf8(process);
  return each(process, new Input(process, 0), (line) => {
    if (first === 0) return line;
    const parts = characters(line, utf8);
    return parts.slice(0, first - 1).join('') + parts.slice(Math.max(last, first - 1)).join('');
  });
}

/** Backspaces done away with (`plain`: only the last character of each place stays), blanks as tabs again. */
function settled(line: Bytes, plain: boolean, tabs: boolean): Bytes {
  const places: Bytes[][] = [];
  let at = 0;
  for (const c of line.replace(/\x1b[789]/g, '')) {
    if (c === '\b') at = Math.max(0, at - 1);
    else if (c === '\r') at = 0;
    else if (c === '\t') at += 8 - (at % 8);
    else if (c >= ' ') {
      const place = (places[at] ??= []);
      if (c !== ' ' || place.length === 0) place.push(c);
      at++;
    }
  }
  let text = '';
  let blank = 0;
  for (let column = 0; column < places.length; column++) {
    const marks = (places[column] ?? []).filter((c) => c !== ' ');
    if (marks.length === 0) {
      blank++;
      continue;
    }
    if (blank > 0) {
      let from = column - blank;
      if (tabs && blank > 1)
        for (; (Math.floor(from / 8) + 1) * 8 <= column; from = (Math.floor(from / 8) + 1) * 8) text += '\t';
      text += ' '.repeat(column - from);
      blank = 0;
    }
    text += plain ? marks.at(-1)! : marks.join('\b');
  }
  return text;
}

async function underlined(process: Process, args: readonly Bytes[]): Promise<number> {
  const terminal = process.environment.get('TERM');
  if (!terminal || terminal === 'unknown') await process.err('ul: trouble reading terminfo\n');
  const able = terminal !== undefined && /^(xterm|screen|tmux|linux|vt|rxvt)/.test(terminal);
  const show = (line: Bytes) =>
    line.replace(/(?:_\x08([\s\S])|([\s\S])\x08_|([\s\S])\x08\3)+/g, (marked) => {
      const bare = marked.replace(/_\x08([\s\S])|([\s\S])\x08_|([\s\S])\x08\3/g, '$1$2$3');
      if (!able) return bare;
      return marked.includes('_') ? `\x1b[4m${bare}\x1b[24m` : `\x1b[1m${bare}\x1b(B\x1b[m`;
    });
  const files = args.filter((arg) => !arg.startsWith('-') || arg === '-');
  for (const file of files.length ? files : ['-']) {
    let input: Input;
    try {
      input = new Input(process, file === '-' ? 0 : process.open(file, { read: true }));
    } catch (error) {
      await process.err(`ul: cannot open ${file}: ${reason(error)}\n`);
      return 1;
    }
    await each(process, input, show);
  }
  return 0;
}
