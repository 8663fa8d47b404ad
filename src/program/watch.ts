// watch (procps 4.0.2): a command over and over, its output on a cleared screen, until Ctrl-C.
import { recordedRun } from '../machine/recorded.ts';
import { gnu } from './program.ts';
import { startCommand, statusOf } from './run-command.ts';
import { parseDuration } from './sleep.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';

export const names = ['watch'];

/** So much of a command's output is looked at. */
const LARGEST = 256 << 10;

export const main = gnu({
  short: '+bcd::en:gpq:twxhv',
  long: {
    beep: 'b',
    color: 'c',
    differences: 'd',
    errexit: 'e',
    'interval=': 'n',
    chgexit: 'g',
    precise: 'p',
    'equexit=': 'q',
    'no-title': 't',
    'no-wrap': 'w',
    exec: 'x',
  },
  usage: '[options] command',
  release: 'procps-ng 4.0.2',
  async run(run) {
    const { process } = run;
    if (run.has('v')) {
      run.put('watch from procps-ng 4.0.2\n');
      return 0;
    }
    if (run.has('h') || run.operands.length === 0) {
      const help = recordedRun(process, 'watch', '--help')?.stdout ?? '';
      await (run.has('h') ? process.out(help) : process.err(help));
      return run.has('h') ? 0 : 1;
    }
    const given = run.value('n') ?? '2';
    const interval = parseDuration(given);
    if (interval === undefined || !/^[\d.]+$/.test(given)) {
      await process.err(`watch: failed to parse argument: '${given}': Invalid argument\n`);
      return 1;
    }
    const terminal = process.descriptors.get(1)?.terminal;
    const rows = terminal?.rows || 24;
    const columns = terminal?.columns || 80;
    const line = run.operands.join(' ');
    const title = `Every ${Math.max(0.1, interval).toFixed(1)}s: ${line}`;
    let interrupted = false;
    process.onSignal('INT', () => {
      interrupted = true;
    });
    await process.out(`\x1b[?1049h\x1b[22;0;0t\x1b[1;${rows}r\x1b(B\x1b[m\x1b[4l\x1b[?7h`);
    let before: string | undefined;
    while (!interrupted) {
      const [from, to] = process.pipe();
      const descriptors = new Map(process.descriptors);
      for (const descriptor of [1, 2]) descriptors.set(descriptor, process.descriptors.get(to)!);
      descriptors.delete(from);
      descriptors.delete(to);
      const argv = run.has('x') ? run.operands : ['sh', '-c', line];
      const child = startCommand(process, argv, { descriptors });
      process.close(to);
      const output = await process.readAll(from, LARGEST);
      process.close(from);
      const status = statusOf((await process.waitFor(child))?.ending ?? { code: 0 });
      const head = run.has('t') ? 0 : 2;
      let screen = '\x1b[H\x1b[2J';
      if (head) {
        const right = `${process.machine.identity.hostname}: ${strftime('%a %b %e %H:%M:%S %Y', breakDown(process.machine.clock.now(), zoneOf(process)))}`;
        const left = title.slice(0, Math.max(0, columns - right.length - 2));
        screen += `${left}\x1b[1;${Math.max(1, columns - right.length + 1)}H${right}`;
      }
      const lines = output.replace(/\n$/, '').split('\n');
      for (const [i, text] of lines.slice(0, Math.max(1, rows - head)).entries())
        if (text !== '') screen += `\x1b[${i + head + 1};1H${text.slice(0, columns)}`;
      await process.out(`${screen}\x1b[${rows};${columns}H`);
      if ((run.has('g') && before !== undefined && before !== output) || (run.has('e') && status !== 0)) break;
      before = output;
      for (let left = Math.max(0.1, interval) * 1000; left > 0 && !interrupted; left -= 100)
        await process.sleep(Math.min(100, left));
    }
    await process.out(`\x1b[${rows};1H\x1b[?1049l\x1b[23;0;0t\r\x1b[?1l\x1b>`);
    return 0;
  },
});
