// Telnet: negotiation, subnegotiation, the login conversation and what follows it.
import { readFileSync } from 'node:fs';
import { ServerConnection } from '../../../src/wire/telnet/connection.ts';
import { parseProfile } from '../../../src/wire/telnet/profile.ts';
import { mutateBytes, mutateCase, mutateOrder } from '../mutate.ts';
import { Random, seedOf } from '../random.ts';
import { cut } from '../ssh/pair.ts';
import { type Case, fault, type Target } from '../target.ts';

const file = new URL('../../../personas/telnet/inetutils-2.4.json', import.meta.url);
const profile = parseProfile(readFileSync(file, 'utf8'), 'profile');
const text = (value: string) => Buffer.from(value, 'latin1');
const OPTIONS = [0, 1, 3, 5, 6, 24, 31, 32, 33, 34, 35, 36, 37, 38, 39, 255];

function piece(random: Random): Buffer {
  switch (random.below(8)) {
    case 0:
    case 1:
      return Buffer.of(255, 251 + random.below(4), random.one(8) ? random.below(256) : random.pick(OPTIONS));
    case 2:
      return Buffer.concat([
        Buffer.of(255, 250, random.pick(OPTIONS), random.below(4)),
        random.pick([text('XTERM'), text('\x00USER\x01-f root'), text('38400,38400'), random.bytes(random.size(700))]),
        random.one(8) ? Buffer.alloc(0) : Buffer.of(255, 240),
      ]);
    case 3:
      return Buffer.of(255, 236 + random.below(20));
    case 4:
      return text(
        random.pick(['root\r\n', 'admin\r\0', 'secret\r\n', '\r\n', 'root\n', '\x7f\x15\x03', 'enable\r\nshell\r\n']),
      );
    case 5:
      return Buffer.alloc(random.size(3000), random.pick(['a', '\xff', '\r', '\0']), 'latin1');
    default:
      return random.bytes(random.size(40));
  }
}

export default {
  make(random, corpus) {
    if (corpus.length > 0 && random.one(8)) return mutateCase(random.pick(corpus), random, corpus);
    const parts: Case = Array.from({ length: 1 + random.size(12) }, () => piece(random));
    if (random.one(2)) parts.unshift(text('root\r\n'), text('secret\r\n'));
    if (random.one(2)) mutateOrder(parts, random, () => [piece(random)]);
    if (parts.length > 0 && random.one(2)) {
      const at = random.below(parts.length);
      parts[at] = mutateBytes(parts[at]!, random);
    }
    return parts;
  },
  async run(input) {
    const random = new Random(seedOf(input));
    const timers = new Map<number, () => void>();
    let count = 0;
    let closed = 0;
    let sent = 0;
    let longest = 0;
    const timed = (run: () => void) => {
      const start = performance.now();
      run();
      longest = Math.max(longest, performance.now() - start);
    };
    const connection = new ServerConnection(
      {
        send(bytes) {
          if (closed > 0) fault('sent after the end');
          sent += bytes.length;
          if (sent > 1 << 20) fault('answers without bound');
          return !random.one(8);
        },
        close() {
          if (++closed > 1) fault('the wire was closed twice');
        },
      },
      {
        profile,
        environment: {
          now: () => count,
          random: () => random.below(1000) / 1000,
          after(_ms, run) {
            const id = count++;
            timers.set(id, run);
            return () => void timers.delete(id);
          },
        },
        texts: { hostname: 'host', fqdn: 'host.example', release: '6.1', line: 'pts/0', issue: '' },
        patience: random.one(2) ? 1000 : 0,
        vulnerable: random.one(2),
      },
      {
        login: (_user, password) => {
          const verdict = password.equals(text('secret')) ? 'accept' : 'refuse';
          return random.one(2) ? verdict : Promise.resolve(verdict);
        },
        started: () => void connection.write(text('$ ')),
        data: (chunk) => {
          connection.write(chunk);
          if (chunk.includes('exit')) connection.close();
        },
      },
    );
    timed(() => connection.open());
    for (const chunk of cut(Buffer.concat(input), random)) {
      timed(() => connection.receive(chunk));
      if (random.one(3)) await undefined;
      const next = random.one(3) ? timers.entries().next().value : undefined;
      if (next) {
        timers.delete(next[0]);
        timed(next[1]);
      }
    }
    timed(() => connection.end());
    connection.close();
    connection.receive(text('more'));
    connection.write(text('more'));
    await undefined;
    if (closed !== 1) fault(`the wire was closed ${closed} times`);
    if (timers.size > 0) fault('a timer outlived the connection');
    return longest;
  },
} satisfies Target;
