// Writes the events of one connection to the journal: envelope, stamp, order, and a bound on how many one attacker may cause.
import { randomUUID } from 'node:crypto';
import type { Connection, Event, Fields, Protocol, SessionEventId } from '../event/event.ts';
import { makeEvent, type Origin } from '../event/json.ts';
import { Progress } from './stage.ts';

export interface Ledger {
  append(event: Event): void;
}

/** Events that one connection may cause at once, and per second in the long run; a loop typed into a shell causes thousands. */
const BURST = 4_000;
const PER_SECOND = 50;

/** Different things that are told of once a connection. */
const MOST_ONCE = 256;

export class Recorder {
  readonly connection: Connection;
  readonly #ledger: Ledger;
  readonly #origin: Origin;
  readonly #now: () => number;
  readonly #accepted: number;
  readonly #persona: string;
  /** From the login on: most connections never come to it. */
  #progress: Progress | undefined;
  #told: Set<string> | undefined;
  #allowance = BURST;
  #allowanceAt: number;
  #suppressed = 0;
  #holds = 0;
  #ended: number | undefined;
  #closed = false;

  /**
   * @param persona what the attacker sees
   * @param now milliseconds since the epoch, with fraction
   */
  constructor(ledger: Ledger, origin: Origin, connection: Connection, persona: string, now: () => number) {
    this.#persona = persona;
    this.#ledger = ledger;
    this.#origin = origin;
    this.connection = connection;
    this.#now = now;
    this.#accepted = now();
    this.#allowanceAt = this.#accepted;
    this.emit('cowrie.session.connect', {});
  }

  /** @param fields or what makes them, which a suppressed event does not need */
  emit<Id extends SessionEventId>(eventid: Id, fields: Fields[Id] | (() => Fields[Id])): void {
    if (eventid === 'cowrie.login.success') this.#progress ??= new Progress();
    if (typeof fields !== 'function') this.#progress?.saw(eventid, fields);
    const now = this.#now();
    this.#allowance = Math.min(BURST, this.#allowance + ((now - this.#allowanceAt) * PER_SECOND) / 1000);
    this.#allowanceAt = now;
    if (this.#allowance < 1) {
      this.#suppressed++;
      return;
    }
    this.#allowance--;
    this.#write(eventid, typeof fields === 'function' ? fields() : fields, now);
  }

  /** Milliseconds since the epoch, with fraction. */
  get now(): number {
    return this.#now();
  }

  /** True the first time for a key, and never again once many have come. */
  once(key: string): boolean {
    const told = (this.#told ??= new Set());
    if (told.has(key) || told.size >= MOST_ONCE) return false;
    told.add(key);
    return true;
  }

  /** A file came, with its first bytes. */
  brought(shasum: string, head: Buffer): void {
    this.#progress?.brought(shasum, head);
  }

  /** Something goes on that will still be told of: the last event waits for the returned function. */
  hold(): () => void {
    this.#holds++;
    return () => {
      if (--this.#holds === 0 && this.#ended !== undefined) this.#close(this.#ended);
    };
  }

  /** The connection is gone: the last event in order; later ones are marked as late. */
  close(): void {
    this.#ended ??= this.#now();
    if (this.#holds === 0) this.#close(this.#ended);
  }

  #close(ended: number): void {
    if (this.#closed) return;
    const now = this.#now();
    if (this.#suppressed > 0)
      this.#write(
        'kansatsuki.session.violation',
        { layer: 'shell', reason: 'event flood', detail: `${this.#suppressed} events not recorded` },
        now,
      );
    const summary = this.#progress?.summary();
    if (summary) this.#write('kansatsuki.session.summary', { persona: this.#persona, ...summary }, now);
    const duration = Math.max(0, Math.round(ended - this.#accepted));
    this.#write('cowrie.session.closed', { duration_ms: duration, duration: duration / 1000 }, now);
    this.#closed = true;
  }

  #write<Id extends SessionEventId>(eventid: Id, fields: Fields[Id], now: number): void {
    this.#ledger.append(makeEvent(eventid, this.connection, fields, this.#origin, now, this.#closed) as Event);
  }
}

/** Identity of a new connection: the session is the first 12 digits of a random UUID, as Cowrie's. */
export function identify(
  protocol: Protocol,
  from: { address: string; port: number },
  to: { address: string; port: number },
): Connection {
  const uuid = randomUUID();
  return {
    session: uuid.slice(0, 8) + uuid.slice(9, 13),
    protocol,
    src_ip: from.address,
    src_port: from.port,
    dst_ip: to.address,
    dst_port: to.port,
  };
}
