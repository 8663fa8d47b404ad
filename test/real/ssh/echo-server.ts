// Our SSH server in this process with every algorithm that is built in: it lets everyone in, and gives back what a command is sent.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { ciphers } from '../../../src/wire/ssh/cipher.ts';
import { ServerConnection } from '../../../src/wire/ssh/connection.ts';
import { generateHostKey, type HostKey, hostKeyTypes } from '../../../src/wire/ssh/hostkey.ts';
import { kexMethods } from '../../../src/wire/ssh/kex.ts';
import { macs } from '../../../src/wire/ssh/mac.ts';
import { loadProfile } from '../../../src/wire/ssh/profile.ts';
import type { Negotiated } from '../../../src/wire/ssh/ssh.ts';

export interface EchoServer {
  port: number;
  hostKeys: HostKey[];
  /** What the latest client agreed on. */
  negotiated(): Negotiated | undefined;
  /** The algorithms of the latest client's signed keys. */
  signedWith(): string[];
  stop(): void;
}

export async function startEcho(publicKeyOnly = false): Promise<EchoServer> {
  const base = loadProfile(join(import.meta.dirname, '../../../personas/ssh/openssh-9.2p1-debian12.json'));
  const hostKeys = await Promise.all(hostKeyTypes.map((type) => generateHostKey(type, 2048)));
  const profile = {
    ...base,
    kex: [...Object.keys(kexMethods), 'kex-strict-s-v00@openssh.com'],
    hostKey: hostKeys.flatMap((key) => key.algorithms),
    cipher: Object.keys(ciphers),
    mac: Object.keys(macs),
    compression: ['none', 'zlib@openssh.com', 'zlib'],
    publicKeyAlgorithms: [...base.publicKeyAlgorithms, 'ssh-rsa', 'ssh-dss'],
    authDelay: 0,
  };
  let negotiated: Negotiated | undefined;
  let signed: string[] = [];
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    const connection = new ServerConnection(
      {
        profile,
        hostKeys,
        environment: {
          now: () => performance.now(),
          random: (bytes) => randomBytes(bytes),
          after(ms, run) {
            const timer = setTimeout(run, ms);
            return () => clearTimeout(timer);
          },
        },
      },
      {
        newKeys: (value) => {
          negotiated = value;
          signed = [];
        },
        authenticate(request) {
          if (request.method === 'none') return publicKeyOnly ? 'refuse' : 'accept';
          if (request.method !== 'publickey') return 'accept';
          if (request.signed) signed.push(request.algorithm);
          return 'accept';
        },
        session: (channel) => ({
          exec: () => true,
          data: (chunk) => void channel.write(chunk),
          end: () => channel.exit(0),
        }),
      },
      {
        send: (bytes) => socket.write(bytes),
        close: () => void socket.end(),
        pause: (paused) => void (paused ? socket.pause() : socket.resume()),
      },
    );
    socket.on('data', (chunk) => connection.receive(chunk));
    socket.on('drain', () => connection.drained());
    socket.on('end', () => connection.end());
    socket.on('close', () => connection.close());
    socket.on('error', () => connection.close());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    hostKeys,
    negotiated: () => negotiated,
    signedWith: () => signed,
    stop: () => void server.close(),
  };
}
