// What systemd knows on this machine: unit files as the image has them, and what runs, from the processes and the links in /etc.
import { createHash } from 'node:crypto';
import type { Bytes, Machine, Process, ProcessInfo } from '../../machine/machine.ts';
import { tryTo } from '../failure.ts';

export interface Unit {
  name: string;
  /** Absent: no such file. */
  path?: Bytes;
  description: string;
  documentation: string[];
  type: string;
  exec: string;
  /** WorkingDirectory. */
  directory: string;
  enabled: 'enabled' | 'disabled' | 'static' | 'masked' | 'alias' | 'indirect' | '';
  active: 'active' | 'inactive' | 'failed';
  /** running, exited, dead, waiting, mounted, plugged, listening, elapsed */
  sub: string;
  main?: ProcessInfo;
  /** When it was started or stopped by hand, milliseconds. */
  at?: number;
}

const FOLDERS = ['/etc/systemd/system', '/run/systemd/system', '/usr/lib/systemd/system'];
/** What the attacker did to a unit since the machine started. */
interface Change {
  active?: boolean;
  failed?: boolean;
  masked?: boolean;
  /** Of its last start, milliseconds. */
  at?: number;
  pid?: number;
}
const SETTING = 'units';

const changesOf = (machine: Machine) => (machine.settings.get(SETTING) ?? {}) as Record<string, Change>;

/** Notes what became of a unit. */
export function change(machine: Machine, name: string, change: Change): void {
  const all = changesOf(machine);
  machine.settings.set(SETTING, { ...all, [name]: { ...all[name], ...change } });
}

/** `ssh` is `ssh.service`. */
export const fullName = (name: Bytes): Bytes =>
  /\.(service|socket|target|timer|mount|path|slice|scope|device|swap|automount)$/.test(name) ? name : `${name}.service`;

/** Ones that did their work at boot and stay active without a process. */
const EXITED =
  /^(apparmor|cloud-config|cloud-final|cloud-init|cloud-init-local|console-setup|keyboard-setup|kmod-static-nodes|networking|resolvconf|systemd-(binfmt|fsck@.*|journal-flush|modules-load|network-generator|networkd-wait-online|pcrphase.*|random-seed|remount-fs|sysctl|sysusers|tmpfiles-setup.*|udev-trigger|udev-settle|update-utmp|user-sessions)|user-runtime-dir@.*|finalrd|ifupdown-pre|ssh-keygen|blk-availability)\.service$/;
const ACTIVE_TARGETS =
  /^(basic|cloud-config|cloud-init|cryptsetup|getty|graphical|integritysetup|local-fs|local-fs-pre|multi-user|network|network-online|network-pre|nss-lookup|nss-user-lookup|paths|remote-fs|slices|sockets|swap|sysinit|time-set|time-sync|timers|veritysetup)\.target$/;

export function unit(process: Process, given: Bytes): Unit {
  let name = given;
  let path = FOLDERS.map((folder) => `${folder}/${name}`).find((file) => tryTo(() => process.files.stat(file, false)));
  const at = name.indexOf('@');
  if (!path && at > 0) {
    const template = `${name.slice(0, at + 1)}${name.slice(name.lastIndexOf('.'))}`;
    path = FOLDERS.map((folder) => `${folder}/${template}`).find((file) => tryTo(() => process.files.stat(file)));
  }
  if (path && tryTo(() => process.files.stat(path!, false))?.type === 'symlink') {
    const real = tryTo(() => process.files.realpath(path!));
    if (real === '/dev/null') path = undefined;
    else if (real) {
      path = real;
      const base = real.slice(real.lastIndexOf('/') + 1);
      if (!base.includes('@')) name = base;
    }
  }
  const text = path ? (tryTo(() => process.readFile(path!)) ?? '') : '';
  const field = (key: string) => [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, v]) => v!.trim());
  const instance = at > 0 ? name.slice(at + 1, name.lastIndexOf('.')) : '';
  const fill = (value: string) => value.replaceAll('%I', instance).replaceAll('%i', instance);
  const exec = fill(field('ExecStart').find((line) => line !== '') ?? '').replace(/^[-@:+!|]+/, '');
  const type = field('Type').at(-1) ?? 'simple';
  const changes = changesOf(process.machine)[name] ?? {};
  const program = exec.split(/\s+/)[0] ?? '';
  const main =
    (changes.pid === undefined ? undefined : process.machine.processes.get(changes.pid)) ??
    [...process.machine.processes.values()].find((p) => isMain(p, name, program));
  const masked = changes.masked === true;
  let active = main !== undefined || (path !== undefined && (EXITED.test(name) || ACTIVE_TARGETS.test(name)));
  const enabled = masked ? 'masked' : path ? enabledness(process, name, text) : '';
  if (name.endsWith('.timer') || name.endsWith('.socket'))
    active = enabled === 'enabled' || (enabled === 'static' && /^systemd-|^dbus/.test(name));
  const wanted = changes.active;
  if (wanted !== undefined) active = wanted;
  const sub = changes.failed
    ? 'failed'
    : !active
      ? 'dead'
      : name.endsWith('.timer')
        ? 'waiting'
        : name.endsWith('.socket')
          ? main || /journald|udevd|dbus/.test(name)
            ? 'running'
            : 'listening'
          : name.endsWith('.target')
            ? 'active'
            : main || type !== 'oneshot'
              ? 'running'
              : 'exited';
  return {
    name,
    ...(path && { path }),
    description: fill(field('Description').at(-1) ?? name),
    documentation: field('Documentation').flatMap((line) => line.split(/\s+/)),
    type,
    exec,
    directory: field('WorkingDirectory').at(-1) ?? '',
    enabled,
    active: changes.failed ? 'failed' : active ? 'active' : 'inactive',
    ...(changes.at !== undefined && { at: changes.at }),
    sub,
    ...(main && active && { main }),
  };
}

function isMain(p: ProcessInfo, name: string, program: string): boolean {
  const first = p.argv[0] ?? '';
  if (name === 'ssh.service') return first.startsWith('sshd: /usr/sbin/sshd') || first === '/usr/sbin/sshd';
  if (name.startsWith('getty@')) return first.endsWith('agetty') && p.tty.endsWith(name.slice(6, -8));
  if (name.startsWith('serial-getty@')) return first.endsWith('agetty') && p.tty.endsWith(name.slice(13, -8));
  if (!name.endsWith('.service') || program === '' || p.ppid !== 1) return false;
  const merged = (path: string) => path.replace(/^\/usr(?=\/(s?bin|lib)\/)/, '');
  if (program === '/usr/bin/python3')
    return first === program && name.startsWith('unattended') && p.argv.join(' ').includes('unattended');
  return (
    merged(first) === merged(program) ||
    (p.argv.length === 0 && p.comm === program.slice(program.lastIndexOf('/') + 1).slice(0, 15))
  );
}

function enabledness(process: Process, name: string, text: string): Unit['enabled'] {
  if (!/^\[Install\]/m.test(text)) return 'static';
  const folders = (tryTo(() => process.files.readdir('/etc/systemd/system')) ?? []).filter((e) =>
    /\.(wants|requires)$/.test(e.name),
  );
  const instance = name.replace(/@[^.]*\./, '@.');
  const links = folders.flatMap((folder) =>
    (tryTo(() => process.files.readdir(`/etc/systemd/system/${folder.name}`)) ?? []).map((e) => e.name),
  );
  if (links.includes(name)) return 'enabled';
  if (name.includes('@.') && links.some((link) => link.replace(/@[^.]*\./, '@.') === instance)) return 'enabled';
  return 'disabled';
}

/** All unit files by name. */
export function unitFiles(process: Process): string[] {
  const found = new Set<string>();
  for (const folder of FOLDERS)
    for (const { name, type } of tryTo(() => process.files.readdir(folder)) ?? [])
      if (type !== 'directory' && /\.(service|socket|target|timer|mount|path|slice)$/.test(name)) found.add(name);
  return [...found].sort();
}

/** Units in memory: those with files that are of no template, instances that run, mounts. */
export function loadedUnits(process: Process): Unit[] {
  const names = unitFiles(process).filter((name) => !name.includes('@.'));
  for (const p of process.machine.processes.values())
    if (p.argv[0]?.endsWith('agetty')) {
      const tty = p.tty.replace(/^\/dev\//, '');
      names.push(`${tty.startsWith('ttyS') ? 'serial-getty' : 'getty'}@${tty}.service`);
    }
  const seen = new Map<string, Unit>();
  for (const name of names) {
    const one = unit(process, name);
    if (one.path && !seen.has(one.name)) seen.set(one.name, one);
  }
  return [...seen.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** When a unit came up, in milliseconds since the epoch. */
export function activeSince(process: Process, { main, name, at }: Unit): number {
  if (at !== undefined) return at;
  if (main) return main.started;
  const byte = createHash('sha1').update(name).digest()[0]!;
  return process.machine.clock.bootTime + 2000 + byte * 40;
}
