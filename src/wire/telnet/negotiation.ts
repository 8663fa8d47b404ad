// Which options are on at either end, and what is answered to WILL, WONT, DO and DONT: the state machine of BSD's telnetd, which never loops.
import { IAC, type OptionName, options, type Verb, verbCodes } from './telnet.ts';

/** Options that the daemon turns on when the client asks for it. */
export interface Willing {
  /** Answers DO with WILL. */
  will: readonly OptionName[];
  /** Answers WILL with DO. */
  do: readonly OptionName[];
  /** False: the daemon answers no negotiation at all (BusyBox). */
  answers: boolean;
}

/** One side of one option. `asking`: our request is on the way. */
type Side = 'off' | 'asking' | 'on';

export class Negotiation {
  readonly #willing: Willing;
  readonly #send: (bytes: Buffer) => void;
  readonly #ours = new Map<number, Side>();
  readonly #theirs = new Map<number, Side>();
  /** Options that the client has said anything about. */
  readonly #answered = new Set<number>();

  constructor(willing: Willing, send: (bytes: Buffer) => void) {
    this.#willing = willing;
    this.#send = send;
  }

  ours(option: OptionName): boolean {
    return this.#ours.get(options[option]) === 'on';
  }

  theirs(option: OptionName): boolean {
    return this.#theirs.get(options[option]) === 'on';
  }

  /** The client has answered our request, whatever it said. */
  settled(option: OptionName): boolean {
    const code = options[option];
    return this.#theirs.get(code) !== 'asking' && this.#ours.get(code) !== 'asking';
  }

  /** Has the client negotiated anything? */
  get alive(): boolean {
    return this.#answered.size > 0;
  }

  /** Asks for an option unless it is already on, or already asked for. */
  request(verb: 'WILL' | 'DO', name: OptionName): void {
    const side = verb === 'WILL' ? this.#ours : this.#theirs;
    const code = options[name];
    if ((side.get(code) ?? 'off') !== 'off') return;
    side.set(code, 'asking');
    this.#answer(verb, code);
  }

  /** A command came in; answers only what changes something, as RFC 854 demands. */
  receive(verb: Verb, code: number): void {
    this.#answered.add(code);
    const theirs = verb === 'WILL' || verb === 'WONT';
    const side = theirs ? this.#theirs : this.#ours;
    const before = side.get(code) ?? 'off';
    if (verb === 'WONT' || verb === 'DONT') {
      side.set(code, 'off');
      // A request refused needs no answer; an option that was on does.
      if (before === 'on' && this.#willing.answers) this.#answer(theirs ? 'DONT' : 'WONT', code);
      return;
    }
    if (before === 'on') return;
    if (before === 'asking') {
      side.set(code, 'on');
      return;
    }
    if (!this.#willing.answers) return;
    const list = theirs ? this.#willing.do : this.#willing.will;
    const accepted = list.some((name) => options[name] === code);
    if (accepted && code !== options['TIMING-MARK']) side.set(code, 'on');
    this.#answer(theirs ? (accepted ? 'DO' : 'DONT') : accepted ? 'WILL' : 'WONT', code);
  }

  #answer(verb: Verb, code: number): void {
    this.#send(Buffer.from([IAC, verbCodes[verb], code]));
  }
}
