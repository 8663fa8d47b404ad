// Scanner → loader: an address guesses, another that never guessed logs in at once with what the first had found.
//
// A popular pair proves nothing, for its list is everybody's: a hand-off is only claimed of a pair that hardly anybody else ever tried. It
// is certain when the sensor gave the pair to one address alone (`@decoy/N` of the userdb).
import type { Range, SessionDetail, SessionRow, Store } from '../../observatory/store.ts';
import { isRealAddress } from '../context.ts';

export interface Handed {
  /** Who found the pair by guessing, and who knew it at once. */
  scanner: string;
  receiver: string;
  username: string;
  password: string;
  sure: 'certain' | 'likely';
  /** When each got in with it for the first time, ms. */
  found: number;
  used: number;
  /** Pairs that the scanner had tried in vain before, as far as they were looked at. */
  guesses: number;
  /** Other addresses that ever tried the pair. */
  others: number;
  /** Commands of the receiver's session. */
  commands: number;
  scannerSession: number;
  receiverSession: number;
}

type Asked = Pick<Store, 'sessions' | 'session' | 'tries'>;

/** Sessions that got in of a period, the newest, that are looked at; and those of them that are looked into. */
const MOST_ROWS = 5_000;
const MOST_CANDIDATES = 300;
const PAGE = 500;
/** Sessions with a pair that are looked at: who used it more often proves nothing. */
const MOST_USES = 24;
/** Addresses beside the two that may have tried the pair. */
const MOST_OTHERS = 1;
/** Guesses in vain before one that succeeds, below which nobody was searching. */
const LEAST_GUESSES = 3;
const MOST_TRIES = 500;
/** Of an address: pairs that got in which are looked up. */
const MOST_PAIRS = 10;
/** Parts of one botnet share their list and come at the same time. */
const SOON = 60_000;
const DECOY = 'kansatsuki.login.decoy';
const MONTH = 30 * 86_400_000;

/** Whether strangers come upon a pair by themselves (guessable.ts). */
export type Guessable = (username: string, password: string) => boolean;

/** Hand-offs that arrived in a period, in order of time. Bounded, whatever happened in it. */
export function handOffsIn(store: Asked, range: Range, guessable: Guessable): Handed[] {
  const byPair = new Map<string, SessionRow[]>();
  let left = MOST_ROWS;
  let cursor: string | undefined;
  do {
    const page = store.sessions({ range, loggedIn: true }, Math.min(PAGE, left), cursor);
    left -= page.items.length;
    cursor = page.next;
    for (const row of page.items) {
      if (row.username === undefined || row.password === undefined || row.approximate || !isRealAddress(row.address))
        continue;
      const pair = `${row.username}\0${row.password}`;
      const rows = byPair.get(pair);
      if (rows) rows.push(row);
      else byPair.set(pair, [row]);
    }
  } while (cursor !== undefined && left > 0);
  const rare = [...byPair.values()]
    .filter((rows) => new Set(rows.map(({ address }) => address)).size <= MOST_OTHERS + 2)
    .filter(([row]) => !guessable(row!.username!, row!.password!))
    .flatMap((rows) =>
      rows.filter(({ loginAttempts, commands, downloads }) => loginAttempts === 1 && commands + downloads > 0),
    );
  const decoys = store.sessions({ range, eventid: DECOY }, MOST_CANDIDATES).items;
  const candidates = [...new Map([...rare, ...decoys].map((row) => [row.id, row])).values()]
    .sort((a, b) => a.started - b.started || a.id - b.id)
    .slice(0, MOST_CANDIDATES);
  const known = new Set<string>();
  return candidates.flatMap((row) => {
    if (known.has(row.address)) return [];
    known.add(row.address);
    return received(store, row, guessable) ?? [];
  });
}

/** Of one address: what it was told, and to whom it told what it had found. */
export function handOffsOf(store: Asked, address: string, guessable: Guessable): Handed[] {
  if (!isRealAddress(address)) return [];
  const tries = store.tries(address, MOST_TRIES).items;
  const first = tries[0];
  const session = first?.success ? store.session(first.sessionId) : undefined;
  const told = session ? received(store, session, guessable) : undefined;
  const pairs = new Map<string, { username: string; password: string }>();
  for (const { success, username, password } of tries)
    if (success && password !== undefined && pairs.size < MOST_PAIRS)
      pairs.set(`${username}\0${password}`, { username, password });
  const telling = [...pairs.values()].flatMap((pair) =>
    store
      .sessions({ ...pair, loggedIn: true }, MOST_USES)
      .items.filter((row) => row.address !== address && row.loginAttempts === 1)
      .flatMap((row) => received(store, row, guessable) ?? [])
      .filter(({ scanner }) => scanner === address),
  );
  const seen = new Set<string>();
  return [...(told ? [told] : []), ...telling]
    .filter(({ receiver }) => !seen.has(receiver) && seen.add(receiver))
    .sort((a, b) => a.used - b.used);
}

/** Who told the address of a session, if this is its very first try and it got in. */
function received(store: Asked, row: SessionRow, guessable: Guessable): Handed | undefined {
  const { address: receiver, username, password } = row;
  if (username === undefined || password === undefined) return undefined;
  const first = store.tries(receiver, 1).items[0];
  if (!first?.success || first.sessionId !== row.id || first.username !== username || first.password !== password)
    return undefined;
  const decoy = decoyOf('events' in row ? (row as SessionDetail) : undefined, store, row.id);
  if (!decoy && (guessable(username, password) || row.commands + row.downloads === 0)) return undefined;
  const page = store.sessions({ username, password }, MOST_USES);
  if (page.next !== undefined && !decoy) return undefined;
  const uses = page.items.filter((one) => one.username === username && one.password === password);
  const addresses = new Set(uses.map(({ address }) => address));
  const earlier = uses.filter(
    ({ address, started, loggedIn }) =>
      address !== receiver && loggedIn && started < row.started && row.started - started < MONTH,
  );
  const found = decoy
    ? earlier.findLast(({ address }) => address === decoy)
    : earlier.findLast(({ address }) => isRealAddress(address));
  if (!found) return undefined;
  const others = addresses.size - 2;
  const guesses = guessesBefore(store, found.address, username, password);
  if (!decoy && (guesses < LEAST_GUESSES || others > MOST_OTHERS || row.started - found.started < SOON))
    return undefined;
  return {
    scanner: found.address,
    receiver,
    username,
    password,
    sure: decoy ? 'certain' : 'likely',
    found: found.started,
    used: row.started,
    guesses,
    others: Math.max(0, others),
    commands: row.commands,
    scannerSession: found.id,
    receiverSession: row.id,
  };
}

/** The address that alone was given a decoy which this session knew. */
function decoyOf(detail: SessionDetail | undefined, store: Asked, id: number): string | undefined {
  const events = (detail ?? store.session(id))?.events ?? [];
  const event = events.find(({ eventid, fields }) => eventid === DECOY && fields['how'] === 'handed');
  const given = event?.fields['given_to'];
  return typeof given === 'string' ? given : undefined;
}

/** Different pairs that an address tried in vain before this one let it in. */
function guessesBefore(store: Asked, address: string, username: string, password: string): number {
  const failed = new Set<string>();
  for (const one of store.tries(address, MOST_TRIES).items) {
    if (one.success && one.username === username && one.password === password) return failed.size;
    if (!one.success) failed.add(`${one.username}\0${one.password ?? ''}`);
  }
  return 0;
}
