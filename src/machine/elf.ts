// The header of an ELF file (System V ABI, elf(5)): what kind of machine a binary is for, from its first bytes.
import type { Bytes } from './machine.ts';

export interface Elf {
  bits: 32 | 64;
  little: boolean;
  /** e_type */
  type: number;
  /** e_machine */
  machine: number;
  /** As `file` and researchers call it: `x86-64`, `ARM`, `MIPS`; `0x…` when it is none of the usual ones. */
  architecture: string;
  /** Bytes that the file must have for its program headers to be in it. */
  needs: number;
  /** It has program headers: something can be loaded. */
  loadable: boolean;
}

/** e_machine of what malware is built for. */
const MACHINES: Readonly<Record<number, string>> = {
  2: 'SPARC',
  3: 'x86',
  4: 'm68k',
  8: 'MIPS',
  20: 'PowerPC',
  21: 'PowerPC64',
  22: 'S390',
  40: 'ARM',
  42: 'SuperH',
  43: 'SPARC V9',
  62: 'x86-64',
  93: 'ARC',
  94: 'Xtensa',
  183: 'AArch64',
  243: 'RISC-V',
  258: 'LoongArch',
};
/** ET_EXEC and ET_DYN can be started. */
export const STARTABLE: readonly number[] = [2, 3];

/** @param head at least the first 64 bytes of the file; undefined: no ELF */
export function readElf(head: Bytes): Elf | undefined {
  if (!head.startsWith('\x7fELF') || head.length < 52) return undefined;
  const little = head.charCodeAt(5) === 1;
  const number = (at: number, bytes: number) => {
    let value = 0;
    for (let i = 0; i < bytes; i++) value = value * 256 + head.charCodeAt(little ? at + bytes - 1 - i : at + i);
    return value;
  };
  const wide = head.charCodeAt(4) === 2;
  const machine = number(18, 2);
  const count = number(wide ? 56 : 44, 2);
  return {
    bits: wide ? 64 : 32,
    little,
    type: number(16, 2),
    machine,
    architecture: MACHINES[machine] ?? `0x${machine.toString(16)}`,
    needs: number(wide ? 32 : 28, wide ? 8 : 4) + count * (wide ? 56 : 32),
    loadable: count > 0,
  };
}
