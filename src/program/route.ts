// route and arp (net-tools 2.10): the routing table and the neighbours.
import type { Process } from '../machine/machine.ts';
import { neighbours, netmask, networkOf, routeEnd } from './network.ts';
import { calledAs } from './program.ts';

export const names = ['route', 'arp'];

/** Lines of the routing table: destination, gateway, mask, flags, device. */
export function routingTable(
  process: Process,
): [destination: string, gateway: string, mask: string, flags: string, device: string][] {
  const { network } = process.machine;
  return network.interfaces
    .filter((i) => !i.loopback && i.up)
    .flatMap((i) => [
      ['0.0.0.0', network.gateway, '0.0.0.0', 'UG', i.name],
      [networkOf(i.address, i.prefix), '0.0.0.0', netmask(i.prefix), 'U', i.name],
      [network.gateway, '0.0.0.0', '255.255.255.255', 'UH', i.name],
    ]);
}

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const numeric = args.some((a) => /^-\w*n/.test(a));
  if (calledAs(process) === 'arp') {
    const list = neighbours(process);
    if (args.some((a) => /^-\w*[ds]/.test(a))) {
      if (process.credentials.euid === 0) return 0;
      await process.err(
        args.some((a) => /^-\w*d/.test(a))
          ? 'SIOCDARP(dontpub): Operation not permitted\n'
          : 'SIOCSARP: Operation not permitted\n',
      );
      return 255;
    }
    if (args.some((a) => /^-\w*a/.test(a)))
      for (const n of list)
        await process.out(`${numeric ? '?' : '_gateway'} (${n.address}) at ${n.mac} [ether] on ${n.device}\n`);
    else if (list.length > 0) {
      await process.out('Address                  HWtype  HWaddress           Flags Mask            Iface\n');
      for (const n of list)
        await process.out(
          `${(numeric ? n.address : '_gateway').padEnd(24)} ether   ${n.mac}   C                     ${n.device}\n`,
        );
    }
    return 0;
  }
  if (args.some((a) => /^(add|del|delete)$/.test(a))) {
    if (process.credentials.euid !== 0) {
      await process.err('SIOCADDRT: Operation not permitted\n');
      return 7;
    }
    process.witness.gap(
      'route',
      args.find((a) => /^(add|del|delete)$/.test(a)),
    );
    return 0;
  }
  await process.out(
    'Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n',
  );
  for (const [destination, gateway, mask, flags, device] of routingTable(process)) {
    const name = (address: string, any: string) => routeEnd(process, address, any, numeric);
    await process.out(
      `${name(destination, 'default').padEnd(15)} ${name(gateway, '0.0.0.0').padEnd(15)} ${mask.padEnd(15)} ${flags.padEnd(5)} 100    0        0 ${device}\n`,
    );
  }
  return 0;
}
