// What tells one sshd release from another on the wire, read from `personas/ssh/*.json`.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Behaviour, parseBehaviour } from './behaviour.ts';
import { ciphers } from './cipher.ts';
import { type Modulus, parseModuli } from './dh.ts';
import { type HostKeyType, hostKeyTypes } from './hostkey.ts';
import { kexMethods } from './kex.ts';
import { MARKERS } from './kexinit.ts';
import { macs } from './mac.ts';

export interface Profile {
  /** The identification line without its end, for instance `SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10`. */
  ident: string;
  /**
   * KEXINIT's name-lists, sshd's order; `kex` with the markers that are no methods. Host key algorithms that no key is there for
   * are left out when offered.
   */
  kex: string[];
  /** The host keys that an installation has, sshd's order: type to bits. */
  hostKeys: Readonly<Partial<Record<HostKeyType, number>>>;
  hostKey: string[];
  cipher: string[];
  mac: string[];
  compression: string[];
  /** EXT_INFO (RFC 8308), in order: name to value. */
  extensions: [name: string, value: string][];
  /** Methods that can continue, as USERAUTH_FAILURE lists them. */
  authMethods: string[];
  /** PubkeyAcceptedAlgorithms: what a client's key may sign with. */
  publicKeyAlgorithms: string[];
  /** Milliseconds that each answer to an authentication request takes at least (auth2.c, MIN_FAIL_DELAY_SECONDS); 0: none. */
  authDelay: number;
  /** AcceptEnv, with * and ? as wildcards. */
  acceptEnv: string[];
  /** Group exchange: the primes to choose from, in JSON the names of moduli(5) files beside it. */
  moduli: readonly Modulus[];
  /** Bits of the smallest group (DH_GRP_MIN). */
  leastGroup: number;
  /** RekeyLimit; 0: only by the cipher's own limit, and not by time. */
  rekeyBytes: number;
  rekeySeconds: number;
  /** MaxAuthTries, MaxSessions, CHAN_SES_WINDOW_DEFAULT, CHAN_SES_PACKET_DEFAULT and the same of TCP channels. */
  maxAuthTries: number;
  maxSessions: number;
  sessionWindow: number;
  tcpWindow: number;
  maxPacket: number;
  /** How it acts where it does not act as OpenSSH 9.2p1. */
  behaviour: Behaviour;
  /** What a connection beyond MaxStartups is told before it is closed; the line end belongs to it. Absent: nothing. */
  refusal?: string;
  /** LoginGraceTime is longer by up to so many milliseconds, at random (from 9.8 on). */
  graceJitter?: number;
  /** PerSourcePenalties (from 9.8 on), in seconds. */
  penalties?: { authfail: number; noauth: number; graceExceeded: number; min: number; max: number };
}

const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((name) => typeof name === 'string' && /^[\x21-\x2b\x2d-\x7e]+$/.test(name));
const isPairs = (value: unknown): value is [string, string][] =>
  Array.isArray(value) &&
  value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((p) => typeof p === 'string'));
const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;
const isSize = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0;

/**
 * Checks a profile's JSON; throws one sentence that names the field. `name` is the file's, for the message; `read` gives the text of a
 * file beside it.
 */
export function parseProfile(json: string, name: string, read: (file: string) => string): Profile {
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
      if (!Object.hasOwn(table, entry) && !(field === 'kex' && MARKERS.includes(entry)))
        throw new Error(`${name}: ${field}: expected an algorithm that is built in, found "${entry}"`);
  };
  check(
    'ident',
    typeof value['ident'] === 'string' && /^SSH-2\.0-[\x20-\x7e]{1,240}$/.test(value['ident']),
    '"SSH-2.0-…"',
  );
  for (const field of ['kex', 'hostKey', 'cipher', 'mac', 'compression', 'authMethods', 'publicKeyAlgorithms'] as const)
    check(field, isNames(value[field]) && (value[field] as string[]).length > 0, 'a list of names');
  check('extensions', isPairs(value['extensions']), 'a list of [name, value]');
  for (const field of ['leastGroup', 'maxAuthTries', 'maxSessions', 'sessionWindow', 'tcpWindow', 'maxPacket'] as const)
    check(field, isSize(value[field]), 'a positive integer');
  for (const field of ['authDelay', 'rekeyBytes', 'rekeySeconds'] as const)
    check(field, isCount(value[field]), 'an integer from 0 on');
  check('refusal', value['refusal'] === undefined || typeof value['refusal'] === 'string', 'a text');
  check('graceJitter', value['graceJitter'] === undefined || isCount(value['graceJitter']), 'an integer from 0 on');
  const penalties = value['penalties'] as Record<string, unknown> | undefined;
  check(
    'penalties',
    penalties === undefined ||
      ['authfail', 'noauth', 'graceExceeded', 'min', 'max'].every((name) => isCount(penalties?.[name])),
    'seconds by name: authfail, noauth, graceExceeded, min, max',
  );
  check('acceptEnv', isNames(value['acceptEnv']), 'a list of names');
  const keys = value['hostKeys'];
  const types = Object.entries(typeof keys === 'object' && keys !== null ? keys : {});
  check(
    'hostKeys',
    types.length > 0 && types.every(([type, bits]) => hostKeyTypes.includes(type as HostKeyType) && isSize(bits)),
    `key types of ${hostKeyTypes.join(', ')} with their bits`,
  );
  known('kex', kexMethods);
  known('cipher', ciphers);
  known('mac', macs);
  for (const name of value['cipher'] as string[]) ciphers[name]!.prepare?.();
  const files = value['moduli'];
  check('moduli', isNames(files) && files.every((file) => /^[\w.-]+$/.test(file)), 'names of files in the same folder');
  const moduli = (files as string[]).flatMap((file) => parseModuli(read(file)));
  return { ...value, moduli, behaviour: parseBehaviour(value['behaviour'], name) } as unknown as Profile;
}

/** Reads and checks a profile file; throws one sentence when it cannot. */
export function loadProfile(path: string): Profile {
  return parseProfile(readFileSync(path, 'utf8'), path, (file) => readFileSync(join(dirname(path), file), 'utf8'));
}
