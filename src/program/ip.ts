// ip (iproute2 6.1): addresses, links, routes, neighbours.
import type { Process } from '../machine/machine.ts';
import { broadcastOf, type Interface, neighbours, networkOf } from './network.ts';

export const names = ['ip'];

const USAGE =
  'Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\n       ip [ -force ] -batch filename\nwhere  OBJECT := { address | addrlabel | fou | help | ila | ioam | l2tp | link |\n                   macsec | maddress | monitor | mptcp | mroute | mrule |\n                   neighbor | neighbour | netconf | netns | nexthop | ntable |\n                   ntbl | route | rule | sr | tap | tcpmetrics |\n                   token | tunnel | tuntap | vrf | xfrm }\n       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] | -r[esolve] |\n                    -h[uman-readable] | -iec | -j[son] | -p[retty] |\n                    -f[amily] { inet | inet6 | mpls | bridge | link } |\n                    -4 | -6 | -M | -B | -0 |\n                    -l[oops] { maximum-addr-flush-attempts } | -br[ief] |\n                    -o[neline] | -t[imestamp] | -ts[hort] | -b[atch] [filename] |\n                    -rc[vbuf] [size] | -n[etns] name | -N[umeric] | -a[ll] |\n                    -c[olor]}\n';
const OBJECTS = [
  'address',
  'addrlabel',
  'link',
  'maddress',
  'monitor',
  'neighbor',
  'neighbour',
  'netns',
  'route',
  'rule',
  'tunnel',
  'tuntap',
  'vrf',
  'xfrm',
  'help',
];

interface Options {
  family?: 4 | 6;
  brief: boolean;
  oneLine: boolean;
  statistics: boolean;
  json: boolean;
}

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const o: Options = { brief: false, oneLine: false, statistics: false, json: false };
  while (args[0]?.startsWith('-')) {
    const option = args.shift()!.replace(/^--/, '-');
    if (option === '-4') o.family = 4;
    else if (option === '-6') o.family = 6;
    else if (option === '-f' || option === '-family') o.family = args.shift() === 'inet6' ? 6 : 4;
    else if (option === '-V' || option === '-Version') {
      await process.out('ip utility, iproute2-6.1.0, libbpf 1.1.2\n');
      return 0;
    } else if (/^-br/.test(option)) o.brief = true;
    else if (/^-o(neline)?$/.test(option)) o.oneLine = true;
    else if (/^-s/.test(option)) o.statistics = true;
    else if (/^-j/.test(option)) o.json = true;
    else if (/^-(c|d|h|r|N|a|p|t|iec)/.test(option)) continue;
    else {
      await process.err(`Option "${option}" is unknown, try "ip -help".\n`);
      return 255;
    }
  }
  const word = args.shift();
  if (word === undefined) {
    await process.err(USAGE);
    return 255;
  }
  const object = OBJECTS.find((name) => name.startsWith(word));
  if (!object) {
    await process.err(`Object "${word}" is unknown, try "ip help".\n`);
    return 1;
  }
  if (object === 'help') {
    await process.err(USAGE);
    return 255;
  }
  const command = args[0] ?? 'show';
  if (
    !/^(s|sh|sho|show|l|li|lis|list|ls|g|get|dev)$/.test(command) &&
    !process.machine.network.interfaces.some((i) => i.name === command)
  ) {
    if (/^(add|a|del|d|delete|set|change|replace|flush|append)$/.test(command) && object !== 'help') {
      if (process.credentials.euid !== 0) {
        await process.err('RTNETLINK answers: Operation not permitted\n');
        return 2;
      }
      process.witness.gap('ip', `${object} ${command}`);
      return 0;
    }
    await process.err(`Command "${command}" is unknown, try "ip ${object} help".\n`);
    return 255;
  }
  if (o.json) process.witness.gap('ip', '-j');
  if (object === 'route') return routes(process, o, args);
  if (object.startsWith('neigh')) {
    for (const n of o.family === 6 ? [] : neighbours(process))
      await process.out(`${n.address} dev ${n.device} lladdr ${n.mac} REACHABLE \n`);
    return 0;
  }
  if (object === 'rule') {
    await process.out('0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n');
    return 0;
  }
  if (object !== 'address' && object !== 'link') return 0;
  const words = args.filter((a) => !/^(s|sh|show|l|list|ls|dev|scope|global|up)$/.test(a));
  const { interfaces } = process.machine.network;
  const wanted = words[0];
  if (wanted !== undefined && !interfaces.some((i) => i.name === wanted)) {
    await process.err(`Device "${wanted}" does not exist.\n`);
    return 1;
  }
  const global = args.includes('global');
  for (const [index, i] of interfaces.entries()) {
    if (wanted !== undefined && i.name !== wanted) continue;
    if (global && i.loopback) continue;
    await process.out(
      o.brief
        ? brief(i, object, o)
        : o.oneLine
          ? oneLine(index + 1, i, object, o)
          : full(index + 1, i, object, o, global),
    );
  }
  return 0;
}

const scopeSix = (i: Interface) => (i.loopback ? 'host' : 'link');
const four = (i: Interface) => `${i.address}/${i.prefix}`;
const six = (i: Interface) => `${i.ipv6}/${i.loopback ? 128 : 64}`;

function brief(i: Interface, object: string, o: Options): string {
  const state = i.loopback ? 'UNKNOWN' : 'UP';
  const rest =
    object === 'link'
      ? `${i.loopback ? '00:00:00:00:00:00' : i.mac} <${flags(i)}> `
      : [o.family === 6 ? '' : `${four(i)}${metric(i)} `, o.family === 4 || !i.ipv6 ? '' : `${six(i)} `].join('');
  return `${i.name.padEnd(16)} ${state.padEnd(14)} ${rest}\n`;
}

const flags = (i: Interface) => (i.loopback ? 'LOOPBACK,UP,LOWER_UP' : 'BROADCAST,MULTICAST,UP,LOWER_UP');

const metric = (i: Interface) => (i.metric === undefined ? '' : ` metric ${i.metric}`);

/** The lines of an address: the second says how long it is valid. */
function addressLines(i: Interface, o: Options, global: boolean): string[][] {
  const seconds = i.lease?.();
  const lease = seconds === undefined ? 'forever' : `${seconds}sec`;
  const valid = (time: string) => `       valid_lft ${time} preferred_lft ${time}`;
  const lines: string[][] = [];
  if (o.family !== 6) {
    const broadcast = i.loopback ? '' : `${metric(i)} brd ${broadcastOf(i.address, i.prefix)}`;
    const flag = i.flags ? ` ${i.flags}` : '';
    const scope = i.loopback ? 'host' : `global dynamic${flag}`;
    lines.push([`    inet ${four(i)}${broadcast} scope ${scope} ${i.name}`, valid(lease)]);
  }
  if (o.family !== 4 && i.ipv6 && !global)
    lines.push([
      `    inet6 ${six(i)} scope ${scopeSix(i)} ${!i.loopback && i.flags ? `${i.flags} ` : ''}`,
      valid('forever'),
    ]);
  return lines;
}

/** As `-o` prints an object: what would be further lines follows a backslash. */
function oneLine(index: number, i: Interface, object: string, o: Options): string {
  if (object !== 'address') return `${full(index, i, object, o, false).trimEnd().replaceAll('\n', '\\')}\n`;
  return addressLines(i, o, false)
    .map((lines) => `${index}: ${i.name}${lines.join('\\')}\n`)
    .join('');
}

function full(index: number, i: Interface, object: string, o: Options, global: boolean): string {
  const mode = object === 'link' ? ' mode DEFAULT' : '';
  let text = `${index}: ${i.name}: <${flags(i)}> mtu ${i.mtu} qdisc ${i.qdisc} state ${i.loopback ? 'UNKNOWN' : 'UP'}${mode} group default qlen 1000\n`;
  if (!o.family || object === 'link') {
    text += i.loopback
      ? '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n'
      : `    link/ether ${i.mac} brd ff:ff:ff:ff:ff:ff\n`;
    if (i.altname) text += `    altname ${i.altname}\n`;
  }
  if (object === 'address')
    text += addressLines(i, o, global)
      .flat()
      .map((line) => `${line}\n`)
      .join('');
  if (o.statistics) {
    const row = (bytes: number, packets: number) =>
      `    ${String(Math.floor(bytes)).padEnd(9)} ${String(Math.floor(packets)).padEnd(8)} 0       0       0       0       \n`;
    text += `    RX:  bytes packets errors dropped  missed   mcast           \n${row(i.rxBytes(), i.rxPackets())}    TX:  bytes packets errors dropped carrier collsns           \n${row(i.txBytes(), i.txPackets())}`;
  }
  return text;
}

async function routes(process: Process, o: Options, args: readonly string[]): Promise<number> {
  const { network } = process.machine;
  const main = network.interfaces.find((i) => !i.loopback);
  if (!main) return 0;
  if (args[0] === 'get' || args[0] === 'g') {
    const target = args[1] ?? '';
    if (!/^\d+(\.\d+){3}$/.test(target)) {
      await process.err(
        target
          ? `Error: any valid prefix is expected rather than "${target}".\n`
          : 'need at least a destination address\n',
      );
      return 1;
    }
    const local = networkOf(target, main.prefix) === networkOf(main.address, main.prefix);
    await process.out(
      target === main.address || target.startsWith('127.')
        ? `local ${target} dev lo src ${target === main.address ? target : '127.0.0.1'} uid ${process.credentials.uid} \n    cache <local> \n`
        : `${target}${local ? '' : ` via ${network.gateway}`} dev ${main.name} src ${main.address} uid ${process.credentials.uid} \n    cache \n`,
    );
    return 0;
  }
  if (o.family === 6) {
    await process.out(
      `::1 dev lo proto kernel metric 256 pref medium\nfe80::/64 dev ${main.name} proto kernel metric 256 pref medium\n`,
    );
    return 0;
  }
  const net = networkOf(main.address, main.prefix);
  const origin = `proto dhcp src ${main.address}${metric(main)} `;
  await process.out(
    `default via ${network.gateway} dev ${main.name} ${origin}\n${net}/${main.prefix} dev ${main.name} proto kernel scope link src ${main.address}${metric(main)} \n${network.gateway} dev ${main.name} proto dhcp scope link src ${main.address}${metric(main)} \n`,
  );
  return 0;
}
