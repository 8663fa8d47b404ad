// ifconfig of BusyBox, in the words of net-tools 1.60.
import type { Process } from '../../machine/machine.ts';
import { main as setInterface } from '../ifconfig.ts';
import { amount, broadcastOf, type Interface, netmask } from '../network.ts';

export async function ifconfig(process: Process): Promise<number> {
  const { interfaces } = process.machine.network;
  const [name, ...settings] = process.argv.slice(1);
  if (settings.length > 0 && interfaces.some((i) => i.name === name)) return setInterface(process);
  if (name !== undefined && name !== '-a') {
    const found = interfaces.find((i) => i.name === name);
    if (!found) {
      await process.err(
        settings.length > 0
          ? 'ifconfig: SIOCSIFADDR: No such device\n'
          : `ifconfig: ${name}: error fetching interface information: Device not found\n`,
      );
      return 1;
    }
    await process.out(block(found));
    return 0;
  }
  for (const i of [...interfaces].sort((a, b) => Number(a.loopback) - Number(b.loopback)))
    if (i.up || name === '-a') await process.out(block(i));
  return 0;
}

function block(i: Interface): string {
  const indent = ' '.repeat(10);
  const count = (n: number) => String(Math.floor(n));
  const link = i.loopback ? 'Local Loopback  ' : `Ethernet  HWaddr ${i.mac.toUpperCase()}  `;
  const broadcast = i.loopback ? '' : `  Bcast:${broadcastOf(i.address, i.prefix)}`;
  const flags = [
    ...(i.up ? ['UP'] : []),
    i.loopback ? 'LOOPBACK' : 'BROADCAST',
    ...(i.up ? ['RUNNING'] : []),
    ...(i.loopback ? [] : ['MULTICAST']),
  ];
  const lines = [
    `${i.name.padEnd(9)} Link encap:${link}`,
    ...(i.up ? [`${indent}inet addr:${i.address}${broadcast}  Mask:${netmask(i.prefix)}`] : []),
    ...(i.up && i.ipv6
      ? [`${indent}inet6 addr: ${i.ipv6}/${i.loopback ? 128 : 64} Scope:${i.loopback ? 'Host' : 'Link'}`]
      : []),
    `${indent}${flags.join(' ')}  MTU:${i.mtu}  Metric:1`,
    `${indent}RX packets:${count(i.rxPackets())} errors:0 dropped:0 overruns:0 frame:0`,
    `${indent}TX packets:${count(i.txPackets())} errors:0 dropped:0 overruns:0 carrier:0`,
    `${indent}collisions:0 txqueuelen:1000 `,
    `${indent}RX bytes:${count(i.rxBytes())} (${amount(i.rxBytes())})  TX bytes:${count(i.txBytes())} (${amount(i.txBytes())})`,
  ];
  return `${lines.join('\n')}\n\n`;
}
