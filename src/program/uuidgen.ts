// uuidgen and mcookie (util-linux 2.38.1): a random UUID, a magic cookie.
import { calledAs, gnu } from './program.ts';

export const names = ['uuidgen', 'mcookie'];

export const main = gnu({
  short: 'rtn:N:msxf:vVh',
  long: {
    random: 'r',
    time: 't',
    'namespace=': 'n',
    'name=': 'N',
    md5: 'm',
    sha1: 's',
    hex: 'x',
    'file=': 'f',
    verbose: 'v',
  },
  usage: '[options]',
  release: 'util-linux 2.38.1',
  run(run) {
    const { machine } = run.process;
    let hex = '';
    for (let i = 0; i < 32; i++) hex += Math.floor(machine.random() * 16).toString(16);
    if (calledAs(run.process) === 'mcookie') run.put(`${hex}\n`);
    else
      run.put(
        `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${'89ab'[Math.floor(machine.random() * 4)]}${hex.slice(17, 20)}-${hex.slice(20)}\n`,
      );
    return 0;
  },
});
