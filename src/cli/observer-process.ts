// The observer's process: follows the journal into the store and shows it. Started by up.ts or observe.ts.
import { dirname, join } from 'node:path';
import type { Knowledge } from '../diary/knowledge.ts';
import { removalsOf } from '../journal/chain.ts';
import { journalDirectory, storePath } from '../observatory/place.ts';
import { startAlerts } from './alerts.ts';
import { Collector } from './collector.ts';
import { Diarist } from './diarist.ts';
import { report, run } from './half.ts';
import { ownRules } from './knowledge.ts';
import { ownAddresses } from './own-addresses.ts';
import { readyLine } from './ready.ts';
import { takeResolved } from './resolved.ts';
import { readTroubles } from './trouble-log.ts';

const resolved = takeResolved();
const { config, dataDirectory, version } = resolved;
process.umask(0o027);
process.chdir(dataDirectory);

await run(resolved, 'observer', async () => {
  const [{ lock, Locked }, { openShown }, { Book }, { loadKnowledge }] = await Promise.all([
    import('../observatory/lock.ts'),
    import('../observatory/shown.ts'),
    import('../diary/book.ts'),
    import('../diary/knowledge.ts'),
  ]);
  const { startWeb } = await import('../web/web.ts');
  const { dropPrivileges, findUser } = await import('../sensor/privileges.ts');

  const trouble = (sentence: string) => console.error(`kansatsuki: ${sentence}`);
  // Everything that needs a path is opened before root is given up: afterwards a folder above may be closed to us.
  const path = storePath(dataDirectory);
  let unlock: () => void;
  try {
    unlock = lock(join(dirname(path), 'observer.lock'));
  } catch (error) {
    if (!(error instanceof Locked)) throw error;
    const which = error.pid === undefined ? '' : ` (process ${error.pid})`;
    throw refusal(
      `Another observer${which} works on ${dataDirectory}: stop it first, or choose another directory with --data DIR.`,
    );
  }
  const collector = await Collector.open({
    config,
    path,
    log: journalDirectory('.'),
    follow: config.observe.follow,
    onTrouble: trouble,
    // Said, but no trouble.
    onNotice: (sentence) => process.stderr.write(`kansatsuki: ${sentence}\n`),
    record: (...event) => report(resolved, { type: 'event', event }),
    onRebuilt: () => {
      shown.reopen();
      alerts.rebuilt();
    },
    // As an error of ours on this thread: the supervisor starts the process again.
    onError: (error) => {
      throw error;
    },
  });
  const shown = openShown(path, (error) => collector.damaged(error));
  const { store } = shown;
  const knowledge = known((folder) => loadKnowledge(...folder), ownRules(config, dataDirectory), trouble);
  const diarist = new Diarist({
    store,
    path: storePath('.'),
    rules: ownRules(config, dataDirectory),
    config,
    onTrouble: trouble,
  });
  const passed = resolved.sockets?.find(({ service }) => service === 'web');
  const web =
    config.web.listen === 'off' && passed === undefined
      ? undefined
      : await startWeb({
          store,
          ...(passed ? { fd: passed.fd } : {}),
          feed: (listener) => collector.onFeed(listener),
          config,
          dataDirectory: '.',
          version,
          diary: new Book({
            store,
            dataDirectory: '.',
            config,
            knowledge,
            now: Date.now,
            onRemark: () => diarist.soon(),
          }),
          knowledge,
          collection: () => ({
            troubles: readTroubles('state'),
            counts: collector.counts,
            ...(collector.keeping ? { keeping: collector.keeping } : {}),
          }),
          removals: (names) => removalsOf(journalDirectory('.'), names),
          geo: () => collector.geo,
          ownAddresses: ownAddresses(),
          onError: (error) => trouble(error instanceof Error ? error.message : String(error)),
        });
  if (process.getuid?.() === 0) dropPrivileges(findUser(config.sensor.user));
  collector.start();
  const alerts = startAlerts({ config, path }, trouble);
  diarist.start();

  const addresses = { web: web?.address ?? '' };
  report(resolved, { type: 'ready', addresses, ...(web ? { loginUrl: web.loginUrl } : {}) });
  if (!resolved.supervised) {
    if (web) console.log(web.loginUrl);
    console.error(readyLine(addresses));
  }
  return {
    async stop() {
      await web?.stop();
      await alerts.stop();
      await diarist.stop();
      await collector.stop();
      store.close();
      unlock();
    },
  };
});

/** With the operator's own rules; a mistake in them leaves those that came with the program. */
function known(load: (own: string[]) => Knowledge, folder: string, trouble: (sentence: string) => void): Knowledge {
  try {
    return load([folder]);
  } catch (error) {
    trouble((error as Error).message);
    return load([]);
  }
}

/** Trying again is pointless. */
function refusal(sentence: string): Error {
  return Object.assign(new Error(sentence), { name: 'StartError' });
}
