// What a bot and the machine say to each other, and what must be recorded at the end.

/** A line that is sent, and what has to come back before the next one. */
export type Turn = readonly [send: string, expect: RegExp];

export interface Conversation {
  name: string;
  persona: 'debian-12-cloud' | 'raspberry-pi' | 'iot-busybox-arm' | 'iot-busybox-mips';
  protocol: 'telnet' | 'ssh';
  user: string;
  password: string;
  turns: readonly Turn[];
  /** `download` and above, as the session's summary has it. */
  stage: string;
  /** URLs that must be recorded, exactly. */
  urls?: readonly string[];
  /** Bytes that must be in the vault. */
  payloads?: readonly Buffer[];
  /** Binaries that were started: their path's end and the outcome. */
  started?: readonly [path: string, outcome: 'started' | 'rejected' | 'crashed'][];
}

/** A 32-bit ELF executable that a kernel of that machine would load: header, one segment, filling. Nothing in it is code. */
export function tinyElf(machine: number, little: boolean, filling = 64): Buffer {
  const size = 52 + 32 + filling;
  const file = Buffer.alloc(size, 0x2e);
  file.write('7f454c4601', 'hex');
  file[5] = little ? 1 : 2;
  file.fill(0, 7, 84);
  file[6] = 1;
  const half = (at: number, value: number) => (little ? file.writeUInt16LE(value, at) : file.writeUInt16BE(value, at));
  const word = (at: number, value: number) => (little ? file.writeUInt32LE(value, at) : file.writeUInt32BE(value, at));
  for (const [at, value] of [
    [16, 2],
    [18, machine],
    [40, 52],
    [42, 32],
    [44, 1],
  ] as const)
    half(at, value);
  for (const [at, value] of [
    [20, 1],
    [24, 0x8054],
    [28, 52],
    [36, machine === 40 ? 0x05000002 : 0],
    // The segment: PT_LOAD, from the beginning, all of it, readable and executable.
    [52, 1],
    [60, 0x8000],
    [64, 0x8000],
    [68, size],
    [72, size],
    [76, 5],
    [80, 0x1000],
  ] as const)
    word(at, value);
  return file;
}

/** Pieces of a file as `echo -ne` arguments. */
export function escaped(file: Buffer, pieceLength: number, style: 'hex' | 'octal' = 'hex'): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < file.length; at += pieceLength)
    pieces.push(
      [...file.subarray(at, at + pieceLength)]
        .map((byte) =>
          style === 'hex' ? `\\x${byte.toString(16).padStart(2, '0')}` : `\\0${byte.toString(8).padStart(3, '0')}`,
        )
        .join(''),
    );
  return pieces;
}
