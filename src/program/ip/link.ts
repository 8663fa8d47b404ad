// ip address and ip link (iproute2 6.1): the interfaces, and what may be changed of them.

import type { Bytes, Process } from '../../machine/machine.ts';
import type { LinkSetting } from '../../machine/network.ts';
import { broadcastOf, type Interface, networkOf } from '../network.ts';
import { json, kernelRefuses, means, mustBeRoot, type Options, prefixOf, refuse, set } from './options.ts';

export type LinkObject = 'address' | 'link';

/** `ip address …` and `ip link …`. */
export async function links(
  process: Process,
  o: Options,
  object: LinkObject,
  words: readonly Bytes[],
): Promise<number> {
  const [command = 'show', ...rest] = words;
  if (means(command, 'show', 'list', 'lst')) return show(process, o, object, rest);
  if (process.machine.network.interfaces.some(({ name }) => name === command)) return show(process, o, object, words);
  if (object === 'address') {
    if (means(command, 'add', 'change', 'chg', 'replace')) return add(process, command, rest);
    if (means(command, 'del', 'delete')) return remove(process, rest);
    if (means(command, 'flush')) return flush(process, rest);
  } else {
    if (means(command, 'set')) return change(process, rest);
    if (means(command, 'add')) {
      mustBeRoot(process);
      if (!rest.includes('type')) refuse('Not enough information: "type" argument is required', 255);
      return refuse('Error: Unknown device type.', 2);
    }
    if (means(command, 'delete')) {
      mustBeRoot(process);
      named(process, rest.find((word) => word !== 'dev') ?? '');
      return kernelRefuses('Operation not supported');
    }
  }
  return refuse(`Command "${command}" is unknown, try "ip ${object} help".`, 255);
}

function named(process: Process, name: Bytes): Interface {
  const found = process.machine.network.interfaces.find((one) => one.name === name);
  return found ?? refuse(`Cannot find device "${name}"`);
}

const settingsOf = (process: Process) => (process.machine.settings.get('links') ?? {}) as Record<string, LinkSetting>;

function note(process: Process, name: Bytes, change: LinkSetting): void {
  const all = settingsOf(process);
  set(process, 'links', { ...all, [name]: { ...all[name], ...change } });
}

// ── Changing ───────────────────────────────────────────────────────────────────────────────────────────────────────────

async function add(process: Process, command: Bytes, words: readonly Bytes[]): Promise<number> {
  const { prefix, link } = target(process, words);
  if (prefix.six) return 0;
  mustBeRoot(process);
  const known = [{ address: link.address, prefix: link.prefix }, ...link.further];
  if (known.some((one) => one.address === prefix.address && one.prefix === prefix.length)) {
    if (means(command, 'add')) refuse('Error: ipv4: Address already assigned.', 2);
    return 0;
  }
  note(process, link.name, { further: [...link.further, { address: prefix.address, prefix: prefix.length }] });
  if (prefix.length < 32) {
    const to = `${networkOf(prefix.address, prefix.length)}/${prefix.length}`;
    const { routes } = process.machine.network;
    if (!routes.some((route) => route.to === to))
      set(process, 'routes', [
        ...routes,
        { to, dev: link.name, protocol: 'kernel', scope: 'link', src: prefix.address },
      ]);
  }
  return 0;
}

async function remove(process: Process, words: readonly Bytes[]): Promise<number> {
  const { prefix, link } = target(process, words);
  mustBeRoot(process);
  if (prefix.six) return kernelRefuses('Cannot assign requested address');
  const rest = link.further.filter((one) => one.address !== prefix.address);
  if (rest.length === link.further.length && prefix.address !== link.address)
    refuse('Error: ipv4: Address not found.', 2);
  note(process, link.name, { further: rest });
  const gone = process.machine.network.routes.filter(
    (route) => route.src !== prefix.address || link.address === route.src,
  );
  set(process, 'routes', gone);
  return 0;
}

async function flush(process: Process, words: readonly Bytes[]): Promise<number> {
  if (words.length === 0) refuse('Flush requires arguments.', 255);
  const name = words[words.indexOf('dev') + 1] ?? words[0]!;
  const link = process.machine.network.interfaces.find((one) => one.name === name);
  if (!link) return refuse(`Device "${name}" does not exist.`);
  mustBeRoot(process);
  note(process, link.name, { further: [] });
  return 0;
}

function target(process: Process, words: readonly Bytes[]) {
  const at = words.indexOf('dev');
  const device = at < 0 ? undefined : words[at + 1];
  const text = words.find((word, i) => i !== at && i !== at + 1 && word !== 'local');
  if (device === undefined) refuse('Not enough information: "dev" argument is required.', 255);
  const link = named(process, device!);
  if (text?.includes(':')) return { prefix: { address: text, length: 64, six: true }, link };
  if (text === undefined) kernelRefuses('Invalid argument');
  return { prefix: { ...prefixOf(text!), six: false }, link };
}

async function change(process: Process, words: readonly Bytes[]): Promise<number> {
  const list = [...words];
  if (list[0] === 'dev') list.shift();
  const name = list.shift();
  if (name === undefined) return refuse('Not enough information: "dev" argument is required.', 255);
  const wanted: LinkSetting = {};
  for (let word = list.shift(); word !== undefined; word = list.shift()) {
    const value = () => list.shift() ?? refuse('Command line is not complete. Try option "help"', 255);
    if (word === 'up') wanted.up = true;
    else if (word === 'down') wanted.up = false;
    else if (word === 'mtu') wanted.mtu = Number(value());
    else if (word === 'address' || word === 'addr') wanted.mac = value().toLowerCase();
    else if (
      /^(promisc|arp|multicast|allmulticast|dynamic|txqueuelen|txqlen|alias|group|name|master|netns)$/.test(word)
    )
      value();
    else refuse(`Error: either "dev" is duplicate, or "${word}" is a garbage.`, 255);
  }
  const link = named(process, name);
  mustBeRoot(process);
  if (wanted.mac !== undefined && !/^([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}$/.test(wanted.mac))
    refuse(`"${wanted.mac}" is invalid lladdr.`, 255);
  if (wanted.mtu !== undefined && !(wanted.mtu >= 68 && wanted.mtu <= 65_536))
    refuse(Number.isInteger(wanted.mtu) ? 'Error: mtu greater than device maximum.' : 'Error: argument is wrong', 2);
  note(process, link.name, wanted);
  return 0;
}

// ── Showing ────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function show(process: Process, o: Options, object: LinkObject, words: readonly Bytes[]): Promise<number> {
  const { interfaces } = process.machine.network;
  let wanted: Bytes | undefined;
  let scope: Bytes | undefined;
  let up = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === 'up') up = true;
    else if (word === 'scope') scope = words[++i];
    else if (/^(to|label|type|master|group|vrf)$/.test(word)) i++;
    else if (!/^(dev|permanent|dynamic|primary|secondary)$/.test(word)) wanted = word;
  }
  if (wanted !== undefined && !interfaces.some(({ name }) => name === wanted))
    return refuse(`Device "${wanted}" does not exist.`);
  const shown = [...interfaces.entries()].filter(
    ([, i]) => (wanted === undefined || i.name === wanted) && (!up || i.up) && !(scope === 'global' && i.loopback),
  );
  if (o.json) {
    await process.out(
      json(
        shown.map(([n, i]) => record(n + 1, i, o, object, scope)),
        o,
      ),
    );
    return 0;
  }
  for (const [n, i] of shown)
    await process.out(
      o.brief ? brief(i, o, object) : o.oneLine ? oneLine(n + 1, i, o, object) : full(n + 1, i, o, object, scope),
    );
  return 0;
}

interface Address {
  family: 'inet' | 'inet6';
  text: string;
  prefix: number;
  metric?: number;
  broadcast?: string;
  scope: string;
  flags: string[];
  label?: string;
  /** Seconds; undefined: for ever. */
  valid?: number;
}

function addressesOf(i: Interface, { family }: Options, scope: Bytes | undefined): Address[] {
  const found: Address[] = [];
  if (family !== 6) {
    const valid = i.lease?.();
    found.push({
      family: 'inet',
      text: i.address,
      prefix: i.prefix,
      ...(i.metric === undefined ? {} : { metric: i.metric }),
      ...(i.loopback ? {} : { broadcast: broadcastOf(i.address, i.prefix) }),
      scope: i.loopback ? 'host' : 'global',
      flags: [...(valid === undefined ? [] : ['dynamic']), ...(i.flags ? [i.flags] : [])],
      label: i.name,
      ...(valid === undefined ? {} : { valid }),
    });
    for (const [n, one] of i.further.entries()) {
      const net = networkOf(one.address, one.prefix);
      const first = [{ address: i.address, prefix: i.prefix }, ...i.further.slice(0, n)].some(
        (other) => other.prefix === one.prefix && networkOf(other.address, other.prefix) === net,
      );
      const rest = { scope: i.loopback ? 'host' : 'global', flags: first ? ['secondary'] : [], label: i.name };
      found.push({ family: 'inet', text: one.address, prefix: one.prefix, ...rest });
    }
  }
  if (family !== 4 && i.ipv6 && i.up)
    found.push({
      family: 'inet6',
      text: i.ipv6,
      prefix: i.loopback ? 128 : 64,
      scope: i.loopback ? 'host' : 'link',
      flags: !i.loopback && i.flags ? [i.flags] : [],
    });
  return found.filter((one) => scope === undefined || one.scope === scope);
}

const flagsOf = (i: Interface): string[] => [
  ...(i.loopback ? ['LOOPBACK'] : ['BROADCAST', 'MULTICAST']),
  ...(i.up ? ['UP', 'LOWER_UP'] : []),
];
const stateOf = (i: Interface): string => (!i.up ? 'DOWN' : i.loopback ? 'UNKNOWN' : 'UP');
const broadcastMac = (i: Interface) => (i.loopback ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff');

function lines(i: Interface, o: Options, scope: Bytes | undefined): [Bytes, Bytes][] {
  return addressesOf(i, o, scope).map((one) => {
    const words = [
      `    ${one.family} ${one.text}/${one.prefix}`,
      ...(one.metric === undefined ? [] : [`metric ${one.metric}`]),
      ...(one.broadcast === undefined ? [] : [`brd ${one.broadcast}`]),
      `scope ${one.scope}`,
      ...one.flags,
      one.label ?? '',
    ];
    const time = one.valid === undefined ? 'forever' : `${one.valid}sec`;
    return [words.join(' '), `       valid_lft ${time} preferred_lft ${time}`];
  });
}

function oneLine(index: number, i: Interface, o: Options, object: LinkObject): Bytes {
  if (object === 'link') return `${full(index, i, o, object, undefined).trimEnd().replaceAll('\n', '\\')}\n`;
  return lines(i, o, undefined)
    .map((pair) => `${index}: ${i.name}${pair.join('\\')}\n`)
    .join('');
}

function brief(i: Interface, o: Options, object: LinkObject): Bytes {
  const rest =
    object === 'link'
      ? `${i.mac} <${flagsOf(i).join(',')}> `
      : addressesOf(i, o, undefined)
          .map((one) => `${one.text}/${one.prefix}${one.metric === undefined ? '' : ` metric ${one.metric}`} `)
          .join('');
  if (object === 'address' && rest === '' && o.family) return '';
  return `${i.name.padEnd(16)} ${stateOf(i).padEnd(14)} ${rest}\n`;
}

const DETAILS =
  'promiscuity 0  allmulti 0 minmtu 0 maxmtu 0 {mode}numtxqueues 1 numrxqueues 1 gso_max_size 65536 gso_max_segs 65535 tso_max_size 524280 tso_max_segs 65535 gro_max_size 65536 ';

function full(index: number, i: Interface, o: Options, object: LinkObject, scope: Bytes | undefined): Bytes {
  const mode = object === 'link' ? ' mode DEFAULT' : '';
  const six = o.family === 6 && object === 'address';
  let text = `${index}: ${i.name}: <${flagsOf(i).join(',')}> mtu ${i.mtu}${six ? '' : ` qdisc ${i.qdisc}`} state ${stateOf(i)}${mode}${six ? '' : ' group default'} qlen 1000\n`;
  const addresses = object === 'address' ? lines(i, o, scope) : [];
  if (six && addresses.length === 0) return '';
  if (!o.family || object === 'link') {
    text += `    link/${i.loopback ? 'loopback' : 'ether'} ${i.mac} brd ${broadcastMac(i)}`;
    if (o.details) text += ` ${DETAILS.replace('{mode}', object === 'link' ? 'addrgenmode eui64 ' : '')}`;
    text += '\n';
    if (i.altname) text += `    altname ${i.altname}\n`;
  }
  text += addresses.map((pair) => `${pair.join('\n')}\n`).join('');
  if (o.statistics > 0) text += statistics(i, o.statistics > 1);
  return text;
}

/** print_stats64 (ip/ipaddress.c): the columns are as wide as the widest of both directions. */
function statistics(i: Interface, errors: boolean): Bytes {
  const rows = { RX: [i.rxBytes(), i.rxPackets()], TX: [i.txBytes(), i.txPackets()] } as const;
  const width = [10, 7, 6, 7, 7, 7];
  for (const values of Object.values(rows))
    for (const [n, value] of values.entries()) width[n] = Math.max(width[n]!, String(value).length);
  const row = (name: 'RX' | 'TX', heads: string[]) => {
    const values = [...rows[name], 0, 0, 0, 0];
    const head = heads.map((word, n) => word.padStart(n === 0 ? width[0]! - 4 : width[n]!)).join(' ');
    const numbers = values.map((value, n) => String(value).padStart(n === 0 ? width[0]! + 4 : width[n]!)).join(' ');
    return `    ${name}: ${head} ${' '.repeat(10)}\n${numbers} \n`;
  };
  const more = (name: string, heads: string) => (errors ? `    ${name} errors: ${heads}\n${NONE}` : '');
  return (
    row('RX', ['bytes', 'packets', 'errors', 'dropped', 'missed', 'mcast']) +
    more('RX', ' length    crc   frame    fifo overrun') +
    row('TX', ['bytes', 'packets', 'errors', 'dropped', 'carrier', 'collsns']) +
    more('TX', 'aborted   fifo  window heartbt transns')
  );
}
const NONE = `${' '.repeat(21)}0      0       0       0       0 \n`;

function record(index: number, i: Interface, o: Options, object: LinkObject, scope: Bytes | undefined): object {
  const addresses = addressesOf(i, o, scope);
  if (o.brief)
    return object === 'link'
      ? { ifname: i.name, operstate: stateOf(i), address: i.mac, flags: flagsOf(i) }
      : {
          ifname: i.name,
          operstate: stateOf(i),
          addr_info: addresses.map(({ text, prefix, metric }) => ({
            local: text,
            prefixlen: prefix,
            ...(metric === undefined ? {} : { metric }),
          })),
        };
  const forever = 4_294_967_295;
  return {
    ifindex: index,
    ifname: i.name,
    flags: flagsOf(i),
    mtu: i.mtu,
    qdisc: i.qdisc,
    operstate: stateOf(i),
    ...(object === 'link' ? { linkmode: 'DEFAULT' } : {}),
    group: 'default',
    txqlen: 1000,
    link_type: i.loopback ? 'loopback' : 'ether',
    address: i.mac,
    broadcast: broadcastMac(i),
    ...(i.altname ? { altnames: [i.altname] } : {}),
    ...(o.statistics > 0
      ? {
          stats64: {
            rx: { bytes: i.rxBytes(), packets: i.rxPackets(), errors: 0, dropped: 0, over_errors: 0, multicast: 0 },
            tx: { bytes: i.txBytes(), packets: i.txPackets(), errors: 0, dropped: 0, carrier_errors: 0, collisions: 0 },
          },
        }
      : {}),
    ...(object === 'address'
      ? {
          addr_info: addresses.map((one) => ({
            family: one.family,
            local: one.text,
            prefixlen: one.prefix,
            ...(one.metric === undefined ? {} : { metric: one.metric }),
            ...(one.broadcast === undefined ? {} : { broadcast: one.broadcast }),
            scope: one.scope,
            ...Object.fromEntries(one.flags.map((flag) => [flag, true])),
            ...(one.label === undefined ? {} : { label: one.label }),
            valid_life_time: one.valid ?? forever,
            preferred_life_time: one.valid ?? forever,
          })),
        }
      : {}),
  };
}

/** For `ip route` and `ip neigh`: complains about a device that is not there. */
export const mustExist = (process: Process, device: Bytes): void => void named(process, device);
