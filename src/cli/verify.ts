// `kansatsuki verify`: was anything of what was recorded changed, cut or lost? One line a thing, exit code 1 on a finding.
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { visible } from '../diary/visible.ts';
import { Chain, type Head } from '../journal/chain.ts';
import { type Lease, takeLease } from '../journal/lease.ts';
import { seal } from '../journal/seal.ts';
import { identityOf, segmentsIn } from '../journal/segments.ts';
import { signingKey } from '../journal/signing-key.ts';
import type { Finding, JournalVerdict } from '../journal/verify.ts';
import type { StoreFinding, StoreVerdict } from '../observatory/check.ts';
import { isCorrupt } from '../observatory/open.ts';
import { journalDirectory } from '../observatory/place.ts';
import { bytes as size } from './doctor.ts';
import { Failure } from './failure.ts';
import { type Setup, setup } from './options.ts';
import { printJson, printLine } from './print.ts';
import { findStore } from './store.ts';

const WAIT_MS = 60_000;

export function verify(): Command {
  return new Command('verify')
    .description('check the journal’s chain, samples, recordings and store for tampering and loss (exit code 0 or 1)')
    .option('--head <n:hash>', 'a line of the chain that was noted elsewhere must be in it')
    .option('--accept <file>', 'enter a file of the journal that came late into the chain')
    .action(async (options: { head?: string; accept?: string }, command: Command) => {
      const found = setup(command);
      const { dataDirectory, json, quiet, texts } = found;
      if (!existsSync(journalDirectory(dataDirectory))) throw new Failure(texts.noStore(dataDirectory), 1);
      const head = options.head === undefined ? undefined : headOf(options.head, texts.verifyHead);
      const lease = await waitForLease(dataDirectory);
      try {
        if (options.accept !== undefined) await accept(found, options.accept);
        const { journal, store } = await check(found, head);
        const findings = [...journal.findings, ...(store?.findings ?? [])];
        if (json) printJson({ ok: findings.length === 0, ...journal, logs: undefined, store, findings });
        else {
          if (!quiet) for (const line of summary(journal, store, texts)) printLine(line);
          for (const finding of findings) printLine(`${texts.verifyFinding}: ${visible(texts.verifyFound(finding))}`);
          if (!quiet) printLine(findings.length === 0 ? texts.verifyGood : texts.verifyBad(findings.length));
        }
        if (findings.length > 0) process.exitCode = 1;
      } finally {
        lease?.release();
      }
    });
}

/** Retention must not remove what is being checked. Whoever may not write here checks all the same. */
export async function waitForLease(dataDirectory: string): Promise<Lease | undefined> {
  for (const end = Date.now() + WAIT_MS; ; ) {
    try {
      const lease = takeLease(join(dataDirectory, 'state', 'keeper.lock'));
      if (lease || Date.now() > end) return lease;
    } catch {
      return undefined;
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function headOf(text: string, wrong: (found: string) => string): Head {
  const [, n, hash] = /^(\d{1,12}):([0-9a-f]{64})$/i.exec(text.trim()) ?? [];
  if (!n || !hash) throw new Failure(wrong(text), 2);
  return { n: Number(n), hash: hash.toLowerCase() };
}

async function accept({ dataDirectory, texts }: Setup, file: string): Promise<void> {
  const log = journalDirectory(dataDirectory);
  const name = basename(file).replace(/\.zst$/, '');
  const segment = segmentsIn(log).find((one) => one.name === name);
  const chain = new Chain(log, { key: signingKey(dataDirectory) });
  chain.refresh();
  if (!segment || chain.sealed.has(name)) throw new Failure(texts.verifyNotLate(name), 2);
  await seal(log, chain, segment, true);
}

async function check(
  found: Setup,
  head: Head | undefined,
): Promise<{ journal: JournalVerdict; store: StoreVerdict | undefined }> {
  const [{ verifyJournal }, { compareStore, snapshotOf }] = await Promise.all([
    import('../journal/verify.ts'),
    import('../observatory/check.ts'),
  ]);
  const { dataDirectory } = found;
  const log = resolve(journalDirectory(dataDirectory));
  // Marks of the observer are relative to the data directory, in which it works.
  const isJournal = (path: string) => dirname(resolve(dataDirectory, path)) === log;
  const options = head ? { head } : {};
  let damaged: string | undefined;
  try {
    const store = await findStore(found);
    if (store)
      try {
        const snapshot = snapshotOf(store, isJournal);
        const live = identityOf(join(log, 'cowrie.json'));
        const read = snapshot.marks
          .filter(({ identity }) => live !== undefined && identity.split('.')[0] === live)
          .map(({ offset }) => offset);
        const journal = await verifyJournal(dataDirectory, {
          ...options,
          ...(read.length > 0 ? { liveBytes: Math.max(...read) } : {}),
        });
        return { journal, store: compareStore(snapshot, journal.logs) };
      } finally {
        store.close();
      }
  } catch (error) {
    if (!isCorrupt((error as Error).cause ?? error)) throw error;
    damaged = (error as Error).message;
  }
  const journal = await verifyJournal(dataDirectory, options);
  if (damaged === undefined) return { journal, store: undefined };
  const findings: StoreFinding[] = [{ what: 'store damaged', reason: damaged }];
  return { journal, store: { findings, days: 0, events: 0, behind: 0, beyond: 0 } };
}

export type AnyFinding = Finding | StoreFinding;

function summary(
  { chain, segments, live, samples, recordings }: JournalVerdict,
  store: StoreVerdict | undefined,
  texts: Setup['texts'],
): string[] {
  return [
    chain.head ? texts.verifyChain(chain.entries, chain.head.n, chain.head.hash) : texts.verifyNoChain,
    ...chain.keys.slice(-1).map((key) => texts.verifyKey(key)),
    texts.verifySegments(segments.sealed, segments.events, size(segments.bytes), segments.removed),
    ...(segments.waiting > 0 ? [texts.verifyWaiting(segments.waiting)] : []),
    texts.verifyLive(live.events, size(live.bytes)),
    texts.verifySamples(samples.files, size(samples.bytes), samples.removed),
    texts.verifyRecordings(recordings.files, recordings.removed),
    store ? texts.verifyStore(store.events, store.days) : texts.healthNoStore,
    ...(store && store.behind > 0 ? [texts.verifyBehind(store.behind)] : []),
    ...(store && store.beyond > 0 ? [texts.verifyBeyond(store.beyond)] : []),
  ];
}
