// hostid (GNU coreutils): gethostid(3), which glibc makes of the host's own address in /etc/hosts when there is no /etc/hostid.
import { tryTo } from './failure.ts';
import { gnu } from './program.ts';
import { quote } from './quote.ts';

export const names = ['hostid'];

export const main = gnu({
  short: '',
  usage: '[OPTION]',
  run(run) {
    const { process } = run;
    const extra = run.operands[0];
    if (extra !== undefined) return run.wrongUse(`extra operand ${quote(process, extra)}`);
    const saved = tryTo(() => process.readFile('/etc/hostid'));
    const hosts = tryTo(() => process.readFile('/etc/hosts')) ?? '';
    const { hostname } = process.machine.identity;
    const own = hosts.split('\n').find((line) => line.split(/\s+/).slice(1).includes(hostname) && /^\d/.test(line));
    const [a = 0, b = 0, c = 0, d = 0] = (own?.split(/\s+/)[0] ?? '127.0.1.1').split('.').map(Number);
    // The address as a little-endian word, its halves exchanged.
    const id = saved && saved.length >= 4 ? [...saved].slice(0, 4).reverse() : undefined;
    const bytes = id ? id.map((byte) => byte.charCodeAt(0)) : [b, a, d, c];
    run.put(`${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}\n`);
    return 0;
  },
});
