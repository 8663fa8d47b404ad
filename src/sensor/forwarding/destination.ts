// Where a tunnel would lead on the real machine: to a service of its own, to a port where nothing listens, or out.
import { isIPv6 } from 'node:net';
import type { Machine } from '../../machine/machine.ts';
import { plainAddress } from '../source-block.ts';

export type Destination =
  /** `text` is strerror(3)'s, or '' where connect(2) fails at once. */
  | { kind: 'refused'; text: string }
  /** Something in the machine listens there; `program` as ss -p shows it. */
  | { kind: 'service'; program: string; address: string }
  /** `delay` is the time that a connection takes to be made, in milliseconds; the same for the same address. */
  | { kind: 'outside'; address: string; delay: number };

/** ssh_gai_strerror of EAI_NONAME. */
const UNKNOWN_NAME = 'Name or service not known';
const REFUSED = 'Connection refused';

/** @param host as the client sent it: a name, or an address in any form that inet_aton(3) takes */
export function destinationOf({ network, identity }: Machine, host: string, port: number): Destination {
  if (host.includes(':')) {
    const plain = plainAddress(host.replace(/%.*$/s, ''));
    if (!isIPv6(plain)) return plain === host ? { kind: 'refused', text: UNKNOWN_NAME } : toAddress(plain);
    if (plain === '::1' || plain === '::') return local(plain);
    // Without a scope a link-local address cannot be connected to; without a route to the world no other can.
    const reachable = network.interfaces.some(({ loopback, ipv6 }) => !loopback && /^[23]/.test(ipv6));
    return reachable && /^[23]/.test(plain) ? outside(plain) : { kind: 'refused', text: '' };
  }
  const address = parseAddress(host) ?? network.resolve(host);
  return address === undefined ? { kind: 'refused', text: UNKNOWN_NAME } : toAddress(address);

  function toAddress(ip: string): Destination {
    const first = Number(ip.split('.')[0]);
    if (first === 127 || first === 0 || ip === identity.address) return local(ip);
    // Multicast, reserved and broadcast addresses have no route for a stream.
    if (first >= 224) return { kind: 'refused', text: '' };
    return outside(ip);
  }

  function local(ip: string): Destination {
    const any = ip === '::' || ip.startsWith('0.') ? (ip === '::' ? '::1' : '127.0.0.1') : ip;
    const socket = network
      .sockets()
      .find(
        ({ protocol, state, localPort, local: bound }) =>
          protocol.startsWith('tcp') &&
          state === 'LISTEN' &&
          localPort === port &&
          (bound === any || bound === '::' || (bound === '0.0.0.0' && !any.includes(':'))),
      );
    return socket
      ? { kind: 'service', program: socket.program ?? '', address: any }
      : { kind: 'refused', text: REFUSED };
  }

  function outside(ip: string): Destination {
    if (port === 0) return { kind: 'refused', text: REFUSED };
    let hash = 2166136261;
    for (const char of ip) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619) >>> 0;
    // From the next rack to the other side of the world.
    return { kind: 'outside', address: ip, delay: 3 + (hash % 190) };
  }
}

/** inet_aton(3): one to four parts, each decimal, octal or hexadecimal, the last filling what is left. */
export function parseAddress(text: string): string | undefined {
  const parts = text.split('.');
  if (parts.length > 4 || !parts.every((part) => /^(0[xX][0-9a-fA-F]+|\d+)$/.test(part))) return undefined;
  const numbers = parts.map((part) => (/^0[0-7]+$/.test(part) ? Number.parseInt(part, 8) : Number(part)));
  if (parts.some((part) => /^0\d*[89]/.test(part))) return undefined;
  const last = numbers.pop()!;
  if (numbers.some((number) => number > 255) || last >= 256 ** (4 - numbers.length)) return undefined;
  const value = numbers.reduce((sum, number, i) => sum + number * 256 ** (3 - i), last);
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
