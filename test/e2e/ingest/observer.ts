// An observer's process over a data directory, to be killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '../../../src/observatory/open.ts';
import { storePath } from '../../../src/observatory/place.ts';
import { main } from '../running.ts';

export class Observer {
  readonly process: ChildProcess;
  output = '';

  constructor(data: string, args: string[] = [], command = 'observe') {
    this.process = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', main, command, ...args, '--data', data],
      { stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' },
    );
    for (const stream of [this.process.stdout!, this.process.stderr!])
      stream.on('data', (text) => {
        this.output += text;
      });
  }

  get alive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Ends it and waits for its end. */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.alive) return;
    const ended = new Promise((resolve) => this.process.once('close', resolve));
    this.process.kill(signal);
    await ended;
  }
}

/** Events that the store has at the moment; 0 when there is none yet. */
export function countStored(data: string): number {
  if (!existsSync(storePath(data))) return 0;
  try {
    const store = openStore(storePath(data), { readOnly: true });
    try {
      return store.totals().events;
    } finally {
      store.close();
    }
  } catch {
    // It is being made.
    return 0;
  }
}

/** Waits until the store has this many events, or no more for a while. */
export async function caughtUp(data: string, events: number, patience = 60_000): Promise<number> {
  let last = -1;
  for (let since = performance.now(); ; await sleep(100)) {
    const now = countStored(data);
    if (now >= events) return now;
    if (now !== last) since = performance.now();
    last = now;
    if (performance.now() - since > patience) return now;
  }
}
