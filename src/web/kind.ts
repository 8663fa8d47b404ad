// What a file is, by its first bytes: enough to tell a bot from a key from a picture, and never more than a look.

export type FileKind = 'empty' | 'program' | 'script' | 'archive' | 'image' | 'document' | 'key' | 'text' | 'data';

export interface Looked {
  kind: FileKind;
  /** More exactly: format and machine, or the interpreter of a script as it stands there, which is hostile text. */
  detail?: string;
}

/** Bytes that are looked at. */
export const LOOK = 512;

/** Magic numbers at their places, as in the file(1) database and the formats' own specifications. */
const MAGIC: readonly [kind: FileKind, detail: string, offset: number, ...bytes: (string | number)[]][] = [
  ['program', 'Windows', 0, 'MZ'],
  ['program', 'Mach-O', 0, 0xcf, 0xfa, 0xed, 0xfe],
  ['program', 'Mach-O', 0, 0xce, 0xfa, 0xed, 0xfe],
  ['program', 'Java or Mach-O', 0, 0xca, 0xfe, 0xba, 0xbe],
  ['program', 'Android DEX', 0, 'dex\n'],
  ['program', 'WebAssembly', 0, 0, 'asm'],
  ['archive', 'gzip', 0, 0x1f, 0x8b],
  ['archive', 'bzip2', 0, 'BZh'],
  ['archive', 'xz', 0, 0xfd, '7zXZ', 0],
  ['archive', 'Zstandard', 0, 0x28, 0xb5, 0x2f, 0xfd],
  ['archive', 'LZMA', 0, 0x5d, 0, 0],
  ['archive', 'ZIP', 0, 'PK', 3, 4],
  ['archive', 'ZIP', 0, 'PK', 5, 6],
  ['archive', '7-Zip', 0, '7z', 0xbc, 0xaf, 0x27, 0x1c],
  ['archive', 'RAR', 0, 'Rar!', 0x1a, 7],
  ['archive', 'ar', 0, '!<arch>\n'],
  ['archive', 'RPM', 0, 0xed, 0xab, 0xee, 0xdb],
  ['archive', 'cpio', 0, '07070'],
  ['archive', 'tar', 257, 'ustar'],
  ['image', 'PNG', 0, 0x89, 'PNG\r\n', 0x1a, '\n'],
  ['image', 'JPEG', 0, 0xff, 0xd8, 0xff],
  ['image', 'GIF', 0, 'GIF8'],
  ['document', 'PDF', 0, '%PDF-'],
  ['document', 'Microsoft Office', 0, 0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1],
  ['data', 'SQLite', 0, 'SQLite format 3', 0],
  ['key', 'PEM', 0, '-----BEGIN '],
];

/** `e_machine` of ELF (System V ABI, and the registry that it names). */
const MACHINES: Readonly<Record<number, string>> = {
  2: 'SPARC',
  3: 'x86',
  4: 'm68k',
  8: 'MIPS',
  20: 'PowerPC',
  21: 'PowerPC64',
  22: 'S/390',
  40: 'ARM',
  42: 'SuperH',
  43: 'SPARC V9',
  62: 'x86-64',
  93: 'ARC',
  183: 'AArch64',
  195: 'ARCv2',
  243: 'RISC-V',
  247: 'BPF',
  258: 'LoongArch',
};

/** `head`: the first `LOOK` bytes, or all of a shorter file. */
export function kindOf(head: Buffer): Looked {
  if (head.length === 0) return { kind: 'empty' };
  if (startsWith(head, 0, [0x7f, 'ELF'])) return { kind: 'program', detail: elf(head) };
  for (const [kind, detail, offset, ...bytes] of MAGIC) if (startsWith(head, offset, bytes)) return { kind, detail };
  const interpreter = /^#!\s*([^\s\0]{0,60}\/env [\w.+-]{1,40}|[^\s\0]{1,80})/.exec(head.toString('latin1'))?.[1];
  if (interpreter !== undefined) return { kind: 'script', detail: Buffer.from(interpreter, 'latin1').toString('utf8') };
  if (!isText(head)) return { kind: 'data' };
  const text = head.toString('utf8');
  if (/^(ssh-(rsa|dss|ed25519)|ecdsa-sha2-\S+|sk-\S+@openssh\.com) [A-Za-z0-9+/]{16}/m.test(text))
    return { kind: 'key', detail: 'authorized_keys' };
  if (/^\s*<\?php\b/i.test(text)) return { kind: 'script', detail: 'PHP' };
  if (/^\s*(<!doctype html|<html)\b/i.test(text)) return { kind: 'document', detail: 'HTML' };
  return { kind: 'text' };
}

function startsWith(head: Buffer, offset: number, bytes: readonly (string | number)[]): boolean {
  const expected = Buffer.concat(
    bytes.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from([part]))),
  );
  return head.subarray(offset, offset + expected.length).equals(expected);
}

function elf(head: Buffer): string {
  if (head.length < 20) return 'ELF';
  const bits = { 1: '32-bit ', 2: '64-bit ' }[head[4]!] ?? '';
  const big = head[5] === 2;
  const machine = big ? head.readUInt16BE(18) : head.readUInt16LE(18);
  return `ELF ${bits}${MACHINES[machine] ?? `machine ${machine}`}${big ? ', big-endian' : ''}`;
}

/** UTF-8 without control characters other than white space, escape and form feed; the look may cut a character. */
function isText(head: Buffer): boolean {
  if (head.some((byte) => (byte < 32 && ![9, 10, 12, 13, 27].includes(byte)) || byte === 127)) return false;
  const whole = head.length < LOOK ? head : head.subarray(0, lastStart(head));
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(whole);
    return true;
  } catch {
    return false;
  }
}

/** Where the last character begins. */
function lastStart(head: Buffer): number {
  let at = head.length - 1;
  while (at > 0 && head.length - at < 4 && (head[at]! & 0xc0) === 0x80) at--;
  return at;
}
