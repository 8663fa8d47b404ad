// How a server acts where it does not act as OpenSSH 9.2p1 does: the field "behaviour" of a profile. What a profile leaves out is as there.

import type { Violation } from './violation.ts';

export interface Behaviour {
  /** Which reading of the client's identification: ident.ts has them. */
  identification: 'openssh-8.0' | 'openssh-6' | 'dropbear';
  /** What our identification ends with: 7.4p1 forgot the carriage return. */
  lineEnd: '\r\n' | '\n';
  /** KEXINIT goes out with the identification, before the client's is there. */
  kexInitFirst: boolean;
  /**
   * What is said at the end in place of what 9.2p1 says: a regular expression for its text, or for "layer: reason" of the violation
   * where it says nothing, and the text, with $1 for a group, or null for silence. The first that fits counts.
   */
  farewells: readonly (readonly [pattern: string, text: string | null])[];
  /** Bytes behind the end of a message are not looked at, and a string ends at its first NUL. */
  lenient: boolean;
  /** compat.c: clients with known faults are treated with care. */
  knowsClients: boolean;
  /** hostkeys-00@openssh.com is announced, and proofs are given. */
  hostKeysAnnounced: boolean;
  /** The answer to channels that are not there, and the text of every refusal. */
  unknownChannel: number;
  refusedChannel: string;
}

export const OPENSSH_9_2: Behaviour = {
  identification: 'openssh-8.0',
  lineEnd: '\r\n',
  kexInitFirst: false,
  farewells: [],
  lenient: false,
  knowsClients: true,
  hostKeysAnnounced: true,
  unknownChannel: 2,
  refusedChannel: 'open failed',
};

const CHOICES: Partial<Record<keyof Behaviour, readonly unknown[]>> = {
  identification: ['openssh-8.0', 'openssh-6', 'dropbear'],
  lineEnd: ['\r\n', '\n'],
};

const isFarewells = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.every(
    (pair) =>
      Array.isArray(pair) &&
      pair.length === 2 &&
      typeof pair[0] === 'string' &&
      (pair[1] === null || typeof pair[1] === 'string') &&
      compiles(pair[0]),
  );

function compiles(pattern: string): boolean {
  try {
    return new RegExp(pattern) !== undefined;
  } catch {
    return false;
  }
}

/** Completes what a profile says; throws one sentence that names the field at fault. */
export function parseBehaviour(value: unknown, file: string): Behaviour {
  if (value === undefined) return OPENSSH_9_2;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${file}: behaviour: expected an object, found ${JSON.stringify(value)}`);
  for (const [name, found] of Object.entries(value)) {
    const usual = OPENSSH_9_2[name as keyof Behaviour];
    const choices = CHOICES[name as keyof Behaviour];
    const good =
      usual !== undefined &&
      (choices ? choices.includes(found) : name === 'farewells' ? isFarewells(found) : typeof found === typeof usual);
    if (!good) {
      const expected =
        usual === undefined ? 'no such field' : choices ? choices.join(' or ') : `as ${JSON.stringify(usual)}`;
      throw new Error(`${file}: behaviour.${name}: expected ${expected}, found ${JSON.stringify(found)}`);
    }
  }
  return { ...OPENSSH_9_2, ...value };
}

/** What is said when a connection ends by this violation; undefined: nothing. */
export function farewellOf(
  { farewells }: Behaviour,
  { layer, message, farewell: usual }: Violation,
): string | undefined {
  const said = usual ?? `${layer}: ${message}`;
  for (const [pattern, text] of farewells) {
    const found = new RegExp(`^(?:${pattern})$`, 's').exec(said);
    if (found) return text?.replace(/\$(\d)/g, (_, group: string) => found[Number(group)] ?? '');
  }
  return usual;
}
