// One supervised process of ours: started, watched, restarted with a growing pause, stopped when told.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KeeperEvent } from './keeper.ts';
import { RESOLVED, type Resolved } from './resolved.ts';
import type { Activated } from './socket-activation.ts';

export type Half = 'sensor' | 'observer';

/** What a half tells its supervisor. `failed` is a clear sentence for the operator; code 2 means: do not try again. */
export type Report =
  | { type: 'ready'; addresses: Record<string, string>; loginUrl?: string }
  | { type: 'failed'; message: string; code: number }
  /** To be written into the journal, which the sensor alone writes. */
  | { type: 'event'; event: KeeperEvent };

/** What the supervisor tells a half. */
export type Order =
  | { type: 'stop'; reason: string }
  | { type: 'restarted'; process: Half; code: number | null; signal: string | null }
  | { type: 'record'; event: KeeperEvent };

const SHORTEST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
/** A process that lived this long starts again at once. */
const HEALTHY_AFTER_MS = 60_000;
const STOP_WITHIN_MS = 5_000;

/**
 * Keeps a process small at no measurable cost of time (bench/sensor.ts): 16 MiB of new space would be filled with garbage before V8
 * looks at it, and each of V8's four threads keeps a heap of its own from malloc. `gc` is for what starting leaves behind (half.ts).
 */
export const SMALL = ['--max-semi-space-size=4', '--v8-pool-size=1', '--expose-gc'];

/** Command line of the sensor's process: Node's permission model leaves it its data directory and our own code, nothing else. */
function sensorArguments(resolved: Resolved): string[] {
  const root = join(import.meta.dirname, '../..');
  const source = import.meta.filename.endsWith('.ts') ? 'src' : 'dist';
  const readable = [join(root, source), packages(), join(root, 'personas'), join(root, 'package.json')];
  return [
    '--permission',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    // Only root looks up whom to become.
    ...(process.getuid?.() === 0 ? ['--allow-fs-read=/etc/passwd'] : []),
    `--allow-fs-read=${resolved.dataDirectory}`,
    `--allow-fs-write=${resolved.dataDirectory}`,
    '--disallow-code-generation-from-strings',
    ...SMALL,
    '--disable-warning=ExperimentalWarning',
    entry('sensor'),
  ];
}

/** The node_modules that holds our dependencies: the checkout's own, or the one this package was installed into. */
function packages(): string {
  const path = fileURLToPath(import.meta.resolve('commander'));
  return path.slice(0, path.lastIndexOf('/node_modules/') + '/node_modules'.length);
}

function observerArguments(): string[] {
  return [...SMALL, '--disable-warning=ExperimentalWarning', entry('observer')];
}

/** Command line of a half's process, without the program. */
export function argumentsOf(half: Half, resolved: Resolved): string[] {
  return half === 'sensor' ? sensorArguments(resolved) : observerArguments();
}

const entry = (half: Half) =>
  join(import.meta.dirname, `${half}-process.${import.meta.filename.endsWith('.ts') ? 'ts' : 'js'}`);

/** The sockets of a half under the numbers that its process will know them by, and what to start it with from descriptor 4 on. */
export function handedDown(held: readonly Activated[], half: Half): { sockets: Activated[]; stdio: number[] } {
  const own = held.filter(({ service }) => (service === 'web') === (half === 'observer'));
  return { sockets: own.map(({ service }, i) => ({ service, fd: 4 + i })), stdio: own.map(({ fd }) => fd) };
}

export class Child {
  readonly half: Half;
  #resolved: Resolved;
  readonly #onReport: (report: Report, restart: boolean) => void;
  readonly #onDeath: (code: number | null, signal: string | null, pauseMs: number) => void;
  #process?: ChildProcess;
  #starts = 0;
  #startedAt = 0;
  #pauseMs = SHORTEST_PAUSE_MS;
  #timer?: NodeJS.Timeout;
  #stopping = false;

  constructor(
    half: Half,
    resolved: Resolved,
    onReport: (report: Report, restart: boolean) => void,
    onDeath: (code: number | null, signal: string | null, pauseMs: number) => void,
  ) {
    this.half = half;
    this.#resolved = resolved;
    this.#onReport = onReport;
    this.#onDeath = onDeath;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  start(died?: { code: number | null; signal: string | null }): void {
    this.#starts++;
    this.#startedAt = Date.now();
    const { sockets, stdio } = handedDown(this.#resolved.sockets ?? [], this.half);
    const settings: Resolved = { ...this.#resolved, sockets, supervised: true, died };
    const child = spawn(process.execPath, argumentsOf(this.half, settings), {
      // Descriptors that are not named here are closed in the child.
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...stdio],
      env: { ...process.env, [RESOLVED]: JSON.stringify(settings) },
    });
    this.#process = child;
    child.on('message', (report: Report) => this.#onReport(report, this.#starts > 1));
    child.once('error', () => child.emit('exit', null, null));
    child.once('exit', (code: number | null, signal: string | null) => {
      this.#process = undefined;
      if (this.#stopping) return;
      if (Date.now() - this.#startedAt > HEALTHY_AFTER_MS) this.#pauseMs = SHORTEST_PAUSE_MS;
      this.#onDeath(code, signal, this.#pauseMs);
      this.#timer = setTimeout(() => this.start({ code, signal }), this.#pauseMs);
      this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    });
  }

  /** A port that was chosen by the system stays the same over restarts. */
  keep(config: Resolved['config']): void {
    this.#resolved = { ...this.#resolved, config };
  }

  tell(order: Order): void {
    if (this.#process?.connected) this.#process.send(order, () => {});
  }

  /** Resolves when the process has ended; after five seconds it is killed. */
  async stop(reason: string): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#process;
    if (!child) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    this.tell({ type: 'stop', reason });
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    await ended;
    clearTimeout(killer);
  }
}
