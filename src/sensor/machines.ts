// The machines of the sensor: one an address, its changes kept on disk in `machines/` while it is remembered.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { House } from '../machine/house.ts';
import type { Machine } from '../machine/machine.ts';

/** Files and bytes of all remembered machines together. */
const MOST_FILES = 20_000;
const MOST_BYTES = 256 << 20;

export class Machines {
  readonly #house: House;
  readonly #directory: string;
  readonly #rememberMs: number;
  readonly #now: () => number;
  /** Version of what is on disk, by address, as long as its machine is in memory. */
  readonly #kept = new Map<string, number>();
  readonly #keeping = new Set<string>();
  readonly #leases = new Map<string, number>();

  /** @param rememberMs 0: nothing is kept after the last session of an address */
  constructor(house: House, directory: string, rememberMs: number, now: () => number) {
    this.#house = house;
    this.#directory = directory;
    this.#rememberMs = rememberMs;
    this.#now = now;
  }

  /** The machine an address sees; `release` once a session is over. */
  lease(address: string): { machine: Machine; release(): void } {
    const open = this.#leases.get(address) ?? 0;
    if (open === 0) this.#recall(address);
    this.#leases.set(address, open + 1);
    let held = true;
    return {
      machine: this.#house.machineFor(address),
      release: () => {
        if (!held) return;
        held = false;
        const left = this.#leases.get(address)! - 1;
        if (left > 0) this.#leases.set(address, left);
        else {
          this.#leases.delete(address);
          void this.#keep(address);
        }
      },
    };
  }

  /** Number of the terminal that the next login of an address gets. */
  nextTerminal(address: string): number {
    if (!this.#house.has(address)) return 0;
    const used = new Set(
      this.#house
        .machineFor(address)
        .logins.filter((one) => !one.ended)
        .map(({ line }) => line),
    );
    let number = 0;
    while (used.has(`pts/${number}`)) number++;
    return number;
  }

  /** Addresses are not written into file names. */
  #path(address: string): string {
    return join(this.#directory, createHash('sha256').update(address).digest('hex').slice(0, 32));
  }

  #recall(address: string): void {
    // A machine that is made anew counts its changes anew.
    if (!this.#house.has(address)) this.#kept.delete(address);
    if (this.#rememberMs === 0) {
      this.#house.forget(address);
      return;
    }
    const path = this.#path(address);
    try {
      const { mtimeMs } = statSync(path);
      if (this.#now() - mtimeMs > this.#rememberMs) {
        this.#house.forget(address);
        void unlink(path).catch(() => {});
      } else if (!this.#house.has(address)) this.#house.restore(address, readFileSync(path));
    } catch {
      // It has not been here, or changed nothing.
    }
  }

  /** One at a time for an address; what changes meanwhile is kept after that. */
  async #keep(address: string): Promise<void> {
    if (this.#rememberMs === 0 || this.#keeping.has(address)) return;
    this.#keeping.add(address);
    const path = this.#path(address);
    try {
      for (;;) {
        const snapshot = this.#house.snapshot(address, this.#kept.get(address));
        if (!snapshot) return;
        await writeFile(`${path}.tmp`, snapshot.pieces, { mode: 0o600 });
        await rename(`${path}.tmp`, path);
        this.#kept.set(address, snapshot.version);
      }
    } catch {
      // A full disk: what the attacker changed lasts as long as the process.
    } finally {
      this.#keeping.delete(address);
    }
  }

  /** Removes what is forgotten, and the oldest beyond the limits. */
  tidy(): void {
    for (const address of this.#kept.keys()) if (!this.#house.has(address)) this.#kept.delete(address);
    let names: string[];
    try {
      names = readdirSync(this.#directory);
    } catch {
      return;
    }
    const files = names.flatMap((name) => {
      const stat = statSync(join(this.#directory, name), { throwIfNoEntry: false });
      return stat ? [{ name, at: stat.mtimeMs, bytes: stat.size }] : [];
    });
    files.sort((a, b) => b.at - a.at);
    let bytes = 0;
    for (const [i, file] of files.entries()) {
      bytes += file.bytes;
      const old = this.#now() - file.at > this.#rememberMs || file.name.endsWith('.tmp');
      if (old || i >= MOST_FILES || bytes > MOST_BYTES) void unlink(join(this.#directory, file.name)).catch(() => {});
    }
  }
}
