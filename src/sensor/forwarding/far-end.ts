// The other end of a tunnel, whatever plays it: it takes what the client sends and answers through the near end.

export interface FarEnd {
  /** The channel is open. */
  opened?(): void;
  data(chunk: Buffer): void;
  /** The client's end of file. */
  end(): void;
  /** The client takes more again, after `NearEnd.write` said false. */
  drain?(): void;
  /** The last call. */
  closed?(): void;
}

export interface NearEnd {
  /** False: wait for `FarEnd.drain`. */
  write(bytes: Buffer): boolean;
  /** End of file towards the client. */
  finish(): void;
  close(): void;
  /** True: the client has to wait. */
  pause(paused: boolean): void;
}

/** Makes a far end for a tunnel that is about to open. */
export type Connect = (near: NearEnd) => FarEnd;

/** Takes everything, says nothing, and ends when the client does. */
export const discard: Connect = (near) => ({
  data: () => {},
  end: () => near.close(),
});
