// What the registries of special-purpose addresses say: which addresses are not part of the global internet, and what they are for.
import { type Address, parseNetwork } from './address.ts';
import { NetworkMap } from './networks.ts';

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

/** IANA's registries of special-purpose addresses (RFC 6890 and those after it). */
const registry: readonly [network: string, scope: Scope | 'global'][] = [
  ['255.255.255.255/32', 'broadcast'],
  ['0.0.0.0/32', 'unspecified'],
  ['0.0.0.0/8', 'reserved'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'shared'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  // Anycast addresses that are global: Port Control Protocol, TURN.
  ['192.0.0.9/32', 'global'],
  ['192.0.0.10/32', 'global'],
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
  ['64:ff9b::/96', 'global'],
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
  ['2000::/3', 'global'],
  ['::/0', 'reserved'],
];

const scopes = new NetworkMap<Scope | 'global'>();
for (const [text, scope] of registry) scopes.set(parseNetwork(text)!, scope);

/** Why an address is not global; undefined for one that is. */
export function scopeOf(address: Address): Scope | undefined {
  const scope = scopes.find(address);
  return scope === 'global' ? undefined : scope;
}
