// How a client and its keys are named in events: HASSH of its algorithms, MD5 of a key.
import { createHash } from 'node:crypto';
import type { Fields, OfferedKey } from '../../event/event.ts';
import type { ClientKexInit } from '../../wire/ssh/ssh.ts';

const md5 = (bytes: string | Buffer): string => createHash('md5').update(bytes).digest('hex');

/** HASSH (github.com/salesforce/hassh): MD5 over `kex;enc;mac;comp`, client to server, in offered order. */
export function kexFields(message: ClientKexInit): Fields['cowrie.client.kex'] {
  const { kex, hostKey, cipherIn, macIn, compressionIn, languageIn } = message;
  const hasshAlgorithms = [kex, cipherIn, macIn, compressionIn].map((list) => list.join(',')).join(';');
  return {
    hassh: md5(hasshAlgorithms),
    hasshAlgorithms,
    kexAlgs: kex,
    keyAlgs: hostKey,
    encCS: cipherIn,
    macCS: macIn,
    compCS: compressionIn,
    // An empty name-list is one empty name in Cowrie's eyes.
    langCS: languageIn.length > 0 ? languageIn : [''],
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
