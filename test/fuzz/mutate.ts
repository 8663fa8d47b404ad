// Damage for a list of byte strings: bits, bytes, lengths, order; what a target knows of its grammar comes on top of it.
import type { Random } from './random.ts';
import type { Case } from './target.ts';

/** Numbers at which parsers turn. */
export const EDGES: readonly number[] = [
  0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 31, 32, 33, 63, 64, 127, 128, 255, 256, 1023, 1024, 4095, 4096, 32_767, 32_768,
  32_769, 65_535, 65_536, 262_143, 262_144, 262_145, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff,
];

/** Changes one byte string; the result may be the same buffer. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  const at = bytes.length === 0 ? 0 : random.below(bytes.length);
  switch (random.below(9)) {
    case 0:
      if (bytes.length > 0) bytes[at] = bytes[at]! ^ (1 << random.below(8));
      return bytes;
    case 1:
      if (bytes.length > 0) bytes[at] = random.u32();
      return bytes;
    case 2:
      if (bytes.length >= 4) bytes.writeUInt32BE(random.pick(EDGES), random.below(bytes.length - 3));
      return bytes;
    case 3:
      return bytes.subarray(0, at);
    case 4:
      return bytes.subarray(at);
    case 5:
      return Buffer.concat([bytes.subarray(0, at), random.bytes(random.size(64)), bytes.subarray(at)]);
    case 6: {
      const end = Math.min(bytes.length, at + random.size(64));
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
    }
    case 7: {
      const end = Math.min(bytes.length, at + random.size(256));
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at, end), bytes.subarray(end)]);
    }
    default:
      if (bytes.length > 0)
        bytes.fill(random.pick([0, 0x20, 0x7f, 0x80, 0xff, 10, 13]), at, Math.min(bytes.length, at + random.size(16)));
      return bytes;
  }
}

/** Changes the order of a list: dropped, doubled, swapped, repeated, or spliced with another. */
export function mutateOrder<T>(list: T[], random: Random, other: () => readonly T[]): void {
  if (list.length === 0) return;
  const at = random.below(list.length);
  switch (random.below(6)) {
    case 0:
      list.splice(at, 1);
      break;
    case 1:
      list.splice(at, 0, list[at]!);
      break;
    case 2: {
      const to = random.below(list.length);
      const moved = list[at]!;
      list[at] = list[to]!;
      list[to] = moved;
      break;
    }
    case 3:
      for (let times = random.size(32); times > 0; times--) list.splice(at, 0, list[at]!);
      break;
    case 4: {
      const from = other();
      list.splice(at, random.below(3), ...from.slice(random.below(from.length + 1)));
      break;
    }
    default:
      list.length = at;
  }
}

/** A kept case, damaged a little. */
export function mutateCase(input: Case, random: Random, corpus: readonly Case[]): Case {
  const parts: Case = input.map((part) => Buffer.from(part));
  for (let times = 1 + random.below(3); times > 0; times--) {
    if (parts.length > 0 && !random.one(3)) {
      const at = random.below(parts.length);
      parts[at] = mutateBytes(parts[at]!, random);
    } else mutateOrder(parts, random, () => random.pick(corpus).map((part) => Buffer.from(part)));
  }
  return parts;
}
