// What both halves' processes share: orders from the supervisor, signals, and a last word before an unexpected end.
import type { Order, Report } from './child.ts';
import type { Resolved } from './resolved.ts';
import { type HalfName, TroubleLog } from './trouble-log.ts';

export interface Half {
  stop(reason: string): Promise<void>;
  order?(order: Order): void;
  /** Synchronous: whatever must reach the disk before the process dies of an error of ours. */
  lastWord?(): void;
}

/** Tells the supervisor, if there is one. */
export function report(resolved: Resolved, message: Report): void {
  if (resolved.supervised && process.connected) process.send!(message, undefined, undefined, () => {});
}

/**
 * Starts a half, in its data directory, and keeps it until it is told to stop. A refusal to start is one sentence and exit code 2, an error of
 * ours later on is one line on standard error and exit code 1: the supervisor restarts it.
 */
export async function run(resolved: Resolved, name: HalfName, start: () => Promise<Half>): Promise<void> {
  new TroubleLog('state', name).listen();
  let half: Half | undefined;
  let stopping = false;
  const stop = async (reason: string) => {
    if (stopping) return;
    stopping = true;
    await half?.stop(reason).catch((error) => complain(error));
    process.exit(0);
  };
  const die = (error: unknown) => {
    complain(error);
    try {
      half?.lastWord?.();
    } finally {
      process.exit(1);
    }
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGHUP', () => void stop('SIGHUP'));
  // Ctrl-C reaches the whole process group; under a supervisor the order to stop comes through the channel.
  process.on('SIGINT', () => void (resolved.supervised || stop('SIGINT')));
  process.on('disconnect', () => void stop('supervisor gone'));
  process.on('message', (order: Order) => {
    if (order.type === 'stop') void stop(order.reason);
    else half?.order?.(order);
  });
  try {
    half = await start();
    // Starting reads and parses much once: its garbage would stay for as long as nothing happens. The second call gives the pages back.
    for (let i = 0; i < 2; i++) globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    const refused = error instanceof Error && error.name === 'StartError';
    report(resolved, { type: 'failed', message: sentence, code: refused ? 2 : 1 });
    if (!resolved.supervised) console.error(`kansatsuki: ${sentence}`);
    if (!refused && process.env['KANSATSUKI_DEBUG']) console.error(error);
    // The report is on its way through a pipe: give it a turn.
    setTimeout(() => process.exit(refused ? 2 : 1), 20);
  }
}

function complain(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  console.error(`kansatsuki: unexpected error, please report it: ${text}`);
}
