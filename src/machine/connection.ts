// A connection that a program makes (bash's /dev/tcp, Python's socket, Perl's IO::Socket): asked of the witness, an open file once it is there.
import { SystemError } from './errno.ts';
import type { Bytes, FetchAnswer, OpenFile, Process, Stat } from './machine.ts';

/** Milliseconds the kernel tries a connection that nobody answers. */
export const CONNECT_TIMEOUT = 131_000;

/** How an attempt to connect ended. */
export type Attempt =
  | { outcome: 'connected'; connection: Connection }
  | { outcome: 'refused' | 'timeout' | 'unresolved' | 'late' };

/** The machine itself: its names and addresses. */
export const isOwn = (process: Process, host: Bytes): boolean =>
  /^127\.|^localhost$|^0(\.0\.0\.0)?$|^::1$/.test(host) ||
  host === process.machine.identity.address ||
  host === process.machine.identity.hostname;

/**
 * Connects as the network lets it; takes as long as the real one. `limit`: milliseconds after which the program gives up
 * (`late`) before the kernel does (`timeout`).
 */
export async function connect(
  process: Process,
  tool: string,
  kind: 'tcp' | 'udp',
  host: Bytes,
  port: number,
  limit?: number,
): Promise<Attempt> {
  if (isOwn(process, host)) {
    const listens = process.machine.network.sockets().some((s) => s.state === 'LISTEN' && s.localPort === port);
    return kind === 'udp' || listens
      ? { outcome: 'connected', connection: new Connection('') }
      : { outcome: 'refused' };
  }
  const answer: FetchAnswer = await process.wait(process.witness.fetch({ tool, url: `${kind}://${host}:${port}` }));
  if (answer.outcome === 'response') return { outcome: 'connected', connection: new Connection(answer.body) };
  if (answer.outcome === 'unresolved') return { outcome: 'unresolved' };
  // Datagrams leave without an answer.
  if (kind === 'udp') return { outcome: 'connected', connection: new Connection('', true) };
  if (answer.outcome === 'refused') return { outcome: 'refused' };
  const late = limit !== undefined && limit < CONNECT_TIMEOUT;
  await process.sleep(late ? limit : CONNECT_TIMEOUT);
  return { outcome: late ? 'late' : 'timeout' };
}

/** Puts an open file at the lowest free descriptor. */
export function install(process: Process, file: OpenFile): number {
  let free = 3;
  while (process.descriptors.has(free)) free++;
  process.descriptors.set(free, file);
  return free;
}

/** What came from the other side, to be read once; what is written leaves without a trace. */
export class Connection implements OpenFile {
  readonly kind = 'socket';
  readonly readable = true;
  readonly writable = true;
  readonly path: Bytes = 'socket:[0]';
  /** Nothing ever comes, and it never ends: a datagram socket. */
  readonly silent: boolean;
  #rest: Bytes;
  #references = 1;

  constructor(received: Bytes, silent = false) {
    this.#rest = received;
    this.silent = silent;
  }

  read(max: number): Bytes | undefined {
    if (this.silent) return undefined;
    const taken = this.#rest.slice(0, max);
    this.#rest = this.#rest.slice(max);
    return taken;
  }

  write(data: Bytes): number {
    return data.length;
  }

  onReadable(wake: () => void): () => void {
    if (!this.silent) wake();
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
