// Entries of real honeypots' days, kept as golden files; what every entry of real days must not say.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { configSchema } from '../config/config.ts';
import { importPaths } from '../observatory/import.ts';
import { openStore } from '../observatory/open.ts';
import { compose, observed } from './diary.ts';
import { loadKnowledge } from './knowledge.ts';

const root = join(import.meta.dirname, '../..');
const samples = process.env['KANSATSUKI_SAMPLES'] ?? join(root, '../shared/data/cowrie-samples');
const skip = existsSync(samples) ? false : `no samples of real logs at ${samples}`;
const config = configSchema.parse({});
const knowledge = loadKnowledge();
const now = Date.UTC(2026, 10, 24);

/** Words that a wrong sentence has: holes, wrong plurals, doubled signs, empty sections. */
const WRONG =
  /undefined|NaN|Infinity|\[object|\b1 (?:times|addresses|sessions|files|attempts|hours|days)\b|\bnone of\b.*\bnone\b|。。|、。|、、|はは|をを|\(\)|「」|: \.|\.\.(?!\.)|^##[^\n]*\n\n(?:##|$(?![\s\S]))/m;

for (const [source, day, golden] of [
  ['2022-07-elastic', '2022-07-18', ['en', 'ja']],
  ['2018-01-rails-parser', '2018-01-08', ['ja']],
  ['2026-03-cloud-cowrie', '2026-03-20', ['en']],
] as const)
  test(`${source}: each of its days is told, ${day} as it is kept`, { skip }, async () => {
    const store = openStore(':memory:');
    await importPaths(store, [join(samples, source)]);
    for (const [date] of store.perDay()) {
      const found = observed(store, { date, config, now, knowledge });
      for (const lang of ['en', 'ja'] as const) {
        const { text } = compose(found, { lang, format: 'md', config });
        // What attackers wrote may be anything.
        const prose = text.replace(/^(`{3,})\n[\s\S]*?\n\1$/gm, 'EXCERPT').replace(/(`+)[^\n]*?\1/g, 'CODE');
        assert.doesNotMatch(prose, WRONG, `${source} ${date} ${lang}`);
        if (date === day && (golden as readonly string[]).includes(lang)) kept(`${source}.${day}.${lang}.md`, text);
      }
    }
    store.close();
  });

/** Compares with the kept text; KANSATSUKI_GOLDEN=1 keeps the new one. */
function kept(name: string, text: string): void {
  const file = join(import.meta.dirname, 'fixtures', name);
  if (process.env['KANSATSUKI_GOLDEN'] || !existsSync(file)) writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8'), `${name} differs; KANSATSUKI_GOLDEN=1 keeps the new text`);
}
