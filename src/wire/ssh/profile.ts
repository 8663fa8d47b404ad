// What tells one sshd release from another on the wire, read from `personas/ssh/*.json`.
import { readFileSync } from 'node:fs';
import { ciphers } from './cipher.ts';
import { kexMethods } from './kex.ts';
import { macs } from './mac.ts';

export interface Profile {
  /** The identification line without its end, for instance `SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10`. */
  ident: string;
  /** KEXINIT's name-lists, sshd's order. Host key algorithms that no key is there for are left out when offered. */
  kex: string[];
  hostKey: string[];
  cipher: string[];
  mac: string[];
  compression: string[];
  /** EXT_INFO (RFC 8308), in order: name to value. */
  extensions: [name: string, value: string][];
  /** Methods that can continue, as USERAUTH_FAILURE lists them. */
  authMethods: string[];
  /** MaxAuthTries, MaxSessions, CHAN_SES_WINDOW_DEFAULT, CHAN_SES_PACKET_DEFAULT and the same of TCP channels. */
  maxAuthTries: number;
  maxSessions: number;
  sessionWindow: number;
  tcpWindow: number;
  maxPacket: number;
}

const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((name) => typeof name === 'string' && /^[\x21-\x2b\x2d-\x7e]+$/.test(name));
const isPairs = (value: unknown): value is [string, string][] =>
  Array.isArray(value) &&
  value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((p) => typeof p === 'string'));
const isSize = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0;

/** Checks a profile's JSON; throws one sentence that names the field. `name` is the file's, for the message. */
export function parseProfile(json: string, name: string): Profile {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(json);
  } catch {
    throw new Error(`${name}: expected JSON, found something else`);
  }
  const check = (field: keyof Profile, good: boolean, expected: string) => {
    if (!good) throw new Error(`${name}: ${field}: expected ${expected}, found ${JSON.stringify(value[field])}`);
  };
  const known = (field: 'kex' | 'cipher' | 'mac', table: object) => {
    for (const entry of value[field] as string[])
      if (!Object.hasOwn(table, entry))
        throw new Error(`${name}: ${field}: expected an algorithm that is built in, found "${entry}"`);
  };
  check(
    'ident',
    typeof value['ident'] === 'string' && /^SSH-2\.0-[\x20-\x7e]{1,240}$/.test(value['ident']),
    '"SSH-2.0-…"',
  );
  for (const field of ['kex', 'hostKey', 'cipher', 'mac', 'compression', 'authMethods'] as const)
    check(field, isNames(value[field]) && (value[field] as string[]).length > 0, 'a list of names');
  check('extensions', isPairs(value['extensions']), 'a list of [name, value]');
  for (const field of ['maxAuthTries', 'maxSessions', 'sessionWindow', 'tcpWindow', 'maxPacket'] as const)
    check(field, isSize(value[field]), 'a positive integer');
  known('kex', kexMethods);
  known('cipher', ciphers);
  known('mac', macs);
  return value as unknown as Profile;
}

/** Reads and checks a profile file; throws one sentence when it cannot. */
export function loadProfile(path: string): Profile {
  return parseProfile(readFileSync(path, 'utf8'), path);
}
