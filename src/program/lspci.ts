// lspci (pciutils 3.9): the devices of the machine's PCI bus, as its provider's virtual machines have them.
import type { Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { getopt, WrongUse } from './getopt.ts';

export const names = ['lspci'];

export async function main(process: Process): Promise<number> {
  let parsed: ReturnType<typeof getopt>;
  try {
    parsed = getopt(process.argv.slice(1), 'bDGHhi:knmMO:p:PqQs:d:tvVx', { version: 'version', help: 'help' });
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`lspci: ${error.message}\n${recordedRun(process, 'lspci', '--help')?.stdout ?? ''}`);
    return 1;
  }
  const has = (key: string) => parsed.options.some(([k]) => k === key);
  const value = (key: string) => parsed.options.findLast(([k]) => k === key)?.[1];
  const numbers = parsed.options.filter(([k]) => k === 'n').length;
  const slot = value('s');
  const id = value('d');
  for (const device of process.machine.persona.facts.pci ?? []) {
    if (slot !== undefined && !device.slot.includes(slot.replace(/^0000:/, ''))) continue;
    if (id !== undefined && !device.id.startsWith(id.replace(/:$/, ''))) continue;
    const where = `${has('D') ? '0000:' : ''}${device.slot}`;
    const revision = device.revision ? ` (rev ${device.revision})` : '';
    if (has('m')) {
      await process.out(
        `${where} "${device.className}" "${device.vendor}" "${device.name}"${device.revision ? ` -r${device.revision}` : ''} "" ""\n`,
      );
      continue;
    }
    const shown =
      numbers === 1
        ? `${device.classCode}: ${device.id}`
        : numbers > 1
          ? `${device.className} [${device.classCode}]: ${device.vendor} ${device.name} [${device.id}]`
          : `${device.className}: ${device.vendor} ${device.name}`;
    await process.out(`${where} ${shown}${revision}\n`);
    if (has('v')) {
      if (device.subsystem) await process.out(`\tSubsystem: ${device.subsystem}\n`);
      await process.out(
        `\tPhysical Slot: ${Number.parseInt(device.slot.slice(3), 16)}\n\tFlags: ${device.driver ? 'bus master, ' : ''}fast devsel, latency 0\n`,
      );
    }
    if (device.driver && (has('v') || has('k'))) await process.out(`\tKernel driver in use: ${device.driver}\n`);
    if (device.driver && has('k') && device.driver !== 'pcieport')
      await process.out(`\tKernel modules: ${device.driver}\n`);
    if (has('v')) await process.out('\n');
  }
  return 0;
}
