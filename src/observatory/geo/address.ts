// IP addresses and networks, read into four 32-bit words.
import { isIP } from 'node:net';

export interface Address {
  version: 4 | 6;
  /** Network order; of an IPv4 address only the last is used. */
  words: Uint32Array;
}

/**
 * Reads an address; IPv4 in IPv6 (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2) is the IPv4 address that it stands for, a zone
 * (`fe80::1%eth0`) is left out.
 * @returns undefined for anything else: a name, a network, a masked address
 */
export function parseAddress(text: string): Address | undefined {
  const zone = text.indexOf('%');
  const bare = zone < 0 ? text : text.slice(0, zone);
  switch (isIP(bare)) {
    case 4:
      return { version: 4, words: Uint32Array.of(0, 0, 0, ipv4(bare)) };
    case 6: {
      const words = ipv6(bare);
      return words[0] === 0 && words[1] === 0 && words[2] === 0xffff
        ? { version: 4, words: Uint32Array.of(0, 0, 0, words[3]!) }
        : { version: 6, words };
    }
    default:
      return undefined;
  }
}

function ipv4(text: string): number {
  return text.split('.').reduce((value, octet) => value * 256 + Number(octet), 0);
}

function ipv6(text: string): Uint32Array {
  // The last two groups may be written as an IPv4 address.
  const plain = text.replace(/[\d.]+\.[\d.]+$/, (dotted) => {
    const value = ipv4(dotted);
    return `${(value >>> 16).toString(16)}:${(value & 0xffff).toString(16)}`;
  });
  const [head = '', tail] = plain.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const first = groups(head);
  const last = tail === undefined ? [] : groups(tail);
  const all = [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
  return Uint32Array.from([0, 2, 4, 6], (at) => all[at]! * 0x10000 + all[at + 1]!);
}

/** The address in its shortest form (RFC 5952). */
export function formatAddress({ version, words }: Address): string {
  if (version === 4) return formatIpv4(words[3]!);
  const groups = [...words].flatMap((word) => [word >>> 16, word & 0xffff]);
  let best = { at: 0, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (groups[at + length] === 0) length++;
    if (length > best.length) best = { at, length };
  }
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  return best.length < 2
    ? hex(groups)
    : `${hex(groups.slice(0, best.at))}::${hex(groups.slice(best.at + best.length))}`;
}

export function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

export interface Network {
  address: Address;
  /** Leading bits that count. */
  prefix: number;
}

/** Reads `ADDRESS/PREFIX`, or an address as the network of itself alone. Bits beyond the prefix must be zero. */
export function parseNetwork(text: string): Network | undefined {
  const [head = '', tail, ...more] = text.split('/');
  const address = parseAddress(head);
  if (!address || more.length > 0 || (tail !== undefined && !/^\d{1,3}$/.test(tail))) return undefined;
  const bits = address.version === 4 ? 32 : 128;
  const prefix = tail === undefined ? bits : Number(tail);
  if (prefix > bits || head.includes('%') || (address.version === 4 && head.includes(':'))) return undefined;
  const network = { address, prefix };
  return masked(address, prefix).every((word, i) => word === address.words[i]) ? network : undefined;
}

/** The first address of the network of so many bits that holds an address. */
export function masked({ version, words }: Address, prefix: number): Uint32Array {
  const bits = version === 4 ? prefix + 96 : prefix;
  return words.map((word, i) => {
    const kept = Math.min(32, Math.max(0, bits - i * 32));
    return kept === 0 ? 0 : (word & (0xffffffff << (32 - kept))) >>> 0;
  });
}
