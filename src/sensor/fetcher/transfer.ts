// What one transfer is, whatever its protocol: where to, what for, who takes the bytes, and how it ended.
import type { Bytes } from '../../machine/machine.ts';

/** A request whose name has been resolved and whose address is allowed: the address is the only one connected to. */
export interface Target {
  scheme: 'http' | 'https' | 'ftp' | 'tftp';
  /** As in the URL: for the Host header and TLS' server name. */
  host: string;
  address: string;
  port: number;
  /** Path and query, printable ASCII. */
  path: string;
  user: string;
  password: string;
}

export interface Asking {
  method: 'GET' | 'HEAD';
  userAgent: string | undefined;
  headers: readonly [string, string][];
}

/** Takes what comes; false: enough, the transfer is cut off. */
export type Sink = (chunk: Buffer) => boolean;

export type Ending =
  | { outcome: 'response'; status: number; reason: string; headers: [Bytes, Bytes][]; cut: boolean; tls?: string }
  | { outcome: 'refused' }
  | { outcome: 'unreachable'; why: string };

export type Transfer = (target: Target, asking: Asking, sink: Sink, signal: AbortSignal) => Promise<Ending>;

/** How a connection that failed looks to the emulated program. `why` is one of Node's error codes or a short phrase. */
export function failure(error: unknown): Ending {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ECONNREFUSED'
    ? { outcome: 'refused' }
    : { outcome: 'unreachable', why: code ?? message.slice(0, 100) };
}
