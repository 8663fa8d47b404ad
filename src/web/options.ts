// What the web half is given: the store, the feed, and the functions behind the pages that are not its own.
import type { Config } from '../config/config.ts';
import type { Book } from '../diary/book.ts';
import type { Knowledge } from '../diary/knowledge.ts';
import type { FeedItem, Store } from '../observatory/store.ts';

/** Something went wrong in one of our processes that the operator should read: a sentence, when, and where. */
export interface Trouble {
  /** Milliseconds since the epoch. */
  at: number;
  /** May hold what an attacker sent. */
  sentence: string;
  half: 'sensor' | 'observer';
}

/** What the store cannot say about the collection. */
export interface CollectionState {
  /** The latest troubles, oldest first. */
  troubles?: readonly Trouble[];
  /** Counts since the start of the observer. */
  counts?: { events: number; duplicates: number; malformed: number };
  /** What was sealed and removed. */
  keeping?: {
    /** Last line of the journal's chain. */
    head?: { n: number; hash: string };
    /** Milliseconds since the epoch of the last run. */
    ranAt?: number;
    /** Free disk below which more is removed than the rules say. */
    reserveBytes: number;
    /** Since the start. */
    removed: { what: string; count: number; bytes: number; reason: string }[];
  };
}

/** The data on addresses in use. */
export interface GeoState {
  sources: readonly {
    name: string;
    path?: string;
    built?: number;
    licence?: string;
    attribution: readonly string[];
    notice?: string;
    gives: { country: boolean; asn: boolean };
    records: number;
  }[];
  scanners: { count: number; date: string };
}

export interface WebOptions {
  /** `attachment` finds recordings that were imported from elsewhere. */
  store: Store & { attachment?(name: string): { kind: 'tty' | 'download'; path: string; bytes: number } | undefined };
  /** Calls back with every new item of the feed, in order; returns its end (`Ingest.onFeed`). */
  feed: (listener: (items: FeedItem[]) => void) => () => void;
  config: Config;
  /** A socket that listens already, as a descriptor of this process; it takes the place of `config.web.listen`. */
  fd?: number;
  /** Where `tty/`, `downloads/` and `state/` are: absolute, or `.` in a process that has changed into it. */
  dataDirectory: string;
  version: string;
  /** Reads typed lines, and knows tools and campaigns. */
  knowledge?: Knowledge;
  /** Entries, remarks, and when the operator last looked. */
  diary?: Pick<Book, 'entry' | 'remarks' | 'setRemarks' | 'looked' | 'markLooked'>;
  collection?: () => CollectionState;
  /** Which recordings and samples retention has removed, of those named: when (ISO 8601) and why. */
  removals?: (names: readonly string[]) => ReadonlyMap<string, { at: string; reason: string }>;
  geo?: () => GeoState | undefined;
  /** Addresses of this machine, which no export names. */
  ownAddresses?: readonly string[];
  /** Files of the pages, read before the process gave up its rights; default: those of dist/ui. */
  pages?: import('./pages.ts').Pages;
  /** Milliseconds since the epoch. */
  now?: () => number;
  /** An error of ours while a request was answered. */
  onError?: (error: unknown) => void;
}

export interface Web {
  /** `http://127.0.0.1:8080/`, with the port that was really bound. */
  url: string;
  /** The link that logs a browser in. */
  loginUrl: string;
  /** `127.0.0.1:8080`, as the line `ready` says it. */
  address: string;
  /** Ends every stream and closes the port. */
  stop(): Promise<void>;
}

/** Why the dashboard cannot start: one sentence for the operator. The process ends with exit code 2. */
export class StartError extends Error {
  override name = 'StartError';
}
