// telnet (inetutils 2.4): a client that finds nobody.
import type { Process } from '../machine/machine.ts';
import { Input } from './input.ts';
import { CONNECT_TIMEOUT } from './nc.ts';
import { isAddress } from './url.ts';

export const names = ['telnet', 'inetutils-telnet'];

export async function main(process: Process): Promise<number> {
  const operands = process.argv
    .slice(1)
    .filter((arg, i, all) => !arg.startsWith('-') && !/^-[lXnbe]$/.test(all[i - 1] ?? ''));
  if (operands.length > 0) return connect(process, operands[0]!, operands[1] ?? '23');
  const input = new Input(process, 0);
  for (;;) {
    await process.out('telnet> ');
    const line = await input.next();
    const [verb = '', host, port] = (line ?? 'quit').trim().split(/\s+/);
    if (/^(q|quit|close|exit)$/.test(verb)) return 0;
    if (verb === 'open' || verb === 'o') {
      if (host === undefined) await process.out('usage: open [-l user] [-a] host-name [port]\n');
      else await connect(process, host, port ?? '23');
    } else if (verb === '?' || verb === 'help' || verb === 'h')
      await process.out(
        "Commands may be abbreviated.  Commands are:\n\nclose\t\tclose current connection\nlogout\t\tforcibly logout remote user and close the connection\ndisplay\t\tdisplay operating parameters\nmode\t\ttry to enter line or character mode ('mode ?' for more)\nopen\t\tconnect to a site\nquit\t\texit telnet\nsend\t\ttransmit special characters ('send ?' for more)\nset \t\tset operating parameters ('set ?' for more)\nunset\t\tunset operating parameters ('unset ?' for more)\nstatus\t\tprint status information\n",
      );
    else if (verb !== '') await process.out('?Invalid command\n');
  }
}

async function connect(process: Process, host: string, port: string): Promise<number> {
  const own = /^(localhost|127\.\d+\.\d+\.\d+)$/.test(host) || host === process.machine.identity.address;
  const address =
    own && host === 'localhost' ? '127.0.0.1' : isAddress(host) ? host : process.machine.network.resolve(host);
  const answer = own
    ? undefined
    : await process.wait(process.witness.fetch({ tool: 'telnet', url: `telnet://${host}:${port}` }));
  if (answer?.outcome === 'unresolved' || (!own && address === undefined)) {
    await process.err(
      `telnet: could not resolve ${host}/${port === '23' ? 'telnet' : port}: Name or service not known\n`,
    );
    return 1;
  }
  await process.out(`Trying ${address}...\n`);
  const open =
    own && process.machine.network.sockets().some((s) => s.state === 'LISTEN' && String(s.localPort) === port);
  if (open || answer?.outcome === 'response') {
    await process.out(`Connected to ${host}.\nEscape character is '^]'.\n`);
    if (port === '22') await process.out(`${process.machine.persona.sshIdent}\r\n`);
    const input = new Input(process, 0);
    await input.next();
    await process.out('Connection closed by foreign host.\n');
    return 1;
  }
  if (answer?.outcome === 'unreachable') await process.sleep(CONNECT_TIMEOUT);
  await process.err(
    `telnet: Unable to connect to remote host: ${answer?.outcome === 'unreachable' ? 'Connection timed out' : 'Connection refused'}\n`,
  );
  return 1;
}
