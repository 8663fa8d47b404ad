// What the network programs share: netmasks, routes and the names of ports.
import type { Process } from '../machine/machine.ts';
import { tryTo } from './failure.ts';

export type Interface = Process['machine']['network']['interfaces'][number];

/** `255.255.240.0` of 20. */
export const netmask = (prefix: number): string => dotted(prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0);
const number = (address: string) => address.split('.').reduce((sum, part) => ((sum << 8) | Number(part)) >>> 0, 0);
const dotted = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');

/** The address of the network, and its broadcast address. */
export const networkOf = (address: string, prefix: number): string =>
  dotted((number(address) & number(netmask(prefix))) >>> 0);
export const broadcastOf = (address: string, prefix: number): string =>
  dotted((number(address) | (~number(netmask(prefix)) >>> 0)) >>> 0);

/** A port's name by /etc/services, or its number. */
export function serviceName(process: Process, port: number, protocol: string): string {
  const text = tryTo(() => process.readFile('/etc/services')) ?? '';
  const at = text.search(new RegExp(`^\\S+\\s+${port}/${protocol.replace('6', '')}\\b`, 'm'));
  return at < 0 ? String(port) : text.slice(at, at + 64).split(/\s/)[0]!;
}

/** 382.0 MiB, as ifconfig says it. */
export function amount(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < 4) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

/** One end of a route as route and netstat print it; `any`: their word for 0.0.0.0. */
export function routeEnd(process: Process, address: string, any: string, numeric: boolean): string {
  if (numeric) return address;
  if (address === '0.0.0.0') return any;
  return address === process.machine.network.gateway ? '_gateway' : address;
}
