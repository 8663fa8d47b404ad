// What an event says of its session: the connection's ends, what was tried, and what of it is counted.
import type { RawEvent } from '../event/legacy.ts';
import { outcomeNumber } from './behaviour.ts';
import type { Body } from './body.ts';
import type { Origins } from './origins.ts';
import { PROTOCOL, protocolFlags, protocolOf } from './protocol.ts';
import { CLOSED, type Kind, LOGGED_IN, RECORDED, SENSOR } from './schema.ts';
import type { Session } from './session.ts';
import type { SessionDimension } from './store.ts';
import { SESSIONS, type Tallies } from './tallies.ts';

export class Fold {
  readonly #tallies: Tallies;
  readonly #origins: Origins;
  readonly #number: (kind: Kind, value: string) => number;

  /** @param number the number of a text */
  constructor(tallies: Tallies, origins: Origins, number: (kind: Kind, value: string) => number) {
    this.#tallies = tallies;
    this.#origins = origins;
    this.#number = number;
  }

  /** A session has begun. */
  begin(session: Session): void {
    if (session.flags & SENSOR) return;
    this.#tallies.event(session.start, SESSIONS);
    this.#tallies.word(session.start, 'sensor', session.sensor);
  }

  /** A session turned out to have begun earlier: it counts for its true start. */
  move(session: Session, before: number): void {
    if (session.flags & SENSOR) return;
    const shift = (kind: SessionDimension, word: number) => {
      if (word === 0) return;
      this.#tallies.word(session.start, kind, word, 1);
      this.#tallies.word(before, kind, word, -1);
    };
    this.#tallies.event(session.start, SESSIONS, 1);
    this.#tallies.event(before, SESSIONS, -1);
    shift('sensor', session.sensor);
    shift('behaviour', session.behaviour);
    const outcome = outcomeNumber(session.flags);
    if (outcome !== 0) {
      this.#tallies.count(before, 'outcome', outcome, -1);
      this.#tallies.count(session.start, 'outcome', outcome, 1);
    }
    shift('address', session.address);
    if (session.address !== 0) {
      const { country, asn } = this.#origins.of(session.address);
      shift('country', country);
      shift('asn', asn);
    }
    const protocol = protocolOf(session.flags);
    if (protocol) shift('protocol', this.#number('protocol', protocol));
  }

  /** Protocol, addresses and ports: the session keeps them, and an event that only repeats them does not (they are set to undefined). */
  ends(session: Session, event: RawEvent, eventid: string): void {
    const { src_ip, src_port, dst_ip, dst_port, protocol } = event;
    const flags = (session.flags & PROTOCOL) === 0 ? protocolFlags(protocol) : 0;
    if (flags !== 0) {
      session.flags |= flags;
      if ((session.flags & SENSOR) === 0)
        this.#tallies.word(session.start, 'protocol', this.#number('protocol', protocol as string));
    }
    event['protocol'] = undefined;
    if (typeof src_ip === 'string') {
      if (session.address === 0) {
        session.address = this.#number('address', src_ip);
        session.addressText = src_ip;
        if ((session.flags & SENSOR) === 0) this.#comesFrom(session);
        event['src_ip'] = undefined;
      } else if (session.addressText === src_ip) event['src_ip'] = undefined;
    }
    if (eventid === 'cowrie.session.connect' && session.port === null && typeof src_port === 'number') {
      session.port = src_port;
      if (typeof dst_port === 'number') session.dport = dst_port;
      if (typeof dst_ip === 'string') this.#destination(session, dst_ip);
    }
    if (src_port === undefined && dst_ip === undefined) return;
    const forwarding = eventid.startsWith('cowrie.direct-tcpip.');
    if (typeof src_port === 'number' && !(forwarding && event['orig_ip'] === undefined)) {
      if (session.port === null) session.port = src_port;
      if (session.port === src_port) event['src_port'] = undefined;
    }
    if (forwarding) return;
    if (typeof dst_ip === 'string') {
      if (session.dst === 0) this.#destination(session, dst_ip);
      if (session.dstText === dst_ip) event['dst_ip'] = undefined;
    }
    if (typeof dst_port === 'number') {
      if (session.dport === null) session.dport = dst_port;
      if (session.dport === dst_port) event['dst_port'] = undefined;
    }
  }

  #comesFrom({ start, address }: Session): void {
    this.#tallies.word(start, 'address', address);
    const { country, asn } = this.#origins.of(address);
    if (country !== 0) this.#tallies.word(start, 'country', country);
    if (asn !== 0) this.#tallies.word(start, 'asn', asn);
  }

  #destination(session: Session, address: string): void {
    session.dst = this.#number('text', address);
    session.dstText = address;
  }

  /** @param words the packed event's words */
  count(session: Session, eventid: string, micros: number, words: Body['words']): void {
    switch (eventid) {
      case 'cowrie.login.success':
      case 'cowrie.login.failed': {
        const username = this.#word(micros, 'username', words.username);
        const password = this.#word(micros, 'password', words.password);
        if (username && password) this.#tallies.pair(micros, username, password);
        session.logins++;
        const success = eventid === 'cowrie.login.success';
        if ((session.flags & LOGGED_IN) === 0) {
          session.username = username;
          session.password = password;
          if (success) session.flags |= LOGGED_IN;
        }
        break;
      }
      case 'cowrie.command.input':
        this.#word(micros, 'command', words.command);
        session.commands++;
        break;
      case 'cowrie.client.version':
        session.client = this.#word(micros, 'client', words.client) || session.client;
        break;
      case 'cowrie.client.kex':
        session.hassh = this.#word(micros, 'hassh', words.hassh) || session.hassh;
        break;
      case 'cowrie.session.file_download':
        session.downloads++;
        this.#word(micros, 'hash', words.hash);
        this.#word(micros, 'url', words.url);
        break;
      case 'cowrie.session.file_upload':
        this.#word(micros, 'hash', words.hash);
        break;
      case 'cowrie.session.file_download.failed':
      case 'kansatsuki.session.download_request':
      case 'kansatsuki.session.download_result':
        this.#word(micros, 'url', words.url);
        break;
      case 'cowrie.session.closed':
        session.flags |= CLOSED;
        break;
      case 'cowrie.log.open':
      case 'cowrie.log.closed':
        session.flags |= RECORDED;
        break;
    }
  }

  #word(micros: number, kind: keyof Body['words'], id: number): number {
    if (id !== 0) this.#tallies.word(micros, kind, id);
    return id;
  }
}
