// Reads xz files with the decoder of the package xz-decompress (XZ Embedded as WebAssembly).
import xz from 'xz-decompress';
import { type Bytes, CutOff, type Note } from './bytes.ts';

/** What the package's stream class is made on; driven directly, as that allows one file at a time and waits forever at a cut. */
interface Decoder {
  memory: { readonly buffer: ArrayBuffer };
  create_context(): number;
  supply_input(context: number, bytes: number): void;
  get_next_output(context: number): number;
  destroy_context(context: number): void;
}
type Internals = { _moduleInstance?: { exports: Decoder }; _getModuleInstance(): Promise<void> };

// Places in the context, in words.
const BUFFER_SIZE = 0;
const INPUT = 1;
const INPUT_AT = 2;
const INPUT_SIZE = 3;
const OUTPUT = 4;
const OUTPUT_AT = 5;

// `enum xz_ret` of XZ Embedded.
const STREAM_END = 1;
const UNSUPPORTED_CHECK = 2;
const NO_XZ = 5;
const BUFFER_ERROR = 8;
const troubles: Record<number, string> = {
  3: 'the xz data needs more memory than there is',
  4: 'the xz data needs more memory than there is',
  [NO_XZ]: 'no xz data',
  6: 'xz data of a kind that is not known',
  7: 'the xz data is damaged',
};

/**
 * The content of all streams.
 * @param note told of bytes that are no xz data
 * @throws CutOff; an Error in damaged data, after all that came before it
 */
export async function* unxz(bytes: Bytes, note: Note): AsyncGenerator<Buffer> {
  const internals = xz.XzReadableStream as unknown as Internals;
  if (!internals._moduleInstance) await internals._getModuleInstance();
  const decoder = internals._moduleInstance!.exports;
  const context = decoder.create_context();
  if (context === 0) throw new Error(troubles[3]);
  // Growing memory is another buffer.
  const words = () => new Uint32Array(decoder.memory.buffer, context);
  const at = (address: number, length: number) => new Uint8Array(decoder.memory.buffer, address, length);
  let any = false;
  try {
    for (;;) {
      const { [BUFFER_SIZE]: most, [INPUT]: input, [INPUT_AT]: taken, [INPUT_SIZE]: given } = words();
      if (taken === given) {
        const piece = await bytes.next(most);
        if (piece) at(input!, piece.length).set(piece);
        // No byte more: the decoder says whether that is the end.
        decoder.supply_input(context, piece?.length ?? 0);
      }
      const result = decoder.get_next_output(context);
      const { [OUTPUT]: output, [OUTPUT_AT]: made } = words();
      words()[OUTPUT_AT] = 0;
      any ||= made! > 0;
      if (made! > 0) yield Buffer.from(at(output!, made!));
      if (result === STREAM_END) return;
      if (result === NO_XZ && any) return note('bytes that are no xz data follow the compressed data');
      if (result === BUFFER_ERROR) throw new CutOff('the compressed data');
      if (result !== 0 && result !== UNSUPPORTED_CHECK) throw new Error(troubles[result] ?? 'the xz data is damaged');
    }
  } finally {
    decoder.destroy_context(context);
  }
}
