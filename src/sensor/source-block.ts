// Whose connections count together: addresses cut to a block, as sshd's PerSourceNetBlockSize does.
import { isIPv4 } from 'node:net';

export interface BlockSize {
  /** Bits that make one source. */
  ipv4: number;
  ipv6: number;
}

/** One name for all addresses of a block: the first `bits` bits in hexadecimal, with the family before them. */
export function sourceBlock(address: string, { ipv4, ipv6 }: BlockSize): string {
  return isIPv4(address)
    ? ipv4 === 32
      ? address
      : `4 ${cut(address.split('.').map(Number), 8, ipv4)}`
    : `6 ${cut(groupsOf(address), 16, ipv6)}`;
}

function cut(parts: number[], size: number, bits: number): string {
  return parts
    .map((part, i) => {
      const kept = Math.min(size, Math.max(0, bits - i * size));
      return (part & (0xffff << (size - kept)) & ((1 << size) - 1)).toString(16);
    })
    .join(':');
}

/** The eight groups of an IPv6 address; its zone does not count. */
function groupsOf(address: string): number[] {
  const text = address.replace(/%.*$/s, '').replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    const hex = (high: string, low: string) => ((Number(high) << 8) | Number(low)).toString(16);
    return `${hex(a, b)}:${hex(c, d)}`;
  });
  const [head = '', tail] = text.split('::');
  const parse = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const front = parse(head);
  const back = parse(tail ?? '');
  return tail === undefined
    ? front
    : [...front, ...Array<number>(Math.max(0, 8 - front.length - back.length)).fill(0), ...back];
}

/** An address as events carry it: IPv4-mapped IPv6 as plain IPv4, in whichever way it is written. */
export function plainAddress(address: string | undefined): string {
  if (!address?.includes(':')) return address ?? '';
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (dotted) return dotted[1]!;
  const hex = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address);
  if (!hex) return address;
  const [high, low] = [Number.parseInt(hex[1]!, 16), Number.parseInt(hex[2]!, 16)];
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
