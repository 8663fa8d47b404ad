// dd (GNU coreutils): copies blocks and counts them.

import type { Bytes } from '../machine/machine.ts';
import { isApplet } from './busybox/manner.ts';
import { reason } from './failure.ts';
import { Input } from './input.ts';
import { humanSize, parseSize } from './number.ts';
import { gnu } from './program.ts';
import { quote, quoteAlways } from './quote.ts';

export const names = ['dd'];

/** A block larger than this is refused as a lack of memory. */
const LARGEST = 64 << 20;

export const main = gnu({
  short: '',
  usage: '[OPERAND]...',
  async run(run) {
    const { process } = run;
    const given = new Map<string, string>();
    for (const operand of run.operands) {
      const at = operand.indexOf('=');
      const key = operand.slice(0, Math.max(at, 0));
      if (!/^(bs|ibs|obs|cbs|count|if|of|skip|iseek|seek|oseek|conv|iflag|oflag|status)$/.test(key))
        return run.wrongUse(`unrecognized operand ${quote(process, operand)}`);
      given.set(key, operand.slice(at + 1));
    }
    const size = (key: string) => {
      const text = given.get(key);
      if (text === undefined) return undefined;
      const factors = text
        .split('x')
        .map((part) => parseSize(part.replace(/B$/, (b) => (/\d$/.test(part.slice(0, -1)) ? '' : b))));
      const value = factors.reduce<number | undefined>(
        (product, f) => (product === undefined || f === undefined ? undefined : product * f),
        1,
      );
      if (value === undefined) return run.fail(`invalid number: ${quote(process, text)}`);
      if (value === 0 && /bs$/.test(key)) return run.fail(`invalid number: ${quote(process, text)}`);
      return value;
    };
    const bs = size('bs');
    const ibs = bs ?? size('ibs') ?? 512;
    const obs = bs ?? size('obs') ?? 512;
    if (ibs > LARGEST)
      return run.fail(
        `memory exhausted by input buffer of size ${ibs} bytes (${humanSize(ibs).replace(/([KMGTPE])$/, ' $1iB')})`,
      );
    const conv = new Set((given.get('conv') ?? '').split(',').filter(Boolean));
    for (const word of conv) {
      if (
        !/^(ascii|ebcdic|ibm|block|unblock|lcase|ucase|swab|sync|excl|nocreat|notrunc|noerror|fdatasync|fsync|sparse)$/.test(
          word,
        )
      ) {
        return run.wrongUse(`invalid conversion: ${quote(process, word)}`);
      }
    }
    const status = given.get('status');
    if (status !== undefined && !/^(none|noxfer|progress)$/.test(status))
      return run.wrongUse(`invalid status level: ${quote(process, status)}`);
    const flags = (key: string, name: string) => {
      const list = (given.get(key) ?? '').split(',').filter(Boolean);
      for (const flag of list)
        if (!FLAGS.has(flag)) return run.wrongUse(`invalid ${name} flag: ${quote(process, flag)}`);
      return list;
    };
    const iflag = flags('iflag', 'input');
    flags('oflag', 'output');
    const cbs = size('cbs') ?? 0;
    const inBytes = (key: string, flag: string) => iflag.includes(flag) || /\dB$/.test(given.get(key) ?? '');
    const count = size('count');
    const skip = size('skip') ?? size('iseek') ?? 0;
    const seek = size('seek') ?? size('oseek') ?? 0;
    const started = process.machine.clock.now();
    const source = given.get('if');
    const target = given.get('of');
    let from = 0;
    let to = 1;
    if (source !== undefined) {
      try {
        from = process.open(source, { read: true });
      } catch (error) {
        return run.fail(`failed to open ${quoteAlways(source)}: ${reason(error)}`);
      }
    }
    if (target !== undefined) {
      try {
        to = process.open(
          target,
          {
            write: true,
            create: !conv.has('nocreat'),
            exclusive: conv.has('excl'),
            truncate: !conv.has('notrunc') && seek === 0,
            append: (given.get('oflag') ?? '').includes('append'),
          },
          0o666,
        );
        if (seek && !conv.has('notrunc')) process.descriptors.get(to)!.truncate(seek * obs);
      } catch (error) {
        return run.fail(`failed to open ${quoteAlways(target)}: ${reason(error)}`);
      }
    }
    const input = new Input(process, from);
    let full = 0;
    let partial = 0;
    let outFull = 0;
    let outPartial = 0;
    let bytes = 0;
    let failed = false;
    const summary = async () => {
      if (status === 'none') return;
      await process.err(`${full}+${partial} records in\n${outFull}+${outPartial} records out\n`);
      // BusyBox is built without the third line.
      if (status !== 'noxfer' && !isApplet(process))
        await process.err(`${copied(bytes, process.machine.clock.now() - started)}\n`);
    };
    process.onSignal('USR1', () => void summary());
    try {
      let left = skip * (inBytes('skip', 'skip_bytes') ? 1 : ibs);
      const file = process.descriptors.get(from);
      if (left > 0 && file?.kind === 'file') {
        file.seek(left, 'current');
        left = 0;
      }
      while (left > 0) {
        const chunk = await input.read(Math.min(left, 65536));
        if (chunk === '') break;
        left -= chunk.length;
      }
      if (seek > 0 && process.descriptors.get(to)?.kind === 'file')
        process.descriptors.get(to)!.seek(seek * obs, 'start');
    } catch (error) {
      await run.warn(`${quoteAlways(source ?? 'standard input')}: cannot skip: ${reason(error)}`);
    }
    let pending = '';
    let swapped = '';
    let unblocked = '';
    const limit =
      count === undefined ? Number.POSITIVE_INFINITY : inBytes('count', 'count_bytes') ? count : count * ibs;
    let taken = 0;
    const write = async (block: Bytes) => {
      await process.write(to, block);
      bytes += block.length;
      if (block.length === obs) outFull++;
      else outPartial++;
    };
    try {
      for (let records = 0; taken < limit; records++) {
        if (count !== undefined && !inBytes('count', 'count_bytes') && records >= count) break;
        let block = await readBlock(input, Math.min(ibs, limit - taken), iflag.includes('fullblock'));
        if (block === '') break;
        taken += inBytes('count', 'count_bytes') ? block.length : ibs;
        if (block.length === ibs) full++;
        else {
          partial++;
          if (conv.has('sync')) block = block.padEnd(ibs, '\0');
        }
        if (conv.has('ucase')) block = block.replace(/[a-z]+/g, (s) => s.toUpperCase());
        if (conv.has('lcase')) block = block.replace(/[A-Z]+/g, (s) => s.toLowerCase());
        if (cbs > 0 && conv.has('block')) {
          // Lines become records of one length.
          const lines = (unblocked + block).split('\n');
          unblocked = lines.pop()!;
          block = lines.map((line) => line.slice(0, cbs).padEnd(cbs)).join('');
        } else if (cbs > 0 && conv.has('unblock')) {
          const text = unblocked + block;
          const whole = text.length - (text.length % cbs);
          unblocked = text.slice(whole);
          block = text
            .slice(0, whole)
            .replace(
              new RegExp(`[\\s\\S]{${Math.min(cbs, 65_535)}}`, 'g'),
              (record) => `${record.replace(/ +$/, '')}\n`,
            );
        }
        if (conv.has('swab')) {
          block = swapped + block;
          swapped = block.length % 2 ? block.slice(-1) : '';
          block = block.slice(0, block.length - swapped.length).replace(/([\s\S])([\s\S])/g, '$2$1');
        }
        if (bs !== undefined) await write(block);
        else {
          pending += block;
          for (; pending.length >= obs; pending = pending.slice(obs)) await write(pending.slice(0, obs));
        }
      }
      pending += swapped;
      if (unblocked)
        pending += conv.has('block') ? unblocked.slice(0, cbs).padEnd(cbs) : `${unblocked.replace(/ +$/, '')}\n`;
      if (pending) await write(pending);
    } catch (error) {
      const words = reason(error);
      await run.warn(
        `${words === 'Is a directory' ? 'error reading' : 'error writing'} ${quoteAlways((words === 'Is a directory' ? source : target) ?? 'standard output')}: ${words}`,
      );
      failed = true;
    }
    await summary();
    return failed ? 1 : 0;
  },
});

const FLAGS: ReadonlySet<string> = new Set(
  'append,binary,cio,direct,directory,dsync,noatime,nocache,noctty,nofollow,nolinks,nonblock,sync,text,fullblock,count_bytes,skip_bytes,seek_bytes'.split(
    ',',
  ),
);

/** One record: a file or device gives all of it, a pipe what is there. */
async function readBlock(input: Input, size: number, full: boolean): Promise<Bytes> {
  const kind = input.process.descriptors.get(input.descriptor)?.kind;
  const whole = full || kind === 'file' || kind === 'device';
  let block = await input.read(size);
  while (whole && block.length < size && block !== '') {
    const more = await input.read(size - block.length);
    if (more === '') break;
    block += more;
  }
  return block;
}

/** `1048576 bytes (1.0 MB, 1.0 MiB) copied, 0.0012 s, 874 MB/s`. */
function copied(bytes: number, ms: number): string {
  const seconds = Math.max(ms / 1000, 0.00002 + bytes / 2.1e9);
  const scaled = (value: number, base: 1000 | 1024) => {
    const units = base === 1000 ? ['B', 'kB', 'MB', 'GB', 'TB'] : ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    let unit = 0;
    let v = value;
    while (v >= base && unit < 4) {
      v /= base;
      unit++;
    }
    return `${unit > 0 && v < 9.95 ? v.toFixed(1) : Math.round(v)} ${units[unit]}`;
  };
  const time = Number(seconds.toPrecision(6));
  const rate = bytes === 0 ? '0.0 kB/s' : `${scaled(bytes / seconds, 1000)}/s`;
  const plural = bytes === 1 ? 'byte' : 'bytes';
  const sizes =
    bytes < 1000
      ? ''
      : bytes < 1024
        ? ` (${scaled(bytes, 1000)})`
        : ` (${scaled(bytes, 1000)}, ${scaled(bytes, 1024)})`;
  return `${bytes} ${plural}${sizes} copied, ${
    time < 0.0001
      ? time
          .toExponential(5)
          .replace(/\.?0+e/, 'e')
          .replace('e-', 'e-0')
          .replace(/e-0(\d\d)/, 'e-$1')
      : time
  } s, ${rate}`;
}
