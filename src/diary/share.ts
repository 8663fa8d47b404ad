// Share-safe text: how addresses and names are hidden, and the gate that refuses a text in which one was missed.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { isIpv6, type MaskOptions, type MaskStyle } from '../event/mask.ts';
import { inetAton, layers, UNUSUAL } from '../event/spelling.ts';
import { shapeOf } from '../observatory/shape.ts';
import type { Store } from '../observatory/store.ts';

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

/** Names of this machine: its host name, alone and with its domain, and the sensor's. */
export function ownNames(sensor = ''): string[] {
  const name = hostname();
  return [name, name.replace(/\..*/, ''), sensor];
}

/** Names of the sensors in the store that are worth hiding. */
const sensorNames = (store: Store): string[] =>
  hiddenHosts(store.top('sensor', undefined, 100).map(({ value }) => value));

/** Everything of the operator's that is hidden besides addresses; also as the shape of a command has it, where numbers are 0. */
export function hiddenNames(store: Store, more: readonly string[] = []): string[] {
  const names = [...hiddenHosts([...ownNames(), ...more]), ...sensorNames(store)];
  return [...new Set([...names, ...hiddenHosts(names.map(shapeOf))])];
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
 * Searches a finished text for what must not be published: an address in full, however it is spelled or encoded, the given host names, the
 * names of the store's sensors, and keys of SSH. It looks at the text as it stands and at what is left when entities, escapes, percent signs
 * and base64 are taken off, three layers deep; mere numbers count when such an address is in the store.
 * @throws LeakError
 */
export function gate(text: string, store: Store | undefined, options: MaskOptions): void {
  const known = options.known ?? (store ? knownIn(store) : () => false);
  const hosts = [...(options.hosts ?? []), ...(store ? sensorNames(store) : [])];
  const leaks = new Set<string>();
  search(text, 3);
  if (leaks.size > 0) throw new LeakError([...leaks]);

  function search(view: string, depth: number): void {
    const plain = straight(view);
    for (const address of addressesIn(plain, known)) leaks.add(address);
    for (const host of hosts) if (nameIn(host).test(plain)) leaks.add(host);
    for (const [key] of plain.matchAll(
      /aaaa[a-z][0-9a-z+/]{2}zac[0-9a-z+/]{30,}|aaaae2vjzh[0-9a-z+/]{30,}|aaaa[a-z]nnr[0-9a-z+/]{30,}/gi,
    ))
      leaks.add(`${key.slice(0, 24)}…`);
    if (depth > 0) for (const layer of layers(view)) search(layer.text, depth - 1);
  }
}

/** Whether an address, as `canonicalAddress` spells it, is one of the store's sources; asked once for each. */
export function knownIn(store: Store): (address: string) => boolean {
  const asked = new Map<string, boolean>();
  return (address) => {
    let known = asked.get(address);
    if (known === undefined) {
      const spellings = address.includes(':') ? [address, compressed(address)] : [address, `::ffff:${address}`];
      known = spellings.some((spelling) => store.relations(spelling, undefined, 1) !== undefined);
      asked.set(address, known);
    }
    return known;
  };
}

/** RFC 5952: the longest run of zeros as `::`. */
function compressed(address: string): string {
  const runs = [...address.matchAll(/(?:^|:)0(?::0)+(?:$|:)/g)].sort((a, b) => b[0].length - a[0].length);
  const [longest] = runs;
  return longest ? `${address.slice(0, longest.index)}::${address.slice(longest.index + longest[0].length)}` : address;
}

/** Without what breaks or disguises an address. */
const straight = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\\u\{?(?:200[b-f]|2060|feff|ad)\}?|\p{Default_Ignorable_Code_Point}/giu, '')
    .replace(/&#(x?)([0-9a-f]{1,6});?/g, (_, x: string, digits: string) => {
      const code = Number.parseInt(digits, x ? 16 : 10);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
    })
    .replace(/\s?(?:\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|[。｡])\s?/g, '.')
    .replaceAll('[:]', ':');

const QUAD =
  /(?<![\d.])(?=((?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3})(?!\d|\.\d))/g;
/** With other things than a dot between the numbers; they may overlap: `ec2-192-0-2-7` holds two candidates. */
const BROKEN = /(?<!\d|\d\.)(?=(\d{1,3}(?:(?:\s?[.,_-]\s?|\s)\d{1,3}){3})(?!\d|\/24))/g;

function addressesIn(text: string, known: (address: string) => boolean): string[] {
  const found: string[] = [];
  // Behind a letter it may be a version.
  for (const { 1: quad, index } of text.matchAll(QUAD))
    if (text.startsWith('/24', index + quad!.length) && quad!.endsWith('.0')) continue;
    else if (!/[a-z_]/.test(text[index - 1] ?? '') || known(quad!)) found.push(quad!);
  for (const [, broken] of text.matchAll(BROKEN)) {
    const address = broken!.split(/\D+/).map(Number).join('.');
    if (known(address)) found.push(address);
  }
  for (const [six] of text.matchAll(/(?<![\w:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:\.\d{1,3}){0,3}(?![\w:]|\/48)/g))
    if (isIpv6(six) && /[0-9a-f]{2}/.test(six) && /::|(?::.*){5}/.test(six)) found.push(six);
  for (const [number] of text.matchAll(UNUSUAL)) {
    const address = inetAton(number);
    if (address !== undefined && address !== number && known(address)) found.push(number);
  }
  return found;
}

const nameIn = (host: string): RegExp =>
  new RegExp(`(?<![\\w.-])${host.toLowerCase().replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`);
