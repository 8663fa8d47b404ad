// What systemd did at the start of the machine: the lines of the journal, and how long it took.
import { createHash } from 'node:crypto';
import type { Process } from '../../machine/machine.ts';
import { loadedUnits } from './units.ts';

/** A share of one that belongs to a unit of this machine. */
const share = (process: Process, name: string): number =>
  createHash('sha1').update(process.machine.identity.machineId).update(name).digest().readUInt16LE(0) / 65_536;

/** Milliseconds: what the kernel took, and user space after it. */
export function startup(process: Process): { kernel: number; user: number } {
  return { kernel: 2400 + share(process, 'kernel') * 900, user: 6500 + share(process, 'user') * 5200 };
}

/** Services with the milliseconds each took, the slowest first. */
export function blame(process: Process): [name: string, milliseconds: number][] {
  const { user } = startup(process);
  return loadedUnits(process)
    .filter(({ name, active }) => name.endsWith('.service') && active === 'active')
    .map(({ name }): [string, number] => [name, 3 + share(process, name) ** 4 * user * 0.4])
    .sort(([, a], [, b]) => b - a);
}

/** `systemd[1]: Started cron.service - …`, when each service came up; milliseconds since the epoch. */
export function bootLines(process: Process): [at: number, text: string][] {
  const { bootTime } = process.machine.clock;
  const { kernel, user } = startup(process);
  return loadedUnits(process)
    .filter(({ name, active }) => active === 'active' && /\.(service|target|socket|timer)$/.test(name))
    .map((unit): [number, string] => {
      const at = unit.main ? unit.main.started : bootTime + kernel + share(process, `${unit.name} at`) * user;
      const word = unit.name.endsWith('.target')
        ? 'Reached target'
        : unit.sub === 'exited'
          ? 'Finished'
          : unit.name.endsWith('.socket')
            ? 'Listening on'
            : 'Started';
      return [at, `systemd[1]: ${word} ${unit.name} - ${unit.description}.`];
    })
    .sort(([a], [b]) => a - b);
}
