// bash's /dev/tcp/HOST/PORT and /dev/udp/HOST/PORT: a redirection that is a connection. The witness says what the network does.

import { connect as connectTo } from '../machine/connection.ts';
import { SystemError } from '../machine/errno.ts';
import type { Bytes, OpenFile } from '../machine/machine.ts';
import { ExpansionError } from './control.ts';
import type { Interpreter } from './interpreter.ts';

/** Services of /etc/services that are written by name in such paths. */
const SERVICES: Readonly<Record<string, number>> = {
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  domain: 53,
  http: 80,
  https: 443,
};

/** The parts of such a path; undefined: an ordinary file. */
export function socketPath(path: Bytes): { kind: 'tcp' | 'udp'; host: Bytes; port: Bytes } | undefined {
  const match = /^\/dev\/(tcp|udp)\/([^/]+)\/([^/]*)$/.exec(path);
  return match ? { kind: match[1] as 'tcp' | 'udp', host: match[2]!, port: match[3]! } : undefined;
}

/** Connects, with bash's own first line of a failure. @throws SystemError with the path as bash's second line names it */
export async function connect(
  shell: Interpreter,
  path: Bytes,
  { kind, host, port }: NonNullable<ReturnType<typeof socketPath>>,
): Promise<OpenFile> {
  const { process } = shell;
  const number = /^\d+$/.test(port) ? Number(port) & 0xffff : SERVICES[port];
  if (number === undefined) {
    await shell.complain(`${port}: Servname not supported for ai_socktype`);
    throw new SystemError('EINVAL', path);
  }
  const failed = async (code: 'ECONNREFUSED' | 'ETIMEDOUT'): Promise<never> => {
    const reason = code === 'ECONNREFUSED' ? 'Connection refused' : 'Connection timed out';
    await process.err(`${shell.source || shell.name}: connect: ${reason}\n`);
    throw new ExpansionError(`${path}: ${reason}`);
  };
  const attempt = await connectTo(process, `/dev/${kind}`, kind, host, number);
  switch (attempt.outcome) {
    case 'connected':
      return attempt.connection;
    case 'unresolved':
      await shell.complain(`${host}: Name or service not known`);
      throw new SystemError('EINVAL', path);
    case 'refused':
      return failed('ECONNREFUSED');
    default:
      return failed('ETIMEDOUT');
  }
}
