// Names as UUIDs of version 5 (RFC 9562 §5.5): the same name in the same namespace is the same id, here and everywhere.
import { createHash } from 'node:crypto';

/** Of objects that only this program makes. */
export const NAMESPACE = 'd17c2b1e-6f0c-5a43-9a3e-6b7ad0b0c5e9';

/** @param namespace a UUID */
export function uuid5(namespace: string, name: string): string {
  const bytes = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
    .subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
