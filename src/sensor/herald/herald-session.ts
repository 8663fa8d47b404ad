// One connection to a heralded port: what its service hears, as events.
import { randomBytes } from 'node:crypto';
import { escapeBytes } from '../../event/escape.ts';
import type { HeraldedProtocol } from '../../event/event.ts';
import type { Recorder } from '../recorder.ts';
import type { Resources } from '../resources.ts';
import { type Attempt, services } from './herald.ts';

/** Attempts of one connection; a service ends it long before. */
const MOST_ATTEMPTS = 1_000;
const MOST_VIOLATIONS = 20;

export interface HeraldLine {
  send(data: Buffer): void;
  /** Ends the connection after what was sent. */
  close(): void;
}

export class HeraldSession {
  readonly #recorder: Recorder;
  readonly #receive: (chunk: Buffer) => void;
  readonly #timers = new Set<() => void>();
  readonly #atEnd: (() => void)[] = [];
  #attempts = 0;
  #violations = 0;
  #over = false;

  /** Greets the visitor. */
  constructor({ host, after }: Resources, recorder: Recorder, protocol: HeraldedProtocol, line: HeraldLine) {
    this.#recorder = recorder;
    this.#receive = services[protocol]({
      address: recorder.connection.src_ip,
      hostname: host.identity.hostname,
      send: (data) => {
        if (!this.#over) line.send(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
      },
      attempt: (attempt) => this.#attempt(attempt),
      end: () => {
        if (!this.#over) line.close();
      },
      violation: (reason, detail) => {
        if (++this.#violations > MOST_VIOLATIONS) return;
        recorder.emit('kansatsuki.session.violation', {
          layer: protocol,
          reason,
          ...(detail ? { detail: escapeBytes(detail.subarray(0, 64)).slice(0, 256) } : {}),
        });
      },
      after: (ms, run) => {
        const cancel = after(ms, () => {
          this.#timers.delete(cancel);
          run();
        });
        this.#timers.add(cancel);
      },
      closed: (run) => this.#atEnd.push(run),
      random: randomBytes,
    });
  }

  receive(chunk: Buffer): void {
    this.#receive(chunk);
  }

  /** Cowrie's login event; a password that was only proven comes as the pair that a cracker needs. */
  #attempt({ username, password, proof }: Attempt): void {
    if (++this.#attempts > MOST_ATTEMPTS) return;
    const name = username ? escapeBytes(username) : '';
    this.#recorder.emit('cowrie.login.failed', {
      username: name,
      ...(password ? { password: escapeBytes(password) } : {}),
    });
    if (!proof) return;
    const { scheme, challenge, response } = proof;
    this.#recorder.emit('kansatsuki.login.proof', {
      username: name,
      scheme,
      challenge: challenge.toString('hex'),
      response: response.toString('hex'),
    });
  }

  closed(): void {
    this.#over = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    for (const run of this.#atEnd) run();
    this.#recorder.close();
  }
}
