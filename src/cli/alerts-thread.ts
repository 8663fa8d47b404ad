// The thread that alerts: it reads the store through its own connection, so that neither the pages nor the ingest wait for it.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Alerter } from '../alert/alerter.ts';
import { targetsOf } from '../alert/targets.ts';
import type { Config } from '../config/config.ts';
import { loadKnowledge } from '../diary/knowledge.ts';
import { masking } from '../diary/share.ts';
import { openShown } from '../observatory/shown.ts';

/** What the thread is started with; its process is in the data directory. */
export interface AlertsTask {
  config: Config;
  /** Of the store. */
  path: string;
}

function run(port: MessagePort): void {
  const { config, path } = workerData as AlertsTask;
  const { alerts, diary, web } = config;
  // A store that turns out to be damaged is found, put aside and built anew by those who write it.
  const shown = openShown(path, () => {});
  const alerter = new Alerter({
    store: shown.store,
    knowledge: loadKnowledge(),
    news: {
      lang: web.language,
      style: diary.style,
      least: alerts.least,
      ...(alerts.mask === 'none'
        ? {}
        : { mask: masking(alerts.mask, '.', config.sensor.name ? [config.sensor.name] : []) }),
      ...(alerts.dashboard === '' ? {} : { dashboard: alerts.dashboard.replace(/\/+$/, '') }),
    },
    targets: targetsOf(config),
    folder: 'state/alerts',
    every: alerts.every * 60_000,
    trouble: (sentence) => port.postMessage(sentence),
  });
  alerter.start();
  port.on('message', (message: 'stop' | 'rebuilt') => {
    if (message === 'rebuilt') return shown.reopen();
    void alerter.stop().finally(() => {
      shown.store.close();
      port.close();
    });
  });
}

if (parentPort) run(parentPort);
