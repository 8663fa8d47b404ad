// tail (GNU coreutils): the end of files, and what is added to them.
import type { Bytes, Main } from '../machine/machine.ts';
import { reason, tryTo } from './failure.ts';
import { type Input, openInput } from './input.ts';
import { parseSize } from './number.ts';
import { gnu, type Invocation } from './program.ts';
import { quote, quoteAlways, quoteIfNeeded } from './quote.ts';
import { parseDuration } from './sleep.ts';

export const names = ['tail'];

const declared = gnu({
  short: 'c:n:fFqs:vz',
  long: {
    'bytes=': 'c',
    'lines=': 'n',
    'follow=?': 'f',
    'pid=': 'pid',
    quiet: 'q',
    silent: 'q',
    retry: 'retry',
    'sleep-interval=': 's',
    'max-unchanged-stats=': 'max',
    verbose: 'v',
    'zero-terminated': 'z',
  },
  words: { f: { name: '--follow', groups: ['descriptor', 'name'] } },
  usage: '[OPTION]... [FILE]...',
  async run(run) {
    const [unit, text] = run.options.findLast(([k]) => k === 'n' || k === 'c') ?? ['n', '10'];
    const fromStart = text!.startsWith('+');
    const count = parseSize(text!.replace(/^[-+]/, ''));
    if (count === undefined)
      return run.fail(
        `invalid number of ${unit === 'c' ? 'bytes' : 'lines'}: ${quote(run.process, text!.replace(/^-/, ''))}`,
      );
    const interval = parseDuration(run.value('s') ?? '1');
    if (interval === undefined) return run.fail(`invalid number of seconds: ${quote(run.process, run.value('s')!)}`);
    const loud = run.options.findLast(([k]) => k === 'q' || k === 'v')?.[0];
    const operands = run.operands.length ? run.operands : ['-'];
    const titled = loud === 'v' || (loud !== 'q' && operands.length > 1);
    const follow = run.has('f') || run.has('F');
    let shown: Bytes | undefined;
    const title = (name: Bytes) => {
      if (!titled || shown === name) return;
      run.put(`${shown === undefined ? '' : '\n'}==> ${name === '-' ? 'standard input' : name} <==\n`);
      shown = name;
    };
    const followed: { name: Bytes; input: Input | undefined; inode: number }[] = [];
    for (const name of operands) {
      let input: Input | undefined;
      try {
        input = openInput(run.process, name);
      } catch (error) {
        await run.warn(`cannot open ${quoteAlways(name)} for reading: ${reason(error)}`);
        if (run.applet && operands.length === 1 && !run.has('F')) return run.fail('no files');
        if (run.has('F')) followed.push({ name, input: undefined, inode: 0 });
        continue;
      }
      title(name);
      if (run.has('z')) input.delimiter = '\0';
      try {
        if (fromStart) await skip(run, input, unit, count);
        else await last(run, input, unit, count);
      } catch (error) {
        await run.warn(`error reading ${quoteAlways(name)}: ${reason(error)}`);
        if (follow) await run.warn(`${quoteIfNeeded(name)}: cannot follow end of this type of file`);
        input.close();
        continue;
      }
      await run.flush();
      if (follow) {
        const kind = run.process.descriptors.get(input.descriptor)?.kind;
        if (name !== '-' || kind === 'file' || kind === 'terminal')
          followed.push({ name, input, inode: run.process.descriptors.get(input.descriptor)?.stat().inode ?? 0 });
      } else input.close();
    }
    if (follow && followed.length === 0 && run.status) {
      await run.process.err(`${run.name}: no files remaining\n`);
      return 1;
    }
    while (followed.length > 0) {
      await run.process.sleep(Math.max(50, interval * 1000));
      const pid = Number(run.value('pid') ?? 0);
      if (pid && !run.process.machine.processes.has(pid)) break;
      for (const file of followed) {
        if (run.has('F')) {
          const stat = tryTo(() => run.process.files.stat(file.name));
          if (stat && stat.inode !== file.inode) {
            await run.warn(
              `${quoteAlways(file.name)} has ${file.inode ? 'been replaced;  following new file' : 'appeared;  following new file'}`,
              0,
            );
            file.input?.close();
            file.input = tryTo(() => openInput(run.process, file.name));
            file.inode = stat.inode;
          }
        }
        if (!file.input) continue;
        const open = run.process.descriptors.get(file.input.descriptor);
        if (open?.kind === 'file' && open.stat().size < open.seek(0, 'current')) {
          await run.warn(`${quoteIfNeeded(file.name)}: file truncated`, 0);
          open.seek(0, 'start');
        }
        for (let chunk: Bytes; (chunk = await file.input.read()) !== ''; ) {
          title(file.name);
          run.put(chunk);
          await run.flush();
        }
      }
    }
    return undefined;
  },
});

/** The obsolete forms `tail -20`, `tail +5`, `tail -5f`. */
export const main: Main = (process) => {
  const match = /^([-+])(\d+)([bcl]?)(f?)$/.exec(process.argv[1] ?? '');
  if (match && process.argv.length <= 3) {
    const unit = match[3] === 'c' || match[3] === 'b' ? '-c' : '-n';
    const count = (match[1] === '+' ? '+' : '') + match[2] + (match[3] === 'b' ? 'b' : '');
    process.argv = [process.argv[0]!, unit, count, ...(match[4] ? ['-f'] : []), ...process.argv.slice(2)];
  } else if (/^-\d+$/.test(process.argv[1] ?? '')) process.argv.splice(1, 1, '-n', process.argv[1]!.slice(1));
  return declared(process);
};

/** `+N`: from the Nth on. */
async function skip(run: Invocation, input: Input, unit: string, count: number): Promise<void> {
  let left = Math.max(0, count - 1);
  for (let chunk: Bytes; (chunk = await input.read()) !== ''; ) {
    let at = 0;
    if (unit === 'c') {
      at = Math.min(left, chunk.length);
      left -= at;
    } else
      while (left > 0) {
        const next = chunk.indexOf(input.delimiter, at);
        at = next < 0 ? chunk.length : next + 1;
        if (next < 0) break;
        left--;
      }
    await run.process.out(chunk.slice(at));
  }
}

async function last(run: Invocation, input: Input, unit: string, count: number): Promise<void> {
  const file = run.process.descriptors.get(input.descriptor);
  // A regular file is not read from its start: 64 KiB a line is enough room for any count asked in practice.
  if (file?.kind === 'file' && unit === 'c') {
    const size = file.stat().size;
    if (size - file.seek(0, 'current') > count) file.seek(size - count, 'start');
  }
  let held: Bytes[] = [];
  let length = 0;
  let room = 1 << 20;
  for (let chunk: Bytes; (chunk = await input.read()) !== ''; ) {
    held.push(chunk);
    length += chunk.length;
    if (length > room) {
      held = [trim(held.join(''), unit, count, input.delimiter)];
      length = held[0]!.length;
      room = Math.max(room, 2 * length);
      const turn = run.process.step(room >> 9);
      if (turn) await turn;
      if (length > 32 << 20) return run.fail('memory exhausted');
    }
  }
  run.put(trim(held.join(''), unit, count, input.delimiter));
}

/** The last `count` bytes or lines of a text. */
function trim(text: Bytes, unit: string, count: number, delimiter: string): Bytes {
  if (count === 0) return '';
  if (unit === 'c') return text.slice(-count);
  let at = text.endsWith(delimiter) ? text.length - 1 : text.length;
  for (let left = count; left > 0; left--) {
    at = at > 0 ? text.lastIndexOf(delimiter, at - 1) : -1;
    if (at < 0) return text;
  }
  return text.slice(at + 1);
}
