// ss (iproute2 6.1): sockets.
import type { Process } from '../machine/machine.ts';
import { getopt, WrongUse } from './getopt.ts';
import { serviceName } from './network.ts';

export const names = ['ss'];

const SHORT: Record<string, string> = {
  ESTABLISHED: 'ESTAB',
  LISTEN: 'LISTEN',
  UNCONN: 'UNCONN',
  TIME_WAIT: 'TIME-WAIT',
  CLOSE_WAIT: 'CLOSE-WAIT',
  SYN_SENT: 'SYN-SENT',
  FIN_WAIT1: 'FIN-WAIT-1',
  FIN_WAIT2: 'FIN-WAIT-2',
};

export async function main(process: Process): Promise<number> {
  let has: (key: string) => boolean;
  try {
    const { options } = getopt(process.argv.slice(1), '46abeEf:F:hHiKlmMnoOpQrsStTuVwWxz', {
      all: 'a',
      listening: 'l',
      tcp: 't',
      udp: 'u',
      unix: 'x',
      numeric: 'n',
      resolve: 'r',
      processes: 'p',
      extended: 'e',
      memory: 'm',
      info: 'i',
      options: 'o',
      summary: 's',
      ipv4: '4',
      ipv6: '6',
      version: 'V',
      help: 'h',
      'no-header': 'H',
      raw: 'w',
      oneline: 'O',
    });
    has = (key) => options.some(([k]) => k === key);
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`ss: ${error.message}\nUsage: ss [ OPTIONS ]\n       ss [ OPTIONS ] [ FILTER ]\n`);
    return 255;
  }
  if (has('V')) {
    await process.out('ss utility, iproute2-6.1.0\n');
    return 0;
  }
  const sockets = process.machine.network.sockets();
  if (has('s')) {
    const tcp = sockets.filter((s) => s.protocol.startsWith('tcp'));
    const udp = sockets.filter((s) => s.protocol.startsWith('udp'));
    const six = (list: readonly (typeof sockets)[number][]) => list.filter((s) => s.protocol.endsWith('6')).length;
    const row = (name: string, list: readonly (typeof sockets)[number][]) =>
      `${name}\t  ${String(list.length).padEnd(9)} ${String(list.length - six(list)).padEnd(9)} ${String(six(list)).padEnd(9)}\n`;
    await process.out(
      `Total: ${sockets.length + 110}\nTCP:   ${tcp.length} (estab ${tcp.filter((s) => s.state === 'ESTABLISHED').length}, closed 0, orphaned 0, timewait 0)\n\nTransport Total     IP        IPv6\n${row('RAW', [])}${row('UDP', udp)}${row('TCP', tcp)}${row('INET', [...tcp, ...udp])}${row('FRAG', [])}\n`,
    );
    return 0;
  }
  const some = has('t') || has('u') || has('x') || has('w');
  const order = ['udp', 'udp6', 'tcp', 'tcp6'];
  const shown = [...sockets]
    .filter((s) => !some || (s.protocol.startsWith('tcp') ? has('t') : has('u')))
    .filter((s) => (has('4') ? !s.protocol.endsWith('6') : has('6') ? s.protocol.endsWith('6') : true))
    .filter((s) => has('a') || (s.state === 'LISTEN' || s.state === 'UNCONN') === has('l'))
    .sort((a, b) => order.indexOf(a.protocol) - order.indexOf(b.protocol));
  const netid = !some || [has('t'), has('u'), has('x'), has('w')].filter(Boolean).length > 1;
  const stateShown = has('a') || has('l') || netid || !some;
  const port = (p: number, kind: string) => (p === 0 ? '*' : has('n') ? String(p) : serviceName(process, p, kind));
  const address = (a: string) => (a.includes(':') ? `[${a}]` : a);
  const rows = shown.map((s) => {
    const kind = s.protocol.slice(0, 3);
    const title = process.machine.processes.get(s.pid ?? -1)?.comm ?? s.program ?? '';
    const users =
      has('p') && s.pid !== undefined && process.credentials.euid === 0
        ? `users:(("${title}",pid=${s.pid},fd=${s.state === 'ESTABLISHED' ? 4 : 3}))`
        : '';
    return {
      kind,
      state: SHORT[s.state] ?? s.state,
      receive: '0',
      send: s.state === 'LISTEN' ? '128' : '0',
      local: address(s.local),
      localPort: port(s.localPort, kind),
      peer: address(s.remote),
      peerPort: port(s.remotePort, kind),
      users,
    };
  });
  const widest = (pick: (row: (typeof rows)[number]) => string, title: string) =>
    Math.max(title.length, ...rows.map((r) => pick(r).length));
  const [sw, lw, lp, pw, pp] = [
    widest((r) => r.state, 'State'),
    widest((r) => r.local, 'Local Address'),
    widest((r) => r.localPort, 'Port'),
    widest((r) => r.peer, 'Peer Address'),
    widest((r) => r.peerPort, 'Port'),
  ];
  if (!has('H'))
    await process.out(
      `${netid ? 'Netid ' : ''}${stateShown ? `${'State'.padEnd(sw)} ` : ''}Recv-Q Send-Q ${'Local Address'.padStart(lw)}:${'Port'.padEnd(lp)} ${'Peer Address'.padStart(pw)}:${'Port'.padEnd(pp)}Process\n`,
    );
  for (const r of rows)
    await process.out(
      `${netid ? `${r.kind.padEnd(5)} ` : ''}${stateShown ? `${r.state.padEnd(sw)} ` : ''}${r.receive.padEnd(6)} ${r.send.padEnd(6)} ${r.local.padStart(lw)}:${r.localPort.padEnd(lp)} ${r.peer.padStart(pw)}:${r.peerPort.padEnd(pp)}${r.users}\n`,
    );
  return 0;
}
