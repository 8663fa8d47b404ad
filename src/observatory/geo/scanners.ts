// Research scanners by the networks and host names that they publish: rules/networks/scanners.toml, and the operator's own file beside it.
import { hash as digest } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { z } from 'zod';
import { type Address, parseNetwork } from './address.ts';
import { NetworkMap } from './networks.ts';

const network = z
  .string()
  .refine((text) => parseNetwork(text) !== undefined, 'expected a network such as 198.51.100.0/24');
const hostName = z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'expected the end of a host name such as example.org');

const fileSchema = z.strictObject({
  date: z.unknown().optional(),
  scanner: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(80),
        networks: z.array(network).default([]),
        names: z.array(hostName).default([]),
        source: z.string().default(''),
      }),
    )
    .default([]),
});

export interface Scanner {
  name: string;
  networks: readonly string[];
  /** Ends of host names. */
  names: readonly string[];
  /** Where that is published. */
  source: string;
}

export const shippedScanners = join(import.meta.dirname, '../../../rules/networks/scanners.toml');

export class Scanners {
  readonly all: readonly Scanner[];
  /** `YYYY-MM-DD` of the shipped list's state. */
  readonly date: string;
  readonly #networks = new NetworkMap<string>();
  readonly #suffixes = new Map<string, string>();

  constructor(all: readonly Scanner[], date: string) {
    this.all = all;
    this.date = date;
    for (const { name, networks, names } of all) {
      for (const text of networks) this.#networks.set(parseNetwork(text)!, name);
      for (const suffix of names) this.#suffixes.set(suffix, name);
    }
  }

  /** Whose network an address is of. */
  byAddress(address: Address): string | undefined {
    return this.#networks.find(address);
  }

  /** Whose host a name is; the name must have been found to point back to its address. */
  byName(host: string): string | undefined {
    let rest = host.toLowerCase().replace(/\.$/, '');
    for (;;) {
      const name = this.#suffixes.get(rest);
      if (name !== undefined) return name;
      const dot = rest.indexOf('.');
      if (dot < 0) return undefined;
      rest = rest.slice(dot + 1);
    }
  }

  /** Changes whenever the lists do. */
  get identity(): string {
    return digest('sha1', JSON.stringify(this.all), 'hex');
  }
}

/**
 * @param own the operator's file; nothing happens when there is none
 * @throws Error that names the file and what is wrong in it
 */
export function loadScanners(own: string | undefined, shipped = shippedScanners): Scanners {
  const first = readFile(shipped);
  const second = own !== undefined && existsSync(own) ? readFile(own) : { scanner: [] };
  const replaced = new Set(second.scanner.map(({ name }) => name));
  const date = first.date instanceof Date ? first.date.toISOString().slice(0, 10) : '';
  return new Scanners([...first.scanner.filter(({ name }) => !replaced.has(name)), ...second.scanner], date);
}

/** A larger file is no list that anyone wrote. */
const MOST_BYTES = 16 << 20;

function readFile(path: string): z.infer<typeof fileSchema> {
  let tree: unknown;
  try {
    if (statSync(path).size > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES} bytes`);
    tree = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message.split('\n')[0]}`);
  }
  const parsed = fileSchema.safeParse(tree);
  if (parsed.success) return parsed.data;
  const { path: place, message } = parsed.error.issues[0]!;
  throw new Error(`${path}: ${place.join('.')}: ${message}`);
}
