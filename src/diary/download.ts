// What was fetched or left behind: files by their hash, addresses of files by their URL.
import type { Claim, Download } from './claim.ts';
import type { Context } from './context.ts';

/** The newest that are read, to see who brought them; how many there were is known of all. */
const READ = 2_000;
const COUNTED = 1_000;
const TOLD = 8;

export function downloads({ store, range, knowledge, news }: Context): Claim[] {
  const groups = new Map<string, { url?: string; hash?: string; at: number; count: number; addresses: Set<string> }>();
  for (const { at, hash, url, address } of store.downloads(range, READ)) {
    const key = hash ?? url;
    if (!key) continue;
    const group = groups.get(key) ?? { at, count: 0, addresses: new Set<string>() };
    group.hash ??= hash;
    group.url ??= url;
    group.at = Math.min(group.at, at);
    group.count++;
    group.addresses.add(address);
    groups.set(key, group);
  }
  const counts = new Map(store.top('hash', range, COUNTED).map(({ value, count }) => [value, count]));
  const fresh = new Set(
    (['hash', 'url'] as const).flatMap((dimension) =>
      news.from < news.to ? store.firstSeen(dimension, news, READ).map(({ value }) => value) : [],
    ),
  );
  const claims = [...groups].map(([key, { url, hash, at, count: read, addresses }]): Download => {
    const count = Math.max(read, (hash === undefined ? undefined : counts.get(hash)) ?? 0);
    const isNew = fresh.has(key);
    return {
      kind: 'download',
      subject: { url, hash },
      numbers: { count, addresses: addresses.size, at },
      isNew,
      rules: [...(hash ? knowledge.about({ hash }) : []), ...(url ? knowledge.about({ url }) : [])],
      evidence: [],
      score: 20 + (isNew ? 10 : 0) + Math.min(6, Math.log2(count + 1)),
      reason: `${count} downloads or uploads from ${addresses.size} addresses`,
    };
  });
  return claims.sort((a, b) => b.score - a.score || a.numbers.at - b.numbers.at).slice(0, TOLD);
}
