// clear, reset and tset (ncurses 6.4): clear or initialise the terminal.
import type { Process } from '../machine/machine.ts';
import { calledAs } from './program.ts';

export const names = ['clear', 'tset', 'reset'];

export async function main(process: Process): Promise<number> {
  const called = calledAs(process);
  const args = process.argv.slice(1);
  const term = args.find((_, i) => args[i - 1] === '-T') ?? process.environment.get('TERM');
  if (called === 'clear') {
    if (args.includes('-V')) {
      await process.out('ncurses 6.4.20221231\n');
      return 0;
    }
    if (term === undefined || term === '') {
      await process.err('TERM environment variable not set.\n');
      return 1;
    }
    // A vt220 has no E3, which clears what has scrolled away.
    await process.out(
      `\x1b[H\x1b[2J${args.includes('-x') || !/^(xterm|screen|tmux|linux|rxvt)/.test(term) ? '' : '\x1b[3J'}`,
    );
    return 0;
  }
  const terminal = process.descriptors.get(2)?.terminal ?? process.terminal;
  if (!terminal) {
    await process.err(`${called}: standard error: Inappropriate ioctl for device\n`);
    return 1;
  }
  Object.assign(terminal.settings, {
    icanon: true,
    echo: true,
    echoe: true,
    isig: true,
    icrnl: true,
    opost: true,
    onlcr: true,
  });
  if (args.includes('-q')) await process.out(`${term ?? 'unknown'}\n`);
  else if (called === 'reset') {
    await process.sleep(args.includes('-w') ? 0 : 1000);
    await process.err('\x1bc\x1b[!p\x1b[?3;4l\x1b[4l\x1b>\r');
  }
  return 0;
}
