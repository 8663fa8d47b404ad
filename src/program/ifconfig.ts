// ifconfig (net-tools 2.10): the interfaces.
import type { Process } from '../machine/machine.ts';
import type { LinkSetting } from '../machine/network.ts';
import { amount, broadcastOf, type Interface, netmask } from './network.ts';

export const names = ['ifconfig'];

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const { interfaces } = process.machine.network;
  const short = args.includes('-s');
  const words = args.filter((a) => !a.startsWith('-'));
  if (args.some((a) => a === '-V' || a === '--version')) {
    await process.out('net-tools 2.10\n');
    return 0;
  }
  const odd = args.find((a) => a.startsWith('-') && !/^-(a|s|v|short|all)$/.test(a));
  if (odd) {
    await process.err(`ifconfig: option \`${odd}' not recognised.\nifconfig: \`--help' gives usage information.\n`);
    return 1;
  }
  const [name, ...settings] = words;
  if (name !== undefined && !interfaces.some((i) => i.name === name)) {
    if (settings.length === 0) await process.err(`${name}: error fetching interface information: Device not found\n`);
    else
      await process.err(
        /^(up|down)$/.test(settings[0]!)
          ? `${name}: ERROR while getting interface flags: No such device\n`
          : 'SIOCSIFADDR: No such device\n',
      );
    return 1;
  }
  if (settings.length > 0) {
    if (process.credentials.euid !== 0) {
      await process.err('SIOCSIFFLAGS: Operation not permitted\n');
      return 255;
    }
    return change(process, interfaces.find((i) => i.name === name)!, settings);
  }
  const shown = [...interfaces]
    .filter((i) => (name === undefined ? i.up || args.includes('-a') : i.name === name))
    .sort((a, b) => Number(a.loopback) - Number(b.loopback));
  if (short) await process.out('Iface      MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n');
  for (const i of shown) await process.out(short ? shortLine(i) : full(i));
  return 0;
}

export function shortLine(i: Interface): string {
  const n = (v: number, w: number) => String(Math.floor(v)).padStart(w);
  return `${i.name.padEnd(8)} ${n(i.mtu, 5)} ${n(i.rxPackets(), 8)}      0      0 ${'0'.padEnd(6)} ${n(i.txPackets(), 8)}      0      0      0 ${i.loopback ? 'LRU' : 'BMRU'}\n`;
}

function full(i: Interface): string {
  const flags = i.loopback
    ? i.up
      ? '73<UP,LOOPBACK,RUNNING>'
      : '8<LOOPBACK>'
    : i.up
      ? '4163<UP,BROADCAST,RUNNING,MULTICAST>'
      : '4098<BROADCAST,MULTICAST>';
  const broadcast = i.loopback ? '' : `  broadcast ${broadcastOf(i.address, i.prefix)}`;
  const six =
    i.ipv6 && i.up
      ? `        inet6 ${i.ipv6}  prefixlen ${i.loopback ? 128 : 64}  scopeid ${i.loopback ? '0x10<host>' : '0x20<link>'}\n`
      : '';
  const link = i.loopback
    ? '        loop  txqueuelen 1000  (Local Loopback)\n'
    : `        ether ${i.mac}  txqueuelen 1000  (Ethernet)\n`;
  const [rx, tx] = [Math.floor(i.rxBytes()), Math.floor(i.txBytes())];
  return (
    `${i.name}: flags=${flags}  mtu ${i.mtu}\n        inet ${i.address}  netmask ${netmask(i.prefix)}${broadcast}\n${six}${link}` +
    `        RX packets ${Math.floor(i.rxPackets())}  bytes ${rx} (${amount(rx)})\n        RX errors 0  dropped 0  overruns 0  frame 0\n` +
    `        TX packets ${Math.floor(i.txPackets())}  bytes ${tx} (${amount(tx)})\n        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0\n\n`
  );
}

/** `ifconfig eth0 192.168.0.5 netmask 255.255.255.0 up`: what can be told to an interface. */
async function change(process: Process, link: Interface, words: readonly string[]): Promise<number> {
  const { settings } = process.machine;
  const change: LinkSetting = {};
  const list = [...words];
  for (let word = list.shift(); word !== undefined; word = list.shift()) {
    if (word === 'up' || word === 'down') change.up = word === 'up';
    else if (word === 'mtu') change.mtu = Number(list.shift()) || link.mtu;
    else if (word === 'hw') {
      list.shift();
      change.mac = (list.shift() ?? link.mac).toLowerCase();
    } else if (/^(netmask|broadcast|metric|txqueuelen|add|del)$/.test(word)) list.shift();
    else if (/^\d+(\.\d+){3}(\/\d+)?$/.test(word)) process.witness.gap('ifconfig', 'address');
    else if (!/^-?(promisc|arp|allmulti|multicast|trailers|dynamic)$/.test(word)) {
      await process.err(`${word}: Host name lookup failure\n`);
      return 1;
    }
  }
  const all = (settings.get('links') ?? {}) as Record<string, LinkSetting>;
  settings.set('links', { ...all, [link.name]: { ...all[link.name], ...change } });
  return 0;
}
