// The sensor: loads everything, binds its ports, gives up root, and only then takes connections and hands each to its protocol.
import { mkdirSync, statfsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import type { Config } from '../config/config.ts';
import { listensOf, parseListen, personasOf } from '../config/listen.ts';
import { type Fields, HERALDED, type SensorEventId } from '../event/event.ts';
import { makeEvent, type Origin } from '../event/json.ts';
import { Journal } from '../journal/journal.ts';
import { Vault } from '../journal/vault.ts';
import { foreignProgram } from '../machine/foreign.ts';
import type { Main } from '../machine/machine.ts';
import { findPrograms, loadPrograms } from '../program/table.ts';
import { ash, bash, dash } from '../shell/shell.ts';
import { Admission, parseBlock, parseStartups } from './admission.ts';
import { after, monotonic, wallClock } from './clock.ts';
import { Decoys } from './decoys.ts';
import { type Endpoints, endpointsOf, readProxyHeader, trustedPeers } from './endpoints.ts';
import { Sink } from './forwarding/sink.ts';
import { choose, type Host, loadHost } from './host.ts';
import { installationId, machineSeed } from './installation.ts';
import { bindAll, type Listener, onConnection, type PassedSocket } from './listeners.ts';
import { memoryShort } from './memory.ts';
import { type Deadlines, PeerSocket } from './peer-socket.ts';
import { Penalties } from './penalties.ts';
import { dropPrivileges, findUser, mayRead } from './privileges.ts';
import { identify, Recorder } from './recorder.ts';
import { recoverRecordings } from './recording.ts';
import type { Resources } from './resources.ts';
import { serve, serveSsh } from './serving.ts';
import { StartError, startError } from './start-error.ts';
import { UserdbFile } from './userdb-file.ts';

export interface SensorOptions {
  config: Config;
  /** Absolute, for messages only: the process has changed into it and works with relative paths. */
  dataDirectory: string;
  /** Folder of the personas, read before root is given up. */
  personas: string;
  version: string;
  /** Sockets that listen already, handed down by whoever started the process. */
  sockets?: readonly PassedSocket[];
}

export interface Sensor {
  readonly listeners: readonly Listener[];
  /** Writes an event that belongs to no connection. */
  record<Id extends SensorEventId>(eventid: Id, fields: Fields[Id]): void;
  /** Everything recorded so far reaches the disk. */
  flush(): void;
  /** Ends every connection, writes the last events, closes the ports. */
  stop(reason: string): Promise<void>;
}

/** Milliseconds between two looks at deadlines, and at what is to be tidied. */
const CHECK_EVERY = 1_000;
const TIDY_EVERY = 600_000;

/** Machines in memory that nobody is logged in to, and bytes of all of them, of all personas together. */
const MACHINES_KEPT = 2_000;
const MACHINES_BYTES = 256 << 20;

/** @throws StartError with one sentence for the operator */
export async function startSensor({
  config,
  dataDirectory,
  personas,
  version,
  sockets,
}: SensorOptions): Promise<Sensor> {
  for (const folder of ['log', 'tty', 'downloads', 'keys', 'etc', 'machines', 'state']) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o750 });
    } catch (error) {
      throw startError(`Cannot make ${folder} in ${dataDirectory}`, error);
    }
  }
  const user = process.getuid?.() === 0 ? findUser(config.sensor.user) : undefined;
  const origin: Origin = { sensor: config.sensor.name || hostname(), uuid: installationId('state', wallClock()) };
  // Keys are made in threads meanwhile.
  // The user that the sensor becomes may not see our own code, in a home of root's for instance: then all of it is read now.
  const later = user === undefined || mayRead(user, import.meta.filename);
  const programs = Promise.resolve(later ? findPrograms() : loadPrograms()).then(
    (found) => new Map<string, Main>([...found, ['bash', bash], ['dash', dash], ['sh', dash], ['ash', ash]]),
  );
  const shared = {
    config,
    personas,
    programs,
    seed: machineSeed('state'),
    clock: { now: wallClock, after },
    random: Math.random,
    foreign: foreignProgram(config.machine.binaries),
    memoryShort: memoryShort(config.limits.memory),
    onFault: (program: string, error: unknown) =>
      console.error(`kansatsuki: fault in the emulated ${program}: ${(error as Error).stack}`),
  };
  const usual = personasOf(config.sensor.persona);
  const { all, ssh: shownBySsh } = personasShown(config, usual, sockets);
  const hosts = new Map<string, Host>();
  const loading = [...all].map((name) =>
    loadHost(name, {
      ...shared,
      withSsh: shownBySsh.has(name),
      kept: Math.ceil(MACHINES_KEPT / all.size),
      bytes: Math.floor(MACHINES_BYTES / all.size),
    }),
  );
  for (const host of await Promise.all(loading)) hosts.set(host.name, host);

  // Its libraries are a tenth of the sensor's memory, and cannot be read any more once the privileges are gone.
  const guarded = config.downloads.policy === 'fetch' ? await import('./fetcher/guarded.ts') : undefined;
  const fetcher = guarded && read(() => guarded.guardedFetcher(config.downloads), 'Cannot use downloads.never');

  const bound = await bindAll(config, sockets);
  if (user) dropPrivileges(user);

  const journal = new Journal('log', {
    origin,
    now: wallClock,
    onTrouble: (sentence) => console.error(`kansatsuki: ${sentence}`),
  });
  const record = <Id extends SensorEventId>(eventid: Id, fields: Fields[Id]) =>
    journal.append(
      makeEvent(eventid as SensorEventId, undefined, fields as Fields[SensorEventId], origin, wallClock()),
    );
  const userdbPath = config.auth.userdb || 'etc/userdb.txt';
  const userdb = read(
    () =>
      new UserdbFile(
        userdbPath,
        monotonic,
        {
          loaded: (rules) => record('kansatsuki.userdb.loaded', { file: userdbPath, rules }),
          invalid: ({ line, reason }) => {
            record('kansatsuki.userdb.invalid', { file: userdbPath, line, reason });
            console.error(`kansatsuki: ${userdbPath}:${line}: ${reason}. The last good rules stay in force.`);
          },
        },
        new Decoys({ file: 'state/decoys.ndjson', seed: machineSeed('state'), now: wallClock }),
      ),
    `Cannot use ${userdbPath}`,
  );
  const limits = config.limits;
  const vault = new Vault('downloads', {
    artefactBytes: limits.artefact_bytes,
    totalBytes: limits.vault_bytes,
    diskReserve: limits.disk_reserve,
  });
  const block = parseBlock(limits.source_block);
  const admission = new Admission(
    {
      connections: limits.connections,
      perAddress: limits.per_address,
      startups: parseStartups(limits.max_startups, limits.connections),
      perSourceStartups: limits.per_source_startups,
      block,
    },
    Math.random,
    after,
    (report) => record('kansatsuki.limit.refused', report),
  );
  const common = {
    config,
    origin,
    journal,
    vault,
    userdb,
    ...(fetcher ? { fetcher } : {}),
    ...(config.forwarding.mode === 'sink' ? { sink: sinkOf(config) } : {}),
    ttyDirectory: 'tty',
    diskHasRoom: roomLeft(limits.disk_reserve),
    now: wallClock,
    random: Math.random,
    after,
  };
  const resourcesOf = (host: Host): Resources => {
    const { penalties: rules, refusal = '' } = host.ssh;
    const penalties = limits.penalties === 'on' && rules ? new Penalties(rules, block, monotonic) : undefined;
    const resources: Resources = {
      ...common,
      host,
      ...(penalties ? { penalties } : {}),
      place: (address) => {
        const place = admission.admit('ssh', address, penalties);
        return typeof place === 'string' ? refusal : place;
      },
      serveSsh: (recorder, wire, onLogin, depth) => serveSsh(resources, recorder, wire, onLogin, depth),
    };
    return resources;
  };
  const shown = new Map([...hosts].map(([name, host]) => [name, { name, resources: resourcesOf(host) }]));
  read(() => recoverRecordings('tty', limits.recording_bytes));
  const trusted = trustedPeers(config.sensor.proxy_from);
  const deadlines: Deadlines = { loginGrace: limits.login_grace, idle: limits.idle, session: limits.session };
  const peers = new Set<PeerSocket>();
  /** Connections whose PROXY header is awaited. */
  const awaited = new Set<Socket>();

  const accept = (listener: Listener, socket: Socket) => {
    const own = endpointsOf(socket);
    if (!own) {
      turnAway(socket);
      return;
    }
    if (!trusted(own.from.address)) {
      admit(listener, socket, own);
      return;
    }
    if (awaited.size >= limits.connections) {
      admission.refused('global', own.from.address);
      turnAway(socket);
      return;
    }
    awaited.add(socket);
    readProxyHeader(socket, own, {
      taken: (endpoints) => {
        awaited.delete(socket);
        admit(listener, socket, endpoints);
      },
      refused: () => {
        awaited.delete(socket);
        admission.refused('proxy', own.from.address);
        turnAway(socket);
      },
    });
  };

  const admit = ({ protocol, personas }: Listener, socket: Socket, { from, to }: Endpoints) => {
    const among = personas.map((name) => shown.get(name)!);
    const { resources } = choose(among, from.address, shared.seed);
    const { refusal = '', graceJitter = 0 } = resources.host.ssh;
    const ssh = protocol === 'ssh';
    const place = admission.admit(protocol, from.address, ssh ? resources.penalties : undefined);
    if (typeof place === 'string') {
      turnAway(socket, ssh ? refusal : '');
      return;
    }
    const recorder = new Recorder(journal, origin, identify(protocol, from, to), resources.host.name, wallClock);
    const serving = serve(protocol, resources, recorder, place);
    const jitter = ssh ? (Math.random() * graceJitter) / 1000 : 0;
    const peer = new PeerSocket(
      socket,
      { ...deadlines, loginGrace: deadlines.loginGrace + jitter },
      {
        ...serving.events,
        closed: () => {
          peers.delete(peer);
          serving.events.closed();
        },
      },
      monotonic(),
    );
    peers.add(peer);
    serving.begin(peer);
    // A server accepts with reading paused until everything is in place.
    socket.resume();
  };

  onConnection(bound, accept);
  const checking = setInterval(() => {
    const now = monotonic();
    for (const peer of peers) peer.check(now);
  }, CHECK_EVERY);
  const tidy = () => {
    for (const { machines } of hosts.values()) machines.tidy();
    void vault.recount();
  };
  const tidying = setInterval(tidy, TIDY_EVERY);
  tidy();
  const listeners = bound.map(({ protocol, address, personas }): Listener => ({ protocol, address, personas }));
  record('kansatsuki.sensor.started', {
    version,
    persona: config.sensor.persona,
    listeners: listeners.map((listener) => shownAs(listener, usual)),
  });

  return {
    listeners,
    record,
    flush: () => journal.flush(),
    async stop(reason) {
      clearInterval(checking);
      clearInterval(tidying);
      const closed = bound.map(({ server }) => new Promise<void>((resolve) => server.close(() => resolve())));
      for (const peer of [...peers]) peer.destroy();
      for (const socket of awaited) socket.destroy();
      await Promise.race([Promise.all(closed), new Promise((resolve) => setTimeout(resolve, 2_000))]);
      admission.flush();
      record('kansatsuki.sensor.stopped', { reason });
      journal.flush();
      journal.close();
    },
  };
}

/** Every persona that some listener shows, and those that one of SSH does. */
function personasShown({ sensor, herald }: Config, usual: string[], passed: readonly PassedSocket[] = []) {
  const of = (protocol: 'ssh' | 'telnet') => {
    if (passed.some((socket) => socket.protocol === protocol)) return usual;
    return listensOf(sensor[protocol]).flatMap(({ personas }) => (personas.length > 0 ? personas : usual));
  };
  const ssh = new Set(of('ssh'));
  const heralds = HERALDED.some((protocol) => herald[protocol] !== 'off') ? usual : [];
  return { all: new Set([...ssh, ...of('telnet'), ...heralds]), ssh };
}

/** `telnet://0.0.0.0:23`, with `=PERSONA` where others than the usual ones are shown. */
function shownAs({ protocol, address, personas }: Listener, usual: readonly string[]): string {
  const others = personas.join('+') === usual.join('+') ? '' : `=${personas.join('+')}`;
  return `${protocol}://${address}${others}`;
}

/** @throws StartError when it has no address */
function sinkOf({ forwarding }: Config): Sink {
  const { sink, sink_connections: connections, sink_seconds: seconds } = forwarding;
  if (sink === 'off') throw new StartError('forwarding.sink: mode sink needs an address to connect to.');
  const { host, port } = parseListen(sink);
  return new Sink({ host, port, connections, seconds });
}

/** Closes an accepted connection that is not taken, with the text that sshd sends then, if it does. */
function turnAway(socket: Socket, text = ''): void {
  socket.on('error', () => {});
  if (text === '') socket.destroy();
  else socket.end(text, 'latin1', () => socket.destroy());
}

function read<T>(work: () => T, what = 'Cannot start'): T {
  try {
    return work();
  } catch (error) {
    throw startError(what, error);
  }
}

/** What fetches for the emulated programs: only from the public internet, and from nothing that is ours. */
/** Is the reserve of free disk still there? Asked at most once a second. */
function roomLeft(reserve: number): () => boolean {
  let room = true;
  let asked = Number.NEGATIVE_INFINITY;
  return () => {
    const now = monotonic();
    if (now - asked < 1_000) return room;
    asked = now;
    try {
      const { bavail, bsize } = statfsSync('.');
      room = bavail * bsize > reserve;
    } catch {
      room = false;
    }
    return room;
  };
}
