// ip route, ip rule and ip neighbour (iproute2 6.1): the routing table, its policy and who is next door.
import type { Bytes, Neighbour, Process, Route } from '../../machine/machine.ts';
import { broadcastOf, type Interface, networkOf } from '../network.ts';
import { mustExist } from './link.ts';
import { isAddress, json, kernelRefuses, means, mustBeRoot, type Options, prefixOf, refuse, set } from './options.ts';

const KINDS = ['blackhole', 'unreachable', 'prohibit'] as const;

export async function routes(process: Process, o: Options, words: readonly Bytes[]): Promise<number> {
  const [command = 'show', ...rest] = words;
  if (means(command, 'list', 'show', 'lst')) return show(process, o, rest);
  if (means(command, 'get')) return get(process, o, rest);
  if (means(command, 'add', 'append', 'replace', 'change', 'chg')) return add(process, o, command, rest);
  if (means(command, 'delete')) return remove(process, o, rest);
  if (means(command, 'flush')) {
    if (rest.length === 0) refuse('"ip route flush" requires arguments.', 255);
    mustBeRoot(process);
    if (rest[0] === 'cache') return 0;
    const { routes } = process.machine.network;
    const wanted = rest.includes('table') || rest[0] === 'all' ? () => false : matching(rest);
    set(
      process,
      'routes',
      routes.filter((route) => !wanted(route)),
    );
    return 0;
  }
  return refuse(`Command "${command}" is unknown, try "ip route help".`, 255);
}

// ── The main table ─────────────────────────────────────────────────────────────────────────────────────────────────────

const number = (route: Route): number => {
  if (route.to === 'default') return -1;
  return route.to
    .split('/')[0]!
    .split('.')
    .reduce((sum, byte) => sum * 256 + Number(byte), 0);
};
/** As the kernel's trie lists them: by address, the longer prefix first, then by metric. */
const sorted = (list: readonly Route[]): Route[] =>
  [...list].sort(
    (a, b) =>
      number(a) - number(b) ||
      Number(b.to.split('/')[1] ?? 32) - Number(a.to.split('/')[1] ?? 32) ||
      (a.metric ?? 0) - (b.metric ?? 0),
  );

const line = ({ to, type, via, dev, protocol, scope, src, metric }: Route): Bytes =>
  `${[
    ...(type ? [type] : []),
    to,
    ...(via ? [`via ${via}`] : []),
    ...(dev ? [`dev ${dev}`] : []),
    ...(protocol && protocol !== 'boot' ? [`proto ${protocol}`] : []),
    ...(scope ? [`scope ${scope}`] : []),
    ...(src ? [`src ${src}`] : []),
    ...(metric === undefined ? [] : [`metric ${metric}`]),
  ].join(' ')} \n`;

const record = ({ to, type, via, dev, protocol, scope, src, metric }: Route) => ({
  ...(type ? { type } : {}),
  dst: to,
  ...(via ? { gateway: via } : {}),
  ...(dev ? { dev } : {}),
  ...(protocol && protocol !== 'boot' ? { protocol } : {}),
  ...(scope ? { scope } : {}),
  ...(src ? { prefsrc: src } : {}),
  ...(metric === undefined ? {} : { metric }),
  flags: [],
});

function matching(words: readonly Bytes[]): (route: Route) => boolean {
  const tests: ((route: Route) => boolean)[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (/^(table|scope|proto|protocol|dev|via|src|type|root|match|exact|vrf)$/.test(word)) {
      const value = words[++i] ?? '';
      if (word === 'dev') tests.push((route) => route.dev === value);
      if (word === 'via') tests.push((route) => route.via === value);
      if (word === 'scope') tests.push((route) => route.scope === value);
      if (word === 'src') tests.push((route) => route.src === value);
      if (word.startsWith('proto')) tests.push((route) => route.protocol === value);
      if (word === 'exact') tests.push((route) => route.to === value);
    } else {
      const to = word === 'default' ? word : destination(word);
      tests.push((route) => route.to === to);
    }
  }
  return (route) => tests.every((test) => test(route));
}

function destination(text: Bytes): string {
  if (text === 'default' || text === '0.0.0.0/0' || text === '0/0' || text === 'any') return 'default';
  const { address, length } = prefixOf(text);
  if (networkOf(address, length) !== address) kernelRefuses('Invalid argument');
  return length === 32 ? address : `${address}/${length}`;
}

async function show(process: Process, o: Options, words: readonly Bytes[]): Promise<number> {
  const { network } = process.machine;
  const table = words[words.indexOf('table') + 1];
  const main = network.interfaces.find((i) => !i.loopback);
  if (words.includes('table') && table === 'local') {
    await process.out(localTable(network.interfaces));
    return 0;
  }
  if (words.includes('table') && table !== 'main' && table !== 'all' && table !== '254') {
    if (!/^(\d+|default)$/.test(table ?? ''))
      refuse(`Error: argument "${table}" is wrong: table id value is invalid\n`, 255);
    await process.err(table === 'default' ? '' : 'Error: ipv4: FIB table does not exist.\nDump terminated\n');
    return table === 'default' ? 0 : 2;
  }
  if (o.family === 6) {
    const six = {
      dst: 'fe80::/64',
      dev: main?.name ?? 'lo',
      protocol: 'kernel',
      metric: 256,
      flags: [],
      pref: 'medium',
    };
    const list = main?.up ? [six] : [];
    const lines = list.map((r) => `${r.dst} dev ${r.dev} proto ${r.protocol} metric ${r.metric} pref ${r.pref}\n`);
    await process.out(o.json ? json(list, o) : lines.join(''));
    return 0;
  }
  const wanted = matching(words);
  const shown = sorted(network.routes).filter(wanted);
  await process.out(o.json ? json(shown.map(record), o) : shown.map(line).join(''));
  return 0;
}

function localTable(interfaces: readonly Interface[]): Bytes {
  const rows: [key: number, text: string][] = [];
  const key = (address: string) => address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const add = (kind: string, to: string, dev: string, scope: string, src: string) =>
    rows.push([key(to), `${kind} ${to} dev ${dev} proto kernel scope ${scope} src ${src} \n`]);
  for (const { name, address, prefix, further, loopback } of interfaces) {
    if (loopback) rows.push([key('127.0.0.0'), 'local 127.0.0.0/8 dev lo proto kernel scope host src 127.0.0.1 \n']);
    for (const one of [{ address, prefix }, ...further]) {
      add('local', one.address, name, 'host', one.address);
      if (one.prefix < 31) add('broadcast', broadcastOf(one.address, one.prefix), name, 'link', one.address);
    }
  }
  return rows
    .sort(([a], [b]) => a - b)
    .map(([, text]) => text)
    .join('');
}

/** The route a packet takes; undefined: unreachable. */
function lookup(list: readonly Route[], address: string): Route | undefined {
  const fits = (route: Route) => {
    if (route.to === 'default') return true;
    const [net, length = '32'] = route.to.split('/');
    return networkOf(address, Number(length)) === net;
  };
  const size = (route: Route) => (route.to === 'default' ? 0 : Number(route.to.split('/')[1] ?? 32));
  return [...list].filter(fits).sort((a, b) => size(b) - size(a) || (a.metric ?? 0) - (b.metric ?? 0))[0];
}

async function get(process: Process, o: Options, words: readonly Bytes[]): Promise<number> {
  const { interfaces, routes } = process.machine.network;
  const text = words.find(
    (word, i) => !/^(to|from|iif|oif|dev|mark|tos|vrf|uid)$/.test(word) && (i === 0 || words[i - 1] === 'to'),
  );
  if (text === undefined) return refuse('need at least a destination address', 1);
  if (text.includes(':')) {
    if (text === '::1') {
      await process.out('local ::1 dev lo table local proto kernel src ::1 metric 0 pref medium\n');
      return 0;
    }
    return kernelRefuses('Network is unreachable');
  }
  const { address } = prefixOf(text);
  const { uid } = process.credentials;
  const own = interfaces.some((i) => i.address === address || i.further.some((one) => one.address === address));
  if (own || address.startsWith('127.')) {
    const src = own ? address : '127.0.0.1';
    const found = { type: 'local', dst: address, dev: 'lo', prefsrc: src, flags: [], uid, cache: ['local'] };
    await process.out(
      o.json ? json([found], o) : `local ${address} dev lo src ${src} uid ${uid} \n    cache <local> \n`,
    );
    return 0;
  }
  const route = lookup(routes, address);
  if (!route) return kernelRefuses('Network is unreachable');
  if (route.type)
    return kernelRefuses(
      { blackhole: 'Invalid argument', unreachable: 'No route to host', prohibit: 'Permission denied' }[route.type],
    );
  const link = interfaces.find(({ name }) => name === route.dev);
  const src = route.src ?? link?.address ?? '';
  const found = {
    dst: address,
    ...(route.via ? { gateway: route.via } : {}),
    dev: route.dev,
    prefsrc: src,
    flags: [],
    uid,
    cache: [],
  };
  await process.out(
    o.json
      ? json([found], o)
      : `${address}${route.via ? ` via ${route.via}` : ''} dev ${route.dev} src ${src} uid ${uid} \n    cache \n`,
  );
  return 0;
}

/** A route as words say it. */
function parse(process: Process, words: readonly Bytes[]): { route: Route; table: Bytes } {
  const list = [...words];
  const type = KINDS.find((kind) => kind === list[0]);
  if (type || list[0] === 'unicast' || list[0] === 'to') list.shift();
  const first = list.shift();
  if (first === undefined) refuse('Error: either "to" is duplicate, or "" is a garbage.', 255);
  const route: Route = { to: destination(first!), ...(type ? { type } : {}) };
  let table = 'main';
  for (let word = list.shift(); word !== undefined; word = list.shift()) {
    if (/^(onlink|pervasive)$/.test(word)) continue;
    const value = list.shift() ?? refuse('Command line is not complete. Try option "help"', 255);
    if (word === 'via') {
      const gateway = value === 'inet' ? (list.shift() ?? '') : value;
      if (!isAddress(gateway)) refuse(`Error: inet address is expected rather than "${gateway}".`);
      route.via = gateway;
    } else if (word === 'dev') {
      mustExist(process, value);
      route.dev = value;
    } else if (means(word, 'metric', 'preference', 'priority')) route.metric = Number(value) || 0;
    else if (means(word, 'protocol')) route.protocol = value;
    else if (word === 'scope') route.scope = value;
    else if (word === 'src') route.src = value;
    else if (means(word, 'table')) table = value;
    else if (!/^(mtu|advmss|window|rtt|realms|tos|weight|initcwnd|initrwnd|hoplimit|nhid)$/.test(word))
      refuse(`Error: either "to" is duplicate, or "${word}" is a garbage.`, 255);
  }
  return { route, table };
}

async function add(process: Process, o: Options, command: Bytes, words: readonly Bytes[]): Promise<number> {
  if (o.family === 6 || words.some((word) => /:.*:/.test(word))) {
    mustBeRoot(process);
    return kernelRefuses('No route to host');
  }
  const { route, table } = parse(process, words);
  mustBeRoot(process);
  const { interfaces, routes } = process.machine.network;
  if (!route.type) {
    if (route.via !== undefined) {
      const near = interfaces.find(
        (i) =>
          i.up &&
          !i.loopback &&
          [i, ...i.further].some((one) => networkOf(route.via!, one.prefix) === networkOf(one.address, one.prefix)),
      );
      const link =
        route.dev === undefined
          ? near
          : near?.name === route.dev || words.includes('onlink')
            ? interfaces.find(({ name }) => name === route.dev)
            : undefined;
      if (!link) return refuse('Error: Nexthop has invalid gateway.', 2);
      route.dev = link.name;
    } else if (route.dev === undefined) return kernelRefuses('No such device');
    else route.scope ??= 'link';
  }
  if (table !== 'main' && table !== '254') return 0;
  const same = (other: Route) => other.to === route.to && (other.metric ?? 0) === (route.metric ?? 0);
  if (means(command, 'add') && routes.some(same)) return kernelRefuses('File exists');
  if (means(command, 'change', 'chg') && !routes.some(same)) return kernelRefuses('No such file or directory');
  const kept = means(command, 'append') ? routes : routes.filter((other) => !same(other));
  set(process, 'routes', [...kept, route]);
  return 0;
}

async function remove(process: Process, o: Options, words: readonly Bytes[]): Promise<number> {
  if (o.family === 6 || words.some((word) => /:.*:/.test(word))) {
    mustBeRoot(process);
    return kernelRefuses('No such process');
  }
  const { route: wanted } = parse(process, words);
  mustBeRoot(process);
  const { routes } = process.machine.network;
  const at = sorted(routes).find(
    (route) =>
      route.to === wanted.to &&
      (wanted.via === undefined || wanted.via === route.via) &&
      (wanted.dev === undefined || wanted.dev === route.dev) &&
      (wanted.metric === undefined || wanted.metric === (route.metric ?? 0)),
  );
  if (!at) return kernelRefuses('No such process');
  set(
    process,
    'routes',
    routes.filter((route) => route !== at),
  );
  return 0;
}

// ── Rules and neighbours ───────────────────────────────────────────────────────────────────────────────────────────────

interface Rule {
  priority: number;
  from: string;
  to?: string;
  fwmark?: string;
  iif?: string;
  table: string;
}
const RULES: Rule[] = [
  { priority: 0, from: 'all', table: 'local' },
  { priority: 32_766, from: 'all', table: 'main' },
  { priority: 32_767, from: 'all', table: 'default' },
];

export async function rules(process: Process, o: Options, words: readonly Bytes[]): Promise<number> {
  const [command = 'show', ...rest] = words;
  const all = ((process.machine.settings.get('rules') as Rule[] | undefined) ?? RULES).filter(
    (rule) => o.family !== 6 || rule.table !== 'default',
  );
  if (means(command, 'list', 'show', 'lst')) {
    await process.out(
      o.json
        ? json(
            all.map(({ priority, from, to, table }) => ({ priority, src: from, ...(to ? { dst: to } : {}), table })),
            o,
          )
        : all
            .map(
              ({ priority, from, to, fwmark, iif, table }) =>
                `${priority}:\tfrom ${from}${to ? ` to ${to}` : ''}${fwmark ? ` fwmark ${fwmark}` : ''}${iif ? ` iif ${iif}` : ''} lookup ${table}\n`,
            )
            .join(''),
    );
    return 0;
  }
  if (!means(command, 'add', 'delete', 'flush')) refuse(`Command "${command}" is unknown, try "ip rule help".`, 255);
  mustBeRoot(process);
  if (means(command, 'flush')) {
    set(process, 'rules', [RULES[0]]);
    return 0;
  }
  const rule: Rule = { priority: -1, from: 'all', table: '' };
  for (let i = 0; i < rest.length; i += 2) {
    const [key = '', value] = [rest[i], rest[i + 1]];
    if (value === undefined) refuse('Command line is not complete. Try option "help"', 255);
    if (means(key, 'preference', 'priority', 'order')) rule.priority = Number(value);
    else if (key === 'from') rule.from = value!;
    else if (key === 'to') rule.to = value!;
    else if (key === 'fwmark') rule.fwmark = `0x${Number(value).toString(16)}`;
    else if (key === 'iif' || key === 'dev') rule.iif = value!;
    else if (means(key, 'table', 'lookup')) rule.table = value!;
    else refuse(`Failed to parse rule type: ${key}`, 255);
  }
  if (means(command, 'add')) {
    if (rule.table === '') rule.table = 'main';
    if (rule.priority < 0)
      rule.priority = Math.min(...all.filter((one) => one.priority > 0).map((one) => one.priority)) - 1;
    if (all.some((one) => JSON.stringify(one) === JSON.stringify(rule))) kernelRefuses('File exists');
    set(
      process,
      'rules',
      [...all, rule].sort((a, b) => a.priority - b.priority),
    );
    return 0;
  }
  const gone = all.find(
    (one) =>
      (rule.priority < 0 || one.priority === rule.priority) &&
      (rule.from === 'all' || one.from === rule.from) &&
      (rule.table === '' || one.table === rule.table) &&
      (rule.to === undefined || one.to === rule.to),
  );
  if (!gone) kernelRefuses('No such file or directory');
  set(
    process,
    'rules',
    all.filter((one) => one !== gone),
  );
  return 0;
}

export async function neighbours(process: Process, o: Options, words: readonly Bytes[]): Promise<number> {
  const [command = 'show', ...rest] = words;
  const { network, settings } = process.machine;
  const permanent = (settings.get('neighbours') ?? []) as Neighbour[];
  if (means(command, 'list', 'show', 'lst')) {
    const device = rest[rest.indexOf('dev') + 1];
    const shown = (o.family === 6 ? [] : network.neighbours).filter(
      (one) => !rest.includes('dev') || one.device === device,
    );
    await process.out(
      o.json
        ? json(
            shown.map((one) => ({ dst: one.address, dev: one.device, lladdr: one.mac, state: [one.state] })),
            o,
          )
        : shown.map((one) => `${one.address} dev ${one.device} lladdr ${one.mac} ${one.state} \n`).join(''),
    );
    return 0;
  }
  if (!means(command, 'add', 'replace', 'change', 'delete', 'flush'))
    refuse(`Command "${command}" is unknown, try "ip neigh help".`, 255);
  if (means(command, 'flush')) {
    if (rest.length === 0) refuse('Flush requires arguments.', 255);
    mustBeRoot(process);
    return 0;
  }
  const at = rest.indexOf('dev');
  const device = at < 0 ? undefined : rest[at + 1];
  const address = rest.find((word, i) => isAddress(word) && rest[i - 1] !== 'lladdr');
  const mac = rest.includes('lladdr') ? (rest[rest.indexOf('lladdr') + 1] ?? '') : '';
  if (device === undefined || address === undefined)
    return refuse('Device and destination are required arguments.', 255);
  mustExist(process, device);
  mustBeRoot(process);
  if (means(command, 'delete')) {
    if (!permanent.some((one) => one.address === address)) kernelRefuses('No such file or directory');
    set(
      process,
      'neighbours',
      permanent.filter((one) => one.address !== address),
    );
    return 0;
  }
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(mac)) return kernelRefuses('Invalid argument');
  if (means(command, 'add') && permanent.some((one) => one.address === address)) kernelRefuses('File exists');
  set(process, 'neighbours', [
    ...permanent.filter((one) => one.address !== address),
    { address, mac: mac.toLowerCase(), device, state: 'PERMANENT' },
  ]);
  return 0;
}
