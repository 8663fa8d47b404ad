// The fuzzer: node test/fuzz/run.ts TARGET [--cases N] [--seconds S] [--seed X] [--from I] [--keep]
// Case number I of a seed is always the same, so a finding is repeated with --seed X --from I --cases 1; --keep files it in the corpus.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Random } from './random.ts';
import { type Case, fromText, type Target, toText } from './target.ts';

/** Milliseconds that one case may hold the event loop. */
const SLICE = 50;
/** Bytes the heap may have grown from the first to the last look, with a garbage collection before each. */
const GROWTH = 24 << 20;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cases: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
    from: { type: 'string' },
    keep: { type: 'boolean' },
  },
});
const [name = ''] = positionals;
const folder = import.meta.dirname;
const names = readdirSync(join(folder, 'targets')).map((file) => file.replace(/\.ts$/, ''));
if (!names.includes(name)) {
  console.error(`usage: node test/fuzz/run.ts TARGET [--cases N] [--seconds S] [--seed X] [--from I] [--keep]`);
  console.error(`targets: ${names.join(' ')}`);
  process.exit(2);
}
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const from = Number(values.from ?? 0);
const most = Number(values.cases ?? Number.POSITIVE_INFINITY);
const until = performance.now() + Number(values.seconds ?? 3600) * 1000;

const target = ((await import(`./targets/${name}.ts`)) as { default: Target }).default;
const corpusFolder = join(folder, 'corpus', name);
const corpus = existsSync(corpusFolder)
  ? readdirSync(corpusFolder)
      .sort()
      .map((file) => fromText(readFileSync(join(corpusFolder, file), 'utf8')))
  : [];
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

let at = -1;
let current: Case = [];
const report = (what: string): never => {
  console.error(`\n${name}: ${what}`);
  console.error(
    at < 0 ? 'in a case of the corpus:' : `repeat: node test/fuzz/run.ts ${name} --seed ${seed} --from ${at} --cases 1`,
  );
  console.error(toText(current).slice(0, 4000));
  if (values.keep) {
    mkdirSync(corpusFolder, { recursive: true });
    writeFileSync(join(corpusFolder, `found-${seed}-${at}.json`), toText(current));
  }
  process.exit(1);
};
process.on('unhandledRejection', (error) => report(`unhandled rejection: ${(error as Error)?.stack ?? error}`));
process.on('uncaughtException', (error) => report(`uncaught exception: ${error.stack}`));

/** Milliseconds of processor time of this thread: other processes do not count. */
function cpu(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

async function attempt(input: Case): Promise<number> {
  const start = cpu();
  try {
    const longest = await target.run(input.map((part) => Buffer.from(part)));
    if (longest !== undefined) return longest;
  } catch (error) {
    report((error as Error)?.stack ?? String(error));
  }
  return cpu() - start;
}

/** Runs a case; one that seems slow gets more chances, for the machine may have been busy elsewhere. */
async function run(input: Case): Promise<void> {
  current = input;
  let took = await attempt(input);
  for (let again = 0; again < 3 && took > SLICE; again++) took = Math.min(took, await attempt(input));
  if (took > SLICE) report(`held the event loop for ${took.toFixed(0)} ms`);
}

for (const input of corpus) await run(input);

let heap = 0;
let ran = 0;
const look = async () => {
  // Twice with a turn between: what a finalizer lets go is only gone then.
  collect();
  await new Promise((resolve) => setTimeout(resolve, 20));
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};
const started = performance.now();
const warm = Math.min(most / 4, 5000);
for (at = from; ran < most && performance.now() < until; at++, ran++) {
  if (ran === Math.floor(warm)) heap = await look();
  await run(target.make(new Random(seed, at), corpus));
  // What waits for the event loop gets its turn.
  if (ran % 256 === 0) await new Promise((resolve) => setImmediate(resolve));
}
const seconds = (performance.now() - started) / 1000;
const growth = heap === 0 ? 0 : (await look()) - heap;
if (growth > GROWTH) report(`the heap grew by ${(growth / 2 ** 20).toFixed(1)} MiB over ${ran} cases`);
console.log(
  `${name}: ${ran} cases in ${seconds.toFixed(1)} s (${Math.round(ran / seconds)} a second), seed ${seed} from ${from}, ` +
    `${corpus.length} kept cases, heap ${growth >= 0 ? '+' : ''}${(growth / 2 ** 20).toFixed(1)} MiB`,
);
// What a case has left running in a machine is not waited for.
process.exit(0);
