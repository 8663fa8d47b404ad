// The behaviour of an ended session: protocol, client, how far it came and the shape of what was typed. Alike sessions share one.
import { createHash, type Hash } from 'node:crypto';
import { getVarint, placesOf, wordAt } from './packed.ts';
import { protocolOf } from './protocol.ts';
import { CLOSED, type Kind, LOGGED_IN, SENSOR } from './schema.ts';
import type { Session } from './session.ts';
import { shapeOf } from './shape.ts';
import type { Behaviour, Outcome } from './store.ts';
import type { Tallies } from './tallies.ts';

/** How far a session came; the place in the list is its number in `session.flags`, 0: it has not ended. */
export const OUTCOMES: readonly Outcome[] = ['silent', 'refused', 'login', 'command', 'download'];
const OUTCOME_SHIFT = 12;
export const OUTCOME_BITS = 7 << OUTCOME_SHIFT;

export const outcomeFlags = (outcome: Outcome): number => (OUTCOMES.indexOf(outcome) + 1) << OUTCOME_SHIFT;
/** Number of a session's outcome as it is counted; 0: not ended. */
export const outcomeNumber = (flags: number): number => (flags & OUTCOME_BITS) >> OUTCOME_SHIFT;
export const outcomeOf = (flags: number): Outcome | undefined => OUTCOMES[outcomeNumber(flags) - 1];

/** Commands whose shapes tell a behaviour; more are told by a hash. */
const SHAPES = 16;
const CLIENT = 120;
/** Login attempts are told apart by powers of four. */
const attempts = (logins: number): number => (logins === 0 ? 0 : 4 ** Math.floor(Math.log2(logins) / 2));
const REMEMBERED = 20_000;

type Reach = Pick<Session, 'flags' | 'client' | 'logins' | 'commands' | 'downloads'>;

export function outcomeFor({ flags, logins, commands, downloads }: Omit<Reach, 'client'>): Outcome {
  if (downloads > 0) return 'download';
  if (commands > 0) return 'command';
  if (flags & LOGGED_IN) return 'login';
  return logins > 0 ? 'refused' : 'silent';
}

/** The text that stands for a behaviour in the dictionary, read. */
export function readBehaviour(text: string): Behaviour {
  const [protocol, client, outcome, logins, ...commands] = JSON.parse(text) as [string, string, Outcome, number];
  return { protocol, client, outcome, logins, commands };
}

/** The text that stands for a behaviour, from what a session was and the shapes of its commands in order. */
export function behaviourText(
  { protocol, client, outcome, logins }: Omit<Behaviour, 'commands'>,
  shapes: Iterable<string>,
): string {
  const told: string[] = [];
  let further: Hash | undefined;
  for (const shape of shapes) {
    if (shape === told.at(-1)) continue;
    if (told.length < SHAPES) told.push(shape);
    else (further ??= createHash('sha1')).update(shape);
  }
  if (further) told.push(`… ${further.digest('hex').slice(0, 8)}`);
  return JSON.stringify([protocol, client.slice(0, CLIENT), outcome, attempts(logins), ...told]);
}

/** Gives ended sessions their behaviour. */
export class Behaviours {
  readonly #number: (kind: Kind, value: string) => number;
  readonly #text: (kind: Kind, id: number) => string;
  readonly #shapes = new Map<number, string>();
  readonly #clients = new Map<number, string>();
  /** Number of the event id of a command. */
  #input: number | undefined;

  constructor(number: (kind: Kind, value: string) => number, text: (kind: Kind, id: number) => string) {
    this.#number = number;
    this.#text = text;
  }

  /**
   * Counts a session that has ended, or has changed since, where it begins.
   * @param each visits its events
   */
  settle(
    session: Session,
    tallies: Pick<Tallies, 'word' | 'count'>,
    each: (visit: (micros: number, body: Buffer) => void) => void,
  ): void {
    if ((session.flags & CLOSED) === 0 || session.flags & SENSOR) return;
    const outcome = outcomeFor(session);
    const flags = outcomeFlags(outcome);
    const before = outcomeNumber(session.flags);
    const behaviour = this.#number('behaviour', this.#key(session, outcome, each));
    if (before !== outcomeNumber(flags)) {
      if (before !== 0) tallies.count(session.start, 'outcome', before, -1);
      tallies.count(session.start, 'outcome', outcomeNumber(flags), 1);
      session.flags = (session.flags & ~OUTCOME_BITS) | flags;
    }
    if (session.behaviour === behaviour) return;
    if (session.behaviour !== 0) tallies.word(session.start, 'behaviour', session.behaviour, -1);
    tallies.word(session.start, 'behaviour', behaviour, 1);
    session.behaviour = behaviour;
  }

  #key(session: Reach, outcome: Outcome, each: (visit: (micros: number, body: Buffer) => void) => void): string {
    const shapes: string[] = [];
    if (session.commands > 0)
      each((_micros, body) => {
        const shape = this.#shapeIn(body);
        if (shape !== undefined) shapes.push(shape);
      });
    const client = session.client === 0 ? '' : this.#client(session.client);
    return behaviourText(
      { protocol: protocolOf(session.flags) ?? '', client, outcome, logins: session.logins },
      shapes,
    );
  }

  /** The shape of the command that an event is; undefined for other events. */
  #shapeIn(body: Buffer): string | undefined {
    if (getVarint(body, { at: 0 }) !== (this.#input ??= this.#number('eventid', INPUT))) return undefined;
    const command = wordAt(body, PLACES, 'command');
    let shape = this.#shapes.get(command);
    if (shape === undefined) {
      shape = shapeOf(this.#text('command', command));
      if (this.#shapes.size >= REMEMBERED) this.#shapes.clear();
      this.#shapes.set(command, shape);
    }
    return shape;
  }

  #client(id: number): string {
    let client = this.#clients.get(id);
    if (client === undefined) {
      client = this.#text('client', id).slice(0, CLIENT);
      if (this.#clients.size >= REMEMBERED) this.#clients.clear();
      this.#clients.set(id, client);
    }
    return client;
  }

  /** Forgets numbers that a rolled-back transaction had given. */
  forget(): void {
    this.#shapes.clear();
    this.#clients.clear();
    this.#input = undefined;
  }
}

const INPUT = 'cowrie.command.input';
const PLACES = placesOf(INPUT);
