// A probe: acts on a fresh connection to one server and returns what it observed, line by line; and the ways that most of them begin.
import { type Client, message, text, u32 } from './client.ts';

/** The user that exists on both servers while the probes run. */
export const USER = `kprobe${process.pid}`;
export const PASSWORD = 'correct horse';

export type Probe = (client: Client) => Promise<string[]>;
export type Probes = Readonly<Record<string, Probe>>;

export const strict = { kex: 'curve25519-sha256,ext-info-c,kex-strict-c-v00@openssh.com' };
export const plainPacket = (length: number, padding: number, body: Buffer) =>
  Buffer.concat([u32(length), Buffer.of(padding), body]);

/** Ident and KEXINIT are exchanged, then `act`; what the server says after its own KEXINIT counts. */
export const early =
  (act: (client: Client) => void | Promise<void>, init: Parameters<Client['kexInit']>[0] = {}): Probe =>
  async (client) => {
    await client.ident();
    client.send(client.kexInit(init));
    await client.until(20);
    await act(client);
    return client.rest();
  };

/** Ident only; our first packet is the probe. */
export const first =
  (act: (client: Client) => void): Probe =>
  async (client) => {
    await client.ident();
    await client.until(20);
    act(client);
    return client.rest();
  };

export const secured =
  (act: (client: Client) => void | Promise<void>, options = {}): Probe =>
  async (client) => {
    await client.secure(options);
    await act(client);
    return client.rest();
  };

/** Everything from the login on counts. */
export const loggedIn =
  (act: (client: Client) => void | Promise<void>, options = {}): Probe =>
  async (client) => {
    await client.login(USER, PASSWORD, options);
    client.seen.length = 0;
    await act(client);
    return [...client.seen, ...(await client.rest())];
  };

export const inSession = (act: (client: Client) => void | Promise<void>): Probe =>
  loggedIn(async (client) => {
    await client.open(7);
    await act(client);
  });

export const auth = (method: string, ...parts: (Buffer | string | number | boolean)[]) =>
  message(50, USER, 'ssh-connection', method, ...parts);
export const ed25519Blob = Buffer.concat([text('ssh-ed25519'), text(Buffer.alloc(32, 5))]);
export const rsaBlob = Buffer.concat([
  text('ssh-rsa'),
  text(Buffer.of(1, 0, 1)),
  text(Buffer.concat([Buffer.of(0), Buffer.alloc(256, 0x91)])),
]);

export const words =
  (own: string | Buffer): Probe =>
  (client) =>
    client.words(own);
