// Single sign-on: a proxy that has logged somebody in says who, in a header that counts from that proxy's address only.
import { BlockList, isIP } from 'node:net';
import type { Context } from 'hono';
import { peerOf } from './access.ts';

/** Longer is no name. */
const NAME = 256;

/**
 * @param proxies addresses and networks
 * @param header its name; empty: nobody is believed
 * @returns the name in the header of a request that comes from one of the proxies
 */
export function singleSignOn(
  proxies: readonly string[],
  header: string,
): ((c: Context) => string | undefined) | undefined {
  if (header === '' || proxies.length === 0) return undefined;
  const known = new BlockList();
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    known.addSubnet(address, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
  }
  return (c) => {
    const peer = peerOf(c).replace(/^::ffff:(?=\d+\.)/, '');
    const family = isIP(peer);
    if (family === 0 || !known.check(peer, family === 6 ? 'ipv6' : 'ipv4')) return undefined;
    const name = c.req.header(header)?.trim();
    return name && name.length <= NAME ? name : undefined;
  };
}
