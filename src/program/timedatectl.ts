// timedatectl (systemd 252): the clock, its zone and who keeps it.
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { tryTo } from './failure.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';

export const names = ['timedatectl'];

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  for (const word of args)
    if (/^(-h|--help|--version)$/.test(word)) {
      await process.out(recordedRun(process, 'timedatectl', word === '-h' ? '--help' : word)?.stdout ?? '');
      return 0;
    }
  const bare = args.includes('--value');
  const property = args.find((word) => /^(-p.|--property=)/.test(word))?.replace(/^(-p|--property=)/, '');
  const [verb = 'status', value] = args.filter((word, i) => !word.startsWith('-') && args[i - 1] !== '-p');
  const { machine, credentials } = process;
  const zone = zoneOf(process);
  const now = machine.clock.now();
  const name = zoneName(process);
  const clock = [...machine.processes.values()].some(({ comm }) => /^(chronyd|systemd-timesyn|ntpd)/.test(comm));
  const ntp = (machine.settings.get('ntp') as boolean | undefined) ?? clock;
  const rtc = tryTo(() => process.files.stat('/dev/rtc0')) !== undefined;
  const refuse = async (what: string) => {
    await process.err(`Failed to ${what}: Interactive authentication required.\n`);
    return 1;
  };
  switch (verb) {
    case 'status': {
      const at = (format: string, where: string) => strftime(format, breakDown(now, where));
      await process.out(
        `               Local time: ${at('%a %Y-%m-%d %H:%M:%S %Z', zone)}\n` +
          `           Universal time: ${at('%a %Y-%m-%d %H:%M:%S', 'UTC')} UTC\n` +
          `                 RTC time: ${rtc ? at('%a %Y-%m-%d %H:%M:%S', 'UTC') : 'n/a'}\n` +
          `                Time zone: ${name} (${at('%Z, %z', zone)})\n` +
          `System clock synchronized: ${clock ? 'yes' : 'no'}\n              NTP service: ${ntp ? 'active' : 'inactive'}\n          RTC in local TZ: no\n`,
      );
      return 0;
    }
    case 'show': {
      const rows: [string, string][] = [
        ['Timezone', name],
        ['LocalRTC', 'no'],
        ['CanNTP', 'yes'],
        ['NTP', ntp ? 'yes' : 'no'],
        ['NTPSynchronized', clock ? 'yes' : 'no'],
        ['TimeUSec', strftime('%a %Y-%m-%d %H:%M:%S %Z', breakDown(now, zone))],
        ...(rtc
          ? [['RTCTimeUSec', strftime('%a %Y-%m-%d %H:%M:%S %Z', breakDown(now, zone))] as [string, string]]
          : []),
      ];
      for (const [key, text] of rows)
        if (property === undefined || property.split(',').includes(key))
          await process.out(bare ? `${text}\n` : `${key}=${text}\n`);
      return 0;
    }
    case 'list-timezones': {
      const text = tryTo(() => process.readFile('/usr/share/zoneinfo/tzdata.zi')) ?? '';
      const zones = [...text.matchAll(/^(?:Z|L \S+) (\S+)/gm)].map(([, zone]) => zone!);
      const known = (tryTo(() => process.readFile('/usr/share/zoneinfo/tzdata.zi')) ? zones : ['UTC']).filter((zone) =>
        /^(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc\/UTC|UTC)/.test(zone),
      );
      await process.out(
        [...new Set([...known, 'UTC'])]
          .sort()
          .map((zone) => `${zone}\n`)
          .join(''),
      );
      return 0;
    }
    case 'set-timezone': {
      if (value === undefined) {
        await process.err('Too few arguments.\n');
        return 1;
      }
      const file = `/usr/share/zoneinfo/${value}`;
      if (!/^[A-Za-z0-9_+/-]+$/.test(value) || tryTo(() => process.files.stat(file))?.type !== 'file') {
        await process.err(`Failed to set time zone: Invalid or not installed time zone '${value}'\n`);
        return 1;
      }
      if (credentials.euid !== 0) return refuse('set time zone');
      tryTo(() => process.files.unlink('/etc/localtime'));
      tryTo(() => process.files.symlink(`../usr/share/zoneinfo/${value}`, '/etc/localtime'));
      const descriptor = tryTo(() =>
        process.open('/etc/timezone', { write: true, create: true, truncate: true }, 0o644),
      );
      if (descriptor !== undefined) {
        await process.write(descriptor, `${value}\n`);
        process.close(descriptor);
      }
      return 0;
    }
    case 'set-ntp':
      if (credentials.euid !== 0) return refuse('set ntp');
      machine.settings.set('ntp', /^(1|yes|true|on)$/i.test(value ?? ''));
      return 0;
    case 'set-time':
      if (credentials.euid !== 0) return refuse('set time');
      if (ntp) await process.err('Failed to set time: Automatic time synchronization is enabled\n');
      return ntp ? 1 : 0;
    case 'set-local-rtc':
      return credentials.euid === 0 ? 0 : refuse('set local RTC');
    case 'timesync-status':
    case 'show-timesync':
      if ([...machine.processes.values()].some(({ comm }) => comm.startsWith('systemd-timesyn'))) {
        await process.out(
          '       Server: 0.debian.pool.ntp.org\nPoll interval: 34min 8s (min: 32s; max 34min 8s)\n         Leap: normal\n      Version: 4\n      Stratum: 2\n',
        );
        return 0;
      }
      await process.err(
        'Failed to query server: Could not activate remote peer: activation request failed: unknown unit.\n',
      );
      return 1;
  }
  await process.err(`Unknown command verb ${verb}.\n`);
  return 1;
}

function zoneName(process: Process): Bytes {
  const target = tryTo(() => process.files.readlink('/etc/localtime'));
  return target?.replace(/^.*zoneinfo\//, '') ?? 'Etc/UTC';
}
