// What kind of binary a file is by its header, and whether this machine would load it: ELF as the kernel and file(1) read it.
import type { Bytes } from './machine.ts';

/** What the header of an executable says. */
export interface Binary {
  format: 'ELF' | 'PE' | 'Mach-O' | 'Java' | 'WebAssembly';
  /** `x86_64`, `arm`, `mipsel` …; `em-N` for what has no name here. */
  architecture: string;
  bits: 32 | 64;
  type: 'executable' | 'shared object' | 'relocatable' | 'core' | 'unknown';
  /** Path of the dynamic loader; absent for a static binary. */
  interpreter?: Bytes;
  /** Its program headers are there: without them the kernel refuses it. */
  loadable: boolean;
  /** Its segments lie within the file: no download that was cut off. */
  complete: boolean;
  /** It has no table of symbols; absent where that cannot be told. */
  stripped?: boolean;
  /** What it was packed with. */
  packer?: 'UPX';
  /** e_machine and byte order, as the kernel compares them. */
  machine: number;
  little: boolean;
}

/** e_machine (elf.h) as uname -m or Debian name it, for little and big endian where both exist. */
const MACHINES: Readonly<Record<number, string | [little: string, big: string]>> = {
  2: 'sparc',
  3: 'i386',
  4: 'm68k',
  8: ['mipsel', 'mips'],
  20: 'powerpc',
  21: ['ppc64le', 'ppc64'],
  22: 's390x',
  40: ['arm', 'armeb'],
  42: 'sh4',
  43: 'sparc64',
  62: 'x86_64',
  93: 'arc',
  94: 'xtensa',
  183: ['aarch64', 'aarch64_be'],
  195: 'arcv2',
  243: 'riscv',
  258: 'loongarch',
};
/** e_machine of what a machine runs: its own code, and 32-bit code beside it. */
const RUNS: Readonly<Record<string, readonly number[]>> = {
  x86_64: [62, 3],
  armv7l: [40],
  armv6l: [40],
  aarch64: [183, 40],
  mips: [8],
};
const TYPES = ['unknown', 'relocatable', 'executable', 'shared object', 'core'] as const;
const [LOAD, INTERPRETER] = [1, 3];
/** Program headers looked at; the kernel's limit is 64 KiB of them. */
const MOST_HEADERS = 128;

/** Reads the headers; undefined: no ELF file. */
export function identify(size: number, read: (offset: number, max: number) => Bytes): Binary | undefined {
  const head = read(0, 64);
  if (!head.startsWith('\x7fELF') || head.length < 20) return undefined;
  const little = head.charCodeAt(5) === 1;
  const wide = head.charCodeAt(4) === 2;
  const number = (text: Bytes, at: number, bytes: number) => {
    let value = 0;
    for (let i = 0; i < bytes; i++) value = value * 256 + text.charCodeAt(little ? at + bytes - 1 - i : at + i);
    return value;
  };
  const machine = number(head, 18, 2);
  const name = MACHINES[machine] ?? `em-${machine}`;
  const binary: Binary = {
    format: 'ELF',
    architecture: typeof name === 'string' ? name : name[little ? 0 : 1],
    bits: wide ? 64 : 32,
    type: TYPES[number(head, 16, 2)] ?? 'unknown',
    loadable: false,
    complete: false,
    machine,
    little,
  };
  if (head.length < (wide ? 64 : 52)) return binary;
  const stripped = strippedOf(head, wide, size, read, number);
  if (stripped !== undefined) binary.stripped = stripped;
  if (read(0, MARKED).includes(MARK) || read(Math.max(0, size - MARKED), MARKED).includes(MARK)) binary.packer = 'UPX';
  const offset = wide ? number(head, 32, 8) : number(head, 28, 4);
  const each = wide ? 56 : 32;
  const count = Math.min(number(head, wide ? 56 : 44, 2), MOST_HEADERS);
  if (count === 0 || offset + count * each > size) return binary;
  const table = read(offset, count * each);
  if (table.length < count * each) return binary;
  binary.loadable = true;
  binary.complete = true;
  for (let at = 0; at < table.length; at += each) {
    const kind = number(table, at, 4);
    const start = wide ? number(table, at + 8, 8) : number(table, at + 4, 4);
    const length = wide ? number(table, at + 32, 8) : number(table, at + 16, 4);
    if (kind === LOAD && start + length > size) binary.complete = false;
    if (kind === INTERPRETER && length < 4096) {
      const path = read(start, length).replace(/\0[\s\S]*$/, '');
      if (path !== '') binary.interpreter = path;
    }
  }
  return binary;
}

/** Section headers looked at. */
const MOST_SECTIONS = 512;
const SYMBOLS = 2;
/** UPX writes its mark behind the headers and again at the end. */
const MARK = 'UPX!';
const MARKED = 4096;

/** Is there a table of symbols? Undefined: the section headers are not there to tell, as in what is packed or cut off. */
function strippedOf(
  head: Bytes,
  wide: boolean,
  size: number,
  read: (offset: number, max: number) => Bytes,
  number: (text: Bytes, at: number, bytes: number) => number,
): boolean | undefined {
  const offset = wide ? number(head, 40, 8) : number(head, 32, 4);
  const each = number(head, wide ? 58 : 46, 2);
  const count = Math.min(number(head, wide ? 60 : 48, 2), MOST_SECTIONS);
  if (offset === 0 || count === 0) return true;
  if (each < 8 || each > 256 || offset + each * count > size) return undefined;
  const table = read(offset, each * count);
  for (let at = 0; at + 8 <= table.length; at += each) if (number(table, at + 4, 4) === SYMBOLS) return false;
  return true;
}

/** Would the kernel of this architecture start it? Otherwise execve(2) says ENOEXEC. */
export function fits(binary: Binary, architecture: string): boolean {
  return (
    binary.loadable &&
    (binary.type === 'executable' || binary.type === 'shared object') &&
    (RUNS[architecture] ?? []).includes(binary.machine) &&
    binary.little === (architecture !== 'mips')
  );
}
