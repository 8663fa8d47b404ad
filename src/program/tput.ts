// tput (ncurses 6.4): capabilities of the terminal, of the xterm and linux families.
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';

export const names = ['tput'];

const STRINGS: Record<string, string> = {
  clear: '\x1b[H\x1b[2J\x1b[3J',
  bold: '\x1b[1m',
  dim: '\x1b[2m',
  smul: '\x1b[4m',
  rmul: '\x1b[24m',
  rev: '\x1b[7m',
  smso: '\x1b[7m',
  rmso: '\x1b[27m',
  blink: '\x1b[5m',
  sgr0: '\x1b(B\x1b[m',
  op: '\x1b[39;49m',
  home: '\x1b[H',
  el: '\x1b[K',
  el1: '\x1b[1K',
  ed: '\x1b[J',
  civis: '\x1b[?25l',
  cnorm: '\x1b[?12l\x1b[?25h',
  cvvis: '\x1b[?12;25h',
  smcup: '\x1b[?1049h\x1b[22;0;0t',
  rmcup: '\x1b[?1049l\x1b[23;0;0t',
  sc: '\x1b7',
  rc: '\x1b8',
  cuu1: '\x1b[A',
  cud1: '\n',
  cuf1: '\x1b[C',
  cub1: '\b',
  bel: '\x07',
  cr: '\r',
  init: '\x1b[!p\x1b[?3;4l\x1b[4l\x1b>',
  reset: '\x1bc\x1b[!p\x1b[?3;4l\x1b[4l\x1b>',
  sitm: '\x1b[3m',
  ritm: '\x1b[23m',
};

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  let term = process.environment.get('TERM') ?? '';
  while (args[0]?.startsWith('-')) {
    const option = args.shift()!;
    if (option === '-T') term = args.shift() ?? '';
    else if (option.startsWith('-T')) term = option.slice(2);
    else if (option === '-V') {
      await process.out('ncurses 6.4.20221231\n');
      return 0;
    }
  }
  const [name, ...parameters] = args;
  if (name === undefined) {
    const run = recordedRun(process, 'tput', '');
    await process.err(run?.stderr ?? 'usage: tput [-V] [-S] [-T term] capname\n');
    return 2;
  }
  if (term === '') {
    await process.err('tput: No value for $TERM and no -T specified\n');
    return 2;
  }
  const known = /^(xterm|linux|screen|tmux|vt\d|rxvt|ansi|putty|dumb)/.test(term);
  if (!known) {
    await process.err(`tput: unknown terminal "${term}"\n`);
    return 3;
  }
  const terminal = process.descriptors.get(1)?.terminal ?? process.descriptors.get(2)?.terminal ?? process.terminal;
  if (name === 'cols' || name === 'lines') {
    const size = name === 'cols' ? terminal?.columns : terminal?.rows;
    const variable = process.environment.get(name === 'cols' ? 'COLUMNS' : 'LINES');
    await process.out(`${size || Number(variable) || (name === 'cols' ? 80 : 24)}\n`);
    return 0;
  }
  if (name === 'colors') {
    await process.out(`${/256color/.test(term) ? 256 : /^(vt|dumb)/.test(term) ? -1 : 8}\n`);
    return 0;
  }
  if (name === 'longname') {
    await process.out(/256/.test(term) ? 'xterm with 256 colors' : 'xterm terminal emulator (X Window System)');
    return 0;
  }
  const text =
    parametrised(name, parameters, term) ?? (term === 'dumb' ? { bel: '\x07', cr: '\r' }[name] : STRINGS[name]);
  if (text === undefined) {
    if (term === 'dumb' && STRINGS[name] !== undefined) return 1;
    if (/^(am|bce|xenl|km|npc|mir|msgr|hc)$/.test(name)) return /^(am|bce|xenl|km|npc|mir|msgr)$/.test(name) ? 0 : 1;
    await process.err(`tput: unknown terminfo capability '${name}'\n`);
    return 4;
  }
  await process.out(text);
  return 0;
}

function parametrised(name: Bytes, parameters: Bytes[], term: string): string | undefined {
  const [a = 0, b = 0] = parameters.map(Number);
  if (name === 'cup') return `\x1b[${a + 1};${b + 1}H`;
  if (name === 'cuu' || name === 'cud' || name === 'cuf' || name === 'cub')
    return `\x1b[${a}${{ cuu: 'A', cud: 'B', cuf: 'C', cub: 'D' }[name]}`;
  if (name === 'hpa') return `\x1b[${a + 1}G`;
  if (name === 'setaf' || name === 'setab') {
    const base = name === 'setaf' ? 30 : 40;
    if (/^(vt|dumb)/.test(term)) return '';
    if (a < 8) return `\x1b[${base + a}m`;
    return /256color/.test(term)
      ? a < 16
        ? `\x1b[${base + 52 + a}m`
        : `\x1b[${base + 8};5;${a}m`
      : `\x1b[${base + a}m`;
  }
  return undefined;
}
