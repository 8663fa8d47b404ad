// Executables that no Linux loads, by their headers: PE, Mach-O, Java classes, WebAssembly. An attacker who brings one took the wrong machine.
import type { Binary } from './elf.ts';
import type { Bytes } from './machine.ts';

/** IMAGE_FILE_HEADER.Machine (Microsoft's PE format). */
const PE: Readonly<Record<number, [architecture: string, bits: 32 | 64]>> = {
  332: ['i386', 32],
  448: ['arm', 32],
  452: ['arm', 32],
  512: ['ia64', 64],
  34404: ['x86_64', 64],
  43620: ['aarch64', 64],
};
/** cputype_t of Mach-O (mach/machine.h). */
const MACH: Readonly<Record<number, [architecture: string, bits: 32 | 64]>> = {
  7: ['i386', 32],
  12: ['arm', 32],
  18: ['powerpc', 32],
  16777223: ['x86_64', 64],
  16777228: ['aarch64', 64],
};

/** Reads the header; undefined: none of these. */
export function identifyAlien(read: (offset: number, max: number) => Bytes): Binary | undefined {
  const head = read(0, 64);
  const little = (text: Bytes, at: number, bytes: number) => {
    let value = 0;
    for (let i = bytes - 1; i >= 0; i--) value = value * 256 + text.charCodeAt(at + i);
    return value;
  };
  const found = (format: Binary['format'], [architecture, bits]: [string, 32 | 64], type: Binary['type']): Binary => ({
    format,
    architecture,
    bits,
    type,
    loadable: false,
    complete: true,
    machine: -1,
    little: true,
  });
  if (head.startsWith('MZ') && head.length === 64) {
    const header = read(little(head, 60, 4), 24);
    if (!header.startsWith('PE\0\0') || header.length < 24) return undefined;
    const dll = (little(header, 22, 2) & 0x2000) !== 0;
    const machine = little(header, 4, 2);
    return found('PE', PE[machine] ?? [`pe-${machine}`, 32], dll ? 'shared object' : 'executable');
  }
  if (/^\xcf\xfa\xed\xfe|^\xce\xfa\xed\xfe/.test(head) && head.length >= 16) {
    const type = little(head, 12, 4);
    const machine = little(head, 4, 4);
    const kind =
      type === 2 ? 'executable' : type === 6 || type === 8 ? 'shared object' : type === 1 ? 'relocatable' : 'unknown';
    return found('Mach-O', MACH[machine] ?? [`mach-${machine}`, 64], kind);
  }
  if (head.startsWith('\xca\xfe\xba\xbe') && head.length >= 8) {
    // A class file has its version there (45 and up), a universal Mach-O the number of its parts.
    const second = little(head.slice(4, 8).split('').reverse().join(''), 0, 4);
    return second >= 45 ? found('Java', ['java', 32], 'executable') : found('Mach-O', ['universal', 64], 'executable');
  }
  if (head.startsWith('\0asm\x01\0\0\0')) return found('WebAssembly', ['wasm', 32], 'executable');
  return undefined;
}
