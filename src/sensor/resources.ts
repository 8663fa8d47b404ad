// What every session of the sensor shares: the journal, who gets in, the machines, and where things are kept.
import type { Config } from '../config/config.ts';
import type { Origin } from '../event/json.ts';
import type { Vault } from '../journal/vault.ts';
import type { Machine } from '../machine/machine.ts';
import type { Fetcher } from './fetcher/fetcher.ts';
import type { Ledger } from './recorder.ts';

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
