// All machines of a deployment: one for each source address, made when it comes and forgotten when it has been quiet for long.
import { createHash } from 'node:crypto';
import { Computer, type Parts } from './computer.ts';
import { daemons } from './daemons.ts';
import { hash } from './filler.ts';
import { foreignProgram } from './foreign.ts';
import { makeOrigin } from './identity.ts';
import type { Image } from './image.ts';
import type { Identity, Machine, Main } from './machine.ts';
import { devicesOf, readOnlyDevices } from './mounts.ts';
import type { Persona } from './persona.ts';
import { RunQueue } from './run-queue.ts';
import { expander, logEntries } from './template.ts';

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
  /** How an ELF file that was brought along and fits the machine plays its part; default: it goes to the background. */
  foreign?: Main;
  /** Machines kept in memory while nobody is logged in; default 2,000. */
  kept?: number;
  /** Bytes all machines in memory may hold together; default 256 MiB. */
  bytes?: number;
  /** True when the host has little memory left: what has worked most is killed, as the kernel would. */
  memoryShort?: () => boolean;
}

export class House {
  readonly #parts: Parts;
  readonly #kept: number;
  readonly #bytes: number;
  #held = 0;
  /** Of snapshots: those of another image or layout mean nothing here. */
  readonly #version: number;
  /** By address, the least recently used first. */
  readonly #machines = new Map<string, Computer>();

  constructor({
    persona,
    seed,
    programs,
    clock,
    random,
    onFault,
    foreign = foreignProgram('background'),
    kept = 2_000,
    bytes = 256 << 20,
    memoryShort,
  }: HouseOptions) {
    const origin = makeOrigin(
      persona.facts,
      createHash('sha256').update('identity').update(seed).digest(),
      clock.now(),
      Number(persona.sysctl.find(([name]) => name === 'kernel/pid_max')?.[1] ?? 32_768),
    );
    const made = clock.now();
    const running = daemons(persona.facts, origin, userIds(persona.image), () => clock.now());
    const pidOf = (comm: string) => [...running.values()].find((daemon) => daemon.comm === comm)?.pid;
    const image = persona.image.withTemplates(expander(persona.facts, origin, made, pidOf));
    const written = new Map<number, number>();
    for (const [file, lines] of Object.entries(persona.facts.logs)) {
      const entry = image.find(`/var/log/${file}`);
      const last = logEntries(lines, origin, 0, made).at(-1);
      if (entry !== undefined && last) written.set(entry, last[0]);
    }
    const devices = devicesOf(persona.facts);
    this.#kept = kept;
    this.#bytes = bytes;
    this.#version = hash(`${LAYOUT} ${image.fingerprint}`);
    this.#parts = {
      persona,
      image,
      made,
      written,
      origin,
      daemons: running,
      baseBytes: diskUse(image),
      devices,
      readOnly: readOnlyDevices(persona.facts),
      deviceOf: deviceOfEntries(image, devices),
      foreign,
      reserve: (bytes, by) => this.#reserve(bytes, by),
      programs,
      queue: new RunQueue(clock, memoryShort),
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
    this.#trim(machine);
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

  /** Drops a machine and what it changed; whatever runs in it ends. */
  forget(address: string): void {
    this.#machines.get(address)?.stop();
    this.#machines.delete(address);
  }

  /**
   * What an address changed, to be kept on disk, in pieces that follow each other; undefined when nothing since the version that an earlier
   * snapshot had.
   */
  snapshot(address: string, since = 0): { version: number; pieces: Buffer[] } | undefined {
    const machine = this.#machines.get(address);
    const version = machine ? machine.filesystem.layer.version + machine.settings.version : 0;
    if (!machine || version === 0 || version === since) return undefined;
    const blobs: Buffer[] = [];
    const { filesystem, logins, settings } = machine;
    const tree = Buffer.from(
      JSON.stringify({ logins, settings: settings.save(), layer: filesystem.layer.save(blobs) }),
      'utf8',
    );
    const head = Buffer.alloc(8);
    head.writeUInt32LE(this.#version, 0);
    head.writeUInt32LE(tree.length, 4);
    return { version, pieces: [head, tree, ...blobs] };
  }

  /**
   * Gives an address back what it had changed. False when the snapshot is of another version or damaged: the address then begins
   * with a fresh machine.
   */
  restore(address: string, snapshot: Buffer): boolean {
    if (snapshot.length < 8 || snapshot.readUInt32LE(0) !== this.#version) return false;
    const machine = new Computer(this.#parts);
    const treeEnd = 8 + snapshot.readUInt32LE(4);
    let at = treeEnd;
    try {
      const { logins, settings, layer } = JSON.parse(snapshot.toString('utf8', 8, treeEnd));
      const now = this.#parts.clock.now();
      for (const login of logins) machine.logins.push({ ...login, ended: login.ended ?? now });
      machine.settings.load(settings);
      machine.filesystem.layer.load(layer, (length) => {
        if (at + length > snapshot.length) throw new Error('cut off');
        at += length;
        return snapshot.subarray(at - length, at);
      });
    } catch {
      machine.stop();
      return false;
    }
    this.#machines.get(address)?.stop();
    this.#machines.set(address, machine);
    this.#trim(machine);
    return true;
  }

  /** Forgets the machines that were used longest ago while there are too many of them, or their changes too large. */
  #trim(except: Computer, needed = 0): void {
    for (const [address, machine] of this.#machines) {
      if (this.#machines.size <= this.#kept && this.#held + needed <= this.#bytes) return;
      if (machine.seats === 0 && machine !== except) this.forget(address);
    }
  }

  #reserve(bytes: number, by: Computer): boolean {
    if (bytes > 0 && this.#held + bytes > this.#bytes) {
      this.#trim(by, bytes);
      if (this.#held + bytes > this.#bytes) return false;
    }
    this.#held += bytes;
    return true;
  }
}

/** Of the layout of snapshots. */
const LAYOUT = 2;

/** The uid of a user name by the image's /etc/passwd. */
function userIds(image: Image): (user: string) => number {
  const entry = image.find('/etc/passwd');
  const text = entry === undefined ? '' : image.content(entry, 0, image.size[entry]!);
  const ids = new Map(text.split('\n').map((line) => [line.split(':')[0]!, Number(line.split(':')[2])]));
  return (user) => ids.get(user) ?? 0;
}

/** Bytes the files on the disk take, in blocks of 4 KiB. */
function diskUse(image: Image): number {
  let blocks = 0;
  for (let i = 0; i < image.count; i++)
    if (image.type(i) === 'file') blocks += Math.ceil(image.size[i]! / 4096);
    else if (image.type(i) === 'directory') blocks++;
  return blocks * 4096;
}

/** Which of the file systems each entry lies on: that of its directory, unless something is mounted there. */
function deviceOfEntries(image: Image, devices: ReturnType<typeof devicesOf>): Uint8Array {
  const of = new Uint8Array(image.count);
  const points = new Map(devices.map(([path], i) => [image.find(path), i]));
  for (let i = 1; i < image.count; i++) of[i] = points.get(i) ?? of[image.parent[i]!]!;
  return of;
}

export const createHouse = (options: HouseOptions): House => new House(options);
