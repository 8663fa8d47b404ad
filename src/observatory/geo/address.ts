// IP addresses as four 32-bit words, and what the registries of special-purpose addresses say of one.
import { isIP } from 'node:net';

export interface Address {
  version: 4 | 6;
  /** Network order; of an IPv4 address only the last is used. */
  words: Uint32Array;
}

/** Why an address has no country and no network: it is not part of the global internet. */
export type Scope =
  | 'private'
  | 'loopback'
  | 'link-local'
  | 'shared'
  | 'documentation'
  | 'benchmarking'
  | 'multicast'
  | 'broadcast'
  | 'unspecified'
  | 'reserved';

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

/** Whether an address is of a network. */
export function within({ version, words }: Address, { address, prefix }: Network): boolean {
  if (version !== address.version) return false;
  const own = masked({ version, words }, prefix);
  return own.every((word, i) => word === address.words[i]);
}

/** The first address of the network of so many bits that holds an address. */
export function masked({ version, words }: Address, prefix: number): Uint32Array {
  const bits = version === 4 ? prefix + 96 : prefix;
  return words.map((word, i) => {
    const kept = Math.min(32, Math.max(0, bits - i * 32));
    return kept === 0 ? 0 : (word & (0xffffffff << (32 - kept))) >>> 0;
  });
}

/** IANA's registries of special-purpose addresses (RFC 6890 and those after it), the narrower network first. */
const special: readonly [network: Network, scope: Scope | undefined][] = (
  [
    ['255.255.255.255/32', 'broadcast'],
    ['0.0.0.0/32', 'unspecified'],
    ['0.0.0.0/8', 'reserved'],
    ['10.0.0.0/8', 'private'],
    ['100.64.0.0/10', 'shared'],
    ['127.0.0.0/8', 'loopback'],
    ['169.254.0.0/16', 'link-local'],
    ['172.16.0.0/12', 'private'],
    // Anycast addresses that are global: Port Control Protocol, TURN.
    ['192.0.0.9/32', undefined],
    ['192.0.0.10/32', undefined],
    ['192.0.0.0/24', 'reserved'],
    ['192.0.2.0/24', 'documentation'],
    ['192.168.0.0/16', 'private'],
    ['198.18.0.0/15', 'benchmarking'],
    ['198.51.100.0/24', 'documentation'],
    ['203.0.113.0/24', 'documentation'],
    ['224.0.0.0/4', 'multicast'],
    ['240.0.0.0/4', 'reserved'],
    ['::/128', 'unspecified'],
    ['::1/128', 'loopback'],
    ['64:ff9b::/96', undefined],
    ['64:ff9b:1::/48', 'private'],
    ['2001:2::/48', 'benchmarking'],
    ['2001:db8::/32', 'documentation'],
    ['2001:10::/28', 'reserved'],
    ['2001:20::/28', 'reserved'],
    ['3fff::/20', 'documentation'],
    ['5f00::/16', 'reserved'],
    ['fc00::/7', 'private'],
    ['fe80::/10', 'link-local'],
    ['fec0::/10', 'private'],
    ['ff00::/8', 'multicast'],
    // Only this eighth is given out as global unicast (RFC 4291 §2.4).
    ['2000::/3', undefined],
    ['::/0', 'reserved'],
  ] as [string, Scope | undefined][]
).map(([text, scope]) => [parseNetwork(text)!, scope]);

/** Why an address is not global; undefined for one that is. */
export function scopeOf(address: Address): Scope | undefined {
  return special.find(([network]) => within(address, network))?.[1];
}
