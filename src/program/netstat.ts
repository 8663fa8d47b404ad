// netstat (net-tools 2.10): sockets, routes, interfaces.
import type { Process } from '../machine/machine.ts';
import { getopt, WrongUse } from './getopt.ts';
import { shortLine } from './ifconfig.ts';
import { routeEnd, serviceName } from './network.ts';
import { routingTable } from './route.ts';

export const names = ['netstat'];

export async function main(process: Process): Promise<number> {
  let has: (key: string) => boolean;
  try {
    const { options } = getopt(process.argv.slice(1), '46AaCcdeFghiIlMNnoprStTuUvVWwxZs', {
      all: 'a',
      listening: 'l',
      tcp: 't',
      udp: 'u',
      raw: 'w',
      unix: 'x',
      numeric: 'n',
      'numeric-hosts': 'n',
      'numeric-ports': 'n',
      programs: 'p',
      program: 'p',
      route: 'r',
      interfaces: 'i',
      statistics: 's',
      extend: 'e',
      continuous: 'c',
      wide: 'W',
      timers: 'o',
      verbose: 'v',
      version: 'V',
      help: 'h',
      inet: '4',
      inet6: '6',
      groups: 'g',
      masquerade: 'M',
    });
    has = (key) => options.some(([k]) => k === key);
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(
      `netstat: ${error.message}\nusage: netstat [-vWeenNcCF] [<Af>] -r         netstat {-V|--version|-h|--help}\n       netstat [-vWnNcaeol] [<Socket> ...]\n       netstat { [-vWeenNac] -i | [-cnNe] -M | -s [-6tuw] }\n`,
    );
    return 3;
  }
  if (has('V')) {
    await process.out('net-tools 2.10\n');
    return 0;
  }
  const numeric = has('n');
  if (has('r')) {
    await process.out(
      'Kernel IP routing table\nDestination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n',
    );
    for (const { destination, gateway, mask, flags, device } of routingTable(process)) {
      const name = (address: string, any: string) => routeEnd(process, address, any, numeric);
      await process.out(
        `${name(destination, 'default').padEnd(15)} ${name(gateway, '0.0.0.0').padEnd(15)} ${mask.padEnd(15)} ${flags.padEnd(9)} 0 0          0 ${device}\n`,
      );
    }
    return 0;
  }
  if (has('i')) {
    await process.out(
      'Kernel Interface table\nIface      MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n',
    );
    for (const i of process.machine.network.interfaces) await process.out(shortLine(i));
    return 0;
  }
  if (has('s')) process.witness.gap('netstat', '-s');
  for (;;) {
    await show(process, has, numeric);
    if (!has('c')) return 0;
    await process.sleep(1000);
  }
}

async function show(process: Process, has: (key: string) => boolean, numeric: boolean): Promise<void> {
  const [all, listening] = [has('a'), has('l')];
  const some = has('t') || has('u') || has('w') || has('x');
  const scope = all ? '(servers and established)' : listening ? '(only servers)' : '(w/o servers)';
  const root = process.credentials.euid === 0;
  if (!some || has('t') || has('u') || has('w')) {
    if (has('p') && !root)
      await process.err(
        '(Not all processes could be identified, non-owned process info\n will not be shown, you would have to be root to see it all.)\n',
      );
    const extra = has('e') ? ' User       Inode     ' : '';
    await process.out(
      `Active Internet connections ${scope}\nProto Recv-Q Send-Q Local Address           Foreign Address         State      ${extra}${has('p') ? ' PID/Program name    ' : ''}${has('o') ? ' Timer' : ''}\n`,
    );
    const order = ['tcp', 'tcp6', 'udp', 'udp6'];
    const sockets = [...process.machine.network.sockets()].sort(
      (a, b) => order.indexOf(a.protocol) - order.indexOf(b.protocol),
    );
    for (const s of sockets) {
      const kind = s.protocol.slice(0, 3);
      if (some && !has(kind === 'tcp' ? 't' : 'u')) continue;
      if ((has('4') && s.protocol.endsWith('6')) || (has('6') && !s.protocol.endsWith('6'))) continue;
      const server = s.state === 'LISTEN' || s.state === 'UNCONN';
      if (!all && listening !== server) continue;
      const port = (p: number) => (p === 0 ? '*' : numeric ? String(p) : serviceName(process, p, kind));
      const host = (address: string) =>
        numeric || !['127.0.0.1', '0.0.0.0', '::', '::1'].includes(address)
          ? address
          : address === '127.0.0.1'
            ? 'localhost'
            : address === '::'
              ? '[::]'
              : address === '::1'
                ? 'localhost'
                : address;
      const ours = `${host(s.local)}:${port(s.localPort)}`;
      const theirs = `${host(s.remote)}:${port(s.remotePort)}`;
      const user = has('e')
        ? ` ${(numeric ? String(s.uid) : (process.machine.accounts.byId(s.uid)?.name ?? String(s.uid))).padEnd(10)} ${String(s.inode).padEnd(9)}`
        : '';
      const owner = has('p')
        ? ` ${(root && s.pid !== undefined ? `${s.pid}/${programName(process, s.pid, s.program ?? '')}` : '-').slice(0, 19).padEnd(19)} `
        : '';
      const timer = has('o') ? ' off (0.00/0/0)' : '';
      await process.out(
        `${s.protocol.padEnd(4)}  ${'0'.padStart(6)} ${'0'.padStart(6)} ${ours.slice(0, has('W') ? 99 : 23).padEnd(23)} ${theirs.slice(0, has('W') ? 99 : 23).padEnd(23)} ${(s.state === 'UNCONN' ? '' : s.state).padEnd(11)}${user}${owner}${timer}\n`,
      );
    }
  }
  if (!some || has('x')) {
    await process.out(
      `Active UNIX domain sockets ${scope}\nProto RefCnt Flags       Type       State         I-Node   ${has('p') ? 'PID/Program name     ' : ''} Path\n`,
    );
    const systemd: [type: string, state: string, pid: string, path: string][] = [
      ['DGRAM', '', '1/init', '/run/systemd/notify'],
      ['STREAM', 'LISTENING', '1/init', '/run/systemd/private'],
      ['STREAM', 'LISTENING', '1/init', '/run/dbus/system_bus_socket'],
      ['STREAM', 'LISTENING', '1/init', '/run/systemd/journal/stdout'],
      ['SEQPACKET', 'LISTENING', '1/init', '/run/udev/control'],
      ['DGRAM', '', '1/init', '/run/systemd/journal/dev-log'],
      ['DGRAM', '', '1/init', '/run/systemd/journal/socket'],
    ];
    const rows = process.machine.persona.facts.login === 'busybox' ? [] : systemd;
    for (const [i, [type, state, pid, path]] of rows.entries()) {
      if (!all && listening !== (state === 'LISTENING') && (listening || state === 'LISTENING')) continue;
      await process.out(
        `unix  ${state ? 2 : 3}      [ ${state ? 'ACC' : '   '} ]     ${type.padEnd(10)} ${state.padEnd(13)} ${String(12_300 + i * 7).padEnd(8)} ${has('p') ? `${(root ? pid : '-').padEnd(20)} ` : ''}${path}\n`,
      );
    }
  }
}

/** The name netstat shows: the program's own title, cut. */
function programName(process: Process, pid: number, program: string): string {
  const title = process.machine.processes.get(pid)?.argv[0] ?? program;
  return title.includes(':') ? title : title.slice(title.lastIndexOf('/') + 1);
}
