// Just enough DER (X.690) to hand numbers to OpenSSL inside a key, and to read them out of one: INTEGER, BIT STRING, SEQUENCE.

/** A definite-length encoding of `parts` under `tag`. */
export function der(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length =
    body.length < 0x80
      ? Buffer.of(body.length)
      : body.length < 0x100
        ? Buffer.of(0x81, body.length)
        : Buffer.of(0x82, body.length >> 8, body.length & 0xff);
  return Buffer.concat([Buffer.of(tag), length, body]);
}

export const SEQUENCE = 0x30;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;

/** A number that is not negative, big-endian. */
export function integer(value: Buffer): Buffer {
  return der(INTEGER, value.length > 0 && value[0]! < 0x80 ? value : Buffer.concat([Buffer.of(0), value]));
}

/**
 * Every INTEGER of a structure that OpenSSL wrote, in order, without leading zeros. It looks into sequences, and into bit strings
 * that hold DER, as the public key of a SubjectPublicKeyInfo does for Diffie-Hellman and DSA.
 */
export function integers(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at]!;
    let length = bytes[at + 1]!;
    at += 2;
    if (length & 0x80) {
      const size = length & 0x7f;
      length = bytes.readUIntBE(at, size);
      at += size;
    }
    const body = bytes.subarray(at, at + length);
    at += length;
    if (tag === SEQUENCE) found.push(...integers(body));
    else if (tag === BIT_STRING) found.push(...integers(body.subarray(1)));
    else if (tag === INTEGER) found.push(body.length > 1 && body[0] === 0 ? body.subarray(1) : body);
  }
  return found;
}
