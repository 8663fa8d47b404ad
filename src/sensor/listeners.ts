// The ports that attackers come to: bound as configured, or taken over from whoever started us (systemd's socket activation).
import { createServer, type Server, type Socket } from 'node:net';
import type { Config } from '../config/config.ts';
import { listensOf, personasOf } from '../config/listen.ts';
import { HERALDED, type Protocol } from '../event/event.ts';
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
  /** One of these, by who comes. */
  personas: readonly string[];
}

export interface Bound extends Listener {
  server: Server;
}

const NAMES: Partial<Record<Protocol, string>> = { ssh: 'SSH', telnet: 'Telnet' };

/**
 * Listens everywhere; nothing is accepted before `onConnection`. A protocol that sockets were passed for listens on those
 * alone.
 * @throws StartError when a port cannot be had; those bound before are closed then
 */
export async function bindAll({ sensor, herald }: Config, passed: readonly PassedSocket[] = []): Promise<Bound[]> {
  const bound: Bound[] = [];
  const usual = personasOf(sensor.persona);
  try {
    for (const protocol of ['ssh', 'telnet'] as const) {
      const given = passed.filter((socket) => socket.protocol === protocol);
      for (const { fd } of given)
        bound.push(await listen(protocol, { fd }, `on the socket passed as descriptor ${fd}`, usual));
      if (given.length > 0) continue;
      for (const { address, host, port, personas } of listensOf(sensor[protocol]))
        bound.push(await listen(protocol, { host, port }, `on ${address}`, personas.length > 0 ? personas : usual));
    }
    for (const protocol of HERALDED)
      for (const { address, host, port } of listensOf(herald[protocol]))
        bound.push(await listen(protocol, { host, port }, `on ${address}`, usual));
    if (bound.length === 0) throw new StartError('SSH and Telnet are both off: the sensor has nothing to do.');
  } catch (error) {
    for (const { server } of bound) server.close();
    throw error;
  }
  return bound;
}

function listen(
  protocol: Protocol,
  where: { host: string; port: number } | { fd: number },
  said: string,
  personas: readonly string[],
): Promise<Bound> {
  // Reading waits until everything is in place.
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true });
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) =>
      reject(startError(`Cannot listen ${said} for ${NAMES[protocol] ?? protocol.toUpperCase()}`, error));
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
      resolve({ protocol, server, address: `${host}:${address.port}`, personas });
    };
    try {
      server.listen({ ...where, backlog: 4096 }, listening);
    } catch (error) {
      fail(error);
    }
  });
}

/** Begins to accept. */
export function onConnection(bound: readonly Bound[], accept: (listener: Listener, socket: Socket) => void): void {
  for (const listener of bound) {
    const { server, protocol } = listener;
    server.on('connection', (socket: Socket) => accept(listener, socket));
    // Accepting may fail for want of descriptors; the next one is tried.
    server.on('error', (error) => console.error(`kansatsuki: accepting ${protocol} connections: ${error.message}`));
  }
}
