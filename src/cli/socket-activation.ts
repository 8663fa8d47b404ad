// Sockets that systemd opened for us: sd_listen_fds(3), read from LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES.
import { Failure } from './failure.ts';

export type Service = 'ssh' | 'telnet' | 'web';

export interface Activated {
  service: Service;
  /** Descriptor in this process. */
  fd: number;
}

/** SD_LISTEN_FDS_START. */
const FIRST = 3;
const MOST_SOCKETS = 64;
/** What systemd calls a socket that nobody named. */
const NAMELESS = new Set(['', 'unknown', 'stored']);

/**
 * The sockets that were passed to this process; none when the variables are meant for another. A socket is named by
 * FileDescriptorName= (or by its unit): `ssh`, `telnet`, `web`, also as `kansatsuki-ssh.socket` and `ssh-2`. One without a
 * name is SSH's. The variables are removed, so that nothing started later takes them for its own.
 * @throws Failure (code 2) for a count or a name that cannot be meant
 */
export function activatedSockets(env: NodeJS.ProcessEnv, pid: number): Activated[] {
  const { LISTEN_PID: forPid, LISTEN_FDS: count, LISTEN_FDNAMES: names = '' } = env;
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES', 'LISTEN_PIDFDID']) delete env[name];
  if (forPid !== String(pid) || count === undefined) return [];
  if (!/^\d{1,3}$/.test(count) || Number(count) > MOST_SOCKETS)
    throw new Failure(`LISTEN_FDS: expected a number from 0 to ${MOST_SOCKETS}, found ${JSON.stringify(count)}.`, 2);
  const list = names.split(':');
  return Array.from({ length: Number(count) }, (_, i) => ({ service: serviceOf(list[i] ?? ''), fd: FIRST + i }));
}

function serviceOf(name: string): Service {
  if (NAMELESS.has(name)) return 'ssh';
  const match = /^(?:kansatsuki[-_.]?)?(ssh|telnet|web)?(?:[-_.]?\d+)?(?:\.socket)?$/.exec(name);
  if (!match)
    throw new Failure(
      `LISTEN_FDNAMES: expected ssh, telnet or web, found ${JSON.stringify(name)}. Set FileDescriptorName= in the socket unit.`,
      2,
    );
  return (match[1] as Service | undefined) ?? 'ssh';
}
