// cat (GNU coreutils): copies files to standard output.
import type { Bytes } from '../machine/machine.ts';
import { forEachInput } from './input.ts';
import { gnu } from './program.ts';

export const names = ['cat'];

export const main = gnu({
  short: 'AbeEnstTuv',
  long: {
    'show-all': 'A',
    'number-nonblank': 'b',
    'show-ends': 'E',
    number: 'n',
    'squeeze-blank': 's',
    'show-tabs': 'T',
    'show-nonprinting': 'v',
  },
  usage: '[OPTION]... [FILE]...',
  async run(run) {
    const visible = run.has('A') || run.has('e') || run.has('t') || run.has('v');
    const ends = run.has('A') || run.has('e') || run.has('E');
    const tabs = run.has('A') || run.has('t') || run.has('T');
    const nonblank = run.has('b');
    const number = nonblank || run.has('n');
    const squeeze = run.has('s');
    const plain = !visible && !ends && !tabs && !number && !squeeze;
    let line = 0;
    let blanks = 0;
    let startOfLine = true;
    const show = (text: Bytes, whole: boolean) => {
      if (startOfLine && whole && text === '') {
        if (++blanks > 1 && squeeze) return;
      } else if (startOfLine) blanks = 0;
      if (startOfLine && number && !(nonblank && text === '')) run.put(`${String(++line).padStart(6)}\t`);
      let shown = visible ? caret(text) : text;
      if (tabs) shown = shown.replaceAll('\t', '^I');
      if (ends && whole && !visible && shown.endsWith('\r')) shown = `${shown.slice(0, -1)}^M`;
      run.put(shown + (whole ? (ends ? '$\n' : '\n') : ''));
      startOfLine = whole;
    };
    await forEachInput(run, run.operands, async (input) => {
      if (plain) {
        for (let chunk: Bytes; (chunk = await input.read()) !== ''; ) await run.process.out(chunk);
        return;
      }
      for (let lines: Bytes[] | undefined; (lines = await input.batch()); ) {
        for (let i = 0; i < lines.length; i++) show(lines[i]!, i < lines.length - 1 || input.terminated);
        await run.flush();
      }
    });
    return undefined;
  },
});

/** The ^ and M- notation of cat -v; tabs stay. */
function caret(text: Bytes): Bytes {
  let shown = '';
  for (const c of text) {
    const code = c.charCodeAt(0);
    if (c === '\t') shown += c;
    else if (code < 32) shown += `^${String.fromCharCode(code + 64)}`;
    else if (code === 127) shown += '^?';
    else if (code < 128) shown += c;
    else if (code < 160) shown += `M-^${String.fromCharCode(code - 64)}`;
    else shown += code === 255 ? 'M-^?' : `M-${String.fromCharCode(code - 128)}`;
  }
  return shown;
}
