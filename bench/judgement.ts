// What it costs to judge a session, and to look for a day's hand-offs: `node bench/judgement.ts STORE` (a kansatsuki.sqlite).
import { guessableBy } from '../src/diary/handoff/guessable.ts';
import { handOffsIn } from '../src/diary/handoff/handoff.ts';
import { loadKnowledge } from '../src/diary/knowledge.ts';
import { judge } from '../src/diary/session/judge.ts';
import { openStore } from '../src/observatory/open.ts';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: node bench/judgement.ts STORE');
const store = openStore(path, { readOnly: true });
const knowledge = loadKnowledge();
const times: number[] = [];
const counts: Record<string, number> = {};
let cursor: string | undefined;
do {
  const page = store.sessions({}, 500, cursor);
  cursor = page.next;
  for (const { id } of page.items) {
    const session = store.session(id)!;
    const started = performance.now();
    const { verdict } = judge(session, knowledge);
    times.push(performance.now() - started);
    counts[verdict.who] = (counts[verdict.who] ?? 0) + 1;
  }
} while (cursor !== undefined && times.length < 50_000);
times.sort((a, b) => a - b);
const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]!.toFixed(3);
console.log(
  `${times.length} sessions ${JSON.stringify(counts)}: median ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`,
);

const days = store.perDay().map(([day]) => Date.parse(day));
const guessable = guessableBy(knowledge);
let longest = 0;
let found = 0;
const started = performance.now();
for (const from of days) {
  const before = performance.now();
  found += handOffsIn(store, { from, to: from + 86_400_000 }, guessable).length;
  longest = Math.max(longest, performance.now() - before);
}
const mean = (performance.now() - started) / Math.max(1, days.length);
console.log(`${found} hand-offs in ${days.length} days: ${mean.toFixed(1)} ms a day, longest ${longest.toFixed(1)} ms`);
store.close();
