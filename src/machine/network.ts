// The network of a machine as its tools see it: interfaces, sockets and names. Nothing is ever sent.
import type { Computer } from './computer.ts';
import type { LoginRequest, Neighbour, Network, Route } from './machine.ts';

type Socket = ReturnType<Network['sockets']>[number];

/** What was changed of an interface: the setting `links`, by its name. */
export interface LinkSetting {
  up?: boolean;
  mtu?: number;
  mac?: string;
  further?: { address: string; prefix: number }[];
}

export class MachineNetwork implements Network {
  readonly #machine: Computer;
  readonly #further = new Set<Socket>();
  /** Logins that share a connection. */
  readonly #holders = new WeakMap<Socket, number>();

  constructor(machine: Computer) {
    this.#machine = machine;
  }

  get interfaces(): Network['interfaces'] {
    const { identity, persona, clock, origin } = this.#machine;
    const hours = () => (clock.now() - origin.bootTime) / 3_600_000;
    const grows = (label: string, low: number, high: number) => {
      const perHour = origin.fate.between(label, low, high);
      return () => Math.floor(hours() * perHour);
    };
    const prefix = identity.netmask
      .split('.')
      .reduce((bits, part) => bits + (Number(part) >>> 0).toString(2).replace(/0/g, '').length, 0);
    const changed = (this.#machine.settings.get('links') ?? {}) as Record<string, LinkSetting>;
    const all: Network['interfaces'] = [
      {
        name: 'lo',
        mac: '00:00:00:00:00:00',
        address: '127.0.0.1',
        prefix: 8,
        further: [],
        ipv6: '::1',
        mtu: 65536,
        qdisc: 'noqueue',
        up: true,
        loopback: true,
        rxBytes: grows('lo', 9_000, 40_000),
        rxPackets: grows('lop', 60, 300),
        txBytes: grows('lo', 9_000, 40_000),
        txPackets: grows('lop', 60, 300),
      },
      {
        name: persona.facts.interface,
        mac: identity.mac,
        address: identity.address,
        prefix,
        further: [],
        ipv6: identity.ipv6,
        ...persona.facts.link,
        up: true,
        loopback: false,
        // An hour's lease, renewed at its half.
        lease: () => 3600 - (Math.floor((clock.now() - clock.bootTime) / 1000) % 1800),
        rxBytes: grows('rx', 2_000_000, 9_000_000),
        rxPackets: grows('rxp', 9_000, 30_000),
        txBytes: grows('tx', 1_000_000, 5_000_000),
        txPackets: grows('txp', 8_000, 25_000),
      },
    ];
    return all.map((one) => ({ ...one, ...changed[one.name] }));
  }

  get routes(): readonly Route[] {
    const kept = this.#machine.settings.get('routes') as Route[] | undefined;
    const interfaces = this.interfaces;
    const down = (route: Route) => interfaces.some(({ name, up }) => name === route.dev && !up);
    return (kept ?? this.#firstRoutes()).filter((route) => !down(route));
  }

  /** What the network manager set up at the start. */
  #firstRoutes(): Route[] {
    const { identity, persona } = this.#machine;
    const { metric: shown, routeMetric: metric = shown, gatewayRoute } = persona.facts.link;
    const bytes = (address: string) => address.split('.').map(Number);
    const mask = bytes(identity.netmask);
    const net = bytes(identity.address)
      .map((byte, i) => byte & mask[i]!)
      .join('.');
    const prefix = mask.reduce((bits, byte) => bits + byte.toString(2).replaceAll('0', '').length, 0);
    const rest = { src: identity.address, ...(metric === undefined ? {} : { metric }) };
    const dev = persona.facts.interface;
    const routes: Route[] = [
      { to: 'default', via: this.gateway, dev, protocol: 'dhcp', ...rest },
      { to: `${net}/${prefix}`, dev, protocol: 'kernel', scope: 'link', ...rest },
    ];
    if (gatewayRoute) routes.push({ to: this.gateway, dev, protocol: 'dhcp', scope: 'link', ...rest });
    return routes;
  }

  get neighbours(): readonly Neighbour[] {
    const { identity, origin, persona, settings } = this.#machine;
    const permanent = (settings.get('neighbours') ?? []) as Neighbour[];
    const mac = `${identity.mac.slice(0, 9)}${origin.fate.hex('router', 6).match(/../g)!.join(':')}`;
    const router = { address: this.gateway, mac, device: persona.facts.interface, state: 'REACHABLE' };
    return [...permanent, ...(permanent.some(({ address }) => address === router.address) ? [] : [router])];
  }

  get gateway(): string {
    return this.#machine.identity.gateway;
  }

  get nameServers(): readonly string[] {
    return this.#machine.persona.facts.nameServers.map((address) => address.replace('{gateway}', this.gateway));
  }

  /** A login's own connection; the result ends it. */
  connected({ via, from, to }: LoginRequest, pid: number): () => void {
    const socket: Socket = {
      protocol: from.address.includes(':') ? 'tcp6' : 'tcp',
      local: this.#machine.identity.address,
      localPort: via === 'ssh' ? 22 : 23,
      remote: from.address,
      remotePort: from.port,
      state: 'ESTABLISHED',
      pid,
      program: via === 'ssh' ? 'sshd' : 'telnetd',
      uid: 0,
      inode: this.#machine.newInode(),
    };
    void to;
    // Further channels of a connection have no socket of their own.
    const known = [...this.#further].find(
      ({ state, remote, remotePort }) =>
        state === 'ESTABLISHED' && remote === socket.remote && remotePort === socket.remotePort,
    );
    const shared = known ?? socket;
    this.#holders.set(shared, (this.#holders.get(shared) ?? 0) + 1);
    this.#further.add(shared);
    return () => {
      const rest = this.#holders.get(shared)! - 1;
      this.#holders.set(shared, rest);
      if (rest === 0) this.#further.delete(shared);
    };
  }

  listen(...[sockets, { program, pid, uid }]: Parameters<Network['listen']>): () => void {
    const added = sockets.map(({ local, port }): Socket => {
      const v6 = local.includes(':');
      return {
        protocol: v6 ? 'tcp6' : 'tcp',
        local,
        localPort: port,
        remote: v6 ? '::' : '0.0.0.0',
        remotePort: 0,
        state: 'LISTEN',
        program,
        ...(pid === undefined ? {} : { pid }),
        uid,
        inode: this.#machine.newInode(),
      };
    });
    for (const socket of added) this.#further.add(socket);
    return () => {
      for (const socket of added) this.#further.delete(socket);
    };
  }

  sockets(): readonly Socket[] {
    const { facts } = this.#machine.persona;
    const processes = [...this.#machine.processes.values()];
    const listening = facts.listeners.map((listener, i): Socket => {
      const owner = processes.find(
        (info) => info.comm === listener.program || info.argv[0]?.includes(listener.program),
      );
      return {
        protocol: listener.protocol,
        local: listener.address.replace('{address}', this.#machine.identity.address),
        localPort: listener.port,
        remote: listener.protocol.endsWith('6') ? '::' : '0.0.0.0',
        remotePort: 0,
        state: listener.protocol.startsWith('tcp') ? 'LISTEN' : 'UNCONN',
        ...(owner ? { pid: owner.pid } : {}),
        program: listener.program,
        uid: listener.uid,
        inode: 14_000 + this.#machine.origin.fate.between(`socket${i}`, 0, 4000),
      };
    });
    return [...listening, ...this.#further];
  }

  resolve(name: string): string | undefined {
    const { identity, filesystem, origin } = this.#machine;
    const wanted = name.toLowerCase().replace(/\.$/, '');
    if (/^\d+\.\d+\.\d+\.\d+$/.test(wanted)) return wanted;
    if (wanted === 'localhost') return '127.0.0.1';
    if (wanted === identity.hostname) return identity.address;
    try {
      const file = filesystem.open({ uid: 0, gid: 0, euid: 0, egid: 0, groups: [] }, '/', '/etc/hosts', { read: true });
      const text = file.read(65536) ?? '';
      file.release();
      for (const line of text.split('\n')) {
        const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
        if (address && names.some((n) => n.toLowerCase() === wanted)) return address;
      }
    } catch {
      // No hosts file any more.
    }
    if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(wanted) || wanted.length > 253) return undefined;
    // Names that no name server knows (RFC 6761, 6762, 7686).
    if (/\.(invalid|test|localhost|local|internal|onion)$/.test(wanted)) return undefined;
    const byte = (label: string, low: number, high: number) => origin.fate.between(`${label} ${wanted}`, low, high);
    return `${byte('a', 13, 199)}.${byte('b', 1, 254)}.${byte('c', 1, 254)}.${byte('d', 1, 254)}`;
  }
}
