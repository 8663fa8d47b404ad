// Which options are on at either end, and what is answered to WILL, WONT, DO and DONT: the state machine of BSD's telnetd, which never loops.
//
// Of each side of each option it keeps what was agreed last, what is wanted, and how many requests of ours are not answered yet. A
// request that is refused leaves the two apart until the refusal has been acknowledged.
import { IAC, type Verb, verbCodes } from './telnet.ts';

/** What the daemon has to say about an option that the client asks about. */
export interface Policy {
  /** The client asks for it (`DO`: of us, `WILL`: for itself) and it is off. False: refused. `silent`: neither. */
  asked(verb: 'WILL' | 'DO', option: number): boolean | 'silent';
  /** WILL has answered our DO; called before that counts. */
  confirmed(option: number): void;
  /** WILL has been agreed on; `requested`: we had asked for it. */
  settled(option: number, requested: boolean): void;
  /** The client turns off what is on or was asked for. False: the daemon pays no attention. */
  refused(verb: 'WONT' | 'DONT', option: number): boolean;
  /** WONT of an option that was not wanted. */
  declined(option: number): void;
}

/** Bits of one option. */
const [OURS, OURS_WANTED, THEIRS, THEIRS_WANTED] = [1, 2, 4, 8] as const;

export class Negotiation {
  readonly #policy: Policy;
  readonly #send: (bytes: Buffer) => void;
  readonly #bits = new Uint8Array(256);
  /** Requests of ours that are not answered: WILL and WONT, then DO and DONT. */
  readonly #asking = new Uint8Array(512);

  constructor(policy: Policy, send: (bytes: Buffer) => void) {
    this.#policy = policy;
    this.#send = send;
  }

  /** As agreed last. */
  ours(option: number): boolean {
    return (this.#bits[option]! & OURS) !== 0;
  }

  theirs(option: number): boolean {
    return (this.#bits[option]! & THEIRS) !== 0;
  }

  oursWanted(option: number): boolean {
    return (this.#bits[option]! & OURS_WANTED) !== 0;
  }

  theirsWanted(option: number): boolean {
    return (this.#bits[option]! & THEIRS_WANTED) !== 0;
  }

  /** Nothing is being negotiated on the client's side of it, or (`DO`) on ours. */
  settled(verb: 'WILL' | 'DO', option: number): boolean {
    return verb === 'WILL'
      ? this.ours(option) === this.oursWanted(option)
      : this.theirs(option) === this.theirsWanted(option);
  }

  /** Asks for an option unless that is settled already, or on its way. `momentary`: does not stay on (TIMING-MARK). */
  request(verb: Verb, option: number, momentary = false): void {
    const mine = verb === 'WILL' || verb === 'WONT';
    const on = verb === 'WILL' || verb === 'DO';
    const asking = mine ? option : 256 + option;
    const now = mine ? this.ours(option) : this.theirs(option);
    const wanted = mine ? this.oursWanted(option) : this.theirsWanted(option);
    if ((this.#asking[asking] === 0 && now === on) || wanted === on) return;
    this.#set(option, mine ? OURS_WANTED : THEIRS_WANTED, on && !momentary);
    this.#count(asking, 1);
    this.#answer(verb, option);
  }

  /** Says it without keeping account. */
  say(verb: Verb, option: number): void {
    this.#answer(verb, option);
  }

  /** What is held of it is put right by the daemon itself. */
  assume(option: number, state: { ours?: boolean; oursWanted?: boolean; theirsWanted?: boolean }): void {
    if (state.ours !== undefined) this.#set(option, OURS, state.ours);
    if (state.oursWanted !== undefined) this.#set(option, OURS_WANTED, state.oursWanted);
    if (state.theirsWanted !== undefined) this.#set(option, THEIRS_WANTED, state.theirsWanted);
  }

  /** A command came in. */
  receive(verb: Verb, option: number): void {
    if (verb === 'WILL' || verb === 'DO') this.#agreed(verb, option);
    else this.#off(verb, option);
  }

  #agreed(verb: 'WILL' | 'DO', option: number): void {
    const theirs = verb === 'WILL';
    const now = theirs ? THEIRS : OURS;
    const asking = theirs ? 256 + option : option;
    this.#answered(asking, (this.#bits[option]! & now) !== 0);
    let agreed = false;
    let requested = false;
    if (this.#asking[asking] === 0) {
      const wanted = theirs ? THEIRS_WANTED : OURS_WANTED;
      requested = (this.#bits[option]! & wanted) !== 0;
      if (requested) {
        agreed = true;
        if (theirs) this.#policy.confirmed(option);
      } else {
        const verdict = this.#policy.asked(verb, option);
        if (verdict === 'silent') return;
        agreed = verdict;
        if (verdict) this.#set(option, wanted, true);
        else this.#count(asking, 1);
        this.#answer(theirs ? (verdict ? 'DO' : 'DONT') : verdict ? 'WILL' : 'WONT', option);
      }
    }
    this.#set(option, now, true);
    if (theirs && agreed) this.#policy.settled(option, requested);
  }

  #off(verb: 'WONT' | 'DONT', option: number): void {
    const theirs = verb === 'WONT';
    const now = theirs ? THEIRS : OURS;
    const wanted = theirs ? THEIRS_WANTED : OURS_WANTED;
    const asking = theirs ? 256 + option : option;
    const on = (this.#bits[option]! & now) !== 0;
    this.#answered(asking, !on);
    if (this.#asking[asking] === 0) {
      if ((this.#bits[option]! & wanted) !== 0) {
        if (!this.#policy.refused(verb, option)) return;
        this.#set(option, wanted, false);
        if (on) this.#answer(theirs ? 'DONT' : 'WONT', option);
      } else if (theirs) this.#policy.declined(option);
    }
    this.#set(option, now, false);
  }

  /** One request of ours is answered; two, if the first changed nothing. */
  #answered(asking: number, already: boolean): void {
    if (this.#asking[asking] === 0) return;
    this.#count(asking, -1);
    if (this.#asking[asking]! > 0 && already) this.#count(asking, -1);
  }

  #count(asking: number, by: number): void {
    this.#asking[asking] = Math.min(255, this.#asking[asking]! + by);
  }

  #set(option: number, bit: number, on: boolean): void {
    this.#bits[option] = on ? this.#bits[option]! | bit : this.#bits[option]! & ~bit;
  }

  #answer(verb: Verb, option: number): void {
    this.#send(Buffer.of(IAC, verbCodes[verb], option));
  }
}
