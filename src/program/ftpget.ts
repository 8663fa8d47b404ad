// ftpget and ftpput (BusyBox): one file by FTP.
import type { Process } from '../machine/machine.ts';
import { Failure, reason } from './failure.ts';
import { getopt, WrongUse } from './getopt.ts';
import { calledAs } from './program.ts';
import { join } from './tree.ts';

export const names = ['ftpget', 'ftpput'];

/** Throws Failure and WrongUse: BusyBox words them. */
export async function busyboxFtp(process: Process): Promise<number> {
  const putting = calledAs(process) === 'ftpput';
  const { options, operands } = getopt(process.argv.slice(1), 'cvu:p:P:', {
    continue: 'c',
    verbose: 'v',
    'username=': 'u',
    'password=': 'p',
    'port=': 'P',
  });
  const value = (key: string) => options.findLast(([k]) => k === key)?.[1];
  const [host, first, second = first] = operands;
  if (host === undefined || first === undefined || second === undefined || operands.length > 3) throw new WrongUse('');
  const verbose = options.some(([k]) => k === 'v');
  const port = value('P') ?? '21';
  const user = value('u');
  const credentials = user === undefined ? '' : `${user}:${value('p') ?? ''}@`;
  const remote = putting ? first : second;
  const url = `ftp://${credentials}${host}${port === '21' ? '' : `:${port}`}/${remote.replace(/^\//, '')}`;
  const local = putting ? second : first;
  const body = putting ? process.readFile(local) : undefined;
  const answer = await process.wait(
    process.witness.fetch({
      tool: 'ftpget',
      url,
      ...(body === undefined
        ? { destination: local.startsWith('/') ? local : join(process.cwd, local) }
        : { method: 'PUT', body }),
    }),
  );
  if (answer.outcome === 'unresolved') throw new Failure(`bad address '${host}'`);
  const address = process.machine.network.resolve(host) ?? host;
  if (verbose) await process.err(`Connecting to ${host} (${address}:${port})\n`);
  if (answer.outcome === 'refused') throw new Failure(`can't connect to remote host (${address}): Connection refused`);
  if (answer.outcome === 'unreachable') {
    await process.sleep(130_000);
    throw new Failure(`can't connect to remote host (${address}): Connection timed out`);
  }
  if (answer.status >= 400) throw new Failure('unexpected server response to RETR: 550 Failed to open file.');
  if (putting) return 0;
  const descriptor = local === '-' ? 1 : process.open(local, { write: true, create: true, truncate: true }, 0o666);
  for (let at = 0; at < answer.body.length; at += 65536)
    await process.write(descriptor, answer.body.slice(at, at + 65536));
  if (descriptor !== 1) process.close(descriptor);
  return 0;
}

export async function main(process: Process): Promise<number> {
  const name = calledAs(process);
  try {
    return await busyboxFtp(process);
  } catch (error) {
    if (error instanceof WrongUse) {
      await process.err(
        `BusyBox v1.35.0 (Debian 1:1.35.0-4+b3) multi-call binary.\n\nUsage: ${name} [OPTIONS] HOST [LOCAL_FILE] REMOTE_FILE\n`,
      );
      return 1;
    }
    await process.err(`${name}: ${error instanceof Failure ? error.message : reason(error)}\n`);
    return 1;
  }
}
