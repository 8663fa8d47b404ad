// What every session of the sensor shares: the journal, who gets in, the machines, and where things are kept.
import type { Config } from '../config/config.ts';
import type { Origin } from '../event/json.ts';
import type { Vault } from '../journal/vault.ts';
import type { Machine } from '../machine/machine.ts';
import type { Wire } from '../wire/ssh/ssh.ts';
import type { Place } from './admission.ts';
import type { Fetcher } from './fetcher/fetcher.ts';
import type { Services } from './forwarding/services.ts';
import type { Sink } from './forwarding/sink.ts';
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
  readonly userdb: { allows(user: string, password: string): boolean };
  /** The machine that an address sees; the same one until `release` has been called as often. */
  machineFor(address: string): { machine: Machine; release(): void };
  /** Absent: downloads are recorded only. */
  readonly fetcher?: Fetcher;
  /** What speaks at the far end of tunnels, where anything does. */
  readonly services: Services;
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
