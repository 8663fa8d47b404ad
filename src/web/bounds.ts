// What connections may cost: how many, how large and how slow requests may be, how long one may stay without a move.
import type { Server, ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import { isLoopback } from './guard.ts';

/** All connections; each costs about 20 KB. Viewers of the live feed are bounded besides (hub.ts). */
const CONNECTIONS = 512;
/** Of one address, but for this machine's own: a proxy is there. */
const OF_ADDRESS = 128;
/** Neither a byte read nor written: a viewer gets a sign of life every 15 s. */
const STILL_MS = 120_000;

/** Milliseconds and bytes. A login and what makes a link are the largest requests there are. */
export const PATIENCE = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 2_000,
} satisfies ServerOptions;

/** Bounds the connections of a server that was made with `PATIENCE`. */
export function bound(server: Server): void {
  const counts = new Map<string, number>();
  server.maxConnections = CONNECTIONS;
  server.timeout = STILL_MS;
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const count = (counts.get(address) ?? 0) + 1;
    counts.set(address, count);
    socket.once('close', () => {
      const left = (counts.get(address) ?? 1) - 1;
      if (left > 0) counts.set(address, left);
      else counts.delete(address);
    });
    if (count > OF_ADDRESS && !isLoopback(address)) socket.destroy();
  });
}
