// Compression into bzip2 (the .bz2 format), block by block: run lengths, Burrows-Wheeler transform, move to front, Huffman codes.
import type { Process } from '../../machine/machine.ts';

/** Symbols coded with one table. */
const GROUP = 50;
/** Rounds in which groups choose their table anew. */
const ROUNDS = 4;
/** Longest code. */
const LONGEST = 17;
const MAGIC = [0x31, 0x41, 0x59, 0x26, 0x53, 0x59];
const END = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90];

const CRC = Uint32Array.from({ length: 256 }, (_, i) => {
  let c = i << 24;
  for (let k = 0; k < 8; k++) c = c & 0x80000000 ? (c << 1) ^ 0x04c11db7 : c << 1;
  return c >>> 0;
});

class BitWriter {
  #bytes: Buffer = Buffer.alloc(4096);
  #length = 0;
  #held = 0;
  #count = 0;

  write(value: number, bits: number): void {
    for (let left = bits; left > 0; ) {
      const take = Math.min(left, 8 - this.#count);
      this.#held = (this.#held << take) | ((value >>> (left - take)) & ((1 << take) - 1));
      this.#count += take;
      left -= take;
      if (this.#count === 8) this.#push();
    }
  }

  #push(): void {
    if (this.#length === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], this.#bytes.length * 2);
    this.#bytes[this.#length++] = this.#held & 255;
    this.#held = 0;
    this.#count = 0;
  }

  bytes(values: readonly number[]): void {
    for (const value of values) this.write(value, 8);
  }

  finish(): Buffer {
    if (this.#count > 0) this.write(0, 8 - this.#count);
    return this.#bytes.subarray(0, this.#length);
  }
}

/** The compressed content. `level` 1–9: blocks of so many hundred thousand bytes. */
export async function bzip(process: Process, data: Buffer, level: number): Promise<Buffer> {
  const out = new BitWriter();
  out.bytes([0x42, 0x5a, 0x68, 0x30 + level]);
  const most = level * 100_000 - 19;
  const block = Buffer.alloc(most + 20);
  let combined = 0;
  for (let at = 0; at < data.length; ) {
    let crc = 0xffffffff;
    let length = 0;
    // Four equal bytes in a row are followed by the number of further ones.
    while (at < data.length && length < most) {
      const byte = data[at]!;
      let run = 1;
      while (run < 255 && data[at + run] === byte && at + run < data.length) run++;
      for (let i = 0; i < run; i++) crc = ((crc << 8) ^ CRC[((crc >>> 24) ^ byte) & 255]!) >>> 0;
      for (let i = 0; i < Math.min(run, 4); i++) block[length++] = byte;
      if (run >= 4) block[length++] = run - 4;
      at += run;
      if ((length & 0x3fff) === 0) {
        const turn = process.step(500);
        if (turn) await turn;
      }
    }
    crc = ~crc >>> 0;
    combined = (((combined << 1) | (combined >>> 31)) ^ crc) >>> 0;
    out.bytes(MAGIC);
    out.write(crc >>> 16, 16);
    out.write(crc & 0xffff, 16);
    out.write(0, 1);
    await writeBlock(process, out, block.subarray(0, length));
  }
  out.bytes(END);
  out.write(combined >>> 16, 16);
  out.write(combined & 0xffff, 16);
  return out.finish();
}

/** The order of all rotations of a block: prefix doubling with a counting sort, in slices. */
async function sortRotations(process: Process, block: Buffer): Promise<Int32Array> {
  const n = block.length;
  let order = new Int32Array(n);
  let ranks = new Int32Array(n);
  let next = new Int32Array(n);
  let other = new Int32Array(n);
  const give = async (i: number) => {
    if ((i & 0x7fff) !== 0x7fff) return;
    const turn = process.step(400);
    if (turn) await turn;
  };
  const counts = new Int32Array(Math.max(256, n) + 1);
  for (let i = 0; i < n; i++) counts[block[i]! + 1]!++;
  for (let c = 1; c <= 256; c++) counts[c]! += counts[c - 1]!;
  for (let i = 0; i < n; i++) order[counts[block[i]!]!++] = i;
  let classes = 0;
  for (let i = 0; i < n; i++) {
    if (i > 0 && block[order[i]!] !== block[order[i - 1]!]) classes++;
    ranks[order[i]!] = classes;
    if ((i & 0x7fff) === 0x7fff) await give(i);
  }
  for (let width = 1; width < n && classes < n - 1; width *= 2) {
    counts.fill(0);
    for (let i = 0; i < n; i++) counts[ranks[i]! + 1]!++;
    for (let c = 1; c <= classes; c++) counts[c]! += counts[c - 1]!;
    for (let i = 0; i < n; i++) {
      const at = order[i]! >= width ? order[i]! - width : order[i]! - width + n;
      other[counts[ranks[at]!]!++] = at;
      if ((i & 0x7fff) === 0x7fff) await give(i);
    }
    [order, other] = [other, order];
    classes = 0;
    next[order[0]!] = 0;
    for (let i = 1; i < n; i++) {
      const [a, b] = [order[i]!, order[i - 1]!];
      if (ranks[a] !== ranks[b] || ranks[(a + width) % n] !== ranks[(b + width) % n]) classes++;
      next[a] = classes;
      if ((i & 0x7fff) === 0x7fff) await give(i);
    }
    [ranks, next] = [next, ranks];
  }
  return order;
}

async function writeBlock(process: Process, out: BitWriter, block: Buffer): Promise<void> {
  const n = block.length;
  const order = await sortRotations(process, block);
  out.write(order.indexOf(0), 24);
  const used: number[] = [];
  const present = new Uint8Array(256);
  for (const byte of block) present[byte] = 1;
  for (let c = 0; c < 256; c++) if (present[c]) used.push(c);
  for (let i = 0; i < 16; i++) out.write(present.subarray(i * 16, i * 16 + 16).includes(1) ? 1 : 0, 1);
  for (let i = 0; i < 16; i++)
    if (present.subarray(i * 16, i * 16 + 16).includes(1))
      for (let j = 0; j < 16; j++) out.write(present[i * 16 + j]!, 1);

  // Move to front; runs of the first place as RUNA and RUNB, digits of base two.
  const front = Buffer.from(used);
  const symbols = new Uint16Array(n + 1);
  const end = used.length + 1;
  const frequency = new Uint32Array(end + 1);
  let count = 0;
  let zeros = 0;
  const put = (symbol: number) => {
    symbols[count++] = symbol;
    frequency[symbol]!++;
  };
  const flush = () => {
    for (let run = zeros; run > 0; run = (run - 1) >> 1) put(run & 1 ? 0 : 1);
    zeros = 0;
  };
  for (let i = 0; i < n; i++) {
    const byte = block[order[i]! === 0 ? n - 1 : order[i]! - 1]!;
    const place = front.indexOf(byte);
    if (place === 0) zeros++;
    else {
      flush();
      put(place + 1);
      front.copyWithin(1, 0, place);
      front[0] = byte;
    }
    if ((i & 0x7fff) === 0x7fff) {
      const turn = process.step(800);
      if (turn) await turn;
    }
  }
  flush();
  put(end);
  await writeSymbols(process, out, symbols.subarray(0, count), frequency);
}

async function writeSymbols(
  process: Process,
  out: BitWriter,
  symbols: Uint16Array,
  frequency: Uint32Array,
): Promise<void> {
  const alphabet = frequency.length;
  const count = symbols.length;
  const tables = count < 200 ? 2 : count < 600 ? 3 : count < 1200 ? 4 : count < 2400 ? 5 : 6;
  const lengths: Uint8Array[] = [];
  // To begin with, each table is good at a share of the symbols.
  let left = count;
  let from = 0;
  for (let part = tables; part > 0; part--) {
    const wanted = Math.floor(left / part);
    let to = from - 1;
    let sum = 0;
    while (sum < wanted && to < alphabet - 1) sum += frequency[++to]!;
    if (to > from && part !== tables && part !== 1 && (tables - part) % 2 === 1) sum -= frequency[to--]!;
    const [low, high] = [from, to];
    lengths[part - 1] = Uint8Array.from({ length: alphabet }, (_, s) => (s >= low && s <= high ? 0 : 15));
    from = to + 1;
    left -= sum;
  }
  const selectors: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    selectors.length = 0;
    const uses = Array.from({ length: tables }, () => new Uint32Array(alphabet));
    for (let start = 0; start < count; start += GROUP) {
      const stop = Math.min(start + GROUP, count);
      let best = 0;
      let least = Number.POSITIVE_INFINITY;
      for (let t = 0; t < tables; t++) {
        let cost = 0;
        for (let i = start; i < stop; i++) cost += lengths[t]![symbols[i]!]!;
        if (cost < least) {
          least = cost;
          best = t;
        }
      }
      selectors.push(best);
      for (let i = start; i < stop; i++) uses[best]![symbols[i]!]!++;
      if ((selectors.length & 255) === 255) {
        const turn = process.step(600);
        if (turn) await turn;
      }
    }
    for (let t = 0; t < tables; t++) lengths[t] = codeLengths(uses[t]!);
  }
  out.write(tables, 3);
  out.write(selectors.length, 15);
  const places = Array.from({ length: tables }, (_, i) => i);
  for (const selector of selectors) {
    const place = places.indexOf(selector);
    places.splice(place, 1);
    places.unshift(selector);
    for (let i = 0; i < place; i++) out.write(1, 1);
    out.write(0, 1);
  }
  const codes = lengths.map(codesOf);
  for (const table of lengths) {
    let length = table[0]!;
    out.write(length, 5);
    for (const wanted of table) {
      for (; length < wanted; length++) out.write(2, 2);
      for (; length > wanted; length--) out.write(3, 2);
      out.write(0, 1);
    }
  }
  for (const [group, selector] of selectors.entries()) {
    const stop = Math.min((group + 1) * GROUP, count);
    for (let i = group * GROUP; i < stop; i++)
      out.write(codes[selector]![symbols[i]!]!, lengths[selector]![symbols[i]!]!);
    if ((group & 255) === 255) {
      const turn = process.step(400);
      if (turn) await turn;
    }
  }
}

/** Canonical codes of given lengths. */
function codesOf(lengths: Uint8Array): Uint32Array {
  const codes = new Uint32Array(lengths.length);
  let code = 0;
  for (let length = 1; length <= 20; length++) {
    for (let s = 0; s < lengths.length; s++) if (lengths[s] === length) codes[s] = code++;
    code <<= 1;
  }
  return codes;
}

/**
 * Code lengths by Huffman, no longer than LONGEST: where one would be, the weights are made flatter and all is done again.
 * A weight holds the depth of its tree in its low eight bits, so that of equal ones the flatter is taken first.
 */
function codeLengths(frequency: Uint32Array): Uint8Array {
  const size = frequency.length;
  let weights = Array.from(frequency, (f) => (f || 1) * 256);
  for (;;) {
    const weight = [0, ...weights];
    const parent = new Array<number>(size * 2 + 2).fill(-2);
    parent[0] = -2;
    const heap: number[] = [0];
    weight[0] = -1;
    const up = (start: number) => {
      let at = start;
      const node = heap[at]!;
      while (weight[node]! < weight[heap[at >> 1]!]!) {
        heap[at] = heap[at >> 1]!;
        at >>= 1;
      }
      heap[at] = node;
    };
    const down = (start: number) => {
      let at = start;
      const node = heap[at]!;
      for (;;) {
        let child = at << 1;
        if (child > heap.length - 1) break;
        if (child < heap.length - 1 && weight[heap[child + 1]!]! < weight[heap[child]!]!) child++;
        if (weight[node]! < weight[heap[child]!]!) break;
        heap[at] = heap[child]!;
        at = child;
      }
      heap[at] = node;
    };
    for (let i = 1; i <= size; i++) {
      parent[i] = -1;
      heap.push(i);
      up(heap.length - 1);
    }
    let nodes = size;
    const take = () => {
      const top = heap[1]!;
      const last = heap.pop()!;
      if (heap.length > 1) {
        heap[1] = last;
        down(1);
      }
      return top;
    };
    while (heap.length > 2) {
      const [a, b] = [take(), take()];
      nodes++;
      parent[a] = parent[b] = nodes;
      const [x, y] = [weight[a]!, weight[b]!];
      weight[nodes] = x - (x % 256) + (y - (y % 256)) + 1 + Math.max(x % 256, y % 256);
      parent[nodes] = -1;
      heap.push(nodes);
      up(heap.length - 1);
    }
    const lengths = new Uint8Array(size);
    let longest = 0;
    for (let i = 1; i <= size; i++) {
      let depth = 0;
      for (let k = i; parent[k]! >= 0; k = parent[k]!) depth++;
      lengths[i - 1] = depth;
      longest = Math.max(longest, depth);
    }
    if (longest <= LONGEST) return lengths;
    weights = weights.map((w) => (1 + Math.floor(Math.floor(w / 256) / 2)) * 256);
  }
}
