// /proc/sys: the kernel's parameters, as the persona's sysctl.json and what was written to them since say.
import type { Computer } from './computer.ts';
import { SystemError } from './errno.ts';
import type { Bytes } from './machine.ts';
import { type Tree, type Virtual, type VirtualSystem, virtualFile, virtualTree } from './virtual.ts';

const SETTING = 'sysctl';

/** The directory /proc/sys of a machine. */
export function sysctlTree(machine: Computer, system: VirtualSystem): Virtual {
  const { identity, origin, persona } = machine;
  const tree: Tree = {};
  const add = (name: Bytes, make: (path: Bytes) => Virtual) => {
    const parts = name.split('/');
    const last = parts.pop()!;
    let folder = tree;
    for (const part of parts) folder = (folder[part] ??= {}) as Tree;
    folder[last] = make(`/proc/sys/${name}`);
  };
  const written = () => (machine.settings.get(SETTING) ?? {}) as Record<string, string>;
  const read = (name: Bytes, content: () => Bytes) => add(name, (path) => virtualFile(system, path, content));
  const readWrite = (name: Bytes, value: Bytes) =>
    add(name, (path) =>
      virtualFile(system, path, () => `${written()[name] ?? value}\n`, {
        mode: 0o644,
        take(data) {
          machine.settings.set(SETTING, { ...written(), [name]: parsed(data, value) });
        },
      }),
    );

  const pages = identity.memory / 4096;
  const limits = (limit: number) => {
    const low = Math.floor((limit * 3) / 4);
    return `${low}\t${Math.floor(limit)}\t${low * 2}`;
  };
  const threads = Math.floor(identity.memory / 131_072);
  const amounts: Record<string, string> = {
    threads: String(threads),
    namespaces: String(threads >> 1),
    tcp_mem: limits(pages / 16),
    udp_mem: limits(pages / 8),
    cpus: identity.cpuCount > 1 ? `0-${identity.cpuCount - 1}` : '0',
    user_reserve: String(Math.min(131_072, Math.floor(identity.memory / 1024 / 32))),
    epoll: String(Math.floor(identity.memory / 25 / 176)),
  };
  for (const [name, value] of persona.sysctl) {
    const filled = value.replace(/\{(\w+)\}/g, (all, what: string) => amounts[what] ?? all);
    readWrite(name, filled);
    // What goes for interfaces to come went for the ones that are there.
    const own = name.replace(/^(net\/ipv[46]\/(?:conf|neigh))\/default\//, `$1/${persona.facts.interface}/`);
    if (own !== name) readWrite(own, filled);
  }
  const { fate, bootTime } = origin;
  read('kernel/osrelease', () => `${identity.kernelRelease}\n`);
  read('kernel/version', () => `${identity.kernelVersion}\n`);
  read('kernel/ostype', () => 'Linux\n');
  read('kernel/random/boot_id', () => `${fate.uuid(`boot${bootTime}`)}\n`);
  read('kernel/random/uuid', () => `${globalThis.crypto.randomUUID()}\n`);
  read('kernel/ns_last_pid', () => `${machine.lastPid}\n`);
  read('fs/file-nr', () => `${1100 + machine.processes.size * 4}\t0\t9223372036854775807\n`);
  read('fs/inode-nr', () => `${31_000 + machine.processes.size * 3}\t${fate.between('inodes', 100, 900)}\n`);
  read('fs/dentry-state', () => `${42_000 + machine.processes.size * 5}\t28011\t45\t0\t11540\t0\n`);
  readWrite('kernel/domainname', '(none)');
  add('kernel/hostname', (path) =>
    virtualFile(system, path, () => `${identity.hostname}\n`, {
      mode: 0o644,
      take: (data) => machine.settings.set('hostname', data.split('\n')[0]!.slice(0, 64)),
    }),
  );
  return virtualTree(system, '/proc/sys', tree);
}

/** What a write leaves: numbers where there are numbers, text where there is text. Throws EINVAL. */
function parsed(data: Bytes, before: Bytes): Bytes {
  const text = data.replace(/\0.*$/s, '').trim().slice(0, 255);
  if (!/^-?\d+(\s+-?\d+)*$/.test(before)) return text;
  if (!/^-?\d+(\s+-?\d+)*$/.test(text)) throw new SystemError('EINVAL');
  return text.split(/\s+/).slice(0, before.split(/\s+/).length).join('\t');
}
