// Node's decompressors, driven by pulling: they take no byte beyond their own data, and what came before damage is kept.
import { createInflateRaw, createZstdDecompress } from 'node:zlib';
import { type Bytes, CutOff } from './bytes.ts';

type Engine = ReturnType<typeof createInflateRaw> | ReturnType<typeof createZstdDecompress>;

/** What was made of a piece in which damage is met is lost. */
const PIECE = 1 << 13;
/** A block of Zstandard is lost as a whole anyway. */
const FRAME_PIECE = 1 << 16;
const OUTPUT = 1 << 18;

/** Raw deflate data (RFC 1951), to its end. */
export const inflated = (bytes: Bytes): AsyncGenerator<Buffer> =>
  pulled(createInflateRaw({ chunkSize: OUTPUT }), bytes, PIECE);

/** One Zstandard frame (RFC 8878), to its end. */
export const unzstd = (bytes: Bytes): AsyncGenerator<Buffer> =>
  pulled(createZstdDecompress({ chunkSize: OUTPUT }), bytes, FRAME_PIECE);

async function* pulled(engine: Engine, bytes: Bytes, most: number): AsyncGenerator<Buffer> {
  let wake = () => {};
  let failure: Error | undefined;
  let ended = false;
  let fed = 0;
  engine.on('readable', () => wake());
  engine.on('error', (error) => {
    failure = error;
    wake();
  });
  engine.on('end', () => {
    ended = true;
    wake();
  });
  try {
    while (!ended) {
      const piece = await bytes.next(most);
      let written = false;
      const done = () => {
        written = true;
        wake();
      };
      if (piece === undefined) engine.end(done);
      else engine.write(piece, done);
      fed += piece?.length ?? 0;
      for (;;) {
        const output = engine.read() as Buffer | null;
        if (output !== null) {
          yield output;
          continue;
        }
        if (failure || ended || (written && piece !== undefined && engine.bytesWritten === fed)) break;
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (failure || ended) resolve();
          // A stream that took less than it was given is about to end.
          else if (written && engine.bytesWritten < fed) setImmediate(resolve);
        });
      }
      if (failure) {
        if (piece !== undefined) bytes.unread(piece);
        else throw new CutOff('the compressed data');
        throw failure;
      }
      if (ended && piece !== undefined) bytes.unread(piece.subarray(piece.length - (fed - engine.bytesWritten)));
      if (piece === undefined) break;
    }
  } finally {
    engine.destroy();
  }
}
