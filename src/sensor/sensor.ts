// The sensor: loads everything, binds its ports, gives up root, and only then takes connections and hands each to its protocol.
import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { mkdirSync, readFileSync, statfsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Fields, Protocol, SensorEventId } from '../event/event.ts';
import { makeEvent, type Origin } from '../event/json.ts';
import { Journal } from '../journal/journal.ts';
import { Vault } from '../journal/vault.ts';
import { foreignProgram } from '../machine/foreign.ts';
import { createHouse } from '../machine/house.ts';
import type { Main } from '../machine/machine.ts';
import { loadPersona } from '../machine/persona.ts';
import { loadPrograms } from '../program/table.ts';
import { ash, bash, dash } from '../shell/shell.ts';
import { ServerConnection as SshConnection } from '../wire/ssh/connection.ts';
import { loadProfile } from '../wire/ssh/profile.ts';
import { ServerConnection as TelnetConnection } from '../wire/telnet/connection.ts';
import { parseProfile as parseTelnetProfile } from '../wire/telnet/profile.ts';
import { Admission, type Place, parseBlock, parseStartups } from './admission.ts';
import { after, monotonic, wallClock } from './clock.ts';
import { type Endpoints, endpointsOf, readProxyHeader, trustedPeers } from './endpoints.ts';
import { Budget } from './fetcher/budget.ts';
import { Fetcher } from './fetcher/fetcher.ts';
import { publicReach } from './fetcher/reach.ts';
import { loadServices } from './forwarding/services.ts';
import { Sink } from './forwarding/sink.ts';
import { hostKeys, installationId, machineSeed } from './installation.ts';
import { bindAll, type Listener, onConnection, type PassedSocket } from './listeners.ts';
import { Machines } from './machines.ts';
import { memoryShort } from './memory.ts';
import { type Deadlines, type PeerOwner, PeerSocket } from './peer-socket.ts';
import { type Offence, Penalties } from './penalties.ts';
import { dropPrivileges, findUser } from './privileges.ts';
import { identify, Recorder } from './recorder.ts';
import { recoverRecordings } from './recording.ts';
import type { Resources, ServedSsh } from './resources.ts';
import { SshSession } from './ssh/ssh-session.ts';
import { StartError, startError } from './start-error.ts';
import { TelnetSession } from './telnet/telnet-session.ts';
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
  const persona = await loadPersona(join(personas, config.sensor.persona)).catch((error: Error) => {
    throw new StartError(`There is no persona "${config.sensor.persona}": ${error.message}.`);
  });
  const sshName = config.sensor.ssh_profile || persona.facts.ssh;
  const sshProfile = read(
    () => loadProfile(join(personas, `ssh/${sshName}.json`)),
    `Cannot use SSH profile ${sshName}`,
  );
  const keys = hostKeys('keys', sshProfile.hostKeys);
  const telnetFile = join(personas, `telnet/${persona.facts.telnet}.json`);
  const telnetProfile = read(() => parseTelnetProfile(readFileSync(telnetFile, 'utf8'), telnetFile));
  const programs = new Map<string, Main>([
    ...(await loadPrograms()),
    ['bash', bash],
    ['dash', dash],
    ['sh', dash],
    ['ash', ash],
  ]);
  const house = createHouse({
    persona,
    seed: machineSeed('state'),
    programs,
    clock: { now: wallClock, after },
    random: Math.random,
    foreign: foreignProgram(config.machine.binaries),
    memoryShort: memoryShort(config.limits.memory),
    onFault: (program, error) =>
      console.error(`kansatsuki: fault in the emulated ${program}: ${(error as Error).stack}`),
  });
  const machines = new Machines(house, 'machines', config.machine.remember * 3_600_000, wallClock);

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
      new UserdbFile(userdbPath, monotonic, {
        loaded: (rules) => record('kansatsuki.userdb.loaded', { file: userdbPath, rules }),
        invalid: ({ line, reason }) => {
          record('kansatsuki.userdb.invalid', { file: userdbPath, line, reason });
          console.error(`kansatsuki: ${userdbPath}:${line}: ${reason}. The last good rules stay in force.`);
        },
      }),
    `Cannot use ${userdbPath}`,
  );
  const limits = config.limits;
  const vault = new Vault('downloads', {
    artefactBytes: limits.artefact_bytes,
    totalBytes: limits.vault_bytes,
    diskReserve: limits.disk_reserve,
  });
  const block = parseBlock(limits.source_block);
  const { penalties: rules, refusal = '', graceJitter = 0 } = sshProfile;
  const penalties = limits.penalties === 'on' && rules ? new Penalties(rules, block, monotonic) : undefined;
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
    penalties,
  );
  const environment = { now: monotonic, random: randomBytes, after };
  const sshOptions = { profile: sshProfile, hostKeys: keys, environment };
  const serveSsh: Resources['serveSsh'] = (recorder, wire, onLogin, depth) => {
    const session = new SshSession(resources, recorder, onLogin, depth);
    const connection = new SshConnection(sshOptions, session, wire);
    return {
      receive: (chunk) => {
        session.spoke();
        connection.receive(chunk);
      },
      end: () => connection.end(),
      drained: () => connection.drained(),
      close: () => connection.close(),
      gone: () => {
        connection.close();
        session.gone();
      },
      get attempted() {
        return session.attempted;
      },
    };
  };
  const services = read(
    () => loadServices(join(personas, config.sensor.persona, 'services.json'), join(personas, 'services/default.json')),
    'Cannot use the services of the persona',
  );
  const resources: Resources = {
    config,
    origin,
    journal,
    vault,
    userdb,
    machineFor: (address) => machines.lease(address),
    ...(config.downloads.policy === 'fetch'
      ? { fetcher: read(() => guardedFetcher(config.downloads), 'Cannot use downloads.never') }
      : {}),
    services,
    ...(config.forwarding.mode === 'sink' ? { sink: sinkOf(config) } : {}),
    place: (address) => {
      const place = admission.admit('ssh', address);
      return typeof place === 'string' ? refusal : place;
    },
    serveSsh,
    ttyDirectory: 'tty',
    diskHasRoom: roomLeft(limits.disk_reserve),
    now: wallClock,
    random: Math.random,
    after,
  };
  read(() => recoverRecordings('tty', limits.recording_bytes));
  const trusted = trustedPeers(config.sensor.proxy_from);
  const deadlines: Deadlines = { loginGrace: limits.login_grace, idle: limits.idle, session: limits.session };
  const peers = new Set<PeerSocket>();
  /** Connections whose PROXY header is awaited. */
  const awaited = new Set<Socket>();

  const accept = (protocol: Protocol, socket: Socket) => {
    const own = endpointsOf(socket);
    if (!own) {
      turnAway(socket);
      return;
    }
    if (!trusted(own.from.address)) {
      admit(protocol, socket, own);
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
        admit(protocol, socket, endpoints);
      },
      refused: () => {
        awaited.delete(socket);
        admission.refused('proxy', own.from.address);
        turnAway(socket);
      },
    });
  };

  const admit = (protocol: Protocol, socket: Socket, { from, to }: Endpoints) => {
    const place = admission.admit(protocol, from.address);
    if (typeof place === 'string') {
      turnAway(socket, protocol === 'ssh' ? refusal : '');
      return;
    }
    const recorder = new Recorder(journal, origin, identify(protocol, from, to), wallClock);
    const owner = protocol === 'ssh' ? ssh(recorder, place) : telnet(recorder, place);
    const jitter = protocol === 'ssh' ? (Math.random() * graceJitter) / 1000 : 0;
    const peer = new PeerSocket(
      socket,
      { ...deadlines, loginGrace: deadlines.loginGrace + jitter },
      {
        ...owner.events,
        closed: () => {
          peers.delete(peer);
          place.release();
          owner.events.closed();
        },
      },
      monotonic(),
    );
    peers.add(peer);
    owner.begin(peer);
    // A server accepts with reading paused until everything is in place.
    socket.resume();
  };

  const ssh = (recorder: Recorder, place: Place) => {
    let served: ServedSsh;
    let offence: Offence | undefined = 'noauth';
    const events: PeerOwner = {
      receive: (chunk) => served.receive(chunk),
      end: () => served.end(),
      drained: () => served.drained(),
      expired: (which) => {
        if (which === 'loginGrace') offence = 'graceExceeded';
        served.close();
      },
      closed: () => {
        served.gone();
        if (offence === 'noauth' && served.attempted) offence = 'authfail';
        if (offence) penalties?.penalise(recorder.connection.src_ip, offence);
      },
    };
    return {
      events,
      begin: (peer: PeerSocket) => {
        const wire = {
          send: (bytes: Buffer) => peer.send(bytes),
          close: () => peer.close(),
          pause: (paused: boolean) => peer.pause(paused),
        };
        const loggedIn = () => {
          offence = undefined;
          place.authenticated();
          peer.authenticated();
        };
        served = serveSsh(recorder, wire, loggedIn, 0);
      },
    };
  };

  const telnet = (recorder: Recorder, place: Place) => {
    let connection: TelnetConnection;
    let peer: PeerSocket;
    const session = new TelnetSession(resources, recorder, () => {
      place.authenticated();
      peer.authenticated();
    });
    const events: PeerOwner = {
      receive: (chunk) => connection.receive(chunk),
      end: () => {
        connection.end();
        peer.close();
      },
      drained: () => session.drained(),
      expired: () => connection.close(),
      closed: () => session.closed(),
    };
    return {
      events,
      begin: (socket: PeerSocket) => {
        peer = socket;
        const { identity } = house;
        connection = new TelnetConnection(
          { send: (bytes) => peer.send(bytes), close: () => peer.close() },
          {
            profile: telnetProfile,
            environment: { now: monotonic, random: Math.random, after },
            texts: {
              hostname: identity.hostname,
              fqdn: `${identity.hostname}.${persona.facts.domain}`,
              release: identity.kernelRelease,
              line: 'pts/0',
              issue: '',
            },
          },
          session,
        );
        session.attach({
          write: (data) => connection.write(data),
          close: () => connection.close(),
          pause: (paused) => peer.pause(paused),
        });
        connection.open();
      },
    };
  };

  onConnection(bound, accept);
  const checking = setInterval(() => {
    const now = monotonic();
    for (const peer of peers) peer.check(now);
  }, CHECK_EVERY);
  const tidying = setInterval(() => machines.tidy(), TIDY_EVERY);
  machines.tidy();
  const listeners = bound.map(({ protocol, address }): Listener => ({ protocol, address }));
  record('kansatsuki.sensor.started', {
    version,
    persona: persona.name,
    listeners: listeners.map((l) => `${l.protocol}://${l.address}`),
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

/** @throws StartError when it has no address */
function sinkOf({ forwarding }: Config): Sink {
  const { sink, sink_connections: connections, sink_seconds: seconds } = forwarding;
  if (sink === 'off') throw new StartError('forwarding.sink: mode sink needs an address to connect to.');
  const at = sink.lastIndexOf(':');
  const host = sink.slice(0, at).replace(/^\[|\]$/g, '');
  return new Sink({ host, port: Number(sink.slice(at + 1)), connections, seconds });
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
function guardedFetcher({ never, at_once, day_bytes, file_bytes, seconds }: Config['downloads']): Fetcher {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses?.map(({ address }) => address) ?? []);
  return new Fetcher({
    reach: publicReach(own, never),
    budget: new Budget({ atOnce: at_once, dayBytes: day_bytes }, wallClock),
    fileBytes: file_bytes,
    seconds,
    lookup: async (host) => (await lookup(host, { all: true, order: 'ipv4first' })).map(({ address }) => address),
  });
}

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
