// The observer's process: follows the journal into the store and shows it. Started by up.ts or observe.ts.
import { journalDirectory, storePath } from '../observatory/place.ts';
import { EventRetention } from '../observatory/retention.ts';
import type { Trouble } from '../web/options.ts';
import { report, run } from './half.ts';
import { type Keeper, startKeeper } from './keeper.ts';
import { readyLine } from './ready.ts';
import { takeResolved } from './resolved.ts';

const resolved = takeResolved();
const { config, dataDirectory, version } = resolved;
process.umask(0o027);
process.chdir(dataDirectory);

/** Troubles kept for the health page. */
const MOST_TROUBLES = 100;

await run(resolved, async () => {
  const [{ openStore }, { Ingest }, { writeDiary }, { masking }, { loadKnowledge }] = await Promise.all([
    import('../observatory/open.ts'),
    import('../observatory/ingest.ts'),
    import('../diary/diary.ts'),
    import('../diary/share.ts'),
    import('../diary/knowledge.ts'),
  ]);
  const { startWeb } = await import('../web/web.ts');
  const { dropPrivileges, findUser } = await import('../sensor/privileges.ts');

  const troubles: Trouble[] = [];
  const trouble = (sentence: string) => {
    console.error(`kansatsuki: ${sentence}`);
    troubles.push({ at: Date.now(), sentence });
    if (troubles.length > MOST_TROUBLES) troubles.shift();
  };
  // Everything that needs a path is opened before root is given up: afterwards a folder above may be closed to us.
  const path = storePath(dataDirectory);
  const written = openStore(path, { onRebuild: trouble });
  const shown = openStore(path, { readOnly: true });
  const knowledge = loadKnowledge();
  const ingest = new Ingest(written, {
    directories: [journalDirectory('.')],
    onTrouble: trouble,
    // The next start rebuilds it from the journal.
    onDamaged: () => setTimeout(() => process.exit(1), 100),
  });
  let keeper: Keeper | undefined;
  const passed = resolved.sockets?.find(({ service }) => service === 'web');
  const web =
    config.web.listen === 'off' && passed === undefined
      ? undefined
      : await startWeb({
          store: shown,
          ...(passed ? { fd: passed.fd } : {}),
          feed: (listener) => ingest.onFeed(listener),
          config,
          dataDirectory: '.',
          version,
          diary: (date, lang, format) =>
            writeDiary(shown, {
              date,
              lang,
              format,
              config,
              now: Date.now(),
              masking: masking(config.diary.mask, '.', config.sensor.name ? [config.sensor.name] : []),
              knowledge,
            }),
          collection: () => ({ troubles, counts: ingest.counts, ...(keeper ? { keeping: keeper.state } : {}) }),
          onError: (error) => trouble(error instanceof Error ? error.message : String(error)),
        });
  if (process.getuid?.() === 0) dropPrivileges(findUser(config.sensor.user));
  ingest.start();
  keeper = startKeeper({
    config,
    dataDirectory: '.',
    events: (hooks) => new EventRetention(written, hooks),
    record: (...event) => report(resolved, { type: 'event', event }),
    trouble,
  });

  const addresses = { web: web?.address ?? '' };
  report(resolved, { type: 'ready', addresses, ...(web ? { loginUrl: web.loginUrl } : {}) });
  if (!resolved.supervised) {
    if (web) console.log(web.loginUrl);
    console.error(readyLine(addresses));
  }
  return {
    async stop() {
      await web?.stop();
      await keeper?.stop();
      // The sensor may have written its last words a moment ago.
      ingest.catchUp();
      ingest.stop();
      shown.close();
      written.close();
    },
  };
});
