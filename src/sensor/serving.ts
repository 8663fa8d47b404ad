// One accepted connection served: its bytes to the protocol's server, the protocol's doings to the session, its end to everyone.
import { randomBytes } from 'node:crypto';
import type { HeraldedProtocol, Protocol } from '../event/event.ts';
import { ServerConnection as SshConnection } from '../wire/ssh/connection.ts';
import type { Wire } from '../wire/ssh/ssh.ts';
import { ServerConnection as TelnetConnection } from '../wire/telnet/connection.ts';
import { expandIssue } from '../wire/telnet/issue.ts';
import type { Place } from './admission.ts';
import { after, monotonic } from './clock.ts';
import { HeraldSession } from './herald/herald-session.ts';
import type { PeerOwner, PeerSocket } from './peer-socket.ts';
import type { Offence } from './penalties.ts';
import type { Recorder } from './recorder.ts';
import type { Resources, ServedSsh } from './resources.ts';
import { SshSession } from './ssh/ssh-session.ts';
import { TelnetSession } from './telnet/telnet-session.ts';

export interface Serving {
  events: PeerOwner;
  begin(peer: PeerSocket): void;
}

const SSH_ENVIRONMENT = { now: monotonic, random: randomBytes, after };

/** SSH over anything that carries bytes. `depth` counts the connections that it comes through. */
export function serveSsh(
  resources: Resources,
  recorder: Recorder,
  wire: Wire,
  onLogin: () => void,
  depth: number,
): ServedSsh {
  const { ssh: profile, keys: hostKeys } = resources.host;
  const session = new SshSession(resources, recorder, onLogin, depth);
  const connection = new SshConnection(
    { profile, hostKeys: [...hostKeys], environment: SSH_ENVIRONMENT },
    session,
    wire,
  );
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
}

/** @param place is given back when the connection is gone */
export function serve(protocol: Protocol, resources: Resources, recorder: Recorder, place: Place): Serving {
  if (protocol === 'ssh') return servingSsh(resources, recorder, place);
  if (protocol === 'telnet') return servingTelnet(resources, recorder, place);
  return servingHerald(protocol, resources, recorder, place);
}

function servingSsh(resources: Resources, recorder: Recorder, place: Place): Serving {
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
      place.release();
      served.gone();
      if (offence === 'noauth' && served.attempted) offence = 'authfail';
      if (offence) resources.penalties?.penalise(recorder.connection.src_ip, offence);
    },
  };
  return {
    events,
    begin: (peer) => {
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
      served = serveSsh(resources, recorder, wire, loggedIn, 0);
    },
  };
}

function servingTelnet(resources: Resources, recorder: Recorder, place: Place): Serving {
  let connection: TelnetConnection;
  let peer: PeerSocket;
  const session = new TelnetSession(resources, recorder, () => {
    place.authenticated();
    peer.authenticated();
  });
  const events: PeerOwner = {
    receive: (chunk) => {
      session.spoke();
      connection.receive(chunk);
    },
    end: () => {
      connection.end();
      peer.close();
    },
    drained: () => session.drained(),
    expired: () => connection.close(),
    closed: () => {
      place.release();
      session.closed();
    },
  };
  return {
    events,
    begin: (socket) => {
      peer = socket;
      const { identity, domain, telnet: profile, issue } = resources.host;
      const { patience, exploit } = resources.config.telnet;
      const line = `pts/${session.terminal}`;
      connection = new TelnetConnection(
        { send: (bytes) => peer.send(bytes), close: () => peer.close() },
        {
          profile,
          environment: { now: monotonic, random: Math.random, after },
          texts: {
            hostname: identity.hostname,
            fqdn: `${identity.hostname}.${domain}`,
            release: identity.kernelRelease,
            line,
            issue: expandIssue(issue, profile.daemon.family, { ...identity, domain, line }, new Date(resources.now())),
          },
          patience: patience * 1000,
          vulnerable: exploit === 'succeed',
        },
        session,
      );
      session.attach({
        write: (data) => connection.write(data),
        close: () => connection.close(),
        pause: (paused) => peer.pause(paused),
        mark: () => connection.mark(),
      });
      connection.open();
    },
  };
}

function servingHerald(protocol: HeraldedProtocol, resources: Resources, recorder: Recorder, place: Place): Serving {
  let session: HeraldSession;
  let peer: PeerSocket;
  return {
    events: {
      receive: (chunk) => session.receive(chunk),
      end: () => peer.close(),
      drained: () => {},
      expired: () => {},
      closed: () => {
        place.release();
        session.closed();
      },
    },
    begin: (socket) => {
      peer = socket;
      session = new HeraldSession(resources, recorder, protocol, {
        send: (data) => void peer.send(data),
        close: () => peer.close(),
      });
    },
  };
}
