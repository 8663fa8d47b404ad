// The first bytes of files that attackers bring.
import { Buffer } from 'node:buffer';

/** An ELF header of an executable. @param bits 1: 32, 2: 64. @param order 1: little-endian, 2: big-endian */
export function elfHeader(machine: number, bits: 1 | 2, order: 1 | 2): Buffer {
  const bytes = Buffer.alloc(bits === 2 ? 64 : 52);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, bits, order, 1]);
  const put = (value: number, at: number) =>
    order === 2 ? bytes.writeUInt16BE(value, at) : bytes.writeUInt16LE(value, at);
  put(2, 16);
  put(machine, 18);
  return bytes;
}

/** What a bzip2 file begins with. */
export const bzip2Header = (): Buffer => Buffer.from('BZh91AY&SY\x12\x34\x56\x78', 'latin1');

/** A tar archive of one empty file. */
export function tarHeader(): Buffer {
  const bytes = Buffer.alloc(1024);
  bytes.write('x', 0);
  bytes.write('0000644\0' + '0000000\0' + '0000000\0' + '00000000000\0' + '00000000000\0', 100);
  bytes.write('        ', 148);
  bytes.write('0', 156);
  bytes.write('ustar\x0000', 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}
