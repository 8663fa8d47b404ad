// Our server as the probes meet it: the default profile, one user, and the few commands the probes run.
import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { ServerConnection } from '../../../src/wire/ssh/connection.ts';
import { generateHostKey } from '../../../src/wire/ssh/hostkey.ts';
import { loadProfile } from '../../../src/wire/ssh/profile.ts';
import type { Channel, Environment, ServerHandler, SessionHandler } from '../../../src/wire/ssh/ssh.ts';
import { PASSWORD, USER } from './probes.ts';

const profile = loadProfile(
  fileURLToPath(new URL('../../../personas/ssh/openssh-9.2p1-debian12.json', import.meta.url)),
);

const environment: Environment = {
  now: () => performance.now(),
  random: (bytes) => randomBytes(bytes),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** What a shell would do with the probes' commands. */
function session(channel: Channel): SessionHandler {
  let status = 0;
  let discard = false;
  return {
    pty: () => true,
    env: () => true,
    exec(command) {
      const text = command.toString();
      if (text.startsWith('echo ')) {
        channel.write(Buffer.from(`${text.slice(5)}\n`));
        channel.exit(0);
      } else if (text.startsWith('kill')) channel.exitSignal('TERM');
      else if (text === 'true') channel.exit(0);
      if (text.includes('exit 3')) status = 3;
      discard = text.includes('/dev/null') || text.startsWith('sleep');
      return true;
    },
    data: (chunk) => void (discard || channel.write(chunk)),
    end: () => void (discard || channel.exit(status)),
    signal: (name) => channel.exitSignal(name),
  };
}

export function startOurs(): Promise<{ port: number; stop(): void }> {
  const hostKeys = [
    generateHostKey('ssh-rsa', 3072),
    generateHostKey('ecdsa-sha2-nistp256'),
    generateHostKey('ssh-ed25519'),
  ];
  const handler: ServerHandler = {
    authenticate: (request) =>
      request.method === 'password' &&
      request.user.equals(Buffer.from(USER)) &&
      request.password.equals(Buffer.from(PASSWORD))
        ? 'accept'
        : 'refuse',
    session,
  };
  const server: Server = createServer((socket) => {
    socket.setNoDelay(true);
    const connection = new ServerConnection({ profile, hostKeys, environment }, handler, {
      send: (bytes) => socket.write(bytes),
      close: () => void socket.end(),
      pause: (paused) => void (paused ? socket.pause() : socket.resume()),
    });
    socket.on('data', (chunk) => connection.receive(chunk));
    socket.on('drain', () => connection.drained());
    socket.on('end', () => connection.end());
    socket.on('close', () => connection.close());
    socket.on('error', () => connection.close());
  });
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () =>
      resolve({ port: (server.address() as AddressInfo).port, stop: () => void server.close() }),
    ),
  );
}
