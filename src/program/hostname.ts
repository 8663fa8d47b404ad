// hostname (Debian's hostname 3.23) and its sisters.
import { calledAs, gnu } from './program.ts';

export const names = ['hostname', 'dnsdomainname', 'domainname', 'nisdomainname', 'ypdomainname'];

const HELP = 'Usage: hostname [-b] {hostname|-F file}         set host name (from file)';

export const main = gnu({
  short: 'aAdfbF:iIsyhV',
  long: {
    alias: 'a',
    'all-fqdns': 'A',
    boot: 'b',
    domain: 'd',
    fqdn: 'f',
    long: 'f',
    'file=': 'F',
    'ip-address': 'i',
    'all-ip-addresses': 'I',
    short: 's',
    yp: 'y',
    nis: 'y',
  },
  failure: 255,
  usage: HELP,
  async run(run) {
    const { machine, credentials } = run.process;
    const name = machine.identity.hostname;
    const called = calledAs(run.process);
    if (run.has('V')) run.put('hostname 3.23\n');
    else if (run.has('I'))
      run.put(
        `${machine.network.interfaces
          .filter((i) => !i.loopback && i.up)
          .map((i) => i.address)
          .join(' ')} \n`,
      );
    else if (run.has('i'))
      run.put(`${hostsAddress(run.process.readFile('/etc/hosts'), name) ?? machine.identity.address}\n`);
    else if (run.has('s')) run.put(`${name.split('.')[0]}\n`);
    else if (run.has('f') || run.has('A')) run.put(`${name}${run.has('A') ? ' ' : ''}\n`);
    else if (run.has('d') || called === 'dnsdomainname') {
      const domain = name.split('.').slice(1).join('.');
      if (domain) run.put(`${domain}\n`);
    } else if (run.has('y') || called !== 'hostname') run.put('(none)\n');
    else if (run.has('a')) run.put('\n');
    else if (run.operands.length > 0 || run.has('F')) {
      if (credentials.euid !== 0) return run.fail('you must be root to change the host name', 1);
      const wanted = run.has('F') ? run.process.readFile(run.value('F')!).trim().split('\n')[0]! : run.operands[0]!;
      if (!/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(wanted) || wanted.length > 64)
        return run.fail('the specified hostname is invalid', 1);
      machine.settings.set('hostname', wanted);
    } else run.put(`${name}\n`);
    return 0;
  },
});

function hostsAddress(hosts: string, name: string): string | undefined {
  for (const line of hosts.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (names.includes(name)) return address;
  }
  return undefined;
}
