// Diffie-Hellman over a prime (RFC 4253 §8, RFC 4419): named groups, and any safe prime of a moduli file without testing it again.
import { createDiffieHellmanGroup, createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import { BIT_STRING, der, integer, integers, OCTET_STRING, SEQUENCE } from './der.ts';
import { Violation } from './violation.ts';

/** A safe prime and its generator, as a line of moduli(5) has it. */
export interface Modulus {
  bits: number;
  generator: Buffer;
  prime: Buffer;
}

/** One side of an exchange: our public value, and the secret that follows from theirs (big-endian). */
export interface DhExchange {
  public: Buffer;
  secret(theirs: Buffer): Buffer;
}

/** DH_GRP_MAX of OpenSSH (dh.h). */
const MOST_BITS = 8192;

const primes = new Map<string, Buffer>();

function primeOf(group: string): Buffer {
  let prime = primes.get(group);
  if (!prime) {
    prime = createDiffieHellmanGroup(group).getPrime();
    primes.set(group, prime);
  }
  return prime;
}

/** Throws unless 1 < value < p - 1 with four bits set (dh.c, dh_pub_is_valid); sshd ends without a message then. */
function check(value: Buffer, prime: Buffer): void {
  const number = BigInt(`0x0${value.toString('hex')}`);
  let bits = 0;
  for (const byte of value) for (let b = byte; b !== 0; b &= b - 1) bits++;
  if (number <= 1n || number >= BigInt(`0x${prime.toString('hex')}`) - 1n || bits < 4)
    throw new Violation('kex', 'Diffie-Hellman value out of range');
}

/** `group` is Node's name: `modp14` and so on. */
export function namedExchange(group: string): DhExchange {
  const prime = primeOf(group);
  const exchange = createDiffieHellmanGroup(group);
  return {
    public: exchange.generateKeys(),
    secret(theirs) {
      check(theirs, prime);
      return exchange.computeSecret(theirs);
    },
  };
}

// What follows hands a prime to OpenSSL as part of a key: `createDiffieHellman` would test it, which takes seconds for the large
// ones, and `generateKeyPair` would use an exponent as long as the prime.

/** dhKeyAgreement (PKCS #3). */
const DH_KEY_AGREEMENT = Buffer.from('06092a864886f70d010301', 'hex');

/** An exchange over a prime from a moduli file; the private exponent has 512 bits, as dh_gen_key would make it. */
export function modulusExchange({ prime, generator }: Modulus, random: (bytes: number) => Buffer): DhExchange {
  const algorithm = der(SEQUENCE, DH_KEY_AGREEMENT, der(SEQUENCE, integer(prime), integer(generator)));
  const exponent = Buffer.from(random(64));
  exponent[0]! |= 0x40;
  const privateKey = createPrivateKey({
    key: der(SEQUENCE, integer(Buffer.of(0)), algorithm, der(OCTET_STRING, integer(exponent))),
    format: 'der',
    type: 'pkcs8',
  });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    public: integers(spki).at(-1)!,
    secret(theirs) {
      check(theirs, prime);
      const bits = der(BIT_STRING, Buffer.of(0), integer(theirs));
      const publicKey = createPublicKey({ key: der(SEQUENCE, algorithm, bits), format: 'der', type: 'spki' });
      return diffieHellman({ privateKey, publicKey });
    },
  };
}

/** Reads moduli(5): safe primes only, tested and of the size they claim; other lines are left out. */
export function parseModuli(text: string): Modulus[] {
  const found: Modulus[] = [];
  for (const line of text.split('\n')) {
    const [, type, tests, tries, size, generator, prime] = line.trim().split(/\s+/);
    if (type !== '2' || Number(tests) & 1 || !(Number(tests) & ~1) || Number(tries) === 0) continue;
    if (!/^[0-9A-Fa-f]+$/.test(generator ?? '') || !/^[0-9A-Fa-f]+$/.test(prime ?? '')) continue;
    const bytes = (hex: string) => Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
    found.push({ bits: Number(size) + 1, generator: bytes(generator!), prime: bytes(prime!) });
  }
  return found;
}

/** What a client may ask for with SSH_MSG_KEY_DH_GEX_REQUEST (RFC 4419 §3). */
export interface GroupRequest {
  min: number;
  bits: number;
  max: number;
}

/**
 * The exchange that sshd would choose (kexgexs.c and dh.c, choose_dh): the smallest size of at least the wanted bits, else the largest,
 * one of its primes by chance, a fixed group where no size fits. Undefined when the request itself is out of bounds. `leastBits` is the
 * release's DH_GRP_MIN.
 */
export function chosenExchange(
  request: GroupRequest,
  moduli: readonly Modulus[],
  leastBits: number,
  random: (bytes: number) => Buffer,
): { prime: Buffer; generator: Buffer; exchange: DhExchange } | undefined {
  const { min, bits, max } = request;
  if (max < min || bits < min || max < bits || max < leastBits) return undefined;
  const least = Math.max(leastBits, min);
  const most = Math.min(MOST_BITS, max);
  const wanted = Math.min(MOST_BITS, Math.max(leastBits, bits));
  // The monitor looks at the clamped values again (monitor.c, mm_answer_moduli).
  if (most < least || wanted < least || most < wanted) return undefined;
  let best = 0;
  for (const { bits: size } of moduli) {
    if (size > most || size < least) continue;
    if ((size > wanted && size < best) || (size > best && best < wanted)) best = size;
  }
  const fitting = moduli.filter(({ bits: size }) => size === best);
  if (fitting.length > 0) {
    const modulus = fitting[random(4).readUInt32BE(0) % fitting.length]!;
    return { ...modulus, exchange: modulusExchange(modulus, random) };
  }
  const group = most < 3072 ? 'modp14' : most < 6144 ? 'modp16' : 'modp18';
  return { prime: primeOf(group), generator: Buffer.of(2), exchange: namedExchange(group) };
}
