// The manner of an applet: how a program that GNU and BusyBox share takes its options and words its complaints when BusyBox runs it.
import type { Bytes, Process } from '../../machine/machine.ts';

export interface Manner {
  /** getopt's short options, from the usage of this BusyBox; undefined: it tells of none. */
  readonly short: string | undefined;
  /** Long names that it knows, without `--`. */
  readonly long: ReadonlySet<string>;
  /** Tells of wrong use: the complaint, if there is one, and the usage; the exit status. */
  wrongUse(message: Bytes): Promise<number>;
}

const manners = new WeakMap<Process, Manner>();

/** The manner a process runs in; undefined: it is the program itself. */
export const mannerOf = (process: Process): Manner | undefined => manners.get(process);

export const setManner = (process: Process, manner: Manner): void => {
  manners.set(process, manner);
};

/** Whether BusyBox runs this program: for what differs in more than words. */
export const isApplet = (process: Process): boolean => manners.has(process);
