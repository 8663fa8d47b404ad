// hostnamectl (systemd 252): what the machine is called and what it is.
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { reason, tryTo } from './failure.ts';
import { utf8 } from './systemd/bus.ts';

export const names = ['hostnamectl'];

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const options = args.filter((word) => word.startsWith('-'));
  const [verb = 'status', value] = args.filter((word) => !word.startsWith('-'));
  for (const option of options)
    if (/^(-h|--help|--version)$/.test(option)) {
      await process.out(recordedRun(process, 'hostnamectl', option === '-h' ? '--help' : option)?.stdout ?? '');
      return 0;
    } else if (!/^(--no-ask-password|--static|--transient|--pretty|--json=\w+|-j|-H|-M)$/.test(option)) {
      await process.err(
        option.startsWith('--')
          ? `hostnamectl: unrecognized option '${option}'\n`
          : `hostnamectl: invalid option -- '${option[1]}'\n`,
      );
      return 1;
    }
  const { identity } = process.machine;
  const static_ = (tryTo(() => process.readFile('/etc/hostname')) ?? '').trim();
  switch (verb) {
    case 'status': {
      if (options.includes('--static')) await process.out(`${static_}\n`);
      else if (options.includes('--transient')) await process.out(`${identity.hostname}\n`);
      else if (options.includes('--pretty')) await process.out('\n');
      else await process.out(status(process, static_));
      return 0;
    }
    case 'hostname':
    case 'set-hostname': {
      if (value === undefined && verb === 'hostname') {
        await process.out(`${static_ || identity.hostname}\n`);
        return 0;
      }
      if (value === undefined) {
        await process.err('Too few arguments.\n');
        return 1;
      }
      if (process.credentials.euid !== 0) {
        await process.err('Could not set pretty hostname: Interactive authentication required.\n');
        return 1;
      }
      if (value !== '' && (!/^[A-Za-z0-9._-]+$/.test(value) || value.length > 64)) {
        await process.err(`Could not set static hostname: Invalid static hostname '${value}'\n`);
        return 1;
      }
      try {
        const descriptor = process.open('/etc/hostname', { write: true, create: true, truncate: true }, 0o644);
        await process.write(descriptor, `${value}\n`);
        process.close(descriptor);
        process.machine.settings.set('hostname', value);
      } catch (error) {
        await process.err(`Could not set static hostname: ${reason(error)}\n`);
        return 1;
      }
      return 0;
    }
    case 'icon-name':
    case 'chassis':
    case 'deployment':
    case 'location': {
      const { chassis = '', icon = '' } = process.machine.persona.facts.platform ?? {};
      const known: Record<string, string> = { 'icon-name': icon, chassis };
      if (value === undefined) await process.out(`${known[verb] ?? ''}\n`);
      return 0;
    }
  }
  await process.err(`Unknown command verb ${verb}.\n`);
  return 1;
}

function status(process: Process, static_: Bytes): Bytes {
  const { identity, persona } = process.machine;
  const { platform } = persona.facts;
  const read = (path: Bytes) => (tryTo(() => process.readFile(path)) ?? '').replace(/[\0\n]+$/, '');
  const system = /^PRETTY_NAME="?([^"\n]*)/m.exec(read('/etc/os-release'))?.[1] ?? 'Linux';
  const architecture =
    { x86_64: 'x86-64', aarch64: 'arm64', armv7l: 'arm' }[identity.architecture] ?? identity.architecture;
  const vm = platform?.chassis === 'vm' && utf8(process) ? ' \xf0\x9f\x96\xb4' : '';
  const rows: [string, string | undefined][] = [
    ['Static hostname', static_ || '(unset)'],
    ['Transient hostname', static_ === identity.hostname ? undefined : identity.hostname],
    ['Icon name', platform?.icon],
    ['Chassis', platform?.chassis && `${platform.chassis}${vm}`],
    ['Machine ID', read('/etc/machine-id')],
    ['Boot ID', read('/proc/sys/kernel/random/boot_id').replaceAll('-', '')],
    ['Virtualization', platform?.virtualization],
    ['Operating System', system],
    ['Kernel', `Linux ${identity.kernelRelease}`],
    ['Architecture', architecture],
    ['Hardware Vendor', read('/sys/class/dmi/id/sys_vendor') || undefined],
    ['Hardware Model', read('/sys/class/dmi/id/product_name') || read('/proc/device-tree/model') || undefined],
    ['Firmware Version', read('/sys/class/dmi/id/bios_version') || undefined],
  ];
  const shown = rows.filter((row): row is [string, string] => row[1] !== undefined);
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padStart(width)}: ${value}\n`).join('');
}
