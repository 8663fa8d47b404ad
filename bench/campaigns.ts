// Measures how fast sessions are taken into campaigns, in what memory, and how well what is found agrees with what was planted.
//
//   node bench/campaigns.ts [--sessions 1000000] [--campaigns 200] [--days 120] [--noise 0.4] [--step 100] [--store FILE]
//
// Makes a store of planted sessions (test/campaigns/planted.ts) in FILE, or in a temporary folder; a FILE that exists is used as it is.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Campaigns } from '../src/diary/campaign/campaigns.ts';
import { campaignOf } from '../src/observatory/membership.ts';
import { openStore } from '../src/observatory/open.ts';
import { agreement, planted } from '../test/campaigns/planted.ts';

const { values: options } = parseArgs({
  options: {
    sessions: { type: 'string', default: '1000000' },
    campaigns: { type: 'string', default: '200' },
    days: { type: 'string', default: '120' },
    noise: { type: 'string', default: '0.4' },
    step: { type: 'string', default: '100' },
    store: { type: 'string' },
  },
});
const plan = {
  seed: 1,
  sessions: Number(options.sessions),
  start: Date.UTC(2026, 0, 1),
  days: Number(options.days),
  campaigns: Number(options.campaigns),
  noise: Number(options.noise),
};
const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-campaigns-'));
const path = options.store ?? join(folder, 'store.sqlite');
const isThere = existsSync(path);
const store = openStore(path);
// The names of planted campaigns as numbers: a million texts would be most of the memory.
const names: string[] = [];
const truth = new Int16Array(plan.sessions).fill(-1);
let number = 0;
if (!isThere) store.writer.expectNew();
for (const { events, campaign } of planted(plan)) {
  if (campaign !== undefined) {
    let name = names.indexOf(campaign);
    if (name < 0) name = names.push(campaign) - 1;
    truth[number] = name;
  }
  number++;
  if (isThere) continue;
  for (const event of events) store.writer.add(event);
  if (store.writer.full) store.writer.commit();
}
store.writer.commit();
store.writer.expectAny();

const campaigns = new Campaigns(store);
const steps: number[] = [];
const started = performance.now();
const cpu = process.cpuUsage();
let peak = 0;
let taken = 0;
for (;;) {
  const before = performance.now();
  const more = campaigns.step(Number(options.step));
  if (more === 0) break;
  steps.push(performance.now() - before);
  taken += more;
  if (steps.length % 10 === 0) peak = Math.max(peak, process.memoryUsage().rss);
}
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(cpu);
steps.sort((a, b) => a - b);
const at = (share: number) => steps[Math.floor(steps.length * share)]?.toFixed(1) ?? '–';

function* pairs(): Generator<[string | undefined, string | undefined]> {
  for (let i = 0; i < plan.sessions; i++) {
    const record = store.scanner.bySid(0x10_0000_0000 + i)[0];
    if (record) yield [names[truth[i]!], campaignOf(store.scanner, record)];
  }
}
const { purity, completeness, found } = agreement(pairs());
const rows = (table: string) => store.database.prepare(`SELECT count(*) AS n FROM ${table}`).get()!['n'];
console.log(
  `sessions        ${taken} in ${seconds.toFixed(1)} s: ${Math.round(taken / seconds)} a second, ${((user + system) / taken).toFixed(1)} µs of CPU each`,
);
console.log(`steps           p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${steps.at(-1)?.toFixed(1)} ms`);
console.log(`memory          ${Math.round(peak / 2 ** 20)} MiB at most`);
console.log(`index           visits ${rows('campaign_visit')}, nodes ${rows('campaign_node')}`);
console.log(
  `agreement       ${names.length} planted, ${found} found; purity ${purity.toFixed(4)}, completeness ${completeness.toFixed(4)}`,
);
store.close();
rmSync(folder, { recursive: true });
