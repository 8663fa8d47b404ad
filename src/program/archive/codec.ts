// Whole-file compression and decompression by format, bounded, outside the event loop where node:zlib does it.
import { gunzip, gzip } from 'node:zlib';
import type { Bytes, Process } from '../../machine/machine.ts';
import { Failure } from '../failure.ts';
import { bunzip } from './bunzip.ts';
import { bzip } from './bzip.ts';
import { unxz, xzStored } from './xz.ts';

export type Format = 'gzip' | 'bzip2' | 'xz';

/** Content beyond this is refused as a full disk would. */
export const LARGEST = 32 << 20;

/** The format a content begins with. */
export function formatOf(head: Bytes): Format | undefined {
  if (head.startsWith('\x1f\x8b')) return 'gzip';
  if (/^BZh[1-9]/.test(head)) return 'bzip2';
  return head.startsWith('\xfd7zXZ\0') ? 'xz' : undefined;
}

/** Decompresses; throws Failure with the tool's reason. */
export async function decompress(process: Process, format: Format, content: Bytes): Promise<Bytes> {
  const data = Buffer.from(content, 'latin1');
  if (format === 'bzip2') return (await bunzip(process, data, LARGEST)).toString('latin1');
  if (format === 'xz') return (await unxz(process, data, LARGEST)).toString('latin1');
  const turn = process.step(content.length >> 4);
  if (turn) await turn;
  return process.wait(
    new Promise((resolve, reject) => {
      gunzip(data, { maxOutputLength: LARGEST }, (error, result) => {
        if (!error) resolve(result.toString('latin1'));
        else if (/unexpected end/.test(error.message)) reject(new Failure('unexpected end of file'));
        else if (/incorrect header/.test(error.message)) reject(new Failure('not in gzip format'));
        else
          reject(
            new Failure(
              /larger than/.test(error.message)
                ? 'No space left on device'
                : 'invalid compressed data--format violated',
            ),
          );
      });
    }),
  );
}

/** Compresses. `level` is gzip's and bzip2's, 1–9. */
export async function compress(process: Process, format: Format, content: Bytes, level: number): Promise<Bytes> {
  const data = Buffer.from(content, 'latin1');
  if (format === 'bzip2') return (await bzip(process, data, level)).toString('latin1');
  if (format === 'xz') return xzStored(data).toString('latin1');
  const turn = process.step(content.length >> 3);
  if (turn) await turn;
  return process.wait(
    new Promise((resolve, reject) => {
      gzip(data, { level }, (error, result) => {
        if (error) return reject(error);
        // Written on Linux, as gzip marks it (RFC 1952: OS 3).
        result[9] = 3;
        resolve(result.toString('latin1'));
      });
    }),
  );
}
