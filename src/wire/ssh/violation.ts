// How a layer says that the client broke the protocol: thrown inside, caught once in transport.ts, never seen outside.

export type Layer = 'ident' | 'transport' | 'kex' | 'auth' | 'connection';

export class Violation extends Error {
  readonly layer: Layer;
  /** The text of SSH_MSG_DISCONNECT; undefined where sshd only drops the connection (its `fatal`). */
  readonly farewell: string | undefined;

  /** `reason` is a fixed sentence: it becomes a label in events, so nothing the client sent belongs in it. */
  constructor(layer: Layer, reason: string, farewell?: string) {
    super(reason);
    this.layer = layer;
    this.farewell = farewell;
  }
}
