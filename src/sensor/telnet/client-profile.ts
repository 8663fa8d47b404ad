// What one Telnet client did, in order and in time: a fingerprint of its program, the same for every connection it makes.
import { createHash } from 'node:crypto';
import { lossyText } from '../../event/escape.ts';
import type { Fields } from '../../event/event.ts';
import type { LineEnd } from '../../wire/telnet/decoder.ts';
import { options, type Verb } from '../../wire/telnet/telnet.ts';
import { optionName } from './option-names.ts';

type Field = Fields['kansatsuki.client.telnet'];

/** Steps of a negotiation that are kept; real clients take about twenty. */
const MOST_STEPS = 64;
const MOST_TERMINALS = 8;
const SEND = 1;

export class ClientProfile {
  readonly #now: () => number;
  readonly #started: number;
  readonly #steps: string[] = [];
  readonly #terminals: string[] = [];
  readonly #lineEnds: LineEnd[] = [];
  #more: Partial<Field> = {};
  #loginAt: number | undefined;
  #spokeAt: number | undefined;

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.#now = now;
    this.#started = now();
  }

  spoke(): void {
    this.#spokeAt ??= this.#now() - this.#started;
  }

  loggedIn(): void {
    this.#loginAt ??= this.#now() - this.#started;
  }

  option(verb: Verb, option: number): void {
    if (this.#loginAt === undefined) this.#step(verb, option);
  }

  lineEnd(kind: LineEnd): void {
    if (!this.#lineEnds.includes(kind)) this.#lineEnds.push(kind);
  }

  size(columns: number, rows: number): void {
    this.#more.window ??= `${columns}x${rows}`;
  }

  subnegotiation(option: number, content: Buffer): void {
    if (this.#loginAt === undefined) this.#step('SB', option);
    if (content.length === 0 || content[0] === SEND) return;
    const text = lossyText(content.subarray(1, 129));
    if (option === options['TERMINAL-TYPE'] && this.#terminals.length < MOST_TERMINALS) this.#terminals.push(text);
    if (option === options['TERMINAL-SPEED']) this.#more.speed ??= text;
    if (option === options['X-DISPLAY-LOCATION']) this.#more.display ??= text;
    if (option === options.LINEMODE && content[0] === 3)
      this.#more.special_characters ??= content.subarray(1, 97).toString('hex');
  }

  /** Undefined: it has said nothing that a program would be known by. */
  finish(): Field | undefined {
    if (this.#steps.length === 0 && this.#lineEnds.length === 0) return undefined;
    const whole = (ms: number) => Math.max(0, Math.round(ms));
    return {
      negotiation: this.#steps,
      // What a program does by itself: options and their order, and how it ends lines; nothing of its user.
      fingerprint: createHash('md5')
        .update([...this.#steps, ...this.#lineEnds.slice(0, 1)].join(';'))
        .digest('hex'),
      ...(this.#lineEnds.length > 0 ? { line_ends: this.#lineEnds } : {}),
      ...(this.#terminals.length > 0 ? { terminal_types: this.#terminals } : {}),
      ...this.#more,
      ...(this.#spokeAt === undefined ? {} : { first_byte_ms: whole(this.#spokeAt) }),
      ...(this.#loginAt === undefined ? {} : { login_ms: whole(this.#loginAt) }),
    };
  }

  #step(command: Verb | 'SB', option: number): void {
    if (this.#steps.length < MOST_STEPS) this.#steps.push(stepName(command, option));
  }
}

/** `WILL NAWS`: one text for all connections. */
function stepName(command: Verb | 'SB', option: number): string {
  let names = steps.get(command);
  if (!names) steps.set(command, (names = new Map()));
  let name = names.get(option);
  if (!name) names.set(option, (name = `${command} ${optionName(option)}`));
  return name;
}
const steps = new Map<Verb | 'SB', Map<number, string>>();
