// Probes made by chance: a phase of the connection, then a few messages, right or damaged. The same seed makes the same probe.
import { type Client, message, text, u32 } from './client.ts';
import { auth, ed25519Blob, PASSWORD, type Probe, rsaBlob, strict, USER } from './probe.ts';

/** mulberry32: numbers from 0 to 1. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Phase = 'first' | 'early' | 'strict' | 'keys' | 'secured' | 'in' | 'session' | 'running' | 'pty';

class Maker {
  readonly random: () => number;
  constructor(seed: number) {
    this.random = generator(seed);
  }
  one<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.random() * choices.length)]!;
  }
  number(below: number): number {
    return Math.floor(this.random() * below);
  }
  chance(share: number): boolean {
    return this.random() < share;
  }
}

const numbers = [
  0, 1, 2, 3, 5, 7, 9, 100, 255, 256, 32768, 65535, 65536, 0x7ffffffe, 0x7fffffff, 0x80000000, 0xffffffff,
];
const strings = ['', 'x', 'ssh-userauth', 'ssh-connection', 'a\0b', 'none', 'x@y', 'é', 'x'.repeat(300), USER];

const transportMessages = (make: Maker): Buffer =>
  make.one<() => Buffer>([
    () => message(1, make.one(numbers), make.one(strings), ''),
    () => message(2, make.one(strings)),
    () => message(3, make.one(numbers)),
    () => message(4, make.chance(0.5), make.one(strings), ''),
    () => message(5, make.one(strings)),
    () => message(6, make.one(strings)),
    () => message(7, 1, 'x', 'y'),
    () => message(7, 1, 'ext-info-in-auth@openssh.com', '0'),
    () => message(21),
    () => message(30, text(Buffer.alloc(32, 9))),
    () => message(make.number(256)),
    () => message(make.number(256), make.one(numbers)),
    () => message(make.number(256), make.one(strings)),
    () => message(make.number(50), make.one(numbers), make.one(strings)),
  ])();

const authMessages = (make: Maker): Buffer =>
  make.one<() => Buffer>([
    () => auth('none'),
    () => auth(make.one(['hostbased', 'gssapi-with-mic', 'gssapi-keyex', 'keyboard-interactive', 'x', '']), '', ''),
    () => message(50, make.one(strings), make.one(strings), make.one(['none', 'publickey', 'x'])),
    () => auth('publickey', false, make.one(keyNames), text(make.one([ed25519Blob, rsaBlob, Buffer.from('zz')]))),
    () => auth('publickey', true, make.one(keyNames), text(make.one([ed25519Blob, rsaBlob])), make.one(strings)),
    () => auth('password', true, 'a', 'b'),
    () => message(make.one([60, 61, 63, 64, 65, 66]), make.one(numbers)),
    () => message(5, 'ssh-userauth'),
  ])();

const keyNames = [
  'ssh-ed25519',
  'ssh-rsa',
  'rsa-sha2-256',
  'rsa-sha2-512',
  'ssh-dss',
  'ecdsa-sha2-nistp256',
  'sk-ssh-ed25519@openssh.com',
  'ssh-ed25519-cert-v01@openssh.com',
  'x',
];

const globals = [
  'x@y',
  'keepalive@openssh.com',
  'hostkeys-prove-00@openssh.com',
  'cancel-tcpip-forward',
  'cancel-streamlocal-forward@openssh.com',
  'no-more-sessions@openssh.com',
  '',
];

const connectionMessages = (make: Maker, channels: readonly number[]): Buffer => {
  const channel = make.chance(0.8) ? make.one(channels) : make.one(numbers);
  return make.one<() => Buffer>([
    () => message(80, make.one(globals), make.chance(0.7), make.one(strings), make.one(numbers)),
    () => message(80, make.one(globals), make.chance(0.7)),
    () => message(make.one([81, 82, 99, 100]), make.one(numbers)),
    () =>
      message(
        90,
        make.one(['session', 'session', 'x11', 'x', 'tun@openssh.com', 'auth-agent@openssh.com', '']),
        make.one(numbers),
        make.one(numbers),
        make.one(numbers),
      ),
    () => message(make.one([91, 92]), channel, 0, 0, 0),
    () => message(93, channel, make.one(numbers)),
    () => message(94, channel, make.one(strings)),
    () => message(95, channel, make.one([0, 1, 2]), make.one(strings)),
    () => message(96, channel),
    () => message(97, channel),
    () =>
      message(
        98,
        channel,
        make.one([
          'shell',
          'signal',
          'break',
          'x@y',
          'eow@openssh.com',
          'window-change',
          'auth-agent-req@openssh.com',
          'xon-xoff',
          'exit-status',
          'keepalive@openssh.com',
          '',
        ]),
        make.chance(0.8),
      ),
    () =>
      message(98, channel, 'signal', make.chance(0.8), make.one(['TERM', 'KILL', 'USR1', 'FOO', '', 'INFO', 'INT'])),
    () => message(98, channel, 'break', make.chance(0.8), make.one(numbers)),
    () => message(98, channel, 'window-change', make.chance(0.8), make.one(numbers), make.one(numbers), 0, 0),
    () =>
      message(98, channel, 'env', make.chance(0.8), make.one(['LANG', 'LC_ALL', 'FOO', 'LC_', '']), make.one(strings)),
    () =>
      message(
        98,
        channel,
        'pty-req',
        make.chance(0.8),
        make.one(['xterm', '', 'x\0y']),
        make.one([80, 0]),
        make.one([24, 0]),
        0,
        0,
        make.one(modes),
      ),
    () => message(98, channel, 'subsystem', make.chance(0.8), make.one(['x', '', 'SFTP'])),
    () => message(98, channel, 'exec', make.chance(0.8), make.one(['true', 'echo hi', 'cat', 'exit 3'])),
  ])();
};
const modes = ['', '\0', '\x03\0\0\0\x7f\0', '\x80\0\0\x96\0', '\x80\0', '\xff', '\x35\0\0\0\0\0'];

/** Most stay as they are. */
function damaged(make: Maker, payload: Buffer): Buffer {
  const kind = make.random();
  if (kind < 0.6 || payload.length < 2) return payload;
  if (kind < 0.75) return payload.subarray(0, 1 + make.number(payload.length - 1));
  if (kind < 0.85) return Buffer.concat([payload, u32(make.one(numbers)).subarray(0, 1 + make.number(4))]);
  if (kind < 0.9) return Buffer.concat([payload, payload]);
  const changed = Buffer.from(payload);
  changed[make.number(changed.length)] = make.number(256);
  return changed;
}

const phases: readonly Phase[] = ['first', 'early', 'strict', 'keys', 'secured', 'in', 'session', 'running', 'pty'];

async function reach(client: Client, phase: Phase): Promise<void> {
  const options = phase === 'strict' ? strict : {};
  if (phase === 'first' || phase === 'early' || phase === 'strict') {
    await client.ident();
    if (phase !== 'first') client.send(client.kexInit(options));
    await client.until(20);
  } else if (phase === 'keys') {
    await client.ident();
    await client.exchange();
  } else if (phase === 'secured') await client.secure();
  else {
    await client.login(USER, PASSWORD);
    if (phase === 'in') return;
    await client.open(7);
    if (phase === 'running') client.request('exec', true, 'cat');
    if (phase === 'pty') client.request('pty-req', true, 'xterm', 80, 24, 0, 0, '').request('exec', true, 'sleep 9');
    if (phase !== 'session') await client.until(99);
  }
}

/** The probe of a seed, and what it sends. */
export function randomProbe(seed: number): { phase: string; payloads: Buffer[]; probe: Probe } {
  const make = new Maker(seed);
  const phase = make.one(phases);
  const payloads: Buffer[] = [];
  for (let count = 1 + make.number(6); count > 0; count--) {
    const kind = make.random();
    const later = phase === 'in' || phase === 'session' || phase === 'running' || phase === 'pty';
    let payload: Buffer;
    if (later) payload = kind < 0.15 ? transportMessages(make) : connectionMessages(make, [0]);
    else if (phase === 'secured') payload = kind < 0.25 ? transportMessages(make) : authMessages(make);
    else payload = kind < 0.8 ? transportMessages(make) : authMessages(make);
    payloads.push(damaged(make, payload));
  }
  const together = make.chance(0.5);
  return {
    phase: together ? `${phase}, together` : phase,
    payloads,
    async probe(client) {
      await reach(client, phase);
      if (together) {
        client.send(...payloads);
        return client.rest();
      }
      const seen: string[] = [];
      for (const payload of payloads) {
        client.send(payload);
        seen.push(...(await client.rest(150)), '|');
      }
      return [...seen, ...(await client.rest())];
    },
  };
}
