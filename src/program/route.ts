// route and arp (net-tools 2.10): the routing table and the neighbours.
import type { Bytes, Neighbour, Process, Route } from '../machine/machine.ts';
import { tryTo } from './failure.ts';
import { netmask, networkOf, routeEnd } from './network.ts';
import { calledAs } from './program.ts';

export const names = ['route', 'arp'];

/** Lines of the routing table. */
export function routingTable(process: Process): {
  destination: string;
  gateway: string;
  mask: string;
  flags: string;
  metric: number;
  device: string;
}[] {
  return process.machine.network.routes.map(({ to, type, via, dev, metric = 0 }) => {
    const [address = '', length = '32'] = to === 'default' ? ['0.0.0.0', '0'] : to.split('/');
    return {
      destination: address,
      gateway: type ? '-' : (via ?? '0.0.0.0'),
      mask: netmask(Number(length)),
      flags: type ? '!H' : `U${via ? 'G' : ''}${length === '32' ? 'H' : ''}`,
      metric,
      device: type ? '-' : (dev ?? ''),
    };
  });
}

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  if (args.some((word) => word === '-V' || word === '--version')) {
    await process.out('net-tools 2.10\n');
    return 0;
  }
  const numeric = args.some((word) => /^-\w*n/.test(word) || word === '--numeric');
  if (calledAs(process) === 'arp') return arp(process, args, numeric);
  const at = args.findIndex((word) => /^(add|del|delete|flush)$/.test(word));
  if (at >= 0) return change(process, args[at]!, args.slice(at + 1));
  await process.out(
    'Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n',
  );
  for (const { destination, gateway, mask, flags, metric, device } of routingTable(process)) {
    const name = (address: string, any: string) => routeEnd(process, address, any, numeric);
    await process.out(
      `${name(destination, 'default').padEnd(15)} ${name(gateway, '0.0.0.0').padEnd(15)} ${mask.padEnd(15)} ${flags.padEnd(5)} ${String(metric).padEnd(6)} 0        0 ${device}\n`,
    );
  }
  return 0;
}

const isAddress = (text: string) =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split('.').every((n) => Number(n) < 256);

/** `route add -net 10.0.0.0 netmask 255.0.0.0 gw 1.2.3.4 dev eth0`, and its likes. */
async function change(process: Process, command: Bytes, words: readonly Bytes[]): Promise<number> {
  const say = async (text: string, status = 4) => {
    await process.err(`${text}\n`);
    return status;
  };
  const list = [...words];
  const kind = list[0] === '-net' || list[0] === '-host' ? list.shift() : undefined;
  let target = list.shift();
  if (target === undefined) {
    process.witness.gap('route', command);
    return 4;
  }
  let prefix = kind === '-host' ? 32 : undefined;
  if (target === 'default') [target, prefix] = ['0.0.0.0', 0];
  const [address = '', length] = target.split('/');
  if (length !== undefined) prefix = Number(length);
  if (!isAddress(address)) return say(`${target}: Unknown host`, 1);
  const wanted: Partial<Route> = {};
  let reject = false;
  while (list.length > 0) {
    const word = list.shift()!;
    if (word === 'reject') reject = true;
    else if (word === 'netmask') {
      const bits = (list.shift() ?? '').split('.').map((n) => Number(n).toString(2).padStart(8, '0'));
      prefix = bits.join('').replace(/0/g, '').length;
    } else if (word === 'gw') {
      const gateway = list.shift() ?? '';
      if (!isAddress(gateway)) return say(`${gateway}: Unknown host`, 1);
      wanted.via = gateway;
    } else if (word === 'metric') wanted.metric = Number(list.shift() ?? 0);
    else if (/^(mss|window|irtt)$/.test(word)) list.shift();
    else wanted.dev = word === 'dev' ? (list.shift() ?? '') : word;
  }
  prefix ??= address === '0.0.0.0' ? 0 : 32;
  const fault = command === 'add' ? 'SIOCADDRT' : 'SIOCDELRT';
  if (networkOf(address, prefix) !== address) return say("route: netmask doesn't match route address", 1);
  if (process.credentials.euid !== 0) return say(`${fault}: Operation not permitted`, 7);
  const { machine } = process;
  const { interfaces, routes } = machine.network;
  const to = prefix === 0 ? 'default' : prefix === 32 ? address : `${address}/${prefix}`;
  if (command !== 'add') {
    const gone = routes.find(
      (route) =>
        route.to === to &&
        (wanted.via === undefined || wanted.via === route.via) &&
        (wanted.dev === undefined || wanted.dev === route.dev),
    );
    if (!gone) return say(`${fault}: No such process`, 7);
    machine.settings.set(
      'routes',
      routes.filter((route) => route !== gone),
    );
    return 0;
  }
  if (wanted.dev !== undefined && !interfaces.some(({ name }) => name === wanted.dev))
    return say(`${fault}: No such device`, 7);
  const near = interfaces.find(
    (i) =>
      !i.loopback && wanted.via !== undefined && networkOf(wanted.via, i.prefix) === networkOf(i.address, i.prefix),
  );
  if (wanted.via !== undefined && !near && !reject) return say(`${fault}: Network is unreachable`, 7);
  const dev = wanted.dev ?? near?.name;
  if (dev === undefined && !reject) return say(`${fault}: No such device`, 7);
  if (routes.some((route) => route.to === to && (route.metric ?? 0) === (wanted.metric ?? 0)))
    return say(`${fault}: File exists`, 7);
  const route: Route = reject
    ? { to, type: 'unreachable' }
    : { to, ...wanted, dev: dev!, ...(wanted.via === undefined ? { scope: 'link' } : {}) };
  machine.settings.set('routes', [...routes, route]);
  return 0;
}

async function arp(process: Process, args: readonly Bytes[], numeric: boolean): Promise<number> {
  const { settings, network } = process.machine;
  const remove = args.some((word) => /^-\w*d|^--delete/.test(word));
  const words = args.filter((word) => !word.startsWith('-'));
  const permanent = (settings.get('neighbours') ?? []) as Neighbour[];
  if (remove || args.some((word) => /^-\w*s|^--set/.test(word))) {
    const [address = '', mac = ''] = words;
    if (process.credentials.euid !== 0) {
      await process.err(
        remove ? 'SIOCDARP(dontpub): Operation not permitted\n' : 'SIOCSARP: Operation not permitted\n',
      );
      return 255;
    }
    const rest = permanent.filter((one) => one.address !== address);
    if (remove) {
      if (rest.length === permanent.length && !network.neighbours.some((one) => one.address === address)) {
        await process.err('SIOCDARP(dontpub): No such file or directory\n');
        return 255;
      }
      settings.set('neighbours', rest);
      return 0;
    }
    if (!isAddress(address) || !/^([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}$/i.test(mac)) {
      await process.err(isAddress(address) ? 'arp: invalid hardware address\n' : `${address}: Unknown host\n`);
      return 255;
    }
    const device = network.routes.find((route) => route.scope === 'link')?.dev ?? '';
    tryTo(() => settings.set('neighbours', [...rest, { address, mac: mac.toLowerCase(), device, state: 'PERMANENT' }]));
    return 0;
  }
  const list = network.neighbours.filter((one) => words.length === 0 || words.includes(one.address));
  const name = (address: string) => (numeric || address !== network.gateway ? address : '_gateway');
  if (words.length > 0 && list.length === 0) {
    await process.out(`${words[0]} (${words[0]}) -- no entry\n`);
    return 0;
  }
  if (args.some((word) => /^-\w*a/.test(word))) {
    for (const one of list)
      await process.out(
        `${name(one.address) === one.address ? '?' : '_gateway'} (${one.address}) at ${one.mac} [ether]${one.state === 'PERMANENT' ? ' PERM' : ''} on ${one.device}\n`,
      );
    return 0;
  }
  if (list.length > 0)
    await process.out('Address                  HWtype  HWaddress           Flags Mask            Iface\n');
  for (const one of list)
    await process.out(
      `${name(one.address).padEnd(24)} ether   ${one.mac}   ${(one.state === 'PERMANENT' ? 'CM' : 'C').padEnd(21)} ${one.device}\n`,
    );
  return 0;
}
