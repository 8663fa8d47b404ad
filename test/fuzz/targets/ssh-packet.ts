// The binary packet protocol with every real cipher, MAC and compression: what is sealed opens again however it is cut, and damage ends
// the stream instead of passing through.
import { ciphers } from '../../../src/wire/ssh/cipher.ts';
import { compressor, decompressor } from '../../../src/wire/ssh/compression.ts';
import { Writer } from '../../../src/wire/ssh/data.ts';
import { macs } from '../../../src/wire/ssh/mac.ts';
import { PacketReceiver, PacketSender } from '../../../src/wire/ssh/packet.ts';
import { Violation } from '../../../src/wire/ssh/violation.ts';
import { mutateBytes } from '../mutate.ts';
import { Random, seedOf } from '../random.ts';
import { cut } from '../ssh/pair.ts';
import { fault, type Target } from '../target.ts';

const cipherNames = Object.keys(ciphers).filter((name) => name !== 'null');
const macNames = Object.keys(macs);
const filler = Buffer.alloc(256 * 1024, 0x5a);
const writer = new Writer();

/**
 * The first part says how: cipher, MAC, compression, and where the sealed stream is damaged (0: not at all); the others are payloads.
 */
export default {
  make(random) {
    const compress = random.one(64) ? 1 : 0;
    const how = Buffer.from([
      random.below(cipherNames.length),
      random.below(macNames.length),
      compress,
      random.below(256),
    ]);
    const payloads = Array.from({ length: 1 + random.below(3) }, () =>
      random.one(200) ? Buffer.alloc(random.size(250_000), 'a') : random.bytes(1 + random.size(120)),
    );
    return [how, ...payloads];
  },
  run(input) {
    const [how = Buffer.alloc(4), ...rest] = input;
    const payloads = rest.filter((payload) => payload.length > 0);
    const random = new Random(seedOf(input));
    const cipher = ciphers[cipherNames[how[0]! % cipherNames.length]!]!;
    const mac = cipher.aead ? undefined : macs[macNames[how[1]! % macNames.length]!]!;
    const key = filler.subarray(0, cipher.keyLength);
    const iv = filler.subarray(0, cipher.ivLength);
    const macKey = filler.subarray(0, mac?.keyLength ?? 0);
    const sender = new PacketSender((bytes) => filler.subarray(0, bytes));
    const receiver = new PacketReceiver();
    sender.rekey(cipher.sealer(key, iv, mac, macKey), false);
    receiver.rekey(cipher.opener(key, iv, mac, macKey), false);
    if (how[2] === 1) {
      sender.compress(compressor());
      receiver.decompress(decompressor());
    }
    const out: Buffer[] = [];
    for (const payload of payloads) {
      writer.start(payload[0] ?? 0).raw(payload.subarray(1));
      sender.seal(writer, out);
    }
    let stream = Buffer.concat(out);
    const damaged = how[3]! % 4 !== 0;
    const before = stream;
    if (damaged) stream = Buffer.from(mutateBytes(Buffer.from(stream), random));
    let longest = 0;
    const got: Buffer[] = [];
    try {
      for (const chunk of cut(stream, random)) {
        const start = performance.now();
        receiver.feed(chunk, true);
        for (let payload = receiver.next(); payload; payload = receiver.next()) got.push(Buffer.from(payload));
        longest = Math.max(longest, performance.now() - start);
      }
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      if (!damaged || stream.equals(before)) fault(`an intact stream was refused: ${error.message}`);
    } finally {
      sender.compress(undefined);
      receiver.end();
    }
    // Nothing but what was sent may come out, in its order.
    got.forEach((payload, i) => {
      if (!payload.equals(payloads[i] ?? Buffer.alloc(0))) fault(`packet ${i} came out changed`);
    });
    if (!damaged && got.length !== payloads.length) fault(`${got.length} of ${payloads.length} packets came out`);
    return longest;
  },
} satisfies Target;
