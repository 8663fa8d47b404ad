// Canned services that speak at the far end of a tunnel: texts and the lines they answer, read from `services.json` of a persona.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { compilePattern, type Matcher } from '../pattern.ts';
import type { Connect, FarEnd, NearEnd } from './far-end.ts';

const rule = z.strictObject({
  /** Found anywhere in a line (its end left off); case does not matter. */
  when: z.string().max(500),
  /** What is said then, with {host}, {date} and {id} replaced. */
  say: z.string().max(65_536).optional(),
  /** The same as hexadecimal digits, for protocols that are no text. */
  sayHex: z
    .string()
    .regex(/^(?:[0-9a-f]{2})*$/)
    .optional(),
  /** The state that the next lines are held against. */
  next: z.string().optional(),
  close: z.boolean().optional(),
});

const schema = z.strictObject({
  services: z.record(
    z.string(),
    z.strictObject({
      /** Said before the client has said anything. */
      greeting: z.string().max(65_536).optional(),
      /** The first rule that fits a line answers it; the service begins in `start`. */
      states: z.record(z.string(), z.array(rule)),
    }),
  ),
  /** Which service answers at a port, whatever is said there. */
  ports: z.record(z.string().regex(/^\d{1,5}$/), z.string()),
  /** Which service answers at any other port, by the first bytes. */
  first: z.array(z.strictObject({ when: z.string().max(500), service: z.string() })),
});

interface Rule {
  when: Matcher;
  say: string;
  next?: string;
  close: boolean;
}

interface Service {
  greeting: string;
  states: ReadonlyMap<string, readonly Rule[]>;
}

/** Bytes of a line that are kept; the rest of a longer one is dropped. */
const LONGEST_LINE = 1_024;

export class Services {
  readonly #services = new Map<string, Service>();
  readonly #ports: ReadonlyMap<number, string>;
  readonly #first: readonly { when: Matcher; service: string }[];

  /** @throws Error with one sentence that names the place of a mistake */
  constructor(json: string, file: string) {
    const checked = schema.safeParse(JSON.parse(json));
    if (!checked.success) {
      const { path, message } = checked.error.issues[0]!;
      throw new Error(`${file}: ${path.join('.')}: ${message}`);
    }
    const { services, ports, first } = checked.data;
    for (const [name, { greeting = '', states }] of Object.entries(services)) {
      const compiled = Object.entries(states).map(([state, rules]): [string, Rule[]] => [
        state,
        rules.map(({ when, say = '', sayHex = '', next, close = false }) => {
          if (next !== undefined && !Object.hasOwn(states, next))
            throw new Error(`${file}: services.${name}.states.${state}: there is no state "${next}"`);
          const bytes =
            say === '' ? Buffer.from(sayHex, 'hex').toString('latin1') : Buffer.from(say).toString('latin1');
          return { when: compilePattern(when, true), say: bytes, close, ...(next === undefined ? {} : { next }) };
        }),
      ]);
      this.#services.set(name, { greeting: Buffer.from(greeting).toString('latin1'), states: new Map(compiled) });
    }
    for (const name of [...Object.values(ports), ...first.map(({ service }) => service)])
      if (!this.#services.has(name)) throw new Error(`${file}: there is no service "${name}"`);
    this.#ports = new Map(Object.entries(ports).map(([port, name]) => [Number(port), name]));
    this.#first = first.map(({ when, service }) => ({ when: compilePattern(when, false), service }));
  }

  /** What answers at a port: the service of that port, or one chosen by what the client says first. */
  at(host: string, port: number): Connect {
    const texts = { host: host.replace(/[^\w.:-]/g, '').slice(0, 255) || 'localhost' };
    const named = this.#ports.get(port);
    return (near) =>
      new Conversation(near, texts, named === undefined ? undefined : this.#services.get(named), (bytes) =>
        this.#by(bytes),
      );
  }

  /** The service of a port of the machine's own; undefined when there is none. */
  own(host: string, port: number): Connect | undefined {
    return this.#ports.has(port) ? this.at(host, port) : undefined;
  }

  #by(bytes: string): Service | undefined {
    const found = this.#first.find(({ when }) => when(bytes));
    return found && this.#services.get(found.service);
  }
}

/** The persona's own services, else those for all. @throws Error with one sentence */
export function loadServices(own: string, common: string): Services {
  const file = existsSync(own) ? own : common;
  return new Services(readFileSync(file, 'utf8'), file);
}

/** One client talking to one service. */
class Conversation implements FarEnd {
  readonly #near: NearEnd;
  readonly #texts: { host: string };
  readonly #choose: (bytes: string) => Service | undefined;
  #service: Service | undefined;
  #begun = false;
  #state = 'start';
  #line = '';
  #over = false;
  /** The client does not read: nothing more is answered before it does. */
  #full = false;

  constructor(
    near: NearEnd,
    texts: { host: string },
    service: Service | undefined,
    choose: (bytes: string) => Service | undefined,
  ) {
    this.#near = near;
    this.#texts = texts;
    this.#service = service;
    this.#choose = choose;
  }

  opened(): void {
    if (this.#service) this.#say(this.#service.greeting);
  }

  data(chunk: Buffer): void {
    if (this.#over || this.#full) return;
    let text = chunk.toString('latin1');
    // Unless the service has spoken first, what the client begins with says which one it is.
    if (!this.#begun && !this.#service?.greeting) this.#service = this.#choose(text) ?? this.#service;
    this.#begun = true;
    for (let end = text.indexOf('\n'); end >= 0 && !this.#over && !this.#full; end = text.indexOf('\n')) {
      this.#keep(text.slice(0, end));
      text = text.slice(end + 1);
      const line = this.#line.replace(/\r$/, '');
      this.#line = '';
      this.#answer(line);
    }
    this.#keep(text);
    // What is no text has no lines.
    if (!this.#over && /[\0-\x08\x0e-\x1f]/.test(this.#line)) this.#answer(this.#line);
  }

  end(): void {
    this.#near.close();
  }

  drain(): void {
    this.#full = false;
    this.#near.pause(false);
  }

  closed(): void {
    this.#over = true;
  }

  #keep(text: string): void {
    this.#line += text.slice(0, LONGEST_LINE - this.#line.length);
  }

  #answer(line: string): void {
    const rule = this.#service?.states.get(this.#state)?.find(({ when }) => when(line));
    if (!rule) return;
    this.#say(rule.say);
    if (rule.next !== undefined) this.#state = rule.next;
    if (!rule.close) return;
    this.#over = true;
    this.#near.close();
  }

  #say(text: string): void {
    if (text === '') return;
    const filled = text
      .replaceAll('{host}', this.#texts.host)
      .replaceAll('{date}', () => new Date().toUTCString())
      .replaceAll('{id}', () => randomBytes(5).toString('hex').toUpperCase());
    this.#full = !this.#near.write(Buffer.from(filled, 'latin1'));
    if (this.#full) this.#near.pause(true);
  }
}
