// A machine for tests and measurements: fixed clock, fixed seed, and a way to run one command line or program in it.
import { join } from 'node:path';
import { createHouse } from './house.ts';
import type { Bytes, Ending, Machine, Main, Witness } from './machine.ts';
import { loadPersona } from './persona.ts';

const personas = join(import.meta.dirname, '../../personas');
/** Read once: what is in a persona never changes. */
const loaded = new Map<string, ReturnType<typeof loadPersona>>();

/** What a session did, as a witness saw it. */
export interface Seen {
  commands: Bytes[];
  notFound: Bytes[][];
  gaps: string[];
  /** Binaries that were brought along: path and outcome. */
  started: string[];
  written: Map<Bytes, Buffer>;
  fetched: Bytes[];
}

export function watch(): { witness: Witness; seen: Seen } {
  const seen: Seen = { commands: [], notFound: [], gaps: [], started: [], written: new Map(), fetched: [] };
  return {
    seen,
    witness: {
      command: (line) => {
        seen.commands.push(line);
        return () => {};
      },
      touched: () => {},
      found: () => {},
      notFound: (argv) => void seen.notFound.push(argv),
      input: () => {},
      gap: (program, option) => void seen.gaps.push(option === undefined ? program : `${program} ${option}`),
      passwordChanged: () => {},
      started: ({ path, outcome }) => void seen.started.push(`${path} ${outcome}`),
      written: (path, content) => void seen.written.set(path, content()),
      fetch: async ({ url }) => {
        seen.fetched.push(url);
        return { outcome: 'unreachable' };
      },
    },
  };
}

/** A machine with these programs; of the default persona unless another is named. `seed` makes it the one of a deployment. */
export async function scratchMachine(
  programs: ReadonlyMap<string, Main>,
  { name = 'debian-12-cloud', seed = 7 }: { name?: string; seed?: number } = {},
): Promise<Machine> {
  let loading = loaded.get(name);
  if (!loading) loaded.set(name, (loading = loadPersona(join(personas, name))));
  const persona = await loading;
  const house = createHouse({
    persona,
    seed: Buffer.alloc(32, seed),
    programs,
    clock: {
      now: () => Date.now(),
      after: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
    },
    random: () => 0.5,
    onFault: (program, error) => {
      throw new Error(`${program}: ${(error as Error).stack}`);
    },
  });
  const machine = house.machineFor('192.0.2.1');
  endings.set(machine, () => house.forget('192.0.2.1'));
  return machine;
}

const endings = new WeakMap<Machine, () => void>();

/** Ends whatever still runs in a scratch machine. */
export function end(machine: Machine): void {
  endings.get(machine)?.();
}

export interface Ran {
  stdout: Bytes;
  stderr: Bytes;
  ending: Ending;
  seen: Seen;
}

/** Runs a command line as an exec request does, until the shell has ended; what it left in the background is not waited for. */
export function run(machine: Machine, command: Bytes, options: { user?: Bytes; stdin?: Bytes } = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const out: Record<1 | 2, Bytes> = { 1: '', 2: '' };
    const { witness, seen } = watch();
    const ended = (ending: Ending) => resolve({ stdout: out[1], stderr: out[2], ending, seen });
    const seat = machine.login({
      user: options.user ?? 'root',
      via: 'ssh',
      from: { address: '192.0.2.1', port: 40_000 },
      to: { address: '192.0.2.2', port: 22 },
      witness,
      command,
      output(data, stream) {
        out[stream] += data;
        return true;
      },
      left: ended,
      exited: ended,
    });
    if (options.stdin) seat.input(options.stdin);
    seat.endInput();
  });
}
