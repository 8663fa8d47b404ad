// Share-safe text: how addresses and names are hidden, and the gate that refuses a text in which one was missed.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MaskOptions, MaskStyle } from '../event/mask.ts';
import type { Range, Store } from '../observatory/store.ts';

/** Host names that are ordinary words: hiding them would hide user names and programs. */
const ORDINARY = new Set(
  'localhost debian ubuntu raspberrypi raspberry server host sensor honeypot cowrie kansatsuki svr04 test pi root admin node docker default linux unknown'.split(
    ' ',
  ),
);

/** Style and key of the masking; the key of aliases is made once and kept in the data directory. */
export function masking(style: MaskStyle, dataDirectory: string, hosts: readonly string[]): MaskOptions {
  return { style, hosts, ...(style === 'alias' ? { key: aliasKey(join(dataDirectory, 'state/mask.key')) } : {}) };
}

function aliasKey(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, randomBytes(32), { mode: 0o600, flag: 'wx' });
  return readFileSync(file);
}

/** The names worth hiding: no ordinary words, nothing shorter than four characters, nothing that attackers try as a name. */
export function hiddenHosts(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.trim().toLowerCase()))]
    .filter((name) => name.length >= 4 && !ORDINARY.has(name) && !/^[○●*x.-]+$/.test(name))
    .sort();
}

/** A text was about to be published with an address or a name in it. */
export class LeakError extends Error {
  override name = 'LeakError';
  readonly leaks: string[];

  constructor(leaks: string[]) {
    super(
      `refused: the text still holds ${leaks.length === 1 ? 'an address or a name' : `${leaks.length} addresses or names`} that must not be published (${leaks.slice(0, 3).join(', ')})`,
    );
    this.leaks = leaks;
  }
}

/**
 * Searches a finished text for every source address of the range (also written with dashes or broken dots) and for the
 * host names. Works from the text: each thing in it that looks like an address is looked up among the store's.
 * @throws LeakError
 */
export function gate(text: string, store: Store, range: Range, options: MaskOptions): void {
  const known = new Set(store.top('address', range, Number.MAX_SAFE_INTEGER).map(({ value }) => value.toLowerCase()));
  const leaks = new Set<string>();
  const straight = text
    .toLowerCase()
    .replace(/\[\.\]|\(\.\)|&#46;/g, '.')
    .replaceAll('[:]', ':');
  // A look-ahead, for addresses may overlap: `ec2-192-0-2-7` holds two candidates.
  for (const [, found] of straight.matchAll(/(?<![\d.])(?=(\d{1,3}(?:[.-]\d{1,3}){3})(?!\d|\.\d|\/24))/g)) {
    const address = found!.replaceAll('-', '.');
    if (known.has(address)) leaks.add(address);
  }
  for (const [found] of straight.matchAll(/(?<![\w:])[0-9a-f:]{2,39}(?:\.\d{1,3}){0,3}(?![\w:]|\/48)/g))
    if (found.includes(':') && known.has(found)) leaks.add(found);
  for (const host of options.hosts ?? []) {
    if (new RegExp(`(?<![\\w.-])${host.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`, 'i').test(text))
      leaks.add(host);
  }
  if (leaks.size > 0) throw new LeakError([...leaks]);
}
