// ELF files in the words of file(1).
import type { Bytes } from '../../machine/machine.ts';

const MACHINES: Record<number, string> = {
  2: 'SPARC',
  3: 'Intel 80386',
  4: 'Motorola m68k',
  8: 'MIPS, MIPS-I',
  20: 'PowerPC or cisco 4500',
  21: '64-bit PowerPC or cisco 7500',
  22: 'IBM S/390',
  40: 'ARM',
  42: 'Renesas SH',
  43: 'SPARC V9',
  45: 'Argonaut RISC Core',
  50: 'IA-64',
  62: 'x86-64',
  93: 'ARC Cores Tangent-A5',
  183: 'ARM aarch64',
  243: 'UCB RISC-V',
  258: 'LoongArch',
};
const MIPS_LEVELS = [
  'MIPS-I',
  'MIPS-II',
  'MIPS-III',
  'MIPS-IV',
  'MIPS-V',
  'MIPS32',
  'MIPS64',
  'MIPS32 rel2',
  'MIPS64 rel2',
];
const TYPES = ['no file type', 'relocatable', 'executable', 'shared object', 'core file'];

/** @param buildId made up for a binary of the persona, of which only the header is there */
export function describeElf(head: Bytes, buildId: () => string): string {
  const wide = head.charCodeAt(4) === 2;
  const little = head.charCodeAt(5) === 1;
  const number = (at: number, bytes: number) => {
    let value = 0;
    for (let i = 0; i < bytes; i++) value = value * 256 + (head.charCodeAt(little ? at + bytes - 1 - i : at + i) || 0);
    return value;
  };
  const type = number(16, 2);
  const machine = number(18, 2);
  const headers = wide
    ? { offset: number(32, 8), size: number(54, 2), count: number(56, 2) }
    : { offset: number(28, 4), size: number(42, 2), count: number(44, 2) };
  const sections = wide
    ? { offset: number(40, 8), size: number(58, 2), count: number(60, 2) }
    : { offset: number(32, 4), size: number(46, 2), count: number(48, 2) };
  const eFlags = wide ? number(48, 4) : number(36, 4);
  let name = MACHINES[machine] ?? (machine === 0 ? 'no machine' : `*unknown arch 0x${machine.toString(16)}*`);
  if (machine === 8) name = `MIPS, ${MIPS_LEVELS[(eFlags >>> 28) & 15] ?? 'MIPS-I'}`;
  if (machine === 40 && eFlags >>> 24) name += `, EABI${eFlags >>> 24}`;
  const abi = head.charCodeAt(7);
  const front = `ELF ${wide ? '64' : '32'}-bit ${little ? 'LSB' : 'MSB'}`;
  const middle = `${name}, version ${number(20, 4) || 1} (${abi === 3 ? 'GNU/Linux' : abi === 0 ? 'SYSV' : abi === 9 ? 'FreeBSD' : 'SYSV'})`;
  if (type === 1) return `${front} relocatable, ${middle}${sections.count ? ', not stripped' : ''}`;
  let interpreter = '';
  let dynamic = false;
  let known = false;
  for (let i = 0; i < Math.min(headers.count, 64); i++) {
    const at = headers.offset + i * headers.size;
    if (at + headers.size > head.length) break;
    const kind = number(at, 4);
    if (kind >= 1 && kind <= 7) known = true;
    if (kind === 2) dynamic = true;
    if (kind === 3) {
      const offset = wide ? number(at + 8, 8) : number(at + 4, 4);
      const end = head.indexOf('\0', offset);
      interpreter = head.slice(offset, end < 0 ? offset : end);
    }
  }
  // A program of the persona: its header is real, its body is filler.
  if (!known || (interpreter !== '' && !interpreter.startsWith('/'))) {
    const kind = type === 3 ? (number(24, 8) ? 'pie executable' : 'shared object') : TYPES[type];
    const loader = kind === 'shared object' ? '' : ', interpreter /lib64/ld-linux-x86-64.so.2';
    const system = kind === 'shared object' ? '' : ', for GNU/Linux 3.2.0';
    return `${front} ${kind}, ${middle}, dynamically linked${loader}, BuildID[sha1]=${buildId()}${system}, stripped`;
  }
  const kind = type === 3 && interpreter !== '' ? 'pie executable' : (TYPES[type] ?? '*unknown type*');
  let symbols = false;
  let readable = sections.count > 0;
  for (let i = 0; i < Math.min(sections.count, 128); i++) {
    const at = sections.offset + i * sections.size;
    if (at + sections.size > head.length) {
      readable = false;
      break;
    }
    if (number(at + 4, 4) === 2) symbols = true;
  }
  const linked = dynamic ? 'dynamically' : 'statically';
  const end =
    sections.count === 0
      ? ', no section header'
      : readable
        ? symbols
          ? ', not stripped'
          : ', stripped'
        : ', stripped';
  return `${front} ${kind}, ${middle}, ${linked} linked${interpreter ? `, interpreter ${interpreter}` : ''}${end}`;
}
