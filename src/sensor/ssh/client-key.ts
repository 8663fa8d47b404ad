// How a client and its keys are named in events: HASSH of its algorithms, MD5 of a key.
import { hash } from 'node:crypto';
import { textOrRepr } from '../../event/escape.ts';
import type { Fields, OfferedKey } from '../../event/event.ts';
import type { ClientKexInit } from '../../wire/ssh/ssh.ts';

const md5 = (bytes: Buffer): string => hash('md5', bytes);

/** A real client offers some 70 names in a list, none longer than 60; KEXINIT itself may have 256 KiB. */
const MOST_NAMES = 256;
const LONGEST_NAME = 256;
const LONGEST_LISTS = 16 << 10;

/** A name-list as events carry it. An empty one is one empty name in Cowrie's eyes. */
export function boundedNames(names: string[]): string[] {
  if (names.length === 0) return [''];
  return names.slice(0, MOST_NAMES).map((name) => textOrRepr(name.slice(0, LONGEST_NAME)));
}

/**
 * HASSH (github.com/salesforce/hassh): MD5 over `kex;enc;mac;comp`, client to server, in offered order; over all of it, even where
 * the lists are too long to be written down whole.
 */
export function kexFields(message: ClientKexInit): Fields['cowrie.client.kex'] {
  const { kex, hostKey, cipherIn, macIn, compressionIn, languageIn } = message;
  const algorithms = [kex, cipherIn, macIn, compressionIn].map((list) => list.join(',')).join(';');
  return {
    hassh: md5(Buffer.from(algorithms, 'latin1')),
    hasshAlgorithms: textOrRepr(algorithms.slice(0, LONGEST_LISTS)),
    kexAlgs: boundedNames(kex),
    keyAlgs: boundedNames(hostKey),
    encCS: boundedNames(cipherIn),
    macCS: boundedNames(macIn),
    compCS: boundedNames(compressionIn),
    langCS: boundedNames(languageIn),
  };
}

/** A public key as OpenSSH prints it, with the MD5 fingerprint of RFC 4716 §4. */
export function offeredKey(keyType: string, blob: Buffer): OfferedKey {
  return {
    fingerprint: md5(blob).replace(/(..)(?!$)/g, '$1:'),
    key: `${keyType} ${blob.toString('base64')}`,
    type: keyType,
  };
}
