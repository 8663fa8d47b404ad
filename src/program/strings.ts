// strings (binutils 2.40): printable sequences of files.
import type { Bytes, Process } from '../machine/machine.ts';
import { reason, tryTo } from './failure.ts';
import { getopt, WrongUse } from './getopt.ts';
import { Input } from './input.ts';

export const names = ['strings', 'x86_64-linux-gnu-strings'];

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1).map((a) => (/^-\d+$/.test(a) ? `-n${a.slice(1)}` : a));
  let parsed: ReturnType<typeof getopt>;
  try {
    parsed = getopt(args, 'adfn:ot:e:T:wsvVhU:', {
      all: 'a',
      data: 'd',
      'print-file-name': 'f',
      'bytes=': 'n',
      'radix=': 't',
      'encoding=': 'e',
      'target=': 'T',
      'include-all-whitespace': 'w',
      'output-separator=': 's',
      version: 'V',
      help: 'h',
    });
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`strings: ${error.message}\nUsage: strings [option(s)] [file(s)]\n`);
    return 1;
  }
  const value = (key: string) => parsed.options.findLast(([k]) => k === key)?.[1];
  const has = (key: string) => parsed.options.some(([k]) => k === key);
  if (has('V') || has('v')) {
    await process.out('GNU strings (GNU Binutils for Debian) 2.40\n');
    return 0;
  }
  const least = Number(value('n') ?? 4);
  if (!Number.isInteger(least) || least < 1) {
    await process.err(`strings: invalid integer argument ${value('n')}\n`);
    return 1;
  }
  const radix = has('o') ? 'o' : value('t');
  let status = 0;
  for (const name of parsed.operands.length ? parsed.operands : ['-']) {
    let input: Input;
    if (name !== '-') {
      const stat = tryTo(() => process.files.stat(name));
      if (!stat || stat.type === 'directory') {
        await process.err(stat ? `strings: Warning: '${name}' is a directory\n` : `strings: '${name}': No such file\n`);
        status = 1;
        continue;
      }
    }
    try {
      input = new Input(process, name === '-' ? 0 : process.open(name, { read: true }));
    } catch (error) {
      await process.err(`strings: ${name}: ${reason(error)}\n`);
      status = 1;
      continue;
    }
    let run = '';
    let at = 0;
    let text = '';
    const front = (start: number) => {
      const shown =
        radix === 'x'
          ? start.toString(16)
          : radix === 'd'
            ? String(start)
            : radix === 'o'
              ? start.toString(8)
              : undefined;
      return (
        (has('f') ? `${name === '-' ? '{standard input}' : name}: ` : '') +
        (shown === undefined ? '' : `${shown.padStart(7)} `)
      );
    };
    for (let chunk: Bytes; (chunk = await input.read()) !== ''; ) {
      const turn = process.step(chunk.length >> 6);
      if (turn) await turn;
      const parts = (run + chunk).split(has('w') ? /([^\t\n\v\f\r -~]+)/ : /([^\t -~]+)/);
      let offset = at - run.length;
      run = parts.length % 2 ? parts.pop()! : '';
      for (const [i, part] of parts.entries()) {
        if (i % 2 === 0 && part.length >= least) text += `${front(offset) + part}\n`;
        offset += part.length;
      }
      // A run that never ends is shown in pieces.
      if (run.length > 1 << 20) {
        text += `${front(offset) + run}\n`;
        run = '';
      }
      at += chunk.length;
      if (text) await process.out(text);
      text = '';
    }
    if (run.length >= least) await process.out(`${front(at - run.length) + run}\n`);
    input.close();
  }
  return status;
}
