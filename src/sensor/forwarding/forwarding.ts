// What one SSH connection wants forwarded, and what it gets: tunnels out and to the machine's own services, listeners, agent, X11.
import { textOrRepr } from '../../event/escape.ts';
import type { Bytes, Credentials, Machine } from '../../machine/machine.ts';
import type { Channel, ForwardAnswer, ForwardTarget, ListenTarget, X11Request } from '../../wire/ssh/ssh.ts';
import type { Recorder } from '../recorder.ts';
import type { Resources } from '../resources.ts';
import { destinationOf } from './destination.ts';
import { type Connect, discard } from './far-end.ts';
import { nestedSsh } from './nested-ssh.ts';
import { type Answer, Tunnel, type TunnelName } from './tunnel.ts';

/** Bytes of a host name or path that are recorded. */
const MOST_NAME_BYTES = 1_024;
/** Listeners of one connection; beyond them nothing can be bound. */
const MOST_LISTENERS = 64;
/** Connections through ourselves into ourselves, one inside the other. */
const DEEPEST = 2;
/** Bytes of an identification line (RFC 4253 §4.2). */
const LONGEST_IDENT = 255;
/** sizeof(sun_path). */
const LONGEST_PATH = 108;
/** net.ipv4.ip_unprivileged_port_start and ip_local_port_range. */
const FIRST_UNPRIVILEGED = 1024;
const EPHEMERAL = { first: 32_768, count: 28_232 };
const ROOT: Credentials = { uid: 0, gid: 0, euid: 0, egid: 0, groups: [0] };
const XAUTH = '/usr/bin/xauth';
/** X11DisplayOffset. */
const FIRST_DISPLAY = 10;

export interface ForwardingOptions {
  resources: Resources;
  recorder: Recorder;
  user(): Bytes;
  machine(): Machine;
  /** How many connections into ourselves this one is inside of. */
  depth: number;
}

export class Forwarding {
  readonly #options: ForwardingOptions;
  #tunnels = 0;
  /** What takes each listener back, by its name. */
  readonly #listeners = new Map<string, () => void>();
  #agent: { directory: Bytes; socket: Bytes; made: boolean } | undefined;
  #displays = 0;

  constructor(options: ForwardingOptions) {
    this.#options = options;
  }

  open(target: ForwardTarget, channel: Channel): ForwardAnswer | Promise<ForwardAnswer> {
    return target.kind === 'tcp' ? this.#openTcp(target, channel) : this.#openUnix(target, channel);
  }

  #openTcp(target: Extract<ForwardTarget, { kind: 'tcp' }>, channel: Channel): ForwardAnswer | Promise<ForwardAnswer> {
    const { resources, recorder, machine, depth } = this.#options;
    const name = { dst_ip: named(target.host), dst_port: target.port, id: channel.id };
    const origin = { orig_ip: named(target.originHost), orig_port: target.originPort };
    const { dst_ip, dst_port } = name;
    recorder.emit('cowrie.direct-tcpip.request', { dst_ip, dst_port, ...origin });
    const refuse = (text: string): ForwardAnswer => {
      recorder.emit('kansatsuki.forward.closed', { ...name, ...REFUSED, reason: text || 'open failed' });
      return { refused: text };
    };
    const { forwarding } = resources.config;
    if (this.#tunnels >= forwarding.tunnels) return refuse('Connection timed out');
    const to = destinationOf(machine(), target.host.toString('latin1'), target.port);
    if (to.kind === 'refused') return to.text === '' ? refuse('') : this.#later(0, () => refuse(to.text));
    if (to.kind === 'service') {
      // What listens here for a client leads back to that client, which is not done.
      const back = [...this.#listeners.keys()].some((key) => key.startsWith(`${target.port} `));
      if (to.program === 'sshd' && !back && depth < DEEPEST) {
        const { connect, session } = nestedSsh(resources, recorder, to.address, target.port, depth + 1);
        return this.#tunnel(channel, connect, 'service', name, session);
      }
      const own = resources.host.services.own(machine().identity.hostname, target.port);
      return this.#tunnel(channel, own ?? discard, 'service', name);
    }
    const {
      sink,
      host: { services },
    } = resources;
    if (forwarding.mode === 'sink' && sink) {
      this.#tunnels++;
      return sink.reach().then((connect) => {
        this.#tunnels--;
        if (typeof connect === 'string') return refuse(connect);
        recorder.emit('cowrie.direct-tcpip.redirect', {
          ...origin,
          dst_ip,
          dst_port,
          new_ip: sink.host,
          new_port: sink.port,
        });
        return this.#tunnel(channel, connect, 'sink', name);
      });
    }
    const [answer, connect]: [Answer, Connect] =
      forwarding.mode === 'fake' ? ['fake', services.at(dst_ip, dst_port)] : ['discard', discard];
    return this.#later(to.delay, () => this.#tunnel(channel, connect, answer, name));
  }

  /** Nothing of the machine's sockets is emulated: a socket file refuses, and what is none cannot be connected to either. */
  #openUnix(target: Extract<ForwardTarget, { kind: 'unix' }>, channel: Channel): ForwardAnswer {
    const { recorder } = this.#options;
    const path = named(target.path);
    const origin = { address: named(target.originHost), port: target.originPort };
    recorder.emit('kansatsuki.forward.request', { kind: 'streamlocal', accepted: false, path, ...origin });
    recorder.emit('kansatsuki.forward.closed', { path, id: channel.id, ...REFUSED, reason: 'open failed' });
    return { refused: '' };
  }

  #tunnel(channel: Channel, connect: Connect, answer: Answer, name: TunnelName, innerSession?: string): Tunnel {
    const { resources, recorder } = this.#options;
    const { record_bytes: recordBytes, tunnel_bytes: mostBytes } = resources.config.forwarding;
    this.#tunnels++;
    return new Tunnel(recorder, channel, connect, {
      answer,
      name,
      // What is said to ourselves is recorded by the session that it leads to.
      recordBytes: innerSession === undefined ? recordBytes : Math.min(recordBytes, LONGEST_IDENT),
      mostBytes,
      ...(innerSession === undefined ? {} : { innerSession }),
      now: resources.now,
      closed: () => {
        this.#tunnels--;
      },
    });
  }

  /** As long as connecting takes, a tunnel counts. */
  #later(ms: number, answer: () => ForwardAnswer): Promise<ForwardAnswer> {
    this.#tunnels++;
    return new Promise((resolve) =>
      this.#options.resources.after(ms, () => {
        this.#tunnels--;
        resolve(answer());
      }),
    );
  }

  /** Whether sshd could listen there for this user; nobody ever connects. */
  listen(where: ListenTarget): { port: number } | boolean {
    const result = this.#listen(where);
    const accepted = result !== false;
    const chosen = typeof result === 'object' ? { chosen: result.port } : {};
    this.#options.recorder.emit('kansatsuki.forward.request', {
      accepted,
      ...(where.kind === 'tcp'
        ? { kind: 'remote', address: named(where.host), port: where.port, ...chosen }
        : { kind: 'remote-streamlocal', path: named(where.path) }),
    });
    return result;
  }

  #listen(where: ListenTarget): { port: number } | boolean {
    const { machine, resources } = this.#options;
    if (where.kind === 'unix') return this.#listeners.size < MOST_LISTENERS && this.#bindPath(where.path);
    const { port, host } = where;
    if (port > 0 && port < FIRST_UNPRIVILEGED && this.#credentials().uid !== 0) return false;
    if (host.length >= 1_025 || this.#listeners.size >= MOST_LISTENERS) return false;
    const { network } = machine();
    // localhost is both families, unless the client names one; other names are localhost without GatewayPorts.
    const text = host.toString('latin1');
    const locals = text === '127.0.0.1' || text === '::1' ? ([text] as const) : (['127.0.0.1', '::1'] as const);
    const taken = (candidate: number) =>
      locals.every((local) =>
        network
          .sockets()
          .some(
            ({ protocol, state, localPort, local: bound }) =>
              protocol === (local === '::1' ? 'tcp6' : 'tcp') &&
              state === 'LISTEN' &&
              localPort === candidate &&
              (bound === local || bound === '::' || bound === '0.0.0.0'),
          ),
      );
    if (port > 0xffff || taken(port)) return false;
    let chosen = port;
    while (chosen === 0 || taken(chosen)) chosen = EPHEMERAL.first + Math.floor(resources.random() * EPHEMERAL.count);
    const user = this.#options.user();
    const session = [...machine().processes.values()].findLast((info) => info.argv[0]?.startsWith(`sshd: ${user}`));
    const by = { program: 'sshd', uid: this.#credentials().uid, ...(session ? { pid: session.pid } : {}) };
    const free = network.listen(
      locals.map((local) => ({ local, port: chosen })),
      by,
    );
    this.#listeners.set(listenerName({ ...where, port: chosen }), free);
    return port === 0 ? { port: chosen } : true;
  }

  /** The socket file stays behind, as sshd leaves it. */
  #bindPath(path: Buffer): boolean {
    if (path.length > LONGEST_PATH) return false;
    try {
      // Without a name the kernel chooses one that is no file.
      if (path.length > 0)
        this.#options.machine().filesystem.mknod(this.#credentials(), '/', path.toString('latin1'), 0o600, 'socket');
    } catch {
      return false;
    }
    this.#listeners.set(listenerName({ kind: 'unix', path }), () => {});
    return true;
  }

  unlisten(where: ListenTarget): boolean {
    const name = listenerName(where);
    this.#listeners.get(name)?.();
    this.#listeners.delete(name);
    this.#options.recorder.emit('kansatsuki.forward.request', {
      kind: 'cancel',
      accepted: true,
      ...(where.kind === 'tcp' ? { address: named(where.host), port: where.port } : { path: named(where.path) }),
    });
    return true;
  }

  tunnel(mode: number): void {
    const kind = mode === 2 ? 'tun-ethernet' : 'tun';
    this.#options.recorder.emit('kansatsuki.forward.request', { kind, accepted: false });
  }

  /** Once a connection: the variable that a session gets. */
  agent(): [name: Bytes, value: Bytes] | undefined {
    const accepted = this.#agent === undefined;
    this.#options.recorder.emit('kansatsuki.forward.request', { kind: 'agent', accepted });
    if (!accepted) return undefined;
    const { machine, resources } = this.#options;
    const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
    const name = Array.from({ length: 10 }, () => letters[Math.floor(resources.random() * letters.length)]).join('');
    const pid = Math.max(...machine().processes.keys()) + 1;
    const directory = `/tmp/ssh-${name}`;
    this.#agent = { directory, socket: `${directory}/agent.${pid}`, made: false };
    return ['SSH_AUTH_SOCK', this.#agent.socket];
  }

  /** A session has begun: the account is there now, and the socket of the agent belongs to it. */
  begun(): void {
    if (!this.#agent || this.#agent.made) return;
    this.#agent.made = true;
    const { filesystem } = this.#options.machine();
    const who = this.#credentials();
    try {
      filesystem.mkdir(who, '/', this.#agent.directory, 0o700);
      filesystem.mknod(who, '/', this.#agent.socket, 0o755, 'socket');
    } catch {
      // An attacker broke /tmp: sshd's session would lack it as well.
    }
  }

  /** The variable that a session gets; a text says why not. */
  x11({ protocol, screen }: X11Request): [name: Bytes, value: Bytes] | string {
    let installed = true;
    try {
      this.#options.machine().filesystem.stat(ROOT, '/', XAUTH);
    } catch {
      installed = false;
    }
    this.#options.recorder.emit('kansatsuki.forward.request', {
      kind: 'x11',
      accepted: installed,
      protocol_name: named(protocol),
      screen,
    });
    if (!installed) return 'No xauth program; cannot forward X11.';
    return ['DISPLAY', `localhost:${FIRST_DISPLAY + this.#displays++}.${screen}`];
  }

  /** The connection is gone: sshd takes the agent's socket away. */
  closed(): void {
    for (const free of this.#listeners.values()) free();
    this.#listeners.clear();
    if (!this.#agent?.made) return;
    const { filesystem } = this.#options.machine();
    try {
      filesystem.unlink(ROOT, '/', this.#agent.socket);
      filesystem.rmdir(ROOT, '/', this.#agent.directory);
    } catch {
      // The attacker was faster.
    }
  }

  #credentials(): Credentials {
    const account = this.#options.machine().accounts.byName(this.#options.user());
    // A user who comes for the first time is made with the first session; until then any plain one will do.
    const { uid, gid } = account ?? { uid: 1000, gid: 1000 };
    return { uid, gid, euid: uid, egid: gid, groups: [gid] };
  }
}

const REFUSED = { answer: 'refused', bytes_in: 0, bytes_out: 0, duration_ms: 0 } as const;

const listenerName = (where: ListenTarget): string =>
  where.kind === 'unix' ? `unix ${where.path.toString('latin1')}` : `${where.port} ${where.host.toString('latin1')}`;

const named = (bytes: Buffer): string => textOrRepr(bytes.subarray(0, MOST_NAME_BYTES));
