// Text in UTF-16 with a byte order mark, as Windows' tools save what is copied from a terminal, as UTF-8.
import type { Bytes } from './bytes.ts';

export const fromUtf16 = (encoding: 'utf-16le' | 'utf-16be') =>
  async function* (bytes: Bytes): AsyncGenerator<Buffer> {
    const decoder = new TextDecoder(encoding);
    for (;;) {
      const piece = await bytes.next();
      const text = decoder.decode(piece, { stream: piece !== undefined });
      if (text !== '') yield Buffer.from(text, 'utf8');
      if (piece === undefined) return;
    }
  };
