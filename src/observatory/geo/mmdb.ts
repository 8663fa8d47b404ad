// Reads MaxMind DB files (format 2.0) of any maker into a table of ranges: every record is looked at once, with bounds on all of it.
import { setImmediate } from 'node:timers/promises';
import { masked, parseNetwork } from './address.ts';
import { type Fields, isFields, MmdbDecoder, type Value } from './mmdb-data.ts';
import { RangeBuilder, type RangeTable } from './ranges.ts';
import { placeOf } from './shapes.ts';

export interface Mmdb {
  /** Of the metadata: what the maker calls this kind of database. */
  type: string;
  /** Milliseconds since the epoch; undefined when the file does not say. */
  built: number | undefined;
  description: string;
  table: RangeTable;
}

/** Not a database, or a damaged one: a sentence without the file's name. */
export class MmdbError extends Error {}

const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
/** The metadata are at most so long, their marker included (specification, "Database Metadata"). */
const METADATA = 128 << 10;
/** Zero bytes between tree and data. */
const SEPARATOR = 16;
/** Milliseconds of work before others get their turn. */
const SLICE = 10;

interface Tree {
  bytes: Buffer;
  nodes: number;
  recordBits: 24 | 28 | 32;
  version: 4 | 6;
}

/**
 * Makes a table of a whole database. Other work of the thread goes on meanwhile.
 * @throws MmdbError with a sentence on what is wrong
 */
export async function readMmdb(bytes: Buffer): Promise<Mmdb> {
  const { metadata, tree, data } = open(bytes);
  const builder = new RangeBuilder();
  const places = new Map<number, number>();
  // Every record once, whatever points to whatever.
  const decoder = new MmdbDecoder(data, 4 * data.length + 65_536);
  const size = (tree.nodes * tree.recordBits) / 4;
  const placeAt = (record: number): number => {
    const offset = record - tree.nodes - SEPARATOR;
    if (offset < 0 || offset >= data.length)
      throw new MmdbError(`a record points outside of the data (${record} of ${tree.nodes} nodes, ${size} bytes)`);
    let place = places.get(offset);
    if (place === undefined) places.set(offset, (place = builder.place(placeOf(decode(decoder, offset)))));
    return place;
  };
  await walk(tree, builder, placeAt);
  const { database_type: type, build_epoch: epoch } = metadata;
  const built = Number(epoch);
  return {
    type: typeof type === 'string' ? type : '',
    built: built > 0 && built < 4e9 ? built * 1000 : undefined,
    description: description(metadata['description']),
    table: builder.build(),
  };
}

function decode(decoder: MmdbDecoder, offset: number): Value {
  try {
    return decoder.at(offset);
  } catch (error) {
    throw new MmdbError(`its data are damaged: ${(error as Error).message}`);
  }
}

function description(value: Value | undefined): string {
  const texts = isFields(value) ? Object.values(value) : [value];
  const [text] = texts.filter((text): text is string => typeof text === 'string');
  return (text ?? '').slice(0, 500);
}

/** The parts of a file, after what can be checked of them at once. */
function open(bytes: Buffer): { metadata: Fields; tree: Tree; data: Buffer } {
  const from = Math.max(0, bytes.length - METADATA);
  const marker = bytes.subarray(from).lastIndexOf(MARKER);
  if (marker < 0) throw new MmdbError('it has no metadata: no MaxMind DB file, or one that is not whole');
  const start = from + marker;
  const section = bytes.subarray(start + MARKER.length);
  const metadata = decode(new MmdbDecoder(section, 65_536), 0);
  if (!isFields(metadata)) throw new MmdbError('its metadata are no map');
  const whole = (name: string): number => {
    const value = metadata[name];
    if (typeof value !== 'number' || !Number.isInteger(value)) throw new MmdbError(`its metadata lack ${name}`);
    return value;
  };
  const major = whole('binary_format_major_version');
  if (major !== 2) throw new MmdbError(`it is of format ${major}; format 2 is read`);
  const nodes = whole('node_count');
  const recordBits = whole('record_size');
  const version = whole('ip_version');
  if (recordBits !== 24 && recordBits !== 28 && recordBits !== 32)
    throw new MmdbError(`its record size is ${recordBits}, not 24, 28 or 32`);
  if (version !== 4 && version !== 6) throw new MmdbError(`its IP version is ${version}`);
  const size = (nodes * recordBits) / 4;
  if (nodes < 1 || size + SEPARATOR > start)
    throw new MmdbError(`it says to have ${nodes} nodes, for which it is too short: not whole?`);
  return {
    metadata,
    tree: { bytes: bytes.subarray(0, size), nodes, recordBits, version },
    data: bytes.subarray(size + SEPARATOR, start),
  };
}

function record({ bytes, recordBits }: Tree, node: number, bit: 0 | 1): number {
  switch (recordBits) {
    case 24:
      return bytes.readUIntBE(node * 6 + bit * 3, 3);
    case 28: {
      const middle = bytes[node * 7 + 3]!;
      return bit === 0
        ? (middle >>> 4) * 0x1000000 + bytes.readUIntBE(node * 7, 3)
        : (middle & 15) * 0x1000000 + bytes.readUIntBE(node * 7 + 4, 3);
    }
    case 32:
      return bytes.readUInt32BE(node * 8 + bit * 4);
  }
}

/** Where IPv6 trees hold the IPv4 tree a second time, so that such addresses are found (MaxMind's writers alias them). */
const aliases = ['::ffff:0:0/96', '64:ff9b::/96', '2001::/32', '2002::/16'].map((text) => {
  const network = parseNetwork(text);
  // `::ffff:0:0/96` reads as IPv4 itself.
  return { prefix: Number(text.split('/')[1]), words: network ? masked(network.address, network.prefix) : undefined };
});

/**
 * Visits the leaves in the order of the addresses. A tree takes two visits a node, one that shares equal branches some
 * more; far more can only come of loops, and the walk is given up.
 */
async function walk(tree: Tree, builder: RangeBuilder, placeAt: (record: number) => number): Promise<void> {
  const { nodes, version } = tree;
  const depthOf4 = version === 4 ? 0 : 96;
  const root4 = version === 4 ? 0 : ipv4Root(tree);
  const words = new Uint32Array(4);
  const most = Math.max(8 * nodes, 1 << 21);
  let visits = 0;
  let until = performance.now() + SLICE;
  const bits = version === 4 ? 32 : 128;
  const base = version === 4 ? 96 : 0;
  const set = (depth: number, on: boolean) => {
    const bit = depth + base;
    const mask = (0x80000000 >>> (bit & 31)) >>> 0;
    words[bit >>> 5] = on ? (words[bit >>> 5]! | mask) >>> 0 : (words[bit >>> 5]! & ~mask) >>> 0;
  };
  // The way down: node and the bit to take next.
  const path: { node: number; next: 0 | 1 | 2 }[] = [{ node: 0, next: 0 }];
  const leaf = (value: number, depth: number) => {
    // In an IPv6 tree the IPv4 addresses are those of ::/96; what ends above is of neither.
    const place = value === nodes ? 0 : placeAt(value);
    const is4 = version === 4 || (words[0] === 0 && words[1] === 0 && words[2] === 0);
    if (is4 && depth >= depthOf4) builder.from(4, words, place);
    else {
      if (is4 && version === 6) builder.from(4, [0, 0, 0, 0], place);
      builder.from(6, words, place);
    }
  };
  while (path.length > 0) {
    const top = path.at(-1)!;
    const depth = path.length - 1;
    if (top.next === 2) {
      set(depth, false);
      path.pop();
      continue;
    }
    const bit = top.next;
    top.next = bit === 0 ? 1 : 2;
    set(depth, bit === 1);
    const value = record(tree, top.node, bit);
    if (++visits > most) throw new MmdbError('its search tree has loops');
    if (value < nodes) {
      if (depth + 1 >= bits) throw new MmdbError('its search tree is deeper than an address is long');
      if (version === 6 && value === root4 && isAlias(words, depth + 1)) builder.from(6, words, 0);
      else path.push({ node: value, next: 0 });
    } else leaf(value, depth + 1);
    if ((visits & 1023) === 0 && performance.now() > until) {
      await setImmediate();
      until = performance.now() + SLICE;
    }
  }
}

function isAlias(words: Uint32Array, depth: number): boolean {
  return aliases.some(({ prefix, words: own }) =>
    prefix !== depth
      ? false
      : own
        ? own.every((word, i) => word === words[i])
        : words[0] === 0 && words[1] === 0 && words[2] === 0xffff && words[3] === 0,
  );
}

/** The node of ::/96; beyond the nodes where the tree ends before. */
function ipv4Root(tree: Tree): number {
  let node = 0;
  for (let depth = 0; depth < 96 && node < tree.nodes; depth++) node = record(tree, node, 0);
  return node;
}
