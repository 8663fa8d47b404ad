// hwclock (util-linux 2.38.1): the clock on the board, where there is one.
import { tryTo } from './failure.ts';
import { gnu } from './program.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';

export const names = ['hwclock'];

export const main = gnu({
  short: 'asrwulf:DvVh',
  long: {
    show: 'r',
    get: 'get',
    set: 'set',
    hctosys: 's',
    systohc: 'w',
    systz: 'systz',
    adjust: 'a',
    predict: 'predict',
    utc: 'u',
    localtime: 'l',
    'rtc=': 'f',
    'date=': 'date',
    directisa: 'isa',
    noadjfile: 'noadjfile',
    verbose: 'v',
    test: 'D',
    'update-drift': 'drift',
  },
  usage: '[function] [option...]',
  release: 'util-linux 2.38.1',
  async run(run) {
    const { process } = run;
    if (run.has('V')) {
      run.put('hwclock from util-linux 2.38.1\n');
      return 0;
    }
    const device = run.value('f') ?? '/dev/rtc0';
    if (!tryTo(() => process.files.stat(device))) {
      await process.err(
        'hwclock: Cannot access the Hardware Clock via any known method.\nhwclock: Use the --verbose option to see the details of our search for an access method.\n',
      );
      return 1;
    }
    if (process.credentials.euid !== 0) {
      await process.err(
        'hwclock: Cannot access the Hardware Clock via any known method.\nhwclock: Use the --verbose option to see the details of our search for an access method.\n',
      );
      return 1;
    }
    if (run.has('s') || run.has('w') || run.has('set') || run.has('systz') || run.has('a')) return 0;
    const now = process.machine.clock.now();
    const micro = String((now % 1000) * 1000).padStart(6, '0');
    run.put(
      `${strftime('%Y-%m-%d %H:%M:%S', breakDown(now, zoneOf(process)))}.${micro}${strftime('%:z', breakDown(now, zoneOf(process)))}\n`,
    );
    return 0;
  },
});
