// What visits can share, and how many who share it make a campaign.

/** Kinds of nodes, part of the store's format: the lower, the more it tells. */
export const KEY = 1;
export const SCRIPT = 2;
export const FILE = 3;
export const HOST = 4;
export const LIST = 5;
/** Too little to tell by itself: a short list or a short script, together with the client that brought it. */
export const PROFILE = 6;

/** What was done after getting in, told exactly enough to stand alone. */
export const isDeed = (kind: number): boolean => kind <= HOST;

/** Fewer than these are no campaign. */
export const LEAST_ADDRESSES = 3;
export const LEAST_SESSIONS = 5;
/** Where there is nothing but a profile, or a list that is shorter than this. */
export const LEAST_WEAK_ADDRESSES = 5;
export const LONG_LIST = 8;

/** Credentials in a row that make one shingle of a list, commands that make one of a script. */
export const CREDENTIALS = 3;
export const COMMANDS = 3;

/** What a node is, for whoever tells of it: words by their number in the store's dictionaries. */
export type Label =
  /** An SSH public key, written into a file or used. */
  | { fingerprint: string; comment?: string }
  /** Shapes of the commands in order. */
  | { commands: string[]; session: number; client?: number }
  /** SHA-256. */
  | { file: string }
  /** Where files were fetched. */
  | { host: string }
  /** User name and password by turns, in order, numbers of words. */
  | { list: number[]; client?: number };
