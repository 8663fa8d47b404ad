// /sys: what tools and bots look up there, from the same facts as everything else.
import type { Computer } from './computer.ts';
import type { Virtual } from './virtual.ts';
import { joined, type Tree, virtualTree } from './virtual.ts';

export function sysTree(machine: Computer): Virtual {
  const system = { device: 0x14, time: () => machine.origin.bootTime };
  const { identity, origin } = machine;
  const { facts } = machine.persona;
  const net: Tree = {};
  for (const name of ['lo', facts.interface]) {
    const of = () => machine.network.interfaces.find((i) => i.name === name)!;
    net[name] = {
      address: () => `${of().mac}\n`,
      mtu: () => `${of().mtu}\n`,
      operstate: name === 'lo' ? 'unknown\n' : 'up\n',
      carrier: '1\n',
      type: name === 'lo' ? '772\n' : '1\n',
      speed: '25000\n',
      statistics: {
        rx_bytes: () => `${of().rxBytes()}\n`,
        tx_bytes: () => `${of().txBytes()}\n`,
        rx_packets: () => `${of().rxPackets()}\n`,
        tx_packets: () => `${of().txPackets()}\n`,
      },
    };
  }
  const cpus: Tree = {
    online: `0${identity.cpuCount > 1 ? `-${identity.cpuCount - 1}` : ''}\n`,
    possible: `0${identity.cpuCount > 1 ? `-${identity.cpuCount - 1}` : ''}\n`,
    present: `0${identity.cpuCount > 1 ? `-${identity.cpuCount - 1}` : ''}\n`,
  };
  for (let i = 0; i < identity.cpuCount; i++)
    cpus[`cpu${i}`] = { online: '1\n', topology: { core_id: `${i >> 1}\n`, physical_package_id: '0\n' } };
  const dmi: Tree = {};
  for (const [name, value] of Object.entries(facts.dmi))
    dmi[name] = `${value
      .replace('{product}', origin.size.product)
      .replace('{uuid}', origin.fate.uuid('product'))
      .replace('{instance}', `i-0${origin.fate.hex('instance', 16)}`)}\n`;
  const identified: Tree = Object.keys(dmi).length > 0 ? { dmi: { id: dmi } } : {};
  const [whole, ...parts] = machine.partitions();
  const number = (minor: number) => `${facts.diskMajor}:${minor}\n`;
  const partitions: Tree = Object.fromEntries(
    parts.map(({ name, minor, bytes, start }, n) => [
      name,
      {
        dev: number(minor),
        partition: `${n + 1}\n`,
        ro: '0\n',
        size: `${Math.floor(bytes / 512)}\n`,
        start: `${start}\n`,
      },
    ]),
  );
  const disk: Tree = {
    dev: number(whole!.minor),
    size: `${identity.disk / 512}\n`,
    removable: '0\n',
    ro: '0\n',
    queue: {
      rotational: '0\n',
      logical_block_size: '512\n',
      hw_sector_size: '512\n',
      scheduler: '[none] mq-deadline\n',
    },
    ...partitions,
  };
  const blocks: Tree = { [facts.disk]: disk, ...partitions };
  return virtualTree(
    system,
    '/sys',
    joined(
      {
        block: { [facts.disk]: disk },
        bus: {},
        class: { net, ...identified, block: blocks, tty: {} },
        devices: { system: { cpu: cpus }, virtual: { ...identified } },
        firmware: {},
        fs: { cgroup: {}, ext4: {} },
        hypervisor: {},
        kernel: { mm: { transparent_hugepage: { enabled: 'always [madvise] never\n' } } },
        module: {},
        power: {},
      },
      facts.sys ?? {},
    ),
    { size: 4096 },
  );
}
