// Host names of addresses by reverse DNS, when the operator has turned it on: one question at a time, each address once.
import { type Address, parseAddress } from './address.ts';
import { scopeOf } from './scope.ts';

/** The questions of node:dns/promises. */
export interface Resolver {
  resolvePtr(name: string): Promise<string[]>;
  resolve4(name: string): Promise<string[]>;
  resolve6(name: string): Promise<string[]>;
}

/** Names of one address that are looked at. */
const NAMES = 4;
/** RFC 1035 §2.3.4. */
const NAME_LENGTH = 253;

/** The name server does not answer, or not to us. */
export class NoAnswer extends Error {}

/**
 * The host name of an address that points back to it: whoever holds an address writes what he likes into its reverse name,
 * so only a name that resolves to the same address says anything (forward-confirmed, RFC 8499).
 * @returns undefined when there is none, and for addresses that are not global, which are never asked for
 * @throws NoAnswer when it should be asked again later
 */
export async function hostNameOf(text: string, resolver: Resolver): Promise<string | undefined> {
  const address = parseAddress(text);
  if (!address || scopeOf(address)) return undefined;
  const own = address.words.join();
  const names = await answer(resolver.resolvePtr(reverseName(address)));
  for (const name of names.slice(0, NAMES)) {
    const host = name.toLowerCase().replace(/\.$/, '');
    if (host.length > NAME_LENGTH || !/^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(host)) continue;
    const back = await answer(address.version === 4 ? resolver.resolve4(host) : resolver.resolve6(host));
    if (back.some((other) => parseAddress(other)?.words.join() === own)) return host;
  }
  return undefined;
}

/** Where the name of an address stands (RFC 1035 §3.5, RFC 3596 §2.5). */
export function reverseName({ version, words }: Address): string {
  if (version === 4) return `${[0, 8, 16, 24].map((shift) => (words[3]! >>> shift) & 255).join('.')}.in-addr.arpa`;
  const digits = [...words].map((word) => word.toString(16).padStart(8, '0')).join('');
  return `${[...digits].reverse().join('.')}.ip6.arpa`;
}

/** That there is nothing is an answer too. */
const NOTHING: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME', 'ENONAME', 'EFORMERR']);

async function answer(question: Promise<string[]>): Promise<string[]> {
  try {
    return await question;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (NOTHING.has(code)) return [];
    throw new NoAnswer(code || (error as Error).message, { cause: error });
  }
}
