// nc (OpenBSD netcat, Debian 1.219): connections that the network does not let through, and ports nobody comes to.
import type { Process } from '../machine/machine.ts';
import { getopt, WrongUse } from './getopt.ts';
import { Input } from './input.ts';
import { isAddress } from './url.ts';

export const names = ['nc', 'netcat', 'nc.openbsd', 'nc.traditional', 'ncat'];

const USAGE =
  'usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]\n\t  [-m minttl] [-O length] [-P proxy_username] [-p source_port]\n\t  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]\n\t  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]\n\t  [destination] [port]\n';

/** Milliseconds the kernel tries a connection that nobody answers. */
export const CONNECT_TIMEOUT = 131_000;

export async function main(process: Process): Promise<number> {
  let parsed: ReturnType<typeof getopt>;
  try {
    parsed = getopt(process.argv.slice(1), '46bCDde:c:FhI:i:klM:m:NnO:P:p:q:rSs:T:tUuV:vW:w:X:x:Zz');
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`nc: ${error.message}\n${USAGE}`);
    return 1;
  }
  const has = (key: string) => parsed.options.some(([k]) => k === key);
  const value = (key: string) => parsed.options.findLast(([k]) => k === key)?.[1];
  if (has('e') || has('c')) {
    await process.err(`nc: invalid option -- '${has('e') ? 'e' : 'c'}'\n${USAGE}`);
    return 1;
  }
  if (has('h')) {
    await process.err(`OpenBSD netcat (Debian patchlevel 1.219-1)\n${USAGE}`);
    return 0;
  }
  const [host, ports] = has('l') ? [undefined, parsed.operands.at(-1) ?? value('p')] : parsed.operands;
  if (has('l')) {
    if (ports === undefined) {
      await process.err(USAGE);
      return 1;
    }
    if (process.machine.network.sockets().some((s) => s.state === 'LISTEN' && String(s.localPort) === ports)) {
      await process.err('nc: Address already in use\n');
      return 1;
    }
    if (Number(ports) < 1024 && process.credentials.euid !== 0) {
      await process.err('nc: Permission denied\n');
      return 1;
    }
    if (has('v')) await process.err(`Listening on 0.0.0.0 ${ports}\n`);
    for (;;) await process.sleep(3_600_000);
  }
  if (host === undefined || (ports === undefined && !has('U'))) {
    await process.err(USAGE);
    return 1;
  }
  const [low = 0, high = low] = (ports ?? '').split('-').map(Number);
  if (Number.isNaN(low) || low < 1 || high > 65535) {
    await process.err(`nc: port number invalid: ${ports}\n`);
    return 1;
  }
  const own =
    /^(127\.|localhost$|0\.0\.0\.0$)/.test(host) ||
    host === process.machine.identity.address ||
    host === process.machine.identity.hostname;
  const timeout = value('w') === undefined ? CONNECT_TIMEOUT : Number(value('w')) * 1000;
  let connected = false;
  for (let port = low; port <= Math.min(high, low + 1000); port++) {
    const kind = has('u') ? 'udp' : 'tcp';
    if (own) {
      const open = process.machine.network.sockets().some((s) => s.state === 'LISTEN' && s.localPort === port);
      if (!open) {
        if (has('v')) await process.err(`nc: connect to ${host} port ${port} (${kind}) failed: Connection refused\n`);
        continue;
      }
      connected = true;
      if (has('v'))
        await process.err(`Connection to ${host} ${port} port [${kind}/${port === 22 ? 'ssh' : '*'}] succeeded!\n`);
      if (has('z')) continue;
      if (port === 22) await process.out(`${process.machine.persona.sshIdent}\r\n`);
      const input = new Input(process, 0);
      if ((await input.read()) !== '' && port === 22) await process.out('Invalid SSH identification string.\r\n');
      continue;
    }
    const answer = await process.wait(process.witness.fetch({ tool: 'nc', url: `${kind}://${host}:${port}` }));
    if (answer.outcome === 'unresolved') {
      await process.err(`nc: getaddrinfo for host "${host}" port ${port}: Name or service not known\n`);
      return 1;
    }
    if (answer.outcome === 'response') {
      connected = true;
      if (has('v')) await process.err(`Connection to ${host} ${port} port [${kind}/*] succeeded!\n`);
      if (!has('z')) await process.out(answer.body);
      continue;
    }
    if (has('u')) {
      // A datagram is sent and nothing comes back.
      const input = new Input(process, 0);
      while ((await input.read()) !== '');
      await process.sleep(Math.min(timeout, 3_600_000));
      connected = true;
      continue;
    }
    if (answer.outcome === 'unreachable') await process.sleep(Math.min(timeout, CONNECT_TIMEOUT));
    const why =
      answer.outcome === 'refused'
        ? 'Connection refused'
        : timeout < CONNECT_TIMEOUT
          ? 'timed out: Operation now in progress'
          : 'Connection timed out';
    if (!has('v')) continue;
    const shown = isAddress(host) ? host : `${host} (${process.machine.network.resolve(host) ?? host})`;
    await process.err(
      `nc: connect to ${shown} port ${port} (${kind}) ${why.startsWith('timed') ? why : `failed: ${why}`}\n`,
    );
  }
  return connected ? 0 : 1;
}
