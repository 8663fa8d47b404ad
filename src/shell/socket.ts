// bash's /dev/tcp/HOST/PORT and /dev/udp/HOST/PORT: a redirection that is a connection. The witness says what the network does.
import { SystemError } from '../machine/errno.ts';
import type { Bytes, OpenFile, Stat } from '../machine/machine.ts';
import { ExpansionError } from './control.ts';
import type { Interpreter } from './interpreter.ts';

/** Milliseconds the kernel tries a connection that nobody answers. */
const CONNECT_TIMEOUT = 131_000;
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
  const failed = async (code: 'ECONNREFUSED' | 'ETIMEDOUT') => {
    const reason = code === 'ECONNREFUSED' ? 'Connection refused' : 'Connection timed out';
    await process.err(`${shell.source || shell.name}: connect: ${reason}\n`);
    throw new ExpansionError(`${path}: ${reason}`);
  };
  const { machine } = process;
  if (
    /^127\.|^localhost$|^0(\.0\.0\.0)?$/.test(host) ||
    host === machine.identity.address ||
    host === machine.identity.hostname
  ) {
    const listens = machine.network.sockets().some((s) => s.state === 'LISTEN' && s.localPort === number);
    if (kind === 'tcp' && !listens) await failed('ECONNREFUSED');
    return new Connection('');
  }
  const answer = await process.wait(
    process.witness.fetch({ tool: `/dev/${kind}`, url: `${kind}://${host}:${number}` }),
  );
  if (answer.outcome === 'unresolved') {
    await shell.complain(`${host}: Name or service not known`);
    throw new SystemError('EINVAL', path);
  }
  if (answer.outcome === 'response') return new Connection(answer.body);
  // Datagrams leave without an answer.
  if (kind === 'udp') return new Connection('');
  if (answer.outcome === 'refused') await failed('ECONNREFUSED');
  await process.sleep(CONNECT_TIMEOUT);
  await failed('ETIMEDOUT');
  throw new SystemError('EIO', path);
}

/** What came from the other side, to be read once; what is written leaves without a trace. */
class Connection implements OpenFile {
  readonly kind = 'socket';
  readonly readable = true;
  readonly writable = true;
  readonly path: Bytes;
  #rest: Bytes;
  #references = 1;

  constructor(received: Bytes) {
    this.#rest = received;
    this.path = 'socket:[0]';
  }

  read(max: number): Bytes {
    const taken = this.#rest.slice(0, max);
    this.#rest = this.#rest.slice(max);
    return taken;
  }

  write(data: Bytes): number {
    return data.length;
  }

  onReadable(wake: () => void): () => void {
    wake();
    return () => {};
  }

  onWritable(wake: () => void): () => void {
    wake();
    return () => {};
  }

  seek(): number {
    throw new SystemError('ESPIPE');
  }

  stat(): Stat {
    throw new SystemError('EINVAL');
  }

  truncate(): void {
    throw new SystemError('EINVAL');
  }

  retain(): OpenFile {
    this.#references++;
    return this;
  }

  release(): void {
    this.#references--;
    if (this.#references === 0) this.#rest = '';
  }
}
