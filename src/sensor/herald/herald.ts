// Heralded ports: services that exist only to hear who wants in. Each takes login attempts, refuses every one, and emulates nothing else.
import type { HeraldedProtocol } from '../../event/event.ts';
import { ftp } from './ftp.ts';
import { http } from './http.ts';
import { imap } from './imap.ts';
import { mysql } from './mysql.ts';
import { pop3 } from './pop3.ts';
import { postgresql } from './postgresql.ts';
import { rdp } from './rdp.ts';
import { redis } from './redis.ts';
import { smtp } from './smtp.ts';
import { vnc } from './vnc.ts';

/** Who wanted in. Bytes as they came; a field that the protocol does not show is absent. */
export interface Attempt {
  username?: Buffer;
  password?: Buffer;
  /** Where the password is not sent but proven. */
  proof?: Proof;
}

export interface Proof {
  /** `mysql_native_password`, `vnc`, `cram-md5`. */
  scheme: string;
  challenge: Buffer;
  response: Buffer;
}

/** The connection as a service sees it. */
export interface Visitor {
  readonly address: string;
  readonly hostname: string;
  send(data: Buffer | string): void;
  attempt(attempt: Attempt): void;
  /** Ends the connection after what was sent. */
  end(): void;
  /** Something that the protocol does not have; the connection is usually ended then. */
  violation(reason: string, detail?: Buffer): void;
  after(ms: number, run: () => void): void;
  /** Calls `run` once the connection is gone. */
  closed(run: () => void): void;
  /** Bytes nobody can foresee. */
  random(bytes: number): Buffer;
}

/** Greets, and returns what takes the visitor's bytes. */
export type Service = (visitor: Visitor) => (chunk: Buffer) => void;

export const services: Readonly<Record<HeraldedProtocol, Service>> = {
  ftp,
  http,
  imap,
  mysql,
  pop3,
  postgresql,
  rdp,
  redis,
  smtp,
  vnc,
};
