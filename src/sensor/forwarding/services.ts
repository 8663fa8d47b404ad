// Canned services that speak at the far end of a tunnel: texts and the lines they answer, read from `services.json` of a persona.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { compilePattern, type Matcher } from '../pattern.ts';
import type { Connect, FarEnd, NearEnd } from './far-end.ts';

/** `services.json`, as far as its shape goes. */
interface ServicesFile {
  services: Record<string, { greeting?: string; states: Record<string, WrittenRule[]> }>;
  /** Which service answers at a port, whatever is said there. */
  ports: Record<string, string>;
  /** Which service answers at any other port, by the first bytes. */
  first: { when: string; service: string }[];
}

interface WrittenRule {
  /** Found anywhere in a line (its end left off); case does not matter. */
  when: string;
  /** What is said then, with {host}, {date} and {id} replaced. */
  say?: string;
  /** The same as hexadecimal digits, for protocols that are no text. */
  sayHex?: string;
  /** The state that the next lines are held against. */
  next?: string;
  close?: boolean;
}

const LONGEST_PATTERN = 500;
const LONGEST_TEXT = 65_536;

/** Checked by hand: a library for it would be a tenth of the sensor's memory. @throws Error with one sentence that names the place */
function check(json: unknown, file: string): ServicesFile {
  const wrong: (place: string, expected: string, found: unknown) => never = (place, expected, found) => {
    throw new Error(
      `${file}: ${place}: expected ${expected}, found ${JSON.stringify(found)?.slice(0, 80) ?? 'nothing'}`,
    );
  };
  const object = (value: unknown, place: string, fields?: readonly string[]): [string, unknown][] => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong(place, 'an object', value);
    const stranger = fields && Object.keys(value).find((name) => !fields.includes(name));
    if (stranger !== undefined) wrong(place, `one of ${fields!.join(', ')}`, stranger);
    return Object.entries(value);
  };
  const list = (value: unknown, place: string): unknown[] =>
    Array.isArray(value) ? value : wrong(place, 'a list', value);
  const text = (value: unknown, place: string, most = LONGEST_TEXT): void => {
    if (typeof value !== 'string' || value.length > most) wrong(place, `a text of at most ${most} characters`, value);
  };
  for (const [name, value] of object(json, 'the file', ['services', 'ports', 'first'])) {
    if (name === 'services')
      for (const [service, parts] of object(value, name)) {
        const place = `${name}.${service}`;
        const given = new Map(object(parts, place, ['greeting', 'states']));
        if (given.has('greeting')) text(given.get('greeting'), `${place}.greeting`);
        for (const [state, rules] of object(given.get('states'), `${place}.states`))
          for (const [at, rule] of list(rules, `${place}.states.${state}`).entries()) {
            const where = `${place}.states.${state}.${at}`;
            const fields = new Map(object(rule, where, ['when', 'say', 'sayHex', 'next', 'close']));
            text(fields.get('when'), `${where}.when`, LONGEST_PATTERN);
            for (const field of ['say', 'sayHex', 'next'])
              if (fields.has(field)) text(fields.get(field), `${where}.${field}`);
            const hex = fields.get('sayHex') ?? '';
            if (!/^(?:[0-9a-f]{2})*$/.test(hex as string)) wrong(`${where}.sayHex`, 'hexadecimal digits', hex);
            if (typeof (fields.get('close') ?? false) !== 'boolean')
              wrong(`${where}.close`, 'true or false', fields.get('close'));
          }
      }
    else if (name === 'ports')
      for (const [port, service] of object(value, name)) {
        if (!/^\d{1,5}$/.test(port)) wrong(name, 'port numbers', port);
        text(service, `${name}.${port}`);
      }
    else
      for (const [at, rule] of list(value, name).entries()) {
        const fields = new Map(object(rule, `${name}.${at}`, ['when', 'service']));
        text(fields.get('when'), `${name}.${at}.when`, LONGEST_PATTERN);
        text(fields.get('service'), `${name}.${at}.service`);
      }
  }
  const whole = json as Partial<ServicesFile>;
  for (const name of ['services', 'ports', 'first'] as const)
    if (whole[name] === undefined) wrong(name, 'it', undefined);
  return json as ServicesFile;
}

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
    const { services, ports, first } = check(JSON.parse(json), file);
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
