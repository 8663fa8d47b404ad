// Rebuilds sessions from a text log: which connection a line belongs to, when only the first line of it says so.
import type { RawEvent } from '../event/legacy.ts';
import { isMasked } from '../event/mask.ts';
import { eventOfText, type LineOrigin, originOf, parseTextLine, type TextLine } from '../event/textlog.ts';
import { formatMicros } from '../event/time.ts';

interface Open {
  session: string;
  protocol: string;
  address: string;
  closed: boolean;
  /** How many connections of its protocol this log has shown before it. */
  order: number;
}

/** An event of a text log with the session it belongs to. */
export interface TextEvent {
  event: RawEvent;
  /** The time has whole seconds only. */
  coarse: boolean;
  /** The line had no time: it was guessed. */
  approximate: boolean;
}

export interface TextOptions {
  emit: (event: TextEvent) => void;
  /**
   * The session of an address that has an event of this id at this time (microseconds): for a log that begins in the
   * middle of a session.
   */
  resolve?: (address: string, micros: number, eventid: string) => string | undefined;
  /**
   * Whether a JSON log was being written at this time (microseconds). Where a line names no connection, Cowrie too knew
   * no session and its JSON log, if there is one, tells the event in its own way or not at all.
   */
  covered?: (micros: number) => boolean;
  /** An event left out because it was `covered`. */
  onCovered?: () => void;
  /** Gives a time, in microseconds, to a line that has none; undefined drops the line. */
  timeless?: () => number | undefined;
}

const OPEN_SESSIONS = 20_000;
const RECORD_LENGTH = 1 << 18;
/** Cowrie of 7 February 2018 made no event of a command found any more; microseconds. */
const FOUND_UNTIL = Date.UTC(2018, 1, 7) * 1000;

/** One sensor's text log, file after file in order of time. */
export class TextSessions {
  readonly #options: TextOptions;
  /** Connections whose transport is not yet known, oldest first. */
  #waiting: Open[] = [];
  readonly #byTransport = new Map<string, Open>();
  /** By protocol: connections seen, and what their order lacks to the number of their transport. */
  readonly #orders = new Map<string, { seen: number; offset: number | undefined; confirmed: boolean }>();
  #record: { line: TextLine; text: string } | undefined;
  #kippo = false;
  /** Lines without prefix that belong to no record. */
  stray = 0;
  /** Identical events of one second, for logs without fractions. */
  #second = -1;
  readonly #repeats = new Map<string, number>();

  constructor(options: TextOptions) {
    this.#options = options;
  }

  /** One line; a record may have several, so its event comes with the next record or `end`. */
  line(line: string): void {
    const parsed = parseTextLine(line);
    if (!parsed || (parsed.at === undefined && this.#options.timeless === undefined)) {
      if (this.#record === undefined) this.stray++;
      else if (this.#record.text.length < RECORD_LENGTH)
        this.#record.text += `\n${line.startsWith('\t') ? line.slice(1) : line}`;
      return;
    }
    this.end();
    this.#record = { line: parsed, text: parsed.text };
  }

  /** The last record is complete. */
  end(): void {
    const record = this.#record;
    this.#record = undefined;
    if (record) this.#take(record.line, record.text);
  }

  #take(line: TextLine, text: string): void {
    const { prefix } = line;
    if (prefix.startsWith('kippo.')) this.#kippo = true;
    const origin = originOf(prefix);
    if (origin.session === undefined && origin.transport === undefined && / starting (?:on|up)\b/.test(text)) {
      // The process began anew, and so do its numbers.
      this.#waiting = [];
      this.#byTransport.clear();
      this.#orders.clear();
      return;
    }
    const old = line.spaced || (line.coarse && line.at !== undefined && line.at < FOUND_UNTIL);
    const event = eventOfText(text, origin, this.#kippo ? 'kippo' : old ? 'old' : 'new');
    if (!event) return;
    const micros = line.at ?? this.#options.timeless?.();
    if (micros === undefined) return;
    const eventid = event['eventid'] as string;
    if (eventid === 'cowrie.session.connect') this.#connect(event, origin);
    else {
      if (origin.session === undefined && origin.transport === undefined && this.#options.covered?.(micros)) {
        this.#options.onCovered?.();
        return;
      }
      const session = origin.session ?? this.#sessionOf(event, origin, micros, eventid);
      if (session !== undefined) event['session'] = session;
      if (origin.protocol) event['protocol'] = origin.protocol;
      if (origin.address) event['src_ip'] = origin.address;
      if (eventid === 'cowrie.session.closed') this.#close(origin);
    }
    event['timestamp'] = formatMicros(micros);
    const repeat = line.coarse && line.at !== undefined ? this.#repeat(micros, event) : 0;
    if (repeat > 0) event['repeat'] = repeat;
    this.#options.emit({ event, coarse: line.coarse, approximate: line.at === undefined });
  }

  // Two equal events within one second are two events: the second says that it is a repetition.
  #repeat(micros: number, event: RawEvent): number {
    if (micros !== this.#second) {
      this.#second = micros;
      this.#repeats.clear();
    }
    const key = JSON.stringify(event);
    const n = this.#repeats.get(key) ?? 0;
    this.#repeats.set(key, n + 1);
    return n;
  }

  #connect(event: RawEvent, origin: LineOrigin): void {
    const protocol = origin.protocol ?? String(event['protocol']);
    const orders = this.#orders.get(protocol) ?? { seen: 0, offset: undefined, confirmed: false };
    this.#orders.set(protocol, orders);
    this.#waiting.push({
      session: String(event['session']),
      protocol,
      address: String(event['src_ip']),
      closed: false,
      order: orders.seen++,
    });
    if (this.#waiting.length > OPEN_SESSIONS) this.#waiting.shift();
  }

  #sessionOf(event: RawEvent, origin: LineOrigin, micros: number, eventid: string): string | undefined {
    const { transport, address = '' } = origin;
    if (transport === undefined) {
      // Old recordings are named after their session: 20180518-121547-d91352c91f7b-0e.log.
      const named = /\/\d{8}-\d{6}-([0-9a-f]{8,12})-\d+[ie]\.log$/.exec(String(event['ttylog'] ?? ''));
      return named?.[1];
    }
    if (isMasked(address)) return this.#onlyOpen(origin)?.session;
    const key = `${transport},${address}`;
    const known = this.#byTransport.get(key);
    if (known && !(known.closed && this.#next(origin))) return known.session;
    let open = this.#next(origin);
    // Only a time with its fraction tells two of them apart.
    if (open && micros % 1e6 !== 0 && this.#candidates(origin).length > 1) {
      const told = this.#options.resolve?.(address, micros, eventid);
      open = this.#candidates(origin).find((candidate) => candidate.session === told) ?? open;
    }
    if (open) {
      this.#waiting.splice(this.#waiting.indexOf(open), 1);
      this.#remember(key, open);
      return open.session;
    }
    const session = this.#options.resolve?.(address, micros, eventid) ?? key;
    this.#remember(key, { session, protocol: origin.protocol ?? 'ssh', address, closed: false, order: -1 });
    return session;
  }

  #remember(key: string, open: Open): void {
    if (this.#byTransport.size >= OPEN_SESSIONS) this.#byTransport.delete(this.#byTransport.keys().next().value!);
    this.#byTransport.set(key, open);
  }

  /**
   * The connection of this address that no transport has claimed yet. Transports are numbered in the order of their
   * connections (Kippo's sessions are named by that number), which tells several of one address apart.
   */
  #next(origin: LineOrigin): Open | undefined {
    const number = Number(origin.transport!.slice(origin.transport!.indexOf(',') + 1));
    const candidates = this.#candidates(origin);
    const kippo = candidates.find((open) => open.session === String(number));
    if (kippo) return kippo;
    const orders = this.#orders.get(origin.protocol!);
    const first = candidates.find((open) => !/^\d{1,7}$/.test(open.session));
    if (!orders || !first) return undefined;
    if (candidates.length === 1) {
      // A log from which lines were taken out has no constant difference: it must have been seen twice.
      const offset = number - first.order;
      orders.confirmed = orders.offset === offset;
      orders.offset = offset;
      return first;
    }
    return (orders.confirmed && candidates.find((open) => open.order + orders.offset! === number)) || first;
  }

  /** Connections of this address that no transport has claimed yet. */
  #candidates({ address, protocol }: LineOrigin): Open[] {
    return this.#waiting.filter((open) => open.address === address && open.protocol === protocol);
  }

  // Masked addresses tell nothing: only a single open connection is no guess.
  #onlyOpen({ protocol }: LineOrigin): Open | undefined {
    const open = this.#waiting.filter((candidate) => !candidate.closed && candidate.protocol === protocol);
    return open.length === 1 ? open[0] : undefined;
  }

  #close(origin: LineOrigin): void {
    const { transport, address = '' } = origin;
    if (transport === undefined) return;
    const open = isMasked(address) ? this.#onlyOpen(origin) : this.#byTransport.get(`${transport},${address}`);
    if (open) open.closed = true;
  }
}
