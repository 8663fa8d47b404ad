// Gathers what a visitor sends into packets, for the services that announce a length.
import type { Visitor } from './herald.ts';

/**
 * `length` reads the size of the packet that the bytes begin with (undefined: too few to tell; the packet with its header), `take` gets each
 * packet. One that is larger than `most` ends the connection.
 */
export function packets(
  visitor: Visitor,
  most: number,
  length: (data: Buffer) => number | undefined,
  take: (packet: Buffer) => void,
): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let over = false;
  return (chunk) => {
    if (over) return;
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const size = length(rest);
      if (size !== undefined && (size <= 0 || size > most)) {
        over = true;
        visitor.violation('packet too long', rest.subarray(0, 64));
        visitor.end();
        return;
      }
      if (size === undefined || rest.length < size) return;
      const packet = rest.subarray(0, size);
      rest = rest.subarray(size);
      take(packet);
    }
  };
}
