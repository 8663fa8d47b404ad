// What the records of the makers' databases say of country and network: recognised by their fields, as no two makers name them alike.
import { type Fields, isFields, type Value } from './mmdb-data.ts';
import type { Place } from './ranges.ts';

const NAME_LENGTH = 120;

/**
 * MaxMind and DB-IP and IP2Location: `country.iso_code`, `registered_country.iso_code`, `autonomous_system_number`,
 * `autonomous_system_organization` (also below `traits`). ip-location-db: `country_code`, and MaxMind's names for
 * networks. IPinfo: `country` (a code; in Lite the name, with `country_code` beside it), `asn` (`AS15169`), `as_name`
 * (`name` in its ASN database). IPLocate: `country_code`, `asn` as a number, `name`.
 */
export function placeOf(record: Value): Place {
  if (!isFields(record)) return {};
  const traits = record['traits'];
  const all: Fields[] = [record, ...(isFields(traits) ? [traits] : [])];
  const country = first(
    [
      ...all.map((fields) => fields['country_code']),
      ...all.map((fields) => fields['country']),
      ...all.map((fields) => fields['registered_country']),
    ],
    countryOf,
  );
  const asn = first(
    all.flatMap((fields) => [fields['autonomous_system_number'], fields['asn'], fields['as_number'], fields['as']]),
    asnOf,
  );
  const place: Place = {};
  if (country !== undefined) place.country = country;
  if (asn === undefined) return place;
  place.asn = asn;
  const asName = first(
    all.flatMap((fields) => [
      fields['autonomous_system_organization'],
      fields['as_name'],
      fields['as_organization'],
      fields['as_org'],
      isFields(fields['asn']) ? fields['asn']['name'] : undefined,
      fields['organization'],
      fields['org'],
      fields['name'],
    ]),
    nameOf,
  );
  if (asName !== undefined) place.asName = asName;
  return place;
}

function first<T>(values: readonly (Value | undefined)[], read: (value: Value | undefined) => T | undefined) {
  for (const value of values) {
    const found = read(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Codes that say of no country that it is one: ISO 3166 keeps XX and ZZ for that. */
const NOWHERE: ReadonlySet<string> = new Set(['XX', 'ZZ']);

export function countryOf(value: Value | undefined): string | undefined {
  const code = isFields(value) ? value['iso_code'] : value;
  if (typeof code !== 'string' || !/^[A-Za-z]{2}$/.test(code)) return undefined;
  const upper = code.toUpperCase();
  return NOWHERE.has(upper) ? undefined : upper;
}

/** 15169, "15169", "AS15169", "AS15169 Google LLC"; numbers have 32 bits (RFC 6793), and 0 is none (RFC 7607). */
export function asnOf(value: Value | undefined): number | undefined {
  const own = isFields(value) ? (value['asn'] ?? value['number']) : value;
  const number =
    typeof own === 'string' ? Number(/^(?:AS)?\s?(\d{1,10})(?:\s|$)/i.exec(own)?.[1] ?? Number.NaN) : Number(own);
  if (typeof own !== 'string' && typeof own !== 'number' && typeof own !== 'bigint') return undefined;
  return Number.isInteger(number) && number > 0 && number < 2 ** 32 ? number : undefined;
}

function nameOf(value: Value | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  // A name is shown in tables and on terminals: one line of visible characters.
  const name = value.replace(/[\p{C}\s]+/gu, ' ').trim();
  return name === '' ? undefined : [...name].slice(0, NAME_LENGTH).join('');
}
