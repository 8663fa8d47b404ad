// SSH messages as lists of typed fields, so that damage goes where a parser decides: a field, its length, its absence.
import { EDGES, mutateBytes } from '../mutate.ts';
import type { Random } from '../random.ts';

export type Field =
  | { kind: 'u8'; value: number }
  | { kind: 'u32'; value: number }
  | { kind: 'boolean'; value: number }
  /** `length`, when present, is a lie about the string's. */
  | { kind: 'string'; value: Buffer; length?: number }
  | { kind: 'raw'; value: Buffer };

export interface Message {
  type: number;
  fields: Field[];
}

export const u8 = (value: number): Field => ({ kind: 'u8', value });
export const u32 = (value: number): Field => ({ kind: 'u32', value });
export const boolean = (value: boolean): Field => ({ kind: 'boolean', value: value ? 1 : 0 });
export const string = (value: Buffer | string): Field => ({
  kind: 'string',
  value: typeof value === 'string' ? Buffer.from(value, 'latin1') : value,
});
export const raw = (value: Buffer): Field => ({ kind: 'raw', value });
export const message = (type: number, ...fields: Field[]): Message => ({ type, fields });

export function encode({ type, fields }: Message): Buffer {
  let size = 1;
  for (const field of fields)
    size +=
      field.kind === 'u32'
        ? 4
        : field.kind === 'string'
          ? 4 + field.value.length
          : field.kind === 'raw'
            ? field.value.length
            : 1;
  const out = Buffer.allocUnsafe(size);
  out[0] = type;
  let at = 1;
  for (const field of fields) {
    if (field.kind === 'u32') at = out.writeUInt32BE(field.value >>> 0, at);
    else if (field.kind === 'string') {
      at = out.writeUInt32BE((field.length ?? field.value.length) >>> 0, at);
      at += field.value.copy(out, at);
    } else if (field.kind === 'raw') at += field.value.copy(out, at);
    else out[at++] = field.value;
  }
  return out;
}

/** Changes one message in place of its grammar; `words` are strings that mean something to the parser. */
export function mutateMessage(message: Message, random: Random, words: readonly string[]): Message {
  const fields = message.fields.map((field) => ({ ...field }));
  const changed = { type: message.type, fields };
  if (fields.length === 0 || random.one(8)) {
    if (random.one(2)) changed.type = random.one(3) ? random.below(256) : random.pick(TYPES);
    else fields.push(random.one(2) ? u32(random.pick(EDGES)) : raw(random.bytes(random.size(32))));
    return changed;
  }
  const at = random.below(fields.length);
  const field = fields[at]!;
  const list = random.below(10);
  if (list === 0) fields.splice(at, 1);
  else if (list === 1) fields.splice(at, 0, { ...random.pick(fields) });
  else if (field.kind === 'u32') field.value = random.one(4) ? random.u32() : random.pick(EDGES);
  else if (field.kind === 'u8' || field.kind === 'boolean') field.value = random.below(256);
  else if (field.kind === 'raw') field.value = mutateBytes(Buffer.from(field.value), random);
  else
    switch (random.below(6)) {
      case 0:
        field.length = random.one(3) ? random.u32() : random.pick(EDGES);
        break;
      case 1:
        field.length = Math.max(0, field.value.length + random.below(9) - 4);
        break;
      case 2:
        field.value = Buffer.from(random.pick(words), 'latin1');
        break;
      case 3:
        field.value = random.bytes(random.one(64) ? random.size(40_000) : random.size(80));
        break;
      case 4:
        field.value = Buffer.concat([field.value, Buffer.from([random.pick([0, 10, 13, 44, 58, 255])]), field.value]);
        break;
      default:
        field.value = mutateBytes(Buffer.from(field.value), random);
    }
  return changed;
}

/** The message numbers of RFC 4250 §4.1.2 and OpenSSH's PING. */
const TYPES: readonly number[] = [
  1, 2, 3, 4, 5, 6, 7, 8, 20, 21, 30, 31, 32, 33, 34, 50, 51, 52, 53, 60, 61, 63, 80, 81, 82, 90, 91, 92, 93, 94, 95,
  96, 97, 98, 99, 100, 192, 193,
];
