// tftp (tftp-hpa 5.2): transfers files by TFTP; BusyBox' tftp beside it.
import type { Bytes, FetchAnswer, Process } from '../machine/machine.ts';
import { Failure, reason } from './failure.ts';
import { getopt, WrongUse } from './getopt.ts';
import { Input } from './input.ts';
import { join } from './tree.ts';
import { isAddress } from './url.ts';

export const names = ['tftp'];

/** Asks the network for one file. Bytes of the file, or how it failed. */
async function get(
  process: Process,
  host: Bytes,
  port: number,
  remote: Bytes,
  local: Bytes | undefined,
): Promise<FetchAnswer> {
  const shown = port === 69 ? host : `${host}:${port}`;
  const destination = local === undefined ? undefined : local.startsWith('/') ? local : join(process.cwd, local);
  return process.wait(
    process.witness.fetch({
      tool: 'tftp',
      url: `tftp://${shown}/${remote.replace(/^\/+/, '')}`,
      ...(destination === undefined ? {} : { destination }),
    }),
  );
}

async function store(process: Process, path: Bytes, body: Bytes): Promise<void> {
  const descriptor = path === '-' ? 1 : process.open(path, { write: true, create: true, truncate: true }, 0o666);
  for (let at = 0; at < body.length; at += 65536) await process.write(descriptor, body.slice(at, at + 65536));
  if (descriptor !== 1) process.close(descriptor);
}

/** BusyBox' tftp: `tftp -g -r REMOTE -l LOCAL HOST [PORT]`. */
export async function busyboxTftp(process: Process): Promise<number> {
  const { options, operands } = getopt(process.argv.slice(1), 'l:r:gpb:k:');
  const value = (key: string) => options.findLast(([k]) => k === key)?.[1];
  const has = (key: string) => options.some(([k]) => k === key);
  const [host, port = '69'] = operands;
  let [local, remote] = [value('l'), value('r')];
  if (host === undefined || (!has('g') && !has('p')) || (local === undefined && remote === undefined))
    throw new WrongUse('');
  local ??= remote!.slice(remote!.lastIndexOf('/') + 1);
  remote ??= local;
  if (!/^\d+$/.test(port) && port !== 'tftp') throw new Failure(`bad port '${port}'`);
  if (has('p')) {
    const body = process.readFile(local);
    const answer = await process.wait(
      process.witness.fetch({ tool: 'tftp', method: 'PUT', url: `tftp://${host}/${remote}`, body }),
    );
    if (answer.outcome === 'response' && answer.status < 400) return 0;
    return failed(process, host, answer);
  }
  const answer = await get(process, host, Number(port) || 69, remote, local);
  if (answer.outcome === 'response' && answer.status < 400) {
    await store(process, local, answer.body);
    return 0;
  }
  return failed(process, host, answer);
}

async function failed(process: Process, host: Bytes, answer: FetchAnswer): Promise<never> {
  if (answer.outcome === 'unresolved') throw new Failure(`bad address '${host}'`);
  if (answer.outcome === 'refused') throw new Failure('read: Connection refused');
  if (answer.outcome === 'response') throw new Failure('server error: (1) File not found');
  // Twelve tries with growing pauses (TFTP_NUM_RETRIES, 100 ms and half as much again each time), then it gives up.
  let pause = 100;
  for (let tries = 0; tries < 12; tries++) {
    await process.sleep(pause);
    pause = Math.min(2000, Math.floor(pause * 1.5));
  }
  throw new Failure('timeout');
}

const USAGE = 'Usage: tftp [-4][-6][-v][-l][-m mode] [host [port]] [-c command]\n';

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  // tftp of BusyBox as bots call it by habit: -g -r -l are not options of tftp-hpa.
  const operands: Bytes[] = [];
  let command: Bytes[] | undefined;
  while (args.length) {
    const arg = args.shift()!;
    if (arg === '-c') {
      command = args.splice(0);
    } else if (arg === '-m' || arg === '-R') args.shift();
    else if (/^-[46vl]+$/.test(arg)) continue;
    else if (arg === '-V') {
      await process.out('tftp-hpa 5.2, with readline, with remap\n');
      return 0;
    } else if (arg === '-h') {
      await process.out(USAGE);
      return 0;
    } else if (arg.startsWith('-')) {
      await process.err(USAGE);
      return 64;
    } else operands.push(arg);
  }
  let [host, port = '69'] = operands;
  const perform = async (words: readonly Bytes[]): Promise<number> => {
    const [verb = '', first, second] = words;
    if (/^(q|quit)$/.test(verb)) return -1;
    if (verb === 'connect') {
      host = first;
      port = second ?? '69';
      return 0;
    }
    if (/^(bin|binary|ascii|mode|verbose|trace|literal|rexmt|timeout|status)$/.test(verb)) return 0;
    if (/^(\?|h|help)$/.test(verb)) {
      await process.out(
        "Commands may be abbreviated.  Commands are:\n\nconnect \tconnect to remote tftp\nmode    \tset file transfer mode\nput     \tsend file\nget     \treceive file\nquit    \texit tftp\nverbose \ttoggle verbose mode\ntrace   \ttoggle packet tracing\nliteral \ttoggle literal mode, ignore ':' in file name\nstatus  \tshow current status\nbinary  \tset mode to octet\nascii   \tset mode to netascii\nrexmt   \tset per-packet transmission timeout\ntimeout \tset total retransmission timeout\n?       \tprint help information\nhelp    \tprint help information\n",
      );
      return 0;
    }
    if (!/^(get|put)$/.test(verb)) {
      await process.out('?Invalid command\n');
      return 1;
    }
    if (first === undefined) {
      await process.out(
        `usage: ${verb} host:file host:file ... file, or\n       ${verb} file file ... file   if connected\n`,
      );
      return 1;
    }
    const colon = first.indexOf(':');
    const server = colon > 0 ? first.slice(0, colon) : host;
    const remote = colon > 0 ? first.slice(colon + 1) : first;
    if (server === undefined) {
      await process.out('No target machine specified.\n');
      return 1;
    }
    const local = second ?? remote.slice(remote.lastIndexOf('/') + 1);
    const answer = await get(process, server, Number(port) || 69, remote, verb === 'get' ? local : undefined);
    if (answer.outcome === 'unresolved') {
      await process.err(`${server}: unknown host\n`);
      return 1;
    }
    if (answer.outcome === 'response' && answer.status < 400) {
      try {
        if (verb === 'get') await store(process, local, answer.body);
        return 0;
      } catch (error) {
        await process.err(`tftp: ${local}: ${reason(error)}\n`);
        return 1;
      }
    }
    if (answer.outcome === 'response') await process.out('Error code 1: File not found\n');
    else {
      await process.sleep(25_000);
      await process.out('Transfer timed out.\n\n');
    }
    return 1;
  };
  if (host !== undefined && !isAddress(host) && process.machine.network.resolve(host) === undefined) {
    const answer = await get(process, host, 69, command?.[1] ?? '', undefined);
    if (answer.outcome === 'unresolved') {
      await process.err(`${host}: unknown host\n`);
      return 1;
    }
  }
  if (command) return Math.max(0, await perform(command));
  const input = new Input(process, 0);
  if (host === undefined) {
    await process.out('(to) ');
    const line = await input.next();
    if (line === undefined) return 0;
    [host, port = '69'] = line.trim().split(/\s+/);
  }
  for (;;) {
    await process.out('tftp> ');
    const line = await input.next();
    if (line === undefined) return 0;
    if (line.trim() === '') continue;
    if ((await perform(line.trim().split(/\s+/))) < 0) return 0;
  }
}
