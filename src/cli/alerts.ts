// The main thread's end of the thread that alerts: there is one only where the configuration names a target.
import { Worker } from 'node:worker_threads';
import type { AlertsTask } from './alerts-thread.ts';
import { threadFile } from './thread-file.ts';

export interface Alerts {
  /** The store under its path is another one now. */
  rebuilt(): void;
  stop(): Promise<void>;
}

const NONE: Alerts = { rebuilt() {}, stop: () => Promise.resolve() };
const STOP_WITHIN_MS = 2_000;

/** @param trouble a sentence for the operator */
export function startAlerts(task: AlertsTask, trouble: (sentence: string) => void): Alerts {
  const { alerts } = task.config;
  const named = [
    alerts.webhook,
    alerts.slack,
    alerts.discord,
    alerts.telegram_token,
    alerts.ntfy,
    alerts.mail_server,
    alerts.syslog,
  ];
  if (named.every((value) => value === '')) return NONE;
  const worker = new Worker(threadFile('alerts-thread'), {
    workerData: task,
    resourceLimits: { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 256 },
  });
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.on('message', trouble);
  // Alerts are a convenience: what is observed goes on without them.
  worker.on('error', (error) =>
    trouble(`Alerts have stopped (${(error as Error).message}); they begin again with the next start.`),
  );
  return {
    rebuilt: () => worker.postMessage('rebuilt'),
    async stop() {
      worker.postMessage('stop');
      const timer = setTimeout(() => void worker.terminate(), STOP_WITHIN_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
