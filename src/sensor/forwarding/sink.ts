// The one place that tunnels may really lead to: an address of the operator's, whatever the client asked for, with bounds on everything.
import { connect } from 'node:net';
import type { Connect } from './far-end.ts';

/** The system's own limit is minutes; nobody of ours is so far away. */
const CONNECT_WITHIN_MS = 10_000;

export interface SinkOptions {
  host: string;
  port: number;
  /** At once, of all clients. */
  connections: number;
  /** That one may last. */
  seconds: number;
}

const TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Connection refused',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
  ETIMEDOUT: 'Connection timed out',
};

export class Sink {
  readonly host: string;
  readonly port: number;
  readonly #options: SinkOptions;
  #open = 0;

  constructor(options: SinkOptions) {
    this.host = options.host;
    this.port = options.port;
    this.#options = options;
  }

  /** A connection to the sink, or strerror's text for why there is none. Never rejects. */
  reach(): Promise<Connect | string> {
    if (this.#open >= this.#options.connections) return Promise.resolve('Connection timed out');
    this.#open++;
    const { host, port, seconds } = this.#options;
    // Bytes wait in the kernel until the tunnel is open.
    const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
    socket.pause();
    socket.once('close', () => this.#open--);
    return new Promise((resolve) => {
      const timer = setTimeout(() => socket.destroy(), CONNECT_WITHIN_MS);
      const failed = (error: NodeJS.ErrnoException) => resolve(TEXTS[error.code ?? ''] ?? 'Connection timed out');
      socket.once('error', failed);
      socket.once('close', () => {
        clearTimeout(timer);
        resolve('Connection timed out');
      });
      socket.once('connect', () => {
        clearTimeout(timer);
        socket.off('error', failed);
        // A reset ends the tunnel as any other end does.
        socket.on('error', () => {});
        const last = setTimeout(() => socket.destroy(), seconds * 1000);
        socket.once('close', () => clearTimeout(last));
        resolve((near) => {
          socket.on('data', (chunk) => {
            if (!near.write(chunk)) socket.pause();
          });
          socket.on('end', () => near.finish());
          socket.on('drain', () => near.pause(false));
          socket.on('close', () => near.close());
          return {
            opened: () => socket.resume(),
            data: (chunk) => {
              if (socket.writable && !socket.write(chunk)) near.pause(true);
            },
            end: () => socket.end(),
            drain: () => socket.resume(),
            closed: () => socket.destroy(),
          };
        });
      });
    });
  }
}
