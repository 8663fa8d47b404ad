// Indicators as a STIX 2.1 bundle (OASIS Standard): the same observations give the same ids, wherever and whenever they are written.
import type { AddressSeen, FileSeen, Indicators, LinkSeen } from './indicators.ts';
import { times, visits } from './saying.ts';
import { NAMESPACE, uuid5 } from './uuid.ts';
import { DAY } from './visitors.ts';

export type Tlp = 'clear' | 'green' | 'amber' | 'red';

export interface Producer {
  /** Name of who observed it. */
  name: string;
  tlp: Tlp;
}

/** STIX 2.1 §2.9: namespace of the ids of cyber-observable objects. */
const OBSERVABLES = '00abedb4-aa42-466c-9c01-fed23315a9b7';
/** STIX 2.1 §7.2.1.4; TLP:WHITE is what TLP 2.0 calls TLP:CLEAR. */
const MARKINGS: Record<Tlp, { id: string; tlp: string }> = {
  clear: { id: 'marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9', tlp: 'white' },
  green: { id: 'marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da', tlp: 'green' },
  amber: { id: 'marking-definition--f88d31f6-486f-44da-b317-01333bde0b82', tlp: 'amber' },
  red: { id: 'marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed', tlp: 'red' },
};
/** An indicator says something for so long after it was last seen: addresses change hands, files do not. */
const VALID = { address: 14 * DAY, link: 30 * DAY };

type StixObject = { type: string; id: string } & Record<string, unknown>;

/** @returns a bundle; with nothing observed, one of the producer alone */
export function stixBundle(indicators: Indicators, producer: Producer): StixObject {
  const of = new Writer(producer, indicators.range.from);
  for (const address of indicators.addresses) of.address(address);
  for (const file of indicators.files) of.file(file);
  for (const link of indicators.links) of.link(link);
  const objects = [...of.objects.values()];
  return { type: 'bundle', id: `bundle--${uuid5(NAMESPACE, JSON.stringify(objects))}`, objects };
}

class Writer {
  readonly objects = new Map<string, StixObject>();
  readonly #identity: string;
  readonly #marking: string;
  readonly #from: number;

  /** @param from what is counted was seen from then on, ms */
  constructor({ name, tlp }: Producer, from: number) {
    this.#from = from;
    const marking = MARKINGS[tlp];
    this.#marking = marking.id;
    this.#add({
      type: 'marking-definition',
      id: marking.id,
      spec_version: '2.1',
      created: '2017-01-20T00:00:00.000Z',
      definition_type: 'tlp',
      name: `TLP:${marking.tlp.toUpperCase()}`,
      definition: { tlp: marking.tlp },
    });
    this.#identity = idOf('identity', name);
    this.#add({
      type: 'identity',
      id: this.#identity,
      spec_version: '2.1',
      created: BEGINNING,
      modified: BEGINNING,
      name,
      description: 'A honeypot: nobody has any business there, so whoever comes attacks, scans or has lost the way.',
      identity_class: 'system',
    });
  }

  address({ address, sessions, entered, first, last, asn, asName }: AddressSeen): void {
    const type = address.includes(':') ? 'ipv6-addr' : 'ipv4-addr';
    const network =
      asn === undefined
        ? undefined
        : this.#observable('autonomous-system', { number: asn }, asName === undefined ? {} : { name: asName });
    const seen = this.#observable(
      type,
      { value: address },
      network === undefined ? {} : { belongs_to_refs: [network] },
    );
    this.#sighted(
      {
        key: address,
        name: `${address} attacks SSH or Telnet`,
        description: `${visits(sessions, entered)}.`,
        indicator_types: ['malicious-activity'],
        pattern: `[${type}:value = ${quoted(address)}]`,
        first,
        last,
        until: last + VALID.address,
        count: sessions,
      },
      network === undefined ? [seen] : [seen, network],
    );
  }

  file({ hash, count, first, last, bytes }: FileSeen): void {
    const seen = this.#observable('file', { hashes: { 'SHA-256': hash } }, bytes === undefined ? {} : { size: bytes });
    this.#sighted(
      {
        key: hash,
        name: `File ${hash}`,
        description: `Brought to the honeypot, or made there, ${times(count)}.`,
        indicator_types: ['malicious-activity'],
        pattern: `[file:hashes.'SHA-256' = ${quoted(hash)}]`,
        first,
        last,
        count,
      },
      [seen],
    );
  }

  link({ url, count, first, last }: LinkSeen): void {
    this.#sighted(
      {
        key: url,
        name: 'Address of a file that attackers fetch',
        description: `Asked for ${times(count)} by those who had logged in.`,
        indicator_types: ['malicious-activity'],
        pattern: `[url:value = ${quoted(url)}]`,
        first,
        last,
        until: last + VALID.link,
        count,
      },
      [this.#observable('url', { value: url }, {})],
    );
  }

  /** An indicator, what was observed of it, and that we saw it so many times. */
  #sighted(
    {
      key,
      first,
      last,
      until,
      count,
      ...about
    }: {
      key: string;
      first: number;
      last: number;
      until?: number;
      count: number;
      name: string;
      description: string;
      indicator_types: string[];
      pattern: string;
    },
    seen: string[],
  ): void {
    const common = {
      spec_version: '2.1',
      created_by_ref: this.#identity,
      created: isoTime(first),
      modified: isoTime(last),
      object_marking_refs: [this.#marking],
    };
    const id = (type: string) => idOf(type, `${this.#identity} ${key}`);
    this.#add({
      type: 'indicator',
      id: id('indicator'),
      ...common,
      ...about,
      pattern_type: 'stix',
      pattern_version: '2.1',
      valid_from: isoTime(first),
      ...(until === undefined ? {} : { valid_until: isoTime(until) }),
    });
    this.#add({
      type: 'observed-data',
      id: id('observed-data'),
      ...common,
      first_observed: isoTime(Math.max(first, this.#from)),
      last_observed: isoTime(last),
      number_observed: Math.min(count, MOST_OBSERVED),
      object_refs: seen,
    });
    this.#add({
      type: 'sighting',
      id: id('sighting'),
      ...common,
      first_seen: isoTime(Math.max(first, this.#from)),
      last_seen: isoTime(last),
      count: Math.min(count, MOST_OBSERVED),
      sighting_of_ref: id('indicator'),
      observed_data_refs: [id('observed-data')],
      where_sighted_refs: [this.#identity],
    });
  }

  /** @param telling the properties that make the id (RFC 8785 JSON; ours have one key, in ASCII) */
  #observable(type: string, telling: Record<string, unknown>, more: Record<string, unknown>): string {
    const id = `${type}--${uuid5(OBSERVABLES, JSON.stringify(telling))}`;
    this.#add({ type, id, spec_version: '2.1', object_marking_refs: [this.#marking], ...telling, ...more });
    return id;
  }

  #add(object: StixObject): void {
    if (!this.objects.has(object.id)) this.objects.set(object.id, object);
  }
}

/** What has no time of its own is as old as the specification. */
const BEGINNING = '2021-06-10T00:00:00.000Z';
/** STIX 2.1 §4.14, §5.2: the most that a count may say. */
const MOST_OBSERVED = 999_999_999;

const idOf = (type: string, name: string): string => `${type}--${uuid5(NAMESPACE, `${type} ${name}`)}`;
const isoTime = (at: number): string => new Date(at).toISOString();
/** A string of the pattern language (§9.6). */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
