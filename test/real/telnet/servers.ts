// The servers that the probes meet: a real Telnet daemon with a real login, and our whole sensor; both on loopback.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ended, freePort, listening, type Server } from '../ssh/servers.ts';

export type { Server };

export const USER = 'root';
export const PASSWORD = 'correct horse';

/**
 * The daemons whose profiles are held against the real ones. inetutils-telnetd is Debian 12's package. netkit's telnetd is
 * Debian 11's package (`telnetd 0.17-42`) and BusyBox any build with the applets telnetd and login: where they are is said by
 * the environment.
 */
export const daemons = {
  'inetutils-2.4': ['/usr/sbin/telnetd'],
  'netkit-0.17': [process.env['KANSATSUKI_NETKIT_TELNETD'] ?? '', '-L', '/bin/login'],
  'busybox-1.36': [process.env['KANSATSUKI_BUSYBOX'] ?? '', 'telnetd', '-i', '-l', '/run/busybox/login'],
} as const;
export type DaemonName = keyof typeof daemons;

/** Why the real daemon cannot be started here; false when it can. */
export function daemonIsMissing(name: DaemonName): string | false {
  const [program] = daemons[name];
  if (process.getuid?.() !== 0) return 'a Telnet daemon needs root';
  if (!program || !existsSync(program)) return `${name} is not installed`;
  if (!existsSync('/usr/bin/python3')) return 'python3 is not installed';
  if (name !== 'inetutils-2.4') return false;
  const version = execFileSync('sh', ['-c', 'dpkg-query -W inetutils-telnetd 2>/dev/null || true']).toString();
  return version.includes('2:2.4-')
    ? false
    : `the profile is of inetutils-telnetd 2.4, this host has ${version.trim()}`;
}

/**
 * Starts the daemon in namespaces of its own: a host name, a root whose password is known and whose home is as Debian makes it,
 * and logs of its own. Nothing of this host changes.
 */
export async function startDaemon(name: DaemonName): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'telnetd-'));
  const hash = execFileSync('openssl', ['passwd', '-6', '-salt', 'probe', PASSWORD]).toString().trim();
  writeFileSync(join(folder, 'passwd'), 'root:x:0:0:root:/root:/bin/bash\n');
  writeFileSync(join(folder, 'shadow'), `root:${hash}:19000:0:99999:7:::\n`);
  const port = await freePort();
  const script = `
    set -e
    hostname telnet-probe
    mount --bind ${folder}/passwd /etc/passwd
    mount --bind ${folder}/shadow /etc/shadow
    mount -t tmpfs tmpfs /var/log
    touch /var/log/wtmp /var/log/btmp /var/log/lastlog /var/log/faillog
    mount -t tmpfs tmpfs /root
    cp /usr/share/base-files/dot.bashrc /root/.bashrc
    cp /usr/share/base-files/dot.profile /root/.profile
    mount -t tmpfs tmpfs /run
    touch /run/utmp
    mkdir /run/busybox
    [ ! -e "$BUSYBOX" ] || cp "$BUSYBOX" /run/busybox/login
    unset LANG LC_ALL
    exec /usr/bin/python3 "$@"`;
  const [program, ...rest] = daemons[name];
  const child = spawn(
    'unshare',
    ['-m', '-u', 'sh', '-c', script, 'sh', join(import.meta.dirname, 'forker.py'), String(port), program, ...rest],
    { stdio: 'ignore', env: { ...process.env, BUSYBOX: name === 'busybox-1.36' ? program : '/nonexistent' } },
  );
  await listening(port, child);
  return {
    port,
    async stop() {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts `kansatsuki sensor` as an operator would, with the same login. `settings` are environment variables. */
export async function startSensor(
  profile: DaemonName,
  settings: NodeJS.ProcessEnv = {},
): Promise<Server & { data: string }> {
  const data = mkdtempSync(join(tmpdir(), 'kansatsuki-'));
  mkdirSync(join(data, 'etc'));
  writeFileSync(join(data, 'etc/userdb.txt'), `${USER}:x:${PASSWORD}\n`);
  const main = join(import.meta.dirname, '../../../src/cli/main.ts');
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [main, 'sensor', '--data', data, '--ssh', 'off', '--telnet', `127.0.0.1:${port}`, '--quiet'],
    {
      stdio: 'ignore',
      env: {
        ...process.env,
        KANSATSUKI_LIMITS__PER_ADDRESS: '1000',
        KANSATSUKI_SENSOR__TELNET_PROFILE: profile,
        KANSATSUKI_TELNET__PATIENCE: '0',
        ...settings,
      },
    },
  );
  await listening(port, child);
  return {
    port,
    data,
    async stop() {
      await ended(child);
      rmSync(data, { recursive: true, force: true });
    },
  };
}
