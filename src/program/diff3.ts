// diff3 (GNU diffutils 3.8): compares three files, of which the second is the older one of both others.
import type { Bytes, Process } from '../machine/machine.ts';
import { LARGEST } from './archive/codec.ts';
import { type Change, compareLines } from './diff/compare.ts';
import { reason } from './failure.ts';
import { gnu } from './program.ts';
import { quoteIfNeeded } from './quote.ts';

export const names = ['diff3'];

interface Text {
  name: Bytes;
  lines: Bytes[];
  cut: boolean;
}

type Range = [from: number, to: number];

/** A place where not all three agree: the ranges of lines in each, and which one differs (`all`: each from each). */
interface Block {
  ranges: [Range, Range, Range];
  differs: 1 | 2 | 3 | 'all';
}

export const main = gnu({
  short: '3aAeEimL:TxXv',
  long: {
    text: 'a',
    'show-all': 'A',
    ed: 'e',
    'show-overlap': 'E',
    'easy-only': '3',
    merge: 'm',
    'label=': 'L',
    'initial-tab': 'T',
    'overlap-only': 'x',
    'strip-trailing-cr': 'strip',
    'diff-program=': 'program',
  },
  failure: 2,
  hint: "%: Try '% --help' for more information.\n",
  usage: '[OPTION]... MYFILE OLDFILE YOURFILE',
  release: 'GNU diffutils 3.8',
  async run(run) {
    const { operands, process } = run;
    if (operands.length < 3) return run.wrongUse(`missing operand after '${operands.at(-1) ?? run.name}'`);
    if (operands.length > 3) return run.wrongUse(`extra operand '${operands[3]}'`);
    const labels = run.values('L');
    const texts: Text[] = [];
    for (const [i, file] of operands.entries()) {
      let content: Bytes;
      try {
        content = file === '-' ? await process.readAll(0, LARGEST) : process.readFile(file);
      } catch (error) {
        return run.fail(`${quoteIfNeeded(file)}: ${reason(error)}`);
      }
      texts.push({
        name: labels[i] ?? file,
        lines: content === '' ? [] : content.replace(/\n$/, '').split('\n'),
        cut: content !== '' && !content.endsWith('\n'),
      });
    }
    const three = texts as [Text, Text, Text];
    const blocks = await compareThree(process, three);
    if (run.has('m')) {
      const { text, conflicts } = merged(three, blocks, !run.has('x') && !run.has('3'));
      run.put(text);
      return conflicts ? 1 : 0;
    }
    if (['e', 'E', 'x', 'X', '3', 'A'].some((key) => run.has(key))) {
      const wanted = (block: Block) =>
        run.has('3')
          ? block.differs === 3
          : run.has('x') || run.has('X')
            ? block.differs === 'all'
            : block.differs === 3 || block.differs === 'all' || (run.has('A') && block.differs === 2);
      const marked = run.has('E') || run.has('A') || run.has('X');
      run.put(edScript(three, blocks.filter(wanted), marked, run.has('A')));
      const cut = three.filter((text, i) => text.cut && i !== 1).length;
      if (cut === 0 && three[1].cut) for (let i = 0; i < 2; i++) await run.warn('No newline at end of file', 0);
      return marked && blocks.some((block) => block.differs === 'all') ? 1 : 0;
    }
    run.put(blocks.map((block) => shown(three, block, run.has('T') ? '\t' : '  ')).join(''));
    return 0;
  },
});

async function compareThree(process: Process, [mine, older, yours]: [Text, Text, Text]): Promise<Block[]> {
  const ids = new Map<Bytes, number>();
  const numbers = ({ lines, cut }: Text) =>
    lines.map((line, i) => {
      const key = line + (cut && i === lines.length - 1 ? '\n' : '');
      let id = ids.get(key);
      if (id === undefined) ids.set(key, (id = ids.size));
      return id;
    });
  const [a, o, b] = [numbers(mine), numbers(older), numbers(yours)];
  const left = await compareLines(process, o, a);
  const right = await compareLines(process, o, b);
  const blocks: Block[] = [];
  let [i, j] = [0, 0];
  // How far each file's lines are from the older one's behind the changes so far.
  let [leftShift, rightShift] = [0, 0];
  while (i < left.length || j < right.length) {
    const startsLeft = left[i]?.a[0] ?? Number.POSITIVE_INFINITY;
    const startsRight = right[j]?.a[0] ?? Number.POSITIVE_INFINITY;
    const from = Math.min(startsLeft, startsRight);
    let to = from;
    const mineChanges: Change[] = [];
    const yourChanges: Change[] = [];
    // Changes that touch or overlap are one place.
    for (let grown = true; grown; ) {
      grown = false;
      while (
        i < left.length &&
        left[i]!.a[0] <= to &&
        (left[i]!.a[0] < to || mineChanges.length + yourChanges.length === 0 || left[i]!.a[0] === to)
      ) {
        to = Math.max(to, left[i]!.a[1]);
        mineChanges.push(left[i++]!);
        grown = true;
      }
      while (j < right.length && right[j]!.a[0] <= to) {
        to = Math.max(to, right[j]!.a[1]);
        yourChanges.push(right[j++]!);
        grown = true;
      }
    }
    const grownBy = (changes: readonly Change[]) =>
      changes.reduce((sum, change) => sum + (change.b[1] - change.b[0]) - (change.a[1] - change.a[0]), 0);
    const mineRange: Range = [from + leftShift, to + leftShift + grownBy(mineChanges)];
    const yourRange: Range = [from + rightShift, to + rightShift + grownBy(yourChanges)];
    leftShift += grownBy(mineChanges);
    rightShift += grownBy(yourChanges);
    const same = a.slice(...mineRange).join() === b.slice(...yourRange).join();
    blocks.push({
      ranges: [mineRange, [from, to], yourRange],
      differs: mineChanges.length === 0 ? 3 : yourChanges.length === 0 ? 1 : same ? 2 : 'all',
    });
  }
  return blocks;
}

const span = ([from, to]: Range): string =>
  to - from <= 0 ? `${from}a` : to - from === 1 ? `${to}c` : `${from + 1},${to}c`;

function lines(text: Text, [from, to]: Range, lead: string): Bytes {
  return text.lines
    .slice(from, to)
    .map(
      (line, i) =>
        `${lead}${line}\n${text.cut && from + i === text.lines.length - 1 ? '\\ No newline at end of file\n' : ''}`,
    )
    .join('');
}

/** One block as diff3 shows it: files that agree are named together, their lines once. */
function shown(texts: readonly Text[], { ranges, differs }: Block, lead: string): Bytes {
  let out = `====${differs === 'all' ? '' : differs}\n`;
  const order = differs === 1 ? [0, 1, 2] : differs === 2 ? [0, 2, 1] : [0, 1, 2];
  for (const [place, index] of order.entries()) {
    const range = ranges[index]!;
    out += `${index + 1}:${span(range)}\n`;
    // The first of two that agree leaves its lines to the second.
    const silent = differs === 1 ? index === 1 : differs === 2 ? place === 0 : differs === 3 ? index === 0 : false;
    if (!silent) out += lines(texts[index]!, range, lead);
  }
  return out;
}

function merged(texts: readonly Text[], blocks: readonly Block[], marks: boolean): { text: Bytes; conflicts: boolean } {
  const [mine, older, yours] = texts as [Text, Text, Text];
  const body = (text: Text, [from, to]: Range) =>
    text.lines
      .slice(from, to)
      .map((line, i) => line + (text.cut && from + i === text.lines.length - 1 ? '' : '\n'))
      .join('');
  let out = '';
  let at = 0;
  let conflicts = false;
  for (const { ranges, differs } of blocks) {
    const [m, o, y] = ranges;
    out += body(mine, [at, m[0]]);
    at = m[1];
    if (differs === 1) out += body(mine, m);
    else if (differs === 3) out += body(yours, y);
    else {
      conflicts = true;
      if (differs === 2) {
        out += `${marks ? `<<<<<<< ${older.name}\n${body(older, o)}=======\n` : ''}${body(yours, y)}${marks ? `>>>>>>> ${yours.name}\n` : ''}`;
      } else
        out += `<<<<<<< ${mine.name}\n${body(mine, m)}||||||| ${older.name}\n${body(older, o)}=======\n${body(yours, y)}>>>>>>> ${yours.name}\n`;
    }
  }
  return { text: out + body(mine, [at, mine.lines.length]), conflicts };
}

/** An ed script that brings into the first file what is wanted, from the end. */
function edScript(texts: readonly Text[], blocks: readonly Block[], marked: boolean, all: boolean): Bytes {
  const [mine, older, yours] = texts as [Text, Text, Text];
  let out = '';
  for (const { ranges, differs } of blocks.toReversed()) {
    const [m, o, y] = ranges;
    const place = ([from, to]: Range) => (to - from <= 1 ? String(to) : `${from + 1},${to}`);
    if (marked && differs !== 3) {
      const old = all
        ? `||||||| ${older.name}\n${older.lines
            .slice(...o)
            .map((line) => `${line}\n`)
            .join('')}`
        : '';
      out += `${m[1]}a\n${old}=======\n${yours.lines
        .slice(...y)
        .map((line) => `${line}\n`)
        .join('')}>>>>>>> ${yours.name}\n.\n`;
      out += `${m[0]}a\n<<<<<<< ${mine.name}\n.\n`;
      continue;
    }
    if (y[0] === y[1]) out += `${place(m)}d\n`;
    else
      out += `${m[0] === m[1] ? `${m[0]}a` : `${place(m)}c`}\n${yours.lines
        .slice(...y)
        .map((line) => `${line}\n`)
        .join('')}.\n`;
  }
  return out;
}
