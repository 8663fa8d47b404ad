// What the packet layer needs of a cipher and MAC once keys are known: to seal what is sent and to open what comes.

/** Protects outgoing packets. */
export interface Sealer {
  /** Padding makes the encrypted part a multiple of this (at least 8, RFC 4253 §6). */
  readonly blockSize: number;
  /** True where packet_length is not part of the encrypted blocks: AEAD ciphers and encrypt-then-MAC. */
  readonly lengthApart: boolean;
  /** Seals packet_length ‖ padding_length ‖ payload ‖ padding; the bytes for the wire are appended to `out`. */
  seal(sequence: number, packet: Buffer, out: Buffer[]): void;
}

/** Opens incoming packets, in two steps: the length comes first. */
export interface Opener {
  readonly blockSize: number;
  readonly lengthApart: boolean;
  /** Bytes that must be there before `length` can be asked. */
  readonly head: number;
  /** Bytes of tag or MAC behind the packet. */
  readonly tag: number;
  /** CBC: a bad length must not be answered at once (CVE-2008-5161). */
  readonly hidesLength: boolean;
  /** packet_length of the packet that begins with `head`; called once a packet. */
  length(sequence: number, head: Buffer): number;
  /** Opens 4 + packet_length + tag bytes; returns padding_length ‖ payload ‖ padding, or undefined when the tag is wrong. */
  open(sequence: number, sealed: Buffer): Buffer | undefined;
}

/** Before the first NEWKEYS: nothing is protected. */
export const plainSealer: Sealer = {
  blockSize: 8,
  lengthApart: false,
  seal: (_sequence, packet, out) => void out.push(Buffer.from(packet)),
};

export const plainOpener: Opener = {
  blockSize: 8,
  lengthApart: false,
  head: 8,
  tag: 0,
  hidesLength: false,
  length: (_sequence, head) => head.readUInt32BE(0),
  open: (_sequence, sealed) => sealed.subarray(4),
};
