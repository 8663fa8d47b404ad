// The identification line and what may stand in its place: ends, control bytes, versions, lengths, other protocols.
import { mutateBytes, mutateCase } from '../mutate.ts';
import { Random, seedOf } from '../random.ts';
import { owner } from '../ssh/owner.ts';
import { cut, nullKey, Pair, profile } from '../ssh/pair.ts';
import type { Target } from '../target.ts';

const software = [
  'OpenSSH_9.2p1',
  'libssh_0.9.6',
  'Go',
  'PuTTY_Release_0.63',
  'OpenSSH_6.6',
  'Probe-1',
  'SSH_Version_Mapper_1',
  '',
];
const lines = [
  'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  '\x03\x00\x00\x2f\x2a\xe0',
  '\n',
  '\r\n',
];

export default {
  make(random, corpus) {
    if (corpus.length > 0 && random.one(8)) return mutateCase(random.pick(corpus), random, corpus);
    const version = random.pick(['2.0', '1.99', '1.5', '2', '2.99999999999', '+2.-0', ' 2.0', '3.0', '']);
    const end = random.pick(['\r\n', '\n', '\r', '\r\r\n', '\0\n', '']);
    const comment = random.one(3) ? ` ${'c'.repeat(random.size(9000))}` : '';
    let line = Buffer.from(`SSH-${version}-${random.pick(software)}${comment}${end}`, 'latin1');
    if (random.one(10)) line = Buffer.from(random.pick(lines), 'latin1');
    for (let times = random.below(3); times > 0; times--) line = Buffer.from(mutateBytes(line, random));
    return random.one(2) ? [line] : [line, random.bytes(random.size(200))];
  },
  run(input) {
    const random = new Random(seedOf(input));
    const pair: Pair = new Pair(
      random,
      owner(() => pair),
      { profile, hostKeys: [nullKey] },
    );
    for (const part of input) for (const chunk of cut(part, random)) pair.receive(chunk);
    pair.end();
    return pair.longest;
  },
} satisfies Target;
