// All machines of a deployment: one for each source address, made when it comes and forgotten when it has been quiet for long.
import { createHash } from 'node:crypto';
import { Computer, type Parts } from './computer.ts';
import { makeOrigin } from './identity.ts';
import type { Identity, Machine, Main } from './machine.ts';
import type { Persona } from './persona.ts';
import { RunQueue } from './run-queue.ts';

export interface HouseOptions {
  persona: Persona;
  /** Of the deployment: two houses with different seeds never look alike. */
  seed: Buffer;
  programs: ReadonlyMap<string, Main>;
  clock: { now(): number; after(ms: number, run: () => void): () => void };
  /** In [0, 1). */
  random(): number;
  /** A fault of ours in a program. */
  onFault?: (program: string, error: unknown) => void;
  /** Machines kept in memory while nobody is logged in; default 2,000. */
  kept?: number;
}

export class House {
  readonly #parts: Parts;
  readonly #kept: number;
  /** By address, the least recently used first. */
  readonly #machines = new Map<string, Computer>();

  constructor({ persona, seed, programs, clock, random, onFault, kept = 2_000 }: HouseOptions) {
    const origin = makeOrigin(
      persona.facts,
      createHash('sha256').update('identity').update(seed).digest(),
      clock.now(),
    );
    const facts: Record<string, string> = {
      hostname: origin.identity.hostname,
      domain: persona.facts.domain,
      address: origin.identity.address,
      gateway: origin.identity.gateway,
      mac: origin.identity.mac,
      machineId: origin.identity.machineId,
      kernelRelease: origin.identity.kernelRelease,
      kernelVersion: origin.identity.kernelVersion,
      interface: persona.facts.interface,
      disk: persona.facts.disk,
      rootUuid: origin.fate.uuid('root'),
    };
    const image = persona.image.withTemplates((text) =>
      text.replace(/\{\{(\w+)\}\}/g, (all, name: string) => facts[name] ?? all),
    );
    this.#kept = kept;
    this.#parts = {
      persona,
      image,
      origin,
      programs,
      queue: new RunQueue(clock),
      clock,
      random,
      fault: onFault ?? (() => {}),
    };
  }

  /** The machine an address sees: the same one, with its changes, as long as it is remembered. */
  machineFor(address: string): Machine {
    const known = this.#machines.get(address);
    if (known) {
      this.#machines.delete(address);
      this.#machines.set(address, known);
      return known;
    }
    const machine = new Computer(this.#parts);
    this.#machines.set(address, machine);
    this.#trim();
    return machine;
  }

  has(address: string): boolean {
    return this.#machines.has(address);
  }

  /** What the deployment is called and made of; every machine shares it. */
  get identity(): Identity {
    return this.#parts.origin.identity;
  }

  get size(): number {
    return this.#machines.size;
  }

  forget(address: string): void {
    this.#machines.delete(address);
  }

  /** What an address changed, to be kept on disk; undefined when nothing. */
  snapshot(address: string): Buffer | undefined {
    const machine = this.#machines.get(address);
    if (!machine || machine.filesystem.layer.version === 0) return undefined;
    const blobs: Buffer[] = [];
    const tree = Buffer.from(JSON.stringify(machine.filesystem.layer.save(blobs)), 'utf8');
    const head = Buffer.alloc(8);
    head.writeUInt32LE(VERSION, 0);
    head.writeUInt32LE(tree.length, 4);
    return Buffer.concat([head, tree, ...blobs]);
  }

  /**
   * Gives an address back what it had changed. False when the snapshot is of another version or damaged: the address then begins
   * with a fresh machine.
   */
  restore(address: string, snapshot: Buffer): boolean {
    if (snapshot.length < 8 || snapshot.readUInt32LE(0) !== VERSION) return false;
    const machine = new Computer(this.#parts);
    const treeEnd = 8 + snapshot.readUInt32LE(4);
    let at = treeEnd;
    try {
      machine.filesystem.layer.load(JSON.parse(snapshot.toString('utf8', 8, treeEnd)), (length) => {
        if (at + length > snapshot.length) throw new Error('cut off');
        at += length;
        return snapshot.subarray(at - length, at);
      });
    } catch {
      return false;
    }
    this.#machines.set(address, machine);
    this.#trim();
    return true;
  }

  #trim(): void {
    for (const [address, machine] of this.#machines) {
      if (this.#machines.size <= this.#kept) return;
      if (machine.running.size === 0) this.#machines.delete(address);
    }
  }
}

/** Of snapshots: another image or layout starts afresh. */
const VERSION = 1;

export const createHouse = (options: HouseOptions): House => new House(options);
