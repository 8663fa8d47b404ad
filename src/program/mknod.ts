// mknod and mkfifo (GNU coreutils): special files.
import { reason } from './failure.ts';
import { applyMode, parseMode } from './mode.ts';
import { calledAs, gnu } from './program.ts';
import { quote, quoteAlways, quoteIfNeeded } from './quote.ts';

export const names = ['mknod', 'mkfifo'];

export const main = gnu({
  short: 'm:Z',
  long: { 'mode=': 'm', 'context=?': 'Z' },
  usage: '[OPTION]... NAME TYPE [MAJOR MINOR]',
  async run(run) {
    const { operands, process } = run;
    const text = run.value('m');
    const mode = text === undefined ? undefined : parseMode(text);
    if (text !== undefined && !mode) return run.fail('invalid mode');
    if (operands.length === 0) return run.wrongUse('missing operand');
    const bits = mode ? applyMode(mode, 0o666, false, process.umask) : 0o666;
    const set = (path: string) => {
      if (mode) process.files.chmod(path, bits);
    };
    if (calledAs(process) === 'mkfifo') {
      for (const path of operands) {
        if (await run.attempt(`cannot create fifo ${quoteAlways(path)}`, () => process.files.mknod(path, bits, 'fifo')))
          set(path);
      }
      return undefined;
    }
    const [path = '', type] = operands;
    if (type === undefined) return run.wrongUse(`missing operand after ${quote(process, path)}`);
    const fifo = type === 'p';
    if (fifo && operands.length > 2) {
      await process.err(
        `${run.name}: extra operand ${quote(process, operands[2]!)}\nFifos do not have major and minor device numbers.\n`,
      );
      return run.wrongUse();
    }
    if (!fifo && operands.length < 4) {
      await process.err(
        `${run.name}: missing operand after ${quote(process, operands.at(-1)!)}\n${operands.length === 2 ? 'Special files require major and minor device numbers.\n' : ''}`,
      );
      return run.wrongUse();
    }
    if (operands.length > 4) return run.wrongUse(`extra operand ${quote(process, operands[4]!)}`);
    if (!/^[bcup]$/.test(type)) return run.wrongUse(`invalid device type ${quote(process, type)}`);
    const [major, minor] = [Number(operands[2]), Number(operands[3])];
    if (!fifo && !Number.isInteger(major))
      return run.fail(`invalid major device number ${quote(process, operands[2]!)}`);
    if (!fifo && !Number.isInteger(minor))
      return run.fail(`invalid minor device number ${quote(process, operands[3]!)}`);
    try {
      if (fifo) process.files.mknod(path, bits, 'fifo');
      else process.files.mknod(path, bits, type === 'b' ? 'block' : 'character', [major, minor]);
      set(path);
    } catch (error) {
      return run.fail(`${quoteIfNeeded(path)}: ${reason(error)}`);
    }
    return 0;
  },
});
