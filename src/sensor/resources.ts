// What the sessions that see one host share: the journal, who gets in, the host's machines, and where things are kept.
import type { Config } from '../config/config.ts';
import type { Origin } from '../event/json.ts';
import type { Vault } from '../journal/vault.ts';
import type { Wire } from '../wire/ssh/ssh.ts';
import type { Place } from './admission.ts';
import type { Judged } from './decoys.ts';
import type { Fetcher } from './fetcher/fetcher.ts';
import type { Sink } from './forwarding/sink.ts';
import type { Host } from './host.ts';
import type { Penalties } from './penalties.ts';
import type { Ledger, Recorder } from './recorder.ts';

/** An SSH connection as whoever carries its bytes sees it. */
export interface ServedSsh {
  receive(chunk: Buffer): void;
  end(): void;
  drained(): void;
  /** Ends it without a word. */
  close(): void;
  gone(): void;
  /** Some method beside none was tried. */
  readonly attempted: boolean;
}

export interface Resources {
  readonly config: Config;
  readonly origin: Origin;
  readonly journal: Ledger;
  readonly vault: Vault;
  readonly userdb: { judge(user: string, password: string, address: string): { accepted: boolean } | Judged };
  /** What this attacker sees. */
  readonly host: Host;
  /** Of the host's SSH server, where they are on. */
  readonly penalties?: Penalties;
  /** Absent: downloads are recorded only. */
  readonly fetcher?: Fetcher;
  /** Where tunnels end in mode `sink`. */
  readonly sink?: Sink;
  /** A place for one more SSH connection of an address, or what it is told when there is none. */
  place(address: string): Place | string;
  /** Serves SSH over anything: `gone` is the last call to it. `depth` counts the connections that it comes through. */
  serveSsh(recorder: Recorder, wire: Wire, onLogin: () => void, depth: number): ServedSsh;
  /** Folder of the terminal recordings, relative. */
  readonly ttyDirectory: string;
  /** False: the disk's reserve is reached, recordings are not kept. */
  diskHasRoom(): boolean;
  /** Milliseconds since the epoch, with fraction. */
  now(): number;
  /** In [0, 1). */
  random(): number;
  after(ms: number, run: () => void): () => void;
}
