// ip (iproute2 6.1): addresses, links, routes, rules, neighbours.
import type { Process } from '../machine/machine.ts';
import { Failure } from './failure.ts';
import { links } from './ip/link.ts';
import type { Options } from './ip/options.ts';
import { neighbours, routes, rules } from './ip/route.ts';

export const names = ['ip'];

const USAGE =
  'Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\n       ip [ -force ] -batch filename\nwhere  OBJECT := { address | addrlabel | amt | fou | help | ila | ioam | l2tp |\n                   link | macsec | maddress | monitor | mptcp | mroute | mrule |\n                   neighbor | neighbour | netconf | netns | nexthop | ntable |\n                   ntbl | route | rule | sr | tap | tcpmetrics |\n                   token | tunnel | tuntap | vrf | xfrm }\n       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] | -r[esolve] |\n                    -h[uman-readable] | -iec | -j[son] | -p[retty] |\n                    -f[amily] { inet | inet6 | mpls | bridge | link } |\n                    -4 | -6 | -M | -B | -0 |\n                    -l[oops] { maximum-addr-flush-attempts } | -br[ief] |\n                    -o[neline] | -t[imestamp] | -ts[hort] | -b[atch] [filename] |\n                    -rc[vbuf] [size] | -n[etns] name | -N[umeric] | -a[ll] |\n                    -c[olor]}\n';
/** In the order in which ip tries them. */
const OBJECTS = [
  'address',
  'addrlabel',
  'maddress',
  'route',
  'rule',
  'neighbor',
  'neighbour',
  'ntable',
  'ntbl',
  'link',
  'l2tp',
  'fou',
  'ila',
  'macsec',
  'tunnel',
  'tunl',
  'tuntap',
  'tap',
  'token',
  'tcpmetrics',
  'tcp_metrics',
  'monitor',
  'xfrm',
  'mroute',
  'mrule',
  'netns',
  'netconf',
  'vrf',
  'sr',
  'nexthop',
  'mptcp',
  'ioam',
  'help',
  'stats',
];
/** What is there on every machine. */
const FIXED: Readonly<Record<string, string>> = {
  addrlabel:
    'prefix ::1/128 label 0 \nprefix ::/96 label 3 \nprefix ::ffff:0.0.0.0/96 label 4 \nprefix 2001::/32 label 6 \nprefix 2001:10::/28 label 7 \nprefix 3ffe::/16 label 12 \nprefix 2002::/16 label 2 \nprefix fec0::/10 label 11 \nprefix fc00::/7 label 5 \nprefix ::/0 label 1 \n',
  vrf: 'Name              Table\n-----------------------\nNo VRF has been configured\n',
};

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const o: Options = { brief: false, oneLine: false, details: false, statistics: 0, json: false, pretty: false };
  while (args[0]?.startsWith('-')) {
    const option = args.shift()!.replace(/^--/, '-');
    if (option === '-4') o.family = 4;
    else if (option === '-6') o.family = 6;
    else if (/^-f(amily)?$/.test(option)) {
      const family = args.shift();
      if (family === 'inet6') o.family = 6;
      else if (family === 'inet') o.family = 4;
    } else if (/^-V(ersion)?$/.test(option)) {
      await process.out('ip utility, iproute2-6.1.0, libbpf 1.1.2\n');
      return 0;
    } else if (/^-br(ief)?$/.test(option)) o.brief = true;
    else if (/^-o(neline)?$/.test(option)) o.oneLine = true;
    else if (/^-s(t|ta|tat|tats|tatistics)?$/.test(option)) o.statistics++;
    else if (/^-j(son)?$/.test(option)) o.json = true;
    else if (/^-p(retty)?$/.test(option)) o.pretty = true;
    else if (/^-d(etails)?$/.test(option)) o.details = true;
    else if (/^-(h|help)$/.test(option)) args.splice(0, args.length, 'help');
    else if (/^-(n|netns)$/.test(option)) {
      const name = args.shift() ?? '';
      await process.err(`Cannot open network namespace "${name}": No such file or directory\n`);
      return 255;
    } else if (/^-(l|loops|rc|rcvbuf|b|batch)$/.test(option)) {
      process.witness.gap('ip', option);
      args.shift();
    } else if (
      !/^-(c(olor)?(=\w+)?|r(esolve)?|N(umeric)?|a(ll)?|t(imestamp)?|ts(hort)?|iec|human(-readable)?|force|0|B|M)$/.test(
        option,
      )
    ) {
      await process.err(`Option "${option}" is unknown, try "ip -help".\n`);
      return 255;
    }
  }
  const word = args.shift();
  const object = word === undefined ? 'help' : OBJECTS.find((name) => name.startsWith(word));
  if (!object) {
    await process.err(`Object "${word}" is unknown, try "ip help".\n`);
    return 1;
  }
  if (object === 'help' || args[0] === 'help') {
    await process.err(USAGE);
    return 255;
  }
  try {
    switch (object) {
      case 'address':
      case 'link':
        return await links(process, o, object, args);
      case 'route':
        return await routes(process, o, args);
      case 'rule':
        return await rules(process, o, args);
      case 'neighbor':
      case 'neighbour':
        return await neighbours(process, o, args);
      case 'maddress':
        await process.out(multicast(process));
        return 0;
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    await process.err(`${error.message}\n`);
    return error.status;
  }
  // The other objects are there and empty.
  if (args.length > 0 && !/^(s|sh|show|l|li|list|ls)$/.test(args[0]!))
    process.witness.gap('ip', `${object} ${args[0]}`);
  await process.out(FIXED[object] ?? '');
  return 0;
}

/** The groups every interface is in. */
function multicast(process: Process): string {
  return process.machine.network.interfaces
    .map((i, n) => {
      const solicited = i.ipv6.split(':').slice(-2).join(':').padStart(9, '0').slice(-7);
      const own = i.loopback
        ? ''
        : `\tlink  01:00:5e:00:00:01\n\tlink  33:33:00:00:00:01\n\tlink  33:33:ff:${i.mac.split(':').slice(3).join(':')}\n`;
      const six = i.loopback ? '' : `\tinet6 ff02::1:ff${solicited}\n`;
      return `${n + 1}:\t${i.name}\n${own}\tinet  224.0.0.1\n${six}\tinet6 ff02::1\n\tinet6 ff01::1\n`;
    })
    .join('');
}
