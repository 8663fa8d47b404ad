// What makes one installation differ from the next: name, addresses, sizes and dates, all from the deployment's seed.
import { createHash } from 'node:crypto';
import type { Identity } from './machine.ts';
import type { Cpu, Facts, Size } from './persona.ts';

const DAY = 86_400_000;

/** Numbers and choices that depend on a seed and a label only. */
export class Fate {
  readonly #seed: Buffer;

  constructor(seed: Buffer) {
    this.#seed = seed;
  }

  bytes(label: string): Buffer {
    return createHash('sha256').update(this.#seed).update('\0').update(label).digest();
  }

  hex(label: string, digits: number): string {
    return this.bytes(label).toString('hex').slice(0, digits);
  }

  /** In [0, 1). */
  number(label: string): number {
    return this.bytes(label).readUInt32LE(0) / 2 ** 32;
  }

  /** An integer from `low` to `high`, both included. */
  between(label: string, low: number, high: number): number {
    return low + Math.floor(this.number(label) * (high - low + 1));
  }

  pick<T>(label: string, choices: readonly T[]): T {
    return choices[Math.floor(this.number(label) * choices.length)]!;
  }

  uuid(label: string): string {
    const h = this.hex(label, 32);
    return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20)}`;
  }
}

/** An identity, and what only the machine itself needs to know. */
export interface Origin {
  identity: Identity;
  cpu: Cpu;
  size: Size;
  kernel: Facts['kernels'][number];
  bootTime: number;
  /** The kernel's highest pid. */
  pidMax: number;
  fate: Fate;
}

/** The identity of a deployment. `now`: milliseconds; the last start of the machine lies before it. */
export function makeOrigin(facts: Facts, seed: Buffer, now: number, pidMax = 4_194_304): Origin {
  const fate = new Fate(seed);
  const size = fate.pick('size', facts.sizes);
  const cpu = fate.pick('cpu', facts.cpus);
  const kernel = fate.pick('kernel', facts.kernels);
  const network = fate.pick('network', facts.networks).split('.').map(Number);
  // A provider's subnet has 4,096 addresses, a home 256; the router has the first.
  const home = network[2];
  const subnet = home ?? (fate.between('subnet', 0, 15) << 4) & 255;
  const low = home === undefined ? fate.between('host', 5, 4090) : fate.between('host', 2, 250);
  const address = [network[0]!, network[1]!, subnet + (low >> 8), low & 255];
  const mac = `${fate.pick('vendor', facts.macPrefixes)}:${fate.hex('mac', 10).match(/../g)!.join(':')}`.slice(0, 17);
  const octets = mac.split(':').map((octet) => Number.parseInt(octet, 16));
  octets[0]! ^= 2;
  const pair = (a: number, b: number) => ((a << 8) | b).toString(16);
  const ipv6 = `fe80::${pair(octets[0]!, octets[1]!)}:${pair(octets[2]!, 0xff)}:${pair(0xfe, octets[3]!)}:${pair(octets[4]!, octets[5]!)}`;
  const installed = Math.min(
    facts.built * 1000 + fate.between('installed', 0, 2 * DAY),
    now - 12 * DAY - fate.between('age', 0, 30 * DAY),
  );
  // It is started again every few weeks; the last of these moments before now counts.
  const period = fate.between('period', 24 * DAY, 71 * DAY);
  const first = installed + fate.between('first', 40_000, 90_000);
  const bootTime = first + Math.floor((now - first) / period) * period;
  const identity: Identity = {
    hostname: facts.hostname.replace(/\{([abcd])\}/g, (_, part: string) => String(address['abcd'.indexOf(part)])),
    machineId: fate.hex('machine-id', 32),
    address: address.join('.'),
    netmask: home === undefined ? '255.255.240.0' : '255.255.255.0',
    gateway: [network[0], network[1], subnet, 1].join('.'),
    mac,
    ipv6,
    cpuModel: cpu.model,
    cpuCount: size.cpus,
    cpuMHz: cpu.mhz,
    // The kernel keeps some for itself: about 1.6 % and its code.
    memory:
      Math.floor(
        (size.reserved === undefined
          ? size.memory * 0.984 - 42_000_000 - fate.between('reserved', 0, 6_000_000)
          : size.memory - size.reserved) / 4096,
      ) * 4096,
    disk: fate.pick('disk', facts.disks),
    kernelRelease: kernel.release,
    kernelVersion: kernel.version,
    architecture: facts.architecture,
    installed,
  };
  return { identity, cpu, size, kernel, bootTime, pidMax, fate };
}
