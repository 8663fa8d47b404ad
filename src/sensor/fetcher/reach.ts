// Which addresses the fetcher may ever connect to: the public internet, and nothing that is ours, private, local or reserved.
import { BlockList, isIP, isIPv4 } from 'node:net';

/**
 * Never reached: IANA's IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and its updates), multicast, and the addresses that
 * clouds answer with a machine's own secrets (all of them are link-local, shared or unique-local; Azure's alone is public).
 */
const RESERVED: readonly [network: string, prefix: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];
/** Of IPv6 only what is global unicast (2000::/3), less what is set aside in there. */
const RESERVED_6: readonly [network: string, prefix: number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
];

export interface Reach {
  /** @param address numeric; false for anything else */
  allows(address: string): boolean;
}

/**
 * @param own addresses of this host
 * @param never further networks, as `address` or `address/prefix`; throws one sentence when one is neither
 */
export function publicReach(own: Iterable<string>, never: Iterable<string>): Reach {
  const refused = new BlockList();
  for (const [network, prefix] of RESERVED) refused.addSubnet(network, prefix, 'ipv4');
  for (const [network, prefix] of RESERVED_6) refused.addSubnet(network, prefix, 'ipv6');
  for (const entry of [...own, ...never]) {
    const [network = '', length] = entry.split('/');
    const version = isIP(network);
    const prefix = length === undefined ? (version === 4 ? 32 : 128) : Number(length);
    if (version === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > (version === 4 ? 32 : 128))
      throw new Error(`expected an address or network such as 198.51.100.0/24, found ${JSON.stringify(entry)}`);
    refused.addSubnet(network, prefix, version === 4 ? 'ipv4' : 'ipv6');
  }
  const global = new BlockList();
  global.addSubnet('2000::', 3, 'ipv6');
  return {
    allows(address) {
      if (isIPv4(address)) return !refused.check(address, 'ipv4');
      if (isIP(address) !== 6) return false;
      const groups = groupsOf(address);
      // The interface identifier of ISATAP (RFC 5214) leads to an IPv4 address under any prefix.
      if ((groups[4] === 0 || groups[4] === 0x200) && groups[5] === 0x5efe) return false;
      const within = embedded(groups);
      if (within !== undefined) return !refused.check(within, 'ipv4') && !refused.check(address, 'ipv6');
      return global.check(address, 'ipv6') && !refused.check(address, 'ipv6');
    },
  };
}

/** The eight groups of an IPv6 address without zone. */
function groupsOf(address: string): number[] {
  const text = address.replace(/%.*/s, '').replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    const hex = (high: string, low: string) => ((Number(high) << 8) | Number(low)).toString(16);
    return `${hex(a, b)}:${hex(c, d)}`;
  });
  const [head = '', tail] = text.split('::');
  const parse = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const before = parse(head);
  const after = parse(tail ?? '');
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

/** The IPv4 address that an IPv6 one leads to: mapped, translated (RFC 6052, RFC 8215) or 6to4 (RFC 3056). */
function embedded(groups: number[]): string | undefined {
  const dotted = (high: number, low: number) => [high >> 8, high & 255, low >> 8, low & 255].join('.');
  const starts = (...prefix: number[]) => prefix.every((group, at) => groups[at] === group);
  if (starts(0, 0, 0, 0, 0, 0xffff)) return dotted(groups[6]!, groups[7]!);
  if (starts(0x64, 0xff9b, 0, 0, 0, 0)) return dotted(groups[6]!, groups[7]!);
  if (starts(0x2002)) return dotted(groups[1]!, groups[2]!);
  return undefined;
}
