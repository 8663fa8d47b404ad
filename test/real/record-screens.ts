// Records what xterm's own emulator shows for generated output, for ui/replay/screen.test.ts:
//   npm install --no-save @xterm/headless@6 && node test/real/record-screens.ts > ui/replay/fixtures/screens.json
import { createRequire } from 'node:module';

interface Terminal {
  write(text: string, done: () => void): void;
  buffer: {
    active: {
      baseY: number;
      cursorX: number;
      cursorY: number;
      getLine(row: number): { translateToString(trim: boolean): string } | undefined;
    };
  };
}
const { Terminal } = createRequire(import.meta.url)('@xterm/headless') as {
  Terminal: new (options: object) => Terminal;
};

const CASES = 1200;
let seed = 20_261_124;
/** mulberry32: the same cases every time. */
function random(n: number): number {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % n;
}
const pick = <T>(from: readonly T[]): T => from[random(from.length)]!;
const TEXTS = ['hello world ', 'abc', 'x', '日本', '漢', 'e\u0301', '─│', 'The quick brown fox jumps over'];
const MOVES = ['\r\n', '\r', '\n', '\b', '\t', '\b\b'];
const ESCAPES = ['\x1b7\x1b[2;2H', '\x1bD', '\x1bE', '\x1bM', '\x1b(0', '\x1b(B'];
const COLOURS = ['', '0', '1', '31', '1;32', '44', '7', '38;5;200', '48;2;1;2;3', '22', '39;49', '95'];

/** @param margins scrolling regions or the alternate screen: terminals disagree on whether each screen has its own */
function piece(margins: boolean): string {
  const number = () => pick(['', '0', '1', '2', '3', '5', '7', '12', '99']);
  const kind = random(20);
  if (kind < 7) return pick(TEXTS);
  if (kind < 10) return pick(MOVES);
  if (kind < 11) return pick(ESCAPES);
  // Terminals disagree on what these do while the end of a line waits for its next character: they come after a step back.
  if (kind < 13) return `\x1b[D\x1b[${number()}${pick([...'@KLMPSTXZ'])}`;
  if (kind < 16) return `\x1b[${number()}${pick([...'ABCDEFGIade`'])}`;
  if (kind < 17) return `\x1b[D\x1b[${pick(['', '0', '1', '2'])}J`;
  if (kind < 18) return `\x1b[${number()};${number()}${pick(['H', 'f'])}`;
  if (kind < 19)
    return `\x1b[${pick(['?7h', '?25h', '4h', '4l', ...(margins ? ['r', '2;4r'] : ['?1049h', '?1049l'])])}`;
  return `\x1b[${pick(COLOURS)}m`;
}

const cases = [];
for (let i = 0; i < CASES; i++) {
  const [columns, rows] = [pick([10, 20, 13]), pick([3, 5, 8])];
  const margins = random(2) === 0;
  const output = Array.from({ length: 1 + random(25) }, () => piece(margins)).join('');
  const terminal = new Terminal({ cols: columns, rows, scrollback: 0, allowProposedApi: true });
  await new Promise<void>((done) => terminal.write(output, done));
  const { active } = terminal.buffer;
  const lines = Array.from({ length: rows }, (_, row) => active.getLine(active.baseY + row)?.translateToString(false));
  cases.push({ columns, rows, output, lines, cursor: [active.cursorY, Math.min(active.cursorX, columns - 1)] });
}
process.stdout.write(`${JSON.stringify(cases)}\n`);
