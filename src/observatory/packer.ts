// Packs an event: a dictionary number for each text, the fields without a place as JSON.
import type { Body } from './body.ts';
import type { Kind } from './schema.ts';
import { type Packing, type Shape, shapeOf, sharedRest } from './shapes.ts';

/** Gives the number of a text. */
export type Intern = (kind: Kind, value: string) => number;
const HEX64 = /^[0-9a-f]{64}$/;

/** Writes the bodies of events as JSON.parse gave them. */
export class Packer {
  readonly #body: Body;
  readonly #intern: Intern;

  constructor(body: Body, intern: Intern) {
    this.#body = body;
    this.#intern = intern;
  }

  /** @param skip fields that the caller keeps elsewhere (the envelope) */
  pack(eventid: string, event: Record<string, unknown>, skip: ReadonlySet<string>): void {
    this.#body.begin(this.#intern('eventid', eventid));
    const shape = shapeOf(eventid);
    let placed = 0;
    for (const [field, packing] of shape) if (this.#place(event, field, packing)) placed++;
    this.#rest(eventid, event, shape, placed, skip);
  }

  #place(event: Record<string, unknown>, field: string, packing: Packing): boolean {
    const body = this.#body;
    const value = event[field];
    switch (packing) {
      case 'integer':
        if (Number.isSafeInteger(value) && (value as number) >= 0) {
          body.varint((value as number) + 1);
          return true;
        }
        break;
      case 'flag':
        if (typeof value === 'boolean') {
          body.varint(value ? 2 : 1);
          return true;
        }
        break;
      case 'sha256':
        if (typeof value === 'string' && HEX64.test(value)) {
          body.varint(1);
          const digest = Buffer.from(value, 'hex');
          body.bytes(digest, 0, digest.length);
          return true;
        }
        break;
      case 'shapath': {
        const { shasum } = event;
        if (typeof value === 'string' && typeof shasum === 'string' && shasum !== '' && value.endsWith(shasum)) {
          body.varint(this.#intern('text', value.slice(0, value.length - shasum.length)));
          return true;
        }
        break;
      }
      case 'raw':
        if (typeof value === 'string' && value.isWellFormed()) {
          body.varint(Buffer.byteLength(value) + 1);
          body.text(value);
          return true;
        }
        break;
      default:
        if (typeof value === 'string') {
          body.word(packing, this.#intern(packing, value));
          return true;
        }
    }
    body.varint(0);
    return false;
  }

  #rest(
    eventid: string,
    event: Record<string, unknown>,
    shape: Shape,
    placed: number,
    skip: ReadonlySet<string>,
  ): void {
    const body = this.#body;
    let extra = false;
    let seen = 0;
    for (const name in event) {
      if (event[name] === undefined || skip.has(name)) continue;
      seen++;
      if (seen > placed) {
        extra = true;
        break;
      }
    }
    if (!extra) {
      body.varint(0);
      return;
    }
    const rest = restOf(event, shape, skip);
    if (rest === undefined) body.varint(0);
    else if (rest.length <= 8192 && sharedRest.has(eventid)) body.varint(this.#intern('fields', rest) * 2 + 1);
    else {
      body.varint(Buffer.byteLength(rest) * 2);
      body.text(rest);
    }
  }
}

/** The fields without place as JSON with sorted keys; undefined when there are none. Over-long nesting cannot occur: it came from JSON. */
function restOf(event: Record<string, unknown>, shape: Shape, skip: ReadonlySet<string>): string | undefined {
  const rest: Record<string, unknown> = {};
  let any = false;
  for (const name of Object.keys(event).sort()) {
    const value = event[name];
    if (value === undefined || skip.has(name)) continue;
    const packing = shape.find(([field]) => field === name)?.[1];
    if (packing !== undefined && fits(packing, value, event)) continue;
    Object.defineProperty(rest, name, { value, enumerable: true });
    any = true;
  }
  return any ? JSON.stringify(rest) : undefined;
}

function fits(packing: Packing, value: unknown, event: Record<string, unknown>): boolean {
  switch (packing) {
    case 'integer':
      return Number.isSafeInteger(value) && (value as number) >= 0;
    case 'flag':
      return typeof value === 'boolean';
    case 'sha256':
      return typeof value === 'string' && HEX64.test(value);
    case 'shapath':
      return (
        typeof value === 'string' &&
        typeof event['shasum'] === 'string' &&
        event['shasum'] !== '' &&
        value.endsWith(event['shasum'])
      );
    case 'raw':
      return typeof value === 'string' && value.isWellFormed();
    default:
      return typeof value === 'string';
  }
}
