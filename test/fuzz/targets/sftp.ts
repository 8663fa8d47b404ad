// SFTP: conversations by the grammar of version 3 and OpenSSH's extensions, damaged, against the whole server program in a machine.
import type { Machine, Main } from '../../../src/machine/machine.ts';
import { run, scratchMachine } from '../../../src/machine/scratch.ts';
import { FXP, packet, Reader, text, u32, u64 } from '../../../src/program/sftp/codec.ts';
import { extensions } from '../../../src/program/sftp/extensions.ts';
import { loadPrograms } from '../../../src/program/table.ts';
import { bash } from '../../../src/shell/shell.ts';
import { EDGES, mutateBytes, mutateOrder } from '../mutate.ts';
import type { Random } from '../random.ts';
import { type Case, fault, type Target } from '../target.ts';

const SERVER = '/usr/lib/openssh/sftp-server';
/** Cases of one machine; what they left behind goes with it. */
const PER_MACHINE = 300;
/** How the server may end: end of input, message too long, message that cannot be taken apart. */
const ENDINGS = [0, 11, 255];
/** No login shell, a program that must not or cannot be run: root may have done that to the machine. */
const NO_SERVER = [1, 126, 127];

const PATHS = [
  ...[
    '',
    '.',
    '..',
    '/',
    'a',
    'b',
    'a/b',
    'a/',
    './a',
    '../f/a',
    '//tmp//f',
    'loop',
    'a\0b',
    '\xff',
    '~',
    '~/a',
    '~root',
    '~nobody/x',
  ],
  ...[
    '/etc/passwd',
    '/etc/shadow',
    '/dev/null',
    '/dev/zero',
    '/dev/full',
    '/proc/self/fd/0',
    '/proc/self/exe',
    '/proc/1/environ',
  ],
  ...[
    '/sys',
    '/tmp',
    '/root',
    '/usr/bin',
    '/nosuch/x',
    'a/'.repeat(200),
    'x'.repeat(255),
    'x'.repeat(256),
    'y/'.repeat(3000),
  ],
];
const TYPES = Object.values(FXP);
const NAMES = [...Object.keys(extensions), 'copy-data', '', 'constructor', '__proto__', 'nosuch@openssh.com'];
const OFFSETS = [
  0n,
  1n,
  5n,
  65_536n,
  1n << 31n,
  1n << 32n,
  (1n << 44n) - 1n,
  1n << 53n,
  (1n << 63n) - 1n,
  1n << 63n,
  (1n << 64n) - 1n,
];

function attributes(random: Random): string {
  const flags = random.one(4) ? random.u32() : random.below(16);
  let fields = u32(flags);
  if (flags & 1) fields += u64(random.pick(OFFSETS));
  if (flags & 2) fields += u32(random.pick(EDGES)) + u32(random.pick(EDGES));
  if (flags & 4) fields += u32(random.one(2) ? random.below(0o10000) : random.u32());
  if (flags & 8) fields += u32(random.u32()) + u32(random.u32());
  if (flags & 0x8000_0000) fields += random.one(2) ? u32(1) + text('x') + text('y') : u32(random.pick(EDGES));
  return fields;
}

/** One request. What does not fit its type is read by the server in its own way, which is the point. */
function request(random: Random, id: number): string {
  const path = () => text(random.pick(PATHS));
  const handle = () => text(random.one(20) ? random.bytes(random.below(8)).toString('latin1') : u32(random.below(6)));
  const at = () => u64(random.pick(OFFSETS));
  const data = () => text('d'.repeat(random.size(random.one(50) ? 250_000 : 4096)));
  const type = random.one(12) ? random.below(256) : random.pick(TYPES);
  const head = [u32(id)];
  switch (type) {
    case FXP.OPEN:
      return packet(type, ...head, path(), u32(random.one(8) ? random.u32() : random.below(64)), attributes(random));
    case FXP.READ:
      return packet(type, ...head, handle(), at(), u32(random.pick(EDGES)));
    case FXP.WRITE:
      return packet(type, ...head, handle(), at(), data());
    case FXP.FSETSTAT:
      return packet(type, ...head, handle(), attributes(random));
    case FXP.CLOSE:
    case FXP.FSTAT:
    case FXP.READDIR:
      return packet(type, ...head, handle());
    case FXP.RENAME:
    case FXP.SYMLINK:
      return packet(type, ...head, path(), path());
    case FXP.EXTENDED: {
      const name = random.pick(NAMES);
      if (name === 'copy-data') return packet(type, ...head, text(name), handle(), at(), at(), handle(), at());
      if (/^(fsync|fstatvfs)/.test(name)) return packet(type, ...head, text(name), handle());
      if (/^users/.test(name)) return packet(type, ...head, text(name), data(), text(u32(0)));
      return packet(type, ...head, text(name), path(), random.one(2) ? path() : attributes(random));
    }
    case FXP.INIT:
      return packet(type, u32(random.pick(EDGES)));
    default:
      return packet(type, ...head, path(), attributes(random));
  }
}

const programs = new Map<string, Main>([...(await loadPrograms()), ['bash', bash]]);
let machine: Machine | undefined;
let cases = 0;

/** Every answer is a packet of a known type that is as long as it says, and answers something. */
function check(output: string): void {
  const reader = new Reader(output);
  while (!reader.done) {
    const answer = new Reader(reader.string());
    const type = answer.u8();
    if (type !== FXP.VERSION && !(type >= FXP.STATUS && type <= FXP.ATTRS) && type !== FXP.EXTENDED_REPLY)
      fault(`answer of type ${type}`);
    answer.u32();
    if (type !== FXP.STATUS) continue;
    if (answer.u32() > 8) fault('status code above 8');
    answer.string();
    answer.string();
    if (!answer.done) fault('more behind a status');
  }
}

const target: Target = {
  make(random, corpus) {
    const input: Case = [Buffer.from(packet(FXP.INIT, u32(3)), 'latin1')];
    for (let left = random.size(40); left >= 0; left--)
      input.push(Buffer.from(request(random, random.u32()), 'latin1'));
    while (random.one(2)) {
      const at = random.below(input.length);
      if (random.one(2)) input[at] = mutateBytes(Buffer.from(input[at]!), random);
      else mutateOrder(input, random, () => (corpus.length > 0 ? random.pick(corpus) : input));
      if (input.length === 0) break;
    }
    return input;
  },

  async run(input) {
    if (cases++ % PER_MACHINE === 0) machine = undefined;
    if (machine !== undefined) {
      const longest = await converse(machine, input);
      if (longest !== undefined) return longest;
    }
    machine = await scratchMachine(programs);
    return (await converse(machine, input)) ?? fault('a new machine cannot start the server');
  },
};

/** The longest time that the event loop was held; undefined: earlier cases took the server, or the way to it, away. */
async function converse(where: Machine, input: Case): Promise<number | undefined> {
  let done = false;
  let longest = 0;
  let last = performance.now();
  const tick = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (!done) setImmediate(tick);
  };
  const command = `rm -rf /tmp/f; mkdir -m 777 -p /tmp/f/a && cd /tmp/f || exit 126; ln -s loop loop; exec ${SERVER}`;
  const stdin = Buffer.concat(input).toString('latin1');
  const user = input.length % 2 === 0 ? 'root' : 'guest';
  setImmediate(tick);
  const { stdout, ending } = await run(where, command, { user, stdin });
  done = true;
  if (!('code' in ending)) fault(`ended with ${JSON.stringify(ending)}`);
  if (NO_SERVER.includes(ending.code)) return undefined;
  if (!ENDINGS.includes(ending.code)) fault(`ended with ${ending.code}`);
  check(stdout);
  return longest;
}

export default target;
