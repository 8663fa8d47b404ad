// Entries as an Atom feed (RFC 4287): ids and dates of an entry stay the same for as long as its text does.
import { createHash } from 'node:crypto';
import { entities } from './entities.ts';

export interface FeedEntry {
  /** A day, week or month. */
  key: string;
  title: string;
  /** HTML fragment. */
  html: string;
  /** When the span ended, ms. */
  published: number;
  /** When its text was last another one, ms. */
  updated: number;
}

/**
 * @param seed of the installation: its feed and entries have ids of their own
 * @param entries newest first
 */
export function toAtom(
  { title, seed, lang, updated }: { title: string; seed: string; lang: 'en' | 'ja'; updated: number },
  entries: readonly FeedEntry[],
): string {
  const body = entries.map(
    (entry) => `  <entry>
    <id>${urn(`${seed} ${lang} ${entry.key}`)}</id>
    <title type="text">${entities(entry.title)}</title>
    <published>${iso(entry.published)}</published>
    <updated>${iso(entry.updated)}</updated>
    <content type="html">${entities(entry.html)}</content>
  </entry>\n`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${lang}">
  <id>${urn(`${seed} ${lang}`)}</id>
  <title type="text">${entities(title)}</title>
  <updated>${iso(updated)}</updated>
  <author><name>Kansatsuki</name></author>
  <generator>Kansatsuki</generator>
${body.join('')}</feed>
`;
}

/** RFC 3339, as RFC 4287 §3.3 asks for. */
const iso = (at: number): string => new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');

/** A UUID that depends on the name alone (RFC 9562 §5.8). */
function urn(name: string): string {
  const hash = createHash('sha256').update(`kansatsuki diary ${name}`).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x80;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex', 0, 16);
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
