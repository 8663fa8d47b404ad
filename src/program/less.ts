// less (590) and more (util-linux 2.38.1): a text a screen at a time; without a terminal for output, all of it.

import type { Bytes, Process, Terminal } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { isApplet } from './busybox/manner.ts';
import { reason } from './failure.ts';
import { calledAs } from './program.ts';

export const names = ['less', 'more'];

/** So much of a text is kept to page through. */
const LARGEST = 8 << 20;

export async function main(process: Process): Promise<number> {
  const more = calledAs(process) === 'more';
  const files = process.argv.slice(1).filter((arg) => !/^[-+]./.test(arg));
  const terminal = process.descriptors.get(1)?.terminal;
  if (files.length === 0 && process.descriptors.get(0)?.terminal) {
    if (more) {
      await process.err("more: bad usage\nTry 'more --help' for more information.\n");
      return 1;
    }
    const run = recordedRun(process, 'less', '');
    await process.out(run?.stdout || 'Missing filename ("less --help" for help)\n');
    return 1;
  }
  let status = 0;
  const texts: { name: Bytes; text: Bytes }[] = [];
  for (const name of files.length > 0 ? files : ['-']) {
    try {
      if (name !== '-' && process.files.stat(name).type === 'directory') {
        if (more) await process.out(`\n*** ${name}: directory ***\n\n`);
        else await process.out(`${name} is a directory\n`);
        status = 1;
        continue;
      }
      const descriptor = name === '-' ? 0 : process.open(name, { read: true });
      texts.push({ name, text: await process.readAll(descriptor, LARGEST) });
      if (descriptor !== 0) process.close(descriptor);
    } catch (error) {
      if (more) await process.err(`more: cannot open ${name}: ${reason(error)}\n`);
      else await process.out(`${name}: ${reason(error)}\n`);
      status = more && !isApplet(process) ? 0 : 1;
    }
  }
  for (const { name, text } of texts) {
    if (!terminal) {
      if (more && name !== '-') await process.out(`::::::::::::::\n${name}\n::::::::::::::\n`);
      await process.out(text);
    } else if (await page(process, terminal, more, name === '-' ? '' : name, text)) break;
  }
  return status;
}

/** Shows one text; true: the reader wants no more. */
async function page(process: Process, terminal: Terminal, more: boolean, name: Bytes, text: Bytes): Promise<boolean> {
  const lines = text.replace(/\n$/, '').split('\n');
  const height = Math.max(2, (terminal.rows || 24) - 1);
  if (more && lines.length <= height) {
    await process.out(text);
    return false;
  }
  const keys = process.descriptors.get(2)?.terminal ? 2 : process.open('/dev/tty', { read: true });
  const before = { ...terminal.settings, cc: { ...terminal.settings.cc } };
  terminal.settings = { ...before, icanon: false, echo: false, cc: { ...before.cc, min: 1, time: 0 } };
  let top = 0;
  let prompt = name && !more ? `\x1b[7m${name}\x1b[27m\x1b[K` : '';
  let sought = '';
  const last = () => Math.max(0, lines.length - height);
  const draw = (from: number, to: number) =>
    process.out(
      lines
        .slice(from, to)
        .map((line) => `${line}\x1b[K\n`)
        .join(''),
    );
  try {
    if (!more) await process.out('\x1b[?1049h\x1b[22;0;0t\x1b[?1h\x1b=\r');
    await draw(0, height);
    for (;;) {
      const end = Math.min(lines.length, top + height);
      if (more) {
        if (end >= lines.length) return false;
        const shown = lines.slice(0, end).join('\n').length + 1;
        await process.out(`\x1b[7m--More--(${Math.floor((shown * 100) / text.length)}%)\x1b[27m`);
      } else await process.out(prompt || (end >= lines.length ? '\x1b[7m(END)\x1b[27m\x1b[K' : ':\x1b[K'));
      prompt = '';
      const key = await process.read(keys, 16);
      await process.out('\r\x1b[K');
      if (key === '' || /^(q|Q|ZZ|:q|\x03)/.test(key)) return true;
      let next = top;
      if (/^(\r|\n|j|e|\x0e|\x1b\[B|\x1bOB)/.test(key)) next = top + 1;
      else if (/^( |f|\x06|\x16|\x1b\[6~)/.test(key)) next = top + height;
      else if (/^(d|\x04)/.test(key)) next = top + (height >> 1);
      else if (!more && /^(k|y|\x10|\x1b\[A|\x1bOA)/.test(key)) next = top - 1;
      else if (/^(b|\x02|\x1b\[5~)/.test(key)) next = top - height;
      else if (!more && /^(u|\x15)/.test(key)) next = top - (height >> 1);
      else if (!more && /^(g|<)/.test(key)) next = 0;
      else if (!more && /^(G|>)/.test(key)) next = last();
      else if (/^[/n]/.test(key)) {
        if (key[0] === '/') sought = await typed(process, keys, '/', key.slice(1));
        const found = lines.findIndex((line, i) => i > top && line.includes(sought));
        if (found < 0 || sought === '') prompt = '\x1b[7mPattern not found  (press RETURN)\x1b[27m';
        else next = found;
      } else if (key[0] === '=' || key[0] === '\x07')
        prompt = `\x1b[7m${name} lines ${top + 1}-${end}/${lines.length}\x1b[27m`;
      else if (key[0] === 'h') prompt = '\x1b[7mq quits, space goes on, b goes back, / searches\x1b[27m';
      if (more) {
        const until = Math.min(lines.length, next + height);
        if (next > top) await draw(end, until);
        top = Math.max(0, next);
        if (until >= lines.length) return false;
        continue;
      }
      next = Math.max(0, Math.min(next, last()));
      if (next > top && next - top < height) await draw(end, next + height);
      else if (next !== top) {
        await process.out('\x1b[H\x1b[2J');
        await draw(next, next + height);
      }
      top = next;
    }
  } finally {
    terminal.settings = before;
    if (!more) await process.out('\r\x1b[K\x1b[?1l\x1b>\x1b[?1049l\x1b[23;0;0t');
    if (keys > 2) process.close(keys);
  }
}

/** A line at the bottom of the screen, echoed by us. */
async function typed(process: Process, keys: number, prompt: string, first: Bytes): Promise<Bytes> {
  let line = '';
  let held = first;
  await process.out(prompt);
  for (;;) {
    for (const c of held) {
      if (c === '\r' || c === '\n') return line;
      if (c === '\x7f' || c === '\b') line = line.slice(0, -1);
      else line += c;
      await process.out(c === '\x7f' ? '\b \b' : c);
    }
    held = await process.read(keys, 64);
    if (held === '') return line;
  }
}
