// du (GNU coreutils): space that trees take.

import type { Bytes, Stat } from '../machine/machine.ts';
import { baseName } from './basename.ts';
import { human as appletSize } from './busybox/human.ts';
import { reason } from './failure.ts';
import { fnmatch } from './fnmatch.ts';
import { humanSize, parseInteger, parseSize } from './number.ts';
import { gnu, type Invocation } from './program.ts';
import { quote, quoteAlways } from './quote.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';
import { DEEPEST, join, namesIn } from './tree.ts';

export const names = ['du'];

export const main = gnu({
  short: '0aB:bcd:DhHklLmPsSt:xX:',
  long: {
    null: '0',
    all: 'a',
    'apparent-size': 'apparent',
    'block-size=': 'B',
    bytes: 'b',
    total: 'c',
    'dereference-args': 'D',
    'max-depth=': 'd',
    'files0-from=': 'files0',
    'human-readable': 'h',
    inodes: 'inodes',
    'count-links': 'l',
    dereference: 'L',
    'no-dereference': 'P',
    'separate-dirs': 'S',
    si: 'si',
    summarize: 's',
    'threshold=': 't',
    'time=?': 'time',
    'time-style=': 'time-style',
    'exclude-from=': 'X',
    'exclude=': 'exclude',
    'one-file-system': 'x',
  },
  usage: '[OPTION]... [FILE]...',
  gaps: ['files0', 'X'],
  async run(run) {
    const depthText = run.value('d');
    let most = Number.POSITIVE_INFINITY;
    if (depthText !== undefined) {
      const depth = parseInteger(depthText);
      if (depth === undefined || depth < 0)
        return run.wrongUse(`invalid maximum depth ${quote(run.process, depthText)}`);
      most = depth;
    }
    if (run.has('s')) {
      if (run.has('a')) return run.wrongUse('cannot both summarize and show all entries');
      if (depthText !== undefined && most !== 0)
        return run.wrongUse(`warning: summarizing conflicts with --max-depth=${most}`);
      most = 0;
    }
    const counter = new Usage(run, most);
    let total = 0;
    for (const path of run.operands.length ? run.operands : ['.']) total += await counter.count(path, 0);
    if (run.has('c')) counter.show(total, 'total');
    return undefined;
  },
});

class Usage {
  readonly #run: Invocation;
  readonly #most: number;
  readonly #seen = new Set<string>();
  #device = -1;
  #latest = 0;

  constructor(run: Invocation, most: number) {
    this.#run = run;
    this.#most = most;
  }

  show(amount: number, path: Bytes): void {
    const run = this.#run;
    const threshold = run.value('t');
    if (threshold !== undefined) {
      const limit = parseSize(threshold.replace(/^-/, '')) ?? 0;
      if (threshold.startsWith('-') ? amount > limit : amount < limit) return;
    }
    const human = run.options.findLast(([k]) => ['h', 'H', 'si', 'B', 'k', 'm', 'b'].includes(k))?.[0];
    let text: string;
    if (run.has('inodes')) text = human === 'h' ? humanSize(amount) : String(amount);
    else if (human === 'h') text = run.applet ? appletSize(amount) : humanSize(amount);
    else if (human === 'si' || human === 'H') text = humanSize(amount, 1000);
    else {
      const block =
        human === 'b'
          ? 1
          : human === 'm'
            ? 1 << 20
            : human === 'B'
              ? (parseSize(/^[KMGT]/.test(run.value('B')!) ? `1${run.value('B')}` : run.value('B')!) ?? 1024)
              : 1024;
      text = String(Math.ceil(amount / block));
    }
    const time = run.has('time')
      ? `\t${strftime(timeFormat(run.value('time-style') ?? 'long-iso'), breakDown(this.#latest, zoneOf(run.process)))}`
      : '';
    run.put(`${text}${time}\t${path}${run.has('0') ? '\0' : '\n'}`);
  }

  async count(path: Bytes, depth: number): Promise<number> {
    const run = this.#run;
    const { files } = run.process;
    const turn = run.process.step(4);
    if (turn) await turn;
    if (run.values('exclude').some((p) => fnmatch(p, baseName(path)) || fnmatch(p, path))) return 0;
    let stat: Stat;
    try {
      stat = files.stat(path, run.has('L') || (run.has('D') && depth === 0));
    } catch (error) {
      await run.warn(`cannot access ${quoteAlways(path)}: ${reason(error)}`);
      return 0;
    }
    if (depth === 0) this.#device = stat.device;
    else if (run.has('x') && stat.device !== this.#device) return 0;
    const key = `${stat.device}:${stat.inode}`;
    if (!run.has('l') && (stat.links > 1 || depth === 0)) {
      if (this.#seen.has(key)) return 0;
      this.#seen.add(key);
    }
    this.#latest = Math.max(this.#latest, stat.mtime);
    const own = run.has('inodes')
      ? 1
      : run.has('apparent') || run.has('b')
        ? stat.type === 'file' || stat.type === 'directory' || stat.type === 'symlink'
          ? stat.size
          : 0
        : stat.blocks * 512;
    if (stat.type !== 'directory') {
      this.#wasDirectory = false;
      if (depth === 0 || (run.has('a') && depth <= this.#most)) this.show(own, path);
      return own;
    }
    let below = 0;
    let here = own;
    if (depth < DEEPEST) {
      let names: Bytes[] = [];
      try {
        names = namesIn(run, path);
      } catch (error) {
        await run.warn(`cannot read directory ${quoteAlways(path)}: ${reason(error)}`);
      }
      for (const name of names) {
        const amount = await this.count(join(path, name), depth + 1);
        below += amount;
        if (!this.#wasDirectory) here += amount;
      }
    }
    const sum = own + below;
    if (depth <= this.#most) this.show(run.has('S') ? here : sum, path);
    this.#wasDirectory = true;
    await run.drain();
    return sum;
  }

  /** What was counted last was a directory: -S leaves it out of its parent's sum. */
  #wasDirectory = false;
}

/** The format behind --time-style. */
function timeFormat(style: Bytes): Bytes {
  if (style.startsWith('+')) return style.slice(1);
  return style === 'full-iso' ? '%Y-%m-%d %H:%M:%S.%N %z' : style === 'iso' ? '%Y-%m-%d' : '%Y-%m-%d %H:%M';
}
