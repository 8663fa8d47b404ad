// What a half of Kansatsuki needs to start, settled once by the command and handed down through the environment.
import type { Config } from '../config/config.ts';
import type { Activated } from './socket-activation.ts';

export interface Resolved {
  config: Config;
  /** Absolute. */
  dataDirectory: string;
  version: string;
  /** True when a supervisor listens on the IPC channel. */
  supervised?: boolean;
  /** Sockets that are open already; their descriptors are those of the process that reads this. */
  sockets?: Activated[];
  /** How the predecessor of this process ended, when it was restarted. */
  died?: { code: number | null; signal: string | null };
}

/** Name of the environment variable that carries it. */
export const RESOLVED = 'KANSATSUKI_RESOLVED';

/** Reads and removes it, so that nothing started later inherits it. */
export function takeResolved(): Resolved {
  const text = process.env[RESOLVED];
  delete process.env[RESOLVED];
  if (!text) throw new Error('This file is started by `kansatsuki up`, `sensor` or `observe`, not by hand.');
  return JSON.parse(text) as Resolved;
}
