// The ports that attackers come to: bound as configured, or taken over from whoever started us (systemd's socket activation).
import { createServer, type Server, type Socket } from 'node:net';
import type { Config } from '../config/config.ts';
import type { Protocol } from '../event/event.ts';
import { StartError, startError } from './start-error.ts';

/** A socket that is listening already, by its file descriptor in this process. */
export interface PassedSocket {
  protocol: Protocol;
  fd: number;
}

export interface Listener {
  protocol: Protocol;
  /** `0.0.0.0:2222`, with the port that was really bound. */
  address: string;
}

export interface Bound extends Listener {
  server: Server;
}

const NAMES: Record<Protocol, string> = { ssh: 'SSH', telnet: 'Telnet' };

/**
 * Listens everywhere; nothing is accepted before `onConnection`. A protocol that sockets were passed for listens on those
 * alone.
 * @throws StartError when a port cannot be had; those bound before are closed then
 */
export async function bindAll({ sensor }: Config, passed: readonly PassedSocket[] = []): Promise<Bound[]> {
  const bound: Bound[] = [];
  try {
    for (const protocol of ['ssh', 'telnet'] as const) {
      const given = passed.filter((socket) => socket.protocol === protocol);
      for (const { fd } of given)
        bound.push(await listen(protocol, { fd }, `on the socket passed as descriptor ${fd}`));
      if (given.length > 0) continue;
      for (const address of [sensor[protocol]].flat())
        if (address !== 'off') bound.push(await listen(protocol, endpoint(address), `on ${address}`));
    }
    if (bound.length === 0) throw new StartError('SSH and Telnet are both off: the sensor has nothing to do.');
  } catch (error) {
    for (const { server } of bound) server.close();
    throw error;
  }
  return bound;
}

function endpoint(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) };
}

function listen(
  protocol: Protocol,
  where: { host: string; port: number } | { fd: number },
  said: string,
): Promise<Bound> {
  // Reading waits until everything is in place.
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true });
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(startError(`Cannot listen ${said} for ${NAMES[protocol]}`, error));
    server.once('error', fail);
    const listening = () => {
      const address = server.address();
      if (!address || typeof address === 'string') {
        server.close();
        fail(new Error('it is not a TCP socket'));
        return;
      }
      server.off('error', fail);
      const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
      resolve({ protocol, server, address: `${host}:${address.port}` });
    };
    try {
      server.listen({ ...where, backlog: 4096 }, listening);
    } catch (error) {
      fail(error);
    }
  });
}

/** Begins to accept. */
export function onConnection(bound: readonly Bound[], accept: (protocol: Protocol, socket: Socket) => void): void {
  for (const { server, protocol } of bound) {
    server.on('connection', (socket: Socket) => accept(protocol, socket));
    // Accepting may fail for want of descriptors; the next one is tried.
    server.on('error', (error) => console.error(`kansatsuki: accepting ${protocol} connections: ${error.message}`));
  }
}
