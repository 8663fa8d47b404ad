// KEXINIT (RFC 4253 §7.1): written, read, and the choice of algorithms that follows from both.
import { ciphers } from './cipher.ts';
import { Reader, type Writer } from './data.ts';
import { kexMethods } from './kex.ts';
import { MSG } from './message.ts';
import type { ClientKexInit, Negotiated, ServerOptions } from './ssh.ts';
import { Violation } from './violation.ts';

export const STRICT_SERVER = 'kex-strict-s-v00@openssh.com';
export const STRICT_CLIENT = 'kex-strict-c-v00@openssh.com';

/** Dropbear's: a guess is wrong only if the method itself was (RFC 4253 §7 wants the host key type to fit, too). */
const GUESS = 'kexguess2@matt.ucc.asn.au';

/** What stands in a list of key exchange methods without being one (RFC 8308 §2.1, PROTOCOL §1.9). */
export const MARKERS: readonly string[] = ['ext-info-s', STRICT_SERVER, GUESS];

/** Our lists for one client, in the order they are written. */
export interface Offer {
  kex: string[];
  hostKey: string[];
  cipher: string[];
  mac: string[];
  compression: string[];
}

/** The offers already made, by what the server is and what it withholds: all its connections share them. */
const offers = new WeakMap<ServerOptions, Map<string, Offer>>();

/** What a server offers to a client from which some key exchanges are withheld (compat.ts). */
export function offer(options: ServerOptions, withheld: readonly string[]): Offer {
  let known = offers.get(options);
  if (!known) offers.set(options, (known = new Map()));
  const name = withheld.join();
  let made = known.get(name);
  if (!made) known.set(name, (made = makeOffer(options, withheld)));
  return made;
}

function makeOffer({ profile, hostKeys }: ServerOptions, withheld: readonly string[]): Offer {
  const signable = new Set(hostKeys.flatMap((key) => key.algorithms));
  return {
    kex: profile.kex.filter((name) => !withheld.includes(name)),
    hostKey: profile.hostKey.filter((name) => signable.has(name)),
    cipher: profile.cipher,
    mac: profile.mac,
    compression: profile.compression,
  };
}

export function writeKexInit(writer: Writer, lists: Offer, cookie: Buffer): void {
  writer.start(MSG.KEXINIT).raw(cookie);
  const { kex, hostKey, cipher, mac, compression } = lists;
  for (const list of [kex, hostKey, cipher, cipher, mac, mac, compression, compression]) writer.string(list.join(','));
  writer.string('').string('').boolean(false).u32(0);
}

/** Reads a whole KEXINIT payload; throws a Violation. */
export function readKexInit(payload: Buffer): ClientKexInit {
  const reader = new Reader(payload, 'kex', 17);
  const message = {
    kex: reader.nameList(),
    hostKey: reader.nameList(),
    cipherIn: reader.nameList(),
    cipherOut: reader.nameList(),
    macIn: reader.nameList(),
    macOut: reader.nameList(),
    compressionIn: reader.nameList(),
    compressionOut: reader.nameList(),
    languageIn: reader.nameList(),
    languageOut: reader.nameList(),
    firstKexPacketFollows: reader.boolean(),
  };
  reader.u32();
  reader.end();
  return message;
}

/** match_list reads a list up to the first empty name. */
function named(list: readonly string[]): readonly string[] {
  const end = list.indexOf('');
  return end < 0 ? list : list.slice(0, end);
}

/** Whether a client's list has a name that says something of the client (kex.c, has_any_alg). */
export function mentions(list: readonly string[], name: string): boolean {
  return named(list).includes(name);
}

function choose(what: string, theirs: readonly string[], ours: readonly string[]): string {
  const found = named(theirs).find((name) => ours.includes(name));
  if (found === undefined) throw new Violation('kex', `no matching ${what} found`);
  return found;
}

/** The client's first that we have too (kex.c, kex_choose_conf); sshd ends without a message where there is none. */
export function negotiate(client: ClientKexInit, ours: Offer, strict: boolean): Negotiated {
  const kex = choose('key exchange method', client.kex, ours.kex);
  // A marker chosen as a method: sshd finds that it has no such method.
  if (!Object.hasOwn(kexMethods, kex)) throw new Violation('kex', 'no matching key exchange method found');
  const hostKey = choose('host key type', client.hostKey, ours.hostKey);
  const cipherIn = choose('cipher', client.cipherIn, ours.cipher);
  const cipherOut = choose('cipher', client.cipherOut, ours.cipher);
  const mac = (cipher: string, theirs: string[]) => (ciphers[cipher]!.aead ? '' : choose('MAC', theirs, ours.mac));
  return {
    kex,
    hostKey,
    cipherIn,
    cipherOut,
    macIn: mac(cipherIn, client.macIn),
    macOut: mac(cipherOut, client.macOut),
    compressionIn: choose('compression method', client.compressionIn, ours.compression),
    compressionOut: choose('compression method', client.compressionOut, ours.compression),
    strict,
  };
}

/** Whether the packet that the client sent on its guess must be dropped (kex.c, proposals_match). */
export function guessedWrong(client: ClientKexInit, ours: Offer): boolean {
  return client.kex[0] !== ours.kex[0] || client.hostKey[0] !== ours.hostKey[0];
}
