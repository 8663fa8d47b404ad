// The ChaCha20 block function in JavaScript, for the few bytes of a usual packet: setting up an OpenSSL context costs more
// than the work itself there. Long packets go through OpenSSL (chachapoly.ts).

const keystream = new Uint32Array(16);
/** The last block's bytes; little-endian machines only, as all that Node runs on are. */
export const keystreamBytes = Buffer.from(keystream.buffer);

/** A key as the eight words that `block` wants. */
export function keyWords(key: Buffer): Uint32Array {
  const words = new Uint32Array(8);
  for (let i = 0; i < 8; i++) words[i] = key.readUInt32LE(i * 4);
  return words;
}

/**
 * Writes one block to `keystreamBytes`: the original variant with a 64-bit block counter (below 2^32 here) and a 64-bit nonce,
 * which is the packet's sequence number in big-endian (PROTOCOL.chacha20poly1305).
 */
export function block(key: Uint32Array, counter: number, sequence: number): void {
  const n15 =
    ((sequence & 0xff) << 24) | ((sequence & 0xff00) << 8) | ((sequence >>> 8) & 0xff00) | ((sequence >>> 24) & 0xff);
  const k0 = key[0]! | 0;
  const k1 = key[1]! | 0;
  const k2 = key[2]! | 0;
  const k3 = key[3]! | 0;
  const k4 = key[4]! | 0;
  const k5 = key[5]! | 0;
  const k6 = key[6]! | 0;
  const k7 = key[7]! | 0;
  let a = 0x61707865;
  let b = 0x3320646e;
  let c = 0x79622d32;
  let d = 0x6b206574;
  let e = k0;
  let f = k1;
  let g = k2;
  let h = k3;
  let i = k4;
  let j = k5;
  let k = k6;
  let l = k7;
  let m = counter | 0;
  let n = 0;
  let o = 0;
  let p = n15;
  for (let round = 0; round < 10; round++) {
    a = (a + e) | 0;
    m ^= a;
    m = (m << 16) | (m >>> 16);
    i = (i + m) | 0;
    e ^= i;
    e = (e << 12) | (e >>> 20);
    a = (a + e) | 0;
    m ^= a;
    m = (m << 8) | (m >>> 24);
    i = (i + m) | 0;
    e ^= i;
    e = (e << 7) | (e >>> 25);

    b = (b + f) | 0;
    n ^= b;
    n = (n << 16) | (n >>> 16);
    j = (j + n) | 0;
    f ^= j;
    f = (f << 12) | (f >>> 20);
    b = (b + f) | 0;
    n ^= b;
    n = (n << 8) | (n >>> 24);
    j = (j + n) | 0;
    f ^= j;
    f = (f << 7) | (f >>> 25);

    c = (c + g) | 0;
    o ^= c;
    o = (o << 16) | (o >>> 16);
    k = (k + o) | 0;
    g ^= k;
    g = (g << 12) | (g >>> 20);
    c = (c + g) | 0;
    o ^= c;
    o = (o << 8) | (o >>> 24);
    k = (k + o) | 0;
    g ^= k;
    g = (g << 7) | (g >>> 25);

    d = (d + h) | 0;
    p ^= d;
    p = (p << 16) | (p >>> 16);
    l = (l + p) | 0;
    h ^= l;
    h = (h << 12) | (h >>> 20);
    d = (d + h) | 0;
    p ^= d;
    p = (p << 8) | (p >>> 24);
    l = (l + p) | 0;
    h ^= l;
    h = (h << 7) | (h >>> 25);

    a = (a + f) | 0;
    p ^= a;
    p = (p << 16) | (p >>> 16);
    k = (k + p) | 0;
    f ^= k;
    f = (f << 12) | (f >>> 20);
    a = (a + f) | 0;
    p ^= a;
    p = (p << 8) | (p >>> 24);
    k = (k + p) | 0;
    f ^= k;
    f = (f << 7) | (f >>> 25);

    b = (b + g) | 0;
    m ^= b;
    m = (m << 16) | (m >>> 16);
    l = (l + m) | 0;
    g ^= l;
    g = (g << 12) | (g >>> 20);
    b = (b + g) | 0;
    m ^= b;
    m = (m << 8) | (m >>> 24);
    l = (l + m) | 0;
    g ^= l;
    g = (g << 7) | (g >>> 25);

    c = (c + h) | 0;
    n ^= c;
    n = (n << 16) | (n >>> 16);
    i = (i + n) | 0;
    h ^= i;
    h = (h << 12) | (h >>> 20);
    c = (c + h) | 0;
    n ^= c;
    n = (n << 8) | (n >>> 24);
    i = (i + n) | 0;
    h ^= i;
    h = (h << 7) | (h >>> 25);

    d = (d + e) | 0;
    o ^= d;
    o = (o << 16) | (o >>> 16);
    j = (j + o) | 0;
    e ^= j;
    e = (e << 12) | (e >>> 20);
    d = (d + e) | 0;
    o ^= d;
    o = (o << 8) | (o >>> 24);
    j = (j + o) | 0;
    e ^= j;
    e = (e << 7) | (e >>> 25);
  }
  keystream[0] = a + 0x61707865;
  keystream[1] = b + 0x3320646e;
  keystream[2] = c + 0x79622d32;
  keystream[3] = d + 0x6b206574;
  keystream[4] = e + k0;
  keystream[5] = f + k1;
  keystream[6] = g + k2;
  keystream[7] = h + k3;
  keystream[8] = i + k4;
  keystream[9] = j + k5;
  keystream[10] = k + k6;
  keystream[11] = l + k7;
  keystream[12] = m + counter;
  keystream[13] = n;
  keystream[14] = o;
  keystream[15] = p + n15;
}

/** XORs `source` with the stream from block `counter` on into `target`. */
export function xor(key: Uint32Array, counter: number, sequence: number, source: Buffer, target: Buffer): void {
  for (let at = 0; at < source.length; at += 64) {
    block(key, counter++, sequence);
    const end = Math.min(64, source.length - at);
    for (let i = 0; i < end; i++) target[at + i] = source[at + i]! ^ keystreamBytes[i]!;
  }
}
